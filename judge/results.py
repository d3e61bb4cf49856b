"""
What an audit comes to, example by example and as a whole. Frozen, keyword-only, standard library only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from judge.records import Example, Finding, Rationale, Unscored, Verdict
from judge.reliability import Habit, Reviewed, Seen, SelfTest
from judge.watch import Check, Drift

JUDGED = "judged"
NO_JUDGE = "no_judge"
NOT_SAMPLED = "not_sampled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """
    One cause of a suspicion.

    Attributes:
        kind: where it comes from: a rubric's verdict, a signal's finding, or another row.
        share: its part of the row's whole suspicion; the shares of a row sum to one.
        rationale: the judge's own words, for rows inside the review budget.
    """

    kind: Literal["rubric", "signal", "pair"]
    name: str
    severity: float
    share: float
    because: str
    turn: int | None = None
    partners: tuple[str, ...] = ()
    rationale: Rationale | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A ranked example. `suspicion` is a rank score in [0, 1], not a probability."""

    rank: int
    example: Example
    suspicion: float
    reasons: tuple[Reason, ...]
    within_budget: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """
    A contradiction: two turns that answer one question in ways that cannot both be learned.

    Attributes:
        left, right: ids of the two examples; `left` comes first in the input.
        left_turn, right_turn: indexes of the turns.
        kind: `fact`, `policy`, `recommendation`, `format` or `tone`.
        probability: in [0, 1], the judge's, or the score of the words where no judge was asked.
        left_span, right_span: the words that differ.
        by: who says so.
    """

    left: str
    left_turn: int
    right: str
    right_turn: int
    kind: str
    probability: float
    left_span: str
    right_span: str
    by: Literal["judge", "words"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Camp:
    """
    Those rows of a group that answer it the same way.

    Attributes:
        says: the words in which they differ from the others.
        members: ids, in the input's order.
        independent: how many of them are no copies of each other.
    """

    says: str
    members: tuple[str, ...]
    independent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """
    Rows that ask the same and do not all answer it the same way: what a person reviews, one matter at a time.

    Attributes:
        asks: the question of one of them.
        members: ids of all rows that ask it, in the input's order, and of rows that dispute its amounts from outside.
        camps: largest first; rows that say nothing on the matter are in none. Empty where only style differs.
        pairs: the contradictions inside.
        kind, probability, by: of the gravest pair, if there is one.
        lean: which camp is more likely wrong and why, in words.
        style: how many rows are written in which form, where both forms are common.
    """

    asks: str
    members: tuple[str, ...]
    camps: tuple[Camp, ...] = ()
    pairs: tuple[Pair, ...] = ()
    kind: str = ""
    probability: float = 0.0
    by: str = ""
    lean: str = ""
    style: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """
    All that an audit knows of one example, and what every report is made of.

    Attributes:
        status: `judged`, or why it is not: the word its unscored questions are counted by.
        suspect: its place in the list; None where nothing at all is known of it.
        inclusion: probability in (0, 1] with which it was to be judged; below 1 in a sample.
        probability: that people would remove it; None where suspicion was not calibrated against their decisions.
    """

    example: Example
    status: str
    verdicts: tuple[Verdict, ...] = ()
    unscored: tuple[Unscored, ...] = ()
    findings: tuple[Finding, ...] = ()
    pairs: tuple[Pair, ...] = ()
    suspect: Suspect | None = None
    inclusion: float = 1.0
    probability: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounting:
    """Rows in = judged + unscored + not sampled + rejected; checked when made."""

    rows: int
    judged: int
    unscored: Mapping[str, int]
    not_sampled: int
    rejected: int

    def __post_init__(self) -> None:
        told = self.judged + sum(self.unscored.values()) + self.not_sampled + self.rejected
        if told != self.rows:
            raise AssertionError(f"{self.rows} rows came in, {told} are accounted for: this is a bug")

    def line(self) -> str:
        """The line every report carries."""
        why = ", ".join(f"{count:,} {reason}" for reason, count in sorted(self.unscored.items()))
        unscored = sum(self.unscored.values())
        return (
            f"{self.rows:,} rows in = {self.judged:,} judged + {unscored:,} unscored{f' ({why})' if why else ''}"
            f" + {self.not_sampled:,} not sampled + {self.rejected:,} rejected"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocking:
    """
    How pairs of rows came to be looked at, and what became of them.

    Attributes:
        possible: pairs of answers of different rows.
        candidates: those that ask the same, by their nearest neighbours.
        crowded: those that would have been, but were among the nearest of neither.
        differing: candidates whose words show any difference.
        worth_asking: those of them that the judge should see.
        asked: how many of these the budget had room for; 0 without a judge.
        unscored: of those asked, without a readable answer.
        reported: contradictions.
        planted, planted_found: contradictions planted, and how many of them became candidates.
        searched: share of the neighbours of a sample that the search found; None where there are none.
        two_forms: share of the answers whose group is written in two forms, lists and prose.
    """

    possible: int
    candidates: int
    crowded: int
    differing: int
    worth_asking: int
    asked: int
    unscored: int
    reported: int
    planted: int
    planted_found: int
    searched: float | None
    two_forms: float

    @property
    def recall(self) -> float | None:
        """Estimated share of the contradictions that became candidates, from those planted; None where none were."""
        return self.planted_found / self.planted if self.planted else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """
    A ranking against known defects.

    Attributes:
        defects: how many the truth names.
        found: how many of them stand inside the review budget.
        average_precision: mean over the defects of the precision at each one's rank; unranked defects count 0.
    """

    defects: int
    found: int
    average_precision: float

    @property
    def recall(self) -> float:
        """Share of the defects inside the review budget."""
        return self.found / self.defects if self.defects else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    What an audit came to.

    Attributes:
        suspects: the list; each is made anew when it is looked at.
        inside, reasoned: how many of them lie inside the review budget, and how many show a reason.
        tested: what became of planted copies.
        seen: what the rows that were judged say of those that were not; None where all were to be.
        habits: of the judge, where they were probed.
        reviewed: what people's decisions say of the list, where there are any.
        quality: against the known defects, where the set has a truth file.
        objective: what a sweep maximises: planted average precision, or without copies how clearly the list parts.
        drift: whether the judge has drifted; None where there are no anchors, or no judge.
        gate: the rules that are set, held against the rest of this.
        manifest: as written.
    """

    accounting: Accounting
    suspects: Sequence[Suspect]
    inside: int
    reasoned: int
    tested: SelfTest
    seen: Seen | None
    habits: tuple[Habit, ...]
    reviewed: Reviewed | None
    quality: Quality | None
    objective: float
    drift: Drift | None = None
    gate: tuple[Check, ...] = ()
    manifest: Mapping[str, object] = field(default_factory=dict)
