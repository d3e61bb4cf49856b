"""`judge clean` on finished runs: what is written, what is said, and what it refuses."""

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import disputes
import pandas as pd
import pyarrow as pa
import pytest
import shop
from test_sources_formats import as_csv, as_parquet, pack, save_folder

from judge import audit, clean, digest, inbox, sources, wiring
from judge.backends import scripted
from judge.clean import Choice, Cleaned
from judge.errors import ConfigError, DataError
from judge.records import Request

BAD = "It is [INSERT DATE], you idiot.\r\nOkay?"


@dataclass(frozen=True)
class Finished:
    """A finished run, and the set that it read."""

    run: inbox.Run
    spec: sources.Spec


def graded(request: Request) -> Mapping[str, float] | str:
    """Grade rows with an insult worst, all others best."""
    return disputes.GOOD if "idiot" not in request.row else {**disputes.GOOD, "1": 0.95, "5": 0.01}


def finish(folder: Path, *overrides: str) -> Finished:
    """Audit a set without planted copies; a scripted judge grades every row."""
    base = ["backend=none", "selftest=off", "quiet=true", "protocol=score", "max_rejects=0.2", "pairs.budget=0"]
    made = wiring.compose([*base, "report=false", *overrides, f"store={folder / 'replies.sqlite'}"])
    parts = wiring.build(made, rubric_set="standard", out=folder / "run")
    audit.run(replace(parts, backend=scripted.connect(script=graded, name="graded")))
    return Finished(run=inbox.load(folder / "run"), spec=parts.dataset)


def cells(name: str, prompt: str, response: str, source: str = "shop") -> dict[str, object]:
    """Make a row of a table."""
    return {"id": name, "prompt": prompt, "response": response, "source": source}


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """A CSV file of 63 rows of one source and 3 of another, two of them bad, and a row that cannot be read."""
    folder = tmp_path_factory.mktemp("one")
    rows = [cells(r.id, r.turns[0].content, r.turns[1].content) for r in shop.shop(60)]
    rows += [cells("bad-1", "Can I return a lamp?", BAD), cells("bad-2", "How do I clean the desk?", BAD)]
    rows += [cells("only", "Do you like foxes?", "You idiot, [INSERT NAME] does.", "forum\n\x1b[31m")]
    path = folder / "rows.csv"
    path.write_bytes(as_csv(rows) + b'one,two\r\n"last","Is it open?","Yes, it is.","shop"')
    return finish(folder, "+dataset=local", f"dataset.path={path}")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Two files, of which each says another period of return, with as many rows; a few are in both."""
    folder = tmp_path_factory.mktemp("two")
    rows = [r for r in shop.shop() if not r.id.startswith("return")]
    old = [*rows[:40], *disputes.periods(2, "30 days")]
    new = [*rows[37:80], *disputes.periods(2, "45 days", 2)]
    files = [disputes.write(folder / "old.jsonl", old), disputes.write(folder / "new.jsonl", new)]
    files[1].write_bytes(files[1].read_bytes() + b"{\n")
    named = f"++dataset.files={{old:{files[0]},new set:{files[1]}}}"
    return finish(folder, "+dataset=files", "dataset.name=support", named)


def cleaned(finished: Finished, out: Path | None, **choice: Any) -> tuple[Cleaned, list[str]]:
    """Clean; also what was said."""
    said: list[str] = []
    return clean.run(finished.run, finished.spec, None, Choice(**choice), out, said.append), said


def lines(path: Path) -> list[dict[str, Any]]:
    """Objects of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def test_the_budget_goes_by_default(one: Finished, tmp_path: Path) -> None:
    """What is inside the budget goes, with what could not be read; the rest stays, byte for byte."""
    found, said = cleaned(one, tmp_path / "out")
    table = one.run.examples()
    inside = set(table.index[table["within_budget"]])
    assert {"bad-1", "bad-2", "only"} <= inside
    told = lines(tmp_path / "out/ledger.jsonl")
    assert inside == {line["example_id"] for line in told} - {None}
    assert {line["by"] for line in told} == {"budget", "loading"}
    path = one.spec.path
    assert path is not None
    kept, removed = (sources.load(replace(one.spec, path=tmp_path / f"out/{n}.csv")) for n in ("kept", "removed"))
    assert {e.id for e in kept.examples} == set(table.index) - inside
    assert {e.id for e in removed.examples} == inside
    assert [reject.text for reject in removed.rejects] == ["one,two"]
    assert (tmp_path / "out/kept.csv").read_bytes().endswith(b'"last","Is it open?","Yes, it is.","shop"')
    rows = len(table) + 1
    gone = len(inside) + 1
    assert (found.kept, found.removed, found.by) == (rows - gone, gone, {"budget": gone - 1, "rejected at loading": 1})
    names = ["clean.json", "kept.csv", "ledger.jsonl", "removed.csv"]
    files = ", ".join(str(tmp_path / "out" / name) for name in names)
    why = f"{gone - 1} by budget, 1 rejected at loading"
    assert said[-1] == f"kept {rows - gone} of {rows} rows, removed {gone} ({why}); files: {files}"


