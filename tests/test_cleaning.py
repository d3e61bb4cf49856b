"""Which rows go and why: rules, people, protection, weights, and the ledger's lines."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.cleaning import Key, Plan, Row, Ruling, contents, ledger, losses, words
from judge.cleaning.rules import parse
from judge.cleaning.rulings import Said, heard, parted, rule, said
from judge.cleaning.weights import weigh
from judge.errors import ConfigError
from judge.rank.curves import log_odds, suspicion
from judge.records import Rationale
from judge.reliability import Decision, Word
from judge.results import Reason

RUBRICS = ("factual", "tone")


def row(line: int, suspicion: float | None = 0.5, **known: object) -> Row:
    """Make a row `r<line>` of the source shop."""
    values = {"id": f"r{line}", "digest": f"sha256:{line}", "source": "shop", "suspicion": suspicion, **known}
    return Row(file="set", line=line, **values)  # type: ignore[arg-type]


def reject(line: int) -> Row:
    """Make a row that could not be read."""
    return Row(file="set", line=line, id=None, digest="sha256:", rejected="no JSON")


def reason(kind: str = "signal", share: float = 1.0, severity: float = 0.8, words: str = "") -> Reason:
    """Make a reason."""
    told = Rationale(example_id="r1", turn=1, rubric="tone", text=words, evidence="", found=False) if words else None
    return Reason(kind=kind, name="rude", severity=severity, share=share, because="an insult", rationale=told)  # type: ignore[arg-type]


def decided(*made: tuple[str, Word, str]) -> dict[str, Said]:
    """What people say: (row, word, by), each at its own minute."""
    return said(
        [
            Decision(example_id=name, word=word, by=by, at=f"2026-01-01T00:0{n}")
            for n, (name, word, by) in enumerate(made)
        ],
        RUBRICS,
    )


def rule_all(rows: Sequence[Row], *by: str, people: dict[str, Said] | None = None) -> dict[Key, Ruling]:
    """Rule by rules and people."""
    by = by or (("decisions",) if people else ("budget",))
    return rule(rows, parse(by, RUBRICS, RUBRICS, decided=bool(people)), heard(rows, people or {}))


def ruled(rows: Sequence[Row], *by: str, people: dict[str, Said] | None = None) -> dict[int, tuple[str, str]]:
    """By line: decision and by whom."""
    return {line: (one.word, one.by) for (_, line), one in rule_all(rows, *by, people=people).items()}


@pytest.mark.parametrize(
    ("word", "lines"),
    [
        ("budget", [1]),
        ("suspicion=0.9", [1, 2]),
        (" suspicion >= .9 ", [1, 2]),
        ("tone=2", [2, 3]),
        ("tone<=1.5", [3]),
    ],
)
def test_a_rule_chooses_by_its_bound(word: str, lines: list[int]) -> None:
    """Bounds are inclusive; a row that is not in the list, or has no such score, is never chosen."""
    rows = [
        row(1, 0.95, within_budget=True),
        row(2, 0.9, scores={"tone": 2.0, "factual": 5.0}),
        row(3, 0.89, scores={"tone": 1.5}),
        row(4, None, scores={"factual": 1.0}),
    ]
    assert ruled(rows, word) == {line: ("remove", word.strip()) for line in lines}


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("", "there is no rule ''; there are budget, suspicion=NUMBER, factual=NUMBER, tone=NUMBER, decisions"),
        ("ton=2", "there is no rule 'ton=2'"),
        ("tone", "needs a number, such as tone=2: a score of that or less"),
        ("tone=x", "needs a number"),
        ("tone=nan", "needs a number"),
        ("suspicion", "needs a number above 0 and up to 1, such as suspicion=0.9: that much or more"),
        ("suspicion=1.1", "needs a number"),
        ("suspicion=0", "needs a number"),
        ("decisions", "needs decisions of people, and this run had none; give --labels FILE"),
        ("factual=2", "no row of this run has one of factual"),
    ],
)
def test_what_is_no_rule_is_told(word: str, message: str) -> None:
    """One line names the rules that exist, or what the rule lacks."""
    with pytest.raises(ConfigError) as caught:
        parse([word], RUBRICS, {"tone"}, decided=False)
    assert message in str(caught.value)


def test_without_a_rule_the_budget_goes_until_people_decided_all_of_it() -> None:
    """Three decisions do not keep the other 37 rows; one line says what was taken, and how to get the other."""
    cases = {(40, 0, False): "budget", (40, 3, True): "budget", (40, 40, True): "decisions", (0, 0, False): "budget"}
    made = {case: words.Usual(inside=case[0], decided=case[1], any=case[2]) for case in cases}
    assert {case: usual.rule for case, usual in made.items()} == cases
    for usual in made.values():
        assert usual.says.endswith("--by decisions" if usual.rule == "budget" else "--by budget")


def test_people_have_the_last_word() -> None:
    """`keep` beats every rule, `remove` needs none, `unsure` and a tie change nothing, rejects always go."""
    rows = [*(row(n, within_budget=n < 5) for n in range(1, 8)), reject(8)]
    people = decided(
        ("r1", "keep", "ana"),
        ("r2", "unsure", "ana"),
        ("r3", "keep", "ana"),
        ("r3", "remove", "bo"),
        ("r5", "remove", "ana"),
        ("r5", "keep", "bo"),
        ("r5", "remove", "cy"),
        ("r6", "keep", "ana"),
        ("r7", "remove", "ana"),
        ("r7", "keep", "ana"),
    )
    assert ruled(rows, "budget", people=people) == {
        1: ("keep", "ana"),
        2: ("remove", "budget"),
        3: ("remove", "budget"),
        4: ("remove", "budget"),
        5: ("remove", "ana, cy"),
        8: ("remove", "loading"),
    }
    assert ruled(rows, people=people) == {5: ("remove", "ana, cy"), 8: ("remove", "loading")}
    assert (people["r5"].at, people["r5"].word) == ("2026-01-01T00:06", "remove")


def test_the_first_rule_that_chooses_is_named() -> None:
    """Rules are alternatives, in the order in which they were written."""
    rows = [row(1, 0.95, within_budget=True), row(2, 0.95)]
    assert ruled(rows, "budget", "suspicion=.9") == {1: ("remove", "budget"), 2: ("remove", "suspicion=.9")}
    assert ruled(rows, "suspicion=.9", "budget")[1] == ("remove", "suspicion=.9")


def test_a_reason_is_in_words() -> None:
    """The list's reasons with the judge's words; what people say it offends comes first."""
    one = row(1, reasons=(reason(share=0.7, words="It\nhurts."), reason("pair", 0.3)))
    assert one.because == "rude (70%): an insult (It hurts.); rude (30%): an insult"
    people = said([Decision(example_id="r1", word="remove", rubric="tone", by="ana")], RUBRICS)
    assert rule([one], [], heard([one], people))[one.key].reason == f"tone; {one.because}"


def test_copies_share_a_fate() -> None:
    """What is chosen goes with all of its copies, whatever is known of these; the row that was decided is named."""
    rows = [
        row(1, None, digest="a"),
        row(2, 0.9, digest="a", within_budget=True, reasons=(reason(),)),
        row(3, 0.8, digest="b", within_budget=True),
        row(4, digest="b"),
        row(5, digest="c"),
        row(6, digest="c"),
        reject(7),
        reject(8),
    ]
    found = rule_all(rows, "budget")
    assert [(key[1], one.word, one.copy_of) for key, one in found.items()] == [
        (1, "remove", "r2"),
        (2, "remove", ""),
        (3, "remove", ""),
        (4, "remove", "r3"),
        (7, "remove", ""),
        (8, "remove", ""),
    ]
    assert found["set", 1].reason == "copy of r2; rude (100%): an insult"
    people = decided(("r1", "keep", "ana"), ("r6", "remove", "bo"))
    after = rule_all(rows, "budget", people=people)
    assert [(key[1], one.word, one.by, one.copy_of) for key, one in after.items()][:2] == [
        (1, "keep", "ana", ""),
        (2, "keep", "ana", "r1"),
    ]
    assert (after["set", 5].by, after["set", 5].copy_of, after["set", 5].reason) == ("bo", "r6", "copy of r6")
    line = next(ledger.lines(Plan(rows=rows, rulings=found), "model", "now"))
    assert (line["example_id"], line["copy_of"]) == ("r1", "r2")


def test_a_copy_that_goes_for_being_one_goes_alone() -> None:
    """What it is a copy of stays; where anything else speaks more against it, both go."""
    again = replace(reason(), name="duplicates")
    rows = [row(1, digest="a"), row(2, digest="a", within_budget=True, reasons=(again, reason()))]
    rows += [row(3, digest="b"), row(4, digest="b", within_budget=True, reasons=(reason(), again))]
    assert {key[1]: one.word for key, one in rule_all(rows, "budget").items()} == {
        2: "remove",
        3: "remove",
        4: "remove",
    }


def test_people_who_contradict_each_other_on_copies() -> None:
    """A row's own word comes first; the others go by what is said of most, and by the rules where that is a tie."""
    rows = [row(n, digest="a" if n < 5 else "b", within_budget=n == 5) for n in range(1, 8)]
    people = decided(
        ("r1", "remove", "ana"),
        ("r2", "remove", "ana"),
        ("r3", "keep", "bo"),
        ("r5", "keep", "bo"),
        ("r6", "remove", "ana"),
        ("r4", "unsure", "cy"),
    )
    assert ruled(rows, "budget", people=people) == {
        1: ("remove", "ana"),
        2: ("remove", "ana"),
        4: ("remove", "ana"),
        5: ("keep", "bo"),
        6: ("remove", "ana"),
        7: ("remove", "budget"),
    }
    assert [len(one) for one in parted(rows, heard(rows, people))] == [4, 2]
    plan = Plan(rows=rows, rulings=rule_all(rows, "budget", people=people))
    assert list(words.notes(plan, [], heard(rows, people))) == [
        "noted: 2 rows are copies of some that were decided, and share their fate (copy_of in the ledger)",
        (
            "noted: people keep and remove the same content 2 times, which is therefore kept and removed"
            " (r1: remove, r2: remove, r3: keep; r5: keep, r6: remove)"
        ),
    ]


