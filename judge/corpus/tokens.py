"""
Texts as numbers: one vocabulary for the prompts and answers of a set, so that signals can count over all rows at once.

A token is a word, a number, a punctuation mark or a line break. Case is kept beside the folded word, as names are
told by it. What is counted is counted by *copies*: rows that are equal word for word are one witness, not many.
"""

import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.signedinteger]
Flags = NDArray[np.bool_]

_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[^\w\s]|_+|\n")
_SHOWN = 20_000  # characters of a text that are read
_PART = 1 << 18  # tokens looked at together where all of them are looked at
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
        return np.array(self._folded, dtype=np.int32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """
    Texts, one after the other.

    Attributes:
        spelled: shape (tokens,), int32, spelling of each token.
        ids: shape (tokens,), int32, folded word of each token.
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

    def owners(self, places: Ints) -> Ints:
        """The texts that some tokens stand in."""
        return np.searchsorted(self.starts, places, side="right") - 1

    def parts(self) -> Iterator["Part"]:
        """The texts, some at a time, so that what is made of their tokens takes little room."""
        low, texts = 0, len(self.starts) - 1
        while low < texts:
            high = max(low + 1, int(np.searchsorted(self.starts, self.starts[low] + _PART, side="right")) - 1)
            yield self.part(low, high)
            low = high

    def part(self, low: int, high: int) -> "Part":
        """Some texts by themselves."""
        first, last = int(self.starts[low]), int(self.starts[high])
        tokens = Tokens(
            spelled=self.spelled[first:last],
            ids=self.ids[first:last],
            starts=self.starts[low : high + 1] - first,
            spellings=self.spellings,
            words=self.words,
        )
        return Part(texts=slice(low, high), tokens=slice(first, last), of=tokens)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some of the texts: which they are, where their tokens stand among all, and the tokens."""

    texts: slice
    tokens: slice
    of: Tokens


def read(streams: Sequence[Sequence[str]], members: int) -> tuple[Tokens, ...]:
    """Each stream of texts as tokens, all of one vocabulary; what follows the members renumbers none of their words."""
    vocabulary = _Vocabulary()
    flat, starts = [array("i") for _ in streams], [array("q", [0]) for _ in streams]
    for own in (slice(None, members), slice(members, None)):
        for spelled, ends, texts in zip(flat, starts, streams, strict=True):
            for text in texts[own]:
                spelled.extend(vocabulary.read(text))
                ends.append(len(spelled))
    folded, spellings, words = vocabulary.folded(), list(vocabulary.spellings), list(vocabulary.words)
    return tuple(
        Tokens(
            spelled=(numbers := np.frombuffer(spelled, dtype=np.int32)),
            ids=folded[numbers],
            starts=np.frombuffer(ends, dtype=np.int64),
            spellings=spellings,
            words=words,
        )
        for spelled, ends in zip(flat, starts, strict=True)
    )


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
