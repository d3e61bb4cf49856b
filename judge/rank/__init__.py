"""
One suspicion per example, by a rule a person can check by hand.

    evidence  = sum over reasons of nats
    suspicion = by Bayes' rule from a base chance of 5 %, stretched so that no evidence is 0

What a reason says in nats is read off its curve (`curves`): by a fixed weight, the log-odds of `weight * severity` less
those of 5 %, with the cube of the severity for a verdict; or straight lines between four corners, as fitted on planted
defects (`fitting`). The more there is, the higher a row ranks, and no reason ever lowers it. A reason's share is its
part of the sum, so the shares of a row sum to one.
Several verdicts of one rubric (turns), several findings of one signal and several contradictions count once, by the
worst.

Suspicion orders a list. It is not a probability: nothing here was calibrated against people's decisions.
"""

import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from judge.lazy import Lazy, Made
from judge.rank.curves import FAINT, Curve, Fixed, Weights, suspicion
from judge.records import Example, Finding, Rationale, Standing, Verdict
from judge.results import Reason, Suspect
from judge.rubric import Rubric

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Curve", "Evidence", "Fixed", "Ranked", "Weights", "budget_rows", "explain", "rank"]

_SILENT = Fixed(weight=0.0)
_HEX = slice(7, 23)  # sixteen hexadecimal digits after `sha256:`, 64 bits, by which ties are broken


