"""Sets of several files: each is a source with its own trust, and a row that several have counts once."""

import gzip
import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest
from disputes import GOOD, label, periods
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import DictConfig, OmegaConf
from shop import findings

from judge import audit, outbox, wiring
from judge.backends import scripted
from judge.console import Terminal
from judge.errors import ConfigError, DataError
from judge.settings import check, described
from judge.sources import File, Loaded, Spec, check_rejects, load
from judge.sources.naming import Named, name_all
from judge.sources.rows import Parsed

CHOSEN = ["+dataset=files", "dataset.name=support"]


def rows(*numbers: int, prefix: str = "r", answer: str = "It is {}.") -> list[dict[str, object]]:
    """Make prompts and responses of some numbers, equal where the numbers are."""
    return [{"id": f"{prefix}{n}", "prompt": f"What is {n}?", "response": answer.format(n)} for n in numbers]


def write(path: Path, made: Sequence[Mapping[str, object]]) -> Path:
    """JSON Lines, or CSV, by suffix, compressed where it says so."""
    text = (
        pd.DataFrame(made).to_csv(index=False) if ".csv" in path.name else "".join(json.dumps(r) + "\n" for r in made)
    )
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def spec(folder: Path, trust: Mapping[str, float] | None = None, **files: Sequence[Mapping[str, object]]) -> Spec:
    """Describe a set of some files of JSON Lines."""
    trust = trust or {}
    paths = {source: write(folder / f"{source}.jsonl", made) for source, made in files.items()}
    return Spec(name="set", files={s: File(path=path, trust=trust.get(s, 1.0)) for s, path in paths.items()})


def notes(loaded: Loaded) -> list[tuple[str, str, str]]:
    """Id, note and other source of every example."""
    return [(e.id, e.note, e.also_in) for e in loaded.examples]


# --- loading


def test_files_are_read_in_order_each_in_its_own_format_and_schema(tmp_path: Path) -> None:
    """Rows stand file after file; the source is the file's name, whatever a row says, and the line is that in it."""
    chat = {"role": "user", "content": "Hi?"}, {"role": "assistant", "content": "Hello."}
    write(tmp_path / "b.jsonl", [{"messages": chat, "source": "elsewhere"}, {"messages": chat[::-1]}])
    write(tmp_path / "a.csv.gz", [{"q": "One?", "response": "1", "source": "own"}])
    pd.DataFrame({"instruction": ["Two?"], "output": ["2"]}).to_parquet(tmp_path / "c.parquet")
    files = {
        "zeta": File(path=tmp_path / "b.jsonl"),
        "alpha": File(path=tmp_path / "a.csv.gz", trust=0.5, columns={"prompt": "q"}),
        "mid": File(path=tmp_path / "c.parquet"),
    }

    loaded = load(Spec(name="set", files=files))

    assert [(e.source, e.line) for e in loaded.examples] == [("zeta", 1), ("zeta", 2), ("alpha", 1), ("mid", 1)]
    assert [(f.name, f.path, f.trust, f.rows, f.schema) for f in loaded.files] == [
        ("zeta", tmp_path / "b.jsonl", 1.0, 2, "messages"),
        ("alpha", tmp_path / "a.csv.gz", 0.5, 1, "prompt_response"),
        ("mid", tmp_path / "c.parquet", 1.0, 1, "alpaca"),
    ]
    assert loaded.schema == "messages, prompt_response, alpaca"


def test_one_file_is_told_as_the_set(tmp_path: Path) -> None:
    """A set of one path has one file, of the set's name and digest; nothing is renamed, and rejects name no source."""
    path = write(tmp_path / "x.jsonl", [*rows(1, 2), {"prompt": "no"}])
    loaded = load(Spec(name="set", path=path))
    (file,) = loaded.files
    assert (file.name, file.path, file.trust, file.rows, file.digest) == ("set", path, 1.0, 3, loaded.digest)
    assert [reject.source for reject in loaded.rejects] == [""]
    assert loaded.across == 0


