"""The rows of a set, each with what its audit found of it."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from judge import digest
from judge.cleaning import Row
from judge.records import Example, Rationale, Reject
from judge.results import Reason
from judge.text import number

_EVEN = 0.5  # of a row in a conflict that leans nowhere
_SCORE = ".score"


def judge(told: Mapping[str, Any]) -> str:
    """Who gave the scores, by what the manifest says of it: a model and its revision, or `NO JUDGE`."""
    if told.get("backend") == "none":
        return "NO JUDGE"
    model = str(told.get("model") or told.get("backend"))
    return f"{model}@{told['revision']}" if told.get("revision") else model


def rubrics(table: pd.DataFrame) -> tuple[tuple[str, ...], frozenset[str]]:
    """Names of the rubrics in `examples.parquet`, and which of them at least one row has a score of."""
    names = tuple(_rubrics(table))
    return names, frozenset(name for name in names if table[f"{name}{_SCORE}"].notna().any())


def rows(
    examples: Sequence[Example],
    rejects: Sequence[Reject],
    files: Sequence[str],
    *,
    table: pd.DataFrame,
    suspects: Iterable[Mapping[str, Any]],
    groups: Iterable[Mapping[str, Any]],
    topics: Mapping[str, str],
) -> list[Row]:
    """
    Every row of the input, in order.

    Args:
        examples: of the input.
        rejects: of the input.
        files: names of its files, in order; the only one's is that of every row.
        table: the run's `examples.parquet`.
        suspects: its list.
        groups: its rows that contradict each other.
        topics: by example id.

    Raises:
        ValueError: the run does not speak of these rows.
    """
    if dict(zip(table.index, table["digest"], strict=True)) != {e.id: e.digest for e in examples}:
        raise ValueError("it does not have the rows of the input")
    known = _known(table)
    reasons = {one["example_id"]: tuple(_reason(one["example_id"], why) for why in one["reasons"]) for one in suspects}
    even = _even(groups)
    alone = files[0] if len(files) == 1 else ""
    order = {name: n for n, name in enumerate(files)}

    def row(example: Example) -> Row:
        why = reasons.get(example.id, ())
        conflict = max((r.severity for r in why if r.kind == "pair"), default=0.0)
        return Row(
            file=alone or example.source,
            line=example.line,
            id=example.id,
            digest=example.digest,
            source=example.source,
            topic=topics.get(example.id, ""),
            reasons=why,
            conflict=max(conflict, _EVEN if example.id in even else 0.0),
            **known[example.id],
        )

    found = [*map(row, examples), *(_rejected(reject, alone or reject.source) for reject in rejects)]
    return sorted(found, key=lambda one: (order[one.file], one.line))


def _rejected(reject: Reject, file: str) -> Row:
    text = digest.of(reject.text)
    return Row(file=file, line=reject.line, id=None, digest=text, source=reject.source, rejected=reject.reason)


def _rubrics(table: pd.DataFrame) -> Iterator[str]:
    for column in table.columns:
        if column.endswith(_SCORE) and not column.startswith("signal."):
            yield column.removesuffix(_SCORE)


def _known(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """What `examples.parquet` has of each row that decides something."""
    names = list(_rubrics(table))
    columns = {name: table[f"{name}{_SCORE}"].tolist() for name in names}
    scores = (
        {name: score for name, score in zip(names, row, strict=True) if not math.isnan(score)}
        for row in (zip(*columns.values(), strict=True) if names else [()] * len(table))
    )
    return {
        name: {
            "suspicion": number(suspicion),
            "probability": number(probability),
            "within_budget": bool(inside),
            "scores": own,
        }
        for name, suspicion, probability, inside, own in zip(
            table.index, table["suspicion"], table["probability"], table["within_budget"], scores, strict=True
        )
    }


def _reason(name: str, told: Mapping[str, Any]) -> Reason:
    words = told.get("rationale")
    turn = None if told["turn"] is None else told["turn"] - 1
    return Reason(
        kind=told["kind"],
        name=told["name"],
        severity=float(told["severity"]),
        share=float(told["share"]),
        because=told["because"],
        turn=turn,
        rationale=words
        and Rationale(
            example_id=name,
            turn=turn or 0,
            rubric=told["name"],
            text=words["text"],
            evidence=words["evidence"],
            found=words["evidence_found"],
        ),
    )


def _even(groups: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Rows of camps of which nothing says who is right."""
    open_ = (group for group in groups if group["camps"] and not group["lean"])
    return frozenset(name for group in open_ for camp in group["camps"] for name in camp["members"])
