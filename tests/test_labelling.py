"""People's decisions beside finished runs: out to files, back in, and into everything that rests on them."""

import json
import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import disputes
import pytest
import shop
from hypothesis import given
from hypothesis import strategies as st
from test_exchange import annotated, item, minimal

from judge import audit, clean, hearing, inbox, labelling, labels, reviewed, sources, standing, verbs, wiring
from judge.backends import scripted
from judge.clean import Choice
from judge.compare import run as compare
from judge.errors import ConfigError, DataError
from judge.inbox import Run
from judge.labelling import Choice as Rows
from judge.labelling import Form
from judge.records import Example
from judge.reliability import Decision
from judge.review.decisions import Decisions, Entry, Stored

NOTE = "=1+1; “no”,\n<b>\t🎉"
AT = "2026-01-26T09:30:00.000Z"


def graded(request: Any) -> dict[str, float]:
    """Grade the rows of one topic low."""
    return {**disputes.GOOD, "1": 0.9, "5": 0.01} if "soap" in request.row else disputes.GOOD


def finish(folder: Path, name: str, rows: Sequence[Example], *overrides: str) -> tuple[Run, sources.Spec]:
    """Audit rows into a run of the set in `folder`; a scripted judge grades them."""
    path = disputes.write(folder.parent / f"{name}.jsonl", rows)
    base = ["+dataset=local", f"dataset.path={path}", "backend=none", "selftest=off", "quiet=true", "protocol=score"]
    base += ["pairs.budget=0", "report=false", "review_budget=0.1", f"store={folder / 'replies.sqlite'}", *overrides]
    parts = wiring.build(wiring.compose(base), rubric_set="standard", out=folder / name)
    audit.run(replace(parts, backend=scripted.connect(script=graded, name="graded")))
    return inbox.load(folder / name), parts.dataset


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, sources.Spec, Path, sources.Spec]:
    """A set of 60 rows and a copy of its first; the set a night later: reversed, its last row edited, one gone."""
    folder = tmp_path_factory.mktemp("runs") / "set"
    rows = list(shop.shop(60))
    first, spec = finish(folder, "1", [*rows, shop.row("twin", *(turn.content for turn in rows[0].turns))])
    changed = shop.row(rows[-1].id, rows[-1].turns[0].content, "Something else entirely was written here.")
    later, later_spec = finish(folder, "2", [changed, *reversed(rows[1:-1]), rows[0]][:-2])
    return first.folder, spec, later.folder, later_spec


class Place:
    """A copy of the runs of a set, with a file of decisions of its own."""

    def __init__(self, audited: tuple[Path, sources.Spec, Path, sources.Spec], folder: Path) -> None:
        first, self.spec, later, self.later_spec = audited
        self.folder = folder / "set"
        for run in (first, later):
            shutil.copytree(run, self.folder / run.name)
        self.run, self.later = (inbox.load(self.folder / run.name) for run in (first, later))
        self.contents = standing.digests(self.run)
        self.data = str(self.run.manifest["data"]["digest"])
        self.ids = list(self.contents)

    def decide(self, who: str, **words: str | None) -> None:
        """Have someone decide rows, by their places in the set (`_3="keep"`)."""
        made = [self.entry(who, int(place[1:]), word) for place, word in words.items()]
        with closing(Decisions(standing.store(self.run))) as decisions:
            decisions.record(made)

    def entry(self, who: str, place: int, word: Any, **more: Any) -> Entry:
        """Make a decision on a row."""
        name = self.ids[place]
        return Entry(digest=self.contents[name], example_id=name, word=word, by=who, how="suspicion", **more)

    def record(self, *entries: Entry) -> None:
        """Keep decisions."""
        with closing(Decisions(standing.store(self.run))) as decisions:
            for entry in entries:
                decisions.record([entry])

    def current(self, run: Run | None = None) -> list[Stored]:
        """What stands."""
        return standing.kept([standing.store(run or self.run)], self.data)

    def out(self, form: Form, name: str, **choice: Any) -> tuple[Path, list[str]]:
        """Write rows or decisions; the file and what was said."""
        said: list[str] = []
        spec, path = self.spec, self.folder.parent / name
        return labelling.export(self.run, spec, form, Rows(**choice), path, said.append), said

    def back(self, path: Path, by: str = "", run: Run | None = None) -> list[str]:
        """Take a file in; what was said."""
        said: list[str] = []
        hearing.take(run or self.run, path, by, said.append)
        return said


