"""What people's decisions say of a list: how good its top is, who agrees, the set's defect rate, and probabilities."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from judge import labels, rates
from judge.rates import agreement
from judge.rates.agreement import Outcome
from judge.rates.calibration import calibrate, probabilities
from judge.records import Verdict
from judge.reliability import Bin, Calibration, Decision, DefectRate, Kappa, Reviewed, Share, Word
from judge.results import Suspect
from judge.text import counted
from judge.verdict import LOW
from judge.views import orders

_DONE: Mapping[Word, str] = {"remove": "removed", "keep": "kept", "unsure": "unsure"}
LIST = "list"  # what the last kappa is about: inside the review budget or not


def landed(decisions: Sequence[Decision], digests: Mapping[str, str], data: str) -> tuple[Decision, ...]:
    """
    The same on every row of a set that has the content that was decided, as `review` takes them; see `labels.landed`.

    A sample that was made larger holds the smaller. The largest that is decided to its end counts, or, where none is,
    the largest that was begun, all of the set only where nothing smaller was.

    Args:
        decisions: in the order in which they were made.
        digests: of the set's rows, by id, in its order.
        data: digest of the set.
    """
    chances = {one.probability for one in decisions if one.probability and one.population == data}
    if len(chances) > 1:
        decisions = _of_one_draw(decisions, list(digests.values()), data, sorted(chances, reverse=True))
    return labels.landed(decisions, digests, data, copies=True)


def _of_one_draw(
    decisions: Sequence[Decision], contents: Sequence[str], data: str, chances: Sequence[float]
) -> list[Decision]:
    """Decisions of several samples, each of which holds the next, as those of the one that counts."""
    queues = [orders.at_random(contents, data, round(chance * len(contents))) for chance in chances]
    draws = [Counter(contents[n] for n in queue.rows) for queue in queues]
    ours = {one.digest for one in decisions if one.probability and one.population == data}
    whole = [n for n, drawn in enumerate(draws) if drawn.keys() <= ours]
    begun = [n for n, queue in enumerate(queues) if queue.probability != 1]
    chosen = (whole or begun or [0])[0]
    found = []
    for one in decisions:
        if one.probability and one.population == data and one.digest in draws[0]:
            many = draws[chosen][one.digest]
            chance = queues[chosen].probability if many else None  # of a larger draw, which is not at its end
            found.append(replace(one, probability=chance, drawn=many or 1))
        else:
            found.append(one)
    return found


def review(
    decisions: Sequence[Decision],
    ids: Sequence[str],
    suspects: Sequence[Suspect],
    verdicts: Mapping[str, Sequence[Verdict]],
    rubrics: Sequence[str],
) -> Reviewed:
    """
    Hold a ranked list against people's decisions.

    Every decision counts for the precision of the top and for agreement. A rate and a probability rest on those alone
    that a random sample brought up, with a given probability below 1; or on all of them, where every row has one.

    Args:
        decisions: in the order in which they were made.
        ids: of all rows of the set; those that are not ranked count as of suspicion 0.
        suspects: the ranked rows.
        verdicts: by row.
        rubrics: names of the run's.
    """
    everyone = set(ids)
    known = [decision for decision in decisions if decision.example_id in everyone]
    decided = agreement.outcomes(known, rubrics)
    brought = _drawn(decided, ids)
    sample, sampled, draws = _sample(known, len(ids))
    drawn = {name: weight for name, weight in brought.items() if decided[name].word != "unsure"}
    removed = {name: outcome.word == "remove" for name, outcome in decided.items() if outcome.word != "unsure"}
    top = {suspect.example.id for suspect in suspects if suspect.within_budget}
    found = [removed[name] for name in top if name in removed]
    suspicion = {suspect.example.id: suspect.suspicion for suspect in suspects}
    calibration = _calibration(removed, drawn, suspicion)
    said = probabilities(calibration, list(suspicion.values())) if calibration else []
    return Reviewed(
        decisions=_made(known),
        people=len({decision.by for decision in known}),
        unknown=len(decisions) - len(known),
        foreign=_made(decision for decision in known if decision.rubric not in {None, *rubrics}),
        rows=len(decided),
        unsure=len(decided) - len(removed),
        drawn=len(drawn),
        doubtful=len(brought) - len(drawn),
        budget=len(top),
        precision=rates.exact(sum(found), len(found)),
        kappas=_kappas(decided, drawn, top, verdicts, rubrics),
        rate=_rate(removed, drawn, suspicion, ids),
        calibration=calibration,
        probability=dict(zip(suspicion, said, strict=True)) if said else {},
        sample=sample,
        heard=dict(Counter(decided[name].word for name in sampled)),
        draws=draws,
    )


def _made(decisions: Iterable[Decision]) -> int:
    """How many there are; one that stands on every row of its content was made once."""
    made = list(decisions)
    copied = {(one.digest, one.by, one.at, one.word, one.rubric) for one in made if one.digest}
    return len(copied) + sum(not one.digest for one in made)


def _sample(known: Sequence[Decision], rows: int) -> tuple[int, Collection[str], int]:
    """How many rows the sample has, which of them were decided, and how many probabilities these have."""
    chances = {one.probability for one in known if one.probability}
    ours = {one.example_id: one.probability for one in known if one.probability and one.population}
    if len(set(ours.values())) != 1:  # of someone else's nobody knows the size
        return 0, (), len(chances)
    return round(next(iter(ours.values())) * rows), ours, len(chances)


def withheld(reviewed: Reviewed) -> Reviewed:
    """
    The same without a rate and probabilities as long as rows of the sample are still to be decided.

    Whoever sees the rate while he decides, and stops when he likes it, bends it.
    """
    everyone = reviewed.rate is not None and reviewed.rate.rows == reviewed.rows
    if everyone or not left(reviewed):
        return reviewed
    return replace(reviewed, rate=None, calibration=None, probability={})


def left(reviewed: Reviewed) -> int:
    """Rows of the sample that nobody decided yet, as far as its size is known."""
    return max(0, reviewed.sample - sum(reviewed.heard.values()))


def _drawn(decided: Mapping[str, Outcome], ids: Sequence[str]) -> dict[str, float]:
    """
    Weight, one over its probability, of each row that chance brought up and that was decided, in the set's order.

    Where every row has a decision nothing was left to chance, and all count the same.
    """
    census = len(decided) == len(ids)
    weights = {}
    for name in ids:
        outcome = decided.get(name)
        if outcome is not None and (census or outcome.probability is not None):
            weights[name] = 1.0 if census or outcome.probability is None else 1 / outcome.probability
    return weights


def _kappas(
    decided: Mapping[str, Outcome],
    drawn: Collection[str],
    top: Collection[str],
    verdicts: Mapping[str, Sequence[Verdict]],
    rubrics: Sequence[str],
) -> tuple[Kappa, ...]:
    """Per rubric, the judge's worst turn against people; and the review budget against remove or keep."""
    kappas = []
    for rubric in rubrics:
        pairs = {}
        for name, outcome in decided.items():
            severities = [v.severity for v in verdicts.get(name, ()) if v.rubric == rubric]
            if severities and rubric in outcome.bad:
                pairs[name] = (max(severities) >= LOW, outcome.bad[rubric])
        kappas.append(agreement.kappa(rubric, list(pairs.values()), sum(name in drawn for name in pairs)))
    listed = [(name in top, outcome.word == "remove") for name, outcome in decided.items() if outcome.word != "unsure"]
    return (*kappas, agreement.kappa(LIST, listed, len(drawn)))


