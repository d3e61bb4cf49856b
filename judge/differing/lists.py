"""Which suspects of a later run are new, which are gone and which were kept. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from judge.differing.rows import Matched, match
from judge.differing.verdicts import MOVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """
    A group of rows that ask the same and answer in several camps, as a row of one camp sees it.

    Attributes:
        rows: digests of all rows in a camp.
        camp: digests of those in the row's own.
    """

    rows: frozenset[str]
    camp: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """
    A row as far as a list knows it.

    Attributes:
        digest: of its content.
        suspicion: in [0, 1]; None where the row is not in the list.
        scores: the judge's, by rubric, where it gave one.
        contradicts: digests of the rows that it contradicts, pair by pair.
        disputes: those in which it is in a camp; it contradicts all other camps, also without a pair.
    """

    digest: str
    suspicion: float | None
    within_budget: bool
    scores: Mapping[str, float] = field(default_factory=dict)
    contradicts: frozenset[str] = frozenset()
    disputes: tuple[Dispute, ...] = ()

    @property
    def against(self) -> frozenset[str]:
        """Digests of all rows of other content that it contradicts."""
        others = (dispute.rows - dispute.camp for dispute in self.disputes)
        return self.contradicts.union(*others) - {self.digest}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """
    The suspects (rows inside the review budget) of two runs. Ids are of the later run, but for `gone`.

    Attributes:
        line: least suspicion inside the earlier budget; None where nothing was inside it.
        new: as suspicious as the suspects of the earlier run, none of them, and with something against them that was
            not there; most suspicious first.
        risen: inside the later budget and not inside the earlier one, but less suspicious than the earlier line, or
            with nothing new against them but what the set around them makes of the same findings: the budget has
            grown, rows above them have left, weights are fitted anew.
        kept: inside both budgets.
        gone: inside the earlier budget alone; ids of the earlier run, most suspicious there first.
    """

    line: float | None
    new: tuple[str, ...]
    risen: tuple[str, ...]
    kept: tuple[str, ...]
    gone: tuple[str, ...]


def suspects(before: Mapping[str, Ranked], after: Mapping[str, Ranked], matched: Matched | None = None) -> Lists:
    """
    Hold two lists against each other.

    A row of the later run is a new suspect when it is inside the review budget, was not inside the earlier one (as the
    same row, found by its content first, then by its id), is at or above the earlier line, and is new, edited, examined
    for the first time, graded lower by half a level or more, or in contradiction with a row that it did not contradict.
    Rows that count with another source (`also_in`) are not to be in here.

    Args:
        before: by id, all rows of the earlier run, in its order.
        after: the same of the later run.
        matched: of the same rows, where it is known already.
    """
    if matched is None:
        matched = match(_digests(before), _digests(after))
    line = least(before)
    inside = [name for name, row in after.items() if row.within_budget]
    was = {name for name in inside if name in matched.earlier and before[matched.earlier[name]].within_budget}
    came = [name for name in inside if name not in was]
    high = {
        name
        for name in came
        if (line is None or (after[name].suspicion or 0.0) >= line)
        and (matched.change[name] in {"new", "edited"} or _worse(before[matched.earlier[name]], after[name]))
    }
    still = {matched.earlier[name] for name in was}
    gone = [name for name, row in before.items() if row.within_budget and name not in still]
    return Lists(
        line=line,
        new=_sorted((name for name in came if name in high), after),
        risen=_sorted((name for name in came if name not in high), after),
        kept=_sorted(was, after),
        gone=_sorted(gone, before),
    )


def least(rows: Mapping[str, Ranked]) -> float | None:
    """The line of suspicion: the least inside the review budget; None where nothing is inside it."""
    return min((row.suspicion or 0.0 for row in rows.values() if row.within_budget), default=None)


def _worse(was: Ranked, now: Ranked) -> bool:
    """Whether something speaks against a row whose content is as it was that did not before."""
    if was.suspicion is None or (now.scores and not was.scores) or not now.against <= was.against:
        return True
    return any(name in was.scores and score <= was.scores[name] - MOVED for name, score in now.scores.items())


def _digests(rows: Mapping[str, Ranked]) -> dict[str, str]:
    return {name: row.digest for name, row in rows.items()}


def _sorted(names: Iterable[str], rows: Mapping[str, Ranked]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: (-(rows[name].suspicion or 0.0), name)))