@pytest.fixture
def place(audited: tuple[Path, sources.Spec, Path, sources.Spec], tmp_path: Path) -> Place:
    """A set's folder that nobody else writes to."""
    return Place(audited, tmp_path)


def stands(lines: Sequence[Stored]) -> list[tuple[object, ...]]:
    """Who said what of which content, when and by which chance, in any order."""
    told = ((one.digest, one.by, one.word, one.note.replace("\t", " "), one.at, one.probability) for one in lines)
    return sorted(told, key=str)


def reviewed_by_two(place: Place) -> None:
    """Two people decide rows, some of them the same, one of them drawn at random; a word is changed, another undone."""
    place.record(
        place.entry("ana", 0, "remove", note=NOTE, at=AT),
        place.entry("ana", 1, "remove"),
        place.entry("ana", 1, "keep", note="after all"),
        place.entry("bo", 1, "unsure", probability=0.125, population=place.data),
        place.entry("bo", 2, "remove", note="'=x"),
        place.entry("bo", 3, "keep"),
        place.entry("bo", 3, None),
    )


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_what_goes_out_comes_back(place: Place, form: Form) -> None:
    """Decisions, notes, people, times and chances are the same in another file; and nothing is new in their own."""
    reviewed_by_two(place)
    path, said = place.out(form, f"out.{form}", **({"rows": "all"} if form == "csv" else {}))
    assert place.back(path)[0].startswith("recorded 0 decisions in ")
    before = place.current()
    standing.store(place.run).unlink()
    (place.folder / "labels.jsonl").unlink()
    told = place.back(path)
    assert told == [f"recorded {len(before)} decisions (ana 2, bo 2) in {standing.store(place.run)}"]
    assert stands(place.current()) == stands(before)
    assert any(line.endswith(str(path)) for line in said)


def test_label_studio_gets_rows_and_gives_decisions(place: Place) -> None:
    """The rows inside the budget with their reasons; annotated by two, they are decisions on the very rows."""
    path, said = place.out("label-studio", "rows.json", top=3)
    tasks = json.loads(path.read_text(encoding="utf-8"))
    told = list(place.run.lines("suspects.jsonl"))[:3]
    assert [task["data"]["example_id"] for task in tasks] == [one["example_id"] for one in told]
    assert [task["data"]["suspicion"] for task in tasks] == [one["suspicion"] for one in told]
    assert told[0]["reasons"][0]["because"].split()[0] in tasks[0]["data"]["reasons"]
    assert path.with_suffix(".xml").read_text(encoding="utf-8").startswith("<View>")
    assert said[0] == f"3 rows: {path}, {path.with_suffix('.xml')}"
    with pytest.raises(DataError, match=r"rows\.json is there already, and may have been filled"):
        place.out("label-studio", "rows.json")
    made = labels.parse('{"example_id": "x", "decision": "remove", "by": "ana@shop", "note": "n"}', "x")[0]
    exported = annotated([item(replace(made, at=AT), replace(made, word="keep", by="bo@shop", at=AT))])
    exported = [{**exported[0], **task} for task in tasks]
    path.write_text(json.dumps(minimal(exported)), encoding="utf-8")
    assert place.back(path) == [f"recorded 6 decisions (ana@shop 3, bo@shop 3) in {standing.store(place.run)}"]
    path.write_text(json.dumps(exported), encoding="utf-8")
    assert place.back(path)[1:] == ["noted: 6 stand already as the file has them"]
    found = standing.of(place.run, place.contents).decisions
    assert {(one.example_id, one.by, one.word) for one in found} == {
        (one["example_id"], who, word) for one in told for who, word in (("ana@shop", "remove"), ("bo@shop", "keep"))
    }
    assert {one.note for one in found} == {"n"}


