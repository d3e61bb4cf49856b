"""Ids are unique, and as stable as the data allows; every row comes out once."""

import codecs
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.errors import DataError
from judge.sources import Loaded, Spec, load


def load_rows(folder: Path, *rows: dict[str, object]) -> Loaded:
    """What prompt and response rows are loaded as."""
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps({"response": "a"} | row) + "\n" for row in rows))
    return load(Spec(path=path, name="set"))


def named(loaded: Loaded) -> list[tuple[str, str]]:
    """Id and note of every example."""
    return [(e.id, e.note) for e in loaded.examples]


@pytest.mark.parametrize("field", ["id", "_id", "uid", "uuid", "example_id"])
def test_id_fields(tmp_path: Path, field: str) -> None:
    """An id is found under its usual names; an integer becomes text."""
    loaded = load_rows(tmp_path, {"prompt": "q", field: 12}, {"prompt": "q", field: "x"})
    assert [e.id for e in loaded.examples] == ["12", "x"]


def test_made_up(tmp_path: Path) -> None:
    """A row without an id gets one from its content, the same wherever it stands."""
    first = load_rows(tmp_path, {"prompt": "q"}, {"prompt": "other"})
    again = load_rows(tmp_path, {"prompt": "new"}, {"prompt": "q", "extra": 1})
    assert first.examples[0].id == again.examples[1].id
    assert first.examples[0].id == "row-" + first.examples[0].digest.removeprefix("sha256:")[:12]
    assert len({e.id for e in (*first.examples, *again.examples)}) == 3


def test_duplicates(tmp_path: Path) -> None:
    """The same id with the same content stays, numbered and noted."""
    loaded = load_rows(tmp_path, *[{"id": "a", "prompt": "q"}] * 3)
    assert named(loaded) == [("a", ""), ("a~2", "duplicate of a"), ("a~3", "duplicate of a")]
    assert (loaded.duplicates, loaded.renamed) == (2, 0)


def test_duplicates_without_id(tmp_path: Path) -> None:
    """Rows without ids and with the same content are duplicates too."""
    loaded = load_rows(tmp_path, *[{"prompt": "q"}] * 2)
    first = loaded.examples[0].id
    assert named(loaded) == [(first, ""), (f"{first}~2", f"duplicate of {first}")]


def test_collisions(tmp_path: Path) -> None:
    """The same id with other content is kept apart under its source's name; its own duplicate refers to it."""
    loaded = load_rows(
        tmp_path,
        {"id": "a", "prompt": "1"},
        {"id": "a", "prompt": "2", "source": "crm"},
        {"id": "a", "prompt": "3", "source": "crm"},
        {"id": "a", "prompt": "2", "source": "crm"},
        {"id": "a", "prompt": "4"},
    )
    taken = "id a was taken by line 1"
    assert named(loaded) == [
        ("a", ""),
        ("a@crm", taken),
        ("a@crm~2", taken),
        ("a@crm~3", "duplicate of a@crm"),
        ("a@set", taken),
    ]
    assert (loaded.duplicates, loaded.renamed) == (1, 3)


def test_given_ids_win(tmp_path: Path) -> None:
    """A name that is made up never takes an id that a later row brings along."""
    loaded = load_rows(
        tmp_path,
        {"id": "a", "prompt": "1"},
        {"id": "a", "prompt": "1"},
        {"id": "a", "prompt": "2"},
        {"id": "a~2", "prompt": "3"},
        {"id": "a@set", "prompt": "4"},
    )
    assert [e.id for e in loaded.examples] == ["a", "a~3", "a@set~2", "a~2", "a@set"]


def test_context_is_content(tmp_path: Path) -> None:
    """Rows that differ in context alone are no duplicates; rows that differ in source alone are."""
    loaded = load_rows(
        tmp_path,
        {"id": "a", "prompt": "q"},
        {"id": "a", "prompt": "q", "context": "c"},
        {"id": "a", "prompt": "q", "source": "s"},
    )
    assert (loaded.duplicates, loaded.renamed) == (1, 1)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "a", "b", "\0", "\ud800", "é"])
