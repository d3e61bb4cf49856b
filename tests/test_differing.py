"""What changed between two audits, decided from plain tables: rows, lists, grades, contradictions, rates, words."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from judge.differing import cells, lists, markdown, told, words
from judge.differing.clusters import Drawn, joined, spread
from judge.differing.conflicts import conflicts
from judge.differing.intervals import apart, overlap
from judge.differing.lists import Ranked
from judge.differing.rates import rates
from judge.differing.rows import Matched, match
from judge.differing.shares import Measure, Rows, held
from judge.differing.sides import Side, changes, judges_apart
from judge.differing.suspects import wanted
from judge.differing.verdicts import UNKNOWN, moved
from judge.differing.whole import Difference, hold, ranked
from judge.rates import wilson

JUDGE = {"backend": "vllm", "model": "m", "revision": "r", "dtype": "bfloat16", "quantization": None, "engine": "vllm"}
LEVELS = {str(n): "level" for n in range(1, 6)}
Row = tuple[str, str, float | None, bool]  # id, content, suspicion, inside the budget
Pair = tuple[str, str]


def side(
    rows: Sequence[Row],
    pairs: Sequence[Pair] = (),
    *,
    grades: Mapping[str, Sequence[float]] | None = None,
    sources: Sequence[str] = (),
    by: str = "words",
    camps: Sequence[Sequence[Sequence[str]]] = (),
    **manifest: Any,
) -> Side:
    """Make a run out of its rows; `grades` are scores by rubric, `manifest` replaces whole parts."""
    table = pd.DataFrame(
        {
            "source": list(sources) or ["shop"] * len(rows),
            "digest": [content for _, content, _, _ in rows],
            "status": ["judged"] * len(rows),
            "suspicion": pd.array([np.nan if s is None else s for _, _, s, _ in rows], dtype="float64"),
            "within_budget": pd.array([inside for *_, inside in rows], dtype="bool"),
            **{f"{name}.score": pd.array(list(scores), dtype="float64") for name, scores in (grades or {}).items()},
        },
        index=pd.Index([name for name, *_ in rows], name="example_id", dtype=object),
    )
    disputed = [(one, other, 2, 2, "fact", 0.9, f"{one} says", f"{other} says", by) for one, other in pairs]
    columns = ["left", "right", "left_turn", "right_turn", "kind", "probability", "left_span", "right_span", "by"]
    rubrics = {name: {"question": "q", "levels": LEVELS} for name in grades or {}}
    base = {
        "judge": dict(JUDGE),
        "accounting": {"not_sampled": 0},
        "data": {"name": "shop", "digest": "sha256:a"},
        "wording": {"each": dict.fromkeys(rubrics, "sha256:1"), "layout": "shared", "protocol": "cascade"},
        "config": {"layout": "shared", "hints": False, "rubrics": rubrics},
        "versions": {"judge": "0.1.0"},
    }
    return Side(
        folder="runs/shop",
        manifest={**base, **manifest},
        rows=table,
        copies=0,
        pairs=pd.DataFrame(disputed, columns=columns),
        camps=camps,
    )


def matched(before: Side, after: Side) -> Matched:
    """Find the rows of one run in the other."""
    return match(dict(before.rows["digest"]), dict(after.rows["digest"]))


def difference(before: Side, after: Side, *reasons: Mapping[str, Any]) -> Difference:
    """Hold two runs against each other; the lines of their lists are `reasons`, by id."""
    one, other = ranked(before), ranked(after)
    same = matched(before, after)
    found = lists.suspects(one, other, same)
    needed = wanted(found, same)
    lines = [
        {name: line for name, line in told.items() if name in ids} for told, ids in zip(reasons, needed, strict=False)
    ]
    return hold(before, after, same, found, (lines[0], lines[1]) if lines else ({}, {}))


def rows(*told: str) -> list[Row]:
    """Make rows of `id content [suspicion [*]]`, the star for those inside the budget."""
    split = [text.split() for text in told]
    return [(one[0], one[1], float(one[2]) if len(one) > 2 else None, one[-1] == "*") for one in split]


def reason(name: str, severity: float = 0.5, kind: str = "signal", partners: Sequence[str] = ()) -> dict[str, Any]:
    """Give a reason as a list has it."""
    told = {"kind": kind, "name": name, "turn": 2, "severity": severity, "share": 1.0}
    return {**told, "because": f"{name} was seen", "partners": list(partners)}


ids = st.sampled_from("abcdefgh")
contents = st.sampled_from(["x", "y", "z", "u", "v"])


@given(st.dictionaries(ids, contents), st.dictionaries(ids, contents))
def test_every_row_is_found_once_or_not_at_all(before: dict[str, str], after: dict[str, str]) -> None:
    """Rows are one to one; copies are found as often as they were there; nobody with the same content is missed."""
    found = match(before, after)
    assert list(found.change) == list(after)
    assert len(set(found.earlier.values())) == len(found.earlier)
    assert {*found.earlier.values(), *found.gone} == set(before)
    for name, change in found.change.items():
        old = found.earlier.get(name)
        assert (old is None) == (change == "new")
        if old is not None:
            assert found.later[old] == name
            assert (before[old] == after[name]) == (change != "edited")
            assert (old == name) or change == "renamed"
    for content in contents.elements:
        there = [sum(one == content for one in rows.values()) for rows in (before, after)]
        same = [n for n, old in found.earlier.items() if after[n] == content == before[old]]
        assert len(same) == min(there)


def row(
    content: str, suspicion: float | None, *against: str, inside: bool = False, tone: float | None = None
) -> Ranked:
    """Make a row of a list, with what it contradicts and its score."""
    scores = {} if tone is None else {"tone": tone}
    return Ranked(
        digest=content, suspicion=suspicion, within_budget=inside, scores=scores, contradicts=frozenset(against)
    )


def test_a_new_suspect_is_as_suspicious_as_the_old_ones_were_and_was_none() -> None:
    """Content comes before the id; who only rose into the budget is told apart."""
    before = {
        "kept": row("k", 0.9, inside=True),
        "left": row("l", 0.8, inside=True),
        "fell": row("f", 0.7, inside=True),
        "renamed": row("r", 0.65, inside=True),
        "line": row("n", 0.6, inside=True),
        "waiting": row("w", 0.5),
        "grown": row("g", 0.1, tone=4.0),
        "opposed": row("o", 0.1, "k"),
        "steady": row("s", 0.1, "k", tone=4.0),
        "judged": row("j", 0.1),
        "clean": row("c", 0.0),
        "unread": row("u", None),
    }
    after = {
        "kept": row("k2", 0.95, inside=True),  # edited, and still a suspect
        "fell": row("f", 0.2),
        "another": row("r", 0.7, inside=True),
        "line": row("n", 0.6, inside=True),
        "renamed": row("new content under an old id", 0.99, inside=True),
        "grown": row("g", 0.6, inside=True, tone=3.5),
        "opposed": row("o", 0.6, "k", "z", inside=True),
        "steady": row("s", 0.9, "k", inside=True, tone=3.6),
        "judged": row("j", 0.6, inside=True, tone=4.0),
        "waiting": row("w", 0.55, inside=True),
        "clean": row("c", 0.0),
        "unread": row("u", None),
        "fresh": row("z", 0.7, inside=True),
    }
    found = lists.suspects(before, after)
    assert found.line == 0.6
    assert found.new == ("renamed", "fresh", "grown", "judged", "opposed")
    assert found.risen == ("steady", "waiting")
    assert found.kept == ("kept", "another", "line")
    assert found.gone == ("left", "fell")


def test_a_list_without_suspects_has_no_line() -> None:
    """Whatever is new inside the later budget is a suspect then; nothing at all gives nothing."""
    assert lists.suspects({"a": row("a", 0.0)}, {"a": row("b", 0.1, inside=True)}).new == ("a",)
    empty = lists.suspects({}, {})
    assert (empty.line, empty.new, empty.gone) == (None, (), ())


def test_why_a_suspect_came_or_went() -> None:
    """A new or an edited row, a new partner, another reason, or weights alone; and why others are gone."""
    before = side(
        rows("a a 0.1", "b b 0.1", "c c 0.1", "d d", "e e 0.1", "f f 0.9 *", "g g 0.9 *", "h h 0.8 *", "i i 0.8 *")
    )
    after = side(
        rows(
            "a a 0.9 *", "b b 0.9 *", "c c 0.9 *", "d d 0.9 *", "e E 0.9 *", "g G 0", "h h 0.3", "i i 0.85", "n n 0.9 *"
        ),
        pairs=[("a", "n")],
    )
    pair = reason("fact", kind="pair", partners=["n", "a"])
    was = {"b": [reason("rude")], "c": [reason("rude", 0.5)], "h": [reason("rude"), reason("echo")], "f": [reason("x")]}
    now = {"a": [pair], "b": [reason("rude"), reason("echo")], "c": [reason("rude", 0.5)], "h": [reason("rude")]}
    found = difference(before, after, *({n: {"reasons": r} for n, r in one.items()} for one in (was, now))).suspects
    assert [one.example_id for one in found.risen] == ["b", "c"]
    assert {one.example_id: (one.cause, one.why) for one in (*found.new, *found.risen, *found.gone)} == {
        "a": ("contradicts", "old row that now contradicts a, n (new row)"),
        "b": ("reasons", "old row: now also echo"),
        "c": ("weights", "old row: the same reasons weigh more, as weights are fitted to each set"),
        "d": ("not ranked before", "old row that nobody had examined"),
        "e": ("edited row", "edited row"),
        "n": ("new row", "new row"),
        "f": ("left", "the row left the set"),
        "g": ("edited row", "edited"),
        "h": ("fell", "fell below the line: no longer echo"),
        "i": ("crowded out", "still above the earlier line, but others are more so"),
    }
    left = next(one.reason for one in found.gone if one.example_id == "f")
    assert left == {"kind": "signal", "name": "x", "turn": 2, "share": 1.0, "because": "x was seen"}


def test_a_row_that_a_dispute_turns_against_is_a_new_suspect_also_without_a_pair() -> None:
    """A new row joins the other camp of its group; of a dispute that is as it was nobody is a new suspect."""
    told = ["a a 0.1", "b b 0.1", "c c 0.9 *", "d d 0.1", "e e 0.1"]
    before = side(rows(*told), camps=[[["d"], ["e", "copy"]]])
    later = side(
        rows("a a 0.95 *", "b b 0.95 *", "c c 0.9 *", "d d 0.95 *", "e e 0.95 *", "n n 0.2", "m a 0.2"),
        [("n", "b")],
        camps=[[["a"], ["n"]], [["d"], ["e", "copy"], ["a"]], [["b", "m"], ["b"]]],
    )
    pair = reason("fact", kind="pair", partners=["n"])
    now = {"a": [pair], "b": [pair], "d": [reason("rude")], "e": [reason("rude")]}
    lines = [{name: {"reasons": given} for name, given in one.items()} for one in ({"d": now["d"]}, now)]
    found = difference(before, later, *lines).suspects
    assert {one.example_id: one.why for one in found.new} == {
        "a": "old row that now contradicts n (new row)",
        "b": "old row that now contradicts n (new row)",
        "d": "old row in a dispute that others have joined, which is not held against it",
        "e": "old row: now also rude",
    }
    settled = side(rows("d d 0.95 *", "e e 0.95 *", "c c 0.9 *", "n n 0.1"), camps=[[["d"], ["e", "n"]]])
    found = difference(before, settled, {}, {"d": {"scores": {"tone": 2.0}}}).suspects
    assert [one.example_id for one in found.risen] == ["e"]  # the new row is on its side
    assert [(one.example_id, one.why) for one in found.new] == [("d", "old row that is graded for the first time")]


def test_one_change_is_told_once() -> None:
    """The layout and the protocol are wording, and no settings besides."""
    later = {"layout": "rubric_first", "protocol": "score"}
    one = graded(5.0, **config(protocol="cascade"))
    other = graded(5.0, **config(**later), wording={**wording()["wording"], **later})
    assert [change.says for change in changes(one, other)] == [
        "the layout (shared, then rubric_first)",
        "the protocol (cascade, then score)",
    ]


def graded(*tone: float, **manifest: Any) -> Side:
    """Make a run whose rows are graded on two rubrics, always the same on facts."""
    names = rows(*(f"r{n} r{n} 0.5" for n in range(len(tone))))
    return side(names, grades={"tone": tone, "factual": [5.0] * len(tone)}, **manifest)


def test_a_grade_is_told_from_half_a_level_on_or_where_it_crosses_the_line() -> None:
    """Low is half of the scale; less than half a level that crosses nothing is not told."""
    before = graded(5.0, 4.0, 3.2, 2.0, float("nan"), 4.0)
    after = graded(4.6, 3.5, 2.9, 2.4, 4.0, float("nan"))
    found = moved(before, after, matched(before, after), ())
    assert [(one.example_id, one.kind, one.low_before, one.low_after) for one in found] == [
        ("r1", "moved", False, False),
        ("r2", "crossed", False, True),
        ("r4", "scored", None, False),
        ("r5", "unscored", False, None),
    ]
    assert all(one.causes == (UNKNOWN,) and one.rubric == "tone" for one in found)


def wording(**changed: str) -> dict[str, Any]:
    """Give the digests of a run's wording."""
    each = {"tone": "sha256:1", "factual": "sha256:1"}
    each.update({name: value for name, value in changed.items() if name in each})
    rest = {name: value for name, value in changed.items() if name not in each}
    return {"wording": {"each": each, "layout": "shared", "protocol": "cascade", **rest}}


