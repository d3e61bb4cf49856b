"""
Sequences and mappings whose values are made when they are looked at, and let go of again.

A million rows need no million values at once. What makes them must be pure: the same place gives the same value.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar, overload

T = TypeVar("T")


class Lazy(Sequence[T]):
    """A sequence of `len` values, the n-th of which is `at(n)`; equal to any sequence of the same values."""

    __slots__ = ()

    def at(self, n: int) -> T:
        """Make the value of this place, which is there."""
        raise NotImplementedError

    @overload
    def __getitem__(self, n: int) -> T: ...
    @overload
    def __getitem__(self, n: slice) -> list[T]: ...
    def __getitem__(self, n: int | slice) -> T | list[T]:
        places = range(len(self))[n]
        return self.at(places) if isinstance(places, int) else [self.at(place) for place in places]

    def __iter__(self) -> Iterator[T]:
        return map(self.at, range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(self) != len(other):
            return False
        return all(one == two for one, two in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]


class Made(Lazy[T]):
    """Values made by a function of their place."""

    __slots__ = ("_make", "_size")

    def __init__(self, size: int, make: Callable[[int], T]) -> None:
        self._size, self._make = size, make

    def __len__(self) -> int:
        return self._size

    def at(self, n: int) -> T:
        """As the function makes it."""
        return self._make(n)


V = TypeVar("V")


class Found(Mapping[str, V], Generic[V]):
    """Values found by a function of their name, which gives None where there is none; `names` may be gone through."""

    __slots__ = ("_find", "_names")

    def __init__(self, names: Callable[[], Iterator[str]], find: Callable[[str], V | None]) -> None:
        self._names, self._find = names, find

    def __getitem__(self, name: str) -> V:
        value = self._find(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._names() if self._find(name) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)
