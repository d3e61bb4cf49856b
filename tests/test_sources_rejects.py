"""Bad rows are rejects with line, reason and text; bad files are one line; nothing is dropped."""

import json
import os
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from judge.errors import DataError
from judge.sources import Loaded, Spec, check_rejects, load

GOOD = b'{"prompt": "q", "response": "a"}'


def load_lines(path: Path, *lines: bytes, **options: object) -> Loaded:
    """What a file of these lines is loaded as."""
    path.write_bytes(b"\n".join(lines))
    return load(Spec(path=path, name="set", **options))  # type: ignore[arg-type]


def chat(*messages: object) -> bytes:
    """One line of messages."""
    return json.dumps({"messages": messages}).encode()


def pr(**fields: object) -> bytes:
    """A good line with some of its fields replaced."""
    return json.dumps({"prompt": "q", "response": "a"} | fields).encode()


BAD_TEXTS = [
    (b'{"prompt": "q", ', "invalid JSON at character 16"),
    (b"garbage", "invalid JSON at character 0"),
    (b'{"prompt": "q"} {"response": "a"}', "invalid JSON at character 16: Extra data"),
    (b"[" * 100_000, "nested too deeply"),
    (b'{"prompt": "q", "response": "a", "n": ' + b"9" * 5000 + b"}", "invalid JSON: Exceeds the limit"),
    (b'["prompt"]', "the row is a list, an object was expected"),
    (b'"text"', "the row is text"),
    (b"null", "the row is null"),
    (b"17", "the row is a number"),
    (b"true", "the row is true or false"),
    (b"NaN", "the row is a number"),
    (b"{}", "`prompt` is missing; the row has none"),
    (b'{"prompt": "q"}', "`response` is missing; the row has `prompt`"),
    (b'{"prompt": "q", "response": "\xff"}', "invalid UTF-8 at byte offset 29 (0xff)"),
    (b'{"prompt": "q", "response": "caf\xe9"}', "invalid UTF-8 at byte offset 32 (0xe9)"),
    (pr(response=3), "`response` is a number, text was expected"),
    (pr(response={"text": "a"}), "`response` is an object, text was expected"),
    (pr(response=float("nan")), "`response` is a number, text was expected"),
    (pr(prompt=None), "`prompt` is null, text was expected"),
    (pr(prompt=[]), "`prompt` is empty: no messages"),
    (pr(prompt="a\0b"), "`prompt` has a NUL character at position 1"),
    (pr(response="ab\ud83d"), "`response` has half of a surrogate pair (\\ud83d) at position 2"),
    (pr(context="\0"), "`context` has a NUL character at position 0"),
    (pr(context=["a"]), "`context` is a list, text was expected"),
    (pr(source="\udc00"), "`source` has half of a surrogate pair"),
    (pr(system=1), "`system` is a number, text was expected"),
    (pr(id=1.5), "`id` is a number, a string or an integer was expected"),
    (pr(id=True), "`id` is true or false, a string or an integer was expected"),
    (pr(uid={"$oid": "1"}), "`uid` is an object, a string or an integer was expected"),
    (pr(id="\0"), "`id` has a NUL character at position 0"),
]

BAD_CHATS = [
    (chat(), "`messages` is empty: no messages"),
    (b'{"messages": null}', "`messages` is null, a list was expected"),
    (b'{"messages": "hi"}', "`messages` is text but no JSON list"),
    (b'{"messages": {"role": "user"}}', "`messages` is an object, a list was expected"),
    (chat("hi"), "`messages[0]` is text, an object was expected"),
    (chat({"role": "user", "content": "q"}), "no assistant turn (the roles are user)"),
    (chat({"role": "assistant", "content": "a", "weight": 0}), "no assistant turn that is trained on"),
    (chat({"role": "assistant", "content": "a", "weight": "0"}), "`messages[0].weight` is text, 0 or 1 was expected"),
    (chat({"role": "assistant", "content": "a", "weight": float("nan")}), "`messages[0].weight` is a number, 0 or 1"),
    (chat({"role": "narrator", "content": "a"}), "`messages[0].role` is 'narrator', an unknown role; known are"),
    (chat({"role": 1, "content": "a"}), "`messages[0].role` is a number, an unknown role"),
    (chat({"content": "a"}), "`messages[0].role` is missing; the message has `content`"),
    (chat({"role": "assistant"}), "`messages[0].content` is missing; the message has `role`"),
    (chat({"role": "user", "content": None}), "`messages[0].content` is null, text was expected"),
    (chat({"role": "user", "content": 1}), "`messages[0].content` is a number, text was expected"),
    (chat({"role": "user", "content": [{"type": "text", "text": "\0"}]}), "`messages[0].content[0].text` has a NUL"),
    (chat({"role": "user", "content": [3]}), "`messages[0].content[0]` is a number"),
    (chat({"role": "assistant", "tool_calls": 3}), "`messages[0].tool_calls` is a number, a list was expected"),
    (chat({"role": "assistant", "tool_calls": ["f"]}), "`messages[0].tool_calls[0]` is text, an object was expected"),
    (chat({"role": "assistant", "tool_calls": [{"function": {}}]}), "`messages[0].tool_calls[0].name` is missing"),
    (
        chat({"role": "assistant", "tool_calls": [{"name": "f", "arguments": {"x": float("inf")}}]}),
        "`messages[0].tool_calls[0].arguments` cannot be written as JSON",
    ),
    (b'{"conversations": []}', "`messages` is missing; the row has `conversations`"),
]