def _rate(
    removed: Mapping[str, bool], drawn: Mapping[str, float], suspicion: Mapping[str, float], ids: Sequence[str]
) -> DefectRate | None:
    if not drawn:
        return None
    bad = [removed[name] for name in drawn]
    said = [suspicion.get(name, 0.0) for name in drawn]
    return rates.defect_rate(bad, list(drawn.values()), said, [suspicion.get(name, 0.0) for name in ids])


def _calibration(
    removed: Mapping[str, bool], drawn: Mapping[str, float], suspicion: Mapping[str, float]
) -> Calibration | None:
    """Rows that are not ranked have no suspicion to calibrate."""
    ranked = [name for name in drawn if name in suspicion]
    bad, weights = [removed[name] for name in ranked], [drawn[name] for name in ranked]
    return calibrate(ranked, [suspicion[name] for name in ranked], bad, weights)


def says(reviewed: Reviewed) -> list[str]:
    """What a person wants to know, a sentence a line."""
    return [*_said_of_decisions(reviewed), *_said_of_rate(reviewed)]


def _said_of_decisions(r: Reviewed) -> list[str]:
    beside = [
        f"{r.unsure:,} unsure" if r.unsure else "",
        f"{counted(r.unknown, 'decision')} on rows that are not in this set" if r.unknown else "",
        f"{counted(r.foreign, 'decision')} on rubrics that this run does not have" if r.foreign else "",
    ]
    who = "1 person" if r.people == 1 else f"{r.people:,} people"
    drawn = "all of the set" if r.rate and r.rows == r.rate.rows else f"{r.drawn:,} of them drawn at random and decided"
    first = f"reviewed: {counted(r.rows, 'row')} by {who}, {drawn}"
    lines = ["; ".join([first, *filter(None, beside)])]
    if r.precision.of:
        lines.append(
            f"of {counted(r.budget, 'row')} inside the review budget {r.precision.of:,} were decided, and people remove"
            f" {r.precision.found:,} of them: {_percent(r.precision)}"
        )
    said = ", ".join(
        f"{k.about} {k.value:.2f} ({k.low:.2f} - {k.high:.2f}) on {k.of:,}" for k in r.kappas if k.value is not None
    )
    return [*lines, f"agreement with people beyond chance (Cohen's kappa): {said}"] if said else lines


