"""The probe of the judge's habits: what is asked, what is made of it, and that it exposes weak judges and no others."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import weak_judges
from builders import criterion, example
from weak_judges import Script, Truth

from judge import confirming, habits, judging, rubric, sources, wiring
from judge.asking import Allowance, Tally
from judge.backends import scripted
from judge.contradictions import look
from judge.corpus import Answer
from judge.errors import ConfigError
from judge.parts import Parts
from judge.planting import Planted
from judge.ports import NoJudge
from judge.probing import nudges, tendencies, traits
from judge.probing.nudges import Subject
from judge.probing.tendencies import Question
from judge.probing.traits import (
    AGAIN,
    OTHER_LAYOUT,
    OTHER_ORDER,
    PADDED,
    PLAIN,
    REPHRASED,
    SOURCE,
    TOLD,
    UPSIDE_DOWN,
    Seen,
)
from judge.records import Example, Request, Verdict
from judge.reliability import Habit
from judge.screening import gather

NAMES = ("flip", "length", "position", "label_position", "wording", "halo", "spill", "injection")


@dataclass(frozen=True, kw_only=True)
class World:
    """`support_v3`, its planted copies, what is wrong with them, and rows that may contradict each other."""

    examples: Sequence[Example]
    planted: Sequence[Planted]
    pairs: Sequence[tuple[Answer, Answer]]

    truth: Truth


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """As a run would find it."""
    parts = made(tmp_path_factory.mktemp("world"), scripted.by_digest)
    examples = sources.load(parts.dataset).examples
    corpus, planted = gather(parts, examples)
    scored = look(parts, corpus).scored
    return World(
        examples=examples,
        planted=planted,
        pairs=[(corpus.answers[one.left], corpus.answers[one.right]) for one in scored],
        truth=Truth(planted),
    )


def made(folder: Path, script: Script, *overrides: str, rows: int = 40) -> Parts:
    """Everything of a run whose judge answers by `script`, with the store in `folder`."""
    base = ["+dataset=support_v3", "backend=none", "quiet=true", f"store={folder / 'r.sqlite'}", f"probe.rows={rows}"]
    config = wiring.compose([*base, "report=false", *overrides])
    parts = wiring.build(config, rubric_set="standard", out=folder / "run")
    return replace(parts, backend=scripted.connect(script=script, name="script"))


def probe(world: World, folder: Path, script: Script, *overrides: str, rows: int = 40) -> dict[str, Habit]:
    """What the probe says of a judge, by habit."""
    found, _ = habits.probe(made(folder, script, *overrides, rows=rows), world.examples, world.planted, world.pairs)
    assert tuple(habit.name for habit in found) == NAMES
    return {habit.name: habit for habit in found}


def flagged(found: dict[str, Habit]) -> set[str]:
    """Names of what is flagged; every figure makes sense."""
    for habit in found.values():
        assert habit.low <= habit.value <= habit.high
        assert habit.says[0].isupper()
        assert habit.says.endswith(".")
        assert "{" not in habit.says
        assert habit.of > 0 or ("not measured" in habit.says and not habit.flagged)
    return {habit.name for habit in found.values() if habit.flagged}


# --- judges with a known weakness, each exposed over support_v3


@pytest.mark.parametrize(
    ("judge", "exposed"),
    [
        (lambda truth: weak_judges.of(truth, weak_judges.length_lover), {"length"}),
        (lambda truth: weak_judges.of(truth, weak_judges.obedient), {"injection"}),
        (lambda _: weak_judges.chance(), {"flip"}),
        (lambda truth: weak_judges.of(truth, weak_judges.halo), {"spill"}),
        (lambda truth: weak_judges.of(truth, weak_judges.halo_together), {"halo", "spill"}),
        (lambda truth: weak_judges.of(truth, weak_judges.first_label_lover), {"label_position"}),
        (lambda truth: weak_judges.of(truth, weak_judges.wording_sensitive), {"wording"}),
        (lambda truth: weak_judges.of(truth, pair=weak_judges.first_row_lover), {"position"}),
    ],
    ids=["length", "obedient", "random", "halo", "halo_together", "label_position", "wording", "position"],
)
def test_a_weakness_is_exposed_and_nothing_else(
    world: World, tmp_path: Path, judge: Callable[[Truth], Script], exposed: set[str]
) -> None:
    """A judge with one weakness is flagged for that weakness alone, in a sentence with its figure."""
    found = probe(world, tmp_path, judge(world.truth))
    assert flagged(found) == exposed
    for name in exposed:
        assert not found[name].low <= found[name].innocent <= found[name].high


def test_words_expose_it_as_well(world: World, tmp_path: Path) -> None:
    """Protocol `rationale`, whose labels are read from JSON, shows the same habit."""
    found = probe(world, tmp_path, weak_judges.of(world.truth, weak_judges.obedient), "protocol=rationale")
    assert flagged(found) == {"injection"}
    assert found["injection"].value > 0.7


def test_a_judge_asked_one_rubric_at_a_time_is_seen_through_too(world: World, tmp_path: Path) -> None:
    """In layout `rubric_first` the other layout is `shared`, and together less alone has the same sign."""
    script = weak_judges.of(world.truth, weak_judges.halo_together)
    found = probe(world, tmp_path, script, "layout=rubric_first")
    assert flagged(found) == {"halo"}
    assert found["halo"].value > 0.5


@pytest.mark.parametrize("seed", range(4))
def test_an_innocent_judge_is_not_flagged(world: World, tmp_path: Path, seed: int) -> None:
    """
    Noise that depends on the prompt, small differences between layouts, defects that show a little on other rubrics.

    All of it is legitimate; with 60 rows the probe can even say so of nearly every habit.
    """
    found = probe(world, tmp_path, weak_judges.innocent(world.truth, seed), rows=60)
    assert flagged(found) == set()
    assert all(habit.of for habit in found.values())
    assert sum("cannot be told" in habit.says for habit in found.values()) <= 2


@pytest.mark.parametrize("overrides", [("protocol=rationale",), ("layout=rubric_first",), ("rubric_set=terse",)])
def test_an_innocent_judge_is_not_flagged_in_other_runs(
    world: World, tmp_path: Path, overrides: tuple[str, ...]
) -> None:
    """Nor by written labels, rubrics shown alone, or other words."""
    assert flagged(probe(world, tmp_path, weak_judges.innocent(world.truth, 1), *overrides)) == set()


def test_few_rows_say_little(world: World, tmp_path: Path) -> None:
    """With ten rows intervals are wide; a gross habit is still certain, and nobody is cleared of one."""
    found = probe(world, tmp_path, weak_judges.innocent(world.truth, 0), rows=10)
    assert flagged(found) == set()
    assert sum("cannot be told from so little" in habit.says for habit in found.values()) >= 5
    gross = probe(world, tmp_path / "gross", weak_judges.of(world.truth, weak_judges.obedient), rows=10)
    assert flagged(gross) == {"injection"}


# --- what cannot be measured


def test_a_judge_that_praises_everything_shows_no_habit(world: World, tmp_path: Path) -> None:
    """Where bad answers have the best grade nothing can rise, and no defect lowers anything: that is not innocence."""
    found = probe(world, tmp_path, weak_judges.of(world.truth, weak_judges.always_best), rows=20)
    assert flagged(found) == set()
    assert "the best grades already" in found["length"].says
    assert "the best grades already" in found["injection"].says
    assert "does not clearly lower" in found["spill"].says
    assert {found[name].of for name in ("length", "injection", "spill")} == {0}


def test_what_cannot_be_read_is_left_out_and_counted(world: World, tmp_path: Path) -> None:
    """Every second reply says nothing: comparisons lack a side, and each habit says how many."""
    script = weak_judges.half_unreadable(weak_judges.of(world.truth))
    found = probe(world, tmp_path, script)
    assert flagged(found) == set()
    lost = 160 - found["flip"].of
    assert 60 < lost < 110
    assert f"Left out: {lost} comparisons without a readable answer." in found["flip"].says
    assert "not measured: " in found["halo"].says
    assert "no answer that could be read" in found["halo"].says


def test_nothing_can_be_read(world: World, tmp_path: Path) -> None:
    """A judge that never answers is no error: no habit is measured."""
    found = probe(world, tmp_path, lambda request: dict.fromkeys(request.labels, 0.001), rows=20)
    assert flagged(found) == set()
    assert {habit.of for habit in found.values()} == {0}


def test_one_rubric_alone_has_no_halo(world: World, tmp_path: Path) -> None:
    """With one criterion nothing can colour another, and each is told; its copies are those of its own kinds or all."""
    drop = [f"~rubrics.{name}" for name in ("instruction", "tone", "format")]
    found = probe(world, tmp_path, weak_judges.of(world.truth), *drop)
    assert found["halo"].says.endswith("was not measured: there is one rubric only.")
    assert found["spill"].says.endswith("was not measured: there is one rubric only.")
    assert found["injection"].of == 20


def test_rubrics_without_other_words(world: World, tmp_path: Path) -> None:
    """A rubric that has no `rephrased` is asked in no other words."""
    blank = [f'rubrics.{name}.rephrased=""' for name in ("factual", "instruction", "tone", "format")]
    assert "`rephrased`" in probe(world, tmp_path, weak_judges.of(world.truth), *blank, rows=20)["wording"].says
    one = probe(world, tmp_path, weak_judges.of(world.truth), *blank[:3], rows=20)["wording"]
    assert one.of == 20


def test_no_pairs_are_asked_where_none_are_wanted_or_there(world: World, tmp_path: Path) -> None:
    """`pairs.budget=0` holds here too; a set without candidates says so."""
    script = weak_judges.of(world.truth)
    assert "pairs.budget=0" in probe(world, tmp_path, script, "pairs.budget=0", rows=20)["position"].says
    alone = replace(world, pairs=())
    assert "no two rows" in probe(alone, tmp_path, script, rows=20)["position"].says


def test_without_copies_rows_as_they_are_take_their_place(world: World, tmp_path: Path) -> None:
    """Nothing is planted: what needs known defects says so, the rest is measured on more rows."""
    found = probe(replace(world, planted=()), tmp_path, weak_judges.of(world.truth), rows=20)
    assert "no planted copies" in found["injection"].says
    assert "no planted copies" in found["spill"].says
    assert found["flip"].of == 4 * 20
    assert flagged(found) == set()


def test_no_judge_and_no_rows_ask_nothing(world: World, tmp_path: Path) -> None:
    """The probe is off unless it is wanted, and needs a judge."""
    parts = made(tmp_path, scripted.by_digest, rows=0)
    assert habits.probe(parts, world.examples, world.planted, world.pairs) == ((), Tally())
    nobody = replace(parts, probe_rows=20, backend=NoJudge("no GPU"))
    assert habits.probe(nobody, world.examples, world.planted, world.pairs) == ((), Tally())


def test_what_an_allowance_leaves_unasked_is_left_out(world: World, tmp_path: Path) -> None:
    """Where nothing may be spent nothing is asked, and every habit says that it lacks answers."""
    parts = made(tmp_path, weak_judges.of(world.truth), rows=20)
    found, tally = habits.probe(parts, world.examples, world.planted, world.pairs, Allowance(tokens=0))
    assert (tally.asked, asked(parts)) == (0, 0)
    assert {habit.of for habit in found} == {0}


# --- what is asked


def asked(parts: Parts) -> int:
    """How many questions the scripted judge was asked."""
    assert isinstance(parts.backend, scripted.Scripted)
    return len(parts.backend.asked)


@pytest.mark.parametrize("protocol", ["score", "rationale"])
def test_what_the_run_has_asked_is_not_asked_again(world: World, tmp_path: Path, protocol: str) -> None:
    """First answers, and those of the copies' sources, come from the store; a second probe asks nothing."""
    examples = world.examples[:150]
    ids = {row.id for row in examples}
    planted = [copy for copy in world.planted if copy.source in ids]
    pairs = [pair for pair in world.pairs if {answer.example.id for answer in pair} <= ids]
    parts = made(tmp_path, weak_judges.of(world.truth), f"protocol={protocol}", rows=24)
    judging.judge(parts, [*examples, *(copy.example for copy in planted)])
    confirming.confirm(parts, pairs, 10**9)
    before = asked(parts)

    found, tally = habits.probe(parts, examples, planted, pairs)

    taken = nudges.choose_pairs(pairs, 24)
    assert len(taken) >= 5
    doubtful = tally.reused - 24 * 4 - 12 * 4 - len(taken)  # pairs whose other order was asked already
    assert 0 <= doubtful < len(taken)
    assert tally.asked == asked(parts) - before == 24 * 4 * 4 + 12 * 2 + len(taken) * 2 - doubtful
    assert tally.needed == 24 * 4 * 5 + 12 * 4 + 12 * 2 + len(taken) * 3

    again, second = habits.probe(parts, examples, planted, pairs)
    assert again == found
    assert (second.asked, second.reused) == (0, tally.needed)


