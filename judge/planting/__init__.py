"""
Known corruptions of the user's own rows, used to measure an audit and to fit its weights.

A planter is one module in this folder, named like the kind of defect it makes, that holds a `PLANTER`; there is no
list to add it to. Modules with a leading underscore are what planters share. A planter declines wherever its change
would be no defect. Everything here is pure, and a copy depends on its row, the seed and little else, so that a merge
leaves most copies as they were. How copies are judged, and what is made of it, is not known here.
"""

import heapq
import importlib
import pkgutil
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from judge import digest
from judge.corpus import Answer, Corpus
from judge.planting._draw import Draw
from judge.planting._ground import Ground, distinct
from judge.records import Example, content_digest

__all__ = ["Answer", "Draw", "Edit", "Ground", "Planted", "Planter", "discover", "plant"]

_TRIES = 40  # rows looked at for each copy wanted
_POOL = 100  # rows kept as possible sources for each copy wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """
    What one planter makes of one judged turn.

    Attributes:
        text: the turn's new content.
        because: what was changed, for a person, e.g. “30 days” became “14 days”.
        prompt: the new last user turn, where that changes too.
        donors: ids of other rows whose text was taken.

    """

    text: str
    because: str
    prompt: str | None = None
    donors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Planter:
    """
    One kind of defect.

    Attributes:
        name: the module's own name, and the kind.
        rubric: the criterion it offends (`factual`, `instruction`, `tone`, `format`).
        many: what several of its defects are called, for a person.
        plant: makes an edit of a judged turn, or None where the change would be no defect.
        partnered: whether the defect lies between the copy and its source, which then stays visible.
        also: signals that point to it, beside those that speak to its rubric.

    """

    name: str
    rubric: str
    many: str
    plant: Callable[[Answer, Ground, Draw], Edit | None]
    partnered: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """
    A copy of a row with one known defect.

    Attributes:
        kind: name of its planter.
        rubric: the criterion it offends.
        also: signals that point to it, beside those that speak to its rubric.
        source: id of the row it was made from.
        example: the copy; it ends with the corrupted turn, which alone is judged.
        turn: index of that turn.
        because: what was changed, for a person.
        hidden: ids of the rows whose text it carries (source, donors, and their exact duplicates), which must not bear
            witness on it; none for a partnered kind.

    """

    kind: str
    rubric: str
    also: tuple[str, ...]
    source: str
    example: Example
    turn: int
    because: str
    hidden: tuple[str, ...]


def discover() -> tuple[Planter, ...]:
    """Every planter in this folder, sorted by name: a new file is all it takes to be found."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    found: list[Planter] = [importlib.import_module(f"{__name__}.{name}").PLANTER for name in names]
    return tuple(found)


def plant(
    corpus: Corpus,
    *,
    per_kind: int,
    seed: int,
    planters: Sequence[Planter] | None = None,
    among: Container[str] | None = None,
) -> tuple[Planted, ...]:
    """
    Make copies with a known defect: at most `per_kind` of each kind, at most one of a kind from rows that are equal.

    `among` are ids of the rows that copies may be made from; all may where there is none.

    Each row is at home with one kind, drawn by rendezvous hashing (Thaler and Ravishankar, 1998, "Using Name-Based
    Mappings to Increase Hit Rates"); a kind tries its own rows first, then all others, both in the order of
    `digest.of([seed, kind, row's digest])`, and gives up after 40 rows for each copy wanted.
    """
    kinds = discover() if planters is None else tuple(planters)
    ground = Ground(corpus)
    rows = distinct(tuple(row for row in corpus.examples if among is None or row.id in among))
    if len(rows) > _POOL * per_kind:
        rows = heapq.nsmallest(_POOL * per_kind, rows, key=lambda row: digest.of([seed, row.digest]))
    names = [kind.name for kind in kinds]
    homes = {row.digest: min(names, key=lambda name: digest.of([row.digest, name, seed])) for row in rows if names}
    made: list[Planted] = []
    for kind in kinds:
        ranked = sorted((homes[row.digest] != kind.name, digest.of([seed, kind.name, row.digest]), row) for row in rows)
        tried = ((row, Draw(point)) for _, point, row in ranked[: _TRIES * per_kind])
        copies = (_copy(kind, ground, row, draw) for row, draw in tried)
        made.extend(islice((copy for copy in copies if copy), per_kind))
    return tuple(made)


def _copy(kind: Planter, ground: Ground, row: Example, draw: Draw) -> Planted | None:
    answers = [a for a in ground.by_row.get(row.id, ()) if a.text.strip() and not a.calls_tool]
    if not answers:
        return None
    answer = draw.pick(answers)
    edit = kind.plant(answer, ground, draw)
    if edit is None or edit.text == answer.text:
        return None
    turns = list(row.turns[: answer.turn + 1])
    turns[answer.turn] = replace(turns[answer.turn], content=edit.text)
    if edit.prompt is not None:
        asked = max(n for n, turn in enumerate(turns) if turn.role == "user")
        turns[asked] = replace(turns[asked], content=edit.prompt)
    example = replace(
        row,
        id=f"planted:{kind.name}:{row.id}",
        turns=tuple(turns),
        judged=(answer.turn,),
        digest=content_digest(tuple(turns), row.context),
        note="",
    )
    hidden = () if kind.partnered else tuple(_carried(ground, (row.id, *edit.donors)))
    return Planted(
        kind=kind.name,
        rubric=kind.rubric,
        also=kind.also,
        source=row.id,
        example=example,
        turn=answer.turn,
        because=edit.because,
        hidden=hidden,
    )


def _carried(ground: Ground, ids: Sequence[str]) -> Iterator[str]:
    """The rows themselves, then the rows that are equal to one of them."""
    yield from ids
    seen = set(ids)
    for row in ids:
        for twin in ground.twins[ground.by_row[row][0].example.digest]:
            if twin not in seen:
                seen.add(twin)
                yield twin
