"""Answers read and scored without a model: names of a set, readings, witnesses, the scores of a set's pairs."""

import time
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shop import row

from judge.corpus import Corpus
from judge.pairs import scoring, sentence
from judge.pairs.amounts import stated
from judge.pairs.candidates import Candidates
from judge.pairs.conflict import between, within
from judge.pairs.names import names
from judge.pairs.reading import read
from judge.pairs.scoring import Scored, Sides
from judge.pairs.sentence import Names, stem
from judge.pairs.side import Side
from judge.pairs.witnesses import Heard, hear, weigh
from judge.records import Example

NOBODY = Names(known=frozenset(), spoken=frozenset())
ASKED = "How long can I return a lamp?"


def side(answer: str, prompt: str = ASKED, before: str = "") -> Side:
    """Read an answer in a set without names."""
    return Side.of(prompt, before, answer, NOBODY)


def scored(rows: Sequence[Example], guide: str | None = None) -> dict[tuple[str, str], Scored]:
    """Score every pair of rows, by their names."""
    corpus = Corpus(rows, guide)
    left, right = np.triu_indices(len(rows), 1)
    found = Candidates(
        left=left,
        right=right,
        near=np.ones(len(left)),
        copy=np.arange(len(rows)),
        vectors=np.zeros((len(rows), 1), dtype=np.float16),
        possible=len(left),
        crowded=0,
    )
    return {(rows[one.left].id, rows[one.right].id): one for one in scoring.score(found, Sides(corpus))}


def known(*rows: tuple[str, str]) -> Names:
    """Names of a set of prompts and answers."""
    return names(Corpus([row(f"r{at}", prompt, answer) for at, (prompt, answer) in enumerate(rows)]))


def test_names_stand_with_a_capital_inside_sentences() -> None:
    """The first word of a sentence tells nothing, nor does a word that is as often written small."""
    found = known(
        ("Is the Lampo bright?", "Yes, the Lampo is bright. Lamps are never dim."),
        ("Is a Lampo heavy?", "No, a Lampo is light. Lamps are never heavy, and a Lamp of Glass is not."),
        ("Is a lamp red?", "No lamp is red. Lamps are of glass."),
    )
    assert found.known == {"lampo"}
    assert found.spoken == {"lampo"}


def test_names_that_only_users_say_are_details() -> None:
    """A user's town is a name, and not one of those that answers speak of; it belongs to what its answers say."""
    towns = [
        ("Do you deliver to Oslo?", "Yes, to all of Norway, in 3 days."),
        ("And Oslo?", "Yes, we do so in Norway."),
    ]
    rest = [(f"How do I wash a lamp of type {at}?", "Wipe it with a dry cloth.") for at in range(8)]
    found = known(*towns, *rest)
    assert found.known == {"oslo", "norway"}
    assert found.spoken == {"norway"}
    assert found.belongs == {"oslo": frozenset({"norway"})}
    assert known(*towns, *[(asked, "Wipe it well, in Norway.") for asked, _ in rest]).belongs == {}
    seldom = known(*[("Do you deliver to Oslo?", "Yes.")] * 8, *[("Do you deliver?", "Yes, to Oslo.")] * 2)
    assert seldom.known == {"oslo"}
    assert seldom.spoken == frozenset()


def test_an_abbreviation_is_no_word() -> None:
    """The US is a place and us is not: capitals tell, also in what users write."""
    found = known(("Do you ship to the US today?", "Yes, to the US."), ("Can you call us?", "You can write to us."))
    assert "US" in found.known
    assert "us" not in found.known
    assert known(("Is it made in the EU?", "It is.")).known == frozenset()
    assert read("do you ship to the US?", found, loose=True).names == {"US"}
    assert read("can you write to us?", found, loose=True).names == frozenset()


def test_shouting_makes_no_names() -> None:
    """Who writes all in capitals names nothing by it, whatever the next row begins with."""
    loud = [("WHERE IS MY LAMP", "It is on its way."), ("MY LAMP IS LATE", "It is on its way.")]
    assert not {"LAMP", "MY", "IS", "LATE"} & known(*loud).known
    calm = [("Can you call us?", "Yes."), ("Will you write to us?", "Yes.")]
    apart = known(
        ("Do you ship to the US", "Yes."), ("I wonder, do you ship to the US", "Yes."), ("I see", "Yes."), *calm
    )
    assert "US" in apart.known


