"""The file of decisions: who stands, what an undo brings back, and that nothing is lost, whoever writes at once."""

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nobody import become_nobody, unprivileged

from judge import standing
from judge.errors import StoreError
from judge.reliability import Word
from judge.review.book import Book
from judge.review.database import Database
from judge.review.decisions import COPY, FILE, IMPORTED, KIND, Decisions, Entry

ROWS, PEOPLE = ("a", "b", "c"), ("ana", "bo")
WRITER = """
import sys
from pathlib import Path
from judge.review.decisions import Decisions, Entry
path, name = sys.argv[1:]
file = Decisions(Path(path))
print("open", flush=True)
sys.stdin.readline()
for n in range(40):
    file.record([Entry(digest=f"{name}{n}", example_id="x", word="keep", by=name, how="suspicion")])
"""


def entry(row: str, word: Word | None = "remove", by: str = "ana", **more: Any) -> Entry:
    """Make a decision on a row whose digest is its name."""
    return Entry(digest=row, example_id=f"id-{row}", word=word, by=by, **{"how": "suspicion", **more})


def said(decisions: Decisions) -> dict[tuple[str, str], str | None]:
    """What stands, by row and person."""
    return {(one.digest, one.by): one.word for one in decisions.current()}


@pytest.fixture
def decisions(tmp_path: Path) -> Iterator[Decisions]:
    """An empty file."""
    with closing(Decisions(tmp_path / FILE)) as made:
        yield made


ACTS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(PEOPLE),
            st.dictionaries(st.sampled_from(ROWS), st.sampled_from(["remove", "keep", "unsure"]), min_size=1),
            st.sampled_from([None, 0.25, 0.5]),
        ),
        st.sampled_from(PEOPLE),
    ),
    max_size=12,
)


@settings(max_examples=60)
@given(ACTS)
def test_the_last_word_stands_and_an_undo_brings_back_the_one_before(acts: list[Any]) -> None:
    """Whatever two people decide and undo, each has what is left on his own pile; the first probability stays."""
    piles: dict[str, list[dict[str, str]]] = {name: [] for name in PEOPLE}
    drawn: dict[tuple[str, str], float] = {}
    with closing(Decisions(Path(":memory:"))) as file:
        for act in acts:
            if isinstance(act, str):
                assert file.undo(act) == list(piles[act].pop() if piles[act] else {})
                continue
            who, words, probability = act
            file.record([entry(row, word, who, probability=probability) for row, word in words.items()])
            piles[who].append(words)
            for row in words if probability else ():
                drawn.setdefault((row, who), probability)
        expected = {(row, who): word for who, pile in piles.items() for words in pile for row, word in words.items()}
        assert said(file) == expected
        assert {(one.digest, one.by): one.probability for one in file.current()} == {
            key: drawn.get(key) for key in expected
        }


def test_a_batch_that_is_sent_twice_counts_once(decisions: Decisions) -> None:
    """Whoever got no answer may ask again: to decide, and to undo."""
    first = decisions.record([entry("a"), entry("b")], "batch-1")
    assert decisions.record([entry("a"), entry("b")], "batch-1") == first == 2
    assert decisions.record([entry("a", by="bo")], "batch-1") == 3  # another person's batch of that name is another
    decisions.record([entry("a", "keep")], "batch-2")
    assert decisions.undo("ana", batch="undo-1") == decisions.undo("ana", batch="undo-1") == ["a"]
    assert said(decisions) == {("a", "ana"): "remove", ("b", "ana"): "remove", ("a", "bo"): "remove"}


def test_an_undo_keeps_to_its_rows_and_to_what_was_decided_here(decisions: Decisions) -> None:
    """Decisions on rows of another run, and such as were made elsewhere, are no slip of the last key."""
    decisions.record([entry("a")])
    decisions.record([entry("elsewhere", how=IMPORTED)])
    decisions.record([entry("old")])
    assert decisions.undo("ana", {"a", "elsewhere"}) == ["a"]
    assert decisions.undo("ana", {"a", "elsewhere"}) == []
    assert said(decisions) == {("elsewhere", "ana"): "remove", ("old", "ana"): "remove"}


def test_a_probability_holds_for_the_data_it_was_drawn_from(decisions: Decisions) -> None:
    """Rows that a merge brought could not come up in an older draw, so of the new set that is no sample."""
    decisions.record([entry("a", probability=0.5, population="old"), entry("b", probability=0.5, population="old")])
    decisions.record([entry("a", "keep", probability=0.25, population="new")])
    assert [(one.digest, one.word, one.probability) for one in decisions.current("new")] == [
        ("b", "remove", None),
        ("a", "keep", 0.25),
    ]
    assert [one.probability for one in decisions.current()] == [0.5, 0.5]


