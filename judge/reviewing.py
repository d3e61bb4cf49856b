"""`judge review`: people decide on the rows of a finished run, in a browser; every decision is on the disk at once."""

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from judge import desk, sources, standing
from judge.desk import Review, Room
from judge.errors import ConfigError
from judge.inbox import Run
from judge.review import app, serving
from judge.review.decisions import Decisions
from judge.review.guard import Guard
from judge.text import counted, person, printable

Busy = Callable[[str], AbstractContextManager[None]]
_NAME = 60  # characters of a person's


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """
    How a review is to go.

    Attributes:
        people: who reviews; each gets a link.
        order: in which rows come up at first; each person may choose another.
        sample: rows of the random sample; None: as many as is usual for the set.
        host, port: where the page is served; port 0 takes a free one.
        network: whether `host` may be an address that others can reach.
        shown: opens an address in a browser; None prints links only.
    """

    people: tuple[str, ...]
    order: str = "suspicion"
    sample: int | None = None
    host: str = "127.0.0.1"
    port: int = 0
    network: bool = False
    shown: Callable[[str], object] | None = None


def run(  # noqa: PLR0917 - in the order in which a command line has them
    run: Run, spec: sources.Spec, guide: str | None, choice: Choice, say: Callable[[str], None], busy: Busy
) -> None:
    """
    Serve the review of a run until somebody ends it.

    Args:
        run: the audit.
        spec: its data set.
        guide: the text of the set's guide, if it has one.
        choice: who reviews, and where.
        say: shows one line.
        busy: shows a sign of life while all of it is read.

    Raises:
        JudgeError: the run or its data cannot be read, the page cannot be served there, or the file of decisions is
            none.
    """
    _check(choice)
    choice = replace(choice, people=tuple(map(person, choice.people)))
    listener = serving.listen(choice.host, choice.port)
    with listener:
        with busy("reading the run"), _hurried():
            review = desk.read(run, spec, guide, choice.sample)
        _check_order(review, choice.order)
        with closing(Decisions(standing.store(run))) as decisions:
            with busy("laying out its rows"):
                room = Room(review, decisions, choice.order, say)
                many, laid = room.write(), room.desk()
                room.page()  # what cannot be read is told now, and not to whoever opens a link
            port = listener.getsockname()[1]
            guard = Guard(serving.names(choice.host), port, lambda name, link: say(f"a fresh link for {name}: {link}"))
            web = app.app(laid, guard)
            _greet(review, choice, many, decisions.path, say)
            links = {name: guard.invite(name) for name in choice.people}
            for name, link in links.items():
                say(f"{name}: {link}")
            say("a link opens once, for one browser; Ctrl-C ends the review")
            with serving.doors(links.values() if choice.shown else ()) as doors:
                for door in doors:
                    threading.Thread(target=choice.shown, args=(door.as_uri(),), daemon=True).start()
                serving.serve(web, listener)
            _part(room, say)


def _check(choice: Choice) -> None:
    if not serving.loopback(choice.host) and not choice.network:
        serving.known(choice.host)
        raise ConfigError(
            f"--host {choice.host} would show the rows to others on its network, without encryption; say so with"
            " --yes-on-the-network, or leave --host out and forward the port (ssh -L)"
        )
    for name in choice.people:
        if not name.strip() or len(name) > _NAME or name != printable(name) or "\n" in name:
            raise ConfigError(f"--as {name!r} is no name: up to {_NAME} characters on one line were expected")
    if len(set(map(person, choice.people))) != len(choice.people):
        raise ConfigError("--as names the same person twice")


def _check_order(review: Review, order: str) -> None:
    if not review.queues:
        raise ConfigError(f"{review.run.folder} has no row that could be reviewed")
    if order not in review.queues:
        why = ": no judge graded its rows" if order == "disagreement" else ""
        raise ConfigError(f"this run has no order {order}{why}; take --order {' or '.join(review.queues)}")


@contextmanager
def _hurried() -> Iterator[None]:
    """Without looks for garbage: there is hardly any, and to look through millions of values takes seconds."""
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


def _greet(review: Review, choice: Choice, many: int, path: Path, say: Callable[[str], None]) -> None:
    told = review.content.data["run"]
    say(
        f"{told['folder']}: {counted(told['total'], 'row')}, {told['budget']:,} inside the review"
        f" budget; {counted(many, 'decision')} so far in {path}"
    )
    if not serving.loopback(choice.host):
        say(
            f"WARNING: whoever reaches {choice.host} and has a link reads every row; the connection is not encrypted,"
            " so whoever listens reads along, and can take over a session"
        )


def _part(room: Room, say: Callable[[str], None]) -> None:
    told = room.finish("")
    if not told["decisions"]:
        say("no decision was made; the same command goes on where you stopped")
        return
    for line in (*told["says"], *told["agree"]):
        say(line)
    where = told["labels"] if told["written"] else "kept"
    say(f"{counted(told['decisions'], 'decision')}: {where}; the same command goes on where you stopped")
    say(f"next: {told['next'][0][1]}")
