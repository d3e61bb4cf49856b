"""The rows of a finished run's input, read again, each with what the audit found of it."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from judge import digest, inbox, sources
from judge.cleaning import Row
from judge.errors import DataError
from judge.inbox import Run
from judge.records import Example, Rationale
from judge.results import Reason

_EVEN = 0.5  # of a row in a conflict that leans nowhere
_SCORE = ".score"


def load(run: Run, spec: sources.Spec) -> sources.Loaded:
    """
    Read the input of a run again.

    Raises:
        DataError: it cannot be read, or is not what the run read.
    """
    loaded = sources.load(spec)
    told = run.manifest["data"]
    if loaded.digest != told.get("digest"):
        were = {file.get("name"): file.get("digest") for file in told.get("files") or ()}
        other = [file for file in loaded.files if file.digest != were.get(file.name)]
        names = ", ".join(str(file.path) for file in other) or spec.where
        raise DataError(f"{names} has changed since the audit in {run.folder}; audit it again")
    return loaded


def judge(run: Run) -> str:
    """Who gave the scores: a model and its revision, or `NO JUDGE`."""
    told = run.manifest["judge"]
    if told.get("backend") == "none":
        return "NO JUDGE"
    model = str(told.get("model") or told.get("backend"))
    return f"{model}@{told['revision']}" if told.get("revision") else model


def rubrics(run: Run) -> tuple[tuple[str, ...], frozenset[str]]:
    """Names of the run's rubrics, and which of them at least one row has a score of."""
    table = run.examples()
    names = tuple(_rubrics(table))
    return names, frozenset(name for name in names if table[f"{name}{_SCORE}"].notna().any())


def rows(run: Run, loaded: sources.Loaded, topics: Mapping[str, str]) -> list[Row]:
    """
    Every row of the input, in order.

    A row that another source has too, and that counts there, has what was found of it there.

    Args:
        run: the audit.
        loaded: its input.
        topics: by example id.

    Raises:
        DataError: the run's files cannot be read, or do not speak of these rows.
    """
    table = run.examples()
    path = run.folder / "examples.parquet"
    with inbox.reading(path):
        if dict(zip(table.index, table["digest"], strict=True)) != {e.id: e.digest for e in loaded.examples}:
            raise ValueError("it does not have the rows of the input")
        known = _known(table)
    reasons, even = _reasons(run), _even(run)
    counts = {example.digest: example.id for example in loaded.examples if not example.also_in}
    alone = loaded.files[0].name if len(loaded.files) == 1 else ""
    order = {file.name: n for n, file in enumerate(loaded.files)}

    def row(example: Example) -> Row:
        name = example.id
        if example.also_in and known[name]["suspicion"] is None:
            name = counts.get(example.digest, name)
        why = reasons.get(name, ())
        conflict = max((r.severity for r in why if r.kind == "pair"), default=0.0)
        return Row(
            file=alone or example.source,
            line=example.line,
            id=example.id,
            digest=example.digest,
            source=example.source,
            topic=topics.get(example.id, ""),
            reasons=why,
            conflict=max(conflict, _EVEN if name in even else 0.0),
            **known[name],
        )

    rejects = (
        Row(
            file=alone or reject.source,
            line=reject.line,
            id=None,
            digest=digest.of(reject.text),
            source=reject.source,
            rejected=reject.reason,
        )
        for reject in loaded.rejects
    )
    found = [*map(row, loaded.examples), *rejects]
    return sorted(found, key=lambda one: (order[one.file], one.line))


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
            "suspicion": _number(suspicion),
            "probability": _number(probability),
            "within_budget": bool(inside),
            "scores": own,
        }
        for name, suspicion, probability, inside, own in zip(
            table.index, table["suspicion"], table["probability"], table["within_budget"], scores, strict=True
        )
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _reasons(run: Run) -> dict[str, tuple[Reason, ...]]:
    """Of each row in the list, strongest first."""
    with inbox.reading(run.folder / "suspects.jsonl"):
        return {
            told["example_id"]: tuple(_reason(told["example_id"], reason) for reason in told["reasons"])
            for told in run.lines("suspects.jsonl")
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


def _even(run: Run) -> frozenset[str]:
    """Rows of camps of which nothing says who is right."""
    with inbox.reading(run.folder / "groups.jsonl"):
        groups = [group for group in run.lines("groups.jsonl") if group["camps"] and not group["lean"]]
        return frozenset(name for group in groups for camp in group["camps"] for name in camp["members"])
