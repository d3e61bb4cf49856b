"""One audit, told from the file that comes in to the manifest that is written last."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from judge import (
    anchors,
    choosing,
    gate,
    habits,
    likelihood,
    manifest,
    outbox,
    rank,
    reporting,
    reviewed,
    selftest,
    sources,
    table,
)
from judge.asking import Allowance, Tally
from judge.choosing import Chosen, choose
from judge.contradictions import Settled, settle
from judge.errors import DataError
from judge.gathering import Results, account, beside, evidence, results, watched
from judge.inbox import Run
from judge.judging import Judged, explain, judge
from judge.manifest import ALONE
from judge.measure import quality, separation
from judge.parts import Parts, Room
from judge.ports import NoJudge
from judge.records import Example, Finding
from judge.reliability import FINDINGS, FUSED, Habit, Reviewed, SelfTest
from judge.results import NOT_SAMPLED, Outcome, Quality, Result, Suspect
from judge.screening import contradicting, hints, without
from judge.text import counted
from judge.transcript import file
from judge.transcript.recording import RecordedStore, Recorder
from judge.transcript.tape import Tape
from judge.watch import Drift

_NOTED, _NAME = 3, 40  # pairs of sources that are told to have rows in common, and characters of a name


@dataclass(slots=True)
class _Clock:
    """Seconds of wall time per stage."""

    laps: dict[str, float] = field(default_factory=dict)
    _last: float = field(default_factory=time.perf_counter)

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.laps[stage] = round(now - self._last, 3)
        self._last = now


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """What the judge said, of whatever it was asked."""

    judged: Judged
    settled: Settled
    unlikely: Sequence[Finding]
    habits: tuple[Habit, ...]
    drift: Drift | None
    costs: Mapping[str, Tally]


def run(parts: Parts) -> Outcome:
    """
    Audit one set and write its folder, `parts.out`.

    Raises:
        JudgeError: the set, the judge or the store cannot be used; what was answered until then is stored.
    """
    parts = gate.demand(parts)
    parts.console.say(_first_line(parts))
    parts, tape = _recorded(parts)
    clock = _Clock()
    loaded = choosing.load(parts)
    outbox.begin(parts.out)
    outbox.write_rejects(parts.out, loaded.rejects)
    _check(parts, loaded)
    parts.store.begin(parts.out)
    clock.lap("load")

    examples = loaded.examples
    chosen = choose(parts, examples)
    parts = replace(parts, asker=replace(parts.asker, hints=hints(parts, chosen.screened)))
    clock.lap("findings")

    spending = choosing.allowance(parts)
    answers = _ask(parts, examples, chosen, spending, clock)
    judged, settled = answers.judged, answers.settled
    screened = without(chosen.screened, judged.stopped)
    sample, seen = choosing.seen(chosen.sample, judged)
    more = beside(parts, settled, answers.unlikely)
    weights, tested = selftest.run(parts, screened, judged.verdicts, more, sample)
    clock.lap("weights")
    known = evidence(parts, examples, [*screened.findings, *answers.unlikely], settled, judged)
    room = chosen.room
    del chosen, screened  # and with them what was counted over the set: lists and pages need the room
    with watched(parts, "ranking", len(examples)) as step:
        suspects = rank.rank(examples, known, parts.rubrics, weights, parts.review_budget, step)
    words, explained = explain(parts, suspects.inside, spending)
    suspects = replace(suspects, words=words)
    decided = _reviewed(parts, loaded, suspects, judged)
    clock.lap("rationales")

    statuses = _write(parts, results(suspects, known, judged, settled, sample, decided), settled, tested)
    file.write(parts.out, tape)
    clock.lap("write")

    outcome = Outcome(
        accounting=account(loaded, statuses),
        suspects=suspects,
        inside=len(suspects.inside),
        reasoned=suspects.reasoned,
        tested=tested,
        seen=seen,
        habits=answers.habits,
        reviewed=decided,
        quality=_quality(parts, suspects),
        objective=_objective(tested, suspects),
        drift=answers.drift,
    )
    costs = {**answers.costs, "rationales": explained}
    return _end(parts, loaded, outcome, settled, costs, weights=weights, room=room, seconds=clock.laps)


def _end(
    parts: Parts,
    loaded: sources.Loaded,
    outcome: Outcome,
    settled: Settled,
    costs: Mapping[str, Tally],
    *,
    weights: rank.Weights,
    room: Room | None,
    seconds: Mapping[str, float],
) -> Outcome:
    """Hold the rules of the gate against what came out, write report and manifest, and say it all."""
    outcome = gate.hold(parts, outcome, settled.blocking.reported, seconds)
    told = manifest.tell(
        parts,
        loaded=loaded,
        outcome=outcome,
        costs=costs,
        weights=weights,
        blocking=settled.blocking,
        room=room,
        seconds=seconds,
    )
    if parts.report:
        with parts.console.busy("report"):
            reporting.write(Run(folder=parts.out, manifest=told), loaded.examples, parts.asker.guide)
    outbox.write_manifest(parts.out, told)
    parts.store.end(parts.out)
    _show(parts, loaded, outcome, settled, costs)
    return replace(outcome, manifest=told)


def _recorded(parts: Parts) -> tuple[Parts, Tape]:
    """The same parts, with every question and reply written down."""
    tape = Tape(parts.out)
    backend = parts.backend if isinstance(parts.backend, NoJudge) else Recorder(parts.backend, tape)
    return replace(parts, backend=backend, store=RecordedStore(parts.store, tape)), tape


def _ask(
    parts: Parts, examples: Sequence[Example], chosen: Chosen, spending: Allowance | None, clock: _Clock
) -> _Answers:
    """Anchors, rows, pairs, and what shows the judge's habits, in that order and as far as the limits of the run go."""
    screened = chosen.screened
    drift, anchored = anchors.run(parts, spending)
    clock.lap("anchors")
    judged = judge(parts, chosen.asked, spending)
    beside = parts.likelihood or parts.probe_rows
    own = [example for example in examples if judged.status(example.id) != NOT_SAMPLED] if beside else []
    unlikely, likelihoods = likelihood.measure(parts, own, spending) if parts.likelihood else ([], Tally())
    clock.lap("judge")
    settled = settle(parts, screened.corpus, screened.looked, judged, spending)
    clock.lap("pairs")
    costs = {"scores": judged.tally, "pairs": settled.tally, "likelihoods": likelihoods}
    costs |= {"anchors": anchored} if drift else {}
    found: tuple[Habit, ...] = ()
    if parts.probe_rows:
        answered = without(screened, judged.stopped)
        found, costs["habits"] = habits.probe(parts, own, answered.planted, contradicting(answered), spending)
        clock.lap("habits")
    return _Answers(judged=judged, settled=settled, unlikely=unlikely, habits=found, drift=drift, costs=costs)


