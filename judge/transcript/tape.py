"""
The record of a run while it goes on: what was asked and what was read, packed, and on disk once there is much of it.

It is dealt out by the first bits of a key, so that at the end each part is sorted by itself, one held at a time.
"""

import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from judge.records import Reply
from judge.spool import in_words
from judge.transcript import HALF, KEY, TAG, of_reply

_PARTS, _BITS = 16, 4  # parts, by so many bits of the first byte
_ROOM = 1 << 18  # bytes of a part that are held
_QUESTION = np.dtype(  # the name is key and question together, by which rows are sorted
    {
        "names": ["name", "key", "shown", "tokens", "fits", "cut"],
        "formats": [f"S{KEY + HALF}", f"S{KEY}", f"S{HALF}", "<i4", "?", "?"],
        "offsets": [0, 0, KEY, KEY + HALF, KEY + HALF + 4, KEY + HALF + 5],
        "itemsize": KEY + HALF + 6,
    }
)
_REPLY = np.dtype([("key", f"S{KEY}"), ("reply", f"S{HALF}")])

Rows = NDArray[np.void]


class _Parts:
    """Records that begin with a key, in parts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held = [bytearray() for _ in range(_PARTS)]
        self._files: list[BinaryIO | None] = [None] * _PARTS

    def append(self, record: bytes) -> None:
        part = record[0] >> (8 - _BITS)
        held = self._held[part]
        held += record
        if len(held) > _ROOM:
            with in_words(self._folder):
                file = self._files[part]
                if file is None:
                    self._folder.mkdir(parents=True, exist_ok=True)
                    file = tempfile.TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115 - closed with this value
                    self._files[part] = file
                    weakref.finalize(self, file.close)
                file.write(held)
            held.clear()

    def part(self, n: int) -> bytes:
        file = self._files[n]
        if file is None:
            return bytes(self._held[n])
        with in_words(self._folder):
            file.seek(0)
            return file.read() + self._held[n]


class Tape:
    """
    What a run asks and reads, as it goes.

    Args:
        folder: of the run, on whose disk it waits, in files without a name.
    """

    def __init__(self, folder: Path) -> None:
        self._questions, self._replies = _Parts(folder), _Parts(folder)
        self.refused: dict[bytes, str] = {}  # key -> what was said in place of a reply, of the few

    def ask(self, shown: bytes, key: str, tokens: int, *, fits: bool, cut: bool) -> None:
        """Write down a question, as often as it is put: by the digest of what is shown, and by its reply's key."""
        self._questions.append(raw(key) + shown + tokens.to_bytes(4, "little") + bytes((fits, cut)))

    def read(self, key: str, reply: Reply) -> None:
        """Write down a reply that was used, likewise."""
        self._replies.append(raw(key) + of_reply(reply))

    def refuse(self, key: str, said: Reply) -> None:
        """Write down what came in place of a reply, and is stored nowhere."""
        self.refused[raw(key)] = f"{said.stop}: {said.text}"

    def parts(self) -> Iterator[tuple[Rows, Rows]]:
        """Questions and replies, each once, as it first came, by rising keys: part after part, and within each."""
        for n in range(_PARTS):
            questions = np.frombuffer(self._questions.part(n), _QUESTION)
            replies = np.frombuffer(self._replies.part(n), _REPLY)
            yield _once(questions, "name"), _once(replies, "key")


def _once(rows: Rows, name: str) -> Rows:
    order = rows[name].argsort(kind="stable")
    names = rows[name][order]
    first = np.ones(len(names), np.bool_)
    first[1:] = names[1:] != names[:-1]
    found: Rows = rows[order[first]]
    return found


def raw(key: str) -> bytes:
    """The bytes that a key's text stands for."""
    return bytes.fromhex(key.removeprefix(TAG))
