"""
What a sample says of the rows that were not judged.

Every judged unit of the random part stands for its like that were not judged: (1 - p) / p of them. What the sample is
worth is counted as Kish does (1965, "Survey sampling": the effective size of a sample of unequal weights). The bounds
are exact for a finite population, where what was seen is no longer unseen (Wright, 1991, "Exact confidence bounds when
sampling from small finite universes"; in a population without end they are those of Clopper and Pearson). That strata
are alike inside narrows nothing here, so intervals are rather too wide. Rows taken for certain speak for themselves
alone. Pure.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from judge.reliability import Rate, Seen
from judge.sampling import Sample, Unit

_TAIL = 0.025  # of each side of an interval; twice that of the one-sided bound
_CLOSE = 9  # digits to which a count is whole


@dataclass(frozen=True, slots=True, kw_only=True)
class _Graded:
    """A judged unit: its rows, those that were graded and those graded low, and how many unseen units it stands for."""

    size: int
    rows: int
    low: int
    weight: float


def bound(sample: Sample, low: Mapping[str, bool]) -> Seen:
    """
    Bound what share of the unseen rows would be graded low, and estimate the share of the whole set.

    Rows that the judge could not grade are neither low nor not: the shares are of rows that it can grade, and of the
    unseen as many are taken to be such as of the sample.

    Args:
        sample: as realised.
        low: whether a row was graded low, by id; without those that were judged and not graded.
    """
    graded = [_graded(sample, unit, low) for unit in sample.drawn]
    sure = [unit for unit in graded if not unit.weight]
    random = [unit for unit in graded if unit.weight]
    left = sum(len(unit.rows) for unit in sample.left)
    estimate, unseen = _unseen(random, [len(unit.rows) for unit in sample.left])
    known, found = sum(unit.rows for unit in graded), sum(unit.low for unit in graded)
    whole = _whole(known, found, unseen, estimate)
    certain = [at for at, stratum in enumerate(sample.strata) if stratum.share == 1]
    apart = sum(len(unit.rows) for unit in sample.drawn if unit.stratum in certain)
    return Seen(
        certain=apart,
        drawn=sum(len(unit.rows) for unit in sample.drawn) - apart,
        left=left,
        whole=whole,
        unseen=unseen,
        says=_says(whole, unseen, left, rests=bool(random or sure)),
    )


def _graded(sample: Sample, unit: Unit, low: Mapping[str, bool]) -> _Graded:
    share = sample.strata[unit.stratum].share
    said = [low[name] for name in unit.rows if name in low]
    return _Graded(size=len(unit.rows), rows=len(said), low=sum(said), weight=1 / share - 1)


def _unseen(random: Sequence[_Graded], left: Sequence[int]) -> tuple[float, Rate]:
    """The share of the unseen rows, unrounded and as it is told."""
    rows = [unit.weight * unit.rows for unit in random]
    together, beyond = math.fsum(rows), sum(left)
    if not left or not together:
        return 0.0, Rate(rows=beyond, value=0.0, low=0.0, high=1.0, most=1.0)
    value = math.fsum(unit.weight * unit.low for unit in random) / together
    size = max(1, math.floor(round(together**2 / math.fsum(weight**2 for weight in rows), _CLOSE)))
    able = together / math.fsum(unit.weight * unit.size for unit in random)
    rest = max(1, round(beyond**2 / sum(many**2 for many in left)))
    least, most = (way(round(value * size, _CLOSE)) for way in (math.floor, math.ceil))
    return value, Rate(
        rows=round(beyond * able),
        value=round(value, 6),
        low=round(min(value, _lowest(least, size, rest, _TAIL)), 6),
        high=round(max(value, _highest(most, size, rest, _TAIL)), 6),
        most=round(max(value, _highest(most, size, rest, 2 * _TAIL)), 6),
    )


def _whole(known: int, found: int, unseen: Rate, estimate: float) -> Rate:
    """What was graded is known; only what was not is doubtful."""
    rows = known + unseen.rows

    def share(of_unseen: float) -> float:
        return round((found + of_unseen * unseen.rows) / rows, 6)

    if not rows:
        return Rate(rows=0, value=0.0, low=0.0, high=1.0, most=1.0)
    low, high, most = (share(x) for x in (unseen.low, unseen.high, unseen.most))
    return Rate(rows=rows, value=share(estimate), low=low, high=high, most=most)


@lru_cache(maxsize=4096)
def _highest(found: int, size: int, rest: int, tail: float) -> float:
    """Largest share of low ones among `rest` unseen that leaves `found` or fewer in a sample of `size` a chance."""
    from scipy.stats import hypergeom

    def likely(unseen: int) -> bool:
        return bool(hypergeom.cdf(found, size + rest, found + unseen, size) > tail)

    return _last(likely, rest) / rest


@lru_cache(maxsize=4096)
def _lowest(found: int, size: int, rest: int, tail: float) -> float:
    """The same from below: the smallest that leaves `found` or more a chance."""
    from scipy.stats import hypergeom

    def likely(clean: int) -> bool:  # of the unseen, so many are not low
        return bool(hypergeom.sf(found - 1, size + rest, found + rest - clean, size) > tail)

    return 1 - _last(likely, rest) / rest


def _last(holds: Callable[[int], bool], most: int) -> int:
    """The largest number up to `most` of which it holds, where it holds of 0 and of all up to some number."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


def _says(whole: Rate, unseen: Rate, left: int, *, rests: bool) -> str:
    if not rests:
        return "no row was graded, so nothing is known of any"
    said = f"{whole.value:.1%} of {whole.rows:,} rows are graded low, or would be"
    if not left:
        return said.replace(", or would be", "")
    return f"{said} ({whole.low:.1%} - {whole.high:.1%}); of the {left:,} not judged at most {unseen.most:.1%}"
