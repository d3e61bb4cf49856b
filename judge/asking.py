"""
Asked = needed - already answered.

The one mechanism behind resume after a crash, re-audit after a merge and sharing between runs: every request is named
by a digest of what would be sent and to whom, and only names the store does not know are sent. The engine is not
even loaded when there are none.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from judge.errors import Interrupted, JudgeError
from judge.ports import Bar, Console, Sent, Store
from judge.records import Example, Reply, Unscored
from judge.rubric import Rubric
from judge.spending import Allowance, Tally

__all__ = ["LIMIT", "Allowance", "Asked", "Round", "Slot", "Tally"]

_CHUNK = 512  # slots prepared and looked up at a time
_SAMPLE = 8  # answers that are looked at before the rest is asked
_WATCHED = 2000  # requests whose preparation takes long enough for a bar
LIMIT = "limit"  # the reason of a question that was not asked because a limit was reached


class Asked(Protocol):
    """What a round asks about: one thing to know of one turn."""

    @property
    def example(self) -> Example:
        """The row."""
        ...

    @property
    def turn(self) -> int:
        """Index of the turn."""
        ...

    @property
    def name(self) -> str:
        """What is asked: a rubric's name, or another word to report by."""
        ...


S = TypeVar("S", bound=Asked)
P = TypeVar("P", bound=Sent)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One question that needs an answer: this rubric, of this turn, of this example."""

    example: Example
    turn: int
    rubric: Rubric

    @property
    def name(self) -> str:
        """The rubric's."""
        return self.rubric.name


