"""Pairs of rows that ask the same and answer differently."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge import pairs
from judge.corpus import Corpus
from judge.records import Example, Pair, Turn, content_digest


def row(name: str, prompt: str, answer: str) -> Example:
    """Make a single question and its answer."""
    turns = (Turn(role="user", content=prompt), Turn(role="assistant", content=answer))
    return Example(id=name, turns=turns, judged=(1,), source="t", line=1, digest=content_digest(turns, None))


def both(one: str, two: str, prompt: str = "Can I return a lamp?") -> Pair | None:
    """Find the pair that two answers to one prompt make, if any."""
    found = pairs.find([row("a", prompt, one), row("b", prompt, two)])
    return found[0] if found else None


@pytest.mark.parametrize(
    ("one", "two", "kind"),
    [
        ("Yes, you can return it.", "No, lamps are final.", "yes_no"),
        ("You can return it within 30 days.", "You can return it within 14 days.", "number"),
        ("The return costs $5.", "The return costs 7 dollars.", "number"),
        ("Opened lamps can be sent back.", "Opened lamps cannot be sent back.", "negation"),
        ("We do not pay for the return parcel.", "We pay for the return parcel.", "negation"),
        ("Return labels are always sent by mail.", "Return labels are never sent by mail.", "negation"),
        ("Returns of used lamps are accepted here.", "Returns of used lamps are rejected here.", "polarity"),
        ("Lima", "Cusco", "wording"),
    ],
)
def test_contradicting_answers_are_a_pair(one: str, two: str, kind: str) -> None:
    """What a reader would call a contradiction scores high and is named, and so is its mirror image."""
    for left, right in ((one, two), (two, one)):
        found = both(left, right)
        assert found is not None
        assert found.kind == kind
        assert found.score >= 0.5
        assert (found.left, found.right) == ("a", "b")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Yes, you can return it.", "yes you can return it"),
        ("You can return it within 14 days.", "You can return it within two weeks."),
        ("You can return the lamp.", "You can return the lamp. Please keep the receipt and the box it came in."),
        ("Please write to us, we can help you.", "Please don't hesitate to write to us, we can help you."),
        ("You can return it within 30 days.", "You can return it within 30 days. It takes 5 days to reach us."),
    ],
)
def test_agreeing_answers_are_none(one: str, two: str) -> None:
    """Another spelling, a longer answer or a polite phrase is no conflict."""
    found = both(one, two)
    assert found is None or found.score < 0.3


def test_because_names_the_differing_spans() -> None:
    """A reader sees both sides, left first."""
    found = both("You can return it within 30 days.", "You can return it within 14 days.")
    assert found is not None
    assert "“30 days” against “14 days”" in found.because


def test_other_prompts_other_histories_and_empty_answers_make_no_pair() -> None:
    """Only rows that were asked exactly the same are compared; an empty answer contradicts nothing."""
    assert pairs.find([row("a", "Is it free?", "Yes."), row("b", "Is it red?", "No.")]) == ()
    assert pairs.find([row("a", "Is it free?", "Yes."), row("b", "Is it free?", " ")]) == ()
    assert pairs.find([]) == ()


def test_pairs_come_in_input_order_and_a_corpus_may_be_shared() -> None:
    """The same pairs for rows and for a corpus made of them, sorted as the input is."""
    rows = [
        row(name, prompt, said)
        for name, prompt, said in zip("abcd", "xyxy", ["Yes.", "1 day", "No.", "2 days"], strict=True)
    ]
    found = pairs.find(Corpus(rows))
    assert [(p.left, p.right) for p in found] == [("a", "c"), ("b", "d")]
    assert found == pairs.find(rows)


@pytest.mark.parametrize("distinct", [2, 50_000])
def test_one_prompt_fifty_thousand_times_is_bounded(distinct: int) -> None:
    """Time and number of pairs do not grow with the square of a group."""
    rows = [
        row(f"r{at}", "Can I return it?", f"You can return it within {at % distinct} days.") for at in range(50_000)
    ]
    start = time.monotonic()
    found = pairs.find(rows)
    assert time.monotonic() - start < 60
    assert 0 < len(found) <= 500


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=120), max_size=6))
def test_any_text_gets_a_score_in_range_and_the_same_twice(answers: list[str]) -> None:
    """No text makes the comparison fail, leave [0, 1] or pair a row with itself."""
    rows = [row(f"r{at}", "Same?", said) for at, said in enumerate(answers)]
    found = pairs.find(rows)
    assert found == pairs.find(rows)
    assert all(0 <= p.score <= 1 and p.left < p.right for p in found)