def test_the_ledger_and_the_summary_say_where_it_came_from(one: Finished, tmp_path: Path) -> None:
    """Each row with digest, reasons, scores and judge; the run by its manifest, each file by its digest."""
    cleaned(one, tmp_path / "out", rules=("tone=2",))
    told = {line["example_id"]: line for line in lines(tmp_path / "out/ledger.jsonl")}
    table = one.run.examples()
    bad = told["bad-1"]
    assert (bad["digest"], bad["line"], bad["by"]) == (
        table.loc["bad-1", "digest"],
        table.loc["bad-1", "line"],
        "tone=2",
    )
    assert bad["scores"]["tone"] == table.loc["bad-1", "tone.score"] < 2
    assert "an insult" in bad["reason"] or "insult “you idiot" in bad["reason"]
    assert (bad["judge"], bad["suspicion"]) == ("graded", table.loc["bad-1", "suspicion"])
    assert pd.Timestamp(bad["at"]).tzinfo is not None
    summary = json.loads((tmp_path / "out/clean.json").read_text(encoding="utf-8"))
    assert summary["manifest"] == digest.of_file(one.run.folder / "manifest.json")
    assert summary["inputs"][0]["digest"] == one.run.manifest["data"]["digest"]
    assert summary["choice"]["rules"] == ["tone=2"]
    out = tmp_path / "out"
    assert summary["files"] == {
        name: digest.of_file(out / name) for name in ("kept.csv", "ledger.jsonl", "removed.csv")
    }