@dataclass(slots=True, kw_only=True)
class _Work(Generic[S, T]):
    """
    A round in progress.

    Attributes:
        results: one per slot; None while it waits.
        missing: key -> places in `slots`, in the slots' order, of what the store does not know.
        sending: places that fit the judge's context, answered already or not.
        unscored: results so far that are no score.
        flying: tokens of the prompts that are sent and not answered yet.
        unsent: keys that a limit kept from being sent.
    """

    slots: Sequence[S]
    results: list[T | Unscored | None]
    missing: dict[str, list[int]] = field(default_factory=dict)
    sending: list[int] = field(default_factory=list)
    unscored: int = 0
    flying: int = 0
    unsent: list[str] = field(default_factory=list)

    def fill(self, place: int, result: T | Unscored) -> None:
        self.results[place] = result
        self.unscored += isinstance(result, Unscored)

    def sample(self) -> list[int]:
        """A few places from all over the round."""
        n = len(self.sending)
        return sorted({self.sending[(k * n // _SAMPLE + k) % n] for k in range(_SAMPLE)}) if n else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Round(Generic[S, P, T]):
    """
    A round of asking.

    Attributes:
        prepare: what to send for a slot; called again when it is sent, so that no prompt waits in memory.
        answer: takes what is to be sent and yields replies, in any order, as soon as they are there.
        read: a reply as whatever the caller wants to know.
        check: looks at a few replies from all over the round before the rest is asked; raises if they make no sense.
        unit: what a reply is called on the progress bar.
        allowance: what may be spent, shared with the run's other rounds; None for as much as it takes.
        sizes: tokens of each slot's prompt, in the slots' order, once they are looked up; 0 where it does not fit.
    """

    prepare: Callable[[S], P]
    answer: Callable[[Iterable[P]], Iterator[Sequence[tuple[P, Reply]]]]
    store: Store
    console: Console
    what: str
    read: Callable[[S, Reply], T | Unscored]
    check: Callable[[Sequence[Reply]], None] | None = None
    unit: str = "verdict"
    allowance: Allowance | None = None
    tally: Tally = field(default_factory=Tally)
    sizes: list[int] = field(default_factory=list)

    def run(self, slots: Sequence[S]) -> list[T | Unscored]:
        """
        Answer every slot, from the store where possible, and keep each new reply as it arrives.

        Returns:
            One result per slot, in the slots' order; a slot that got no reply is `Unscored("unanswered")`, one that
            was not asked because the allowance was used up `Unscored("limit")`. Slots are asked in their order, but
            for the few that are looked at first.
        """
        work: _Work[S, T] = _Work(slots=slots, results=[None] * len(slots))
        self._look_up(work)
        self._ask(work)
        results = [_unanswered(slots[n]) if result is None else result for n, result in enumerate(work.results)]
        tally = self.tally
        tally.needed, tally.unanswered = len(slots), work.results.count(None)
        away = tally.asked + tally.reused + tally.too_long + tally.unanswered + tally.limited
        tally.copies = tally.needed - away
        tally.unread = sum(isinstance(result, Unscored) and result.reason == "unreadable" for result in results)
        return results

    def survey(self, slots: Sequence[S]) -> list[int]:
        """Places of the slots that `run` would ask about, each question once; nothing is asked."""
        work: _Work[S, T] = _Work(slots=slots, results=[None] * len(slots))
        self._look_up(work)
        return [places[0] for places in work.missing.values()]

    def _look_up(self, work: _Work[S, T]) -> None:
        """Fill in what the store knows, and what does not fit; the rest is missing."""
        slots = work.slots
        bar = self.console.bar(f"{self.what}: preparing", len(slots), "request") if len(slots) >= _WATCHED else None
        for start in range(0, len(slots), _CHUNK):
            places = range(start, min(start + _CHUNK, len(slots)))
            prepared = [(place, self.prepare(slots[place])) for place in places]
            known = self.store.fetch([p.key for _, p in prepared if p.fits])
            for place, p in prepared:
                self.tally.cut += p.cut
                self.sizes.append(p.tokens if p.fits else 0)
                if not p.fits:
                    self.tally.too_long += 1
                    work.fill(place, _too_long(slots[place], p.tokens))
                    continue
                work.sending.append(place)
                if p.key in known:
                    self.tally.reused += 1
                    work.fill(place, self.read(slots[place], known[p.key]))
                else:
                    work.missing.setdefault(p.key, []).append(place)
            if bar:
                bar.step(len(prepared))
        if bar:
            bar.close()

    def _ask(self, work: _Work[S, T]) -> None:
        """Ask what is missing: first a sample from all over, then, if what it says makes sense, the rest."""
        if self.tally.reused and work.missing:
            self.console.say(f"{self.what}: {self.tally.reused:,} of {len(work.slots):,} answers are there already")
        sample = set(work.sample()) if self.check else set()
        ahead = [key for key, places in work.missing.items() if not sample.isdisjoint(places)]
        first = set(ahead)
        rest = [key for key in work.missing if key not in first]
        started = time.perf_counter()
        bar = self.console.bar(self.what, len(work.missing), self.unit)
        bar.step(0, state="starting the judge")
        try:
            for batch in self._answered(work, ahead):
                self._take(work, batch, bar, started)
            self._check(work, sample)
            for batch in self._answered(work, rest):
                self._take(work, batch, bar, started)
            self._leave(work)
        except (Interrupted, JudgeError) as stop:
            stop.add_note(f"{self.tally.reused + self.tally.asked:,} of {len(work.slots):,} answers are stored")
            raise
        finally:
            self.tally.seconds = time.perf_counter() - started
            bar.close()

    def _check(self, work: _Work[S, T], sample: set[int]) -> None:
        """Hold the sample's replies, new and old, against what a judge should say."""
        keys = [self.prepare(work.slots[place]).key for place in sorted(sample)]
        replies = list(self.store.fetch(keys).values())
        if self.check and replies:
            self.check(replies)

    def _answered(self, work: _Work[S, T], keys: Sequence[str]) -> Iterator[Sequence[tuple[P, Reply, Reply]]]:
        """
        Answers in batches, each stored before anything is made of it: what came, and what is kept.

        What the allowance has no room for is not sent. Prompts in flight are taken for more than they turn out to cost
        where the engine knows their beginnings, so when they are through there may be room again.
        """
        waiting, why = deque(keys), ""
        while waiting and not (why := self._refused(work, waiting)):  # asked nothing, a backend loads no model
            before = len(waiting)
            for batch in self.answer(self._sent(work, waiting)):
                kept = self.store.put([(prepared.key, reply) for prepared, reply in batch])
                yield [(prepared, reply, kept[prepared.key]) for prepared, reply in batch]
            work.flying = 0  # what had no reply will have none
            if not self.allowance or (len(waiting) == before and not self._refused(work, waiting)):
                return  # it takes nothing, although it may
        if self.allowance and waiting:
            work.unsent += waiting
            self.allowance.reached = why

    def _sent(self, work: _Work[S, T], waiting: deque[str]) -> Iterator[P]:
        """What is sent, as the backend takes it, for as long as it is allowed."""
        while waiting and not self._refused(work, waiting):
            prepared = self.prepare(work.slots[work.missing[waiting.popleft()][0]])
            work.flying += prepared.tokens + 1
            yield prepared

    def _refused(self, work: _Work[S, T], waiting: deque[str]) -> str:
        """Which limit has no room for the next one, at what a token of a prompt has cost in this round so far."""
        if not self.allowance:
            return ""
        tally = self.tally
        rate = tally.computed / (tally.prompt_tokens + tally.asked) if tally.asked else 1.0
        return self.allowance.refused(rate * (work.flying + self.sizes[work.missing[waiting[0]][0]] + 1))

    def _leave(self, work: _Work[S, T]) -> None:
        """Say of every question that was not sent which limit kept it."""
        if not self.allowance or not work.unsent:
            return
        why = self.allowance.reached
        for place in (place for key in work.unsent for place in work.missing[key]):
            self.tally.limited += 1
            work.fill(place, _unscored(work.slots[place], LIMIT, "not asked, as a limit of the run was reached"))
        left = f"{self.tally.limited:,} of {len(work.slots):,} questions are left"
        self.console.say(f"{self.what}: {why} is reached, {left}; the same command goes on with them")

    def _take(self, work: _Work[S, T], batch: Sequence[tuple[P, Reply, Reply]], bar: Bar, started: float) -> None:
        tally, before = self.tally, self.tally.computed
        for prepared, reply, kept in batch:
            tally.add(reply)
            work.flying -= prepared.tokens + 1
            for place in work.missing[prepared.key]:
                work.fill(place, self.read(work.slots[place], kept))
        if self.allowance:
            self.allowance.spent += tally.computed - before
        rate = tally.computed / (time.perf_counter() - started)
        bar.step(len(batch), **{"tokens/s": f"{rate:,.0f}", "unscored": work.unscored})


def _too_long(slot: Asked, tokens: int) -> Unscored:
    detail = f"{tokens:,} tokens with the question do not fit the judge's context"
    return _unscored(slot, "too_long", detail)


def _unanswered(slot: Asked) -> Unscored:
    return _unscored(slot, "unanswered", "the judge was asked and gave no reply; the same command asks again")


def _unscored(slot: Asked, reason: str, detail: str) -> Unscored:
    return Unscored(example_id=slot.example.id, turn=slot.turn, rubric=slot.name, reason=reason, detail=detail)
