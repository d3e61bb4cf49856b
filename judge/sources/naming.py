"""
Ids that are unique within a run, and as stable as the data allows.

The first row with an id from the data keeps it, whatever names are made up for others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from judge.records import Example
from judge.sources.rows import Parsed

_HEX = 12


@dataclass(slots=True)
class _Register:
    """Who has which id so far."""

    given: frozenset[str]
    lines: dict[str, int] = field(default_factory=dict)
    same: dict[tuple[str, str], str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)

    def free(self, wanted: str, *, numbered: bool) -> str:
        """`wanted` itself, or the first of `wanted~2`, `wanted~3`, ... that is nobody's and in no row."""
        if not numbered and wanted not in self.lines and wanted not in self.given:
            return wanted
        number = self.numbers.get(wanted, 2)
        while (name := f"{wanted}~{number}") in self.lines or name in self.given:
            number += 1
        self.numbers[wanted] = number + 1
        return name


def name_all(rows: Sequence[Parsed]) -> tuple[tuple[Example, ...], int, int]:
    """
    Give every row its id, in order.

    Returns:
        The examples, how many of them are duplicates, and how many were renamed.
    """
    register = _Register(given=frozenset(row.id for row in rows if row.id is not None))
    examples, duplicates, renamed = [], 0, 0
    for row in rows:
        wanted = row.id if row.id is not None else "row-" + row.digest.partition(":")[2][:_HEX]
        twin = register.same.get((wanted, row.digest))
        if twin is not None:
            id_, note = register.free(twin, numbered=True), f"duplicate of {twin}"
            duplicates += 1
        elif wanted in register.lines:
            id_, note = _beside(register, wanted, row.source)
            renamed += 1
        elif row.id is None:
            id_, note = register.free(wanted, numbered=False), ""
        else:
            id_, note = wanted, ""
        register.lines[id_] = row.line
        register.same.setdefault((wanted, row.digest), id_)
        examples.append(_example(row, id_, note))
    return tuple(examples), duplicates, renamed


def _beside(register: _Register, wanted: str, source: str) -> tuple[str, str]:
    name = register.free(f"{wanted}@{source}", numbered=False)
    return name, f"id {wanted} was taken by line {register.lines[wanted]}"


def _example(row: Parsed, id_: str, note: str) -> Example:
    return Example(
        id=id_,
        turns=row.turns,
        judged=row.judged,
        source=row.source,
        line=row.line,
        digest=row.digest,
        context=row.context,
        note=note,
    )
