"""
`judge clean`: a finished audit becomes a set to train on, and a ledger of what went and why. No row is edited.

Rows of equal content, in one file or in several, share one fate and one weight: where one goes or stays by a rule or a
person's word, its copies do, too, and the ledger names the row that was decided (`copy_of`). A copy alone is no reason
to go: of rows that nothing speaks against all stay.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

import judge
from judge import digest, inbox, labels, parting, sampling, sources, standing
from judge.cleaning import Plan, Row, found, ledger, losses, rulings, words
from judge.cleaning.rules import check, parse
from judge.cleaning.weights import SAYS, weigh
from judge.corpus import Corpus
from judge.corpus.subjects import OTHER
from judge.errors import ConfigError, DataError
from judge.inbox import Run
from judge.outbox import MANIFEST
from judge.reliability import Decision
from judge.standing import Standing

FOLDER = "clean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """
    What its user wants of a cleaning.

    Attributes:
        rules: by which rows go: `budget`, `suspicion=0.9` (that much or more), `tone=2` (a score of that rubric of that
            or less), `decisions`; none takes `budget`, or `decisions` where people decided all of it.
        labels: people's decisions; None takes those that the run was given and those kept beside it, if any.
        dry_run: say all, write nothing.
        weights: write a weight per row instead.
        max_loss: share of a source or topic, in [0, 1], above which its loss is warned of.
        protect: keep the least suspicious rows of such a source or topic.
    """

    rules: tuple[str, ...] = ()
    labels: Path | None = None
    dry_run: bool = False
    weights: bool = False
    max_loss: float = 0.3
    protect: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """
    What a cleaning came to.

    Attributes:
        out: the folder; None where nothing was written.
        kept, removed: rows; with weights, those of any weight, and those of none.
        by: rows that go or are weighed, by what chose them.
        warnings: sources and topics that lose more than they should, as it stands.
        files: in `out`.
    """

    out: Path | None
    kept: int
    removed: int
    by: Mapping[str, int]
    warnings: tuple[str, ...]
    files: tuple[Path, ...]


def run(  # noqa: PLR0917 - in the order in which a command line has them
    run: Run, spec: sources.Spec, guide: str | None, choice: Choice, out: Path | None, say: Callable[[str], None]
) -> Cleaned:
    """
    Split the input of a finished run into what stays and what goes, or weigh it.

    Args:
        run: the audit.
        spec: its data set, as its configuration has it.
        guide: the text of the set's guide, if it has one.
        choice: what is wanted.
        out: a folder that is made; None: `clean` in the run's folder.
        say: shows one line.

    Raises:
        JudgeError: a run that is damaged, a rule that there is not, an input that is not the audit's, a folder that is
            there already.
    """
    out = out or run.folder / FOLDER
    _check(choice, out)
    table = inbox.undamaged(run).examples()
    loaded = load(run, spec)
    contents = dict(zip(table.index, table["digest"], strict=True))
    stands = _standing(run, choice, contents)
    decisions = stands.decisions
    known = [decision for decision in decisions if decision.example_id]
    rubrics, scored = found.rubrics(table)
    usual = _usual(table, contents, known)
    rules = parse(choice.rules or (usual.rule,), rubrics, scored, decided=bool(known))
    rows = _rows(run, loaded, table, guide)
    check(rules, rows)
    people = rulings.heard(rows, rulings.said(known, rubrics))
    ruled = rulings.rule(rows, rules, people)
    plan = Plan(rows=rows, rulings=losses.protect(rows, ruled, choice.max_loss) if choice.protect else ruled)
    if choice.weights:
        weights, why = weigh(rows, ruled, people)
        plan = Plan(rows=rows, rulings=why, weights=weights)
    warnings = losses.warnings(losses.parts(rows), plan.lost, choice.max_loss)
    said = labels.shared(decisions, (example.id for example in loaded.examples))
    lines = [words.heard(stands.told)] if stands.told and choice.labels is None else []
    lines += [usual.says] if known and not choice.rules else []
    lines += [*words.notes(plan, decisions, people), *([f"noted: {said}"] if said else [])]
    lines += words.protected(plan, ruled, choice.max_loss) if choice.protect else ()
    lines += words.warned(warnings)
    lines += words.rehearsal(plan) if choice.dry_run else ()
    for line in lines:
        say(line)
    told = _summary(run, choice, loaded, plan, tuple(rule.word for rule in rules), stands.told)
    files = () if choice.dry_run else parting.write(plan, loaded, told, out)
    where = "nothing was written" if choice.dry_run else f"files: {', '.join(map(str, files))}"
    say(words.last(plan, where, written=not choice.dry_run))
    return Cleaned(
        out=None if choice.dry_run else out,
        kept=len(rows) - len(plan.gone),
        removed=len(plan.gone),
        by=ledger.counts(plan.rulings.values()),
        warnings=tuple(warnings),
        files=files,
    )


def _check(choice: Choice, out: Path) -> None:
    if not 0 <= choice.max_loss <= 1:
        raise ConfigError(f"max_loss={choice.max_loss}: a share in [0, 1] was expected (30 % is 0.3)")
    if choice.weights and choice.protect:
        raise ConfigError("weights drop no row, so there is nothing to protect; leave out one of the two")
    if os.path.lexists(out) and not choice.dry_run:
        raise DataError(f"{out} is there already, and nothing is written over; name another folder with --out FOLDER")


def load(run: Run, spec: sources.Spec) -> sources.Loaded:
    """The run's input, read again, where it is still what the run read."""
    loaded = sources.load(spec)
    told = run.manifest["data"]
    if loaded.digest != told.get("digest"):
        were = {file.get("name"): file.get("digest") for file in told.get("files") or ()}
        other = [file for file in loaded.files if file.digest != were.get(file.name)]
        names = ", ".join(str(file.path) for file in other) or spec.where
        raise DataError(f"{names} has changed since the audit in {run.folder}; audit it again")
    return loaded


