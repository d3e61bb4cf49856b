"""Rows that come together, as those of one dispute do: how much less they say of a share than as many apart. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """
    The rows that a share is of, shape (rows,) each.

    Attributes:
        cluster: which rows come together, by a number from 0; a row that comes alone has one for itself.
        stratum: whose share it is, e.g. of which source, by a number from 0.
        shows: whether it counts.
    """

    cluster: "Places"
    stratum: "Places"
    shows: "Flags"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spread:
    """
    How far two shares, and their difference, scatter: shape (strata,) each.

    Attributes:
        effects: of the first and of the second, how many rows that come together say as much as one alone; at least 1.
        error: standard error of the difference.
    """

    effects: tuple["Floats", "Floats"]
    error: "Floats"


def joined(rows: int, pairs: Iterable[tuple[int, int]]) -> "Places":
    """
    Connected components.

    Args:
        rows: how many there are.
        pairs: places of rows that belong together.

    Returns:
        Shape (rows,): the component of each, by a number below `rows`.
    """
    lead = list(range(rows))

    def leader(at: int) -> int:
        while lead[at] != at:
            lead[at] = lead[lead[at]]
            at = lead[at]
        return at

    for one, other in pairs:
        low, high = sorted((leader(one), leader(other)))
        lead[high] = low
    return np.array([leader(at) for at in range(rows)], dtype=np.intp)


def spread(before: Drawn, after: Drawn, strata: int) -> Spread:
    """
    Standard errors by linearisation, robust to clusters.

    Liang and Zeger (1986); of a share in a sample of clusters Cochran (Sampling Techniques, 1977). What each row adds
    to the difference of two shares is summed over its cluster, which may have rows in both, and the sums are squared.
    Where disputes are rare these are too few to know how they scatter: half a dispute of the usual size is added to
    either share, as Agresti and Min (2005) add half a pair to each cell of a paired table.
    A row in no dispute comes alone; where they, too, come together, the errors are too small by the share of disputed
    rows, which is little as long as that is.
    The design effect is that of Kish (1965); of a share of none or all, which has none, it is that of the other.

    Args:
        before: rows of the first share, in each stratum.
        after: of the second; a cluster has one number in both.
        strata: how many there are.
    """
    sides = (before, after)
    rows = [np.bincount(side.stratum, minlength=strata).astype(np.float64) for side in sides]
    some = [np.maximum(many, 1.0) for many in rows]
    shares = [
        np.bincount(side.stratum[side.shows], minlength=strata) / many for side, many in zip(sides, some, strict=True)
    ]
    numbers = 1 + max((int(side.cluster.max()) for side in sides if len(side.cluster)), default=0)
    keys = np.concatenate([side.stratum.astype(np.int64) * numbers + side.cluster for side in sides])
    known, at = np.unique(keys, return_inverse=True)
    where = known // numbers
    places = np.split(at, [len(before.cluster)])

    sums, usual, variances = [], [], []
    for side, place, share, many in zip(sides, places, shares, some, strict=True):
        adds = (side.shows - share[side.stratum]) / many[side.stratum]
        total = np.bincount(place, weights=adds, minlength=len(known))
        found = np.bincount(place[side.shows], minlength=len(known)).astype(np.float64)
        disputes = np.bincount(where[found > 0], minlength=strata)
        squares = np.bincount(where, weights=found**2, minlength=strata)
        sums.append(total)
        usual.append(np.divide(squares, disputes, out=np.zeros(strata), where=disputes > 0))
        variances.append(np.bincount(where, weights=total**2, minlength=strata))
    square = np.zeros(strata) + np.bincount(where, weights=(sums[1] - sums[0]) ** 2, minlength=strata)
    for mine, other, many in zip(usual, usual[::-1], some, strict=True):
        square += np.minimum(np.where(mine > 0, mine, other) / many**2, 1.0) / 2
    apart = [share * (1 - share) / many for share, many in zip(shares, some, strict=True)]
    own = [np.divide(v, a, out=np.zeros(strata), where=a > 0) for v, a in zip(variances, apart, strict=True)]
    first, second = (
        np.maximum(np.where(mine > 0, mine, other), 1.0) for mine, other in zip(own, own[::-1], strict=True)
    )
    return Spread(effects=(first, second), error=np.sqrt(square))
