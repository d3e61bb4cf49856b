"""What a page shows of a run: each text is the row's own, each number is on record, each index points right."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from builders import example, turns
from hypothesis import given
from hypothesis import strategies as st

from judge import marking
from judge.records import Example, ToolCall, Turn
from judge.views import details, groups, lead, lines, passages, text

ODD = "ab \n\t\r\x00\x1b\x7f\x85\u202e\u2066\u200b\u2028\ufeff\ud800\U000e0041é字🙂"
texts = st.text(st.sampled_from(ODD), max_size=60)


@st.composite
def marked(draw: st.DrawFn) -> tuple[str, list[marking.Span]]:
    """A text, and spans in it, most of them short."""
    found = draw(texts) * draw(st.integers(1, 4))
    starts, lengths = st.integers(0, len(found)), st.integers(1, 5) | st.integers(1, 60)
    spans = [(start, start + length) for start, length in draw(st.lists(st.tuples(starts, lengths), max_size=25))]
    return found, marking.merged((low, min(high, len(found))) for low, high in spans)


def whole(parts: text.Parts) -> str:
    """The text that pieces were made of, characters that are told by their number among it."""
    return "".join(chr(int(f"0x{piece[2:]}", 0)) if kind == text.COMMAND else piece for piece, kind in parts)


# --- texts


@given(marked())
def test_pieces_are_the_text(made: tuple[str, list[marking.Span]]) -> None:
    """Nothing is lost or added, marks are where the spans are, and what could deceive is told by its number."""
    found, spans = made
    parts = text.parts(found, spans)
    assert whole(parts) == found
    at, seen = 0, ""
    for piece, kind in parts:
        length = 1 if kind == text.COMMAND else len(piece)
        inside = any(low <= at and at + length <= high for low, high in spans)
        assert kind == text.COMMAND or inside == (kind == text.MARKED)
        assert length
        seen += piece if kind != text.COMMAND else ""
        at += length
    assert not set(seen) & set("\x00\x1b\x7f\x85\u202e\u2066\u200b\u2028\ufeff\ud800\U000e0041")
    assert "\r" not in seen.replace("\r\n", "")


@given(marked(), st.integers(10, 80))
def test_a_long_text_is_cut_but_no_mark(made: tuple[str, list[marking.Span]], room: int) -> None:
    """What is left out is counted, head and end are there, and a mark is whole or not there."""
    found, spans = made
    parts = text.parts(found, spans, room)
    left = sum(_length(part) for part in parts if part[1] == text.CUT)
    assert sum(map(_length, parts)) == len(found)
    if len(found) <= room:
        assert not left
        return
    assert len(found) - left <= room + 6 * room // 10  # a mark at each end of what is shown
    assert found.startswith(whole(parts[:1])[: room // 2])
    at = 0
    for length, (_, kind) in zip(map(_length, parts), parts, strict=True):
        cut = [end for end in (at, at + length) if kind == text.CUT]
        assert not any(low < end < high and high - low <= 0.1 * room for low, high in spans for end in cut)
        at += length


def _length(part: list[str]) -> int:
    """How many characters of a text a piece stands for."""
    piece, kind = part
    if kind == text.CUT:
        return int(piece.split(" ", 1)[0].replace(",", ""))
    return 1 if kind == text.COMMAND else len(piece)


def test_marks_far_inside_a_long_text_are_shown() -> None:
    """With what is around them."""
    found = "a" * 300_000 + " here it is " + "b" * 700_000
    parts = text.parts(found, marking.find(found, ["here it is"]))
    assert [piece for piece, kind in parts if kind == text.MARKED] == ["here it is"]
    assert sum(len(piece) for piece, kind in parts if kind != text.CUT) <= text.ROOM
    assert [kind for _, kind in parts] == ["", "…", "", "m", "", "…", ""]
    assert parts[1] == ["289,601 characters are left out here", "…"]


def test_where_there_is_room_a_long_text_is_whole() -> None:
    """But for marks beyond the first thousands, and unless it is full of what is told by its number."""
    found = "so it is " * 100_000
    parts = text.parts(found, marking.find(found, ["it is"]), text.WHOLE)
    assert whole(parts) == found
    assert 1_000 < [kind for _, kind in parts].count(text.MARKED) < 10_000
    parts = text.parts("a\u202e" * 100_000, (), text.WHOLE)
    assert len(parts) < 100_000
    assert [kind for _, kind in parts].count(text.CUT) == 1


def test_a_text_full_of_marks_is_cut_between_them() -> None:
    """Also where there is no room for all."""
    found = "<mark>" * 200
    parts = text.parts(found.replace(">", " "), [(6 * n, 6 * n + 5) for n in range(200)], 100)
    assert [kind for _, kind in parts].count(text.CUT) == 1
    assert {piece for piece, kind in parts if kind == text.MARKED} == {"<mark"}


@given(texts, st.integers(1, 20))
def test_a_line_is_one_line(found: str, room: int) -> None:
    """It fits, and commands nothing."""
    line = text.line(found * 9, room)
    assert len(line) <= room
    assert len(line.splitlines()) <= 1
    assert not set(line) & set("\x00\x1b\u202e\n\r\u2028")


def test_texts_too_long_to_compare_are_not_compared() -> None:
    """Two of a million characters take no time: without spans on record nothing is marked."""
    one, other = "yes " * 250_000, "no " * 250_000
    assert text.apart(one, other, "", "") == ([], [])
    assert text.apart("It is 2 years.", "It is 5 years.", "", "") == ([(6, 7)], [(6, 7)])
    assert text.apart("It is 2 years.", "It is 5 years.", "2 years", "5 years") == ([(6, 13)], [(6, 13)])


# --- the guide

GUIDE = """\
# Shop guide

