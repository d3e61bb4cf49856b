"""
For each answer, the other rows whose prompts are nearest to its own.

TF-IDF over the words and word pairs of prompts, sublinear and smoothed (Manning, Raghavan and Schuetze, 2008,
"Introduction to Information Retrieval", section 6.4), cosine, by an inverted index with capped lists: of a term that
very many prompts have, a fixed sample of them is looked through (its other, rarer words and pairs find the rest). So
the cost of a row does not grow with the set. Similarities are rounded to 6 digits and ties go to the earlier row, so
that every machine sees the same neighbours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from judge.corpus.kin import Kin
from judge.corpus.presence import numbered
from judge.corpus.tokens import Ints, Tokens, hashed

K = 40  # neighbours of an answer
_CAP = 400  # prompts with one term that are looked through
_CHUNK = 500  # prompts searched at a time
_LEAST = 0.1  # cosine below which a prompt is no neighbour
_SEVERAL = 2  # prompts a term must be in to relate them


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """
    Nearest prompts of other rows, best first.

    Attributes:
        at: shape (answers, K), positions of answers, -1 where there are fewer.
        similarity: shape (answers, K), cosine of the two prompts in [0, 1], 0 where `at` is -1.
    """

    at: Ints
    similarity: NDArray[np.float64]

    def of(self, position: int, at_least: float) -> list[tuple[int, float]]:
        """(position, similarity) of those that are near enough."""
        row = zip(self.at[position].tolist(), self.similarity[position].tolist(), strict=True)
        return [(at, near) for at, near in row if at >= 0 and near >= at_least]


def find(prompts: Tokens, kin: Kin, telling: NDArray[np.bool_]) -> Neighbours:
    """
    Find up to `K` neighbours of each answer: members only, one of each copy, none that is barred.

    Args:
        prompts: what was asked before each answer.
        kin: copies and exclusions.
        telling: shape (words,), words that tell prompts apart.
    """
    count = len(prompts.starts) - 1
    at, similarity = np.full((count, K), -1, dtype=np.int32), np.zeros((count, K))
    points, names = _points(prompts, telling)
    copies, begins = _grouped(np.array(points, dtype=np.int64)[kin.first], len(names))
    answers, places = _grouped(np.array(points, dtype=np.int64), len(names))
    there = np.diff(begins) > 0
    vectors = _vectors(prompts, telling, points, there)
    for point, (others, cosines) in enumerate(_nearest(vectors, names, there)):
        own = copies[begins[point] : begins[point + 1]][: 2 * K] if names[point] else copies[:0]
        many = np.minimum(begins[others + 1] - begins[others], K)
        where = np.repeat(begins[others] - np.cumsum(many) + many, many) + np.arange(int(many.sum()))
        near = np.concatenate([own, copies[where]])
        cosine = np.concatenate([np.ones(len(own)), np.repeat(cosines, many)])
        for answer in answers[places[point] : places[point + 1]].tolist():
            barred = kin.bars_of(answer)
            free = near != barred[0] if len(barred) == 1 else ~np.isin(near, barred)
            kept = near[free][:K]
            at[answer, : len(kept)] = kin.first[kept]
            similarity[answer, : len(kept)] = cosine[free][:K]
    return Neighbours(at=at, similarity=similarity)


def _grouped(labels: Ints, size: int) -> tuple[Ints, Ints]:
    """Positions in the order of their labels, and where each label's begin."""
    order = np.argsort(labels, kind="stable")
    return order, np.searchsorted(labels[order], np.arange(size + 1))


def _points(prompts: Tokens, telling: NDArray[np.bool_]) -> tuple[list[int], list[bytes]]:
    """Answers whose prompts have the same words are one point of the search."""
    keep = telling[prompts.ids]
    kept = prompts.ids[keep]
    starts = np.concatenate([[0], np.cumsum(keep)])[prompts.starts]
    seen: dict[bytes, int] = {}
    places = zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    points = [seen.setdefault(kept[low:high].tobytes(), len(seen)) for low, high in places]
    return points, list(seen)