def test_columns_and_schema_of_the_set_hold_where_a_file_has_none(tmp_path: Path) -> None:
    """What is said of the set is said of each file that says nothing itself, even that its columns are to be found."""
    asked = [{"q": "One?", "response": "1"}]
    one, two = write(tmp_path / "one.jsonl", asked), write(tmp_path / "two.jsonl", rows(2))
    files = {"one": File(path=one), "two": File(path=two, columns={})}
    loaded = load(Spec(name="set", files=files, columns={"prompt": "q"}, schema="prompt_response"))
    assert [e.turns[0].content for e in loaded.examples] == ["One?", "What is 2?"]
    with pytest.raises(DataError, match=r"two.jsonl: dataset.files.two.columns.prompt=q, but no row has `q`"):
        load(Spec(name="set", files={"one": File(path=one), "two": File(path=two)}, columns={"prompt": "q"}))


def test_the_digest_is_of_names_and_bytes(tmp_path: Path) -> None:
    """Other bytes or other names make another set; another place on the disk or other trust does not."""
    (tmp_path / "moved").mkdir()
    first = load(spec(tmp_path, a=rows(1), b=rows(2))).digest
    assert load(spec(tmp_path / "moved", {"a": 0.2}, a=rows(1), b=rows(2))).digest == first
    assert load(spec(tmp_path / "moved", a=rows(1), b=rows(3))).digest != first
    assert load(spec(tmp_path / "moved", a=rows(1), c=rows(2))).digest != first


# --- what cannot be loaded


def test_the_same_file_twice_is_an_error(tmp_path: Path) -> None:
    """By whatever path: every row of it would stand in two sources."""
    path = write(tmp_path / "x.jsonl", rows(1))
    (tmp_path / "link.jsonl").symlink_to(path)
    for other in (path, Path(os.path.relpath(path)), tmp_path / "link.jsonl"):
        files = {"a": File(path=path), "b": File(path=other)}
        with pytest.raises(DataError, match=r"dataset.files.b and dataset.files.a are the same file, .*: name each"):
            load(Spec(name="set", files=files))


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (File(path=Path("qqqq.csv")), "no such file: .*qqqq.csv; set dataset.files.b.path$"),
        (File(path=Path()), "point dataset.files.b.path at a file$"),
        (File(path=Path("x.jsonl"), schema="foo"), "dataset.files.b.schema=foo: no such schema"),
        (File(path=Path("x.jsonl"), columns={"foo": "q"}), "dataset.files.b.columns.foo: no such role"),
        (File(path=Path("x.jsonl"), columns={"prompt": "q"}), "x.jsonl: dataset.files.b.columns.prompt=q, but no row"),
        (File(path=Path("odd.jsonl")), r"odd.jsonl: no known schema .* e.g. dataset.files.b.columns.prompt=\.\.\."),
        (File(path=Path("empty.jsonl")), "empty.jsonl has no rows"),
    ],
)
def test_what_is_wrong_with_one_file_names_it(tmp_path: Path, file: File, said: str) -> None:
    """The setting in the message is that of the file at fault."""
    (tmp_path / "empty.jsonl").touch()
    write(tmp_path / "x.jsonl", rows(1))
    write(tmp_path / "odd.jsonl", [{"a": 1}])
    good = File(path=write(tmp_path / "good.jsonl", rows(2)))
    with pytest.raises(DataError, match=said) as caught:
        load(Spec(name="set", files={"a": good, "b": replace(file, path=tmp_path / file.path)}))
    assert "\n" not in str(caught.value)


def test_rejects_name_their_file_and_count_over_the_set(tmp_path: Path) -> None:
    """A bad row is told with file and line; whether there are too many of them is a matter of the whole set."""
    loaded = load(spec(tmp_path, a=rows(*range(8)), b=[{"prompt": "no"}, *rows(9), {"prompt": 3}]))
    assert [(r.source, r.line) for r in loaded.rejects] == [("b", 1), ("b", 3)]
    assert loaded.rows == 11
    check_rejects(loaded, 0.2)
    with pytest.raises(DataError, match=r"First: .*b.jsonl, line 1: `response` is missing.*; .*b.jsonl, line 3: ") as e:
        check_rejects(loaded, 0.1)
    assert "Set dataset.files.b.schema or dataset.files.b.columns" in str(e.value)


@pytest.mark.parametrize("one", [Spec(name="set"), Spec(name="set", path=Path("x"), files={"a": File(path=Path("y"))})])
def test_one_file_or_several(one: Spec) -> None:
    """Neither is no set, and both are two."""
    with pytest.raises(DataError, match="set exactly one of the two"):
        load(one)


# --- ids and copies


