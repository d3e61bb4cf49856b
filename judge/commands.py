"""The verbs that read finished runs: `compare`, `diff`, `clean`, `verify`, `store`. `run` and `doctor` are Hydra's."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from judge.errors import ConfigError

SWEEPS = Path("runs/sweeps")
_COMPARE = """\
One line per variant: planted recall with its interval, false alarms, average precision, agreement with people's
decisions, rank correlation, unscored rows, tokens and seconds. Then the winner, chosen on one half of the copies and
tested on the other, with noise called noise; and the rows that all variants suspect, or only one.
Writes compare.csv and compare.svg into the sweep's folder, or into --out (of several folders: the current one).

  python -m judge compare                                    the jobs of the newest sweep
  python -m judge compare runs/sweeps/TIME                   those of another
  python -m judge compare RUN RUN ... [--out FOLDER]         runs of your choice
"""
_RUN = "a run's folder, or that of a data set (its newest complete run)"


def run(verb: str, arguments: Sequence[str]) -> int:
    """
    Run one of the verbs; return the process's exit code.

    Raises:
        JudgeError: it cannot be done.
    """
    read, act = VERBS[verb]
    parser = _Parser(
        prog=f"python -m judge {verb}", formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    read(parser)
    if {"-h", "--help", "help"} & set(arguments):
        sys.stdout.write(parser.format_help())
        return 0
    return act(parser.parse_args(arguments))


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{self.prog.split()[-1]}: {message} ({self.prog} --help)")


def _compare_words(parser: argparse.ArgumentParser) -> None:
    parser.description = "Hold runs of one set against each other, on the planted copies that all of them read."
    parser.epilog = _COMPARE
    parser.add_argument("runs", nargs="*", type=Path, metavar="RUN", help="runs, or a sweep's folder; default: newest")
    parser.add_argument("--out", type=_folder, metavar="FOLDER", help="where compare.csv and compare.svg go")


def _compare(words: argparse.Namespace) -> int:
    from judge import compare
    from judge.console import Terminal

    folders = words.runs or sorted({path.parents[1] for path in SWEEPS.glob("*/*/manifest.json")})[-1:]
    if not folders:
        raise ConfigError(f"compare what? there is no sweep in {SWEEPS}; name runs: python -m judge compare --help")
    compare.run(folders, words.out, Terminal().say)
    return 0


def _folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("needs a folder")
    return Path(text)


VERBS: dict[str, tuple[Callable[[argparse.ArgumentParser], None], Callable[[argparse.Namespace], int]]] = {
    "compare": (_compare_words, _compare),
}
