"""
A rubric: one criterion with a described level per label. Pure; knows nothing of prompts, models or files.

Of arity 1 it grades a turn, on levels from worst to best. Of arity 2 it compares the turns of two rows: every label but
the last names a kind of contradiction, and the last says that there is none.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from judge import digest
from judge.errors import ConfigError

_NAME = re.compile(r"[a-z][a-z0-9_]*")
KINDS = ("fact", "policy", "recommendation", "format", "tone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One step of the scale: the label the judge answers with, and what deserves it."""

    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """
    One criterion.

    Attributes:
        name: what the question calls it; lower-case letters, digits and `_`.
        question: what the criterion asks, in one sentence.
        guidance: how to apply it: what counts, what does not, where to look.
        levels: from worst to best.
        weight: chance in [0, 1] that a row at the worst level should go; see `rank`.
        template: the question template in `prompts/`.
        arity: rows it is about: 1, or 2 for a pair.
        kinds: of a pair, the kind of contradiction that each label but the last stands for.
        rephrased: the question in other words, which the probe of the judge's habits asks; empty where there is none.
    """

    name: str
    question: str
    guidance: str
    levels: tuple[Level, ...]
    weight: float
    template: str = "question.j2"
    arity: int = 1
    kinds: Mapping[str, str] = field(default_factory=dict, hash=False)
    rephrased: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """The answers allowed, worst first."""
        return tuple(level.label for level in self.levels)

    def level_near(self, score: float) -> Level:
        """The level closest to a mean score; `score` counts levels from 1."""
        return self.levels[min(max(round(score), 1), len(self.levels)) - 1]


def build(
    *,
    name: str,
    question: str,
    guidance: str,
    levels: Mapping[str, str],
    weight: float,
    template: str,
    arity: int = 1,
    kinds: Mapping[str, str] | None = None,
    rephrased: str = "",
) -> Rubric:
    """
    Check a rubric as it stands in the config.

    Raises:
        ConfigError: naming the rubric and the field.
    """
    where = f"rubric {name!r}"
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{where}: a name is lower-case letters, digits and _, so that the judge reads it as one word"
        )
    if len(levels) < 2:  # noqa: PLR2004 - a scale has two ends
        raise ConfigError(f"{where}: levels needs at least two entries, worst first; it has {len(levels)}")
    if any(label != label.strip() or not label for label in levels):
        raise ConfigError(f"{where}: a label must be a visible word without spaces around it: {list(levels)}")
    if not question.strip():
        raise ConfigError(f"{where}: question is empty")
    if rephrased and " ".join(rephrased.split()) == " ".join(question.split()):
        raise ConfigError(f"{where}: rephrased is the question itself; put it in other words, or leave it out")
    blank = [label for label, text in levels.items() if not text.strip()]
    if blank:
        raise ConfigError(f"{where}: level {blank[0]!r} is not described; every level says what deserves it")
    if not 0 <= weight <= 1:
        raise ConfigError(f"{where}: weight must lie in [0, 1], got {weight}")
    _check_kinds(where, arity, list(levels), kinds or {})
    return Rubric(
        name=name,
        question=question.strip(),
        guidance=guidance.strip(),
        levels=tuple(Level(label=label, text=" ".join(text.split())) for label, text in levels.items()),
        weight=weight,
        template=template,
        arity=arity,
        kinds=dict(kinds or {}),
        rephrased=rephrased.strip(),
    )


def _check_kinds(where: str, arity: int, labels: Sequence[str], kinds: Mapping[str, str]) -> None:
    if arity not in (1, 2):
        raise ConfigError(f"{where}: arity is 1 for a rubric that grades a row, or 2 for one that compares a pair")
    if arity == 1 and kinds:
        raise ConfigError(f"{where}: kinds belong to a rubric of arity 2, which compares a pair of rows; this is of 1")
    contradicting = labels[:-1] if arity > 1 else []
    if set(kinds) != set(contradicting):
        raise ConfigError(
            f"{where}: kinds must map every label but the last, which says that there is no contradiction:"
            f" {', '.join(contradicting)}; it maps {', '.join(kinds) or 'none'}"
        )
    for label, kind in kinds.items():
        if kind not in KINDS:
            raise ConfigError(f"{where}: kind {kind!r} of label {label!r}: choose one of {', '.join(KINDS)}")


def set_digest(rubrics: Sequence[Rubric]) -> str:
    """Digest of a rubric set's wording (weights are no part of what the judge reads)."""
    return digest.of(
        [[r.name, r.question, r.guidance, [[x.label, x.text] for x in r.levels], r.template] for r in rubrics]
    )
