"""The page of a run: written with it, sealed with it, made again from it, and the same each time."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from judge import inbox, remaking, reporting, sources
from judge.__main__ import main
from judge.errors import DataError
from judge.views import text

pytestmark = pytest.mark.usefixtures("run")
HOSTILE = "</script><script>alert(1)</script>\x1b[2J\u202e\u2028 & <b>so</b>"
ROWS = [
    *(
        {"id": f"r{n}", "prompt": f"How long is the warranty of kettle {n}?", "response": "It is 2 years."}
        for n in range(8)
    ),
    {"id": "odd", "prompt": "How long is the warranty of kettle 3?", "response": "It is 5 years, [INSERT LINK]."},
    {"id": "hostile", "prompt": HOSTILE, "response": HOSTILE, "context": HOSTILE, "source": "<i>crm</i>"},
    {"id": "long", "prompt": "Why?", "response": "Because it is so. " * 50_000},
]
WORDS = "+dataset=local dataset.path=rows.jsonl dataset.guide=guide.md backend=scripted quiet=true selftest=off".split()
RUN = Path("runs/rows/one")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[inbox.Run]:
    """One run by the scripted judge, in the folder that is the current one for all tests of this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("reporting"))
        Path("rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
        Path("guide.md").write_text("# Kettles\n\n- The warranty of a kettle is 2 years.\n- A lid is free.\n")
        assert main(["run", *WORDS, "review_budget=0.2", "pairs.budget=0", f"hydra.run.dir={RUN}"]) == 0
        yield inbox.load(RUN)


@pytest.fixture(scope="module")
def content(run: inbox.Run) -> reporting.Content:
    """What its page shows."""
    spec, guide = remaking.dataset(run.manifest)
    return reporting.content(run, sources.load(spec).examples, guide)


def data_of(page: Path) -> dict[str, Any]:
    """The data that the scripts of a page read."""
    found = re.search(r'id="judge-data"[^>]*>(.*?)</script>', page.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    told: dict[str, Any] = json.loads(found[1])
    return told


def test_a_run_writes_its_page(run: inbox.Run, content: reporting.Content) -> None:
    """Under the run's seal, with every row, and details of each of so few."""
    assert "report.html" in run.manifest["files"]
    told = data_of(RUN / "report.html")
    assert {**told, "mode": 0, "details": 0} == {**json.loads(json.dumps(content.data)), "mode": 0, "details": 0}
    assert told["details"] == json.loads(json.dumps({str(n): content.detail(n) for n in range(len(ROWS))}))
    assert told["run"] == {
        "name": "rows",
        "folder": "runs/rows/one",
        "shell": "runs/rows/one",
        "written_at": run.manifest["written_at"],
        "judge": "by_digest (scripted)",
        "budget": 3,
        "ranked": 11,
        "total": 11,
        "listed": 11,
        "has_scores": True,
    }
    assert list(told["rubrics"]) == ["factual", "instruction", "tone", "format"]
    assert told["rubrics"]["tone"]["levels"][0].startswith("Insults")


def test_every_row_is_in_its_place(run: inbox.Run, content: reporting.Content) -> None:
    """Numbers of rows, of groups and of partners point at the rows that they are about."""
    rows, told = content.data["rows"], list(run.lines("suspects.jsonl"))
    assert rows["id"] == [one["example_id"] for one in told]
    assert rows["inside"] == [int(one["within_budget"]) for one in told]
    lists = [column for name, column in rows.items() if name not in {"sources", "statuses", "names", "scores"}]
    assert {len(column) for column in (*lists, *rows["scores"].values())} == {len(ROWS)}
    for n, one in enumerate(told):
        made = content.detail(n)
        assert (made["id"], made["rank"], made["line"]) == (one["example_id"], n + 1, rows["line"][n])
        assert [reason["name"] for reason in made["reasons"]] == [rows["names"][k]["name"] for k in rows["reasons"][n]]
        named = [*made["partners"], *(partner for reason in made["reasons"] for partner in reason["partners"])]
        assert all(rows["id"][partner["index"]] == partner["id"] for partner in named)
        graded = [rubric for rubric, column in rows["scores"].items() if column[n] is not None]
        assert [score["rubric"] for score in made["scores"]] == graded
        assert len(graded) == (4 if one["status"] == "judged" else 0)
        for score in made["scores"]:
            assert rows["scores"][score["rubric"]][n] == round(score["score"], 1)
            mean = sum(level * p for level, p in enumerate(score["distribution"], start=1))
            assert (mean, score["turn"]) == (pytest.approx(score["score"], abs=0.01), 2)
    (group,) = content.data["groups"]
    for member in group["members"]:
        assert rows["id"][member["index"]] == member["id"]
        assert rows["groups"][member["index"]] == [0] == content.detail(member["index"])["groups"]
    assert [camp["says"] for camp in group["camps"]] == ["2 years", "5 years"]
    odd = content.detail(rows["id"].index("odd"))
    assert odd["guide"] == [[["# Kettles\n- The warranty of a kettle is ", ""], ["2 years", "m"], [".", ""]]]
    assert [piece for piece in odd["partners"][0]["mine"] if piece[1] == "m"] == [["5 years", "m"]]


def test_what_a_row_says_is_no_part_of_the_page(content: reporting.Content) -> None:
    """Not of its markup, nor of any command to what shows it; a megabyte of it does not come along."""
    page = (RUN / "report.html").read_text(encoding="utf-8")
    assert "alert(1)</script>" not in page
    assert not {"\x1b", "\u202e", "\u2028"} & set(page)
    assert "<i>crm" not in page
    assert len(page) < 2_000_000
    assert content.lead["sources"][0]["name"] in {"rows", "<i>crm</i>"}


def test_a_review_has_the_whole_of_a_long_text(run: inbox.Run, content: reporting.Content) -> None:
    """Of which a file leaves the middle out."""
    spec, guide = remaking.dataset(run.manifest)
    whole = reporting.content(run, sources.load(spec).examples, guide, text.WHOLE)
    place = content.data["rows"]["id"].index("long")
    said = [made.detail(place)["turns"][1]["parts"] for made in (content, whole)]
    assert [any(kind == text.CUT for _, kind in parts) for parts in said] == [True, False]
    assert "".join(piece for piece, _ in said[1]) == ROWS[-1]["response"]


def test_the_same_run_gives_the_same_page(capsys: pytest.CaptureFixture[str]) -> None:
    """The bytes that the run itself wrote, however the run is named and wherever the page goes."""
    page = (RUN / "report.html").read_bytes()
    words = ["report", str(RUN)]
    assert main(words) == 0
    assert capsys.readouterr().out == f"{RUN / 'report.html'} is as it would be made now\n"
    assert main(["report", str(RUN.resolve())]) == 0
    assert (RUN / "report.html").read_bytes() == page
    assert main([*words, "--out", "elsewhere/page.html"]) == 0
    assert Path("elsewhere/page.html").read_bytes() == page
    assert capsys.readouterr().out.endswith("written: elsewhere/page.html\n")


def test_a_run_that_was_moved_gives_the_same_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under another name, and made from another folder: commands name it as it was named when it was written."""
    for name in ("rows.jsonl", "guide.md"):
        shutil.copy(name, tmp_path)
    shutil.copytree(RUN, tmp_path / "kept/first run")
    monkeypatch.chdir(tmp_path)
    assert main(["report", "kept/first run"]) == 0
    assert capsys.readouterr().out == "kept/first run/report.html is as it would be made now\n"


def test_a_sealed_page_is_not_replaced(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a page would be another one by now, the run is left as it is, and one line says what to do."""
    page = (RUN / "report.html").read_bytes()
    monkeypatch.setattr(reporting, "VERSION", 99)
    assert main(["report", str(RUN)]) == 2
    said = capsys.readouterr().err
    assert "report.html is part of the run, and another page than would be made now" in said
    assert len(said.splitlines()) == 1
    assert (RUN / "report.html").read_bytes() == page
    assert main(["report", str(RUN), "--out", str(RUN / "manifest.json")]) == 2
    assert "a page ends in .html" in capsys.readouterr().err


def test_a_run_without_a_page_is_given_one(capsys: pytest.CaptureFixture[str]) -> None:
    """`report=false` writes none; it can be made later, and the run is still what it claims to be."""
    bare = Path("runs/rows/bare")
    assert main(["run", *WORDS, "review_budget=0.2", "pairs.budget=0", "report=false", f"hydra.run.dir={bare}"]) == 0
    assert not (bare / "report.html").exists()
    assert main(["report", str(bare)]) == 0
    assert data_of(bare / "report.html")["rows"] == data_of(RUN / "report.html")["rows"]
    capsys.readouterr()
    assert main(["verify", str(bare), str(RUN)]) == 0
    assert capsys.readouterr().out.count("HOLDS: ") == 2


def test_a_changed_page_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    """By its digest, like any other file of the run."""
    page = RUN / "report.html"
    whole = page.read_bytes()
    page.write_bytes(whole.replace(b"5 years", b"6 years"))
    try:
        assert main(["verify", str(RUN)]) == 1
        assert "report.html is not what was written: its digest does not match" in capsys.readouterr().out
        assert main(["report", str(RUN)]) == 2
        assert "nothing can rest on it" in capsys.readouterr().err
    finally:
        page.write_bytes(whole)


def test_a_changed_input_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Its rows would be others than those that were judged."""
    path = Path("rows.jsonl")
    whole = path.read_bytes()
    path.write_bytes(whole + b"\n")
    try:
        assert main(["report", str(RUN)]) == 2
    finally:
        path.write_bytes(whole)
    assert "rows.jsonl has changed since the audit" in capsys.readouterr().err


def test_rows_of_another_set_are_told(run: inbox.Run) -> None:
    """In one line, without a traceback."""
    spec, guide = remaking.dataset(run.manifest)
    with pytest.raises(DataError, match=r"suspects\.jsonl is damaged"):
        reporting.content(run, sources.load(spec).examples[:-1], guide)


def test_details_have_an_end(content: reporting.Content, monkeypatch: pytest.MonkeyPatch) -> None:
    """The head of the list and members of groups, as far as there is room; a review has them all."""
    monkeypatch.setattr(reporting, "_SHOWN", 2)
    members = {str(one["index"]) for group in content.data["groups"] for one in group["members"]}
    assert set(reporting.shown(content)) == {"0", "1", *members}
    monkeypatch.setattr(reporting, "_BESIDE", 1)
    assert len(reporting.shown(content)) == 3
    monkeypatch.setattr(reporting, "_ROOM", len(json.dumps(content.detail(0))))
    assert list(reporting.shown(content)) == ["0"]
