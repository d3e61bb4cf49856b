"""People's decisions are read as they stand, and a line that cannot be read is told in one sentence."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge import labels
from judge.errors import DataError
from judge.reliability import Decision


def lines(*rows: dict[str, object]) -> str:
    """Text of a file of these rows."""
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_a_line_becomes_a_decision(tmp_path: Path) -> None:
    """Every field of the format is read; only `example_id` and `decision` are needed."""
    whole = {
        "example_id": "sup-0261",
        "decision": "remove",
        "rubric": "tone",
        "by": "ana",
        "at": "2026-11-26T09:30:00Z",
        "probability": 0.02,
    }
    path = tmp_path / "labels.jsonl"
    path.write_text(lines(whole, {"example_id": 7, "decision": "keep", "probability": None, "rubric": None}), "utf-8")
    assert labels.read(str(path)) == (
        Decision(
            example_id="sup-0261",
            word="remove",
            rubric="tone",
            by="ana",
            at="2026-11-26T09:30:00Z",
            probability=0.02,
        ),
        Decision(example_id="7", word="keep"),
    )


def test_what_editors_leave_behind_is_no_mistake(tmp_path: Path) -> None:
    """A mark at the start of the file, Windows line ends, blank lines and unknown fields are read over."""
    path = tmp_path / "labels.jsonl"
    row = json.dumps({"example_id": "a\u2028b", "decision": "unsure", "note": "?"}, ensure_ascii=False)
    path.write_bytes(("\ufeff\r\n" + row + "\r\n   \r\n" + row).encode())
    assert [decision.example_id for decision in labels.read(str(path))] == ["a\u2028b", "a\u2028b"]
    assert labels.parse("", "x") == ()


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "no JSON (Expecting property name"),
        ("[1]", 'no object; write {"example_id": ..., "decision": ...}'),
        ("[" * 100_000, "no JSON ("),
        ('{"decision": "keep"}', "example_id is missing; give the row's id as it stands in suspects.jsonl"),
        ('{"example_id": "", "decision": "keep"}', "example_id is missing"),
        ('{"example_id": true, "decision": "keep"}', "example_id is missing"),
        ('{"example_id": "a"}', "decision is missing; write one of remove, keep, unsure"),
        ('{"example_id": "a", "decision": "Remove"}', "decision is 'Remove'; write one of remove, keep, unsure"),
        ('{"example_id": "a", "decision": ["keep"]}', "decision is ['keep']; write one of"),
        ('{"example_id": "a", "decision": "keep", "rubric": 3}', "rubric is 3; write text, or leave it out"),
        ('{"example_id": "a", "decision": "keep", "by": ["b"]}', "by is ['b']; write text, or leave it out"),
        ('{"example_id": "a", "decision": "keep", "at": "yesterday"}', "at is 'yesterday'; write an ISO time such as"),
        ('{"example_id": "a", "decision": "keep", "at": 1764}', "at is 1764; write text"),
        *(
            (f'{{"example_id": "a", "decision": "keep", "drawn": {n}}}', f"drawn is {shown}; write how many rows")
            for n, shown in [("0", "0"), ("1.0", "1.0"), ("true", "True"), ('"1"', "'1'")]
        ),
        *(
            (
                f'{{"example_id": "a", "decision": "keep", "probability": {p}}}',
                f"probability is {shown}; write the chance",
            )
            for p, shown in [("0", "0"), ("1.5", "1.5"), ("-1", "-1"), ("NaN", "nan"), ("true", "True"), ('"1"', "'1'")]
        ),
    ],
)
def test_a_mistake_is_one_line_that_says_where_and_what_to_do(line: str, complaint: str) -> None:
    """The file, the line, what is wrong and what to write instead; never a traceback."""
    good = lines({"example_id": "a", "decision": "keep"})
    with pytest.raises(DataError) as error:
        labels.parse(good + "\n" + line + "\n", "mine.jsonl")
    assert str(error.value).startswith(f"dataset.labels=mine.jsonl, line 3: {complaint}")
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 250


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A path to nothing, a folder and bytes that are no text are each one line."""
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "none", tmp_path, tmp_path / "bytes"):
        with pytest.raises(DataError, match=r"^dataset\.labels=.*( cannot be read| is no UTF-8 text)"):
            labels.read(str(path))
        with pytest.raises(DataError, match=r"^--labels=.*( cannot be read| is no UTF-8 text)"):
            labels.read(str(path), "--labels=")