A reply is short.

## Returns
- Lamps can be returned within 30 days of delivery.
- Filters cannot be returned once they are opened.

| country | delivery |
|---|---|
| Ireland | 3 to 5 working days |
"""


def test_passages_stand_below_their_heading() -> None:
    """Paragraphs, items and tables, each by itself."""
    assert list(passages.split(GUIDE)) == [
        "# Shop guide\nA reply is short.",
        "## Returns\n- Lamps can be returned within 30 days of delivery.",
        "## Returns\n- Filters cannot be returned once they are opened.",
        "## Returns\n| country | delivery |\n|---|---|\n| Ireland | 3 to 5 working days |",
    ]


def test_a_row_gets_the_passages_that_speak_of_it() -> None:
    """At most two, the nearest first, and none where nothing of note is shared."""
    rows = [
        "Can I return a lamp?",
        "Is it short?",
        "Are lamps blue?",
        "Thanks.",
        "Filters, please.",
        "When is delivery?",
    ]
    find = passages.finder(GUIDE, rows)
    assert find("My filters are opened, can they be returned?")[0].endswith("once they are opened.")
    assert find("How many working days to Ireland?\n4 working days.") == [list(passages.split(GUIDE))[3]]
    assert find("Good morning! You are welcome.") == []
    assert passages.finder("Lamps and filters, all of them.", [])("lamps and filters") != []


@pytest.mark.parametrize("guide", [None, "", "\n\n", "# Only a heading", "?!\n\n***"])
def test_a_guide_of_nothing_finds_nothing(guide: str | None) -> None:
    """Whatever the row says."""
    assert passages.finder(guide, ["a heading"])("Only a heading ?!") == []


# --- rows


def reason(kind: str = "signal", name: str = "rude", because: str = "it says “GO AWAY”", **more: Any) -> dict[str, Any]:
    """Give a reason as a run's list has it."""
    told = {"kind": kind, "name": name, "turn": 2, "severity": 0.5, "share": 1.0, "because": because, "partners": []}
    return {**told, **more}


def suspect(name: str, rank: int, **more: Any) -> dict[str, Any]:
    """Give a line of a run's list."""
    told = {
        "rank": rank,
        "example_id": name,
        "suspicion": 1 / (rank + 1),
        "probability": None,
        "within_budget": rank == 1,
    }
    return {**told, "reasons": [], "scores": {}, "contradicts": [], "unscored": [], **more}


def table(examples: Sequence[Example], scores: Mapping[str, float], **columns: Any) -> pd.DataFrame:
    """Give examples.parquet as far as a page reads it; scores are of tone."""
    rows = [
        {
            "example_id": one.id,
            "line": one.line,
            "source": one.source,
            "status": "judged" if one.id in scores else "too_long",
            "inclusion": 1.0,
            "tone.score": scores.get(one.id),
            "tone.entropy": None,
            "tone.off_scale": None,
        }
        for one in examples
    ]
    return pd.DataFrame(rows).assign(**columns).set_index("example_id")


