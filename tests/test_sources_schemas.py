"""Every schema ends in the same turns."""

import json
from pathlib import Path

import pytest

from judge.errors import DataError
from judge.records import Example, ToolCall, Turn
from judge.sources import Loaded, Spec, load


def load_rows(folder: Path, rows: list[object], **options: object) -> Loaded:
    """What these rows are loaded as."""
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return load(Spec(path=path, name="set", **options))  # type: ignore[arg-type]


def load_row(folder: Path, row: object, **options: object) -> Example:
    """The example of one row that is not rejected."""
    loaded = load_rows(folder, [row], **options)
    assert loaded.rejects == ()
    return loaded.examples[0]


USER = Turn(role="user", content="q")
ANSWER = Turn(role="assistant", content="a")
BEFORE = Turn(role="assistant", content="a0", trained=False)
SYSTEM = Turn(role="system", content="s")

CASES = {
    "messages": (
        {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]},
        (USER, ANSWER),
    ),
    "messages with aliases": (
        {
            "messages": [
                {"role": "developer", "content": "s"},
                {"role": "function", "name": "f", "content": "12"},
                {"role": "assistant", "content": "a"},
            ]
        },
        (SYSTEM, Turn(role="tool", content="12"), ANSWER),
    ),
    "messages with weights": (
        {
            "messages": [
                {"role": "assistant", "content": "a0", "weight": 0},
                {"role": "user", "content": "q"},
                {"role": "assistant", "content": "a", "weight": 1},
            ]
        },
        (BEFORE, USER, ANSWER),
    ),
    "content parts": (
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "what is"},
                        {"type": "image_url", "image_url": {"url": "x"}},
                        {"type": "input_audio", "input_audio": {}},
                        "this?",
                    ],
                },
                {"role": "assistant", "content": [{"type": "output_text", "text": "a"}]},
            ]
        },
        (Turn(role="user", content="what is\n[image]\n[audio]\nthis?"), ANSWER),
    ),
    "null content with tool calls": (
        {
            "messages": [
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{ "x":1}'}},
                        {"function": {"name": "g", "arguments": {"y": ["é"]}}},
                        {"name": "h"},
                    ],
                }
            ]
        },
        (
            Turn(
                role="assistant",
                content="",
                tool_calls=(
                    ToolCall(name="f", arguments='{ "x":1}'),
                    ToolCall(name="g", arguments='{"y": ["é"]}'),
                    ToolCall(name="h", arguments=""),
                ),
            ),
        ),
    ),
    "the older function_call": (
        {"messages": [{"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}}]},
        (Turn(role="assistant", content="", tool_calls=(ToolCall(name="f", arguments="{}"),)),),
    ),
    "null content without tool calls": (
        {"messages": [{"role": "assistant", "content": None}]},
        (Turn(role="assistant", content=""),),
    ),
    "sharegpt": (
        {
            "system": "s",
            "conversations": [
                {"from": "human", "value": "q"},
                {"from": "gpt", "value": "a"},
                {"from": "user", "value": "q"},
                {"from": "model", "value": "a0", "weight": 0},
                {"from": "observation", "value": "12"},
                {"from": "bot", "value": "a"},
            ],
        },
        (SYSTEM, USER, ANSWER, USER, BEFORE, Turn(role="tool", content="12"), ANSWER),
    ),
    "sharegpt function calls": (
        {
            "conversation": [
                {"from": "function_call", "value": '{"name": "f", "arguments": {"x": 1}}'},
                {"from": "function_response", "value": "1"},
                {"from": "function_call", "value": '[{"name": "f", "arguments": ""}, {"name": "g"}]'},
                {"from": "function_call", "value": "not JSON"},
            ]
        },
        (
            Turn(role="assistant", content="", tool_calls=(ToolCall(name="f", arguments='{"x": 1}'),)),
            Turn(role="tool", content="1"),
            Turn(
                role="assistant",
                content="",
                tool_calls=(ToolCall(name="f", arguments=""), ToolCall(name="g", arguments="")),
            ),
            Turn(role="assistant", content="not JSON"),
        ),
    ),
    "conversations with role and content": (
        {"conversations": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]},
        (USER, ANSWER),
    ),
    "alpaca": ({"instruction": "q", "output": "a"}, (USER, ANSWER)),
    "alpaca with input": (
        {"instruction": "q", "input": "i", "output": "a"},
        (Turn(role="user", content="q\n\ni"), ANSWER),
    ),
    "alpaca with history": (
        {"instruction": "q", "input": None, "output": "a", "system": "s", "history": [["q", "a0"]]},
        (SYSTEM, USER, BEFORE, USER, ANSWER),
    ),
    "alpaca with an empty answer": (
        {"instruction": "q", "input": "", "output": ""},
        (USER, Turn(role="assistant", content="")),
    ),
    "prompt and response": ({"prompt": "q", "response": "a"}, (USER, ANSWER)),
    "prompt and completion": ({"prompt": "q", "completion": "a"}, (USER, ANSWER)),
    "question and answer": ({"question": "q", "answer": "a", "system_prompt": "s"}, (SYSTEM, USER, ANSWER)),
    "instruction and response": ({"instruction": "q", "response": None}, (USER, Turn(role="assistant", content=""))),
    "an empty prompt": ({"prompt": "", "response": "a"}, (Turn(role="user", content=""), ANSWER)),
    "TRL": (
        {
            "prompt": [
                {"role": "system", "content": "s"},
                {"role": "user", "content": "q"},
                {"role": "assistant", "content": "a0"},
                {"role": "user", "content": "q"},
            ],
            "completion": [{"role": "assistant", "content": "a"}],
        },
        (SYSTEM, USER, BEFORE, USER, ANSWER),
    ),
    "a system text that stands twice": (
        {"system": "s", "messages": [{"role": "system", "content": "s"}, {"role": "assistant", "content": "a"}]},
        (SYSTEM, ANSWER),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_turns(tmp_path: Path, case: str) -> None:
    """Each way of writing a conversation down is read as the same turns."""
    row, expected = CASES[case]
    example = load_row(tmp_path, row)
    assert expected == example.turns
    assert example.judged == tuple(i for i, t in enumerate(expected) if t.role == "assistant" and t.trained)


def test_last_turn(tmp_path: Path) -> None:
    """With `turns=last` only the last answer that is trained on is judged."""
    roles = [("assistant", 1), ("assistant", 1), ("assistant", 0), ("user", 1)]
    row = {"messages": [{"role": role, "content": "x", "weight": weight} for role, weight in roles]}
    assert load_row(tmp_path, row).judged == (0, 1)
    assert load_row(tmp_path, row, turns="last").judged == (1,)


def test_majority(tmp_path: Path) -> None:
    """The schema is the one that most rows match; a row of another one is a reject that names the missing field."""
    rows = [{"prompt": "q", "response": "a"}, *[{"instruction": "q", "output": "a"}] * 2]
    loaded = load_rows(tmp_path, rows)
    assert loaded.schema == "alpaca"
    assert [r.reason for r in loaded.rejects] == ["`instruction` is missing; the row has `prompt`, `response`"]


def test_preferred(tmp_path: Path) -> None:
    """Where rows fit several schemas, messages win over texts."""
    row = {"prompt": "q", "response": "a", "messages": [{"role": "assistant", "content": "m"}]}
    assert load_rows(tmp_path, [row]).schema == "messages"
    assert load_rows(tmp_path, [row], schema="prompt_response").examples[0].turns == (USER, ANSWER)


def test_unknown_schema_of_file(tmp_path: Path) -> None:
    """A file that no schema fits is one line with its fields and an example of what to set."""
    with pytest.raises(DataError) as caught:
        load_rows(tmp_path, [{"doc": "x", "strange\n\ud800": 1, "label": 1}] * 3)
    assert "the fields are `doc`, `strange \\ud800`, `label`" in str(caught.value)
    assert "dataset.columns.prompt=... dataset.columns.response=..." in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "row", "schema"),
    [
        ({"prompt": "frage", "response": "antwort"}, {"frage": "q", "antwort": "a", "messages": 3}, "prompt_response"),
        ({"prompt": "response", "response": "prompt"}, {"response": "q", "prompt": "a"}, "prompt_response"),
        ({"response": "chosen"}, {"prompt": "q", "chosen": "a", "rejected": "b"}, "prompt_response"),
        (
            {"messages": "chat"},
            {"chat": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]},
            "messages",
        ),
        (
            {"conversations": "chat"},
            {"chat": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]},
            "sharegpt",
        ),
        ({"instruction": "task", "output": "done"}, {"task": "q", "done": "a"}, "alpaca"),
    ],
)
def test_columns(tmp_path: Path, columns: dict[str, str], row: object, schema: str) -> None:
    """Mapped columns choose the schema and are read under the owner's names."""
    loaded = load_rows(tmp_path, [row], columns=columns)
    assert (loaded.schema, loaded.examples[0].turns) == (schema, (USER, ANSWER))


