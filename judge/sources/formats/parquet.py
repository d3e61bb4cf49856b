"""Parquet, batch by batch. A line is a row number."""

from collections.abc import Collection, Iterator
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
    line = 1
    for batch in _opened(file).iter_batches(batch_size=arrow.ROWS_PER_BATCH):
        yield from arrow.records(batch, line, limit)
        line += batch.num_rows


def split(file: BinaryIO, gone: Collection[int], kept: BinaryIO, removed: BinaryIO) -> tuple[int, int]:
    """Deal out the rows value for value, one row group at a time; schema, metadata and compression stay the same."""
    source = _opened(file)
    schema = source.schema_arrow
    codecs = _codecs(source.metadata)
    line = 1
    counts = [0, 0]
    with (
        parquet.ParquetWriter(kept, schema, compression=codecs) as first,
        parquet.ParquetWriter(removed, schema, compression=codecs) as second,
    ):
        for group in range(source.num_row_groups):
            parts: tuple[list[pa.RecordBatch], list[pa.RecordBatch]] = ([], [])
            for batch in source.iter_batches(batch_size=arrow.ROWS_PER_BATCH, row_groups=[group]):
                for part, rows in zip(parts, arrow.dealt(batch, line, gone), strict=True):
                    part.append(rows)
                line += batch.num_rows
            for n, writer in enumerate((first, second)):
                table = pa.Table.from_batches(parts[n], schema)
                counts[n] += table.num_rows
                if table.num_rows:
                    writer.write_table(table, row_group_size=table.num_rows)
    return counts[0], counts[1]


def _opened(file: BinaryIO) -> parquet.ParquetFile:
    source = parquet.ParquetFile(file if file.seekable() else pa.BufferReader(file.read()))
    arrow.check_names(source.schema_arrow)
    return source


def _codecs(metadata: parquet.FileMetaData) -> dict[str, str]:
    """The compression of each column, by its path."""
    if not metadata.num_row_groups:
        return {}
    first = metadata.row_group(0)
    columns = [first.column(n) for n in range(first.num_columns)]
    return {column.path_in_schema: column.compression.replace("UNCOMPRESSED", "NONE") for column in columns}
