"""
Everything that is known without a judge: findings, pairs, and the planted copies by which all evidence is weighed.

Copies are read beside the set and are no part of it: nobody's neighbour, in no figure, in no list. Each has a control,
its source unchanged but read as blindly as the copy, so that what a row loses by being read without its twins is not
taken for the mark of a defect.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from judge import contradictions, planting
from judge.contradictions import Looked
from judge.corpus import Corpus, Guest
from judge.parts import Parts
from judge.planting import Planted
from judge.ports import NoJudge
from judge.rank import Weights, budget_rows
from judge.rank.fitting import FOLDS, Caught, Trial, fit
from judge.records import Example, Finding, Verdict
from judge.text import counted

_ROWS = 200  # rows below which weights stay fixed,
_COPIES = 60  # or copies
_ORIGINALS = 10_000  # rows that copies are held against, at even steps
_SHARE = 0.2  # of the rows that copies may come to where a judge has to read them
_HINT, _HINTS = 0.1, 3  # nats from which a finding is worth a hint, and how many a row gets
_CONTROL = "control:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """
    What a set shows without a judge.

    Attributes:
        findings: of the set's rows.
        corpus: the set, with its guests.
        looked: rows that ask the same and answer differently.
        planted: copies of rows with a known defect.
        beside: findings of copies and of their controls, by example id.
        clusters: a number for each copy, equal where their sources are near-duplicates.
    """

    findings: Sequence[Finding]
    corpus: Corpus
    looked: Looked
    planted: Sequence[Planted] = ()
    beside: Mapping[str, Sequence[Finding]] = field(default_factory=dict)
    clusters: Sequence[int] = ()


def screen(parts: Parts, examples: Sequence[Example]) -> Screened:
    """Look at every row, and at planted copies beside them, with every signal that is switched on."""
    corpus, planted = gather(parts, examples)
    findings = find(parts, corpus)
    looked = contradictions.look(parts, corpus, _contradicting(corpus, planted))
    return sort(corpus, planted, findings, looked)


def gather(parts: Parts, examples: Sequence[Example]) -> tuple[Corpus, Sequence[Planted]]:
    """The set with its guests: planted copies, and their controls."""
    by_id = {example.id: example for example in examples}
    planted = [
        copy for copy in _plant(parts, examples) if not {copy.example.id, _CONTROL + copy.example.id} & set(by_id)
    ]
    guests = [Guest(example=copy.example, hidden=copy.hidden) for copy in planted]
    guests += [Guest(example=_control(copy, by_id), hidden=copy.hidden or (copy.source,)) for copy in planted]
    return Corpus(examples, parts.asker.guide, guests), planted


def sort(corpus: Corpus, planted: Sequence[Planted], findings: Sequence[Finding], looked: Looked) -> Screened:
    """What is the set's, and what is its guests'."""
    own = {example.id for example in corpus.examples}
    beside: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.example_id not in own:
            beside[finding.example_id].append(finding)
    return Screened(
        findings=[finding for finding in findings if finding.example_id in own],
        corpus=corpus,
        looked=looked,
        planted=planted,
        beside=beside,
        clusters=_clusters(corpus, len(planted)),
    )


def _clusters(corpus: Corpus, copies: int) -> Sequence[int]:
    """A number for each copy, equal where sources are alike or have a near-duplicate in common."""
    root: dict[int, int] = {}
    first = corpus.members + copies  # the controls come behind the copies; every one is a single answer

    def lead(of: int) -> int:
        while root.setdefault(of, of) != of:
            of = root[of]
        return of

    kin = [sorted(corpus.kin.barred_from(first + at)) for at in range(copies)]
    for twins in kin:
        for twin in twins:
            root[lead(twin)] = lead(twins[0])
    return [lead(twins[0]) for twins in kin]


def hints(parts: Parts, screened: Screened) -> Mapping[str, Sequence[str]]:
    """The strongest findings of each row and copy, in words, for the judge to check; none unless they are wanted."""
    if not parts.hints:
        return {}
    if isinstance(parts.backend, NoJudge):
        parts.console.say("noted: hints=true, but there is no judge to show them to")
        return {}
    strong: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
    for finding in [*screened.findings, *(f for findings in screened.beside.values() for f in findings)]:
        nats = parts.weights.signals[finding.signal].nats(finding.severity)
        if nats >= _HINT:
            strong[finding.example_id].append((-nats, f"{finding.signal}: {finding.because}"))
    return {name: [said for _, said in sorted(found)[:_HINTS]] for name, found in strong.items()}


def weigh(
    parts: Parts, examples: Sequence[Example], screened: Screened, verdicts: Mapping[str, Sequence[Verdict]]
) -> tuple[Weights, Mapping[str, Caught]]:
    """
    Fit what every kind of reason says on copies against originals, or say why the fixed weights stay.

    Args:
        parts: of the run.
        examples: the set.
        screened: what signals say of rows, copies and controls.
        verdicts: what the judge says of rows and copies, by example id; a control's are its source's.
    """
    planted = screened.planted
    trial = _trial(parts, examples, screened, verdicts) if planted else None
    if trial is None or len(trial.kinds) < _COPIES:
        why = f"fixed weights: {_too_few(parts, len(examples))}"
        parts.console.say(why)
        return replace(parts.weights, why=why), {}
    bar = parts.console.bar("weights", FOLDS, "fold")
    outcome = fit(trial, budget_rows(len(trial.originals), parts.review_budget), bar.step)
    bar.close()
    why = f"weights fitted on {len(trial.kinds)} planted copies against {counted(len(examples), 'row')}"
    caught, unseen = (sum(getattr(found, name) for found in outcome.caught.values()) for name in ("caught", "unseen"))
    parts.console.say(f"{why}: {caught} of them inside the budget, {unseen} where the fit had never seen their kind")
    fitted = Weights(
        signals={name: outcome.curves[f"signal {name}"] for name in parts.weights.signals},
        rubrics={name: outcome.curves[f"rubric {name}"] for name in parts.weights.rubrics},
        pair=parts.weights.pair,
        why=why,
    )
    return fitted, outcome.caught


def _too_few(parts: Parts, rows: int) -> str:
    """Why there is nothing to fit them on."""
    if not parts.planting.per_kind:
        return "planting.per_kind=0"
    kinds = len(planting.discover())
    each = math.ceil(_COPIES / kinds)
    least = _ROWS if isinstance(parts.backend, NoJudge) else math.ceil(each * kinds / _SHARE)
    if rows < least:
        return f"{counted(rows, 'row')}, and {least} are needed to plant copies for a fit"
    return f"fewer than {_COPIES} copies could be planted and read; planting.per_kind={parts.planting.per_kind}"


def _trial(
    parts: Parts, examples: Sequence[Example], screened: Screened, verdicts: Mapping[str, Sequence[Verdict]]
) -> Trial:
    """Severities of originals, controls and copies, one column a reason."""
    weights = parts.weights
    columns = {("signal", name): curve for name, curve in weights.signals.items()}
    columns |= {("rubric", name): curve for name, curve in weights.rubrics.items()}
    shown: defaultdict[str, list[Finding]] = defaultdict(list, {name: list(f) for name, f in screened.beside.items()})
    for finding in screened.findings:
        shown[finding.example_id].append(finding)
    read = dict(verdicts)
    for copy in screened.planted:
        read[_CONTROL + copy.example.id] = [v for v in verdicts.get(copy.source, ()) if v.turn == copy.turn]
    needed = set() if isinstance(parts.backend, NoJudge) else set(weights.rubrics)

    def judged(*names: str) -> bool:
        return all(needed <= {v.rubric for v in read.get(name, ())} for name in names)

    def table(names: Iterable[str]) -> NDArray[np.float64]:
        rows = [_worst(shown.get(name, ()), read.get(name, ())) for name in names]
        return np.array([[row.get(column, 0.0) for column in columns] for row in rows]).reshape(-1, len(columns))

    step = max(1, -(-len(examples) // _ORIGINALS))
    used = [at for at, c in enumerate(screened.planted) if judged(c.example.id, _CONTROL + c.example.id)]
    copies = [screened.planted[at] for at in used]
    return Trial(
        names=[f"{kind} {name}" for kind, name in columns],
        fixed=list(columns.values()),
        originals=table(example.id for example in examples[::step] if judged(example.id)),
        controls=table(_CONTROL + copy.example.id for copy in copies),
        copies=table(copy.example.id for copy in copies),
        kinds=[copy.kind for copy in copies],
        clusters=[screened.clusters[at] for at in used],
        pinned=parts.pinned,
        guessed=frozenset(f"rubric {name}" for name in weights.rubrics),
    )


def _plant(parts: Parts, examples: Sequence[Example]) -> Sequence[Planted]:
    wanted = parts.planting.per_kind
    if len(examples) < _ROWS or not wanted:
        return ()
    kinds = planting.discover()
    if not isinstance(parts.backend, NoJudge):
        wanted = min(wanted, int(_SHARE * len(examples)) // len(kinds))
    if wanted * len(kinds) < _COPIES:  # nothing would be made of them
        return ()
    bar = parts.console.bar("planting", 1, "set")
    bar.step(0, kinds=len(kinds))
    planted = planting.plant(Corpus(examples, parts.asker.guide), per_kind=wanted, seed=parts.planting.seed)
    bar.close()
    return planted if len(planted) >= _COPIES else ()


def _control(copy: Planted, by_id: Mapping[str, Example]) -> Example:
    """The source as it is, under a name of its own, looked at in the copy's turn alone."""
    return replace(by_id[copy.source], id=_CONTROL + copy.example.id, judged=(copy.turn,))


