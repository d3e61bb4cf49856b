"""A file split in two: kept + removed = input, in every format, whatever is in it."""

import contextlib
import gzip
import io
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from test_sources_formats import pack, save_folder

from judge.errors import DataError
from judge.sources import Loaded, Spec, load, split

BOM = b"\xef\xbb\xbf"
# what ends a line somewhere, or stands for something in one of the formats
TEXT = st.text(alphabet='ab,;"\\{}[]\n\r\t\x00\x0b\x0c\x1c\x85\u2028\u2029\ufeff🙂', max_size=6)
ENDS = st.sampled_from([b"\n", b"\r\n"])
PACKED = st.sampled_from(["", ".gz", ".zst"])
EASY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

Pieces = list[tuple[bytes, bool]]  # bytes of a file, and whether they are a row's


def row(prompt: str, response: str) -> bytes:
    """Make a row of JSON."""
    return json.dumps({"prompt": prompt, "response": response}, ensure_ascii=False).encode()


JSON_ROW = st.builds(row, TEXT, TEXT)
BAD_JSON = st.sampled_from([b'{"prompt": "\xff", "response": ""}', b'{"prompt" 1}', b'{"prompt": 1, "response": "x"}'])
JSON_LINE = st.tuples(st.one_of(JSON_ROW, JSON_ROW, BAD_JSON, st.just(b"null"), st.just(b"\x00")), st.just(True))
BLANK = st.tuples(st.sampled_from([b"", b"  ", b"\t", b"\x0b"]), st.just(False))


def cell(text: str) -> bytes:
    """Quote a field."""
    return b'"' + text.replace('"', '""').encode() + b'"'


CSV_ROW = st.builds(lambda a, b: cell(a) + b"," + cell(b), TEXT, TEXT)
BAD_CSV = st.sampled_from([b'"x"y,z', b"\xff,b", b"one", b"1,2,3", b"a\rb,c", b'"a\n"b,c', b"\x00,\xff", b'a"b,c'])
CSV_LINE = st.tuples(st.one_of(CSV_ROW, CSV_ROW, st.just(b"a,b"), BAD_CSV), st.just(True))


@st.composite
def lines(draw: st.DrawFn, line: st.SearchStrategy[tuple[bytes, bool]], blanks: st.SearchStrategy[object]) -> Pieces:
    """Draw lines with their ends, of which the last may have none."""
    found = [(text + draw(ENDS), own) for text, own in draw(st.lists(st.one_of(line, line, line, blanks), max_size=8))]
    if found and found[-1][1] and draw(st.booleans()):
        text, _ = found[-1]
        found[-1] = (text.removesuffix(b"\n").removesuffix(b"\r"), True)
    return found


def spec(path: Path) -> Spec:
    """Read as what the rows are, so that no part of a file is taken for something else."""
    return Spec(path=path, name="set", schema="prompt_response")


def content(loaded: Loaded, of: Callable[[int], bool]) -> tuple[list[object], list[object]]:
    """What was read of the lines that count, in order: rows and rejects."""
    return (
        [(example.turns, example.source, example.context) for example in loaded.examples if of(example.line)],
        [(reject.reason, reject.text) for reject in loaded.rejects if of(reject.line)],
    )


def part(path: Path, choose: Callable[[Sequence[int]], set[int]]) -> tuple[set[int], Path, Path] | None:
    """
    Split a file, and hold what is read of the two against what was read of the one.

    Returns nothing where the file as a whole cannot be read.
    """
    try:
        loaded = load(spec(path))
    except DataError:
        return None
    gone = {reject.line for reject in loaded.rejects} | choose([example.line for example in loaded.examples])
    kept, removed = (path.with_name(name + "".join(path.suffixes)) for name in ("kept", "removed"))
    assert split(path, gone, kept, removed) == (loaded.rows - len(gone), len(gone))
    for out, inside in ((kept, lambda line: line not in gone), (removed, lambda line: line in gone)):
        expected = content(loaded, inside)
        if expected[0]:
            assert expected == content(load(spec(out)), lambda _: True)
        elif expected[1]:  # such a set may be none
            with contextlib.suppress(DataError):
                assert expected == content(load(spec(out)), lambda _: True)
    assert sorted(p.name for p in path.parent.iterdir()) == sorted([path.name, kept.name, removed.name])
    return gone, kept, removed