def test_nothing_is_written_over(one: Finished, tmp_path: Path) -> None:
    """A folder that is there stays as it is; nothing half-made is left beside it."""
    (tmp_path / "out").mkdir()
    with pytest.raises(
        DataError, match="is there already, and nothing is written over; name another folder with --out"
    ):
        cleaned(one, tmp_path / "out")
    with pytest.raises(DataError, match="cannot write"):
        cleaned(one, one.run.folder / "manifest.json" / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert list((tmp_path / "out").iterdir()) == []


def test_a_dry_run_tells_all_and_writes_nothing(one: Finished, tmp_path: Path) -> None:
    """Losses, counts by source, rows with reasons; hostile names and texts reach no terminal as they are."""
    found, said = cleaned(one, tmp_path / "out", dry_run=True)
    assert (found.out, found.files, list(tmp_path.iterdir())) == (None, (), [])
    assert said[0] == "warning: source forum �[31m would lose all of its 1 row"
    assert any(line.startswith("shop: ") and "would go" in line for line in said)
    assert any(line.startswith("bad-1 (rows, line 61) by budget, suspicion 1.000: factual (") for line in said)
    assert "would keep" in said[-1]
    assert "nothing was written" in said[-1]
    assert all(line.isprintable() for line in said)


def test_people_overrule_and_are_named(one: Finished, tmp_path: Path) -> None:
    """A file of decisions removes what it says, and keeps it from any rule; the ledger says so."""
    made = [("bad-1", "keep"), ("last", "remove"), ("bad-2", "unsure"), ("elsewhere", "remove")]
    told = [{"example_id": n, "decision": d, "by": "ana", "at": "2026-11-01T10:00:00Z"} for n, d in made]
    path = tmp_path / "labels.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in told), encoding="utf-8")
    _, said = cleaned(one, tmp_path / "a", labels=path, rules=("decisions",))
    first = [(line["example_id"], line["decision"], line["by"]) for line in lines(tmp_path / "a/ledger.jsonl")]
    assert first == [(None, "remove", "loading"), ("last", "remove", "ana")]
    assert said[0] == "noted: 1 decision on rows that are not in this set"
    assert "1 by people's decisions, 1 rejected at loading" in said[-1]
    cleaned(one, tmp_path / "b", labels=path, rules=("factual<=2",))
    second = {line["example_id"]: line for line in lines(tmp_path / "b/ledger.jsonl")}
    assert {name: line["decision"] for name, line in second.items()} == {
        "bad-1": "keep",
        "bad-2": "remove",
        "only": "remove",
        "last": "remove",
        None: "remove",
    }
    assert (second["bad-1"]["by"], second["bad-1"]["at"]) == ("ana", "2026-11-01T10:00:00Z")
    assert (tmp_path / "b/kept.csv").read_bytes().count(b"idiot") == 1


def test_a_few_decisions_do_not_keep_the_rest_of_the_budget(one: Finished, tmp_path: Path) -> None:
    """By default what is inside goes but for what people keep; once they decided all of it they choose alone."""
    table = one.run.examples()
    inside = list(table.index[table["within_budget"]])
    path = tmp_path / "labels.jsonl"

    def gone(out: str, keep: list[str]) -> tuple[set[str], str]:
        told = [
            *({"example_id": name, "decision": "keep"} for name in keep),
            {"example_id": "last", "decision": "remove"},
        ]
        path.write_text("".join(json.dumps(line) + "\n" for line in told), encoding="utf-8")
        _, said = cleaned(one, tmp_path / out, labels=path)
        ledger = lines(tmp_path / out / "ledger.jsonl")
        return {line["example_id"] for line in ledger if line["decision"] == "remove"} - {None}, said[0]

    few, said = gone("few", ["bad-1"])
    assert few == {*inside, "last"} - {"bad-1"}
    done = len({"bad-1", "last"} & set(inside))
    assert said.startswith(f"people decided {done} of {len(inside)} rows inside the review budget, so the others go")
    everyone, said = gone("all", [name for name in inside if name != "last"])
    assert everyone == {"last"}
    if "last" not in inside:
        assert said.startswith(f"people decided {len(inside)} of {len(inside)} rows inside the review budget, so what")


def test_a_source_is_protected(one: Finished, tmp_path: Path) -> None:
    """The only row of a source stays, the ledger says why, and nothing is warned of any more."""
    found, said = cleaned(one, tmp_path / "out", protect=True, rules=("tone=2",))
    kept = [line for line in lines(tmp_path / "out/ledger.jsonl") if line["decision"] == "keep"]
    assert [(line["example_id"], line["by"]) for line in kept] == [("only", "protection")]
    assert kept[0]["reason"].startswith("source forum\n\x1b[31m would lose 1 of 1 rows; chosen by tone=2; ")
    assert said[:2] == [
        "without protection source forum �[31m would lose all of its 1 row",
        "protected: 1 row kept that a rule chose",
    ]
    assert found.warnings == ()


def test_an_input_that_changed_is_refused(one: Finished, tmp_path: Path) -> None:
    """One line that names the file and says to audit it again; the same where the run is of other rows."""
    assert one.spec.path is not None
    other = tmp_path / "rows.csv"
    other.write_bytes(one.spec.path.read_bytes() + b"\n")
    with pytest.raises(DataError, match=r"rows.csv has changed since the audit in .*run; audit it again"):
        cleaned(Finished(run=one.run, spec=replace(one.spec, path=other)), tmp_path / "out")
    with pytest.raises(DataError, match="does not have the rows of the input"):
        cleaned(Finished(run=one.run, spec=replace(one.spec, columns={"id": "source"})), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"rules": ("budgt",)}, "there is no rule 'budgt'; there are budget, suspicion=NUMBER, factual=NUMBER"),
        ({"rules": ("decisions",)}, "give --labels FILE"),
        ({"max_loss": 1.5}, "max_loss=1.5: a share in"),
        ({"weights": True, "protect": True}, "weights drop no row"),
    ],
)
def test_a_choice_that_cannot_be_is_told(one: Finished, tmp_path: Path, choice: dict[str, Any], message: str) -> None:
    """One line, before anything is written."""
    with pytest.raises(ConfigError, match=message):
        cleaned(one, tmp_path / "out", **choice)
    assert list(tmp_path.iterdir()) == []


