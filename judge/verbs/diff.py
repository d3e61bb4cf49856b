"""`judge diff`: what changed since an earlier run."""

import argparse
from pathlib import Path

from judge.verbs._arguments import RUN


def words(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Say what has changed from one run to a later one: rows, suspects, verdicts and why they changed, what now"
        " contradicts what, and rates per source, with what of it is more than noise."
    )
    parser.epilog = "With one folder of runs, its two newest. Exit codes: 0 done, 2 could not be compared."
    parser.add_argument("before", type=Path, metavar="BEFORE", help=RUN)
    parser.add_argument("after", type=Path, nargs="?", metavar="AFTER", help="the later run, likewise")
    parser.add_argument("--across-judges", action="store_true", help="compare runs of different judges all the same")
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_const", dest="form", const="json", help="everything, for programs")
    forms.add_argument(
        "--markdown", action="store_const", dest="form", const="markdown", help="for a comment on a pull request"
    )


def act(words: argparse.Namespace) -> int:
    from judge import diff, inbox
    from judge.console import Terminal

    before, after = words.before, words.after
    if after is None:
        before, after = inbox.pair(before)
    console = Terminal()
    say = print if words.form else console.say  # a document stays as it stands
    with console.busy("reading both runs"):
        diff.run(before, after, across=words.across_judges, form=words.form or "text", say=say)
    return 0
