"""
The numbers of a page's figures: what `views` counts and `report` draws.

Values: frozen, keyword-only, standard library only. A figure also says itself in one sentence and holds its own table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from judge.reliability import Share

LEVELS = 5  # of a rubric that does not tell how many it has
SHADES = 25  # from the worst level's colour to the best one's
SERIES = 8  # that one figure can tell apart, by colour and by shape
Filter = Mapping[str, object]  # rows of the list that a click shows: any of rubric and level, source, inside, reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One level's piece of a bar: how many rows, and which they are (None where a click can show no such rows)."""

    level: int
    count: int
    filter: Filter | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """
    The levels of a rubric: 1 (the worst) to `levels`, which is two or more.

    Low are those in its lower 40 %, at least one: 2 of 5, 4 of 10, 1 of 2.
    """

    levels: int = LEVELS

    @property
    def low(self) -> int:
        """The best of the low levels."""
        return max(1, 2 * self.levels // 5)

    @property
    def told(self) -> str:
        """Which levels are low: `1-2 of 5`, `1 of 2`."""
        return f"{'1' if self.low == 1 else f'1-{self.low}'} of {self.levels}"

    def shade(self, level: int) -> int:
        """Which of `SHADES` a level has, from 1; ends have the ends, and the middle the middle, whatever the scale."""
        return 1 + round((level - 1) * (SHADES - 1) / max(self.levels - 1, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """
    Bars of scores: one line per source, one column per rubric.

    Attributes:
        columns: the rubrics.
        scales: theirs.
        lines: what each line is of, and how many rows that is.
        cells: line -> column -> the pieces, worst level first, all levels there; of no row where none has a score.
    """

    columns: Sequence[str]
    scales: Sequence[Scale]
    lines: Sequence[tuple[str, int]]
    cells: Sequence[Sequence[Sequence[Part]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """`count` of `of` rows, drawn as their share."""

    label: str
    count: int
    of: int
    filter: Filter | None = None

    @property
    def share(self) -> float:
        """In [0, 1]; 0 of nothing."""
        return self.count / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Blocks of bars, each under its head and on its own scale."""

    blocks: Sequence[tuple[str, Sequence[Bar]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """
    The ranked list from its top to its end.

    Attributes:
        points: (rank, suspicion, probability or None) by rank; not every rank, but first, last, both sides of the
            cut and of every large step.
        cut: rank of the last row inside the review budget; 0 where none is.
        inside: rows inside it: fewer than `cut` where copies of rows in it stand further down.
        ranked: rows in the list.
    """

    points: Sequence[tuple[int, float, float | None]]
    cut: int
    inside: int
    ranked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """
    Shares with their intervals: one line per kind, one mark per series.

    Attributes:
        series: names of what is held side by side.
        lines: a kind and its share by series; None or of nothing where there is none. The first is all kinds together.
        of: what is counted, in the plural.
        line: index of the series whose share of all kinds is drawn through as a line; None: none is.
    """

    series: Sequence[str]
    lines: Sequence[tuple[str, Sequence[Share | None]]]
    of: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """
    One figure of a page.

    Attributes:
        id: unique on its page: letters only.
        title: what is shown.
        says: the same in one sentence, with its numbers.
        head, rows: the numbers as a table.
        form: the numbers as they are drawn.
    """

    id: str
    title: str
    says: str
    head: Sequence[str]
    rows: Sequence[Sequence[str | int | float | None]]
    form: Matrix | Bars | Curve | Intervals
