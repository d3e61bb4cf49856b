"""The verbs that read finished runs, and the store. `run` and `doctor` are Hydra's."""

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
    parser = _Parser(prog=f"python -m judge {verb}", allow_abbrev=False)
    read(parser)
    if {"-h", "--help", "help"} & set(arguments):
        sys.stdout.write(parser.format_help())
        return 0
    return act(parser.parse_args(arguments))


def doctor(arguments: Sequence[str]) -> int:
    """Look at the machine, with the model and the store that a run with the same arguments would use."""
    from judge import doctor as checks
    from judge import wiring

    if {"-h", "--help", "help"} & set(arguments):
        sys.stdout.write("python -m judge doctor [KEY=VALUE ...]: what this machine can do for a run with these keys\n")
        return 0
    if unknown := [word for word in arguments if "=" not in word]:
        raise ConfigError(f"doctor takes KEY=VALUE as `run` does, e.g. backend=vllm; {unknown[0]!r} is none")
    config = wiring.compose(arguments)
    config.quiet = False
    model, revision = config.backend.get("model"), config.backend.get("revision")
    if not config.backend.get("_target_"):
        raise ConfigError("backend has no _target_; choose backend=auto, vllm, transformers, scripted or none")
    name = str(config.backend["_target_"]).split(".")[-2]
    healthy = checks.run(
        wiring.console(config), backend=name, model=model and str(model), revision=revision, store=Path(config.store)
    )
    return 0 if healthy else 1


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{self.prog.split()[-1]}: {message} ({self.prog} --help)")


def _compare_words(parser: argparse.ArgumentParser) -> None:
    parser.description = "Hold runs of one set against each other, on the planted copies that all of them read."
    parser.epilog = _COMPARE
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("runs", nargs="*", type=Path, metavar="RUN", help="runs, or a sweep's folder; default: newest")
    parser.add_argument("--out", type=_folder, metavar="FOLDER", help="where compare.csv and compare.svg go")


def _compare(words: argparse.Namespace) -> int:
    from judge import compare
    from judge.console import Terminal

    folders = words.runs or sorted({path.parents[1] for path in SWEEPS.glob("*/*/manifest.json")})[-1:]
    if not folders:
        raise ConfigError(f"compare what? there is no sweep in {SWEEPS}; name runs: python -m judge compare --help")
    console = Terminal()
    with console.busy("comparing"):
        compare.run(folders, words.out, console.say)
    return 0


def _diff_words(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Say what has changed from one run to a later one: rows, suspects, verdicts and why they changed, what now"
        " contradicts what, and rates per source, with what of it is more than noise."
    )
    parser.epilog = "With one folder of runs, its two newest. Exit codes: 0 done, 2 could not be compared."
    parser.add_argument("before", type=Path, metavar="BEFORE", help=_RUN)
    parser.add_argument("after", type=Path, nargs="?", metavar="AFTER", help="the later run, likewise")
    parser.add_argument("--across-judges", action="store_true", help="compare runs of different judges all the same")
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_const", dest="form", const="json", help="everything, for programs")
    forms.add_argument(
        "--markdown", action="store_const", dest="form", const="markdown", help="for a comment on a pull request"
    )


def _diff(words: argparse.Namespace) -> int:
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


def _clean_words(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Split the input of a finished run into what is kept and what is removed, in its own format, with a ledger of"
        " what went and why. No row is edited, and the input stays as it is."
    )
    parser.epilog = (
        "Rules: budget (rows inside the review budget), suspicion=0.9 (that much or more), tone=2 (a score of that"
        " rubric of that or less), decisions (what people said). People's decisions have the last word over any rule."
    )
    parser.add_argument("run", type=Path, metavar="RUN", help=_RUN)
    parser.add_argument(
        "--by",
        action="append",
        default=[],
        metavar="RULE",
        help="which rows go; several add up; default: decisions where there are some, else budget",
    )
    parser.add_argument("--labels", type=Path, metavar="FILE", help="people's decisions; default: those of the run")
    parser.add_argument("--out", type=_folder, metavar="FOLDER", help="a new folder; default: clean/ in the run's")
    parser.add_argument("--dry-run", action="store_true", help="say what would go, and write nothing")
    parser.add_argument("--weights", action="store_true", help="write a weight per row instead of two files")
    parser.add_argument(
        "--max-loss",
        type=_share,
        default=0.3,
        metavar="SHARE",
        help="warn where a source or topic loses more of its rows; default: %(default)g",
    )
    parser.add_argument("--protect", action="store_true", help="and keep its least suspicious rows")


def _clean(words: argparse.Namespace) -> int:
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


def _share(text: str) -> float:
    return _number(text, 1.0, "share in [0, 1]")


def _show_words(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Show the head of a run's list, or all that it says of one row: reasons, grades, the conversation, whom it"
        " contradicts. What the reasons quote, and where two rows differ, is marked; in a pipe with [[ ]]."
    )
    parser.add_argument("run", type=Path, metavar="RUN", help=_RUN)
    parser.add_argument("row", nargs="?", metavar="ID", help="a row's id, or #N for its rank in the list")
    parser.add_argument("--top", type=_count, default=50, metavar="N", help="rows of the list; default: %(default)s")


def _show(words: argparse.Namespace) -> int:
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


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rows")
    return int(text)


def _verify_words(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Say in one line whether a run is what it claims to be: its files against its manifest, the manifest against"
        " its seal, the input and the wording against what they were, and every output made once more from the stored"
        " replies. Needs no GPU and no model."
    )
    parser.epilog = "Exit codes: 0 it holds, 1 it does not, and the first thing that is not so is named, 2 no such run."
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help=_RUN)


def _verify(words: argparse.Namespace) -> int:
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


def _store_words(parser: argparse.ArgumentParser) -> None:
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
        type=_days,
        default=1.0,
        metavar="DAYS",
        help="leave younger ones, which a run that was stopped may go on with; default: %(default)g",
    )


def _store(words: argparse.Namespace) -> int:
    from judge import storage
    from judge.console import Terminal

    console = Terminal()
    with console.busy("looking through the runs"):
        storage.run(words.store, words.runs or words.store.parent, words.keep_days, console.say, prune=words.prune)
    return 0


def _days(text: str) -> float:
    return _number(text, 1e6, "number of days")


def _number(text: str, most: float, what: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is no {what}")
    return number


def _folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("needs a folder")
    return Path(text)


VERBS: dict[str, tuple[Callable[[argparse.ArgumentParser], None], Callable[[argparse.Namespace], int]]] = {
    "compare": (_compare_words, _compare),
    "show": (_show_words, _show),
    "diff": (_diff_words, _diff),
    "clean": (_clean_words, _clean),
    "verify": (_verify_words, _verify),
    "store": (_store_words, _store),
}
