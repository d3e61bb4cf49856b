"""Shares and what they say of a whole: intervals for few counts, the defect rate of a set from a sample. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from judge.reliability import DefectRate, Share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ENOUGH = 200  # random decisions below which predictions are left out of a rate, and suspicion stays a score
_TAIL = 0.025
_Z = 1.959963984540054  # of a two-sided 95 %; scipy.stats has all this too, and takes half a second to import


def wilson(found: int, of: int, *, effect: float = 1.0, z: float = _Z) -> Share:
    """
    `found` of `of` with Wilson's score interval (Wilson, 1927), of 95 % unless `z` is another.

    `effect` is how many of them say as much as one that is independent of all others (a design effect).
    """
    if not of:
        return Share(found=0, of=0, low=0.0, high=1.0)
    some, worth = found / effect, of / effect
    middle, half = some + z**2 / 2, z * math.sqrt(some * (worth - some) / worth + z**2 / 4)
    low, high = ((middle + way * half) / (worth + z**2) for way in (-1, 1))
    return Share(found=found, of=of, low=round(max(0.0, low), 6), high=round(min(1.0, high), 6))


def exact(found: int, of: int) -> Share:
    """`found` of `of` with the exact 95 % interval (Clopper and Pearson, 1934)."""
    low, high = clopper_pearson(found, of)
    return Share(found=found, of=of, low=round(low, 6), high=round(high, 6))


def defect_rate(
    removed: Sequence[bool], weights: Sequence[float], said: Sequence[float], everyone: Sequence[float]
) -> DefectRate:
    """
    Share of a finite set that people would remove, from a random sample of it and a prediction for every row.

    From `ENOUGH` decisions on this is prediction-powered inference in its stratified form (Angelopoulos et al., 2023,
    arXiv 2301.09633; Fisch et al., 2024, arXiv 2406.04291): the set is cut in two where its predictions part most
    clearly, without a look at the decisions, and the prediction is each stratum's own rate, so that a judge of any
    scale helps as much as it separates, and a judge that says the same of every row leaves the sample alone.
    A normal interval misses the truth too often where only a handful of defects was seen, so each stratum has a mid-P
    exact interval (Lancaster, 1961) and the two are combined by their distances from the rate (MOVER: Zou and Donner,
    2008), each shortened by the share of its stratum that was seen.

    Below `ENOUGH` it is the exact interval on the sample alone. Where all rows were decided the rate is known.
    Unequal probabilities: self-normalised weights (Hájek, 1971), and the sample counts as one of its effective size.

    Args:
        removed: of each row decided, n > 0 in all, whether it is to be removed.
        weights: of the same rows, one over the probability with which each came up, positive.
        said: of the same rows, the prediction.
        everyone: prediction of every row of the set, on the same scale, the decided ones among them.
    """
    bad, weight = np.asarray(removed, dtype=float), np.asarray(weights, dtype=float)
    of, rows = len(bad), len(everyone)
    whole = _stratum(bad, weight, rows)
    low, high = whole.rate, whole.rate
    value, method = whole.rate, "every row was decided"
    if of < min(ENOUGH, rows):
        low, high = clopper_pearson(whole.rate * whole.effective, whole.effective)
        method = f"the sample alone, exact (Clopper-Pearson), as it is smaller than {ENOUGH}"
    elif of < rows:
        strata = _strata(bad, weight, np.asarray(said, dtype=float), np.asarray(everyone, dtype=float), whole)
        value, low, high = _combined(strata, rows)
        method = (
            "prediction-powered (two strata of suspicion, mid-P exact intervals, combined by MOVER)"
            if len(strata) > 1
            else "the sample alone, mid-P exact, as suspicion is the same everywhere"
        )
    effective = round(whole.effective, 1)
    value, low, high = (round(min(max(share, 0.0), 1.0), 6) for share in (value, min(low, value), max(high, value)))
    return DefectRate(value=value, low=low, high=high, of=of, effective=effective, rows=rows, method=method)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stratum:
    """`rows` of the set with the rate among them, as `effective` decisions know it."""

    rows: int
    rate: float
    effective: float


def _stratum(bad: "Floats", weight: "Floats", rows: int) -> _Stratum:
    """
    Weighted rate and effective sample size, the smaller of two.

    Kish's (1965) is the loss by unequal weights alone; that of Korn and Graubard (1998) also sees where it is the heavy
    rows that differ from the rate.
    """
    total = float(weight.sum())
    rate = min(float(weight @ bad) / total, 1.0)  # sums of fractions may end a little above
    effective = total**2 / float(weight @ weight)
    if 0 < rate < 1:
        variance = float(((weight * (bad - rate)) ** 2).sum()) / total**2
        effective = min(effective, rate * (1 - rate) / variance)
    return _Stratum(rows=rows, rate=rate, effective=effective)


def _strata(
    bad: "Floats", weight: "Floats", said: "Floats", everyone: "Floats", whole: _Stratum
) -> tuple[_Stratum, ...]:
    """Those on either side of the cut; of one that no decision fell into nothing is known, and the rate is a guess."""
    cut = widest_gap(everyone)
    if cut is None:
        return (whole,)
    strata = []
    for mine, theirs in ((said > cut, everyone > cut), (said <= cut, everyone <= cut)):
        rows = int(theirs.sum())
        unseen = _Stratum(rows=rows, rate=whole.rate, effective=0.0)
        strata.append(_stratum(bad[mine], weight[mine], rows) if mine.any() else unseen)
    return tuple(strata)


def widest_gap(predictions: "Floats") -> float | None:
    """
    The value above which the upper of two strata begins; None where all predictions are alike.

    It is the cut that leaves least variance within (two means in one dimension; Fisher, 1958).
    """
    values, counts = np.unique(predictions, return_counts=True)
    if len(values) == 1:
        return None
    below, sums = np.cumsum(counts)[:-1], np.cumsum(counts * values)[:-1]
    above = len(predictions) - below
    means = sums / below - (float(predictions.sum()) - sums) / above
    return float(values[int(np.argmax(means**2 * below * above))])


def _combined(strata: Sequence[_Stratum], rows: int) -> tuple[float, float, float]:
    """(rate, low, high) of the strata together."""
    value = down = up = 0.0
    for stratum in strata:
        share, unseen = stratum.rows / rows, max(0.0, 1 - stratum.effective / stratum.rows)
        low, high = mid_p(stratum.rate * stratum.effective, stratum.effective)
        value += share * stratum.rate
        down += unseen * (share * (stratum.rate - low)) ** 2
        up += unseen * (share * (high - stratum.rate)) ** 2
    return value, value - float(np.sqrt(down)), value + float(np.sqrt(up))


def clopper_pearson(found: float, of: float) -> tuple[float, float]:
    """Exact 95 % limits of a share, also for sizes that are no whole numbers; [0, 1] of nothing."""
    from scipy.special import betaincinv

    low = float(betaincinv(found, of - found + 1, _TAIL)) if found > 0 else 0.0
    high = float(betaincinv(found + 1, of - found, 1 - _TAIL)) if of - found > 0 else 1.0
    return low, high


def mid_p(found: float, of: float) -> tuple[float, float]:
    """The same with half of the probability of what was seen, which is exact on average instead of at worst."""
    from scipy.optimize import brentq
    from scipy.special import betainc

    rest = of - found

    def excess(share: float, over: float) -> float:
        """Probability of more than was found and half of that of as many, less `over`."""
        as_many = float(betainc(found, rest + 1, share)) if found > 0 else 1.0
        more = float(betainc(found + 1, rest, share)) if rest > 0 else 0.0
        return (as_many + more) / 2 - over

    low = float(brentq(excess, 0, 1, args=(_TAIL,), xtol=1e-8)) if found > 0 else 0.0
    high = float(brentq(excess, 0, 1, args=(1 - _TAIL,), xtol=1e-8)) if rest > 0 else 1.0
    return low, high