BAD_OTHERS = [
    ("alpaca", {"instruction": "q", "output": 3}, "`output` is a number, text was expected"),
    ("alpaca", {"instruction": "q", "output": "a", "input": 3}, "`input` is a number, text was expected"),
    ("alpaca", {"instruction": "q", "output": "a", "history": ["x"]}, "`history[0]` is no pair of question and answer"),
    ("alpaca", {"instruction": "q", "output": "a", "history": [["x", 1]]}, "`history[0][1]` is a number"),
    (
        "sharegpt",
        {"conversations": [{"from": "alien", "value": "x"}]},
        "`conversations[0].from` is 'alien', an unknown",
    ),
    ("sharegpt", {"conversation": [{"from": "gpt"}]}, "`conversation[0].value` is missing; the entry has `from`"),
    ("sharegpt", {"conversation": [{"from": "human", "value": None}]}, "`conversation[0].value` is null"),
]


def assert_reject(loaded: Loaded, line: int, text: bytes, reason: str) -> None:
    """The only reject is this one."""
    (reject,) = loaded.rejects
    assert reject.reason.startswith(reason) or reason in reject.reason
    assert "\n" not in reject.reason
    assert reject.reason.encode()
    assert (reject.line, reject.text) == (line, text.decode("utf-8", "backslashreplace"))
    assert [e.line for e in loaded.examples] == [1, 5]


@pytest.mark.parametrize(("line", "reason"), BAD_TEXTS)
def test_bad_line(tmp_path: Path, line: bytes, reason: str) -> None:
    """A bad line is a reject with its number, a reason that names what was found, and its text; the rest is read."""
    assert_reject(load_lines(tmp_path / "x.jsonl", GOOD, b"", line, b" \r", GOOD, b""), 3, line, reason)


@pytest.mark.parametrize(("line", "reason"), BAD_CHATS)
def test_bad_chat(tmp_path: Path, line: bytes, reason: str) -> None:
    """A conversation that cannot be read is a reject that names the message at fault."""
    good = chat({"role": "assistant", "content": "a"})
    assert_reject(load_lines(tmp_path / "x.jsonl", good, line, b"", b"", good), 2, line, reason)


@pytest.mark.parametrize(("schema", "row", "reason"), BAD_OTHERS)
def test_bad_row_of_schema(tmp_path: Path, schema: str, row: object, reason: str) -> None:
    """Each schema says in its own words what is wrong with a row."""
    loaded = load_lines(tmp_path / "x.jsonl", json.dumps(row).encode(), schema=schema)
    assert loaded.examples == ()
    assert reason in loaded.rejects[0].reason


def test_too_large(tmp_path: Path) -> None:
    """A row over the limit is a reject with its size and the setting, and not even parsed."""
    line = b'{"prompt": "' + b"x" * 5_000_000
    loaded = load_lines(tmp_path / "x.jsonl", GOOD, line, b"", b"", GOOD)
    assert_reject(loaded, 2, line, "the row has 5.00 MB, more than dataset.max_row_mb=1 allows")
    path = tmp_path / "y.jsonl"
    assert len(load_lines(path, b'{"prompt": "' + b"x" * 5_000_000 + b'", "answer": ""}', max_row_mb=6).examples) == 1


def test_harmless(tmp_path: Path) -> None:
    """An empty answer, NaN in an unused field, a source of another type, CRLF and a BOM are no reason to reject."""
    lines = [pr(response=""), pr(extra=float("nan")), pr(source=3), pr(context=None), pr(id="", uid=None)]
    loaded = load_lines(tmp_path / "x.jsonl", b"\xef\xbb\xbf" + lines[0] + b"\r", *lines[1:])
    assert (len(loaded.examples), loaded.rejects) == (5, ())
    assert {e.source for e in loaded.examples} == {"set"}


def test_line_separator_is_content(tmp_path: Path) -> None:
    """U+2028, U+0085 and a form feed inside a row do not end it."""
    text = "a\u2028b\u0085c\u000cd"
    loaded = load_lines(tmp_path / "x.jsonl", json.dumps({"prompt": text, "response": ""}, ensure_ascii=False).encode())
    assert [e.turns[0].content for e in loaded.examples] == [text]


