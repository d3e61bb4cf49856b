"""Decisions as lines of `labels.jsonl`, which `judge.labels` reads."""

import json
from collections.abc import Iterable

from judge.reliability import Decision
from judge.text import whole

_OF_CHANCE = ("probability", "population", "drawn")  # is told where it holds, and so may differ in a copy


def line(decision: Decision) -> dict[str, object]:
    """One line: what is needed first, then what is known."""
    told = {
        "example_id": whole(decision.example_id),
        "decision": decision.word,
        "rubric": decision.rubric,
        "by": whole(decision.by),
        "at": decision.at,
        "probability": decision.probability,
        "drawn": None if decision.probability is None else decision.drawn,
        "population": decision.population,
        "note": whole(decision.note),
        "digest": decision.digest,
    }
    return {key: value for key, value in told.items() if value not in {None, ""}}


def kept(text: str, decisions: Iterable[Decision]) -> bool:
    """
    Whether all that stands in a file is of these decisions, so that nothing is lost where it is written anew.

    Args:
        text: the file's.
        decisions: all that are kept elsewhere, those that were followed by others among them.
    """
    known = {_said(line(one)) for one in decisions}
    try:
        rows = [json.loads(row) for row in text.split("\n") if row.strip()]
    except (ValueError, RecursionError):
        return False
    return all(isinstance(row, dict) and _said(row) in known for row in rows)


def _said(row: dict[str, object]) -> str:
    return json.dumps({key: value for key, value in row.items() if key not in _OF_CHANCE}, sort_keys=True)