ROWS = [
    example("Is it open?", "GO AWAY\x1b[2J", "?", "Sorry.", name="a", line=1),
    example("Hi\nthere", "Yes, " + "very " * 60, name="b", line=2),
    example(name="c", line=3),
    example(name="d", line=4),
]
LIST = [
    suspect("c", 1, reasons=[reason("pair", "fact", "asked “x”", turn=None), reason("rubric", "tone", "2.0 of 5")]),
    suspect("a", 2, reasons=[reason()]),
]
SPEAKS = {"rude": "tone", "loss": None}


def page_rows(members: Mapping[str, Sequence[int]] | None = None) -> dict[str, Any]:
    """The columns of the four rows above."""
    order = lines.order(["c", "a"], ["a", "b", "c", "d"])
    known = table(ROWS, {"a": 2.04, "b": 4.96})
    by_id = {one.id: one for one in ROWS}
    return lines.rows(order, LIST, known, by_id, groups=members or {}, rubrics=["tone", "kind"], speaks=SPEAKS)


def test_rows_stand_by_rank_and_then_by_line() -> None:
    """Columns of one length, each value that of its row; what many rows share stands once."""
    made = page_rows({"d": [0, 3]})
    assert made == {
        "id": ["c", "a", "b", "d"],
        "line": [3, 1, 2, 4],
        "source": [0, 0, 0, 0],
        "sources": ["shop"],
        "status": [0, 1, 1, 0],
        "statuses": ["unscored:too_long", "judged"],
        "suspicion": [0.5, 0.333, None, None],
        "inside": [1, 0, 0, 0],
        "asks": ["Can I return a lamp?", "Is it open?", "Hi there", "Can I return a lamp?"],
        "says": [
            "Yes, within 30 days.",
            "GO AWAY\ufffd[2J",
            ("Yes, " + "very " * 60)[:139] + "…",
            "Yes, within 30 days.",
        ],
        "because": ["asked “x”", "it says “GO AWAY”", "", ""],
        "reasons": [[0, 1], [2], [], []],
        "names": [
            {"name": "fact", "kind": "contradiction", "rubric": None},
            {"name": "tone", "kind": "rubric", "rubric": "tone"},
            {"name": "rude", "kind": "signal", "rubric": "tone"},
        ],
        "scores": {"tone": [None, 2.0, 5.0, None], "kind": [None] * 4},
        "groups": [None, None, None, [0, 3]],
    }


