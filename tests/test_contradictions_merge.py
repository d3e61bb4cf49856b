"""Contradictions after a merge: what is new is asked; and what is found in the sets that come with their truth."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest
from disputes import Ran, audited, label, periods
from shop import answered, shop

from judge import sources, wiring
from judge.backends import scripted
from judge.records import Request

ROOT = Path(__file__).resolve().parent.parent
FAST = ("planting.per_kind=0", "pairs.budget=0.5")


def sure(request: Request) -> dict[str, float]:
    """A judge that is sure of everything, by what it is shown alone."""
    said = scripted.by_digest(request)
    assert not isinstance(said, str)
    return label(A=0.9 if said["F"] < 0.5 else 0.02)


def blocks(request: Request) -> tuple[str, ...]:
    """The two rows of a question, as they are shown, but for their numbers."""
    return tuple(re.findall(r'<record n="[12]">(.*?)</record>', request.row, flags=re.DOTALL))


@lru_cache
def known(name: str) -> frozenset[str]:
    """Every answer of a set as it would be shown in a question about a pair."""
    parts = wiring.build(
        wiring.compose([f"+dataset={name}", "backend=none", "quiet=true", "store=:memory:"]),
        rubric_set="standard",
        out=Path("unused"),
    )
    rows = [(row, turn) for row in sources.load(parts.dataset).examples for turn in row.judged]
    return frozenset(
        block for row, turn in rows for block in blocks(parts.asker.pair(row, turn, row, turn, parts.pairs.rubric))
    )


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Ran]:
    """Audits of v3, of v4 after the merge, of v4 once more, and of v3 again, with one store."""
    folder = tmp_path_factory.mktemp("merged")
    sets = ("support_v3", "support_v4", "support_v4", "support_v3")
    return [audited(folder, name, *FAST, script=sure) for name in sets]


def test_a_merge_asks_about_pairs_with_a_new_or_edited_row(merged: Sequence[Ran]) -> None:
    """
    What is asked after a merge is about rows that came with it, or were edited.

    But for a handful: the merge to v4 also edits and removes old rows, and the place of such a one among the ten
    nearest of another is free for an old pair. It is far below one in a hundred of the pairs that ask the same.
    """
    before, after = merged[:2]
    assert {block for request in after.asked for block in blocks(request)} <= known("support_v4")
    old = [request for request in after.asked if known("support_v3").issuperset(blocks(request))]
    assert len(before.asked) > 50
    assert len(after.asked) - len(old) > 40
    assert len(old) <= 0.002 * int(str(after.told["candidates"]))


def test_a_merge_that_only_adds_rows_asks_about_no_old_pair(tmp_path: Path) -> None:
    """Whether two rows are worth a question depends on them alone: others can push them out, and never in."""
    rows = [*shop(90), *periods(9, "30 days"), *periods(3, "14 days", 20)]
    more = [*periods(4, "45 days", 30), *periods(9, "60 days", thing="sofa"), *periods(1, "7 days", 25, thing="sofa")]
    before = audited(tmp_path, rows, script=lambda _: label(A=0.9))
    after = audited(tmp_path, [*more, *rows], script=lambda _: label(A=0.9))
    new = {one.turns[-1].content for one in more}
    assert len(before.asked) > 10
    assert len(after.asked) > 10
    assert all(any(text in request.row for text in new) for request in after.asked)


def test_the_second_run_of_a_merged_set_asks_nothing(merged: Sequence[Ran]) -> None:
    """Nor does the set of before the merge, whose answers are all still there; and both say what they said."""
    before, after, again, back = merged
    assert again.asked == back.asked == []
    assert again.told == after.told
    assert back.told == before.told
    for name in ("pairs.parquet", "groups.jsonl", "suspects.jsonl"):
        assert (again.out / name).read_bytes() == (after.out / name).read_bytes()
        assert (back.out / name).read_bytes() == (before.out / name).read_bytes()


def test_a_removed_row_takes_its_pairs_along(tmp_path: Path) -> None:
    """
    Its pairs are gone and those of the others stay as they were.

    Nobody is asked but about rows that it was near to: its place among their nearest is free.
    """
    rows = [*shop(60), *periods(9, "30 days"), *periods(2, "14 days", 20)]
    before, after = (
        audited(tmp_path, kept, script=lambda r: label(A=0.9 * ("14 days" in r.row))) for kept in (rows, rows[:-1])
    )
    gone = rows[-1]

    def pairs(ran: Ran) -> set[tuple[str, str]]:
        return set(ran.pairs[["left", "right"]].itertuples(index=False, name=None))

    assert any(gone.id in pair for pair in pairs(before))
    assert pairs(after) == {pair for pair in pairs(before) if gone.id not in pair}
    assert len(after.asked) <= 3
    partners = {name for pair in pairs(before) if gone.id in pair for name in pair}
    assert all(any(one.turns[-1].content in r.row for one in rows if one.id in partners) for r in after.asked)
    assert not any(gone.turns[-1].content in request.row for request in after.asked)


def test_an_edited_row_is_asked_about_and_no_other(tmp_path: Path) -> None:
    """Another answer in one row costs questions about that row alone."""
    rows = [*shop(60), *periods(9, "30 days"), *periods(1, "14 days", 20)]
    edited = answered(rows[-1], rows[-1].id, rows[-1].turns[-1].content.replace("14 days", "10 days"))
    audited(tmp_path, rows, script=lambda _: label(A=0.9))
    after = audited(tmp_path, [*rows[:-1], edited], script=lambda _: label(A=0.9))
    assert 1 <= len(after.asked) <= 20
    assert all("10 days" in request.row for request in after.asked)
    renamed = [replace(row, id=f"new-{n}") for n, row in enumerate([edited, *rows[:-1]])]
    assert audited(tmp_path, renamed, script=lambda _: label(A=0.9)).asked == []


@pytest.mark.parametrize(("name", "reported"), [("support_v3", 9), ("support_v4", 19)])
def test_contradictions_of_the_example_sets(
    tmp_path: Path, measured: Callable[[str], None], name: str, reported: int
) -> None:
    """
    By words alone 70 % of the known contradicting pairs are reported, and 60 % of what is reported has a bad row in it.

    Floors below what was measured when this was written (7 of 9 and 30 of 43; 15 of 19 and 59 of 73); the sets are
    small and of one shop, so these say that nothing broke, not how good the words are elsewhere.
    """
    ran = audited(tmp_path, name, *FAST)
    lines = (ROOT / "data" / f"{name}.truth.jsonl").read_text("utf-8").splitlines()
    truth = {line["id"]: line for line in map(json.loads, lines)}
    wanted = {frozenset((bad, line["partner"])) for bad, line in truth.items() if line["partner"]}
    found = [frozenset(pair) for pair in ran.pairs[["left", "right"]].itertuples(index=False, name=None)]
    hit, bad = len(wanted & set(found)), sum(not pair.isdisjoint(truth) for pair in found)
    measured(f"{name}, contradictions by words: {hit} of {len(wanted)} known; {bad} of {len(found)} have a bad row")
    assert len(wanted) == reported
    assert hit >= 0.7 * len(wanted)
    assert bad >= 0.6 * len(found)