def test_ids_that_clash_between_files_are_kept_apart_under_the_source(tmp_path: Path) -> None:
    """The first file's row keeps the id; the note names source and line. Within a file a copy is a duplicate."""
    other = rows(1, 1, answer="Not {}.")
    loaded = load(spec(tmp_path, a=rows(0, 1), b=other))
    assert notes(loaded) == [
        ("r0", "", ""),
        ("r1", "", ""),
        ("r1@b", "id r1 was taken by line 2 of a", ""),
        ("r1@b~2", "duplicate of r1@b", ""),
    ]
    assert (loaded.renamed, loaded.duplicates, loaded.across) == (1, 1, 0)


def test_a_row_in_two_sources_counts_for_the_first(tmp_path: Path) -> None:
    """Where both are trusted alike; the other is noted, and its id is no clash: it is the same row."""
    loaded = load(spec(tmp_path, a=rows(1), b=[*rows(1), *rows(1, prefix="x"), *rows(2)]))
    assert notes(loaded) == [
        ("r1", "", ""),
        ("r1@b", "id r1 was taken by line 1 of a; also in a, as r1", "a"),
        ("x1", "also in a, as r1", "a"),
        ("r2", "", ""),
    ]
    assert (loaded.renamed, loaded.duplicates, loaded.across) == (0, 0, 2)


def test_a_row_in_two_sources_counts_for_the_one_that_is_trusted_most(tmp_path: Path) -> None:
    """Also where that is a later file."""
    loaded = load(spec(tmp_path, {"a": 0.5, "c": 0.9}, a=rows(1), b=rows(1, prefix="x"), c=rows(1, prefix="y")))
    assert notes(loaded) == [("r1", "also in b, as x1", "b"), ("x1", "", ""), ("y1", "also in b, as x1", "b")]


def test_made_up_ids_clash_in_silence(tmp_path: Path) -> None:
    """A row without an id that another source has, too, is no row whose id was taken."""
    bare = [{"prompt": "One?", "response": "1"}]
    loaded = load(spec(tmp_path, a=bare, b=bare))
    first, second = loaded.examples
    assert (second.id, second.note) == (f"{first.id}@b", f"also in a, as {first.id}")
    assert loaded.renamed == 0


def test_rows_of_one_file_that_name_their_sources_count_once_too(tmp_path: Path) -> None:
    """Sources are what the rows say they are; nobody is trusted less than another."""
    said = [{**row, "source": source} for row, source in zip(rows(1, 1, 1), ("x", "y", "x"), strict=True)]
    loaded = load(Spec(name="set", path=write(tmp_path / "rows.jsonl", said)))
    assert notes(loaded) == [
        ("r1", "", ""),
        ("r1~2", "duplicate of r1; also in x, as r1", "x"),
        ("r1~3", "duplicate of r1", ""),
    ]


def test_a_copy_is_suspect_and_not_the_row_that_counts(tmp_path: Path) -> None:
    """Also where the source that is trusted more comes later: its row is to be kept."""
    more = [{"id": "m1", "prompt": "How long is a working week here?", "response": "It has 40 hours for everyone."}]
    for trust, suspect in ((1.0, "m1@b"), (0.5, "m1")):
        loaded = load(spec(tmp_path, {"a": trust}, a=[*more, *rows(1)], b=[*more, *rows(2)]))
        found = findings("duplicates", loaded.examples)
        assert [name for name, one in found.items() if "word for word" in one.because] == [suspect]


ROWS = st.lists(st.tuples(st.sampled_from([None, "a", "b", "a~2", "a@s1"]), st.sampled_from("uvw")), max_size=6)
TRUST = st.sampled_from([0.5, 1.0])


def named(files: Sequence[Sequence[tuple[str | None, str]]], trust: Sequence[float]) -> tuple[list[Parsed], Named]:
    """Name rows of id and content; files are called s0, s1, ..."""
    made = [
        Parsed(id=id_, turns=(), judged=(), source=f"s{n}", line=line, digest=f"sha256:{content * 12}", context=None)
        for n, file in enumerate(files)
        for line, (id_, content) in enumerate(file, start=1)
    ]
    return made, name_all(made, {f"s{n}": one for n, one in enumerate(trust)})


