"""
Which rows leave a set, and why: by rules, by people's decisions, and with what protection.

    rules, people -> rulings -> losses (-> protection) -> ledger
                                                       -> weights

Deliberately knows nothing of files: what is decided here is carried out by `judge.clean`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from judge.results import Reason

Key = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """
    A row of the input, and what its audit knows of it.

    Attributes:
        file: name of the file in a set of several, else the set's.
        line: in that file.
        id: of the example; None where the row was rejected at loading.
        digest: of its content; of a rejected row's text.
        source: where it came from; empty where that is unknown.
        topic: what it is about, in a word; empty where no word says.
        rejected: why it could not be read; empty where it could.
        suspicion: in [0, 1]; None where it is not in the list.
        probability: that people would remove it; None where suspicion was not calibrated.
        scores: of its worst turn, by rubric; without those that it has no score of.
        conflict: how much of it the contradictions that it stands in speak against, in [0, 1]: half where none of the
            sides has the better case, all of the worse side, nothing of the better.
    """

    file: str
    line: int
    id: str | None
    digest: str
    source: str = ""
    topic: str = ""
    rejected: str = ""
    suspicion: float | None = None
    probability: float | None = None
    within_budget: bool = False
    scores: Mapping[str, float] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()
    conflict: float = 0.0

    @property
    def key(self) -> Key:
        """Names the row among all of the input."""
        return self.file, self.line

    @property
    def because(self) -> str:
        """Its reasons in words, strongest first."""
        return self.rejected or "; ".join(f"{r.name} ({r.share:.0%}): {_words(r)}" for r in self.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """
    What becomes of a row that a rule, a person or loading has something to say of.

    Attributes:
        word: whether the row goes; `keep` is for one that stays against a rule.
        kind: who decided.
        by: in words: the rule, people's names, `loading` or `protection`.
        reason: why.
        at: when a person decided, as an ISO time; empty where nobody did, or that is unknown.
    """

    word: Literal["remove", "keep"]
    kind: Literal["rule", "people", "loading", "protection"]
    by: str
    reason: str
    at: str = ""


def _words(reason: Reason) -> str:
    said = reason.rationale
    return f"{reason.because} ({' '.join(said.text.split())})" if said and said.text else reason.because
