"""Anchors: judged anew by every run, so that a judge that changed is told from data that did. A real store."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import DictConfig

from judge import anchors, audit, drift, planning, wiring
from judge.backends import scripted
from judge.errors import DataError, Interrupted
from judge.ports import NoJudge
from judge.records import Request
from judge.results import Outcome
from judge.watch import Drift, Grade

ROWS = [{"id": f"r{n}", "prompt": f"What is {n} plus {n}?", "response": f"It is {2 * n}."} for n in range(1, 13)]
ROWS[9]["response"] = "TODO: [insert answer here]"  # what a signal has a hint on
ANCHORS = [{"id": f"r{n}", "prompt": f"Is {n} a number?", "response": f"Yes, {n} is one."} for n in range(1, 11)]
LEVELS = {"factual": 5, "tone": 5}


def graded(best: float, tone: float) -> scripted.Script:
    """Make a judge that puts so much of its probability on the best level, on tone and on all else."""

    def script(request: Request) -> Mapping[str, float]:
        p = tone if "tone" in request.question.lower() else best
        return {"1": 1 - p, **dict.fromkeys("234", 0.0), "5": p}

    return script


USUAL = graded(0.9, 0.8)


@lru_cache
def settings(folder: Path, words: tuple[str, ...]) -> DictConfig:
    """Compose the configuration of a run in `folder`."""
    for name, rows in (("rows.jsonl", ROWS), ("anchors.jsonl", ANCHORS)):
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    own = [f"dataset.path={folder}/rows.jsonl", f"anchors={folder}/anchors.jsonl", f"store={folder}/runs/r.sqlite"]
    fast = ["backend=none", "selftest=off", "protocol=score", "quiet=true", "pairs.budget=0", "report=false"]
    return wiring.compose(["+dataset=local", *own, *fast, *words])


@dataclass
class Nights:
    """One set in one folder, audited night after night."""

    folder: Path

    def run(
        self, script: scripted.Script = USUAL, *words: str, out: str = "", name: str = "judge"
    ) -> tuple[Outcome, scripted.Scripted, Path]:
        """Audit the set, by a judge of the same name as ever; give outcome, judge, and the run's folder."""
        judge = scripted.connect(script=script, name=name)
        runs = self.folder / "runs" / "rows"
        folder = runs / (out or f"night-{len(list(runs.glob('night-*'))):02d}")
        parts = wiring.build(settings(self.folder, words), rubric_set="standard", out=folder, backend=judge)
        try:
            return audit.run(parts), judge, folder
        finally:
            parts.store.close()


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    """An empty folder."""
    return Nights(tmp_path)


def cost(outcome: Outcome, what: str, key: str = "asked") -> int:
    """A figure of the manifest's costs."""
    told: Any = outcome.manifest["cost"]
    return int(told[what][key])


def told(outcome: Outcome) -> Mapping[str, Any]:
    """What the manifest says of the anchors."""
    part: Any = outcome.manifest["anchors"]
    return dict(part)


def test_anchors_are_asked_anew_each_night_and_tell_a_judge_that_changed(
    nights: Nights, capsys: pytest.CaptureFixture[str]
) -> None:
    """The store answers for the rows and never for the anchors: a judge that changed under its old name is seen."""
    first, _, folder = nights.run()
    second, steady, _ = nights.run()
    assert capsys.readouterr() == ("", "")
    third, changed, _ = nights.run(graded(0.9, 0.6))

    assert cost(first, "anchors") == 10 * 4
    assert told(first)["says"] == "10 anchors judged; no earlier run with these anchors and this wording"
    assert told(first)["drifted"] is None
    assert (len(steady.asked), cost(second, "scores"), cost(second, "anchors", "reused")) == (40, 0, 0)
    assert (
        told(second)["says"] == f"the judge is steady: all 40 answers on 10 anchors are those of {folder}, bit for bit"
    )
    assert (told(second)["drifted"], told(second)["equal"], told(second)["against"]) == (False, True, str(folder))

    # by 0.2 of the probability, from level 5 to level 1: 0.8 of a level
    says = told(third)["says"]
    assert (len(changed.asked), cost(third, "scores")) == (40, 0)
    assert says.startswith("THE JUDGE HAS DRIFTED: tone -0.80 of 5 (-1.")
    assert says.endswith(
        f" on 10 anchors: changes of verdicts since {folder.parent / 'night-01'} may be the judge's, and so may those"
        f" since {folder}; this is said until other anchors are named, or the runs before this one are moved away"
    )
    assert capsys.readouterr() == ("", f"judge: {says}\n")
    assert [name for name, one in told(third)["rubrics"].items() if one["flagged"]] == ["tone"]
    assert (told(third)["against"], told(third)["origin"]) == (str(folder.parent / "night-01"), str(folder))


