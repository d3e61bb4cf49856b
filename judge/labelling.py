"""`judge labels`: what people decided of a run's set so far, and its rows out to where teams label."""

import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from judge import clean, reviewed, sources, standing
from judge.errors import ConfigError, DataError
from judge.exchange import Item, label_studio, some, table
from judge.inbox import Run, reading
from judge.outbox import replacing
from judge.rates import agreement
from judge.records import Example
from judge.reliability import Decision, Word
from judge.review.decisions import Decisions
from judge.standing import LABELS
from judge.text import counted, printable
from judge.views import opinions, orders, text

Form = Literal["label-studio", "csv", "jsonl"]
Rows = Literal["budget", "all", "undecided"]
_FILES: Mapping[Form, str] = {"label-studio": "label-studio.json", "csv": "labels.csv", "jsonl": LABELS}
_PAIRS = 6  # of people whose agreement is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """
    Which rows go out.

    Attributes:
        rows: those inside the review budget, all of them, or those that nobody decided yet; in the list's order.
        top: at most so many of them; None takes all.
        sample: so many of all rows of the set instead, drawn at random; None draws none.
    """

    rows: Rows = "budget"
    top: int | None = None
    sample: int | None = None


def export(  # noqa: PLR0917 - in the order in which a command line has them
    run: Run, spec: sources.Spec, form: Form, choice: Choice, out: Path | None, say: Callable[[str], None]
) -> Path:
    """
    Write rows with what was decided of them, in a form that is filled elsewhere; `jsonl` has decisions alone.

    Args:
        run: the audit.
        spec: its data set.
        form: what is written.
        choice: which rows.
        out: the file; None: one beside the run's file of decisions.
        say: shows one line.

    Raises:
        JudgeError: the input is not the audit's any more, or the file is there already and may hold what nobody else
            has.
    """
    path = out or standing.store(run).with_name(_FILES[form])
    if form == "jsonl":
        return _lines(run, choice, path, say)
    extra = [path.with_suffix(".xml")] if form == "label-studio" else []
    for one in (path, *extra):
        if one.exists():
            raise DataError(f"{one} is there already, and may have been filled; name another file with --out FILE")
    items = _items(run, spec, choice, say)
    if not items:
        raise DataError(f"{run.folder} has no row of this kind; --rows all takes every row")
    if form == "csv":
        _write(path, table.written(items).encode("utf-8-sig"))
    else:
        _write(path, json.dumps(label_studio.tasks(items), ensure_ascii=False, indent=1).encode())
        _write(extra[0], label_studio.interface(items).encode())
    chance = f" (drawn at random, each with the probability {items[0].probability:.4g})" if choice.sample else ""
    say(f"{counted(len(items), 'row')}{chance}: {', '.join(map(str, (path, *extra)))}")
    for line in _how(run, form, path):
        say(line)
    return path


def _how(run: Run, form: Form, path: Path) -> list[str]:
    back = f"back in: python -m judge labels {run.folder} --from FILE"
    if form == "csv":
        return [f"fill the column decision with remove, keep or unsure, and save as CSV; {back} --by NAME"]
    setup, tasks = path.with_suffix(".xml").name, path.name
    return [
        f"in Label Studio: Create Project, import {tasks}, paste {setup} under Labeling Setup > Custom template > Code",
        f"then Export as JSON or JSON-MIN; {back}",
    ]


def _lines(run: Run, choice: Choice, path: Path, say: Callable[[str], None]) -> Path:
    if choice != Choice():
        raise ConfigError(
            "jsonl has all decisions and nothing else; --rows, --top and --sample are for the other forms"
        )
    store = standing.store(run)
    stored = standing.kept([store], run.population)
    if not stored:
        raise DataError(f"nobody decided anything yet of {run.name}, so there is nothing to write to {path}")
    with closing(Decisions(store, changes=False)) as decisions:
        if left := standing.write(path, decisions, run.population):
            raise DataError(f"{left}; or name another file with --out FILE")
    say(f"{counted(len(stored), 'decision')}: {path}")
    say(f"a run takes it as dataset.labels={path}, and judge clean as --labels {path}")
    return path


def _write(path: Path, data: bytes) -> None:
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def _items(run: Run, spec: sources.Spec, choice: Choice, say: Callable[[str], None]) -> list[Item]:
    examples = {example.id: example for example in clean.load(run, spec).examples}
    data = run.population
    decided: defaultdict[str, list[Decision]] = defaultdict(list)
    for line in standing.kept([standing.store(run)], data):
        decided[line.digest].append(standing.decision(line))
    with reading(run.folder):
        told = {str(line["example_id"]): line for line in run.lines("suspects.jsonl")}
        order = [*told, *(name for name in examples if name not in told)]
        queue = orders.at_random([examples[n].digest for n in order], data, choice.sample) if choice.sample else None
        names = [order[n] for n in queue.rows] if queue else _chosen(order, told, examples, decided, choice)
        first = {examples[name].digest: name for name in reversed(names)}
        names, copies = list(reversed(first.values())), len(names) - len(first)
        if copies:
            say(f"noted: {counted(copies, 'time')} a row has the content of another; one decision holds for both")
        items = [_item(examples[name], told.get(name, {}), decided[examples[name].digest]) for name in names]
        if queue is None:
            return items
        # a rate should not be led by what the audit or anyone else says
        blind = partial(replace, rank=None, suspicion=None, inside=False, reasons=(), decisions=())
        drawn = Counter(examples[order[n]].digest for n in queue.rows)
        chance = partial(blind, probability=queue.probability, population=data)
        return [chance(item, drawn=drawn[item.digest]) for item in items]


def _chosen(
    order: Sequence[str],
    told: Mapping[str, Mapping[str, Any]],
    examples: Mapping[str, Example],
    decided: Mapping[str, Sequence[Decision]],
    choice: Choice,
) -> list[str]:
    names: Iterable[str] = order
    if choice.rows == "budget":
        names = (name for name in order if name in told and told[name]["within_budget"])
    elif choice.rows == "undecided":
        names = (name for name in order if not decided.get(examples[name].digest))
    return list(names)[: choice.top]


def _item(example: Example, told: Mapping[str, Any], decided: Sequence[Decision]) -> Item:
    reasons = told.get("reasons", ())
    at = next((reason["turn"] - 1 for reason in reasons if reason["turn"] is not None), example.judged[0])
    return Item(
        id=example.id,
        digest=example.digest,
        source=example.source,
        line=example.line,
        rank=told.get("rank"),
        suspicion=told.get("suspicion"),
        inside=bool(told.get("within_budget")),
        reasons=[f"{r['name']} {r['share']:.0%}: {' '.join(str(r['because']).split())}" for r in reasons],
        turns=[(turn.role, text.said(turn)) for turn in example.turns],
        turn=at,
        context=example.context or "",
        decisions=decided,
    )


def overview(run: Run, say: Callable[[str], None]) -> None:
    """
    Say who decided what, how far people agree, and what it says of the list and of the set, without a new run.

    Raises:
        JudgeError: the run, or a file of decisions, cannot be read.
    """
    contents = standing.digests(run)
    found = standing.of(run, contents)
    if not found.decisions:
        say(f"nobody decided anything yet of {run.name}: python -m judge review {run.folder}")
        say(f"or where you label already: python -m judge labels {run.folder} --to label-studio, or --to csv")
        return
    say(f"people's decisions: {found.told}")
    people: defaultdict[str, list[Decision]] = defaultdict(list)
    for one in found.decisions:
        people[one.by].append(one)
    said = {who: _words(made) for who, made in people.items()}
    for who, words in said.items():
        say(f"  {printable(who)}: {counted(len(words), 'row')}, {_counts(words.values())}{_last(people[who])}")
    numbers = {name: n for n, name in enumerate(dict.fromkeys(itertools.chain.from_iterable(said.values())))}
    numbered = {who: {numbers[name]: word for name, word in words.items()} for who, words in said.items()}
    for line in opinions.agree(numbered)[:_PAIRS]:
        say(f"  {line}")
    for line in reviewed.says(standing.review(run, found.decisions)):
        say(line)
    if gone := [one for one in found.decisions if one.example_id not in contents]:
        ids = {line.digest: line.example_id for line in standing.kept([standing.store(run)], run.population)}
        names = (one.example_id or ids.get(one.digest) or one.digest for one in gone)
        say(f"not in this set, or with another content since: {some(names)}")


def _words(made: Sequence[Decision]) -> dict[str, Word]:
    """What stands of one person, by content, or by id where none is named."""
    named = [replace(one, example_id=one.digest or one.example_id) for one in made]
    return {name: outcome.word for name, outcome in agreement.outcomes(named, ()).items()}


def _counts(words: Iterable[Word]) -> str:
    return ", ".join(f"{many:,} {word}" for word, many in Counter(words).most_common())


def _last(made: Sequence[Decision]) -> str:
    at = max((one.at for one in made), default="")
    return f"; the last {printable(at[:16].replace('T', ' '))}" if at else ""
