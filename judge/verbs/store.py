"""`judge store`: what the replies take, and who needs them."""

import argparse
from pathlib import Path

from judge.verbs._arguments import days


def words(parser: argparse.ArgumentParser) -> None:
    parser.description = "Show what the store of replies holds and which runs need it; remove what no kept run needs."
    parser.epilog = (
        "A run is kept as long as its folder is: delete folders first, then prune. Replies that are pruned cost"
        " tokens again when they are needed after all, and a run without its replies can no longer be verified."
    )
    parser.add_argument("store", nargs="?", type=Path, default=Path("runs/replies.sqlite"), help="default: %(default)s")
    parser.add_argument("--runs", type=Path, metavar="FOLDER", help="where runs are kept; default: the store's folder")
    parser.add_argument("--prune", action="store_true", help="remove the replies that no kept run needs")
    parser.add_argument(
        "--keep-days",
        type=days,
        default=1.0,
        metavar="DAYS",
        help="leave younger ones, which a run that was stopped may go on with; default: %(default)g",
    )


def act(words: argparse.Namespace) -> int:
    from judge import storage
    from judge.console import Terminal

    console = Terminal()
    with console.busy("looking through the runs"):
        storage.run(words.store, words.runs or words.store.parent, words.keep_days, console.say, prune=words.prune)
    return 0
