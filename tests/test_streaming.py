"""Runs without findings: any number of rows, none of them held. Real files, real processes."""

import gc
import json
import os
import tempfile
import time
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import forked
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge import audit, inbox, rank, reporting, sources, wiring
from judge.__main__ import main
from judge.digest import of_file
from judge.errors import ConfigError
from judge.lazy import Made
from judge.records import ToolCall, Turn, content_digest
from judge.sources import File, Loaded, Spec, rows
from judge.sources.rows import Parsed
from judge.spool import Spool
from judge.transcript import file

ROWS = 120
ALONE = ("backend=scripted", "findings=false")


def row(n: int, **more: Any) -> dict[str, Any]:
    """A row of the set."""
    return {"id": f"r{n}", "prompt": f"What is {n} plus {n}?", "response": f"It is {2 * n}.", **more}


def write(path: Path, lines: Sequence[object]) -> Path:
    """A JSON Lines file; texts are written as they are."""
    told = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("".join(f"{line}\n" for line in told), encoding="utf-8")
    return path


def run(folder: Path, *words: str, name: str = "run", lines: Sequence[object] | None = None) -> Path:
    """One run in this process; its folder."""
    path = write(folder / "rows.jsonl", [*map(row, range(ROWS))] if lines is None else lines)
    chosen = ["+dataset=local", f"dataset.path={path}", "quiet=true", f"store={folder}/{name}.sqlite", *words]
    parts = wiring.build(wiring.compose(chosen), rubric_set="standard", out=folder / name, night="n")
    try:
        audit.run(parts)
    finally:
        parts.store.close()
    return folder / name


# --- values on disk

odd = st.text(st.characters(), max_size=8)  # halves of surrogate pairs, NUL and all the rest
calls = st.lists(st.builds(ToolCall, name=odd, arguments=odd), max_size=2).map(tuple)
turns = st.lists(
    st.builds(Turn, role=st.sampled_from(["user", "assistant"]), content=odd, tool_calls=calls, trained=st.booleans()),
    max_size=3,
).map(tuple)
parsed = st.builds(
    Parsed,
    id=st.none() | odd,
    turns=turns,
    judged=st.lists(st.integers(0, 5), max_size=3).map(tuple),
    source=odd,
    line=st.integers(1, 2**40),
    digest=odd,
    context=st.none() | odd,
)


@settings(deadline=None, max_examples=60)
@given(st.lists(parsed, max_size=8), st.randoms())
def test_what_waits_on_disk_comes_back_as_it_was(values: list[Parsed], draw: Any) -> None:
    """In order, one by one in any order, and after more was added; and the folder shows no file."""
    with tempfile.TemporaryDirectory() as folder:
        spool = Spool(Path(folder), rows.packed, rows.unpacked)
        for n, value in enumerate(values):
            spool.append(value)
            if draw.random() < 0.5:
                at = draw.randrange(-n - 1, n + 1)
                assert spool[at] == values[: n + 1][at]
        assert list(spool) == spool[:] == values
        assert spool[1:3] == values[1:3]
        assert spool == values
        assert os.listdir(folder) == []  # noqa: PTH208
        with pytest.raises(IndexError):
            spool[len(values)]


def test_values_longer_than_a_block_come_back(tmp_path: Path) -> None:
    """Whatever lies across the pieces in which the file is read."""
    spool: Spool[str] = Spool(tmp_path, lambda text: (text,), lambda told: told[0])
    texts = [f"{n}" * size for n, size in enumerate([10, 700_000, 400_000, 3_000_000, 0, 5])]
    for text in texts:
        spool.append(text)
    assert list(spool) == texts


