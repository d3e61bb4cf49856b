"""
Which rows a judge is asked about: all of them, or where a limit of the run has no room for all, a sample.

Findings cover every row either way. Rows come in the order in which a run that is stopped midway leaves a random sample
behind, copies behind their sources.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from judge import contradictions, labels, sampling, sources
from judge.confirming import affordable
from judge.corpus import Corpus
from judge.errors import DataError
from judge.forecast import forecast
from judge.judging import Judged
from judge.parts import Parts, Room
from judge.planting import Planted
from judge.ports import NoJudge
from judge.records import Example
from judge.reliability import Seen
from judge.results import JUDGED
from judge.sampling import Sample
from judge.sampling.unseen import bound
from judge.screening import Screened, screen, without
from judge.spending import Allowance
from judge.text import counted
from judge.verdict import LOW

_MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """
    What a judge is asked about.

    Attributes:
        screened: what the set shows without a judge; its copies are those that the judge is asked about.
        asked: rows and copies, in the order of asking; empty without a judge.
        sample: how the rows were drawn; None where no limit was set.
        room: what it was drawn for.
    """

    screened: Screened
    asked: Sequence[Example]
    sample: Sample | None = None
    room: Room | None = None


def load(parts: Parts) -> sources.Loaded:
    """
    Read the set; where every row is judged by itself alone, none is held in memory, but waits in the run's folder.

    Raises:
        DataError: a file as a whole cannot be used.
    """
    spool = None if parts.findings or parts.limits.any else parts.out
    with parts.console.busy("loading"):
        return sources.load(parts.dataset, spool)


def choose(parts: Parts, examples: Sequence[Example]) -> Chosen:
    """Screen the set, and choose what is asked, by the limits of the run."""
    if isinstance(parts.backend, NoJudge):
        if parts.limits.any or parts.probe_rows:
            parts.console.say("noted: limits and probes are for a judge, and there is none")
        return Chosen(screened=screen(parts, examples), asked=())
    if not parts.findings and not parts.limits.any:
        return Chosen(screened=screen(parts, ()), asked=examples)
    if not parts.limits.any:
        screened = screen(parts, examples)
        return Chosen(screened=screened, asked=[*examples, *(copy.example for copy in screened.planted)])
    cost = forecast(parts, examples)
    budget = parts.pairs.budget * cost.judged
    first = cost.room(budget)
    strata = sampling.strata(Corpus(examples, parts.asker.guide))
    seed = parts.planting.seed
    few = None if first >= len(examples) else frozenset(sampling.draw(examples, strata, room=0, seed=seed).order)
    screened = screen(parts, examples if parts.findings else (), few)
    pairs = _pairs(parts, screened, int(budget))
    room = parts.room.final if parts.room else cost.room(min(budget, pairs))
    sample = sampling.draw(examples, strata, room=room, strong=_strong(parts, screened), seed=seed)
    left = {name for unit in sample.left for name in unit.rows}
    screened = without(screened, left)
    _say(parts, sample, room, len(examples))
    asked = _order(examples, sample, screened.planted)
    return Chosen(screened=screened, asked=asked, sample=sample, room=Room(first=first, final=room))


def _pairs(parts: Parts, screened: Screened, budget: int) -> int:
    """Tokens that the pairs which are worth asking about cost, both orders of each."""
    asked = screened.looked.worth
    shown = contradictions.shown(screened.corpus, asked)
    return 2 * affordable(parts, shown, budget, contradictions.levels(asked)).tokens


def allowance(parts: Parts) -> Allowance | None:
    """What the rounds of a run may spend together, from now on."""
    limits = parts.limits
    if limits.tokens is None and limits.minutes is None:
        return None
    if parts.room:
        return Allowance(tokens=0)  # of a run that is taken apart again: what it was kept from asking has no room
    spending = Allowance(tokens=limits.tokens)
    if limits.minutes is not None:
        spending.until = spending.clock() + _MINUTE * limits.minutes
    return spending


def check(parts: Parts, loaded: sources.Loaded) -> None:
    """
    Stop where what is known of the set, or was decided on it, is of another one.

    Raises:
        DataError: not one of the rows is in this set.
    """
    known = {*(parts.truth or ()), *(decision.example_id for decision in parts.decisions)}
    if not known:
        return
    ids = {example.id for example in loaded.examples}
    if said := labels.shared(parts.decisions, ids):
        parts.console.say(f"noted: {said}")
    for key, names, what in (
        ("truth", parts.truth or frozenset(), "defect"),
        ("labels", {decision.example_id for decision in parts.decisions}, "row"),
    ):
        unknown = names - ids
        if names and len(unknown) == len(names):
            raise DataError(
                f"dataset.{key} names {counted(len(names), what)}, and none of these rows is in {parts.dataset.where};"
                " for a file of your own: +dataset=local dataset.path=FILE"
            )
        if unknown and key == "truth":
            parts.console.say(f"noted: {counted(len(unknown), 'known defect')} of dataset.truth is not in the data")


def seen(sample: Sample | None, judged: Judged) -> tuple[Sample | None, Seen | None]:
    """What was really judged, and what that says of the rest; nothing where every row was to be judged, and was."""
    if sample is None or not (sample.left or judged.stopped):
        return sample, None
    realised = sampling.realised(sample, judged.stopped)
    low = {name: any(v.severity >= LOW for v in said) for name, said in judged.verdicts.items()}
    graded = {name: bad for name, bad in low.items() if bad or judged.status(name) == JUDGED}
    return realised, bound(realised, graded)


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
    """The sample's order, each copy behind the row that it was made from: it says nothing without that."""
    by_id = {example.id: example for example in examples}
    copies: defaultdict[str, list[Example]] = defaultdict(list)
    for copy in planted:
        copies[copy.source].append(copy.example)
    return [one for name in sample.order for one in (by_id[name], *copies[name])]


def _say(parts: Parts, sample: Sample, room: int, rows: int) -> None:
    drawn, least = len(sample.order), sampling.least(rows)
    if room < least:
        stop = "" if parts.limits.tokens is None and parts.limits.minutes is None else "; the limit will stop it midway"
        said = f"noted: the limits have room for {room:,} rows; a sample is never less than {least:,}{stop}"
        parts.console.say(said)
    if drawn == rows:
        return
    if drawn > max(room, least):
        parts.console.say("noted: rows of equal content are judged together, for the cost of one")
    certain = sum(stratum.drawn for stratum in sample.strata if stratum.name == sampling.CERTAIN)
    beside = f", {certain:,} of them for their findings and the others at random" if certain else " at random"
    rest = "are ranked by their findings alone" if parts.findings else "are not looked at"
    parts.console.say(f"sample: {drawn:,} of {counted(rows, 'row')} are judged{beside}; the rest {rest}")
