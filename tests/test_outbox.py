"""What a run leaves behind: safe for spreadsheets, whole or not at all, the same bytes each time."""

import csv
import io
import json
import tempfile
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from builders import example
from hypothesis import given, settings
from hypothesis import strategies as st

from judge import audit, digest, outbox, wiring
from judge.errors import DataError
from judge.records import Example, Finding, Rationale, Reject, Unscored, Verdict
from judge.results import Camp, Group, Pair, Reason, Result, Suspect
from judge.table import write as write_examples
from judge.text import printable


def suspect(row: Example, rank: int = 1, *, because: str = "it shouts", rationale: Rationale | None = None) -> Suspect:
    """Make a suspect with one reason."""
    reason = Reason(kind="rubric", name="tone", severity=0.75, share=1.0, because=because, turn=1, rationale=rationale)
    return Suspect(rank=rank, example=row, suspicion=0.525, reasons=(reason,), within_budget=True)


def result(row: Example, rank: int = 1, *, because: str = "it shouts") -> Result:
    """Make all that is known of a row: one verdict, one reason."""
    verdict = Verdict(example_id=row.id, turn=1, rubric="tone", score=2.0, severity=0.75, entropy=0.5, off_scale=0.01)
    return Result(example=row, status="judged", verdicts=(verdict,), suspect=suspect(row, rank, because=because))


def pair(left: str = "r0", right: str = "r1", *, spans: tuple[str, str] = ("30 days", "14 days")) -> Pair:
    """Make a contradiction between the third turn of one row and the second of another."""
    return Pair(
        left=left,
        left_turn=2,
        right=right,
        right_turn=1,
        kind="fact",
        probability=0.9,
        left_span=spans[0],
        right_span=spans[1],
        by="judge",
    )


def lines(path: Path) -> list[dict[str, object]]:
    """Objects of a JSON Lines file; every line ends, and none is empty."""
    text = path.read_bytes().decode("utf-8")
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.split("\n")[:-1]]


def cells(path: Path) -> list[list[str]]:
    """A CSV file as a spreadsheet reads it."""
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


# --- suspects


def test_a_suspect_as_it_is_told(tmp_path: Path) -> None:
    """One object a line with the fields of DESIGN.md, turns counted from 1, the worst score per rubric."""
    row = example("Hi", "GO AWAY", "?", "Sorry.", name="r1", line=7, note="a note")
    words = Rationale(example_id="r1", turn=1, rubric="tone", text="It shouts.", evidence="GO AWAY", found=True)
    told = Result(
        example=row,
        status="off_scale",
        verdicts=(
            Verdict(example_id="r1", turn=3, rubric="tone", score=4.0, severity=0.25),
            Verdict(example_id="r1", turn=1, rubric="tone", score=2.0, severity=0.75),
            Verdict(example_id="r1", turn=1, rubric="format", score=5.0, severity=0.0),
        ),
        unscored=(Unscored(example_id="r1", turn=3, rubric="format", reason="off_scale", detail="60%"),),
        pairs=(pair("r0", "r1"), pair("r1", "r2")),
        suspect=suspect(row, rationale=words),
    )
    outbox.write_suspects(tmp_path, [told])
    assert lines(tmp_path / "suspects.jsonl") == [
        {
            "rank": 1,
            "example_id": "r1",
            "suspicion": 0.525,
            "probability": None,
            "within_budget": True,
            "reasons": [
                {
                    "kind": "rubric",
                    "name": "tone",
                    "turn": 2,
                    "severity": 0.75,
                    "share": 1.0,
                    "because": "it shouts",
                    "partners": [],
                    "rationale": {"text": "It shouts.", "evidence": "GO AWAY", "evidence_found": True},
                }
            ],
            "scores": {"format": 5.0, "tone": 2.0},
            "contradicts": [
                {
                    "example_id": "r0",
                    "kind": "fact",
                    "probability": 0.9,
                    "by": "judge",
                    "turn": 2,
                    "partner_turn": 3,
                    "span": "14 days",
                    "partner_span": "30 days",
                },
                {
                    "example_id": "r2",
                    "kind": "fact",
                    "probability": 0.9,
                    "by": "judge",
                    "turn": 3,
                    "partner_turn": 2,
                    "span": "30 days",
                    "partner_span": "14 days",
                },
            ],
            "source": "shop",
            "line": 7,
            "status": "off_scale",
            "unscored": [{"rubric": "format", "turn": 4, "reason": "off_scale", "detail": "60%"}],
            "note": "a note",
        }
    ]


