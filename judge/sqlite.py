"""SQLite files of ours: looked at before anything is written, migrated by numbers, their errors in words."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from judge.errors import StoreError

Migrations = Sequence[Callable[[sqlite3.Connection], None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """
    What a file is, and what to do where it is not.

    Attributes:
        application: the number in its head.
        migrations: applied in order, each once; PRAGMA user_version counts those that were. Only ever append.
        synchronous: SQLite's: `FULL` has each commit on the disk, also where the power fails.
        patience: seconds to wait for whoever holds it.
        one: what a line of it is.
        foreign: it is another program's.
        newer: what else than to upgrade; may be empty.
        damaged: it is damaged; `{why}`, `{path}` and its `{folder}` are filled in.
        blocked: the folder cannot be used.
    """

    application: int
    migrations: Migrations
    synchronous: str
    patience: float
    one: str
    foreign: str
    newer: str
    damaged: str
    blocked: str


def connect(path: Path, kind: Kind, *, changes: bool = True, shared: bool = False) -> sqlite3.Connection:
    """
    A connection to a file that is one of these, made where it is missing; to be called inside `errors`.

    A damaged or foreign file stays as it was found.

    Args:
        path: the file.
        kind: what it is.
        changes: False only reads, and makes nothing: a file of an older version is as it was then.
        shared: several threads use the connection, one at a time.
    """
    if changes:
        path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path, timeout=kind.patience, isolation_level=None, check_same_thread=not shared)
    else:
        db = _reading(path, kind, shared=shared)
    try:
        _open(db, path, kind, changes=changes)
    except BaseException:
        db.close()
        raise
    return db


def _reading(path: Path, kind: Kind, *, shared: bool) -> sqlite3.Connection:
    """A connection that writes nothing, not even beside the file where that cannot be."""
    place = path.absolute().as_uri()
    options = {"timeout": kind.patience, "isolation_level": None, "check_same_thread": not shared, "uri": True}
    db = sqlite3.connect(f"{place}?mode=ro", **options)  # type: ignore[call-overload]  # of four kinds
    try:
        db.execute("PRAGMA schema_version").fetchone()
    except sqlite3.OperationalError as error:
        db.close()
        if "locked" in str(error) or "busy" in str(error):
            raise
        log = path.with_name(f"{path.name}-wal")
        if not path.is_file() or (log.exists() and log.stat().st_size):  # what is in the log would be passed over
            raise
        # a log cannot be made beside it, so nobody writes to it either
        return sqlite3.connect(f"{place}?mode=ro&immutable=1", **options)  # type: ignore[call-overload,no-any-return]
    return db  # type: ignore[no-any-return]


def _open(db: sqlite3.Connection, path: Path, kind: Kind, *, changes: bool) -> None:
    with transaction(db, "DEFERRED"):  # one view of the file, while another process may be making it
        known = _check_ours(db, path, kind)
    (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)
    if not changes:
        return
    until_free(lambda: db.execute("PRAGMA journal_mode=WAL"), kind)
    db.execute(f"PRAGMA synchronous={kind.synchronous}")
    if known < len(kind.migrations):
        with transaction(db):
            known = _check_ours(db, path, kind)  # again, now that nobody else can: another may have been faster
            for number, migrate in enumerate(kind.migrations[known:], start=known + 1):
                migrate(db)
                db.execute(f"PRAGMA user_version={number}")
            db.execute(f"PRAGMA application_id={kind.application}")


def version(db: sqlite3.Connection) -> int:
    """How many migrations a file has seen; 0: it is empty."""
    (found,) = db.execute("PRAGMA user_version").fetchone()
    return int(found)


def _check_ours(db: sqlite3.Connection, path: Path, kind: Kind) -> int:
    """The schema's version."""
    (app,) = db.execute("PRAGMA application_id").fetchone()
    known, newest = version(db), len(kind.migrations)
    tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if app != kind.application and (app or known or tables):
        raise StoreError(f"{path} is an SQLite file, but {kind.foreign}")
    if known > newest:
        raise StoreError(
            f"{path} was written by a newer judge (schema {known}, this one knows {newest}); upgrade judge{kind.newer}"
        )
    return known


@contextmanager
def transaction(db: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """All or nothing; `DEFERRED` where it only reads."""
    db.execute(f"BEGIN {kind}")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # a full disk may end it, or leave it open, and the next one could not begin
            db.execute("ROLLBACK")
        raise


def until_free(act: Callable[[], object], kind: Kind) -> None:
    """Some acts, as switching a file to WAL, ignore the busy timeout: two that start together would trip."""
    deadline = time.monotonic() + kind.patience
    while True:
        try:
            act()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


@contextmanager
def errors(path: Path, kind: Kind) -> Iterator[None]:
    """The one place where SQLite's errors become ours."""
    try:
        yield
    except (sqlite3.IntegrityError, UnicodeEncodeError) as error:
        raise StoreError(f"{path}: {kind.one} is not as it should be ({error}); nothing was kept") from error
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            message = f"{path} stayed locked for {kind.patience:.0f} s; is another program holding it open?"
        else:
            message = f"{path}: {error}; check the path, its permissions and the space on the disk"
        raise StoreError(message) from error
    except (sqlite3.Error, UnicodeDecodeError) as error:  # what is damaged cannot always be told, either
        said = " ".join(str(error).split())[:120]
        what = kind.damaged.format(why=said, path=path, folder=path.parent)
        raise StoreError(f"{path} is damaged, {what}") from error
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}; {kind.blocked}") from error
