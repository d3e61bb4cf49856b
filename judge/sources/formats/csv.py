"""CSV with a header row, as RFC 4180 has it; `;` or tabs instead of commas are noticed. A line is a record number."""

import csv
import itertools
from collections import Counter
from collections.abc import Collection, Iterator
from typing import BinaryIO

from judge.sources.raw import NO_ROW, BadFileError, Record, deal, not_utf8, too_large, without_bom

_NO_LIMIT = 2**31 - 1


def read(file: BinaryIO, limit: int) -> Iterator[Record]:
    """
    Yield one record per row after the header, streaming.

    Raises:
        BadFileError: no usable header, or a quote that is never closed and so swallows the rows after it.
    """
    tape = _Tape(file)
    header = _header(tape)
    for line, text, fields, wrong in _walk(tape):
        if line != NO_ROW:
            data = text.removesuffix(b"\n").removesuffix(b"\r")
            reason = too_large(len(data), limit) or _undecodable(data) or wrong
            if not reason and len(fields) != len(header):
                reason = f"{len(fields)} fields where the header names {len(header)}"
            value = None if reason else dict(zip(header, fields, strict=True))
            yield Record(line=line, value=value, reason=reason, original=data.decode("utf-8", "backslashreplace"))


def split(file: BinaryIO, gone: Collection[int], kept: BinaryIO, removed: BinaryIO) -> tuple[int, int]:
    """Deal out the records byte for byte, whatever lines they take, under the same header; blank lines are kept."""
    tape = _Tape(file)
    _header(tape)
    for part in (kept, removed):
        part.write(tape.mark + tape.taken())
    return deal(((line, text) for line, text, *_ in _walk(tape)), gone, kept, removed)


class _Tape:
    """Lines for the CSV parser, which keeps no text, with the bytes of the record at hand."""

    def __init__(self, file: BinaryIO) -> None:
        self.consumed: list[bytes] = []
        whole = next(file, b"")
        first = without_bom(whole)
        self.mark = whole[: len(whole) - len(first)]
        self.delimiter = max(",;\t", key=first.decode("utf-8", "replace").count)
        self._lines = itertools.chain([first] if first else [], file)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.consumed.append(line)
        return line.decode("utf-8", "surrogateescape")

    def taken(self) -> bytes:
        """All bytes that were read so far of the record at hand."""
        return b"".join(self.consumed)


def _walk(tape: _Tape) -> Iterator[tuple[int, bytes, list[str], str]]:
    """Yield each record below the header: its number, bytes, fields, and why it has none; blank ones as `NO_ROW`."""
    reader = csv.reader(tape, delimiter=tape.delimiter, strict=True)
    line = 0
    while True:
        tape.consumed.clear()
        fields, reason = _next(reader, tape, line + 1)
        if fields is None:
            return
        row = bool(fields or reason)
        line += row
        yield line if row else NO_ROW, tape.taken(), fields, reason


def _header(tape: _Tape) -> list[str]:
    csv.field_size_limit(_NO_LIMIT)  # global to the process; 128 KB by default, and going over it splits a record
    try:
        header = next(csv.reader(tape, delimiter=tape.delimiter, strict=True), [])
        "".join(header).encode()
    except UnicodeEncodeError as error:
        raise BadFileError("its header is no UTF-8 text; save it as UTF-8") from error
    except csv.Error as error:
        raise BadFileError(f"its first row is no header: {error}") from error
    if tape.consumed and not any(name.strip() for name in header):
        raise BadFileError("it has no header: the first row must name the columns")
    names = [name.strip() for name in header]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise BadFileError(f"its first row is no header: {twice[0]!r} stands in it more than once")
    return names


def _next(reader: Iterator[list[str]], tape: _Tape, line: int) -> tuple[list[str] | None, str]:
    """Fields of the next record, or why it has none; no list at all after the last."""
    try:
        return next(reader, None), ""
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            lines = len(tape.consumed)
            raise BadFileError(f"a quote opened in record {line} is never closed ({lines} lines to the end)") from error
        return [], f"invalid CSV: {error}"


def _undecodable(data: bytes) -> str:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return not_utf8(error)
    return ""
