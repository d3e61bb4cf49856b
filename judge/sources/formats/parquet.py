"""Parquet, batch by batch. A line is a row number."""

from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa
from pyarrow import parquet

from judge.sources import arrow
from judge.sources.raw import Record


def read(file: BinaryIO, limit: int) -> Iterator[Record]:
    """
    Yield one record per row, streaming; a compressed file is held in memory, since Parquet is read from its end.

    Raises:
        BadFileError: a column name stands twice.
    """
    source = parquet.ParquetFile(file if file.seekable() else pa.BufferReader(file.read()))
    arrow.check_names(source.schema_arrow)
    line = 1
    for batch in source.iter_batches(batch_size=arrow.ROWS_PER_BATCH):
        yield from arrow.records(batch, line, limit)
        line += batch.num_rows