def test_a_list_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a larger set the first rows are listed; the others have no number, and are counted."""
    monkeypatch.setattr(lines, "MOST", 3)
    made = page_rows()
    assert made["id"] == ["c", "a", "b"]
    assert {len(column) for name, column in made.items() if name not in {"sources", "statuses", "names", "scores"}} == {
        3
    }
    order = lines.order(["c", "a"], ["a", "b", "c", "d"])
    assert [order.member(name)["index"] for name in "abcd"] == [1, 2, 0, None]
    assert len(order.ids) == 4


# --- one row


def known(rows: Sequence[Example] = ROWS, told: Sequence[dict[str, Any]] = LIST, **columns: Any) -> details.Known:
    """All that a run knows of rows, one of which has a grade."""
    made = table(rows, {"a": 2.04}, **columns)
    return details.Known(
        order=lines.order([one["example_id"] for one in told], made.index),
        told=told.__getitem__,
        row=dict(zip(made.index, pa.Table.from_pandas(made).to_pylist(), strict=True)).__getitem__,
        examples={one.id: one for one in rows},
        groups={"a": [4]},
        levels={"tone": 5},
        speaks=SPEAKS,
        guide=lambda said: ["Never say go away."] if "GO AWAY" in said else [],
        folder="runs/a set/one",
    )


def test_a_row_is_shown_with_all_that_is_on_record() -> None:
    """Its place, its reasons, its grades with their distribution, its turns with what the reasons quote marked."""
    levels = [[0.5, 0.25, 0.25, 0.0, 0.0], None, None, None]
    made = details.detail(known(**{"tone.turn": pd.array([2, None, None, None], "Int64"), "tone.levels": levels}), 1)
    assert (made["rank"], made["id"], made["line"], made["inside"], made["groups"]) == (2, "a", 1, False, [4])
    assert made["reasons"][0] == {**reason(), "rubric": "tone"}
    assert made["scores"] == [
        {
            "rubric": "tone",
            "turn": 2,
            "score": 2.04,
            "of": 5,
            "entropy": None,
            "off_scale": None,
            "distribution": [0.5, 0.25, 0.25, 0.0, 0.0],
        }
    ]
    assert made["turns"][1] == {
        "n": 2,
        "role": "assistant",
        "judged": False,
        "parts": [["GO AWAY", "m"], ["U+001B", "c"], ["[2J", ""]],
        "calls": [],
    }
    assert [turn["judged"] for turn in made["turns"]] == [False, False, False, True]
    assert made["guide"] == [[["Never say ", ""], ["go away", "m"], [".", ""]]]
    assert made["reproduce"] == ["python -m judge show 'runs/a set/one' a", "python -m judge verify 'runs/a set/one'"]


def test_a_row_of_an_older_run_tells_no_turn() -> None:
    """What a run did not write is not known; a row without a rank has none."""
    assert details.detail(known(), 1)["scores"][0] | {"score": 0} == {
        **dict.fromkeys(("turn", "entropy", "off_scale", "distribution")),
        "rubric": "tone",
        "score": 0,
        "of": 5,
    }
    last = details.detail(known(), 3)
    assert (last["id"], last["rank"], last["suspicion"], last["reasons"], last["scores"]) == ("d", None, None, [], [])


def test_partners_are_shown_with_what_differs() -> None:
    """Both texts and what their users asked, five rows at most; each with its own number."""
    rows = [example(f"How long, {n}?", f"It is {n} years.", name=f"r{n}", line=n + 1) for n in range(9)]
    pair = {"kind": "fact", "probability": 0.9, "by": "judge", "turn": 2, "partner_turn": 2, "span": "0 years"}
    others = [{**pair, "example_id": f"r{n}", "partner_span": f"{n} years"} for n in range(1, 9)]
    told = [suspect("r0", 1, contradicts=others), suspect("r3", 2)]
    made = details.detail(known(rows, told), 0)
    assert [(one["id"], one["index"]) for one in made["partners"]] == [
        ("r1", 2),
        ("r2", 3),
        ("r3", 1),
        ("r4", 4),
        ("r5", 5),
    ]
    assert made["more_partners"] == 3
    first = made["partners"][2]
    assert first["asks"] == [["How long, 3?", ""]]
    assert first["mine"] == [["It is ", ""], ["0 years", "m"], [".", ""]]
    assert first["theirs"] == [["It is ", ""], ["3 years", "m"], [".", ""]]


@given(st.text(st.sampled_from(ODD.replace("\ud800", "<&'\"-#")), min_size=1, max_size=8), texts, texts)
def test_a_hostile_row_is_shown_as_text(name: str, said: str, because: str) -> None:
    """Whatever it holds, all but its pieces is printable on one line, and a command names no row that a shell reads."""
    call = ToolCall(name=said, arguments=because)
    messages = (*turns(said, because), Turn(role="assistant", content="", tool_calls=(call,)))
    row = example(name=name, messages=messages, context=said, note=because)
    made = details.detail(known([row], [suspect(name, 1, reasons=[reason(because=because)])]), 0)
    assert whole(made["turns"][0]["parts"]) == said
    assert whole(made["turns"][2]["calls"][0]["parts"]) == because
    told = {**made, "turns": [], "context": None, "guide": []}
    flat = json.dumps(told, ensure_ascii=False, allow_nan=False)
    assert not set(flat) & set("\x1b\x7f\x85\u202e\u2066\u2028\ud800")
    assert all("\n" not in one for one in made["reproduce"])


def test_a_cell_of_a_megabyte_is_a_page_of_text() -> None:
    """In the list and in a row's own view."""
    row = example("?" * 900_000, "x y " * 250_000, name="long")
    made = details.detail(known([row], [suspect("long", 1, reasons=[reason(because="says “x y”")])]), 0)
    assert len(json.dumps(made)) < 500_000
    assert [kind for _, kind in made["turns"][0]["parts"]] == ["", "…", ""]


# --- groups


def group(**more: Any) -> dict[str, Any]:
    """Give a line of groups.jsonl: two camps and one more row."""
    camps = [
        {"says": "2 years", "rows": 2, "independent": 2, "members": ["r1", "r2"]},
        {"says": "5 years", "rows": 1, "independent": 1, "members": ["r0"]},
    ]
    told = {
        "group": 1,
        "asks": "How\nlong?",
        "kind": "fact",
        "probability": 0.9,
        "by": "judge",
        "lean": "",
        "style": {},
    }
    return {
        **told,
        "camps": camps,
        "pairs": [{"left": "r0", "right": "r1"}],
        "members": ["r0", "r1", "r2", "r3"],
        **more,
    }


