"""What the page may ask the server to do, read from a body that anyone may have written."""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from starlette.requests import ClientDisconnect, Request

from judge.reliability import Word
from judge.review.guard import LARGEST
from judge.text import whole

NOTE = 2_000  # characters
PATIENCE = 10  # seconds for a body
ORDERS = ("suspicion", "disagreement", "random", "list", "group")
_BATCH = re.compile(r"[0-9a-f]{16,64}")
_WORDS: tuple[Word, ...] = get_args(Word)
Groups = Sequence[Sequence[Sequence[int]]]  # of each group its camps, of each camp the numbers of all its rows


class RefusedError(ValueError):
    """What a request asks for is not done, and why in words; `status` is the answer's."""

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """
    Rows that are decided as one.

    Attributes:
        words: by row number; of a group, for all rows of its camps.
        order: how they came up.
        batch: the page's own name for it, so that it may ask twice.
        since: the last line that the page knows of.
    """

    words: Mapping[int, Word]
    note: str
    order: str
    batch: str
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """The last batch of a person is to be taken back."""

    batch: str
    since: int


async def body(request: Request) -> bytes:
    """
    A request's body, which is as long as the guard let it say.

    Raises:
        RefusedError: it is longer all the same, does not come in time, or its sender is gone.
    """
    read = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            async for chunk in request.stream():
                read += chunk
                if len(read) > LARGEST:
                    raise RefusedError(f"a body has at most {LARGEST} bytes", 413)
    except ClientDisconnect as error:
        raise RefusedError("the sender is gone") from error
    except TimeoutError as error:
        raise RefusedError("the body did not come in time", 408) from error
    return bytes(read)


def decide(data: bytes, rows: int, groups: Groups) -> Decide:
    """
    `{"words": {"remove": [4], "keep": [7, 9]}, "note": "", "order": "random", "batch": "5f…", "since": 12}`.

    A group is named, however many rows it has: `{"group": 3, "goes": [1], …}` instead of `words` removes its second
    camp and keeps the others, and `"goes": null` is unsure of all.

    Raises:
        RefusedError: it is anything else; `rows` is how many there are, `groups` has the rows of each camp.
    """
    told = _object(data, {"note", "order", "batch", "since"}, {"words"}, {"group", "goes"})
    found = _of_rows(told["words"], rows) if "words" in told else _of_group(told["group"], told["goes"], groups)
    note, order = told["note"], told["order"]
    if not isinstance(note, str) or len(note) > NOTE:
        raise RefusedError(f"note: a text of at most {NOTE} characters was expected")
    if order not in ORDERS:
        raise RefusedError(f"order: one of {', '.join(ORDERS)} was expected")
    note = whole(note).replace("\0", "").strip()
    return Decide(words=found, note=note, order=order, batch=_batch(told), since=_since(told["since"]))


def _of_rows(words: object, rows: int) -> dict[int, Word]:
    if not isinstance(words, dict) or not set(words) <= set(_WORDS):
        raise RefusedError(f"words: lists of rows by {', '.join(_WORDS)} were expected")
    found: dict[int, Word] = {}
    for word in _WORDS:
        numbers = words.get(word, [])
        if not isinstance(numbers, list) or not all(type(n) is int and 0 <= n < rows for n in numbers):
            raise RefusedError(f"words: {word} is no list of rows from 0 to {rows - 1}")
        if len(numbers) != len(set(numbers)) or found.keys() & set(numbers):
            raise RefusedError("words: a row is decided twice")
        found.update(dict.fromkeys(numbers, word))
    if not found:
        raise RefusedError("words: no row is decided")
    return found


def _of_group(group: object, goes: object, groups: Groups) -> dict[int, Word]:
    if type(group) is not int or not 0 <= group < len(groups) or not groups[group]:
        raise RefusedError("group: the number of a group with camps was expected")
    camps = groups[group]
    if goes is None:
        return {n: "unsure" for camp in camps for n in camp}
    if not isinstance(goes, list) or not all(type(at) is int and 0 <= at < len(camps) for at in goes):
        raise RefusedError(f"goes: null, or a list of camps from 0 to {len(camps) - 1} was expected")
    return {n: "remove" if at in goes else "keep" for at, camp in enumerate(camps) for n in camp}


def undo(data: bytes) -> Undo:
    """`{"batch": "5f…", "since": 12}`; raises `RefusedError`."""
    told = _object(data, {"batch", "since"})
    return Undo(batch=_batch(told), since=_since(told["since"]))


def since(text: str) -> int:
    """The same number from an address; raises `RefusedError`."""
    return _since(int(text) if len(text) <= 15 and text.isascii() and text.isdecimal() else None)  # noqa: PLR2004 - digits


def _object(data: bytes, keys: set[str], *more: set[str]) -> dict[str, Any]:
    """An object of these keys, and those of one of `more`."""
    wanted = [keys | some for some in more or (set(),)]
    try:
        told = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise RefusedError("this is no JSON, or is nested too deeply") from error
    if not isinstance(told, dict) or set(told) not in wanted:
        raise RefusedError(f"an object of {' or of '.join(', '.join(sorted(each)) for each in wanted)} was expected")
    return told


def _batch(told: Mapping[str, Any]) -> str:
    batch = told["batch"]
    if not isinstance(batch, str) or not _BATCH.fullmatch(batch):
        raise RefusedError("batch: 16 to 64 hexadecimal digits were expected")
    return batch


def _since(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**53:
        raise RefusedError("since: a number was expected")
    return value
