"""Decisions in the forms of other programs: what goes out comes back, whatever the texts hold and whoever saved it."""

import argparse
import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge import labels
from judge.errors import ConfigError, DataError
from judge.exchange import Item, label_studio, lines, table
from judge.reliability import Decision
from judge.text import person, printable
from judge.verbs import labels as verb

EXPORTS = Path(__file__).parent / "label_studio"
EVIL = '=HYPERLINK("x")\t"q", \'; <b onload="a">&amp;</b> ]]> \u202eabc\u2069 \u2028 \x1b[31m \x00 🎉\n-second\r\nline'
texts = st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(
    [EVIL, "'=1+1", "''@x", "\t=1", " a ", "+", "-1"]
)
names = texts.map(person).filter(lambda name: name and not name.isdecimal())
times = st.datetimes().map(lambda time: f"{time.isoformat()}Z")
POPULATION = f"sha256:{'c' * 64}"
decided = st.builds(
    Decision,
    example_id=texts,
    word=st.sampled_from(["remove", "keep", "unsure"]),
    by=names,
    at=times,
    probability=st.none() | st.floats(0, 1, exclude_min=True, allow_subnormal=False),
    digest=st.integers(0, 2**256 - 1).map(lambda number: f"sha256:{number:064x}"),
    note=texts,
    drawn=st.integers(1, 3),
).map(lambda one: replace(one, drawn=1) if one.probability is None else replace(one, population=POPULATION))


def item(*decisions: Decision, **changes: Any) -> Item:
    """Give a row with such decisions; of none, an undecided one."""
    told: dict[str, Any] = {
        "id": decisions[0].example_id if decisions else "007",
        "digest": decisions[0].digest if decisions else "sha256:7",
        "source": "shop",
        "line": 7,
        "rank": 1,
        "suspicion": 0.75,
        "inside": True,
        "reasons": ("placeholder 60%: a blank was left in: “[X]”", "echo 40%: it repeats its prompt"),
        "turns": (("user", "Is it open?"), ("assistant", "Yes."), ("user", "Until when?"), ("assistant", "Until six.")),
        "turn": 3,
        "decisions": decisions,
    }
    return Item(**{**told, **changes})


def shown(one: Decision) -> tuple[object, ...]:
    """All that a table can bring back of a decision."""
    said = (person(printable(one.by)), printable(one.note), one.at, one.probability, one.population, one.digest)
    return (one.word, one.drawn, *said)


@given(
    st.lists(decided, max_size=4), st.sampled_from(["utf-8-sig", "utf-8", "utf-16"]), st.sampled_from(["\n", "\r\n"])
)
def test_a_table_brings_back_what_went_out(made: Sequence[Decision], encoding: str, end: str) -> None:
    """Words, people, notes, times and probabilities, through each encoding and each end of lines."""
    text = table.written([*map(item, made), item()])
    cells = re.split(r"(\"(?:[^\"]|\"\")*\")", text)  # a spreadsheet changes the ends of lines between cells alone
    saved = "".join(part if part.startswith('"') else part.replace("\n", end) for part in cells).encode(encoding)
    heard = table.read(table.decoded(saved))
    assert [shown(one) for one in heard.decisions] == [shown(one) for one in made]
    assert not heard.unused


