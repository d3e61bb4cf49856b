"""How good a ranking is where the truth is known. Pure."""

from array import array
from collections.abc import Collection, Iterable, Sequence

from judge.results import Quality


def quality(ranked: Sequence[str], within_budget: Collection[str], defects: Collection[str]) -> Quality:
    """
    Compare a ranked list of ids with the ids known to be bad.

    Args:
        ranked: most suspicious first; the order is taken as it is.
        within_budget: ids a person would look at.
        defects: ids known to be bad.
    """
    hits, total = 0, 0.0
    for rank, example_id in enumerate(ranked, start=1):
        if example_id in defects:
            hits += 1
            total += hits / rank
    return Quality(
        defects=len(defects),
        found=sum(example_id in within_budget for example_id in defects),
        average_precision=round(total / len(defects), 6) if defects else 0.0,
    )


def planted_precision(above: Sequence[float], rows: int) -> float:
    """
    Average precision of planted copies in the list that they and the set's rows would form together.

    Args:
        above: for each copy, the share of the rows that stand above it or level with it, in [0, 1].
        rows: how many rows there are.
    """
    hits = [(n, n + share * rows) for n, share in enumerate(sorted(above), start=1)]
    return round(_mean([n / place for n, place in hits]), 6)


def separation(ranked: Iterable[tuple[float, bool]]) -> float:
    """
    How clearly a list parts: mean suspicion inside the review budget minus mean suspicion outside, in [-1, 1].

    Args:
        ranked: (suspicion, whether inside the budget) of every ranked row.
    """
    inside, outside = array("d"), array("d")
    for suspicion, within in ranked:
        (inside if within else outside).append(suspicion)
    return round(_mean(inside) - _mean(outside), 6)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
