"""The file of decisions as SQLite has it: opened with care, written at once, one thread at a time."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from judge.errors import StoreError

_APPLICATION_ID = 0x6A756464  # "judd"
_BUSY_SECONDS = 15.0

Migrations = Sequence[Callable[[sqlite3.Connection], None]]


class Database:
    """
    A connection for all threads of a process.

    Args:
        path: the file, made where it is missing.
        migrations: applied in order, each once; PRAGMA user_version counts those that were.

    Raises:
        StoreError: it cannot be opened; `Decisions` says when.
    """

    def __init__(self, path: Path, migrations: Migrations) -> None:
        self._path = path
        self._lock = threading.RLock()
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                self._open(migrations)
            except BaseException:
                self._db.close()
                raise

    def execute(self, query: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        """One statement; inside a transaction."""
        return self._db.execute(query, values)

    @contextmanager
    def transaction(self, kind: str = "IMMEDIATE") -> Iterator[None]:
        """All or nothing, and no other thread meanwhile; `DEFERRED` where it only reads."""
        with self._errors():
            self._db.execute(f"BEGIN {kind}")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._commit()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    def _commit(self) -> None:
        try:
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # a full disk leaves it open, and the next one could not begin
                self._db.execute("ROLLBACK")
            raise

    def _open(self, migrations: Migrations) -> None:
        """Look before anything is written: a damaged or foreign file stays as it was found."""
        with self.transaction("DEFERRED"):  # one view of the file, while another process may be making it
            version = self._check_ours(len(migrations))
        (verdict,) = self._db.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        self._write_ahead()
        self._db.execute("PRAGMA synchronous=FULL")  # on the disk, not on its way: also where the power fails
        if version < len(migrations):
            with self.transaction():
                version = self._check_ours(len(migrations))  # again, now that nobody else can
                for number, migrate in enumerate(migrations[version:], start=version + 1):
                    migrate(self._db)
                    self._db.execute(f"PRAGMA user_version={number}")
                self._db.execute(f"PRAGMA application_id={_APPLICATION_ID}")

    def _write_ahead(self) -> None:
        """Switching a file to WAL ignores the busy timeout: two that start together would trip over each other."""
        deadline = time.monotonic() + _BUSY_SECONDS
        while True:
            try:
                self._db.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return

    def _check_ours(self, newest: int) -> int:
        """The schema's version."""
        (app,) = self._db.execute("PRAGMA application_id").fetchone()
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if app != _APPLICATION_ID and (app or version or tables):
            raise StoreError(f"{self._path} is an SQLite file, but holds no decisions; move it away")
        if version > newest:
            raise StoreError(
                f"{self._path} was written by a newer judge (schema {version}, this one knows {newest}); upgrade judge"
            )
        return int(version)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """One thread at a time, and the one place where SQLite's errors become ours."""
        try:
            with self._lock:
                yield
        except sqlite3.IntegrityError as error:
            raise StoreError(f"{self._path}: a decision is not as it should be ({error}); nothing was kept") from error
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                message = f"{self._path} stayed locked for {_BUSY_SECONDS:.0f} s; is another program holding it open?"
            else:
                message = f"{self._path}: {error}; check the path, its permissions and the space on the disk"
            raise StoreError(message) from error
        except (sqlite3.Error, ValueError) as error:
            said = " ".join(str(error).split())[:120]
            raise StoreError(
                f"{self._path} is damaged, or holds no decisions at all ({said}); save what can be read with: sqlite3"
                f" {self._path} .recover | sqlite3 {self._path.with_name('recovered.sqlite')}"
            ) from error
        except OSError as error:
            raise StoreError(f"{self._path}: {error.strerror or error}; check the folder and the disk") from error