COPIES = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.booleans(),
        st.none() | st.floats(0, 1),
        st.sampled_from([0.0, 0.5, 1.0]),
        st.sampled_from(["a", "b"]),
        st.sampled_from([None, None, None, "keep", "remove", "unsure"]),
    ),
    max_size=20,
)


@given(COPIES, st.floats(0, 1))
def test_equal_content_is_treated_equally(known: list[tuple[Any, ...]], max_loss: float) -> None:
    """One fate, one fate after protection, and one weight, but where people contradict each other on copies."""
    rows = [
        row(n, suspicion, digest=f"{digest}", within_budget=inside, conflict=conflict, source=source)
        for n, (digest, inside, suspicion, conflict, source, _) in enumerate(known, start=1)
    ]
    people = decided(*((f"r{n}", word, "ana") for n, (*_, word) in enumerate(known, start=1) if word))
    heard_of = heard(rows, people)
    before = rule_all(rows, "budget", people=people)
    after = losses.protect(rows, before, max_loss)
    weights, why = weigh(rows, before, heard_of)
    disputed = {one.digest for told in parted(rows, heard_of) for one in told}
    for same in contents(rows):
        if same[0].digest not in disputed:
            assert len({one.key in before and before[one.key].word for one in same}) == 1
            assert len({one.key in after and after[one.key].word for one in same}) == 1
            assert len({weights[one.key] for one in same}) == 1
    assert {key for key, weight in weights.items() if weight < 1} <= why.keys()
    assert list(before) == [one.key for one in rows if one.key in before]
    assert list(why) == [one.key for one in rows if one.key in why]