def config(**settings: Any) -> dict[str, Any]:
    """Give a run's settings."""
    rubrics = {name: {"question": "q", "levels": LEVELS} for name in ("tone", "factual")}
    return {"config": {"layout": "shared", "hints": False, "rubrics": rubrics, **settings}}


@pytest.mark.parametrize(
    ("changed", "causes"),
    [
        (wording(tone="sha256:2"), ["rubric edited"]),
        (wording(factual="sha256:2"), ["another rubric of the shared prompt changed (factual)"]),
        ({**wording(factual="sha256:2"), **config(layout="rubric_first")}, None),
        (wording(guide="sha256:2"), ["guide edited"]),
        (wording(prompts="sha256:2"), ["prompts edited"]),
        (config(hints=True), ["hints, which show the judge findings that depend on the whole set"]),
        (config(max_off_scale=0.1), ["another max_off_scale"]),
        (config(top=3), [UNKNOWN]),
        ({"judge": {**JUDGE, "model": "other"}}, ["another judge"]),
        ({"judge": {**JUDGE, "engine_version": "2"}}, ["another version of the engine"]),
    ],
)
def test_why_a_grade_changed(changed: dict[str, Any], causes: list[str] | None) -> None:
    """What is known to have changed in the question is named; a rubric apart is changed by no other."""
    before = graded(5.0, **(config(layout="rubric_first") if causes is None else {}))
    after = graded(1.0, **changed)
    (one,) = moved(before, after, matched(before, after), changes(before, after))
    assert list(one.causes) == ([UNKNOWN] if causes is None else causes)


