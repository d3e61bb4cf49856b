"""The demonstration sets: made by a script, known to the row, and correct wherever they are not meant to be wrong."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data"
SCRIPT = DATA / "make_support.py"
FILES = (
    "anchors.jsonl",
    "support_guide.md",
    *(f"support_{v}{part}.jsonl" for v in ("v3", "v4") for part in ("", ".truth")),
)
RUBRICS = {"factual", "instruction", "tone", "format"}
AT_LEAST = {
    "wrong_fact": 4,
    "wrong_number": 4,
    "other_question": 4,
    "tone": 4,
    "format": 4,
    "contradiction_same_prompt": 4,
    "contradiction_paraphrase": 4,
    "cut_off": 4,
    "placeholder": 4,
    "judge_injection": 4,
    "empty": 1,
}
IMPORT = "partner_import"
# Not a greeting's blank line: two spaces, a space before a full stop, a slot or a choice that nobody settled.
ARTEFACT = re.compile(r"  | [.,;!?](?!\w)|[.,]{2}|\{\w*\}|\[[^\]]*\|[^\]]*\]|\bNone\b|^\s|\s$")

Row = dict[str, Any]


def read(name: str) -> list[Row]:
    """Return the records of a file of JSON lines."""
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def loaded(version: str) -> dict[str, Row]:
    """Return the rows by the id the loader gives them: a later row with other content is named after its source."""
    rows: dict[str, Row] = {}
    for row in read(f"support_{version}.jsonl"):
        if row["id"] not in rows:
            rows[row["id"]] = row
        elif rows[row["id"]] != row:
            rows[f"{row['id']}@{row['source']}"] = row
    return rows


def truth(version: str) -> dict[str, Row]:
    """Return the truth lines by id."""
    return {record["id"]: record for record in read(f"support_{version}.truth.jsonl")}


def answers(row: Row) -> list[str]:
    """Return what the assistant says to the customer in a row, calls of tools left out."""
    return [m["content"] for m in row["messages"] if m["role"] == "assistant" and "tool_calls" not in m]


def asks(row: Row) -> list[str]:
    """Return the user turns of a row."""
    return [m["content"] for m in row["messages"] if m["role"] == "user"]


def clean(version: str) -> dict[str, Row]:
    """Return the rows that are no known defect."""
    return {key: row for key, row in loaded(version).items() if key not in truth(version)}


def brand_facts() -> list[str]:
    """Return every wording of a brand fact, asked of the module that holds them."""
    code = "import json; from support.brand import every_fact; print(json.dumps(every_fact()))"
    done = subprocess.run([sys.executable, "-B", "-c", code], cwd=DATA, capture_output=True, check=True)
    facts: list[str] = json.loads(done.stdout)
    return facts


def test_the_script_makes_every_file_again_byte_for_byte(tmp_path: Path) -> None:
    """Running the script elsewhere gives exactly the files that are checked in."""
    subprocess.run([sys.executable, "-B", str(SCRIPT), "--out", str(tmp_path)], check=True)
    assert sorted(FILES) == sorted(path.name for path in tmp_path.iterdir())
    assert [name for name in FILES if (tmp_path / name).read_bytes() != (DATA / name).read_bytes()] == []


def test_check_notices_a_changed_file(tmp_path: Path) -> None:
    """`--check` passes on what the script has just made and fails once a byte of it differs."""
    command = [sys.executable, "-B", str(SCRIPT), "--out", str(tmp_path)]
    subprocess.run(command, check=True)
    assert subprocess.run([*command, "--check"], check=False).returncode == 0
    (tmp_path / "support_v3.jsonl").write_text("", encoding="utf-8")
    done = subprocess.run([*command, "--check"], check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "support_v3.jsonl" in done.stderr


@pytest.mark.parametrize("name", FILES)
def test_files_are_small_and_end_in_a_newline(name: str) -> None:
    """Every file is UTF-8, below 900 KB, and ends in exactly one newline."""
    data = (DATA / name).read_bytes()
    assert len(data) < 900_000
    assert data.decode("utf-8").endswith("\n")
    assert not data.endswith(b"\n\n")


def test_v3_has_800_rows_in_the_messages_schema() -> None:
    """Version 3 has 800 rows, numbered in order, and every row ends with the assistant."""
    rows = read("support_v3.jsonl")
    assert len(rows) == 800
    assert [row["id"] for row in rows] == [f"sup-{number:04d}" for number in range(1, 801)]
    assert {row["source"] for row in rows} == {"tickets", "macros", "chat"}
    for row in rows:
        assert list(row) == ["id", "messages", "source"] + ["context"] * ("context" in row)
        roles = "".join(m["role"][0] for m in row["messages"])
        assert re.fullmatch(r"s?(u(at)?a)+", roles), row["id"]


def test_tool_calls_are_answered() -> None:
    """Every call of a tool has arguments that parse and a result that parses and names the same call."""
    for row in (*loaded("v3").values(), *loaded("v4").values()):
        for at, message in enumerate(row["messages"]):
            for call in message.get("tool_calls", []):
                assert message["content"] is None
                assert json.loads(call["function"]["arguments"])
                reply = row["messages"][at + 1]
                assert (reply["role"], reply["tool_call_id"]) == ("tool", call["id"])
                assert json.loads(reply["content"])


def test_v3_mixes_kinds_of_rows() -> None:
    """Single and several turns, system turns, tool calls and reference texts all have their share in version 3."""
    rows = read("support_v3.jsonl")
    several = sum(len(asks(row)) > 1 for row in rows)
    system = sum(row["messages"][0]["role"] == "system" for row in rows)
    tools = sum(any(m["role"] == "tool" for m in row["messages"]) for row in rows)
    context = sum("context" in row for row in rows)
    assert 160 <= several <= 260
    assert 60 <= system <= 120
    assert 40 <= tools <= 60
    assert 50 <= context <= 80


@pytest.mark.parametrize("version", ["v3", "v4"])
def test_five_to_seven_percent_are_known_defects(version: str) -> None:
    """The known defects are five to seven percent of the rows, and each is described by one known rubric."""
    records = truth(version)
    assert 0.05 <= len(records) / len(loaded(version)) <= 0.07
    for record in records.values():
        assert list(record) == ["id", "defect", "rubric", "detail", "partner"]
        assert record["defect"] in AT_LEAST
        assert record["rubric"] in RUBRICS
        assert record["detail"].endswith(".")


def test_every_kind_of_defect_is_there() -> None:
    """Version 3 has at least four rows of every kind of defect, and an empty answer."""
    counts = Counter(record["defect"] for record in truth("v3").values())
    assert {kind for kind, least in AT_LEAST.items() if counts[kind] < least} == set()


@pytest.mark.parametrize("version", ["v3", "v4"])
def test_truth_names_rows_that_exist(version: str) -> None:
    """Every id in the truth file is a loaded row, and every contradiction has a partner row that is right."""
    rows, records = loaded(version), truth(version)
    assert set(records) <= set(rows)
    for key, record in records.items():
        if not record["defect"].startswith("contradiction"):
            assert record["partner"] is None, key
            continue
        assert record["partner"] in clean(version), key
        same = asks(rows[key])[0] == asks(rows[record["partner"]])[0]
        assert same == (record["defect"] == "contradiction_same_prompt"), key


def test_defects_are_spread_over_the_file_and_its_sources() -> None:
    """Every eighth of version 3 and every source has known defects, and none has most of them."""
    rows, records = read("support_v3.jsonl"), truth("v3")
    eighths = Counter(at // 100 for at, row in enumerate(rows) if row["id"] in records)
    sources = Counter(row["source"] for row in rows if row["id"] in records)
    assert set(eighths) == set(range(8))
    assert max(eighths.values()) < 13
    assert min(sources[source] for source in ("tickets", "macros", "chat")) >= 8


def test_half_of_the_anchors_are_known_defects_of_every_kind() -> None:
    """The anchors are 48 rows of version 3 as they stand there, half of them clean, with every kind of defect."""
    rows, records = loaded("v3"), truth("v3")
    drawn = read("anchors.jsonl")
    bad = Counter(records[row["id"]]["defect"] for row in drawn if row["id"] in records)
    assert all(row == rows[row["id"]] for row in drawn)
    assert (len({row["id"] for row in drawn}), bad.total()) == (48, 24)
    assert set(bad) == set(AT_LEAST)
    assert max(bad.values()) - min(bad.values()) <= 1


def test_the_guide_states_every_fact() -> None:
    """Every fact that rows are filled in with stands in the guide."""
    guide = (DATA / "support_guide.md").read_text(encoding="utf-8")
    assert [fact for fact in brand_facts() if fact not in guide] == []


def test_amounts_in_correct_answers_stand_in_the_guide() -> None:
    """An amount of money in a correct answer is one of the guide's, or comes from the row's own tool or context."""
    guide = (DATA / "support_guide.md").read_text(encoding="utf-8")
    amount = re.compile(r"(?:[AC]\$|[£€$])\d+(?:\.\d\d)?")
    known = set(amount.findall(guide))
    for key, row in (*clean("v3").items(), *clean("v4").items()):
        given = row.get("context", "") + "".join(m["content"] for m in row["messages"] if m["role"] == "tool")
        for text in answers(row):
            assert set(amount.findall(text)) <= known | set(amount.findall(given)), key


def test_spans_of_time_in_correct_answers_stand_in_the_guide() -> None:
    """A span of time in a correct answer is one of the guide's, or comes from the row itself."""
    guide = (DATA / "support_guide.md").read_text(encoding="utf-8")
    span = re.compile(r"\d+ (?:working days|days|months|years?|hours|minutes|seconds|weeks)")
    for key, row in (*clean("v3").items(), *clean("v4").items()):
        given = guide + row.get("context", "") + "".join(asks(row))
        for text in answers(row):
            for found in span.findall(text):
                number = found.split(maxsplit=1)[0]
                assert found in guide or f" {number}." in given or found in given, (key, found)


