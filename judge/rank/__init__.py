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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from judge.rank.curves import FAINT, Curve, Fixed, Weights, suspicion
from judge.records import Example, Finding, Rationale, Standing, Verdict
from judge.results import Reason, Suspect
from judge.rubric import Rubric

__all__ = ["Curve", "Evidence", "Fixed", "Weights", "budget_rows", "explain", "rank"]

_SILENT = Fixed(weight=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known of one example."""

    verdicts: Sequence[Verdict] = ()
    findings: Sequence[Finding] = ()
    standings: Sequence[Standing] = ()


def rank(
    examples: Sequence[Example],
    evidence: Mapping[str, Evidence],
    rubrics: Sequence[Rubric],
    weights: Weights,
    review_budget: float,
) -> tuple[Suspect, ...]:
    """
    Order the examples that `evidence` names, most suspicious first.

    Ties go by content, so that another order of the rows asks for no other words; rows without a reason keep the
    input's order.

    Args:
        examples: all loaded examples; the review budget is a share of these.
        evidence: by example id; an example that is absent was not examined and is not ranked.
        rubrics: those of the verdicts.
        weights: what every kind of reason says.
        review_budget: share of the rows a person will look at. Rows without any reason never fall inside; one that
            counts with another source takes no place, and is inside where that row is.
    """
    by_name = {rubric.name: rubric for rubric in rubrics}
    scored = []
    for position, example in enumerate(examples):
        if example.id in evidence:
            reasons = _reasons(evidence[example.id], by_name, weights)
            nats = round(math.fsum(nats for nats, _ in reasons), 6)
            scored.append((-nats, example.digest if reasons else "", position, example, _with_shares(reasons)))
    scored.sort(key=lambda row: row[:3])
    room = budget_rows(sum(not example.also_in for example in examples), review_budget)
    counted = [example for *_, example, _ in scored if not example.also_in][:room]
    names, contents = {example.id for example in counted}, {example.digest for example in counted}
    return tuple(
        Suspect(
            rank=rank,
            example=example,
            suspicion=round(suspicion(-negative), 6),
            reasons=reasons,
            within_budget=bool(reasons) and (example.digest in contents if example.also_in else example.id in names),
        )
        for rank, (negative, _, _, example, reasons) in enumerate(scored, start=1)
    )


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
