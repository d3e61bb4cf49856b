"""Every format and compression ends in the same examples."""

import csv
import gzip
import io
import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from judge.errors import DataError
from judge.records import Example
from judge.sources import Spec, load

ROWS = [
    {"id": "a", "prompt": 'Line\u2028one,\nand "two"?', "response": "Über, 🙂", "context": "", "source": "shop"},
    {"id": "b", "prompt": "", "response": "", "context": "The policy.", "source": "shop"},
    {"id": "c", "prompt": "x" * 200_000, "response": "long", "context": "", "source": ""},
]


def jsonl(rows: list[dict[str, object]]) -> bytes:
    """Rows as JSON Lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def as_csv(rows: list[dict[str, object]]) -> bytes:
    """Rows as CSV."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_parquet(rows: list[dict[str, object]]) -> bytes:
    """Rows as Parquet."""
    out = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows), out)
    return out.getvalue()


def zstd(data: bytes) -> bytes:
    """Bytes as one Zstandard frame."""
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, "zstd") as stream:
        stream.write(data)
    return bytes(out.getvalue())


def pack(data: bytes, suffix: str) -> bytes:
    """Bytes compressed as a suffix says."""
    match suffix:
        case ".gz":
            return gzip.compress(data)
        case ".zst":
            return zstd(data)
        case _:
            return data


WRITERS = {
    ".jsonl": jsonl,
    ".json": lambda rows: json.dumps(rows, indent=1).encode(),
    ".csv": as_csv,
    ".parquet": as_parquet,
}


def save_folder(folder: Path, tables: list[pa.Table]) -> None:
    """The layout of `datasets.save_to_disk`."""
    folder.mkdir(parents=True)
    names = [f"data-{i:05d}-of-{len(tables):05d}.arrow" for i in range(len(tables))]
    for name, table in zip(names, tables, strict=True):
        with pa.OSFile(str(folder / name), "wb") as file, pa.ipc.new_stream(file, table.schema) as stream:
            stream.write_table(table)
    state = {"_data_files": [{"filename": name} for name in names], "_fingerprint": "0", "_split": None}
    (folder / "state.json").write_text(json.dumps(state))
    (folder / "dataset_info.json").write_text("{}")


def load_bytes(path: Path, data: bytes, **options: object) -> tuple[Example, ...]:
    """Examples of a file with these bytes, none of them rejected."""
    path.write_bytes(data)
    loaded = load(Spec(path=path, name="set", **options))  # type: ignore[arg-type]
    assert loaded.rejects == ()
    return loaded.examples


@pytest.fixture
def expected(tmp_path: Path) -> tuple[Example, ...]:
    """What every format must read."""
    examples = load_bytes(tmp_path / "expected.jsonl", jsonl(ROWS))
    assert [e.turns[0].content for e in examples] == [row["prompt"] for row in ROWS]
    assert [e.source for e in examples] == ["shop", "shop", "set"]
    assert [e.context for e in examples] == [None, "The policy.", None]
    return examples


@pytest.mark.parametrize("packed", ["", ".gz", ".zst", ".GZ"])
@pytest.mark.parametrize("suffix", WRITERS)
def test_round_trip(tmp_path: Path, expected: tuple[Example, ...], suffix: str, packed: str) -> None:
    """The same rows in any format and compression are the same examples."""
    data = pack(WRITERS[suffix](ROWS), packed.lower())
    assert expected == load_bytes(tmp_path / f"rows{suffix}{packed}", data)


def test_saved_folder(tmp_path: Path, expected: tuple[Example, ...]) -> None:
    """A saved Hugging Face data set of several files is read in order, its rows numbered through."""
    save_folder(tmp_path / "saved", [pa.Table.from_pylist(ROWS[:2]), pa.Table.from_pylist(ROWS[2:])])
    loaded = load(Spec(path=tmp_path / "saved", name="set"))
    assert expected == loaded.examples
    assert loaded.digest.startswith("sha256:")