def test_several_files_stay_several(two: Finished, tmp_path: Path) -> None:
    """Each file has a part that stays and one that goes, called by its source; together they are the input."""
    _, said = cleaned(two, tmp_path / "out", rules=("suspicion=0.3",), max_loss=0.01)
    out = tmp_path / "out"
    names = {"old": "old.jsonl", "new set": "new_set.jsonl"}
    assert sorted(p.name for p in (out / "kept").iterdir()) == sorted(p.name for p in (out / "removed").iterdir())
    gone = {(line["source"], line["line"]) for line in lines(out / "ledger.jsonl")}
    for source, name in names.items():
        path = two.spec.files[source].path
        whole = path.read_bytes().splitlines(keepends=True)
        kept, removed = ((out / part / name).read_bytes() for part in ("kept", "removed"))
        assert kept == b"".join(line for n, line in enumerate(whole, start=1) if (source, n) not in gone)
        assert removed == b"".join(line for n, line in enumerate(whole, start=1) if (source, n) in gone)
    assert ("new set", 46) in gone
    assert any(line.startswith("warning: source new set would lose") for line in said)


def test_weights_halve_a_conflict_that_nothing_decides(two: Finished, tmp_path: Path) -> None:
    """Every row of the input in order; both sides of an open question count half, what could not be read nothing."""
    found, said = cleaned(two, tmp_path / "out", weights=True, rules=("suspicion=0.9",))
    told = lines(tmp_path / "out/weights.jsonl")
    sizes = {source: len(lines_of(two, source)) for source in ("old", "new set")}
    assert [(line["source"], line["line"]) for line in told] == [
        (s, n + 1) for s, size in sizes.items() for n in range(size)
    ]
    (group,) = [g for g in two.run.lines("groups.jsonl") if g["camps"]]
    assert group["lean"] == ""
    weights = {line["example_id"]: line["weight"] for line in told}
    assert weights[None] == 0
    assert {name: weights[name] for camp in group["camps"] for name in camp["members"]} == {
        f"{days}-days-lamp-{n}": 0.5 for days, n in ((30, 0), (30, 1), (45, 2), (45, 3))
    }
    cleaned(two, tmp_path / "chosen", weights=True, rules=("suspicion=0.01",))
    chosen = {line["example_id"]: line["weight"] for line in lines(tmp_path / "chosen/weights.jsonl")}
    assert 0.3 < chosen["30-days-lamp-0"] < 0.5
    assert sorted(p.name for p in found.files) == ["clean.json", "ledger.jsonl", "weights.jsonl"]
    assert said[0].startswith("weight = (1 - doubt) * (1 - conflict)")
    assert "1 of 0 (" in said[-1]
    why = {line["example_id"]: (line["decision"], line["by"], line["weight"]) for line in lines(found.files[1])}
    assert why == {
        **{name: ("weigh", "conflict", 0.5) for camp in group["camps"] for name in camp["members"]},
        None: ("remove", "loading", 0),
    }
    assert "(4 by conflict, 1 rejected at loading)" in said[-1]


def test_copies_in_several_files_share_a_fate(two: Finished, tmp_path: Path) -> None:
    """What a person says of one is said of all; a copy that a rule chooses for being one goes, and the other stays."""
    table = two.run.examples(["digest", "suspicion"])
    twins = table[table["digest"].duplicated(keep=False)]
    chosen = twins["suspicion"] >= 0.03
    assert (len(twins), sum(chosen)) == (6, 3)
    path = tmp_path / "labels.jsonl"
    path.write_text(json.dumps({"example_id": "clean-heater-0", "decision": "remove", "by": "ana"}), encoding="utf-8")
    cleaned(two, tmp_path / "a", rules=("suspicion=0.03",))
    gone = {one["example_id"] for one in lines(tmp_path / "a" / "ledger.jsonl")} & set(twins.index)
    assert gone == set(twins.index[chosen])
    assert len(set(twins.loc[sorted(gone), "digest"])) == 3

    _, said = cleaned(two, tmp_path / "b", labels=path, rules=("decisions",))
    told = [one for one in lines(tmp_path / "b" / "ledger.jsonl") if one["example_id"] in twins.index]
    assert len({one["digest"] for one in told}) * 2 == len(told) == 2
    assert sum(one["copy_of"] in twins.index for one in told) == 1
    assert said[0].startswith("noted: 1 row is a copy of one that was decided, and shares its fate")
    kept = b"".join((tmp_path / "b" / "kept" / f).read_bytes() for f in ("old.jsonl", "new_set.jsonl"))
    assert not any(f'"{one["example_id"].partition("@")[0]}"'.encode() in kept for one in told)


