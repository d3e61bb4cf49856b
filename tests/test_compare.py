"""`judge compare` as its user meets it: folders in, a table, sentences, two files out; and what can be wrong."""

import csv
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import finished
import pytest
import shop

from judge import compare
from judge.__main__ import main
from judge.errors import DataError

ORDER = ["a", "b", "c", "d", "e", "f"]


def sweep(folder: Path, *names: str, caught: int = 20) -> Path:
    """Make a sweep over rubric sets whose lists differ by their first two rows."""
    for n, name in enumerate(names):
        order = [ORDER[n], *ORDER[:n], *ORDER[n + 1 :]]
        tests = finished.copies(40, set(range(n, caught)))
        finished.write(folder / str(n), tests, finished.rows(order), wording={"rubric_set": name})
    return folder


def compared(*folders: Path, out: Path | None = None) -> tuple[compare.Comparison, list[str]]:
    """Compare folders; also what was said."""
    lines: list[str] = []
    return compare.run(folders, out, lines.append), lines


def told(path: Path) -> list[dict[str, str]]:
    """Lines of the written table."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_sweep_is_told_in_lines_that_fit(tmp_path: Path) -> None:
    """One line per variant under the heads, none wider than 100 columns, and the files last."""
    folder = sweep(tmp_path / "s", "standard", "strict", "terse")
    result, lines = compared(folder)

    heads = lines[1].split()
    assert heads == ["variant", "recall", "alone", "alarms", "prec.", "ment", "corr.", "scored", "tokens", "seconds"]
    standard = lines[2].split()
    assert standard[:6] == ["standard", "0.50", "0.35-0.65", "0.50", "0.05", "0.962"]
    assert standard[6:] == ["-", "0.89", "0", "810", "3"]
    assert [line.split()[0] for line in lines[2:5]] == ["standard", "strict", "terse"]
    assert max(map(len, lines)) <= 100 + len(str(tmp_path)) * 3
    assert [len(line) <= 100 for line in lines[:-1]] == [True] * (len(lines) - 1)
    assert lines[-1] == f"files: {folder / 'compare.csv'}, {folder / 'compare.svg'}, {folder / 'compare.html'}"
    assert result.contest.winner == "standard"
    assert result.files == (folder / "compare.csv", folder / "compare.svg", folder / "compare.html")


def test_table_holds_raw_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line per variant with bounds as columns; cells that a spreadsheet would run are defused."""
    monkeypatch.chdir(tmp_path)
    compared(sweep(Path("=s"), "standard", "strict"))

    first, second = told(Path("=s/compare.csv"))
    assert (first["variant"], first["folder"]) == ("standard", "'=s/0")
    assert (first["chosen"], second["chosen"]) == ("True", "False")
    assert [float(first[f"recall{end}"]) for end in ("", "_found", "_of")] == [0.5, 20, 40]
    assert float(first["recall_low"]) < 0.5 < float(first["recall_high"])
    assert (first["tokens"], first["tokens_without_reuse"], first["seconds"]) == ("810", "810", "2.75")
    assert (first["difference"], second["difference"]) == ("", "noise")
    assert float(second["winner_minus_this_low"]) <= float(second["winner_minus_this_high"])
    assert first["agreement"] == ""


def test_picture_is_the_same_each_time(tmp_path: Path) -> None:
    """An SVG file without a date, with every kind and variant, whatever is in their names; nothing on the screen."""
    folder = sweep(tmp_path / "s", "standard", "$x_1^", "_名前")
    compared(folder)
    first = (folder / "compare.svg").read_bytes()
    result, _ = compared(folder)

    assert (folder / "compare.svg").read_bytes() == first
    assert b"dc:date" not in first
    assert ET.fromstring(first).tag.endswith("svg")  # noqa: S314 - our own
    assert len(result.variants) == 3


def test_many_variants_are_drawn_by_the_best(tmp_path: Path) -> None:
    """Twelve variants fit the table; the picture shows eight, the winner among them."""
    for n in range(12):
        tests = finished.copies(40, set(range(n, 20)))
        finished.write(tmp_path / "s" / str(n), tests, finished.rows(ORDER), wording={"rubric_set": f"set{n}"})
    result, lines = compared(tmp_path / "s")
    assert [v.name for v in result.variants] == [f"set{n}" for n in range(12)]
    assert sum(line.startswith("set") for line in lines[:14]) == 12
    assert (tmp_path / "s" / "compare.svg").stat().st_size > 10_000


