"""Nothing that was answered is lost: kills, signals, two runs at once, damaged stores. Real processes."""

import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import forked
import pytest

OUTPUTS = ("suspects.jsonl", "suspects.csv", "examples.parquet", "pairs.parquet", "groups.jsonl", "rejects.jsonl")


def arguments(folder: Path, *, rows: int = 150, seconds: float = 0.1) -> list[str]:
    """A run of `rows` rows that takes its time."""
    path = folder / "rows.jsonl"
    lines = [{"id": f"r{n}", "prompt": f"What is {n} plus {n}?", "response": f"It is {2 * n}."} for n in range(rows)]
    path.write_text("".join(json.dumps(line) + "\n" for line in [*lines, {"id": "bad"}]), encoding="utf-8")
    slow = ["report=false", "backend=scripted", "selftest=off", "backend.batch=16", f"backend.seconds={seconds}"]
    return ["run", "+dataset=local", "dataset.path=rows.jsonl", *slow]


def start(folder: Path, words: list[str]) -> subprocess.Popen[str]:
    """The command line, running in `folder`."""
    return subprocess.Popen(
        [sys.executable, "-m", "judge", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def stored(folder: Path) -> int:
    """How many replies the store in `folder` holds."""
    path = folder / "runs" / "replies.sqlite"
    if not path.exists():
        return 0
    db = sqlite3.connect(path, timeout=30)
    try:
        tables = db.execute("SELECT count(*) FROM sqlite_master WHERE name='replies'").fetchone()[0]
        return int(db.execute("SELECT count(*) FROM replies").fetchone()[0]) if tables else 0
    finally:
        db.close()


def wait_for(folder: Path, count: int, process: subprocess.Popen[str]) -> None:
    """Until the store holds `count` replies."""
    deadline = time.monotonic() + 60
    while stored(folder) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def finished(folder: Path) -> list[Path]:
    """Run folders that are complete."""
    return sorted(path.parent for path in folder.glob("runs/rows/*/manifest.json"))


def test_killed_at_any_moment_and_finished_gives_the_same_bytes(tmp_path: Path) -> None:
    """SIGKILL at 12 random moments, then the same command: the outputs are those of a run that was left alone."""
    killed, alone = tmp_path / "killed", tmp_path / "alone"
    killed.mkdir()
    alone.mkdir()
    draw = random.Random(0)
    words = arguments(killed, seconds=0.03)
    kills = 0
    for _ in range(12):
        process = forked.start(*words, cwd=killed)
        process.join(draw.uniform(0.1, 1.2))
        kills += process.is_alive()
        process.kill()
        process.join()

    last = forked.judge(*words, cwd=killed)
    undisturbed = forked.judge(*arguments(alone, seconds=0), cwd=alone)

    assert (last.returncode, undisturbed.returncode) == (0, 0)
    assert kills > 0
    assert stored(killed) == stored(alone)
    for name in OUTPUTS:
        assert (finished(killed)[-1] / name).read_bytes() == (finished(alone)[-1] / name).read_bytes()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_keep_what_is_there_and_say_how_to_go_on(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """SIGINT and SIGTERM end a run with 130 and 143, one line, and only the missing questions left to ask."""
    words = arguments(tmp_path, rows=100)
    process = start(tmp_path, words)
    wait_for(tmp_path, 64, process)
    os.kill(process.pid, number)
    _, said = process.communicate(timeout=30)
    kept = stored(tmp_path)

    forked.judge(*words, cwd=tmp_path)

    manifest = json.loads((finished(tmp_path)[-1] / "manifest.json").read_text(encoding="utf-8"))
    assert process.returncode == code
    assert said.startswith(f"judge: stopped by {number.name}; run the same command to go on; ")
    assert said.endswith(f"; {kept} of 400 answers are stored\n")
    assert len(said.splitlines()) == 1
    assert manifest["cost"]["scores"]["asked"] == 400 - kept


def test_a_re_audit_that_is_stopped_early_claims_no_less_than_there_is(tmp_path: Path) -> None:
    """What the store knows of what was not looked up yet may be more than was counted."""
    words = [*arguments(tmp_path, rows=300, seconds=0), "protocol=score", "pairs.budget=0"]
    assert forked.judge(*words, cwd=tmp_path).returncode == 0
    lines = [json.dumps({"id": f"n{n}", "prompt": f"Who is {n}?", "response": f"{n}."}) for n in range(200)]
    rows = (tmp_path / "rows.jsonl").read_text(encoding="utf-8")
    (tmp_path / "rows.jsonl").write_text("\n".join(lines) + "\n" + rows, encoding="utf-8")
    before = stored(tmp_path)
    process = start(tmp_path, [word.replace("seconds=0", "seconds=0.3") for word in words])
    wait_for(tmp_path, before + 16, process)
    os.kill(process.pid, signal.SIGTERM)
    _, said = process.communicate(timeout=30)

    found = re.search(r"; at least ([\d,]+) of 2,000 answers are stored\n$", said)
    assert found, said
    assert int(found[1].replace(",", "")) <= stored(tmp_path)


def test_signal_ends_a_whole_sweep(tmp_path: Path) -> None:
    """An interrupted sweep does not go on with its next job."""
    words = [*arguments(tmp_path), "-m", "rubric_set=standard,terse"]
    process = start(tmp_path, words)
    wait_for(tmp_path, 32, process)
    os.kill(process.pid, signal.SIGINT)
    process.communicate(timeout=30)

    assert process.returncode == 130
    assert list(tmp_path.glob("runs/sweeps/*/*/manifest.json")) == []


def test_two_runs_at_once_both_finish(tmp_path: Path) -> None:
    """Two runs that start together on a store that does not exist yet share it, and both come to their end."""
    words = arguments(tmp_path, rows=60, seconds=0.02)
    both = [start(tmp_path, words) for _ in range(2)]
    said = [process.communicate(timeout=90) for process in both]

    assert [process.returncode for process in both] == [0, 0], said
    first, second = finished(tmp_path)
    for name in OUTPUTS:
        assert (first / name).read_bytes() == (second / name).read_bytes()
    verified = forked.judge("verify", str(first), str(second), cwd=tmp_path)
    assert verified.returncode == 0, verified


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The store of a finished run."""
    folder = tmp_path_factory.mktemp("whole")
    forked.judge(*arguments(folder, rows=40, seconds=0), cwd=folder)
    return (folder / "runs" / "replies.sqlite").read_bytes()


@pytest.mark.parametrize("harm", ["overwritten", "truncated", "foreign"])
def test_damaged_store_is_an_error_and_never_a_restart(tmp_path: Path, whole: bytes, harm: str) -> None:
    """A store that is damaged or not ours stops the run with its name and the way out, and is left as it is."""
    words = arguments(tmp_path, rows=40, seconds=0)
    store = tmp_path / "runs" / "replies.sqlite"
    store.parent.mkdir()
    if harm == "overwritten":
        store.write_bytes(whole[:8192] + os.urandom(len(whole) - 8192))
    elif harm == "truncated":
        store.write_bytes(whole[: len(whole) // 2])
    else:
        db = sqlite3.connect(store)
        db.execute("CREATE TABLE notes (text)")
        db.commit()
        db.close()
    before = store.read_bytes()

    done = forked.judge(*words, cwd=tmp_path)

    assert done.returncode == 2
    assert done.stderr.startswith("judge: runs/replies.sqlite ")
    assert "store=PATH" in done.stderr or "move it away" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert store.read_bytes() == before


def test_store_on_a_full_or_closed_path_is_one_line(tmp_path: Path) -> None:
    """A store that cannot be made says so before any question is asked."""
    (tmp_path / "runs").write_text("a file where a folder should be", encoding="utf-8")
    done = forked.judge(*arguments(tmp_path), "store=runs/replies.sqlite", "hydra.run.dir=elsewhere", cwd=tmp_path)
    shutil.rmtree(tmp_path / "elsewhere", ignore_errors=True)

    assert done.returncode == 2
    assert "store=PATH" in done.stderr
    assert len(done.stderr.splitlines()) == 1


LOST = """
import signal, sys, time, weakref
from judge import __main__ as command
from judge.errors import Interrupted

signal.signal(signal.SIGTERM, command._stop)
sys.unraisablehook = command._unheard


class Thing:
    pass


thing = Thing()
seen = weakref.ref(thing, lambda _: signal.raise_signal(signal.SIGTERM))
try:
    del thing
    time.sleep(30)
except Interrupted as stop:
    print(int(stop.signum))
"""


def test_a_signal_that_comes_while_an_object_is_cleared_up_is_not_lost() -> None:
    """What is raised there Python only tells, and goes on; the signal comes once more, and nothing is told."""
    done = subprocess.run([sys.executable, "-c", LOST], check=False, capture_output=True, text=True, timeout=20)

    assert (done.stdout, done.stderr) == (f"{int(signal.SIGTERM)}\n", "")