def check_bytes(
    suffix: str, packed: str, build: Callable[[Pieces], bytes], pieces: Pieces, draw: st.DataObject
) -> None:
    """Split a file that `build` makes of pieces: each of the two is what it makes of its own, byte for byte."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"rows{suffix}{packed}"
        path.write_bytes(pack(build(pieces), packed))
        done = part(path, lambda own: draw.draw(st.sets(st.sampled_from(own))) if own else set())
        if done is None:
            return
        gone, kept, removed = done
        numbers = [sum(own for _, own in pieces[: n + 1]) if own else 0 for n, (_, own) in enumerate(pieces)]
        if suffix == ".jsonl":
            numbers = [n + 1 for n in range(len(pieces))]
        stays = [piece for piece, number in zip(pieces, numbers, strict=True) if number not in gone]
        goes = [piece for piece, number in zip(pieces, numbers, strict=True) if number in gone]
        assert build(stays) == unpack(kept)
        assert build(goes).removeprefix(BOM) == unpack(removed).removeprefix(BOM)


def unpack(path: Path) -> bytes:
    """Bytes of a file as they were before compression."""
    if path.suffix == ".zst":
        with pa.input_stream(str(path), compression="zstd") as stream:
            return bytes(stream.read())
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


@EASY
@given(bom=st.sampled_from([b"", BOM]), packed=PACKED, pieces=lines(JSON_LINE, BLANK), draw=st.data())
def test_json_lines(bom: bytes, packed: str, pieces: Pieces, draw: st.DataObject) -> None:
    """JSON Lines are dealt out byte for byte and in order; blank lines and the mark at the start stay."""
    check_bytes(".jsonl", packed, lambda some: bom + b"".join(text for text, _ in some), pieces, draw)


@EASY
@given(
    head=st.builds(
        bytes.__add__, st.sampled_from([b"", BOM]), st.sampled_from([b"prompt,response\r\n", b'"prompt","response"\n'])
    ),
    packed=PACKED,
    pieces=lines(CSV_LINE, st.just((b"", False))),
    draw=st.data(),
)
def test_csv(head: bytes, packed: str, pieces: Pieces, draw: st.DataObject) -> None:
    """CSV records of any number of lines are dealt out byte for byte under the same header; blank lines stay."""
    check_bytes(".csv", packed, lambda some: head + b"".join(text for text, _ in some), pieces, draw)


SPACE = st.sampled_from([b"", b" ", b"\n  ", b"\r\n"])
JSON_CELL = st.tuples(st.builds(lambda a, b, c: a + b + c, SPACE, JSON_ROW, SPACE), st.just(True))
BAD_CELL = st.tuples(BAD_JSON, st.just(True))
WRAPPERS = [
    (b"[", b"]"),
    (BOM + b" \n[", b"\n]\n"),
    (b'{"tags": ["[{", 1], "rows":[', b'], "info": {"a": [{"b": 1}]}}'),
]


@EASY
@given(
    wrapper=st.sampled_from(WRAPPERS),
    packed=PACKED,
    first=JSON_CELL,
    pieces=st.lists(st.one_of(JSON_CELL, JSON_CELL, BAD_CELL, st.just((b" ", False))), max_size=6),
    draw=st.data(),
)
def test_json(
    wrapper: tuple[bytes, bytes], packed: str, first: tuple[bytes, bool], pieces: Pieces, draw: st.DataObject
) -> None:
    """The texts of the rows are dealt out byte for byte inside the same wrapper."""
    last, own = pieces.pop() if pieces else (b"", False)
    pieces = [first, *pieces, *([(last.rstrip(), own)] if last.strip() else [])]
    pieces[-1] = (pieces[-1][0].rstrip(), pieces[-1][1])
    check_bytes(
        ".json", packed, lambda some: wrapper[0] + b",".join(text for text, _ in some) + wrapper[1], pieces, draw
    )


@EASY
@given(head=st.sampled_from([b"", BOM, b"\n \n"]), first=JSON_ROW, pieces=lines(JSON_LINE, BLANK), draw=st.data())
def test_json_that_is_lines(head: bytes, first: bytes, pieces: Pieces, draw: st.DataObject) -> None:
    """A `.json` file of lines is dealt out by lines: merged by their numbers the two are the input again."""
    data = head + b"\n".join([first, first, b"".join(text for text, _ in pieces)])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.json"
        path.write_bytes(data)
        done = part(path, lambda own: draw.draw(st.sets(st.sampled_from(own))) if own else set())
        if done:
            gone, kept, removed = done
            start = len(data) - len(data.removeprefix(BOM).lstrip())
            stays, goes = io.BytesIO(kept.read_bytes()[start:]), io.BytesIO(removed.read_bytes())
            whole = io.BytesIO(data[start:])
            merged = [next(goes if n in gone else stays) for n, _ in enumerate(whole, start=1)]
            assert data[start:] == b"".join(merged)


def test_json_of_one_row(tmp_path: Path) -> None:
    """A row that stands alone in its file leaves nothing behind when it goes."""
    (tmp_path / "rows.json").write_bytes(b' {"prompt": "q",\n "response": "a"}\n')
    assert split(tmp_path / "rows.json", {1}, tmp_path / "kept.json", tmp_path / "removed.json") == (0, 1)
    assert (tmp_path / "kept.json").read_bytes() == b" \n"
    assert (tmp_path / "removed.json").read_bytes() == (tmp_path / "rows.json").read_bytes()


PLAIN = st.tuples(st.text(max_size=4).map(str.encode), st.just(b"answer"))
VALUES = st.lists(st.one_of(PLAIN, PLAIN, st.just((b"bad \xff\x00", b"x"))), min_size=1, max_size=12)


def table(rows: Sequence[tuple[bytes, bytes]]) -> pa.Table:
    """Make a table with metadata, of many kinds of columns, some with nulls; its texts may be no UTF-8."""
    count = range(len(rows))
    columns = {
        "prompt": pa.array([prompt for prompt, _ in rows]).view(pa.string()),
        "response": pa.array([response for _, response in rows]).view(pa.string()),
        "nested": pa.array(
            [[{"n": i, "t": None}] * (i % 3) for i in count],
            pa.list_(pa.struct([("n", pa.int8()), ("t", pa.string())])),
        ),
        "kind": pa.array([("x", None, "y")[i % 3] for i in count]).dictionary_encode(),
        "at": pa.array([i * 1_000_000_007 for i in count], pa.timestamp("ns", tz="UTC")),
        "number": pa.array([None if i % 2 else i / 3 for i in count], pa.float32()),
    }
    schema = pa.schema(
        [pa.field(name, column.type, metadata={"of": name}) for name, column in columns.items()], {"huggingface": "{}"}
    )
    return pa.table(columns, schema=schema)


def halves(whole: pa.Table, gone: set[int]) -> tuple[pa.Table, pa.Table]:
    """Rows that stay, and rows that go."""
    out = [n + 1 in gone for n in range(whole.num_rows)]
    return whole.filter(pa.array([not one for one in out])), whole.filter(pa.array(out))


@settings(EASY, max_examples=25)
@given(
    rows=VALUES,
    size=st.integers(1, 12),
    packed=PACKED,
    codec=st.sampled_from(["snappy", {"prompt": "gzip", "nested.list.element.n": "zstd"}]),
    draw=st.data(),
)
def test_parquet(
    rows: list[tuple[bytes, bytes]], size: int, packed: str, codec: str | dict[str, str], draw: st.DataObject
) -> None:
    """Parquet rows are dealt out value for value; schema, metadata and each column's compression stay the same."""
    whole, made = table(rows), io.BytesIO()
    parquet.write_table(whole, made, row_group_size=size, compression=codec)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"rows.parquet{packed}"
        path.write_bytes(pack(made.getvalue(), packed))
        done = part(path, lambda own: draw.draw(st.sets(st.sampled_from(own))) if own else set())
        if done is None:
            return
        source = parquet.ParquetFile(made)
        for out, expected in zip(done[1:], halves(whole, done[0]), strict=True):
            found = parquet.ParquetFile(io.BytesIO(unpack(out)))
            assert found.schema_arrow.equals(source.schema_arrow, check_metadata=True)
            assert found.read().equals(expected)
            if found.num_row_groups:
                assert codecs(source) == codecs(found)


