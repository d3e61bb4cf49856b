"""
Candidate pairs with a score each: how much two answers contradict each other by their words, and what others say.

Bounded: some thousand answers are held as they are compared, whatever the size of the set. Pairs are therefore taken in
an order in which those of one neighbourhood stand together (Cuthill and McKee, 1969, "Reducing the bandwidth of sparse
symmetric matrices"), so that hardly an answer is read more than once.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial

import numpy as np

from judge.corpus import Answer, Corpus
from judge.pairs import conflict, names, witnesses
from judge.pairs.candidates import Candidates
from judge.pairs.conflict import Conflict
from judge.pairs.reading import Reading, read, values
from judge.pairs.sentence import Names
from judge.pairs.side import Side, likeness

_HEARD = 0.35  # score from which witnesses are heard
_WITNESSES = 60  # rows that are heard on one pair,
_LOOKED = 200  # and looked at of the neighbours of each of the two: in a crowd a few rows are near to all
_SAME = 0.9  # likeness of two questions that are one
_SAID_OTHERWISE = (0.25, 0.5)  # score of two answers to one question that share less than half of their words
_STEP = 500  # pairs scored between two looks at the bar
_HELD = 16_384  # answers that are held as they are compared: some 100 MB
_ALONE = 8_192  # of those that are read alone, at twice the room


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """
    A candidate pair.

    Attributes:
        left, right: positions in `Corpus.answers`.
        near: similarity of the two, as its embedder has it.
        same: whether the two were asked the very same, in nearly the same words.
        conflict: the gravest difference, its score in [0, 1].
    """

    left: int
    right: int
    near: float
    same: bool
    conflict: Conflict


class Sides(Mapping[int, Side]):
    """
    The answers of a set as they are compared, each read when it is asked for, and held for a while.

    Args:
        corpus: the set.
        alone: whether a row is read by itself, and nothing taken for a name because other rows do.
    """

    def __init__(self, corpus: Corpus, *, alone: bool = False) -> None:
        self._corpus = corpus
        self._names = None if alone else names.names(corpus)
        self._held = lru_cache(_ALONE if alone else _HELD)(partial(_read, corpus, self._names))

    def __getitem__(self, at: int) -> Side:
        return self._held(at)

    def forget(self) -> None:
        """Let go of all that was read; what is asked for again is read again."""
        self._held.cache_clear()

    def answer(self, at: int) -> str:
        """An answer as it stands."""
        return self._corpus.answers[at].text

    def __iter__(self) -> Iterator[int]:
        return iter(range(self._corpus.members))

    def __len__(self) -> int:
        return self._corpus.members

    @cached_property
    def guide(self) -> Reading:
        """The guide as a text that may state what answers do."""
        return read(self._corpus.guide or "", self._names or names.of_row("", ""), whole=True)


def _read(corpus: Corpus, known: Names | None, at: int) -> Side:
    answer = corpus.answers[at]
    earlier = before(answer)
    known = known or names.of_row(f"{earlier}\n{answer.prompt}", answer.text)
    return Side.of(answer.prompt, earlier, answer.text, known)


def before(answer: Answer) -> str:
    """All that an answer was given but its question and system turns."""
    history = answer.history
    last = max((at for at, turn in enumerate(history) if turn.role == "user"), default=-1)
    said = [turn.content for at, turn in enumerate(history) if at != last and turn.role != "system"]
    return "\n".join([answer.example.context or "", *said]).strip()


def alone(found: Candidates, corpus: Corpus) -> Iterator[Scored]:
    """Score all candidates, in any order, by the two rows alone, so that no other row changes a score."""
    sides = Sides(corpus, alone=True)
    return (_scored(left, right, near, sides) for left, right, near in _together(found))


def _scored(left: int, right: int, near: float, sides: Sides) -> Scored:
    ours, theirs = sides[left], sides[right]
    seen, same = conflict.between(ours, theirs), _same(ours, theirs)
    if same and seen.score < _SAID_OTHERWISE[0] and _otherwise(ours, theirs):
        seen = replace(_wording(ours, theirs), score=_SAID_OTHERWISE[0])
    return Scored(left=left, right=right, near=near, same=same, conflict=seen)


def score(found: Candidates, sides: Sides, step: Callable[[int], None] = lambda _: None) -> Iterator[Scored]:
    """Score all candidates, in any order; those that show no difference are left out."""
    near_by = _Neighbours(found)
    stated = _stated(near_by, sides)
    for n, (left, right, near) in enumerate(_together(found)):
        one = _scored(left, right, near, sides)
        if one.conflict.score >= _HEARD:
            others = _others(one.conflict, (left, right), near_by, stated, sides)
            heard = witnesses.hear(one.conflict, sides[left], sides[right], others)
            weighed = round(witnesses.weigh(one.conflict, heard, same=one.same), 6)
            one = replace(one, conflict=replace(one.conflict, score=weighed))
        if n % _STEP == 0:
            step(min(_STEP, len(found.left) - n))
        if one.conflict.score > 0:
            yield one


def _together(found: Candidates) -> Iterator[tuple[int, int, float]]:
    """The pairs with their similarities, those of one neighbourhood together."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import reverse_cuthill_mckee

    ends = np.column_stack([found.left, found.right]).astype(np.int32)
    there, places = np.unique(ends, return_inverse=True)
    one, two = places.reshape(ends.shape).T
    graph = coo_matrix((np.ones(len(ends), dtype=bool), (one, two)), shape=(len(there), len(there))).tocsr()
    rank = np.empty(len(there), dtype=np.int32)
    if len(there):
        rank[reverse_cuthill_mckee(graph + graph.T, symmetric_mode=True)] = np.arange(len(there), dtype=np.int32)
    low, high = np.sort([rank[one], rank[two]], axis=0)
    order = np.lexsort((low, high))
    for part in np.array_split(order, -(-len(order) // _STEP) or 1):
        yield from zip(*(column[part].tolist() for column in (found.left, found.right, found.near)), strict=True)


def _same(ours: Side, theirs: Side) -> bool:
    return (
        ours.given.names == theirs.given.names
        and ours.given.codes == theirs.given.codes
        and likeness(ours, theirs) >= _SAME
    )


def _otherwise(ours: Side, theirs: Side) -> bool:
    shared = len(ours.answer.about & theirs.answer.about)
    return shared < _SAID_OTHERWISE[1] * min(len(ours.answer.about), len(theirs.answer.about))


def _wording(ours: Side, theirs: Side) -> Conflict:
    left, right = (side.answer.sentences[0].text for side in (ours, theirs))
    return replace(conflict.NONE, cue="wording", left=left, right=right)


class _Neighbours:
    """Who is in a pair with whom."""

    def __init__(self, found: Candidates) -> None:
        left, right = (ends.astype(np.int32) for ends in (found.left, found.right))
        one, two = np.concatenate([left, right]), np.concatenate([right, left])
        self._others = two[np.lexsort((two, one))]
        many = np.bincount(one, minlength=len(found.copy))
        self._begins = np.append(0, np.cumsum(many))
        self.there = np.flatnonzero(many)

    def of(self, at: int) -> list[int]:
        """The first of them, in the set's order."""
        low, high = self._begins[at : at + 2].tolist()
        others: list[int] = self._others[low : min(high, low + _LOOKED)].tolist()
        return others


def _stated(near_by: _Neighbours, sides: Sides) -> dict[tuple[str, str], list[int]]:
    """Who gives which amount: the first few, in the set's order."""
    stated: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for at in near_by.there.tolist():
        for amount in values(sides.answer(at)):
            if len(stated[amount]) < _WITNESSES:
                stated[amount].append(at)
    return stated


def _others(
    seen: Conflict,
    pair: tuple[int, int],
    near_by: _Neighbours,
    stated: Mapping[tuple[str, str], Sequence[int]],
    sides: Sides,
) -> list[Side]:
    """Rows that may know of a difference: neighbours, and those that give one of the amounts; copies once."""
    asked = [at for end in pair for at in near_by.of(end)]
    for unit, value, _, _ in seen.claims:
        asked += stated.get((unit, value), ()) if unit else ()
    known = {sides[at].answer.text for at in pair}
    others = []
    for at in asked:
        text = sides[at].answer.text
        if at not in pair and text not in known:
            known.add(text)
            others.append(sides[at])
        if len(others) == 2 * _WITNESSES:
            break
    return others
