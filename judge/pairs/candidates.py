"""
Which answers are worth holding against each other: those that were asked the same, in the same words or in others.

Two answers of different rows are a candidate pair when the inner product of their joint vectors (prompt and answer,
half the weight each) reaches the embedder's floor, they came after the same (`lists`), they do not say the same, and
at least one is among the nearest of the other. All but the last depends on the two alone, and with more rows a list can
only lose what it had: a merge makes no new pair of old rows. Two things bend this: above 20,000 distinct answers the
search is approximate, and a crowd of near-duplicates is seen through its first by digest.

Bounded: the lists of an answer have 12 places, and answers that are equal, to questions that are, count once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import comb

import numpy as np
from numpy.typing import NDArray

from judge import digest
from judge.corpus import Corpus
from judge.corpus.tokens import Ints
from judge.language.prose import normalise
from judge.pairs import asked, search
from judge.pairs.asked import Asked
from judge.pairs.lists import BATCH, VIEWS, Finder, Lists, Points
from judge.pairs.search import Floats, Steps
from judge.ports import Embedder

_SAMPLE = 200  # lists that the search is tested on
_HALF = np.float32(0.5**0.5)
_NONE = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """
    Pairs of a set's own answers, by their positions in `Corpus.answers`.

    Attributes:
        left, right: shape (pairs,), positions, left < right, sorted; of answers that are equal in all, the first.
        near: shape (pairs,), inner product of the joint vectors in [floor, 1], rounded to 6 digits.
        copy: shape (own answers,), for each the position that stands for it in pairs: its own, or its first copy's.
        vectors: shape (own answers, dims), float16, joint vectors of length one; zero for what can be in no pair.
        possible: pairs of answers of different rows there are.
        crowded: pairs that fit and are among the 64 nearest, but for which neither list has a place.
        planted, found: contradictions planted, and how many of them would have been a pair.
        searched: share of what exhaustive search puts into the lists of 200 answers that was found; None where that is
            nothing.
    """

    left: Ints
    right: Ints
    near: NDArray[np.float64]
    copy: Ints
    vectors: NDArray[np.float16]
    possible: int
    crowded: int
    planted: int = 0
    found: int = 0
    searched: float | None = None


def find(
    corpus: Corpus,
    embedder: Embedder,
    planted: Sequence[tuple[int, Sequence[int]]] = (),
    step: Callable[[int], None] = lambda _: None,
) -> Candidates:
    """
    Find all candidate pairs.

    Args:
        corpus: the set.
        embedder: must give a text the same vector whatever else is in the set.
        planted: for each planted contradiction its position in `corpus.answers` and those of its source's answers.
        step: told how many more texts were embedded, or lists made.

    Raises:
        BackendError: the embedder cannot be loaded, or fails.
    """
    read = asked.read(corpus)
    first: dict[str, int] = {}
    names = [key or f"none {n}" for n, key in enumerate(read.keys[: corpus.members])]
    copy = np.array([first.setdefault(name, n) for n, name in enumerate(names)], dtype=np.int64)
    own = [n for _, n in sorted(first.items()) if read.keys[n]]
    at = np.array([*own, *sorted({guest for guest, _ in planted if read.keys[guest]})], dtype=np.int64)
    points = _points(corpus, read, at, len(own), partial(embedder.embed, step=step))
    place = {where: n for n, where in enumerate(at.tolist())}
    couples = [
        (place[guest], place[int(copy[source])])
        for guest, sources in planted
        for source in sources
        if guest in place and int(copy[source]) in place
    ]
    pairs, near, crowded, found, searched = _looked_up(points, embedder.floor, couples, step)
    ends = np.sort(at[pairs], axis=1)
    order = np.lexsort((ends[:, 1], ends[:, 0]))
    turns = np.bincount(read.row[: corpus.members])
    return Candidates(
        left=ends[order, 0],
        right=ends[order, 1],
        near=near[order].astype(np.float64).round(6),
        copy=copy,
        vectors=_by_answer(points, at, copy),
        possible=comb(corpus.members, 2) - sum(comb(many, 2) for many in turns.tolist()),
        crowded=crowded,
        planted=len(planted),
        found=found,
        searched=searched,
    )


def _points(corpus: Corpus, read: Asked, at: Ints, count: int, embed: Callable[..., tuple[Floats, Floats]]) -> Points:
    """Embed the answers at these positions, the first `count` of them the set's own."""
    answers = [corpus.answers[n] for n in at.tolist()]
    prompts, said = embed([a.prompt for a in answers], [a.text for a in answers])
    before, _ = embed(read.befores, [])
    width = prompts.shape[1]
    vectors = np.empty((len(at), width + said.shape[1]), dtype=np.int16)
    for part in search.batches(len(at), BATCH):
        vectors[part, :width] = search.steps(prompts[part] * _HALF)
        vectors[part, width:] = search.steps(said[part] * _HALF)
    for n in np.flatnonzero(~vectors[:, :width].any(axis=1)).tolist():
        vectors[n, :width] = _direction(normalise(answers[n].prompt), width)
    return Points(
        count=count,
        asked=width,
        vectors=vectors,
        row=read.row[at],
        text=read.text[at],
        before=read.before[at],
        cluster=corpus.kin.cluster[at[:count]],
        befores=search.steps(before),
    )


