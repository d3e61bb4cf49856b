"""Signals that compare rows: numbers, off_topic, length; and the corpus they share."""

import time

import numpy as np
import pytest

from judge.corpus import Corpus
from judge.records import Example, Turn, content_digest
from judge.signals import discover

THINGS = ("lamp", "desk", "chair", "shelf", "sofa", "carpet", "mirror", "clock", "kettle", "heater")


def example(name: str, *said: tuple[str, str], context: str | None = None) -> Example:
    """Make a row of (role, text) turns, every assistant turn judged."""
    turns = tuple(Turn(role=role, content=text) for role, text in said)
    judged = tuple(at for at, turn in enumerate(turns) if turn.role == "assistant")
    digest = content_digest(turns, context)
    return Example(id=name, turns=turns, judged=judged, source="t", line=1, digest=digest, context=context)


def row(name: str, prompt: str, answer: str, context: str | None = None) -> Example:
    """Make a single question and its answer."""
    return example(name, ("user", prompt), ("assistant", answer), context=context)


def severities(name: str, corpus: Corpus) -> dict[str, float]:
    """Severity of one signal by row."""
    signal = next(s for s in discover() if s.name == name)
    return {finding.example_id: finding.severity for finding in signal.find(corpus)}


def support() -> list[Example]:
    """Consistent rows: how to look after ten things, and how long one may send them back."""
    asked = ("How long can I return a {}?", "how long can i return the {} please", "Return period for a {}?")
    back = [
        row(f"back-{thing}-{at}", text.format(thing), f"You can return your {thing} within 30 days of delivery.")
        for thing in THINGS
        for at, text in enumerate((*asked, *asked))
    ]
    care = [
        row(
            f"care-{thing}",
            f"How do I clean the {thing}?",
            f"Wipe your {thing} with a dry cloth and never use soap on it.",
        )
        for thing in THINGS
    ]
    return back + care


def test_a_number_against_its_neighbours_is_found_with_both_values() -> None:
    """The odd one of many nearly identical rows is the finding, and it says what the others say."""
    rows = [
        *support(),
        row("bad", "How long can I return a lamp?", "You can return your lamp within 14 days of delivery."),
    ]
    signal = next(s for s in discover() if s.name == "numbers")
    (found,) = signal.find(Corpus(rows))
    assert found.example_id == "bad"
    assert found.severity > 0.5
    assert "14 days" in found.because
    assert "30 days" in found.because or "30" in found.because


@pytest.mark.parametrize(
    ("answer", "context", "wrong"),
    [
        ("Your parcel arrives in 9 days.", "The parcel arrives in 4 days.", True),
        ("Your parcel arrives in four days.", "The parcel arrives in 4 days.", False),
        ("The delivery fee is €4.50.", "Delivery fee: 9.50 euros for all of Europe.", True),
        ("The delivery fee is 9.50 euro.", "Delivery fee: €9.50 for all of Europe.", False),
        ("Your lamp has a warranty of 24 months.", "The lamp has a warranty of 2 years.", False),
        ("It is expected on 13 March.", "Shipped: 4 March. Expected: 11 March.", True),
        ("It is expected on March 11th.", "Shipped: 2025-03-04. Expected: 2025-03-11.", False),
        ("Yes, £190 was refunded to your card.", '{"amount": "£109.00", "method": "card"}', True),
        ("Your lamp weighs 3 kg.", "The parcel arrives in 4 days.", False),
    ],
)
def test_a_number_against_the_rows_own_context(answer: str, context: str, wrong: bool) -> None:  # noqa: FBT001 a case
    """A row's reference text is the ground for its numbers, whatever their spelling."""
    found = severities("numbers", Corpus([row("x", "Tell me.", answer, context)])).get("x", 0.0)
    assert (found > 0.4) is wrong


def test_a_number_against_a_tool_result() -> None:
    """What the tool said is the ground as well."""
    turns = [("user", "How much is the lamp?"), ("tool", "price of the lamp: $40")]
    good = example("good", *turns, ("assistant", "The price of the lamp is $40."))
    bad = example("bad", *turns, ("assistant", "The price of the lamp is $48."))
    assert list(severities("numbers", Corpus([good, bad]))) == ["bad"]


def test_a_number_against_the_guide() -> None:
    """The set's policy decides, and a sentence on something else does not."""
    guide = "Lamps can be returned within 30 days of delivery. The warranty on every sofa is 5 years."
    rows = [
        row("bad", "Return?", "A lamp can be returned within 60 days of delivery."),
        row("good", "Return?", "Lamps can be returned within 30 days of delivery."),
        row("other", "When?", "Our shop opens in 10 days."),
    ]
    assert list(severities("numbers", Corpus(rows, guide))) == ["bad"]