def test_after_a_merge_most_of_the_probe_is_there(world: World) -> None:
    """Who is probed depends on content: of the old rows only such are probed as were before."""
    old, new = (nudges.choose(world.examples[:count], world.planted, 60) for count in (700, 800))
    before, after = ({one.example.digest for one in subjects} for subjects in (old, new))
    gone = {row.digest for row in world.examples[:700]} | {copy.example.digest for copy in world.planted}
    assert after & gone <= before
    assert len(after & before) >= 50


def test_each_way_changes_one_thing(world: World, tmp_path: Path) -> None:
    """The scale is printed upside down, the question reworded, each rubric alone; labels and all else stay."""
    seen: list[Request] = []
    judge = weak_judges.of(world.truth)

    def script(request: Request) -> weak_judges.Said:
        seen.append(request)
        return judge(request)

    probe(world, tmp_path, script, rows=10)
    single = [request for request in seen if not request.pair]
    assert {request.labels for request in single} == {("1", "2", "3", "4", "5")}
    systems = list(dict.fromkeys(request.system for request in single))
    assert len(systems) == 3 + 4
    plain, reverse, reworded, *alone = systems
    assert sorted(reverse.splitlines()) == sorted(plain.splitlines())
    assert reverse.index("5 = ") < reverse.index("1 = ")
    assert plain.index("1 = ") < plain.index("5 = ")
    for one in made(tmp_path, script).rubrics:
        assert (one.question in plain, one.question in reworded) == (True, False)
        assert (one.rephrased in plain, one.rephrased in reworded) == (False, True)
    assert len(reworded.splitlines()) == len(plain.splitlines())
    assert all("Criterion\n" in one for one in alone)


