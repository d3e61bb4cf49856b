"""`judge verify`: whether a run is what it claims to be."""

import argparse
from pathlib import Path

from judge.verbs._arguments import RUN


def words(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Say in one line whether a run is what it claims to be: its files against its manifest, the manifest against"
        " its seal, the input and the wording against what they were, and every output made once more from the stored"
        " replies. Needs no GPU and no model."
    )
    parser.epilog = "Exit codes: 0 it holds, 1 it does not, and the first thing that is not so is named, 2 no such run."
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help=RUN)


def act(words: argparse.Namespace) -> int:
    import os

    from judge import remaking, verify
    from judge.console import Terminal

    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123 - bars are seen, what a run says is not
        workshop = verify.Workshop(
            parts=lambda run, out, backend, store: remaking.parts(
                run.manifest, out, backend, store, Terminal(out=nowhere)
            ),
            backend=lambda run: remaking.judge(run.manifest),
        )
        say = Terminal().say
        verdicts = [verify.run(folder, workshop, say) for folder in words.runs]
    return 1 if any(verdict.broken for verdict in verdicts) else 0
