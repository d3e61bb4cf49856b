"""Candidate pairs with a score each: how much two answers contradict each other by their words, and what others say."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from judge.corpus import Answer, Corpus
from judge.pairs import conflict, names, witnesses
from judge.pairs.candidates import Candidates
from judge.pairs.conflict import Conflict
from judge.pairs.reading import Reading, read
from judge.pairs.side import Side, likeness

_HEARD = 0.35  # score from which witnesses are heard
_WITNESSES = 60  # rows that are heard on one pair,
_LOOKED = 200  # and looked at of the neighbours of each of the two: in a crowd a few rows are near to all
_SAME = 0.9  # likeness of two questions that are one
_SAID_OTHERWISE = (0.25, 0.5)  # score of two answers to one question that share less than half of their words
_STEP = 500  # pairs scored between two looks at the bar


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
    The answers of a set as they are compared, each read when it is first asked for.

    Args:
        corpus: the set.
        alone: whether a row is read by itself, and nothing taken for a name because other rows do.
    """

    def __init__(self, corpus: Corpus, *, alone: bool = False) -> None:
        self._corpus, self._read = corpus, dict[int, Side]()
        self._names = None if alone else names.names(corpus)

    def __getitem__(self, at: int) -> Side:
        if at not in self._read:
            answer = self._corpus.answers[at]
            earlier = before(answer)
            known = self._names or names.of_row(f"{earlier}\n{answer.prompt}", answer.text)
            self._read[at] = Side.of(answer.prompt, earlier, answer.text, known)
        return self._read[at]

    def __iter__(self) -> Iterator[int]:
        return iter(range(self._corpus.members))

    def __len__(self) -> int:
        return self._corpus.members

    @cached_property
    def guide(self) -> Reading:
        """The guide as a text that may state what answers do."""
        return read(self._corpus.guide or "", self._names or names.of_row("", ""), whole=True)


def before(answer: Answer) -> str:
    """All that an answer was given but its question and system turns."""
    history = answer.history
    last = max((at for at, turn in enumerate(history) if turn.role == "user"), default=-1)
    said = [turn.content for at, turn in enumerate(history) if at != last and turn.role != "system"]
    return "\n".join([answer.example.context or "", *said]).strip()


def alone(found: Candidates, corpus: Corpus) -> list[Scored]:
    """Score all candidates by the two rows alone, so that no other row changes a score; those without are left out."""
    sides = Sides(corpus, alone=True)
    ends = zip(found.left.tolist(), found.right.tolist(), found.near.tolist(), strict=True)
    scored = (_scored(left, right, near, sides) for left, right, near in ends)
    return [one for one in scored if one.conflict.score > 0]


def _scored(left: int, right: int, near: float, sides: Sides) -> Scored:
    ours, theirs = sides[left], sides[right]
    seen, same = conflict.between(ours, theirs), _same(ours, theirs)
    if same and seen.score < _SAID_OTHERWISE[0] and _otherwise(ours, theirs):
        seen = replace(_wording(ours, theirs), score=_SAID_OTHERWISE[0])
    return Scored(left=left, right=right, near=near, same=same, conflict=seen)


def score(found: Candidates, sides: Sides, step: Callable[[int], None] = lambda _: None) -> list[Scored]:
    """Score all candidates, in their order; those that show no difference are left out."""
    near_by = _neighbours(found)
    stated = _stated(near_by, sides)
    scored = []
    for n, (left, right, near) in enumerate(
        zip(found.left.tolist(), found.right.tolist(), found.near.tolist(), strict=True)
    ):
        one = _scored(left, right, near, sides)
        if one.conflict.score >= _HEARD:
            others = _others(one.conflict, (left, right), near_by, stated, sides)
            heard = witnesses.hear(one.conflict, sides[left], sides[right], others)
            weighed = round(witnesses.weigh(one.conflict, heard, same=one.same), 6)
            one = replace(one, conflict=replace(one.conflict, score=weighed))
        if one.conflict.score > 0:
            scored.append(one)
        if n % _STEP == 0:
            step(min(_STEP, len(found.left) - n))
    return scored


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


def _neighbours(found: Candidates) -> dict[int, list[int]]:
    near_by: defaultdict[int, list[int]] = defaultdict(list)
    for left, right in zip(found.left.tolist(), found.right.tolist(), strict=True):
        near_by[left].append(right)
        near_by[right].append(left)
    return near_by


def _stated(near_by: Mapping[int, Sequence[int]], sides: Sides) -> dict[tuple[str, str], list[int]]:
    """Who gives which amount: the first few, in the set's order."""
    stated: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for at in sorted(near_by):
        for unit, values in sides[at].answer.values.items():
            for value in values:
                if len(stated[unit, value]) < _WITNESSES:
                    stated[unit, value].append(at)
    return stated


def _others(
    seen: Conflict,
    pair: tuple[int, int],
    near_by: Mapping[int, Sequence[int]],
    stated: Mapping[tuple[str, str], Sequence[int]],
    sides: Sides,
) -> list[Side]:
    """Rows that may know of a difference: neighbours, and those that give one of the amounts; copies once."""
    asked = [at for end in pair for at in near_by[end][:_LOOKED]]
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
