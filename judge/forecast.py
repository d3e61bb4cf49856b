"""How much a run would cost, and how many rows its limits have room for."""

from collections.abc import Sequence

from judge import history, judging
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


def room(parts: Parts, examples: Sequence[Example]) -> int:
    """
    How many rows the limits have room for; all of them where what the store does not know yet costs no more.

    But for that, it does not depend on the store: the same set under the same limits gets the same sample.
    """
    limits = parts.limits
    most = len(examples) if limits.rows is None else min(limits.rows, len(examples))
    tokens = _tokens(parts)
    if tokens is None or not examples:
        return most
    some = sorted(examples, key=lambda example: example.digest)[:_SOME]
    survey = judging.survey(parts, some)
    scale = len(examples) / len(some)
    beside = 1 + parts.pairs.budget + (parts.planting.share if parts.planting.per_kind else 0)
    beside += _TWICE if parts.likelihood else 0
    words = 0.0 if parts.protocol == "score" else parts.review_budget * len(examples) * parts.asker.max_tokens
    if scale * survey.tokens * beside + (words if survey.asked else 0) <= tokens:
        return most
    whole = scale * survey.whole * beside + words
    return min(most, int(len(examples) * min(1.0, tokens / whole)))


def _tokens(parts: Parts) -> int | None:
    """How many may be computed; None for as many as it takes, or where nobody knows how fast the judge is."""
    limits, known = parts.limits, speed(parts)
    found = [] if limits.tokens is None else [limits.tokens]
    if limits.minutes is not None and known:
        found.append(int(min(known.tokens * _MINUTE * limits.minutes, _PLENTY)))
    elif limits.minutes is not None:
        parts.console.say("noted: no earlier run tells how fast this judge is; limit.minutes stops it when it is due")
    return min(found, default=None)
