"""Rows of Arrow record batches, shared by Parquet files and saved data sets."""

from collections import Counter
from collections.abc import Collection, Iterator

import pyarrow as pa

from judge.sources.raw import BadFileError, Record, from_values, render

ROWS_PER_BATCH = 1024
_UNREADABLE = (ValueError, TypeError, OverflowError, pa.ArrowException)


def check_names(schema: pa.Schema) -> None:
    """
    Refuse column names that stand twice: a row could hold only one of the two.

    Raises:
        BadFileError: naming them.
    """
    twice = [name for name, count in Counter(schema.names).items() if count > 1]
    if twice:
        raise BadFileError(f"it has more than one column named {', '.join(twice)}")


def records(batch: pa.RecordBatch, start: int, limit: int) -> Iterator[Record]:
    """Yield one record per row, numbered from `start`; a row whose values Python cannot hold carries a reason."""
    for offset in range(0, batch.num_rows, ROWS_PER_BATCH):
        part = batch.slice(offset, ROWS_PER_BATCH)
        try:
            values = part.to_pylist()
        except _UNREADABLE:
            yield from (_one(part.slice(i, 1), start + offset + i, limit) for i in range(part.num_rows))
        else:
            yield from from_values(values, start + offset, part.nbytes, limit)


def dealt(batch: pa.RecordBatch, start: int, gone: Collection[int]) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    """Part rows that are numbered from `start` into those that stay and those that are `gone`, values untouched."""
    out = [line in gone for line in range(start, start + batch.num_rows)]
    if not any(out):
        return batch, batch.slice(0, 0)
    return batch.filter(pa.array([not one for one in out])), batch.filter(pa.array(out))


def _one(row: pa.RecordBatch, line: int, limit: int) -> Record:
    try:
        values = row.to_pylist()
    except _UNREADABLE as error:
        shown = {name: _shown(row.column(i)[0]) for i, name in enumerate(row.schema.names)}
        what = "invalid UTF-8" if isinstance(error, UnicodeDecodeError) else "a value that cannot be read"
        return Record(line=line, reason=f"{what}: {error}", original=render(shown))
    return next(from_values(values, line, row.nbytes, limit))


def _shown(scalar: pa.Scalar) -> object:
    try:
        return scalar.as_py()
    except UnicodeDecodeError as error:
        return error.object.decode("utf-8", "backslashreplace")
    except _UNREADABLE:
        return str(scalar.type)