def losing(gone: int, of: int, **known: object) -> tuple[list[Row], dict[tuple[str, int], Ruling]]:
    """So many rows, the first of which a rule chose, the later the more suspicious."""
    rows = [row(n, n / 100, within_budget=n <= gone, **known) for n in range(1, of + 1)]
    return rows, rule_all(rows)


@pytest.mark.parametrize(
    ("gone", "of", "line"),
    [
        (6, 20, None),
        (7, 20, "source shop would lose 7 of 20 rows (35%), more than max_loss=0.3"),
        (20, 20, "source shop would lose all of its 20 rows"),
        (1, 1, "source shop would lose all of its 1 row"),
    ],
)
def test_a_loss_is_told(gone: int, of: int, line: str | None) -> None:
    """One line for each source that would lose more than the share, or all; exactly the share is allowed."""
    rows, rulings = losing(gone, of)
    lost = dict.fromkeys(rulings, 1.0)
    assert losses.warnings(losses.parts(rows), lost, 0.3) == ([line] if line else [])


def test_topics_and_sources_are_parts() -> None:
    """Rows of unknown topic are in none; what was rejected counts where its source is known."""
    rows = [row(1, topic="refund"), row(2, topic="hours"), row(3, source=""), reject(4)]
    assert [(p.name, len(p.rows)) for p in losses.parts(rows)] == [
        ("source shop", 2),
        ("topic hours", 1),
        ("topic refund", 1),
    ]


