"""Contradictions that a later run has and an earlier one had not, and those that are no more. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from judge.differing.rows import Matched
from judge.differing.sides import Changed, Side

_ENDED = ("gone", "edited")

Key = tuple[str, str]  # ids of two rows, in either order as the smaller comes first


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """
    One of two rows that contradict each other.

    Attributes:
        fate: `new`, `edited`, `renamed` or `unchanged` in the later run; `gone` where it has left.
        turn: counted from 1.
        span: the words that differ.
    """

    example_id: str
    source: str
    fate: str
    turn: int
    span: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """
    A contradiction of two rows.

    Attributes:
        between: the ages of its rows, an edited row being old.
        old, new: its rows; of one age, in the input's order.
        by: `judge` or `words`.
        why: what brought it about, or ended it.
    """

    between: Literal["old and new", "new and new", "old and old"]
    old: End
    new: End
    kind: str
    probability: float
    by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflicts:
    """
    Two rows contradict each other once, however many of their turns do; the likeliest pair of turns speaks for them.

    Attributes:
        born: in the later run alone, likeliest first.
        resolved: in the earlier run alone, as a row left or was edited; ids are of the earlier run.
        lapsed: in the earlier run alone, though both rows are there unchanged: nobody has settled them.
        kept: how many are in both.
    """

    born: tuple[Conflict, ...]
    resolved: tuple[Conflict, ...]
    lapsed: tuple[Conflict, ...]
    kept: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """
    One row and all that it contradicts by the same words: what a person decides at once.

    Attributes:
        row: the new one, or else the one that left or was edited; of two that are neither, the later.
        against: the others, the likeliest contradiction first.
        kind, probability, by, why: of that one.
    """

    row: End
    against: tuple[End, ...]
    kind: str
    probability: float
    by: str
    why: str


def cases(found: Sequence[Conflict]) -> tuple[Case, ...]:
    """Contradictions by the row that brought them about, or took them along; in the order of the first of each."""
    together: dict[tuple[str, str, str], list[tuple[Conflict, End]]] = {}
    for one in found:
        ends = [one.old, one.new]
        if one.between == "old and old" and one.old.fate in _ENDED and one.new.fate not in _ENDED:
            ends.reverse()
        other, row = ends
        together.setdefault((one.between, row.example_id, row.span.casefold()), []).append((one, other))
    return tuple(_case(members) for members in together.values())


def _case(members: Sequence[tuple[Conflict, End]]) -> Case:
    first, other = members[0]
    row = first.new if other is first.old else first.old
    against = tuple(end for _, end in members)
    return Case(row=row, against=against, kind=first.kind, probability=first.probability, by=first.by, why=first.why)


def conflicts(before: Side, after: Side, matched: Matched, changes: Sequence[Changed]) -> Conflicts:
    """
    Hold the contradictions of two runs against each other.

    Rows are found again by their content, or by their id where they were edited: two rows that contradicted each other
    before one was edited, and still do, are no news.
    """
    one, other = _by_rows(before), _by_rows(after)
    sources = [dict(zip(side.rows.index, side.rows["source"].astype(str), strict=True)) for side in (before, after)]
    earlier = {_key(matched.later.get(a), matched.later.get(b)): pair for (a, b), pair in one.items()}
    born = [_born(pair, sources[1], matched, changes) for key, pair in other.items() if key not in earlier]
    over: list[Conflict] = []
    lapsed: list[Conflict] = []
    for (a, b), pair in one.items():
        if _key(matched.later.get(a), matched.later.get(b)) in other:
            continue
        fates = [_fate_of_old(name, matched) for name in (a, b)]
        ended = any(fate in _ENDED for fate in fates)
        (over if ended else lapsed).append(_ended(pair, sources[0], matched, _why_over(pair, matched, changes)))
    return Conflicts(born=_sorted(born), resolved=_sorted(over), lapsed=_sorted(lapsed), kept=len(other) - len(born))


def _key(one: object, other: object) -> Key:
    """Rows that have left have no id in the later run, and no pair there."""
    return (min(str(one), str(other)), max(str(one), str(other))) if one is not None and other is not None else ("", "")


def _by_rows(side: Side) -> dict[Key, Mapping[str, Any]]:
    """The likeliest pair of turns of every two rows that contradict each other."""
    table = side.pairs
    table = table[table["left"].isin(side.rows.index) & table["right"].isin(side.rows.index)]
    best = table.sort_values("probability", ascending=False, kind="stable")
    found: dict[Key, Mapping[str, Any]] = {}
    for pair in best.to_dict("records"):
        found.setdefault(_key(pair["left"], pair["right"]), {str(name): value for name, value in pair.items()})
    return found


def _born(
    pair: Mapping[str, Any], sources: Mapping[str, str], matched: Matched, changes: Sequence[Changed]
) -> Conflict:
    ends = [_end(pair, place, sources, matched.change[pair[place]]) for place in ("left", "right")]
    fresh = [end.fate == "new" for end in ends]
    if fresh[0] and not fresh[1]:
        ends.reverse()
    between: Literal["old and new", "new and new", "old and old"] = "old and new"
    if fresh[0] == fresh[1]:
        between = "new and new" if fresh[0] else "old and old"
    edited = " and ".join(end.example_id for end in ends if end.fate == "edited")
    why = {"old and new": "a new row", "new and new": "two new rows"}.get(between, "")
    if edited:
        why = f"{why}, and {edited} edited" if why else f"{edited} edited"
    return _conflict(pair, between, ends, why or _unasked(str(pair["by"]), changes))


def _unasked(by: str, changes: Sequence[Changed]) -> str:
    """Why two rows contradict each other now that are what they were."""
    if known := _asked_otherwise(changes):
        return known
    return "asked for the first time" if by == "judge" else "the set around them changed, and with it what words weigh"


def _asked_otherwise(changes: Sequence[Changed]) -> str:
    """What changed for all pairs; empty where nothing did."""
    told = {"judge": "another judge", "pair_rubric": "the rubric for pairs was edited", "guide": "guide edited"}
    told["prompts"] = "prompts edited"
    for change in changes:
        if change.what in told:
            return told[change.what]
        if change.what == "setting" and change.name.startswith(("pairs.", "embedder.")):
            return f"another {change.name}"
    return ""


def _fate_of_old(name: str, matched: Matched) -> str:
    return matched.change[matched.later[name]] if name in matched.later else "gone"


def _why_over(pair: Mapping[str, Any], matched: Matched, changes: Sequence[Changed]) -> str:
    fates = {str(pair[place]): _fate_of_old(str(pair[place]), matched) for place in ("left", "right")}
    for word, says in (("gone", "left"), ("edited", "edited")):
        if names := [name for name, fate in fates.items() if fate == word]:
            return f"{' and '.join(names)} {says}"
    if known := _asked_otherwise(changes):
        return known
    if pair["by"] == "judge":
        return "not asked about this time, or in one order only"
    return "the set around them changed, and with it what words weigh"


def _ended(pair: Mapping[str, Any], sources: Mapping[str, str], matched: Matched, why: str) -> Conflict:
    ends = [_end(pair, place, sources, _fate_of_old(str(pair[place]), matched)) for place in ("left", "right")]
    return _conflict(pair, "old and old", ends, why)


def _end(pair: Mapping[str, Any], place: str, sources: Mapping[str, str], fate: str) -> End:
    name = str(pair[place])
    return End(
        example_id=name,
        source=sources[name],
        fate=fate,
        turn=int(pair[f"{place}_turn"]),
        span=str(pair[f"{place}_span"]),
    )


def _conflict(
    pair: Mapping[str, Any],
    between: Literal["old and new", "new and new", "old and old"],
    ends: Sequence[End],
    why: str,
) -> Conflict:
    return Conflict(
        between=between,
        old=ends[0],
        new=ends[1],
        kind=str(pair["kind"]),
        probability=float(pair["probability"]),
        by=str(pair["by"]),
        why=why,
    )


def _sorted(found: Sequence[Conflict]) -> tuple[Conflict, ...]:
    order = {"old and new": 0, "new and new": 1, "old and old": 2}
    return tuple(sorted(found, key=lambda c: (order[c.between], -c.probability, c.old.example_id, c.new.example_id)))
