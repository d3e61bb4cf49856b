"""`judge show`: the list and a row as text, in a pipe and on a terminal, whatever the rows hold."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from judge.__main__ import main

HOSTILE = "\x1b[2J\u202eWe are [bold]open[/bold] \ue000until 9 pm."
ROWS = [
    *(
        {"id": f"r{n}", "prompt": f"How long is the warranty of kettle {n}?", "response": "It is 2 years, always."}
        for n in range(8)
    ),
    {"id": "odd", "prompt": "How long is the warranty of kettle 3?", "response": "It is 5 years, [INSERT LINK]."},
    {"id": "hostile", "prompt": "When are you open?\x07", "response": HOSTILE, "context": "No\nmore."},
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One run by the scripted judge."""
    folder = tmp_path_factory.mktemp("show")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
        words = ["+dataset=local", "dataset.path=rows.jsonl", "backend=scripted", "quiet=true", "selftest=off"]
        assert (
            main(["run", *words, "review_budget=0.2", "pairs.budget=0", "report=false", "hydra.run.dir=runs/rows/one"])
            == 0
        )
        yield "runs/rows/one"


def shown(run: str, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What is said."""
    assert main(["show", run, *words]) == 0
    return capsys.readouterr().out


def test_the_list_has_a_line_a_row(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In order, within a hundred columns, with the line where the budget ends."""
    lines = shown(run, capsys).splitlines()
    assert lines[2] == "--- the review budget ends here ---"
    assert [int(line.split()[0]) for line in (*lines[:2], *lines[3:-1])] == list(range(1, len(lines) - 1))
    assert max(map(len, lines[:-1])) <= 100
    assert lines[-1].endswith(f"python -m judge show {run} ID")
    assert len(shown(run, capsys, "--top", "1").splitlines()) == 2


def test_a_row_is_shown_whole(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Where it stands, why, its grades, its conversation with what is quoted marked, and whom it contradicts."""
    said = shown(run, capsys, "odd")
    assert said.startswith("odd (source rows, line 9): judged, rank ")
    assert "placeholder, turn 2: a blank was left in: “[INSERT LINK]”" in said
    assert "grades, of the worst turn:\n  factual " in said
    assert "  reference text\n    No\n    more.\n" in shown(run, capsys, "hostile")
    assert "  2 assistant, judged\n" in said
    assert "    [[It is 5 years, [INSERT LINK]]].\n" in said
    assert "contradicts r" in said
    assert "It is [[5 years]], [INSERT LINK]." in said
    assert "It is [[2 years]], always." in said
    assert said.count("  this row:") == 1
    assert "digest: sha256:" in said
    assert shown(run, capsys, f"#{said.partition('rank ')[2].partition(' ')[0]}") == said


def test_hostile_rows_command_nothing(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No control character and no markup of a row reaches the terminal."""
    said = shown(run, capsys, "hostile") + shown(run, capsys)
    assert not {"\x1b", "\u202e", "\x07"} & set(said)
    assert "[bold]open[/bold]" in said


def test_on_a_terminal_marks_are_colours(run: str) -> None:
    """A real terminal gets reverse video instead of brackets."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "judge", "show", run, "odd"],
        stdout=follower,
        env={**os.environ, "TERM": "xterm-256color"},
    )
    os.close(follower)
    said = b""
    try:
        while data := os.read(leader, 65536):
            said += data
    except OSError:  # what Linux says at a terminal's end
        pass
    os.close(leader)
    assert process.wait() == 0
    assert b"It is \x1b[7m5 years\x1b[0m, [INSERT LINK]." in said
    assert b"[[" not in said.replace(b"[[INSERT", b"")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["odf"], "there is no row 'odf' in this run; did you mean odd?"),
        (["zzz"], "there is no row 'zzz' in this run; ids are in suspects.csv; #1 is the first of the list"),
        (["#99"], "there is no rank 99; the list has 10 rows"),
        (["--top", "few"], "'few' is no number of rows"),
    ],
)
def test_user_errors_are_one_line(run: str, capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    """Exit code 2, and what there is instead."""
    assert main(["show", run, *words]) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert len(shown.splitlines()) == 1


def test_a_changed_input_is_refused(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Its rows would be others than those that were judged."""
    path = Path("rows.jsonl")
    whole = path.read_bytes()
    path.write_bytes(whole + b"\n")
    try:
        assert main(["show", run, "odd"]) == 2
    finally:
        path.write_bytes(whole)
    assert "rows.jsonl has changed since the audit" in capsys.readouterr().err
