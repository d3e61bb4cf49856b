"""
Which rows a judge is asked about: all of them, or where a limit of the run has no room for all, a sample.

Findings cover every row either way. Rows come in the order in which a run that is stopped midway leaves a random sample
behind, copies evenly among them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from judge import history, judging, sampling
from judge.corpus import Corpus
from judge.history import Speed
from judge.judging import Judged
from judge.parts import Parts
from judge.planting import Planted
from judge.ports import NoJudge
from judge.records import Example
from judge.reliability import Seen
from judge.sampling import Sample
from judge.sampling.unseen import bound
from judge.screening import Screened, screen, without
from judge.spending import Allowance
from judge.text import counted

_BAD = 0.5  # severity from which a row is graded low
_MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """
    What a judge is asked about.

    Attributes:
        screened: what the set shows without a judge; its copies are those that the judge is asked about.
        asked: rows and copies, in the order of asking; empty without a judge.
        sample: how the rows were drawn; None where no limit was set.
    """

    screened: Screened
    asked: Sequence[Example]
    sample: Sample | None = None


def choose(parts: Parts, examples: Sequence[Example]) -> Chosen:
    """Screen the set, and choose what is asked, by the limits of the run."""
    if isinstance(parts.backend, NoJudge):
        return Chosen(screened=screen(parts, examples), asked=())
    if not parts.limits.any:
        screened = screen(parts, examples)
        return Chosen(screened=screened, asked=[*examples, *(copy.example for copy in screened.planted)])
    room = _room(parts, examples)
    strata = sampling.strata(Corpus(examples, parts.asker.guide))
    seed = parts.planting.seed
    few = sampling.draw(examples, strata, room=0, seed=seed)
    screened = screen(parts, examples, frozenset(few.order))
    strong = _strong(parts, screened)
    sample = sampling.draw(examples, strata, room=room, strong=strong, seed=seed)
    left = {name for unit in sample.left for name in unit.rows}
    screened = without(screened, left)
    _say(parts, sample, room, len(examples))
    return Chosen(screened=screened, asked=_order(examples, sample, screened.planted), sample=sample)


def allowance(parts: Parts) -> Allowance | None:
    """What the rounds of a run may spend together, from now on."""
    limits = parts.limits
    if limits.tokens is None and limits.minutes is None:
        return None
    spending = Allowance(tokens=limits.tokens)
    if limits.minutes is not None:
        spending.until = spending.clock() + _MINUTE * limits.minutes
    return spending


def speed(parts: Parts) -> Speed | None:
    """How fast this judge was in an earlier run, if there was one that tells."""
    backend = parts.backend
    return None if isinstance(backend, NoJudge) else history.speed(parts.out.parent.parent, backend.describe())


def seen(sample: Sample | None, judged: Judged) -> tuple[Sample | None, Seen | None]:
    """What was really judged, and what that says of the rest; nothing where every row was to be judged, and was."""
    if sample is None or not (sample.left or judged.stopped):
        return sample, None
    realised = sampling.realised(sample, judged.stopped)
    low = {name: max(v.severity for v in said) >= _BAD for name, said in judged.verdicts.items() if said}
    return realised, bound(realised, low)


def _room(parts: Parts, examples: Sequence[Example]) -> int:
    """How many rows the limits have room for."""
    limits = parts.limits
    room = len(examples) if limits.rows is None else limits.rows
    known = speed(parts)
    tokens = [limits.tokens] if limits.tokens is not None else []
    if limits.minutes is not None:
        if known:
            tokens.append(int(known.tokens * _MINUTE * limits.minutes))
        else:
            parts.console.say(
                "noted: no earlier run tells how fast this judge is; limit.minutes stops it when it is due"
            )
    if not tokens:
        return room
    expected = judging.survey(parts, examples).tokens * (1 + parts.planting.share + parts.pairs.budget)
    expected += len(examples) * parts.review_budget * parts.asker.max_tokens
    return min(room, int(len(examples) * min(1.0, min(tokens) / max(1.0, expected))))


def _strong(parts: Parts, screened: Screened) -> dict[str, float]:
    """How strongly findings speak against each row, by weights that nothing was fitted to yet."""
    nats: dict[tuple[str, str], float] = {}
    for finding in screened.findings:
        cell = (finding.example_id, finding.signal)
        nats[cell] = max(nats.get(cell, 0.0), parts.weights.signals[finding.signal].nats(finding.severity))
    strong: dict[str, float] = {}
    for (name, _), one in nats.items():
        strong[name] = strong.get(name, 0.0) + one
    return strong


def _order(examples: Sequence[Example], sample: Sample, planted: Sequence[Planted]) -> list[Example]:
    """The sample's order, with the copies at even steps among it."""
    by_id = {example.id: example for example in examples}
    rows = [(n / len(sample.order), by_id[name]) for n, name in enumerate(sample.order)]
    copies = [((n + 0.5) / len(planted), copy.example) for n, copy in enumerate(_mixed(planted))]
    return [example for _, example in sorted([*rows, *copies], key=lambda one: one[0])]


def _mixed(planted: Sequence[Planted]) -> list[Planted]:
    """One of each kind in turn, so that a run that stops early has seen some of all."""
    nth: dict[str, int] = {}
    turns = []
    for copy in planted:
        nth[copy.kind] = nth.get(copy.kind, 0) + 1
        turns.append((nth[copy.kind], copy.kind))
    return [planted[at] for at in sorted(range(len(planted)), key=lambda at: turns[at])]


def _say(parts: Parts, sample: Sample, room: int, rows: int) -> None:
    drawn, least = len(sample.order), sampling.least(rows)
    if room < least:
        parts.console.say(f"noted: the limits have room for {room:,} rows; a sample is never less than {least:,}")
    if drawn == rows:
        return
    certain = sum(stratum.drawn for stratum in sample.strata if stratum.name == sampling.CERTAIN)
    beside = f", {certain:,} of them for their findings and the others at random" if certain else " at random"
    parts.console.say(
        f"sample: {drawn:,} of {counted(rows, 'row')} are judged{beside}; the rest are ranked by their findings alone"
    )
