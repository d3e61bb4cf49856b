"""
How at home each word of an answer is among the answers to prompts like its own.

Three numbers a word: in how many other rows of the set it stands, which share of the neighbours have it, and which
share of their neighbours the rows that have it see it in. A word that is common where it is common and unknown here
is out of place (a topic model by nearest neighbours, after the k-nearest-neighbour label check of Northcutt et al.,
2021, "Confident Learning", with words in place of labels).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from judge.corpus.kin import Kin
from judge.corpus.neighbours import K, Neighbours
from judge.corpus.presence import Presence, distinct
from judge.corpus.tokens import Ints, Tokens

_NEAR = 0.2  # cosine from which a prompt is a voter
_PRIOR = 2.0  # neighbours that the whole set counts as: few of them say little
_CELLS = 8_000_000  # words of neighbours held at a time: 32 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """
    The distinct words of each answer, flat, in the order of answers and words.

    Attributes:
        starts: shape (answers + 1,), where each answer's words begin.
        word: shape (n,), which word.
        others: shape (n,), other rows of the set that have it.
        support: shape (n,), how many of `K` neighbours have it, the set's own share mixed in where they are few.
        usual: shape (n,), the same where it stands in other rows, on average.
        voters: shape (answers,), neighbours that were near enough to be asked.
    """

    starts: Ints
    word: Ints
    others: Ints
    support: NDArray[np.float64]
    usual: NDArray[np.float64]
    voters: Ints

    @property
    def owner(self) -> Ints:
        """Shape (n,): the answer each word stands in."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


def build(answers: Tokens, kin: Kin, near: Neighbours) -> Topics:
    """Count every answer's words among its neighbours' answers."""
    size, count = len(answers.words), len(answers.starts) - 1
    keys = distinct(answers.owner * max(1, size) + answers.ids)
    owner, word = keys // max(1, size), keys % max(1, size)
    starts = np.searchsorted(owner, np.arange(count + 1))
    presence = Presence(kin, owner, word, size)
    others = presence.others(owner, word, held=True)
    votes = (near.at >= 0) & (near.similarity >= _NEAR)
    rows, columns = np.nonzero(votes)
    graph = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, near.at[rows, columns])), shape=(count, count))
    holds = sparse.csr_matrix((np.ones(len(word), np.float32), (owner, word)), shape=(count, max(1, size)))
    support = np.zeros(len(word))
    step = max(1, _CELLS // max(1, size))
    for low in range(0, count, step):
        part = (graph[low : low + step] @ holds).toarray()
        cells = slice(starts[low], starts[min(low + step, count)])
        support[cells] = part[owner[cells] - low, word[cells]]
    mine = owner < kin.members
    asked = votes.sum(axis=1).astype(np.int64)
    share = others / max(1, kin.copies)
    support = K * (support + _PRIOR * share) / (asked[owner] + _PRIOR)
    total = np.bincount(word[mine], weights=support[mine], minlength=size)
    holders = np.bincount(word[mine], minlength=size)
    own = mine.astype(np.float64)
    rest = holders[word] - own
    usual = np.divide(total[word] - support * own, rest, out=np.zeros(len(word)), where=rest > 0)
    return Topics(starts=starts, word=word, others=others, support=support, usual=usual, voters=asked)
