"""`judge diff` as its user meets it: two real audits, before and after a merge, and what can be wrong with them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from judge import audit, diff, inbox, outbox, wiring
from judge.__main__ import main
from judge.differing.lists import suspects
from judge.differing.whole import Difference, ranked
from judge.errors import DataError

ROOT = Path(__file__).resolve().parent.parent


def audited(folder: Path, out: str, *overrides: str) -> Path:
    """Audit a set with the scripted judge, pairs by their words alone, without a self-test."""
    fast = ["backend=scripted", "selftest=off", "protocol=score", "pairs.budget=0", "quiet=true", "report=false"]
    config = wiring.compose([*fast, f"store={folder / 'replies.sqlite'}", *overrides])
    audit.run(wiring.build(config, rubric_set="standard", out=folder / out))
    return folder / out


@pytest.fixture(scope="module")
def merge(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Audits of v3, and of v4: 124 rows of a second source and 2 more, 15 rows edited, 30 removed."""
    folder = tmp_path_factory.mktemp("merge")
    return audited(folder, "v3", "+dataset=support_v3"), audited(folder, "v4", "+dataset=support_v4")


@pytest.fixture(scope="module")
def told(merge: tuple[Path, Path]) -> tuple[Difference, list[str]]:
    """What changed, and how it is told."""
    lines: list[str] = []
    return diff.run(*merge, across=False, form="text", say=lines.append), lines


