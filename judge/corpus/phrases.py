"""
Phrases with their sign: what a set says yes to, and what it says no to.

Negations are taken out of the stream of words and opposites are brought to one word; what is left is cut into windows
of a few words. A window's sign is the parity of the negations and opposites in it, so a phrase and its negation
are one window with two signs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from judge.corpus.tokens import Flags, Ints, Tokens, hashed
from judge.language.polarity import CONDITIONS, IDLE, NEGATORS, SIDES, SUPPORT, WITHOUT_NEGATION

SIZES = (2, 3, 4)  # words of a window
_SCOPE = 4  # words after a condition in which a negation denies nothing
_TABLE = 1 << 22  # places of the table that tells which windows can have a counterpart


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """
    Windows of one size over some texts.

    Attributes:
        key: shape (windows,), equal for equal skeletons.
        sign: shape (windows,), 0 or 1.
        owner: shape (windows,), the text.
        place: shape (windows,), the token in the middle, for quoting.
    """

    key: NDArray[np.uint64]
    sign: Ints
    owner: Ints
    place: Ints

    def __getitem__(self, keep: Flags) -> "Phrases":
        return Phrases(key=self.key[keep], sign=self.sign[keep], owner=self.owner[keep], place=self.place[keep])


def windows(tokens: Tokens, sizes: Sequence[int] = SIZES) -> Iterator[Phrases]:
    """All windows of each of the sizes, which ascend; none of them goes across two texts."""
    meant, sign, turns, kept = _skeleton(tokens)
    owner = tokens.owner[kept]
    places = np.flatnonzero(kept)
    ids, before, signs = meant[kept], turns[kept], np.concatenate([[0], np.cumsum(sign[kept])])
    key, have = hashed([ids]), 1
    for size in sizes:
        count = len(ids) - size + 1
        if count <= 0:
            return
        last = slice(size - 1, size - 1 + count)
        inside = owner[:count] == owner[last]
        key = hashed([ids[step : step + count] for step in range(have, size)], key[:count])
        have = size
        parity = (before[last] - before[:count] + signs[size : size + count] - signs[:count]) % 2
        yield Phrases(
            key=key[inside],
            sign=parity[inside],
            owner=owner[:count][inside],
            place=places[size // 2 : size // 2 + count][inside],
        )


def disputed(phrases: Phrases) -> Phrases:
    """The windows that, but for rare collisions, occur with both signs; of the others nothing can be said."""
    spot = (phrases.key & np.uint64(_TABLE - 1)).astype(np.int64)
    both = np.zeros((2, _TABLE), dtype=bool)
    both[phrases.sign, spot] = True
    return phrases[both[0, spot] & both[1, spot]]


def _skeleton(tokens: Tokens) -> tuple[Ints, Ints, Ints, Flags]:
    """For each token: the word it comes to, its sign, the negations before it, and whether it stays."""
    number = {word: at for at, word in enumerate(tokens.words)}
    meant, side = np.arange(len(tokens.words)), np.zeros(len(tokens.words), dtype=np.int64)
    spare = len(tokens.words)  # numbers for words that the texts do not have
    for word, at in number.items():
        to, sign = SIDES.get(WITHOUT_NEGATION.get(word, word), (WITHOUT_NEGATION.get(word, word), 0))
        if to != word or sign:
            meant[at] = number.get(to, spare + _code(to))
            side[at] = sign
    negates, carries = tokens.where(NEGATORS.__contains__), tokens.where(SUPPORT.__contains__)
    stays = tokens.where(lambda word: word not in NEGATORS or word in WITHOUT_NEGATION)
    ids = tokens.ids
    denies: Flags = negates[ids] & ~_idle(tokens)
    turns: Ints = np.cumsum(denies) - denies
    simple = tokens.where(lambda word: word == "not")[ids]
    dropped = carries[ids] & _shifted(tokens.owner, simple, -1)
    return meant[ids], side[ids], turns, stays[ids] & ~dropped


def _idle(tokens: Tokens) -> Flags:
    """Tokens at which a negation denies nothing: in a condition, or in a set phrase such as "not only"."""
    conditions, idle = tokens.where(CONDITIONS.__contains__)[tokens.ids], tokens.where(IDLE.__contains__)[tokens.ids]
    owner = tokens.owner
    found = _shifted(owner, idle, 1)
    for step in range(1, _SCOPE + 1):
        found |= _shifted(owner, conditions, step)
    for step in (1, 2):
        found |= _shifted(owner, idle, -step)
    return found


def _shifted(owner: Ints, flags: Flags, step: int) -> Flags:
    """Flags moved `step` tokens on, never into another text."""
    moved = np.zeros(len(flags), dtype=bool)
    to, start = (slice(step, None), slice(None, -step)) if step > 0 else (slice(None, step), slice(-step, None))
    moved[to] = flags[start] & (owner[to] == owner[start])
    return moved


def _code(word: str) -> int:
    """A number for a word that no text has, the same on every machine."""
    return int.from_bytes(word.encode()[:6], "big")