def _unseen(_: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known of one example."""

    verdicts: Sequence[Verdict] = ()
    findings: Sequence[Finding] = ()
    standings: Sequence[Standing] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranked(Lazy[Suspect]):
    """
    The list, most suspicious first. Its suspects are made when they are looked at; held are 25 bytes a row.

    Attributes:
        examples: all of the set.
        reasons: of an example, with the nats of each, strongest first.
        places: shape (suspects,), where among the examples each of them stands.
        nats: shape (suspects,), evidence, falling.
        flags: shape (suspects,), whether it lies inside the review budget.
        ranks: shape (examples,), the rank of each example; 0 where it has none.
        reasoned: how many show a reason.
        words: the judge's own, by example id.
    """

    examples: Sequence[Example]
    reasons: Callable[[str], Sequence[tuple[float, Reason]]]
    places: "NDArray[np.int64]"
    nats: "NDArray[np.float64]"
    flags: "NDArray[np.bool_]"
    ranks: "NDArray[np.int64]"
    reasoned: int
    words: Mapping[str, Rationale] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.places)

    def at(self, n: int) -> Suspect:
        """The suspect of rank n + 1."""
        return self._suspect(n, self.examples[int(self.places[n])])

    def of(self, place: int, example: Example) -> Suspect | None:
        """The suspect that the example of this place is; None where it is not ranked."""
        rank = int(self.ranks[place])
        return self._suspect(rank - 1, example) if rank else None

    @property
    def inside(self) -> Sequence[Suspect]:
        """Those inside the review budget."""
        found = self.flags.nonzero()[0]
        return Made(len(found), lambda n: self.at(int(found[n])))

    def scores(self) -> Iterator[tuple[float, bool]]:
        """Suspicion of each, and whether it lies inside the review budget."""
        return ((_suspicion(float(nats)), bool(inside)) for nats, inside in zip(self.nats, self.flags, strict=True))

    def _suspect(self, n: int, example: Example) -> Suspect:
        suspect = Suspect(
            rank=n + 1,
            example=example,
            suspicion=_suspicion(float(self.nats[n])),
            reasons=_with_shares(self.reasons(example.id)),
            within_budget=bool(self.flags[n]),
        )
        said = self.words.get(example.id)
        return explain(suspect, [said]) if said else suspect


def rank(  # noqa: PLR0917 - evidence, what it weighs, and who watches
    examples: Sequence[Example],
    evidence: Mapping[str, Evidence],
    rubrics: Sequence[Rubric],
    weights: Weights,
    review_budget: float,
    step: Callable[[int], None] = _unseen,
) -> Ranked:
    """
    Order the examples that `evidence` names, most suspicious first.

    Ties go by content, so that another order of the rows asks for no other words; rows without a reason keep the
    input's order.

    Args:
        examples: all loaded examples; the review budget is a share of these.
        evidence: by example id; an example that is absent was not examined and is not ranked. It is looked at again
            whenever a suspect is.
        rubrics: those of the verdicts.
        weights: what every kind of reason says.
        review_budget: share of the rows a person will look at. Rows without any reason never fall inside; one that
            counts with another source takes no place, and is inside where that row is.
        step: called with 1 for each row that is looked at.
    """
    import numpy as np

    by_name = {rubric.name: rubric for rubric in rubrics}
    places, nats, contents, reasoned, elsewhere = array("q"), array("d"), array("Q"), array("b"), array("b")
    counting = 0
    for place, example in enumerate(examples):
        step(1)
        counting += not example.also_in
        known = evidence.get(example.id)
        if known is not None:
            reasons = _reasons(known, by_name, weights)
            places.append(place)
            nats.append(round(math.fsum(nats for nats, _ in reasons), 6))
            contents.append(int(example.digest[_HEX] or "0", 16))
            reasoned.append(bool(reasons))
            elsewhere.append(bool(example.also_in))
    shown, content = np.array(reasoned, dtype=np.bool_), np.array(contents, dtype=np.uint64)
    order = np.lexsort((np.where(shown, content, 0), -np.array(nats)))
    shown, content, also = shown[order], content[order], np.array(elsewhere, dtype=np.bool_)[order]
    counted = ~also & (np.cumsum(~also) <= budget_rows(counting, review_budget))
    ranked = np.array(places, dtype=np.int64)[order]
    ranks = np.zeros(len(examples), dtype=np.int64)
    ranks[ranked] = np.arange(1, len(ranked) + 1)
    return Ranked(
        examples=examples,
        reasons=lambda name: _reasons(evidence[name], by_name, weights),
        places=ranked,
        nats=np.array(nats)[order],
        flags=shown & np.where(also, np.isin(content, content[counted]), counted),
        ranks=ranks,
        reasoned=int(shown.sum()),
    )


def _suspicion(nats: float) -> float:
    return round(suspicion(nats), 6)


def budget_rows(rows: int, review_budget: float) -> int:
    """How many rows the review budget is: rounded up, so that any budget above 0 shows at least one."""
    return math.ceil(round(rows * review_budget, 9))


def explain(suspect: Suspect, rationales: Iterable[Rationale]) -> Suspect:
    """Put the judge's words behind the reason they belong to; the rank stays."""
    said = {(r.rubric, r.turn): r for r in rationales}
    reasons = tuple(_explained(reason, said) for reason in suspect.reasons)
    return replace(suspect, reasons=reasons)


def _explained(reason: Reason, said: Mapping[tuple[str, int], Rationale]) -> Reason:
    rationale = said.get((reason.name, reason.turn)) if reason.kind == "rubric" and reason.turn is not None else None
    return replace(reason, rationale=rationale)


def _reasons(evidence: Evidence, rubrics: Mapping[str, Rubric], weights: Weights) -> list[tuple[float, Reason]]:
    """(evidence in nats, reason without its share) of one example, strongest first."""
    worst: dict[tuple[str, str], tuple[float, Reason]] = {}

    def add(reason: Reason, curve: Curve) -> None:
        nats = curve.nats(reason.severity)
        key = (reason.kind, "" if reason.kind == "pair" else reason.name)
        if nats >= FAINT and nats > worst.get(key, (0.0,))[0]:
            worst[key] = (nats, reason)

    for verdict in evidence.verdicts:
        add(_from_verdict(verdict, rubrics[verdict.rubric]), weights.rubrics.get(verdict.rubric, _SILENT))
    for finding in evidence.findings:
        add(_from_finding(finding), weights.signals.get(finding.signal, _SILENT))
    for standing in evidence.standings:
        add(_from_standing(standing), weights.pair)
    return sorted(worst.values(), key=lambda item: (-item[0], item[1].kind, item[1].name))


def _from_verdict(verdict: Verdict, rubric: Rubric) -> Reason:
    best = len(rubric.levels)
    return Reason(
        kind="rubric",
        name=verdict.rubric,
        severity=verdict.severity,
        share=0.0,
        because=f"{verdict.score:.1f} of {best}: {rubric.level_near(verdict.score).text}",
        turn=verdict.turn,
    )


def _from_finding(finding: Finding) -> Reason:
    return Reason(
        kind="signal",
        name=finding.signal,
        severity=finding.severity,
        share=0.0,
        because=finding.because,
        turn=finding.turn,
        partners=finding.partners,
    )


def _from_standing(standing: Standing) -> Reason:
    return Reason(
        kind="pair",
        name=standing.kind,
        severity=standing.severity,
        share=0.0,
        because=standing.because,
        turn=standing.turn,
        partners=standing.partners,
    )


def _with_shares(reasons: Sequence[tuple[float, Reason]]) -> tuple[Reason, ...]:
    total = math.fsum(nats for nats, _ in reasons)
    return tuple(replace(reason, share=round(nats / total, 6)) for nats, reason in reasons)
