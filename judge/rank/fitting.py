"""
Weights from the user's own rows: planted copies against originals.

A copy with a known defect should stand above rows as they came. What each kind of reason says is fitted to that as a
monotone curve (`curves.Fitted`): logistic regression on four ramps a reason, no coefficient below zero, drawn to the
fixed weights. Three things keep it honest:

- An original is not known to be clean. A share of them is taken to be bad in the way the copies are, so a signal that
  catches real defects loses nothing by it (learning from positive and unlabelled examples: Elkan and Noto, 2008).
- What no planter touches was not put to the test: such a reason keeps its fixed weight.
- Figures are cross-fitted: a copy is scored by a fit that has seen no copy of its source nor of a near-duplicate of it
  (Stone, 1974), and once more by one that has never seen its kind.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from judge.rank.curves import FAINT, KNOTS, Curve, Fitted

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]

FOLDS = 5
_NATURAL = 0.15  # share of the originals that is taken to be bad; too much of it costs less than too little
_PULL = 10.0  # squared nats: how strongly a ramp is drawn to its fixed weight,
_LOOSE = 1.0  # and where that is a guess, as nobody knows this judge yet
_TOUCHED = 0.15  # rise in severity from which a planter has touched a reason,
_OFTEN = 3  # in at least so many copies
_PRECISION = 2  # digits of a weight: the last bits of a fit are not the same on every machine
_EXACT = {"maxiter": 5_000, "maxfun": 20_000, "ftol": 1e-13, "gtol": 1e-7}  # so far, that those digits are


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """
    What a fit is made from. Columns are reasons; a cell is the worst severity, in [0, 1].

    Attributes:
        names: shape (reasons,).
        fixed: the curve of each reason until it is fitted.
        originals: shape (rows, reasons), the set as it is.
        controls: shape (copies, reasons), each copy's source, read as blindly as the copy.
        copies: shape (copies, reasons).
        sources: shape (copies, reasons), each copy's source as it stands in the set.
        matching: shape (copies, reasons), whether a reason speaks to what was planted.
        lift, source_lift: shape (rows,) and (copies,), nats that other evidence adds to originals and to sources.
        whole, whole_copies: shape (rows,) and (copies,), whether they were read in full; others are not fitted on.
        kinds: shape (copies,), what was planted.
        clusters: shape (copies,), near-duplicate cluster of each source: copies of one never part.
        pinned: reasons whose weight the user has set.
        guessed: reasons whose fixed weight rests on no measurement: a judge's grades.
    """

    names: Sequence[str]
    fixed: Sequence[Curve]
    originals: Matrix
    controls: Matrix
    copies: Matrix
    sources: Matrix
    matching: Flags
    lift: Matrix
    source_lift: Matrix
    whole: Flags
    whole_copies: Flags
    kinds: Sequence[str]
    clusters: Sequence[int]
    pinned: frozenset[str] = frozenset()
    guessed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    Curves of all reasons, by name, and what became of each copy by a fit that has seen neither it nor its like.

    Attributes:
        above: share in [0, 1] of the originals that stand above a copy or level with it.
        caught: whether it stands inside the budget, its source does not, and a matching reason is among its reasons.
        unseen: the same by a fit that has not seen its kind either; empty where nothing was fitted.
        alarmed: whether its source stands inside the budget as it is.
    """

    curves: Mapping[str, Curve]
    above: tuple[float, ...]
    caught: tuple[bool, ...]
    alarmed: tuple[bool, ...]
    unseen: tuple[bool, ...] = ()


def fit(trial: Trial, budget: int, done: Callable[[], None] = lambda: None, *, by_kind: bool = True) -> Outcome:
    """
    Fit curves on all copies, and measure on copies left out.

    Args:
        trial: severities of originals, controls and copies.
        budget: how many rows of the set a person will look at; a copy above the last of them is caught.
        done: called after each of the `FOLDS`.
        by_kind: whether to measure by fits that have never seen a kind, too.
    """
    problem = _Problem(trial)
    kinds = np.array(trial.kinds)
    fold = _folds(trial.clusters)
    places, unseen = _Places.nowhere(len(kinds)), np.zeros(len(kinds), dtype=bool)
    # a step of the solver takes microseconds: threads that share it wait for each other ten times as long
    with threadpool_limits(limits=1, user_api="blas"):
        for one in sorted(set(fold.tolist())):
            out = fold == one
            places.take(problem.placed(problem.solve(~out), budget), out)
            for kind in sorted(set(kinds[out].tolist())) if by_kind else ():
                alone = out & (kinds == kind)
                unseen[alone] = problem.placed(problem.solve(~out & (kinds != kind)), budget).caught[alone]
            done()
        curves = problem.curves(problem.solve(np.ones(len(kinds), dtype=bool)))
    return places.outcome(curves, tuple(map(bool, unseen)) if by_kind else ())


