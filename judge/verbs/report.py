"""`judge report`: the page of a finished run."""

import argparse
from pathlib import Path

from judge.verbs._arguments import RUN

_NOTES = """\
One file that opens in a browser without a server and asks the network for nothing: plots, the list, a drawer per row
with its conversation, contradictions side by side. A run writes it by itself (report=false: it does not); this makes it
for an older run, or anew by a newer version. The input is read again, and has to be what the run read.

A run's files are sealed. So in the folder of a run that has no report.html, one is written; where it has one that is
part of the run, that is left as it is, and --out names another file. The same run gives the same bytes, from the
folder in which the run was started.
"""


def words(parser: argparse.ArgumentParser) -> None:
    parser.description = "Write the page of a finished run, report.html."
    parser.epilog = _NOTES
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("run", type=Path, metavar="RUN", help=RUN)
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="where it goes; default: report.html in the run's folder"
    )


def act(words: argparse.Namespace) -> int:
    from judge import inbox, remaking, reporting
    from judge.console import Terminal

    run, console = inbox.load(inbox.find(words.run)), Terminal()
    spec, guide = remaking.dataset(run.manifest)
    with console.busy("report"):
        said = reporting.again(run, spec, guide, words.out)
    console.say(said)
    return 0