def test_split_folder(tmp_path: Path) -> None:
    """A folder of several splits is one line that names them and says to point at one."""
    (tmp_path / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    with pytest.raises(DataError, match=r"splits \(train, test\); point dataset.path at one: .*/train$"):
        load(Spec(path=tmp_path, name="set"))


@pytest.mark.parametrize(
    "state",
    [
        "",
        "[]",
        "{}",
        '{"_data_files": [{}]}',
        '{"_data_files": [{"filename": "gone.arrow"}]}',
        '{"_indices_data_files": [1]}',
    ],
)
def test_broken_state(tmp_path: Path, state: str) -> None:
    """A state.json that cannot be followed is one line."""
    (tmp_path / "state.json").write_text(state)
    with pytest.raises(DataError, match="cannot read"):
        load(Spec(path=tmp_path, name="set"))


@pytest.mark.parametrize(
    "data",
    [
        json.dumps({"version": 1, "data": ROWS}).encode(),
        json.dumps({"tags": ["x", "[{"], "rows": ROWS, "info": {"list": [{"a": 1}]}}, indent=2).encode(),
        b"\xef\xbb\xbf" + json.dumps(ROWS).encode(),
        b"  [" + b",\n".join(json.dumps(row).encode() for row in ROWS) + b",\n] ",
        jsonl(ROWS),
    ],
)
def test_json_shapes(tmp_path: Path, expected: tuple[Example, ...], data: bytes) -> None:
    """A `.json` file may be a list, an object around one list, or JSON Lines."""
    found = load_bytes(tmp_path / "rows.json", data)
    assert [replace(e, line=0) for e in expected] == [replace(e, line=0) for e in found]


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]},
        {"prompt": "q", "answer": "a"},
    ],
)
def test_json_of_one_row(tmp_path: Path, row: dict[str, object]) -> None:
    """A single row is a row, though its messages are a list of objects."""
    (example,) = load_bytes(tmp_path / "row.json", json.dumps(row, indent=2).encode())
    assert [turn.content for turn in example.turns] == ["q", "a"]


def test_json_bad_row(tmp_path: Path) -> None:
    """A broken row inside a JSON list is one reject, with its own text; the rows after it are read."""
    path = tmp_path / "rows.json"
    path.write_bytes(b'[{"prompt":"a","response":"b"}, {"prompt":"\xff"}, {"prompt" 1}, {"prompt":"c","response":"d"}]')
    loaded = load(Spec(path=path, name="set"))
    assert [e.line for e in loaded.examples] == [1, 4]
    assert [(r.line, r.text) for r in loaded.rejects] == [(2, '{"prompt":"\\xff"}'), (3, '{"prompt" 1}')]
    assert "invalid UTF-8 at byte offset 11" in loaded.rejects[0].reason


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'[{"prompt":"a","response":"b"}', "cut off"),
        (b'[{"prompt":"a","response":"b', "cut off"),
        (b'{"data": [{"prompt":"a","response":"b"}', "cut off"),
        (b'[{"prompt":"a","response":"b"}] []', "more text"),
        (b'{"train": [{"prompt":"a"}], "test": [{"prompt":"a"}]}', r"several lists of rows \(train, test\)"),
        (b"42", "is an object that can be read"),
        (b"[1, 2]", "is an object that can be read"),
        (b"[" * 100_000, "cut off"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
    ],
)
def test_json_broken(tmp_path: Path, data: bytes, message: str) -> None:
    """A `.json` file that is no list of rows is one line that says why."""
    path = tmp_path / "rows.json"
    path.write_bytes(data)
    with pytest.raises(DataError, match=message) as caught:
        load(Spec(path=path, name="set"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_delimiters(tmp_path: Path, delimiter: str) -> None:
    """A CSV file is read with the delimiter its header shows, a BOM and CRLF or not."""
    data = f'\ufeffprompt{delimiter}response\r\n"a{delimiter}\r\nb"{delimiter}c\r\n\r\nd{delimiter}e'.encode()
    examples = load_bytes(tmp_path / "rows.csv", data)
    assert [[f"a{delimiter}\r\nb", "c"], ["d", "e"]] == [[t.content for t in e.turns] for e in examples]
    assert [e.line for e in examples] == [1, 2]


def test_csv_bad_rows(tmp_path: Path) -> None:
    """CSV rows that do not fit the header, or are no CSV or text, are rejects with their number and original text."""
    path = tmp_path / "rows.csv"
    path.write_bytes(b'prompt,response\n"a\nb",c\nonly\n1,2,3\n"x"y,z\n\xff,b\nd,e\n')
    loaded = load(Spec(path=path, name="set"))
    assert [e.line for e in loaded.examples] == [1, 6]
    assert [(r.line, r.reason, r.text) for r in loaded.rejects] == [
        (2, "1 fields where the header names 2", "only"),
        (3, "3 fields where the header names 2", "1,2,3"),
        (4, "invalid CSV: ',' expected after '\"'", '"x"y,z'),
        (5, "invalid UTF-8 at byte offset 0 (0xff)", "\\xff,b"),
    ]


def test_csv_too_large(tmp_path: Path) -> None:
    """A CSV record over the limit is one reject, however many lines it has."""
    big = "line, with comma\n" * 100_000
    (tmp_path / "rows.csv").write_bytes(as_csv([{"prompt": t, "response": "a"} for t in ("q", big, "q")]))
    loaded = load(Spec(path=tmp_path / "rows.csv", name="set"))
    assert [e.line for e in loaded.examples] == [1, 3]
    assert loaded.rejects[0].reason == "the row has 1.70 MB, more than dataset.max_row_mb=1 allows"


def test_csv_json_cells(tmp_path: Path) -> None:
    """A messages cell holds JSON; one that does not is a reject that says so."""
    rows = [
        {"messages": json.dumps([{"role": "assistant", "content": "hi"}])},
        {"messages": "hi"},
        {"messages": "[" * 99999},
    ]
    (tmp_path / "rows.csv").write_bytes(as_csv(rows))
    loaded = load(Spec(path=tmp_path / "rows.csv", name="set"))
    assert [e.turns[0].content for e in loaded.examples] == ["hi"]
    assert "`messages` is text but no JSON list" in loaded.rejects[0].reason
    assert loaded.rejects[1].reason == "the row is nested too deeply"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\n\na,b\n", "it has no header"),
        (b"prompt,prompt\na,b\n", "'prompt' stands in it more than once"),
        (b"\xffprompt,response\na,b\n", "no UTF-8"),
        (b"\xff\xfep\0r\0", "UTF-16"),
        (b'prompt,response\na,b\nc,"d\ne,f\n', r"quote opened in record 2 is never closed \(2 lines"),
        (b"What is this?,That\na,b\n", "the fields are `What is this\\?`, `That`"),
    ],
)
def test_csv_broken(tmp_path: Path, data: bytes, message: str) -> None:
    """A CSV file without a header, or whose rows are swallowed by a quote, is one line that says so."""
    (tmp_path / "rows.csv").write_bytes(data)
    with pytest.raises(DataError, match=message):
        load(Spec(path=tmp_path / "rows.csv", name="set"))