def test_who_writes_no_capitals_tells_nothing_by_it() -> None:
    """Rows all in small letters make no name of another row a word."""
    small = [("is the lampo bright?", "the lampo is."), ("is a lampo heavy?", "a lampo is not.")]
    assert known(*small, ("Is the Lampo red?", "No, the Lampo is not.")).known == {"lampo"}


def test_a_set_without_capitals_or_rows_has_no_names() -> None:
    """All in small letters, or nothing at all: no names, and the answers are compared all the same."""
    assert known(("is the lampo bright?", "the lampo is bright.")).known == frozenset()
    assert names(Corpus([])).known == frozenset()
    assert between(side("within 30 days", "how long?"), side("within 14 days", "how long?")).score >= 0.5


def test_users_write_names_small_and_answers_do_not() -> None:
    """A name without its capital counts in a question, and in an answer only where all is small."""
    lampo = Names(known=frozenset({"lampo"}), spoken=frozenset({"lampo"}))
    assert Side.of("is the lampo's lid glass?", "", "The lampo is.", lampo).subject == {"lampo"}
    assert read("The lampo is.", lampo).names == frozenset()
    assert read("the lampo is.", lampo).names == {"lampo"}


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("returns", "returned"),
        ("policy", "policies"),
        ("shipping", "ships"),
        ("include", "includes"),
        ("lamp's", "lamps"),
    ],
)
def test_forms_of_a_word_have_one_stem(one: str, two: str) -> None:
    """The commonest endings of English are taken off."""
    assert stem(one) == stem(two)


@given(st.one_of(st.text(min_size=1, max_size=8), st.sampled_from(["'s", "s", "ies", "ing", "ed", "es's", "ly", "ee"])))
def test_a_stem_is_never_empty(word: str) -> None:
    """A word keeps a letter, whatever its ending."""
    assert stem(word)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("9 to 6 pm", [("opening hours", "9:00-18:00", "9 to 6 pm")]),
        ("2 to 5 pm", [("opening hours", "14:00-17:00", "2 to 5 pm")]),
        ("At 12 am or 12:30 p.m. today", [("clock", "0:00", "12 am"), ("clock", "12:30", "12:30 p.m.")]),
        ("2 to 5 days", [("hour", "48-120", "2 to 5 days")]),
        ("3 lamps in 30 days", [("hour", "720", "30 days"), ("count of lamp", "3", "3 lamps")]),
        ("2 other ways", []),
        ("S\u0130X items", [("item", "6", "SIX items")]),
        ("s\u0131x lamps", [("count of lamp", "6", "six lamps")]),
        ("1.", []),
    ],
)
def test_amounts_are_read_with_their_unit(text: str, found: list[tuple[str, str, str]]) -> None:
    """Times of day are of 24 hours, one number is one amount, and numbers of a list are none."""
    assert list(stated(text)) == found


def test_within_is_for_ranges_alone() -> None:
    """A range holds its ends and what lies between, whichever comes first; times of day are no ranges."""
    assert within("5-10", "7")
    assert within("5", "5-10")
    assert within("5-10", "6-8")
    assert not within("5-10", "12")
    assert not within("9:00-18:00", "10")


def test_what_is_only_acknowledged_or_closes_a_letter_is_not_read() -> None:
    """Regret, thanks and the name below state nothing; what follows a "but" does."""
    text = (
        "I understand that you cannot return it, but lamps are final.\nCall Mrs. Jones.\n\nBest regards,\nThe 24 of us"
    )
    assert [one.text.strip() for one in read(text, NOBODY).sentences] == ["lamps are final.", "Call Mrs. Jones."]


def test_two_habits_are_dampened_and_a_slip_is_not() -> None:
    """Two values that several rows give each differ for a reason; a lone value against many, or two, do not."""
    found = between(side("You can return it within 30 days."), side("You can return it within 14 days."))
    assert weigh(found, Heard(left=5, right=4), same=False) < 0.5 <= found.score
    assert weigh(found, Heard(left=5, right=4), same=True) == found.score
    for heard in (Heard(left=0, right=9), Heard(left=12, right=2), Heard(left=0, right=0)):
        assert weigh(found, heard, same=False) == found.score


