"""
How good the audit is on this data: which planted copies it catches, and what its reasons are worth, learned from them.

A copy counts as caught when it lies within the review budget, its own source does not, and a reason that speaks to
what was planted is among its reasons. That is told for the judge alone, for the findings alone and for both together,
always by weights that have seen neither the copy nor its like.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from judge import plain
from judge.measure import planted_precision
from judge.parts import Parts
from judge.planting import Planted
from judge.ports import NoJudge
from judge.rank import Weights, budget_rows
from judge.rank.curves import Curve
from judge.rank.fitting import FOLDS, Flags, Outcome, Trial, fit, measure
from judge.rates import wilson
from judge.records import Example, Finding, Verdict
from judge.reliability import FINDINGS, FUSED, JUDGE, Fate, SelfTest, Share
from judge.sampling import Sample
from judge.screening import CONTROL, Screened
from judge.text import counted

_ROWS = 200  # rows below which weights stay fixed,
_COPIES = 60  # or copies
_ORIGINALS = 10_000  # rows that copies are held against, at even steps

Severities = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What is known of rows, of copies and of their controls, by example id."""

    findings: Mapping[str, Sequence[Finding]]
    verdicts: Mapping[str, Sequence[Verdict]]
    nats: Mapping[str, float]  # of contradictions, and of what no copy was measured by
    certain: AbstractSet[str]  # rows that are judged because of their findings

    def whole(self, names: Iterable[str], rubrics: AbstractSet[str]) -> Flags:
        """Which of them have a grade on every rubric, and were not judged because of what they show."""

        def graded(name: str) -> bool:
            return rubrics <= {v.rubric for v in self.verdicts.get(name, ())} and name not in self.certain

        return np.array([not rubrics or graded(name) for name in names], dtype=bool)

    def lift(self, names: Iterable[str]) -> Severities:
        """Nats that other evidence adds."""
        return np.array([self.nats.get(name, 0.0) for name in names])


def run(
    parts: Parts,
    screened: Screened,
    verdicts: Mapping[str, Sequence[Verdict]],
    beside: Mapping[str, float],
    sample: Sample | None = None,
) -> tuple[Weights, SelfTest]:
    """
    Tell what is caught of the copies, and fit what every kind of reason says, where there are enough of them.

    Args:
        parts: of the run.
        screened: what signals say of rows, copies and controls.
        verdicts: what the judge says of rows and copies, by example id; a control's are its source's.
        beside: nats of evidence that no copy has: of contradictions, and of how likely an answer is; by example id.
        sample: how the rows were drawn that the judge was to read; None where it was to read all.
    """
    examples = screened.corpus.examples
    if not screened.planted:
        why = parts.planting.off or f"no copy of {counted(len(examples), 'row')} was planted and judged"
        return replace(parts.weights, why=f"fixed weights: {why}"), SelfTest(why=why)
    trials = _trials(parts, examples, screened, _seen(screened, verdicts, beside, sample))
    main = FUSED if FUSED in trials else FINDINGS
    bar = parts.console.bar("self-test", FOLDS * len(trials), "fold")
    outcomes = {}
    for name, trial in trials.items():
        budget = budget_rows(len(trial.originals), parts.review_budget)
        enough = len(examples) >= _ROWS and int(trial.whole_copies.sum()) >= _COPIES
        outcomes[name] = fit(trial, budget, bar.step, by_kind=name == main) if enough else measure(trial, budget)
    bar.close()
    weights = _weights(parts, len(examples), trials[main], outcomes[main])
    sampled = sample is not None and bool(sample.left)
    return weights, _told(parts, weights.why, screened.planted, trials, outcomes, sampled=sampled)


def _weights(parts: Parts, rows: int, trial: Trial, outcome: Outcome) -> Weights:
    """What every kind of reason says, and why it does."""
    many = int(trial.whole_copies.sum())
    if not outcome.unseen:
        least = f"{_ROWS} rows and {_COPIES} copies that were read are needed for a fit"
        return replace(parts.weights, why=f"fixed weights: {counted(rows, 'row')}, {many} copies; {least}")
    return replace(
        parts.weights,
        signals={name: outcome.curves[f"signal {name}"] for name in parts.weights.signals},
        rubrics={name: outcome.curves.get(f"rubric {name}", curve) for name, curve in parts.weights.rubrics.items()},
        why=f"weights fitted on {many} planted copies against {counted(rows, 'row')}",
    )


def _seen(
    screened: Screened,
    verdicts: Mapping[str, Sequence[Verdict]],
    beside: Mapping[str, float],
    sample: Sample | None,
) -> _Seen:
    shown: defaultdict[str, list[Finding]] = defaultdict(list, {name: list(f) for name, f in screened.beside.items()})
    for finding in screened.findings:
        shown[finding.example_id].append(finding)
    read = dict(verdicts)
    for copy in screened.planted:
        read[CONTROL + copy.example.id] = [v for v in verdicts.get(copy.source, ()) if v.turn == copy.turn]
    return _Seen(findings=shown, verdicts=read, nats=beside, certain=sample.certain if sample else frozenset())


