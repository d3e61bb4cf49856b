"""What a judge is asked: one thing of one turn of one row, and why it may come to no score."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from judge import digest
from judge.lazy import Lazy
from judge.ports import TOO_LONG
from judge.records import Example, Reply, Unscored
from judge.rubric import Rubric

LIMIT = "limit"  # the reason of a question that was not asked because a limit was reached


class Asked(Protocol):
    """What a round asks about: one thing to know of one turn."""

    @property
    def example(self) -> Example:
        """The row."""
        ...

    @property
    def turn(self) -> int:
        """Index of the turn."""
        ...

    @property
    def name(self) -> str:
        """What is asked: a rubric's name, or another word to report by."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One question that needs an answer: this rubric, of this turn, of this example."""

    example: Example
    turn: int
    rubric: Rubric

    @property
    def name(self) -> str:
        """The rubric's."""
        return self.rubric.name


class Questions(Lazy[Slot]):
    """
    Every judged turn of every example on every rubric, in their order; made as they are gone through.

    Attributes:
        rows: number of each row by its example's id, in the examples' order.
        begins: shape (rows + 1,), the place in `turns` of each row's first turn, and where the last one's end.
        turns: shape (judged turns,), index of each.
        contents: shape (rows,), 64 bits that are the same where the content is.
    """

    __slots__ = ("_examples", "begins", "contents", "rows", "rubrics", "turns")

    def __init__(self, examples: Sequence[Example], rubrics: Sequence[Rubric]) -> None:
        self._examples, self.rubrics = examples, tuple(rubrics)
        self.rows: dict[str, int] = {}
        lengths, turns, contents = [], list[int](), []
        for n, example in enumerate(examples):
            self.rows[example.id] = n
            lengths.append(len(example.judged))
            turns += example.judged
            contents.append(digest.brief(example.digest))
        self.begins = np.concatenate([[0], np.cumsum(np.array(lengths, dtype=np.int64))]).astype(np.int64)
        self.turns = np.array(turns, dtype=np.int32)
        self.contents = np.array(contents, dtype=np.uint64)

    def __len__(self) -> int:
        return len(self.turns) * len(self.rubrics)

    def __iter__(self) -> Iterator[Slot]:
        return (Slot(example=e, turn=t, rubric=r) for e in self._examples for t in e.judged for r in self.rubrics)

    def at(self, n: int) -> Slot:
        """The n-th question."""
        turn, rubric = divmod(n, len(self.rubrics))
        row = int(np.searchsorted(self.begins, turn, side="right")) - 1
        return Slot(example=self._examples[row], turn=int(self.turns[turn]), rubric=self.rubrics[rubric])


def too_long(slot: Asked, tokens: int) -> Unscored:
    """It does not fit."""
    return unscored(slot, "too_long", f"{tokens:,} tokens with the question do not fit the judge's context")


def unanswered(slot: Asked) -> Unscored:
    """It was sent, and nothing came."""
    return unscored(slot, "unanswered", "the judge was asked and gave no reply; the same command asks again")


def refused(slot: Asked, said: Reply) -> Unscored:
    """It was sent, and what came is no answer."""
    if said.stop == TOO_LONG:
        return unscored(slot, "too_long", said.text)
    return unscored(slot, "unanswered", f"{said.text}; the same command asks again")


def limited(slot: Asked) -> Unscored:
    """It was not sent."""
    return unscored(slot, LIMIT, "not asked, as a limit of the run was reached")


def unscored(slot: Asked, reason: str, detail: str) -> Unscored:
    """Why this question has no score."""
    return Unscored(example_id=slot.example.id, turn=slot.turn, rubric=slot.name, reason=reason, detail=detail)