def test_a_damaged_run_is_not_trusted(tmp_path: Path) -> None:
    """One line, before anything is written."""
    path = disputes.write(tmp_path / "rows.jsonl", shop.shop(12))
    finished = finish(tmp_path, "+dataset=local", f"dataset.path={path}")
    listed = finished.run.folder / "suspects.jsonl"
    listed.write_bytes(listed.read_bytes().replace(b'"rank"', b'"rank" ', 1))
    with pytest.raises(DataError, match=r"suspects.jsonl is not what was written: .* audit again"):
        cleaned(finished, tmp_path / "out")
    assert not (tmp_path / "out").exists()


KILLED = """
import os, signal, sys
import judge.clean, judge.remaking, pyarrow.dataset, pyarrow.parquet
from judge.__main__ import main

def clean(last):
    events = 0
    def hook(event, values):
        nonlocal events
        if event in {"open", "os.mkdir", "os.rename"} and "unfinished" in str(values[0]):
            events += 1
            if events == last:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    os._exit(main(["clean", *sys.argv[1:]]))

for last in (2, 6, 8, 11, 15, 16, 0):
    child = os.fork()
    if not child:
        clean(last)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(status, *sorted(os.listdir(os.path.dirname(sys.argv[-1]))), file=sys.stderr)
"""


def test_a_killed_cleaning_leaves_nothing_that_looks_whole(one: Finished, tmp_path: Path) -> None:
    """SIGKILL at several moments, each on what the one before left; then the files are those of one left alone."""
    (tmp_path / "killed").mkdir()
    words = [sys.executable, "-c", KILLED, str(one.run.folder), "--out", str(tmp_path / "killed" / "out")]
    ended = subprocess.run(words, capture_output=True, text=True, check=True)
    *kills, whole = ended.stderr.splitlines()
    assert kills == [f"{-signal.SIGKILL} .out.unfinished"] * 6
    assert whole == "0 out"
    cleaned(one, tmp_path / "alone")
    for name in ("kept.csv", "removed.csv"):
        assert (tmp_path / "killed/out" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes()
    told = json.loads((tmp_path / "killed/out/clean.json").read_text(encoding="utf-8"))
    assert told["files"].keys() == {path.name for path in (tmp_path / "killed/out").iterdir()} - {"clean.json"}


def test_two_cleanings_do_not_write_one_folder(one: Finished, tmp_path: Path) -> None:
    """The later one says so, and leaves the earlier one's files alone."""
    (tmp_path / ".out.unfinished").mkdir()
    (tmp_path / ".out.unfinished" / "kept.csv").touch()
    held = os.open(tmp_path / ".out.unfinished", os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(DataError, match="another cleaning is writing"):
            cleaned(one, tmp_path / "out")
    finally:
        os.close(held)
    assert (tmp_path / ".out.unfinished" / "kept.csv").exists()


def lines_of(finished: Finished, source: str) -> list[bytes]:
    """Lines of one file of the input."""
    return finished.spec.files[source].path.read_bytes().splitlines()


@pytest.mark.parametrize("name", ["saved", "rows.parquet.gz"])
def test_what_comes_out_is_what_came_in(tmp_path: Path, name: str) -> None:
    """A saved data set becomes two folders of its kind, a compressed file two that are compressed the same way."""
    rows = [cells(r.id, r.turns[0].content, r.turns[1].content) for r in shop.shop(12)]
    rows.append(cells("bad", "Can I return a lamp?", BAD))
    path = tmp_path / name
    if name == "saved":
        save_folder(path, [pa.Table.from_pylist(rows)])
    else:
        path.write_bytes(pack(as_parquet(rows), ".gz"))
    finished = finish(tmp_path, "+dataset=local", f"dataset.path={path}")
    cleaned(finished, None, rules=("tone=2",))
    out = finished.run.folder / "clean"
    kept, removed = (
        sources.load(replace(finished.spec, path=out / f"{part}{sources.suffix_of(path)}"))
        for part in ("kept", "removed")
    )
    assert [example.id for example in kept.examples] == [row["id"] for row in rows[:-1]]
    assert [example.id for example in removed.examples] == ["bad"]