def test_weights_lose_by_parts() -> None:
    """Half a row is half a row."""
    rows = [row(n) for n in range(1, 5)]
    lost = {("set", 1): 0.5, ("set", 2): 1.0}
    assert losses.warnings(losses.parts(rows), lost, 0.3) == [
        "source shop would lose 1.5 of 4 rows (38%), more than max_loss=0.3"
    ]


def test_protection_keeps_the_least_suspicious() -> None:
    """Until the share holds and one stays; people's removals and rejects go nevertheless."""
    rows, rulings = losing(9, 10)
    found = losses.protect(rows, rulings, 0.3)
    assert [line for (_, line), one in found.items() if one.word == "remove"] == [7, 8, 9]
    kept = found["set", 1]
    assert (kept.word, kept.kind, kept.by) == ("keep", "protection", "protection")
    assert kept.reason.startswith("source shop would lose 9 of 10 rows; chosen by budget")
    one, alone = losing(1, 1)
    assert losses.protect(one, alone, 1.0)["set", 1].word == "keep"
    people = decided(*((f"r{n}", "remove", "ana") for n in range(1, 6)))
    mixed = rule_all(rows, "budget", people=people)
    after = losses.protect(rows, mixed, 0.3)
    assert [line for (_, line), ruling in after.items() if ruling.word == "remove"] == [1, 2, 3, 4, 5]


def test_protection_keeps_a_row_with_its_copies() -> None:
    """The least suspicious content, by its most suspicious copy; a copy in another source stays with it."""
    rows = [
        row(1, 0.9, within_budget=True, digest="a"),
        row(2, None, digest="a"),
        row(3, 0.5, within_budget=True, digest="b"),
        *(row(n, 0.1) for n in range(4, 8)),
        *(row(n, 0.1, source="forum") for n in range(8, 11)),
        row(11, 0.2, source="forum", digest="b"),
    ]
    found = losses.protect(rows, rule_all(rows), 0.3)
    assert {key[1]: (one.word, one.copy_of) for key, one in found.items()} == {
        1: ("remove", ""),
        2: ("remove", "r1"),
        3: ("keep", ""),
        11: ("keep", "r3"),
    }


PARTS = st.sampled_from(["", "a", "b"])


@given(
    st.lists(
        st.tuples(PARTS, PARTS, st.booleans(), st.floats(0, 1), st.sampled_from([None, "keep", "remove"])), max_size=25
    ),
    st.floats(0, 1),
)
def test_protected_parts_hold_their_share(
    known: list[tuple[str, str, bool, float, Word | None]], max_loss: float
) -> None:
    """After protection a part loses more only by people's hand; nothing new goes, and nobody is overruled."""
    rows = [
        row(n, suspicion, source=source, topic=topic, within_budget=inside)
        for n, (source, topic, inside, suspicion, _) in enumerate(known, start=1)
    ]
    people = decided(*((f"r{n}", word, "ana") for n, (*_, word) in enumerate(known, start=1) if word))
    before = rule_all(rows, "budget", people=people)
    parts = losses.parts(rows)
    after = losses.protect(rows, before, max_loss)
    assert before.keys() == after.keys()
    changed = [key for key in before if before[key] != after[key]]
    assert {before[key].kind for key in changed} <= {"rule"}
    assert {after[key].word for key in changed} <= {"keep"}
    for part in parts:
        gone = [r for r in part.rows if r.key in after and after[r.key].word == "remove"]
        free = [r for r in gone if after[r.key].kind == "rule"]
        assert len(gone) <= part.most(max_loss) or not free


