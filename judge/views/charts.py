"""The figures of a report as numbers: scores by rubric and source, suspicion down the list, planted recall. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from judge.figures import Bar, Bars, Curve, Figure, Filter, Matrix, Part, Scale
from judge.text import counted
from judge.views import text
from judge.views.lines import KINDS
from judge.views.recall import listed, percent, planted, spaced

SOURCES = 6  # shown by themselves; what is left of them stands together
REASONS = 8  # shown of a list that nobody graded
POINTS = 300  # of a curve, at most about so many
_SCORE = ".score"
_SURE = 0.45  # from a level on to where the next one begins, as scores are shown with one decimal
_INSIDE = "share of the rows inside the review budget"
_NAME = 140  # characters of a name, cut as the list cuts it


def figures(manifest: Mapping[str, Any], table: pd.DataFrame, lines: Iterable[Mapping[str, Any]]) -> tuple[Figure, ...]:
    """
    Give the figures of one run, in the order of the page; those with nothing to show are left out.

    Args:
        manifest: the run's.
        table: its `examples.parquet`.
        lines: objects of `suspects.jsonl`; those inside the review budget, at least. Read where nobody judged.

    Returns:
        `scores` (`reasons` where no row has a score), `curve` (of a list of two rows or more), and `planted` (with a
        self-test).
    """
    first = scores(table, scales(manifest)) or reasons(table, lines)
    return tuple(one for one in (first, curve(table), planted(manifest)) if one)


def scales(manifest: Mapping[str, Any]) -> dict[str, Scale]:
    """By rubric, how many levels it has, as the run's configuration says."""
    rubrics = manifest.get("config", {}).get("rubrics") or {}
    return {str(name): Scale(levels=len(one["levels"])) for name, one in rubrics.items()}


def scores(table: pd.DataFrame, scales: Mapping[str, Scale]) -> Figure | None:
    """Share of rows at each level, by rubric and source; None where no row has a score."""
    rubrics = [str(c).removesuffix(_SCORE) for c in table.columns if str(c).endswith(_SCORE)]
    by = [scales.get(name, Scale()) for name in rubrics]
    levels = {
        name: levels_of(table[f"{name}{_SCORE}"].to_numpy(dtype="float64"), scale.levels)
        for name, scale in zip(rubrics, by, strict=True)
    }
    graded = np.any([level > 0 for level in levels.values()], axis=0) if levels else np.zeros(len(table), bool)
    if not graded.any():
        return None
    lines, cells = [], []
    for label, rows, only in _parts(table["source"].to_numpy(dtype=object)):
        lines.append((label, int(rows.sum())))
        cells.append(
            [
                _pieces(name, np.bincount(level[rows], minlength=scale.levels + 1)[1:], only)
                for (name, level), scale in zip(levels.items(), by, strict=True)
            ]
        )
    most = max(scale.levels for scale in by)
    return Figure(
        id="scores",
        title="Scores by rubric" + (" and source" if len(lines) > 1 else ""),
        says=_scores_say(list(zip(rubrics, by, strict=True)), lines, cells, int((~graded).sum())),
        head=["rows of", "rubric", "graded", *(f"level {n}" for n in range(1, most + 1)), "graded low", "share"],
        rows=[
            [label, name, sum(counts), *counts, *[None] * (most - len(counts)), scale.told, percent(_low(cell, scale))]
            for (label, _), line in zip(lines, cells, strict=True)
            for name, scale, cell in zip(rubrics, by, line, strict=True)
            for counts in [[part.count for part in cell]]
        ],
        form=Matrix(columns=rubrics, scales=by, lines=lines, cells=cells),
    )


def levels_of(values: np.ndarray, levels: int) -> np.ndarray:
    """
    The level of each score, from 1 (the worst); 0 where there is no score.

    It is that of the score as the list shows it, with one decimal, halves going up, so that both count alike.
    """
    edges = [
        n + _SURE if round(n + _SURE, 1) >= n + 0.5 else math.nextafter(n + _SURE, math.inf) for n in range(1, levels)
    ]
    found: np.ndarray = np.searchsorted(edges, values, side="right") + 1
    return np.where(np.isnan(values), 0, found)


