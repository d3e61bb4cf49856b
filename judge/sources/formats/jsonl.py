"""JSON Lines: one JSON value per line; only a line feed ends one (U+2028 is content); blank lines are no rows."""

from collections.abc import Iterator
from typing import BinaryIO

from judge.sources.raw import Record, from_json, without_bom


def read(file: BinaryIO, limit: int) -> Iterator[Record]:
    """Yield one record per line that is not blank, streaming."""
    for number, line in enumerate(file, start=1):
        row = without_bom(line) if number == 1 else line
        row = row.removesuffix(b"\n").removesuffix(b"\r")
        if row.strip():
            yield from_json(number, row, limit)