def test_the_file_is_closed_with_its_values(tmp_path: Path) -> None:
    """No descriptor is left, and so no room on the disk either."""
    gc.collect()  # of what tests before this one have left
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    spools: list[Spool[str]] = [Spool(tmp_path, lambda text: (text,), lambda told: told[0]) for _ in range(5)]
    assert len(os.listdir("/proc/self/fd")) == before + 5  # noqa: PTH208
    del spools
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_a_sequence_that_is_made_is_one() -> None:
    """Length, places from both ends, slices, iteration, and equality with what it stands for."""
    made = Made(4, lambda n: n * n)
    assert (len(made), made[1], made[-1], made[1:3], list(made)) == (4, 1, 9, [1, 4], [0, 1, 4, 9])
    assert made == (0, 1, 4, 9)
    assert made != [0, 1, 4]
    assert made != [0, 1, 4, 8]
    with pytest.raises(IndexError):
        made[4]


# --- loading

cells = st.tuples(st.sampled_from([None, "a", "b", "a~2", "a@s1", "row-0"]), st.sampled_from("uvw"), st.booleans())
files = st.lists(st.lists(cells, min_size=1, max_size=6), min_size=1, max_size=3)


@settings(deadline=None, max_examples=40)
@given(files, st.lists(st.sampled_from([0.5, 1.0]), min_size=3, max_size=3), st.sampled_from(["one file", "several"]))
def test_a_set_on_disk_is_the_set_in_memory(
    told: list[list[tuple[str | None, str, bool]]], trust: list[float], how: str
) -> None:
    """Examples, rejects, ids, notes and counts are the same, whatever stands twice."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = [
            [
                {"id": id_, "prompt": text, "response": "Yes.", "source": "x" if other else ""}
                if text != "w"
                else "no row"
                for id_, text, other in [*one, ("z", "u", False)]
            ]
            for one in told
        ]
        paths = [write(folder / f"{n}.jsonl", one) for n, one in enumerate(made)]
        named = {f"s{n}": File(path=path, trust=trust[n]) for n, path in enumerate(paths)}
        spec = Spec(name="set", files=named) if how == "several" else Spec(name="set", path=paths[0])
        held, waiting = sources.load(spec), sources.load(spec, folder / "spool")
    for field in ("schema", "duplicates", "renamed", "digest", "files", "rows", "across"):
        assert getattr(held, field) == getattr(waiting, field), field
    assert waiting.examples == held.examples
    assert waiting.rejects == held.rejects
    assert [waiting.examples[n] for n in range(len(held.examples))] == list(held.examples)
    assert held.across == sum(bool(example.also_in) for example in held.examples)


def load(folder: Path, count: int, spool: Path | None) -> Loaded:
    """Load so many rows."""
    path = write(folder / f"{count}.jsonl", [row(n, context="x" * 200) for n in range(count)])
    return sources.load(Spec(name="set", path=path), spool)


def test_rows_that_wait_on_disk_take_little_room(tmp_path: Path) -> None:
    """Beside what is given back at the end: 8 bytes a row, where a row in memory takes a thousand."""

    def slope(spool: Path | None) -> float:
        sizes = []
        for count in (300, 1_300):
            tracemalloc.start()
            loaded = load(tmp_path, count, spool)
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0])
            tracemalloc.stop()
            assert len(loaded.examples) == count
        return (sizes[1] - sizes[0]) / 1_000

    load(tmp_path, 10, tmp_path)  # what is imported by the first is no row's
    assert slope(tmp_path) < 16
    assert slope(None) > 600


# --- whole runs


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run that had no findings, of rows of which some are bad, and one of more rows."""
    folder = tmp_path_factory.mktemp("alone")
    lines = [*map(row, range(ROWS)), row(3), {"id": "bad"}, row(4, response="Another answer.")]
    write(folder / "rows.jsonl", lines)
    write(folder / "more.jsonl", [*lines, row(1_000)])
    for name in ("rows", "more"):
        words = ["+dataset=local", f"dataset.path={name}.jsonl", f"hydra.run.dir=runs/{name}/one", *ALONE]
        ended = forked.judge("run", *words, cwd=folder)
        assert ended.returncode == 0, ended.stderr
        (folder / f"{name}.txt").write_text(ended.stdout, encoding="utf-8")
    return folder


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Objects of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_judge_alone_ranks_and_everything_says_so(finished: Path) -> None:
    """Console, manifest and page say it; no reason is another than a grade; every row is accounted for."""
    out, said = finished / "runs/rows/one", (finished / "rows.txt").read_text(encoding="utf-8")
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert "FINDINGS OFF: ranked by the judge's grades alone" in said.splitlines()[0]
    assert "NO SELF-TEST: nobody knows what this audit catches here (findings=false)" in said
    assert "123 rows in = 122 judged + 0 unscored + 0 not sampled + 1 rejected" in said
    assert "pairs:" not in said
    assert manifest["judge"]["says"] == "FINDINGS OFF: ranked by the judge's grades alone"
    assert manifest["pairs"]["says"] == "FINDINGS OFF: none was looked at"
    assert manifest["selftest"]["why"] == "findings=false"
    assert "FINDINGS OFF" in (out / "report.html").read_text(encoding="utf-8")
    suspects = lines_of(out / "suspects.jsonl")
    assert len(suspects) == ROWS + 2
    assert {reason["kind"] for one in suspects for reason in one["reasons"]} == {"rubric"}
    assert any("rationale" in reason for one in suspects[:3] for reason in one["reasons"])
    table = pd.read_parquet(out / "examples.parquet")
    assert not [name for name in table.columns if name.startswith("signal.")]
    assert {path.name for path in out.iterdir()} == {*manifest["files"], "manifest.json"}