def _parts(sources: np.ndarray) -> Iterable[tuple[str, np.ndarray, Filter | None]]:
    """All rows, the largest sources, and the rest of them; by which filter a click shows them, None where by none."""
    yield "all rows", np.ones(len(sources), bool), {}
    counts = Counter(sources.tolist())
    if len(counts) < 2:  # noqa: PLR2004 - one source is all rows
        return
    order = sorted(counts, key=lambda name: (-counts[name], name))
    largest = order if len(order) <= SOURCES + 1 else order[:SOURCES]  # the rest is more than one
    for name in largest:
        yield _source(name), sources == name, {"source": _source(name)}
    if rest := len(order) - len(largest):
        yield f"{rest:,} other sources", ~np.isin(sources, np.array(largest, dtype=object)), None


def _pieces(rubric: str, counts: np.ndarray, only: Filter | None) -> list[Part]:
    made = []
    for level, count in enumerate(counts.tolist(), start=1):
        chosen = None if only is None else {"rubric": rubric, "level": level, **only}
        made.append(Part(level=level, count=count, filter=chosen))
    return made


def _low(cell: Sequence[Part], scale: Scale) -> float:
    """Share of the low levels in all."""
    of = sum(part.count for part in cell)
    return sum(part.count for part in cell if part.level <= scale.low) / of if of else 0.0


def _scores_say(
    rubrics: Sequence[tuple[str, Scale]],
    lines: Sequence[tuple[str, int]],
    cells: Sequence[Sequence[Sequence[Part]]],
    left: int,
) -> str:
    alike = len({scale.levels for _, scale in rubrics}) == 1
    each = [
        f"{name} {percent(_low(cell, scale))}{'' if alike else f' ({scale.told})'}"
        for (name, scale), cell in zip(rubrics, cells[0], strict=True)
    ]
    low = rubrics[0][1].told if alike else "low, in the lower 40 % of the scale"
    said = f"Graded {low}: {', '.join(each)} of {counted(lines[0][1] - left, 'row')} with a score"
    shares = [
        (_low(cell, scale), name, label)
        for (label, _), line in zip(lines[1:], cells[1:], strict=True)
        for (name, scale), cell in zip(rubrics, line, strict=True)
    ]
    if shares and max(shares)[0] > 0:
        share, name, label = max(shares)
        said += f"; most in {label}, {name} {percent(share)}"
    return said + (f". {counted(left, 'row')} {'has' if left == 1 else 'have'} no score." if left else ".")


def reasons(table: pd.DataFrame, lines: Iterable[Mapping[str, Any]]) -> Figure | None:
    """Where the rows inside the review budget come from and what speaks against them; None where there are none."""
    inside = table["within_budget"].to_numpy(dtype=bool)
    budget = int(inside.sum())
    if not budget:
        return None
    sources = [
        Bar(
            label=label,
            count=int((rows & inside).sum()),
            of=int(rows.sum()),
            filter=None if only is None else {**only, "inside": True},
        )
        for label, rows, only in _parts(table["source"].to_numpy(dtype=object))
    ]
    names = Counter(chain.from_iterable(_names(line) for line in lines if line["within_budget"]))
    most = sorted(names, key=lambda pair: (-names[pair], pair))[:REASONS]
    spoken = [
        Bar(label=spaced(name), count=names[key, name], of=budget, filter={key: name, "inside": True})
        for key, name in most
    ]
    said = f"No judge scored these rows: {counted(budget, 'row')} of {len(table):,} lie inside the review budget"
    if len(sources) > 1:
        worst = max(sources[1:], key=lambda bar: bar.share)
        said += f", most of {worst.label}, {worst.count:,} of its {worst.of:,}"
    if spoken:
        said += f"; what speaks most against them: {listed([f'{bar.label} ({bar.count:,})' for bar in spoken[:3]])}"
    return Figure(
        id="reasons",
        title="Where the suspects are (no judge scored these rows)",
        says=f"{said}.",
        head=["rows", "inside the budget", "of", "share"],
        rows=[[bar.label, bar.count, bar.of, percent(bar.share)] for bar in (*sources, *spoken)],
        form=Bars(blocks=[(_INSIDE, sources), *([("reasons of the rows inside it", spoken)] if spoken else [])]),
    )


