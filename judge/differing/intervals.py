"""How far two shares lie apart, with an interval, also where both count some of the same rows. Pure."""

import math
from dataclasses import dataclass, replace
from statistics import NormalDist

from judge.reliability import Share

_TAIL = 0.025


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """
    A difference of two shares, the second less the first, with its 95 % interval.

    Attributes:
        noise: whether the interval holds 0, so that nothing is known to have changed.
    """

    value: float
    low: float
    high: float

    @property
    def noise(self) -> bool:
        """Whether it may be nothing."""
        return self.low <= 0 <= self.high


def apart(before: Share, after: Share, correlation: float = 0.0) -> Apart | None:
    """
    The difference of two shares by MOVER (Zou and Donner, 2008), from Wilson's interval of each.

    Independent shares: Newcombe's (1998, Stat Med 17:873) method 10. Correlated ones: as his method 10 for paired rows
    (1998, Stat Med 17:2635).

    Args:
        before: the first share.
        after: the second.
        correlation: of the two estimates, in [-1, 1].

    Returns:
        None where one of them is a share of nothing.
    """
    if not before.of or not after.of:
        return None
    return mover((before.value, before.low, before.high), (after.value, after.low, after.high), correlation=correlation)


def mover(before: tuple[float, float, float], after: tuple[float, float, float], *, correlation: float = 0.0) -> Apart:
    """
    The same for any two estimates.

    Args:
        before: value, low, high of the first.
        after: of the second.
        correlation: of the two, in [-1, 1].
    """
    (p, p_low, p_high), (q, q_low, q_high) = before, after
    down = _length(q - q_low, p_high - p, correlation)
    up = _length(q_high - q, p - p_low, correlation)
    return Apart(value=round(q - p, 6), low=round(q - p - down, 6), high=round(q - p + up, 6))


def widened(change: Apart, half: float) -> Apart:
    """The same difference with an interval that reaches `half` at least to either side."""
    low, high = min(change.low, round(change.value - half, 6)), max(change.high, round(change.value + half, 6))
    return replace(change, low=low, high=high)


def z_of(tests: int) -> float:
    """Standard errors of a two-sided interval that holds 95 % of `tests` at once (Bonferroni), at least one."""
    return NormalDist().inv_cdf(1 - _TAIL / max(tests, 1))


def _length(one: float, other: float, correlation: float) -> float:
    return math.sqrt(max(0.0, one**2 - 2 * correlation * one * other + other**2))


def overlap(table: tuple[int, int, int, int], of: tuple[int, int]) -> float:
    """
    Correlation of two shares that have some rows in common: phi of those rows, by how large a part of both they are.

    Rows that only one of them counts are independent of all others, so the covariance is that of the shared rows alone:
    phi * shared / sqrt(of[0] * of[1]). Phi is taken with Newcombe's correction for continuity, which pulls it to 0.

    Args:
        table: shared rows that count in both, in the first alone, in the second alone, in neither.
        of: how many rows each share is of.
    """
    both, first, second, neither = table
    shared = sum(table)
    product = (both + first) * (second + neither) * (both + second) * (first + neither)
    if not product:
        return 0.0
    cross = float(both * neither - first * second)
    if cross > 0:
        cross = max(cross - shared / 2, 0.0)
    return cross / math.sqrt(product) * shared / math.sqrt(of[0] * of[1])
