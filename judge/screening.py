"""
Everything that is known without a judge: findings, pairs, and the planted copies by which all evidence is weighed.

Copies are read beside the set and are no part of it: nobody's neighbour, in no figure, in no list. Each has a control,
its source unchanged but read as blindly as the copy, so that what a row loses by being read without its twins is not
taken for the mark of a defect.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace

from judge import contradictions, digest, planting
from judge.contradictions import Looked
from judge.corpus import Answer, Corpus, Guest
from judge.parts import Parts
from judge.planting import Planted
from judge.ports import NoJudge
from judge.records import Example, Finding

_HINT, _HINTS = 0.1, 3  # nats from which a finding is worth a hint, and how many a row gets
_ASKED = 40  # characters that the questions about one turn come to
CONTROL = "control:"


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


def screen(parts: Parts, examples: Sequence[Example], among: Container[str] | None = None) -> Screened:
    """
    Look at every row, and at planted copies beside them, with every signal that is switched on.

    `among` are ids of the rows that copies may be made from; all may where there is none.
    """
    corpus, planted = gather(parts, examples, among)
    findings = find(parts, corpus)
    looked = contradictions.look(parts, corpus, _contradicting(corpus, planted))
    return sort(corpus, planted, findings, looked)


def gather(
    parts: Parts, examples: Sequence[Example], among: Container[str] | None = None
) -> tuple[Corpus, Sequence[Planted]]:
    """The set with its guests: planted copies, and their controls."""
    by_id = {example.id: example for example in examples}
    planted = [
        copy
        for copy in _plant(parts, examples, among)
        if copy.example.id not in by_id and CONTROL + copy.example.id not in by_id
    ]
    guests = [Guest(example=copy.example, hidden=copy.hidden) for copy in planted]
    guests += [Guest(example=_control(copy, by_id), hidden=copy.hidden or (copy.source,)) for copy in planted]
    # by content, so that another order of the same rows, where ties and draws fall by place, shows the same
    ordered = sorted(examples, key=lambda example: example.digest)
    return Corpus(ordered, parts.asker.guide, guests), planted


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


def contradicting(screened: Screened) -> list[tuple[Answer, Answer]]:
    """Rows that may contradict each other, and copies that do contradict their source."""
    corpus = screened.corpus
    places = {(answer.example.id, answer.turn): answer for answer in corpus.answers}
    planted = [
        (places[copy.source, copy.turn], places[copy.example.id, copy.turn])
        for copy in screened.planted
        if not copy.hidden
    ]
    return [*contradictions.shown(corpus, screened.looked.worth), *planted]


def without(screened: Screened, names: Container[str]) -> Screened:
    """The same without the copies that are among `names`, or whose source is."""
    planted = enumerate(screened.planted)
    kept = [at for at, copy in planted if copy.example.id not in names and copy.source not in names]
    return replace(
        screened,
        planted=[screened.planted[at] for at in kept],
        clusters=[screened.clusters[at] for at in kept],
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


def _plant(parts: Parts, examples: Sequence[Example], among: Container[str] | None) -> Sequence[Planted]:
    """As many copies as are wanted, and as a judge may be asked about."""
    wanted = parts.planting.per_kind
    if not wanted:
        return ()
    bar = parts.console.bar("planting", 1, "set")
    bar.step(0)
    corpus = Corpus(examples, parts.asker.guide)
    planted = planting.plant(corpus, per_kind=wanted, seed=parts.planting.seed, among=among)
    bar.close()
    if isinstance(parts.backend, NoJudge):
        return planted
    judged = [example for example in examples if among is None or example.id in among]
    return _affordable(planted, parts.planting.share * sum(map(_size, judged)))


def _affordable(planted: Sequence[Planted], room: float) -> Sequence[Planted]:
    """The first of every kind, then the second of every kind, and so on, until what a judge is shown fills the room."""
    nth: Counter[str] = Counter()
    turns = []
    for at, copy in enumerate(planted):
        turns.append((nth[copy.kind], digest.of([copy.kind, copy.example.digest]), at))
        nth[copy.kind] += 1
    kept = []
    for *_, at in sorted(turns):
        room -= _size(planted[at].example)
        if room < 0:
            break
        kept.append(at)
    return [planted[at] for at in sorted(kept)]


def _size(example: Example) -> int:
    """Characters that a judge is shown, once for all rubrics, and some for each question."""
    return sum(len(turn.content) for turn in example.turns) + len(example.context or "") + _ASKED * len(example.judged)


def _control(copy: Planted, by_id: Mapping[str, Example]) -> Example:
    """The source as it is, under a name of its own, looked at in the copy's turn alone."""
    return replace(by_id[copy.source], id=CONTROL + copy.example.id, judged=(copy.turn,))


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