def test_how_many_rows_of_a_content_were_drawn_goes_with_the_probability(decisions: Decisions) -> None:
    """A later word of no draw, an undo and the word that it brings back leave it."""
    decisions.record([entry("a", probability=0.5, population="p", drawn=3)])
    decisions.record([entry("a", "keep")])
    assert [(one.word, one.probability, one.drawn) for one in decisions.current("p")] == [("keep", 0.5, 3)]
    assert [(one.probability, one.drawn) for one in decisions.current("another")] == [(None, 1)]
    decisions.undo("ana")
    assert [(one.word, one.probability, one.drawn) for one in decisions.since(2)] == [("remove", 0.5, 3)]


@pytest.mark.parametrize(
    "wrong",
    [{"word": "delete"}, {"probability": 0.0}, {"probability": 2.0}, {"by": ""}, {"drawn": 0}, {"note": "\ud800"}],
)
def test_a_batch_is_kept_whole_or_not_at_all(decisions: Decisions, wrong: dict[str, Any]) -> None:
    """What cannot be a decision never gets into the file, nor does what came with it."""
    with pytest.raises(StoreError, match="nothing was kept"):
        decisions.record([entry("a"), entry("b", **wrong)])
    assert decisions.since(0) == []


def test_what_was_recorded_is_read_back(decisions: Decisions) -> None:
    """Every field, and the time where it was not given."""
    made = entry("a", note="“ü”\n", at="2026-11-26T09:30:00Z", probability=0.5, population="p", drawn=2, run="runs/a/b")
    decisions.record([made, entry("b")])
    first, second = decisions.since(0)
    assert {name: getattr(first, name) for name in Entry.__dataclass_fields__} == {
        name: getattr(made, name) for name in Entry.__dataclass_fields__
    }
    assert second.at.endswith("Z")
    assert decisions.since(1) == [second]


def test_several_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    """Two processes that open a new file together, and threads that share a connection: every line is there, once."""
    path = tmp_path / "set" / FILE
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for name in PEOPLE
    ]
    with closing(Decisions(path)) as shared:
        for writer in writers:
            assert writer.stdout
            assert writer.stdout.readline() == b"open\n"
            assert writer.stdin
            writer.stdin.write(b"\n")
            writer.stdin.flush()

        def write(name: str) -> None:
            for n in range(20):
                shared.record([entry(f"{name}{n}", by=name), entry(f"{name}-{n}", by=name)])

        threads = [threading.Thread(target=write, args=(name,)) for name in ("cy", "di")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [writer.wait(60) for writer in writers] == [0, 0]
        for writer in writers:
            writer.communicate()
        lines = shared.since(0)
        assert len({line.digest for line in lines}) == len(lines) == 160
        assert [line.seq for line in lines] == list(range(1, 161))


def test_a_decision_is_on_the_disk_before_anyone_is_told(tmp_path: Path) -> None:
    """Write-ahead log, and a commit waits for the disk."""
    with closing(Decisions(tmp_path / FILE)) as decisions:
        database = decisions._db  # noqa: SLF001 - nothing else shows it but a power cut
        modes = [database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
        assert modes == ["wal", 2]


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda path: path.write_bytes(b"no database, but long enough to be one" * 100), "damaged, or holds no decis"),
        (
            lambda path: path.write_bytes(b"no database, but long enough to be one" * 100),
            "RUN --from .*/labels.jsonl",
        ),
        (lambda path: (path.touch(), path.with_name(COPY).write_text("{}")), "is empty, and labels.jsonl beside it is"),
        (lambda path: _sqlite(path, "CREATE TABLE t (a)"), "is an SQLite file, but holds no decisions; move it away"),
        (lambda path: (Decisions(path).close(), _sqlite(path, "PRAGMA user_version=99")), "written by a newer judge"),
        (lambda path: path.mkdir(), "check the path, its permissions"),
    ],
)
def test_a_file_that_is_none_of_ours_stays_as_it_is(tmp_path: Path, made: Any, said: str) -> None:
    """One line says what is wrong with it, and what to do; it is not written to."""
    path = tmp_path / FILE
    made(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreError, match=said) as error:
        Decisions(path)
    assert "\n" not in str(error.value)
    assert before == (path.read_bytes() if path.is_file() else None)


