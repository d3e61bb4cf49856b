"""
What answers to the same thing, shown in two ways, say of the judge's habits. Pure.

Every figure has a 95 % interval. What is said of one row on several rubrics is not independent, so rows are what is
counted: means are of rows (Student's t), figures of the whole table by leaving out one row at a time (the jackknife:
Tukey, 1958), shares by Wilson's interval of as many questions as they are worth (Kish's design effect, 1965). To each
standard error is added what one more row of another kind could do, so that a few rows that agree are no certainty.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from judge.rates import wilson
from judge.reliability import Habit
from judge.text import counted

Moves = Sequence[tuple[str, float]]  # the row, and by how much an answer moved; grades are shares of the scale, 1 best
Grid = NDArray[np.float64]

_FEWEST = 5  # rows from which anything is said
_LEVEL = 0.25  # of the scale: one level of five, which one odd row may move by
_VARIES = 0.02  # standard deviation of grades from which a correlation means something


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """
    What is asked about one habit, and how the answer is told.

    Attributes:
        innocent: what a judge without the habit may show, in the unit of `measure`.
        whether: the question, as it stands behind “whether”.
        guilty: said where the habit is certain; `{}` is the figure.
        clear: said where there is certainly none beyond what is innocent.
        unit: behind the figure.
        other_side: as `guilty`, for a habit that can go the other way, below `-innocent`; empty for one that cannot.
    """

    name: str
    measure: str
    innocent: float
    whether: str
    guilty: str
    clear: str
    unit: str = " of the scale"
    other_side: str = ""

    def unknown(self, why: str) -> Habit:
        """Nothing could be measured."""
        says = f"Whether {self.whether} was not measured: {why}."
        return self._habit((0.0, -1.0 if self.other_side else 0.0, 1.0), 0, flagged=False, says=says)

    def told(self, figure: tuple[float, float, float], of: int, seen: str, lost: int) -> Habit:
        """
        Say what was measured.

        Args:
            figure: value, low and high.
            of: comparisons that it rests on.
            seen: the figure in words.
            lost: comparisons that had no answer that could be read.
        """
        _, low, high = figure
        flagged = low > self.innocent or (bool(self.other_side) and high < -self.innocent)
        if flagged:
            says = (self.guilty if low > self.innocent else self.other_side).format(seen)
        elif high <= self.innocent and (not self.other_side or low >= -self.innocent):
            says = self.clear.format(seen)
        else:
            says = f"Whether {self.whether} cannot be told from so little: {seen}; a higher probe.rows may tell."
        unread = f" Left out: {counted(lost, 'comparison')} without a readable answer." if lost else ""
        return self._habit(figure, of, flagged=flagged, says=says + unread)

    def _habit(self, figure: tuple[float, float, float], of: int, *, flagged: bool, says: str) -> Habit:
        value, low, high = (round(x, 6) for x in figure)
        return Habit(
            name=self.name,
            measure=self.measure,
            value=value,
            low=low,
            high=high,
            of=of,
            innocent=self.innocent,
            flagged=flagged,
            says=says,
        )


def share(question: Question, changed: Sequence[tuple[str, bool]], lost: int = 0) -> Habit:
    """How many of the answers changed; each with its row."""
    rows = _by_row((row, float(moved)) for row, moved in changed)
    if len(rows) < _FEWEST:
        return question.unknown(_too_few(len(rows), lost))
    found, of = sum(moved for _, moved in changed), len(changed)
    p = found / of
    spread = float(np.var([np.mean(values) for values in rows.values()], ddof=1)) / len(rows)
    worth = min(1.0, p * (1 - p) / (of - 1) / spread) if spread else 1.0
    interval = wilson(round(found * worth), max(1, round(of * worth)))
    figure = (p, min(p, interval.low), max(p, interval.high))
    seen = f"{found:,} of {of:,} answers ({_two(figure[1])} to {_two(figure[2])})"
    return question.told(figure, of, seen, lost)


def mean(question: Question, moves: Moves, lost: int = 0, *, odd: float = _LEVEL, what: str = "row") -> Habit:
    """By how much answers moved on average; `odd` is what one row (or `what` it is) of another kind could move by."""
    rows = _by_row(moves)
    if len(rows) < _FEWEST:
        return question.unknown(_too_few(len(rows), lost, what))
    means = np.array([np.mean(values) for values in rows.values()])
    value = float(means.mean())
    error = math.sqrt(float(means.var(ddof=1)) / len(means) + (odd / len(means)) ** 2)
    figure = _around(value, error, len(means))
    return question.told(figure, len(moves), _seen(figure, question.unit, counted(len(means), what)), lost)


def correlation(question: Question, rows: Sequence[str], together: Grid, alone: Grid, lost: int = 0) -> Habit:
    """
    How much more rubrics agree where they are shown together: mean correlation of their grades, less that alone.

    Args:
        question: about halo.
        rows: of each line of the tables.
        together: grades, shape (subjects, rubrics).
        alone: the same subjects and rubrics, each rubric asked with no other in sight.
        lost: subjects that are in no table, as an answer is missing.
    """
    groups = _places(rows)
    if len(groups) < _FEWEST:
        return question.unknown(_too_few(len(groups), lost))
    varies = [c for c in range(together.shape[1]) if min(together[:, c].std(), alone[:, c].std()) > _VARIES]
    if len(varies) < 2:  # noqa: PLR2004 - it takes two to agree
        return question.unknown("the grades hardly vary, so that there is nothing to agree on")

    def excess(kept: NDArray[np.intp]) -> float:
        return _agreement(together[kept][:, varies]) - _agreement(alone[kept][:, varies])

    figure = _jackknife(groups, excess)
    return question.told(figure, len(rows), _seen(figure, question.unit, counted(len(groups), "row")), lost)


def ratio(question: Question, rows: Sequence[str], part: Sequence[float], whole: Sequence[float], lost: int) -> Habit:
    """
    How large `part` is beside `whole`, each a sum over subjects.

    Not measured where the whole is not clearly more than nothing, as then there is nothing to be a part of.
    """
    groups = _places(rows)
    if len(groups) < _FEWEST:
        return question.unknown(_too_few(len(groups), lost))
    over, under = np.array(part), np.array(whole)
    _, least, _ = _jackknife(groups, lambda kept: float(under[kept].mean()))
    if least <= 0:
        return question.unknown("the judge does not clearly lower the grade of planted defects")
    figure = _jackknife(groups, lambda kept: float(over[kept].sum() / max(under[kept].sum(), 1e-9)))
    return question.told(figure, len(rows), _seen(figure, question.unit, counted(len(groups), "row")), lost)


def _by_row(moves: Iterable[tuple[str, float]]) -> dict[str, list[float]]:
    rows: defaultdict[str, list[float]] = defaultdict(list)
    for row, move in moves:
        rows[row].append(move)
    return rows


def _places(rows: Sequence[str]) -> list[list[int]]:
    """Where each row's lines stand."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        places[row].append(at)
    return list(places.values())


