"""Scored pairs, packed: some thirty bytes a pair, and what is said of it once for all of which the same is said."""

from array import array
from collections.abc import Iterable
from copy import copy

import numpy as np
from numpy.typing import NDArray

from judge.corpus.tokens import Ints
from judge.lazy import Lazy
from judge.pairs.conflict import Claim, Conflict
from judge.pairs.scoring import Scored

_HALF = 32  # bits of a position
_Said = tuple[str, str, str, tuple[Claim, Claim]]  # of a conflict, all but its score


class Held(Lazy[Scored]):
    """Pairs in the order in which they come, each made when it is looked at."""

    def __init__(self, pairs: Iterable[Scored] = ()) -> None:
        self._ends, self._numbers, self._same, self._said = array("i"), array("d"), array("b"), array("i")
        self._numbered: dict[_Said, int] = {}
        self._claims: dict[Claim, Claim] = {}
        self._known: list[_Said] = []
        for one in pairs:
            self.append(one)

    def append(self, one: Scored) -> None:
        """Add one."""
        seen = one.conflict
        self._ends.extend((one.left, one.right))
        self._numbers.extend((one.near, seen.score))
        self._same.append(one.same)
        left, right = (self._claims.setdefault(claim, claim) for claim in seen.claims)
        said = (seen.cue, seen.left, seen.right, (left, right))
        number = self._numbered.setdefault(said, len(self._known))
        if number == len(self._known):
            self._known.append(said)
        self._said.append(number)

    def __len__(self) -> int:
        return len(self._said)

    def at(self, n: int) -> Scored:
        """The n-th."""
        cue, left, right, claims = self._known[self._said[n]]
        conflict = Conflict(score=self._numbers[2 * n + 1], cue=cue, left=left, right=right, claims=claims)
        return Scored(
            left=self._ends[2 * n],
            right=self._ends[2 * n + 1],
            near=self._numbers[2 * n],
            same=bool(self._same[n]),
            conflict=conflict,
        )

    @property
    def ends(self) -> Ints:
        """Shape (pairs, 2): positions in `Corpus.answers`."""
        return np.array(self._ends, dtype=np.int64).reshape(-1, 2)

    @property
    def scores(self) -> NDArray[np.float64]:
        """Shape (pairs,)."""
        return np.array(self._numbers[1::2], dtype=np.float64)

    def ordered(self, order: Ints) -> "Held":
        """The same pairs in another order, given by their places."""
        found = copy(self)
        for name, width in (("_ends", 2), ("_numbers", 2), ("_same", 1), ("_said", 1)):
            values = getattr(self, name)
            taken = np.array(values).reshape(-1, width)[order]
            setattr(found, name, array(values.typecode, taken.tobytes()))
        return found


class Places:
    """Where pairs stand in a list of them."""

    def __init__(self, ends: Ints) -> None:
        names = (ends[:, 0] << _HALF) + ends[:, 1]
        self._order = np.argsort(names, kind="stable")
        self._names = names[self._order]

    def of(self, left: int, right: int) -> int | None:
        """The place of a pair; None where it is not there."""
        name = (left << _HALF) + right
        at = int(np.searchsorted(self._names, name))
        return int(self._order[at]) if at < len(self._names) and self._names[at] == name else None
