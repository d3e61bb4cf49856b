"""
What each row is about, in a word: a cheap partition of a set by its prompts, with names that a person can read.

A word names a subject where answers take it up: where it stands oftener in answers to prompts that have it than in any
answer (the lift of an association rule; Brin et al., 1997, "Dynamic itemset counting"). "The" stands in all of them and
lifts nothing; no list of stop words, and no language, is assumed. Words are taken one by one, each for the rows that it
newly speaks for times the logarithm of its lift (greedy cover). Counts of words decide, so that every machine and every
order of the rows sees the same subjects, and a set of any size costs the same a row.
"""

import numpy as np

from judge.corpus.presence import distinct
from judge.corpus.tokens import Flags, Ints, Tokens

OTHER = "other"  # rows that no subject speaks for

_MANY = 30  # subjects
_LEAST, _SEVERAL = 0.01, 10  # share of the rows, and rows, that a subject speaks for at least
_MOST = 0.2  # share of the prompts from which a word is too common to part them
_LIFT = 2.0  # how many times oftener a word stands in answers to prompts that have it
_LETTERS = 3  # of a word that can name a subject


def name(asked: Tokens, said: Tokens, first: Ints) -> tuple[str, ...]:
    """
    Name the subject of each row.

    Args:
        asked: prompts.
        said: answers, of the same vocabulary.
        first: shape (rows,), position of the answer that a row is known by.

    Returns:
        One word a row, or `OTHER`.
    """
    rows, size = len(first), len(asked.words)
    place = np.full(len(asked.starts) - 1, -1)
    place[first] = np.arange(rows)
    able = asked.where(lambda word: len(word) >= _LETTERS and word.isalpha())
    prompts = _cells(asked, place, able)
    often = np.bincount(prompts % max(1, size), minlength=size)
    need = max(_SEVERAL, int(np.ceil(_LEAST * rows)))
    able &= (often >= need) & (often <= _MOST * rows)
    prompts = prompts[able[prompts % max(1, size)]]
    words = sorted(np.flatnonzero(able).tolist(), key=lambda word: asked.words[word])  # ties go to the alphabet
    rank = np.zeros(size, dtype=np.int64)
    rank[words] = np.arange(len(words))
    owner, word = prompts // max(1, size), rank[prompts % max(1, size)]
    answers = _cells(said, place, able)
    taken = _among(prompts, answers)
    again = np.bincount(word[taken], minlength=len(words))
    usual = np.bincount(rank[answers % max(1, size)], minlength=len(words))
    lift = again * rows / np.maximum(1, often[words] * usual)
    telling = np.round(np.log(np.maximum(1.0, lift)), 6)
    found = np.full(rows, -1)
    for _ in range(_MANY if words else 0):
        new = np.bincount(word, minlength=len(words))
        gain = np.where((new >= need) & (lift >= _LIFT), new * telling, 0.0)
        best = int(gain.argmax())
        if gain[best] <= 0:
            break
        found[owner[word == best]] = best
        left = found[owner] < 0
        owner, word = owner[left], word[left]
    return tuple(asked.words[words[at]] if at >= 0 else OTHER for at in found.tolist())


def _cells(tokens: Tokens, place: Ints, able: Flags) -> Ints:
    """`row * words + word` of every able word of every row, each once, in order."""
    row = np.repeat(place, np.diff(tokens.starts))
    kept = able[tokens.ids] & (row >= 0)
    return distinct(row[kept] * len(able) + tokens.ids[kept])


def _among(keys: Ints, others: Ints) -> Flags:
    """Which of the keys are among others, both in order."""
    if not len(others):
        return np.zeros(len(keys), dtype=bool)
    at = np.minimum(np.searchsorted(others, keys), len(others) - 1)
    found: Flags = others[at] == keys
    return found
