"""
How far a number lies from the rest of its set, whatever the set's shape.

Robust z-score: distance from the median in units of 1.4826 times the median absolute deviation (Iglewicz and Hoaglin,
1993, "How to detect and handle outliers").
"""

import math
import statistics
from bisect import bisect_left
from collections.abc import Mapping, Sequence

_NORMAL = 1.5  # z below which nothing is said
_COMMON, _RARE = 2.5, 5.0  # bits at which a score is nothing strange, and how many more make it wholly so
_HALF = 3.0  # z beyond that at which severity is one half


def standard(values: Sequence[float], least: float) -> tuple[float, float]:
    """Median and robust standard deviation of at least one value; the deviation is never below `least`."""
    middle = statistics.median(values)
    return middle, max(least, 1.4826 * statistics.median(abs(value - middle) for value in values))


def severity(z: float) -> float:
    """In [0, 1): 0 up to z = 1.5, 0.5 at z = 4.5, towards 1 beyond."""
    over = max(0.0, z - _NORMAL)
    return over / (over + _HALF)


def strange(scores: Mapping[int, float], members: int) -> dict[int, float]:
    """
    How rare it is in its set that an answer scores so high, in [0, 1], by position.

    0 where a sixth of the set scores as high, 0.4 at a twentieth, 1 at one in two hundred: what many rows do is the
    set's way, whatever it scores.

    Args:
        scores: of the answers that score at all, by position; those from `members` on are no part of the set.
        members: how many answers the set has.
    """
    own = sorted(score for at, score in scores.items() if at < members)
    return {
        at: min(1.0, max(0.0, (math.log2(members / (_above(own, score, at < members) + 0.5)) - _COMMON) / _RARE))
        for at, score in scores.items()
    }


def _above(own: Sequence[float], score: float, itself: bool) -> int:  # noqa: FBT001
    return len(own) - bisect_left(own, score) - itself
