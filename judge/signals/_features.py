"""
TF-IDF vectors and nearest prompts: the one place of the signals that needs numpy, scipy and scikit-learn.

TF-IDF with sublinear term frequency and smoothed idf (Manning, Raghavan and Schuetze, 2008, "Introduction to
Information Retrieval", section 6.4). Similarity is the cosine. Memory is bounded by searching in chunks; similarities
are rounded to 6 digits and ties go to the earlier row, so that every machine sees the same neighbours.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from judge.language.prose import words

_SHOWN = 20_000  # characters of a text that enter its vector
_SMALL = 50  # texts; below this a word counts even when it occurs once
_COMMON = 0.1  # share of prompts above which a word no longer tells prompts apart,
_COMMON_AT_LEAST = 1_000  # once it is in this many
_CELLS = 16_000_000  # similarities held at a time: 128 MB
_NONE = "\0"  # a word no text has: keeps the vocabulary from being empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Unit-length rows of `prompts` and `answers` (CSR, float32, one column a word); a text without words is zero."""

    prompts: Any
    answers: Any

    def fit(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.float64]:
        """Cosine of prompt `left[k]` and answer `right[k]`, for each k."""
        return _cosines(self.prompts[left], self.answers[right])

    def agreement(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.float64]:
        """Cosine of answer `left[k]` and answer `right[k]`, for each k."""
        return _cosines(self.answers[left], self.answers[right])


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """
    Nearest prompts of other rows, best first.

    Attributes:
        at: shape (answers, k), positions in `Corpus.answers`, -1 where there are fewer than k.
        similarity: shape (answers, k), cosine of the two prompts in [0, 1], 0 where `at` is -1.

    """

    at: NDArray[np.int64]
    similarity: NDArray[np.float64]

    def of(self, position: int, at_least: float) -> list[tuple[int, float]]:
        """(position, similarity) of those that are near enough."""
        row = zip(self.at[position].tolist(), self.similarity[position].tolist(), strict=True)
        return [(at, near) for at, near in row if at >= 0 and near >= at_least]


def build(prompts: Sequence[str], answers: Sequence[str]) -> Features:
    """Vectors of both kinds of text over one vocabulary; words that occur in one text only are dropped."""
    texts = [text[:_SHOWN] for text in (*prompts, *answers)]
    counter = CountVectorizer(analyzer=_terms, dtype=np.float32, min_df=1 if len(texts) < _SMALL else 2)
    rows = _weigh(sparse.csr_matrix(counter.fit_transform([*texts, _NONE, _NONE]))[:-2])
    return Features(prompts=rows[: len(prompts)], answers=rows[len(prompts) :])


def _terms(text: str) -> list[str]:
    return [_NONE] if text == _NONE else words(text)


def _weigh(counts: Any) -> Any:  # noqa: ANN401 scipy ships no types
    """Raw counts to unit-length TF-IDF rows."""
    weighted = counts.copy()
    seen = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.log((1 + counts.shape[0]) / (1 + seen)) + 1
    weighted.data = ((1 + np.log(weighted.data)) * idf[weighted.indices]).astype(np.float32)
    return _unit(weighted)


def _unit(matrix: Any) -> Any:  # noqa: ANN401
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scale = np.divide(1.0, length, out=np.zeros(len(length)), where=length > 0)
    return sparse.csr_matrix(sparse.diags(scale.astype(np.float32)) @ matrix)


def _cosines(left: Any, right: Any) -> NDArray[np.float64]:  # noqa: ANN401
    return np.round(np.asarray(left.multiply(right).sum(axis=1), dtype=np.float64).ravel(), 6)


def neighbours(prompts: Any, names: Sequence[str], owners: Sequence[str], k: int = 12) -> Neighbours:  # noqa: ANN401
    """
    Find the `k` nearest answers by prompt.

    `names` are normalised prompts (equal names are one point of the search), `owners` the rows they belong to: a row
    is not its own neighbour.
    """
    members: dict[str, list[int]] = defaultdict(list)
    for position, name in enumerate(names):
        members[name].append(position)
    groups = list(members.values())
    points = _nearest(_telling(prompts[[group[0] for group in groups]]), k) if groups else []
    at = np.full((len(names), k), -1, dtype=np.int64)
    similarity = np.zeros((len(names), k))
    for own, found in zip(groups, points, strict=True):
        others = [(other, near) for group, near in found for other in groups[group][: 2 * k]]
        for place, position in enumerate(own):
            twins = [(own[(place + step) % len(own)], 1.0) for step in range(1, min(len(own), 2 * k + 1))]
            chosen = [pair for pair in twins + others if owners[pair[0]] != owners[position]][:k]
            for column, (other, near) in enumerate(chosen):
                at[position, column], similarity[position, column] = other, near
    return Neighbours(at=at, similarity=similarity)


def _telling(prompts: Any) -> Any:  # noqa: ANN401
    """Prompt vectors without the words that most prompts share: they cost the most and tell the least."""
    seen = np.bincount(prompts.indices, minlength=prompts.shape[1])
    keep = seen <= max(_COMMON_AT_LEAST, _COMMON * prompts.shape[0])
    return _unit(sparse.csr_matrix(prompts @ sparse.diags(keep.astype(np.float32))))


def _nearest(points: Any, k: int) -> list[list[tuple[int, float]]]:  # noqa: ANN401
    """For each row the `k` other rows with the highest positive cosine, ties to the earlier one."""
    count = points.shape[0]
    step = max(1, _CELLS // max(1, count))
    other = sparse.csr_matrix(points.T)
    found = []
    for start in range(0, count, step):
        block = sparse.csr_matrix(points[start : start + step] @ other)
        for row in range(block.shape[0]):
            cells = slice(block.indptr[row], block.indptr[row + 1])
            found.append(_best(block.indices[cells], block.data[cells], start + row, k))
    return found


def _best(columns: NDArray[np.int32], values: NDArray[np.float32], own: int, k: int) -> list[tuple[int, float]]:
    near = np.minimum(np.round(values.astype(np.float64), 6), 1.0)
    keep = (columns != own) & (near > 0)
    columns, near = columns[keep], near[keep]
    if len(near) > k:
        least = np.partition(near, len(near) - k)[len(near) - k]
        columns, near = columns[near >= least], near[near >= least]
    order = np.lexsort((columns, -near))[:k]
    return [(int(columns[o]), float(near[o])) for o in order]