WHOLE_FILES = {
    "empty.jsonl": (b"", "has no rows"),
    "blank.jsonl": (b"\n \n\r\n", "has no rows"),
    "empty.json": (b"", "has no rows"),
    "none.json": (b"[]", "has no rows"),
    "empty.csv": (b"", "has no rows"),
    "header.csv": (b"prompt,response\n", "has no rows"),
    "empty.jsonl.gz": (b"", "has no rows"),
    "empty.parquet": (b"", "damaged, cut off"),
    "wrong.parquet": (GOOD * 9, "damaged, cut off"),
    "wrong.jsonl.gz": (GOOD, "damaged, cut off"),
    "wrong.jsonl.zst": (GOOD, "damaged, cut off"),
    "wrong.parquet.gz": (GOOD, "damaged, cut off"),
    "rows.txt": (GOOD, r"'.txt' is not supported; known are .csv .json .jsonl .parquet, each also .gz or .zst"),
    "rows.gz": (GOOD, "'\\(none\\)' is not supported"),
    "rows": (GOOD, "'\\(none\\)' is not supported"),
    "garbage.jsonl": (
        b"\xff\n3\n",
        "none of its 2 rows .* First: line 1: invalid UTF-8.*; line 2: not an object but '3'",
    ),
    "utf16.jsonl": ('{"prompt": "q"}'.encode("utf-16"), "UTF-16"),
}


@pytest.mark.parametrize("name", WHOLE_FILES)
def test_bad_file(tmp_path: Path, name: str) -> None:
    """A file that is no data set is one line that names it and says what is wrong."""
    data, message = WHOLE_FILES[name]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=message) as caught:
        load(Spec(path=tmp_path / name, name="set"))
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
@pytest.mark.parametrize("keep", [0.5, 0.98])
def test_truncated(tmp_path: Path, codec: str, keep: float) -> None:
    """A compressed file that was cut off is an error, never its first half."""
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, codec) as stream:
        stream.write(b"".join(pr(prompt=str(i**9)) + b"\n" for i in range(20_000)))
    data = bytes(out.getvalue())
    path = tmp_path / ("x.jsonl.gz" if codec == "gzip" else "x.jsonl.zst")
    path.write_bytes(data[: int(len(data) * keep)])
    with pytest.raises(DataError, match="damaged, cut off"):
        load(Spec(path=path, name="set"))


def test_truncated_parquet(tmp_path: Path) -> None:
    """A Parquet file without its end, or with damage inside, is one line."""
    path = tmp_path / "x.parquet"
    parquet.write_table(pa.table({"prompt": [str(i) for i in range(9999)], "response": ["a"] * 9999}), path)
    data = path.read_bytes()
    for broken in (data[:-100], data[:100] + b"\xff" * 5000 + data[5100:]):
        path.write_bytes(broken)
        with pytest.raises(DataError, match="damaged, cut off"):
            load(Spec(path=path, name="set"))


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("suport_v3.jsonl", r"no such file: .*suport_v3.jsonl; did you mean support_v3.jsonl\?"),
        ("other.csv", "no such file: .*other.csv; set dataset.path"),
        ("gone/x.csv", "there is no folder .*gone either"),
        (".", "it is a folder but no saved data set"),
    ],
)
def test_missing(tmp_path: Path, path: str, message: str) -> None:
    """A path where there is nothing to read is one line with the closest names."""
    (tmp_path / "support_v3.jsonl").write_bytes(GOOD)
    with pytest.raises(DataError, match=message):
        load(Spec(path=tmp_path / path, name="set"))


def test_fifo(tmp_path: Path) -> None:
    """A path that is no regular file does not hang."""
    os.mkfifo(tmp_path / "x.jsonl")
    with pytest.raises(DataError, match="no regular file"):
        load(Spec(path=tmp_path / "x.jsonl", name="set"))


def test_permission(tmp_path: Path) -> None:
    """A file that may not be read is one line that says so."""
    path = tmp_path / "x.jsonl"
    path.write_bytes(GOOD)
    path.chmod(0)
    user = os.geteuid()
    if user == 0:  # root may read everything, nobody may not
        os.seteuid(65534)
    try:
        with pytest.raises(DataError, match="no permission to read"):
            load(Spec(path=path, name="set"))
    finally:
        os.seteuid(user)


def test_check_rejects(tmp_path: Path) -> None:
    """Too large a share of rejects stops the run with the share, the first reasons, and what to do."""
    loaded = load_lines(tmp_path / "x.jsonl", *[GOOD] * 17, b"x", b"3", b"{}")
    check_rejects(loaded, 0.15)
    with pytest.raises(DataError) as caught:
        check_rejects(loaded, 0.14)
    message = str(caught.value)
    assert "3 of 20 rows (15.0%) cannot be read, more than max_rejects=0.14 allows" in message
    assert "line 18: invalid JSON at character 0: Expecting value; line 19: the row is a number" in message
    assert "Is this the right file, and is its schema `prompt_response`?" in message


def test_no_row_left(tmp_path: Path) -> None:
    """A file without a single good row stops the run whatever share is allowed."""
    loaded = load_lines(tmp_path / "x.jsonl", b"{}", schema="alpaca")
    with pytest.raises(DataError, match="1 of 1 rows"):
        check_rejects(loaded, 1.0)