def measure(trial: Trial, budget: int) -> Outcome:
    """What becomes of the copies by the fixed curves."""
    problem = _Problem(trial, fitted=False)
    curves = dict(zip(trial.names, trial.fixed, strict=True))
    return problem.placed(np.zeros(0), budget).outcome(curves)


@dataclass(slots=True)
class _Places:
    """Shape (copies,) each."""

    above: NDArray[np.float64]
    caught: Flags
    alarmed: Flags

    @classmethod
    def nowhere(cls, copies: int) -> "_Places":
        """Below everything."""
        return cls(np.ones(copies), np.zeros(copies, dtype=bool), np.zeros(copies, dtype=bool))

    def take(self, other: "_Places", which: Flags) -> None:
        self.above[which], self.caught[which] = other.above[which], other.caught[which]
        self.alarmed[which] = other.alarmed[which]

    def outcome(self, curves: Mapping[str, Curve], unseen: tuple[bool, ...] = ()) -> Outcome:
        return Outcome(
            curves=curves,
            above=tuple(round(float(x), 6) for x in self.above),
            caught=tuple(map(bool, self.caught)),
            alarmed=tuple(map(bool, self.alarmed)),
            unseen=unseen,
        )


class _Problem:
    """A trial as ramps: what is fitted, what stays fixed, and rows that are alike counted once."""

    def __init__(self, trial: Trial, *, fitted: bool = True) -> None:
        self._trial = trial
        whole = trial.whole
        self._usable = trial.whole_copies
        self._rise = (trial.copies - trial.controls >= _TOUCHED) & self._usable[:, None]
        touched = self._rise.sum(axis=0) >= _OFTEN
        names = enumerate(trial.names) if fitted else ()
        self._free = [at for at, name in names if touched[at] and name not in trial.pinned]
        self._prior = np.concatenate([_steps(trial.fixed[at]) for at in self._free] or [np.zeros(0)])
        pulls = [_LOOSE if trial.names[at] in trial.guessed else _PULL for at in self._free]
        self._pull = np.repeat(np.array(pulls, dtype=float), len(KNOTS))
        self._copies = self._split(trial.copies)
        self._all = self._split(trial.originals)
        self._sources = self._split(trial.sources)
        blind = self._split(trial.controls[self._usable])
        self._negatives = [_merged(self._all[0][whole], self._all[1][whole]), _merged(*blind)]

    def _split(self, severities: Matrix) -> tuple[Matrix, NDArray[np.float64]]:
        """Ramps of what is fitted, and nats of what is fixed."""
        ramps = [_ramps(severities[:, at]) for at in self._free]
        fixed = np.zeros(len(severities))
        for at, curve in enumerate(self._trial.fixed):
            if at not in self._free:
                fixed += _nats(curve, severities[:, at])
        return np.concatenate(ramps, axis=1) if ramps else np.zeros((len(severities), 0)), fixed

    def solve(self, use: Flags) -> NDArray[np.float64]:
        """Coefficients of the ramps, fitted on the copies that may be used; the fixed ones where none may."""
        from scipy.optimize import minimize

        use = use & self._usable
        if not use.any():
            return self._prior
        parts = [(self._copies[0][use], self._copies[1][use], np.ones(int(use.sum()))), *self._negatives]
        ramps, fixed, many = (np.concatenate([part[at] for part in parts]) for at in range(3))
        good = np.zeros(len(many))
        good[: int(use.sum())] = 1.0
        start = np.concatenate([self._prior, [float(np.log(max(1, use.sum()) / many[good == 0].sum()))]])

        def loss(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            total = np.minimum(ramps @ point[:-1] + fixed, 30.0)
            spread = (1 - _NATURAL) + _NATURAL * np.exp(total)
            odds = point[-1] + total - np.log(spread)
            chance = 1 / (1 + np.exp(-odds))
            value = float(np.sum(many * (np.logaddexp(0.0, odds) - good * odds)))
            slope = many * (chance - good)
            pull = point[:-1] - self._prior
            inner = slope * (1 - _NATURAL) / spread
            gradient = np.concatenate([ramps.T @ inner + self._pull * pull, [slope.sum()]])
            return value + 0.5 * float(self._pull @ pull**2), gradient

        touched = np.repeat(self._rise[use][:, self._free].sum(axis=0) >= _OFTEN, len(KNOTS))
        free = [(0.0, None) if moves else (fixed, fixed) for moves, fixed in zip(touched, self._prior, strict=True)]
        bounds = [*free, (None, None)]
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=_EXACT)
        solved: NDArray[np.float64] = np.round(found.x[:-1], _PRECISION)
        return solved

    def placed(self, point: NDArray[np.float64], budget: int) -> _Places:
        """Where all copies stand among the set's rows, by these coefficients."""
        trial = self._trial
        rows = np.sort(np.round(self._all[0] @ point + self._all[1] + trial.lift, 6))
        copies = np.round(self._copies[0] @ point + self._copies[1], 6)
        sources = np.round(self._sources[0] @ point + self._sources[1] + trial.source_lift, 6)
        if budget < 1 or not len(rows):
            return _Places.nowhere(len(copies))
        cut = rows[-min(budget, len(rows))]
        room = int((rows >= cut).sum()) <= budget  # or several are level with the last, and not all of them inside
        alarmed = (sources > cut) | ((sources == cut) & room)
        alarmed &= sources > 0
        return _Places(
            above=1 - np.searchsorted(rows, copies) / len(rows),
            caught=(copies > max(cut, 0.0)) & ~alarmed & self._matched(point),
            alarmed=alarmed,
        )

    def _matched(self, point: NDArray[np.float64]) -> Flags:
        """Shape (copies,): whether a reason that speaks to what was planted is among a copy's reasons."""
        trial = self._trial
        nats = np.zeros(trial.copies.shape)
        for at, curve in enumerate(trial.fixed):
            if at in self._free:
                cells = slice(self._free.index(at) * len(KNOTS), (self._free.index(at) + 1) * len(KNOTS))
                nats[:, at] = self._copies[0][:, cells] @ point[cells]
            else:
                nats[:, at] = _nats(curve, trial.copies[:, at])
        found: Flags = np.any((nats >= FAINT) & trial.matching, axis=1)
        return found

    def curves(self, point: NDArray[np.float64]) -> dict[str, Curve]:
        """Each reason's curve."""
        trial = self._trial
        found = dict(zip(trial.names, trial.fixed, strict=True))
        for place, at in enumerate(self._free):
            steps = point[place * len(KNOTS) : (place + 1) * len(KNOTS)]
            found[trial.names[at]] = Fitted(at=tuple(round(float(x), _PRECISION) for x in np.cumsum(steps)))
        return found