def test_a_witness_says_the_same_of_the_same() -> None:
    """Heard is who gives the amount in a sentence about it, or denies the same; not who speaks of another product."""
    lampo = Names(known=frozenset({"lampo", "lumen"}), spoken=frozenset({"lampo", "lumen"}))
    asked = "How long can I return a Lampo?"
    pair = [Side.of(asked, "", f"You can return it within {days} days.", lampo) for days in (30, 14)]
    others = [
        Side.of("How late may I return a Lampo?", "", "A return is possible within 30 days.", lampo),
        Side.of("When does it come?", "", "A new parcel comes within 14 days.", lampo),
        Side.of("How late may I return a Lumen?", "", "You can return it within 14 days.", lampo),
    ]
    assert hear(between(*pair), *pair, others) == Heard(left=1, right=0)
    pair = [Side.of(asked, "", f"Opened lamps {can} be returned.", lampo) for can in ("can", "cannot")]
    others = [
        Side.of(asked, "", f"Lamps that you opened {can} be returned.", lampo) for can in ("can", "can", "cannot")
    ]
    assert hear(between(*pair), *pair, others) == Heard(left=2, right=1)


def windows(many: Sequence[int], asked: str = "{}: how long can I return the lamp?") -> list[Example]:
    """Rows that ask about returns, each in words of its own, and are told that many days."""
    who = (
        "anton wonders",
        "berta would know",
        "cesar needs that",
        "dora forgot",
        "emil looks",
        "frida hopes",
        "gus asks",
    )
    said = (
        "You can return it within {} days.",
        "Send the return within {} days.",
        "Your return is due within {} days.",
    )
    return [
        row(f"{days}-{at}", asked.format(who[at % len(who)]), f"{said[at % len(said)].format(days)} {'So ' * at}it is.")
        for at, days in enumerate(many)
    ]


def test_habits_of_a_set_are_dampened_unless_the_very_same_was_asked() -> None:
    """Three rows that say 30 and three that say 14 differ for a reason, but not to one and the same question."""
    many = (30, 30, 30, 14, 14, 14)
    assert all(one.conflict.score < 0.5 for one in scored(windows(many)).values())
    same = scored(windows(many, ASKED))
    assert all(one.same for one in same.values())
    assert max(one.conflict.score for one in same.values()) >= 0.5


def test_a_slip_in_a_set_is_reported_with_every_neighbour() -> None:
    """One row against six: the pairs between them are the grave ones, and there are no others."""
    rows = windows((30, 30, 30, 30, 30, 30, 14))
    grave = {pair for pair, one in scored(rows).items() if one.conflict.score >= 0.5}
    assert grave == {(one.id, "14-6") for one in rows[:-1]}


def test_copies_are_one_witness() -> None:
    """A text that stands in the set many times makes no habit."""
    thirty, fourteen, *_ = windows((30, 14))
    copies = [row(f"copy-{at}", thirty.turns[0].content, "A return takes 30 days, you see.") for at in range(9)]
    copies += [row(f"copy-{at}", thirty.turns[0].content, "A return takes 14 days, you see.") for at in range(9, 18)]
    pair = scored([thirty, fourteen, *copies])["30-0", "14-1"]
    assert pair.conflict.score == scored([thirty, fourteen])["30-0", "14-1"].conflict.score >= 0.5


def test_other_answers_to_the_very_same_question_are_worth_a_look() -> None:
    """Two answers that share few words score little, and more than nothing, only where the same was asked."""
    rows = [row("a", "What is it made of?", "It is of glass."), row("b", "What is it made of?", "We use plain wood.")]
    (one,) = scored(rows).values()
    assert 0.2 <= one.conflict.score < 0.5
    assert one.conflict.cue == "wording"
    assert scored([rows[0], row("b", "Which stuff do you build lamps from?", "We use plain wood.")]) == {}


def test_what_agrees_has_no_score_and_progress_is_told() -> None:
    """Pairs without a difference are left out; the steps add up to all pairs."""
    corpus = Corpus([row("a", ASKED, "Within 30 days."), row("b", ASKED, "It is 30 days.")])
    steps: list[int] = []
    found = Candidates(
        left=np.zeros(1_200, dtype=np.int64),
        right=np.ones(1_200, dtype=np.int64),
        near=np.ones(1_200),
        copy=np.arange(2),
        vectors=np.zeros((2, 1), dtype=np.float16),
        possible=1,
        crowded=0,
    )
    assert list(scoring.score(found, Sides(corpus), steps.append)) == []
    assert sum(steps) == 1_200