def test_a_wrong_order_number_is_found() -> None:
    """Identifiers are copied, so they must be equal; leading zeros do not matter."""
    rows = [
        row("bad", "Where is order 4471920?", "Order 4471929 has been sent."),
        row("good", "Where is order 4471920?", "Order #004471920 has been sent."),
    ]
    assert list(severities("numbers", Corpus(rows))) == ["bad"]


def test_a_swapped_answer_does_not_fit_its_prompt() -> None:
    """An answer to another question ranks above all rows that are in place."""
    rows = [*support(), row("bad", "How do I clean the sofa?", "You can return your clock within 30 days of delivery.")]
    found = severities("off_topic", Corpus(rows))
    assert max(found, key=lambda name: found[name]) == "bad"
    assert found["bad"] > 0.3
    assert sum(value > 0.3 for value in found.values()) == 1


def test_unusual_lengths_are_graded() -> None:
    """Twenty times the usual length is graver than twice; the usual length is nothing."""
    rows = support() + [row(f"long-{n}", f"Question {n}", "word " * 12 * n) for n in (1, 5, 40)]
    found = severities("length", Corpus(rows))
    assert found.get("long-1", 0.0) == 0.0
    assert found["long-5"] < found["long-40"]


EDGES = {
    "nothing": [],
    "one row": [row("a", "Hello?", "Hello.")],
    "all identical": [row(f"r{at}", "Same?", "Same answer to all of them.") for at in range(60)],
    "blank": [row(f"r{at}", "", "") for at in range(60)],
    "blank prompts": [row(f"r{at}", " ", f"Answer number {at}.") for at in range(60)],
    "no words": [row(f"r{at}", "?!", "...") for at in range(60)],
    "no word twice": [row(f"r{at}", f"p{at}", f"a{at}") for at in range(60)],
    "huge": [
        row("a", "Hello?", "word " * 200_000),
        row("b", "Hello?", "(" * 1_000_000),
        row("c", "{" * 9, "[" * 100_000),
    ],
    "many turns": [example("a", *[("user", "Go on."), ("assistant", "More of it.")] * 300)],
    "surrogates": [row("a", "\ud800 \udfff", "\ud83d ok \x00")],
}


@pytest.mark.parametrize("name", EDGES)
def test_a_strange_set_is_no_error(name: str) -> None:
    """Empty, equal, wordless, huge: every signal ends, soon, without a warning."""
    start = time.process_time()
    corpus = Corpus(EDGES[name])
    for signal in discover():
        assert all(0 <= finding.severity <= 1 for finding in signal.find(corpus))
    assert time.process_time() - start < 30


def test_rows_that_are_all_alike_are_not_suspicious() -> None:
    """Copies of one row differ in nothing, so no comparing signal speaks."""
    corpus = Corpus(EDGES["all identical"])
    for name in ("numbers", "off_topic", "length"):
        assert severities(name, corpus) == {}


def test_a_row_is_never_its_own_neighbour() -> None:
    """Neighbours are other rows, nearest first, also among identical prompts and turns of one row."""
    talk = example("talk", *[("user", "Same?"), ("assistant", "Yes.")] * 3)
    corpus = Corpus([talk, *EDGES["all identical"]])
    for answer in corpus.answers:
        near = corpus.neighbours.of(answer.at, 0.0)
        assert all(corpus.answers[at].example.id != answer.example.id for at, _ in near)
        assert [value for _, value in near] == sorted((value for _, value in near), reverse=True)


def test_groups_share_prompt_history_and_context() -> None:
    """The same words after another question, or over another reference text, are another question."""
    rows = [
        row("a", "Is it free?", "Yes."),
        row("b", "is it  FREE", "No."),
        row("c", "Is it free?", "No.", context="Everything costs."),
        example("d", ("user", "Hi"), ("assistant", "Hello."), ("user", "Is it free?"), ("assistant", "No.")),
    ]
    corpus = Corpus(rows)
    assert [[corpus.answers[at].example.id for at in group] for group in corpus.groups] == [["a", "b"]]


def test_order_and_neighbours_do_not_depend_on_chance() -> None:
    """Two builds of one set are equal, bit for bit."""
    one, two = Corpus(support()).neighbours, Corpus(support()).neighbours
    assert np.array_equal(one.at, two.at)
    assert np.array_equal(one.similarity, two.similarity)


def test_three_thousand_rows_take_seconds() -> None:
    """A set of the usual size is no wait; distinct prompts are the worst case."""
    rows = [
        row(
            f"r{at}",
            f"How do I {THINGS[at % 10]} item {at} of {at % 97}?",
            f"Take {at % 89} and the {THINGS[at % 7]}. " * 8,
        )
        for at in range(3_000)
    ]
    corpus = Corpus(rows)
    start = time.process_time()
    for signal in discover():
        list(signal.find(corpus))
    assert time.process_time() - start < 60
