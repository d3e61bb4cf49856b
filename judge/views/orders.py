"""
In which order rows come up for a person, and with which probability. Pure.

    suspicion      the list from its top; inside the review budget first, then on
    disagreement   rows first that the judge and the model-free findings see most differently
    random         a sample of all rows of the set: the only order from which an honest rate follows

Rows are numbered as a page numbers them: by rank, then those without one.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from judge import digest
from judge.rank.curves import BASE, log_odds

Name = Literal["suspicion", "disagreement", "random"]
_SAMPLE = 300  # rows of a random sample, unless it is said
_CERTAIN = 0.9999995  # suspicion is kept with six digits: above this it is no number any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """
    Rows in the order in which they come up.

    Attributes:
        rows: their numbers.
        first: how many of them are what a person sets out to do: those inside the review budget, or the sample; 0 where
            there is no such line.
        probability: with which each of them came up, in (0, 1]; None where they were picked for a reason.
        says: what this order is for.
    """

    name: Name
    rows: tuple[int, ...]
    first: int
    probability: float | None
    says: str


def by_suspicion(inside: Sequence[bool]) -> Queue:
    """
    The list itself, those inside the review budget first.

    Args:
        inside: by rank, whether the row is. Not only those at the top are: a row that counts with another source is
            where its twin is.
    """
    return Queue(
        name="suspicion",
        rows=tuple(sorted(range(len(inside)), key=lambda n: (not inside[n], n))),
        first=sum(inside),
        probability=None,
        says="The worst first. What is decided here cleans the set; it says nothing about the rest of the set.",
    )


def by_disagreement(judge: Sequence[float | None], findings: Sequence[float]) -> Queue | None:
    """
    Rows first whose place by the judge alone is farthest from that by the findings alone.

    Each of the two orders the rows that the judge graded by itself; rows that it cannot tell apart share the mean of
    their places. The distance of the two places, as a share of all rows, is how much the two disagree about a row. Of
    equal distances the higher suspicion comes first.

    Args:
        judge: by number, the gravest severity of any verdict; None where there is no verdict.
        findings: by number, the evidence of the findings alone (`spoken`).

    Returns:
        None where the judge graded fewer than two rows.
    """
    graded = [n for n, severity in enumerate(judge) if severity is not None]
    if len(graded) < 2:  # noqa: PLR2004 - nothing to order
        return None
    places = [_places([float(judge[n] or 0.0) for n in graded]), _places([findings[n] for n in graded])]
    apart = {n: abs(mine - theirs) for n, mine, theirs in zip(graded, *places, strict=True)}
    return Queue(
        name="disagreement",
        rows=tuple(sorted(graded, key=lambda n: (-apart[n], n))),
        first=0,
        probability=None,
        says="Rows first that the judge and the checks without a model see most differently: one of the two is wrong.",
    )


def _places(values: Sequence[float]) -> list[float]:
    """Of each value its place from the highest down, equal ones at the mean of theirs."""
    order = sorted(range(len(values)), key=lambda n: -values[n])
    places, start = [0.0] * len(values), 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for n in order[start:end]:
            places[n] = (start + end - 1) / 2
        start = end
    return places


def spoken(told: Mapping[str, Any]) -> float:
    """
    Evidence of the findings alone in a line of the list, in nats: their part of what its suspicion came from.

    Contradictions count for neither, as a judge may have confirmed them.
    """
    share = math.fsum(reason["share"] for reason in told.get("reasons", ()) if reason["kind"] == "signal")
    return share * _nats(told.get("suspicion") or 0.0)


def _nats(suspicion: float) -> float:
    """The sum of evidence that a suspicion was made from."""
    chance = BASE + (1 - BASE) * min(suspicion, _CERTAIN)
    return log_odds(chance) - log_odds(BASE)


def gravest(scores: Mapping[str, float | None], levels: Mapping[str, int]) -> float | None:
    """The gravest of a row's grades as distance from the best level, in [0, 1]; None of none."""
    severities = [(levels[name] - score) / (levels[name] - 1) for name, score in scores.items() if score is not None]
    return max(severities, default=None)


def usual(rows: int) -> int:
    """
    Rows of a random sample of a set, where nobody says how many.

    It is at most half of them: of a sample that is all of the set nothing can be said before all of it is decided.
    """
    return max(1, min(_SAMPLE, rows // 2))


def at_random(digests: Sequence[str], population: str, size: int, seed: int = 0) -> Queue:
    """
    A uniform sample of all rows, without replacement, that is the same for everyone and at any time.

    A row's place in the draw is a digest of the data, the seed, the row's content, and which of the rows of this
    content it is, so that it has nothing to do with its rank; a larger sample holds the smaller one. Each of several
    rows of one content is drawn for itself. Which of them came up does not matter, only how many: they are decided as
    one.

    Args:
        digests: of the rows' contents, by number.
        population: digest of the set's data: another set is another draw.
        size: rows of the sample, at most all.
        seed: another one is another sample.
    """
    seen: defaultdict[str, int] = defaultdict(int)
    keys = []
    for n, content in enumerate(digests):
        keys.append((digest.of([population, seed, content, seen[content]]), n))
        seen[content] += 1
    drawn = [n for _, n in sorted(keys)[:size]]
    share = len(drawn) / len(digests) if drawn else None
    return Queue(
        name="random",
        rows=tuple(drawn),
        first=len(drawn),
        probability=share,
        says=_ALL if share == 1 else _SOME,
    )


_SOME = (
    "Drawn from all rows by chance, good ones too: the only way to an honest defect rate of the set."
    " Rows that you decided in another order come up again, for a rate needs the whole sample."
)
_ALL = "All rows of the set, in an order that chance made. Its defect rate comes when the last of them is decided."