def _ramps(severity: NDArray[np.float64]) -> Matrix:
    """Shape (rows, knots): how far along each stretch between knots a severity is, in [0, 1]."""
    low = np.array([0.0, *KNOTS[:-1]])
    ramps: Matrix = np.clip((severity[:, None] - low) / (np.array(KNOTS) - low), 0.0, 1.0)
    return ramps


def _steps(curve: Curve) -> NDArray[np.float64]:
    """What each stretch adds."""
    return np.diff([0.0, *(curve.nats(knot) for knot in KNOTS)])


def _nats(curve: Curve, severities: NDArray[np.float64]) -> NDArray[np.float64]:
    values, places = np.unique(severities, return_inverse=True)
    return np.array([curve.nats(float(value)) for value in values])[places.reshape(-1)]


def _merged(ramps: Matrix, fixed: NDArray[np.float64]) -> tuple[Matrix, NDArray[np.float64], NDArray[np.float64]]:
    """Equal rows once, with how many they are: most rows show nothing at all."""
    both = np.column_stack([ramps, fixed])
    rows, many = np.unique(both, axis=0, return_counts=True)
    return rows[:, :-1], rows[:, -1], many.astype(np.float64)


def _folds(clusters: Sequence[int]) -> NDArray[np.int64]:
    """Fold of each copy: clusters in turn, so that copies of one source are never apart."""
    order = {cluster: place for place, cluster in enumerate(dict.fromkeys(clusters))}
    return np.array([order[cluster] % FOLDS for cluster in clusters], dtype=np.int64)