def codecs(file: parquet.ParquetFile) -> list[str]:
    """Compression of each column."""
    group = file.metadata.row_group(0)
    return [group.column(n).compression for n in range(group.num_columns)]


def test_row_groups_stay(tmp_path: Path) -> None:
    """The row groups of a Parquet file are those of its parts, without what went."""
    path, kept, removed = (tmp_path / f"{name}.parquet" for name in ("rows", "kept", "removed"))
    parquet.write_table(table([(b"q", b"a")] * 10), path, row_group_size=4)
    split(path, {1, 5, 6, 7, 8}, kept, removed)
    sizes = [[parquet.ParquetFile(p).metadata.row_group(n).num_rows for n in range(2)] for p in (kept, removed)]
    assert sizes == [[3, 2], [1, 4]]


@settings(EASY, max_examples=25)
@given(rows=VALUES, cut=st.integers(0, 12), draw=st.data())
def test_saved_folder(rows: list[tuple[bytes, bytes]], cut: int, draw: st.DataObject) -> None:
    """A saved data set becomes two, of the same features and files, value for value."""
    whole = table(rows)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "saved"
        save_folder(path, [whole.slice(0, cut), whole.slice(cut)])
        done = part(path, lambda own: draw.draw(st.sets(st.sampled_from(own))) if own else set())
        if done is None:
            return
        names = sorted(p.name for p in path.iterdir())
        for out, expected in zip(done[1:], halves(whole, done[0]), strict=True):
            assert names == sorted(p.name for p in out.iterdir())
            found = [pa.ipc.open_stream(p.read_bytes()).read_all() for p in sorted(out.glob("*.arrow"))]
            assert found[0].schema.equals(whole.schema, check_metadata=True)
            assert pa.concat_tables(found).unify_dictionaries().equals(expected.unify_dictionaries())


