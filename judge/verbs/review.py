"""`judge review`: people decide on rows, in a browser."""

import argparse
from pathlib import Path

from judge.verbs._arguments import RUN, count


def words(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Serve a page on this machine on which people decide which rows go: one key each for remove, keep, unsure, a"
        " note and undo. Every decision is kept at once, and holds for later runs of the set as long as its row is not"
        " edited. Each person gets a link that opens once; Ctrl-C ends the review and writes labels.jsonl."
    )
    parser.add_argument("run", type=Path, metavar="RUN", help=RUN)
    parser.add_argument(
        "--as", dest="people", action="append", metavar="NAME", help="who reviews; once for each; default: you"
    )
    parser.add_argument(
        "--order",
        choices=("suspicion", "disagreement", "random"),
        default="suspicion",
        help="in which rows come up at first; default: %(default)s",
    )
    parser.add_argument(
        "--sample", type=count, metavar="N", help="rows of the random sample; default: 300, and at most half of all"
    )
    parser.add_argument("--port", type=int, default=0, metavar="PORT", help="default: 0, any that is free")
    parser.add_argument("--open", action="store_true", help="open each link in a browser; links are printed, too")
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="default: %(default)s, this machine alone"
    )
    parser.add_argument(
        "--yes-on-the-network", action="store_true", help="let --host be an address that others can reach"
    )


def act(words: argparse.Namespace) -> int:
    import webbrowser

    from judge import inbox, remaking, reviewing
    from judge.console import Terminal

    run, console = inbox.load(inbox.find(words.run)), Terminal()
    spec, guide = remaking.dataset(run.manifest)
    choice = reviewing.Choice(
        people=tuple(words.people or [_user()]),
        order=words.order,
        sample=words.sample,
        host=words.host,
        port=words.port,
        network=words.yes_on_the_network,
        shown=webbrowser.open if words.open else None,
    )
    reviewing.run(run, spec, guide, choice, console.say, console.busy)
    return 0


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may have a user without a name
        return "someone"
