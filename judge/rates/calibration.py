"""Suspicion as a probability, where people decided on enough rows of a random sample, and its errors. Pure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from judge import digest
from judge.rates import ENOUGH, wilson
from judge.reliability import Bin, Calibration

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_FOLDS = 5
_BINS = 10


def calibrate(
    ids: Sequence[str], suspicion: Sequence[float], removed: Sequence[bool], weights: Sequence[float]
) -> Calibration | None:
    """
    A monotone map from suspicion to the probability that people would remove a row (Zadrozny and Elkan, 2002).

    It is isotonic regression on the decisions, with half a defect added at the lowest suspicion and half a good row at
    the highest, so that no row is called certain. Its figures are cross-fitted: five times the map is fitted without a
    fifth of the rows, and judged by these. Which fifth a row is in, its id's digest says.

    The reliability table has up to ten bins of about as many rows each, by suspicion, and rows of the same in one; the
    expected calibration error is the mean distance in it (Naeini et al., 2015). Error and Brier score are weighted.

    Args:
        ids: of the rows that a random sample brought up and that were decided, each once.
        suspicion: of these rows, in [0, 1].
        removed: of these rows, whether they are to be removed.
        weights: of these rows, one over the probability with which each came up, positive.

    Returns:
        None below `ENOUGH` rows, or where all decisions are the same.
    """
    x, y, weight = (np.asarray(values, dtype=float) for values in (suspicion, removed, weights))
    if len(y) < ENOUGH or len(np.unique(y)) == 1:
        return None
    fold = np.array([int(digest.of(name)[-8:], 16) % _FOLDS for name in ids])
    said, mean = np.empty(len(y)), np.empty(len(y))
    for out in np.unique(fold):
        seen, unseen = fold != out, fold == out
        said[unseen] = np.interp(x[unseen], *_isotonic(x[seen], y[seen], weight[seen]))
        mean[unseen] = np.average(y[seen], weights=weight[seen])
    bins = _bins(x)
    gaps = [abs(np.average(said[b] - y[b], weights=weight[b])) * weight[b].sum() for b in bins]
    return Calibration(
        knots=tuple((round(float(a), 6), round(float(b), 6)) for a, b in zip(*_isotonic(x, y, weight), strict=True)),
        of=len(y),
        bins=tuple(Bin(said=round(float(said[b].mean()), 6), removed=wilson(int(y[b].sum()), len(b))) for b in bins),
        brier=round(float(np.average((said - y) ** 2, weights=weight)), 6),
        brier_of_mean=round(float(np.average((mean - y) ** 2, weights=weight)), 6),
        expected_error=round(float(sum(gaps) / weight.sum()), 6),
    )


def probabilities(calibration: Calibration, suspicion: Sequence[float]) -> list[float]:
    """The probability that people would remove each of the rows of these suspicions."""
    x, y = zip(*calibration.knots, strict=True)
    return [round(float(p), 6) for p in np.interp(suspicion, x, y)]


def _isotonic(x: "Floats", y: "Floats", weight: "Floats") -> tuple["Floats", "Floats"]:
    """Corners of the weighted least-squares fit among all that never fall; flat beyond both ends."""
    from sklearn.isotonic import IsotonicRegression

    half = float(weight.mean()) / 2
    fit = IsotonicRegression(y_min=0, y_max=1).fit(
        np.append(x, [x.min(), x.max()]), np.append(y, [1.0, 0.0]), sample_weight=np.append(weight, [half, half])
    )
    return fit.X_thresholds_, fit.y_thresholds_


def _bins(suspicion: "Floats") -> list["NDArray[np.intp]"]:
    """Indexes of the rows of each bin, by rising suspicion."""
    order = np.argsort(suspicion, kind="stable")
    _, first = np.unique(suspicion[order], return_index=True)  # where each begins
    wanted = np.linspace(0, len(suspicion), _BINS + 1)[1:-1]
    cuts = first[np.minimum(np.searchsorted(first, wanted), len(first) - 1)]
    return [rows for rows in np.split(order, np.unique(cuts)) if len(rows)]
