"""
All grades of a run, packed: a verdict takes four bytes a number, and is made when it is looked at.

What is printed of a verdict has six digits behind the point, off-scale mass nine, so whole numbers of millionths and of
billionths hold it exactly.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from judge.questions import LIMIT, Questions
from judge.records import Unscored, Verdict

_MILLION, _BILLION = 1_000_000, 1_000_000_000
_NONE = -1  # in place of a number that is not known
_SCORE, _SEVERITY, _ENTROPY, _OFF_SCALE, _LEVELS = range(5)  # where each stands; a probability a label follows

V = TypeVar("V")


class Sheet:
    """A result for each question: a verdict, or why there is none; nothing where none came yet."""

    def __init__(self, questions: Questions) -> None:
        self.rows = questions.rows
        self._begins, self._turns = questions.begins, questions.turns
        self._rubrics = [(rubric.name, len(rubric.labels)) for rubric in questions.rubrics]
        self._width = _LEVELS + max((labels for _, labels in self._rubrics), default=0)
        self._cells = array("i", bytes(4 * self._width * len(questions)))
        self._reasons: dict[tuple[str, str], int] = {}  # numbered from 1; a cell without a score begins with -number
        self._told: list[tuple[str, str]] = []

    def put(self, place: int, result: Verdict | Unscored) -> None:
        """Keep the result of the question at this place."""
        at = place * self._width
        if isinstance(result, Unscored):
            told = (result.reason, result.detail)
            if told not in self._reasons:
                self._told.append(told)
                self._reasons[told] = len(self._told)
            self._cells[at] = -self._reasons[told]
            return
        levels = [round(p * _MILLION) for p in result.distribution] or [_NONE]
        numbers = [
            round(result.score * _MILLION),
            round(result.severity * _MILLION),
            _NONE if result.entropy is None else round(result.entropy * _MILLION),
            _NONE if result.off_scale is None else round(result.off_scale * _BILLION),
            *levels,
        ]
        self._cells[at : at + len(numbers)] = array("i", numbers)

    def verdicts(self, name: str) -> tuple[Verdict, ...]:
        """Those of one example, in the order of its questions."""
        found = []
        for place, first in self._firsts(name):
            if first > 0:
                turn, rubric = divmod(place, len(self._rubrics))
                found.append(self._verdict(name, int(self._turns[turn]), self._rubrics[rubric], place * self._width))
        return tuple(found)

    def unscored(self, name: str) -> tuple[Unscored, ...]:
        """Why it lacks some; in the order of its questions."""
        found = []
        for place, first in self._firsts(name):
            if first < 0:
                turn, rubric = divmod(place, len(self._rubrics))
                reason, detail = self._told[-first - 1]
                where = int(self._turns[turn]), self._rubrics[rubric][0]
                one = Unscored(example_id=name, turn=where[0], rubric=where[1], reason=reason, detail=detail)
                found.append(one)
        return tuple(found)

    def scored(self, name: str) -> bool:
        """Whether it has a verdict."""
        return any(first > 0 for _, first in self._firsts(name))

    def lacks(self, name: str) -> bool:
        """Whether it has a question without one."""
        return any(first < 0 for _, first in self._firsts(name))

    def stopped(self) -> frozenset[str]:
        """Examples that a limit kept from being judged."""
        codes = {-number for (reason, _), number in self._reasons.items() if reason == LIMIT}
        if not codes:
            return frozenset()
        return frozenset(name for name in self.rows if any(first in codes for _, first in self._firsts(name)))

    def _firsts(self, name: str) -> Iterator[tuple[int, int]]:
        """Places of its questions, and the first number of each."""
        row = self.rows.get(name)
        if row is None:
            return iter(())
        many, width = len(self._rubrics), self._width
        places = range(int(self._begins[row]) * many, int(self._begins[row + 1]) * many)
        return zip(places, self._cells[places.start * width : places.stop * width : width], strict=True)

    def _verdict(self, name: str, turn: int, rubric: tuple[str, int], at: int) -> Verdict:
        cell = self._cells[at : at + _LEVELS + rubric[1]]
        entropy, off_scale = cell[_ENTROPY], cell[_OFF_SCALE]
        return Verdict(
            example_id=name,
            turn=turn,
            rubric=rubric[0],
            score=cell[_SCORE] / _MILLION,
            severity=cell[_SEVERITY] / _MILLION,
            entropy=None if entropy == _NONE else entropy / _MILLION,
            off_scale=None if off_scale == _NONE else off_scale / _BILLION,
            distribution=() if cell[_LEVELS] == _NONE else tuple(p / _MILLION for p in cell[_LEVELS:]),
        )


class _ByExample(Mapping[str, Sequence[V]], Generic[V]):
    """What a sheet has of each example, made when it is looked at, but for examples that are `hidden`."""

    def __init__(self, sheet: Sheet, hidden: frozenset[str] = frozenset()) -> None:
        self._sheet, self._hidden = sheet, hidden

    def _has(self, name: str) -> bool:
        raise NotImplementedError

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name not in self._hidden and self._has(name)

    def __iter__(self) -> Iterator[str]:
        return filter(self.__contains__, self._sheet.rows)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Verdicts(_ByExample[Verdict]):
    """Verdicts by example id, in the order of asking."""

    def _has(self, name: str) -> bool:
        return self._sheet.scored(name)

    def __getitem__(self, name: str) -> tuple[Verdict, ...]:
        found = () if name in self._hidden else self._sheet.verdicts(name)
        if not found:
            raise KeyError(name)
        return found


class Lacking(_ByExample[Unscored]):
    """Reasons of missing verdicts by example id, in the order of asking."""

    def _has(self, name: str) -> bool:
        return self._sheet.lacks(name)

    def __getitem__(self, name: str) -> tuple[Unscored, ...]:
        found = self._sheet.unscored(name)
        if not found:
            raise KeyError(name)
        return found
