"""One audit, told from the file that comes in to the manifest that is written last."""

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from judge import likelihood, manifest, outbox, rank, selftest, sources
from judge.asking import Tally
from judge.contradictions import Settled, settle
from judge.errors import DataError
from judge.judging import Judged, explain, judge
from judge.measure import quality, separation
from judge.parts import Parts
from judge.ports import NoJudge
from judge.records import Example, Finding
from judge.results import JUDGED, Accounting, Pair, Quality, Result, Suspect
from judge.reliability import FINDINGS, FUSED, SelfTest
from judge.screening import hints, screen
from judge.text import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    What an audit came to.

    Attributes:
        tested: what became of planted copies.
        quality: against the known defects, where the set has a truth file.
        objective: what a sweep maximises: planted average precision, or without copies how clearly the list parts.
        manifest: as written.
    """

    accounting: Accounting
    suspects: tuple[Suspect, ...]
    tested: SelfTest
    quality: Quality | None
    objective: float
    manifest: dict[str, object]


@dataclass(slots=True)
class _Clock:
    """Seconds of wall time per stage."""

    laps: dict[str, float] = field(default_factory=dict)
    _last: float = field(default_factory=time.perf_counter)

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.laps[stage] = round(now - self._last, 3)
        self._last = now


def run(parts: Parts) -> Outcome:
    """
    Audit one set and write its folder, `parts.out`.

    Raises:
        JudgeError: the set, the judge or the store cannot be used; what was answered until then is stored.
    """
    parts.console.say(_first_line(parts))
    clock = _Clock()
    loaded = sources.load(parts.dataset)
    outbox.write_rejects(parts.out, loaded.rejects)
    _check(parts, loaded)
    clock.lap("load")

    screened = screen(parts, loaded.examples)
    clock.lap("findings")

    copies = [copy.example for copy in screened.planted]
    parts = replace(parts, asker=replace(parts.asker, hints=hints(parts, screened)))
    judged = judge(parts, [*loaded.examples, *copies])
    unlikely, likelihoods = _measure(parts, loaded.examples)
    clock.lap("judge")

    settled = settle(parts, screened.corpus, screened.looked, judged)
    clock.lap("pairs")

    weights, tested = selftest.run(parts, loaded.examples, screened, judged.verdicts, settled.standings)
    evidence = _evidence(parts, loaded.examples, [*screened.findings, *unlikely], settled, judged)
    suspects = rank.rank(loaded.examples, evidence, parts.rubrics, weights, parts.review_budget)
    suspects, explained = explain(parts, suspects)
    clock.lap("rationales")

    results = _results(loaded.examples, evidence, suspects, judged, settled)
    _write(parts, results, settled, tested)
    clock.lap("write")

    accounting = _account(loaded, results)
    measured = _quality(parts, suspects)
    objective = _objective(tested, suspects)
    costs = {"scores": judged.tally, "pairs": settled.tally, "likelihoods": likelihoods, "rationales": explained}
    told = manifest.tell(
        parts,
        loaded=loaded,
        accounting=accounting,
        costs=costs,
        weights=weights,
        blocking=settled.blocking,
        tested=tested,
        measured=measured,
        objective=objective,
        seconds=clock.laps,
    )
    outbox.write_manifest(parts.out, told)
    parts.console.suspects(suspects)
    parts.console.groups(settled.groups, settled.blocking)
    parts.console.selftest(tested)
    parts.console.result(accounting, suspects, measured)
    _note(parts, loaded)
    parts.console.say(f"{_cost(costs, len(copies) * len(parts.rubrics))}; files: {parts.out}")
    return Outcome(
        accounting=accounting,
        suspects=suspects,
        tested=tested,
        quality=measured,
        objective=objective,
        manifest=told,
    )


def _write(parts: Parts, results: Sequence[Result], settled: Settled, tested: SelfTest) -> None:
    outbox.write_suspects(parts.out, results)
    outbox.write_examples(parts.out, results, [r.name for r in parts.rubrics], list(parts.weights.signals))
    outbox.write_pairs(parts.out, settled.pairs)
    outbox.write_groups(parts.out, settled.groups)
    outbox.write_selftest(parts.out, tested)


def _note(parts: Parts, loaded: sources.Loaded) -> None:
    if loaded.duplicates:
        parts.console.say(f"noted: {counted(loaded.duplicates, 'row')} a second time, with id and content")
    if loaded.renamed:
        parts.console.say(f"noted: {counted(loaded.renamed, 'row')} renamed, as another row had the id already")


def _first_line(parts: Parts) -> str:
    backend = parts.backend
    if isinstance(backend, NoJudge):
        return f"NO JUDGE: {parts.dataset.name} will be ranked by findings alone ({backend.why})"
    return f"judge: {parts.dataset.name} by {backend.name}, {backend.describe()['model']} ({backend.why})"


def _cost(costs: Mapping[str, Tally], copies: int) -> str:
    if not costs["scores"].needed:
        return "no question was asked"
    asked, reused, tokens = (sum(getattr(r, name) for r in costs.values()) for name in ("asked", "reused", "computed"))
    unread = costs["rationales"].unread
    said = f", {counted(unread, 'rationale')} could not be read" if unread else ""
    beside = f"; {copies:,} of all questions were about planted copies" if copies else ""
    return f"{asked:,} questions asked ({tokens:,} tokens computed), {reused:,} answered before{said}{beside}"


def _check(parts: Parts, loaded: sources.Loaded) -> None:
    """Stop where this is not the file that was meant."""
    try:
        sources.check_rejects(loaded, parts.max_rejects)
    except DataError as error:
        error.add_note(f"all rejected rows: {parts.out / 'rejects.jsonl'}")
        raise
    unknown = (parts.truth or frozenset()) - {example.id for example in loaded.examples}
    if parts.truth and len(unknown) == len(parts.truth):
        raise DataError(
            f"dataset.truth names {counted(len(unknown), 'defect')}, and none of these rows is in {parts.dataset.path};"
            " for a file of your own: +dataset=local dataset.path=FILE"
        )
    if unknown:
        parts.console.say(f"noted: {counted(len(unknown), 'known defect')} of dataset.truth is not in the data")


def _measure(parts: Parts, examples: Sequence[Example]) -> tuple[list[Finding], Tally]:
    """How likely the judge's model finds each answer, where that was asked for."""
    return likelihood.measure(parts, examples) if parts.likelihood else ([], Tally())


