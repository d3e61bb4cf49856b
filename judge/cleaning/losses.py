"""What each source and topic of a set would lose, and how the worst of that is kept back."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from judge.cleaning import Key, Row, Ruling, contents, joined

_CLOSE = 1e-9  # what multiplying leaves of a whole number


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The rows of one source, or of one topic."""

    name: str
    rows: tuple[Row, ...]

    def most(self, max_loss: float) -> int:
        """How many of its rows may go: that share of them, and never all."""
        return min(math.floor(max_loss * len(self.rows) + _CLOSE), len(self.rows) - 1)


def parts(rows: Sequence[Row]) -> list[Part]:
    """Sources first, then topics, each by name; rows of which neither is known are in none."""
    found: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        for kind, name in (("source", row.source), ("topic", row.topic)):
            if name:
                found[kind, name].append(row)
    return [Part(name=f"{kind} {name}", rows=tuple(found[kind, name])) for kind, name in sorted(found)]


def warnings(parts: Sequence[Part], lost: Mapping[Key, float], max_loss: float) -> list[str]:
    """
    Say, a sentence each, which parts lose more than they should, or all that they have.

    Args:
        parts: of the set.
        lost: how much of a row goes, in [0, 1]; rows that stay whole may be left out.
        max_loss: share of a part that may go, in [0, 1].
    """
    found = []
    for part in parts:
        gone = math.fsum(lost.get(row.key, 0.0) for row in part.rows)
        of = len(part.rows)
        share = f"({gone / of:.0%}), more than max_loss={max_loss:g}"
        if gone > of - _CLOSE:
            found.append(f"{part.name} would lose all of its {'1 row' if of == 1 else f'{of:,} rows'}")
        elif gone > max_loss * of + _CLOSE:
            found.append(f"{part.name} would lose {f'{gone:,.1f}'.removesuffix('.0')} of {of:,} rows {share}")
    return found


def protect(rows: Sequence[Row], rulings: Mapping[Key, Ruling], max_loss: float) -> dict[Key, Ruling]:
    """
    Keep the least suspicious of what rules chose in a part that would lose too much, until it does not.

    A row is kept with all of its copies. What people remove, and what could not be read, goes nevertheless.

    Args:
        rows: of the set; of parts that share some, what is kept for one counts for the next.
        rulings: of all rows.
        max_loss: share of a part that may go, in [0, 1]; one row of it stays in any case.
    """
    found = dict(rulings)
    copies = {row.key: same for same in contents(rows) for row in same}
    suspicion = {key: max(row.suspicion or 0.0 for row in same) for key, same in copies.items()}
    for part in parts(rows):
        gone = [row for row in part.rows if _goes(found.get(row.key))]
        surplus = len(gone) - part.most(max_loss)
        able = [row for row in gone if found[row.key].kind == "rule"]
        able.sort(key=lambda row: (suspicion[row.key], row.key))
        own = {row.key for row in able}
        for row in able:
            if surplus <= 0:
                break
            back = [copy for copy in copies[row.key] if _goes(ruling := found.get(copy.key)) and ruling.kind == "rule"]
            surplus -= sum(copy.key in own for copy in back)
            why = f"{part.name} would lose {len(gone):,} of {len(part.rows):,} rows"
            for copy in back:
                found[copy.key] = _protected(found[copy.key], why, "" if copy is row else row.id or "")
    return found


def _protected(was: Ruling, why: str, copy_of: str) -> Ruling:
    reason = joined(f"copy of {copy_of}" if copy_of else "", f"{why}; chosen by {was.by}", was.reason)
    return Ruling(word="keep", kind="protection", by="protection", reason=reason, copy_of=copy_of)


def _goes(ruling: Ruling | None) -> TypeGuard[Ruling]:
    return ruling is not None and ruling.word == "remove"
