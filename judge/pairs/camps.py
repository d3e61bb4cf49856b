"""
Groups that disagree, and their camps: "41 rows say 30 days, 3 say 14".

A matter is the gravest contradiction of a group, and with it all that its camps disagree on; what is left is the next
matter. Who stands where is read off every member: of an amount, which one each gives; of anything else, whom each
contradicts. Rows that say nothing on the matter are in no camp. A contradiction between two groups belongs to the one
that disagrees on these amounts itself; otherwise it makes a group of the rows that are in it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from judge.corpus.tokens import Ints
from judge.pairs import witnesses
from judge.pairs.conflict import Claim, between
from judge.pairs.scoring import Scored, Sides
from judge.pairs.side import elsewhere

_READ = 500  # members whose answer is read
_CAMPS = 6
_MATTERS = 5  # of one group that are told apart; what is left goes with the last
_HELD = 10  # rows of a camp that another row is held against
_AGREES, _DIFFERS = 0.2, 0.4  # score up to which two answers agree, and from which they do not


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """
    A contradiction on its way into a group.

    Attributes:
        pair: who, and the words that differ.
        kind, probability, by: as in `results.Pair`.
    """

    pair: Scored
    kind: str
    probability: float
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """
    A group with its camps on one matter, by positions in `Corpus.answers`.

    Attributes:
        members: all that ask it.
        camps: (words, claim, positions), largest first.
        found: the contradictions on it, gravest first.
    """

    members: tuple[int, ...]
    camps: tuple[tuple[str, Claim, tuple[int, ...]], ...]
    found: tuple[Found, ...]


Camps = tuple[tuple[str, Claim, tuple[int, ...]], ...]


def disagreements(found: Sequence[Found], groups: Ints, copies: Ints, sides: Sides) -> list[Disagreement]:
    """
    Sort contradictions into groups, the gravest group first: by probability, then by the rows in camps.

    Args:
        found: contradictions, gravest first.
        groups: shape (own answers,), the group of each.
        copies: shape (own answers,), the answer that stands for each.
        sides: the answers as they are compared.
    """
    members: defaultdict[int, list[int]] = defaultdict(list)
    twins: defaultdict[int, list[int]] = defaultdict(list)
    for at, (group, copy) in enumerate(zip(groups.tolist(), copies.tolist(), strict=True)):
        members[group].append(at)
        twins[copy].append(at)
    made = []
    for (first, second), inside in _by_group(found, groups).items():
        named = {at for f in inside for end in (f.pair.left, f.pair.right) for at in twins[end]}
        who = sorted(named.union(members[first]) if first == second else named)
        for camps, matter in _matters(inside, who, twins, sides):
            made.append(Disagreement(members=tuple(who), camps=camps, found=tuple(matter)))
    return sorted(made, key=lambda d: (-d.found[0].probability, -sum(len(c) for *_, c in d.camps), d.members))


def _by_group(found: Sequence[Found], groups: Ints) -> dict[tuple[int, int], list[Found]]:
    """Contradictions by the two groups that they stand between, or by the one that they belong to, twice."""
    ends = [(int(groups[one.pair.left]), int(groups[one.pair.right])) for one in found]
    amounts = [
        (claims[0][0], frozenset(claim[1] for claim in claims)) for claims in (f.pair.conflict.claims for f in found)
    ]
    homes: dict[tuple[int, tuple[str, frozenset[str]]], int] = {}
    for n, (one, two) in enumerate(ends):
        if one == two and amounts[n][0]:
            homes.setdefault((one, amounts[n]), n)
    by_group: defaultdict[tuple[int, int], list[Found]] = defaultdict(list)
    for n, both in enumerate(ends):
        known = [(homes[group, amounts[n]], group) for group in both if (group, amounts[n]) in homes]
        first, second = [min(known)[1]] * 2 if known else sorted(both)
        by_group[first, second].append(found[n])
    return by_group


def _matters(
    found: Sequence[Found], members: Sequence[int], twins: Mapping[int, Sequence[int]], sides: Sides
) -> Iterator[tuple[Camps, Sequence[Found]]]:
    """Camps, and the contradictions between them; then the same of what is left."""
    for left in reversed(range(_MATTERS)):
        camps = _camps(found, members, twins, sides)
        side = {at: camp for camp, (*_, who) in enumerate(camps) for at in who}
        across = {n for n, f in enumerate(found) if {f.pair.left, f.pair.right} <= side.keys()}
        across = {n for n in across if side[found[n].pair.left] != side[found[n].pair.right]} | {0}
        yield camps, [f for n, f in enumerate(found) if n in across or not left]
        found = [f for n, f in enumerate(found) if n not in across]
        if not found:
            return


def _camps(found: Sequence[Found], members: Sequence[int], twins: Mapping[int, Sequence[int]], sides: Sides) -> Camps:
    """Camps on the gravest of some contradictions."""
    said = list(_claims(found))
    where: defaultdict[int, set[int]] = defaultdict(set)
    for camp, (_, _, own) in enumerate(said):
        for end in own:
            where[camp].update(twins[end])
    taken = set().union(*where.values())
    for at in members[:_READ]:
        if at in taken:
            continue
        stands = _stands(at, said, sides)
        if len(stands) == 1:
            where[stands[0]].add(at)
    camps = [(words, claim, tuple(sorted(where[camp]))) for camp, (words, claim, _) in enumerate(said)]
    return tuple(sorted(camps, key=lambda camp: (-len(camp[2]), camp[2])))


def _stands(at: int, said: Sequence[tuple[str, Claim, Sequence[int]]], sides: Sides) -> list[int]:
    """
    The camps that a row may be of: it gives the camp's amount, of the same product or place.

    Of a claim without an amount: it contradicts another camp, and not this one.
    """
    ours = sides[at]
    stands = [
        camp
        for camp, (_, claim, own) in enumerate(said)
        if (not claim[0] or witnesses.says(claim, ours))
        and not any(elsewhere(ours, sides[other]) for other in own[:_HELD])
    ]
    if not stands or said[0][1][0]:  # a matter is of amounts, or it is not
        return stands
    against = [max((between(ours, sides[other]).score for other in own), default=0.0) for *_, own in said]
    return [camp for camp in stands if against[camp] < _AGREES] if max(against) >= _DIFFERS else []


def _claims(found: Sequence[Found]) -> Iterator[tuple[str, Claim, Sequence[int]]]:
    """
    What can be said on the gravest matter: words, claim, and who is known to say it, gravest first.

    Another amount of the same unit is on the same matter if it stands against one that is.
    """
    unit = found[0].pair.conflict.claims[0][0]
    sides: dict[tuple[str, str], tuple[str, Claim, dict[int, None]]] = {}
    for one in found:
        pair, claims = one.pair, one.pair.conflict.claims
        names = [(unit, claim[1]) if unit else ("", str(side)) for side, claim in enumerate(claims)]
        if one is not found[0] and (not unit or claims[0][0] != unit or sides.keys().isdisjoint(names)):
            continue
        spans = (pair.conflict.left, pair.conflict.right)
        for name, claim, words, end in zip(names, claims, spans, (pair.left, pair.right), strict=True):
            if name in sides or len(sides) < _CAMPS:
                sides.setdefault(name, (words, claim, {}))[2][end] = None
    counts = Counter(at for *_, own in sides.values() for at in own)
    for words, claim, own in sides.values():
        yield words, claim, [at for at in own if counts[at] == 1]
