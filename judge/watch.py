"""
What a run that nobody watches has to tell: whether the rules of its gate hold, and whether its judge has drifted.

Values: frozen, keyword-only, standard library only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from judge.reliability import Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """
    One rule of the gate, held against a run.

    Attributes:
        rule: its key in the configuration, below `gate`; or `judge`, of one that scored nothing.
        limit: what it allows at most, or wants at least.
        value: what it is held against; None where that is not known.
        passed: whether it holds; None where there was nothing to check, which breaks no gate.
        says: one plain sentence.
    """

    rule: str
    limit: float
    value: float | None
    passed: bool | None
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """
    What a judge said of one turn of an anchor on one rubric.

    Attributes:
        digest: of the anchor's content.
        turn: index of the turn.
        score, severity, distribution: as in a verdict; None and empty where there is none.
        reason: why there is none, in a word to count by; empty where there is one.
        reply: digest of the very reply; empty where it could not be read.
    """

    example_id: str
    digest: str
    turn: int
    rubric: str
    score: float | None = None
    severity: float | None = None
    distribution: tuple[float, ...] = ()
    reason: str = ""
    reply: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """
    How the grades of one rubric moved between two readings of the same anchors.

    Attributes:
        rows: anchors that both readings graded.
        levels: how many the rubric has.
        mean, low, high: mean change in levels, and its interval; with 95 % all intervals of a run hold at once.
        moved: share of the anchors that moved by half a level or more, or have a grade in one reading alone; likewise.
        flagged: whether that is more than a judge that stayed the same would show.
        clear: whether it is certainly not.
    """

    rows: int
    levels: int
    mean: float
    low: float
    high: float
    moved: Share
    flagged: bool
    clear: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """
    Whether a judge still grades the anchors as it did.

    Attributes:
        drifted: None where there is nothing to compare with, or too little to tell.
        says: one plain sentence.
        anchors: how many there are, equal ones counted once.
        equal: whether every reply is the same, bit for bit.
        against: folder of the newest earlier run that this one was held against; empty where there is none.
        rubrics: how each has changed since, by name.
        origin: folder of the oldest run that it was held against, too; empty where that is the newest.
        origin_rubrics: how each has changed since that one.
        questions: digest of all that was asked; runs of which it is the same can be compared.
    """

    drifted: bool | None
    says: str
    anchors: int
    equal: bool = False
    against: str = ""
    rubrics: Mapping[str, Change] = field(default_factory=dict)
    origin: str = ""
    origin_rubrics: Mapping[str, Change] = field(default_factory=dict)
    questions: str = ""