def test_what_makes_a_variant_costly_or_doubtful_is_shown(tmp_path: Path) -> None:
    """Unscored rows, answers that were reused, people's decisions."""
    sweep(tmp_path / "s", "standard")
    finished.write(
        tmp_path / "s" / "1",
        finished.copies(40, set(range(20))),
        finished.rows(ORDER),
        wording={"rubric_set": "strict"},
        accounting={"unscored": {"off_scale": 2, "cut": 1}},
        cost={
            "scores": {"asked": 80, "reused": 20, "prompt_tokens": 999, "cached_tokens": 0, "generated_tokens": 1},
            "note": "text",
        },
        decisions={"kappas": [{"about": "tone", "value": 0.1, "of": 9}, {"about": "list", "value": 0.61, "of": 80}]},
    )
    result, lines = compared(tmp_path / "s")
    assert lines[3].split()[6:] == ["0.61", "1.00", "3", "1,000", "20", "3"]
    assert (result.variants[1].price, result.variants[1].decided) == (1250, 80)
    assert "reused: questions answered before" in " ".join(" ".join(lines).split())


def test_runs_of_different_sweeps_are_compared_into_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several folders, sweeps and runs mixed: files go where `out` says, by default here."""
    monkeypatch.chdir(tmp_path)
    sweep(Path("s"), "standard")
    sweep(Path("t"), "strict", "terse")
    result, _ = compared(Path("s/0"), Path("t"), Path("t/0"), out=Path("new/folder"))
    assert [v.name for v in result.variants] == ["standard", "strict", "terse"]
    assert sorted(p.name for p in Path("new/folder").iterdir()) == ["compare.csv", "compare.html", "compare.svg"]
    compared(Path("s/0"), Path("t/1"))
    assert Path("compare.csv").is_file()


def test_incomplete_jobs_are_named_and_left_out(tmp_path: Path) -> None:
    """A job without a manifest did not end; jobs are in the order of their numbers."""
    folder = sweep(tmp_path / "s", *(f"set{n}" for n in range(6)))
    finished.write(folder / "10", finished.copies(40, {1}), finished.rows(ORDER), wording={"rubric_set": "tenth"})
    (folder / "2" / "manifest.json").unlink()
    (folder / ".hidden").mkdir()
    result, lines = compared(folder)
    assert lines[0] == f"left out: {folder / '2'}: it has no manifest.json, so it did not end"
    assert [v.name for v in result.variants] == ["set0", "set1", "set3", "set4", "set5", "tenth"]


def test_repeated_jobs_are_one_variant(tmp_path: Path) -> None:
    """A sweeper that searches asks the same again; two repeats alone are compared, by their folders."""
    files = {"suspects.jsonl": "sha256:1"}
    tests = finished.copies(40, {1})
    for n in (0, 1):
        finished.write(tmp_path / "s" / str(n), tests, finished.rows(ORDER), files=files)
    pair, _ = compared(tmp_path / "s")
    assert [v.name for v in pair.variants] == ["job 0", "job 1"]

    finished.write(tmp_path / "s" / "2", tests, finished.rows(ORDER), files=files, wording={"rubric_set": "strict"})
    result, lines = compared(tmp_path / "s")
    assert [v.name for v in result.variants] == ["standard", "strict"]
    assert f"left out: {tmp_path}/s/1: it has the settings and the results of {tmp_path}/s/0" in lines


def test_runs_without_a_self_test_are_compared_by_their_lists(tmp_path: Path) -> None:
    """Small sets, or runs of older versions: no picture, no winner, and the reason."""
    for n, name in enumerate(("standard", "strict")):
        folder = finished.write(tmp_path / "s" / str(n), [], finished.rows(ORDER), wording={"rubric_set": name})
        (folder / "selftest.jsonl").unlink()
    result, lines = compared(tmp_path / "s")
    assert result.files == (tmp_path / "s" / "compare.csv", tmp_path / "s" / "compare.html")
    assert "No variant has a self-test: 9 rows are too few." in lines
    assert not any(line.startswith("planted recall:") for line in lines)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda f: (f / "manifest.json").write_text("{"), r"0/manifest.json is damaged \(JSONDecodeError: .*\); run"),
        (lambda f: (f / "manifest.json").write_text("{}"), "0/manifest.json is damaged .*it has no accounting, config"),
        (lambda f: (f / "manifest.json").write_text("null"), "0/manifest.json is damaged"),
        (lambda f: (f / "manifest.json").write_bytes(b"\xff\xfe"), "0/manifest.json is damaged"),
        (lambda f: (f / "selftest.jsonl").write_text('{"kind": 1}\n'), "0/selftest.jsonl is damaged"),
        (lambda f: (f / "selftest.jsonl").write_text(""), "tells of 40 copies, and 0 are there"),
        (lambda f: (f / "selftest.jsonl").unlink(), "0/selftest.jsonl cannot be read: No such file"),
        (lambda f: (f / "examples.parquet").write_bytes(b"PAR1"), "0/examples.parquet .*move its folder away"),
        (lambda f: (f / "examples.parquet").unlink(), "0/examples.parquet cannot be read: No such file"),
    ],
)
def test_damaged_files_are_named(tmp_path: Path, damage: Any, said: str) -> None:
    """A file that cannot be used is one line that names it and says what to do."""
    folder = sweep(tmp_path / "s", "standard", "strict")
    damage(folder / "0")
    with pytest.raises(DataError, match=said):
        compared(folder)
    assert not (folder / "compare.csv").exists()


def test_manifest_with_parts_of_another_kind_is_damaged(tmp_path: Path) -> None:
    """A manifest that somebody edited is told by its name, too."""
    folder = sweep(tmp_path / "s", "standard", "strict")
    path = folder / "0" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "seconds": {"load": "x"}}))
    with pytest.raises(DataError, match=r"0/manifest\.json is damaged"):
        compared(folder)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "compare what? there is no sweep in runs/sweeps; name runs"),
        (["nope"], "nope does not exist; sweeps are in runs/sweeps/"),
        (["file"], "file is a file; name the folder of a sweep or of a run"),
        (["empty"], "of those in empty none is complete"),
        (["one"], "of those in one only one/0 is complete; left out: one/1: it has no manifest.json"),
        (["one/0"], "only one/0 is complete"),
        (["one", "--fast"], "compare: unrecognized arguments: --fast (python -m judge compare --help)"),
        (["one", "--out"], "compare: argument --out: expected one argument"),
        (["two", "--out", "file"], "cannot write file/compare.csv"),
    ],
)
def test_user_errors_are_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    """What a user can get wrong ends with exit code 2 and one line."""
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    Path("empty").mkdir()
    sweep(Path("one"), "standard", "strict")
    Path("one/1/manifest.json").unlink()
    sweep(Path("two"), "standard", "strict")

    assert main(["compare", *arguments]) == 2
    shown = capsys.readouterr()
    assert said in shown.err
    assert len(shown.err.splitlines()) == 1


def test_command_line_compares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The verb, its help and its place among the verbs."""
    monkeypatch.chdir(tmp_path)
    sweep(Path("s"), "standard", "strict\x1b[31m")
    assert main(["compare", "s", "--out=here"]) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines()[-1] == "files: here/compare.csv, here/compare.svg, here/compare.html"
    assert "\x1b" not in shown.out + Path("here/compare.csv").read_text(encoding="utf-8")
    assert shown.err == ""
    assert main(["compare", "--help"]) == 0
    assert "python -m judge compare RUN RUN ... [--out FOLDER]" in capsys.readouterr().out
    assert main(["--help"]) == 0
    assert "python -m judge compare   " in capsys.readouterr().out
    sweep(Path("runs/sweeps/2026-01-01"), "standard", "strict")
    sweep(Path("runs/sweeps/2026-01-02"), "terse", "strict")
    assert main(["compare"]) == 0
    assert "files: runs/sweeps/2026-01-02/compare.csv" in capsys.readouterr().out