def _write(parts: Parts, found: Results, settled: Settled, tested: SelfTest) -> Mapping[str, int]:
    """All files but those that are written last; return how many examples have each status."""
    statuses: Counter[str] = Counter()

    with watched(parts, "writing", 2 * len(found)) as step:

        def rows(some: Iterable[Result], seen: Counter[str]) -> Iterator[Result]:
            for result in some:
                seen[result.status] += 1
                step(1)
                yield result

        outbox.write_suspects(parts.out, rows(found.listed(), Counter()))
        table.write(parts.out, rows(found, statuses), [r.name for r in parts.rubrics], list(parts.weights.signals))
    outbox.write_pairs(parts.out, settled.pairs)
    outbox.write_groups(parts.out, settled.groups)
    outbox.write_selftest(parts.out, tested)
    return statuses


def _show(parts: Parts, loaded: sources.Loaded, outcome: Outcome, settled: Settled, costs: Mapping[str, Tally]) -> None:
    console = parts.console
    console.suspects(outcome.suspects)
    if parts.findings:
        console.groups(settled.groups, settled.blocking)
    console.selftest(outcome.tested)
    console.habits(outcome.habits)
    console.result(outcome)
    if outcome.seen:
        console.say(outcome.seen.says)
    for line in reviewed.says(outcome.reviewed) if outcome.reviewed else ():
        console.say(line)
    _note(parts, loaded)
    gate.show(parts, outcome)
    page = f"; report: {parts.out / outbox.REPORT}" if parts.report else ""
    console.say(f"{_cost(costs, len(outcome.tested.copies) * len(parts.rubrics))}; files: {parts.out}{page}")


def _note(parts: Parts, loaded: sources.Loaded) -> None:
    if loaded.duplicates:
        parts.console.say(f"noted: {counted(loaded.duplicates, 'row')} a second time, with id and content")
    if loaded.renamed:
        parts.console.say(f"noted: {counted(loaded.renamed, 'row')} renamed, as another row had the id already")
    across = Counter(loaded.elsewhere)
    for (source, counts), rows in across.most_common(_NOTED):
        one, other = (" ".join(name.split())[:_NAME] for name in (source, counts))
        stand = "stands in {}, too, and counts once" if rows == 1 else "stand in {}, too, and count once"
        parts.console.say(f"noted: {counted(rows, 'row')} of {one} {stand.format(other)}")
    if len(across) > _NOTED:
        parts.console.say(f"noted: {loaded.across:,} rows in all stand in several sources, and count once")


def _first_line(parts: Parts) -> str:
    backend = parts.backend
    if isinstance(backend, NoJudge):
        return f"NO JUDGE: {parts.dataset.name} will be ranked by findings alone ({backend.why})"
    alone = "" if parts.findings else f"; {ALONE}"
    return f"judge: {parts.dataset.name} by {backend.name}, {backend.describe()['model']} ({backend.why}){alone}"


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
    choosing.check(parts, loaded)
    gate.check(parts, loaded)


def _reviewed(parts: Parts, loaded: sources.Loaded, suspects: Sequence[Suspect], judged: Judged) -> Reviewed | None:
    if not parts.decisions:
        return None
    digests = {example.id: example.digest for example in loaded.examples}
    decisions = reviewed.landed(parts.decisions, digests, loaded.digest)
    return reviewed.review(decisions, list(digests), suspects, judged.verdicts, [r.name for r in parts.rubrics])


def _objective(tested: SelfTest, suspects: rank.Ranked) -> float:
    """What a sweep maximises: how well planted copies are told from rows, or how clearly the list parts without any."""
    planted = tested.average_precision
    if planted:
        return planted.get(FUSED, planted[FINDINGS])
    return separation(suspects.scores())


def _quality(parts: Parts, suspects: rank.Ranked) -> Quality | None:
    if parts.truth is None:
        return None
    inside = {s.example.id for s in suspects.inside}
    return quality([s.example.id for s in suspects], inside, parts.truth)
