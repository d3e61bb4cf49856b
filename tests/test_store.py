"""The store of replies, on real SQLite files: what it keeps, whom it shares with, and how it says that it cannot."""

import os
import random
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nobody import become_nobody, unprivileged

from judge import digest
from judge.errors import StoreError
from judge.records import Reply
from judge.store import MIGRATIONS, ReplyStore

REPLY = Reply(
    text="5 \u00e9\u6f22\n\0",
    logprobs={"1": -9.25, "5": -0.125, "é": -1e-9},
    stop="length",
    prompt_tokens=900,
    cached_tokens=896,
    generated_tokens=1,
)


def filled(path: Path, replies: int = 200) -> dict[str, Reply]:
    """Make a store with this many replies."""
    kept = {digest.of(n): Reply(text=str(n), logprobs={"1": -n / 7, "2": -0.5}) for n in range(replies)}
    with closing(ReplyStore(path)) as store:
        store.put(list(kept.items()))
    return kept


def everything(path: Path, keys: list[str]) -> dict[str, Reply]:
    """Open a store and read these keys."""
    with closing(ReplyStore(path)) as store:
        return dict(store.fetch(keys))


def test_a_reply_comes_back_as_it_was(tmp_path: Path) -> None:
    """Text, log-probabilities, stop reason and counts survive the file, to the last bit, in a folder made for it."""
    path = tmp_path / "runs" / "deep" / "replies.sqlite"
    with closing(ReplyStore(path)) as store:
        store.put([("k", REPLY), ("empty", Reply(text=""))])
        assert store.holds().replies == 2
    assert everything(path, ["k", "empty"]) == {"k": REPLY, "empty": Reply(text="")}


@settings(deadline=None, max_examples=50)
@given(
    st.builds(
        Reply,
        text=st.text(st.characters(exclude_categories=["Cs"])),
        logprobs=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.floats(allow_nan=False)),
        stop=st.sampled_from(["stop", "length"]),
        prompt_tokens=st.integers(0, 2**40),
        cached_tokens=st.integers(0, 2**40),
        generated_tokens=st.integers(0, 2**40),
    )
)
def test_any_reply_comes_back_as_it_was(reply: Reply) -> None:
    """Whatever a judge says, the store gives it back unchanged, infinities included."""
    with tempfile.TemporaryDirectory() as folder, closing(ReplyStore(Path(folder) / "r.sqlite")) as store:
        store.put([("k", reply)])
        assert store.fetch(["k"]) == {"k": reply}


def test_the_first_reply_stays(tmp_path: Path) -> None:
    """An answer never changes later, in one batch or another."""
    with closing(ReplyStore(tmp_path / "r.sqlite")) as store:
        store.put([("k", REPLY), ("k", Reply(text="second"))])
        store.put([("k", Reply(text="third")), ("new", Reply(text="new"))])
        assert store.fetch(["k", "new"]) == {"k": REPLY, "new": Reply(text="new")}
        assert store.holds().replies == 2


def test_what_is_kept_is_what_counts(tmp_path: Path) -> None:
    """Where another run was faster, its reply comes back from `put`, and of a batch all that was new as it is."""
    with closing(ReplyStore(tmp_path / "r.sqlite")) as one, closing(ReplyStore(tmp_path / "r.sqlite")) as two:
        assert one.put([("k", REPLY)]) == {"k": REPLY}
        assert two.put([("k", Reply(text="late")), ("new", Reply(text="new"))]) == {
            "k": REPLY,
            "new": Reply(text="new"),
        }
        assert one.put([]) == {}


def test_runs_are_known_by_their_folder(tmp_path: Path) -> None:
    """When each began and ended; one that begins again in the same folder has not ended."""
    with closing(ReplyStore(tmp_path / "r.sqlite")) as store:
        store.begin(tmp_path / "a")
        store.begin(tmp_path / "b")
        store.end(tmp_path / "a")
        known = store.runs()
        assert list(known) == [tmp_path / "a", tmp_path / "b"]
        assert known[tmp_path / "b"][1] is None
        assert (known[tmp_path / "a"][1] or 0) >= known[tmp_path / "a"][0]
        store.begin(tmp_path / "a")
        assert store.runs()[tmp_path / "a"][1] is None


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    """A key without a reply is absent from the answer; asking for nothing finds nothing."""
    with closing(ReplyStore(tmp_path / "r.sqlite")) as store:
        assert store.fetch(["k"]) == {}
        store.put([])
        store.put([("k", REPLY)])
        assert store.fetch([]) == {}
        assert store.fetch(["K", "k", "k ", "k"]) == {"k": REPLY}