def test_real_sweep_is_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Jobs of the command line, a findings-only one among them, are read as they were written."""
    monkeypatch.chdir(tmp_path)
    lines = [
        {"id": row.id, "messages": [{"role": t.role, "content": t.content} for t in row.turns]} for row in shop.shop()
    ]
    Path("rows.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    own = ["+dataset=local", "dataset.path=rows.jsonl", "quiet=true"]
    own.append("report=false")
    assert main(["run", "-m", *own, "rubric_set=standard,terse", "backend=scripted"]) == 0
    assert main(["run", *own, "backend=none"]) == 0
    (sweep_folder,) = Path("runs/sweeps").iterdir()
    (alone,) = Path("runs/rows").iterdir()
    capfd.readouterr()

    assert main(["compare", str(sweep_folder), str(alone), "--out", "."]) == 0

    shown = capfd.readouterr()
    manifest = json.loads((sweep_folder / "0" / "manifest.json").read_text(encoding="utf-8"))
    table = told(Path("compare.csv"))
    assert shown.err == ""
    assert len(table) == 3
    assert "No variant is told apart" in shown.out or "is better than" in shown.out or "did not hold" in shown.out
    assert float(table[0]["false_alarms_found"]) == manifest["selftest"]["false_alarms"]["fused"]["found"]
    assert float(table[0]["recall_of"]) == manifest["selftest"]["copies"]
    assert float(table[0]["recall_found"]) == manifest["selftest"]["all"]["fused"]["found"]
    assert float(table[0]["average_precision"]) == manifest["selftest"]["average_precision"]["fused"]
    assert table[2]["judge_recall"] == ""
