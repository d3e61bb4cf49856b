"""How much a run would cost, and how many rows its limits have room for."""

from collections.abc import Sequence
from dataclasses import dataclass

from judge import anchors, history, judging, planting
from judge.history import Speed
from judge.parts import Parts
from judge.ports import NoJudge
from judge.records import Example

_SOME = 2_000  # rows by which the cost of all is judged
_MINUTE = 60.0
_PLENTY = 1e15  # tokens
_TWICE = 2  # how often a row is read to say how likely its answer is


def speed(parts: Parts) -> Speed | None:
    """How fast this judge was in an earlier run, if there was one that tells."""
    backend = parts.backend
    return None if isinstance(backend, NoJudge) else history.speed(parts.history, backend.describe())


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """
    What judging a set would cost, in tokens to compute, but for its pairs.

    Attributes:
        rows: of the set.
        most: rows that may be judged whatever they cost.
        missing: for all rows, what the store does not know; copies, rationales and likelihood included.
        whole: the same if nothing were known.
        judged: of `whole`, what the rubrics cost, which the budget of pairs is a share of.
        tokens: that may be computed; None for as many as it takes.
    """

    rows: int
    most: int
    missing: float = 0.0
    whole: float = 0.0
    judged: float = 0.0
    tokens: int | None = None

    def room(self, pairs: float) -> int:
        """
        How many rows the limits have room for; all of them where what the store does not know costs no more.

        But for that, it does not depend on the store: the same set under the same limits gets the same sample.

        Args:
            pairs: tokens that pairs cost where all rows are judged, at most.
        """
        if self.tokens is None or self.missing + (pairs if self.missing else 0) <= self.tokens:
            return self.most
        return min(self.most, int(self.rows * min(1.0, self.tokens / (self.whole + pairs))))


def forecast(parts: Parts, examples: Sequence[Example]) -> Forecast:
    """What judging them would cost, by at most 2,000 of them."""
    limits, rows = parts.limits, len(examples)
    if parts.room:
        return Forecast(rows=rows, most=parts.room.first)
    most = rows if limits.rows is None else min(limits.rows, rows)
    tokens = _tokens(parts)
    if tokens is None or not rows:
        return Forecast(rows=rows, most=most)
    some = sorted(examples, key=lambda example: example.digest)[:_SOME]
    survey = judging.survey(parts, some)
    scale = rows / len(some)
    copies = min(parts.planting.share, parts.planting.per_kind * len(planting.discover()) / rows)
    beside = scale * (1 + copies + (_TWICE if parts.likelihood else 0))
    words = 0.0 if parts.protocol == "score" else parts.review_budget * rows * parts.asker.max_tokens
    return Forecast(
        rows=rows,
        most=most,
        missing=beside * survey.tokens + (words if survey.asked else 0.0),
        whole=beside * survey.whole + words,
        judged=scale * sum(survey.by_row.values()),
        tokens=tokens,
    )


def _tokens(parts: Parts) -> int | None:
    """How many may be computed, anchors apart; None for as many as it takes, or where the judge's speed is unknown."""
    limits, known = parts.limits, speed(parts)
    found = [] if limits.tokens is None else [limits.tokens]
    if limits.minutes is not None and known:
        found.append(int(min(known.tokens * _MINUTE * limits.minutes, _PLENTY)))
    elif limits.minutes is not None:
        parts.console.say("noted: no earlier run tells how fast this judge is; limit.minutes stops it when it is due")
    return max(0, min(found) - anchors.survey(parts)[1]) if found else None
