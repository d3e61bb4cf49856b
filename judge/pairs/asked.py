"""What each answer was asked and after what, as numbers that can be compared over the whole set at once."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from judge import digest
from judge.corpus import Corpus
from judge.corpus.tokens import Ints
from judge.language.prose import normalise
from judge.records import Example, Turn

_READ = 2_000  # last characters of what came before


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """
    All judged turns of a set, guests included.

    Attributes:
        keys: for each answer a digest of what it was given and what it says, both normalised and without system turns;
            empty where it can contradict nothing: nothing was asked, or nothing is said (a mere call to a tool).
        row: shape (answers,), the row it is a turn of.
        text: shape (answers,), equal where the same is said.
        before: shape (answers,), which of `befores` it came after.
        befores: distinct ends (2,000 characters) of what was given beside the last user turn: the row's context and
            all turns but the system's. The first is empty.
    """

    keys: Sequence[str]
    row: Ints
    text: Ints
    before: Ints
    befores: Sequence[str]


def read(corpus: Corpus) -> Asked:
    """Read every row once, however many of its turns are judged."""
    keys: list[str] = []
    row: list[int] = []
    text: list[int] = []
    before: list[int] = []
    texts: dict[str, int] = {}
    befores: dict[str, int] = {"": 0}
    answers = iter(corpus.answers)
    rows = (*corpus.examples, *(guest.example for guest in corpus.guests))
    for number, example in enumerate(rows):
        mine = {answer.turn: answer for answer in islice(answers, len(set(example.judged)))}
        for turn, given, earlier in _turns(example, mine):
            said = normalise(mine[turn].text)
            name = digest.of(said)
            keys.append(digest.of([given, name]) if said and given else "")
            row.append(number)
            text.append(texts.setdefault(name, len(texts)))
            before.append(befores.setdefault(earlier, len(befores)))
    numbers = (np.array(column, dtype=np.int64) for column in (row, text, before))
    return Asked(keys=keys, befores=list(befores), **dict(zip(("row", "text", "before"), numbers, strict=True)))


def _turns(example: Example, judged: Collection[int]) -> Iterator[tuple[int, str, str]]:
    """The judged turns of one row, each with a digest of all it was given, if it was asked, and the end of the rest."""
    given = digest.of(normalise(example.context)) if example.context else ""
    parts = [example.context or ""]
    asked, last = 0, False  # the part that is the last user turn, and whether it says anything
    for number, turn in enumerate(example.turns[: max(judged, default=-1) + 1]):
        if number in judged:
            yield number, given if last else "", _end(parts, asked)
        if turn.role == "system" or number == len(example.turns) - 1:
            continue
        said = normalise(turn.content)
        given = digest.of([given, turn.role, said, [[c.name, c.arguments] for c in turn.tool_calls]])
        parts.append(_shown(turn))
        if turn.role == "user":
            asked, last = len(parts) - 1, bool(said)


def _shown(turn: Turn) -> str:
    """A turn as text, its calls to tools included."""
    return "\n".join([turn.content, *(f"{c.name} {c.arguments}" for c in turn.tool_calls)])


def _end(parts: Sequence[str], asked: int) -> str:
    """The end of all parts but the one that was asked."""
    found: list[str] = []
    room = _READ
    for at in range(len(parts) - 1, -1, -1):
        if room <= 0:
            break
        if at == asked and at:
            continue
        found.append(parts[at][-room:])
        room -= len(found[-1])
    return "\n".join(reversed(found)).strip()
