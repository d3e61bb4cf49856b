"""
The record of a run as a file of its folder, `replies.parquet`.

Its columns `request`, `key` and `reply` are digests; by the key the store has the reply itself. A question without a
reply was not sent, or never answered; a reply without a question is of one that was put anew.
`refused` has what a judge said in place of a reply, which is in no store.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from judge.inbox import reading
from judge.outbox import replacing
from judge.records import Reply
from judge.transcript import HALF, KEY, TAG, Asked, Transcript
from judge.transcript.tape import Rows, Tape, raw

NAME = "replies.parquet"
_GROUP = 100_000  # rows from which a group of them is written
_SCHEMA = pa.schema(
    {
        "request": pa.binary(HALF),
        "key": pa.binary(KEY),
        "reply": pa.binary(HALF),
        "tokens": pa.int32(),
        "fits": pa.bool_(),
        "cut": pa.bool_(),
        "refused": pa.string(),
    }
)

Bytes = NDArray[np.bytes_]
Flags = NDArray[np.bool_]


def write(out: Path, tape: Tape) -> None:
    """Into the run's folder; the same questions and replies give the same bytes."""
    with replacing(out / NAME) as path, parquet.ParquetWriter(path, _SCHEMA) as writer:
        held: list[pa.Table] = []
        written = False
        for questions, replies in tape.parts():
            held.append(_table(questions, replies, tape.refused))
            if sum(table.num_rows for table in held) >= _GROUP:
                writer.write_table(pa.concat_tables(held).combine_chunks())
                held, written = [], True
        if held or not written:
            writer.write_table(pa.concat_tables(held).combine_chunks())


def _table(questions: Rows, replies: Rows, refused: Mapping[bytes, str]) -> pa.Table:
    """One row per question, and one per reply without any, by rising keys."""
    left = replies[~_found(questions["key"], replies["key"])[0]]
    keys = np.concatenate([questions["key"], left["key"]])
    order = keys.argsort(kind="stable")
    keys, asked = keys[order], order < len(questions)
    at = np.where(asked, order, 0)
    has, place = _found(replies["key"], keys)
    names = (bytes(key).ljust(KEY, b"\0") for key in keys)  # numpy takes these off
    said = pa.array([refused.get(name) for name in names] if refused else [None] * len(keys), pa.string())
    if not len(questions):
        questions = np.zeros(1, questions.dtype)
    if not len(replies):
        replies = np.zeros(1, replies.dtype)
    return pa.table(
        [
            _binary(questions["shown"][at], HALF, asked),
            _binary(keys, KEY, np.ones(len(keys), np.bool_)),
            _binary(replies["reply"][place], HALF, has),
            *(pa.array(questions[name][at], mask=~asked) for name in ("tokens", "fits", "cut")),
            said,
        ],
        schema=_SCHEMA,
    )


def _found(sorted_: Bytes, wanted: Bytes) -> tuple[Flags, NDArray[np.int64]]:
    """Whether each is there, and where; 0 where it is not."""
    if not len(sorted_):
        return np.zeros(len(wanted), np.bool_), np.zeros(len(wanted), np.int64)
    at = np.minimum(np.searchsorted(sorted_, wanted), len(sorted_) - 1)
    has = sorted_[at] == wanted
    return has, np.where(has, at, 0)


def _binary(values: Bytes, width: int, valid: Flags) -> pa.Array:
    bits = None if valid.all() else pa.array(valid).buffers()[1]
    return pa.Array.from_buffers(pa.binary(width), len(values), [bits, pa.py_buffer(values.tobytes())])


class _Packed:
    """Where each of many digests of one width stands among them; held are that width and 8 bytes for each."""

    def __init__(self, names: Bytes) -> None:
        self.order = names.argsort(kind="stable")
        self.names = names[self.order]

    def place(self, name: bytes) -> int:
        at = int(np.searchsorted(self.names, np.bytes_(name)))
        if at == len(self.names) or self.names[at] != name.rstrip(b"\0"):  # numpy takes these off
            raise KeyError(name)
        return int(self.order[at])

    def __iter__(self) -> Iterator[bytes]:
        return (bytes(name).ljust(self.names.itemsize, b"\0") for name in self.names)


class _Questions(Mapping[bytes, Asked]):
    def __init__(self, shown: Bytes, keys: Bytes, columns: Mapping[str, NDArray[np.int64]]) -> None:
        self._shown, self._keys, self._columns = _Packed(shown), keys, columns

    def __getitem__(self, shown: bytes) -> Asked:
        at = self._shown.place(shown)
        tokens, fits, cut = (self._columns[name][at] for name in ("tokens", "fits", "cut"))
        return Asked(_text(self._keys[at]), int(tokens), bool(fits), bool(cut))

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._shown)

    def __len__(self) -> int:
        return len(self._keys)


class _Replies(Mapping[str, bytes]):
    def __init__(self, keys: Bytes, replies: Bytes) -> None:
        self._keys, self._replies = _Packed(keys), replies

    def __getitem__(self, key: str) -> bytes:
        return bytes(self._replies[self._keys.place(raw(key))]).ljust(HALF, b"\0")

    def __iter__(self) -> Iterator[str]:
        return map(_text, self._keys)

    def __len__(self) -> int:
        return len(self._replies)


def _text(key: bytes) -> str:
    return TAG + key.ljust(KEY, b"\0").hex()


def read(folder: Path) -> Transcript:
    """
    From a run's folder.

    Raises:
        DataError: it is not there, or is damaged.
    """
    path = folder / NAME
    with reading(path), path.open("rb") as file:
        table = parquet.read_table(file, schema=_SCHEMA)
        asked = table.filter(table["request"].is_valid())
        answered = table.filter(table["reply"].is_valid())
        refused = table.filter(table["refused"].is_valid())
        return Transcript(
            questions=_Questions(
                _digests(asked["request"], HALF),
                _digests(asked["key"], KEY),
                {name: asked[name].to_numpy() for name in ("tokens", "fits", "cut")},
            ),
            replies=_Replies(_digests(answered["key"], KEY), _digests(answered["reply"], HALF)),
            refused={
                TAG + key.hex(): Reply(text=text, stop=stop)
                for key, said in zip(refused["key"].to_pylist(), refused["refused"].to_pylist(), strict=True)
                for stop, _, text in [said.partition(": ")]
            },
        )


def _digests(column: pa.ChunkedArray, width: int) -> Bytes:
    return np.frombuffer(b"".join(_content(part, width) for part in column.chunks), dtype=f"S{width}")


def _content(part: pa.Array, width: int) -> bytes:
    start = part.offset * width
    return bytes(memoryview(part.buffers()[1])[start : start + len(part) * width]) if len(part) else b""


def keys(folder: Path) -> set[str]:
    """The keys of the replies that a run used; see `read`."""
    path = folder / NAME
    with reading(path), path.open("rb") as file:
        table = parquet.read_table(file, columns=["key", "reply"])
        used = table.filter(table["reply"].is_valid())["key"].to_pylist()
        return {TAG + key.hex() for key in used}