def test_mapped_id_context_source(tmp_path: Path) -> None:
    """Id, context and source are taken from mapped columns instead of those with the usual names."""
    row = {"prompt": "q", "response": "a", "id": "no", "key": 5, "doc": "facts", "context": ["no"], "origin": "web"}
    example = load_row(tmp_path, row, columns={"id": "key", "context": "doc", "source": "origin"})
    assert (example.id, example.context, example.source) == ("5", "facts", "web")


def test_reason_names_mapped_column(tmp_path: Path) -> None:
    """A reject of a mapped column names the column as its owner does."""
    rows = [{"frage": "q", "antwort": "a"}, {"frage": 3, "antwort": "a"}, {"frage": "q"}]
    loaded = load_rows(tmp_path, rows, columns={"prompt": "frage", "response": "antwort"})
    assert [r.reason for r in loaded.rejects] == [
        "`frage` is a number, text was expected",
        "`antwort` is missing; the row has `prompt`",
    ]


@pytest.mark.parametrize("columns", [{"prompt": "q", "response": "zz"}, {"id": "zz"}, {"prompt": "zz"}])
def test_mapped_column_in_no_row(tmp_path: Path, columns: dict[str, str]) -> None:
    """A mapped column that is in no row is one line with the columns that are there."""
    with pytest.raises(DataError, match="no row has `zz`; the columns are `q`, `response`"):
        load_rows(tmp_path, [{"q": "x", "response": "y"}] * 2, columns=columns)


def test_mapped_column_appears_late(tmp_path: Path) -> None:
    """A mapped column may first appear after the rows that were looked at to find the schema."""
    rows = [{"prompt": "q", "response": "a"}] * 300 + [{"prompt": "q", "response": "a", "key": "late"}]
    assert load_rows(tmp_path, rows, columns={"id": "key"}).examples[-1].id == "late"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"schema": "chatml"}, "choose one of messages, sharegpt, alpaca, prompt_response"),
        ({"columns": {"promt": "q"}}, "dataset.columns.promt: no such role; choose from .*prompt"),
        ({"turns": "first"}, "choose trained or last"),
        ({"max_row_mb": 0}, "above 0"),
        ({"max_row_mb": float("inf")}, "above 0"),
    ],
)
def test_wrong_spec(tmp_path: Path, options: dict[str, object], message: str) -> None:
    """A spec that names something that does not exist is one line with what there is."""
    with pytest.raises(DataError, match=message):
        load_rows(tmp_path, [{"prompt": "q", "response": "a"}], **options)