def _said_of_rate(r: Reviewed) -> list[str]:
    decided = f"{sum(r.heard.values()):,} of {counted(r.sample, 'drawn row')}"
    if r.rate is None and left(r):
        heard = ", ".join(f"{r.heard[word]:,} {said}" for word, said in _DONE.items() if r.heard.get(word))
        last = "the rate comes with the last of them, as stopping when it looks right would bend it"
        return [f"{decided} are decided ({heard}): {last}"]
    if r.rate is None:
        return ["no defect rate: no row of a random sample was decided by remove or keep"]
    of = f"{counted(r.rate.rows, 'row')}, by {counted(r.rate.of, 'random decision')}"
    of += f", {counted(r.doubtful, 'unsure one')} left out" if r.doubtful else ""
    of += f", by {decided}: those left out may be others" if left(r) and r.rate.rows != r.rows else ""
    of += f", drawn with {r.draws:,} different probabilities" if r.draws > 1 and r.rate.rows != r.rows else ""
    rate = f"defect rate {_percent(r.rate, 1)} of {of}: {r.rate.method}"
    c = r.calibration
    if c:
        scores = f"Brier score {c.brier:.3f} (always the mean rate: {c.brier_of_mean:.3f})"
        error = f"expected calibration error {c.expected_error:.3f}"
        worth = "" if c.brier < c.brier_of_mean else ", no better than always saying the mean rate"
        return [rate, f"suspicion is a probability here, by {c.of:,} random decisions: {scores}, {error}{worth}"]
    if r.drawn >= rates.ENOUGH:
        return [rate, "suspicion stays a score: the random decisions are all alike, or too few are on ranked rows"]
    return [rate, f"suspicion stays a score: {rates.ENOUGH} random decisions would make it a probability"]


def _percent(share: Share | DefectRate, digits: int = 0) -> str:
    return f"{share.value:.{digits}%} ({share.low:.{digits}%} - {share.high:.{digits}%})"


def told(reviewed: Reviewed) -> dict[str, object]:
    """As the manifest holds it; the rows' own probabilities stand in the list."""
    values = asdict(reviewed)
    del values["probability"]
    return values


def read(told: Mapping[str, Any]) -> Reviewed:
    """What a manifest holds, as a value again; without the rows' probabilities."""
    rate, calibration = told.get("rate"), told.get("calibration")
    if calibration:
        bins = [Bin(said=one["said"], removed=Share(**one["removed"])) for one in calibration["bins"]]
        calibration = Calibration(**{**calibration, "bins": bins})
    values = {
        **told,
        "precision": Share(**told["precision"]),
        "kappas": [Kappa(**one) for one in told["kappas"]],
        "rate": DefectRate(**rate) if rate else None,
        "calibration": calibration or None,
    }
    return Reviewed(**values)