def test_camps_are_shown_with_their_answers() -> None:
    """No answer twice, the words of the camp marked, in the turn that says them."""
    rows = {
        "r0": example("How long?", "It is 5 years.", name="r0"),
        "r1": example("How long?", "It is 2 years.", "Thanks", "Welcome.", name="r1"),
        "r2": example("How long?", "It is 2 years.", name="r2"),
        "r3": example("How long?", "Who knows.", name="r3"),
    }
    rows["r1"] = example(messages=rows["r1"].turns, name="r1")
    order = lines.order(["r1"], list(rows))
    (made,) = groups.groups([group()], order, rows, {"r1": [(1, "2 years")]})
    assert (made["asks"], made["conflict"]) == ("How long?", True)
    assert [one["index"] for one in made["members"]] == [1, 0, 2, 3]
    first, second = made["camps"]
    assert first["sample"] == [
        {"id": "r1", "index": 0, "source": "shop", "parts": [["It is ", ""], ["2 years", "m"], [".", ""]]}
    ]
    assert second["sample"][0]["parts"] == [["It is ", ""], ["5 years", "m"], [".", ""]]
    assert groups.of_rows([group(), group(members=["r3"])]) == {"r0": [0], "r1": [0], "r2": [0], "r3": [0, 1]}


# --- the head

SHARE = {"found": 3, "of": 4, "low": 0.3, "high": 0.95}


def manifest(**more: Any) -> dict[str, Any]:
    """Give a manifest as far as the head of a page reads it."""
    told: dict[str, Any] = {
        "judge": {"backend": "vllm", "model": "Qwen/Qwen3-8B", "why": "a GPU is here"},
        "accounting": {"rows": 1200, "judged": 1190, "unscored": {"too_long": 6}, "not_sampled": 0, "rejected": 4},
        "data": {"name": "shop\x1b", "path": "/home/ana/data/shop.jsonl"},
        "config": {"review_budget": 0.05, "dataset": {"path": "data/shop.jsonl"}},
        "cost": {
            "scores": {"asked": 7, "reused": 1200, "prompt_tokens": 900, "cached_tokens": 100, "generated_tokens": 7}
        },
        "seconds": {"load": 0.5, "judge": 199.6},
        "written_at": "2026-11-26T07:50:12Z",
    }
    return {**told, **more}


def head(told: Mapping[str, Any], found: Sequence[Any] = (), reviewed: Sequence[str] = ()) -> dict[str, Any]:
    """The head of a page about four rows of two sources."""
    rows = {"source": ["a", "b", "b", "b"], "rank": [1, 2, 3, None], "within_budget": [False, True, True, False]}
    return lead.lead(told, pd.DataFrame(rows), found, reasoned=2, reviewed=reviewed)


def tiles(made: Mapping[str, Any]) -> dict[str, tuple[str, str, str]]:
    """Tiles by their label."""
    return {tile["label"]: (tile["value"], tile["note"], tile["tone"]) for tile in made["tiles"]}


def test_what_is_not_known_is_said_to_be_not_known() -> None:
    """No self-test, no decisions, no pairs: no figure is made up."""
    made = head(manifest(selftest={"why": "9 rows are too few", "says": "", "all": {}}))
    assert made["title"] == "shop\ufffd"
    assert made["subtitle"] == "data/shop.jsonl · 1,200 rows · 2026-11-26 07:50:12 UTC"
    assert made["judge"] == "Qwen/Qwen3-8B by vllm (a GPU is here)"
    assert made["accounting"] == "1,200 rows in = 1,190 judged + 6 unscored (6 too_long) + 0 not sampled + 4 rejected"
    assert tiles(made) == {
        "rows": ("1,200", "1,190 judged, 6 unscored, 4 rejected", "warn"),
        "inside the review budget": ("2", "5 % of the rows; 2 of 3 ranked rows show a reason", "plain"),
        "planted defects caught": ("not known", "no self-test: 9 rows are too few", "warn"),
        "defect rate": (
            "not known",
            "100 decisions on rows drawn at random would tell it to within 10 points",
            "plain",
        ),
        "groups that contradict themselves": ("0", "", "plain"),
        "time": ("3 min 20 s", "7 questions, 807 tokens computed; 1,200 answered before", "plain"),
    }
    assert (made["says"], made["worst_groups"], made["gate"]) == ([], [], None)
    assert made["sources"] == [
        {"name": "b", "rows": 3, "inside": 2, "share": 0.6667},
        {"name": "a", "rows": 1, "inside": 0, "share": 0.0},
    ]