def test_the_alarm_lasts_until_there_is_a_new_beginning(nights: Nights) -> None:
    """The night after a jump is like the one before it, and is held against the first one, too, as is the gate."""
    rule = "gate.max_drift=0.3"
    first, _, folder = nights.run(USUAL, rule)
    jumped, _, _ = nights.run(graded(0.9, 0.6), rule)
    after, _, new = nights.run(graded(0.9, 0.6), rule)
    folder.rename(nights.folder / "moved away")
    new.with_name("night-01").rename(nights.folder / "moved away, too")
    anew, _, _ = nights.run(graded(0.9, 0.6), rule, out="night-03")

    assert [told(one)["drifted"] for one in (first, jumped, after, anew)] == [None, True, True, False]
    assert [check.passed for one in (first, jumped, after, anew) for check in one.gate] == [None, False, False, True]
    assert (
        f": changes of verdicts since {folder} may be the judge's; this is said until other anch" in told(after)["says"]
    )
    assert after.gate[0].says.startswith("the judge moved by -0.80 of 5 levels on tone (-1.")
    assert f" since {folder}, so certainly by 0." in after.gate[0].says
    assert (told(anew)["against"], told(anew)["origin"]) == (str(new), "")


def test_a_judge_that_creeps_is_found(nights: Nights) -> None:
    """A twentieth of a level a night is not seen from one to the next, and adds up; the sentence names the first."""
    found = None
    for at in range(30):
        found, _, folder = nights.run(graded(0.9, 0.8 - at * 0.05 / 4))
        if told(found)["drifted"]:
            break

    assert found is not None
    assert 3 < at < 15
    assert not any(one["flagged"] for one in told(found)["rubrics"].values())
    assert (
        f": changes of verdicts since {folder.with_name('night-00')} may be the judge's; this is" in told(found)["says"]
    )


def test_a_reading_that_was_cut_short_is_no_beginning(nights: Nights) -> None:
    """What drift is told from is the first night on which all anchors were asked about."""
    nights.run(USUAL, "limit.tokens=9000")
    whole, _, folder = nights.run()
    third, _, _ = nights.run()

    assert told(whole)["against"].endswith("night-00")  # there is no other yet
    assert (told(third)["against"], told(third)["origin"], told(third)["equal"]) == (str(folder), "", True)


def test_anchors_are_in_no_list_and_no_account(nights: Nights) -> None:
    """Anchors that carry the ids of rows change neither list nor account; what was said of them stands in a file."""
    outcome, _, folder = nights.run()

    lines = [json.loads(line) for line in (folder / "anchors.jsonl").read_text(encoding="utf-8").splitlines()]
    assert outcome.accounting.line() == "12 rows in = 12 judged + 0 unscored + 0 not sampled + 0 rejected"
    assert len((folder / "suspects.jsonl").read_text(encoding="utf-8").splitlines()) == 12
    assert cost(outcome, "scores") == 12 * 4
    assert [line["rubric"] for line in lines[:4]] == ["factual", "instruction", "tone", "format"]
    assert (lines[0]["example_id"], lines[0]["turn"], lines[0]["reason"]) == ("r1", 2, "")
    assert lines[0]["score"] == pytest.approx(4.6, abs=1e-4)
    assert lines[0]["distribution"] == pytest.approx([0.1, 0, 0, 0, 0.9], abs=1e-4)


def test_a_run_that_was_interrupted_goes_on_where_it_is_resumed(nights: Nights) -> None:
    """What was answered is kept for that run alone: in its folder it is not asked again, in another folder it is."""
    answered: list[Request] = []

    def dies(request: Request) -> Mapping[str, float] | str:
        answered.append(request)
        if len(answered) > 64 + 8:  # a batch is stored when all of it is answered
            raise Interrupted(2)
        return USUAL(request)

    with pytest.raises(Interrupted):
        nights.run(dies, out="night-00")
    resumed, _, folder = nights.run(out="night-00")
    other, _, _ = nights.run()

    assert (cost(resumed, "anchors"), cost(resumed, "anchors", "reused")) == (0, 40)
    assert told(resumed)["says"].endswith(
        "; 40 of the answers on anchors were there already, from a run in the same folder"
    )
    assert (cost(other, "anchors"), told(other)["against"], told(other)["equal"]) == (40, str(folder), True)


def test_runs_that_asked_otherwise_are_not_compared(nights: Nights) -> None:
    """Another wording, or other anchors, are another question; a damaged run is passed over."""
    _, _, first = nights.run()
    reworded, _, second = nights.run(USUAL, "rubrics.tone.question=Is it kind?")
    again, _, third = nights.run()
    (third / "anchors.jsonl").write_text("{", encoding="utf-8")
    (second / "manifest.json").write_text("{", encoding="utf-8")
    passed_over, _, _ = nights.run()

    assert told(reworded)["drifted"] is None
    assert (told(again)["against"], told(passed_over)["against"]) == (str(first), str(first))
    assert told(again)["questions"] != told(reworded)["questions"]


