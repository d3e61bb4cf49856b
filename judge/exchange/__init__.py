"""
Decisions in the forms of other programs: Label Studio's tasks, tables for spreadsheets, lines of `labels.jsonl`. Pure.

    rows and what stands of them -> a text;  a text -> what people said, and what of it cannot be used
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

from judge.reliability import Decision, Word

WORDS: Mapping[str, Word] = {word: word for word in get_args(Word)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """
    A row that people are to decide.

    Attributes:
        rank: in the list; None where it is not ranked, or nobody is to be led.
        suspicion: in [0, 1]; None likewise.
        inside: whether it is inside the review budget.
        reasons: sentences, the strongest first.
        turns: (role, text).
        turn: index of that which its first reason is about.
        context: the row's own reference text; empty where it has none.
        probability: with which a random sample brought it up; None where none did.
        population: digest of the data of the sample; empty without one.
        decisions: that stand, one a person.
    """

    id: str
    digest: str
    source: str
    line: int
    rank: int | None
    suspicion: float | None
    inside: bool
    reasons: Sequence[str]
    turns: Sequence[tuple[str, str]]
    turn: int
    context: str = ""
    probability: float | None = None
    population: str = ""
    decisions: Sequence[Decision] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """
    What a file says.

    Attributes:
        decisions: as they stand there; `by` and `at` are empty where it names nobody, or no time.
        unused: what in it is no decision, counted by what it is, in words.
    """

    decisions: Sequence[Decision]
    unused: Counter[str] = field(default_factory=Counter)
