"""The scripted judge, but of every sixteenth row it says what a server says that does not take it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from judge.backends.scripted import Scripted, by_digest
from judge.ports import REFUSED, TOO_LONG, Prepared
from judge.records import Reply


def connect() -> "Refusing":
    """As `backend._target_=refusing.connect`."""
    return Refusing(script=by_digest, script_name="refusing", limit=8192, batch=16, seconds=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusing(Scripted):
    """It refuses some, and finds others too long."""

    def answer(self, asked: Iterable[Prepared]) -> Iterator[Sequence[tuple[Prepared, Reply]]]:
        """Two of sixteen get no answer."""
        for batch in Scripted.answer(self, asked):
            yield [(prepared, _said(prepared.key, reply)) for prepared, reply in batch]


def _said(key: str, reply: Reply) -> Reply:
    match key[-1]:
        case "0":
            return replace(reply, text="the server said 400: filtered", stop=REFUSED)
        case "1":
            return replace(reply, text="the server said that it is too long", stop=TOO_LONG)
        case _:
            return reply
