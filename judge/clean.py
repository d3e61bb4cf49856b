"""`judge clean`: a finished audit becomes a set to train on, and a ledger of what went and why. No row is edited."""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from judge import audited, labels, sampling, sources
from judge.cleaned import Choice, Plan, write
from judge.cleaning import Key, Row, Ruling, ledger, losses, rulings
from judge.cleaning.rules import parse
from judge.cleaning.weights import SAYS, weigh
from judge.corpus import Corpus
from judge.corpus.subjects import OTHER
from judge.errors import ConfigError, DataError
from judge.inbox import Run
from judge.reliability import Decision
from judge.text import counted, printable

__all__ = ["Choice", "Cleaned", "run"]

FOLDER = "clean"
_SHOWN = 10  # rows of a dry run
_BRIEF = 160  # characters of a reason on the terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """
    What a cleaning came to.

    Attributes:
        out: the folder; None where nothing was written.
        kept, removed: rows; with weights, those of any weight, and those of none.
        by: removed rows by what chose them.
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
        JudgeError: a rule that there is not, an input that is not the audit's, a folder that is there already.
    """
    out = out or run.folder / FOLDER
    _check(choice, out)
    loaded = audited.load(run, spec)
    decisions = _decisions(run, choice)
    rubrics, scored = audited.rubrics(run)
    rules = parse(choice.rules, rubrics, scored, decided=bool(decisions))
    rows = audited.rows(run, loaded, _topics(loaded, guide))
    people = rulings.said(decisions, rubrics)
    ruled = rulings.rule(rows, rules, people)
    parts = losses.parts(rows)
    protected = losses.protect(parts, ruled, choice.max_loss) if choice.protect else ruled
    plan = Plan(
        run=run,
        choice=choice,
        loaded=loaded,
        rows=rows,
        rulings=protected,
        weights=weigh(rows, ruled, people) if choice.weights else {},
        rules=tuple(rule.word for rule in rules),
        now=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    )
    _note(plan, decisions, say)
    warned = losses.warnings(parts, _lost(plan), choice.max_loss)
    _warn(parts, ruled, plan, warned, say)
    if choice.dry_run:
        _rehearse(plan, say)
    files = () if choice.dry_run else write(plan, out)
    gone = [key for key, weight in plan.weights.items() if not weight] if choice.weights else plan.gone
    cleaned = Cleaned(
        out=None if choice.dry_run else out,
        kept=len(rows) - len(gone),
        removed=len(gone),
        by=ledger.counts(protected.values()),
        warnings=tuple(warned),
        files=files,
    )
    say(_last_line(plan, cleaned))
    return cleaned


def _check(choice: Choice, out: Path) -> None:
    if not 0 <= choice.max_loss <= 1:
        raise ConfigError(f"max_loss={choice.max_loss}: a share in [0, 1] was expected (30 % is 0.3)")
    if choice.weights and choice.protect:
        raise ConfigError("weights drop no row, so there is nothing to protect; leave out one of the two")
    if os.path.lexists(out) and not choice.dry_run:
        raise DataError(f"{out} is there already, and nothing is written over; name another folder with --out FOLDER")


def _decisions(run: Run, choice: Choice) -> tuple[Decision, ...]:
    given = choice.labels or (run.manifest["config"].get("dataset") or {}).get("labels")
    return labels.read(str(given)) if given else ()


def _topics(loaded: sources.Loaded, guide: str | None) -> dict[str, str]:
    """By example id; rows that no word speaks for have none."""
    if not loaded.examples:
        return {}
    named = sampling.strata(Corpus(loaded.examples, guide))
    return {name: topic for name, (_, topic) in named.items() if topic != OTHER}


def _lost(plan: Plan) -> dict[Key, float]:
    """How much of each row goes."""
    if plan.choice.weights:
        return {key: 1 - weight for key, weight in plan.weights.items()}
    return dict.fromkeys(plan.gone, 1.0)


def _note(plan: Plan, decisions: Sequence[Decision], say: Callable[[str], None]) -> None:
    """What decisions and copies leave to be said."""
    known = {row.id for row in plan.rows}
    unknown = sum(decision.example_id not in known for decision in decisions)
    if unknown:
        say(f"noted: {counted(unknown, 'decision')} on rows that are not in this set")
    if plan.choice.weights:
        say(SAYS)
        return
    went = {row.digest for row in plan.rows if row.id is not None and row.key in plan.gone}
    copies = sum(row.digest in went and row.key not in plan.rulings for row in plan.rows)
    if copies:
        stay = "row stays though it has" if copies == 1 else "rows stay though they have"
        say(f"noted: {copies:,} {stay} the content of one that goes: nothing chose {'it' if copies == 1 else 'them'}")


def _warn(
    parts: Sequence[losses.Part],
    ruled: Mapping[Key, Ruling],
    plan: Plan,
    warned: Sequence[str],
    say: Callable[[str], None],
) -> None:
    """What would be lost; with protection also what it kept back."""
    if plan.choice.protect:
        back = sum(ruling.kind == "protection" for ruling in plan.rulings.values())
        for line in losses.warnings(
            parts, {k: float(r.word == "remove") for k, r in ruled.items()}, plan.choice.max_loss
        ):
            say(_line(f"without protection {line}"))
        say(f"protected: {counted(back, 'row')} kept that a rule chose")
    for line in warned:
        say(_line(f"warning: {line}"))


def _rehearse(plan: Plan, say: Callable[[str], None]) -> None:
    """What would go, or weigh less: by source, then the first rows with their reasons."""
    would = "would weigh less" if plan.choice.weights else "would go"
    by_source: defaultdict[str, list[Row]] = defaultdict(list)
    for row in plan.rows:
        by_source[row.source or row.file].append(row)
    for source, rows in by_source.items():
        found = ledger.counts(plan.rulings[row.key] for row in rows if row.key in plan.rulings)
        why = f" ({ledger.in_words(found)})" if found else ""
        say(_line(f"{source}: {sum(found.values()):,} of {counted(len(rows), 'row')} {would}{why}"))
    first = sorted((row for row in plan.rows if row.key in plan.gone), key=lambda row: -(row.suspicion or 0.0))
    for row in first[:_SHOWN]:
        ruling = plan.rulings[row.key]
        who = f"{row.id} ({row.file}, line {row.line})" if row.id else f"{row.file}, line {row.line}"
        by = "rejected at loading" if ruling.kind == "loading" else f"by {ruling.by}"
        score = "" if row.suspicion is None else f", suspicion {row.suspicion:.3f}"
        say(_short(_line(f"{who} {by}{score}: {ruling.reason or 'the list has no reason'}")))


def _line(text: str) -> str:
    return printable(" ".join(text.split()))


def _short(text: str) -> str:
    return text if len(text) <= _BRIEF else text[: _BRIEF - 1] + "…"


def _last_line(plan: Plan, cleaned: Cleaned) -> str:
    where = "nothing was written" if cleaned.out is None else f"files: {', '.join(map(str, cleaned.files))}"
    total, chosen = len(plan.rows), ledger.in_words(cleaned.by)
    by = f" ({chosen})" if chosen else ""
    if plan.choice.weights:
        whole = sum(weight == 1 for weight in plan.weights.values())
        part = total - whole - cleaned.removed
        by = f" (chosen: {chosen})" if chosen else ""
        weighed = f"{counted(total, 'row')} weighed: {whole:,} of weight 1, {part:,} of less, {cleaned.removed:,} of 0"
        return f"{weighed}{by}; {where}"
    if cleaned.out is None:
        return f"would keep {cleaned.kept:,} of {counted(total, 'row')} and remove {cleaned.removed:,}{by}; {where}"
    return f"kept {cleaned.kept:,} of {counted(total, 'row')}, removed {cleaned.removed:,}{by}; {where}"
