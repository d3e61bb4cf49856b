"""Which of millions of names came by before, at eight bytes each."""

from collections.abc import Iterable

import numpy as np

from judge import digest

_NEW = 1 << 15  # names that are kept one by one, before they are sorted in


class Seen:
    """A set of names by 64 bits of each: enough to tell millions apart, and at that a matter of accounts alone."""

    __slots__ = ("_new", "_old")

    def __init__(self) -> None:
        self._new: set[int] = set()
        self._old = np.zeros(0, dtype=np.uint64)

    def add(self, name: str) -> None:
        """One more."""
        self._new.add(digest.brief(name))
        if len(self._new) >= _NEW:
            new = np.fromiter(self._new, dtype=np.uint64, count=len(self._new))
            self._old = np.sort(np.concatenate([self._old, new]), kind="stable")
            self._new.clear()

    def __contains__(self, name: str) -> bool:
        return name in self.among([name])

    def among(self, names: Iterable[str]) -> set[str]:
        """Those of them that came by."""
        bits = {name: digest.brief(name) for name in names} if self._new or len(self._old) else {}
        found = {name for name, one in bits.items() if one in self._new}
        if bits and len(self._old):
            wanted = np.fromiter(bits.values(), dtype=np.uint64, count=len(bits))
            at = np.minimum(np.searchsorted(self._old, wanted), len(self._old) - 1)
            found.update(name for name, hit in zip(bits, self._old[at] == wanted, strict=True) if hit)
        return found