def test_of_very_many_sources_the_rest_stand_together() -> None:
    """And no row of them is lost."""
    names = [f"s{n % 40:02}" for n in range(99)]
    table = pd.DataFrame({"source": names, "rank": range(99), "within_budget": [name > "s30" for name in names]})
    found = lead.lead(manifest(), table, [], reasoned=0, reviewed=())["sources"]
    assert len(found) == 13
    assert (found[-1]["name"], sum(one["rows"] for one in found)) == ("28 more", 99)
    assert sum(one["inside"] for one in found) == sum(table["within_budget"])


def test_what_is_known_is_told_with_its_interval() -> None:
    """The list's catch and the judge's alone, the defect rate, the gate, and every sentence of the run."""
    alone = {**SHARE, "found": 0, "low": 0.0, "high": 0.4}
    told = manifest(
        selftest={"says": "this judge caught little", "all": {"judge": alone, "findings": alone, "fused": SHARE}},
        decisions={"rate": {"value": 0.041, "low": 0.02, "high": 0.07, "of": 120}},
        habits={
            "length": {"name": "length", "flagged": True, "says": "It likes long answers."},
            "flip": {"flagged": False},
        },
        anchors={"says": "the judge is steady"},
        gate={
            "holds": False,
            "rules": {"max_drift": {"limit": 1, "value": None, "passed": None, "says": "unknown\nyet"}},
        },
    )
    made = head(told, reviewed=["reviewed: 120 rows"])
    assert tiles(made)["planted defects caught"] == (
        "75 %",
        "3 of 4 (95 % interval 30 % to 95 %); the judge alone 0 of 4 (95 % interval 0 % to 40 %), no more than chance",
        "bad",
    )
    assert tiles(made)["defect rate"] == ("4.1 %", "2.0 % to 7.0 %, by 120 random decisions", "plain")
    assert made["says"] == [
        "Self-test: this judge caught little",
        "Habit of the judge, length: It likes long answers.",
        "Anchors: the judge is steady",
        "reviewed: 120 rows",
    ]
    assert made["gate"] == {"holds": False, "rules": [{"rule": "max_drift", "passed": None, "says": "unknown yet"}]}


def test_without_a_judge_the_head_says_so_first() -> None:
    """And counts no row as lost for it."""
    accounting = {"rows": 9, "judged": 0, "unscored": {"no_judge": 9}, "not_sampled": 0, "rejected": 0}
    made = head(manifest(judge={"backend": "none", "why": "no GPU is here"}, accounting=accounting))
    assert made["judge"] == "NO JUDGE: ranked by findings alone (no GPU is here)"
    assert tiles(made)["rows"] == ("9", "0 judged, 9 unscored", "plain")


def test_the_worst_contradictions_are_in_the_head() -> None:
    """Groups with camps, three at most, by their number; rows are counted once."""
    camps = [{"says": "2 years", "rows": 2, "members": [{"id": "a"}, {"id": "b"}]}]
    split = {"asks": "How long?", "kind": "fact", "probability": 0.9, "lean": "", "conflict": True, "camps": camps}
    style = {**split, "conflict": False, "camps": []}
    made = head(manifest(pairs={"reported": 5, "says": "as the judge has it"}), [split, split, style, split])
    assert [one["index"] for one in made["worst_groups"]] == [0, 1]
    assert made["worst_groups"][0]["camps"] == [{"says": "2 years", "rows": 2}]
    assert tiles(made)["groups that contradict themselves"] == (
        "3",
        "2 rows in camps, 5 pairs, as the judge has it",
        "plain",
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "0 s"), (59.6, "1 min 0 s"), (61, "1 min 1 s"), (3599.9, "1 h 0 min"), (7500, "2 h 5 min")],
)
def test_a_duration_in_words(seconds: float, said: str) -> None:
    """To the second, from an hour on to the minute."""
    assert lead.duration(seconds) == said