def _names(line: Mapping[str, Any]) -> set[tuple[str, str]]:
    """What a row's reasons are called, and by which filter the list shows them: contradictions go by their kind."""
    return {
        ("kind", KINDS[one["kind"]]) if one["kind"] in KINDS else ("reason", text.line(one["name"], _NAME))
        for one in line["reasons"]
    }


def curve(table: pd.DataFrame) -> Figure | None:
    """Suspicion, and probability where it was calibrated, by rank; None of fewer than two ranked rows."""
    ranked = table[table["rank"].notna()].sort_values("rank")
    if len(ranked) < 2:  # noqa: PLR2004
        return None
    suspicion = ranked["suspicion"].to_numpy(dtype="float64")
    nowhere = pd.Series(math.nan, index=ranked.index)  # runs of older versions have no such column
    probability = ranked.get("probability", nowhere).to_numpy(dtype="float64")
    inside = ranked["within_budget"].to_numpy(dtype=bool)
    many, cut = int(inside.sum()), int(np.flatnonzero(inside)[-1]) + 1 if inside.any() else 0
    places = chosen(suspicion, cut)
    points = [
        (n + 1, float(suspicion[n]), None if math.isnan(probability[n]) else float(probability[n]))
        for n in places.tolist()
    ]
    calibrated = not np.isnan(probability).all()
    said = f"Suspicion falls from {suspicion[0]:.2f} at the top"
    if cut:
        last = "the last" if many == cut else f"the last of the {many:,}"
        said += f" to {suspicion[cut - 1]:.2f} at rank {cut:,}, {last} inside the review budget, and"
    said += f" to {suspicion[len(ranked) // 2]:.2f} in the middle of the {len(ranked):,} ranked rows"
    if calibrated:
        mean = float(np.nanmean(probability[inside])) if cut else float(probability[0])
        said += f"; by people's decisions, {percent(mean)} of the rows inside the budget are to be removed"
    return Figure(
        id="curve",
        title="Suspicion down the list",
        says=f"{said}.",
        head=["rank", "suspicion", *(["probability"] if calibrated else [])],
        rows=[
            [n + 1, *(_rounded(float(v[n])) for v in ((suspicion, probability) if calibrated else (suspicion,)))]
            for n in _told(len(ranked), cut)
        ],
        form=Curve(points=points, cut=cut, inside=many, ranked=len(ranked)),
    )


def chosen(values: np.ndarray, cut: int) -> np.ndarray:
    """
    Places of a falling curve that show it on a logarithmic axis: at most about `POINTS`.

    First, last, both sides of the cut and of the largest steps, and the others evenly by the logarithm of their rank.
    """
    last = len(values) - 1
    evenly = np.unique(np.round(np.geomspace(1, last + 1, POINTS * 2 // 3)).astype(int)) - 1
    steps = np.argsort(np.diff(values), kind="stable")[: POINTS // 6]
    ends = np.array([0, max(cut - 1, 0), min(cut, last), last])
    return np.unique(np.concatenate([evenly, steps, steps + 1, ends]))


def _told(ranked: int, cut: int) -> list[int]:
    """Places that the table tells of: 1, 2, 5, 10 and so on, the cut and the end."""
    steps = [n * 10**power for power in range(len(str(ranked))) for n in (1, 2, 5)]
    return sorted({n - 1 for n in (*steps, cut, cut + 1, ranked) if 1 <= n <= ranked})


def _source(name: str) -> str:
    """As the list calls it."""
    return text.line(name, _NAME)


def _rounded(value: float) -> float:
    return round(value, 4)
