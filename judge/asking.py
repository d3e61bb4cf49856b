"""
Asked = needed - already answered.

The one mechanism behind resume after a crash, re-audit after a merge and sharing between runs: every request is named
by a digest of what would be sent and to whom, and only names the store does not know are sent. The engine is not
even loaded when there are none.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from judge.errors import BackendError, Interrupted, JudgeError
from judge.ports import Backend, Console, Prepared, Store
from judge.records import Example, Reply, Request, Unscored
from judge.rubric import Rubric

_CHUNK = 512  # slots prepared and looked up at a time
_PREFLIGHT = 8
_WATCHED = 2000  # requests whose preparation takes long enough for a bar

T = TypeVar("T")
Batch = Sequence[tuple[Prepared, Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One question that needs an answer: this rubric, of this turn, of this example."""

    example: Example
    turn: int
    rubric: Rubric


@dataclass(slots=True, kw_only=True)
class Tally:
    """
    What a round of asking came to.

    Attributes:
        needed: questions; `reused` of them were answered by the store, or by another row with the same content.
        asked: questions sent to the judge.
        cut: questions whose row was shortened to fit.
        prompt_tokens, cached_tokens, generated_tokens: of the questions sent, by the engine's own count.
        seconds: wall time of asking, the engine's load included.
    """

    needed: int = 0
    reused: int = 0
    asked: int = 0
    too_long: int = 0
    cut: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    generated_tokens: int = 0
    seconds: float = 0.0

    def add(self, reply: Reply) -> None:
        """Count one reply."""
        self.asked += 1
        self.prompt_tokens += reply.prompt_tokens
        self.cached_tokens += reply.cached_tokens
        self.generated_tokens += reply.generated_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Round(Generic[T]):
    """
    A round of asking.

    Attributes:
        request: makes a slot's request; called again when it is sent, so that no prompt waits in memory.
        read: a reply as whatever the caller wants to know.
        check: looks at the first replies of the judge before the rest is sent, and raises if they make no sense.
    """

    backend: Backend
    store: Store
    console: Console
    what: str
    request: Callable[[Slot], Request]
    read: Callable[[Slot, Reply], T | Unscored]
    check: Callable[[Batch], None] | None = None
    tally: Tally = field(default_factory=Tally)

    def run(self, slots: Sequence[Slot]) -> list[T | Unscored]:
        """
        Answer every slot, from the store where possible, and keep each new reply as it arrives.

        Returns:
            One result per slot, in the slots' order.
        """
        results: list[T | Unscored | None] = [None] * len(slots)
        missing = self._look_up(slots, results)
        self.tally.needed = len(slots)
        self.tally.reused = len(slots) - self.tally.too_long - len(missing)
        self._ask(slots, missing, results)
        return [result for result in results if result is not None]

    def _look_up(self, slots: Sequence[Slot], results: list[T | Unscored | None]) -> dict[str, list[int]]:
        """Fill in what the store knows; the rest as key -> places, in the slots' order."""
        missing: dict[str, list[int]] = {}
        bar = self.console.bar(f"{self.what}: preparing", len(slots), "request") if len(slots) >= _WATCHED else None
        for start in range(0, len(slots), _CHUNK):
            places = range(start, min(start + _CHUNK, len(slots)))
            prepared = [(place, self.backend.prepare(self.request(slots[place]))) for place in places]
            known = self.store.fetch([p.key for _, p in prepared if p.fits])
            for place, p in prepared:
                self.tally.cut += p.cut
                if not p.fits:
                    self.tally.too_long += 1
                    results[place] = _too_long(slots[place], p.tokens)
                elif p.key in known:
                    results[place] = self.read(slots[place], known[p.key])
                else:
                    missing.setdefault(p.key, []).append(place)
            if bar:
                bar.step(len(prepared))
        if bar:
            bar.close()
        if slots and self.tally.too_long == len(slots):
            raise BackendError(
                f"not one of {len(slots):,} questions fits the judge's context: the system message with rubrics and"
                " guide leaves no room for a row; raise backend.engine.max_model_len, shorten dataset.guide, or take"
                " rubric_set=terse"
            )
        return missing

    def _ask(self, slots: Sequence[Slot], missing: dict[str, list[int]], results: list[T | Unscored | None]) -> None:
        if not missing:
            return
        started = time.perf_counter()
        unscored = sum(isinstance(result, Unscored) for result in results)
        bar = self.console.bar(self.what, len(missing), "verdict")
        try:
            for batch in self._batches([slots[places[0]] for places in missing.values()]):
                for prepared, reply in batch:
                    self.tally.add(reply)
                    for place in missing[prepared.key]:
                        results[place] = self.read(slots[place], reply)
                        unscored += isinstance(results[place], Unscored)
                tokens = (self.tally.prompt_tokens + self.tally.generated_tokens) / (time.perf_counter() - started)
                bar.step(len(batch), **{"tokens/s": f"{tokens:,.0f}", "unscored": unscored})
        except (Interrupted, JudgeError) as stop:
            stop.add_note(f"{self.tally.asked:,} of {len(missing):,} answers are stored; the same command goes on")
            raise
        finally:
            self.tally.seconds = time.perf_counter() - started
            bar.close()

    def _batches(self, slots: Sequence[Slot]) -> Iterator[Batch]:
        """All answers; the first few are asked alone and checked before the rest is sent."""
        ahead = min(_PREFLIGHT, len(slots)) if self.check else 0
        if self.check and ahead:
            first: list[tuple[Prepared, Reply]] = []
            for batch in self._answered(slots[:ahead]):
                first += batch
                yield batch
            self.check(first)
        yield from self._answered(slots[ahead:])

    def _answered(self, slots: Sequence[Slot]) -> Iterator[Batch]:
        """Answers in batches, each stored before anything is made of it."""
        for batch in self.backend.answer(self.backend.prepare(self.request(slot)) for slot in slots):
            self.store.put([(prepared.key, reply) for prepared, reply in batch])
            yield batch


def _too_long(slot: Slot, tokens: int) -> Unscored:
    return Unscored(
        example_id=slot.example.id,
        turn=slot.turn,
        rubric=slot.rubric.name,
        reason="too_long",
        detail=f"{tokens:,} tokens with the question do not fit the judge's context",
    )