def _direction(prompt: str, width: int) -> Steps:
    """A direction of its own for a prompt without a word that counts: equal ones are alike, others are not."""
    drawn = np.frombuffer(bytes.fromhex(digest.of(prompt).rpartition(":")[2]), dtype=np.uint8)
    signs = np.unpackbits(drawn)[:width].astype(np.float32) * 2 - 1
    found = np.zeros(width, dtype=np.float32)
    found[: len(signs)] = signs * _HALF / np.float32(len(signs) ** 0.5)
    return search.steps(found)


def _looked_up(
    points: Points, floor: float, couples: Sequence[tuple[int, int]], step: Callable[[int], None]
) -> tuple[Ints, Floats, int, int, float | None]:
    """
    Look at the set in all ways, one after the other, so that one of them is in memory at a time.

    Returns:
        Shape (pairs, 2), points; shape (pairs,), their inner products; how many more fit; how many of the guests, given
        as (guest, source), would be a pair; and the share that the search finds.
    """
    tally, caught = _Tally(points.count), set[int]()
    wanted = got = 0
    for view in VIEWS:
        finder = Finder(points, floor, view)
        behind = [_NONE]
        for part in search.batches(points.count, BATCH):
            found = finder.seen(np.arange(part.start, part.stop))
            tally.add(found, crowd=view.by == "both")
            behind.append(found.of[finder.short(found)])
            step(len(found.of))
        for found in finder.behind(np.concatenate(behind)):
            tally.add(found, crowd=False)
        caught |= _caught(finder, couples)
        counts = _recalled(finder, points.count)
        wanted, got = wanted + counts[0], got + counts[1]
    pairs, near, crowded = tally.pairs()
    return pairs, near, crowded, len(caught), round(got / wanted, 6) if wanted else None


class _Tally:
    """Pairs of points, gathered from lists."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._chosen, self._left_out, self._near = [_NONE], [_NONE], [np.zeros(0, dtype=np.float32)]

    def add(self, found: Lists, *, crowd: bool) -> None:
        """Take what stands in some lists, and what has no place in them where crowds are counted."""
        of = found.of[:, None]
        keys = np.minimum(found.ids, of) * self._count + np.maximum(found.ids, of)
        self._chosen.append(keys[found.kept])
        self._near.append(found.near[found.kept])
        if crowd:
            self._left_out.append(keys[found.fits & ~found.kept])

    def pairs(self) -> tuple[Ints, Floats, int]:
        """Shape (pairs, 2), points; shape (pairs,), their inner products; and how many more have no place."""
        keys, where = np.unique(np.concatenate(self._chosen), return_index=True)
        others = np.sort(np.concatenate(self._left_out))
        others = others[np.diff(others, prepend=-1) > 0]
        crowded = len(others) - int(np.isin(others, keys, assume_unique=True).sum())
        return np.column_stack(np.divmod(keys, max(1, self._count))), np.concatenate(self._near)[where], crowded


def _caught(finder: Finder, couples: Sequence[tuple[int, int]]) -> set[int]:
    """The guests that have a source in their list, or would stand in a source's."""
    guests, sources = np.array(couples, dtype=np.int64).reshape(-1, 2).T
    theirs = finder.lists(guests)
    caught = (theirs.kept & (theirs.ids == sources[:, None])).any(axis=1)
    caught |= finder.would_hold(sources, guests)
    return set(guests[caught].tolist())


def _recalled(finder: Finder, count: int) -> tuple[int, int]:
    """How many entries exhaustive search puts into the lists of a sample, and how many of them the search finds."""
    sample = np.arange(0, count, max(1, -(-count // _SAMPLE)))
    wanted, got = finder.exhaustive(sample), finder.lists(sample)
    there = (
        np.isin(ids[kept], found[stands]).sum()
        for ids, kept, found, stands in zip(wanted.ids, wanted.kept, got.ids, got.kept, strict=True)
    )
    return int(wanted.kept.sum()), int(sum(there))


def _by_answer(points: Points, at: Ints, copy: Ints) -> NDArray[np.float16]:
    """Vectors by position of the set's own answers; float16 knows every step."""
    place = np.full(len(copy), -1)
    place[at[: points.count]] = np.arange(points.count)
    place = place[copy]
    found = np.zeros((len(copy), points.vectors.shape[1]), dtype=np.float16)
    for part in search.batches(len(copy), BATCH):
        there = np.flatnonzero(place[part] >= 0)
        found[part][there] = points.vectors[place[part][there]] / search.STEPS
    return found