def test_every_rubric_that_ships_has_other_words(tmp_path: Path) -> None:
    """They differ from the question, are read in no normal run, and are no part of the set's wording."""
    for name in ("standard", "strict", "terse"):
        for one in made(tmp_path, scripted.by_digest, f"rubric_set={name}").rubrics:
            assert one.rephrased.endswith("?")
            assert one.rephrased != one.question
            assert rubric.set_digest([one]) == rubric.set_digest([replace(one, rephrased="")])


def test_settings_are_checked(tmp_path: Path) -> None:
    """A negative number of rows, and other words that are the same ones, are refused in a line."""
    with pytest.raises(ConfigError, match=r"^probe\.rows=-1: a number of rows was expected$"):
        made(tmp_path, scripted.by_digest, rows=-1)
    with pytest.raises(ConfigError, match=r"^rubric 'tone': rephrased is the question itself"):
        made(tmp_path, scripted.by_digest, 'rubrics.tone.question="Kind?"', 'rubrics.tone.rephrased=" Kind? "')


# --- what moves no judge


def test_half_of_the_subjects_are_copies(world: World) -> None:
    """Of kinds that stay what they are when something is added; every content once, originals filling up."""
    subjects = nudges.choose(world.examples, world.planted, 60)
    copies = [one for one in subjects if one.offended]
    assert len(subjects) == 60
    assert len(copies) == 30
    assert len({one.example.digest for one in subjects}) == 60
    assert not any(one.example.id.startswith(("planted:cut_off", "planted:addressed")) for one in copies)
    assert all(one.source and one.source.id == one.row for one in copies)
    for one in subjects:
        assert one.example.turns[one.turn].content.strip()
        assert one.turn in one.example.judged
    assert len(nudges.choose(world.examples[:30], (), 60)) == 30
    assert len(nudges.choose(world.examples, world.planted, 1)) == 1


