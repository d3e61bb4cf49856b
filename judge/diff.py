"""`judge diff`: what changed from an earlier run to a later one, as text, JSON or Markdown."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from judge import inbox
from judge.differing import lists, markdown, told, words
from judge.differing.rows import match
from judge.differing.sides import Side, judges_apart
from judge.differing.suspects import wanted
from judge.differing.whole import Difference, hold, ranked
from judge.errors import DataError
from judge.inbox import Run, reading
from judge.outbox import MANIFEST

Form = Literal["text", "json", "markdown"]

_SUSPECTS = "suspects.jsonl"
_GROUPS = "groups.jsonl"
_COLUMNS = ("source", "digest", "status", "suspicion", "within_budget")
_PAIR = ["left", "right", "left_turn", "right_turn", "kind", "probability", "left_span", "right_span", "by"]
_COPY = "also_in"  # says which source a row counts with; runs from before it have no such column


def run(before: Path, after: Path, *, across: bool, form: Form, say: Callable[[str], None]) -> Difference:
    """
    Hold two finished runs against each other and say what changed.

    Args:
        before: the folder of the earlier run, or one of runs, of which the newest counts.
        after: that of the later run.
        across: whether runs of different judges are compared all the same.
        form: text is said line by line, JSON (`differing.told`) and Markdown (`differing.markdown`) as one document.
        say: shows it.

    Raises:
        DataError: a folder or a file in it cannot be used or is not as it was written, or the judges differ.
    """
    difference = hold_against(inbox.load(inbox.find(before)), inbox.load(inbox.find(after)), across=across)
    if form == "json":
        say(told.document(difference))
    elif form == "markdown":
        say(markdown.document(difference))
    else:
        for line in words.lines(difference):
            say(line)
    return difference


def hold_against(before: Run, after: Run, *, across: bool) -> Difference:
    """
    What changed between two runs.

    Raises:
        DataError: a file cannot be read or is not as it was written, or the judges differ and `across` is False.
    """
    for one in {run.folder.resolve(): run for run in (before, after)}.values():
        inbox.undamaged(one)
    sides = side(before), side(after)
    with reading(after.folder / MANIFEST):
        apart = judges_apart(*sides)
    if apart and not across:
        raise DataError(
            f"{before.folder} and {after.folder} have different judges ({apart}), whose scores are not on one scale;"
            " to compare them all the same: --across-judges"
        )
    old, new = (ranked(one) for one in sides)
    matched = match(*({name: row.digest for name, row in rows.items()} for rows in (old, new)))
    found = lists.suspects(old, new, matched)
    needed = wanted(found, matched)
    lines = (
        _lines(before, {name for name in needed[0] if old[name].suspicion is not None}),
        _lines(after, {name for name in needed[1] if new[name].suspicion is not None}),
    )
    with reading(after.folder / MANIFEST):
        return hold(*sides, matched, found, lines)


def side(run: Run) -> Side:
    """
    What is compared of a run.

    Raises:
        DataError: a file of it cannot be read.
    """
    table = run.examples()
    with reading(run.folder / "examples.parquet"):
        scores = [str(name) for name in table.columns if str(name).endswith(".score")]
        rows, copies = _plain(table[[*_COLUMNS, *scores]]), 0
        rows.index = rows.index.astype(object)
        if _COPY in table:
            elsewhere = table[_COPY].fillna("").astype(str).ne("").to_numpy()
            rows, copies = rows[~elsewhere], int(elsewhere.sum())
    pairs = _plain(run.pairs())
    with reading(run.folder / "pairs.parquet"):
        pairs = pairs[_PAIR]
    with reading(run.folder / _GROUPS):
        groups = (group["camps"] for group in run.lines(_GROUPS))
        camps = [[[str(name) for name in camp["members"]] for camp in group] for group in groups if group]
    return Side(folder=str(run.folder), manifest=run.manifest, rows=rows, copies=copies, pairs=pairs, camps=camps)


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Texts as they are in Python: row by row, pandas' own are ten times slower."""
    return table.astype({name: object for name in table.columns if not pd.api.types.is_numeric_dtype(table[name])})


def _lines(run: Run, ids: set[str]) -> Mapping[str, Mapping[str, Any]]:
    """The lines of the list about some rows; it is read as far as the last of them."""
    found: dict[str, Mapping[str, Any]] = {}
    lines = run.lines(_SUSPECTS) if ids else iter(())
    for line in lines:
        if line.get("example_id") in ids:
            found[str(line["example_id"])] = line
            if len(found) == len(ids):
                break
    return found