def test_a_weight_is_doubt_and_conflict() -> None:
    """By the formula of the module, case by case."""
    pair = reason("pair", 0.75, 0.5)
    rows = [
        row(1),
        row(2, 0.9, within_budget=True),
        row(3, 0.9, within_budget=True, probability=0.6),
        row(4, conflict=0.5),
        row(5, 0.8, within_budget=True, conflict=0.5, reasons=(pair, reason(share=0.25))),
        row(6, 0.9, within_budget=True, conflict=0.5),
        row(7, 0.9, within_budget=True, conflict=1.0),
        row(8, None),
        row(9, conflict=0.5),
        reject(10),
        row(11, 0.2, conflict=0.5),
    ]
    people = decided(("r6", "keep", "ana"), ("r11", "keep", "ana"), ("r8", "remove", "ana"))
    found, why = weigh(rows, rule_all(rows, "budget", people=people), heard(rows, people))
    evidence = log_odds(0.05 + 0.8 * 0.95) - log_odds(0.05)
    without = suspicion(evidence / 4)
    assert 0.05 < without < 0.2
    assert list(found.values()) == pytest.approx([1, 0.1, 0.4, 0.5, 0.5 * (1 - without), 1, 0, 0, 0.5, 0, 1], abs=1e-6)
    assert {line: (one.word, one.by, one.reason) for (_, line), one in why.items()} == {
        2: ("weigh", "budget", ""),
        3: ("weigh", "budget", ""),
        4: ("weigh", "conflict", "other rows contradict it"),
        5: ("weigh", "budget", "rude (75%): an insult; rude (25%): an insult"),
        6: ("keep", "ana", "against budget"),
        7: ("weigh", "budget", ""),
        8: ("remove", "ana", ""),
        9: ("weigh", "conflict", "other rows contradict it"),
        10: ("remove", "loading", "no JSON"),
        11: ("keep", "ana", "against conflict"),
    }
    told = {
        line["line"]: line["weight"] for line in ledger.lines(Plan(rows=rows, rulings=why, weights=found), "m", "t")
    }
    assert told == {line: found["set", line] for line in range(2, 12)}


def test_copies_weigh_the_same() -> None:
    """The least that one of them would have; the row that decided it is named."""
    rows = [row(1, None, digest="a"), row(2, 0.9, digest="a", within_budget=True), row(3, digest="b", conflict=0.5)]
    rows.append(row(4, None, digest="b"))
    weights, why = weigh(rows, rule_all(rows), {})
    assert list(weights.values()) == [0.1, 0.1, 0.5, 0.5]
    assert [(one.by, one.copy_of) for one in why.values()] == [
        ("budget", "r2"),
        ("budget", ""),
        ("conflict", ""),
        ("conflict", "r3"),
    ]


@given(st.floats(0, 1), st.none() | st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.sampled_from([1, 2]))
def test_a_weight_is_a_share(
    suspicion: float, probability: float | None, conflict: float, share: float, line: int
) -> None:
    """Whatever is known of a row, its weight is in [0, 1]; without a rule and a conflict it is 1."""
    why = (reason("pair", share), reason(share=1 - share))
    one = row(line, suspicion, probability=probability, conflict=conflict, within_budget=line == 1, reasons=why)
    weight = weigh([one], rule_all([one]), {})[0][one.key]
    assert 0 <= weight <= 1 - conflict + 1e-6
    assert line == 1 or weight == pytest.approx(1 - conflict, abs=1e-6)


def test_the_ledger_names_who_and_why() -> None:
    """A line for each row that goes and each that stays against a rule; people's time where they said one."""
    rows = [row(n, scores={"tone": 1.0}, within_budget=n < 3) for n in range(1, 4)] + [reject(4)]
    people = decided(("r1", "keep", "ana"), ("r3", "keep", "ana"))
    rulings = rule_all(rows, "budget", people=people)
    found = list(ledger.lines(Plan(rows=rows, rulings=rulings), "model@abc", "now"))
    assert [(one["example_id"], one["decision"], one["by"], one["at"]) for one in found] == [
        ("r1", "keep", "ana", "2026-01-01T00:00"),
        ("r2", "remove", "budget", "now"),
        (None, "remove", "loading", "now"),
    ]
    assert found[0]["reason"] == "against budget"
    assert {**found[1], "reason": ""} == {
        "example_id": "r2",
        "source": "shop",
        "line": 2,
        "digest": "sha256:2",
        "decision": "remove",
        "by": "budget",
        "reason": "",
        "copy_of": None,
        "scores": {"tone": 1.0},
        "suspicion": 0.5,
        "judge": "model@abc",
        "at": "now",
    }
    assert found[2]["source"] == "set"
    counts = ledger.counts(rulings.values())
    assert ledger.in_words(counts) == "1 by budget, 1 rejected at loading"