@pytest.mark.parametrize("change", [nudges.padded, nudges.told])
def test_what_is_added_stands_behind_the_judged_turn(change: Callable[[Example, int], Example]) -> None:
    """The row keeps its name, so that it gets its hints; all other turns stay, and its digest is its own."""
    row = example("Hello?", "Yes, hello.", "And this?", "Also this.")
    changed = change(row, 1)
    assert changed.id == row.id
    assert changed.digest != row.digest
    assert changed.turns[1].content.startswith("Yes, hello.\n\n")
    assert (changed.turns[0], changed.turns[2:]) == (row.turns[0], row.turns[2:])
    assert change(row, 1) == changed
    texts = {change(example("Hello?", f"Yes, {n}."), 1).turns[1].content.partition("\n\n")[2] for n in range(60)}
    assert len(texts) >= 4


def test_hints_are_shown_with_what_is_changed(world: World, tmp_path: Path) -> None:
    """A padded row is asked about with the notes its row has, or the notes would be what differs."""
    seen: list[Request] = []
    judge = weak_judges.of(world.truth)

    def script(request: Request) -> weak_judges.Said:
        seen.append(request)
        return judge(request)

    parts = made(tmp_path, script, "hints=true", rows=10)
    everyone = {row.id: ["a hint"] for row in (*world.examples, *(copy.example for copy in world.planted))}
    parts = replace(parts, asker=replace(parts.asker, hints=everyone))
    habits.probe(parts, world.examples, world.planted, world.pairs)
    assert all(("- a hint" in request.row) is not request.pair for request in seen)


