"""All that is known of each row, put together: for the ranking, and for every output."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from judge import rank, sources
from judge.contradictions import Settled
from judge.judging import Judged
from judge.parts import Parts
from judge.ports import NoJudge
from judge.records import Example, Finding
from judge.reliability import Reviewed
from judge.results import JUDGED, NOT_SAMPLED, Accounting, Pair, Result, Suspect
from judge.sampling import Sample


def beside(parts: Parts, settled: Settled, unlikely: Sequence[Finding]) -> dict[str, float]:
    """Nats of what no planted copy is measured by, by row: contradictions, and how likely its answers are."""
    nats: defaultdict[tuple[str, str], float] = defaultdict(float)
    for name, standings in settled.standings.items():
        nats[name, ""] = max((parts.weights.pair.nats(one.severity) for one in standings), default=0.0)
    for finding in unlikely:
        cell = (finding.example_id, finding.signal)
        nats[cell] = max(nats[cell], parts.weights.signals[finding.signal].nats(finding.severity))
    total: defaultdict[str, float] = defaultdict(float)
    for (name, _), one in nats.items():
        total[name] += one
    return dict(total)


def evidence(
    parts: Parts, examples: Sequence[Example], findings: Sequence[Finding], settled: Settled, judged: Judged
) -> dict[str, rank.Evidence]:
    """Gather by example. A row that the judge could not score, and that shows nothing else, is left out."""
    found: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        found[finding.example_id].append(finding)
    standings = settled.standings
    everyone = isinstance(parts.backend, NoJudge)
    return {
        e.id: rank.Evidence(
            verdicts=judged.verdicts.get(e.id, ()), findings=found.get(e.id, ()), standings=standings.get(e.id, ())
        )
        for e in examples
        if everyone
        or judged.status(e.id) == NOT_SAMPLED
        or e.id in judged.verdicts
        or e.id in found
        or e.id in standings
    }


def results(
    examples: Sequence[Example],
    known: Mapping[str, rank.Evidence],
    suspects: Sequence[Suspect],
    judged: Judged,
    settled: Settled,
) -> list[Result]:
    """All that is known, one value per example, in input order."""
    nothing = rank.Evidence()
    by_id = {suspect.example.id: suspect for suspect in suspects}
    partners: defaultdict[str, list[Pair]] = defaultdict(list)
    for pair in settled.pairs:
        partners[pair.left].append(pair)
        partners[pair.right].append(pair)
    return [
        Result(
            example=e,
            status=judged.status(e.id),
            verdicts=tuple(known.get(e.id, nothing).verdicts),
            unscored=tuple(judged.unscored.get(e.id, ())),
            findings=tuple(known.get(e.id, nothing).findings),
            pairs=tuple(partners.get(e.id, ())),
            suspect=by_id.get(e.id),
        )
        for e in examples
    ]


def weighed(results: Sequence[Result], sample: Sample | None, decided: Reviewed | None) -> list[Result]:
    """The same with what the draw and people's decisions say of each row."""
    inclusion = sample.probabilities if sample else {}
    probability = decided.probability if decided else {}
    return [
        replace(one, inclusion=inclusion.get(one.example.id, 1.0), probability=probability.get(one.example.id))
        for one in results
    ]


def account(loaded: sources.Loaded, results: Sequence[Result]) -> Accounting:
    """Where every row went."""
    statuses = Counter(result.status for result in results)
    judged, left = statuses.pop(JUDGED, 0), statuses.pop(NOT_SAMPLED, 0)
    rejected = len(loaded.rejects)
    return Accounting(rows=loaded.rows, judged=judged, unscored=statuses, not_sampled=left, rejected=rejected)
