"""
Whether a judge grades the same rows as it did: readings of one fixed set of anchors, rubric by rubric. Pure.

Rows are what is counted, for what is said of several turns of one row is not independent. The mean change of a rubric
has a paired interval (Student's t), wide enough to hold for all rubrics and both earlier readings together
(Bonferroni); to its standard error is added what one more row of another kind could do, a whole level, so that a few
rows that agree are no certainty. A change of the mean can be nothing while single rows move up and down: the share that
moved has Wilson's interval, as wide.

Steps that are too small to be seen from one night to the next add up: so a reading is held against the newest earlier
one, which tells a jump, and against the oldest, which tells what has crept in.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import NormalDist

import numpy as np

from judge.reliability import Share
from judge.text import counted
from judge.watch import Change, Drift, Grade

NOT_ASKED = frozenset({"limit", "unanswered"})  # reasons that say nothing of the judge
INNOCENT = 0.05  # levels by which the mean may move, as engines round differently from batch to batch
INNOCENT_SHARE = 0.05  # of the rows that may move by half a level, likewise
_HALF = 0.5  # of a level: a grade that moved so far is another grade
_LEVEL = 1.0  # by which one row of another kind may move
_STEADY = 0.5  # levels that the whole interval must keep within before a judge is called steady
FEWEST = 5  # rows from which anything is said
_CHANCE = 0.05
_ANEW = "this is said until other anchors are named, or the runs before this one are moved away"

Places = Mapping[tuple[str, int], Grade]


def compare(
    before: Sequence[Grade],
    after: Sequence[Grade],
    levels: Mapping[str, int],
    *,
    since: str,
    changed: str,
    readings: int = 1,
) -> Drift:
    """
    Say whether the judge has drifted since one earlier reading.

    Args:
        before: what was said then.
        after: what is said now.
        levels: of each rubric of the run, by its name.
        since: the run that `before` is from.
        changed: what else is known to have changed about the judge; empty for nothing.
        readings: that `after` is held against in all; what is certain is certain of all together.
    """
    then, now = _by_rubric(before), _by_rubric(after)
    reach = _CHANCE / max(1, len(levels)) / readings
    found = {name: _change(then[name], now[name], many, reach) for name, many in levels.items()}
    changes = {name: change for name, change in found.items() if change}
    anchors = len({grade.digest for grade in after})
    guilty = {name: change for name, change in changes.items() if change.flagged}
    why = f" ({changed})" if changed else ""
    if guilty:
        moves = ", ".join(_move(name, change) for name, change in guilty.items())
        says = f"THE JUDGE HAS DRIFTED: {moves}{why}: changes of verdicts since {since} may be the judge's"
        return Drift(drifted=True, says=says, anchors=anchors, against=since, rubrics=changes)
    if _equal(before, after):
        same = f"all {len(after):,} answers on {counted(anchors, 'anchor')} are those of {since}, bit for bit"
        says = f"the judge is steady: {same}{why}"
        return Drift(drifted=False, says=says, anchors=anchors, equal=True, against=since, rubrics=changes)
    if len(changes) < len(levels) or not all(change.clear for change in changes.values()):
        few = min((change.rows if change else 0 for change in found.values()), default=0)
        seen = f"{counted(few, 'anchor')} {'was' if few == 1 else 'were'} graded in both runs on every rubric"
        says = f"whether the judge is steady cannot be told from so little since {since}: {seen}{why}"
        return Drift(drifted=None, says=says, anchors=anchors, against=since, rubrics=changes)
    name, most = max(changes.items(), key=lambda item: abs(item[1].mean))
    moved = f"{_signed(most.mean)} of {most.levels} ({_two(most.low)} - {_two(most.high)}, {name})"
    says = f"{counted(anchors, 'anchor')} by {counted(len(changes), 'rubric')}, largest mean change {moved}"
    says = f"the judge is steady since {since}: {says}{why}"
    return Drift(drifted=False, says=says, anchors=anchors, against=since, rubrics=changes)


def joined(newest: Drift, oldest: Drift) -> Drift:
    """
    What comparisons with the newest and with the oldest earlier reading say together: drift from either is drift.

    So drift from the oldest is told night after night, until somebody says that it is known.
    """
    told, drifted = newest, newest.drifted
    if oldest.drifted or (newest.drifted is False and oldest.drifted is None):
        told, drifted = oldest, oldest.drifted
    says = told.says
    if newest.drifted and oldest.drifted:
        says = f"{newest.says}, and so may those since {oldest.against}; {_ANEW}"
    elif oldest.drifted:
        says = f"{oldest.says}; {_ANEW}"
    elif drifted is False:
        says = f"{says}; and steady since {oldest.against}, the oldest"
    return replace(
        newest,
        drifted=drifted,
        says=says,
        equal=newest.equal and oldest.equal,
        origin=oldest.against,
        origin_rubrics=oldest.rubrics,
    )


def _by_rubric(grades: Sequence[Grade]) -> defaultdict[str, dict[tuple[str, int], Grade]]:
    found: defaultdict[str, dict[tuple[str, int], Grade]] = defaultdict(dict)
    for grade in grades:
        found[grade.rubric][grade.digest, grade.turn] = grade
    return found


def _change(then: Places, now: Places, levels: int, chance: float) -> Change | None:
    """None where too few rows were asked about in both readings."""
    moves: defaultdict[str, list[float]] = defaultdict(list)
    asked: dict[str, bool] = {}  # digest -> whether a turn of it moved
    for place in then.keys() & now.keys():
        old, new = then[place], now[place]
        if {old.reason, new.reason} & NOT_ASKED:
            continue
        graded = old.score is not None and new.score is not None
        step = (new.score or 0.0) - (old.score or 0.0) if graded else 0.0
        other = abs(step) >= _HALF if graded else (old.score is None) != (new.score is None)
        asked[place[0]] = asked.get(place[0], False) or other
        if graded:
            moves[place[0]].append(step)
    if len(asked) < FEWEST:
        return None
    moved = _share(sum(asked.values()), len(asked), chance)
    mean, low, high = _interval(np.array([np.mean(moves[row]) for row in sorted(moves)]), levels - 1.0, chance)
    return Change(
        rows=len(moves),
        levels=levels,
        mean=mean,
        low=low,
        high=high,
        moved=moved,
        flagged=low > INNOCENT or high < -INNOCENT or moved.low > INNOCENT_SHARE,
        clear=len(moves) >= FEWEST and low >= -_STEADY and high <= _STEADY,
    )


def _interval(
    moves: "np.ndarray[tuple[int], np.dtype[np.float64]]", most: float, chance: float
) -> tuple[float, float, float]:
    """Mean, low and high; of fewer than two rows nothing is known but that no grade moves by more than `most`."""
    from scipy.stats import t

    n = len(moves)
    if n < 2:  # noqa: PLR2004 - one row has no spread
        return 0.0, -most, most
    mean = float(moves.mean())
    error = math.sqrt(float(moves.var(ddof=1)) / n + (_LEVEL / n) ** 2)
    reach = float(t.ppf(1 - chance / 2, n - 1)) * error
    return round(mean, 6), round(mean - reach, 6), round(mean + reach, 6)


def _share(found: int, of: int, chance: float) -> Share:
    """Wilson's score interval, which misses with probability `chance`."""
    z = NormalDist().inv_cdf(1 - chance / 2)
    middle, half = found + z**2 / 2, z * math.sqrt(found * (of - found) / of + z**2 / 4)
    low, high = ((middle + way * half) / (of + z**2) for way in (-1, 1))
    return Share(found=found, of=of, low=round(max(0.0, low), 6), high=round(min(1.0, high), 6))


def _equal(before: Sequence[Grade], after: Sequence[Grade]) -> bool:
    """Whether every reply is there in both, could be read, and is the same."""
    then, now = ({(g.digest, g.turn, g.rubric): g.reply for g in grades} for grades in (before, after))
    return then == now and all(now.values())


def _move(name: str, change: Change) -> str:
    if change.low > INNOCENT or change.high < -INNOCENT:
        mean = f"{_signed(change.mean)} of {change.levels} ({_two(change.low)} - {_two(change.high)})"
        return f"{name} {mean} on {counted(change.rows, 'anchor')}"
    moved = change.moved
    return f"{name} moved by half a level or more on {moved.found:,} of {counted(moved.of, 'anchor')}"


def _signed(x: float) -> str:
    """No sign before nothing."""
    return f"{x:+.2f}" if round(x, 2) else "0.00"


def _two(x: float) -> str:
    return f"{round(x, 2) + 0.0:.2f}"
