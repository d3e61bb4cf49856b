"""Contradictions in a whole audit: who is asked what, what counts, and what is left behind."""

import random
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from disputes import Ran, audited, copied, label, periods
from shop import row, shop

from judge.backends import scripted
from judge.records import Example, Request

OUTPUTS = (
    *("suspects.jsonl", "suspects.csv", "examples.parquet", "pairs.parquet", "groups.jsonl"),
    "rejects.jsonl",
)
FEW = ("pairs.budget=1",)  # of nine rows; enough for some of their pairs, not for all
OUTSIDE = (
    row("in", "Can I put the lamp outside?", "No, please keep the lamp inside."),
    row("out", "Can I put the lamp outside?", "Yes, the lamp may stand outside."),
)


def blamed(ran: Ran) -> dict[str, float]:
    """Rows with a contradiction among their reasons, and its severity."""
    return {s.example.id: r.severity for s in ran.outcome.suspects for r in s.reasons if r.kind == "pair"}


def shown(request: Request, rows: list[Example]) -> list[str]:
    """The rows of a question about a pair."""
    said = {
        one.id: f'{one.turns[-2].content}\n</turn>\n<turn n="2" role="assistant">\n{one.turns[-1].content}\n'
        for one in rows
    }
    return [name for name, turns in said.items() if turns in request.row]


def disagree(request: Request) -> bool:
    """Whether two rows give other periods, or other places; all else that is asked about differs in words alone."""
    return all(f"{n} days" in request.row for n in (30, 14)) or all(a.turns[-1].content in request.row for a in OUTSIDE)


def on_days(pairs: pd.DataFrame) -> pd.DataFrame:
    """The contradictions on the period of return."""
    return pairs[~pairs["left"].isin([one.id for one in OUTSIDE])].reset_index(drop=True)


# --- who decides


@pytest.mark.parametrize(("probability", "reported"), [(0.01, False), (0.15, False), (0.85, True), (0.95, True)])
def test_the_judge_decides_over_the_words(tmp_path: Path, probability: float, *, reported: bool) -> None:
    """A yes or no of the judge is taken, whatever the words' own score, and its kind and probability are told."""
    rows = [*periods(1, "30 days"), *periods(1, "14 days", 1), *OUTSIDE]
    alone = audited(tmp_path / "alone", rows)
    ran = audited(tmp_path, rows, script=lambda r: label(B=probability if disagree(r) else 0.0))

    assert sum(map(disagree, ran.asked)) == 2
    assert set(alone.pairs["by"]) == {"words"}
    assert len(alone.pairs) == 2
    assert len(ran.pairs) == (2 if reported else 0)
    assert bool(blamed(ran)) is reported
    if reported:
        assert set(ran.pairs["kind"]) == {"policy"}
        assert set(ran.pairs["by"]) == {"judge"}
        assert ran.pairs["probability"].tolist() == pytest.approx([probability] * 2, abs=1e-3)
        assert all(severity <= probability + 1e-3 for severity in blamed(ran).values())


def test_a_weak_pair_that_the_judge_confirms_is_reported(tmp_path: Path) -> None:
    """What the words alone would not report is asked about all the same."""
    rows = [
        row("one", "How do I clean the lamp?", "Wipe the lamp with a dry cloth every week, and it will shine."),
        row("two", "How do I clean the lamp?", "Vinegar and warm water remove all stains from brass."),
    ]
    assert len(audited(tmp_path / "alone", rows).pairs) == 0
    ran = audited(tmp_path, rows, script=lambda _: label(C=0.9))
    assert ran.pairs[["left", "right", "kind", "by"]].to_numpy().tolist() == [["one", "two", "recommendation", "judge"]]
    assert set(blamed(ran)) == {"one", "two"}


@pytest.mark.parametrize(("kind", "name"), [("D", "format"), ("E", "tone")])
def test_another_form_or_tone_is_told_and_held_against_nobody(tmp_path: Path, kind: str, name: str) -> None:
    """Pairs of these kinds are in the table; no group is made of them and no row is blamed."""
    ran = audited(tmp_path, [*periods(2, "30 days"), *periods(2, "14 days")], script=lambda _: label(**{kind: 0.9}))
    assert set(ran.pairs["kind"]) == {name}
    assert blamed(ran) == {}
    assert ran.lines("groups.jsonl") == []


# --- who is asked


@pytest.mark.parametrize("probability", [0.02, 0.93])
def test_the_answer_on_one_pair_holds_for_the_row_on_that_matter(tmp_path: Path, probability: float) -> None:
    """Of a row against eight that give another amount some are asked; what the judge says is said of all eight."""
    most, least = periods(8, "30 days"), periods(1, "14 days", 9)
    ran = audited(tmp_path, [*most, *least], *FEW, script=lambda r: label(A=probability if disagree(r) else 0.0))

    assert 0 < sum(map(disagree, ran.asked)) < 8
    pairs = ran.pairs
    assert len(pairs) == (len(audited(tmp_path / "alone", [*most, *least]).pairs) if probability > 0.5 else 0)
    assert set(pairs["by"]) <= {"judge"}
    assert pairs["probability"].tolist() == pytest.approx([probability] * len(pairs), abs=1e-3)
    assert probability < 0.5 or len(pairs) > 3


