"""`judge clean`: what stays and what goes."""

import argparse
from pathlib import Path

from judge.verbs._arguments import RUN, folder, share


def words(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Split the input of a finished run into what is kept and what is removed, in its own format, with a ledger of"
        " what went and why. No row is edited, and the input stays as it is."
    )
    parser.epilog = (
        "Rules: budget (rows inside the review budget), suspicion=0.9 (that much or more), tone=2 (a score of that"
        " rubric of that or less), decisions (what people said). People's decisions have the last word over any rule."
    )
    parser.add_argument("run", type=Path, metavar="RUN", help=RUN)
    parser.add_argument(
        "--by",
        action="append",
        default=[],
        metavar="RULE",
        help="which rows go; several add up; default: budget, or decisions where people decided all of it",
    )
    parser.add_argument(
        "--labels", type=Path, metavar="FILE", help="people's decisions; default: those of the run and beside it"
    )
    parser.add_argument("--out", type=folder, metavar="FOLDER", help="a new folder; default: clean/ in the run's")
    parser.add_argument("--dry-run", action="store_true", help="say what would go, and write nothing")
    parser.add_argument("--weights", action="store_true", help="write a weight per row instead of two files")
    parser.add_argument(
        "--max-loss",
        type=share,
        default=0.3,
        metavar="SHARE",
        help="warn where a source or topic loses more of its rows; default: %(default)g",
    )
    parser.add_argument("--protect", action="store_true", help="and keep its least suspicious rows")


def act(words: argparse.Namespace) -> int:
    from judge import clean, inbox, remaking
    from judge.console import Terminal

    run = inbox.load(inbox.find(words.run))
    console = Terminal()
    console.say(f"the run: {run.folder}")
    spec, guide = remaking.dataset(run.manifest)
    choice = clean.Choice(
        rules=tuple(words.by),
        labels=words.labels,
        dry_run=words.dry_run,
        weights=words.weights,
        max_loss=words.max_loss,
        protect=words.protect,
    )
    with console.busy("cleaning"):
        clean.run(run, spec, guide, choice, words.out, console.say)
    return 0