@given(texts)
def test_no_cell_is_a_formula(text: str) -> None:
    """Nothing begins as a formula, commands a terminal or turns what is read; and it comes back as it was shown."""
    cell = table.escaped(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell == printable(cell)
    assert table.plain(cell) == printable(text)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_a_table_is_read_as_a_spreadsheet_saves_it(delimiter: str, encoding: str) -> None:
    """Other separators, encodings and cases; ids without their zeros, decimal commas, empty lines and columns."""
    rows = [
        ["Example_ID", "Digest", " Decision ", "NOTE", "by", "at", "probability", "drawn", ""],
        ["7", "sha256:7", " Remove ", "'=1+1 für später", "Zoë", "26.11.2026 09:30", '"0,25"', '"2,0"', ""],
        ["8", "sha256:8", "KEEP", '"a ""quoted"" word,\nand a line"', "", "", "", "", ""],
        ["9", "sha256:9", "?", "", "", "", "", "", ""],
        ["10", "sha256:10", "", "", "", "", "", "", ""],
        [""] * 9,
    ]
    text = "".join(delimiter.join(cells) + "\r\n" for cells in rows)
    if delimiter == ";":
        text = f"sep=;\r\n{text}"
    heard = table.read(table.decoded(text.encode(encoding)), by="ana")
    assert [one.drawn for one in heard.decisions] == [2, 1, 1]
    said = [(one.example_id, one.digest, one.word, one.note, one.by, one.probability) for one in heard.decisions]
    assert said == [
        ("7", "sha256:7", "remove", "=1+1 für später", "Zoë", 0.25),
        ("8", "sha256:8", "keep", 'a "quoted" word,\nand a line', "ana", None),
        ("9", "sha256:9", "unsure", "", "ana", None),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "digest,decision,by\na,keep,x\nb,delte,x\n",
            "row 3 (b), column decision: “delte” is no decision; write remove",
        ),
        ("digest,decision,by\na,TRUE,x\n", "row 2 (a), column decision: “TRUE” is no decision"),
        ("sep=;\ndigest;decision;by\na;x;x\n", "row 3 (a), column decision: “x” is no decision"),
        ("digest,decision,by\n\n,keep,x\n", "row 3, column digest: it is empty, so nothing says which row"),
        ("digest,decision\na,keep\n", "row 2 (a), column by: it is empty; write who decided, or give --by NAME"),
        ("digest,decision,by,probability\na,keep,x,7\n", "row 2 (a), column probability: “7” is no chance above 0"),
        ("digest,decision,by,drawn\na,keep,x,0\n", "row 2 (a), column drawn: “0” is no number of rows"),
        ("digest,decision,by,drawn\na,keep,x,1.5\n", "row 2 (a), column drawn: “1.5” is no number of rows"),
        ("id,verdict\na,b\n", "the columns decision and digest are needed, and the first line has “id, verdict”"),
        ("", "the columns decision and digest are needed, and it is empty"),
        ('digest,decision,by\na,"\x1b[31m",x\n', "“�[31m” is no decision"),
    ],
)
def test_what_a_table_has_wrong_is_told_in_one_line(text: str, told: str) -> None:
    """With the row as a spreadsheet counts it, the column, and what to do."""
    with pytest.raises(DataError) as error:
        table.read(text)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_all_that_a_table_has_wrong_is_told_at_once() -> None:
    """Every cell of every line, five of them by name, what to do about each kind once, in one line."""
    rows = ["a,delte,x,,", "b,keep,x,,", "c,wat,,7,", ",keep,x,,0", *(f"d{n},no,x,," for n in range(7))]
    with pytest.raises(DataError) as error:
        table.read("digest,decision,by,probability,drawn\n" + "\n".join(rows))
    assert str(error.value) == (
        "row 2 (a), column decision: “delte” is no decision; write remove, keep, unsure, or leave it empty;"
        " row 4 (c), column decision: “wat” is no decision; row 4 (c), column by: it is empty; write who decided, or"
        " give --by NAME; row 4 (c), column probability: “7” is no chance above 0 and at most 1; leave it as it was"
        " written; row 5, column digest: it is empty, so nothing says which row was decided; and 8 more"
    )
    with pytest.raises(DataError, match=r"^row 2 \(a b\), column decision: “x” is no decision"):
        table.read('digest,decision,by\n"a\nb",x,x\n')


def test_help_names_every_word_that_a_table_may_have() -> None:
    """As `labels --help` lists them, each under the word that it stands for."""
    parser = argparse.ArgumentParser()
    verb.words(parser)
    listed = re.findall(r"(remove|keep|unsure) \(([^)]+)\)", parser.format_help())
    told = {synonym: word for word, others in listed for synonym in (word, *others.split(", "))}
    assert told == table.SAID


LEFT_OUT = r"\n\[… ([\d,]+) characters are left out here …\]\n"


def cells(row: Item) -> dict[str, str]:
    """Give a row's cells as a spreadsheet shows them."""
    (shown,) = csv.DictReader(io.StringIO(table.written([row]), newline=""))
    return shown


