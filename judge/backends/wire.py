"""
Many requests to one server over HTTP: as many at a time as it takes, each tried again until it is answered.

An event loop of its own runs whenever an answer is waited for, in the thread that waits: there is no other thread, and
what is under way ends with the generator. What is wrong with one request is handed back as `Refused` and stops nothing.
What is wrong with all of them is a `BackendError`, raised when all that was answered has been handed over; which of the
two it is, a small question tells that was answered before: where rows alone are bad, it still is.
"""

import asyncio
import contextlib
import itertools
import re
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import httpx

from judge.backends.address import Place, Refused, refusal, words
from judge.backends.pace import Pace, Window, retry_after, wait
from judge.errors import BackendError
from judge.text import printable

_MANY = 8  # requests in a row that are refused or given up, from which it is doubted that only they are bad
_TRIES = 3  # of the small question
_BUSY = (429, 503)
_AGAIN = (408, 409, 425, 429)  # and everything from 500 that is not "not implemented"
_AWAY = (0, 429, 502, 503, 504)  # nobody is there, as far as one can tell, or nobody has time
_OK, _ERRORS, _NEVER = 200, 500, 501
_TELLING = 6  # letters and digits of a key in a row that are not shown, however the rest of it is written
_SHORT, _LOOKED = 240, 4096  # characters of a server's own words: shown, and looked at

A = TypeVar("A")
B = TypeVar("B")
R = TypeVar("R")
S = TypeVar("S")
Value = Mapping[str, Any]
# what reading an answer of another form raises
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError, ArithmeticError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[A]):
    """
    One request.

    Attributes:
        about: handed back with the answer.
        name: what its waits are jittered by.
        url: where it goes.
        body: JSON to post; None only reads.
    """

    about: A
    name: str
    url: str
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class _Failed:
    """A try that may go better the next time."""

    refused: Refused
    busy: bool = False  # a sign that it has too much
    told: float | None = None  # seconds that it asks us to wait
    nobody: bool = False  # no server is there


def ask(
    place: Place,
    calls: Iterable[Call[A]],
    read: Callable[[A, Value], R],
    pace: Pace,
    *,
    small: Call[None] | None = None,
    again: tuple[Call[None], Callable[[None, Value], object]] | None = None,
    hurry: bool = False,
) -> Generator[Sequence[tuple[A, R | Refused]], None, None]:
    """
    Ask all of them, in any order, pulling `calls` only as far as there is room.

    Args:
        place: whom.
        calls: what.
        read: makes something of an answer's JSON object; where it cannot (`_UNREADABLE`), it is asked again.
        pace: how hard.
        small: a chat that it has answered before; without it, nothing stops.
        again: what is asked before an answer counts, first or after nobody was there; and what raises if it is another.
        hurry: give up at once where nobody listens, instead of waiting for a server that is started again.

    Raises:
        BackendError: the server is gone, or does not even answer the small question any more.
    """
    line = _Line(place, read, pace, small=small, again=again, hurry=hurry)
    source = iter(calls)
    try:
        while True:
            for call in itertools.islice(source, line.window.room(len(line.flying))):
                line.send(call)
            if not line.flying:
                return
            if done := line.some():
                yield done
            if line.broken:
                raise line.broken
            if line.stopped:
                raise BackendError(line.stopped)
    finally:
        line.close()