def test_saved_folder_says_what_it_holds(tmp_path: Path) -> None:
    """The counts of the right split are corrected, and every folder has a fingerprint of its own."""
    whole = table([(b"q", b"a")] * 5)
    save_folder(tmp_path / "saved", [whole])
    state = json.loads((tmp_path / "saved/state.json").read_text())
    (tmp_path / "saved/state.json").write_text(json.dumps({**state, "_split": "train"}))
    splits = {
        name: {"name": name, "num_bytes": 900, "num_examples": 5, "shard_lengths": [5]} for name in ("train", "test")
    }
    info = {"splits": splits, "features": {"x": 1}, "dataset_size": 1800, "size_in_bytes": 1810, "download_size": 10}
    (tmp_path / "saved/dataset_info.json").write_text(json.dumps(info))
    prints = {"0"}
    for name, gone in (("one", {2, 3}), ("two", {1, 2})):
        kept, removed = tmp_path / name / "kept", tmp_path / name / "removed"
        split(tmp_path / "saved", gone, kept, removed)
        for out, rows in ((kept, 3), (removed, 2)):
            told = json.loads((out / "dataset_info.json").read_text())
            assert told["splits"]["train"]["num_examples"] == rows
            assert told["splits"]["train"]["shard_lengths"] is None
            assert told["splits"]["test"] == splits["test"]
            assert told["features"] == info["features"]
            assert told["dataset_size"] == told["splits"]["train"]["num_bytes"] + 900 == told["size_in_bytes"] - 10
            assert told["splits"]["train"]["num_bytes"] < whole.nbytes
            prints.add(json.loads((out / "state.json").read_text())["_fingerprint"])
    assert len(prints) == 5


