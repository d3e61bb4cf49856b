"""`judge labels`: people's decisions, out to where teams label and back in."""

import argparse
from pathlib import Path

from judge.errors import ConfigError
from judge.verbs._arguments import RUN, count

_LABELS = """\
Without options it says who decided what so far, how far people agree, and which defect rate follows.

  python -m judge labels RUN --to label-studio               tasks for Label Studio's Import, and its labeling interface
  python -m judge labels RUN --to csv --rows undecided       a table for a spreadsheet, with an empty column `decision`
  python -m judge labels RUN --to csv --sample 300           rows drawn at random: only these make an honest defect rate
  python -m judge labels RUN --to jsonl                      labels.jsonl, for dataset.labels of the next run
  python -m judge labels RUN --from FILE [--by NAME]         any of these back: Label Studio's JSON or JSON-MIN, a table
                                                             as a spreadsheet saved it, or labels.jsonl

In a table's column `decision` the words may be, in any case:
  remove (r, removed, delete, drop), keep (k, kept, retain), unsure (u, ?, unclear, not sure); empty says nothing.

A row is known by the digest of its content, so decisions made on an older list still land on the right rows; one whose
content has changed since is told and left out. What comes in is kept in decisions.sqlite beside the runs of the set.
"""


def words(parser: argparse.ArgumentParser) -> None:
    parser.description = "Say what people decided of a set; write rows out to where teams label; read decisions back."
    parser.epilog = _LABELS
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("run", type=Path, metavar="RUN", help=RUN)
    parser.add_argument(
        "--to", choices=("label-studio", "csv", "jsonl"), metavar="FORM", help="label-studio, csv, jsonl"
    )
    parser.add_argument("--out", type=_file, metavar="FILE", help="what --to writes; default: beside the run's folder")
    parser.add_argument(
        "--rows",
        choices=("budget", "all", "undecided"),
        help="inside the review budget (default), all, or those that nobody decided yet",
    )
    parser.add_argument("--top", type=count, metavar="N", help="at most the first N of them, in the list's order")
    parser.add_argument("--sample", type=count, metavar="N", help="instead N of all rows, drawn at random")
    parser.add_argument("--from", type=_file, dest="source", metavar="FILE", help="decisions to take in")
    parser.add_argument("--by", default="", metavar="NAME", help="who decided, where FILE names nobody")


def _file(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("needs a file")
    return Path(text)


def act(words: argparse.Namespace) -> int:
    from judge import hearing, inbox, labelling, remaking
    from judge.console import Terminal

    outward = [name for name in ("out", "rows", "top", "sample") if getattr(words, name) is not None]
    if words.source and (words.to or outward):
        raise ConfigError("labels either writes (--to) or reads (--from); give one of them (labels --help)")
    if outward and not words.to:
        raise ConfigError(f"--{outward[0]} is for what is written; say in which form: --to label-studio, csv or jsonl")
    if words.by and not words.source:
        raise ConfigError("--by says who decided what --from FILE reads; give both")
    if words.sample is not None and (words.rows or words.top is not None):
        raise ConfigError(
            "--sample draws from all rows of the set, or no rate would follow; leave out --rows and --top"
        )
    run, console = inbox.load(inbox.find(words.run)), Terminal()
    if words.source:
        hearing.take(run, words.source, words.by, console.say)
    elif words.to:
        choice = labelling.Choice(rows=words.rows or "budget", top=words.top, sample=words.sample)
        spec, _ = remaking.dataset(run.manifest)
        labelling.export(run, spec, words.to, choice, words.out, console.say)
    else:
        labelling.overview(run, console.say)
    return 0
