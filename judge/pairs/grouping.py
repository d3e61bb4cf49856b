"""
Rows that ask the same: groups by average linkage, never chains.

Two groups are joined while the mean similarity over all pairs between them is the highest there is and reaches a cut
(UPGMA; Sokal and Michener, 1958). As vectors are compared by their inner product, that mean is the product of the two
groups' mean vectors, so it is exact however large they are. Only groups with a candidate pair between them are looked
at. An edge waits in a heap with a similarity that was true once; when its turn comes it is weighed again. Equal ones
take their turn by the rows' content, so that the order of the input makes no other groups.
"""

import heapq

import numpy as np
from numpy.typing import NDArray

from judge.corpus.tokens import Ints
from judge.pairs.candidates import Candidates


def group(found: Candidates, order: Ints, cut: float) -> Ints:
    """
    Number the groups of a set's own answers.

    Args:
        found: candidate pairs, and the vectors of all answers.
        order: shape (own answers,), the place of each in an order of their content.
        cut: least mean similarity, in [0, 1], of two groups that are joined.

    Returns:
        Shape (own answers,): the first answer of each one's group; copies are in one.
    """
    lead = np.arange(len(order))
    ends = np.sort(order[np.column_stack([found.left, found.right])], axis=1)
    at = np.argsort(order)
    joint: dict[int, NDArray[np.float32]] = {}  # sums of the groups of more than one: most answers stay alone
    size: dict[int, int] = {}

    def total(one: int) -> NDArray[np.float32]:
        return joint[one] if one in joint else found.vectors[at[one]].astype(np.float32)

    edges = zip((-found.near).tolist(), *ends.T.tolist(), strict=True)
    heap = [edge for edge in edges if -edge[0] >= cut]
    heapq.heapify(heap)
    while heap:
        was, *joined = heapq.heappop(heap)
        one, two = sorted(_lead(lead, place) for place in joined)
        if one == two:
            continue
        many = size.get(one, 1), size.get(two, 1)
        now = -round(float(total(one) @ total(two)) / (many[0] * many[1]), 6)
        if now > was and heap and now > heap[0][0]:  # others come first
            if -now >= cut:
                heapq.heappush(heap, (now, one, two))
        elif -now >= cut:
            lead[two] = one
            joint[one] = total(one) + total(two)
            joint.pop(two, None)
            size[one] = sum(many)
    first: dict[int, int] = {}
    leads = [_lead(lead, place) for place in order[found.copy].tolist()]
    return np.array([first.setdefault(one, n) for n, one in enumerate(leads)], dtype=np.int64)


def _lead(lead: Ints, at: int) -> int:
    while lead[at] != at:
        lead[at] = lead[lead[at]]
        at = int(lead[at])
    return at
