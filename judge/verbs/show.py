"""`judge show`: the list, or one row."""

import argparse
from pathlib import Path

from judge.verbs._arguments import RUN, count


def words(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Show the head of a run's list, or all that it says of one row: reasons, grades, the conversation, whom it"
        " contradicts. What the reasons quote, and where two rows differ, is marked; in a pipe with [[ ]]."
    )
    parser.add_argument("run", type=Path, metavar="RUN", help=RUN)
    parser.add_argument("row", nargs="?", metavar="ID", help="a row's id, or #N for its rank in the list")
    parser.add_argument("--top", type=count, default=50, metavar="N", help="rows of the list; default: %(default)s")


def act(words: argparse.Namespace) -> int:
    from functools import partial

    from judge import inbox, marking, remaking, show
    from judge.console import MARK, UNMARK, Terminal

    run, console = inbox.load(inbox.find(words.run)), Terminal()
    look = show.Look(say=console.say)
    if console.coloured:
        look = show.Look(say=console.styled, mark=partial(marking.marked, opens=MARK, closes=UNMARK))
    if words.row is None:
        show.listing(run, words.top, look)
    else:
        show.row(run, remaking.dataset(run.manifest)[0], words.row, look)
    return 0