KEYS = st.sampled_from(
    [
        "id",
        "uid",
        "prompt",
        "response",
        "answer",
        "instruction",
        "output",
        "input",
        "history",
        "messages",
        "conversations",
        "role",
        "content",
        "weight",
        "tool_calls",
        "from",
        "value",
        "type",
        "text",
        "name",
        "source",
        "context",
        "system",
    ]
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)
GOOD = st.fixed_dictionaries(
    {"prompt": st.sampled_from("qr"), "response": st.sampled_from("ab")},
    optional={"id": st.sampled_from(["a", "a~2", "a@s", 1]), "source": st.sampled_from(["s", "t"])},
)
MESSAGES = st.fixed_dictionaries(
    {
        "messages": st.lists(
            st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant", "x"]), "content": VALUES})
        )
    }
)
GOOD_LINES = GOOD.map(lambda row: json.dumps(row).encode())
VALUE_LINES = VALUES.map(lambda value: json.dumps(value).encode())
OBJECTS = (GOOD | MESSAGES | st.dictionaries(KEYS, VALUES, max_size=6)).map(lambda row: json.dumps(row).encode())
LINES = st.lists(OBJECTS | GOOD_LINES | VALUE_LINES | st.binary())


def load_if_possible(name: str, data: bytes) -> Loaded | None:
    """What bytes are loaded as; None where they are refused as a whole. Anything but a DataError escapes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        try:
            return load(Spec(path=path, name="set"))
        except DataError as error:
            if "\n" in str(error):
                raise AssertionError("an error is one line") from error
            return None


def assert_sound(loaded: Loaded) -> None:
    """What is true of anything that was loaded."""
    ids = [e.id for e in loaded.examples]
    assert len(set(ids)) == len(ids)
    for example in loaded.examples:
        assert example.judged
        assert all(example.turns[i].role == "assistant" and example.turns[i].trained for i in example.judged)
        "".join([example.id, example.source, example.context or "", *(t.content for t in example.turns)]).encode()
    for reject in loaded.rejects:
        assert reject.reason
        (reject.reason + reject.text).encode()


@given(LINES)
@settings(max_examples=300, deadline=None)
def test_any_lines(lines: list[bytes]) -> None:
    """Whatever lines a file has: every one that is not blank is an example or a reject; ids are unique."""
    data = b"\n".join(lines)
    loaded = load_if_possible("x.jsonl", data)
    if loaded is not None:
        shown = data.removeprefix(codecs.BOM_UTF8)  # a mark at the start of a file is no text
        expected = [number for number, line in enumerate(shown.split(b"\n"), start=1) if line.strip()]
        assert expected == sorted(row.line for row in (*loaded.examples, *loaded.rejects))
        assert loaded.rows == len(expected)
        assert_sound(loaded)


@given(st.lists(OBJECTS | VALUE_LINES), st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_list(members: list[bytes], wrapped: bool) -> None:  # noqa: FBT001 - drawn, not passed
    """Whatever values a JSON list has, each comes out once."""
    data = b"[" + b",\n".join(members) + b"]"
    loaded = load_if_possible("x.json", b'{"n": "[{", "data": ' + data + b"}" if wrapped else data)
    if loaded is not None:
        assert loaded.rows == len(members)
        assert_sound(loaded)


@given(
    st.sampled_from(["x.json", "x.csv", "x.parquet", "x.jsonl.gz", "x.json.zst"]), st.binary() | LINES.map(b",".join)
)
@settings(max_examples=200, deadline=None)
def test_any_bytes(name: str, data: bytes) -> None:
    """Whatever bytes a file has, loading ends in rows or in one line, never in a traceback."""
    loaded = load_if_possible(name, data)
    if loaded is not None:
        assert_sound(loaded)


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), min_size=1))
@settings(max_examples=150, deadline=None)
def test_any_cells(rows: list[list[str]]) -> None:
    """Whatever text quoted CSV cells hold, it is read back unchanged, or the row is a reject."""
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [["prompt", "response"], *rows]]
    loaded = load_if_possible("x.csv", "\n".join(quoted).encode())
    assert loaded is not None
    assert loaded.rows == len(rows)
    for example in loaded.examples:
        assert rows[example.line - 1] == [turn.content for turn in example.turns]
    assert all("\0" in "".join(rows[reject.line - 1]) for reject in loaded.rejects)
