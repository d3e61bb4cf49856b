"""`judge store`: what it holds, who needs it, and what goes when nobody does."""

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

import pytest
from omegaconf import DictConfig

from judge import audit, inbox, storage, wiring
from judge.__main__ import main
from judge.errors import DataError
from judge.store import ReplyStore

ROOT = Path(__file__).resolve().parent.parent
ROWS = (ROOT / "data" / "support_v3.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
STORE = Path("runs/replies.sqlite")


def words(path: Path) -> list[str]:
    """Settings of an audit of these rows."""
    own = ["+dataset=local", f"dataset.path={path}", "dataset.name=rows"]
    return [*own, "backend=scripted", "quiet=true", "planting.per_kind=2", "report=false"]


def night(number: int, rows: list[str], config: DictConfig | None = None) -> Path:
    """One audit of these rows, by a command, or quicker with a configuration that was read before; its folder."""
    path, folder = Path(f"rows{number}.jsonl"), Path(f"runs/rows/{number:03}")
    path.write_text("".join(rows), encoding="utf-8")
    if config is None:
        assert main(["run", *words(path), f"hydra.run.dir={folder}"]) == 0
    else:
        config.dataset.path = str(path)
        parts = wiring.build(config, rubric_set="standard", out=folder)
        with contextlib.closing(parts.store):
            audit.run(parts)
    return folder


def replies() -> int:
    """How many the store holds."""
    db = sqlite3.connect(STORE)
    try:
        return int(db.execute("SELECT count(*) FROM replies").fetchone()[0])
    finally:
        db.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two runs: the second has lost ten rows of the first, and got five."""
    folder = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        night(1, ROWS[:30])
        night(2, ROWS[10:35])
        yield folder


@pytest.fixture
def here(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder, whose store knows its own runs."""
    copy = tmp_path / "copy"
    shutil.copytree(made, copy)
    monkeypatch.chdir(copy)
    with sqlite3.connect(STORE) as db:
        db.execute("UPDATE runs SET folder = replace(folder, ?, ?)", (str(made), str(copy)))
    db.close()
    return copy


def test_store_shows_what_it_holds_and_who_needs_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A count, a size, and for each run what only it needs."""
    assert main(["store"]) == 0

    said = capsys.readouterr().out
    assert said.startswith(f"runs/replies.sqlite: {replies():,} replies, ")
    assert "2 complete runs need " in said
    assert "of them by no other: runs/rows/001" in said
    assert "0 replies (0.0 MB) are needed by no complete run" in said
    assert here.is_dir()


def test_pruning_removes_what_only_a_deleted_run_needed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The other run is not touched: it verifies, and made again it asks nothing."""
    before = replies()
    shutil.rmtree("runs/rows/001")

    assert main(["store", "--keep-days=0"]) == 0
    assert "--prune removes them" in capsys.readouterr().out
    assert replies() == before
    assert main(["store", "--prune"]) == 0
    assert replies() == before  # all are younger than a day
    assert main(["store", "--prune", "--keep-days=0"]) == 0
    left = replies()
    assert left < before
    assert f"removed {before - left:,} replies: {left:,} are left" in capsys.readouterr().out
    assert main(["verify", "runs/rows/002"]) == 0
    again = inbox.load(night(3, ROWS[10:35])).manifest
    assert all(round_["asked"] == 0 for round_ in again["cost"].values())
    assert here.is_dir()


def test_pruned_file_is_smaller(here: Path) -> None:
    """The space goes back to the disk."""
    store = ReplyStore(STORE)
    with_all = store.holds().size
    store.prune([], before=float("inf"))
    assert store.holds().replies == 0
    assert store.holds().size < with_all / 2
    store.close()
    assert here.is_dir()


@pytest.mark.parametrize("place", ["elsewhere", "linked"])
def test_runs_that_are_not_beside_the_store_keep_their_replies(here: Path, tmp_path: Path, place: str) -> None:
    """The store knows where its runs were made, and links are followed."""
    before = replies()
    if place == "linked":
        (tmp_path / "disk").mkdir()
        shutil.move("runs/rows", tmp_path / "disk" / "rows")
        Path("runs/rows").symlink_to(tmp_path / "disk" / "rows", target_is_directory=True)
        assert main(["store", "--prune", "--keep-days=0"]) == 0
    else:
        Path("empty").mkdir()
        assert main(["store", "--runs", "empty", "--prune", "--keep-days=0"]) == 0
    assert replies() == before
    assert here.is_dir()


def test_nothing_is_pruned_where_no_run_is_found(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A store whose runs are all somewhere else is not emptied by mistake."""
    before = replies()
    shutil.move("runs/rows", "moved")

    assert main(["store", "--prune", "--keep-days=0"]) == 2

    assert "no complete run is found in runs, so every reply would go; name the folder" in capsys.readouterr().err
    assert replies() == before
    assert main(["store", "--runs", "moved", "--prune", "--keep-days=0"]) == 0
    assert replies() == before
    assert here.is_dir()


def test_nothing_is_pruned_while_a_run_goes_on(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It may rest on replies that no complete run needs."""
    going = here / "runs/rows/003"
    going.mkdir()
    store = ReplyStore(STORE)
    store.begin(going)
    store.close()

    assert main(["store", "--prune", "--keep-days=0"]) == 2
    assert f"has not ended: {going}; wait for it, or delete that folder if it died" in capsys.readouterr().err
    going.rmdir()
    assert main(["store", "--prune", "--keep-days=0"]) == 0


def test_run_that_does_not_say_what_it_needs_forbids_pruning(here: Path) -> None:
    """Folders of older versions have no record of their replies."""
    Path("runs/rows/001/replies.parquet").unlink()
    said: list[str] = []

    with pytest.raises(DataError, match="runs/rows/001 was made by a version that did not write down"):
        storage.run(STORE, Path("runs"), 0, said.append, prune=True)

    storage.run(STORE, Path("runs"), 0, said.append, prune=False)
    assert "nothing can be removed safely" in said[-1]
    assert here.is_dir()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["store", "none.sqlite"], "there is no store of replies at none.sqlite"),
        (["store", "--keep-days=soon"], "'soon' is no number of days"),
        (["store", "--keep-days=-1"], "'-1' is no number of days"),
        (["store", "rows1.jsonl"], "rows1.jsonl is damaged, or no store at all"),
    ],
)
def test_user_errors_are_one_line(here: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    """Exit code 2, one line, and no store is made by looking for one."""
    assert main(words) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert len(shown.splitlines()) == 1
    assert not (here / "none.sqlite").exists()


def test_nightly_over_thirty_merges_grows_by_what_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Each night three rows come, one is edited and one goes: a night adds as much on the thirtieth as on the tenth.

    Then twenty folders go, and what only they needed; the other runs still hold.
    """
    monkeypatch.chdir(tmp_path)
    rows, coming = ROWS[:40], iter(ROWS[40:])
    grown, total, config = [], 0, wiring.compose(words(Path("rows0.jsonl")))
    for number in range(31):
        if number:
            edited = json.loads(rows[number])
            edited["messages"][-1]["content"] += " Thank you for asking."
            rows = [*rows[:number], json.dumps(edited) + "\n", *rows[number + 2 :], *(next(coming) for _ in range(3))]
        night(number, rows, config)
        grown.append(replies() - total)
        total += grown[-1]
    early, late = mean(grown[5:15]), mean(grown[21:31])
    assert late < 1.4 * early, grown
    assert max(grown[1:]) < grown[0]

    for number in range(20):
        shutil.rmtree(f"runs/rows/{number:03}")
    assert main(["store", "--prune", "--keep-days=0"]) == 0
    assert replies() < total
    assert main(["verify", "runs/rows/020", "runs/rows/030"]) == 0
    assert capsys.readouterr().out.count("HOLDS: ") == 2
