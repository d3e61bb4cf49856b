"""
What people decided: one SQLite file beside the runs of a set, `runs/<set>/decisions.sqlite`, which only ever grows.

A decision is about a row's content, so it holds in the next run, too, as long as the row is not edited. Of one person
the last line on a row stands. What is undone is not erased: another line says what stands again, or, without a word,
that nothing does. Each batch is on the disk before anyone is told that it is; several processes may write at once.
"""

import sqlite3
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from judge import sqlite
from judge.errors import StoreError
from judge.reliability import Word
from judge.review.database import Database

FILE = "decisions.sqlite"
COPY = "labels.jsonl"  # made of it, beside it: what a run is given, and what is left where the file is lost
IMPORTED = "import"  # how a decision came that was made elsewhere: no key of the review page takes it back


def _first_version(db: sqlite3.Connection) -> None:
    db.execute(
        "CREATE TABLE decisions (seq INTEGER PRIMARY KEY AUTOINCREMENT, digest TEXT NOT NULL CHECK (digest <> ''),"
        " example_id TEXT NOT NULL, word TEXT CHECK (word IN ('remove', 'keep', 'unsure')), note TEXT NOT NULL,"
        ' "by" TEXT NOT NULL CHECK ("by" <> \'\'), at TEXT NOT NULL,'
        " probability REAL CHECK (probability > 0 AND probability <= 1), population TEXT NOT NULL, how TEXT NOT NULL,"
        " batch TEXT NOT NULL, undoes TEXT, run TEXT NOT NULL)"
    )
    db.execute('CREATE INDEX decisions_of_row ON decisions (digest, "by", seq)')
    db.execute('CREATE INDEX decisions_of_batch ON decisions ("by", batch)')
    db.execute('CREATE INDEX decisions_undone ON decisions ("by", undoes)')


