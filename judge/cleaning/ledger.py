"""What was decided of each row, as lines for a file and as words for a person."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from judge.cleaning import Plan, Ruling

_PEOPLE, _LOADING = "people's decisions", "rejected at loading"


def lines(plan: Plan, judge: str, now: str) -> Iterator[dict[str, object]]:
    """
    Yield a line for every row that goes, and every one that stays against a rule, in the input's order.

    With weights: for every row that anybody gave one, with the weight.

    Args:
        plan: what was decided.
        judge: who gave the scores.
        now: the ISO time of what no person decided.
    """
    for row in plan.rows:
        if ruling := plan.rulings.get(row.key):
            yield {
                "example_id": row.id,
                "source": row.source or row.file,
                "line": row.line,
                "digest": row.digest,
                "decision": ruling.word,
                **({} if plan.weights is None else {"weight": plan.weights[row.key]}),
                "by": ruling.by,
                "reason": ruling.reason,
                "copy_of": ruling.copy_of or None,
                "scores": dict(row.scores),
                "suspicion": row.suspicion,
                "judge": judge,
                "at": ruling.at or now,
            }


def counts(rulings: Iterable[Ruling]) -> dict[str, int]:
    """How many rows go or are weighed, by what: rules as they were written, conflicts, then people, then loading."""
    gone = [ruling for ruling in rulings if ruling.word != "keep"]
    by = Counter(ruling.by for ruling in gone if ruling.kind in {"rule", "conflict"})
    kinds = Counter(ruling.kind for ruling in gone)
    found = {**dict(by.most_common()), _PEOPLE: kinds["people"], _LOADING: kinds["loading"]}
    return {name: many for name, many in found.items() if many}


def in_words(counts: Mapping[str, int]) -> str:
    """Say `45 by budget, 3 rejected at loading`."""
    return ", ".join(f"{many:,} {name if name == _LOADING else f'by {name}'}" for name, many in counts.items())