def test_an_edited_row_explains_its_grade_first() -> None:
    """The nearest cause comes first, and what else changed after it."""
    before = graded(5.0)
    after = graded(1.0, **wording(guide="sha256:2"))
    after.rows["digest"] = "edited"
    (one,) = moved(before, after, matched(before, after), changes(before, after))
    assert one.causes == ("row edited", "guide edited")


def test_judges_differ_by_what_answers_not_by_the_engines_version() -> None:
    """Backend, model, revision, dtype and quantization make a judge; none against some is another, too."""
    one = graded(5.0)
    assert judges_apart(one, graded(5.0, judge={**JUDGE, "engine_version": "9"})) == ""
    assert "then vllm other" in judges_apart(one, graded(5.0, judge={**JUDGE, "model": "other"}))
    assert "dtype" in judges_apart(one, graded(5.0, judge={**JUDGE, "dtype": "float16"}))
    assert judges_apart(one, graded(5.0, judge={"backend": "none"})).endswith("then no judge")


def test_contradictions_of_a_merge() -> None:
    """New ones by who is new, edits, and pairs that are asked late; those resolved, and those that only lapsed."""
    before = side(
        rows(*(f"{name} {name} 0.1" for name in "abcdefg")),
        [("a", "b"), ("a", "c"), ("b", "c"), ("d", "e"), ("f", "g")],
        by="judge",
    )
    after = side(
        rows("a a 0.1", "b2 b 0.1", "d D 0.1", "e e 0.1", "f f 0.1", "g g 0.1", "n n 0.1", "m m 0.1"),
        [("b2", "a"), ("n", "a"), ("n", "m"), ("d", "f"), ("a", "f"), ("d", "e")],
        by="judge",
    )
    found = conflicts(before, after, matched(before, after), ())
    assert [(c.between, c.old.example_id, c.new.example_id, c.why) for c in found.born] == [
        ("old and new", "a", "n", "a new row"),
        ("new and new", "n", "m", "two new rows"),
        ("old and old", "a", "f", "asked for the first time"),
        ("old and old", "d", "f", "d edited"),
    ]
    assert (found.born[0].new.span, found.born[0].new.fate, found.born[0].old.fate) == ("n says", "new", "unchanged")
    assert [(c.old.example_id, c.new.example_id, c.why) for c in found.resolved] == [
        ("a", "c", "c left"),
        ("b", "c", "c left"),
    ]
    assert [(c.old.example_id, c.new.example_id) for c in found.lapsed] == [("f", "g")]
    assert found.kept == 2  # renamed, and edited without being settled


