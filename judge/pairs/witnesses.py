"""
What the other rows say about a difference between two: who says the one, and who says the other.

A value that many rows give, against another that many rows give as well, is most often a difference between the
questions (another country, another plan) that these two do not name; a value that stands alone against one that many
give is most often a slip. Two rows that were asked the very same need no witnesses.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from judge.pairs.conflict import Claim, Conflict
from judge.pairs.reading import Reading
from judge.pairs.side import Side, elsewhere, overlap

_SAME = 0.7  # share of content words from which a witness speaks of the same
_TWO = 2  # content words that it shares at least
_NEAR = 0.5  # the same for a sentence that gives the same amount
_ENOUGH, _MANY = 2, 6  # witnesses that make a habit, and how many times as many make the other a slip
_HABITS = 0.4  # what is left of a difference between two habits


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """How many rows of the neighbourhood say what each side says."""

    left: int
    right: int


def hear(conflict: Conflict, left: Side, right: Side, others: Sequence[Side]) -> Heard:
    """Count among the answers to questions like these; copies are to be left out by the caller."""
    heard = (
        sum(says(claim, other) and not elsewhere(other, side) for other in others)
        for claim, side in zip(conflict.claims, (left, right), strict=True)
    )
    return Heard(left=next(heard), right=next(heard))


def weigh(conflict: Conflict, heard: Heard, *, same: bool) -> float:
    """What is left of a score in [0, 1]; `same`: whether the two were asked the very same."""
    few, many = sorted((heard.left, heard.right))
    habits = few >= _ENOUGH and many < _MANY * few
    return conflict.score * (_HABITS if habits and not same else 1.0)


def says(claim: Claim, other: Side) -> bool:
    """Whether an answer states a claim."""
    return stated(claim, other.answer)


def stated(claim: Claim, text: Reading) -> bool:
    """Whether a text states a claim: the same amount in a sentence about the same, or the same with the same denied."""
    unit, value, about, denied = claim
    if unit:
        if value not in text.values.get(unit, ()):
            return False
        giving = (text.sentences[a.sentence] for a in text.amounts if (a.unit, a.value) == (unit, value))
        return any(overlap(about, sentence.about) >= _NEAR for sentence in giving)
    if len(about & text.about) < _TWO:
        return False
    for sentence in text.sentences:
        if about.isdisjoint(sentence.about):
            continue
        shared = len(about & sentence.about)
        if shared < _TWO or shared / min(len(about), len(sentence.about)) < _SAME:
            continue
        if denied & sentence.about == sentence.denied & about:
            return True
    return False
