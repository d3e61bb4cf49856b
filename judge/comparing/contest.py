"""
Which variant catches more planted copies: chosen on one half of them, reported and tested on the other. Pure.

Every variant reads the same copies, so that differences are differences of pairs: only copies that one catches and the
other misses say anything. Copies of one source stay in one half.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from judge import digest
from judge.comparing import CHANCE, Variant, above, caught
from judge.measure import planted_precision
from judge.rates import wilson
from judge.reliability import JUDGE, Fate, Share

_Z = 1.959963984540054  # of a 95 % interval
_EQUAL = 1e-9  # average precisions this close are one


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """
    How one variant does on the copies that all share; where there are none, on its own.

    Attributes:
        recall, judge: share caught by its list, and by its judge's grades alone (None without a judge).
        kinds: share its list catches, by kind.
        average_precision: of the copies among the variant's own rows, ties counted against the copy.
        chosen_by: the same, of the half on which the winner is chosen, among as large a part of the rows.
        told, precision_told: recall and average precision on the other half.
    """

    recall: Share
    judge: Share | None
    kinds: Mapping[str, Share]
    average_precision: float
    chosen_by: float
    told: Share
    precision_told: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """
    The winner against one other variant, on the half that did not choose it.

    Attributes:
        other: name of the other.
        more, less: copies that only the winner catches, and only the other.
        value, low, high: recall of the winner less recall of the other, with its 95 % interval.
        p: exact, two-sided, of this pair alone.
        adjusted: the same after Holm's correction over all pairs.
    """

    other: str
    more: int
    less: int
    value: float
    low: float
    high: float
    p: float
    adjusted: float

    @property
    def real(self) -> bool:
        """Whether it is more than noise, by the test, which counts sources, and the interval, which counts copies."""
        return self.adjusted < CHANCE and (self.low > 0 or self.high < 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """
    What the planted copies say of the variants.

    Attributes:
        shared: copies that all variants with a self-test have.
        apart: copies that only some have; they are left out.
        halves: copies of the half that chooses, and of the half that tells.
        standings: by name; of variants with a self-test.
        winner: name; empty where nothing could be chosen.
        differences: of the winner from each other, in the variants' order.
        least: fewest copies, all in the winner's favour, that the tests could have told from noise.
    """

    shared: int
    apart: int
    halves: tuple[int, int]
    standings: Mapping[str, Standing]
    winner: str
    differences: tuple[Difference, ...]
    least: int


def hold(variants: Sequence[Variant]) -> Contest:
    """Compare the variants on the copies they share: equal kind, source and content."""
    tested = [v for v in variants if v.copies]
    copies = {v.name: {_key(copy): copy for copy in v.copies} for v in tested}
    keys = sorted(set[_Key].intersection(*map(set, copies.values()))) if copies else []
    everything = set[_Key]().union(*copies.values())
    first = [key for key in keys if chooses(key[1])]
    second = [key for key in keys if not chooses(key[1])]
    standings = {
        v.name: _standing(copies[v.name], keys or list(copies[v.name]), first, second, v.against) for v in tested
    }
    winner = ""
    differences: tuple[Difference, ...] = ()
    if first and second and len(tested) > 1:
        winner = _best(tested, standings)
        others = [v.name for v in tested if v.name != winner]
        differences = _differences(winner, others, copies, second)
    return Contest(
        shared=len(keys),
        apart=len(everything) - len(keys),
        halves=(len(first), len(second)),
        standings=standings,
        winner=winner,
        differences=differences,
        least=least(len(differences)),
    )


def chooses(source: str) -> bool:
    """Whether copies of this source belong to the half that chooses the winner: by a digest, so always the same."""
    return int(digest.of(["half", source])[-1], 16) % 2 == 0


def mcnemar(more: int, less: int) -> float:
    """Tell the p value of so uneven a split of pairs that differ: exact, two-sided (McNemar, 1947; Liddell, 1976)."""
    from scipy.stats import binomtest

    return float(binomtest(more, more + less).pvalue) if more + less else 1.0


def paired_interval(more: int, less: int, of: int) -> tuple[float, float]:
    """
    95 % interval of a difference of two shares of the same copies (Bonett and Price, 2012).

    Wald's interval with one copy added to each side of the split, which keeps its promise with few copies.

    Args:
        more: copies that only the one catches.
        less: copies that only the other catches.
        of: all copies.
    """
    up, down = (more + 1) / (of + 2), (less + 1) / (of + 2)
    value = up - down
    reach = _Z * sqrt(max(up + down - value * value, 0.0) / (of + 2))
    return max(value - reach, -1.0), min(value + reach, 1.0)


def holm(values: Sequence[float]) -> list[float]:
    """Adjust p values, so that noise is called a difference in one of twenty such families at most (Holm, 1979)."""
    order = sorted(range(len(values)), key=lambda n: values[n])
    adjusted, highest = [1.0] * len(values), 0.0
    for place, n in enumerate(order):
        highest = max(highest, min((len(values) - place) * values[n], 1.0))
        adjusted[n] = highest
    return adjusted


def least(comparisons: int) -> int:
    """How many copies must differ, all in one direction, before the strictest of so many tests tells it from noise."""
    copies = 1
    while max(comparisons, 1) * 2 * 0.5**copies >= CHANCE:
        copies += 1
    return copies


_Key = tuple[str, str, str]


def _key(copy: Fate) -> _Key:
    return copy.kind, copy.source, copy.digest


def _standing(
    copies: Mapping[_Key, Fate], keys: Sequence[_Key], first: Sequence[_Key], second: Sequence[_Key], rows: int
) -> Standing:
    def precision(chosen: Sequence[_Key]) -> float:
        part = round(rows * len(chosen) / len(keys))  # of the rows, so that fewer copies are no lower precision
        return planted_precision([above(copies[key]) for key in chosen], part)

    kinds: defaultdict[str, list[bool]] = defaultdict(list)
    for key in keys:
        kinds[key[0]].append(caught(copies[key]))
    alone = [bool(copies[key].caught[JUDGE]) for key in keys if JUDGE in copies[key].caught]
    return Standing(
        recall=_share([caught(copies[key]) for key in keys]),
        judge=_share(alone) if alone else None,
        kinds={kind: _share(found) for kind, found in kinds.items()},
        average_precision=precision(keys),
        chosen_by=precision(first),
        told=_share([caught(copies[key]) for key in second]),
        precision_told=precision(second),
    )


def _share(found: Sequence[bool]) -> Share:
    return wilson(sum(found), len(found))


def _best(variants: Sequence[Variant], standings: Mapping[str, Standing]) -> str:
    """Highest average precision on the first half; of equals the cheaper, then the earlier."""
    top = max(standings[v.name].chosen_by for v in variants)
    equals = [v for v in variants if standings[v.name].chosen_by >= top - _EQUAL]
    return min(equals, key=lambda v: float("inf") if v.price is None else v.price).name


def _differences(
    winner: str, others: Sequence[str], copies: Mapping[str, Mapping[_Key, Fate]], keys: Sequence[_Key]
) -> tuple[Difference, ...]:
    splits = [_split(copies[winner], copies[other], keys) for other in others]
    p = [split[2] for split in splits]
    made = []
    for other, (more, less, alone), adjusted in zip(others, splits, holm(p), strict=True):
        low, high = paired_interval(more, less, len(keys))
        made.append(
            Difference(
                other=other,
                more=more,
                less=less,
                value=(more - less) / len(keys),
                low=low,
                high=high,
                p=alone,
                adjusted=adjusted,
            )
        )
    return tuple(made)


def _split(left: Mapping[_Key, Fate], right: Mapping[_Key, Fate], keys: Sequence[_Key]) -> tuple[int, int, float]:
    """
    Copies that only the left catches, that only the right catches, and the p value.

    A source's copies are no independent witnesses: it counts once in the test, for the side that catches more of them.
    """
    lead: defaultdict[str, int] = defaultdict(int)
    more = less = 0
    for key in keys:
        differs = caught(left[key]) - caught(right[key])
        more, less = more + (differs > 0), less + (differs < 0)
        lead[key[1]] += differs
    return more, less, mcnemar(sum(n > 0 for n in lead.values()), sum(n < 0 for n in lead.values()))