def test_rates_by_hand() -> None:
    """Suspicious of the ranked, contradicting of all, low of the graded; sources apart; who came against who stayed."""
    before = side(
        rows("a a 0.9 *", "b b 0.1", "c c"),
        [("a", "b")],
        grades={"tone": [1.0, 5.0, float("nan")]},
        sources=["x", "x", "y"],
    )
    after = side(
        rows("a a 0.95 *", "b b 0.9 *", "c c 0.1", "n n 0.2"),
        [("a", "n")],
        grades={"tone": [3.0, 3.1, 5.0, 1.0]},
        sources=["x", "x", "y", "z"],
    )
    found = rates(before, after, matched(before, after), 0.9)
    shown = {
        (r.what, r.source): (r.before.found, r.before.of, r.after.found, r.after.of)
        for r in (*found.whole, *found.by_source)
    }
    assert shown == {
        ("suspicious", ""): (1, 2, 2, 4),
        ("contradicting", ""): (2, 3, 2, 4),
        ("low", ""): (1, 2, 2, 4),
        ("suspicious", "x"): (1, 2, 2, 2),
        ("contradicting", "x"): (2, 2, 1, 2),
        ("low", "x"): (1, 2, 1, 2),
        ("suspicious", "y"): (0, 0, 0, 1),
        ("contradicting", "y"): (0, 1, 0, 1),
        ("low", "y"): (0, 0, 0, 1),
        ("suspicious", "z"): (0, 0, 0, 1),
        ("contradicting", "z"): (0, 0, 1, 1),
        ("low", "z"): (0, 0, 1, 1),
    }
    assert [(r.what, r.came.found, r.came.of, r.stayed.found, r.stayed.of) for r in found.arrived] == [
        ("suspicious", 0, 1, 2, 3),
        ("contradicting", 1, 1, 1, 3),
        ("low", 1, 1, 1, 3),
    ]
    assert {r.source: r.change for r in found.by_source if r.what == "suspicious"}["y"] is None


