"""Which grades of rows that both runs have are not what they were, and what of it is known to be the cause. Pure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from judge.differing.rows import Matched
from judge.differing.sides import Changed, Side
from judge.verdict import LOW

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

MOVED = 0.5  # levels by which a score must move to be told
_EDGE = 1e-9  # what subtracting leaves of a half
_FOR_ALL = {  # what is part of every question, and so changes every verdict
    "guide": "guide edited",
    "prompts": "prompts edited",
    "layout": "another layout",
    "protocol": "another protocol",
}
# settings that change what is asked or how it is read
_SETTINGS = ("dataset.turns", "max_off_scale", "prefill", "limit.rows", "limit.tokens", "limit.minutes")
UNKNOWN = "nothing known changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """
    One grade that changed: of one row, on one rubric, of its worst turn.

    Attributes:
        example_id, earlier_id: in the later and in the earlier run.
        before, after: scores, counted in levels from 1; None where there was none.
        kind: `moved` by half a level or more; `crossed` the line to low by less; now `scored`, now `unscored`.
        low_before, low_after: whether the grade is low: a severity of `LOW` or more; None where there is none.
        causes: all that is known to have changed in what the judge was asked, the nearest first.
    """

    example_id: str
    earlier_id: str
    rubric: str
    before: float | None
    after: float | None
    kind: Literal["moved", "crossed", "scored", "unscored"]
    low_before: bool | None
    low_after: bool | None
    causes: tuple[str, ...]


def moved(before: Side, after: Side, matched: Matched, changes: Sequence[Changed]) -> tuple[Moved, ...]:
    """
    The grades that changed, the largest moves first, then those that are scored or unscored now.

    A score is told where it moved by `MOVED` levels or more, on whatever scale, or crossed the line to low. Nothing is
    told of a run without a judge, nor of a rubric that only one run has.

    Args:
        before: the earlier run.
        after: the later run.
        matched: their rows.
        changes: what else changed between them.
    """
    if not (before.judged and after.judged) or not matched.earlier:
        return ()
    names, olds = list(matched.earlier), list(matched.earlier.values())
    one, other = before.rows.loc[olds], after.rows.loc[names]
    status = [str(one) for one in other["status"]]
    found: list[tuple[float, Moved]] = []
    for rubric in [name for name in after.rubrics if name in before.rubrics]:
        was, now = (rows[f"{rubric}.score"].to_numpy(dtype=np.float64) for rows in (one, other))
        low = [is_low(was, before.levels(rubric)), is_low(now, after.levels(rubric))]
        by = np.abs(now - was)
        crossed = (low[0] != low[1]) & ~np.isnan(by)
        there = np.isnan(was) != np.isnan(now)
        known = _known(rubric, before, after, changes)
        places = np.flatnonzero((by >= MOVED - _EDGE) | crossed | there)
        columns = [values[places].tolist() for values in (was, now, *low)]
        for n, old, new, old_low, new_low in zip(places.tolist(), *columns, strict=True):
            unscored, unknown = math.isnan(new), math.isnan(old)
            one_moved = Moved(
                example_id=names[n],
                earlier_id=olds[n],
                rubric=rubric,
                before=None if unknown else old,
                after=None if unscored else new,
                kind=_kind(old, new),
                low_before=None if unknown else old_low,
                low_after=None if unscored else new_low,
                causes=_causes(status[n] if unscored else "", known, edited=matched.change[names[n]] == "edited"),
            )
            found.append((-1.0 if unscored or unknown else abs(new - old), one_moved))
    found.sort(key=lambda pair: -pair[0])
    return tuple(told for _, told in found)


def is_low(scores: "Floats", levels: int) -> "Flags":
    """Whether a score on so many levels is a severity of `LOW` or more; False where there is none."""
    severity = np.round((levels - scores) / (levels - 1), 6)
    return np.asarray(severity >= LOW, dtype=np.bool_)


def _kind(was: float, now: float) -> Literal["moved", "crossed", "scored", "unscored"]:
    if math.isnan(was):
        return "scored"
    if math.isnan(now):
        return "unscored"
    return "moved" if abs(now - was) >= MOVED - _EDGE else "crossed"


def _causes(status: str, known: tuple[str, ...], *, edited: bool) -> tuple[str, ...]:
    """`status` of a row that has no score now; `judged` where only this grade could not be read."""
    own = ["row edited"] if edited else []
    if status and status != "judged":
        own.append(status.replace("_", " "))
    return (*own, *known) or (UNKNOWN,)


def _known(rubric: str, before: Side, after: Side, changes: Sequence[Changed]) -> tuple[str, ...]:
    """What changed in the questions about a rubric, whatever the row, nearest first."""
    return tuple(dict.fromkeys(_of_rubric(rubric, before.config, after.config, changes)))


def _of_rubric(
    rubric: str, before: Mapping[str, object], after: Mapping[str, object], changes: Sequence[Changed]
) -> Iterator[str]:
    mine = [c for c in changes if c.what == "rubric" and c.name == rubric]
    others = [c.name for c in changes if c.what == "rubric" and c.name != rubric]
    whats = {c.what for c in changes}
    if "judge" in whats:
        yield "another judge"
    if mine:
        yield "rubric edited"
    if others and "shared" in {before.get("layout", "shared"), after.get("layout", "shared")}:
        yield f"another rubric of the shared prompt changed ({', '.join(others)})"
    yield from (says for what, says in _FOR_ALL.items() if what in whats)
    if before.get("hints") or after.get("hints"):
        yield "hints, which show the judge findings that depend on the whole set"
    yield from (f"another {c.name}" for c in changes if c.what == "setting" and c.name in _SETTINGS)
    if "engine" in whats and "judge" not in whats:
        yield "another version of the engine"