def test_no_row_is_in_two_pairs(world: World) -> None:
    """Pairs that share a row are not independent."""
    taken = nudges.choose_pairs(world.pairs, 60)
    names = [answer.example.digest for pair in taken for answer in pair]
    assert len(taken) == 60
    assert len(set(names)) == 120
    assert nudges.choose_pairs([(right, left) for left, right in reversed(world.pairs)], 60) == [
        (right, left) for left, right in taken
    ]


# --- figures

RISE = Question(name="x", measure="m", innocent=0.1, whether="w", guilty="G {}.", clear="C {}.")


def test_a_mean_counts_rows_and_not_rubrics() -> None:
    """Four equal answers of a row are one row: they make the interval no narrower."""
    values = [0.3, 0.1, 0.4, 0.1, 0.5, 0.9]
    once = tendencies.mean(RISE, [(str(n), x) for n, x in enumerate(values)])
    often = tendencies.mean(RISE, [(str(n), x) for n, x in enumerate(values) for _ in range(4)])
    assert (once.value, once.low, once.high) == pytest.approx((often.value, often.low, often.high))
    assert (once.of, often.of) == (6, 24)
    reach = 2.5706 * math.hypot(np.std(values, ddof=1) / math.sqrt(6), 0.25 / 6)
    assert once.high - once.value == pytest.approx(reach, abs=1e-4)


def test_rows_that_agree_are_no_certainty() -> None:
    """Five rows that all rise by one level may have a sixth that does not."""
    found = tendencies.mean(RISE, [(str(n), 0.25) for n in range(5)])
    assert found.high - found.low > 0.2
    assert tendencies.mean(RISE, [(str(n), 0.25) for n in range(4)]).of == 0


