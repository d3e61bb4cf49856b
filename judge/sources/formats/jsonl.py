"""JSON Lines: one JSON value per line; only a line feed ends one (U+2028 is content); blank lines are no rows."""

from collections.abc import Collection, Iterator
from typing import BinaryIO

from judge.sources.raw import NO_ROW, Record, deal, from_json, without_bom


def read(file: BinaryIO, limit: int) -> Iterator[Record]:
    """Yield one record per line that is not blank, streaming."""
    for number, line in pieces(file):
        if number != NO_ROW:
            yield from_json(number, line.removesuffix(b"\n").removesuffix(b"\r"), limit)


def split(file: BinaryIO, gone: Collection[int], kept: BinaryIO, removed: BinaryIO) -> tuple[int, int]:
    """Deal out the lines byte for byte and in order; blank lines and a byte-order mark stay with what is kept."""
    return deal(pieces(file), gone, kept, removed)


def pieces(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield all bytes of a file: each row with its line end under its number, anything else under `NO_ROW`."""
    for number, line in enumerate(file, start=1):
        row = without_bom(line) if number == 1 else line
        if len(row) < len(line):
            yield NO_ROW, line[: -len(row)] if row else line
        yield number if row.strip() else NO_ROW, row
