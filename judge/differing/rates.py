"""What share of the rows is suspect, in a contradiction or graded low, before and after, and what is noise. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from judge.differing.clusters import joined
from judge.differing.intervals import Apart, mover
from judge.differing.rows import Matched
from judge.differing.shares import Measure, Rows, What, held
from judge.differing.sides import Side
from judge.differing.verdicts import is_low
from judge.reliability import Share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Places = NDArray[np.intp]

_TOLD_OF_ARRIVED: What = "suspicious"  # what the first sentence tells of rows that came


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """
    A share of rows in both runs.

    Attributes:
        what: `suspicious`, of the ranked rows, at or above the earlier line; `contradicting`, of all rows; `low`, of
            the rows that were graded on `rubric`.
        rubric: empty but for `low`.
        source: whose rows; empty for all.
        before, after: with Wilson's interval, the rows of one dispute counted as `clusters` has it.
        change: after less before, the rows that are in both and those of one dispute allowed for; None where one is of
            nothing.
        named: whether the first sentence says that it changed: the interval for all `Rates.tests` at once leaves 0 out.
    """

    what: What
    rubric: str
    source: str
    before: Share
    after: Share
    change: Apart | None
    named: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """
    The same share within the later run, so by the same weights: rows that are new or edited, and rows that stayed.

    Attributes:
        change: came less stayed, the rows of one dispute allowed for, all others as independent.
        named: as of a rate.
    """

    what: What
    rubric: str
    came: Share
    stayed: Share
    change: Apart | None
    named: bool


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
        tests: how many changes the first sentence could name.
    """

    whole: tuple[Rate, ...]
    by_source: tuple[Rate, ...]
    arrived: tuple[Arrived, ...]
    defects: Defects | None
    tests: int


def rates(before: Side, after: Side, matched: Matched, line: float | None) -> Rates:
    """
    Compute the shares.

    Args:
        before: the earlier run.
        after: the later run.
        matched: their rows.
        line: least suspicion inside the earlier budget; None leaves the share of suspicious rows out.
    """
    measures = list(_measures((before, after), line))
    codes, sources = pd.factorize(pd.concat([side.rows["source"].astype(str) for side in (before, after)]))
    of = (codes[: len(before.rows)], codes[len(before.rows) :])
    stayed = [name for name, change in matched.change.items() if change in {"unchanged", "renamed"}]
    shared = (
        before.rows.index.get_indexer(pd.Index([matched.earlier[name] for name in stayed], dtype=object)),
        after.rows.index.get_indexer(pd.Index(stayed, dtype=object)),
    )
    old = np.zeros(len(after.rows), dtype=bool)
    old[shared[1]] = True
    tests = sum(all(counted.any() for counted in one.counted) for one in measures)
    tests += any(_parted(one, old) for one in measures if one.what == _TOLD_OF_ARRIVED)
    disputes = _disputes(before, after, matched)
    rows = Rows(of=(np.zeros_like(of[0]), np.zeros_like(of[1])), shared=shared, disputes=disputes, tests=tests)
    by_source: list[Rate] = []
    if len(sources) > 1:
        apart_rows = replace(rows, of=of)
        by_source = [r for m in measures for r in _by_source(m, apart_rows, [str(name) for name in sources])]
        size = np.bincount(of[1], minlength=len(sources))
        place = {str(sources[n]): k for k, n in enumerate(np.argsort(-size, kind="stable"))}
        by_source.sort(key=lambda rate: place[rate.source])
    return Rates(
        whole=tuple(rate for measure in measures for rate in _by_source(measure, rows, [""])),
        by_source=tuple(by_source),
        arrived=tuple(_arrived(measure, old, rows) for measure in measures),
        defects=_defects(before.manifest, after.manifest),
        tests=tests,
    )


