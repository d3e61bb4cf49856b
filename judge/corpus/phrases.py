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

    def __getitem__(self, keep: Flags | Ints) -> "Phrases":
        return Phrases(key=self.key[keep], sign=self.sign[keep], owner=self.owner[keep], place=self.place[keep])


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """
    What the words of some texts come to; shape (words,) each.

    Attributes:
        meant, side: the word that each comes to, and its sign.
        negates, carries, stays, simple, conditional, idle: what each does to those around it.
    """

    meant: Ints
    side: Ints
    negates: Flags
    carries: Flags
    stays: Flags
    simple: Flags
    conditional: Flags
    idle: Flags


def lexicon(tokens: Tokens) -> Lexicon:
    """Look all words up, once for all parts of the texts."""
    number = {word: at for at, word in enumerate(tokens.words)}
    meant, side = np.arange(len(tokens.words)), np.zeros(len(tokens.words), dtype=np.int64)
    spare = len(tokens.words)  # numbers for words that the texts do not have
    for word, at in number.items():
        to, sign = SIDES.get(WITHOUT_NEGATION.get(word, word), (WITHOUT_NEGATION.get(word, word), 0))
        if to != word or sign:
            meant[at] = number.get(to, spare + _code(to))
            side[at] = sign
    return Lexicon(
        meant=meant,
        side=side,
        negates=tokens.where(NEGATORS.__contains__),
        carries=tokens.where(SUPPORT.__contains__),
        stays=tokens.where(lambda word: word not in NEGATORS or word in WITHOUT_NEGATION),
        simple=tokens.where(lambda word: word == "not"),
        conditional=tokens.where(CONDITIONS.__contains__),
        idle=tokens.where(IDLE.__contains__),
    )


def windows(tokens: Tokens, sizes: Sequence[int] = SIZES, known: Lexicon | None = None) -> Iterator[Phrases]:
    """All windows of each of the sizes, which ascend; none of them goes across two texts."""
    meant, sign, turns, kept = _skeleton(tokens, known or lexicon(tokens))
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


class Signs:
    """With which signs windows of one size occur."""

    def __init__(self) -> None:
        self._both = np.zeros((2, _TABLE), dtype=bool)

    def add(self, phrases: Phrases) -> None:
        """Take note of some windows."""
        self._both[phrases.sign, self._spot(phrases)] = True

    def disputed(self, phrases: Phrases) -> Phrases:
        """The windows that, but for rare collisions, occur with both signs; of the others nothing can be said."""
        spot = self._spot(phrases)
        return phrases[self._both[0, spot] & self._both[1, spot]]

    @staticmethod
    def _spot(phrases: Phrases) -> Ints:
        return (phrases.key & np.uint64(_TABLE - 1)).astype(np.int64)


def disputed(tokens: Tokens) -> Iterator[Phrases]:
    """For each of `SIZES` the windows that occur with both signs, with room for these alone."""
    known, signs = lexicon(tokens), [Signs() for _ in SIZES]
    for part in tokens.parts():
        for seen, phrases in zip(signs, windows(part.of, SIZES, known), strict=False):
            seen.add(phrases)
    for seen, size in zip(signs, SIZES, strict=True):
        found = [_NONE]
        for part in tokens.parts():
            for phrases in windows(part.of, (size,), known):
                kept = seen.disputed(phrases)
                owner, place = kept.owner + part.texts.start, kept.place + part.tokens.start
                found.append((kept.key, kept.sign.astype(np.int8), owner.astype(np.int32), place.astype(np.int32)))
        key, sign, owner, place = (np.concatenate([one[at] for one in found]) for at in range(4))
        yield Phrases(key=key, sign=sign, owner=owner, place=place)


_NONE = (np.zeros(0, dtype=np.uint64), np.zeros(0, np.int8), np.zeros(0, np.int32), np.zeros(0, np.int32))


def _skeleton(tokens: Tokens, known: Lexicon) -> tuple[Ints, Ints, Ints, Flags]:
    """For each token: the word it comes to, its sign, the negations before it, and whether it stays."""
    ids = tokens.ids
    denies: Flags = known.negates[ids] & ~_idle(tokens, known)
    turns: Ints = np.cumsum(denies) - denies
    dropped = known.carries[ids] & _shifted(tokens.owner, known.simple[ids], -1)
    return known.meant[ids], known.side[ids], turns, known.stays[ids] & ~dropped


def _idle(tokens: Tokens, known: Lexicon) -> Flags:
    """Tokens at which a negation denies nothing: in a condition, or in a set phrase such as "not only"."""
    conditions, idle = known.conditional[tokens.ids], known.idle[tokens.ids]
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
