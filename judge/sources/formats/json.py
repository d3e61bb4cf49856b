"""
JSON: a list of objects, one object that holds exactly one such list (`{"data": [...]}`), or really JSON Lines.

The list is cut into rows by its brackets before anything is parsed, so that one broken row is one reject and not the
end of the file. A record's line is its number in the list.
"""

import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from judge.sources.formats import jsonl
from judge.sources.raw import NO_ROW, BadFileError, Record, deal, from_json, without_bom

_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},"]', re.DOTALL)
_MEMBER = re.compile(rb'\s*"([^"\\]*+(?:\\.[^"\\]*+)*+)"\s*:\s*', re.DOTALL)
_LIST_OF_OBJECTS = re.compile(rb"\[[\s,]*\{")
# An object with one of these is a row that happens to stand alone, not a wrapper around rows.
_ROW_KEYS = frozenset({"messages", "conversations", "conversation", "prompt", "instruction", "question"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """
    A file as `head`, then its rows, then `tail`: joined they are all of its bytes.

    Attributes:
        cells: texts of the rows, which commas part, with the white space around them; None where they are `lines`.
        lines: JSON Lines.
    """

    head: bytes
    cells: list[bytes] | None = None
    lines: bytes = b""
    tail: bytes = b""

    def numbered(self) -> Iterator[tuple[int, bytes]]:
        """Yield each cell with its number; one of nothing but white space is no row."""
        number = 0
        for cell in self.cells or ():
            row = bool(cell.strip())
            number += row
            yield number if row else NO_ROW, cell


def read(file: BinaryIO, limit: int) -> Iterator[Record]:
    """
    Yield the rows of a whole file, which is held in memory.

    Raises:
        BadFileError: the list is not closed, goes on after its end, or several lists compete.
    """
    layout = _layout(file.read())
    if layout.cells is None:
        yield from jsonl.read(io.BytesIO(layout.lines.rstrip()), limit)
        return
    for number, cell in layout.numbered():
        if number != NO_ROW:
            yield from_json(number, cell.strip(), limit)


def split(file: BinaryIO, gone: Collection[int], kept: BinaryIO, removed: BinaryIO) -> tuple[int, int]:
    """
    Deal out the texts of the rows byte for byte, each part inside the same wrapper.

    A part without a row is an empty list; where the file holds lines, or a single row and nothing around it, nothing.
    An object around a list that begins with a row that is no object is, to `read`, a single row that cannot be read.
    """
    layout = _layout(file.read())
    if layout.cells is None:
        kept.write(layout.head)
        counts = deal(jsonl.pieces(io.BytesIO(layout.lines)), gone, kept, removed)
        kept.write(layout.tail)
        return counts
    parts: tuple[list[bytes], list[bytes]] = ([], [])
    rows = [0, 0]
    for number, cell in layout.numbered():
        parts[number in gone].append(cell)
        rows[number in gone] += number != NO_ROW
    for out, part in zip((kept, removed), parts, strict=True):
        out.write(layout.head + b",".join(part) + layout.tail)
    return rows[0], rows[1]


def _layout(whole: bytes) -> _Layout:
    """Find the rows, and what stands around them."""
    start = len(whole) - len(without_bom(whole).lstrip())
    end = len(whole.rstrip())
    if whole.startswith(b"[", start):
        spans, close = _split(whole, start)
        if whole[close:].strip():
            raise BadFileError(f"there is more text after the list's end at byte {close}; is it JSON Lines (.jsonl)?")
    elif whole.startswith(b"{", start) and not _is_lines(whole[start:end]):
        spans = _wrapped(whole, start) or [(start, end)]
    else:
        # the end of the last line belongs to it, or the next row would come to stand behind it
        return _Layout(head=whole[:start], lines=whole[start:])
    spans[-1] = (spans[-1][0], spans[-1][0] + len(whole[slice(*spans[-1])].rstrip()))
    return _Layout(
        head=whole[: spans[0][0]], cells=[whole[begin:stop] for begin, stop in spans], tail=whole[spans[-1][1] :]
    )


def _is_lines(data: bytes) -> bool:
    first, _, rest = data.partition(b"\n")
    if not rest.strip() or not first.rstrip().endswith(b"}"):
        return False
    try:
        return _split(data, 0)[1] < len(data)
    except BadFileError:
        return True


def _wrapped(data: bytes, start: int) -> list[tuple[int, int]]:
    """Where the rows stand of the one list in the object that opens at `start`; nothing where it is a row itself."""
    members, close = _split(data, start)
    if data[close:].strip():
        raise BadFileError(f"there is more text after the object's end at byte {close}; is it JSON Lines (.jsonl)?")
    keys, lists = set(), {}
    for begin, end in members:
        if head := _MEMBER.match(data, begin, end):
            key = head[1].decode("utf-8", "backslashreplace")
            keys.add(key)
            if _LIST_OF_OBJECTS.match(data, head.end(), end):
                lists[key] = head.end()
    if keys & _ROW_KEYS or not lists:
        return []
    if len(lists) > 1:
        raise BadFileError(f"it holds several lists of rows ({', '.join(lists)}); save one of them as its own file")
    return _split(data, next(iter(lists.values())))[0]


def _split(data: bytes, start: int) -> tuple[list[tuple[int, int]], int]:
    """Say where the members stand of the list or object that opens at `start`, blanks included, and where it ends."""
    depth, begin, members = 0, start + 1, []
    for token in _TOKEN.finditer(data, start):
        mark = token[0]
        if mark in (b"[", b"{"):
            depth += 1
        elif mark in (b"]", b"}"):
            depth -= 1
        elif mark == b'"':
            break
        if depth == 0 or (depth == 1 and mark == b","):
            members.append((begin, token.start()))
            begin = token.end()
        if depth == 0:
            return members, begin
    raise BadFileError(f"the JSON is cut off: what opens at byte {start} is never closed")
