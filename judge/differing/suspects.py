"""Why a row is a suspect now and was none, or the other way round. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from judge.differing.lists import Lists
from judge.differing.rows import Matched
from judge.differing.sides import Side
from judge.text import number

Cause = Literal[
    "new row",
    "edited row",
    "contradicts",
    "reasons",
    "weights",
    "reached",
    "not ranked before",
    "left",
    "fell",
    "crowded out",
    "not ranked now",
    "",
]
Told = Mapping[str, Mapping[str, Any]]  # id -> its line of suspects.jsonl

_NAMED = 3  # reasons or rows named in a sentence
_SAME = 0.005  # by which a severity may move unnoticed


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """
    A suspect of either run.

    Attributes:
        example_id: in the later run, or where it is gone in the earlier one.
        earlier_id: in the earlier run; empty where the row is new.
        before, after: its suspicion in [0, 1]; None where it was not ranked.
        cause: why it came or went, in one of a few words; empty where it was kept.
        why: the same, in words.
        reason: the strongest reason against it, as in `suspects.jsonl`, of the later run, or of the earlier one where
            it is a suspect no more; None where there is none.
    """

    example_id: str
    earlier_id: str
    source: str
    before: float | None
    after: float | None
    cause: Cause
    why: str
    reason: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspects:
    """The suspects of two runs, as in `Lists`, each with its cause."""

    line: float | None
    new: tuple[Listed, ...]
    risen: tuple[Listed, ...]
    kept: tuple[Listed, ...]
    gone: tuple[Listed, ...]


def wanted(lists: Lists, matched: Matched) -> tuple[set[str], set[str]]:
    """Ids in the earlier and in the later run of the rows whose reasons are needed."""
    later = {*lists.new, *lists.risen, *lists.kept, *(matched.later[n] for n in lists.gone if n in matched.later)}
    earlier = {*lists.gone, *(matched.earlier[name] for name in later if name in matched.earlier)}
    return earlier, later


def suspects(lists: Lists, matched: Matched, sides: tuple[Side, Side], told: tuple[Told, Told]) -> Suspects:
    """
    Say of every suspect why it is one, or is one no more.

    Args:
        lists: who came and who went.
        matched: the rows of the two runs.
        sides: the earlier and the later run.
        told: the lines of `suspects.jsonl` of the rows that are `wanted`, of either run.
    """
    before, after = (dict(zip(s.rows.index, s.rows["suspicion"].tolist(), strict=True)) for s in sides)
    sources = [dict(zip(s.rows.index, s.rows["source"].astype(str), strict=True)) for s in sides]

    def listed(name: str, cause: Cause, why: str, reason: Mapping[str, Any] | None) -> Listed:
        old = matched.earlier.get(name, "")
        was, now = number(before.get(old)), number(after[name])
        source = sources[1][name]
        return Listed(
            example_id=name, earlier_id=old, source=source, before=was, after=now, cause=cause, why=why, reason=reason
        )

    new = set(lists.new)

    def came(name: str) -> Listed:
        cause, why = _why_came(name, matched, before, told)
        if cause == "weights" and name in new:  # so it is not by weights alone
            cause, why = _why_new(told[0].get(matched.earlier[name], {}), told[1].get(name, {}))
        return listed(name, cause, why, _strongest(told[1].get(name)))

    def stayed(name: str) -> Listed:
        why = "edited" if matched.change[name] == "edited" else ""
        return listed(name, "", why, _strongest(told[1].get(name)))

    def went(old: str) -> Listed:
        name = matched.later.get(old)
        cause, why = _why_went(old, lists.line, matched, after, told)
        reason = _strongest(told[0].get(old))
        if name is not None:
            return listed(name, cause, why, reason)
        source, was = sources[0][old], number(before[old])
        return Listed(
            example_id=old, earlier_id=old, source=source, before=was, after=None, cause=cause, why=why, reason=reason
        )

    return Suspects(
        line=lists.line,
        new=tuple(map(came, lists.new)),
        risen=tuple(map(came, lists.risen)),
        kept=tuple(map(stayed, lists.kept)),
        gone=tuple(map(went, lists.gone)),
    )


def _why_came(
    name: str, matched: Matched, before: Mapping[str, float | None], told: tuple[Told, Told]
) -> tuple[Cause, str]:
    if matched.change[name] == "new":
        return "new row", "new row"
    if matched.change[name] == "edited":
        return "edited row", "edited row"
    old = matched.earlier[name]
    if number(before[old]) is None:
        return "not ranked before", "old row that nobody had examined"
    was, now = told[0].get(old, {}), told[1].get(name, {})
    if partners := _partners(now, matched) - _partners(was, None):
        ids = [matched.later.get(partner, partner) for partner in sorted(partners)]
        return "contradicts", f"old row that now contradicts {_some([_aged(one, matched) for one in ids])}"
    if now.get("suspicion") is not None and now["suspicion"] == number(before[old]):
        return "reached", "old row, as suspect as before, that the review budget reaches now"
    return _shift(was, now, "old row", ("now also", "stronger"), "the same reasons weigh more")


def _why_new(was: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[Cause, str]:
    """Of an old row with no other reasons than it had, nor stronger ones."""
    if now.get("scores") and not was.get("scores"):
        return "reasons", "old row that is graded for the first time"
    return "contradicts", "old row in a dispute that others have joined, which is not held against it"


def _why_went(
    old: str, line: float | None, matched: Matched, after: Mapping[str, float | None], told: tuple[Told, Told]
) -> tuple[Cause, str]:
    name = matched.later.get(old)
    if name is None:
        return "left", "the row left the set"
    suspicion = number(after[name])
    if suspicion is None:
        return "not ranked now", "nobody examined it this time"
    if line is not None and suspicion >= line:
        return "crowded out", "still above the earlier line, but others are more so"
    if matched.change[name] == "edited":
        return "edited row", "edited"
    _, why = _shift(told[1].get(name, {}), told[0].get(old, {}), "fell below the line", ("no longer", "weaker"), "")
    return "fell", why or "fell below the line: the same reasons weigh less"


def _shift(
    less: Mapping[str, Any], more: Mapping[str, Any], who: str, words: tuple[str, str], alike: str
) -> tuple[Cause, str]:
    """What `more` has that `less` has not: other reasons, else stronger ones."""
    one, other = _severities(less), _severities(more)
    also = [name for name in other if name not in one]
    stronger = [name for name in other if name in one and other[name] > one[name] + _SAME]
    for names, word in ((also, words[0]), (stronger, words[1])):
        if names:
            return "reasons", f"{who}: {word} {_some([_said(*one) for one in names])}"
    return "weights", f"{who}: {alike}, as weights are fitted to each set" if alike else ""


def _said(kind: str, name: str) -> str:
    return f"a contradiction ({name})" if kind == "pair" else name


def _severities(told: Mapping[str, Any]) -> dict[tuple[str, str], float]:
    """(kind, name) of each reason -> severity, strongest reason first."""
    return {(str(r["kind"]), str(r["name"])): float(r["severity"]) for r in told.get("reasons", ())}


def _partners(told: Mapping[str, Any], matched: Matched | None) -> set[str]:
    """Rows that speak against it, by their ids in the earlier run where they were there already."""
    pairs = [reason for reason in told.get("reasons", ()) if reason["kind"] == "pair"]
    names = {str(name) for reason in pairs for name in reason["partners"]}
    return {matched.earlier.get(name, name) for name in names} if matched else names


def _aged(name: str, matched: Matched) -> str:
    change = matched.change.get(name)
    return f"{name} ({change} row)" if change in {"new", "edited"} else name


def _strongest(told: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    reasons: Sequence[Mapping[str, Any]] = told.get("reasons", ()) if told else ()
    return {key: reasons[0].get(key) for key in ("kind", "name", "turn", "share", "because")} if reasons else None


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