def test_a_word_changed_in_the_table_counts_and_an_old_one_does_not(place: Place) -> None:
    """The last word is the newest: what a file says again of before is told and left out."""
    place.record(place.entry("ana", 0, "keep", at=AT))
    path, _ = place.out("csv", "table.csv", rows="all")
    text = path.read_text(encoding="utf-8-sig")
    path.write_text(text.replace('"keep"', '"remove"'), encoding="utf-8-sig")
    assert place.back(path)[0].startswith("recorded 1 decision (ana 1)")
    (now,) = place.current()
    assert (now.word, now.at > AT) == ("remove", True)
    path.write_text(text.replace('"keep"', '"unsure"'), encoding="utf-8-sig")
    assert place.back(path)[1:] == ["noted: 1 older than what the same person said since: left out"]
    place.decide("ana", _0=None)
    assert place.back(path)[1] == "noted: 1 older than what the same person said since: left out"
    assert place.current() == []
    place.record(*(place.entry("bo", 1, "keep", at=f"2026-{month}-01") for month in ("03", "01")))
    between = given_lines(place, {"example_id": place.ids[1], "decision": "remove", "by": "bo", "at": "2026-02-01"})
    assert place.back(between)[1:] == ["noted: 1 older than what the same person said since: left out"]


def test_of_one_person_the_last_word_in_a_file_counts(place: Place) -> None:
    """In time, not in the order in which they stand; also where it is what stood before."""
    times = [("keep", "03"), ("unsure", "01"), ("remove", "02")]
    rows = ({"example_id": place.ids[4], "decision": word, "at": f"2026-01-{day}"} for word, day in times)
    path = given_lines(place, *rows)
    assert place.back(path)[1:] == ["noted: 2 followed by a later word of the same person"]
    (one,) = place.current()
    assert (one.word, one.at) == ("keep", "2026-01-03")
    assert place.back(path)[1:] == [
        "noted: 2 followed by a later word of the same person",
        "noted: 1 stand already as the file has them",
    ]


def given_lines(place: Place, *rows: dict[str, object]) -> Path:
    """Write decisions by hand."""
    path = place.folder / "mine.jsonl"
    path.write_text("".join(f"{json.dumps({'decision': 'keep', 'by': 'ana', **row})}\n" for row in rows), "utf-8")
    return path


def test_what_names_no_content_is_told_and_left_out(place: Place) -> None:
    """Digests of another form, half a character in them, populations likewise: the rest of the file is kept."""
    name, other = place.ids[:2]
    odd = [{"example_id": name, "digest": text} for text in ("hello", f"sha256:{'0' * 63}\ud800", "\ud800")]
    chance = {"example_id": other, "probability": 0.5, "population": "\ud800", "at": "2026-01-02\ud80003:04"}
    assert place.back(given_lines(place, *odd, chance)) == [
        f"recorded 1 decision (ana 1) in {standing.store(place.run)}",
        "noted: 3 whose digest is none (sha256: and 64 hexadecimal digits): left out",
        "noted: 1 whose population is no digest: kept without the probability",
    ]
    (one,) = place.current()
    assert (one.example_id, one.probability, one.population, one.at) == (other, None, "", "2026-01-02?03:04")


def test_a_time_to_come_locks_nobody_out(place: Place) -> None:
    """It is told, and the decision is of now; also where an older judge kept such a time."""
    soon = (datetime.now(UTC) + timedelta(hours=20)).isoformat()
    said = place.back(given_lines(place, {"example_id": place.ids[0], "at": "2126-01-01T00:00:00Z"}))
    assert said[1:] == ["noted: 1 with a time that is still to come: taken as said now"]
    assert place.back(given_lines(place, {"example_id": place.ids[0], "at": soon, "decision": "unsure"}))[1:] == []
    place.record(place.entry("ana", 1, "keep", at="9999-12-31T23:59:59-12:00"))
    place.back(given_lines(place, {"example_id": place.ids[1], "at": AT, "decision": "remove"}))
    assert [(one.word, one.at < "2030") for one in place.current()] == [("unsure", True), ("remove", True)]


def test_a_file_is_taken_in_as_a_whole(place: Place) -> None:
    """All people of it in one batch; and one who is typed in several ways is one of them."""
    people = ["ana", " ana", "Zoe\u0308", "Zoë ", "bo"]
    place.back(given_lines(place, *({"example_id": place.ids[n], "by": who} for n, who in enumerate(people))))
    stand = place.current()
    assert [one.by for one in stand] == ["ana", "ana", "Zoë", "Zoë", "bo"]
    assert len({one.batch for one in stand}) == 1