@pytest.mark.parametrize("version", ["v3", "v4"])
def test_correct_answers_have_no_joints_showing(version: str) -> None:
    """A correct answer is not empty, has no unfilled slot, no double space and no stray punctuation."""
    for key, row in clean(version).items():
        for text in answers(row):
            assert text.strip(), key
            assert not ARTEFACT.search(text), (key, text)


@pytest.mark.parametrize("version", ["v3", "v4"])
def test_correct_answers_keep_the_style(version: str) -> None:
    """A correct answer has under 150 words, no HTML, headings, code or emojis, and says sorry once at most."""
    for key, row in clean(version).items():
        for text in answers(row):
            assert len(text.split()) < 150, key
            assert not re.search(r"</?\w+>|```|^#|^\||[\U0001f300-\U0001faff]", text, re.MULTILINE), key
            assert len(re.findall(r"\b[Ss]orry\b", text)) <= 1, (key, text)


@pytest.mark.parametrize("version", ["v3", "v4"])
def test_correct_rows_do_not_repeat_each_other(version: str) -> None:
    """No two correct rows share both their question and their answer, and no question comes more than four times."""
    rows = clean(version).values()
    pairs = Counter((asks(row)[0].casefold(), answers(row)[0].casefold()) for row in rows)
    assert [pair for pair, count in pairs.items() if count > 1] == []
    questions = Counter((asks(row)[0].casefold(), row.get("context")) for row in rows)
    long = {question: count for question, count in questions.items() if len(question[0]) > 3}
    assert max(long.values()) <= 4


