"""
The store of replies: one SQLite file shared by all runs, `runs/replies.sqlite`.

It keeps what judges said, by the digest of what they were asked, and nothing derived from it. Resume after a crash,
re-audit after a merge and sharing between runs are all the same look-up. Write-ahead logging lets several runs use
the file at once, and each batch is one short transaction: a killed process loses at most the batch in flight.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from judge import sqlite
from judge.records import Reply

_LOOKUP = 500  # keys a query; SQLite's limit on variables is far above


def _first_version(db: sqlite3.Connection) -> None:
    db.execute(
        "CREATE TABLE replies (key TEXT PRIMARY KEY, text TEXT NOT NULL, logprobs TEXT NOT NULL, stop TEXT NOT NULL,"
        " prompt_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL, generated_tokens INTEGER NOT NULL,"
        " at REAL NOT NULL) WITHOUT ROWID"
    )


def _second_version(db: sqlite3.Connection) -> None:
    db.execute("CREATE TABLE runs (folder TEXT PRIMARY KEY, started REAL NOT NULL, ended REAL) WITHOUT ROWID")


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_first_version, _second_version)
KIND = sqlite.Kind(
    application=0x6A756467,  # "judg"
    migrations=MIGRATIONS,
    synchronous="NORMAL",
    patience=60.0,
    one="a reply",
    foreign="no store of replies; choose another with store=PATH",
    newer=", or choose another file with store=PATH",
    damaged="or no store at all ({why}); move it away to start afresh, or save what can be read with: sqlite3 {path}"
    " .recover | sqlite3 {folder}/recovered.sqlite",
    blocked="choose another place with store=PATH",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """
    What a store holds.

    Attributes:
        replies: how many.
        size: bytes on disk, with the log that was not folded in yet.
        first, last: when its oldest and newest reply came, in seconds since 1970; None where there is none.
    """

    replies: int
    size: int
    first: float | None
    last: float | None


class ReplyStore:
    """
    Replies by key, in one file that is made where it is missing.

    Args:
        path: the file.
        changes: False only reads it: from a disk that cannot be written to, or as evidence.

    Raises:
        StoreError: the file is damaged, is no store of ours, was written by a newer version, cannot be written, or
            stayed locked for a minute.
    """

    def __init__(self, path: Path, *, changes: bool = True) -> None:
        self.path = path
        with self._errors():
            self._db = sqlite.connect(path, KIND, changes=changes)

    def fetch(self, keys: Sequence[str]) -> Mapping[str, Reply]:
        """The replies among `keys` that are there."""
        found: dict[str, Reply] = {}
        with self._errors():
            for start in range(0, len(keys), _LOOKUP):
                some = keys[start : start + _LOOKUP]
                marks = ",".join("?" * len(some))
                query = f"SELECT key, {_COLUMNS} FROM replies WHERE key IN ({marks})"  # noqa: S608 - only marks vary
                found.update((row[0], _reply(row[1:])) for row in self._db.execute(query, some))
        return found

    def put(self, replies: Sequence[tuple[str, Reply]]) -> Mapping[str, Reply]:
        """
        Keep replies in one transaction, and say what is kept.

        The first reply to a request stays, for an answer never changes later: where another run was faster, it is that
        run's reply which is kept, and which counts.
        """
        now = time.time()
        rows = [(key, *_row(reply), now) for key, reply in replies]
        with self._errors():
            before = self._db.total_changes
            with sqlite.transaction(self._db):
                self._db.executemany(_INSERT, rows)
            new = self._db.total_changes - before
        return dict(replies) if new == len(rows) else self.fetch([key for key, _ in replies])

    def begin(self, folder: Path) -> None:
        """Note that a run goes on in `folder`, so that nothing it may rest on is pruned meanwhile."""
        with self._errors():
            query = "INSERT OR REPLACE INTO runs (folder, started) VALUES (?, ?)"
            self._db.execute(query, (str(folder.absolute()), time.time()))

    def end(self, folder: Path) -> None:
        """Note that it has come to its end."""
        with self._errors():
            self._db.execute("UPDATE runs SET ended = ? WHERE folder = ?", (time.time(), str(folder.absolute())))

    def runs(self) -> Mapping[Path, tuple[float, float | None]]:
        """The runs that rested on this store: their folders then, when they began, and when they ended, if they did."""
        with self._errors():
            made = self._db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'runs'").fetchone()[0]
            query = "SELECT folder, started, ended FROM runs ORDER BY folder"
            rows = self._db.execute(query).fetchall() if made else []  # a store of an older version that is only read
        return {Path(folder): (started, ended) for folder, started, ended in rows}

    def holds(self) -> Holdings:
        """What is in the file, at a glance."""
        with self._errors():
            replies, first, last = self._db.execute("SELECT count(*), min(at), max(at) FROM replies").fetchone()
        files = [self.path, self.path.with_name(f"{self.path.name}-wal")]
        size = sum(one.stat().st_size for one in files if one.exists())
        return Holdings(replies=int(replies), size=size, first=first, last=last)

    def idle(self, needed: Iterable[str], before: float) -> tuple[int, int]:
        """
        Replies that are older than `before`, in seconds since 1970, and not among the keys that are needed.

        Returns:
            How many they are, and about how many bytes they take.
        """
        with self._errors(), self._needed(needed):
            query = f"SELECT count(*), sum({_BYTES}) FROM replies WHERE {_IDLE}"  # noqa: S608 - our own words
            count, size = self._db.execute(query, (before,)).fetchone()
            return int(count), int(size or 0)

    def lost(self, needed: Iterable[str]) -> int:
        """How many of the keys that are needed are not here."""
        with self._errors(), self._needed(needed):
            query = "SELECT count(*) FROM needed WHERE key NOT IN (SELECT key FROM replies)"
            return int(self._db.execute(query).fetchone()[0])

    def prune(self, needed: Iterable[str], before: float) -> int:
        """Remove what `idle` counts, give the space back to the disk, and say how many replies went."""
        with self._errors():
            with self._needed(needed), sqlite.transaction(self._db):
                gone = self._db.execute(f"DELETE FROM replies WHERE {_IDLE}", (before,)).rowcount  # noqa: S608 - likewise
            sqlite.until_free(lambda: self._db.execute("VACUUM"), KIND)
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone

    @contextmanager
    def _needed(self, keys: Iterable[str]) -> Iterator[None]:
        """A table of keys that lives as long as the block."""
        self._db.execute("CREATE TEMP TABLE needed (key TEXT PRIMARY KEY) WITHOUT ROWID")
        try:
            self._db.executemany("INSERT OR IGNORE INTO needed VALUES (?)", ((key,) for key in keys))
            yield
        finally:
            self._db.execute("DROP TABLE needed")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _errors(self) -> AbstractContextManager[None]:
        return sqlite.errors(self.path, KIND)


_COLUMNS = "text, logprobs, stop, prompt_tokens, cached_tokens, generated_tokens"
_BYTES = "length(key) + length(text) + length(logprobs) + length(stop) + 32"  # numbers and SQLite's own take the rest
_IDLE = "at < ? AND key NOT IN (SELECT key FROM needed)"
_INSERT = (
    "INSERT INTO replies (key, text, logprobs, stop, prompt_tokens, cached_tokens, generated_tokens, at)"
    " VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (key) DO NOTHING"
)


def _row(reply: Reply) -> tuple[object, ...]:
    logprobs = json.dumps(dict(reply.logprobs), separators=(",", ":"))
    return (reply.text, logprobs, reply.stop, reply.prompt_tokens, reply.cached_tokens, reply.generated_tokens)


def _reply(row: Sequence[object]) -> Reply:
    text, logprobs, stop, prompt, cached, generated = row
    try:
        known = json.loads(str(logprobs))
        if not isinstance(known, dict):
            raise ValueError(f"log-probabilities are {str(logprobs)[:40]!r}")  # noqa: TRY004, TRY301 - damage
        return Reply(
            text=str(text),
            logprobs=known,
            stop=str(stop),
            prompt_tokens=int(str(prompt)),
            cached_tokens=int(str(cached)),
            generated_tokens=int(str(generated)),
        )
    except ValueError as error:
        raise sqlite3.DatabaseError(str(error)) from error
