"""`judge review`: people decide on the rows of a finished run, in a browser; every decision is on the disk at once."""

from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path

from judge import desk, sources, standing
from judge.desk import Review, Room
from judge.errors import ConfigError
from judge.inbox import Run
from judge.review import app, serving
from judge.review.decisions import Decisions
from judge.review.guard import Guard
from judge.text import counted, printable
from judge.views import orders

Busy = Callable[[str], AbstractContextManager[None]]
_NAME = 60  # characters of a person's


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """
    How a review is to go.

    Attributes:
        people: who reviews; each gets a link.
        order: in which rows come up at first; each person may choose another.
        sample: rows of the random sample.
        host, port: where the page is served; port 0 takes a free one.
        network: whether `host` may be an address that others can reach.
        shown: opens a link in a browser; None prints it only.
    """

    people: tuple[str, ...]
    order: str = "suspicion"
    sample: int = orders.SAMPLE
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
    listener = serving.listen(choice.host, choice.port)
    with listener:
        with busy("reading the run"):
            review = desk.read(run, spec, guide, choice.sample)
        if choice.order not in review.queues:
            raise ConfigError(f"there is no order {choice.order!r} here: no judge graded this run's rows")
        with closing(Decisions(standing.store(run))) as decisions:
            room = Room(review, decisions, choice.order, say)
            many = room.write()
            port = listener.getsockname()[1]
            guard = Guard(serving.names(choice.host), port, lambda name, link: say(f"a fresh link for {name}: {link}"))
            web = app.app(room.desk(), guard)
            _greet(review, choice, many, decisions.path, say)
            for name in choice.people:
                link = guard.invite(name)
                say(f"{name}: {link}")
                if choice.shown:
                    choice.shown(link)
            say("a link opens once, for one browser; Ctrl-C ends the review")
            serving.serve(web, listener)
            _part(room, say)


def _check(choice: Choice) -> None:
    if not serving.loopback(choice.host) and not choice.network:
        raise ConfigError(
            f"--host {choice.host} would show the rows to others on its network, without encryption; say so with"
            " --yes-on-the-network, or leave --host out and forward the port (ssh -L)"
        )
    for name in choice.people:
        if not name.strip() or len(name) > _NAME or name != printable(name) or "\n" in name:
            raise ConfigError(f"--as {name!r} is no name: up to {_NAME} characters on one line were expected")
    if len(set(choice.people)) != len(choice.people):
        raise ConfigError("--as names the same person twice")


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
    say(f"{counted(told['decisions'], 'decision')}: {told['labels']}; the same command goes on where you stopped")
    say(f"next: {told['next'][0][1]}")
