"""Decisions that were made elsewhere, taken in: which of them are new, and why the others are not."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from judge import labels, standing
from judge.errors import ConfigError, DataError
from judge.exchange import Heard, label_studio, some, table
from judge.inbox import Run
from judge.reliability import Decision
from judge.review.decisions import IMPORTED, Decisions, Entry, Stored
from judge.text import counted, person, printable, whole

_NOBODY = "someone"  # as `labels` calls who is not named
_DIGEST = re.compile("sha256:[0-9a-f]{64}")
_AHEAD = timedelta(days=1)  # no clock is that wrong by its zone alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """
    What became of the decisions of a file.

    Attributes:
        entries: that were recorded.
        told: how many were not, by why, in words.
    """

    entries: tuple[Entry, ...]
    told: Mapping[str, int]


def take(run: Run, path: Path, by: str, say: Callable[[str], None]) -> Taken:
    """
    Record the decisions of a file: Label Studio's export, a table, or lines; which it is, its content says.

    Args:
        run: the audit whose rows they are about.
        path: the file.
        by: who decided, where the file names nobody.
        say: shows one line.

    Raises:
        JudgeError: the file cannot be read, or what people decided cannot be kept.
    """
    heard = _read(path, person(by))
    if heard.silent:
        say(f"recorded 0 decisions: {path}: {heard.silent}")
        return Taken(entries=(), told={})
    store, contents = standing.store(run), standing.digests(run)
    with closing(Decisions(store)) as decisions:
        sifted = _sifted(heard, contents, decisions.since(0), run)
        decisions.record(sifted.entries)  # all people of a file in one batch: all of it, or nothing
        copy = store.with_name(standing.LABELS)
        left = standing.write(copy, decisions, run.population)
    if left and copy.resolve() == path.resolve():
        left = f"{copy} was not written here: left as it is; move it away, and --to jsonl writes what is kept now"
    people = Counter(entry.by for entry in sifted.entries)
    who = ", ".join(f"{printable(name)} {many:,}" for name, many in people.most_common())
    say(f"recorded {counted(len(sifted.entries), 'decision')}{f' ({who})' if who else ''} in {store}")
    for why, many in sifted.told.items():
        say(f"noted: {many:,} {why}")
    if left:
        say(left)
    return sifted


def _read(path: Path, by: str) -> Heard:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    if data.startswith((b"PK", b"SQLite")):
        kind = "a workbook or an archive; save it as CSV, or export JSON" if data[:2] == b"PK" else "a database"
        raise DataError(f"{path} is {kind}")
    try:
        text = table.decoded(data)
        begins = text.lstrip("\ufeff \t\r\n")[:1]
        if begins == "[":
            return label_studio.read(_json(text), by)
        if begins != "{":
            return table.read(text, by)
    except (ConfigError, DataError) as error:
        raise type(error)(f"{path}: {error}") from error
    except RecursionError as error:
        raise DataError(f"{path}: it is nested too deeply to be an export of Label Studio") from error
    return _of_lines(labels.parse(text, str(path), ""), by)


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"it is damaged, no JSON ({error}); export it once more") from error


def _of_lines(decisions: Sequence[Decision], by: str) -> Heard:
    """What a line says of one rubric holds for the row here: to remove it for that is to remove it."""
    found, unused = [], Counter[str]()
    for one in decisions:
        if one.rubric and one.word != "remove":
            unused[f"that say {one.word} of one rubric alone, which decides no row"] += 1
            continue
        note = one.note or (f"for {one.rubric}" if one.rubric else "")
        found.append(replace(one, rubric=None, note=note, by=by if by and one.by == _NOBODY else one.by))
    return Heard(decisions=found, unused=unused)


def _sifted(heard: Heard, contents: Mapping[str, str], log: Sequence[Stored], run: Run) -> Taken:
    """What of a file is new, and why the rest is not."""
    data = run.population
    rows: dict[str, str] = {}
    for name, digest in contents.items():
        rows.setdefault(digest, name)
    last, spoke = {(line.digest, line.by): line for line in log}, _spoke(log)
    drawn = {(line.digest, line.by, line.population) for line in log if line.probability is not None}
    valid, odd = _valid(heard.decisions)
    latest, told = _latest(valid, contents)
    entries, unknown = [], []
    for (digest, by), one in latest.items():
        before, population = last.get((digest, by)), one.population or data
        if before and _as_it_stands(one, before, known=(digest, by, population) in drawn):
            told["stand already as the file has them"] += 1
            continue
        if (then := _time(one.at)) and then < spoke.get((digest, by), standing.ALWAYS):
            told["older than what the same person said since: left out"] += 1
            continue
        if digest not in rows:
            unknown.append(one.example_id or digest)
        name = one.example_id if contents.get(one.example_id) == digest else rows.get(digest, one.example_id)
        entry = Entry(
            digest=digest,
            example_id=whole(name or digest),
            word=one.word,
            by=by,
            how=IMPORTED,
            note=whole(one.note),
            at="" if before and before.at == one.at else whole(one.at),
            probability=one.probability,
            population="" if one.probability is None else population,
            drawn=1 if one.probability is None else one.drawn,
            run=whole(str(run.folder)),
        )
        entries.append(entry)
    if unknown:
        why = f"on rows that are not in this run ({some(unknown)}): kept, and valid again where such a row comes back"
        told[why] = len(unknown)
    return Taken(entries=tuple(entries), told={**odd, **told, **heard.unused})


def _valid(decisions: Sequence[Decision]) -> tuple[list[Decision], Counter[str]]:
    """Without digests that are none, times that are still to come, and chances of a draw from nothing that is known."""
    valid, told = [], Counter[str]()
    latest = datetime.now(UTC) + _AHEAD
    for one in decisions:
        if one.digest and not _DIGEST.fullmatch(one.digest):
            told["whose digest is none (sha256: and 64 hexadecimal digits): left out"] += 1
            continue
        if one.probability is not None and one.population and not _DIGEST.fullmatch(one.population):
            told["whose population is no digest: kept without the probability"] += 1
            one = replace(one, probability=None)  # noqa: PLW2901 - the word holds
        if (at := _time(one.at)) and at > latest:
            told["with a time that is still to come: taken as said now"] += 1
            one = replace(one, at="")  # noqa: PLW2901 - the word holds
        valid.append(one)
    return valid, told


def _time(at: str) -> datetime | None:
    """None where there is none, or none that can be read."""
    try:
        return labels.time(at)
    except ValueError:
        return None


def _latest(
    decisions: Sequence[Decision], contents: Mapping[str, str]
) -> tuple[dict[tuple[str, str], Decision], Counter[str]]:
    """The last word of each person on each content, and why others are left out."""
    known = frozenset(contents.values())
    latest: dict[tuple[str, str], Decision] = {}
    told: Counter[str] = Counter()
    gone, loose = [], []
    for one in _in_time(decisions):
        digest = one.digest or contents.get(one.example_id, "")
        if not digest:
            loose.append(one.example_id)
        elif digest not in known and one.example_id in contents:
            gone.append(one.example_id)
        else:
            told["followed by a later word of the same person"] += (digest, one.by) in latest
            latest[digest, one.by] = one
    if gone:
        told[f"on rows whose content has changed since ({some(gone)}): left out"] = len(gone)
    if loose:
        told[f"on ids that are not in this run ({some(loose)}), and with no digest: left out"] = len(loose)
    return latest, +told


def _in_time(decisions: Sequence[Decision]) -> list[Decision]:
    """By time, those without a readable one last: they are of now."""
    timed = []
    for one in decisions:
        time = _time(one.at)
        timed.append((time is None, time or standing.ALWAYS, replace(one, at=one.at if time else "")))
    return [one for *_, one in sorted(timed, key=lambda timed: timed[:2])]


def _as_it_stands(one: Decision, before: Stored, *, known: bool) -> bool:
    same = before.word == one.word and table.escaped(before.note) == table.escaped(one.note)
    return same and (known or one.probability is None)


def _spoke(log: Sequence[Stored]) -> dict[tuple[str, str], datetime]:
    """When each person last spoke of each content; a time that is still to come says nothing."""
    last: dict[tuple[str, str], datetime] = {}
    latest = datetime.now(UTC) + _AHEAD
    for line in log:
        key, at = (line.digest, line.by), _time(line.at)
        if at and at <= latest:
            last[key] = max(last.get(key, at), at)
    return last