def test_many_keys_are_one_look_up(tmp_path: Path) -> None:
    """More keys than a query may have variables are still found, each once."""
    kept = filled(tmp_path / "r.sqlite", 1203)
    found = everything(tmp_path / "r.sqlite", [*kept, "absent", *kept])
    assert found == kept


def test_a_batch_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    """A batch that fails half-way leaves nothing of itself, and the store goes on working."""
    with closing(ReplyStore(tmp_path / "r.sqlite")) as store:
        with pytest.raises(TypeError):
            store.put([("good", REPLY), ("bad", Reply(text="", logprobs={"1": object()}))])  # type: ignore[dict-item]
        assert store.holds().replies == 0
        with pytest.raises(StoreError):
            store.put([("good", REPLY), ("bad", Reply(text=None))])  # type: ignore[arg-type]
        assert store.holds().replies == 0
        store.put([("k", REPLY)])
        assert store.holds().replies == 1


def test_the_file_is_what_sqlite_tools_expect(tmp_path: Path) -> None:
    """Write-ahead logging is on, the file says whose it is, and the schema's version counts the migrations."""
    filled(tmp_path / "r.sqlite")
    with closing(sqlite3.connect(tmp_path / "r.sqlite")) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.execute("PRAGMA application_id").fetchone() == (0x6A756467,)
        assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["r.sqlite"]


def test_what_is_put_is_seen_by_others_at_once(tmp_path: Path) -> None:
    """A second run on the same file sees each batch as soon as it is kept, without the first letting go."""
    with closing(ReplyStore(tmp_path / "r.sqlite")) as one, closing(ReplyStore(tmp_path / "r.sqlite")) as two:
        one.put([("a", REPLY)])
        two.put([("b", REPLY), ("a", Reply(text="late"))])
        assert one.fetch(["a", "b"]) == two.fetch(["a", "b"]) == {"a": REPLY, "b": REPLY}


WRITER = """
import sys
from pathlib import Path
from judge.records import Reply
from judge.store import ReplyStore

name, path = sys.argv[1], Path(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
store = ReplyStore(path)
for n in range(40):
    store.put([(f"{name}-{n}", Reply(text=name)), (f"shared-{n}", Reply(text=name))])
    assert store.fetch([f"{name}-{n}"])[f"{name}-{n}"].text == name
store.close()
"""


def test_processes_share_a_new_file(tmp_path: Path) -> None:
    """Runs that make, migrate and fill the same new file at the same moment all finish, and nothing is lost."""
    for attempt in range(3):
        path = tmp_path / f"{attempt}.sqlite"
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", WRITER, str(n), str(path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for n in range(3)
        ]
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write("go\n")
            writer.stdin.flush()
        ends = [writer.communicate(timeout=60) for writer in writers]
        assert [err for _, err in ends] == ["", "", ""]
        with closing(ReplyStore(path)) as store:
            assert store.holds().replies == 40 * 4


# --- files that are no store


def refused(path: Path) -> str:
    """What opening says."""
    with pytest.raises(StoreError) as caught:
        everything(path, ["k"])
    told = str(caught.value)
    assert str(path) in told
    assert "\n" not in told
    assert caught.value.__cause__ is not None or "store=PATH" in told
    return told


@pytest.mark.parametrize("size", [0.5, 0.9, 4096, 100, 17])
def test_a_truncated_store_is_told(tmp_path: Path, size: float) -> None:
    """A file that was cut short is damage, with the way to save what can be saved; never a fresh start."""
    path = tmp_path / "r.sqlite"
    filled(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(size * len(whole)) if size < 1 else int(size)])
    told = refused(path)
    assert "is damaged" in told
    assert "move it away to start afresh" in told
    assert f"sqlite3 {path} .recover" in told
    assert refused(path) == told


def test_an_overwritten_store_is_told(tmp_path: Path) -> None:
    """Pages full of something else are damage."""
    path = tmp_path / "r.sqlite"
    filled(path)
    data = bytearray(path.read_bytes())
    data[4096:12288] = b"\x5a" * 8192
    path.write_bytes(data)
    assert "is damaged" in refused(path)


@pytest.mark.parametrize("data", [b"rank,example_id\n1,a\n" * 50, b"{}", b"\0" * 4096, os.urandom(5000)])
def test_another_kind_of_file_is_told(tmp_path: Path, data: bytes) -> None:
    """A file that is no database at all is refused and left as it is."""
    path = tmp_path / "suspects.csv"
    path.write_bytes(data)
    assert "is damaged, or no store at all" in refused(path)
    assert path.read_bytes() == data


