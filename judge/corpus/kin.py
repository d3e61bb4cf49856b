"""
Which rows are copies of each other, and which rows may not bear witness on which.

Copies count once. A row is never evidence about itself or its exact copies, and nothing is ever known of a *guest*
(a planted copy) from its source or the near-duplicates of that: a twin would give it away.

Near-duplicates are rows whose sets of three-word shingles overlap by 0.7 or more (Jaccard; Broder, 1997, "On the
resemblance and containment of documents"), found by the smallest hashes of each row's shingles. Each cluster is a star
around its first row, never a chain.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import groupby
from operator import itemgetter
from zlib import crc32

import numpy as np

from judge.corpus.tokens import Flags, Ints, Tokens, hashed

_ALIKE = 0.7  # Jaccard overlap from which two rows are near-duplicates
_AGREE = 2  # of them that a guest's source and its near-duplicate share
_SKETCH = 6  # smallest hashes that two rows must share one of to be compared
_LONG = 80  # tokens above which one shingle in eight is looked at: those with the smallest hashes
_LOW = 1 << 60  # below it lies one hash in eight


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """
    Copies, clusters and exclusions of a set's answers; guests follow the members.

    Attributes:
        members: how many of the answers are the set's own.
        copy: shape (members,), a number per distinct answer; equal for rows that are equal word for word.
        first: shape (copies,), the first member of each.
        cluster: shape (members,), the first member of each near-duplicate cluster.
        group: shape (answers,), which list of exclusions each answer has: turns of a row share one.
        barred: shape (bars,), copies that may not bear witness, flat.
        bars: shape (groups + 1,), where each list begins.
    """

    members: int
    copy: Ints
    first: Ints
    cluster: Ints
    group: Ints
    barred: Ints
    bars: Ints

    @property
    def copies(self) -> int:
        """How many distinct answers the set has."""
        return len(self.first)

    def barred_from(self, answer: int) -> frozenset[int]:
        """Copies that may not bear witness on an answer."""
        return frozenset(self.bars_of(answer).tolist())

    def bars_of(self, answer: int) -> Ints:
        """The same, as they stand."""
        group = int(self.group[answer])
        return self.barred[self.bars[group] : self.bars[group + 1]]


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
    names = (_name(prompts, at) + _name(answers, at) for at in range(members))
    copy = np.array([seen.setdefault(name, len(seen)) for name in names], dtype=np.int64)
    first = np.zeros(len(seen), dtype=np.int64)
    first[copy[::-1]] = np.arange(members)[::-1]
    shingles = _Shingles(answers, first)
    cluster = _clusters(shingles, first)[copy] if members else copy
    near: defaultdict[int, set[int]] = defaultdict(set)
    alike = _twins(shingles, {int(copy[at]) for unseen in hidden for at in unseen})
    wanted = {int(cluster[at]) for unseen in hidden for at in unseen}
    for own, lead in zip(copy.tolist(), cluster.tolist(), strict=True) if wanted else ():
        if lead in wanted:
            near[lead].add(own)
    lists: dict[tuple[int, ...], int] = {}
    turns = groupby(zip(rows, copy.tolist(), strict=True), key=itemgetter(0))
    bars_of = {row: lists.setdefault(tuple(sorted({own for _, own in told})), len(lists)) for row, told in turns}
    group = [bars_of[row] for row in rows]
    blind = ({c for at in unseen for c in near[int(cluster[at])] | alike[int(copy[at])]} for unseen in hidden)
    group += [lists.setdefault(tuple(sorted(bars)), len(lists)) for bars in blind]
    return Kin(
        members=members,
        copy=copy,
        first=first,
        cluster=cluster,
        group=np.array(group, dtype=np.int64),
        barred=np.array([c for bars in lists for c in bars], dtype=np.int64),
        bars=np.concatenate([[0], np.cumsum([len(bars) for bars in lists], dtype=np.int64)]).astype(np.int64),
    )


def _name(tokens: Tokens, at: int) -> bytes:
    """Equal for texts that are equal word for word."""
    return blake2b(tokens.ids[tokens.starts[at] : tokens.starts[at + 1]].tobytes(), digest_size=16).digest()


class _Shingles:
    """The hashed three-word shingles of each copy."""

    def __init__(self, answers: Tokens, first: Ints) -> None:
        self.copies = len(first)
        self._flat, self._begins = _shingles(answers, first)
        self._long = np.diff(answers.starts)[first] > _LONG

    def of(self, copy: int) -> frozenset[int]:
        """All that are looked at."""
        return frozenset(self._flat[self._begins[copy] : self._begins[copy + 1]].tolist())

    def sketch(self, copy: int) -> list[int]:
        """The smallest few; they come sorted."""
        low = self._begins[copy]
        found: list[int] = self._flat[low : min(low + _SKETCH, self._begins[copy + 1])].tolist()
        return found

    def alike(self, one: int, two: int, ones: frozenset[int], twos: frozenset[int]) -> bool:
        """Whether two copies, given with their shingles, are near-duplicates."""
        if self._long[one] != self._long[two]:  # of both what is looked at of the longer
            ones, twos = (frozenset(h for h in every if h < _LOW) for every in (ones, twos))
        shared = len(ones & twos)
        return shared > 0 and shared >= _ALIKE * (len(ones) + len(twos) - shared)


def _clusters(shingles: _Shingles, first: Ints) -> Ints:
    """Shape (copies,): the member that leads each copy's cluster."""
    lead = first.copy()
    roots: dict[int, int] = {}
    for at in range(shingles.copies):
        mine, sketch = shingles.of(at), shingles.sketch(at)
        known = dict.fromkeys(roots[h] for h in sketch if h in roots)
        root = next((root for root in known if shingles.alike(at, root, mine, shingles.of(root))), None)
        if root is not None:
            lead[at] = first[root]
            continue
        for h in sketch:
            roots.setdefault(h, at)
    return lead