def test_rows_that_wait_give_the_same_files(tmp_path: Path) -> None:
    """A limit that leaves room for all rows holds them in memory, and changes not a byte."""
    lines = [*map(row, range(ROWS)), row(3), "no row", row(5, response="Another answer.")]
    one = run(tmp_path, *ALONE, name="one", lines=lines)
    other = run(tmp_path, *ALONE, "limit.rows=1000", name="other", lines=lines)
    for name in ("suspects.jsonl", "suspects.csv", "examples.parquet", "replies.parquet", "rejects.jsonl"):
        assert of_file(one / name) == of_file(other / name), name


def test_a_sample_of_it_is_judged_where_a_limit_says_so(tmp_path: Path) -> None:
    """A limit without room for all rows leaves the others unjudged, and out of the list: nobody looked at them."""
    lines = [row(n) for n in range(1_050)]
    out = run(tmp_path, *ALONE, "limit.rows=1000", "protocol=score", "report=false", lines=lines)
    table = pd.read_parquet(out / "examples.parquet")
    assert table["status"].value_counts().to_dict() == {"judged": 1_000, "not_sampled": 50}
    assert table.loc[table["status"] == "not_sampled", ["suspicion", "rank"]].isna().all(axis=None)
    assert table.loc[table["status"] == "judged", "rank"].max() == 1_000


def test_a_longer_review_is_no_change_of_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a longer review budget reaches was as suspect before, and `diff` says so."""
    one = run(tmp_path, *ALONE, "protocol=score", "report=false", "review_budget=0.05", name="one")
    other = run(tmp_path, *ALONE, "protocol=score", "report=false", "review_budget=0.1", name="other")
    assert main(["diff", str(one), str(other)]) == 0
    told = capsys.readouterr().out
    assert "as suspect as before, that the review budget reaches now" in told
    assert "weigh more" not in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["verify", "runs/rows/one"], "HOLDS: runs/rows/one is what it claims to be"),
        (["show", "runs/rows/one", "r7"], "r7"),
        (["show", "runs/rows/one"], "one of these in full: python -m judge show"),
        (["diff", "runs/rows/one", "runs/more/one"], "more, "),
        (["clean", "runs/rows/one", "--dry-run"], "nothing was written"),
        (["report", "runs/rows/one"], "report.html is as it would be made now"),
        (["store"], "replies"),
    ],
)
def test_the_other_verbs_take_such_a_run(
    finished: Path, words: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As any other run."""
    monkeypatch.chdir(finished)
    assert main(words) == 0
    assert said in capsys.readouterr().out


