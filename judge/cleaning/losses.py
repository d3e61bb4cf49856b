"""What each source and topic of a set would lose, and how the worst of that is kept back."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from judge.cleaning import Key, Row, Ruling

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
        share = f"({100 * gone / of:.0f} %), more than max_loss={max_loss:g}"
        if gone > of - _CLOSE:
            found.append(f"{part.name} would lose all of its {'1 row' if of == 1 else f'{of:,} rows'}")
        elif gone > max_loss * of + _CLOSE:
            found.append(f"{part.name} would lose {f'{gone:,.1f}'.removesuffix('.0')} of {of:,} rows {share}")
    return found


def protect(parts: Sequence[Part], rulings: Mapping[Key, Ruling], max_loss: float) -> dict[Key, Ruling]:
    """
    Keep the least suspicious of what rules chose in a part that would lose too much, until it does not.

    What people remove, and what could not be read, goes nevertheless.

    Args:
        parts: of the set; of those that share rows, what is kept for one counts for the next.
        rulings: of all rows.
        max_loss: share of a part that may go, in [0, 1]; one row of it stays in any case.
    """
    found = dict(rulings)
    for part in parts:
        gone = [row for row in part.rows if _goes(found.get(row.key))]
        surplus = len(gone) - part.most(max_loss)
        able = [row for row in gone if found[row.key].kind == "rule"]
        able.sort(key=lambda row: (row.suspicion or 0.0, row.key))
        for row in able[: max(0, surplus)]:
            was = found[row.key]
            why = f"{part.name} would lose {len(gone):,} of {len(part.rows):,} rows; chosen by {was.by}"
            reason = "; ".join(filter(None, (why, was.reason)))
            found[row.key] = Ruling(word="keep", kind="protection", by="protection", reason=reason)
    return found


def _goes(ruling: Ruling | None) -> bool:
    return ruling is not None and ruling.word == "remove"