def test_another_judge_is_held_against_the_one_before_and_named(nights: Nights) -> None:
    """Anchors span judges: a new model that grades otherwise is told as drift, with what changed about the judge."""
    nights.run()

    outcome, _, _ = nights.run(graded(0.5, 0.8), name="other")

    assert told(outcome)["drifted"] is True
    assert "THE JUDGE HAS DRIFTED: factual -1.60 of 5 (" in told(outcome)["says"]
    assert " on 10 anchors (model judge -> other): changes of verdicts since " in told(outcome)["says"]


def test_hints_on_a_row_are_not_shown_with_an_anchor_of_its_name(nights: Nights) -> None:
    """Anchors are asked about in the same words, whatever the findings of the set are."""
    plain, _, _ = nights.run()
    hinted, _, _ = nights.run(USUAL, "hints=true")

    assert told(plain)["questions"] == told(hinted)["questions"]


def test_anchors_count_against_the_limits(nights: Nights) -> None:
    """A limit that has no room for all anchors leaves the rest of them unasked, and nothing is told from the others."""
    nights.run()

    cut, judge, _ = nights.run(USUAL, "limit.tokens=9000")

    spent: Any = cut.manifest["cost"]
    assert len(judge.asked) == cost(cut, "anchors") < 40
    assert spent["anchors"]["prompt_tokens"] + spent["anchors"]["generated_tokens"] <= 9000
    assert cut.accounting.judged == 12  # the store knows the rows
    assert told(cut)["drifted"] is None
    assert "cannot be told from so little" in told(cut)["says"]


def test_a_plan_counts_the_anchors_whatever_the_store_knows(nights: Nights) -> None:
    """They are asked anew, so that earlier nights make them no cheaper."""
    nights.run()
    parts = wiring.build(
        settings(nights.folder, ()),
        rubric_set="standard",
        out=nights.folder / "plan",
        backend=scripted.connect(script=USUAL, name="judge"),
    )

    plan = planning.run(parts)

    parts.store.close()
    assert (plan.scores.asked, plan.beside) == (0, 40)
    assert plan.beside_tokens > 40 * 200


def test_without_a_judge_anchors_are_noted_and_left(nights: Nights, capsys: pytest.CaptureFixture[str]) -> None:
    """No judge, no drift: nothing is written of it but a note."""
    folder = nights.folder / "runs" / "rows" / "night-00"
    parts = wiring.build(settings(nights.folder, ("quiet=false",)), rubric_set="standard", out=folder)

    outcome = audit.run(replace(parts, backend=NoJudge("there is none")))

    parts.store.close()
    assert "noted: anchors are for a judge, and there is none" in capsys.readouterr().out
    assert outcome.drift is None
    assert not (folder / "anchors.jsonl").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "anchors=PATH: no such file: PATH"),
        ("", "anchors=PATH: PATH has no rows"),
        ('{"prompt": "a", "response": "b"}\n{"prompt": 1}\n', "1 row of 2 cannot be read; first: line 2: "),
    ],
)
def test_anchors_are_whole_or_a_mistake(tmp_path: Path, text: str | None, said: str) -> None:
    """A set that is to stay the same has no rows that cannot be read."""
    path = tmp_path / "a.jsonl"
    if text is not None:
        path.write_text(text, encoding="utf-8")

    with pytest.raises(DataError) as error:
        anchors.load(str(path))

    assert said.replace("PATH", str(path)) in str(error.value)


def grades(scores: Mapping[str, Sequence[float | None]], reply: str = "") -> list[Grade]:
    """Make a reading of anchors: a score for each on every rubric, or none."""
    return [
        Grade(
            example_id=f"r{at}",
            digest=f"sha256:{at}",
            turn=1,
            rubric=rubric,
            score=score,
            reason="" if score is not None else "off_scale",
            reply=reply and f"{reply} {score}",
        )
        for rubric, found in scores.items()
        for at, score in enumerate(found)
    ]


def compared(before: Sequence[Grade], after: Sequence[Grade], changed: str = "") -> Drift:
    """Compare two readings."""
    return drift.compare(before, after, LEVELS, since="runs/x/1", changed=changed)


def night(seed: int, shift: float = 0.0, spread: float = 0.0, rows: int = 48) -> list[Grade]:
    """Make a reading that moves from one base by `shift` and by chance."""
    base = np.random.default_rng(1).uniform(1.5, 4.5, (2, rows))
    noise = np.random.default_rng(seed).normal(0, spread, base.shape) if spread else 0.0
    moved = base + noise + np.array([[0.0], [shift]])
    return grades({name: [float(x) for x in line] for name, line in zip(LEVELS, moved, strict=True)})