def test_a_page_holds_no_more_rows_than_it_lists(finished: Path, tmp_path: Path) -> None:
    """Of more rows than that the head is the same, and so is all that is said of those that are listed."""
    told, spec = inbox.load(finished / "runs/rows/one"), Spec(name="rows", path=finished / "rows.jsonl")
    whole = reporting.content(told, sources.load(spec).examples, None)
    few = reporting.content(told, sources.load(spec, tmp_path).examples, None, most=20)
    assert few.lead == whole.lead
    assert few.data["run"] == {**whole.data["run"], "listed": 20}
    assert len(few.order.ids) == 20
    for name, column in few.data["rows"].items():
        of_rows = isinstance(column, list) and len(column) == 20
        assert column == (whole.data["rows"][name][:20] if of_rows else whole.data["rows"][name]) or name == "scores"
    assert [few.detail(n) for n in range(20)] == [whole.detail(n) for n in range(20)]
    assert [figure.rows for figure in few.figures] == [figure.rows for figure in whole.figures]


def test_a_plan_of_it_asks_nothing_and_leaves_nothing(finished: Path) -> None:
    """The set waits on disk for a plan, too, and its folder is gone again."""
    words = ["+dataset=local", "dataset.path=more.jsonl", "hydra.run.dir=runs/plan/one", *ALONE, "plan=true"]
    ended = forked.judge("run", *words, cwd=finished)
    assert ended.returncode == 0, ended.stderr
    assert "FINDINGS OFF" in ended.stdout
    assert "answered already + 0 to ask" in ended.stdout
    assert not (finished / "runs/plan").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["backend=none"], r"findings=false leaves the list to the judge's grades, and there is no judge"),
        (["hints=true"], "hints=true needs findings, and findings=false; set one or the other"),
        (["probe.rows=60"], "probe.rows=60 needs findings, and findings=false; set one or the other"),
        (["gate.max_contradictions=0"], "gate.max_contradictions=0 needs findings, and findings=false"),
        (["gate.min_planted_recall=0.5"], "needs the self-test, and findings=false; set one or the other"),
    ],
)
def test_what_needs_findings_says_so(tmp_path: Path, words: list[str], said: str) -> None:
    """Before any work, and in one line."""
    with pytest.raises(ConfigError, match=said):
        run(tmp_path, *ALONE, *words)


def test_a_killed_run_leaves_no_file_of_rows(tmp_path: Path) -> None:
    """What waited on disk is gone with the process, and no name of it is left."""
    write(tmp_path / "rows.jsonl", [*map(row, range(ROWS))])
    words = ["+dataset=local", "dataset.path=rows.jsonl", "hydra.run.dir=out", *ALONE, "backend.batch=8"]
    process = forked.start("run", *words, "backend.seconds=0.2", cwd=tmp_path)
    deadline = time.monotonic() + 60
    while not (tmp_path / "out/rejects.jsonl").exists():
        assert process.is_alive()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.3)
    process.kill()
    process.join()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["rejects.jsonl"]


# --- the record of a run


def test_the_record_of_a_run_can_be_looked_up(finished: Path) -> None:
    """Every question leads to its key, and every key of a reply to what was read; what is not there is not found."""
    record = file.read(finished / "runs/rows/one")
    assert len(record.questions) == len(set(record.questions)) > 4 * ROWS
    asked = {one.key for one in record.questions.values()}
    assert set(record.replies) < asked  # what only tells how long the instructions are is never answered
    assert record.questions.get(bytes(16)) is None
    assert "sha256:" + 64 * "0" not in record.replies
    assert {len(reply) for reply in record.replies.values()} == {16}
    assert file.keys(finished / "runs/rows/one") == set(record.replies)


def test_ties_go_by_content_and_not_by_place() -> None:
    """Rows of one suspicion stand in the order of their contents, whatever the order they came in."""
    digests = [content_digest((Turn(role="user", content=str(n)),), None) for n in range(50)]
    assert [int(one[rank._HEX], 16) for one in sorted(digests)] == sorted(int(one[rank._HEX], 16) for one in digests)  # noqa: SLF001