def _twins(shingles: _Shingles, copies: set[int]) -> dict[int, set[int]]:
    """For each of some copies itself and all its near-duplicates: a cluster's star does not hold those of its rays."""
    sets = {copy: shingles.of(copy) for copy in copies}
    holders: defaultdict[int, set[int]] = defaultdict(set)
    for copy in copies:
        for h in shingles.sketch(copy):
            holders[h].add(copy)
    found = {copy: {copy} for copy in copies}
    known: dict[frozenset[int], list[int]] = {}  # answers of the same words are compared once
    for at in range(shingles.copies if copies else 0):
        sketch = shingles.sketch(at)
        shared = Counter(copy for h in sketch for copy in holders.get(h, ()))
        near = [copy for copy, many in shared.items() if many >= min(_AGREE, len(sketch))]
        if not near:
            continue
        mine = shingles.of(at)
        if mine not in known:
            known[mine] = [copy for copy in near if shingles.alike(at, copy, mine, sets[copy])]
        for copy in known[mine]:
            found[copy].add(at)
    return found


def _shingles(answers: Tokens, first: Ints) -> tuple[Ints, Ints]:
    """Hashes of the three-word shingles of each copy, sorted within it, and where each copy's begin."""
    # by spelling: the same in every order of the rows
    code = np.array([crc32(word.encode("utf-8", "surrogatepass")) for word in answers.words], dtype=np.int64)
    chosen = np.zeros(len(answers.starts) - 1, dtype=bool)
    chosen[first] = True
    values, many = [np.zeros(0, dtype=np.int64)], np.zeros(len(chosen), dtype=np.int64)
    for part in answers.parts():  # copies are numbered as they first stand there
        found, owner = _shingles_of(part.of, code, chosen[part.texts])
        values.append(found)
        many[part.texts] = np.bincount(owner, minlength=part.texts.stop - part.texts.start)
    return np.concatenate(values), np.concatenate([[0], np.cumsum(many[first])])


def _shingles_of(answers: Tokens, code: Ints, chosen: Flags) -> tuple[Ints, Ints]:
    """The hashes of those that are chosen, and whose they are, sorted."""
    if len(answers.ids) < 3:  # noqa: PLR2004 - no shingle at all
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    codes, owner = code[answers.ids], answers.owner
    marks = hashed([codes[:-2], codes[1:-1], codes[2:]])
    inside: Flags = (owner[:-2] == owner[2:]) & chosen[owner[:-2]]
    values = (marks >> np.uint64(1)).astype(np.int64)
    inside &= (np.diff(answers.starts)[owner[:-2]] <= _LONG) | (values < _LOW)
    where, values = owner[:-2][inside], values[inside]
    order = np.lexsort((values, where))
    return values[order], where[order]
