"""
Nearest neighbours in a matrix by inner product, with faiss: exact in small sets, by inverted lists in larger ones.

Vectors are whole numbers of 1/2048, so that all sums on the way to the inner product of two vectors of length one are
exact in float32: no order of adding, number of threads, size of the set or instruction set of the machine changes a
similarity by a bit. They take half the room of floats, and are floats in a sixth of the time that float16 takes.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judge.corpus.tokens import Ints

Floats = NDArray[np.float32]
Steps = NDArray[np.int16]

EXACT = 20_000  # vectors up to which all are looked at
STEPS = np.float32(2048)  # of a vector's coordinate, to the length of one
_LISTS = 3  # for each root of a vector
_TRAINED = 32  # vectors for each list that their centres are drawn from
_ROUNDS = 6  # of moving the centres
_BLOCK = 16_384  # vectors taken together at a time


def steps(vectors: NDArray[np.floating]) -> Steps:
    """Shape kept: coordinates in [-1, 1], each moved to the next step, by 2.4e-4 at most."""
    found: Steps = np.rint(vectors.astype(np.float32, copy=False) * STEPS).astype(np.int16)
    return found


def products(ones: Steps, twos: Steps, size: int = 16_384) -> Floats:
    """Shape (pairs,): inner products, exact, of the rows of two matrices, some of them at a time."""
    found = np.empty(len(ones), dtype=np.float32)
    for part in batches(len(ones), size):
        found[part] = np.einsum("ij,ij->i", ones[part].astype(np.float32), twos[part].astype(np.float32))
    return found / STEPS**2


def batches(count: int, size: int) -> Iterator[slice]:
    """Cut a range into slices."""
    return (slice(low, min(count, low + size)) for low in range(0, count, size))


class Index:
    """
    The members among some vectors, ready to be looked through for the nearest of any.

    The order of the vectors decides between equal similarities, and lists begin as the first of them: sorted by a hash
    of their content, they give the same in any order of the input, and nearly the same after a merge.
    """

    def __init__(self, vectors: Steps, members: Ints, *, probed: int, queries: int | None = None) -> None:
        """
        Prepare to look.

        Args:
            vectors: shape (vectors, dims), in steps, of length one at most.
            members: shape (members,), ascending: those that can be found.
            probed: lists that are looked through for one vector, where there are lists.
            queries: how many will be looked for, where they are few: lists may not be worth their making.
        """
        self._vectors = vectors
        self._members = members
        work = len(members) * (len(vectors) if queries is None else queries)
        self._lists = _lists(vectors, members, probed) if len(members) > EXACT and work > EXACT * EXACT else None

    def find(self, rows: Ints, wanted: int) -> tuple[Floats, Ints]:
        """
        Look for the nearest members of some of the vectors, themselves included.

        Returns:
            Inner products and numbers of vectors, both of shape (rows, wanted): nearest first, equal ones by number;
            -inf and -1 where there are no more.
        """
        if self._lists is None:
            return self.exact(rows, wanted)
        near, at = self._lists.search(self._vectors[rows].astype(np.float32), wanted)
        near[at < 0] = -np.inf
        return _sorted(near / STEPS**2, np.where(at < 0, -1, self._members[at]), wanted)

    def exact(self, rows: Ints, wanted: int) -> tuple[Floats, Ints]:
        """The same by looking at all members."""
        import faiss

        asked = self._vectors[rows].astype(np.float32)
        near, ids = np.full((len(rows), wanted), -np.inf, dtype=np.float32), np.full((len(rows), wanted), -1)
        for part in batches(len(self._members) if len(rows) else 0, _BLOCK):
            members = self._members[part]
            block = self._vectors[members].astype(np.float32)
            found = faiss.knn(asked, block, min(wanted, len(block)), metric=faiss.METRIC_INNER_PRODUCT)
            near, ids = _sorted(np.hstack([near, found[0]]), np.hstack([ids, members[found[1]]]), wanted)
        return near / STEPS**2, ids


def _sorted(near: Floats, ids: Ints, wanted: int) -> tuple[Floats, Ints]:
    """Nearest first, equal ones by number, no more than are wanted."""
    best = np.lexsort((ids, -near), axis=1)[:, :wanted]
    return np.take_along_axis(near, best, axis=1), np.take_along_axis(ids, best, axis=1)


def _lists(vectors: Steps, members: Ints, probed: int) -> Any:  # noqa: ANN401 - faiss is untyped
    """Inverted lists that hold vectors as float16, which knows every whole number up to 2048."""
    import faiss

    dims = vectors.shape[1]
    lists = 2 ** round(math.log2(_LISTS * len(members) ** 0.5))  # a merge seldom changes it
    sample = vectors[members[: lists * _TRAINED]].astype(np.float32)
    means = faiss.Kmeans(
        dims, lists, niter=_ROUNDS, spherical=True, max_points_per_centroid=_TRAINED, min_points_per_centroid=1
    )
    means.train(sample, init_centroids=sample[:lists])
    centres = faiss.IndexFlatIP(dims)
    centres.add(means.centroids)
    made = faiss.IndexIVFScalarQuantizer(
        centres, dims, lists, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT, False
    )
    made.train(sample)
    for part in batches(len(members), _BLOCK):
        made.add(vectors[members[part]].astype(np.float32))
    made.nprobe = probed
    return made