def _second_version(db: sqlite3.Connection) -> None:
    db.execute("ALTER TABLE decisions ADD COLUMN drawn INTEGER NOT NULL DEFAULT 1 CHECK (drawn >= 1)")


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_first_version, _second_version)
_BACK = (
    f"move it away, with its -wal and -shm; what {COPY} beside it has comes back with: python -m judge labels RUN"
    f" --from {{folder}}/{COPY}"
)
KIND = sqlite.Kind(
    application=0x6A756464,  # "judd"
    migrations=MIGRATIONS,
    synchronous="FULL",
    patience=15.0,
    one="a decision",
    foreign="holds no decisions; move it away",
    newer="",
    damaged=f"or holds no decisions at all ({{why}}); {_BACK}",
    blocked="check the folder and the disk",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    A decision that is to be kept.

    Attributes:
        digest: of the row's content.
        example_id: the row's id in the run where it was decided.
        word: None: nothing of the person's stands on this row any more.
        by: who decided.
        how: in which order the row came up (`suspicion`, `disagreement`, `random`), or `group`, `list` or `import`.
        at: when, as an ISO time; empty takes the clock's.
        probability: with which a random sample brought the row up, in (0, 1]; None where none did.
        population: digest of the data that the sample was drawn from: of a set that grew, it is no sample.
        drawn: rows of this content that the sample has, at least 1; of no meaning without a probability.
        run: the run's folder.
    """

    digest: str
    example_id: str
    word: Word | None
    by: str
    how: str
    note: str = ""
    at: str = ""
    probability: float | None = None
    population: str = ""
    drawn: int = 1
    run: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored(Entry):
    """
    A line of the file.

    Attributes:
        seq: its number, from 1, rising.
        batch: what was decided, or undone, as one.
        undoes: the batch that it takes back; empty where it is a decision.
    """

    seq: int
    batch: str
    undoes: str = ""


class Decisions:
    """
    The decisions on a set, in one file that is made where it is missing. May be shared by threads.

    Args:
        path: the file.
        changes: False only reads a file that is there: of an archive, too, that cannot be written to.

    Raises:
        StoreError: the file is damaged, is none of ours, was written by a newer version, cannot be written, is empty
            where it should not be, or stayed locked for 15 seconds; any of the methods may raise it, too, and those
            that write where the file is not where it was.
    """

    def __init__(self, path: Path, *, changes: bool = True) -> None:
        self.path = path
        if _size(path) == 0 and _size(path.with_name(COPY)):
            raise StoreError(f"{path} is empty, and {COPY} beside it is not: {_BACK.format(folder=path.parent)}")
        self._db = Database(path, KIND, changes=changes)

    def record(self, entries: Sequence[Entry], batch: str = "") -> int:
        """
        Keep decisions as one batch: all of them, or none.

        Args:
            entries: decisions.
            batch: its name; where the person of the first has a batch of that name already, nothing is written, so
                that whoever got no answer can send it once more.

        Returns:
            The number of the batch's last line, 0 of no entries.
        """
        if not entries:
            return 0
        name = batch or uuid.uuid4().hex
        with self._db.transaction():
            if (known := self._known(entries[0].by, name)) is not None:
                return known
            return self._insert([(entry, None) for entry in entries], name)

    def undo(self, by: str, rows: Collection[str] | None = None, batch: str = "") -> list[str]:
        """
        Take back a person's last batch that is not taken back yet; what he had said of its rows before stands again.

        Args:
            by: whose.
            rows: only batches with one of these digests are looked at; None looks at all. Imported ones never are.
            batch: a name for the undoing, as in `record`.

        Returns:
            The digests of the rows, in the order in which they were decided; none where nothing is left to undo.
        """
        name = batch or uuid.uuid4().hex
        with self._db.transaction():
            if self._known(by, name) is None and (last := self._last_batch(by, rows)):
                undone = self._select(f"{_OF_BATCH} ORDER BY seq", (by, last))
                self._insert([(self._before(line), last) for line in undone], name)
            return [line.digest for line in self._select(f"{_OF_BATCH} ORDER BY seq", (by, name))]

    def batch(self, by: str, name: str) -> list[Stored]:
        """The lines of a person's batch of that name, in the order in which they were written."""
        with self._db.transaction("DEFERRED"):
            return self._select(f"{_OF_BATCH} ORDER BY seq", (by, name))

    def current(self, population: str = "") -> list[Stored]:
        """
        What stands: the last line of each person on each row, in the order in which they were written.

        The last is the last that was written, whatever its time. The word is the last one, the probability the first:
        that chance brought the row up stays true whatever is said of it later.

        Args:
            population: digest of a set's data; a probability of a draw from any other is left out. Empty keeps all.
        """
        with self._db.transaction("DEFERRED"):
            lines = self._select('WHERE seq IN (SELECT max(seq) FROM decisions GROUP BY digest, "by") ORDER BY seq')
            drawn = self._select("WHERE probability IS NOT NULL ORDER BY seq")
        first: dict[tuple[str, str], Stored] = {}
        for line in drawn:
            if population in {"", line.population}:
                first.setdefault((line.digest, line.by), line)
        return [_drawn(line, first.get((line.digest, line.by))) for line in lines if line.word is not None]

    def since(self, seq: int) -> list[Stored]:
        """All lines after the `seq`th, those without a word among them."""
        with self._db.transaction("DEFERRED"):
            return self._select("WHERE seq > ? ORDER BY seq", (seq,))

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _select(self, which: str, values: Sequence[object] = ()) -> list[Stored]:
        """Lines; of a file that is only read there may be none yet, or such as an older version wrote."""
        if not self._db.version:
            return []
        drawn = "drawn" if self._db.version > 1 else "1"
        query = f"SELECT {_COLUMNS}, {drawn}, seq FROM decisions {which}"  # noqa: S608 - our own words
        return [_stored(row) for row in self._db.execute(query, values)]

    def _known(self, by: str, batch: str) -> int | None:
        """The last line of a person's batch of that name, if there is one."""
        (last,) = self._db.execute(f"SELECT max(seq) FROM decisions {_OF_BATCH}", (by, batch)).fetchone()  # noqa: S608 - our own words
        return None if last is None else int(last)

    def _last_batch(self, by: str, rows: Collection[str] | None) -> str:
        query = f"SELECT digest, batch FROM decisions WHERE {_STANDS} AND how <> ? ORDER BY seq DESC"  # noqa: S608 - our own words
        found = self._db.execute(query, (by, by, IMPORTED))
        return next((str(batch) for digest, batch in found if rows is None or digest in rows), "")

    def _before(self, line: Stored) -> Entry:
        """What stands of this person on this row without a line's batch."""
        which = f"WHERE {_STANDS} AND digest = ? AND batch <> ? ORDER BY seq DESC LIMIT 1"
        found = self._select(which, (line.by, line.by, line.digest, line.batch))
        if not found:
            return replace(line, word=None, note="", at="", probability=None, population="", drawn=1)
        return replace(found[0], at="")

    def _insert(self, lines: Sequence[tuple[Entry, str | None]], batch: str) -> int:
        """Lines and what each undoes; the number of the last."""
        now, last = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"), 0
        for e, undoes in lines:
            row = (e.digest, e.example_id, e.word, e.note, e.by, e.at or now, e.probability, e.population, e.how)
            last = self._db.execute(_INSERT, (*row, batch, undoes, e.run, e.drawn)).lastrowid or 0
        return last


_COLUMNS = 'digest, example_id, word, note, "by", at, probability, population, how, batch, undoes, run'
_OF_BATCH = 'WHERE "by" = ? AND batch = ?'
_INSERT = f"INSERT INTO decisions ({_COLUMNS}, drawn) VALUES ({', '.join('?' * 13)})"  # noqa: S608 - our own words
# a person's decisions but for those that were undone; the person is asked for twice
_STANDS = (
    '"by" = ? AND undoes IS NULL AND batch NOT IN (SELECT undoes FROM decisions WHERE "by" = ? AND undoes IS NOT NULL)'
)


def _size(path: Path) -> int | None:
    """Bytes of a file; None where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return None


def _stored(row: Sequence[object]) -> Stored:
    digest, example_id, word, note, by, at, probability, population, how, batch, undoes, run, drawn, seq = row
    try:
        return Stored(
            digest=str(digest),
            example_id=str(example_id),
            word=word,  # type: ignore[arg-type]  # the table holds no other
            note=str(note),
            by=str(by),
            at=str(at),
            probability=None if probability is None else float(str(probability)),
            population=str(population),
            how=str(how),
            batch=str(batch),
            undoes=str(undoes or ""),
            run=str(run),
            drawn=int(str(drawn)),
            seq=int(str(seq)),
        )
    except ValueError as error:
        raise sqlite3.DatabaseError(f"line {seq}: {error}") from error


def _drawn(line: Stored, first: Stored | None) -> Stored:
    """The same with the chance of another line, or with none."""
    if first is None:
        return replace(line, probability=None, population="", drawn=1)
    return replace(line, probability=first.probability, population=first.population, drawn=first.drawn)