@given(st.lists(st.tuples(ROWS, TRUST), min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_of_every_content_one_source_counts(files: list[tuple[list[tuple[str | None, str]], float]]) -> None:
    """Ids are unique; a row counts for itself, or for the most trusted source that has it, whose row is named."""
    trust = [one for _, one in files]
    made, found = named([file for file, _ in files], trust)
    by_id = {e.id: e for e in found.examples}
    assert len(by_id) == len(made)
    believed = {f"s{n}": one for n, one in enumerate(trust)}
    for example in found.examples:
        having = {e.source for e in found.examples if e.digest == example.digest}
        counts = {e.source for e in found.examples if e.digest == example.digest and not e.also_in}
        best = next(s for s in sorted(having) if believed[s] == max(believed[other] for other in having))
        assert counts == {best}
        assert example.also_in == ("" if example.source == best else best)
        if example.also_in:
            told = by_id[example.note.rpartition(f"also in {best}, as ")[2]]
            assert (told.source, told.digest) == (best, example.digest)


# --- settings


@pytest.fixture(scope="module")
def config() -> DictConfig:
    """A set of two files, as the command line would have it."""
    words = ["dataset.files.crm=crm.jsonl", "dataset.files.forum.path=forum.csv", "dataset.files.forum.trust=0.5"]
    return wiring.compose([*CHOSEN, *words, "dataset.files.forum.columns.prompt=q"])


def test_the_command_line_names_files_without_a_plus(config: DictConfig) -> None:
    """A path alone, or a path and what there is to say of the file; nothing else is needed."""
    check(config)
    spec = described(config.dataset)
    assert spec.files == {
        "crm": File(path=Path("crm.jsonl")),
        "forum": File(path=Path("forum.csv"), trust=0.5, columns={"prompt": "q"}),
    }
    assert (spec.path, spec.where) == (None, "crm.jsonl, forum.csv")
    assert spec.trust == {"crm": 1.0, "forum": 0.5}


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        *(
            ("forum.trust", value, f"dataset.files.forum.trust={value}: a number above 0, and at most 1, was expected")
            for value in (0, -0.5, 1.01, "high", None, True, float("nan"), float("inf"))
        ),
        ("forum.thrust", 1, "there is no key 'dataset.files.forum.thrust'; there are path, trust, columns, schema"),
        ("forum.path", 3, "dataset.files.forum.path=3: the path of a file was expected"),
        ("forum", {"trust": 0.5}, "dataset.files.forum has no path, set it with dataset.files.forum.path=..."),
        ("forum", ["x"], r"dataset.files.forum=\['x'\]: a path was expected, or a mapping of path, trust"),
        ("forum", None, "dataset.files.forum=None: a path was expected"),
        ("forum", "???", "dataset.files.forum has no value"),
        ("forum.columns", "q", "dataset.files.forum.columns=q: names of columns by role were expected"),
        ("forum.columns", {"prompt": ["q"]}, "names of columns by role were expected"),
        ("forum.schema", 3, "dataset.files.forum.schema=3: the name of a schema was expected"),
        ("two\nlines", "x", r"'two\\nlines' is no name of a source"),
        ("", "x", "'' is no name of a source"),
    ],
)
def test_wrong_settings_are_one_line_that_names_the_key(config: DictConfig, key: str, value: object, said: str) -> None:
    """Before any file is opened."""
    files = OmegaConf.to_container(config.dataset.files)
    assert isinstance(files, dict)
    *way, last = key.split(".")
    (files[way[0]] if way else files)[last] = value
    wrong = config.copy()
    wrong.dataset.files = files
    with pytest.raises(ConfigError, match=said) as caught:
        check(wrong)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["+dataset=files", "dataset.files.a=x.jsonl"], "dataset.name has no value, set it with dataset.name=..."),
        (["+dataset=local", "dataset.files.a=x.jsonl"], "dataset.name has no value, set it with dataset.name=..."),
        (
            CHOSEN,
            "dataset.path has no value, set it with dataset.path=.*; for several files: .dataset=files dataset.na",
        ),
        (["+dataset=support_v3", "dataset.files.a=x.jsonl"], "dataset.path and dataset.files are both set"),
    ],
)
def test_a_set_has_one_path_or_files(words: list[str], said: str) -> None:
    """Neither, both, and files without a name for them all are told in one line."""
    with pytest.raises(ConfigError, match=said):
        check(wiring.compose(words))


# --- a whole audit


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """An audit: its folder, what it said, and how many questions the judge was asked."""

    out: Path
    said: str
    asked: int


