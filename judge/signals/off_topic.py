"""
The answer does not belong to its prompt.

Two witnesses, both without a model:

- fit: is this prompt more like its own answer than like other answers, and this answer more like its own prompt than
  like other prompts? Each as a percentile against a fixed sample of the set (the permutation idea of "does x explain
  y", cosine of TF-IDF vectors).
- neighbours: do the answers to the nearest prompts agree with each other, but not with this one? (The k-nearest
  neighbour label check of Northcutt et al., 2021, with answers in place of labels.)
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from judge.language.prose import quote, words
from judge.records import Finding
from judge.signals import Corpus, Signal

_SAMPLE = 48  # other prompts and other answers that each pair is compared with
_NEAR = 0.3  # cosine from which a prompt counts as a neighbour
_FEW = 8  # answers below which nothing can be compared
_LONG = 20  # words an answer needs before its wording says something
_SAID = 0.02  # severity below which nothing is said


def find(corpus: Corpus) -> Iterator[Finding]:
    """Severity from the two witnesses, the graver one and half of the other."""
    if len(corpus.answers) < _FEW:
        return
    fit, (stray, nearest) = _fit(corpus), _stray(corpus)
    for answer in corpus.answers:
        if not answer.text.strip() or not answer.prompt.strip() or answer.calls_tool:
            continue
        one, two = float(fit[answer.at]), float(stray[answer.at])
        severity = max(one, two) + 0.5 * min(one, two)
        if severity < _SAID:
            continue
        if two >= one:
            other = corpus.answers[nearest[answer.at]]
            because = f"prompts like this one get other answers, such as {quote(other.text)}"
            yield answer.finding("off_topic", "instruction", severity, because, (other.example.id,))
        else:
            because = f"the answer fits other prompts of the set better than its own, {quote(answer.prompt)}"
            yield answer.finding("off_topic", "instruction", severity, because)


def _fit(corpus: Corpus) -> NDArray[np.float64]:
    count = len(corpus.answers)
    here = np.arange(count, dtype=np.int64)
    features = corpus.features
    own = features.fit(here, here)
    steps = sorted({1 + (count - 1) * step // _SAMPLE for step in range(_SAMPLE)} - {count})
    better_prompt, better_answer, best = np.zeros(count), np.zeros(count), np.zeros(count)
    for step in steps:
        there = (here + step) % count
        other = features.fit(there, here)
        better_prompt += (other > own) + 0.5 * (other == own)
        better_answer += (turned := features.fit(here, there)) > own
        better_answer += 0.5 * (turned == own)
        best = np.maximum(best, other)
    share = np.minimum(better_prompt, better_answer) / max(1, len(steps))
    evidence = np.clip((best - own) / 0.2, 0, 1)  # a clear other home, not merely none
    long = np.clip(_lengths(corpus) / _LONG, 0, 1)
    return np.round(share * evidence * long, 6)


def _stray(corpus: Corpus) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    near, features = corpus.neighbours, corpus.features
    count, k = near.at.shape
    here = np.repeat(np.arange(count, dtype=np.int64), k).reshape(count, k)
    weight = np.where(near.similarity >= _NEAR, near.similarity, 0.0)
    at = np.maximum(near.at, 0)
    agree = features.agreement(here.ravel(), at.ravel()).reshape(count, k)
    theirs = np.zeros((count, k))
    for column in range(1, k):
        rolled = np.roll(at, column, axis=1)
        both = (weight > 0) & (np.roll(weight, column, axis=1) > 0)
        theirs += np.where(both, features.agreement(at.ravel(), rolled.ravel()).reshape(count, k), 0.0)
    voters = (weight > 0).sum(axis=1)
    pairs = np.maximum(1, voters * (voters - 1))
    expected = theirs.sum(axis=1) / pairs
    got = (agree * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-9)
    alone = np.clip(1 - got / np.maximum(expected, 1e-9), 0, 1)
    sure = np.clip(expected / 0.3, 0, 1) * np.clip((voters - 1) / 4, 0, 1)
    long = np.clip(_lengths(corpus) / _LONG, 0, 1)
    return np.round(alone * sure * long, 6), at[:, 0]


def _lengths(corpus: Corpus) -> NDArray[np.float64]:
    return np.array([min(len(words(answer.text[:400])), _LONG) for answer in corpus.answers], dtype=np.float64)


SIGNAL = Signal(name="off_topic", rubric="instruction", weight=0.5, find=find)
