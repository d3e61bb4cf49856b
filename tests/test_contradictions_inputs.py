"""Sets that no one would wish for, audited without a judge: each ends in time, and every row is counted."""

import json
import time
from pathlib import Path

import pytest
from disputes import Ran, audited, periods
from shop import row

from judge.records import Example

ASKED = "How long can I return a lamp?"


def ends(ran: Ran, rows: int, rejected: int = 0) -> None:
    """Hold that every row is accounted for, and that all files agree with each other."""
    examined = rows - rejected
    assert ran.outcome.accounting.line() == (
        f"{rows:,} rows in = 0 judged + {examined:,} unscored ({examined:,} no_judge) + 0 not sampled"
        f" + {rejected:,} rejected"
    )
    assert len(ran.lines("suspects.jsonl")) == examined
    assert len(ran.pairs) == ran.told["reported"]
    assert (ran.out / "manifest.json").exists()
    ids = {suspect.example.id for suspect in ran.outcome.suspects}
    assert ids >= set(ran.pairs["left"]) | set(ran.pairs["right"])


def test_one_prompt_with_thousands_of_answers(tmp_path: Path) -> None:
    """Pairs grow with the rows and not with their square, and so does the time that they take."""
    rows = [row(f"r{n}", ASKED, f"You have {n} days.") for n in range(3_000)]
    start = time.process_time()
    ran = audited(tmp_path, rows, "planting.per_kind=0")
    assert time.process_time() - start < 20
    ends(ran, 3_000)
    assert ran.told["possible"] == 3_000 * 2_999 // 2
    assert 0 < len(ran.pairs) <= 10 * len(rows)
    assert len(ran.lines("groups.jsonl")) < 100


def test_two_answers_each_given_thousands_of_times(tmp_path: Path) -> None:
    """Half of a set against the other half: two camps that hold every row, and nothing says which is right."""
    said = ("You have {} days, dear customer {}.", "It is {} days for you, customer {}.")
    names = [f"{first}{last}" for first in "ABCDEFGHIJKLMNOPQRST" for last in "abcdefghijklmnopqrstuvwxy"]
    rows = [
        row(f"{days}-{name}-{at}", ASKED, text.format(days, name))
        for days in (30, 14)
        for at, text in enumerate(said)
        for name in names
    ]
    start = time.process_time()
    ran = audited(tmp_path, rows, "planting.per_kind=0")
    assert time.process_time() - start < 60
    ends(ran, 2_000)
    group = ran.lines("groups.jsonl")[0]
    assert len(group["members"]) == 2_000  # type: ignore[arg-type]
    assert {camp["says"] for camp in group["camps"]} == {"30 days", "14 days"}  # type: ignore[attr-defined]
    assert group["lean"] == ""


def test_thousands_of_times_the_same_row(tmp_path: Path) -> None:
    """Copies contradict nobody."""
    start = time.process_time()
    ran = audited(tmp_path, [row(f"r{n}", ASKED, "You have 30 days.") for n in range(2_000)], "planting.per_kind=0")
    assert time.process_time() - start < 60
    ends(ran, 2_000)
    assert (len(ran.pairs), ran.told["candidates"], ran.lines("groups.jsonl")) == (0, 0, [])


def test_empty_prompts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Answers to nothing contradict nobody, whatever they say."""
    rows = [row(f"r{n}", " " * (n % 3), f"You have {n} days to return the lamp.") for n in range(40)]
    ran = audited(tmp_path, rows, "quiet=false")
    ends(ran, 40)
    assert len(ran.pairs) == 0
    assert "pairs: 780 possible, 0 ask the same, 0 contradict each other" in capsys.readouterr().out


def giant() -> Example:
    """Make a row of more than a megabyte."""
    return row("giant", "How long can I return a lamp? " * 5_000, "You can return your lamp within 14 days. " * 25_000)


def test_a_giant_row_is_read_in_part(tmp_path: Path) -> None:
    """Where such rows are let in, one of them costs no more than its reading, and is compared like any other."""
    start = time.process_time()
    ran = audited(tmp_path, [giant(), *periods(5, "30 days")], "dataset.max_row_mb=2")
    assert time.process_time() - start < 60
    ends(ran, 6)
    assert {(pair.left, pair.left_span) for pair in ran.pairs.itertuples()} == {("giant", "14 days")}
    assert all(len(json.dumps(line)) < 10_000 for line in ran.lines("suspects.jsonl"))
    assert (ran.out / "groups.jsonl").stat().st_size < 1_000_000


def test_a_giant_row_is_rejected_by_default(tmp_path: Path) -> None:
    """And counted as such, with the other rows compared as if it were not there."""
    ran = audited(tmp_path, [giant(), *periods(30, "30 days"), *periods(1, "14 days")])
    ends(ran, 32, rejected=1)
    assert len(ran.lines("rejects.jsonl")) == 1
    assert set(ran.pairs["right"]) == {"14-days-lamp-0"}


@pytest.mark.parametrize(
    "rows", [periods(1, "30 days"), periods(2, "30 days"), [*periods(1, "30 days"), *periods(1, "14 days")]]
)
def test_one_or_two_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: list[Example]) -> None:
    """The smallest sets there are: a line says what was looked at, and a pair is a pair."""
    ran = audited(tmp_path, rows, "quiet=false", "selftest=off")
    ends(ran, len(rows))
    differ = len({one.id.partition("-lamp")[0] for one in rows}) - 1
    assert len(ran.pairs) == differ
    assert (
        f"pairs: {len(rows) - 1} possible, {len(rows) - 1} ask the same, {differ} contradict" in capsys.readouterr().out
    )
