"""Which rows of a later run are rows of an earlier one: the same content, or the same id with another. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Change = Literal["unchanged", "renamed", "edited", "new"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """
    The rows of two runs, one to one.

    Attributes:
        earlier: id in the later run -> id in the earlier run, of every row that both have.
        change: id in the later run -> what became of it.
        gone: ids of the earlier run that no row of the later one goes back to, in order.
        later: id in the earlier run -> id in the later run.
    """

    earlier: Mapping[str, str]
    change: Mapping[str, Change]
    gone: tuple[str, ...]
    later: Mapping[str, str] = field(default_factory=dict)


def match(before: Mapping[str, str], after: Mapping[str, str]) -> Matched:
    """
    Find every row again.

    The same id with the same content comes first, then the same content under another id, in the order of both, then
    the same id with other content. A row is found once: of three copies where there were two, the third is new.

    Args:
        before: id -> digest of the content, of the earlier run, in its order.
        after: the same of the later run.
    """
    earlier: dict[str, str] = {name: name for name, content in after.items() if before.get(name) == content}
    change: dict[str, Change] = dict.fromkeys(earlier, "unchanged")
    free: dict[str, list[str]] = {}
    for name in reversed(list(before)):
        if name not in earlier:
            free.setdefault(before[name], []).append(name)
    for name, content in after.items():
        if name not in earlier and free.get(content):
            earlier[name], change[name] = free[content].pop(), "renamed"
    taken = set(earlier.values())
    for name in after:
        if name in earlier:
            continue
        if name in before and name not in taken:
            earlier[name], change[name] = name, "edited"
        else:
            change[name] = "new"
    later = {old: new for new, old in earlier.items()}
    return Matched(
        earlier=earlier,
        change={name: change[name] for name in after},
        gone=tuple(name for name in before if name not in later),
        later=later,
    )
