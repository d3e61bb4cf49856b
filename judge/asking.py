"""
Asked = needed - already answered.

The one mechanism behind resume after a crash, re-audit after a merge and sharing between runs: every request is named
by a digest of what would be sent and to whom, and only names the store does not know are sent. The engine is not
even loaded when there are none.

A round is one stream: some hundred questions are prepared and looked up at a time, what is known is read at once, what
is missing is sent as the backend takes it, and nothing is kept of a question once its result is handed on.
"""

import time
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Generic, TypeVar

from judge.errors import Interrupted, JudgeError
from judge.ports import NO_ANSWER, Bar, Console, Sent, Store
from judge.questions import LIMIT, Asked, Questions, Slot, limited, refused, too_long, unanswered
from judge.records import Reply, Unscored
from judge.seen import Seen
from judge.spending import Allowance, Tally

__all__ = ["LIMIT", "Allowance", "Asked", "Questions", "Round", "Slot", "Tally"]

_CHUNK = 512  # questions prepared and looked up at a time
_SAMPLE = 8  # answers that are looked at before the rest is asked
_TRIED = 512  # questions among which they are looked for, where some do not fit

S = TypeVar("S", bound=Asked)
P = TypeVar("P", bound=Sent)
T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class _Work(Generic[S, P, T]):
    """
    A round in progress.

    Attributes:
        take: is handed each result with its place.
        coming: questions that were not looked at yet, with their places.
        waiting: what is to be sent, each key once.
        wanted: key -> who wants the answer, of what is waiting or was sent.
        sent: how many questions were.
        mine: keys that were sent in this round.
        refused: what the judge said in place of an answer; it is kept nowhere.
        flying: tokens of the prompts that are sent and not answered yet.
        taken: how many answers were stored before the last batch, and its keys: a signal may come amid a batch.
        left: what becomes of a question that is missing once nothing is sent any more; None until then.
        done, unscored: results so far, and those of them that are no score.
    """

    slots: Sequence[S]
    take: Callable[[int, T | Unscored], None]
    coming: Iterator[tuple[int, S]]
    bar: Bar
    waiting: deque[P] = field(default_factory=deque)
    wanted: dict[str, list[tuple[int, S]]] = field(default_factory=dict)
    sent: int = 0
    mine: Seen = field(default_factory=Seen)
    refused: dict[str, Reply] = field(default_factory=dict)
    flying: int = 0
    taken: tuple[int, Sequence[str]] = (0, ())
    left: Callable[[S], Unscored] | None = None
    done: int = 0
    unscored: int = 0
    began: float = field(default_factory=time.perf_counter)

    def tell(self, tally: Tally, before: int) -> None:
        """Advance the bar by what was done since."""
        notes: dict[str, object] = {"unscored": self.unscored}
        if tally.asked:
            notes = {"tokens/s": f"{tally.computed / (time.perf_counter() - self.began):,.0f}", **notes}
        self.bar.step(self.done - before, **notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round(Generic[S, P, T]):
    """
    A round of asking.

    Attributes:
        prepare: what to send for some slots.
        answer: takes what is to be sent and yields replies, in any order, as soon as they are there.
        read: a reply as whatever the caller wants to know.
        check: looks at a few replies from all over the round before the rest is asked; raises if they make no sense.
        unit: what a reply is called on the progress bar.
        allowance: what may be spent, shared with the run's other rounds; None for as much as it takes.
        sizes: tokens of each slot's prompt, in the slots' order, once they are looked up; 0 where it does not fit.
    """

    prepare: Callable[[Sequence[S]], Sequence[P]]
    answer: Callable[[Iterable[P]], Iterator[Sequence[tuple[P, Reply]]]]
    store: Store
    console: Console
    what: str
    read: Callable[[S, Reply], T | Unscored]
    check: Callable[[Sequence[Reply]], None] | None = None
    unit: str = "verdict"
    allowance: Allowance | None = None
    tally: Tally = field(default_factory=Tally)
    sizes: "array[int]" = field(default_factory=lambda: array("i"))

    def run(self, slots: Sequence[S]) -> list[T | Unscored]:
        """As `stream`; one result per slot, in the slots' order."""
        results: dict[int, T | Unscored] = {}
        self.stream(slots, results.__setitem__)
        return [results[place] for place in range(len(slots))]

    def stream(self, slots: Sequence[S], take: Callable[[int, T | Unscored], None]) -> None:
        """
        Answer every slot, from the store where possible, and keep each new reply as it arrives.

        Args:
            slots: gone through once; a few of them are looked at before that.
            take: called once for each, in no order, with its place and its result. A slot that got no reply is
                `Unscored("unanswered")`, one that was not asked because the allowance was used up `Unscored("limit")`.
        """
        bar = self.console.bar(self.what, len(slots), self.unit)
        work, tally = _Work[S, P, T](slots=slots, take=take, coming=enumerate(slots), bar=bar), self.tally
        try:
            if self.check and slots:
                self._sample(work, self.check)
            self._ask(work)
        except (Interrupted, JudgeError) as stop:
            least = "at least " if len(self.sizes) < len(slots) else ""  # the store may know more of the others
            before, batch = work.taken if isinstance(stop, Interrupted) else (tally.asked, ())
            stored = tally.reused + before + len(self.store.fetch(batch))
            stop.add_note(f"{least}{stored:,} of {len(slots):,} answers are stored")
            raise
        finally:
            tally.seconds = time.perf_counter() - work.began
            bar.close()
        tally.close(len(slots))
        if tally.reused and tally.asked:
            self.console.say(f"{self.what}: {tally.reused:,} of {len(slots):,} answers were there already")
        if tally.limited and self.allowance:
            why, left = self.allowance.reached, f"{tally.limited:,} of {len(slots):,} questions are left"
            self.console.say(f"{self.what}: {why} is reached, {left}; the same command goes on with them")

    def survey(self, slots: Sequence[S]) -> "array[int]":
        """Tokens of what `stream` would send for each slot, 0 for what it would not; nothing is asked."""
        found, mine, coming = array("i", bytes(4 * len(slots))), Seen(), enumerate(slots)
        while some := list(islice(coming, _CHUNK)):
            new: dict[str, tuple[int, int]] = {}
            for (place, _), p, known, sent in self._looked_up(some, mine):
                self.tally.too_long += not p.fits
                if p.fits and known is None and not sent:
                    new.setdefault(p.key, (place, p.tokens))
            for key, (place, tokens) in new.items():
                found[place] = tokens
                mine.add(key)
        return found

    def _looked_up(
        self, some: Sequence[tuple[int, S]], mine: Seen
    ) -> Iterator[tuple[tuple[int, S], P, Reply | None, bool]]:
        """Each with what to send for it, its reply where there is one, and whether that was sent in this round."""
        prepared = self.prepare([slot for _, slot in some])
        keys = list(dict.fromkeys(p.key for p in prepared if p.fits))
        known, own = self.store.fetch(keys), mine.among(keys)
        for one, p in zip(some, prepared, strict=True):
            self.tally.cut += p.cut
            self.sizes.append(p.tokens if p.fits else 0)
            reply, sent = (known.get(p.key), p.key in own) if p.fits else (None, False)
            self.tally.reused += reply is not None and not sent
            yield one, p, reply, sent

    def _advance(self, work: _Work[S, P, T]) -> bool:
        """Look up the next slots and read what is known of them; False where there are none."""
        some = list(islice(work.coming, _CHUNK))
        before = work.done
        for (place, slot), p, reply, sent in self._looked_up(some, work.mine):
            if not p.fits:
                self._fill(work, place, too_long(slot, p.tokens))
            elif reply is not None:
                self._fill(work, place, self.read(slot, reply))
            elif p.key in work.wanted:
                work.wanted[p.key].append((place, slot))
            elif sent:
                self._lost(work, p.key, place, slot)
            elif work.left:
                self._fill(work, place, work.left(slot))
            else:
                work.wanted[p.key] = [(place, slot)]
                work.waiting.append(p)
        work.tell(self.tally, before)
        return bool(some)

    def _sample(self, work: _Work[S, P, T], check: Callable[[Sequence[Reply]], None]) -> None:
        """Ask a few from all over the round, and hold what is said, now or before, against what a judge should say."""
        n, fitting = len(work.slots), dict[str, P]()
        places = ((k * n // _SAMPLE + k + more) % n for more in range(-(-n // _SAMPLE) + 1) for k in range(_SAMPLE))
        tried = islice(places, _TRIED)
        while len(fitting) < _SAMPLE and (some := [work.slots[at] for at in islice(tried, _SAMPLE)]):
            fitting.update((p.key, p) for p in self.prepare(some) if p.fits)
        fitting = dict(islice(fitting.items(), _SAMPLE))
        known = self.store.fetch(list(fitting))
        work.waiting.extend(p for key, p in fitting.items() if key not in known)
        work.wanted.update((p.key, []) for p in work.waiting)  # whoever wants it comes by later, and finds it stored
        self._send(work, more=False)
        for p in work.waiting:
            del work.wanted[p.key]
        work.waiting.clear()
        if replies := list(self.store.fetch(list(fitting)).values()):
            check(replies)

    def _ask(self, work: _Work[S, P, T]) -> None:
        """Go through all slots, and send what is missing for as long as that is allowed."""
        why = self._send(work, more=True)
        if why and self.allowance:
            self.allowance.reached = why
        work.left = limited if why else unanswered
        before = work.done
        for p in work.waiting:
            for place, slot in work.wanted.pop(p.key):
                self._fill(work, place, work.left(slot))
        work.waiting.clear()
        work.tell(self.tally, before)
        while self._advance(work):
            pass

    def _send(self, work: _Work[S, P, T], *, more: bool) -> str:
        """
        Have it answered, and each batch stored before anything is made of it; return which limit ended it, if one did.

        What the allowance has no room for is not sent. Prompts in flight are taken for more than they turn out to cost
        where the engine knows their beginnings, so when they are through there may be room again.
        """
        why = ""
        while self._next(work, more=more) and not (why := self._refused(work)):  # asked nothing, it loads no model
            before = work.sent
            work.bar.step(0, **({} if self.tally.asked else {"state": "starting the judge"}))
            for batch in self.answer(self._sent(work, more=more)):
                self._take(work, batch)
            for key in [key for key in work.wanted if key in work.mine]:  # what has no reply now will have none
                for place, slot in work.wanted.pop(key):
                    self._lost(work, key, place, slot)
            work.flying = 0
            if not self.allowance or (work.sent == before and not (work.waiting and self._refused(work))):
                return ""  # it takes nothing, although it may
        return why

    def _next(self, work: _Work[S, P, T], *, more: bool) -> bool:
        """Whether something waits to be sent."""
        while not work.waiting and more and self._advance(work):
            pass
        return bool(work.waiting)

    def _sent(self, work: _Work[S, P, T], *, more: bool) -> Iterator[P]:
        """What is sent, as the backend takes it, for as long as it is allowed."""
        while self._next(work, more=more) and not self._refused(work):
            p = work.waiting.popleft()
            work.flying += p.tokens + 1
            work.sent += 1
            work.mine.add(p.key)
            yield p

    def _refused(self, work: _Work[S, P, T]) -> str:
        """Which limit has no room for the next one, at what a token of a prompt has cost in this round so far."""
        if not self.allowance:
            return ""
        tally = self.tally
        rate = tally.computed / (tally.prompt_tokens + tally.asked) if tally.asked else 1.0
        return self.allowance.refused(rate * (work.flying + work.waiting[0].tokens + 1))

    def _take(self, work: _Work[S, P, T], batch: Sequence[tuple[P, Reply]]) -> None:
        tally, before, done = self.tally, self.tally.computed, work.done
        answers = [(p, reply) for p, reply in batch if reply.stop not in NO_ANSWER]
        work.taken = tally.asked, [p.key for p, _ in answers]
        kept = self.store.put([(p.key, reply) for p, reply in answers]) if answers else {}
        for p, reply in batch:
            work.flying -= p.tokens + 1
            wanted = work.wanted.pop(p.key, ())
            if p.key not in kept:
                work.refused[p.key] = reply
                for place, slot in wanted:
                    self._lost(work, p.key, place, slot)
                continue
            tally.add(reply)
            for place, slot in wanted:
                self._fill(work, place, self.read(slot, kept[p.key]))
        if self.allowance:
            self.allowance.spent += tally.computed - before
        work.tell(tally, done)

    def _lost(self, work: _Work[S, P, T], key: str, place: int, slot: S) -> None:
        """It was sent, and came back without an answer."""
        self._fill(work, place, refused(slot, told) if (told := work.refused.get(key)) else unanswered(slot))

    def _fill(self, work: _Work[S, P, T], place: int, result: T | Unscored) -> None:
        work.done += 1
        if isinstance(result, Unscored):
            work.unscored += 1
            self.tally.count(result.reason)
        work.take(place, result)
