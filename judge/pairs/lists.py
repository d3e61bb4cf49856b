"""
Each answer's lists of those that were asked the same: the nearest by prompt and answer, by answer, and by prompt.

The first finds questions in other words. But among a thousand rows of one intent, many are nearer than the one that
says the same but for a number, to a prompt that shares no word, and many nearer than the one that was asked just this
and says something else altogether. The other two lists are for these.

Where half of a set gives one canned answer and half another, the nearest of each are of its own half. So an answer
stands in a list only if fewer than four nearer ones say nearly the same as it does; and where all that are looked at
are used up that way, a thinned set is looked at too, in which no cluster of near-duplicates has more than eight.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from judge.corpus.tokens import Flags, Ints
from judge.pairs import search
from judge.pairs.search import Floats, Steps

ALIKE = 4  # answers in a list that say nearly the same
KEPT = 8  # answers of one cluster in the thinned set
_SAME = 16  # answers with one vector that are looked for
_SEEN = 64  # nearest that are looked at
_EVERY = 256  # the same where the search itself is put to the test
_FEW = 4  # of them that are enough where one is wanted
_FIRST = 24  # of the nearest that mostly fill a list
_ALIKE = 0.8  # cosine from which two answers say nearly the same
_FITS = 0.6  # cosine from which two rows go on from the same
_GATHERED = 1 << 14  # vectors taken together at a time
_TOGETHER = 512  # lists made together
BATCH = 4_096  # lists that are best asked for at a time
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """
    By what answers are near each other.

    Attributes:
        by: `both`, `said` (the answers alone), or `asked` (the prompts alone, and what came before).
        places: in a list.
        probed: inverted lists that are looked through in sets that are too large for all.
    """

    by: Literal["both", "said", "asked"]
    places: int
    probed: int


VIEWS = (
    View(by="both", places=10, probed=32),
    View(by="said", places=1, probed=8),
    View(by="asked", places=1, probed=8),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """
    Distinct answers, in the order of their contents' digests; guests, which are only asked about, follow.

    Attributes:
        count: how many are no guests.
        asked: how many of the dimensions are the prompt's.
        vectors: shape (points, dims), prompt and answer together, in steps.
        row, text, before: shape (points,), see `asked`.
        cluster: shape (count,), equal for near-duplicate answers.
        befores: shape (befores, dims), vectors of what came before, in steps.
    """

    count: int
    asked: int
    vectors: Steps
    row: Ints
    text: Ints
    before: Ints
    cluster: Ints
    befores: Steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """
    Lists of some points by one view.

    Attributes:
        of: shape (lists,), the points whose they are.
        ids: shape (lists, seen), other points, nearest first, equal ones by digest; -1 where there are no more.
        order: shape (lists, seen), how near by this view.
        near: shape (lists, seen), how near by prompt and answer together.
        fits: shape (lists, seen), which of them were asked the same and say something else.
        kept: shape (lists, seen), which of these stand in the list.
    """

    of: Ints
    ids: Ints
    order: Floats
    near: Floats
    fits: Flags
    kept: Flags


class Finder:
    """Makes the lists of one view. What is looked at is prepared when first needed."""

    def __init__(self, points: Points, floor: float, view: View) -> None:
        self._points = points
        self._floor = floor
        self._view = view
        self._vectors, self._unseen = _seen(points, view)
        self._adds = self._unseen.shape[1] < points.vectors.shape[1]
        own = np.arange(points.count)
        differ = _earlier(_hash(self._vectors[: points.count])) < _SAME
        self._whole = search.Index(self._vectors, own[differ], probed=view.probed)
        thin = _earlier(points.cluster) < KEPT
        self._thin = own[thin] if view.by == "both" and not thin.all() else own[:0]

    def lists(self, of: Ints) -> Lists:
        """Lists of any points."""
        found = self.seen(of)
        places = np.flatnonzero(self.short(found))
        for part, more in zip(search.batches(len(places), BATCH), self.behind(of[places]), strict=True):
            found = _merged(found, more, places[part])
        return found

    def seen(self, of: Ints) -> Lists:
        """Lists from the nearest alone."""
        return self._judged(of, *self._whole.find(of, _SEEN))

    def short(self, found: Lists) -> Flags:
        """Shape (lists,): whether all that was seen is used up, and more may lie behind it."""
        short: Flags = (found.kept.sum(axis=1) < self._view.places) & (found.order[:, -1] >= self._floor)
        return short if len(self._thin) else np.zeros_like(short)

    def behind(self, of: Ints) -> Iterator[Lists]:
        """Lists from the nearest and from the thinned set, some thousand at a time."""
        if not len(of):
            return
        thin = search.Index(self._vectors, self._thin, probed=self._view.probed, queries=len(of))
        for part in search.batches(len(of), BATCH):
            found, (order, ids) = self.seen(of[part]), thin.find(of[part], _SEEN)
            again = np.array([np.isin(one, two) for one, two in zip(ids, found.ids, strict=True)])
            order = np.hstack([found.order, np.where(again, np.float32(-np.inf), order)])
            ids = np.hstack([found.ids, np.where(again, -1, ids)])
            yield self._judged(of[part], *_nearest_first(order, ids))

    def exhaustive(self, of: Ints) -> Lists:
        """Lists by looking at all points; what the search is measured by."""
        return self._judged(of, *self._whole.exact(of, _EVERY))

    def would_hold(self, of: Ints, guests: Ints) -> Flags:
        """Shape (lists,): whether the list of each of some points would hold a guest if it were there."""
        found = self.lists(of)
        order = np.hstack([found.order, search.products(self._vectors[of], self._vectors[guests])[:, None]])
        ids = np.hstack([found.ids, guests[:, None]])
        more = self._judged(of, *_nearest_first(order, ids))
        held: Flags = (more.kept & (more.ids == guests[:, None])).any(axis=1)
        return held

    def _judged(self, of: Ints, order: Floats, ids: Ints) -> Lists:
        """As many of the nearest as are needed to fill the lists; all of them where pairs left out are counted."""
        if self._view.by == "both" or ids.shape[1] <= _FEW:
            return self._all_judged(of, order, ids)
        found = self._all_judged(of, order[:, :_FEW], ids[:, :_FEW])
        short = np.flatnonzero(found.kept.sum(axis=1) < self._view.places)
        return _merged(found, self._all_judged(of[short], order[short], ids[short]), short)

    def _all_judged(self, of: Ints, order: Floats, ids: Ints) -> Lists:
        points, near = self._points, order
        fits: Flags = (ids >= 0) & (points.row[ids] != points.row[of][:, None])
        fits &= points.text[ids] != points.text[of][:, None]
        if self._view.by == "both":
            fits &= near >= self._floor
        fits &= self._goes_on(of, ids, fits)
        if self._view.by != "both":
            near = self._together(of, order, ids, fits)
            fits &= near >= self._floor
        if self._view.places <= ALIKE:
            few: Flags = fits & (np.cumsum(fits, axis=1) <= self._view.places)
            return Lists(of=of, ids=ids, order=order, near=near, fits=fits, kept=few)
        return Lists(of=of, ids=ids, order=order, near=near, fits=fits, kept=self._chosen(ids, fits))

    def _chosen(self, ids: Ints, fits: Flags) -> Flags:
        """The first that fit, but those with few nearer ones that say nearly the same; some columns at a time."""
        chosen = np.zeros_like(fits)
        said, least = self._points.vectors[:, self._points.asked :], _ALIKE / 2 * search.STEPS**2
        columns = list(search.batches(ids.shape[1], _FIRST))
        for low, part in enumerate(columns):
            unfilled = (chosen.sum(axis=1) < self._view.places) & fits[:, part].any(axis=1)
            for rows in np.array_split(np.flatnonzero(unfilled), -(-int(unfilled.sum()) // _TOGETHER) or 1):
                ours = said[ids[rows, part]].astype(np.float32)
                crowd = np.zeros(ours.shape[:2], dtype=np.int64)
                for other in columns[: low + 1]:
                    theirs = said[ids[rows, other]].astype(np.float32).transpose(0, 2, 1)
                    alike = (ours @ theirs >= least) & fits[rows, other][:, None]
                    crowd += (np.tril(alike, -1) if other == part else alike).sum(axis=2)
                chosen[rows, part] = fits[rows, part] & (crowd < ALIKE)
        first: Flags = chosen & (np.cumsum(chosen, axis=1) <= self._view.places)
        return first

    def _together(self, of: Ints, order: Floats, ids: Ints, wanted: Flags) -> Floats:
        """How near by prompt and answer together, where that is wanted: what the view has not seen is added."""
        near: Floats = np.full(ids.shape, -np.inf, dtype=np.float32)
        at = np.nonzero(wanted)
        for part in search.batches(len(at[0]), _GATHERED):
            some = (at[0][part], at[1][part])
            near[some] = search.products(self._unseen[of[some[0]]], self._unseen[ids[some]])
        return near + order if self._adds else near

    def _goes_on(self, of: Ints, ids: Ints, asked: Flags) -> Flags:
        """Where two answers came after the same: nothing both, or texts alike."""
        ours, theirs = np.broadcast_to(self._points.before[of][:, None], ids.shape), self._points.before[ids]
        same: Flags = ours == theirs
        at = np.nonzero(asked & ~same & (ours > 0) & (theirs > 0))
        for part in search.batches(len(at[0]), _GATHERED):
            some = (at[0][part], at[1][part])
            same[some] = search.products(self._points.befores[ours[some]], self._points.befores[theirs[some]]) >= _FITS
        return same


def _seen(points: Points, view: View) -> tuple[Steps, Steps]:
    """Shape (points, dims) both, in steps, of length one at most: what a view looks at, and what else there is."""
    asked, said = points.vectors[:, : points.asked], points.vectors[:, points.asked :]
    if view.by == "both":
        return points.vectors, points.vectors[:, :0]
    if view.by == "said":
        return said, asked
    if not points.before.any():
        return asked, said
    found = np.empty((len(asked), points.asked + points.befores.shape[1]), dtype=np.int16)
    for part in search.batches(len(found), _GATHERED):
        found[part, : points.asked] = asked[part]
        found[part, points.asked :] = np.rint(points.befores[points.before[part]] * 0.5**0.5)
    return found, points.vectors


def _nearest_first(order: Floats, ids: Ints) -> tuple[Floats, Ints]:
    by = np.lexsort((ids, -order), axis=1)
    return np.take_along_axis(order, by, axis=1), np.take_along_axis(ids, by, axis=1)


def _merged(found: Lists, more: Lists, where: Ints) -> Lists:
    """Some lists, given by their places, replaced by others that are as long or longer."""
    pad = max(0, more.ids.shape[1] - found.ids.shape[1])
    columns = {}
    for name, nothing in (("ids", -1), ("order", -np.inf), ("near", -np.inf), ("fits", False), ("kept", False)):
        column = np.pad(getattr(found, name), ((0, 0), (0, pad)), constant_values=nothing)
        column[where] = getattr(more, name)
        columns[name] = column
    return Lists(of=found.of, **columns)


def _earlier(labels: NDArray[np.generic]) -> Ints:
    """Shape (labels,): how many equal labels stand before each."""
    order = np.argsort(labels, kind="stable")
    begins = np.flatnonzero(np.diff(labels[order], prepend=labels[order][:1]) != 0) if len(labels) else order
    place = np.arange(len(labels))
    found = np.empty_like(place)
    found[order] = place - np.concatenate([[0], begins])[np.searchsorted(begins, place, side="right")]
    return found


def _hash(vectors: Steps) -> NDArray[np.uint64]:
    """Shape (vectors,): equal for equal vectors."""
    powers = np.cumprod(np.full(vectors.shape[1], _MIX))
    parts = [vectors[part].view(np.uint16).astype(np.uint64) @ powers for part in search.batches(len(vectors), 4_096)]
    return np.concatenate([np.zeros(0, dtype=np.uint64), *parts])
