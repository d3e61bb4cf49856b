"""What share of the rows is suspect, in a contradiction or graded low, before and after, and what is noise. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from judge.differing.intervals import Apart, apart, mover, overlap
from judge.differing.rows import Matched
from judge.differing.sides import Side
from judge.differing.verdicts import is_low
from judge.rates import wilson
from judge.reliability import Share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Places = NDArray[np.intp]

What = Literal["suspicious", "contradicting", "low"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """
    A share of rows in both runs.

    Attributes:
        what: `suspicious`, of the ranked rows, at or above the earlier line; `contradicting`, of all rows; `low`, of
            the rows that were graded on `rubric`.
        rubric: empty but for `low`.
        source: whose rows; empty for all.
        before, after: with Wilson's interval.
        change: after less before, the rows that are in both allowed for; None where one is of nothing.
    """

    what: What
    rubric: str
    source: str
    before: Share
    after: Share
    change: Apart | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """
    The same share within the later run, so by the same weights: rows that are new or edited, and rows that stayed.

    Attributes:
        change: came less stayed, of independent rows.
    """

    what: What
    rubric: str
    came: Share
    stayed: Share
    change: Apart | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Defects:
    """
    The defect rate by people's decisions, as each run tells it: `value`, `low`, `high`, `of` decisions, `rows`.

    Attributes:
        change: as of independent samples, which is too wide where both rest on the same decisions.
    """

    before: Mapping[str, float]
    after: Mapping[str, float]
    change: Apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """
    All shares.

    Attributes:
        whole: of all rows.
        by_source: largest source of the later run first; empty where there is only one.
        arrived: rows that came against rows that stayed.
        defects: None where not both runs have a rate.
    """

    whole: tuple[Rate, ...]
    by_source: tuple[Rate, ...]
    arrived: tuple[Arrived, ...]
    defects: Defects | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Measure:
    """Of either run's rows, which are counted, and which of them show it."""

    what: What
    rubric: str
    counted: tuple["Flags", "Flags"]
    shows: tuple["Flags", "Flags"]


def rates(before: Side, after: Side, matched: Matched, line: float | None) -> Rates:
    """
    Compute the shares.

    Args:
        before: the earlier run.
        after: the later run.
        matched: their rows.
        line: least suspicion inside the earlier budget; None leaves the share of suspicious rows out.
    """
    sides = (before, after)
    measures = list(_measures(sides, line))
    codes, sources = pd.factorize(pd.concat([side.rows["source"].astype(str) for side in sides]))
    of = (codes[: len(before.rows)], codes[len(before.rows) :])
    stayed = [name for name, change in matched.change.items() if change in {"unchanged", "renamed"}]
    shared = (
        before.rows.index.get_indexer(pd.Index([matched.earlier[name] for name in stayed], dtype=object)),
        after.rows.index.get_indexer(pd.Index(stayed, dtype=object)),
    )
    zeros = (np.zeros_like(of[0]), np.zeros_like(of[1]))
    whole = tuple(rate for measure in measures for rate in _by_source(measure, zeros, [""], shared))
    by_source: list[Rate] = []
    if len(sources) > 1:
        by_source = [r for m in measures for r in _by_source(m, of, [str(name) for name in sources], shared)]
        size = np.bincount(of[1], minlength=len(sources))
        place = {str(sources[n]): k for k, n in enumerate(np.argsort(-size, kind="stable"))}
        by_source.sort(key=lambda rate: place[rate.source])
    old = np.zeros(len(after.rows), dtype=bool)
    old[shared[1]] = True
    return Rates(
        whole=whole,
        by_source=tuple(by_source),
        arrived=tuple(_arrived(measure, old) for measure in measures),
        defects=_defects(before.manifest, after.manifest),
    )


def _measures(sides: tuple[Side, Side], line: float | None) -> Iterator[_Measure]:
    everyone = tuple(np.ones(len(side.rows), dtype=bool) for side in sides)
    if line is not None:
        suspicion = [side.rows["suspicion"].to_numpy(dtype=np.float64) for side in sides]
        yield _Measure(
            what="suspicious",
            rubric="",
            counted=(~np.isnan(suspicion[0]), ~np.isnan(suspicion[1])),
            shows=(suspicion[0] >= line, suspicion[1] >= line),
        )
    disputed = [side.rows.index.isin(pd.concat([side.pairs["left"], side.pairs["right"]])) for side in sides]
    yield _Measure(
        what="contradicting", rubric="", counted=(everyone[0], everyone[1]), shows=(disputed[0], disputed[1])
    )
    if not all(side.judged for side in sides):
        return
    for rubric in sides[1].rubrics:
        if rubric in sides[0].rubrics:
            scores = [side.rows[f"{rubric}.score"].to_numpy(dtype=np.float64) for side in sides]
            low = [is_low(score, side.levels(rubric)) for score, side in zip(scores, sides, strict=True)]
            graded = (~np.isnan(scores[0]), ~np.isnan(scores[1]))
            yield _Measure(what="low", rubric=rubric, counted=graded, shows=(low[0], low[1]))


def _by_source(
    measure: _Measure, of: tuple["Places", "Places"], sources: Sequence[str], shared: tuple["Places", "Places"]
) -> Iterator[Rate]:
    """One rate a source. `of` says which source each row is of, `shared` where the rows of both stand in each."""
    number = len(sources)
    rows, found = [], []
    for codes, counted, shows in zip(of, measure.counted, measure.shows, strict=True):
        rows.append(np.bincount(codes[counted], minlength=number))
        found.append(np.bincount(codes[counted & shows], minlength=number))
    (one, other), codes = shared, of[1][shared[1]]
    both = measure.counted[0][one] & measure.counted[1][other] & (of[0][one] == codes)
    was, now = measure.shows[0][one], measure.shows[1][other]
    cells = [
        np.bincount(codes[both & here], minlength=number) for here in (was & now, was & ~now, ~was & now, ~was & ~now)
    ]
    for n, source in enumerate(sources):
        size = (int(rows[0][n]), int(rows[1][n]))
        before, after = (wilson(int(found[k][n]), size[k]) for k in (0, 1))
        table = (int(cells[0][n]), int(cells[1][n]), int(cells[2][n]), int(cells[3][n]))
        yield Rate(
            what=measure.what,
            rubric=measure.rubric,
            source=source,
            before=before,
            after=after,
            change=apart(before, after, overlap(table, size)),
        )


def _arrived(measure: _Measure, old: "Flags") -> Arrived:
    counted, shows = measure.counted[1], measure.shows[1]
    came, stayed = (wilson(int((shows & counted & who).sum()), int((counted & who).sum())) for who in (~old, old))
    return Arrived(what=measure.what, rubric=measure.rubric, came=came, stayed=stayed, change=apart(stayed, came))


def _defects(before: Mapping[str, Any], after: Mapping[str, Any]) -> Defects | None:
    told = [rate for one in (before, after) if (rate := (one.get("decisions") or {}).get("rate"))]
    if len(told) < len((before, after)):
        return None
    one, other = ({key: rate[key] for key in ("value", "low", "high", "of", "rows")} for rate in told)
    change = mover((one["value"], one["low"], one["high"]), (other["value"], other["low"], other["high"]))
    return Defects(before=one, after=other, change=change)