def test_all_that_an_answer_was_given_counts_but_its_system_turn() -> None:
    """The reference text and earlier turns are what it was given, beside its question."""
    example = row(
        "a", "And now?", "Yes.", "Due: 3 March.", history=(("system", "Be 1."), ("user", "Hi."), ("assistant", "Yo."))
    )
    (answer,) = Corpus([example]).answers
    assert scoring.before(answer) == "Due: 3 March.\nHi.\nYo."


def test_a_guide_is_read_to_its_end() -> None:
    """Of an answer the first 4,000 characters are read, of the guide all."""
    guide = "Lamps are lamps. " * 500 + "A return takes 30 days."
    assert Sides(Corpus([], guide)).guide.values == {"hour": {"720"}}
    assert read(guide, NOBODY).values == {}


def test_a_sentence_that_many_rows_say_is_read_once() -> None:
    """Templates cost their words once, and no names of one set reach another."""
    ours, theirs = Names(known=frozenset({"lampo"}), spoken=frozenset()), Names(known=frozenset(), spoken=frozenset())
    one, two = (sentence.parse("Take the Lampo.", ours, loose=False) for _ in range(2))
    assert one is two
    assert one.names == {"lampo"}
    assert sentence.parse("Take the Lampo.", theirs, loose=False).names == frozenset()


WORDS = """
you can cannot not no yes never if unless but , . ! ? ; : \n 30 14 days two weeks $5 free of charge Monday to friday
9 am 9:00 -
excluded is left out invalid lamp lamps return US Lampo I'm sorry that understand however costs before after always
1-2 s\u0131x \u0130 m\u0131nutes don't 24/7 4471920 # ' " ) ² ½ ٣ 1. 1,000
""".split(" ")
TEXTS = st.one_of(
    st.text(st.characters(), max_size=60),
    st.text(st.characters(categories=["Cs", "Cc", "Nd", "No", "Lu"]), max_size=20),
    st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join),
)
NAMED = Names(
    known=frozenset({"lampo", "US", "oslo"}), spoken=frozenset({"lampo"}), belongs={"oslo": frozenset({"norway"})}
)


@settings(max_examples=400, deadline=None)
@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_any_two_texts_have_a_score_in_range_that_is_symmetric(prompt: str, other: str, one: str, two: str) -> None:
    """No text makes the comparison fail or leave [0, 1], no answer contradicts itself, and the sides may be swapped."""
    left, right = Side.of(prompt, other, one, NAMED), Side.of(other, "", two, NAMED)
    found, mirrored = between(left, right), between(right, left)
    assert 0 <= found.score <= 1
    assert found.score == mirrored.score
    assert weigh(found, hear(found, left, right, [left, right]), same=False) <= found.score
    assert between(left, left).score == 0
    assert between(Side.of(other, "", one, NAMED), left).score == 0


def test_lone_surrogates_and_control_characters_are_text() -> None:
    """What no encoder takes is compared all the same."""
    strange = "\ud800 \x00 You can return it within 30\x07 days \udfff."
    assert between(side(strange), side("You can return it within 14 days.")).score >= 0.5


HOSTILE = [
    *("a,", "not ", "7", "\n", " \n", "a", "1 ", "1-", "9 am ", ".)", "'", "if not, ", "sorry ", "24/7 ", "m²", "#1"),
    *("monday-", "thanks\n", "\nBest ", "free $5 ", "I am sorry ", "30 days. ", "\u0130", "\U0001d7d9", "is excluded "),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_megabyte_of_anything_takes_no_time(piece: str) -> None:
    """Reading it and comparing it with its like takes less than a second, whatever it is made of."""
    text = piece * (1_000_000 // len(piece))
    start = time.process_time()
    one, two = side(text, text, text), side(f"x {text}", text)
    between(one, two)
    assert time.process_time() - start < 1
    start = time.process_time()
    read(text[:200_000], NOBODY, whole=True)  # as the guide is
    assert time.process_time() - start < 5


def test_a_thousand_pairs_take_seconds() -> None:
    """A pair costs a millisecond at most, even of long answers whose sentences are all alike but for their numbers."""
    said = (
        "Open the page {} and choose item {}. Print label {} for the lamp. Pack the lamp with {} sheets of paper. " * 4
    )
    sides = [side(said.format(*[at * 7 % n for n in range(11, 27)])) for at in range(30)]
    start = time.process_time()
    found = [between(one, two) for one in sides for two in sides]
    assert len(found) == 900
    assert time.process_time() - start < 9
