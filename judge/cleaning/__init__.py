"""
Which rows leave a set, and why: by rules, by people's decisions, and with what protection. Pure.

    rows found -> rules, people -> rulings -> losses (-> protection) -> ledger, words
                                                                     -> weights

Rows of equal content share one fate: what would be learned from a row that goes is in all of its copies.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from judge.results import Reason

Key = tuple[str, int]
REPEATED = "duplicates"  # the signal that names copies


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
    def repeated(self) -> bool:
        """Whether that it is a copy is what speaks most against it."""
        return bool(self.reasons) and self.reasons[0].name == REPEATED

    @property
    def because(self) -> str:
        """Its reasons in words, strongest first."""
        return self.rejected or "; ".join(f"{r.name} ({r.share:.0%}): {_words(r)}" for r in self.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """
    What becomes of a row that a rule, a person, a conflict or loading has something to say of.

    Attributes:
        word: whether the row goes; `keep` is for one that stays against a rule or a conflict, `weigh` for one whose
            weight was computed.
        kind: who decided.
        by: in words: the rule, people's names, `conflict`, `loading` or `protection`.
        reason: why.
        at: when a person decided, as an ISO time; empty where nobody did, or that is unknown.
        copy_of: the id of the row of equal content that was decided; empty where it was this one.
    """

    word: Literal["remove", "keep", "weigh"]
    kind: Literal["rule", "people", "conflict", "loading", "protection"]
    by: str
    reason: str
    at: str = ""
    copy_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    All that was decided of a set.

    Attributes:
        rows: of the input, in order.
        rulings: of those that something was decided of.
        weights: of all rows, in [0, 1]; None where rows are removed instead.
    """

    rows: Sequence[Row]
    rulings: Mapping[Key, Ruling]
    weights: Mapping[Key, float] | None = None

    @property
    def gone(self) -> frozenset[Key]:
        """The rows that go; with weights, those of none."""
        if self.weights is not None:
            return frozenset(key for key, weight in self.weights.items() if not weight)
        return frozenset(key for key, ruling in self.rulings.items() if ruling.word == "remove")

    @property
    def lost(self) -> dict[Key, float]:
        """How much of a row goes, in [0, 1]; rows that stay whole may be left out."""
        if self.weights is not None:
            return {key: 1 - weight for key, weight in self.weights.items()}
        return dict.fromkeys(self.gone, 1.0)


def contents(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows of equal content together, each content where its first row stands; a rejected row is alone."""
    found: defaultdict[tuple[str, Key | None], list[Row]] = defaultdict(list)
    for row in rows:
        found[row.digest, row.key if row.id is None else None].append(row)
    return list(found.values())


def joined(*parts: str) -> str:
    """What is not empty of several reasons, as one."""
    return "; ".join(filter(None, parts))


def _words(reason: Reason) -> str:
    said = reason.rationale
    return f"{reason.because} ({' '.join(said.text.split())})" if said and said.text else reason.because
