"""`judge compare`: variants side by side."""

import argparse
from pathlib import Path

from judge.errors import ConfigError
from judge.verbs._arguments import folder

SWEEPS = Path("runs/sweeps")
_COMPARE = """\
One line per variant: planted recall with its interval, false alarms, average precision, agreement with people's
decisions, rank correlation, unscored rows, tokens and seconds. Then the winner, chosen on one half of the copies and
tested on the other, with noise called noise; and the rows that all variants suspect, or only one.
Writes compare.csv, compare.svg and compare.html, a page that opens without a network, into the sweep's folder, or into
--out (of several folders: the current one).

  python -m judge compare                                    the jobs of the newest sweep
  python -m judge compare runs/sweeps/TIME                   those of another
  python -m judge compare RUN RUN ... [--out FOLDER]         runs of your choice
"""


def words(parser: argparse.ArgumentParser) -> None:
    parser.description = "Hold runs of one set against each other, on the planted copies that all of them read."
    parser.epilog = _COMPARE
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("runs", nargs="*", type=Path, metavar="RUN", help="runs, or a sweep's folder; default: newest")
    parser.add_argument("--out", type=folder, metavar="FOLDER", help="where the files go")


def act(words: argparse.Namespace) -> int:
    from judge import compare
    from judge.console import Terminal

    folders = words.runs or sorted({path.parents[1] for path in SWEEPS.glob("*/*/manifest.json")})[-1:]
    if not folders:
        raise ConfigError(f"compare what? there is no sweep in {SWEEPS}; name runs: python -m judge compare --help")
    console = Terminal()
    with console.busy("comparing"):
        compare.run(folders, words.out, console.say)
    return 0
