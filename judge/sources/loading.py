"""The story of loading: records, then one schema, then examples and rejects, then ids."""

import itertools
import math
from collections.abc import Iterable, Iterator
from typing import cast

from judge import digest
from judge.errors import DataError
from judge.records import Reject
from judge.sources import columns, files, naming, rows
from judge.sources.fields import BadRowError, Row
from judge.sources.raw import Record
from judge.sources.spec import Loaded, Spec

_LOOKED_AT = 200
_TURNS = ("trained", "last")


def load(spec: Spec) -> Loaded:
    """
    Read a data set; each of its rows becomes an example or a reject with its reason.

    Raises:
        DataError: the file as a whole cannot be used. Never for a single row.
    """
    if spec.turns not in _TURNS:
        raise DataError(f"dataset.turns={spec.turns}: choose {' or '.join(_TURNS)}")
    if not 0 < spec.max_row_mb < math.inf:
        raise DataError(f"dataset.max_row_mb={spec.max_row_mb}: a number of megabytes above 0 was expected")
    columns.check(spec)
    with files.reading(spec.path):
        stream = files.records(spec.path, spec.max_row_bytes)
        head = _head(stream)
        objects = [cast("Row", record.value) for record in head if isinstance(record.value, dict)]
        if not objects:
            raise DataError(_nothing(spec, head))
        name, schema = columns.choose(spec, objects)
        parsed, rejects, seen = _read(itertools.chain(head, stream), schema, spec)
        columns.check_present(spec, objects, seen)
        file_digest = digest.of_file(spec.path)
    examples, duplicates, renamed = naming.name_all(parsed)
    return Loaded(
        examples=examples,
        rejects=tuple(rejects),
        schema=name,
        duplicates=duplicates,
        renamed=renamed,
        digest=file_digest,
    )


def check_rejects(loaded: Loaded, max_rejects: float) -> None:
    """
    Stop where so many rows are unreadable that the file is plainly the wrong one.

    Args:
        loaded: what `load` returned.
        max_rejects: the largest share of rejects that is allowed, in [0, 1].

    Raises:
        DataError: the share is larger, or no row is left at all.
    """
    count = len(loaded.rejects)
    if loaded.examples and count <= max_rejects * loaded.rows:
        return
    first = "; ".join(f"line {reject.line}: {reject.reason}" for reject in loaded.rejects[:2])
    share = count / loaded.rows
    raise DataError(
        f"{count:,} of {loaded.rows:,} rows ({share:.1%}) cannot be read, more than max_rejects={max_rejects:g} "
        f"allows. First: {first}. Is this the right file, and is its schema `{loaded.schema}`? Set dataset.schema or "
        f"dataset.columns, repair the rows, or raise max_rejects"
    )


def _head(stream: Iterator[Record]) -> list[Record]:
    """As many records as it takes to see enough objects; they are read again from here, not from the file."""
    head, found = [], 0
    for record in stream:
        head.append(record)
        found += isinstance(record.value, dict)
        if found == _LOOKED_AT:
            break
    return head


def _read(
    records: Iterable[Record], schema: columns.Schema, spec: Spec
) -> tuple[list[rows.Parsed], list[Reject], frozenset[str]]:
    """Parse all records; also say which mapped columns were seen."""
    parsed: list[rows.Parsed] = []
    rejects: list[Reject] = []
    unseen = set(spec.columns.values())
    for record in records:
        if unseen and isinstance(record.value, dict):
            unseen -= record.value.keys()
        try:
            parsed.append(rows.parse(record, schema, spec))
        except BadRowError as error:
            rejects.append(Reject(line=record.line, reason=error.reason(spec.columns), text=record.text))
        except RecursionError:
            rejects.append(Reject(line=record.line, reason="the row is nested too deeply", text=record.text))
    return parsed, rejects, frozenset(spec.columns.values()) - unseen


def _nothing(spec: Spec, head: list[Record]) -> str:
    if not head:
        return f"{spec.path} has no rows: is it the right file?"
    reasons = [record.reason or f"not an object but {str(record.value)[:40]!r}" for record in head[:2]]
    first = "; ".join(f"line {record.line}: {reason}" for record, reason in zip(head, reasons, strict=False))
    return f"{spec.path}: none of its {len(head):,} rows is an object that can be read. First: {first}"
