"""Decisions as lines of `labels.jsonl`, which `judge.labels` reads."""

from judge.reliability import Decision
from judge.text import whole


def line(decision: Decision) -> dict[str, object]:
    """One line: what is needed first, then what is known."""
    told = {
        "example_id": whole(decision.example_id),
        "decision": decision.word,
        "rubric": decision.rubric,
        "by": whole(decision.by),
        "at": decision.at,
        "probability": decision.probability,
        "population": decision.population,
        "note": whole(decision.note),
        "digest": decision.digest,
    }
    return {key: value for key, value in told.items() if value not in {None, ""}}