def test_suspects_are_in_order_and_complete(tmp_path: Path) -> None:
    """Every ranked row is there, in both files, in the order of the list; rows that are not ranked are in neither."""
    results = [result(example(name=name), rank) for name, rank in (("a", 1), ("b", 2), ("c", 3))]
    unranked = Result(example=example(name="x"), status="too_long")
    outbox.write_suspects(tmp_path, [unranked, *results])
    assert [(line["rank"], line["example_id"]) for line in lines(tmp_path / "suspects.jsonl")] == [
        (1, "a"),
        (2, "b"),
        (3, "c"),
    ]
    table = cells(tmp_path / "suspects.csv")
    assert table[0] == [
        *("rank", "example_id", "suspicion", "within_budget", "status", "source", "line"),
        *("reasons", "turn", "prompt", "answer"),
    ]
    assert table[2] == [
        "2",
        "b",
        "0.525",
        "True",
        "judged",
        "shop",
        "1",
        "tone 100%: it shouts",
        "2",
        "Can I return a lamp?",
        "Yes, within 30 days.",
    ]
    assert [row[0] for row in table[1:]] == ["1", "2", "3"]


def test_no_suspects_are_empty_files(tmp_path: Path) -> None:
    """A list without rows is a file without lines, and a table that still has its head."""
    outbox.write_suspects(tmp_path, [])
    outbox.write_rejects(tmp_path, [])
    assert lines(tmp_path / "suspects.jsonl") == lines(tmp_path / "rejects.jsonl") == []
    assert [row[:2] for row in cells(tmp_path / "suspects.csv")] == [["rank", "example_id"]]


RISKY = ("=", "+", "-", "@", "\t", "\r")


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=HYPERLINK(0)", '=cmd|"/C calc"!A0', "-", "--", "=1,2"),
        *('a"b', "a,b", "a\nb", "plain", "a=1", "\u2014", "", " "),
        *(
            "\r=1",
            "a\r=1+1",
        ),
    ],
)
def test_a_cell_is_text(tmp_path: Path, text: str) -> None:
    """Whatever a row, its id or a reason says, a spreadsheet shows it as text in its own cell."""
    row = example("Hi", text, name=text)
    outbox.write_suspects(tmp_path, [result(row, because=text), result(example(name="next"), 2)])
    table = cells(tmp_path / "suspects.csv")
    assert [len(cells_of_row) for cells_of_row in table] == [11, 11, 11]
    assert not [cell for cells_of_row in table for cell in cells_of_row if cell.startswith(RISKY)]
    assert table[1][1] == (f"'{printable(text)}" if text.startswith(RISKY) else printable(text))
    assert table[2][1] == "next"


plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
nasty = st.lists(st.sampled_from([*"=+-@\t\r\n,;\"' a"]), max_size=6).map("".join)


@settings(deadline=None, max_examples=150)
@given(name=plain | nasty, because=plain | nasty, answer=plain | nasty)
def test_any_text_is_one_cell(name: str, because: str, answer: str) -> None:
    """No text breaks the table or begins a cell as a formula would."""
    with tempfile.TemporaryDirectory() as folder:
        outbox.write_suspects(Path(folder), [result(example("Hi", answer, name=name), because=because)])
        table = cells(Path(folder) / "suspects.csv")
        (line,) = lines(Path(folder) / "suspects.jsonl")
    assert [len(row) for row in table] == [11, 11]
    assert not [cell for cell in table[1] if cell.startswith(RISKY)]
    assert table[1][1].removeprefix("'") == printable(name).removeprefix("'")
    assert not [c for cell in table[1] for c in cell if unicodedata.category(c) == "Cc" and c != "\n"]
    assert line["example_id"] == name


# --- the other files


