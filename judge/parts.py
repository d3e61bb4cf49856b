"""Everything an audit is made of: what `wiring` builds from the config, and all that the use cases know of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from judge import rank, sources
from judge.gating import Rules
from judge.inbox import Run
from judge.ports import Backend, Console, Embedder, NoJudge, Store
from judge.prompting import Asker
from judge.reliability import Decision
from judge.rubric import Rubric
from judge.signals import Signal

Protocol = Literal["score", "rationale", "cascade"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planting:
    """
    How many copies are planted, and which.

    Attributes:
        per_kind: at most so many of each kind of defect; 0 plants none.
        share: what a judge may spend on copies, as a share of what the rows cost.
        seed: another one plants other copies.
        off: the setting by which nothing is planted, for a person; empty where copies are wanted.
    """

    per_kind: int
    share: float
    seed: int
    off: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Up to where a run may go: rows to judge, tokens to compute, minutes of judging; None is no limit."""

    rows: int | None = None
    tokens: int | None = None
    minutes: float | None = None

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return (self.rows, self.tokens, self.minutes) != (None, None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """
    How many rows the limits of a run have room for, which the store and the clock have a say in.

    Attributes:
        first: by the forecast, before it is known what pairs cost.
        final: what the sample was drawn for.
    """

    first: int
    final: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """
    What the judge is asked about pairs, and how much of it.

    Attributes:
        rubric: of arity 2.
        budget: share of the tokens that the rubrics cost, from 0 (nothing is asked) upwards.
        threshold: probability in [0, 1] from which a pair is reported as a contradiction.
    """

    rubric: Rubric
    budget: float
    threshold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """
    What a run must keep to.

    Attributes:
        rules: those that are set.
        against: a run, or a folder of runs, that new suspects are counted against; None: the set's newest earlier run.
        named: the run that this stands for, once `gate.demand` has found it.
    """

    rules: Rules = field(default_factory=Rules)
    against: Path | None = None
    named: Run | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """
    Everything a run is made of, put together by `wiring`.

    Attributes:
        truth: ids known to be bad, for sets that come with their defects; never seen by anything that ranks.
        decisions: of people, on rows of the set; never seen by anything that ranks either.
        backend: what answers, or the decision that nobody does.
        embedder: what finds rows that ask the same.
        max_off_scale: largest share of probability off the labels at which a score still counts.
        max_rejects: largest share of unreadable rows at which the file is still taken for the right one.
        weights: what every kind of reason says until it is fitted.
        findings: whether rows are also looked at without the judge, one by one and beside each other; without it the
            judge's grades alone rank them, and no more than one row need be held at a time.
        pinned: reasons whose weight the user has set; they are not fitted.
        probe_rows: how many rows the judge's habits are probed on; 0: none.
        likelihood: whether the judge is also asked how likely each answer is.
        hints: whether the judge is shown a row's strongest findings, as evidence to check.
        out: the run's folder.
        history: the folder that runs are kept in.
        earlier: the folder that plain runs of this set lie in, whether this is one or a sweep's job.
        gate: what the run must keep to.
        anchors: rows that are judged anew each time; None where there are none.
        night: what sets this run's answers on anchors apart from those of any other run.
        inputs: digests of labels, truth and anchors as they were read, by what they are.
        record: the configuration as run, for the manifest.
        report: whether the run is also written as a page.
        room: where a run is taken apart again, what it had room for; None: to be found out.
    """

    dataset: sources.Spec
    truth: frozenset[str] | None
    decisions: tuple[Decision, ...]
    rubrics: tuple[Rubric, ...]
    rubric_set: str
    asker: Asker
    protocol: Protocol
    backend: Backend | NoJudge
    embedder: Embedder
    store: Store
    signals: tuple[Signal, ...]
    weights: rank.Weights
    findings: bool
    pinned: frozenset[str]
    planting: Planting
    limits: Limits
    pairs: Pairing
    probe_rows: int
    likelihood: bool
    hints: bool
    review_budget: float
    max_off_scale: float
    max_rejects: float
    console: Console
    out: Path
    history: Path
    earlier: Path
    gate: Gate
    anchors: sources.Loaded | None
    night: str
    inputs: Mapping[str, str]
    record: Mapping[str, object]
    report: bool
    room: Room | None = None
