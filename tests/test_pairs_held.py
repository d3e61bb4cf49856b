"""Packed pairs against a plain list of them: hypothesis."""

import random
from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from judge.pairs.conflict import Conflict
from judge.pairs.held import Held, Places
from judge.pairs.scoring import Scored

WORDS = st.sampled_from(["", "five", "six", "no"])
CLAIMS = st.tuples(WORDS, WORDS, st.frozensets(WORDS), st.frozensets(WORDS))
CONFLICTS = st.builds(
    Conflict, score=st.floats(0, 1), cue=WORDS, left=WORDS, right=WORDS, claims=st.tuples(CLAIMS, CLAIMS)
)
PAIRS = st.lists(
    st.builds(
        Scored,
        left=st.integers(0, 1 << 24),
        right=st.integers(0, 1 << 24),
        near=st.floats(0, 1),
        same=st.booleans(),
        conflict=CONFLICTS,
    ),
    max_size=30,
    unique_by=lambda one: (one.left, one.right),
)


@given(PAIRS, st.randoms(use_true_random=False))
def test_what_is_held_is_what_was_added(pairs: Sequence[Scored], draw: random.Random) -> None:
    """In any order, to the last bit; and each is found by its ends, and no other."""
    held, order = Held(pairs), list(range(len(pairs)))
    draw.shuffle(order)
    other = held.ordered(np.array(order, dtype=np.int64))
    there = Places(other.ends)

    assert list(held) == list(pairs)
    assert list(other) == [pairs[n] for n in order]
    assert held.scores.tolist() == [one.conflict.score for one in pairs]
    assert held.ends.tolist() == [[one.left, one.right] for one in pairs]
    assert [there.of(one.left, one.right) for one in other] == list(range(len(pairs)))
    assert there.of(1 << 25, 0) is None