def test_an_interval_of_a_change_covers_it() -> None:
    """In at least 93 % of draws, whatever share of the rows is in both, however much they stay what they are."""
    rng = np.random.default_rng(7)
    draws = 700
    settings = [  # rows in both, gone, new; the shares; how likely a row is to stay as it is
        (750, 30, 126, 0.05, 0.05, 0.97),
        (700, 100, 300, 0.05, 0.08, 0.9),
        (80, 20, 40, 0.1, 0.1, 0.8),
        (50, 10, 100, 0.2, 0.3, 0.6),
        (0, 100, 100, 0.1, 0.2, 1.0),
    ]
    for both, gone, new, p, q, same in settings:
        covered = wide = 0
        for _ in range(draws):
            u = rng.random(both)
            was, now = u < p, np.where(rng.random(both) < same, u, rng.random(both)) < q
            found = int(was.sum() + (rng.random(gone) < p).sum()), int(now.sum() + (rng.random(new) < q).sum())
            table = tuple(int(cell.sum()) for cell in (was & now, was & ~now, ~was & now, ~was & ~now))
            of = both + gone, both + new
            shares = wilson(found[0], of[0]), wilson(found[1], of[1])
            change = apart(*shares, overlap((table[0], table[1], table[2], table[3]), of))
            alone = apart(*shares)
            assert change is not None
            assert alone is not None
            covered += change.low <= q - p <= change.high
            wide += change.high - change.low > alone.high - alone.low + 1e-6
        assert covered / draws >= 0.93
        assert wide <= draws * 0.1  # knowing that the rows are the same narrows it


def drawn(rng: np.random.Generator, setting: tuple[int, int, int, float, float, float], draws: int) -> Any:
    """Draw sets of matters of 2 to 12 rows, which are disputed or not: (measure, rows), each draw with its number."""
    both, gone, new, p, q, same = setting
    there = np.repeat([[True, True], [True, False], [False, True]], [both, gone, new], axis=0)
    there = np.tile(there, (draws, 1))
    u, again = rng.random((2, len(there)))
    was, now = u < p, np.where(rng.random(len(there)) < same, u, again) < q
    size = rng.integers(2, 13, len(there))
    at = np.repeat(np.arange(len(there)), size)  # the matter of each row
    disputed = ((was & there[:, 0]) | (now & there[:, 1]))[at]
    cluster = np.where(disputed, at, len(there) + np.arange(len(at)))
    draw = at // (both + gone + new)
    one, other = there[at, 0], there[at, 1]
    places = [np.cumsum(side) - 1 for side in (one, other)]
    everyone = np.ones(one.sum(), dtype=bool), np.ones(other.sum(), dtype=bool)
    shows = was[at][one], now[at][other]
    measure = Measure(what="contradicting", rubric="", counted=everyone, shows=shows, together=True)
    shared = places[0][one & other], places[1][one & other]
    return measure, Rows(of=(draw[one], draw[other]), shared=shared, disputes=(cluster[one], cluster[other]), tests=1)


def test_an_interval_of_disputes_covers_the_change() -> None:
    """In at least 93 % of draws, where rows of a dispute come and go together; as if each came alone, in half."""
    rng = np.random.default_rng(11)
    draws = 800
    settings = [  # matters in both, gone, new; shares that are disputed; how likely one is to stay as it is
        (107, 4, 18, 0.05, 0.05, 0.97),
        (100, 14, 43, 0.05, 0.08, 0.9),
        (60, 5, 20, 0.1, 0.15, 0.6),
        (100, 0, 20, 0.03, 0.03, 0.99),
        (0, 60, 100, 0.05, 0.1, 1.0),
    ]
    for setting in settings:
        measure, of = drawn(rng, setting, draws)
        told = list(held(measure, of, draws))
        p, q = setting[3:5]
        covered = [change.low <= q - p <= change.high for *_, change, _ in told if change]
        assert np.mean(covered) >= 0.93, setting
        assert np.mean([share.low <= p <= share.high for share, *_ in told]) >= 0.88, setting
    alone = [one[2] for one in held(replace(measure, together=False), of, draws)]
    assert np.mean([change.low <= q - p <= change.high for change in alone if change]) < 0.7
    assert all(one[2] and one[2].high - one[2].low >= c.high - c.low for one, c in zip(told, alone, strict=True) if c)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2), st.integers(0, 4), st.booleans()), max_size=30))
