"""How alike ranked lists are: rank correlation, rows that all or only one of them suspect, flips at the line. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from judge.comparing import Variant

_BAND, _BAND_ROWS = 0.2, 3  # ranks this share of the budget away from its line are near it, and at least so many


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A row that one variant suspects and another does not: its rank under each variant that ranked it."""

    example_id: str
    ranks: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """
    How far the variants' lists agree.

    Attributes:
        shared: rows that all variants read, with the same content.
        apart: rows that only some read, or with other content.
        correlation: by name, Spearman's, of suspicion, mean with the others; NaN where it has no meaning.
        by_all: rows inside the budget of every variant.
        only: by name, ids of rows inside its budget alone, by rank.
        flips: rows inside one budget and ranked outside another.
        near: those of them that stand near the line under every variant that ranked them.
        far: the flip whose ranks lie farthest apart.
    """

    shared: int
    apart: int
    correlation: Mapping[str, float]
    by_all: int
    only: Mapping[str, tuple[str, ...]]
    flips: int
    near: int
    far: Flip | None


def liken(variants: Sequence[Variant]) -> Likeness:
    """Compare the lists on the rows they share. Ids are unique within a variant."""
    frames, apart = _shared(variants)
    names = [v.name for v in variants]
    ranks = pd.DataFrame({n: f["rank"].astype("float64") for n, f in zip(names, frames, strict=True)})
    inside = pd.DataFrame({n: f["within_budget"].astype(bool) for n, f in zip(names, frames, strict=True)})
    suspicion = pd.DataFrame({n: f["suspicion"].astype("float64") for n, f in zip(names, frames, strict=True)})
    ids = ranks.index.to_numpy(dtype=object)
    rank, within = ranks.to_numpy(), inside.to_numpy()
    ranked = ~np.isnan(rank)
    alone = within.sum(axis=1) == 1
    flips = within.any(axis=1) & (ranked & ~within).any(axis=1)
    lines = np.array([v.budget for v in variants], dtype="float64")
    near = (np.abs(rank - lines) <= np.maximum(_BAND * lines, _BAND_ROWS)) | ~ranked
    return Likeness(
        shared=len(ids),
        apart=apart,
        correlation=_correlations(suspicion.where(ranked)),
        by_all=int(within.all(axis=1).sum()) if len(ids) else 0,
        only={name: _first(ids, rank[:, n], alone & within[:, n]) for n, name in enumerate(names)},
        flips=int(flips.sum()),
        near=int((flips & near.all(axis=1)).sum()),
        far=_farthest(ids, rank, flips, names),
    )


def _shared(variants: Sequence[Variant]) -> tuple[list[pd.DataFrame], int]:
    """Each variant's rows that all have, in one order, and how many others there are."""
    first = variants[0]
    if all(v.data == first.data and v.rows.index.equals(first.rows.index) for v in variants):
        return [v.rows for v in variants], 0
    same = pd.concat([v.rows["digest"] for v in variants], axis=1, join="outer")
    kept = same.index[same.notna().all(axis=1) & same.eq(same.iloc[:, 0], axis=0).all(axis=1)]
    return [v.rows.loc[kept] for v in variants], len(same) - len(kept)


def _correlations(suspicion: pd.DataFrame) -> dict[str, float]:
    """
    Mean of Spearman's correlations with the others (Spearman, 1904), ties at their mean rank.

    Each over the rows that both ranked; a list without any order has none.
    """
    matrix = suspicion.corr(method="spearman").to_numpy(copy=True)
    np.fill_diagonal(matrix, np.nan)
    means = {}
    for name, line in zip(suspicion.columns, matrix, strict=True):
        known = line[~np.isnan(line)]
        means[str(name)] = float(known.mean()) if len(known) else float("nan")
    return means


def _first(ids: np.ndarray, rank: np.ndarray, chosen: np.ndarray) -> tuple[str, ...]:
    places = np.flatnonzero(chosen)
    return tuple(str(ids[n]) for n in places[np.argsort(rank[places], kind="stable")])


def _farthest(ids: np.ndarray, rank: np.ndarray, flips: np.ndarray, names: Sequence[str]) -> Flip | None:
    places = np.flatnonzero(flips)
    if not len(places):
        return None
    spread = np.nanmax(rank[places], axis=1) - np.nanmin(rank[places], axis=1)
    place = places[int(np.argmax(spread))]
    ranks = {name: int(r) for name, r in zip(names, rank[place], strict=True) if not np.isnan(r)}
    return Flip(example_id=str(ids[place]), ranks=ranks)