def _vectors(
    prompts: Tokens,
    telling: NDArray[np.bool_],
    points: Sequence[int],
    there: NDArray[np.bool_],
) -> Any:  # noqa: ANN401
    """Shape (points, terms): unit-length TF-IDF rows over words and pairs that two points of the set or more have."""
    count, own = len(there), int(there.sum())
    first = np.unique(np.array(points, dtype=np.int64), return_index=True)[1]
    ids, owner = prompts.ids, prompts.owner
    here = np.zeros(len(prompts.starts) - 1, dtype=bool)
    here[first] = True
    keep = telling[ids] & here[owner]
    ids, owner = ids[keep], np.array(points, dtype=np.int64)[owner[keep]]
    pair = owner[:-1] == owner[1:]
    keys = np.concatenate([hashed([ids]), hashed([ids[:-1], ids[1:]])[pair] if len(ids) else hashed([ids])])
    rows = np.concatenate([owner, owner[:-1][pair]])[: len(keys)]
    terms, size = numbered(keys)
    counts = sparse.csr_matrix((np.ones(len(keys)), (rows, terms)), shape=(count, size))
    counts.sum_duplicates()
    seen = np.bincount(counts[there].indices, minlength=size)
    counts = counts[:, seen >= _SEVERAL]
    idf = np.log((1 + own) / (1 + seen[seen >= _SEVERAL])) + 1
    counts.data = (1 + np.log(counts.data)) * idf[counts.indices]
    length = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
    scale = np.divide(1.0, length, out=np.zeros(count), where=length > 0)
    return sparse.csr_matrix(sparse.diags(scale) @ counts)


def _nearest(
    vectors: Any,  # noqa: ANN401 scipy ships no types
    names: Sequence[bytes],
    there: NDArray[np.bool_],
) -> Iterator[tuple[Ints, NDArray[np.float64]]]:
    """For each point the `K` other points that are `there` with the highest cosine, best first."""
    index = _index(vectors, names, there)
    for start in range(0, vectors.shape[0], _CHUNK):
        block = sparse.csr_matrix(vectors[start : start + _CHUNK] @ index)
        for row in range(block.shape[0]):
            cells = slice(block.indptr[row], block.indptr[row + 1])
            yield _best(block.indices[cells], block.data[cells], start + row)


def _index(vectors: Any, names: Sequence[bytes], there: NDArray[np.bool_]) -> Any:  # noqa: ANN401
    """Shape (terms, points): lists of points by term, none longer than the cap."""
    lists = sparse.coo_matrix(vectors)
    keep = there[lists.row]
    rows, columns, data = lists.row[keep], lists.col[keep], lists.data[keep]
    lot = np.array(
        [crc32(np.frombuffer(name, dtype=np.int32).astype(np.int64).tobytes()) for name in names], dtype=np.int64
    )
    order = np.lexsort((rows, lot[rows], columns))
    rows, columns, data = rows[order], columns[order], data[order]
    begins = np.searchsorted(columns, columns)
    short = np.arange(len(columns)) - begins < _CAP
    shape = (vectors.shape[1], vectors.shape[0])
    return sparse.csr_matrix((data[short], (columns[short], rows[short])), shape=shape)


def _best(columns: NDArray[np.int32], values: NDArray[np.float64], own: int) -> tuple[Ints, NDArray[np.float64]]:
    keep = (columns != own) & (values >= _LEAST)
    columns, near = columns[keep], np.minimum(np.round(values[keep], 6), 1.0)
    if len(near) > K:
        least = np.partition(near, len(near) - K)[len(near) - K]
        columns, near = columns[near >= least], near[near >= least]
    order = np.lexsort((columns, -near))[:K]
    return columns[order].astype(np.int64), near[order]
