"""The one place where things are hashed: canonical JSON, SHA-256, tagged with the algorithm."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

_CHUNK = 1 << 20


class State(Protocol):
    """A digest that may go on."""

    def copy(self) -> "State":
        """The same apart."""
        ...

    def update(self, data: bytes, /) -> None:
        """Go on."""
        ...

    def hexdigest(self) -> str:
        """Of all so far."""
        ...


def canonical_json(value: object) -> str:
    """Sorted keys, no spaces, UTF-8 kept: one value has one text. Part of the on-disk contract."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def of(value: object) -> str:
    """Digest of any JSON value, e.g. `sha256:9f86d0…`."""
    return of_bytes(canonical_json(value).encode("utf-8", "surrogatepass"))


def of_bytes(data: bytes) -> str:
    """Digest of raw bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def begin(data: bytes) -> State:
    """The digest of what only begins with these bytes."""
    return hashlib.sha256(data)


def further(begun: State, data: bytes) -> State:
    """The digest of what goes on with these; `begun` stays as it was, for others that begin alike."""
    state = begun.copy()
    state.update(data)
    return state


def named(state: State) -> str:
    """Digest of all bytes so far; the same as `of_bytes` of them."""
    return "sha256:" + state.hexdigest()


def brief(text: str) -> int:
    """64 bits of a text: enough to tell those of one run apart, too few to name anything by."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def of_file(path: Path) -> str:
    """Digest of a file's bytes; for a folder, of its files' names and digests in name order."""
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.is_file())
        return of([[p.relative_to(path).as_posix(), of_file(p)] for p in files])
    return _of_stream(_chunks(path))


def _of_stream(chunks: Iterable[bytes]) -> str:
    sha = hashlib.sha256()
    for chunk in chunks:
        sha.update(chunk)
    return "sha256:" + sha.hexdigest()


def _chunks(path: Path) -> Iterable[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