def find(parts: Parts, corpus: Corpus) -> list[Finding]:
    """All findings of the signals that are switched on."""
    found: list[Finding] = []
    bar = parts.console.bar("findings", len(parts.signals), "signal")
    for signal in parts.signals:
        bar.step(0, now=signal.name)
        found += [finding for finding in signal.find(corpus) if finding.severity > 0]
        bar.step(1, now=signal.name)
    bar.close()
    return found


def _contradicting(corpus: Corpus, planted: Sequence[Planted]) -> list[tuple[int, list[int]]]:
    """Where each planted contradiction stands among the answers, and where the answer that it contradicts."""
    places = {(answer.example.id, answer.turn): answer.at for answer in corpus.own}
    found = [
        (corpus.members + n, places.get((copy.source, copy.turn))) for n, copy in enumerate(planted) if not copy.hidden
    ]
    return [(guest, [source]) for guest, source in found if source is not None]


def _worst(findings: Sequence[Finding], verdicts: Sequence[Verdict]) -> dict[tuple[str, str], float]:
    """The worst severity by signal and by rubric."""
    worst: dict[tuple[str, str], float] = {}
    seen = [(("signal", f.signal), f.severity) for f in findings]
    for name, severity in [*seen, *((("rubric", v.rubric), v.severity) for v in verdicts)]:
        worst[name] = max(worst.get(name, 0.0), severity)
    return worst