@pytest.mark.parametrize(("name", "text"), [("a.sqlite", ""), ("empty", "\n"), ("damaged", "{")])
def test_errors_name_what_named_the_file(tmp_path: Path, name: str, text: str) -> None:
    """Who gave `clean --labels` has no `dataset.labels` to look for."""
    path = tmp_path / name
    path.write_text(text, "utf-8")
    for key in ("dataset.labels=", "--labels="):
        with pytest.raises(DataError) as error:
            labels.read(str(path), key)
        assert str(error.value).startswith(f"{key}{path}")
        assert ("dataset.labels" in str(error.value)) == (key == "dataset.labels=")


def test_decisions_stand_in_the_order_of_their_times() -> None:
    """By `at`, whatever its time zone; a line without a time belongs with the line before it."""
    rows: list[dict[str, object]] = [
        {"example_id": "late", "decision": "keep", "at": "2026-11-26T09:00:00+00:00"},
        {"example_id": "with late", "decision": "keep"},
        {"example_id": "early", "decision": "keep", "at": "2026-11-26T09:30:00+02:00"},
        {"example_id": "noon", "decision": "keep", "at": "2026-11-26T12:00:00"},
    ]
    assert [d.example_id for d in labels.parse(lines(*rows), "x")] == ["early", "late", "with late", "noon"]
    untimed: list[dict[str, object]] = [{"example_id": name, "decision": "keep"} for name in "cab"]
    assert [d.example_id for d in labels.parse(lines(*untimed), "x")] == ["c", "a", "b"]


@given(st.text() | st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists).map(json.dumps))
def test_any_text_is_read_or_told(text: str) -> None:
    """Whatever the file holds, it is decisions or a DataError of one line."""
    try:
        decisions = labels.parse(text, "x")
    except DataError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017
    else:
        assert not any(line.strip() for line in text.removeprefix("\ufeff").split("\n")) or decisions


values = st.fixed_dictionaries(
    {"example_id": st.text(min_size=1), "decision": st.sampled_from(["remove", "keep", "unsure"])},
    optional={
        "rubric": st.none() | st.sampled_from(["tone", "format"]),
        "by": st.sampled_from(["ana", "bo"]),
        "at": st.datetimes().map(lambda time: time.isoformat()),
        "probability": st.none() | st.floats(0, 1, exclude_min=True),
    },
)


@given(st.lists(values))
def test_what_is_written_comes_back(rows: list[dict[str, object]]) -> None:
    """Every valid line is one decision that says what the line said."""
    read = labels.parse(lines(*rows), "x")
    said = [(d.example_id, d.word, d.rubric, d.probability) for d in read]
    wanted = [(r["example_id"], r["decision"], r.get("rubric"), r.get("probability")) for r in rows]
    assert sorted(map(repr, said)) == sorted(map(repr, wanted))


def test_decisions_on_an_id_of_several_rows_are_told() -> None:
    """Which row is meant, and what the other is called."""
    made = [Decision(example_id=name, word="keep") for name in ("r1", "r2", "r1", "r3@b")]
    assert labels.shared(made, ["r1", "r1@b", "r2", "r3@b"]) == (
        "1 decided id stands in several rows of the input, and the first is meant (r1; the other is r1@b)"
    )
    assert labels.shared(made, ["r1", "r1@b", "r2", "r2@b"]).startswith("2 decided ids stand in several rows")
    assert labels.shared(made, ["r1", "r2", "r3@b"]) == ""
