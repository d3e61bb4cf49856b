"""
Ids that are unique within a run, and as stable as the data allows; and which of two sources a row counts for.

The first row with an id from the data keeps it, whatever names are made up for others. A row that several sources have
counts once: for the source that is trusted most, of equals for the first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from judge.records import Example
from judge.sources.rows import Parsed

_HEX = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Examples in order, how many of them are duplicates, and how many were renamed."""

    examples: tuple[Example, ...]
    duplicates: int
    renamed: int


@dataclass(slots=True)
class _Register:
    """Who has which id so far; `files`: whether each source is a file of its own."""

    given: frozenset[str]
    files: bool
    taken: dict[str, Parsed] = field(default_factory=dict)
    same: dict[tuple[str, str, str], str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    duplicates: int = 0
    renamed: int = 0

    def name(self, row: Parsed) -> tuple[str, str]:
        """The row's id, and what there is to say of it."""
        wanted = row.id if row.id is not None else "row-" + row.digest.partition(":")[2][:_HEX]
        content = (wanted, row.digest, row.source if self.files else "")
        note = ""
        if twin := self.same.get(content):
            id_, note = self._free(twin, numbered=True), f"duplicate of {twin}"
            self.duplicates += 1
        elif holder := self.taken.get(wanted):
            id_ = self._free(f"{wanted}@{row.source}", numbered=False)
            if row.id is not None or holder.digest != row.digest:
                note = f"id {wanted} was taken by line {holder.line}{f' of {holder.source}' if self.files else ''}"
            self.renamed += holder.digest != row.digest
        else:
            id_ = self._free(wanted, numbered=False) if row.id is None else wanted
        self.taken[id_] = row
        self.same.setdefault(content, id_)
        return id_, note

    def _free(self, wanted: str, *, numbered: bool) -> str:
        """`wanted` itself, or the first of `wanted~2`, `wanted~3`, ... that is nobody's and in no row."""
        if not numbered and wanted not in self.taken and wanted not in self.given:
            return wanted
        number = self.numbers.get(wanted, 2)
        while (name := f"{wanted}~{number}") in self.taken or name in self.given:
            number += 1
        self.numbers[wanted] = number + 1
        return name


def name_all(rows: Sequence[Parsed], trust: Mapping[str, float]) -> Named:
    """
    Give every row its id, in order, and say of each whether another source's row counts for it.

    Args:
        rows: of all files.
        trust: by source, where sources are files of their own; empty for one file, whose rows may name theirs.
    """
    register = _Register(given=frozenset(row.id for row in rows if row.id is not None), files=bool(trust))
    names = [register.name(row) for row in rows]
    counts: dict[str, int] = {}
    for at, row in enumerate(rows):
        first = counts.setdefault(row.digest, at)
        if trust.get(row.source, 1.0) > trust.get(rows[first].source, 1.0):
            counts[row.digest] = at
    examples = []
    for row, (id_, note) in zip(rows, names, strict=True):
        first = counts[row.digest]
        also = rows[first].source if rows[first].source != row.source else ""
        also_note = f"also in {also}, as {names[first][0]}" if also else ""
        examples.append(_example(row, id_, "; ".join(filter(None, (note, also_note))), also))
    return Named(examples=tuple(examples), duplicates=register.duplicates, renamed=register.renamed)


def _example(row: Parsed, id_: str, note: str, also_in: str) -> Example:
    return Example(
        id=id_,
        turns=row.turns,
        judged=row.judged,
        source=row.source,
        line=row.line,
        digest=row.digest,
        context=row.context,
        note=note,
        also_in=also_in,
    )