def test_what_was_written_by_hand_is_never_written_over(place: Place) -> None:
    """A labels.jsonl beside the decisions, and any file that --out names, that holds what is kept nowhere else."""
    hand, mine = place.folder / "labels.jsonl", given_lines(place, {"example_id": place.ids[0]})
    hand.write_text(mine.read_text("utf-8").replace("ana", "zoe"), "utf-8")
    text = hand.read_text("utf-8")
    said = place.back(mine)
    assert said[0].startswith("recorded 1 decision (ana 1)")
    assert (len(said), str(hand) in said[1], "--from" in said[1]) == (2, True, True)
    for name in ("set/labels.jsonl", "set/mine.jsonl"):
        before = (place.folder.parent / name).read_text("utf-8")
        with pytest.raises(DataError, match=r"or name another file with --out FILE$"):
            place.out("jsonl", name)
        assert (place.folder.parent / name).read_text("utf-8") == before
    said = place.back(hand)
    assert said[1:] == [
        f"{hand} was not written here: left as it is; move it away, and --to jsonl writes what is kept now"
    ]
    assert hand.read_text("utf-8") == text
    hand.unlink()
    for word in ("remove", "unsure"):  # what is ours is written anew
        place.decide("ana", _0=word)
        place.out("jsonl", "set/labels.jsonl")
        assert f'"decision": "{word}"' in hand.read_text("utf-8")


def test_a_sample_says_how_many_rows_of_a_content_it_drew(place: Place) -> None:
    """A content that stands in two rows goes out once, and speaks for as many rows as chance drew of it."""
    path, said = place.out("label-studio", "sample.json", sample=60)
    drawn = [task["data"]["drawn"] for task in json.loads(path.read_text("utf-8"))]
    assert (sum(drawn), max(drawn), said[0]) == (
        *(60, 2),
        "noted: 1 time a row has the content of another; one decision holds for both",
    )
    table, _ = place.out("csv", "sample.csv", sample=60)
    text = table.read_text("utf-8-sig").replace('"","","","",0.', '"keep","","bo","",0.')
    table.write_text(text, "utf-8")
    place.back(table)
    found = standing.review(place.run, standing.of(place.run, place.contents).decisions)
    assert (found.drawn, {one.drawn for one in place.current()}) == (60, {1, 2})
    assert place.back(place.out("jsonl", "again.jsonl")[0])[1:] == ["noted: 59 stand already as the file has them"]


def test_decisions_land_where_their_content_is() -> None:
    """On the row of their id if it has it, else on the first that has; copies share them but not the chance."""
    made = [
        Decision(example_id="b", word="keep", digest="2", probability=0.5, population="data"),
        Decision(example_id="x", word="keep", digest="1", probability=0.5, population="other"),
        Decision(example_id="a", word="keep", digest="9", probability=0.5),
        Decision(example_id="c", word="keep"),
    ]
    contents = {"a": "2", "b": "2", "c": "1"}
    told = [(one.example_id, one.probability) for one in labels.landed(made, contents, "data")]
    assert told == [("b", 0.5), ("c", None), ("", 0.5), ("c", None)]
    spread = [(one.example_id, one.probability) for one in labels.landed(made, contents, "data", copies=True)]
    assert spread == [("a", 0.5), ("b", None), ("c", None), ("", 0.5), ("c", None)]


@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 3), st.sampled_from(["", "data", "other"]))
def test_a_chance_is_on_as_many_copies_as_it_brought_up(drawn: int, copies: int, at: int, population: str) -> None:
    """Whoever of two people decided which of them, it is the same ones; the word is on all, and so on each once."""
    contents = {f"r{n}": "1" for n in range(copies)}
    one = Decision(example_id=f"r{at}", word="keep", digest="1", probability=0.5, drawn=drawn, population=population)
    spread = labels.landed([one], contents, "data", copies=True)
    known = 0 if population == "other" else min(drawn, copies)
    wanted = [(f"r{n}", 0.5 if n < known else None, 1) for n in range(copies)]
    assert [(row.example_id, row.probability, row.drawn) for row in spread] == wanted
    (alone,) = labels.landed([one], contents, "data")
    assert alone.drawn == drawn