def test_a_table_shows_the_whole_conversation_and_its_context() -> None:
    """Every turn with its role, calls and system prompt; none that a text makes up; and the reference text."""
    turns = [("system", "Be brief."), ("user", "Hi\nassistant: no"), ("assistant", "<call find {}>"), ("tool", "7")]
    shown = cells(item(turns=[*turns, ("assistant", "Seven.")], turn=4, context="=Open until six."))
    assert shown["conversation"].split("\n") == [
        *("system: Be brief.", "user: Hi", "  assistant: no", "assistant: <call find {}>"),
        *("tool: 7", "assistant: Seven."),
    ]
    assert shown["context"] == "'=Open until six."
    assert (shown["prompt"], shown["answer"]) == ("Hi\nassistant: no", "Seven.")


@given(st.text("ab\n🎉\ud800=", min_size=1, max_size=5), st.integers(1, 40_000))
def test_a_cell_says_what_it_has_no_room_for(text: str, times: int) -> None:
    """No cell is longer than Excel takes, as it counts; with what is left out by number, head and end are all there."""
    long = printable(text * times)
    shown = cells(item(turns=(("user", text * times), ("assistant", long)), turn=1, context=text * times))
    for name, room in (("context", 32_767), ("conversation", 32_767), ("prompt", 2_001), ("answer", 2_001)):
        assert len(shown[name].encode("utf-16-le")) // 2 <= room
    for name in ("context", "prompt", "answer"):
        head, left, tail = [*re.split(LEFT_OUT, table.plain(shown[name])), "0", ""][:3]
        assert (long.startswith(head), long.endswith(tail)) == (True, True)
        assert len(head) + int(left.replace(",", "")) + len(tail) == len(long)
    assert len(long) < 40_000 or re.search(LEFT_OUT, shown["conversation"])


def test_text_in_no_encoding_and_emptied_decisions_are_told() -> None:
    """Bytes that are no text; and a decision that was there when the table went out, and is empty now."""
    with pytest.raises(DataError, match="no known encoding; save it as CSV UTF-8"):
        table.decoded(b"digest,decision\n\x81\xff\x8d")
    made = Decision(example_id="a", word="keep", by="ana", at="2026-11-26T09:30:00Z", digest="sha256:a")
    text = table.written([item(made)]).replace('"keep"', '""')
    heard = table.read(text)
    assert (list(heard.decisions), sum(heard.unused.values())) == ([], 1)
    assert "take it back in `judge review`" in next(iter(heard.unused))


def annotated(items: Sequence[Item]) -> list[dict[str, Any]]:
    """Give what Label Studio makes of tasks that people annotated as the rows' decisions say."""
    made = []
    for number, (task, one) in enumerate(zip(label_studio.tasks(items), items, strict=True)):
        annotations = []
        for decision in one.decisions:
            result = [_result("decision", "choices", "choices", [decision.word])]
            result += [_result("note", "textarea", "text", [decision.note])] if decision.note else []
            account = {"id": 3, "email": decision.by, "first_name": "", "last_name": ""}
            at = {"created_at": "2020-01-01T00:00:00Z", "updated_at": decision.at}
            annotations.append({"completed_by": account, "result": result, "was_cancelled": False, **at})
        made.append({"id": number, "annotations": annotations, "drafts": [], "meta": {}, **task})
    return made


def _result(name: str, kind: str, key: str, value: list[str]) -> dict[str, Any]:
    return {"from_name": name, "to_name": "conversation", "type": kind, "value": {key: value}, "origin": "manual"}