def test_the_milder_of_two_answers_holds(tmp_path: Path) -> None:
    """A pair that was not asked, of rows that were: where the judge excused one of them, it is excused here too."""
    most, least = periods(9, "30 days"), periods(2, "14 days", 9)
    excused = least[0].turns[-1].content

    def script(request: Request) -> dict[str, float]:
        return label(A=0.9 if disagree(request) and excused not in request.row else 0.02)

    ran = audited(tmp_path, [*most, *least], *FEW, script=script)
    assert sum(map(disagree, ran.asked)) < len(audited(tmp_path / "alone", [*most, *least]).pairs)
    assert set(ran.pairs["left"]) | set(ran.pairs["right"]) <= {one.id for one in (*most, least[1])}
    assert len(ran.pairs) > 3
    assert set(blamed(ran)) == {least[1].id}


def test_copies_of_a_pair_are_asked_once(tmp_path: Path) -> None:
    """Rows of the same content are one answer, asked about once, and all of them are blamed."""
    (one,) = periods(1, "14 days")
    ran = audited(
        tmp_path, [*periods(3, "30 days", 4), one, *copied(one, 5)], script=lambda r: label(A=0.9 * disagree(r))
    )
    assert sum(map(disagree, ran.asked)) == 3
    assert set(blamed(ran)) == {one.id, *(copy.id for copy in copied(one, 5))}


def test_without_an_answer_the_words_stand_and_are_counted(tmp_path: Path) -> None:
    """A pair on which the judge says nothing that can be read is held by the score of its words, and counted."""
    rows = [*periods(3, "30 days"), *periods(1, "14 days"), *OUTSIDE]
    alone = audited(tmp_path / "alone", rows)

    def script(request: Request) -> dict[str, float]:
        if not disagree(request):
            return label()
        return label(B=0.97) if "outside" in request.row else dict.fromkeys("ABCDEF", 0.001)

    ran = audited(tmp_path, rows, script=script)
    assert (sum(map(disagree, ran.asked)), ran.told["unscored"]) == (4, 3)
    pd.testing.assert_frame_equal(on_days(ran.pairs), on_days(alone.pairs))
    assert set(ran.pairs["by"]) == {"judge", "words"}
    assert ran.outcome.accounting.judged == len(rows)


def test_no_budget_asks_nobody_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`pairs.budget=0` leaves all to the words, on the console and in the manifest."""
    rows = [*periods(3, "30 days"), *periods(1, "14 days")]
    ran = audited(tmp_path, rows, "pairs.budget=0", "quiet=false", script=lambda _: label())
    printed = capsys.readouterr().out
    assert ran.asked == []
    assert (ran.told["asked"], ran.told["worth_asking"], ran.told["reported"]) == (0, 4, 3)
    assert ran.told["says"] == "by their words alone: the judge was asked about none"
    assert "1 group of 4 rows contradict each other, by their words alone:" in printed
    assert "(the budget left out 4)" in printed
    assert set(ran.pairs["by"]) == {"words"}
    asked = audited(tmp_path, rows, script=lambda _: label(A=0.9))
    assert asked.told["says"] == "as the judge has it"


def test_a_small_budget_asks_about_the_worst(tmp_path: Path) -> None:
    """Where there is no room for all, those with the gravest words are asked, and the rest is counted."""
    rows = [*shop(60), *periods(12, "30 days"), *periods(12, "14 days", 20), *OUTSIDE]
    words = {frozenset((p.left, p.right)): p.probability for p in audited(tmp_path / "alone", rows).pairs.itertuples()}
    every, few = (
        audited(tmp_path / budget, rows, f"pairs.budget={budget}", script=lambda _: label()) for budget in ("99", "0.2")
    )
    known = [
        sorted((words.get(frozenset(shown(r, rows)), 0.0) for r in ran.asked), reverse=True) for ran in (every, few)
    ]
    assert 1 < len(few.asked) < len(every.asked) / 2
    assert known[1] == known[0][: len(known[1])]
    assert few.told["worth_asking"] == every.told["worth_asking"] == len(every.asked)
    assert few.told["asked"] == len(few.asked)


def test_without_a_judge_everything_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Console, manifest and table say that the words alone decided."""
    ran = audited(tmp_path, [*periods(3, "30 days"), *periods(1, "14 days")], "quiet=false")
    printed = capsys.readouterr().out
    assert printed.startswith("NO JUDGE: ")
    assert "contradict each other, by their words alone:" in printed
    assert ran.told["says"] == "NO JUDGE: by their words alone"
    assert (ran.told["asked"], ran.told["worth_asking"], ran.told["reported"]) == (0, 0, 3)


# --- what is left behind


