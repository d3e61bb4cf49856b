"""
How far an audit can be believed: what its self-test, people's decisions and probes of the judge's habits came to.

Values: frozen, keyword-only, standard library only. Every share carries its interval.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

JUDGE, FINDINGS, FUSED = "judge", "findings", "fused"  # who is tested: each alone, and the list made of both


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """
    `found` of `of`, with the 95 % interval [low, high] of the share behind it; of nothing, it is [0, 1].
    """

    found: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share itself, 0 of nothing."""
        return self.found / self.of if self.of else 0.0

    def __str__(self) -> str:
        return f"{self.found:,} of {self.of:,} ({self.low:.2f} - {self.high:.2f})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """
    One planted copy and what became of it.

    Attributes:
        kind: what was planted.
        rubric: the criterion it offends.
        source: id of the row it was made from.
        turn: index of the corrupted turn.
        digest: of the copy's content; the same copy in another run has the same.
        because: what was changed, for a person.
        read: whether the judge graded it on every rubric; True where nobody judges.
        above: by reader, share in [0, 1] of the set's rows that stand above it or level with it.
        caught: by reader, whether it lies inside the review budget, its source does not, and a matching reason is among
            its reasons.
    """

    kind: str
    rubric: str
    source: str
    turn: int
    digest: str
    because: str
    read: bool
    above: Mapping[str, float]
    caught: Mapping[str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTest:
    """
    What share of known defects this audit catches on this data.

    Attributes:
        why: how it was made, or why there is none.
        says: the plain sentence; empty where there is no self-test.
        copies: one by one.
        kinds: kind -> reader -> share caught.
        pooled: reader -> share caught of all.
        unseen: share caught of all by a fit that has never seen their kind; None where weights are fixed.
        false_alarms: reader -> share of the copies' sources that lie inside the review budget as they are.
        average_precision: reader -> of the copies among the set's rows, ties counted against the copy.
    """

    why: str
    says: str = ""
    copies: Sequence[Tested] = ()
    kinds: Mapping[str, Mapping[str, Share]] = field(default_factory=dict)
    pooled: Mapping[str, Share] = field(default_factory=dict)
    unseen: Share | None = None
    false_alarms: Mapping[str, Share] = field(default_factory=dict)
    average_precision: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """
    One habit of the judge, as a probe measured it.

    Attributes:
        name: `flip`, `length`, `position`, `label_position`, `wording`, `halo` or `injection`.
        measure: what `value` is, in words, with its unit.
        value, low, high: the figure and its 95 % interval.
        of: how many comparisons it rests on.
        innocent: the value up to which a judge without the habit is believed, in the same unit.
        flagged: whether the whole interval lies beyond `innocent`.
        says: one plain sentence.
    """

    name: str
    measure: str
    value: float
    low: float
    high: float
    of: int
    innocent: float
    flagged: bool
    says: str