def changed(run: Path, to: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """Copy a run with another manifest."""
    shutil.copytree(run, to)
    seal(to, change)
    return to


def seal(run: Path, change: Callable[[dict[str, Any]], object] = lambda _: None) -> None:
    """Make a folder that a test has changed one that was written so."""
    manifest = json.loads((run / "manifest.json").read_text("utf-8"))
    change(manifest)
    outbox.write_manifest(run, {key: value for key, value in manifest.items() if key not in {"files", "seal"}})


def truth(name: str) -> dict[str, Any]:
    """Known defects of a set, by id."""
    lines = (ROOT / "data" / f"{name}.truth.jsonl").read_text("utf-8").splitlines()
    return {one["id"]: one for one in map(json.loads, lines)}


def test_rows_of_the_merge_are_counted(told: tuple[Difference, list[str]]) -> None:
    """As the data were made: what is unchanged, edited, new and gone, by source."""
    found, lines = told
    assert found.rows.fates == {"unchanged": 755, "renamed": 0, "edited": 15, "new": 126, "gone": 30}
    assert {one.source: (one.before, one.after, one.fates["new"]) for one in found.by_source} == {
        "tickets": (363, 353, 2),
        "chat": (295, 281, 0),
        "macros": (142, 138, 0),
        "partner_import": (0, 124, 124),
    }
    assert any(line.split() == ["all", "800", "896", "755", "0", "15", "126", "30"] for line in lines)
    assert [change.what for change in found.changes] == ["data"]


def test_planted_conflicts_of_the_merge_are_named(told: tuple[Difference, list[str]], merge: tuple[Path, Path]) -> None:
    """Each that the later run reports between an old row and a new one is born of the merge, old and new told apart."""
    found, lines = told
    came = {name: one["partner"] for name, one in truth("support_v4").items() if name not in truth("support_v3")}
    pairs = pd.read_parquet(merge[1] / "pairs.parquet")
    reported = {frozenset(pair) for pair in zip(pairs["left"], pairs["right"], strict=True)}
    planted = {frozenset((new, old)) for new, old in came.items() if old} & reported
    born = {frozenset((one.old.example_id, one.new.example_id)): one for one in found.conflicts.born}
    assert len(planted) >= 5
    assert planted <= set(born)
    for pair in planted:
        one = born[pair]
        if one.between == "old and new":
            assert (one.new.fate, one.old.fate in {"unchanged", "edited"}) == ("new", True)
            assert one.new.source == "partner_import"
            assert one.new.span != one.old.span
    known = pd.read_parquet(merge[0] / "pairs.parquet")
    assert len(found.conflicts.resolved) + len(found.conflicts.lapsed) + found.conflicts.kept == len(known)
    assert any(line.startswith(" new, old and new: ") for line in lines)


def test_suspects_are_those_of_the_lists(told: tuple[Difference, list[str]], merge: tuple[Path, Path]) -> None:
    """New, risen and kept make up the later budget, kept and gone the earlier one; each has its strongest reason."""
    found = told[0].suspects
    inside = [{o["example_id"] for o in inbox.load(m).lines("suspects.jsonl") if o["within_budget"]} for m in merge]
    assert {one.example_id for part in (found.new, found.risen, found.kept) for one in part} == inside[1]
    assert {one.earlier_id for part in (found.kept, found.gone) for one in part} == inside[0]
    assert all(one.after is not None and found.line is not None and one.after >= found.line for one in found.new)
    assert all(one.reason and one.reason["because"] for part in (found.new, found.kept, found.gone) for one in part)
    assert all(one.cause for one in (*found.new, *found.gone))
    assert "new row" in {one.cause for one in found.new}
    assert {one.cause for one in found.gone} >= {"left", "edited row"}


def test_only_edited_rows_were_graded_anew(told: tuple[Difference, list[str]]) -> None:
    """One judge and one wording: no row that stayed as it was has another grade, and no cause is guessed."""
    found = told[0]
    assert found.verdicts
    assert {one.causes for one in found.verdicts} == {("row edited",)}
    assert len({one.example_id for one in found.verdicts}) <= 15


def test_rates_are_those_of_the_tables(told: tuple[Difference, list[str]], merge: tuple[Path, Path]) -> None:
    """Counted once more by hand, each with an interval that holds it, and a change whose interval holds the change."""
    found = told[0].rates
    assert told[0].suspects.line is not None
    for n, run in enumerate(merge):
        table = pd.read_parquet(run / "examples.parquet")
        shares = {r.what + r.rubric: (r.before, r.after)[n] for r in found.whole}
        assert shares["suspicious"].found == int((table["suspicion"] >= told[0].suspects.line).sum())
        assert shares["lowtone"].found == int((table["tone.score"] <= 3).sum())
        assert {share.of for share in shares.values()} == {len(table)}
    for rate in (*found.whole, *found.by_source):
        assert rate.after.low <= rate.after.value <= rate.after.high
        if rate.change:
            assert rate.change.low <= rate.change.value <= rate.change.high
    assert {rate.source for rate in found.by_source if rate.change is None} == {"partner_import"}


def test_text_fits_a_terminal(told: tuple[Difference, list[str]]) -> None:
    """Lines of 100 columns, the first ten of a list, and how many more."""
    lines = told[1]
    assert max(map(len, lines)) <= 100
    new = len(told[0].suspects.new)
    assert f"   and {new - 10} more suspects" in lines or new <= 11


def test_command_line_tells_it_in_every_form(merge: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """JSON is one object with everything; Markdown begins with the sentence; a run against itself shows no change."""
    before, after = map(str, merge)
    assert main(["diff", before, after, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["rows"]["after"], len(found["by_source"])) == (896, 4)
    assert main(["diff", before, after, "--markdown"]) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("### Audit of support&#95;v3 → support&#95;v4: ")
    assert sum(line.startswith("<details>") for line in rest) == sum(line == "</details>" for line in rest) > 2
    assert main(["diff", after, after]) == 0
    shown = capsys.readouterr().out
    assert "0 new suspects, 0 gone; 0 new contradictions; no rate of the whole set changed beyond noise" in shown
    assert "this is one run twice" in shown


def test_runs_of_different_judges_are_refused_unless_asked_for(
    merge: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line and exit code 2; across judges every form says so first, and grades are put down to the judge."""
    other = changed(merge[0], tmp_path / "other", lambda m: m["judge"].update(model="another"))
    scores = pd.read_parquet(other / "examples.parquet")
    scores["tone.score"] = 6 - scores["tone.score"]
    scores.to_parquet(other / "examples.parquet", index=False)
    seal(other)
    words = ["diff", str(other), str(merge[0])]
    assert main(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "different judges (scripted another, then scripted by_digest)" in line
    assert "--across-judges" in line
    for form, first in (([], "DIFFERENT JUDGES: "), (["--markdown"], "**DIFFERENT JUDGES**: ")):
        assert main([*words, "--across-judges", *form]) == 0
        assert capsys.readouterr().out.startswith(first)
    found = diff.run(other, merge[0], across=True, form="json", say=[].append)
    assert {one.causes for one in found.verdicts} == {("another judge",)}
    newer = changed(merge[0], tmp_path / "newer", lambda m: m["judge"].update(engine_version="2"))
    assert "another engine" in " ".join(said(newer, merge[0]))


def said(before: Path, after: Path) -> list[str]:
    """The text of a difference."""
    lines: list[str] = []
    diff.run(before, after, across=False, form="text", say=lines.append)
    return lines


def test_a_row_that_counts_with_another_source_counts_once(merge: tuple[Path, Path], tmp_path: Path) -> None:
    """Rows with `also_in` are no rows, neither of a rate nor of a list; runs without the column have none."""
    copied = tmp_path / "copied"
    shutil.copytree(merge[0], copied)
    table = pd.read_parquet(copied / "examples.parquet")
    twins = table[table["within_budget"]].assign(
        example_id=lambda t: "twin-" + t["example_id"], source="twins", also_in="tickets"
    )
    pd.concat([table.assign(also_in=""), twins]).to_parquet(copied / "examples.parquet", index=False)
    seal(copied)
    found = diff.run(merge[0], copied, across=False, form="text", say=[].append)
    assert (found.after.rows, found.after.copies) == (800, len(twins))
    assert (found.rows.fates["new"], found.suspects.new) == (0, ())
    assert [rate.after.of for rate in found.rates.whole] == [800] * len(found.rates.whole)


def test_hostile_ids_are_told_and_do_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A real audit of rows with such ids: nothing of them is read as markup, command or mention in any form."""
    ids = ["<img src=x>", "a|b", "@team", "`x`\n# y", "\x1b[31mred", "[link](http://e.vil)", "ok"]

    def write(name: str, names: list[str]) -> str:
        rows = [
            {"id": i, "prompt": f"How long is item {n} open?", "response": f"{n} days."} for n, i in enumerate(names)
        ]
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        return f"dataset.path={path}"

    before = audited(tmp_path, "one", "+dataset=local", write("one.jsonl", ids[-1:]), "review_budget=1")
    after = audited(tmp_path, "two", "+dataset=local", write("two.jsonl", ids), "review_budget=1")
    assert main(["diff", str(before), str(after)]) == 0
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert "<img src=x>" in text
    assert main(["diff", str(before), str(after), "--markdown"]) == 0
    document = capsys.readouterr().out
    assert not [bad for bad in ("<img", "@team", "\x1b", "](http", "`x`", "\n# y") if bad in document]
    assert main(["diff", str(before), str(after), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["suspects"]
    listed = {one["example_id"] for part in ("new", "risen", "kept") for one in found[part]}
    assert listed <= set(ids)
    assert "\x1b[31mred" in listed


def test_lists_are_the_same_for_whoever_asks(merge: tuple[Path, Path], told: tuple[Difference, list[str]]) -> None:
    """The gate, which has no more than two tables, finds the same new suspects."""
    sides = [diff.side(inbox.load(run)) for run in merge]
    found = suspects(ranked(sides[0]), ranked(sides[1]))
    assert found.new == tuple(one.example_id for one in told[0].suspects.new)


@pytest.mark.parametrize(
    ("damage", "complaint", "sealed"),
    [
        (lambda run: (run / "manifest.json").unlink(), "is no complete run", False),
        (lambda run: (run / "manifest.json").write_text("{}"), "it has no accounting", False),
        (lambda run: (run / "examples.parquet").unlink(), "examples.parquet cannot be read", False),
        (lambda run: (run / "suspects.csv").write_text("a"), "suspects.csv is not what was written", False),
        (lambda run: (run / "examples.parquet").unlink(), "examples.parquet cannot be read", True),
        (lambda run: (run / "examples.parquet").write_bytes(b"PAR1"), "examples.parquet is damaged", True),
        (lambda run: (run / "pairs.parquet").write_bytes(b""), "pairs.parquet is damaged", True),
        (lambda run: (run / "suspects.jsonl").write_text("[1]\n"), "suspects.jsonl is damaged", True),
        (lambda run: (run / "groups.jsonl").write_text('{"camps": [1]}\n'), "groups.jsonl is damaged", True),
        (lambda run: pd.DataFrame({"example_id": ["a"]}).to_parquet(run / "examples.parquet"), "(KeyError", True),
        (lambda run: pd.DataFrame({"left": ["a"]}).to_parquet(run / "pairs.parquet"), "pairs.parquet is damaged", True),
    ],
)
def test_a_damaged_run_is_one_line(
    merge: tuple[Path, Path], tmp_path: Path, damage: Callable[[Path], object], complaint: str, *, sealed: bool
) -> None:
    """What is not as it was written, or was written wrong, is named, and no traceback is shown."""
    broken = tmp_path / "broken"
    shutil.copytree(merge[0], broken)
    damage(broken)
    if sealed:
        seal(broken)
    with pytest.raises(DataError) as error:
        diff.run(broken, merge[1], across=False, form="text", say=[].append)
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)


def test_a_manifest_with_parts_of_another_kind_is_damaged(merge: tuple[Path, Path], tmp_path: Path) -> None:
    """Wherever in it: no traceback."""

    def change(manifest: dict[str, Any]) -> None:
        manifest["config"]["rubrics"] = [1]

    broken = changed(merge[1], tmp_path / "broken", change)
    with pytest.raises(DataError, match="is damaged"):
        diff.run(merge[0], broken, across=False, form="text", say=[].append)