def test_a_share_of_clustered_answers_is_wider() -> None:
    """Twenty changed answers in five rows say less than twenty in twenty."""
    spread = tendencies.share(traits.FLIP, [(str(n), n % 4 == 0) for n in range(80)])
    apart = tendencies.share(traits.FLIP, [(str(n // 4), n < 20) for n in range(80)])
    assert spread.value == apart.value == 0.25
    assert (spread.low, spread.high) == pytest.approx((0.168, 0.355), abs=0.002)
    assert apart.low < 0.12
    assert apart.high > 0.45


def test_a_habit_that_goes_either_way() -> None:
    """A lean to the last label is flagged as one to the first, in other words; between them nothing is said."""
    down = tendencies.mean(traits.LABEL_POSITION, [(str(n), -0.3) for n in range(30)])
    up = tendencies.mean(traits.LABEL_POSITION, [(str(n), 0.3) for n in range(30)])
    assert down.flagged
    assert up.flagged
    assert "printed last, by -0.30 of the scale" in down.says
    assert "printed first, by 0.30 of the scale" in up.says
    assert "hardly moves" in tendencies.mean(traits.LABEL_POSITION, [(str(n), 0.0) for n in range(30)]).says


def test_the_interval_of_an_agreement_holds_what_it_should() -> None:
    """Over tables drawn from a known law, the interval of the difference holds the truth about 95 times in 100."""
    held = 0
    for seed in range(120):
        draw = np.random.default_rng(seed)
        shared = draw.normal(size=(40, 1))
        together = 0.7 * shared + draw.normal(size=(40, 3)) * math.sqrt(1 - 0.49)
        alone = 0.7 * draw.normal(size=(40, 1)) + draw.normal(size=(40, 3)) * math.sqrt(1 - 0.49)
        found = tendencies.correlation(traits.HALO, [str(n) for n in range(40)], together, alone)
        held += found.low <= 0 <= found.high
    assert 108 <= held <= 120


# --- innocent judges, many of them


def innocent(seed: int, *, rows: int, written: bool) -> Seen:
    """
    Draw an innocent judge, and what it says of `rows` rows.

    Noise of 0.05 to 0.4 levels that depends on the prompt and up to 0.02 that depends on nothing; each rubric shifts by
    up to 0.2 levels with layout, label order and wording; 30 to 100 % of the defects are seen, and show on other
    rubrics by up to 0.3 of their weight; padding and orders in a row lower the grade, or raise it by up to 0.05 levels.
    """
    draw = random.Random(seed)
    rubrics = tuple(replace(criterion(name), rephrased="In other words?") for name in weak_judges.RUBRICS)
    spread, digits, sees, spill = (
        draw.uniform(0.05, 0.4),
        draw.uniform(0, 0.02),
        draw.uniform(0.3, 1),
        draw.uniform(0, 0.3),
    )
    moved = {
        (way, r.name): draw.uniform(low, high)
        for way, low, high in (
            *((OTHER_LAYOUT, -0.2, 0.2), (UPSIDE_DOWN, -0.12, 0.12), (REPHRASED, -0.15, 0.15)),
            *((PADDED, -0.4, 0.05), (TOLD, -0.6, 0.0), (PLAIN, 0.0, 0.0), (SOURCE, 0.0, 0.0)),
        )
        for r in rubrics
    }
    tops = {r.name: draw.uniform(4.2, 5) for r in rubrics}
    subjects, said = [], {}
    for at in range(rows):
        offended = draw.choice(rubrics).name if at < rows // 2 else ""
        row = example(name=str(at))
        subjects.append(Subject(row=str(at), example=row, turn=1, offended=offended, source=row if offended else None))
        drop = draw.uniform(1, 3.5) if offended and draw.random() < sees else 0.0
        for r in rubrics:
            good = tops[r.name] + draw.gauss(0, 0.3)
            bad = good - drop * (1 if r.name == offended else spill * draw.uniform(0, 2))
            for way in (PLAIN, UPSIDE_DOWN, REPHRASED, OTHER_LAYOUT, SOURCE, PADDED, TOLD):
                level = (good if way == SOURCE else bad) + moved[way, r.name] + draw.gauss(0, spread)
                said[way, at, r.name] = verdict(level, r.name, written=written)
                if way == PLAIN:
                    said[AGAIN, at, r.name] = verdict(level + draw.gauss(0, digits), r.name, written=written)
    probabilities = {}
    for at in range(rows):
        logit = draw.choice((-4, -4, -2, 0, 2)) + draw.gauss(0, 1)
        for way in (PLAIN, OTHER_ORDER):
            p = 1 / (1 + math.exp(-logit - draw.gauss(0, 0.5)))
            probabilities[way, at] = float(p > 0.5) if written else p
        probabilities[AGAIN, at] = probabilities[PLAIN, at]
    return Seen(rubrics=rubrics, shared=True, subjects=subjects, said=said, pairs=rows, probabilities=probabilities)


def verdict(level: float, name: str, *, written: bool) -> Verdict:
    """A grade of five levels, whole where it is written."""
    level = min(max(round(level) if written else level, 1), 5)
    return Verdict(example_id="", turn=1, rubric=name, score=level, severity=(5 - level) / 4)


@pytest.mark.parametrize(("rows", "written"), [(10, False), (30, False), (30, True)])
def test_innocent_judges_are_hardly_ever_flagged(rows: int, *, written: bool, measured: Callable[[str], None]) -> None:
    """Of 100 innocent judges at most five are flagged for anything at all."""
    read = partial(innocent, rows=rows, written=written)
    wrong = sum(any(habit.flagged for habit in traits.read(read(seed))) for seed in range(100))
    measured(f"{wrong} of 100 innocent judges flagged, {rows} rows{', written labels' if written else ''}")
    assert wrong <= 5
