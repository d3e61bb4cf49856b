"""All that is shown of one row: why it is suspect, its grades, its conversation, and what stands against it."""

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from judge import marking
from judge.records import Example
from judge.text import number, printable
from judge.views import text
from judge.views.lines import Order, Told, called, named, worst_turn
from judge.views.passages import Finder

PARTNERS = 5  # rows that are shown beside it
_BRIEF, LONG = 140, 2_000  # characters of a name, and of a sentence
_FIELDS = ("entropy", "off_scale")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """
    What a run knows of all its rows.

    Attributes:
        order: of the rows.
        told: the line of the list of a row by its number, below the number of ranked rows.
        row: the row's values in `examples.parquet`, by id.
        examples: by id.
        groups: by id, numbers of the groups that a row is in.
        levels: by rubric, how many it has.
        speaks: the rubric that each signal speaks to.
        guide: finds passages of the guide.
        folder: the run's, as a person would name it.
        room: characters of one text that are shown.
    """

    order: Order
    told: Callable[[int], Told]
    row: Callable[[str], Mapping[str, Any]]
    examples: Mapping[str, Example]
    groups: Mapping[str, Sequence[int]]
    levels: Mapping[str, int]
    speaks: Mapping[str, str | None]
    guide: Finder
    folder: str
    room: int = text.ROOM


def detail(known: Known, index: int) -> dict[str, Any]:
    """Everything about the row of that number, as a page shows it."""
    name = known.order.ids[index]
    example = known.examples[name]
    told = known.told(index) if index < known.order.ranked else {}
    row = known.row(name)
    words = quoted(told)
    against = told.get("contradicts", ())
    return {
        "rank": index + 1 if told else None,
        "id": text.line(name, _BRIEF),
        "source": text.line(example.source, _BRIEF),
        "also_in": text.line(example.also_in, _BRIEF),
        "line": example.line,
        "status": str(row["status"]),
        "note": text.line(example.note, LONG),
        "digest": example.digest,
        "suspicion": told.get("suspicion"),
        "probability": told.get("probability"),
        "inclusion": number(row.get("inclusion")),
        "inside": bool(told.get("within_budget")),
        "reasons": [_reason(known, one) for one in told.get("reasons", ())],
        "scores": list(_scores(known, row)),
        "unscored": [
            {**{key: one[key] for key in ("rubric", "turn", "reason")}, "detail": text.line(one["detail"], LONG)}
            for one in told.get("unscored", ())
        ],
        "context": _parts(known, example.context, words) if example.context else None,
        "turns": list(_turns(known, example, words)),
        "guide": [_parts(known, one, words) for one in known.guide(spoken(example, worst_turn(told, example)))],
        "partners": [
            _partner(known, example, one) for one in against[:PARTNERS] if one["example_id"] in known.examples
        ],
        "more_partners": max(0, len(against) - PARTNERS),
        "groups": list(known.groups.get(name, ())),
        "reproduce": list(_commands(known, name, index if told else None)),
    }


def spoken(example: Example, at: int) -> str:
    """A turn and what the user asked before it."""
    return f"{text.asked(example.turns, at)}\n{text.said(example.turns[at])}"


def quoted(told: Told) -> list[str]:
    """The words that the reasons of a row quote, and those that the judge does."""
    reasons = told.get("reasons", ())
    evidence = [reason["rationale"]["evidence"] for reason in reasons if reason.get("rationale")]
    return [piece for reason in reasons for piece in marking.quotations(reason["because"])] + [
        said for said in evidence if said.strip()
    ]


def _reason(known: Known, told: Told) -> dict[str, Any]:
    reason: dict[str, Any] = {
        **named(*called(told), known.speaks),
        "turn": told["turn"],
        "severity": told["severity"],
        "share": told["share"],
        "because": text.line(told["because"], LONG),
        "partners": [known.order.member(name) for name in told["partners"]],
    }
    if words := told.get("rationale"):
        reason["rationale"] = {
            "text": text.line(words["text"], LONG),
            "evidence": text.line(words["evidence"], LONG),
            "found": words["evidence_found"],
        }
    return reason


def _scores(known: Known, row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Of every rubric that the row has a grade on, its worst turn; older runs do not tell which that was."""
    for rubric, of in known.levels.items():
        score = number(row.get(f"{rubric}.score"))
        if score is None:
            continue
        levels, turn = row.get(f"{rubric}.levels"), row.get(f"{rubric}.turn")
        yield {
            "rubric": rubric,
            "turn": None if turn is None else int(turn),
            "score": round(score, 6),
            "of": of,
            **{field: number(row.get(f"{rubric}.{field}")) for field in _FIELDS},
            "distribution": None if levels is None or not len(levels) else [round(float(p), 4) for p in levels],
        }


def _parts(known: Known, said: str, words: Sequence[str]) -> text.Parts:
    """A text with the words that reasons quote marked."""
    return text.parts(said, marking.find(said, words), known.room)


def _turns(known: Known, example: Example, words: Sequence[str]) -> Iterator[dict[str, Any]]:
    for at, turn in enumerate(example.turns):
        yield {
            "n": at + 1,
            "role": turn.role,
            "judged": at in example.judged,
            "parts": _parts(known, turn.content, words),
            "calls": [
                {"name": text.line(call.name, _BRIEF), "parts": _parts(known, call.arguments, words)}
                for call in turn.tool_calls
            ],
        }


def _partner(known: Known, example: Example, told: Told) -> dict[str, Any]:
    """A row that it contradicts, both texts with the words marked in which they differ."""
    other = known.examples[told["example_id"]]
    at, there = told["turn"] - 1, told["partner_turn"] - 1
    mine, theirs = text.said(example.turns[at]), text.said(other.turns[there])
    marks, others = text.apart(mine, theirs, told["span"], told["partner_span"])
    return {
        **known.order.member(other.id),
        "source": text.line(other.source, _BRIEF),
        "line": other.line,
        "kind": told["kind"],
        "probability": told["probability"],
        "by": told["by"],
        "asks": text.parts(text.asked(other.turns, there), room=LONG),
        "mine": text.parts(mine, marks, known.room),
        "theirs": text.parts(theirs, others, known.room),
        "turn": told["turn"],
        "partner_turn": told["partner_turn"],
    }


def _commands(known: Known, name: str, index: int | None) -> Iterator[str]:
    """What shows the row again, and what makes its run again; a name that no shell should see is told by its rank."""
    plain = name == printable(name) and not name.startswith("-") and "\n" not in name
    word = name if plain else None if index is None else f"#{index + 1}"
    if word is not None:
        yield f"python -m judge show {shlex.quote(known.folder)} {shlex.quote(word)}"
    yield f"python -m judge verify {shlex.quote(known.folder)}"