def test_decisions_hold_for_the_rows_of_another_night(place: Place) -> None:
    """By content: a moved row is found, an edited one is told and left out, one that is gone waits for its return."""
    place.record(*(place.entry("ana", n, "remove", at=AT) for n in (0, 1, 5, 59)))
    path, _ = place.out("jsonl", "labels.jsonl")
    standing.store(place.run).unlink()
    said = place.back(path, run=place.later)
    edited, gone = place.ids[59], ", ".join(place.ids[:2])
    assert said[0].startswith("recorded 3 decisions (ana 3)")
    assert sorted(said[1:]) == [
        f"noted: 1 on rows whose content has changed since ({edited}): left out",
        f"noted: 2 on rows that are not in this run ({gone}): kept, and valid again where such a row comes back",
    ]
    of_later = standing.of(place.later, standing.digests(place.later)).decisions
    assert sorted(one.example_id for one in of_later) == ["", "", place.ids[5]]
    assert all(one.example_id for one in standing.of(place.run, place.contents).decisions)
    loose = path.with_name("loose.jsonl")
    names = ("nobody", "no\nbody", "x" * 99, "y")
    loose.write_text(
        "".join(json.dumps({"example_id": name, "decision": "keep"}) + "\n" for name in names), encoding="utf-8"
    )
    assert place.back(loose)[1:] == [
        f"noted: 4 on ids that are not in this run (nobody, no body, {'x' * 39}…, …), and with no digest: left out"
    ]


def test_a_random_sample_goes_out_blind_and_makes_a_rate(place: Place) -> None:
    """Its rows are those that `review` draws, its probability comes back, and the rate follows without a new run."""
    path, said = place.out("csv", "sample.csv", sample=20)
    lines = path.read_text(encoding="utf-8-sig")
    assert said[0].startswith("20 rows (drawn at random, each with the probability 0.3279)")
    assert "%:" not in lines
    rows = lines.replace('"","","","",', '"remove","","bo","",')
    path.write_text(rows, encoding="utf-8")
    assert place.back(path)[0].startswith("recorded 20 decisions (bo 20)")
    assert {one.probability for one in place.current()} == {20 / 61}
    told: list[str] = []
    labelling.overview(place.run, told.append)
    assert any(line.startswith("defect rate 100.0% (") and "by 20 random decisions" in line for line in told)
    with pytest.raises(ConfigError, match="jsonl has all decisions and nothing else"):
        place.out("jsonl", "labels.jsonl", sample=3)


def test_the_overview_says_of_how_many_drawn_rows_a_rate_is(place: Place) -> None:
    """One row out of eight that a table says were drawn is no rate of the set, and is not shown as one."""
    path = place.folder / "mine.csv"
    path.write_text(f"example_id,decision,by,probability\n{place.ids[5]},remove,ana,{8 / 61}\n", "utf-8")
    place.back(path)
    told: list[str] = []
    labelling.overview(place.run, told.append)
    assert any(line.startswith("1 of 8 drawn rows") for line in told)
    assert not any(line.startswith("defect rate") for line in told)


def test_the_overview_names_rows_that_are_gone(place: Place) -> None:
    """Of decisions on rows that a later night does not have: which, by the ids that they had."""
    place.record(*(place.entry("ana", n, "remove") for n in (0, 1, 5)))
    told: list[str] = []
    labelling.overview(place.later, told.append)
    assert any("2 decisions on rows that are not in this set" in line for line in told)
    assert told[-1] == f"not in this set, or with another content since: {place.ids[0]}, {place.ids[1]}"
    told.clear()
    labelling.overview(place.run, told.append)
    assert not any("not in this set" in line for line in told)


def test_a_file_that_nobody_filled_is_told(place: Place) -> None:
    """A table as it went out, and tasks that nobody annotated: nothing is recorded or made, and the line says why."""
    path, _ = place.out("csv", "table.csv", top=3)
    assert place.back(path) == [f"recorded 0 decisions: {path}: no cell of its column decision is filled (3 rows)"]
    path, _ = place.out("label-studio", "tasks.json", top=3)
    assert place.back(path) == [f"recorded 0 decisions: {path}: none of its tasks is annotated"]
    assert not standing.store(place.run).exists()