def _agreement(grades: Grid) -> float:
    """Mean of Pearson's correlation over all pairs of columns; 0 for a column that does not vary."""
    centred = grades - grades.mean(axis=0)
    size = np.sqrt((centred**2).sum(axis=0))
    unit = np.divide(centred, size, out=np.zeros_like(centred), where=size > 0)
    return float((unit.T @ unit)[np.triu_indices(grades.shape[1], 1)].mean())


def _jackknife(
    groups: Sequence[Sequence[int]], figure: Callable[[NDArray[np.intp]], float]
) -> tuple[float, float, float]:
    """Value, low and high of a figure of whole rows; one odd row may move it by one row's part of 1."""
    everything = np.arange(sum(map(len, groups)))
    without = np.array([figure(np.delete(everything, group)) for group in groups])
    n = len(groups)
    error = math.sqrt((n - 1) * float(without.var()) + (1 / n) ** 2)
    return _around(figure(everything), error, n)


def _around(value: float, error: float, rows: int) -> tuple[float, float, float]:
    from scipy.stats import t

    reach = float(t.ppf(0.975, rows - 1)) * error
    return value, value - reach, value + reach


def _seen(figure: tuple[float, float, float], unit: str, rows: str) -> str:
    value, low, high = map(_two, figure)
    return f"{value}{unit} ({low} to {high}; {rows})"


def _two(x: float) -> str:
    """Two places, and no minus before nothing."""
    return f"{round(x, 2) + 0.0:.2f}"


def _too_few(rows: int, lost: int, what: str = "row") -> str:
    beside = f", {counted(lost, 'comparison')} had no answer that could be read" if lost else ""
    return f"{counted(rows, what)} could be compared, and {_FEWEST} are needed{beside}"
