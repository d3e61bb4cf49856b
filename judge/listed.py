"""The list of a run as a page reads it: line by line, and of very many rows no more than the page can show."""

import json
import os
import weakref
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from judge.inbox import Run
from judge.lazy import Found, Lazy
from judge.records import Example
from judge.views import groups, lines, orders

LIST = "suspects.jsonl"
_FIRST = ("example_id", "line", "source", "status")  # columns of every line
_TOLD = ("source", "rank", "suspicion", "probability", "within_budget")  # columns that figures are made of


class Lines(Lazy[dict[str, Any]]):
    """The lines of a list, each read from the disk when it is asked for."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        weakref.finalize(self, self._file.close)
        self._ends = array("q", [0])
        for line in self._file:
            self._ends.append(self._ends[-1] + len(line))

    def __len__(self) -> int:
        return len(self._ends) - 1

    def at(self, n: int) -> dict[str, Any]:
        """One line as a value."""
        told: dict[str, Any] = json.loads(
            os.pread(self._file.fileno(), self._ends[n + 1] - self._ends[n], self._ends[n])
        )
        return told


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """
    The rows of a run, as far as a page tells of them.

    Attributes:
        told: the lines of the list.
        table: of all rows, what figures are made of.
        known: line, source, status and scores of those rows that the page can show one by one.
        row: likewise, all columns of the row of that id.
        order: of these.
        examples: likewise, by id.
        evidence: of the ranked ones among them, by rank, what the findings alone say against it, in nats.
        spans: the words in which they differ from others, by id.
        reasoned: how many of all show a reason.
    """

    told: Lines
    table: pd.DataFrame
    known: pd.DataFrame
    row: Callable[[str], Mapping[str, Any]]
    order: lines.Order
    examples: Mapping[str, Example]
    evidence: Sequence[float]
    spans: groups.Spans
    reasoned: int


def rows(run: Run, examples: Sequence[Example], most: int | None) -> Rows:
    """Read all of them, or the first `most`, by rank, of more rows than that, whose examples may lie on disk."""
    most = None if most is None or len(examples) <= most else most
    told = Lines(run.folder / LIST)
    ranked, evidence, reasoned, spans = [], [], 0, {}
    for n, one in enumerate(told):
        reasoned += bool(one["reasons"])
        if most is None or n < most:
            ranked.append(one["example_id"])
            evidence.append(orders.spoken(one))
            spans.update(groups.spans(one))
    grades, places = run.grades(ranked, most)
    by_id: Mapping[str, Example] = Found(lambda: iter(places), lambda name: _example(examples, places, name))
    if most is None:
        by_id = {example.id: example for example in examples}
    first = [name for name in grades.column_names if name in _FIRST or name.endswith(".score")]
    at = {name: n for n, name in enumerate(places)}
    columns = dict(zip(grades.column_names, grades.columns, strict=True))
    table = run.figures(_TOLD).astype({"source": "category"})
    pa.default_memory_pool().release_unused()  # of what was read, far more than is kept
    return Rows(
        told=told,
        table=table,
        known=grades.select(first).to_pandas().set_index("example_id"),
        row=lambda name: {column: values[at[name]].as_py() for column, values in columns.items()},
        order=lines.order(ranked, places),
        examples=by_id,
        evidence=evidence,
        spans=spans,
        reasoned=reasoned,
    )


def _example(examples: Sequence[Example], places: Mapping[str, int], name: str) -> Example | None:
    found = examples[places[name]] if name in places else None
    return found if found and found.id == name else None