def test_the_overview_says_who_decided_what(place: Place) -> None:
    """People with their words, how far two agree, and the sentences that a run with these labels says."""
    told: list[str] = []
    labelling.overview(place.run, told.append)
    assert told[0] == f"nobody decided anything yet of 1: python -m judge review {place.run.folder}"
    assert not standing.store(place.run).exists()
    reviewed_by_two(place)
    told.clear()
    labelling.overview(place.run, told.append)
    assert told[0] == f"people's decisions: 4 in {standing.store(place.run)}"
    assert told[1].startswith("  ana: 2 rows, 1 remove, 1 keep; the last 20")
    assert told[3] == "  ana and bo both decided 1 row and say the same of 0 (0%)"
    assert told[4].startswith("reviewed: 4 rows by 2 people")  # the copy of a decided row is one of them


def test_a_run_with_the_labels_comes_to_the_same(place: Place, tmp_path: Path) -> None:
    """What stands beside a finished run says of its list what an audit says that was given labels.jsonl."""
    reviewed_by_two(place)
    place.record(*(place.entry("cy", n, "remove", probability=0.5, population=place.data) for n in range(10, 40)))
    path, _ = place.out("jsonl", "set/labels.jsonl")
    rows = sources.load(place.spec).examples
    again, _ = finish(tmp_path / "again", "1", rows, f"dataset.labels={path}")
    found = standing.of(place.run, place.contents)
    assert again.manifest["data"]["digest"] == place.data
    assert again.manifest["decisions"] == json.loads(
        json.dumps(reviewed.told(standing.review(place.run, found.decisions)))
    )
    with pytest.raises(DataError, match=r"is where decisions are kept; name the labels\.jsonl beside it"):
        labels.read(str(standing.store(place.run)))


def test_what_was_said_of_one_rubric_decides_the_row_where_it_removes_it(place: Place) -> None:
    """A labels file that goes in: to remove for a rubric is to remove; to keep for one leaves the row open."""
    path = place.folder / "mine.jsonl"
    said = [("remove", 0), ("keep", 1)]
    rows = [{"example_id": place.ids[n], "decision": word, "rubric": "tone"} for word, n in said]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    assert place.back(path, by="ana")[1:] == ["noted: 1 that say keep of one rubric alone, which decides no row"]
    (one,) = place.current()
    assert (one.example_id, one.word, one.by, one.note) == (place.ids[0], "remove", "ana", "for tone")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--to", "csv", "--from", "x"], "either writes (--to) or reads (--from)"),
        (["--rows", "all"], "--rows is for what is written; say in which form"),
        (["--by", "ana"], "--by says who decided what --from FILE reads"),
        (["--to", "csv", "--sample", "3", "--top", "2"], "--sample draws from all rows of the set"),
        (["--to", "xml"], "invalid choice: 'xml'"),
        (["--from", "nowhere.csv"], "nowhere.csv cannot be read: No such file"),
        (["--to", "jsonl"], "nobody decided anything yet of 1"),
    ],
)
def test_what_cannot_be_asked_for_is_told(place: Place, words: list[str], told: str) -> None:
    """Options that do not fit together, a file that is not there, and nothing to write."""
    with pytest.raises((ConfigError, DataError)) as error:
        verbs.run("labels", [str(place.run.folder), *words])
    assert told in str(error.value)
    assert not standing.store(place.run).exists()


