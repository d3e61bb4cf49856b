"""Two shares of rows and what lies between them, by source: which rows are in both, and which come together. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from judge.differing.clusters import Drawn, spread
from judge.differing.intervals import Apart, apart, overlap, widened, z_of
from judge.rates import wilson
from judge.reliability import Share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Places = NDArray[np.intp]

What = Literal["suspicious", "contradicting", "low"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measure:
    """Which rows of either run are counted, and which of them show it; `together`: those of one dispute do at once."""

    what: What
    rubric: str
    counted: tuple["Flags", "Flags"]
    shows: tuple["Flags", "Flags"]
    together: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """
    The rows of two shares, first and second.

    Attributes:
        of: whose each row is, by its number.
        shared: places in both of the rows that both count.
        disputes: the dispute that each row is of, by its number.
        tests: how many changes the first sentence could name.
    """

    of: tuple["Places", "Places"]
    shared: tuple["Places", "Places"]
    disputes: tuple["Places", "Places"]
    tests: int


def held(measure: Measure, rows: Rows, number: int) -> Iterator[tuple[Share, Share, Apart | None, bool]]:
    """Of each of `number` sources both shares, their difference, and whether that is beyond noise among all tests."""
    size, found = [], []
    for codes, counted, shows in zip(rows.of, measure.counted, measure.shows, strict=True):
        size.append(np.bincount(codes[counted], minlength=number).tolist())
        found.append(np.bincount(codes[counted & shows], minlength=number).tolist())
    (one, other), codes = rows.shared, rows.of[1][rows.shared[1]]
    both = measure.counted[0][one] & measure.counted[1][other] & (rows.of[0][one] == codes)
    was, now = measure.shows[0][one], measure.shows[1][other]
    cells = [
        np.bincount(codes[both & here], minlength=number) for here in (was & now, was & ~now, ~was & now, ~was & ~now)
    ]
    effects, error = (np.ones(number), np.ones(number)), np.zeros(number)
    if measure.together:
        drawn = [
            Drawn(cluster=cluster[counted], stratum=code[counted], shows=shows[counted])
            for cluster, code, counted, shows in zip(
                rows.disputes, rows.of, measure.counted, measure.shows, strict=True
            )
        ]
        scatter = spread(drawn[0], drawn[1], number)
        effects, error = scatter.effects, scatter.error
    for n in range(number):
        of, seen = (size[0][n], size[1][n]), (found[0][n], found[1][n])
        correlation = overlap((int(cells[0][n]), int(cells[1][n]), int(cells[2][n]), int(cells[3][n])), of)
        before, after = (wilson(seen[k], of[k], effect=float(effects[k][n])) for k in (0, 1))
        usual, wide = (_change(seen, of, correlation, float(error[n]), z_of(tests)) for tests in (1, rows.tests))
        yield before, after, usual, wide is not None and not wide.noise


def _change(found: tuple[int, int], of: tuple[int, int], correlation: float, error: float, z: float) -> Apart | None:
    """The difference, with an interval never narrower than rows that each come alone would give it."""
    change = apart(wilson(found[0], of[0], z=z), wilson(found[1], of[1], z=z), correlation)
    return widened(change, z * error) if change else None
