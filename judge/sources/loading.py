"""The story of loading: file after file records, then one schema, then examples and rejects; then ids for them all."""

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import cast

from judge import digest
from judge.errors import DataError
from judge.records import Reject
from judge.sources import columns, files, naming, rows
from judge.sources.fields import BadRowError, Row
from judge.sources.raw import Record
from judge.sources.spec import Loaded, Source, Spec
from judge.spool import Spool

_LOOKED_AT = 200
_TURNS = ("trained", "last")
_REJECT = tuple(field.name for field in fields(Reject))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What has been read so far, of all files; a list of values, or values that wait on disk."""

    parsed: list[rows.Parsed] | Spool[rows.Parsed]
    rejects: list[Reject] | Spool[Reject]


def load(spec: Spec, spool: Path | None = None) -> Loaded:
    """
    Read a data set; each of its rows becomes an example or a reject with its reason.

    Args:
        spec: the set.
        spool: a folder on whose disk the rows wait until they are looked at, in a file without a name; then no more is
            held than some 30 bytes a row, and as much again of those that share their id. None holds all of them.

    Raises:
        DataError: a file as a whole cannot be used. Never for a single row.
    """
    if spec.turns not in _TURNS:
        raise DataError(f"dataset.turns={spec.turns}: choose {' or '.join(_TURNS)}")
    if not 0 < spec.max_row_mb < math.inf:
        raise DataError(f"dataset.max_row_mb={spec.max_row_mb}: a number of megabytes above 0 was expected")
    _check(spec)
    read = _Read(
        parsed=[] if spool is None else Spool(spool, rows.packed, rows.unpacked),
        rejects=[]
        if spool is None
        else Spool(spool, astuple, lambda told: Reject(**dict(zip(_REJECT, told, strict=True)))),
    )
    sources = tuple(_file(one, one.path, spec.trust, read) for one in spec.each() if one.path is not None)
    named = naming.name_all(read.parsed, spec.trust)
    return Loaded(
        examples=tuple(named.examples) if spool is None else named.examples,
        rejects=tuple(read.rejects) if spool is None else read.rejects,
        files=sources,
        schema=", ".join(dict.fromkeys(source.schema for source in sources)),
        duplicates=named.duplicates,
        renamed=named.renamed,
        digest=digest.of([[s.name, s.digest] for s in sources]) if spec.files else sources[0].digest,
        elsewhere=named.across,
    )


def check_rejects(loaded: Loaded, max_rejects: float) -> None:
    """
    Stop where so many rows are unreadable that a file is plainly the wrong one.

    Args:
        loaded: what `load` returned.
        max_rejects: the largest share of rejects that is allowed, in [0, 1], of the whole set.

    Raises:
        DataError: the share is larger, or no row is left at all.
    """
    count = len(loaded.rejects)
    if loaded.examples and count <= max_rejects * loaded.rows:
        return
    many = Counter(reject.source for reject in loaded.rejects)
    worst = max(loaded.files, key=lambda file: many[file.name])  # of one file the rejects name none
    told = [reject for reject in loaded.rejects if reject.source in {worst.name, ""}][:2]
    where, key = (f"{worst.path}, ", f"dataset.files.{worst.name}") if told[0].source else ("", "dataset")
    first = "; ".join(f"{where}line {reject.line}: {reject.reason}" for reject in told)
    share = count / loaded.rows
    raise DataError(
        f"{count:,} of {loaded.rows:,} rows ({share:.1%}) cannot be read, more than max_rejects={max_rejects:g} "
        f"allows. First: {first}. Is this the right file, and is its schema `{worst.schema}`? Set {key}.schema or "
        f"{key}.columns, repair the rows, or raise max_rejects"
    )


def _check(spec: Spec) -> None:
    """Before any file is opened."""
    columns.check(spec)
    if bool(spec.files) == (spec.path is not None):
        raise DataError("a data set is one file, dataset.path, or several, dataset.files: set exactly one of the two")
    seen: dict[Path, Spec] = {}
    for one in spec.each():
        columns.check(one)
        if one.path is None:
            continue
        other = seen.setdefault(one.path.resolve(), one)
        if other is not one:
            raise DataError(f"{one.key} and {other.key} are the same file, {one.path}: name each file once")


def _file(spec: Spec, path: Path, trust: Mapping[str, float], read: _Read) -> Source:
    """Read one file to its end."""
    before = len(read.parsed) + len(read.rejects)
    with files.reading(path, f"{spec.key}.path"):
        stream = files.records(path, spec.max_row_bytes)
        head = _head(stream)
        objects = [cast("Row", record.value) for record in head if isinstance(record.value, dict)]
        if not objects:
            raise DataError(_nothing(spec, head))
        name, schema = columns.choose(spec, objects)
        seen = _read(itertools.chain(head, stream), schema, spec, read)
        columns.check_present(spec, objects, seen)
        file_digest = digest.of_file(path)
    return Source(
        name=spec.source or spec.name,
        path=path,
        trust=trust.get(spec.source, 1.0),
        digest=file_digest,
        rows=len(read.parsed) + len(read.rejects) - before,
        schema=name,
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


def _read(records: Iterable[Record], schema: columns.Schema, spec: Spec, read: _Read) -> frozenset[str]:
    """Parse all records; say which mapped columns were seen."""
    unseen = set(spec.columns.values())
    for record in records:
        if unseen and isinstance(record.value, dict):
            unseen -= record.value.keys()
        try:
            read.parsed.append(rows.parse(record, schema, spec))
            continue
        except BadRowError as error:
            reason = error.reason(spec.columns)
        except RecursionError:
            reason = "the row is nested too deeply"
        read.rejects.append(Reject(line=record.line, reason=reason, text=record.text, source=spec.source))
    return frozenset(spec.columns.values()) - unseen


def _nothing(spec: Spec, head: list[Record]) -> str:
    if not head:
        return f"{spec.path} has no rows: is it the right file?"
    reasons = [record.reason or f"not an object but {str(record.value)[:40]!r}" for record in head[:2]]
    first = "; ".join(f"line {record.line}: {reason}" for record, reason in zip(head, reasons, strict=False))
    return f"{spec.path}: none of its {len(head):,} rows is an object that can be read. First: {first}"
