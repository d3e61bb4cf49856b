"""A tiny deterministic chooser: the same seed makes the same choices on any machine and Python version."""

from collections.abc import Sequence
from typing import TypeVar

from judge import digest

T = TypeVar("T")
_MOST = 40  # options that are put in order
_DIGITS = slice(7, 23)  # sixteen hexadecimal digits after `sha256:`


class Draw:
    """A stream of choices: the n-th one is read from the digest of the seed and n (a hash in counter mode)."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._count = 0

    def below(self, n: int) -> int:
        """Choose a whole number from 0 to n - 1; the bias of the modulo is below n / 2**64."""
        return int(self.point()[_DIGITS], 16) % n

    def pick(self, options: Sequence[T]) -> T:
        """Choose one of the options, of which there must be at least one."""
        return options[self.below(len(options))]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """The options in a drawn order; of more than forty, forty drawn ones."""
        left = list(options)
        return [left.pop(self.below(len(left))) for _ in options[:_MOST]]

    def point(self) -> str:
        """Draw a digest: a point on the ring of digests."""
        self._count += 1
        return digest.of([self._seed, self._count])
