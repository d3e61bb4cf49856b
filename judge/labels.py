"""
People's decisions, `labels.jsonl`: one object a line, of which `example_id` and `decision` are needed.

    {"example_id": "sup-0261", "decision": "remove", "rubric": "tone", "by": "ana", "at": "2026-11-26T09:30:00Z",
     "probability": 0.02}

A `digest` says which content was decided, wherever it stands by now, `population` which data chance drew it from, and
`drawn` how many rows of that content chance brought up; `note` is text. Other keys are left alone.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args

from judge import assets
from judge.errors import DataError
from judge.reliability import Decision, Word
from judge.text import counted, person

_WORDS: dict[str, Word] = {word: word for word in get_args(Word)}


def read(path: str, key: str = "dataset.labels=") -> tuple[Decision, ...]:
    """
    All decisions of a file, in the order in which they were made: by `at`, and where that is missing, as they stand.

    Args:
        path: the file.
        key: what named it, for the errors.

    Raises:
        DataError: the file cannot be read, or a line in it cannot; one line says which, and what to do.
    """
    if path.endswith(".sqlite"):
        raise DataError(
            f"{key}{path} is where decisions are kept; name the labels.jsonl beside it, which"
            " `python -m judge labels RUN --to jsonl` writes"
        )
    what = key.removesuffix("=")
    found = parse(assets.read(path, what), path, key)
    if not found:
        raise DataError(f"{key}{path} holds no decision; write one object a line, or leave {what} out")
    return found


def parse(text: str, path: str, key: str = "dataset.labels=") -> tuple[Decision, ...]:
    """The same of a file's text; `path` is for the errors, and so is the key that named it."""
    last = datetime.min.replace(tzinfo=UTC)
    timed = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            decision, at = _decision(line)
        except _LineError as mistake:
            raise DataError(f"{key}{path}, line {number}: {mistake}") from mistake
        last = at or last
        timed.append((last, decision))
    return tuple(decision for _, decision in sorted(timed, key=lambda pair: pair[0]))


class _LineError(ValueError):
    """What is wrong with one line, and what to do."""


def _decision(line: str) -> tuple[Decision, datetime | None]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _LineError(f"no JSON ({_brief(error)}); write one object a line") from error
    if not isinstance(row, dict):
        raise _LineError('no object; write {"example_id": ..., "decision": ...}')
    example_id, said = row.get("example_id"), row.get("decision")
    if type(example_id) is int:  # what loading makes of such an id
        example_id = str(example_id)
    if not isinstance(example_id, str) or not example_id:
        raise _LineError("example_id is missing; give the row's id as it stands in suspects.jsonl")
    if not isinstance(said, str) or said not in _WORDS:
        raise _LineError(f"decision is {_shown(said)}; write one of {', '.join(get_args(Word))}")
    at = _text(row, "at")
    decision = Decision(
        example_id=example_id,
        word=_WORDS[said],
        rubric=_text(row, "rubric") or None,
        by=person(_text(row, "by")) or "someone",
        at=at,
        probability=_probability(row.get("probability")),
        digest=_text(row, "digest"),
        population=_text(row, "population"),
        note=_text(row, "note", as_it_is=True),
        drawn=_drawn(row.get("drawn")),
    )
    return decision, time(at)


def _text(row: dict[str, object], key: str, *, as_it_is: bool = False) -> str:
    value = row.get(key)
    if value is not None and not isinstance(value, str):
        raise _LineError(f"{key} is {_shown(value)}; write text, or leave it out")
    return (value or "") if as_it_is else (value or "").strip()


def _probability(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise _LineError(
            f"probability is {_shown(value)}; write the chance with which the row came up for review, above 0 and at"
            " most 1, or leave it out where the row was picked"
        )
    return float(value)


def _drawn(value: object) -> int:
    if value is None:
        return 1
    if type(value) is not int or value < 1:
        raise _LineError(
            f"drawn is {_shown(value)}; write how many rows of this content the draw brought up, or leave it out"
        )
    return value


def time(at: str) -> datetime | None:
    """
    An ISO time, without a zone that of UTC; None where it is empty.

    Raises:
        ValueError: it is no such time; the message says what to write.
    """
    if not at:
        return None
    try:
        found = datetime.fromisoformat(at)
    except ValueError as error:
        raise _LineError(f"at is {_shown(at)}; write an ISO time such as 2026-11-26T09:30:00Z") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _shown(value: object) -> str:
    return "missing" if value is None else _brief(repr(value))


def _brief(what: object) -> str:
    text = " ".join(str(what).split())
    return text if len(text) <= 60 else text[:59] + "…"  # noqa: PLR2004 - fits a line


def known_defects(path: str) -> frozenset[str]:
    """
    Ids of the known defects, from a file with one object per line.

    Raises:
        DataError: it cannot be read, or a line of it has no id.
    """
    try:
        return frozenset(str(json.loads(line)["id"]) for line in assets.read(path, "dataset.truth").splitlines())
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"dataset.truth={path}: every line must be an object with an id: {error}") from error


def landed(
    decisions: Iterable[Decision], digests: Mapping[str, str], data: str, *, copies: bool = False
) -> tuple[Decision, ...]:
    """
    The same, each on the row of a set that has the content that was decided.

    One that names no content is on the row of its id. One whose content is not in the set any more has the empty id,
    and so is on no row of it. The probability of a draw from other data is left out: of this set, it is no sample.

    Args:
        decisions: in any order, which stays.
        digests: of the set's rows, by id.
        data: digest of the set.
        copies: put what names a content on every row that has it, with the probability on the first `drawn` of them
            in the set's order: who draws one row of several that are the same has drawn one.
    """
    rows: defaultdict[str, list[str]] = defaultdict(list)
    for name, content in digests.items():
        rows[content].append(name)
    found = []
    meant: dict[str, str] = {}  # of a content that several people decided, the row that the first of them saw
    for one in decisions:
        same = rows.get(one.digest, [""]) if one.digest else [one.example_id]
        name = one.example_id if one.example_id in same else same[0]
        if one.digest:
            name = meant.setdefault(one.digest, name)
        chance = one.probability if one.population in {"", data} else None
        if not copies:
            found.append(replace(one, example_id=name, probability=chance))
            continue
        # in the set's order whoever decided which of them, so that two people speak of the same drawn rows
        brought = [chance] * min(one.drawn, len(same)) + [None] * (len(same) - one.drawn)
        found += [replace(one, example_id=row, probability=p, drawn=1) for row, p in zip(same, brought, strict=True)]
    return tuple(found)


def shared(decisions: Sequence[Decision], ids: Iterable[str]) -> str:
    """What is to be said of decisions on an id that several rows came with: they are taken for the first of these."""
    taken = {name.rpartition("@")[0]: name for name in ids if "@" in name}
    clash = {one.example_id: taken[one.example_id] for one in decisions if one.example_id in taken and not one.digest}
    if not clash:
        return ""
    name, other = next(iter(clash.items()))
    some = f"{name}; the other is {other}" if len(clash) == 1 else f"{name}, …; another is {other}"
    verb = "stands" if len(clash) == 1 else "stand"
    return f"{counted(len(clash), 'decided id')} {verb} in several rows of the input, and the first is meant ({some})"