def test_rejects_keep_line_reason_and_text(tmp_path: Path) -> None:
    """A reject is told with its line, its reason, its original text and its file, whatever is in it."""
    rejects = [
        Reject(line=3, reason="invalid JSON", text='{"a": "é\u2028'),
        Reject(line=9, reason="r", text="a\nb", source="forum"),
    ]
    outbox.write_rejects(tmp_path, rejects)
    assert lines(tmp_path / "rejects.jsonl") == [
        {"line": 3, "reason": "invalid JSON", "text": '{"a": "é\u2028', "source": ""},
        {"line": 9, "reason": "r", "text": "a\nb", "source": "forum"},
    ]


def test_examples_have_a_row_each(tmp_path: Path) -> None:
    """Every example is there in input order: status, rank, worst verdict per rubric, worst severity per signal."""
    row = example(name="b", line=2)
    found = (
        Finding(example_id="b", signal="rude", severity=0.2, because=""),
        Finding(example_id="b", signal="rude", severity=0.6, because=""),
    )
    worse = Verdict(example_id="b", turn=1, rubric="tone", score=1.5, severity=0.875, entropy=0.1, off_scale=0.2)
    worse = replace(worse, distribution=(0.625, 0.25, 0.125, 0.0, 0.0))
    milder = Verdict(example_id="b", turn=3, rubric="tone", score=4.5, severity=0.125, entropy=0.9, off_scale=0.3)
    results = [
        Result(example=row, status="judged", verdicts=(milder, worse), findings=found, suspect=suspect(row, 1)),
        Result(example=example(name="a", line=1, note="renamed"), status="too_long"),
    ]
    write_examples(tmp_path, results, ["tone", "format"], ["rude", "empty"])
    table = pd.read_parquet(tmp_path / "examples.parquet")
    assert list(table["example_id"]) == ["b", "a"]
    assert list(table["status"]) == ["judged", "too_long"]
    assert table["rank"].tolist()[0] == 1
    assert table["rank"].isna().tolist() == [False, True]
    assert table["suspicion"].isna().tolist() == [False, True]
    assert table["within_budget"].tolist() == [True, False]
    assert table.loc[0, ["tone.score", "tone.entropy", "tone.off_scale"]].tolist() == [1.5, 0.1, 0.2]
    assert table.loc[0, "tone.turn"] == 2
    assert table.loc[0, "tone.levels"].tolist() == [0.625, 0.25, 0.125, 0.0, 0.0]
    assert table[["format.turn", "format.levels"]].isna().all().all()
    assert table.loc[0, ["signal.rude", "signal.empty"]].tolist() == [0.6, 0.0]
    assert table[["format.score", "format.entropy", "format.off_scale"]].isna().all().all()
    assert table["note"].tolist() == ["", "renamed"]
    assert table["digest"].tolist() == [r.example.digest for r in results]


def column_types(path: Path) -> dict[str, str]:
    """Columns of a parquet file and their types."""
    from pyarrow import parquet

    return {field.name: str(field.type) for field in parquet.read_schema(path)}


@pytest.mark.parametrize("ranked", [0, 1, 2, None])
def test_examples_have_the_same_columns_whatever_happened(tmp_path: Path, ranked: int | None) -> None:
    """Runs can be put side by side: columns and types do not depend on how many rows were ranked, or were there."""
    rows = [example(name=name) for name in "ab"]
    results = [
        result(row, n) if ranked is not None and n <= ranked else Result(example=row, status="too_long")
        for n, row in enumerate(rows, start=1)
    ]
    write_examples(tmp_path, results if ranked is not None else [], ["tone"], ["rude"])
    assert {k: v.replace("large_", "") for k, v in column_types(tmp_path / "examples.parquet").items()} == {
        **dict.fromkeys(("example_id", "source", "digest", "status", "note", "also_in"), "string"),
        **dict.fromkeys(("line", "turns", "rank"), "int64"),
        **dict.fromkeys(("suspicion", "tone.score", "tone.entropy", "tone.off_scale", "signal.rude"), "double"),
        **dict.fromkeys(("probability", "inclusion"), "double"),
        "within_budget": "bool",
        "tone.turn": "int64",
        "tone.levels": "list<element: double>",
    }


