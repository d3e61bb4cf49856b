"""
JSON: a list of objects, one object that holds exactly one such list (`{"data": [...]}`), or really JSON Lines.

The list is cut into rows by its brackets before anything is parsed, so that one broken row is one reject and not the
end of the file. A record's line is its number in the list.
"""

import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from judge.sources.formats import jsonl
from judge.sources.raw import BadFileError, Record, from_json, without_bom

_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},"]', re.DOTALL)
_MEMBER = re.compile(rb'\s*"([^"\\]*+(?:\\.[^"\\]*+)*+)"\s*:\s*', re.DOTALL)
_LIST_OF_OBJECTS = re.compile(rb"\[\s*\{")
# An object with one of these is a row that happens to stand alone, not a wrapper around rows.
_ROW_KEYS = frozenset({"messages", "conversations", "conversation", "prompt", "instruction", "question"})


def read(file: BinaryIO, limit: int) -> Iterator[Record]:
    """
    Yield the rows of a whole file, which is held in memory.

    Raises:
        BadFileError: the list is not closed, goes on after its end, or several lists compete.
    """
    data = without_bom(file.read()).strip()
    if data.startswith(b"["):
        rows, end = _split(data, 0)
        if data[end:].strip():
            raise BadFileError(
                f"there is more text after the end of the list at byte {end}; is it JSON Lines (.jsonl)?"
            )
    elif data.startswith(b"{") and not _is_lines(data):
        rows = _wrapped(data)
    else:
        yield from jsonl.read(io.BytesIO(data), limit)
        return
    for number, row in enumerate(rows, start=1):
        yield from_json(number, row, limit)


def _is_lines(data: bytes) -> bool:
    first, _, rest = data.partition(b"\n")
    return bool(rest.strip()) and first.rstrip().endswith(b"}")


def _wrapped(data: bytes) -> list[bytes]:
    members, end = _split(data, 0)
    if data[end:].strip():
        raise BadFileError(f"there is more text after the object's end at byte {end}; is it JSON Lines (.jsonl)?")
    keys, lists = set(), {}
    for member in members:
        if head := _MEMBER.match(member):
            key = head[1].decode("utf-8", "backslashreplace")
            keys.add(key)
            if _LIST_OF_OBJECTS.match(member, head.end()):
                lists[key] = (member, head.end())
    if keys & _ROW_KEYS or not lists:
        return [data]
    if len(lists) > 1:
        raise BadFileError(f"it holds several lists of rows ({', '.join(lists)}); save one of them as its own file")
    return _split(*next(iter(lists.values())))[0]


def _split(data: bytes, start: int) -> tuple[list[bytes], int]:
    """Cut the list or object that opens at `start` into the texts of its members; also say where it ends."""
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
            members.append(data[begin : token.start()].strip())
            begin = token.end()
        if depth == 0:
            return [member for member in members if member], begin
    raise BadFileError(f"the JSON is cut off: what opens at byte {start} is never closed")