def _disputes(before: Side, after: Side, matched: Matched) -> tuple["Places", "Places"]:
    """The dispute of each row of both runs: all that pairs of either run connect, a row that both have being one."""
    later = pd.Index([matched.later.get(name) for name in before.rows.index], dtype=object)
    at = after.rows.index.get_indexer(later)
    places = np.where(at < 0, len(after.rows) + np.arange(len(at)), at), np.arange(len(after.rows))
    ends: set[tuple[int, int]] = set()
    for side, place in zip((before, after), places, strict=True):
        found = [side.rows.index.get_indexer(pd.Index(side.pairs[end], dtype=object)) for end in ("left", "right")]
        known = (found[0] >= 0) & (found[1] >= 0)
        ends.update(zip(*(place[one[known]].tolist() for one in found), strict=True))
    dispute = joined(len(after.rows) + len(before.rows), ends)
    return dispute[places[0]], dispute[places[1]]


def _measures(sides: tuple[Side, Side], line: float | None) -> Iterator[Measure]:
    everyone = tuple(np.ones(len(side.rows), dtype=bool) for side in sides)
    if line is not None:
        suspicion = [side.rows["suspicion"].to_numpy(dtype=np.float64) for side in sides]
        yield Measure(
            what="suspicious",
            rubric="",
            counted=(~np.isnan(suspicion[0]), ~np.isnan(suspicion[1])),
            shows=(suspicion[0] >= line, suspicion[1] >= line),
            together=True,
        )
    disputed = [side.rows.index.isin(pd.concat([side.pairs["left"], side.pairs["right"]])) for side in sides]
    yield Measure(
        what="contradicting",
        rubric="",
        counted=(everyone[0], everyone[1]),
        shows=(disputed[0], disputed[1]),
        together=True,
    )
    if not all(side.judged for side in sides):
        return
    for rubric in sides[1].rubrics:
        if rubric in sides[0].rubrics:
            scores = [side.rows[f"{rubric}.score"].to_numpy(dtype=np.float64) for side in sides]
            low = [is_low(score, side.levels(rubric)) for score, side in zip(scores, sides, strict=True)]
            graded = (~np.isnan(scores[0]), ~np.isnan(scores[1]))
            yield Measure(what="low", rubric=rubric, counted=graded, shows=(low[0], low[1]))


def _by_source(measure: Measure, rows: Rows, sources: Sequence[str]) -> Iterator[Rate]:
    """One rate a source."""
    for source, (before, after, change, named) in zip(sources, held(measure, rows, len(sources)), strict=True):
        yield Rate(
            what=measure.what,
            rubric=measure.rubric,
            source=source,
            before=before,
            after=after,
            change=change,
            named=named and not source,
        )


def _parted(measure: Measure, old: "Flags") -> bool:
    """Whether rows both came and stayed, of those that are counted."""
    return bool((measure.counted[1] & old).any() and (measure.counted[1] & ~old).any())


def _arrived(measure: Measure, old: "Flags", rows: Rows) -> Arrived:
    counted, shows, nobody = measure.counted[1], measure.shows[1], np.zeros(0, dtype=np.intp)
    within = replace(measure, counted=(counted & old, counted & ~old), shows=(shows, shows))
    later = replace(
        rows,
        of=(rows.of[1], rows.of[1]),
        shared=(nobody, nobody),
        disputes=(rows.disputes[1], rows.disputes[1]),
    )
    ((stayed, came, change, named),) = held(within, later, 1)
    told = named and measure.what == _TOLD_OF_ARRIVED
    return Arrived(what=measure.what, rubric=measure.rubric, came=came, stayed=stayed, change=change, named=told)


def _defects(before: Mapping[str, Any], after: Mapping[str, Any]) -> Defects | None:
    told = [rate for one in (before, after) if (rate := (one.get("decisions") or {}).get("rate"))]
    if len(told) < len((before, after)):
        return None
    one, other = ({key: rate[key] for key in ("value", "low", "high", "of", "rows")} for rate in told)
    change = mover((one["value"], one["low"], one["high"]), (other["value"], other["low"], other["high"]))
    return Defects(before=one, after=other, change=change)