def minimal(exported: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give the same as JSON-MIN: a line for each annotation, a single value as it is."""
    return [
        {
            **task["data"],
            "id": task["id"],
            **{r["from_name"]: next(iter(r["value"].values()))[0] for r in one["result"]},
            "annotator": one["completed_by"]["email"],
            "annotation_id": 1,
            "created_at": one["created_at"],
            "updated_at": one["updated_at"],
        }
        for task in exported
        for one in task["annotations"]
    ]


@given(st.lists(decided.map(lambda one: replace(one, digest="sha256:1")), max_size=3, unique_by=lambda one: one.by))
def test_label_studio_brings_back_what_people_said(made: Sequence[Decision]) -> None:
    """Words, people, notes and times of several annotators; the probability of the row, through both exports."""
    row = item(digest="sha256:1", decisions=made, probability=0.25, population=POPULATION, drawn=2)
    exported = json.loads(json.dumps(annotated([row])))
    wanted = [replace(one, example_id="007", probability=0.25, population=POPULATION, drawn=2) for one in made]
    for told in (exported, minimal(exported)):
        heard = label_studio.read(told)
        assert list(heard.decisions) == wanted
        assert not heard.unused


@pytest.mark.parametrize("name", ["export.json", "export-min.json", "export.csv"])
def test_exports_of_label_studio_itself_are_read(name: str) -> None:
    """Files that Label Studio 1.23 wrote: a changed word, a note, a skipped task, one that nobody did."""
    text = (EXPORTS / name).read_text(encoding="utf-8")
    heard = table.read(text) if name.endswith("csv") else label_studio.read(json.loads(text))
    assert [(one.example_id, one.word, one.by, one.note) for one in heard.decisions] == [
        ("sup-0595", "keep", "Label Studio user 1", ""),
        ("sup-0343", "keep", "Label Studio user 1", ""),
        ("sup-0499", "unsure", "Label Studio user 1", "مرحبا \u202e emoji 🎉"),
    ]
    assert heard.decisions[0].at == "2026-11-26T08:09:27.008985Z"
    assert all(re.fullmatch("sha256:[0-9a-f]{64}", one.digest) for one in heard.decisions)
    assert dict(heard.unused) == ({"skipped there": 1} if name == "export.json" else {})
    again = table.read(text, "ana") if name.endswith("csv") else label_studio.read(json.loads(text), "ana")
    assert {one.by for one in again.decisions} == {"ana"}


def test_what_is_no_decision_is_counted_and_told() -> None:
    """Unknown, several and missing choices, foreign tasks, and shapes that no export has."""
    task = annotated([item(Decision(example_id="a", word="keep", by="ana", digest="sha256:a"))])[0]

    def heard(**changes: Any) -> dict[str, int]:
        one = {**task["annotations"][0], **changes}
        return dict(label_studio.read([{**task, "annotations": [one]}]).unused)

    assert heard(result=[_result("decision", "choices", "choices", ["discuss"])]) == {
        "that say “discuss”, which is no decision (remove, keep, unsure)": 1
    }
    assert heard(result=[_result("decision", "choices", "choices", ["keep", "remove"])]) == {
        "with several choices at once": 1
    }
    assert heard(result=[]) == heard(result=None) == {"without a choice named decision": 1}
    assert heard(was_cancelled=True) == {"skipped there": 1}
    foreign = {"data": {"text": "x"}, "annotations": task["annotations"]}
    assert dict(label_studio.read([task, foreign]).unused) == {"on tasks that did not come from here": 1}
    assert label_studio.read([{**task, "annotations": None}]) == label_studio.read([])
    for told in ([foreign], [3], "x", [["a"]]):
        with pytest.raises(DataError):
            label_studio.read(told)


def test_a_name_is_given_to_one_number_and_not_to_several() -> None:
    """Accounts that the export knows by number alone become one person's only where it is one."""
    made = [Decision(example_id=n, word="keep", by=n, digest=n) for n in "ab"]
    first, second = annotated(list(map(item, made)))
    first["annotations"][0]["completed_by"], second["annotations"][0]["completed_by"] = 4, {"id": 4}
    assert {one.by for one in label_studio.read([first, second], "ana").decisions} == {"ana"}
    second["annotations"][0]["completed_by"] = 5
    with pytest.raises(ConfigError, match="--by names one person, and the export has 2"):
        label_studio.read([first, second], "ana")


@pytest.mark.parametrize("account", [None, {}, "", " ", {"id": None}, {"id": {"id": {}}}, True])
def test_nobody_is_named_by_an_export_without_annotators(account: object) -> None:
    """What a table says of an empty cell is said of it, too; and a name makes the decisions that person's."""
    made = [Decision(example_id=n, word="keep", by="ana", digest=n) for n in "ab"]
    exported = annotated(list(map(item, made)))
    for task in exported:
        task["annotations"][0]["completed_by"] = account
    with pytest.raises(DataError, match="nobody is named as who made 2 decisions of it; give --by NAME"):
        label_studio.read(exported)
    assert [one.by for one in label_studio.read(exported, "bo").decisions] == ["bo", "bo"]


def test_one_person_is_one_however_the_name_was_typed() -> None:
    """Space around it, two in it, and letters in parts: in a table, an export and lines."""
    typed = ["Zoë K", " Zoë  K ", "Zoe\u0308 K", "Zoe\u0308\u00a0K\t"]
    rows = [Decision(example_id="a", word="keep", by=name, digest=f"sha256:{n}") for n, name in enumerate(typed)]
    text = table.written(map(item, rows))
    as_lines = "".join(json.dumps(lines.line(one)) + "\n" for one in rows)
    for decisions in (
        table.read(text).decisions,
        label_studio.read(annotated(list(map(item, rows)))).decisions,
        labels.parse(as_lines, "x"),
    ):
        assert [one.by for one in decisions] == ["Zoë K"] * 4
    assert person("a\ud800") == "a?"


@given(st.lists(decided.filter(lambda one: bool(one.example_id)), max_size=4), st.data())
def test_lines_are_known_as_those_that_are_kept(made: Sequence[Decision], data: st.DataObject) -> None:
    """A file of some of them may be written anew, whatever of their chance is told; one with anything else may not."""
    some = [one for one in made if data.draw(st.booleans())]
    told = [replace(one, probability=None, population="") for one in some]
    text = "".join(json.dumps(lines.line(one), ensure_ascii=False) + "\n" for one in told)
    assert lines.kept(text, made)
    for more in ('{"example_id": "mine", "decision": "keep"}', "{", "[]", '"x"', "[" * 100_000):
        assert not lines.kept(f"{text}{more}\n", made)


@given(texts, texts)
def test_the_interface_fits_its_tasks(text: str, context: str) -> None:
    """It is XML, all that it shows is in every task, and its names are those that results come back under."""
    items = [item(id=text, turns=(("user", text), ("assistant", text)), turn=1, context=context), item()]
    tree = ET.fromstring(label_studio.interface(items))  # noqa: S314 - our own XML
    wanted = {value[1:] for tag in tree.iter() for value in tag.attrib.values() if value.startswith("$")}
    tasks: Any = label_studio.tasks(items)
    assert all(wanted <= set(task["data"]) for task in tasks)
    assert "context" in wanted or not context
    (choices,) = tree.iter("Choices")
    assert (choices.attrib["name"], choices.attrib["toName"]) == ("decision", "conversation")
    assert [choice.attrib["value"] for choice in choices] == ["remove", "keep", "unsure"]
    json.dumps(tasks).encode()  # no half of a character in it


def test_nobody_decides_by_pressing_submit() -> None:
    """No task comes filled in, not even of a suspect; how suspicious it is and why is told beside it."""
    (task,) = label_studio.tasks([item()])
    assert set(task) == {"data"}
    data: Any = task["data"]
    assert (data["suspicion"], data["rank"], data["reasons"][:15]) == (0.75, 1, "placeholder 60%")


def test_who_decides_on_a_random_sample_is_not_led() -> None:
    """A row without reasons and outside the budget is shown without suspicion, and the interface has no reasons."""
    blind = item(rank=None, suspicion=None, inside=False, reasons=(), probability=0.1, population=POPULATION)
    (task,) = label_studio.tasks([blind])
    assert "suspicion 0" not in str(task["data"])
    assert "$reasons" not in label_studio.interface([blind])
    assert "$reasons" in label_studio.interface([item()])


@given(st.lists(decided, min_size=1, max_size=4))
def test_lines_are_what_a_run_reads(made: Sequence[Decision]) -> None:
    """`labels` reads every line as the decision that it was, its note as it stands."""
    text = "".join(json.dumps(lines.line(one), ensure_ascii=False) + "\n" for one in made)
    wanted = [replace(one, example_id=one.example_id) for one in made if one.example_id]
    if len(wanted) == len(made):
        assert sorted(map(repr, labels.parse(text, "x"))) == sorted(map(repr, wanted))


values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=True) | st.integers() | texts,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["data", "annotations", "result", "value", "choices", "digest"]), inner)
        | st.dictionaries(st.sampled_from(["decision", "note", "annotator", "completed_by", "from_name"]), inner)
    ),
    max_leaves=8,
)


@given(st.lists(values, max_size=3) | values, st.text(max_size=60) | texts.map(lambda text: f"digest,decision\n{text}"))
def test_no_file_breaks_what_reads_it(told: object, text: str) -> None:
    """Whatever stands in a file, it is read, or one line says why not."""
    for read in (label_studio.read, lambda _: table.read(text, "ana")):
        words, said = set[str](), ""
        try:
            words = {one.word for one in read(told).decisions}
        except (ConfigError, DataError) as error:
            said = str(error)
        assert words <= {"remove", "keep", "unsure"}
        assert "\n" not in said