def _trials(parts: Parts, examples: Sequence[Example], screened: Screened, seen: _Seen) -> dict[str, Trial]:
    """For each reader, what it sees of originals, sources, controls and copies: one column a reason."""
    weights = parts.weights
    signals = {("signal", name): curve for name, curve in weights.signals.items()}
    rubrics = {("rubric", name): curve for name, curve in weights.rubrics.items()}
    rows = [example.id for example in examples[:: max(1, -(-len(examples) // _ORIGINALS))]]
    asked = [name for name in rows if name in seen.verdicts and name not in seen.certain]
    readers = {FINDINGS: (signals, rows)}
    if not isinstance(parts.backend, NoJudge):
        readers = {JUDGE: (rubrics, asked), FINDINGS: (signals, rows), FUSED: ({**signals, **rubrics}, rows)}
    return {
        reader: _trial(
            parts,
            screened,
            replace(seen, nats={}) if reader == JUDGE else seen,  # contradictions are not the judge's alone
            columns=columns,
            rows=listed,
            needed=set() if reader == FINDINGS else set(weights.rubrics),
        )
        for reader, (columns, listed) in readers.items()
    }


def _trial(
    parts: Parts,
    screened: Screened,
    seen: _Seen,
    *,
    columns: Mapping[tuple[str, str], Curve],
    rows: Sequence[str],
    needed: AbstractSet[str],
) -> Trial:
    planted = screened.planted
    copies, sources = [copy.example.id for copy in planted], [copy.source for copy in planted]
    controls = [CONTROL + name for name in copies]

    def table(names: Iterable[str]) -> Severities:
        found = [_worst(seen.findings.get(name, ()), seen.verdicts.get(name, ())) for name in names]
        return np.array([[row.get(column, 0.0) for column in columns] for row in found]).reshape(
            len(found), len(columns)
        )

    own = [_speaking(copy, seen, set(parts.weights.rubrics)) for copy in planted]
    return Trial(
        names=[f"{kind} {name}" for kind, name in columns],
        fixed=list(columns.values()),
        originals=table(rows),
        controls=table(controls),
        copies=table(copies),
        sources=table(sources),
        matching=np.array([[column in speaking for column in columns] for speaking in own]),
        lift=seen.lift(rows),
        source_lift=seen.lift(sources),
        whole=seen.whole(rows, needed),
        whole_copies=seen.whole(copies, needed) & seen.whole(controls, needed),
        kinds=[copy.kind for copy in planted],
        clusters=screened.clusters,
        pinned=parts.pinned,
        guessed=frozenset(f"rubric {name}" for name in parts.weights.rubrics),
    )


def _worst(findings: Sequence[Finding], verdicts: Sequence[Verdict]) -> dict[tuple[str, str], float]:
    """The worst severity by signal and by rubric."""
    worst: dict[tuple[str, str], float] = {}
    seen = [(("signal", f.signal), f.severity) for f in findings]
    for name, severity in [*seen, *((("rubric", v.rubric), v.severity) for v in verdicts)]:
        worst[name] = max(worst.get(name, 0.0), severity)
    return worst


def _speaking(copy: Planted, seen: _Seen, rubrics: AbstractSet[str]) -> set[tuple[str, str]]:
    """Reasons that speak to what was planted: its rubric, or all where the run has none of that name; its findings."""
    asked = {copy.rubric} & rubrics or rubrics
    found = seen.findings.get(copy.example.id, ())
    speaks = {("signal", f.signal) for f in found if f.rubric == copy.rubric or f.signal in copy.also}
    return speaks | {("rubric", name) for name in asked}


def _told(
    parts: Parts,
    why: str,
    planted: Sequence[Planted],
    trials: Mapping[str, Trial],
    outcomes: Mapping[str, Outcome],
    *,
    sampled: bool,
) -> SelfTest:
    """Shares by kind and reader, and the sentence."""
    main = FUSED if FUSED in outcomes else FINDINGS
    read = trials[main].whole_copies
    kinds: defaultdict[str, list[int]] = defaultdict(list)
    first = {copy.source: at for at, copy in reversed(list(enumerate(planted)))}
    for at, copy in enumerate(planted):
        kinds[copy.kind].append(at)

    def share(flags: Sequence[bool], which: Iterable[int]) -> Share:
        chosen = [flags[at] for at in which]
        return wilson(sum(chosen), len(chosen))

    everyone, unseen = range(len(planted)), outcomes[main].unseen
    shares = {
        kind: {reader: share(o.caught, which) for reader, o in outcomes.items()}
        for kind, which in sorted(kinds.items())
    }
    test = SelfTest(
        why=why,
        copies=[
            Fate(
                kind=copy.kind,
                rubric=copy.rubric,
                source=copy.source,
                turn=copy.turn,
                digest=copy.example.digest,
                because=copy.because,
                read=bool(read[at]),
                above={reader: o.above[at] for reader, o in outcomes.items()},
                caught={reader: o.caught[at] for reader, o in outcomes.items()},
            )
            for at, copy in enumerate(planted)
        ],
        rows=len(trials[main].originals),
        kinds=shares,
        pooled={reader: share(o.caught, everyone) for reader, o in outcomes.items()},
        unseen={kind: share(unseen, which) for kind, which in sorted(kinds.items())} if unseen else {},
        false_alarms={reader: share(o.alarmed, first.values()) for reader, o in outcomes.items()},
        average_precision={
            reader: planted_precision(o.above, len(trials[reader].originals)) for reader, o in outcomes.items()
        },
    )
    return replace(test, says=plain.sentence(test, parts.review_budget, sampled=sampled))