def make_database(path: Path, *statements: str) -> bytes:
    """Make an SQLite file; return its bytes."""
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()
    return path.read_bytes()


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TABLE people (name TEXT)"],
        ["CREATE TABLE replies (key TEXT, text TEXT)"],
        ["PRAGMA user_version=1"],
        ["PRAGMA application_id=252006674", "CREATE TABLE gpkg (x)"],
    ],
)
def test_someone_elses_database_is_told(tmp_path: Path, statements: list[str]) -> None:
    """An SQLite file that is not ours is refused, with the setting that chooses another."""
    make_database(tmp_path / "people.sqlite", *statements)
    assert "is an SQLite file, but no store of replies; choose another with store=PATH" in refused(
        tmp_path / "people.sqlite"
    )


def test_someone_elses_database_is_left_alone(tmp_path: Path) -> None:
    """Refusing a file does not change it: not its journal mode, not its bytes, and nothing appears beside it."""
    before = make_database(tmp_path / "people.sqlite", "CREATE TABLE people (name TEXT)")
    refused(tmp_path / "people.sqlite")
    assert (tmp_path / "people.sqlite").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["people.sqlite"]


def test_a_newer_store_is_told(tmp_path: Path) -> None:
    """A file of a later version is not touched; the way out is an upgrade or another file."""
    path = tmp_path / "r.sqlite"
    kept = filled(path, 3)
    make_database(path, "PRAGMA user_version=99")
    told = refused(path)
    assert f"newer judge (schema 99, this one knows {len(MIGRATIONS)}); upgrade judge" in told
    make_database(path, f"PRAGMA user_version={len(MIGRATIONS)}")
    assert everything(path, list(kept)) == kept


def test_a_folder_is_told(tmp_path: Path) -> None:
    """A folder, or a path through a file, is one line."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    assert "check the path, its permissions and the space on the disk" in refused(tmp_path / "folder")
    assert "choose another place with store=PATH" in refused(tmp_path / "file" / "r.sqlite")
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions are POSIX's here")
def test_a_store_that_cannot_be_written_is_told() -> None:
    """A read-only file, or a folder in which nothing can be made, is one line that says where to look."""
    with unprivileged() as folder:
        filled(folder / "r.sqlite", 3)
        (folder / "r.sqlite").chmod(0o444)
        folder.chmod(0o555)
        become_nobody()
        assert "check the path, its permissions and the space on the disk" in refused(folder / "r.sqlite")
        assert "check the path, its permissions and the space on the disk" in refused(folder / "new.sqlite")
        assert "Permission denied; choose another place with store=PATH" in refused(folder / "deep" / "r.sqlite")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("logprobs", "{"),
        ("prompt_tokens", "many"),
        ("logprobs", "[1, 2]"),
        ("logprobs", "5"),
    ],
)
def test_a_damaged_row_is_told(tmp_path: Path, column: str, value: str) -> None:
    """A row that is sound to SQLite and no reply of ours is damage as well, never a traceback."""
    path = tmp_path / "r.sqlite"
    (key,) = filled(path, 1)
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"UPDATE replies SET {column} = ?", (value,))  # noqa: S608 - a column of the list above
        db.commit()
    with closing(ReplyStore(path)) as store, pytest.raises(StoreError, match="is damaged"):
        store.fetch([key])


def opening(path: Path, keys: list[str]) -> str | None:
    """What reading everything says, if it does not go well."""
    try:
        everything(path, keys)
    except StoreError as error:
        return str(error)
    return None


def test_damage_is_never_a_traceback(tmp_path: Path) -> None:
    """Whatever bytes are changed, reading gives replies or a StoreError with the way out; nothing else is raised."""
    path = tmp_path / "r.sqlite"
    kept = filled(path, 120)
    whole, draw = path.read_bytes(), random.Random(0)
    told = []
    for _ in range(150):
        data = bytearray(whole)
        start, length = draw.randrange(len(data)), draw.choice((1, 4, 64, 2000))
        data[start : start + length] = draw.randbytes(len(data[start : start + length]))
        path.write_bytes(data)
        for beside in ("-wal", "-shm"):
            path.with_name(path.name + beside).unlink(missing_ok=True)
        said = opening(path, list(kept))
        told += [said] if said else []
    assert len(told) > 20
    assert [said for said in told if str(path) not in said] == []