def test_a_suspect_names_whom_it_contradicts(tmp_path: Path) -> None:
    """`contradicts` has the partner, the kind, the probability and both spans, on both sides of a pair."""
    rows = [*periods(1, "30 days"), *periods(1, "14 days", 1)]
    ran = audited(tmp_path, rows, script=lambda _: label(A=0.9))
    told = {line["example_id"]: line["contradicts"] for line in ran.lines("suspects.jsonl")}
    common = {"kind": "fact", "probability": 0.9, "by": "judge", "turn": 2, "partner_turn": 2}
    (one,), (two,) = told["30-days-lamp-0"], told["14-days-lamp-1"]  # type: ignore[misc, attr-defined]
    assert {**one, "probability": round(one["probability"], 3)} == {
        **common,
        "example_id": "14-days-lamp-1",
        "span": "30 days",
        "partner_span": "14 days",
    }
    assert {**two, "probability": round(two["probability"], 3)} == {
        **common,
        "example_id": "30-days-lamp-0",
        "span": "14 days",
        "partner_span": "30 days",
    }


def test_the_console_shows_the_three_worst_groups(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At most three, each with its question, its camps and their rows, and what leans; the rest is counted."""
    topics = (
        ("How long is the guarantee on a lamp?", "The guarantee on a lamp runs for {} years", "2", "5"),
        ("When does the shop in Bath open?", "Our shop in Bath opens at {} am on weekdays", "9", "11"),
        ("What does the courier charge for a sofa?", "The courier charges {} pounds for a sofa", "40", "75"),
        ("How warm must the water for tea be?", "Water for tea must have {} degrees before you pour it", "80", "60"),
        ("How many screws come with the shelf?", "There are {} screws in the bag with the shelf", "12", "16"),
    )
    ends = (".", ", as it says in our terms.", ", and that has been so for long.", ", of course.")
    rows = [
        row(f"{n}-{at}", asked, said.format(wrong if at == 4 else right) + ends[at % 4])
        for n, (asked, said, right, wrong) in enumerate(topics)
        for at in range(5)
    ]
    ran = audited(tmp_path, rows, "quiet=false")
    printed = capsys.readouterr().out.splitlines()
    groups = [line for line in ran.lines("groups.jsonl") if line["camps"]]
    assert len(groups) == 5
    assert (
        f"{len(groups)} groups of {len(rows)} rows contradict each other, by their words alone; the worst 3:" in printed
    )
    heads = [line for line in printed if re.match(r"  (?:fact|policy|recommendation) \d\.\d\d  ", line)]
    assert len(heads) == 3
    for group, head in zip(groups, heads, strict=False):
        at = printed.index(head)
        assert head == f"  {group['kind']} {group['probability']:.2f}  {group['asks']}"
        for camp, line in zip(group["camps"], printed[at + 1 :], strict=False):  # type: ignore[call-overload]
            assert line.startswith(f"    {camp['rows']} row{'s' if camp['rows'] > 1 else ''}: “{camp['says']}”  ")
            assert camp["members"][0] in line
        assert printed[at + 1 + len(group["camps"])] == "    4 independent rows against 1"  # type: ignore[arg-type]


def mixed() -> list[Example]:
    """Make a set with contradictions, copies and agreeing rows."""
    extra = [
        *periods(12, "30 days"),
        *periods(3, "14 days"),
        *periods(2, "60 days", 5),
        *periods(4, "10 days", thing="desk"),
    ]
    return [*shop(90), *extra, *copied(extra[13], 2), *OUTSIDE]


@pytest.mark.parametrize("judged", [False, True])
def test_the_same_input_gives_the_same_bytes(tmp_path: Path, *, judged: bool) -> None:
    """Two runs of one set leave the same files, the second without a question."""
    script = scripted.by_digest if judged else None
    first, again = (audited(tmp_path, mixed(), script=script) for _ in range(2))
    fresh = audited(tmp_path / "fresh", mixed(), script=script)
    assert bool(first.asked) is judged
    assert again.asked == []
    assert len(first.pairs) > 3
    for name in OUTPUTS:
        assert (first.out / name).read_bytes() == (again.out / name).read_bytes() == (fresh.out / name).read_bytes()


@pytest.mark.parametrize("judged", [False, True])
def test_order_and_names_of_the_rows_change_nothing(tmp_path: Path, *, judged: bool) -> None:
    """Moved and renamed rows are not asked about again; pairs, camps and what is held against a row stay the same."""
    rows = mixed()
    moved = [replace(one, id=f"new-{n}") for n, one in enumerate(rows)]
    random.Random(5).shuffle(moved)
    script = scripted.by_digest if judged else None
    first, again = audited(tmp_path, rows, script=script), audited(tmp_path, moved, script=script)

    def contents(ran: Ran, data: list[Example]) -> tuple[object, ...]:
        said = {one.id: one.digest for one in data}
        pairs = Counter(
            (frozenset({(said[p.left], p.left_span), (said[p.right], p.right_span)}), p.kind, p.probability, p.by)
            for p in ran.pairs.itertuples()
        )
        groups = Counter(
            frozenset((camp["says"], *sorted(said[name] for name in camp["members"])) for camp in group["camps"])  # type: ignore[attr-defined]
            for group in ran.lines("groups.jsonl")
        )
        blame = Counter((said[name], severity) for name, severity in blamed(ran).items())
        return pairs, groups, blame

    assert again.asked == []
    assert contents(first, rows) == contents(again, moved)
    assert blamed(first)