def test_pairs_are_a_table_even_without_rows(tmp_path: Path) -> None:
    """Each pair is one row, left before right, turns counted from 1; no pair is a table with the same columns."""
    outbox.write_pairs(tmp_path, [pair("a", "b")])
    types = column_types(tmp_path / "pairs.parquet")
    assert pd.read_parquet(tmp_path / "pairs.parquet").to_dict("records") == [
        {
            "left": "a",
            "right": "b",
            "left_turn": 3,
            "right_turn": 2,
            "kind": "fact",
            "probability": 0.9,
            "left_span": "30 days",
            "right_span": "14 days",
            "by": "judge",
        }
    ]
    assert {name: kind.replace("large_", "") for name, kind in types.items()} == {
        **dict.fromkeys(("left", "right"), "string"),
        **dict.fromkeys(("left_turn", "right_turn"), "int64"),
        "kind": "string",
        "probability": "double",
        **dict.fromkeys(("left_span", "right_span", "by"), "string"),
    }
    outbox.write_pairs(tmp_path, [])
    assert len(pd.read_parquet(tmp_path / "pairs.parquet")) == 0
    assert column_types(tmp_path / "pairs.parquet") == types


def test_a_group_as_it_is_told(tmp_path: Path) -> None:
    """One object a line, numbered in the order given: the question, camps with their rows, pairs, what leans; style."""
    camps = (
        Camp(says="30 days", members=("a", "b"), independent=1),
        Camp(says="14 days", members=("c",), independent=1),
    )
    split = Group(
        asks="Until when?",
        members=("a", "b", "c", "d"),
        camps=camps,
        pairs=(pair("a", "c"),),
        kind="fact",
        probability=0.9,
        by="judge",
        lean="the guide says 30 days",
    )
    mixed = Group(asks="How?", members=("e", "f"), kind="format", style={"list": 1, "prose": 1})
    outbox.write_groups(tmp_path, [split, mixed])
    assert lines(tmp_path / "groups.jsonl") == [
        {
            "group": 1,
            "asks": "Until when?",
            "kind": "fact",
            "probability": 0.9,
            "by": "judge",
            "lean": "the guide says 30 days",
            "camps": [
                {"says": "30 days", "rows": 2, "independent": 1, "members": ["a", "b"]},
                {"says": "14 days", "rows": 1, "independent": 1, "members": ["c"]},
            ],
            "pairs": [
                {
                    "left": "a",
                    "right": "c",
                    "kind": "fact",
                    "probability": 0.9,
                    "left_span": "30 days",
                    "right_span": "14 days",
                    "by": "judge",
                }
            ],
            "style": {},
            "members": ["a", "b", "c", "d"],
        },
        {
            "group": 2,
            "asks": "How?",
            "kind": "format",
            "probability": None,
            "by": None,
            "lean": "",
            "camps": [],
            "pairs": [],
            "style": {"list": 1, "prose": 1},
            "members": ["e", "f"],
        },
    ]
    outbox.write_groups(tmp_path, [])
    assert lines(tmp_path / "groups.jsonl") == []


def test_half_a_character_in_a_span_is_no_failure(tmp_path: Path) -> None:
    """A lone surrogate, as JSON can hold one, is replaced; the tables are written and the same each time."""
    odd = pair(spans=("30 \ud83d", "\udc00"))
    group = Group(
        asks="\ud83d?", members=("r0",), camps=(Camp(says="\udc00", members=("r0",), independent=1),), pairs=(odd,)
    )
    outbox.write_pairs(tmp_path, [odd])
    outbox.write_groups(tmp_path, [group])
    outbox.write_suspects(
        tmp_path,
        [Result(example=example(name="r1"), status="judged", pairs=(odd,), suspect=suspect(example(name="r1")))],
    )
    assert pd.read_parquet(tmp_path / "pairs.parquet")["left_span"].tolist() == ["30 ?"]
    assert lines(tmp_path / "groups.jsonl")[0]["asks"] == "??"
    assert lines(tmp_path / "suspects.jsonl")[0]["contradicts"][0]["span"] == "?"  # type: ignore[index]