class _Line(Generic[A, R]):
    """A client, its loop, what is under way, and how the server has been doing."""

    def __init__(
        self,
        place: Place,
        read: Callable[[A, Value], R],
        pace: Pace,
        *,
        small: Call[None] | None,
        again: tuple[Call[None], Callable[[None, Value], object]] | None,
        hurry: bool,
    ) -> None:
        self.place, self.read, self.pace, self.small, self.hurry = place, read, pace, small, hurry
        self.again, self._away = again, True  # whether somebody else may be there than was, and nobody has looked
        self.window = Window(most=pace.most)
        self.flying: set[asyncio.Task[tuple[A, R | Refused]]] = set()
        self.stopped = ""
        self.broken: BaseException | None = None  # a mistake of ours, which takes no other's answer along
        self._done: list[asyncio.Task[tuple[A, R | Refused]]] = []
        self._ready = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda *_: None)  # a signal may end any task; whoever waits is told of it
        self._heard = time.monotonic()  # when it last answered anything
        self._missed = 0  # requests refused or given up since one was answered
        self._pieces = re.findall(rf"[A-Za-z0-9]{{{_TELLING},}}", place.key)
        self._doubt = asyncio.Lock()  # held while the small question is asked
        self._lanes: list[httpx.AsyncClient] = []  # those that are free, the last used last
        self._made: list[httpx.AsyncClient] = []
        # read once: each of many clients would read the certificates anew
        self._tls = httpx.create_ssl_context() if place.url.startswith("https:") else False

    def send(self, call: Call[A]) -> None:
        """Put a request under way."""
        task = self._loop.create_task(self._answer(call))
        task.add_done_callback(self._landed)
        self.flying.add(task)

    def some(self) -> list[tuple[A, R | Refused]]:
        """Wait until at least one is through."""
        self._loop.run_until_complete(self._ready.wait())
        self._ready.clear()
        done, self._done = self._done, []
        self.flying.difference_update(done)
        self.broken = next((error for task in done if (error := task.exception())), None)
        return [task.result() for task in done if not task.exception()]

    def close(self) -> None:
        """Give up what is under way."""
        for task in (tasks := asyncio.all_tasks(self._loop)):
            task.cancel()
        with contextlib.suppress(RuntimeError):  # ended from within another event loop: nothing can be waited for
            self._loop.run_until_complete(_ended(tasks, self._made))
        with contextlib.suppress(RuntimeError):  # a signal came while the loop was being left: it seems to run still
            self._loop.close()

    def _landed(self, task: "asyncio.Task[tuple[A, R | Refused]]") -> None:
        self._done.append(task)
        self._ready.set()

    def _lane(self) -> httpx.AsyncClient:
        """One more connection, with a client of its own: httpx looks through all of a client's at every request."""
        lane = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {self.place.key}"} if self.place.key else {},
            timeout=httpx.Timeout(None, connect=10.0),
            limits=httpx.Limits(max_connections=1, keepalive_expiry=4.0),
            trust_env=not self.place.here,  # a proxy is no way to this machine
            verify=self._tls,
        )
        self._made.append(lane)
        return lane

    async def _answer(self, call: Call[A]) -> tuple[A, R | Refused]:
        """Until it is answered, refused or given up."""
        began, attempt = time.monotonic(), 0
        while True:
            told = await self._try(call, self.read)
            if isinstance(told, Refused):
                self._heard = time.monotonic()
                await self._miss()
                return call.about, told
            if not isinstance(told, _Failed):
                await self._return()
                self._heard, self._missed = time.monotonic(), 0
                self.window.answered(self._heard)
                return call.about, told
            attempt += 1
            self._away |= told.nobody
            if told.busy:
                self.window.overloaded()
            if self._hopeless(told, began, attempt):
                await self._miss()
                return call.about, told.refused
            await asyncio.sleep(wait(call.name, attempt, told.told))

    async def _try(self, call: Call[B], read: Callable[[B, Value], S]) -> S | Refused | _Failed:
        """The one place where HTTP's errors become ours."""
        method, headers = ("GET", {}) if call.body is None else ("POST", {"Content-Type": "application/json"})
        lane = self._lanes.pop() if self._lanes else self._lane()
        try:
            async with asyncio.timeout(self.pace.timeout):
                response = await lane.request(method, call.url, content=call.body, headers=headers)
        except TimeoutError:
            return _Failed(Refused(0, f"no answer within {self.pace.timeout:g} s"), busy=True)
        except httpx.HTTPError as error:
            why = Refused(0, self._words(str(error) or type(error).__name__))
            busy, nobody = (isinstance(error, kind) for kind in (httpx.TimeoutException, httpx.ConnectError))
            return _Failed(why, busy=busy, nobody=nobody)
        finally:
            self._lanes.append(lane)
        status = response.status_code
        if status == _OK and "json" in response.headers.get("content-type", ""):
            try:
                return read(call.about, response.json())
            except _UNREADABLE:
                return _Failed(Refused(status, "an answer that cannot be read"))
        refused = Refused(status, self._words(words(response)))
        if passing(status):
            told = retry_after(response.headers.get("retry-after"), time.time())
            return _Failed(refused, busy=status in _BUSY, told=told)
        return refused

    async def _return(self) -> None:
        """At first, and where nobody was there for a while, find out who is before any answer counts."""
        async with self._doubt:
            if self._away and self.again:
                self._away = isinstance(await self._try(*self.again), _Failed)

    def _gone(self) -> bool:
        return time.monotonic() - self._heard > self.pace.patience

    def _hopeless(self, failed: _Failed, began: float, attempt: int) -> bool:
        """Whether to give a request up: where it alone fails, soon; where nobody is there, when patience ends."""
        if failed.nobody and self.hurry:
            return True
        waits = failed.refused.status in _AWAY and self._heard <= began and not self._gone()
        return attempt > self.pace.retries and not waits

    async def _miss(self) -> None:
        """One more without an answer; from some of them on, find out whether that is about rows or about the server."""
        self._missed += 1
        async with self._doubt:
            if self.small is None or self.stopped or (self._missed < _MANY and not self._gone()):
                return
            told: object = None
            for attempt in range(1, _TRIES + 1):
                told = await self._try(self.small, _answered)
                if not isinstance(told, _Failed) or attempt == _TRIES:
                    break
                await asyncio.sleep(wait(self.small.name, attempt, told.told))
            if isinstance(told, Refused):
                self.stopped = (
                    f"{self._missed} requests in a row had no answer, and a small question that was answered before is"
                    f" refused: {refusal(self.place, told)}"
                )
            elif isinstance(told, _Failed):
                self.stopped = (
                    f"{self.place.host} has given no answer for {time.monotonic() - self._heard:.0f} s"
                    f" ({told.refused.words}); see to it that it runs, e.g. vllm serve MODEL --port 8000, and start the"
                    " same command: it goes on from here"
                )
            else:
                self._heard, self._missed = time.monotonic(), 0

    def _words(self, text: str) -> str:
        """A server's words on one line; it may repeat what it was sent, so the key is taken out before any is cut."""
        told = text.replace(self.place.key, "***") if self.place.key else text
        for piece in self._pieces:  # of a key that is repeated as JSON, HTML or an address would have it
            told = told.replace(piece, "***")
        line = " ".join(printable(told[:_LOOKED]).split())
        return line if len(line) <= _SHORT else line[: _SHORT - 1] + "…"


def passing(status: int) -> bool:
    """Whether a status, 0 for none, says nothing of the request: the next time may go better."""
    return status == 0 or status in _AGAIN or (status >= _ERRORS and status != _NEVER)


def _answered(_: None, value: Value) -> bool:
    return bool(value["choices"][0]["message"])


async def _ended(tasks: "set[asyncio.Task[Any]]", clients: Sequence[httpx.AsyncClient]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)
    for client in clients:
        await client.aclose()
