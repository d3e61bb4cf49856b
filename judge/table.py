"""`examples.parquet`: one row per example, written a group of rows at a time, so that no set is too large to write."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from judge.outbox import replacing, worst_by_rubric
from judge.results import Result

NAME = "examples.parquet"
_GROUP = 16_384  # rows
_FLOATS = ("score", "entropy", "off_scale")  # of a verdict
_VERDICT = {**dict.fromkeys(_FLOATS, "float64"), "turn": "Int64", "levels": "object"}


def write(out: Path, results: Iterable[Result], rubrics: Sequence[str], signals: Sequence[str]) -> None:
    """
    One row per example: status, rank, every rubric's worst verdict, every signal's worst severity.

    `also_in` is another source that has the row, too, and for which it counts, else empty; `turns` counts the
    assistant turns that are up for judgement; `inclusion` is the probability with which the row was
    to be judged; `probability` is there where suspicion was calibrated against people's decisions.
    Columns `<rubric>.score|entropy|off_scale` (of the turn with the lowest score), `<rubric>.turn` (which that is),
    `<rubric>.levels` (probability of each of its labels, worst first; null where unknown) and `signal.<name>`.
    """
    tables = _tables(iter(results), rubrics, signals)
    first = next(tables)
    with replacing(out / NAME) as path, parquet.ParquetWriter(path, first.schema) as writer:
        for table in itertools.chain([first], tables):
            writer.write_table(table)
    pa.default_memory_pool().release_unused()  # the page needs the room


def _tables(results: Iterator[Result], rubrics: Sequence[str], signals: Sequence[str]) -> Iterator[pa.Table]:
    """Group after group, at least one; all of one schema, whatever stands in them."""
    types = {
        **dict.fromkeys(("example_id",), "str"),
        "line": "int64",
        **dict.fromkeys(("source", "digest", "status", "note", "also_in"), "str"),
        "turns": "int64",
        "rank": "Int64",
        "suspicion": "float64",
        "probability": "float64",
        "within_budget": "bool",
        "inclusion": "float64",
        **{f"{name}.{field}": kind for name in rubrics for field, kind in _VERDICT.items()},
        **{f"signal.{name}": "float64" for name in signals},
    }
    schema: pa.Schema | None = None
    while (rows := [_row(r, rubrics, signals) for r in itertools.islice(results, _GROUP)]) or schema is None:
        frame = pd.DataFrame(rows, columns=list(types)).astype(types)
        if schema is None:
            schema = pa.Schema.from_pandas(frame, preserve_index=False)
            for name in rubrics:  # whose type no value may tell
                at = schema.get_field_index(f"{name}.levels")
                schema = schema.set(at, pa.field(f"{name}.levels", pa.list_(pa.float64())))
        yield pa.Table.from_pandas(frame, schema=schema, preserve_index=False)


def _row(result: Result, rubrics: Sequence[str], signals: Sequence[str]) -> tuple[object, ...]:
    """One row, in the order of the columns."""
    example, suspect = result.example, result.suspect
    row: list[object] = [
        *(example.id, example.line, example.source, example.digest, result.status, example.note, example.also_in),
        len(example.judged),
        pd.NA if suspect is None else suspect.rank,
        None if suspect is None else suspect.suspicion,
        result.probability,
        suspect is not None and suspect.within_budget,
        result.inclusion,
    ]
    worst = worst_by_rubric(result.verdicts)
    for name in rubrics:
        verdict = worst.get(name)
        row += [getattr(verdict, field, None) for field in _FLOATS]
        row.append(pd.NA if verdict is None else verdict.turn + 1)
        row.append(list(verdict.distribution) if verdict and verdict.distribution else None)
    severity: dict[str, float] = {}
    for finding in result.findings:
        severity[finding.signal] = max(severity.get(finding.signal, 0.0), finding.severity)
    return *row, *(severity.get(name, 0.0) for name in signals)
