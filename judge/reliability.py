"""
How far an audit can be believed: what its self-test, people's decisions and probes of the judge's habits came to.

Values: frozen, keyword-only, standard library only. Every share carries its interval.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

JUDGE, FINDINGS, FUSED = "judge", "findings", "fused"  # who is tested: each alone, and the list made of both
Word = Literal["remove", "keep", "unsure"]


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
        return f"{self.found:,} of {self.of:,} ({self.low:.2f}-{self.high:.2f})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
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
        rows: of the set that they are held against.
        kinds: kind -> reader -> share caught.
        pooled: reader -> share caught of all.
        unseen: share of each kind that a fit catches which has never seen the kind; empty where weights are fixed.
        false_alarms: reader -> share of the copies' sources that lie inside the review budget as they are.
        average_precision: reader -> of the copies among the set's rows, ties counted against the copy.
    """

    why: str
    says: str = ""
    copies: Sequence[Fate] = ()
    rows: int = 0
    kinds: Mapping[str, Mapping[str, Share]] = field(default_factory=dict)
    pooled: Mapping[str, Share] = field(default_factory=dict)
    unseen: Mapping[str, Share] = field(default_factory=dict)
    false_alarms: Mapping[str, Share] = field(default_factory=dict)
    average_precision: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """
    One habit of the judge, as a probe measured it.

    Attributes:
        name: `flip`, `length`, `position`, `label_position`, `wording`, `halo`, `spill` or `injection`.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """
    A share of rows, estimated from a random part of them, with its 95 % interval [low, high]; unknown, it is [0, 1].

    Attributes:
        rows: that it speaks of, those that the judge cannot grade left out, as far as that is known.
        most: what it is with 95 % confidence at most; below `high`, which leaves half of the doubt on either side.
    """

    rows: int
    value: float
    low: float
    high: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """
    What a sample says of the rows that were graded low, and of those that nobody graded.

    Attributes:
        certain: rows that were judged whatever the draw.
        drawn: rows that were judged as the draw would have it; rates of unseen rows rest on these alone.
        left: rows that were not judged.
        whole: share of rows that are graded low, or would be, of the whole set.
        unseen: the same of the rows that were not judged.
        says: one plain sentence.
    """

    certain: int
    drawn: int
    left: int
    whole: Rate
    unseen: Rate
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """
    What one person said of one row. Whoever holds several keeps them in the order in which they were made.

    Attributes:
        word: `remove`, `keep` or `unsure`.
        rubric: the criterion it is about; None where it is about the row as a whole.
        by: who decided.
        at: when, as an ISO time; empty where unknown.
        probability: with which the row came up for review, in (0, 1]; None where it was picked for a reason.
        digest: of the content that was decided; empty where it is that of whatever row has the id.
        population: digest of the data that chance drew the row from; empty where that is unknown.
        note: what the person had to say of it.
        drawn: rows of this content that the draw brought up, at least 1; of no meaning without a probability.
    """

    example_id: str
    word: Word
    rubric: str | None = None
    by: str = "someone"
    at: str = ""
    probability: float | None = None
    digest: str = ""
    population: str = ""
    note: str = ""
    drawn: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DefectRate:
    """
    What share of a set people would remove, by their decisions on a random sample of it.

    Attributes:
        value, low, high: the share and its 95 % interval.
        of: decisions it rests on.
        effective: how many they are worth where rows came up with unequal probabilities, at most `of`.
        rows: in the set.
        method: how it was reached, in words.
    """

    value: float
    low: float
    high: float
    of: int
    effective: float
    rows: int
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kappa:
    """
    Cohen's kappa of the audit against people, in [-1, 1]: agreement beyond chance.

    Attributes:
        about: the rubric, or what else both spoke of.
        value: None where it is undefined, as all of both said one and the same, or nobody said anything.
        low, high: 95 % interval, [-1, 1] where there is no value.
        of: rows on which both spoke.
        drawn: those of them that a random sample brought up.
    """

    about: str
    value: float | None
    low: float
    high: float
    of: int
    drawn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Rows of similar probability: the mean of what was said, and the share that people removed (Wilson)."""

    said: float
    removed: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """
    How suspicion became a probability, and how far it can be believed. Every figure is of rows the fit had not seen.

    Attributes:
        knots: (suspicion, probability), both rising; straight lines between them.
        of: random decisions it was fitted on.
        bins: the reliability table, by rising suspicion.
        brier: mean squared error of the probability, in [0, 1].
        brier_of_mean: the same of always saying the mean rate.
        expected_error: expected calibration error over the bins, in [0, 1]; never quite 0 from a sample.
    """

    knots: Sequence[tuple[float, float]]
    of: int
    bins: Sequence[Bin]
    brier: float
    brier_of_mean: float
    expected_error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """
    What people's decisions say of a list.

    Attributes:
        decisions, people: decisions on rows of this set, and by how many persons.
        unknown: decisions on rows that are not in this set.
        foreign: decisions on rubrics that this run does not have.
        rows: rows of this set with a decision; `unsure` of them came to neither remove nor keep.
        drawn: rows decided by remove or keep that a random sample brought up; `doubtful` more of them came to unsure.
        budget: rows inside the review budget.
        precision: of those of them that were decided, share removed (exact interval).
        kappas: one per rubric, and last the list itself (inside the review budget or not).
        rate: of the whole set; None without random decisions.
        calibration: None below 200 random decisions, or where they are all alike.
        probability: by id of a ranked row, where there is a calibration.
        sample: rows of the random sample that the decisions are of; 0 where nobody knows how large it was.
        heard: how many of these were decided, by what people say of them.
        draws: how many different probabilities the rows drawn have.
    """

    decisions: int
    people: int
    unknown: int
    foreign: int
    rows: int
    unsure: int
    drawn: int
    budget: int
    precision: Share
    kappas: Sequence[Kappa]
    rate: DefectRate | None = None
    calibration: Calibration | None = None
    doubtful: int = 0
    probability: Mapping[str, float] = field(default_factory=dict)
    sample: int = 0
    heard: Mapping[Word, int] = field(default_factory=dict)
    draws: int = 0
