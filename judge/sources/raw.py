"""One record as a format hands it on: a value, or the reason why there is none, and its original text."""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

NO_ROW = 0  # the number of bytes that belong to no row: blank lines, a byte-order mark
_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class BadFileError(Exception):
    """The file as a whole is not what its name says; becomes a `DataError` in `files.reading`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """
    One row before anyone has asked what it means.

    Attributes:
        line: 1-based line, or record number where the format has no lines.
        value: any JSON value; meaningless where there is a `reason`.
        reason: why the row cannot be read, else empty.
        original: the text as it stood; None where the format holds values, not text (Parquet, Arrow).
    """

    line: int
    value: object = None
    reason: str = ""
    original: str | None = None

    @property
    def text(self) -> str:
        """What a reject shows: the original text, or the value as JSON. Always encodable as UTF-8."""
        return render(self.value) if self.original is None else self.original


def without_bom(start: bytes) -> bytes:
    """
    Drop the mark that some programs put at the start of a file.

    Raises:
        BadFileError: the mark says UTF-16, which every row would trip over.
    """
    if start.startswith(_UTF16):
        raise BadFileError("it is UTF-16 text; save it as UTF-8")
    return start.removeprefix(_BOM)


def deal(
    pieces: Iterable[tuple[int, bytes]], gone: Collection[int], kept: BinaryIO, removed: BinaryIO
) -> tuple[int, int]:
    """
    Write each piece of a file, under its row's number, to one of two; what is no row stays with what is kept.

    Returns:
        Rows kept, rows removed.
    """
    counts = [0, 0]
    for number, piece in pieces:
        out = number in gone
        (removed if out else kept).write(piece)
        counts[out] += number != NO_ROW
    return counts[0], counts[1]


def render(value: object) -> str:
    """JSON text for people; values that JSON lacks (dates, bytes) appear as their `str`."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def too_large(size: int, limit: int) -> str:
    """The reason for a row of `size` bytes where `limit` are allowed, else empty."""
    if size <= limit:
        return ""
    return f"the row has {size / 1e6:.2f} MB, more than dataset.max_row_mb={limit / 1e6:g} allows"


def not_utf8(error: UnicodeDecodeError) -> str:
    """The reason for bytes that are no text; the offset counts from the start of the row."""
    return f"invalid UTF-8 at byte offset {error.start} (0x{error.object[error.start]:02x})"


def from_json(line: int, data: bytes, limit: int) -> Record:
    """Parse the JSON text of one row; everything that can be wrong with it becomes a reason, never an exception."""
    if reason := too_large(len(data), limit):
        return Record(line=line, reason=reason, original=data.decode("utf-8", "backslashreplace"))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return Record(line=line, reason=not_utf8(error), original=data.decode("utf-8", "backslashreplace"))
    try:
        return Record(line=line, value=json.loads(text), original=text)
    except json.JSONDecodeError as error:
        reason = f"invalid JSON at character {error.pos}: {error.msg}"
    except RecursionError:
        reason = "the JSON is nested too deeply to be read"
    except ValueError as error:  # an integer of thousands of digits
        reason = f"invalid JSON: {error}"
    return Record(line=line, reason=reason, original=text)


def from_values(values: Iterable[object], start: int, size: int, limit: int) -> Iterator[Record]:
    """
    Number values that were read together, from `start` on.

    `size` is what all of them take in bytes: only where that is over `limit` can a single row be, so only then is
    each one measured (which costs more than reading it).
    """
    for line, value in enumerate(values, start):
        reason = too_large(len(render(value).encode()), limit) if size > limit else ""
        yield Record(line=line, value=value, reason=reason)
