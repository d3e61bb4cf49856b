"""In how many other rows something stands: counted by copies, and never by a row's own copies or a guest's twins."""

import numpy as np
from numpy.typing import NDArray

from judge.corpus.kin import Kin
from judge.corpus.tokens import Flags, Ints

_HELD = 2_000_000  # exclusions looked up at a time: 64 MB


def distinct(keys: Ints) -> Ints:
    """The keys in order, each once (faster than `numpy.unique`, which hashes)."""
    order = np.sort(keys)
    new = np.ones(len(order), dtype=bool)
    new[1:] = order[1:] != order[:-1]
    found: Ints = order[new]
    return found


def numbered(keys: NDArray[np.uint64]) -> tuple[Ints, int]:
    """Number equal keys alike, from 0 in order of size; and how many numbers there are."""
    found, numbers = np.unique(keys, return_inverse=True)
    return numbers.astype(np.int64).reshape(-1), len(found)


class Presence:
    """
    Which copies hold which feature.

    Args:
        kin: copies and exclusions.
        owners: shape (n,), the answer that holds a feature; guests are looked up, never counted.
        features: shape (n,), which one, in [0, size).
        size: how many features there are.

    Attributes:
        count: shape (size,), how many copies hold each.
    """

    def __init__(self, kin: Kin, owners: Ints, features: Ints, size: int) -> None:
        self._kin = kin
        mine: Flags = owners < kin.members
        keys = features[mine].astype(np.int64) * max(1, kin.copies) + kin.copy[owners[mine]]
        self._keys = distinct(keys)
        self.count = np.bincount(self._keys // max(1, kin.copies), minlength=size)

    def others(self, owners: Ints, features: Ints, *, held: bool = False) -> Ints:
        """
        For each (answer, feature): how many copies that may bear witness hold it.

        `held` says that each answer holds the feature it is asked about: then a member that no other row is barred
        from takes itself off the count, and nothing need be looked up.
        """
        if not held:
            return self._looked_up(owners, features)
        found: Ints = self.count[features] - 1
        several = (owners >= self._kin.members) | (np.diff(self._kin.bars)[self._kin.group[owners]] > 1)
        found[several] = self._looked_up(owners[several], features[several])
        return found

    def _looked_up(self, owners: Ints, features: Ints) -> Ints:
        """Count, for each list of exclusions and each feature once, how many of the excluded hold it."""
        size = max(1, len(self.count))
        asked = self._kin.group[owners] * size + features
        pairs = distinct(asked)
        groups, wanted = pairs // size, pairs % size
        many = np.diff(self._kin.bars)[groups]
        ends = np.cumsum(many)
        hits = np.zeros(len(pairs), dtype=np.int64)
        low = 0
        while low < len(pairs):
            high = max(low + 1, int(np.searchsorted(ends, (ends[low - 1] if low else 0) + _HELD)))
            hits[low:high] = self._held(groups[low:high], wanted[low:high], many[low:high])
            low = high
        found: Ints = self.count[features] - hits[np.searchsorted(pairs, asked)]
        return found

    def _held(self, groups: Ints, features: Ints, many: Ints) -> Ints:
        """By how many of the copies in each group's list a feature is held."""
        begins = np.cumsum(many) - many
        places = np.repeat(self._kin.bars[groups] - begins, many) + np.arange(int(many.sum()))
        keys = np.repeat(features, many) * max(1, self._kin.copies) + self._kin.barred[places]
        at = np.minimum(np.searchsorted(self._keys, keys), max(0, len(self._keys) - 1))
        there = self._keys[at] == keys if len(self._keys) else np.zeros(len(keys), dtype=bool)
        return np.bincount(np.repeat(np.arange(len(groups)), many), weights=there, minlength=len(groups)).astype(
            np.int64
        )

    def witness(self, answer: int, feature: int) -> int | None:
        """The first other row that holds a feature, as its position, or None."""
        barred = self._kin.barred_from(answer)
        low = int(np.searchsorted(self._keys, feature * self._kin.copies))
        for key in self._keys[low : low + len(barred) + 1].tolist():
            if key // self._kin.copies == feature and key % self._kin.copies not in barred:
                return int(self._kin.first[key % self._kin.copies])
        return None


def strongest(owners: Ints, values: NDArray[np.float64]) -> Ints:
    """Places of the highest value of each owner, the first where several are alike, in the order of owners."""
    order = np.lexsort((-np.arange(len(owners)), values, owners))
    last = np.append(owners[order][1:] != owners[order][:-1], np.ones(min(1, len(owners)), dtype=bool))
    found: Ints = order[last]
    return found