def test_a_steady_judge_is_called_steady_and_a_shifted_one_drifted() -> None:
    """Rounding of an engine is innocent, a shift of a third of a level is not; the sentence says what changed."""
    steady = [compared(night(2 * n, spread=0.03), night(2 * n + 1, spread=0.03)).drifted for n in range(20)]
    shifted = [
        compared(night(2 * n, spread=0.1), night(2 * n + 1, shift=0.33, spread=0.1), "revision a -> b")
        for n in range(20)
    ]

    assert steady == [False] * 20
    assert [one.drifted for one in shifted] == [True] * 20
    assert [[name for name, c in one.rubrics.items() if c.flagged] for one in shifted] == [["tone"]] * 20
    assert shifted[0].says.endswith(
        " on 48 anchors (revision a -> b): changes of verdicts since runs/x/1 may be the judge's"
    )


def test_a_judge_that_moves_rows_up_and_down_has_drifted_too() -> None:
    """A mean that stays hides nothing, and neither do grades that are no longer given."""
    before = grades({"factual": [3.0] * 48, "tone": [3.0] * 48})
    stirred = grades({"factual": [3.0] * 48, "tone": [2.0, 4.0] * 8 + [3.0] * 32})
    mute = grades({"factual": [3.0] * 48, "tone": [3.0] * 30 + [None] * 18})

    assert compared(before, stirred).says.startswith(
        "THE JUDGE HAS DRIFTED: tone moved by half a level or more on 16 of 48 anchors: "
    )
    assert compared(before, mute).drifted is True
    assert compared(before, stirred).rubrics["tone"].moved.found == 16


def test_drift_from_the_newest_or_the_oldest_reading_is_drift() -> None:
    """Steady is who is steady since both; what cannot be told since one is not told."""

    def one(shift: float, since: str, rows: int = 48) -> Drift:
        return drift.compare(
            night(1, rows=rows), night(1, shift, rows=rows), LEVELS, since=since, changed="", readings=2
        )

    steady, new, old = one(0, "new"), one(1, "new"), one(1, "old")
    jumped, crept = drift.joined(new, one(0, "old")), drift.joined(steady, old)

    assert [x.drifted for x in (jumped, crept, drift.joined(steady, one(0, "old")))] == [True, True, False]
    assert [x.drifted for x in (drift.joined(one(0, "new", 4), old), drift.joined(steady, one(0, "old", 4)))] == [
        True,
        None,
    ]
    assert "since new may be the judge's" in jumped.says
    assert "until" not in jumped.says  # the judge is as it was at first
    assert "since old may be the judge's; this is said until other anchors are named" in crept.says
    assert (crept.against, crept.origin, crept.rubrics["tone"].mean) == ("new", "old", 0)
    assert crept.origin_rubrics["tone"].mean == pytest.approx(1)


def test_two_readings_are_held_against_with_more_room_for_chance() -> None:
    """Intervals widen with the number of comparisons, so that all of them hold at once with 95 %."""
    one, two = (
        drift.compare(night(1), night(2, spread=0.2), LEVELS, since="x", changed="", readings=many).rubrics["tone"]
        for many in (1, 2)
    )

    assert two.low < one.low < one.mean < one.high < two.high
    assert two.moved.high > one.moved.high


def test_from_too_little_nothing_is_told() -> None:
    """Four anchors are none, and six that scatter are too few to call a judge steady."""
    few = grades({"factual": [3.0] * 4, "tone": [3.0] * 4})
    six = grades({"factual": [3.0] * 6, "tone": [3.0, 3.2, 2.9, 3.1, 3.0, 2.8]})
    moved = grades({"factual": [3.0] * 6, "tone": [3.3, 2.9, 3.1, 2.8, 3.2, 2.9]})

    assert [compared(few, few).drifted, compared(six, moved).drifted] == [None, None]
    assert (
        "cannot be told from so little since runs/x/1: 6 anchors were graded in both runs" in compared(six, moved).says
    )


@given(st.lists(st.one_of(st.none(), st.floats(1, 5)), min_size=1, max_size=60))
def test_two_equal_readings_never_show_drift(scores: list[float | None]) -> None:
    """Whatever was said, the same again is no drift; and bit for bit only where every reply was read."""
    same = grades({"factual": scores, "tone": scores}, reply="r")
    same = [replace(one, reply=one.reply if one.score is not None else "") for one in same]

    found = compared(same, same)

    assert found.drifted is not True
    assert found.equal == (None not in scores)
    assert found.drifted is False or not found.equal


def test_the_shipped_anchors_can_be_read() -> None:
    """The nightly recipe's anchors are 48 different rows."""
    loaded = anchors.load("data/anchors.jsonl")
    assert len({example.digest for example in loaded.examples}) == 48
