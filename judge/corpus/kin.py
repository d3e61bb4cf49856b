"""
Which rows are copies of each other, and which rows may not bear witness on which.

Copies count once. A row is never evidence about itself or its exact copies, and nothing is ever known of a *guest*
(a planted copy) from its source or the near-duplicates of that: a twin would give it away.

Near-duplicates are rows whose sets of three-word shingles overlap by 0.7 or more (Jaccard; Broder, 1997, "On the
resemblance and containment of documents"), found by the smallest hashes of each row's shingles. Each cluster is a star
around its first row, never a chain.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from judge.corpus.tokens import Flags, Ints, Tokens, hashed

_ALIKE = 0.7  # Jaccard overlap from which two rows are near-duplicates
_SKETCH = 6  # smallest hashes that two rows must share one of to be compared
_LONG = 80  # tokens above which one shingle in eight is looked at
_STEP = np.uint64(8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """
    Copies, clusters and exclusions of a set's answers; guests follow the members.

    Attributes:
        members: how many of the answers are the set's own.
        copy: shape (members,), a number per distinct answer; equal for rows that are equal word for word.
        first: shape (copies,), the first member of each.
        cluster: shape (members,), the first member of each near-duplicate cluster.
        barred: shape (bars,), copies that may not bear witness, flat.
        bars: shape (answers + 1,), where each answer's begin.
    """

    members: int
    copy: Ints
    first: Ints
    cluster: Ints
    barred: Ints
    bars: Ints

    @property
    def copies(self) -> int:
        """How many distinct answers the set has."""
        return len(self.first)

    def barred_from(self, answer: int) -> frozenset[int]:
        """Copies that may not bear witness on an answer."""
        return frozenset(self.barred[self.bars[answer] : self.bars[answer + 1]].tolist())


def build(prompts: Tokens, answers: Tokens, rows: Sequence[int], hidden: Sequence[Sequence[int]]) -> Kin:
    """
    Find copies and near-duplicates among the set's own answers, which come first.

    Args:
        prompts: what was asked, one text an answer.
        answers: what was said.
        rows: for each member the row it is a turn of; turns of one row are no witnesses on each other.
        hidden: for each guest after them, the members that must not be seen.
    """
    members = len(rows)
    seen: dict[bytes, int] = {}
    names = (_name(prompts, at) + b"|" + _name(answers, at) for at in range(members))
    copy = np.array([seen.setdefault(name, len(seen)) for name in names], dtype=np.int64)
    first = np.zeros(len(seen), dtype=np.int64)
    first[copy[::-1]] = np.arange(members)[::-1]
    cluster = _clusters(answers, first)[copy] if members else copy
    near: defaultdict[int, set[int]] = defaultdict(set)
    if hidden:
        for own, lead in zip(copy.tolist(), cluster.tolist(), strict=True):
            near[lead].add(own)
    turns: defaultdict[int, set[int]] = defaultdict(set)
    for row, own in zip(rows, copy.tolist(), strict=True):
        turns[row].add(own)
    barred = [sorted(turns[row]) for row in rows]
    barred += [sorted({c for at in twins for c in near[int(cluster[at])]}) for twins in hidden]
    return Kin(
        members=members,
        copy=copy,
        first=first,
        cluster=cluster,
        barred=np.array([c for row in barred for c in row], dtype=np.int64),
        bars=np.concatenate([[0], np.cumsum([len(row) for row in barred], dtype=np.int64)]).astype(np.int64),
    )


def _name(tokens: Tokens, at: int) -> bytes:
    return tokens.ids[tokens.starts[at] : tokens.starts[at + 1]].tobytes()


def _clusters(answers: Tokens, first: Ints) -> Ints:
    """Shape (copies,): the member that leads each copy's cluster."""
    shingles, owner = _shingles(answers, first)
    begins = np.searchsorted(owner, np.arange(len(first) + 1))
    lead = first.copy()
    sets: dict[int, frozenset[int]] = {}
    roots: dict[int, int] = {}
    flat = shingles.tolist()
    for at in range(len(first)):
        own = flat[begins[at] : begins[at + 1]]
        mine = frozenset(own)
        sketch = own[:_SKETCH]  # they come sorted
        near = (root for root in dict.fromkeys(roots[h] for h in sketch if h in roots) if _alike(mine, sets[root]))
        root = next(near, None)
        if root is not None:
            lead[at] = first[root]
            continue
        sets[at] = mine
        for h in sketch:
            roots.setdefault(h, at)
    return lead


def _shingles(answers: Tokens, first: Ints) -> tuple[Ints, Ints]:
    """Hashes of the three-word shingles of each copy, sorted within it, and the copy each belongs to."""
    ids = answers.ids
    if len(ids) < 3:  # noqa: PLR2004 - no shingle at all
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    owner = answers.owner
    length = np.diff(answers.starts)[owner[:-2]]
    of_copy = np.full(len(answers.starts) - 1, -1)
    of_copy[first] = np.arange(len(first))
    marks = hashed([ids[:-2], ids[1:-1], ids[2:]])
    inside: Flags = (owner[:-2] == owner[2:]) & (of_copy[owner[:-2]] >= 0)
    inside &= (length <= _LONG) | (marks % _STEP == 0)
    where = of_copy[owner[:-2]][inside]
    values = (marks[inside] >> np.uint64(1)).astype(np.int64)
    order = np.lexsort((values, where))
    return values[order], where[order]


def _alike(one: frozenset[int], two: frozenset[int]) -> bool:
    shared = len(one & two)
    return shared > 0 and shared >= _ALIKE * (len(one) + len(two) - shared)
