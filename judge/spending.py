"""What asking costs: counted as it goes, and held against what it may cost."""

import time
from collections.abc import Callable
from dataclasses import dataclass, fields

from judge.records import Reply

# where a question without a score is counted, by its reason; what was read and says nothing is among those answered
_COUNTED = {
    "too_long": "too_long",
    "unanswered": "unanswered",
    "limit": "limited",
    "unreadable": "unread",
}


@dataclass(slots=True, kw_only=True)
class Tally:
    """
    What a round of asking came to.

    Attributes:
        needed: questions = asked + reused + copies + too_long + unanswered + limited.
        asked: answers that the judge gave now.
        reused: questions that the store could answer.
        copies: questions answered along with those of another row of the same content.
        too_long: questions that do not fit the judge's context and were not sent.
        unanswered: questions that were sent and came back without a reply, or were refused.
        limited: questions that were not sent, as a limit of the run was reached.
        cut: questions whose row was shortened to fit.
        unread: replies that could not be read.
        prompt_tokens, cached_tokens, generated_tokens: of the questions sent, by the engine's own count.
        seconds: wall time of the round, the engine's load included.
    """

    needed: int = 0
    asked: int = 0
    reused: int = 0
    copies: int = 0
    too_long: int = 0
    unanswered: int = 0
    limited: int = 0
    cut: int = 0
    unread: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    generated_tokens: int = 0
    seconds: float = 0.0

    @property
    def computed(self) -> int:
        """Tokens the engine had to compute: prompts less what its cache held, and what it generated."""
        return self.prompt_tokens - self.cached_tokens + self.generated_tokens

    def __add__(self, other: "Tally") -> "Tally":
        """What two rounds came to together."""
        return Tally(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})

    def count(self, reason: str) -> None:
        """Count one question that has no score."""
        if name := _COUNTED.get(reason):
            setattr(self, name, getattr(self, name) + 1)

    def close(self, needed: int) -> None:
        """The round is over: what was neither sent, nor known, nor left was answered along with another."""
        self.needed = needed
        self.copies = needed - self.asked - self.reused - self.too_long - self.unanswered - self.limited

    def add(self, reply: Reply) -> None:
        """Count one reply."""
        self.asked += 1
        self.prompt_tokens += reply.prompt_tokens
        self.cached_tokens += reply.cached_tokens
        self.generated_tokens += reply.generated_tokens


@dataclass(slots=True, kw_only=True)
class Allowance:
    """
    What the rounds of a run may spend together. A round that finds it used up sends nothing more and keeps what it has.

    Attributes:
        tokens: that may be computed; None for any number.
        until: moment on `clock`, in seconds, from which nothing is sent; None for never.
        clock: tells the time; never set back.
        spent: tokens computed so far.
        reached: the key of the limit that kept a question from being asked; empty where none did.
    """

    tokens: int | None = None
    until: float | None = None
    clock: Callable[[], float] = time.monotonic
    spent: int = 0
    reached: str = ""

    def refused(self, tokens: float) -> str:
        """Which limit leaves no time, or no room for `tokens` more; empty where there is both."""
        if self.until is not None and self.clock() >= self.until:
            return "limit.minutes"
        if self.tokens is not None and self.spent + tokens > self.tokens:
            return "limit.tokens"
        return ""