def test_parquet_values(tmp_path: Path) -> None:
    """Nested Parquet values are messages; nulls in optional fields mean nothing was there."""
    messages = [
        {"role": "user", "content": "q", "tool_calls": None, "weight": None},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}],
            "weight": 1,
        },
    ]
    (example,) = load_bytes(tmp_path / "rows.parquet", as_parquet([{"id": 7, "messages": messages, "context": None}]))
    assert (example.id, example.turns[1].tool_calls[0].name) == ("7", "f")


def test_columns_of_lists(tmp_path: Path) -> None:
    """Messages saved as columns (the way `datasets` stores a Sequence of objects) are messages."""
    row = {"messages": {"role": ["user", "assistant"], "content": ["q", "a"]}}
    (example,) = load_bytes(tmp_path / "rows.parquet", as_parquet([row]))
    assert [turn.content for turn in example.turns] == ["q", "a"]


def test_parquet_bad_values(tmp_path: Path) -> None:
    """A Parquet value that Python cannot hold, and a row that is too large, are rejects of that row only."""
    broken = pa.array([b"good", b"b\xffd", b"good", b"x" * 1_200_000]).view(pa.string())
    parquet.write_table(pa.table({"prompt": broken, "response": ["1", "2", "3", "4"]}), tmp_path / "rows.parquet")
    loaded = load(Spec(path=tmp_path / "rows.parquet", name="set"))
    assert [e.line for e in loaded.examples] == [1, 3]
    assert [r.line for r in loaded.rejects] == [2, 4]
    assert loaded.rejects[0].reason.startswith("invalid UTF-8")
    assert loaded.rejects[0].text == '{"prompt": "b\\\\xffd", "response": "2"}'
    assert "1.20 MB, more than dataset.max_row_mb=1" in loaded.rejects[1].reason


def test_parquet_same_name_twice(tmp_path: Path) -> None:
    """Two Parquet columns of one name are one line, since a row could hold only one of them."""
    parquet.write_table(pa.table([["a"], ["b"]], names=["prompt", "prompt"]), tmp_path / "rows.parquet")
    with pytest.raises(DataError, match="more than one column named prompt"):
        load(Spec(path=tmp_path / "rows.parquet", name="set"))
