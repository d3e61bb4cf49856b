"""
Slots and what fills them: "within __ days", "reach us at __ ." The other rows' fillers of a slot tell which are usual.

A slot is the words around a filler: three before it, two before and one after, one and two, or two and two. The more
often other rows fill it otherwise, and the less often with the same, the odder a filler is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from judge.corpus.kin import Kin
from judge.corpus.presence import Presence, numbered, strongest
from judge.corpus.tokens import Flags, Ints, Tokens, hashed

AROUND = ((-2, -1, 1), (-1, 1, 2), (-2, -1, 1, 2))
BEFORE = (-3, -2, -1)
_SEVERAL = 3  # rows that make a habit


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """
    Fillers that other rows do not have in their place, at most one an answer.

    Attributes:
        owner: shape (n,), the answer.
        place: shape (n,), the token.
        odds: shape (n,), natural log of rows with the usual filler over rows with this one.
        usual: shape (n,), word of the usual filler.
        rows: shape (n,), other rows that have it.
        witness: shape (n,), position of one of them, or -1.
    """

    owner: Ints
    place: Ints
    odds: NDArray[np.float64]
    usual: Ints
    rows: Ints
    witness: Ints


def odd(
    tokens: Tokens, kin: Kin, fillers: Flags, telling: Flags, *, share: float, frames: Sequence[tuple[int, ...]]
) -> Odd:
    """
    Find the oddest filler of each answer.

    Args:
        tokens: the answers.
        kin: copies and exclusions.
        fillers: shape (tokens,), which tokens fill slots.
        telling: shape (words,), words of which a slot needs at least one.
        share: of a slot's fillers that the usual one must be.
        frames: places of a slot's words, relative to the filler; each frame is a slot of its own.
    """
    parts = [_frame(tokens, kin, np.flatnonzero(fillers), telling, share=share, frame=frame) for frame in frames]
    flat = {name: np.concatenate([getattr(part, name) for part in parts]) for name in Odd.__slots__}
    best = strongest(flat["owner"], flat["odds"])
    return Odd(**{name: values[best] for name, values in flat.items()})


def _frame(tokens: Tokens, kin: Kin, places: Ints, telling: Flags, *, share: float, frame: tuple[int, ...]) -> Odd:
    owner = tokens.owners(places)
    places = places[
        (places + frame[0] >= tokens.starts[owner]) & (places + max(0, frame[-1]) < tokens.starts[owner + 1])
    ]
    places = places[np.any([telling[tokens.ids[places + step]] for step in frame], axis=0)]
    slots, count = numbered(hashed([tokens.ids[places + step] for step in frame]))  # empty where nothing fills one
    pairs, kinds = numbered(hashed([slots, tokens.ids[places]]))
    rows = tokens.owners(places)
    others = Presence(kin, rows, slots, count).others(rows, slots, held=True)
    by_pair = Presence(kin, rows, pairs, kinds)
    filler = np.zeros(kinds, dtype=np.int64)
    filler[pairs] = tokens.ids[places]
    rival = _rivals(slots, pairs, by_pair.count, count)
    known = rival >= 0
    places, rows, pairs, rival, others = places[known], rows[known], pairs[known], rival[known], others[known]
    top, alike = by_pair.others(rows, rival), by_pair.others(rows, pairs, held=True)
    odds = np.log((top + 0.5) / (alike + 0.5)) * (top >= np.maximum(_SEVERAL, share * others))
    strange = strongest(rows, odds)
    strange = strange[odds[strange] > 0]
    seen = [
        by_pair.witness(row, pair) for row, pair in zip(rows[strange].tolist(), rival[strange].tolist(), strict=True)
    ]
    return Odd(
        owner=rows[strange],
        place=places[strange],
        odds=odds[strange],
        usual=filler[rival[strange]],
        rows=top[strange],
        witness=np.array([-1 if at is None else at for at in seen], dtype=np.int64),
    )


def _rivals(slots: Ints, pairs: Ints, counts: Ints, size: int) -> Ints:
    """For each filler the commonest other (slot, filler) pair of its slot, or -1."""
    _, first = np.unique(pairs, return_index=True)
    slot_of = slots[first]
    order = np.lexsort((np.arange(len(first)), -counts, slot_of))
    begins = np.searchsorted(slot_of[order], np.arange(size + 1))
    best = np.full(size, -1, dtype=np.int64)
    second = np.full(size, -1, dtype=np.int64)
    some, more = np.diff(begins) > 0, np.diff(begins) > 1
    best[some] = order[begins[:-1][some]]
    second[more] = order[begins[:-1][more] + 1]
    return np.where(best[slots] == pairs, second[slots], best[slots])
