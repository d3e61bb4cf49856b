"""
Texts as numbers: one vocabulary for the prompts and answers of a set, so that signals can count over all rows at once.

A token is a word, a number, a punctuation mark or a line break. Case is kept beside the folded word, as names are
told by it. What is counted is counted by *copies*: rows that are equal word for word are one witness, not many.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[^\w\s]|_+|\n")
_SHOWN = 20_000  # characters of a text that are read
_MIX = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)


class _Vocabulary:
    """Every spelling seen, and the folded word it belongs to."""

    def __init__(self) -> None:
        self.spellings: dict[str, int] = {}
        self.words: dict[str, int] = {}
        self._folded: list[int] = []

    def read(self, text: str) -> list[int]:
        """Spellings of a text, as numbers."""
        known = self.spellings
        found = _TOKEN.findall(text[:_SHOWN].replace("\u2019", "'"))
        try:
            return [known[token] for token in found]
        except KeyError:
            return [self._number(token) for token in found]

    def _number(self, token: str) -> int:
        if token not in self.spellings:
            self.spellings[token] = len(self.spellings)
            self._folded.append(self.words.setdefault(token.casefold(), len(self.words)))
        return self.spellings[token]

    def folded(self) -> Ints:
        """Word of each spelling."""
        return np.array(self._folded, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """
    Texts, one after the other.

    Attributes:
        spelled: shape (tokens,), spelling of each token.
        ids: shape (tokens,), folded word of each token.
        starts: shape (texts + 1,), where each text begins.
        spellings, words: what the numbers stand for.
    """

    spelled: Ints
    ids: Ints
    starts: Ints
    spellings: Sequence[str]
    words: Sequence[str]

    @property
    def owner(self) -> Ints:
        """Shape (tokens,): the text each token stands in."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def of(self, text: int) -> list[str]:
        """Folded words of one text."""
        return [self.words[i] for i in self.ids[self.starts[text] : self.starts[text + 1]].tolist()]

    def where(self, test: Callable[[str], bool]) -> Flags:
        """Shape (words,): which words pass a test."""
        return np.fromiter((test(word) for word in self.words), dtype=bool, count=len(self.words))

    def spelled_where(self, test: Callable[[str], bool]) -> Flags:
        """Shape (spellings,): which spellings pass a test."""
        return np.fromiter((test(word) for word in self.spellings), dtype=bool, count=len(self.spellings))

    def excerpt(self, place: int, before: int = 4, after: int = 4) -> str:
        """The words around a token of one text, as they stand."""
        text = int(np.searchsorted(self.starts, place, side="right")) - 1
        low, high = max(self.starts[text], place - before), min(self.starts[text + 1], place + after + 1)
        return joined([self.spellings[i] for i in self.spelled[low:high].tolist()])


def read(streams: Sequence[Sequence[str]], members: int) -> tuple[Tokens, ...]:
    """Each stream of texts as tokens, all of one vocabulary; what follows the members renumbers none of their words."""
    vocabulary = _Vocabulary()
    rows = [[vocabulary.read(text) for text in texts[:members]] for texts in streams]
    for row, stream in zip(rows, streams, strict=True):
        row.extend(vocabulary.read(text) for text in stream[members:])
    folded, spellings, words = vocabulary.folded(), list(vocabulary.spellings), list(vocabulary.words)
    found = []
    for texts in rows:
        starts = np.concatenate([[0], np.cumsum([len(text) for text in texts], dtype=np.int64)]).astype(np.int64)
        spelled = np.fromiter(chain.from_iterable(texts), dtype=np.int64, count=int(starts[-1]))
        ids = folded[spelled]
        found.append(Tokens(spelled=spelled, ids=ids, starts=starts, spellings=spellings, words=words))
    return tuple(found)


def hashed(streams: Sequence[Ints], start: NDArray[np.uint64] | None = None) -> NDArray[np.uint64]:
    """
    One 64-bit number for each place over parallel streams: equal where all of them are. Wraps, and never fails.

    `start` is what earlier streams came to.
    """
    mixed = np.zeros(len(streams[0]), dtype=np.uint64) if start is None else start
    for stream in streams:
        mixed = (mixed ^ (stream.astype(np.uint64) + np.uint64(1))) * _MIX
        mixed ^= mixed >> _SHIFT
    return mixed


def joined(words: Sequence[str]) -> str:
    """Tokens as a line that a person can read."""
    return re.sub(r"\s+", " ", re.sub(r"(?<=[(\[“]) | (?=[.,;:!?)\]”%])", "", " ".join(words))).strip()