# --- whole or not at all


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, hidden ones included."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_a_file_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    """An exception while a file is written leaves what was there before and no temporary file."""
    good = Reject(line=1, reason="r", text="t")
    outbox.write_rejects(tmp_path, [good])
    outbox.write_manifest(tmp_path, {"judge": "none"})
    before = contents(tmp_path)
    with pytest.raises(TypeError):
        outbox.write_rejects(tmp_path, [good, Reject(line=2, reason="r", text=object())])  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        outbox.write_manifest(tmp_path, {"judge": object()})
    assert contents(tmp_path) == before


def test_an_interrupt_leaves_the_old_one(tmp_path: Path) -> None:
    """So does a signal that arrives in the middle."""

    def rows() -> Iterator[Result]:
        yield result(example())
        raise KeyboardInterrupt

    outbox.write_suspects(tmp_path, [result(example(name="old"))])
    before = contents(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        outbox.write_suspects(tmp_path, rows())
    assert contents(tmp_path) == before


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """An output folder that is a file is one line that names the path."""
    (tmp_path / "out").write_text("x")
    with pytest.raises(DataError, match=r"cannot write .*rejects.jsonl: .*; check the folder"):
        outbox.write_rejects(tmp_path / "out", [])


def test_the_manifest_holds_every_files_digest(tmp_path: Path) -> None:
    """Each file of the folder but the manifest itself stands in it with its digest, and it can be written again."""
    outbox.write_suspects(tmp_path, [result(example())])
    outbox.write_pairs(tmp_path, [])
    outbox.write_manifest(tmp_path, {"note": "é"})
    outbox.write_manifest(tmp_path, {"note": "é"})
    told = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    files = ["pairs.parquet", "suspects.csv", "suspects.jsonl"]
    seal = told.pop("seal")
    assert told == {"note": "é", "files": {name: digest.of_file(tmp_path / name) for name in files}}
    written = (tmp_path / "manifest.json").read_text(encoding="utf-8")
    assert digest.of_bytes(written.replace(seal, "").encode()) == seal
    assert sorted(contents(tmp_path)) == ["manifest.json", *files]


# --- a whole audit


def run_audit(folder: Path, out: Path, *overrides: str) -> audit.Outcome:
    """Audit a dozen rows with the scripted judge."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{"prompt": f"Is lamp {n % 9} blue?", "response": f"=1, and lamp {n} is."} for n in range(12)]
    (folder / "set.jsonl").write_text("".join(json.dumps(row) + "\n" for row in [*rows, {"prompt": 1}]))
    settings = [f"dataset.path={folder / 'set.jsonl'}", f"store={folder / 'r.sqlite'}", "max_rejects=0.5", "quiet=true"]
    settings.append("report=false")  # a page holds the time
    config = wiring.compose(["+dataset=local", "backend=scripted", *settings, *overrides])
    return audit.run(wiring.build(config, rubric_set="standard", out=out))


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two audits of the same rows leave the same files but for the manifest, which is written last and holds them."""
    first, again, fresh = (tmp_path / name for name in ("out1", "out2", "out3"))
    run_audit(tmp_path / "a", first)
    run_audit(tmp_path / "a", again)
    run_audit(tmp_path / "b", fresh)
    files = contents(first)
    manifest = files.pop("manifest.json")
    names = ["examples.parquet", "groups.jsonl", "pairs.parquet", "rejects.jsonl", "replies.parquet"]
    names += ["selftest.jsonl", "suspects.csv", "suspects.jsonl"]
    assert sorted(files) == names
    for other in (again, fresh):
        assert {k: v for k, v in contents(other).items() if k != "manifest.json"} == files
    assert json.loads(manifest)["files"] == {name: digest.of_bytes(files[name]) for name in names}
    assert max(first.iterdir(), key=lambda path: path.stat().st_mtime_ns).name == "manifest.json"
    suspects = lines(first / "suspects.jsonl")
    assert [line["rank"] for line in suspects] == list(range(1, 13))
    assert {*suspects[0]} >= {"rank", "example_id", "suspicion", "reasons", "scores", "contradicts", "source"}
    assert {*suspects[0]["scores"]} == {"factual", "instruction", "tone", "format"}  # type: ignore[misc]
    assert sum(bool(line["within_budget"]) for line in suspects) == 1
    assert suspects[0]["within_budget"]


def test_a_run_that_fails_leaves_no_manifest(tmp_path: Path) -> None:
    """A folder without a manifest is a run that did not end: rejects are told, and nothing claims to be whole."""
    with pytest.raises(DataError):
        run_audit(tmp_path / "a", tmp_path / "out", "max_rejects=0.01")
    assert sorted(contents(tmp_path / "out")) == ["rejects.jsonl"]