def test_a_cluster_adds_to_an_error_once(told: list[tuple[int, int, int, bool]]) -> None:
    """As by hand: squares of what clusters add, and half a cluster of usual size to either share."""
    sides = [[one[1:] for one in told if one[0] == which] for which in (0, 1)]
    columns = [np.array(side or np.zeros((0, 3)), dtype=np.intp).T for side in sides]
    found = spread(*(Drawn(cluster=c, stratum=s, shows=x.astype(bool)) for s, c, x in columns), 3)
    for stratum in range(3):
        adds, half, effect = [dict.fromkeys(range(5), 0.0) for _ in "ab"], [], []
        mine = [[(c, x) for s, c, x in side if s == stratum] for side in sides]
        for rows_of, add in zip(mine, adds, strict=True):
            share = sum(x for _, x in rows_of) / max(len(rows_of), 1)
            for c, x in rows_of:
                add[c] += (x - share) / len(rows_of)
            sizes = [n for c in range(5) if (n := sum(x for k, x in rows_of if k == c))]
            half.append(sum(n * n for n in sizes) / len(sizes) if sizes else 0.0)
            simple = share * (1 - share) / max(len(rows_of), 1)
            effect.append(sum(a * a for a in add.values()) / simple if simple else 0.0)
        square = sum((adds[1][c] - adds[0][c]) ** 2 for c in range(5))
        for rows_of, one, other in zip(mine, half, half[::-1], strict=True):
            square += min((one or other) / max(len(rows_of), 1) ** 2, 1.0) / 2
        assert found.error[stratum] == pytest.approx(square**0.5)
        assert found.effects[0][stratum] == pytest.approx(max(effect[0] or effect[1], 1.0))
        assert found.effects[1][stratum] == pytest.approx(max(effect[1] or effect[0], 1.0))


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=10))
def test_rows_that_pairs_connect_are_one_dispute(pairs: list[tuple[int, int]]) -> None:
    """Both ends are in one, and there are as few as the pairs ask for and no fewer."""
    found = joined(8, pairs)
    assert all(found[one] == found[other] for one, other in pairs)
    together = {frozenset({n}) for n in range(8)}
    for pair in pairs:
        touched = {one for one in together if one & set(pair)}
        together = (together - touched) | {frozenset().union(*touched)}
    assert len(set(found.tolist())) == len(together)


def merged(came: int, each: int) -> Difference:
    """Make 800 rows, 40 of them in contradictions, and new ones, each against so many others that stay as they are."""
    old = [f"r{n} r{n} 0.1" for n in range(800)]
    pairs = [(f"r{n}", f"r{n + 20}") for n in range(20)]
    fresh = [(f"n{n}", f"r{40 + n * each + k}") for n in range(came) for k in range(each)]
    later = side(rows(*old, *(f"n{n} n{n} 0.1" for n in range(came))), [*pairs, *fresh])
    return difference(side(rows(*old), pairs), later)


def test_one_new_dispute_is_noise_however_many_rows_it_has() -> None:
    """One row against five unchanged ones is one event; thirty rows against two each are thirty, and are named."""
    once = merged(1, 5)
    (rate,) = [one for one in once.rates.whole if one.what == "contradicting"]
    assert (rate.before.found, rate.after.found) == (40, 46)
    assert rate.change is not None
    assert rate.change.noise
    assert once.says.endswith("no rate of the whole set changed beyond noise")
    often = merged(30, 2)
    assert often.says.endswith("up beyond noise: rows in a contradiction")
    arrived = [one for one in often.rates.arrived if one.what == "contradicting"]
    assert [one.change.noise for one in arrived if one.change] == [False]


def test_a_dispute_that_goes_on_is_no_event() -> None:
    """Twenty that are in both runs, some of their rows under other ids, scatter by no more than half a dispute each."""
    names = [f"r{n} r{n} 0.1" for n in range(800)]
    before = side(rows(*names), [(f"r{n}", f"r{n + 20}") for n in range(20)])
    moved_names = [name.replace("r", "m", 1) if n < 30 else name for n, name in enumerate(names)]
    ends = [(f"m{n}", f"{'m' if n < 10 else 'r'}{n + 20}") for n in range(20)]
    (rate,) = difference(before, side(rows(*moved_names), ends)).rates.whole
    assert rate.change is not None
    assert (rate.change.value, rate.change.high < 0.006) == (0.0, True)