def audited(folder: Path, name: str, *words: str) -> Ran:
    """Audit a set of files with a judge that takes every pair for a contradiction."""
    out, said = folder / name, io.StringIO()
    base = [*CHOSEN, "backend=scripted", "selftest=off", "protocol=score", "store=:memory:", "pairs.budget=100"]
    base.append("report=false")
    parts = wiring.build(wiring.compose([*base, *words]), rubric_set="standard", out=out)
    backend = scripted.connect(script=lambda request: label(A=0.9) if request.pair else GOOD)
    audit.run(replace(parts, backend=backend, console=Terminal(out=said)))
    return Ran(out=out, said=said.getvalue(), asked=len(backend.asked))


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, Ran]:
    """Two files that have nothing in common, and the same rows in files of which two repeat rows of the first."""
    folder = tmp_path_factory.mktemp("files")
    said = [*periods(4, "30 days"), *periods(1, "14 days", 9)]
    days = [{"id": e.id, "prompt": e.turns[0].content, "response": e.turns[1].content} for e in said]
    crm = f"dataset.files.crm={write(folder / 'crm.jsonl', [*rows(*range(7, 14)), *days])}"
    own = rows(20, 21, prefix="f")
    forum = write(folder / "forum.csv", [*rows(7, 8, prefix="f"), *days[:4], *own])
    news = write(folder / "news.jsonl", own)
    wiki = write(folder / "wiki.jsonl", rows(9, prefix="w"))
    words = [f"dataset.files.forum.path={forum}", "dataset.files.forum.trust=0.5", f"dataset.files.wiki={wiki}"]
    return (
        audited(folder, "apart", crm, f"dataset.files.news={news}"),
        audited(folder, "together", crm, *words),
    )


def test_the_judge_is_asked_once_about_a_row_that_two_sources_have(ran: tuple[Ran, Ran]) -> None:
    """Copies in another file cost nothing: neither questions about rows nor about pairs."""
    apart, together = ran
    assert apart.asked > 14 * 4
    assert together.asked == apart.asked


def test_camps_count_copies_once(ran: tuple[Ran, Ran]) -> None:
    """Four rows that another file repeats are four voices, and eight members."""
    for one, members in zip(ran, (4, 8), strict=True):
        groups = [json.loads(line) for line in (one.out / "groups.jsonl").read_text("utf-8").splitlines()]
        (group,) = [group for group in groups if "14 days" in {camp["says"] for camp in group["camps"]}]
        camps = {camp["says"]: (len(camp["members"]), camp["independent"]) for camp in group["camps"]}
        assert camps == {"30 days": (members, 4), "14 days": (1, 1)}
        assert group["lean"] == "4 independent rows against 1"


def test_rates_per_source_can_be_counted(ran: tuple[Ran, Ran]) -> None:
    """`also_in` names the source that counts a row; what is left is each row of the set once."""
    table = pd.read_parquet(ran[1].out / "examples.parquet")
    assert table.loc[table["also_in"] == "", "digest"].is_unique
    assert table["digest"].nunique() == 14
    assert table.groupby(["source", "also_in"]).size().to_dict() == {
        ("crm", ""): 12,
        ("forum", ""): 2,
        ("forum", "crm"): 6,
        ("wiki", "crm"): 1,
    }


def test_copies_in_other_sources_are_noted(ran: tuple[Ran, Ran]) -> None:
    """The console says how many rows of which source stand in which other."""
    assert "noted: 6 rows of forum stand in crm, too, and count once\n" in ran[1].said
    assert "noted: 1 row of wiki stands in crm, too, and counts once\n" in ran[1].said
    assert "count once" not in ran[0].said


def test_the_manifest_tells_of_every_file(ran: tuple[Ran, Ran]) -> None:
    """Name, path, trust, digest, rows and schema of each; no path where there are several."""
    data = json.loads((ran[1].out / outbox.MANIFEST).read_text(encoding="utf-8"))["data"]
    told = [(f["name"], Path(f["path"]).name, f["trust"], f["rows"], f["schema"]) for f in data["files"]]
    assert told == [
        ("crm", "crm.jsonl", 1.0, 12, "prompt_response"),
        ("forum", "forum.csv", 0.5, 8, "prompt_response"),
        ("wiki", "wiki.jsonl", 1.0, 1, "prompt_response"),
    ]
    assert len({f["digest"] for f in data["files"]} | {data["digest"]}) == 4
    assert (data["path"], data["across"]) == (None, 7)
