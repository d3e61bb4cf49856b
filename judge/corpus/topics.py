"""
How at home each word of an answer is among the answers to prompts like its own.

Three numbers a word: in how many other rows of the set it stands, which share of the neighbours have it, and which
share of their neighbours the rows that have it see it in. A word that is common where it is common and unknown here
is out of place (a topic model by nearest neighbours, after the k-nearest-neighbour label check of Northcutt et al.,
2021, "Confident Learning", with words in place of labels).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from judge.corpus.kin import Kin
from judge.corpus.neighbours import K, Neighbours
from judge.corpus.presence import Presence, distinct
from judge.corpus.tokens import Ints, Tokens

_NEAR = 0.2  # cosine from which a prompt is a voter
_PRIOR = 2.0  # neighbours that the whole set counts as: few of them say little
_CELLS = 8_000_000  # words of neighbours held at a time: 8 MB
_TOGETHER = 1 << 20  # words counted at a time
_ANSWERS = 4_096  # answers whose words are looked up at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """
    The distinct words of each answer, flat, in the order of answers and words.

    Attributes:
        starts: shape (answers + 1,), where each answer's words begin.
        word: shape (n,), int32, which word.
        others: shape (n,), int32, other rows of the set that have it.
        votes: shape (n,), uint8, how many neighbours have it.
        voters: shape (answers,), neighbours that were near enough to be asked.
        members, copies: answers of the set, and distinct ones.
        total, holders: shape (words,), the support that each word has in all of the set's answers that have it, and how
            many they are.
    """

    starts: Ints
    word: Ints
    others: Ints
    votes: NDArray[np.uint8]
    voters: Ints
    members: int
    copies: int
    total: NDArray[np.float64]
    holders: Ints

    @property
    def owner(self) -> Ints:
        """Shape (n,): the answer each word stands in."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def entries(self, owner: Ints, word: Ints) -> Ints:
        """Places of words of answers, which ascend, among all; of answers that have them."""
        size, found = max(1, len(self.holders)), np.empty(len(owner), dtype=np.int64)
        for rows in _batches(len(self.starts) - 1, _ANSWERS):
            ends = self.starts[rows.start : rows.stop + 1]
            mine = slice(*np.searchsorted(owner, [rows.start, rows.start + len(ends) - 1]).tolist())
            if mine.start == mine.stop:
                continue
            keys = np.repeat(np.arange(len(ends) - 1), np.diff(ends)) * size + self.word[ends[0] : ends[-1]]
            found[mine] = ends[0] + np.searchsorted(keys, (owner[mine] - rows.start) * size + word[mine])
        return found

    def support(self, at: Ints) -> NDArray[np.float64]:
        """For some of the words how many of `K` neighbours have it, the set's own share mixed in where they are few."""
        share = self.others[at] / max(1, self.copies)
        return K * (self.votes[at] + _PRIOR * share) / (self.voters[self._owners(at)] + _PRIOR)

    def usual(self, at: Ints) -> NDArray[np.float64]:
        """The same where it stands in other rows, on average."""
        word, own = self.word[at], (self._owners(at) < self.members).astype(np.float64)
        rest = self.holders[word] - own
        total = self.total[word] - self.support(at) * own
        return np.divide(total, rest, out=np.zeros(len(word)), where=rest > 0)

    def _owners(self, at: Ints) -> Ints:
        return np.searchsorted(self.starts, at, side="right") - 1


def build(answers: Tokens, kin: Kin, near: Neighbours) -> Topics:
    """Count every answer's words among its neighbours' answers."""
    size = len(answers.words)
    starts, word = _words(answers)
    asked = (near.at >= 0) & (near.similarity >= _NEAR)
    found = Topics(
        starts=starts,
        word=word,
        others=_others(kin, starts, word, size),
        votes=_votes(near, asked, starts, word, size),
        voters=asked.sum(axis=1).astype(np.int64),
        members=kin.members,
        copies=kin.copies,
        total=np.zeros(size),
        holders=np.bincount(word[: starts[kin.members]], minlength=size),
    )
    support = [np.zeros(0)]
    mine = np.arange(int(starts[kin.members]), dtype=np.int32)
    support += [found.support(mine[part]) for part in _batches(len(mine), _TOGETHER)]
    total = np.bincount(word[: len(mine)], weights=np.concatenate(support), minlength=size)
    return replace(found, total=total.astype(np.float64, copy=False))


def _batches(count: int, size: int) -> Iterator[slice]:
    return (slice(low, low + size) for low in range(0, count, size))


def _words(answers: Tokens) -> tuple[Ints, Ints]:
    """Where the distinct words of each answer begin, and the words."""
    size = max(1, len(answers.words))
    words, many = [np.zeros(0, dtype=np.int32)], [np.zeros(1, dtype=np.int64)]
    for part in answers.parts():
        keys = distinct(part.of.owner * size + part.of.ids)
        words.append((keys % size).astype(np.int32))
        many.append(np.bincount(keys // size, minlength=part.texts.stop - part.texts.start))
    return np.cumsum(np.concatenate(many)), np.concatenate(words)


def _others(kin: Kin, starts: Ints, word: Ints, size: int) -> Ints:
    """Shape (n,): in how many other rows of the set each word stands."""
    owner = np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts))
    presence = Presence(kin, owner, word, size)
    parts = (presence.others(owner[part], word[part], held=True) for part in _batches(len(word), _TOGETHER))
    return np.concatenate([np.zeros(0, dtype=np.int32), *(part.astype(np.int32) for part in parts)])


def _votes(near: Neighbours, asked: NDArray[np.bool_], starts: Ints, word: Ints, size: int) -> NDArray[np.uint8]:
    """Shape (n,): how many of the neighbours that are asked have each word."""
    count = len(starts) - 1
    rows, columns = np.nonzero(asked)
    graph = sparse.csr_matrix((np.ones(len(rows), np.uint8), (rows, near.at[rows, columns])), shape=(count, count))
    holds = sparse.csr_matrix((np.ones(len(word), np.uint8), word, starts), shape=(count, max(1, size)))
    votes = np.zeros(len(word), dtype=np.uint8)
    step = max(1, _CELLS // max(1, size))
    for low in range(0, count, step):
        part = (graph[low : low + step] @ holds).toarray()
        cells = slice(starts[low], starts[min(low + step, count)])
        many = np.diff(starts[low : min(low + step, count) + 1])
        votes[cells] = part[np.repeat(np.arange(len(many)), many), word[cells]]
    return votes