def test_one_dispute_among_rows_that_came_is_noise() -> None:
    """Eight of twenty new rows contradict each other, and of 200 old ones none: one event, however many rows it has."""
    old = [f"r{n} r{n} 0.1" for n in range(199)] + ["line line 0.5 *"]
    fresh = [f"n{n} n{n} 0.1" for n in range(20)]
    after = side(rows(*old, *fresh), [("n0", f"n{n}") for n in range(1, 8)])
    found = difference(side(rows(*old)), after).rates
    arrived = {one.what: one.change for one in found.arrived}
    assert arrived["contradicting"] is not None
    assert arrived["contradicting"].value == 0.4
    assert arrived["contradicting"].noise
    assert found.tests == 3  # two of the whole set, and whether rows that came are more often suspicious


def test_the_first_sentence_allows_for_all_that_it_could_name() -> None:
    """A change that is beyond noise alone, but not among eight, stays in the table; its interval is the usual one."""
    names = rows(*(f"r{n} r{n} 0.1" for n in range(400)))
    rubrics = [f"rubric{n}" for n in range(7)]

    def low(number: int) -> Side:
        scores = {name: [5.0] * 400 for name in rubrics} | {"rubric0": [1.0] * number + [5.0] * (400 - number)}
        return side(names, grades=scores)

    for number, named in ((6, False), (14, True)):
        found = difference(low(0), low(number))
        change = next(one.change for one in found.rates.whole if one.rubric == "rubric0")
        assert change is not None
        assert not change.noise
        assert found.says.endswith("up beyond noise: low on rubric0") is named
        assert found.rates.tests == 8  # nothing was inside a budget, so nothing is suspicious
        assert "all 8 that it could name at once" in " ".join(" ".join(words.lines(found)).split())


def test_a_change_of_nothing_is_noise() -> None:
    """The same rows with the same marks have moved by nothing, and a share of nothing cannot be compared."""
    share = wilson(40, 800)
    change = apart(share, share, overlap((40, 0, 0, 760), (800, 800)))
    assert change is not None
    assert change.noise
    assert (change.value, change.high < 0.006) == (0.0, True)
    assert apart(wilson(0, 0), share) is None
    clear = apart(wilson(10, 100), wilson(60, 100))
    assert clear is not None
    assert not clear.noise


HOSTILE = [
    "</details><script>alert(1)</script>",
    "a | b | c\n| --- |\n# heading",
    "@everyone and @org/team, see #1",
    "```\nfence `tick` ~~~",
    "[click](javascript:x) ![i](http://e.vil/i.png) https://e.vil www.e.vil",
    "\x1b[2J\u202edrawkcab\r\n- list",
    "$x$ **bold** _it_ \\| &lt; &#124;",
    "",
]


def hostile() -> Difference:
    """Two runs of which every text is hostile."""
    bad: list[Row] = [(f"{text}{n}", f"{n}", 0.9, True) for n, text in enumerate(HOSTILE)]
    before = side([("old", "old", 0.95, True)], data={"name": HOSTILE[1], "digest": "1"})
    names = [name for name, *_ in bad]
    pairs = [(name, "old") for name in names]
    after = side(
        [("old", "old", 0.95, True), *bad], pairs, sources=["shop", *HOSTILE], data={"name": HOSTILE[0], "digest": "2"}
    )
    told_of = {name: {"reasons": [{**reason("x"), "because": text}]} for name, text in zip(names, HOSTILE, strict=True)}
    return difference(before, after, {}, told_of)


def test_hostile_rows_neither_break_out_of_markdown_nor_ping() -> None:
    """As many tables, columns and elements as with tame rows; no link, no mention, no reference, no control."""
    document = markdown.document(hostile())
    parsed = MarkdownIt("commonmark").enable("table").parse(document)
    inline = [token for block in parsed for token in (block.children or [])]
    raw = [token.content for token in [*parsed, *inline] if token.type in {"html_block", "html_inline"}]
    ours = {"<code>", "</code>", "<br>", "</details>"}
    assert {text for text in raw if not text.strip().startswith("<details><summary>")} - {
        f"{t}\n" for t in ours
    } <= ours
    assert not {token.type for token in inline} & {"link_open", "image", "code_inline", "em_open"}
    assert "fence" not in {token.type for token in parsed}
    tables = "".join(
        {"table_open": "T", "tr_open": "R", "th_open": "c", "td_open": "c"}.get(t.type, "") for t in parsed
    )
    for table in tables.split("T")[1:]:  # every row of a table has as many cells as its head
        assert len(set(table.split("R")[1:])) == 1
    assert "@" not in document
    assert not set(document) & set("\x1b\u202e\r")
    shown = "".join(token.content for token in inline if token.type == "text")
    assert "@\u200beveryone" in shown
    assert "#\u200b1" in shown
    assert "](javascript" in shown  # shown, and no link


