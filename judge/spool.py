"""
Values that wait on disk, so that a large set takes no room in memory but for 8 bytes a value.

The file has no name: it is gone with the process, however that ends. Knows nothing of what the values are.
"""

import marshal
import os
import tempfile
import weakref
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from judge.errors import DataError
from judge.lazy import Lazy

T = TypeVar("T")
_BLOCK = 1 << 20  # bytes read at once where values are read in order


@contextmanager
def in_words(folder: Path) -> Iterator[None]:
    """The one place where errors of files without a name become ours."""
    try:
        yield
    except OSError as error:
        raise DataError(
            f"rows cannot wait on disk in {folder}: {error.strerror or error}; check the folder and the disk, or set"
            " hydra.run.dir"
        ) from error


class Spool(Lazy[T]):
    """
    A sequence that grows at its end.

    Args:
        folder: on whose disk the values wait; made where it is not there.
        pack: a value as tuples, texts (any, halves of surrogate pairs too), numbers and None.
        unpack: the value again.
    """

    __slots__ = ("__weakref__", "_ends", "_file", "_folder", "_pack", "_unpack", "_written")

    def __init__(self, folder: Path, pack: Callable[[T], tuple[Any, ...]], unpack: Callable[[Any], T]) -> None:
        self._folder, self._pack, self._unpack = folder, pack, unpack
        with in_words(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=folder, buffering=_BLOCK)  # noqa: SIM115 - closed with this value
        weakref.finalize(self, self._file.close)
        self._ends = array("q", [0])
        self._written = True

    def append(self, value: T) -> None:
        """
        Add one value.

        Raises:
            DataError: the disk is full.
        """
        data = marshal.dumps(self._pack(value))
        with in_words(self._folder):
            self._file.write(data)
        self._ends.append(self._ends[-1] + len(data))
        self._written = False

    def __len__(self) -> int:
        return len(self._ends) - 1

    def at(self, n: int) -> T:
        """Read one value, wherever it lies."""
        start, end = self._ends[n], self._ends[n + 1]
        return self._value(self._read(start, end))

    def __iter__(self) -> Iterator[T]:
        n, many = 0, len(self)
        while n < many:
            start, last = self._ends[n], n + 1
            while last < many and self._ends[last + 1] - start <= _BLOCK:
                last += 1
            block = memoryview(self._read(start, self._ends[last]))
            for place in range(n, last):
                yield self._value(block[self._ends[place] - start : self._ends[place + 1] - start])
            n = last

    def _read(self, start: int, end: int) -> bytes:
        with in_words(self._folder):
            if not self._written:
                self._file.flush()
                self._written = True
            return os.pread(self._file.fileno(), end - start, start)

    def _value(self, data: bytes | memoryview) -> T:
        return self._unpack(marshal.loads(data))  # noqa: S302 - from a file without a name that this process wrote
