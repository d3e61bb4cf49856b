"""The file of decisions as SQLite has it: one thread at a time, and only while it is where it was."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from judge import sqlite
from judge.errors import StoreError


class Database:
    """
    A connection for all threads of a process.

    Args:
        path: the file, made where it is missing.
        kind: what it is.
        changes: False only reads.

    Raises:
        StoreError: it cannot be opened; `Decisions` says when.
    """

    def __init__(self, path: Path, kind: sqlite.Kind, *, changes: bool = True) -> None:
        self._path = path
        self._kind = kind
        self._lock = threading.RLock()
        with self._errors():
            self._db = sqlite.connect(path, kind, changes=changes, shared=True)
            self.version = sqlite.version(self._db)
            self._place = _place(path)

    def execute(self, query: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        """One statement; inside a transaction."""
        return self._db.execute(query, values)

    @contextmanager
    def transaction(self, kind: str = "IMMEDIATE") -> Iterator[None]:
        """All or nothing, and no other thread meanwhile; `DEFERRED` where it only reads."""
        with self._errors(), sqlite.transaction(self._db, kind):
            yield
            if kind != "DEFERRED" and _place(self._path) != self._place:
                # SQLite goes on writing into a file that has no name any more, or another one
                raise StoreError(
                    f"{self._path} was moved, deleted or replaced while it was in use, and nothing more is kept; put"
                    " it back, or end this and start again"
                )

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        with self._lock, sqlite.errors(self._path, self._kind):
            yield


def _place(path: Path) -> tuple[int, int] | None:
    """Which file that is, whatever it is called; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