def test_the_command_writes_beside_the_run_and_reads_it(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """Out, filled, in, and told: with the set's folder for its newest run."""
    assert verbs.run("labels", [str(place.folder), "--to", "csv", "--top", "2"]) == 0
    path = place.folder / "labels.csv"
    text = path.read_text(encoding="utf-8-sig").replace('"","","","",,', '"Remove","","","",,')
    semicolons = text.replace(",,", ";;").replace('","', '";"').replace(',"', ';"').replace('",', '";')
    path.write_text(semicolons, encoding="utf-16")
    assert verbs.run("labels", [str(place.folder), "--from", str(path), "--by", "  Ana   B "]) == 0
    assert verbs.run("labels", [str(place.folder)]) == 0
    said = capsys.readouterr().out
    assert f"2 rows: {path}" in said
    assert "  Ana B: 2 rows, 2 remove; the last" in said
    assert (place.folder / "labels.jsonl").read_text(encoding="utf-8").count('"by": "Ana B"') == 2


def cleaned(place: Place, out: Path, **choice: Any) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Clean; the ledger by row, and what was said."""
    said: list[str] = []
    clean.run(place.run, place.spec, None, Choice(**choice), out, said.append)
    lines = (out / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    return {one["example_id"]: one for one in map(json.loads, lines)}, said


def test_clean_takes_what_is_kept_beside_the_run(place: Place, tmp_path: Path) -> None:
    """Without --labels; the ledger has who, when and why, and the copy goes with its row."""
    reviewed_by_two(place)
    ledger, said = cleaned(place, tmp_path / "out", rules=("decisions",))
    assert said[0].startswith(f"people's decisions: 4 in {standing.store(place.run)}; ")
    assert set(ledger) == {place.ids[0], "twin", place.ids[2]}
    first = ledger[place.ids[0]]
    assert (first["decision"], first["by"], first["at"]) == ("remove", "ana", AT)
    assert first["reason"].startswith("=1+1; “no”, <b> 🎉")
    assert ledger["twin"]["copy_of"] == place.ids[0]
    path, _ = place.out("jsonl", "mine.jsonl")
    place.decide("ana", _0="keep")
    place.decide("bo", _2=None)
    by_file, said = cleaned(place, tmp_path / "file", labels=path, rules=("decisions",))
    assert (set(by_file), said[0].startswith("people's decisions")) == (set(ledger), False)


def test_what_was_withdrawn_does_not_come_back_from_a_file(place: Place) -> None:
    """The run's own labels and the file of decisions together: the later word stands, and what was undone is gone."""
    reviewed_by_two(place)
    path, _ = place.out("jsonl", "given.jsonl")
    place.decide("ana", _0=None, _1="remove")
    place.run.manifest["config"]["dataset"]["labels"] = str(path)
    found = standing.of(place.run, place.contents)
    assert found.told == f"3 in {path} and 3 in {standing.store(place.run)}"
    place.out("jsonl", "set/labels.jsonl")
    place.run.manifest["config"]["dataset"]["labels"] = str(place.folder / "labels.jsonl")
    again = standing.of(place.run, place.contents)  # that file was made of what is beside it, and is not read for it
    assert (again.told, len(again.decisions)) == (f"3 in {standing.store(place.run)}", 3)
    last = {(one.by, one.example_id): one.word for one in found.decisions}
    assert last == {
        ("ana", place.ids[1]): "remove",
        ("bo", place.ids[1]): "unsure",
        ("bo", place.ids[2]): "remove",
    }


def test_compare_holds_all_runs_against_what_was_decided_on_one(place: Place, tmp_path: Path) -> None:
    """One job of a sweep is reviewed, and every variant has its agreement with people."""
    place.record(*(place.entry("ana", n, "remove" if n % 2 else "keep") for n in range(5, 25)))
    compared = compare([place.run.folder, place.later.folder], tmp_path, lambda _: None)
    assert [variant.decided for variant in compared.variants] == [20, 20]
    assert all(variant.kappa is not None for variant in compared.variants)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"PK\x03\x04", "is a workbook or an archive; save it as CSV, or export JSON"),
        (b"SQLite format 3\x00", "is a database"),
        (b"[{", "it is damaged, no JSON"),
        (b'[{"data": {"text": "x"}, "annotations": [{}]}]', "none of its tasks has a digest"),
        (b'{"example_id": "a", "decision": "delete"}', "line 1: decision is 'delete'; write one of remove, keep"),
        (b"a,b\n1,2\n", "the columns decision and digest are needed"),
    ],
)
def test_what_is_no_file_of_decisions_is_told_in_one_line(place: Place, data: bytes, told: str) -> None:
    """The file and what to do; nothing is made where nothing could be read."""
    path = place.folder / "file"
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"^\S+file\b") as error:
        place.back(path)
    assert told in str(error.value)
    assert not standing.store(place.run).exists()