def _sqlite(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(statement)
        db.commit()


def _first_version(path: Path) -> None:
    """A file of the first version, with one decision."""
    with closing(Database(path, replace(KIND, migrations=KIND.migrations[:1]))) as old, old.transaction():
        old.execute(
            "INSERT INTO decisions VALUES (1, 'a', 'id-a', 'keep', '', 'ana', '', 0.5, 'p', 'random', 'b', NULL, '')"
        )


def test_a_file_of_an_older_version_is_read_as_it_is_and_brought_up_to_date_for_writing(tmp_path: Path) -> None:
    """Whoever only reads changes nothing; what was not known then is one row drawn."""
    path = tmp_path / FILE
    _first_version(path)
    with closing(Decisions(path, changes=False)) as old:
        assert [(one.word, one.probability, one.drawn) for one in old.current("p")] == [("keep", 0.5, 1)]
        with pytest.raises(StoreError, match="no column named drawn"):
            old.record([entry("b")])
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
    with closing(Decisions(path)) as new:
        new.record([entry("b", probability=0.5, population="p", drawn=4)])
        assert [one.drawn for one in new.current("p")] == [1, 4]


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions are POSIX's here")
def test_an_archive_is_read() -> None:
    """In a folder that cannot be written to all is there, and nothing comes to it."""
    with unprivileged() as folder:
        with closing(Decisions(folder / FILE)) as decisions:
            decisions.record([entry("a")])
        _first_version(folder / "old.sqlite")
        folder.chmod(0o555)
        before = sorted(folder.iterdir())
        become_nobody()
        assert [one.digest for one in standing.kept([folder / FILE, folder / "old.sqlite"])] == ["a", "a"]
        assert sorted(folder.iterdir()) == before
        with pytest.raises(StoreError, match=FILE):
            Decisions(folder / FILE).record([entry("b")])


def test_whoever_only_reads_makes_no_file(tmp_path: Path) -> None:
    """An empty file, which another process may be making, holds nothing; one that is not there is none."""
    with pytest.raises(StoreError, match="unable to open"):
        Decisions(tmp_path / FILE, changes=False)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / FILE).touch()
    with closing(Decisions(tmp_path / FILE, changes=False)) as empty:
        assert (empty.current(), empty.since(0)) == ([], [])
    assert (tmp_path / FILE).read_bytes() == b""


@pytest.mark.skipif(os.name != "posix", reason="a file that is open cannot be moved elsewhere")
def test_a_file_that_is_not_where_it_was_takes_no_decision(tmp_path: Path) -> None:
    """Deleted, moved or replaced, what is written would be lost: it is refused, and goes on once the file is back."""
    path, away = tmp_path / FILE, tmp_path / "away.sqlite"
    with closing(Decisions(path)) as decisions:
        decisions.record([entry("a")])
        path.rename(away)
        for _ in range(2):
            with pytest.raises(StoreError, match="was moved, deleted or replaced"):
                decisions.record([entry("b")])
        with pytest.raises(StoreError, match="was moved, deleted or replaced"):
            decisions.undo("ana")
        shutil.copy(away, path)
        with pytest.raises(StoreError, match="was moved, deleted or replaced"):
            decisions.record([entry("b")])
        assert said(decisions) == {("a", "ana"): "remove"}  # what is there can still be read, and saved
        away.rename(path)
        decisions.record([entry("c")])
    with closing(Decisions(path)) as again:
        assert [one.digest for one in again.since(0)] == ["a", "c"]


def test_a_mistake_of_ours_is_not_called_damage(tmp_path: Path) -> None:
    """Only what the file itself holds can be damaged."""
    with closing(Database(tmp_path / FILE, KIND)) as database:
        with pytest.raises(ValueError, match="a bug"), database.transaction():
            raise ValueError("a bug")
        with database.transaction():
            database.execute(
                "INSERT INTO decisions VALUES (1, 'a', '', 'keep', '', 'ana', '', 0.5, '', '', 'b', NULL, '', 'x')"
            )
    with closing(Decisions(tmp_path / FILE)) as decisions, pytest.raises(StoreError, match="damaged"):
        decisions.since(0)


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "set").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match=f"{tmp_path / 'set'}.*check the folder and the disk"):
        Decisions(tmp_path / "set" / FILE)


@pytest.mark.skipif(os.name != "posix", reason="locks of another process")
def test_a_lock_that_stays_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits for ever."""
    monkeypatch.setattr("judge.review.decisions.KIND", replace(KIND, patience=0.1))
    path = tmp_path / FILE
    with closing(Decisions(path)) as decisions, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="stayed locked"):
            decisions.record([entry("a")])
        other.execute("ROLLBACK")
        assert decisions.record([entry("a")]) == 1


def test_one_sees_of_others_only_what_one_has_decided_oneself(decisions: Decisions) -> None:
    """Independent words are worth more: before one's own there is a number, after it names and words."""
    book = Book(decisions, {"a": [0, 3], "b": [1]}, "p")
    decisions.record([entry("a", "keep", "bo", note="fine", probability=0.5, population="p")])
    decisions.record([entry("unknown", "keep", "bo")])
    seq = book.refresh()
    hidden = {"mine": None, "others": [], "count": 1}
    assert book.seen("ana", 0) == {0: hidden, 3: hidden}
    assert book.seen("ana", seq) == {}
    decisions.record([entry("a", "remove")])
    book.refresh()
    mine = {"word": "remove", "note": "", "drawn": False}
    assert book.seen("ana", seq)[3] == {
        "mine": mine,
        "others": [{"by": "bo", "word": "keep", "note": "fine"}],
        "count": 1,
    }
    assert book.seen("bo", seq)[0]["mine"]["drawn"] is True
    assert book.people() == {"ana": 2, "bo": 2}
    decisions.undo("ana")
    book.refresh()
    assert book.seen("ana", seq) == {0: hidden, 3: hidden}
    assert [(line.digest, line.by) for line in book.standing()] == [("a", "bo")]
