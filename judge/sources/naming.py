"""
Ids that are unique within a run, and as stable as the data allows; and which of two sources a row counts for.

The first row with an id from the data keeps it, whatever names are made up for others. A row that several sources have
counts once: for the source that is trusted most, of equals for the first.

Of most rows nothing but two numbers is held: whatever is to be said of a row is found among those that share a name or
a content with another.
"""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from judge.lazy import Lazy
from judge.records import Example
from judge.sources.rows import Parsed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_HEX = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What a row is called where that is not what it calls itself, and what there is to say of it."""

    id: str
    note: str = ""
    also_in: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """
    Examples in order, each made when it is looked at.

    Attributes:
        duplicates: how many of them are.
        renamed: how many were.
        across: how many rows of a source another one has, too, and that count there, by the two sources.
    """

    examples: Sequence[Example]
    duplicates: int
    renamed: int
    across: Mapping[tuple[str, str], int]


class _Examples(Lazy[Example]):
    """Rows under the names they were given."""

    __slots__ = ("_called", "_rows")

    def __init__(self, rows: Sequence[Parsed], called: Mapping[int, Called]) -> None:
        self._rows, self._called = rows, called

    def __len__(self) -> int:
        return len(self._rows)

    def at(self, n: int) -> Example:
        return _example(self._rows[n], self._called.get(n))

    def __iter__(self) -> Iterator[Example]:
        called = self._called
        return (_example(row, called.get(n)) for n, row in enumerate(self._rows))


@dataclass(frozen=True, slots=True)
class _Holder:
    """Who has an id."""

    line: int
    source: str
    digest: str


@dataclass(slots=True)
class _Register:
    """Who has which id so far; `files`: whether each source is a file of its own."""

    given: Container[str]
    files: bool
    taken: dict[str, _Holder] = field(default_factory=dict)
    same: dict[tuple[str, str, str], str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    duplicates: int = 0
    renamed: int = 0

    def name(self, row: Parsed) -> Called:
        """The row's id, and what there is to say of it."""
        wanted = _wanted(row)
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
        self.taken[id_] = _Holder(row.line, row.source, row.digest)
        self.same.setdefault(content, id_)
        return Called(id=id_, note=note)

    def _free(self, wanted: str, *, numbered: bool) -> str:
        """`wanted` itself, or the first of `wanted~2`, `wanted~3`, ... that is nobody's and in no row."""
        if not numbered and wanted not in self.taken and wanted not in self.given:
            return wanted
        number = self.numbers.get(wanted, 2)
        while (name := f"{wanted}~{number}") in self.taken or name in self.given:
            number += 1
        self.numbers[wanted] = number + 1
        return name


class _Given:
    """The ids that stand in rows: looked for by a number each, and in the row itself where that is found."""

    def __init__(self, rows: Sequence[Parsed], numbers: "NDArray[np.int64]") -> None:
        self._rows, self._order = rows, numbers.argsort(kind="stable")
        self._sorted = numbers[self._order]

    def __contains__(self, name: object) -> bool:
        number = hash(name)
        at = bisect_left(self._sorted, number)
        while at < len(self._sorted) and self._sorted[at] == number:
            if self._rows[int(self._order[at])].id == name:
                return True
            at += 1
        return False


def name_all(rows: Sequence[Parsed], trust: Mapping[str, float]) -> Named:
    """
    Give every row its id, in order, and say of each whether another source's row counts for it.

    Args:
        rows: of all files; they may lie on disk.
        trust: by source, where sources are files of their own; empty for one file, whose rows may name theirs.
    """
    names, contents, sources = array("q"), array("q"), set[str]()
    for row in rows:
        names.append(hash(_wanted(row)))  # what is found by it is looked at itself, so another salt finds the same
        contents.append(hash(row.digest))
        sources.add(row.source)
    import numpy as np

    numbers = np.array(names, dtype=np.int64)
    register = _Register(given=_Given(rows, numbers), files=bool(trust))
    # a name that nobody else wants is its row's: what is made up for others has a mark in it, or would be wanted
    called = {n: register.name(rows[n]) for n in _repeated(numbers)}
    across: Counter[tuple[str, str]] = Counter()
    if len(sources) > 1:
        _count_once(rows, _repeated(np.array(contents, dtype=np.int64)), trust, called, across)
    return Named(
        examples=_Examples(rows, called), duplicates=register.duplicates, renamed=register.renamed, across=across
    )


def _count_once(
    rows: Sequence[Parsed],
    repeated: Sequence[int],
    trust: Mapping[str, float],
    called: dict[int, Called],
    across: Counter[tuple[str, str]],
) -> None:
    """Say of each row that another source's counts for it, where one does."""
    counts: dict[str, tuple[str, str]] = {}  # source and id of the row that counts, by content
    for n in repeated:
        row = rows[n]
        mine = (row.source, (called.get(n) or _own(row)).id)
        first, _ = counts.setdefault(row.digest, mine)
        if trust.get(row.source, 1.0) > trust.get(first, 1.0):
            counts[row.digest] = mine
    for n in repeated:
        row = rows[n]
        also, name = counts[row.digest]
        if also != row.source:
            known = called.get(n) or _own(row)
            note = "; ".join(filter(None, (known.note, f"also in {also}, as {name}")))
            called[n] = replace(known, note=note, also_in=also)
            across[row.source, also] += 1


def _repeated(numbers: "NDArray[np.int64]") -> list[int]:
    """Places of the numbers that stand more than once, in order."""
    import numpy as np

    order = np.argsort(numbers, kind="stable")
    same = numbers[order[1:]] == numbers[order[:-1]]
    found = np.zeros(len(numbers), dtype=np.bool_)
    found[order[1:][same]] = found[order[:-1][same]] = True
    return [int(n) for n in np.flatnonzero(found)]


def _wanted(row: Parsed) -> str:
    return row.id if row.id is not None else "row-" + row.digest.partition(":")[2][:_HEX]


def _own(row: Parsed) -> Called:
    return Called(id=_wanted(row))


def _example(row: Parsed, called: Called | None) -> Example:
    return Example(
        id=called.id if called else _wanted(row),
        turns=row.turns,
        judged=row.judged,
        source=row.source,
        line=row.line,
        digest=row.digest,
        context=row.context,
        note=called.note if called else "",
        also_in=called.also_in if called else "",
    )