@given(st.text(max_size=40))
def test_a_cell_is_one_cell(data: str) -> None:
    """Whatever the text, a table of it has one row with two cells."""
    tokens = (
        MarkdownIt("commonmark").enable("table").parse(cells.table(["a", "b"], [[cells.text(data), cells.code(data)]]))
    )
    assert [token.type for token in tokens].count("td_open") == 2
    inline = [child.type for token in tokens for child in (token.children or [])]
    assert set(inline) <= {"text", "html_inline", "text_special"}
    assert inline.count("html_inline") == 2


def test_hostile_rows_command_no_terminal() -> None:
    """Each line is one line, of 100 columns but for its ids, without control characters."""
    shown = list(words.lines(hostile()))
    assert not any(set(line) & set("\x1b\u202e\r\n") for line in shown)
    assert any("@everyone and @org/team" in line for line in shown)


def test_json_is_stable_and_complete() -> None:
    """The keys of the documented object, numbers of six digits, unknown ones null, and ASCII alone."""
    found = json.loads(told.document(hostile()))
    assert list(found) == [
        *("format", "judges_differ", "says", "before", "after", "changes", "rescaled", "rows", "by_source", "suspects"),
        *("graded", "verdicts", "conflicts", "rates", "anchors"),
    ]
    assert told.document(hostile()).isascii()
    listed = [one["example_id"] for part in ("new", "risen") for one in found["suspects"][part]]
    assert sorted(listed) == sorted(f"{text}{n}" for n, text in enumerate(HOSTILE))
    assert told.plain(1 / 3) == 0.333333
    assert told.plain(float("nan")) is None


def test_nothing_against_nothing() -> None:
    """Empty runs, without a judge, are compared without an error in every form."""
    empty = side([], judge={"backend": "none"})
    found = difference(empty, empty)
    assert (found.suspects.new, found.verdicts, found.conflicts.born) == ((), (), ())
    assert json.loads(told.document(found))["rates"]["arrived"][0]["change"] is None
    assert "New suspects" in markdown.document(found)
    assert any("no judge" in line for line in words.lines(found))


def test_sets_without_a_row_in_common_are_told_so() -> None:
    """No refusal, but the first sentence says it."""
    found = difference(side([("a", "a", 0.5, True)]), side([("b", "b", 0.5, True)]))
    assert found.says.startswith("no row is in both")
    assert any("two different sets" in line for line in words.lines(found))


def test_anchors_and_sampling_are_told() -> None:
    """What a run says of its judge's drift, of a sample and of weights of another kind stands in every form."""
    anchors = {"says": "the judge has drifted by 0.3 levels", "drifted": True}
    fitted = {"nats": {"signal echo": {"fitted": True}}}
    before = side([("a", "a", 0.5, True)], weights=fitted)
    after = side([("a", "a", 0.5, True)], anchors=anchors, accounting={"not_sampled": 7})
    found = difference(before, after)
    for form in ("\n".join(words.lines(found)), markdown.document(found), told.document(found)):
        assert "drifted by 0.3 levels" in form
        assert "fixed weights" in form
    assert any("judged a sample" in line for line in words.lines(found))
    assert found.rates.whole[0].after.of == 1


def test_decisions_of_both_runs_give_a_change_of_the_defect_rate() -> None:
    """As the runs tell it; without decisions in one of them there is none."""
    rate = {"value": 0.05, "low": 0.03, "high": 0.08, "of": 400, "rows": 3000, "method": "m", "effective": 400}
    worse = {**rate, "value": 0.2, "low": 0.16, "high": 0.25}
    before = side([("a", "a", 0.5, True)], decisions={"rate": rate})
    after = side([("a", "a", 0.5, True)], decisions={"rate": worse})
    found = difference(before, after).rates.defects
    assert found is not None
    assert (found.change.value, found.change.noise) == (0.15, False)
    assert difference(before, side([("a", "a", 0.5, True)])).rates.defects is None


def test_a_comment_is_short_enough() -> None:
    """Long lists are cut, and what has no room is named."""
    many: list[Row] = [(f"row-{n}" + "x" * 200, f"{n}", 0.9, True) for n in range(3000)]
    sources = [f"source {n}" + "[" * 200 for n in range(3000)]
    document = markdown.document(difference(side([("old", "old", 0.9, True)]), side(many, sources=sources)))
    assert len(document) < 65_000
    assert "2,980 more" in document
    shown = list(words.lines(difference(side([]), side(many))))
    assert "   and 2,990 more suspects" in shown