def test_saved_folder_opens_with_its_own_library(tmp_path: Path) -> None:
    """`datasets` saves a set, and opens both of its parts, also the one that is empty."""
    import datasets

    rows = {"prompt": [f"q{n}" for n in range(6)], "response": ["a"] * 6, "kind": [0, 1] * 3}
    made = datasets.Dataset.from_dict(rows).cast_column("kind", datasets.ClassLabel(names=["x", "y"]))
    datasets.DatasetDict({"train": made}).save_to_disk(str(tmp_path / "saved"), num_shards={"train": 2})
    for name, gone in (("some", {1, 5}), ("none", set()), ("all", {1, 2, 3, 4, 5, 6})):
        kept, removed = tmp_path / name / "kept", tmp_path / name / "removed"
        split(tmp_path / "saved" / "train", gone, kept, removed)
        first, second = (datasets.load_from_disk(str(out)) for out in (kept, removed))
        assert first.features == second.features == made.features
        assert first["prompt"][:] == [f"q{n}" for n in range(6) if n + 1 not in gone]
        assert second["prompt"][:] == [f"q{n}" for n in range(6) if n + 1 in gone]


def test_nothing_is_left_or_overwritten_where_it_fails(tmp_path: Path) -> None:
    """A name that is taken, a line that is no row's, a folder that cannot be made, a broken file: one line each."""
    path, kept, removed = (tmp_path / f"{name}.jsonl" for name in ("rows", "kept", "removed"))
    path.write_bytes(row("q", "a") + b"\n\n")
    removed.write_bytes(b"mine")
    with pytest.raises(DataError, match=r"removed.jsonl is there already, and nothing is written over"):
        split(path, {1}, kept, removed)
    assert removed.read_bytes() == b"mine"
    removed.unlink()
    with pytest.raises(DataError, match="it has 1 of the 2 rows that were to go"):
        split(path, {1, 2}, kept, removed)
    with pytest.raises(DataError, match=r"cannot write .*File exists") as caught:
        split(path, {1}, path / "kept.jsonl", removed)
    assert "\n" not in str(caught.value)
    (tmp_path / "bad.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match="cannot split"):
        split(tmp_path / "bad.parquet", {1}, tmp_path / "kept.parquet", tmp_path / "removed.parquet")
    save_folder(tmp_path / "saved", [table([(b"q", b"a")])])
    (tmp_path / "saved" / "state.json").write_text("{}")
    with pytest.raises(DataError, match="does not name its data files"):
        split(tmp_path / "saved", {1}, tmp_path / "kept", tmp_path / "removed")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.parquet", "rows.jsonl", "saved"]
    split(path, {1}, kept, removed)
    assert (kept.read_bytes(), removed.read_bytes()) == (b"\n", row("q", "a") + b"\n")


def test_a_disk_that_is_full_is_one_line(tmp_path: Path) -> None:
    """What cannot be written leaves the first half neither under its name nor under another."""
    if not Path("/dev/full").exists():
        pytest.skip("no device that is always full")
    path = tmp_path / "rows.jsonl"
    path.write_bytes(row("q", "a" * 100_000) + b"\n")
    (tmp_path / f".removed.jsonl.{os.getpid()}").symlink_to("/dev/full")
    with pytest.raises(DataError, match=r"cannot split .*: No space left on device; check"):
        split(path, {1}, tmp_path / "kept.jsonl", tmp_path / "removed.jsonl")
    assert [p.name for p in tmp_path.iterdir()] == ["rows.jsonl"]


def test_the_same_split_is_the_same_bytes(tmp_path: Path) -> None:
    """Compressed or not, the parts hold no time and no chance."""
    data = b"".join(row(f"q{n}", "a") + b"\n" for n in range(50))
    for packed in ("", ".gz", ".zst"):
        path = tmp_path / f"rows.jsonl{packed}"
        path.write_bytes(pack(data, packed))
        for folder in ("one", "two"):
            split(path, {3, 9}, tmp_path / folder / f"k.jsonl{packed}", tmp_path / folder / f"r.jsonl{packed}")
        assert (tmp_path / f"one/k.jsonl{packed}").read_bytes() == (tmp_path / f"two/k.jsonl{packed}").read_bytes()


def test_a_hundred_thousand_rows_take_seconds(tmp_path: Path) -> None:
    """A large file is streamed: its time is that of reading and writing it."""
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"".join(row(f"q{n}", "a" * 200) + b"\n" for n in range(100_000)))
    start = time.process_time()
    counts = split(path, range(1, 100_001, 20), tmp_path / "kept.jsonl", tmp_path / "removed.jsonl")
    assert counts == (95_000, 5_000)
    assert time.process_time() - start < 5