def test_v4_is_v3_after_a_merge() -> None:
    """30 rows are gone, 15 edited, 120 came in with new ids, 4 took an id, 2 came twice; the rest is as before."""
    old = {row["id"]: row for row in read("support_v3.jsonl")}
    rows = read("support_v4.jsonl")
    first: dict[str, Row] = {}
    again = []
    for row in rows:
        if row["id"] in first:
            again.append(row)
        else:
            first[row["id"]] = row
    kept = set(old) & set(first)
    new = set(first) - set(old)
    assert len(rows) == 896
    assert len(set(old) - set(first)) == 30
    assert sum(old[key] != first[key] for key in kept) == 15
    assert len(new) == 120
    assert {first[key]["source"] for key in new} == {IMPORT}
    assert sum(row == first[row["id"]] for row in again) == 2
    colliding = [row for row in again if row != first[row["id"]]]
    assert len(colliding) == 4
    assert {row["source"] for row in colliding} == {IMPORT}
    assert all(row["id"] in old for row in again)


def test_v4_edits_mend_and_break_and_reword() -> None:
    """Of the 15 edits eight mend a known defect, two make one, and five leave a correct row correct."""
    old, new = loaded("v3"), loaded("v4")
    edited = [key for key in old if key in new and old[key] != new[key]]
    change = Counter((key in truth("v3"), key in truth("v4")) for key in edited)
    assert change == {(True, False): 8, (False, True): 2, (False, False): 5}


def test_v4_brings_contradictions_with_old_rows() -> None:
    """A dozen of the new rows contradict a row that was already in version 3."""
    old = clean("v3")
    found = [r for r in truth("v4").values() if r["id"].startswith("par-") and r["partner"] in old]
    assert len(found) == 12


def test_v4_new_rows_are_interleaved() -> None:
    """New rows stand in every tenth of version 4, not all at its end."""
    rows = read("support_v4.jsonl")
    tenths = Counter(at * 10 // len(rows) for at, row in enumerate(rows) if row["source"] == IMPORT)
    assert set(tenths) == set(range(10))


def test_no_file_names_a_place_on_a_machine() -> None:
    """No data file holds a path of the machine it was made on."""
    for path in (*DATA.glob("*.jsonl"), *DATA.glob("*.md"), *DATA.rglob("*.txt")):
        assert not re.search(r"(?<![:\w])/(work|home|root|tmp|Users)/", path.read_text(encoding="utf-8")), path.name