def _standing(run: Run, choice: Choice, contents: Mapping[str, str]) -> Standing:
    if choice.labels is None:
        return standing.of(run, contents)
    read = labels.read(str(choice.labels), "--labels=")
    decisions = labels.landed(read, contents, run.population)
    return Standing(decisions=decisions, told=f"{len(read):,} in {choice.labels}")


def _usual(table: pd.DataFrame, contents: Mapping[str, str], known: Sequence[Decision]) -> words.Usual:
    heard = {contents.get(decision.example_id) for decision in known}
    inside = [contents[name] for name in table.index[table["within_budget"]]]
    return words.Usual(inside=len(inside), decided=sum(content in heard for content in inside), any=bool(known))


def _rows(run: Run, loaded: sources.Loaded, table: pd.DataFrame, guide: str | None) -> list[Row]:
    with inbox.reading(run.folder):
        return found.rows(
            loaded.examples,
            loaded.rejects,
            [file.name for file in loaded.files],
            table=table,
            suspects=run.lines("suspects.jsonl"),
            groups=run.lines("groups.jsonl"),
            topics=_topics(loaded, guide),
        )


def _topics(loaded: sources.Loaded, guide: str | None) -> dict[str, str]:
    """By example id; rows that no word speaks for have none."""
    if not loaded.examples:
        return {}
    named = sampling.strata(Corpus(loaded.examples, guide))
    return {name: topic for name, (_, topic) in named.items() if topic != OTHER}


def _summary(  # noqa: PLR0917 - what a summary is of
    run: Run, choice: Choice, loaded: sources.Loaded, plan: Plan, rules: tuple[str, ...], decisions: str
) -> dict[str, Any]:
    """As `clean.json` has it, but for its files."""
    kinds = [(ruling.kind, ruling.word) for ruling in plan.rulings.values()]
    return {
        "run": str(run.folder),
        "manifest": digest.of_file(run.folder / MANIFEST),
        "seal": run.manifest.get("seal"),
        "inputs": [{"name": f.name, "path": str(f.path), "digest": f.digest, "rows": f.rows} for f in loaded.files],
        "choice": {**asdict(choice), "rules": rules, "labels": choice.labels and str(choice.labels)},
        **({"decisions": decisions} if decisions else {}),
        "counts": {
            "rows": len(plan.rows),
            "removed": len(plan.gone),
            "by": ledger.counts(plan.rulings.values()),
            "kept_back": {kind: kinds.count((kind, "keep")) for kind in ("people", "protection")},
        },
        **({"weights": SAYS} if choice.weights else {}),
        "judge": found.judge(run.manifest["judge"]),
        "version": judge.__version__,
        "written_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
