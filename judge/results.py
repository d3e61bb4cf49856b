"""
What an audit comes to, example by example and as a whole. Frozen, keyword-only, standard library only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from judge.records import Example, Finding, Pair, Rationale, Unscored, Verdict

JUDGED = "judged"
NO_JUDGE = "no_judge"


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
class Result:
    """
    All that an audit knows of one example, and what every report is made of.

    Attributes:
        status: `judged`, or why it is not: the word its unscored questions are counted by.
        suspect: its place in the list; None where nothing at all is known of it.
    """

    example: Example
    status: str
    verdicts: tuple[Verdict, ...] = ()
    unscored: tuple[Unscored, ...] = ()
    findings: tuple[Finding, ...] = ()
    pairs: tuple[Pair, ...] = ()
    suspect: Suspect | None = None


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
