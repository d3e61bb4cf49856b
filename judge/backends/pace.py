"""
How hard a server is asked: how many requests are under way at a time, and how long to wait before one is tried again.

The window is doubled while that brings more answers a second, then widened by one a round, and halved where the server
says that it has too much (429, 503, no answer in time). Pure but for the clock it is told; waits are jittered by the
request's own name, so that the same run waits the same.
"""

import zlib
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

_FIRST = 8.0  # requests under way at the beginning
_PAYS = 1.1  # times as many answers a second, for which doubling goes on
_BASE, _LONGEST = 0.25, 15.0  # seconds before the second try, and before any
_TOLD_LONGEST = 60.0  # seconds that a server may make us wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """
    What a server is given.

    Attributes:
        most: requests under way at once, at least 1.
        timeout: seconds that one may take.
        retries: how often one is tried again, while others are answered.
        patience: seconds without any answer after which a server counts as gone.
    """

    most: int = 128
    timeout: float = 120.0
    retries: int = 8
    patience: float = 120.0


@dataclass(slots=True, kw_only=True)
class Window:
    """How many requests may be under way, at most `most`."""

    most: int
    size: float = field(init=False)
    _doubling: bool = field(init=False, default=True)
    _answers: int = field(init=False, default=0)
    _since: float | None = field(init=False, default=None)
    _rate: float = field(init=False, default=0.0)
    _deaf: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.size = min(_FIRST, float(self.most))

    def room(self, flying: int) -> int:
        """How many more may be sent while `flying` are under way."""
        return max(int(self.size) - flying, 0)

    def answered(self, now: float) -> None:
        """One more is answered; as many as the window holds are a round, after which it is widened."""
        self._deaf = max(self._deaf - 1, 0)
        self._since = now if self._since is None else self._since
        self._answers += 1
        if self._answers < self.size:
            return
        rate = self._answers / max(now - self._since, 1e-9)
        self._doubling = self._doubling and rate > _PAYS * self._rate
        self.size = min(self.size * 2 if self._doubling else self.size + 1, float(self.most))
        self._answers, self._since, self._rate = 0, now, rate

    def overloaded(self) -> None:
        """The server has too much. What it turned away with the same wave halves the window once."""
        if self._deaf:
            self._deaf -= 1
            return
        self._deaf = int(self.size)
        self.size = max(self.size / 2, 1.0)
        self._doubling, self._answers, self._since = False, 0, None


def wait(name: str, attempt: int, told: float | None = None) -> float:
    """
    Seconds before the next try.

    Args:
        name: of the request.
        attempt: how often it has failed, from 1.
        told: what the server asks for, if it does.
    """
    jitter = zlib.crc32(f"{name} {attempt}".encode()) / 2**32
    if told is not None:
        return min(told, _TOLD_LONGEST) * (1 + jitter / 4)
    return float(min(_BASE * 2 ** min(attempt - 1, 16), _LONGEST) * (0.5 + jitter))


def retry_after(header: str | None, now: float) -> float | None:
    """Seconds that a `Retry-After` header asks for, be it a number or a date; None where it asks for none."""
    if not header:
        return None
    try:
        seconds = float(header) if header.strip().isdecimal() else parsedate_to_datetime(header).timestamp() - now
    except (ValueError, OverflowError):
        return None
    return max(seconds, 0.0)
