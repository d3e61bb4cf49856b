"""
How likely the judge's model finds each answer, with its conversation and without: an optional pass of its own.

Measured is the row as training would show it, under the model's own chat template, not the audit's prompt.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from judge.asking import Allowance, Round, Tally
from judge.errors import ConfigError
from judge.parts import Parts
from judge.ports import MEAN, Backend, Measurer, NoJudge, Passage
from judge.records import Example, Finding, Reply, Turn, Unscored
from judge.signals import _likelihood
from judge.text import counted

WEIGHTS = _likelihood.WEIGHTS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Half:
    """One of a turn's two measurements: after its conversation, or after none."""

    example: Example
    turn: int
    given: bool
    name: str = "likelihood"

    @property
    def before(self) -> Sequence[Turn]:
        return self.example.turns[: self.turn] if self.given else ()

    @property
    def answer(self) -> str:
        return self.example.turns[self.turn].content


def measurer(backend: Backend | NoJudge) -> Measurer:
    """
    The backend as one that can measure.

    Raises:
        ConfigError: it cannot.
    """
    if isinstance(backend, Measurer):
        return backend
    raise ConfigError(
        f"likelihood=true: backend={backend.name} ({backend.why}) cannot say how likely an answer is;"
        " take backend=vllm, backend=ray or backend=transformers, or likelihood=false"
    )


def measure(
    parts: Parts, examples: Sequence[Example], allowance: Allowance | None = None
) -> tuple[list[Finding], Tally]:
    """
    Measure every judged turn that has text, and say which are unlikely. A tool call is not part of the answer's text.

    Returns:
        Findings `loss` and `ifd`, and what the measurements came to: two for each turn.

    Raises:
        ConfigError: the backend cannot measure.
    """
    asking, turns = _round(parts, allowance), _turns(examples)
    halves = _halves(turns)
    losses = asking.run(halves)
    measured, missing = [], Counter[str]()
    for (e, turn), given, alone in zip(turns, losses[::2], losses[1::2], strict=True):
        if isinstance(given, Unscored):
            missing[given.reason] += 1
        elif isinstance(alone, Unscored):
            missing[alone.reason] += 1
        else:
            measured.append(_likelihood.Likelihood(example_id=e.id, turn=turn, given=given, alone=alone))
    if missing:
        why = ", ".join(f"{count:,} {reason}" for reason, count in missing.items())
        parts.console.say(f"likelihood: {counted(missing.total(), 'answer')} not measured ({why})")
    return list(_likelihood.find(measured)), asking.tally


def survey(parts: Parts, examples: Sequence[Example]) -> tuple[int, int]:
    """How many measurements `measure` would ask for, and their tokens; nothing is asked."""
    asking = _round(parts)
    missing = [tokens for tokens in asking.survey(_halves(_turns(examples))) if tokens]
    return len(missing), sum(missing)


def _turns(examples: Sequence[Example]) -> list[tuple[Example, int]]:
    return [(e, turn) for e in examples for turn in e.judged if e.turns[turn].content.strip()]


def _halves(turns: Sequence[tuple[Example, int]]) -> list[_Half]:
    return [_Half(example=e, turn=turn, given=given) for e, turn in turns for given in (True, False)]


def _round(parts: Parts, allowance: Allowance | None = None) -> Round[_Half, Passage, float]:
    backend = measurer(parts.backend)
    return Round(
        prepare=lambda halves: [backend.passage(half.before, half.answer) for half in halves],
        answer=backend.measure,
        store=parts.store,
        console=parts.console,
        what="likelihood",
        read=_read,
        unit="answer",
        allowance=allowance,
    )


def _read(half: _Half, reply: Reply) -> float | Unscored:
    """Loss in nats per token."""
    mean = reply.logprobs.get(MEAN, math.nan)
    if math.isfinite(mean):
        return max(0.0, -mean)
    return Unscored(
        example_id=half.example.id,
        turn=half.turn,
        rubric=half.name,
        reason="unreadable",
        detail="the engine gave no finite probability for this answer",
    )
