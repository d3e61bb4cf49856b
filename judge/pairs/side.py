"""
One side of a pair, and what two sides have in common: the same product, place, order and state, or others.

Another product, plan, region, user state or date is no contradiction. Such things are told by names, order numbers and
amounts in what was asked and said. A town counts as the country that answers to it name.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from judge.pairs import material
from judge.pairs.reading import Amount, Reading, read
from judge.pairs.sentence import Names, Sentence, small, stem

_ONE = 0.95  # likeness of two questions that are one
_APART = 0.4  # what is left of a difference between answers to tasks of their own
_ALIKE = 0.35  # likeness (Dice) of two questions from which they may well be one


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """
    An answer with all that it was given.

    Attributes:
        prompt: the last question.
        given: the question, what was said before it, and the row's reference text.
        answer: what it says.
        subject: names that answers of this set use, of what was given; a town's country for a town.
        detail: other names of what was given.
        stems: of all words of both, and of what they imply; of names alone where no other word is ever looked for.
        topic: stems of the subject.
        informed: whether it was given more than a question.
        makes_up, works_on: whether an answer was to be invented, or made of the prompt's own material.
    """

    prompt: Reading
    given: Reading
    answer: Reading
    subject: frozenset[str]
    detail: frozenset[str]
    stems: frozenset[str]
    topic: frozenset[str]
    informed: bool
    makes_up: bool
    works_on: bool

    @classmethod
    def of(cls, prompt: str, before: str, answer: str, names: Names) -> "Side":
        """Read one answer."""
        asked = read(prompt, names, loose=True)
        given = asked.after(read(before, names, loose=True)) if before.strip() else asked
        said = read(answer, names)
        detail = given.names - names.spoken
        implied = frozenset(name for one in detail for name in names.belongs.get(one, ()))
        stems = set(map(stem, given.words.union(said.words, implied)))
        subject = (given.names & names.spoken) | implied
        return cls(
            prompt=asked,
            given=given,
            answer=replace(said, words=frozenset()),
            subject=small(subject),
            detail=small(detail),
            stems=small(stems & names.stems if names.stems else stems),
            topic=small(map(stem, subject)),
            informed=bool(before.strip()),
            makes_up=material.makes_up(asked.text),
            works_on=material.works_on(asked.text),
        )

    def was_given(self, amount: Amount) -> bool:
        """Whether an amount only repeats what was asked or shown."""
        return amount.value in self.given.values.get(amount.unit, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """
    Two sides together.

    Attributes:
        asked: share of the shorter question's content words that the other has.
        near: the same of the answers.
        relevance: factor in (0, 1.1] by how much alike the questions are.
        state: what is left of a difference where each was about an order of its own.
        numbers, dates, rest: what is left of a difference in amounts, in dates or in anything else where the questions
            give different amounts of one unit.
    """

    left: Side
    right: Side
    asked: float
    near: float
    relevance: float
    state: float
    numbers: float
    dates: float
    rest: float

    @classmethod
    def of(cls, left: Side, right: Side) -> "Both":
        """Look at what was asked."""
        one, two = left.given, right.given
        alike = likeness(left, right)
        codes = bool(one.codes and two.codes and one.codes != two.codes)
        moot = {unit for unit, values in one.values.items() if unit in two.values and values != two.values[unit]}
        told = left.answer.codes & one.codes or right.answer.codes & two.codes
        return cls(
            left=left,
            right=right,
            asked=overlap(left.prompt.about, right.prompt.about),
            near=overlap(left.answer.about, right.answer.about),
            relevance=_relevance(left, right, alike),
            state=(0.3 if left.informed and right.informed else 0.7 if told else 0.9) if codes else 1.0,
            numbers=0.8 if moot else 1.0,
            dates=0.45 if "date" in moot else 0.8 if moot else 1.0,
            rest=0.5 if moot else 1.0,
        )

    @property
    def elsewhere(self) -> bool:
        """Whether each was given a product or place that the other does not know."""
        return elsewhere(self.left, self.right)

    def scope(self, one: Sentence, two: Sentence) -> float:
        """What is left of a difference between two sentences once the products and places they are about are known."""
        ours = (self.stems(one.names) | self.left.topic) - self.right.stems
        theirs = (self.stems(two.names) | self.right.topic) - self.left.stems
        shared = one.names & two.names
        if ours and theirs:
            return 0.2
        if ours or theirs:
            return 0.6
        if one.names and two.names and not shared:
            return 0.45
        details = self.left.detail, self.right.detail
        if not shared and all(details) and not details[0] & details[1]:
            return 0.4
        if one.condition and two.condition:
            return 1.0 if overlap(one.condition, two.condition) > 0.5 else 0.5  # noqa: PLR2004
        return 0.9 if one.condition or two.condition else 1.0

    @staticmethod
    def stems(names: Iterable[str]) -> frozenset[str]:
        """Of some names."""
        return frozenset(map(stem, names))


def _relevance(left: Side, right: Side, alike: float) -> float:
    """By how much alike two questions are; an invention and work on other material are no answers to one question."""
    known = 1.1 if alike >= _ONE else 0.55 + 0.45 * min(1.0, alike / _ALIKE)
    if left.makes_up or right.makes_up:
        return _APART * known
    if (left.works_on or right.works_on) and (alike < _ONE or left.given.values != right.given.values):
        return _APART * known
    return known


def elsewhere(left: Side, right: Side) -> bool:
    """Whether each was given a product or place that the other does not know."""
    return not (left.topic <= right.stems or right.topic <= left.stems)


def likeness(left: Side, right: Side) -> float:
    """How much alike two questions are, in [0, 1] (Dice); 1 where neither says anything."""
    one, two = left.given.about, right.given.about
    return 2 * len(one & two) / (len(one) + len(two)) if one or two else 1.0


def overlap(left: frozenset[str], right: frozenset[str]) -> float:
    """Share of the smaller set's words that the other has, in [0, 1]; 0 where one is empty."""
    smaller = min(len(left), len(right))
    return len(left & right) / smaller if smaller else 0.0
