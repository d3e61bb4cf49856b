"""One line for every row of a run, as columns: what the list of a page is made of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any

import pandas as pd

from judge.records import Example
from judge.text import number
from judge.views import text

MOST = 50_000  # rows of a list
KINDS = {"pair": "contradiction"}  # of a reason, where it has another name on a page
_BRIEF, _BECAUSE = 140, 160  # characters of a turn, and of a reason

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """
    The rows of a run as a page numbers them: by rank, then those without one in the order of the input.

    Attributes:
        ids: of all rows.
        ranked: how many of them have a rank.
        places: number of each row that is in the list.
    """

    ids: tuple[str, ...]
    ranked: int
    places: Mapping[str, int]

    def member(self, name: str) -> dict[str, object]:
        """A row that is named beside others: its id, and its number, if it is in the list."""
        return {"id": text.line(name, _BRIEF), "index": self.places.get(name)}


def order(ranked: Sequence[str], everyone: Iterable[str]) -> Order:
    """By ids in the order of the list, and in that of the input."""
    known = set(ranked)
    ids = (*ranked, *(name for name in everyone if name not in known))
    return Order(ids=ids, ranked=len(ranked), places={name: n for n, name in enumerate(ids[:MOST])})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbers:
    """Texts that many rows share, each with its number."""

    known: dict[tuple[str, str], int] = field(default_factory=dict)

    def of(self, *key: str) -> int:
        first, second = (*key, "")[:2]
        return self.known.setdefault((first, second), len(self.known))


def called(reason: Told) -> tuple[str, str]:
    """Kind and name of a reason, by the words of a page."""
    kind = str(reason["kind"])
    return KINDS.get(kind, kind), str(reason["name"])


def worst_turn(told: Told, example: Example) -> int:
    """Index of the turn that a row's line is about: that of its first reason that names one, else the first judged."""
    turns = (reason["turn"] for reason in told.get("reasons", ()))
    return next((turn - 1 for turn in turns if turn is not None), example.judged[0])


def rows(
    order: Order,
    suspects: Iterable[Told],
    table: pd.DataFrame,
    examples: Mapping[str, Example],
    *,
    groups: Mapping[str, Sequence[int]],
    rubrics: Sequence[str],
    speaks: Mapping[str, str | None],
) -> dict[str, Any]:
    """
    Columns of equal length, one place for each of the first `MOST` rows.

    Args:
        order: of the rows.
        suspects: the lines of the list, by rank.
        table: `examples.parquet`, indexed by id.
        examples: by id.
        groups: by id, numbers of the groups that a row is in.
        rubrics: names, in order.
        speaks: the rubric that each signal speaks to.
    """
    ids = order.ids[:MOST]
    known = table.loc[list(ids)]
    sources, statuses, names = _Numbers(), _Numbers(), _Numbers()
    asks, says, because, reasons, suspicion, inside = [], [], [], [], [], []
    for name, told in zip(ids, chain(suspects, repeat({})), strict=False):
        example = examples[name]
        at = worst_turn(told, example)
        asks.append(text.line(text.asked(example.turns, at), _BRIEF))
        says.append(text.line(text.said(example.turns[at]), _BRIEF))
        why = told.get("reasons", ())
        because.append(text.line(str(why[0]["because"]), _BECAUSE) if why else "")
        reasons.append([names.of(*called(one)) for one in why])
        suspicion.append(round(told["suspicion"], 3) if told else None)
        inside.append(int(bool(told.get("within_budget"))))
    return {
        "id": [text.line(name, _BRIEF) for name in ids],
        "line": known["line"].tolist(),
        "source": [sources.of(one) for one in known["source"]],
        "sources": [text.line(one, _BRIEF) for one, _ in sources.known],
        "status": [statuses.of(one) for one in known["status"]],
        "statuses": [_status(one) for one, _ in statuses.known],
        "suspicion": suspicion,
        "inside": inside,
        "asks": asks,
        "says": says,
        "because": because,
        "reasons": reasons,
        "names": [named(kind, name, speaks) for kind, name in names.known],
        "scores": {name: _scores(known, name) for name in rubrics},
        "groups": [list(groups[name]) if name in groups else None for name in ids],
    }


def _status(word: str) -> str:
    return word if word in {"judged", "not_sampled"} else f"unscored:{word}"


def named(kind: str, name: str, speaks: Mapping[str, str | None]) -> dict[str, str | None]:
    """A reason's name, what kind of reason it is, and the rubric that it speaks to."""
    rubric = name if kind == "rubric" else speaks.get(name) if kind == "signal" else None
    return {"name": text.line(name, _BRIEF), "kind": kind, "rubric": rubric}


def _scores(table: pd.DataFrame, rubric: str) -> list[float | None]:
    column = f"{rubric}.score"
    if column not in table:
        return [None] * len(table)
    return [None if one is None else round(one, 1) for one in map(number, table[column].tolist())]