def _evidence(
    parts: Parts, examples: Sequence[Example], findings: Sequence[Finding], settled: Settled, judged: Judged
) -> dict[str, rank.Evidence]:
    """Gather by example. A row that should have been judged, was not, and shows nothing else is left out."""
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
        if everyone or e.id in judged.verdicts or e.id in found or e.id in standings
    }


def _results(
    examples: Sequence[Example],
    evidence: dict[str, rank.Evidence],
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
            verdicts=tuple(evidence.get(e.id, nothing).verdicts),
            unscored=tuple(judged.unscored.get(e.id, ())),
            findings=tuple(evidence.get(e.id, nothing).findings),
            pairs=tuple(partners.get(e.id, ())),
            suspect=by_id.get(e.id),
        )
        for e in examples
    ]


def _account(loaded: sources.Loaded, results: Sequence[Result]) -> Accounting:
    statuses = Counter(result.status for result in results)
    judged = statuses.pop(JUDGED, 0)
    return Accounting(rows=loaded.rows, judged=judged, unscored=statuses, not_sampled=0, rejected=len(loaded.rejects))


def _objective(tested: SelfTest, suspects: Sequence[Suspect]) -> float:
    """What a sweep maximises: how well planted copies are told from rows, or how clearly the list parts without any."""
    planted = tested.average_precision
    if planted:
        return planted.get(FUSED, planted[FINDINGS])
    return separation([(s.suspicion, s.within_budget) for s in suspects])


def _quality(parts: Parts, suspects: Sequence[Suspect]) -> Quality | None:
    if parts.truth is None:
        return None
    inside = {s.example.id for s in suspects if s.within_budget}
    return quality([s.example.id for s in suspects], inside, parts.truth)
