"""
The verbs that read finished runs, and the store: one file each, of which one is imported. `run` is Hydra's.

A verb's file has `words`, which tells a parser what it takes, and `act`, which does it and returns the exit code.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from judge.errors import ConfigError

VERBS = ("compare", "report", "show", "review", "labels", "diff", "clean", "verify", "store")


def run(verb: str, arguments: Sequence[str]) -> int:
    """
    Run one of the verbs; return the process's exit code.

    Raises:
        JudgeError: it cannot be done.
    """
    told = import_module(f"judge.verbs.{verb}")
    parser = _Parser(prog=f"python -m judge {verb}", allow_abbrev=False)
    told.words(parser)
    if {"-h", "--help", "help"} & set(arguments):
        sys.stdout.write(parser.format_help())
        return 0
    return int(told.act(parser.parse_args(arguments)))


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{self.prog.split()[-1]}: {message} ({self.prog} --help)")
