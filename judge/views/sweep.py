"""What a comparison's page shows: which variant to take, each with its figures, and the rows they part on. Pure."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import isnan
from typing import Any

import pandas as pd

from judge.comparing import Variant, words
from judge.comparing.contest import Contest, Standing
from judge.comparing.labels import shown, telling
from judge.comparing.lists import Likeness, liken
from judge.figures import SERIES, Figure
from judge.reliability import Share
from judge.text import counted
from judge.views import recall, text

ROWS = 500  # that the page lists
_NAME, _VALUE = 140, 300  # characters of a name, and of a setting's value
_NONE = "-"

Cell = dict[str, object]  # `shown`, a `note` beside it, and the `order` by which it sorts (None: at the end)


def content(
    variants: Sequence[Variant],
    contest: Contest,
    likeness: Likeness,
    *,
    settings: Sequence[Mapping[str, object]],
    written: Sequence[str],
    reports: Mapping[str, str],
    left_out: Mapping[str, str],
) -> dict[str, Any]:
    """
    Give all that the page shows but for its figure, as values for its template.

    Args:
        variants: that are compared.
        contest: of their planted copies.
        likeness: of their lists.
        settings: each variant's choices and flattened configuration, in the order of the variants.
        written: when each was.
        reports: by name, where the page of that run's report lies, as a part of a link; only where there is one.
        left_out: folders that were not compared, and why.
    """
    best = drawn(variants, contest)
    cells = [_cells(v, contest.standings.get(v.name), likeness) for v in variants]
    filled = [n for n in range(len(_HEADS)) if any(line[n]["order"] is not None for line in cells)]
    keys = {v.name: n for n, v in enumerate(best, start=1)}
    inside, rows = _rows(best, reports)
    return {
        "title": counted(len(variants), "variant"),
        "of": ", ".join(text.line(name, _NAME) for name in dict.fromkeys(str(one.get("data")) for one in settings)),
        "when": _when(written),
        "headline": headline(contest),
        "says": [text.line(one, 2_000) for one in words.sentences(variants, contest, likeness)],
        "tiles": _tiles(variants, contest, likeness),
        "heads": [_HEADS[n] for n in filled],
        "variants": [
            {
                "name": text.line(v.name, _NAME),
                "settings": text.line(v.settings, _VALUE),
                "folder": text.line(v.folder, _VALUE),
                "model": text.line(v.model, _NAME),
                "report": reports.get(v.name),
                "key": keys.get(v.name),
                "winner": v.name == contest.winner,
                "against": _against(v.name, contest),
                "cells": [line[n] for n in filled],
            }
            for v, line in zip(variants, cells, strict=True)
        ],
        "settings": _settings(variants, settings),
        "names": [text.line(v.name, _NAME) for v in best],
        "pairs": [_pair(left, right) for left, right in combinations(best, 2)],
        "inside": inside,
        "rows": rows,
        "left_out": [[text.line(name, _VALUE), text.line(why, _VALUE)] for name, why in left_out.items()],
    }


def _when(written: Sequence[str]) -> str:
    """The day of the runs, or the first and the last; empty where none tells."""
    days = sorted(text.line(one, _NAME).partition("T")[0] for one in written if one)
    return " to ".join(dict.fromkeys((days[0], days[-1]))) if days else ""


def drawn(variants: Sequence[Variant], contest: Contest) -> list[Variant]:
    """Those that one picture holds: the winner first, then by average precision, then those without a self-test."""

    def worth(v: Variant) -> tuple[bool, float]:
        stand = contest.standings.get(v.name)
        return v.name != contest.winner, -stand.average_precision if stand else 1.0

    return sorted(variants, key=worth)[:SERIES]


def figure(variants: Sequence[Variant], contest: Contest) -> Figure | None:
    """Planted recall by kind and variant, the best variant first; None where none of them has a self-test."""
    tested = [v for v in drawn(variants, contest) if v.name in contest.standings]
    if not tested:
        return None
    stands = [contest.standings[v.name] for v in tested]
    kinds = {kind for stand in stands for kind in stand.kinds}
    first = stands[0].kinds
    order = sorted(kinds, key=lambda kind: (-first[kind].value if kind in first else 1.0, kind))
    lines = [(recall.ALL, [stand.recall for stand in stands])]
    lines += [(recall.spaced(kind), [stand.kinds.get(kind) for stand in stands]) for kind in order]  # type: ignore[misc]
    names = [text.line(v.title, _NAME) for v in tested]
    each = [f"{v.name} {s.recall.found:,} of {s.recall.of:,}" for v, s in zip(tested, stands, strict=True)]
    more = f" (the best {len(tested)} of {len(variants)} variants)" if len(tested) < len(variants) else ""
    says = text.line(f"Planted defects caught: {'; '.join(each)}{more}.", 2_000)
    return recall.intervals("variants", "Planted defects caught, by kind and variant", says, names, lines)


def headline(contest: Contest) -> str:
    """Which variant to take, in a few words."""
    real = [d for d in contest.differences if d.real]
    if not contest.winner:
        return "No winner is named"
    if any(d.value < 0 for d in real):
        return f"{contest.winner} was chosen, and the choice did not hold"
    if not real:
        some = any(d.more + d.less for d in contest.differences)
        return f"{contest.winner} leads by no more than noise" if some else "All variants catch the same"
    others = recall.listed([d.other for d in real])
    return f"{contest.winner} is better than {others if len(real) < len(contest.differences) else 'all others'}"


def _tiles(variants: Sequence[Variant], contest: Contest, likeness: Likeness) -> list[dict[str, str]]:
    stand = contest.standings.get(contest.winner)
    tiles = [{"label": "variants", "value": f"{len(variants):,}", "note": f"{likeness.shared:,} rows in common"}]
    if stand:
        share = stand.recall
        note = f"{contest.winner}: {share.found:,} of {share.of:,}, {_range(share)}"
        tiles.append({"label": "planted defects caught", "value": recall.percent(share.value), "note": note})
    tiles.append({"label": "suspect under all", "value": f"{likeness.by_all:,}", "note": "rows inside every budget"})
    alone = sum(map(len, likeness.only.values()))
    tiles.append({"label": "suspect under one only", "value": f"{alone:,}", "note": "rows inside a single budget"})
    note = f"{likeness.near:,} of them near the line everywhere"
    tiles.append({"label": "rows that flip", "value": f"{likeness.flips:,}", "note": note})
    return tiles


_HEADS = (
    ("planted recall", "share of the planted copies inside the review budget, with its 95 % interval"),
    ("judge alone", "the same by the judge's grades alone"),
    ("false alarms", "share of the copies' sources inside the budget as they are"),
    ("average precision", "of the planted copies among the rows"),
    ("agreement", "Cohen's kappa of the list with people's decisions"),
    ("rank correlation", "Spearman's, mean with the other lists"),
    ("unscored", "rows that could not be judged"),
    ("tokens", "computed for questions that were not answered before"),
    ("seconds", "of the whole run"),
)


def _cells(v: Variant, stand: Standing | None, likeness: Likeness) -> list[Cell]:
    correlation = likeness.correlation[v.name]
    return [
        _share(stand.recall if stand else None),
        _share(stand.judge if stand else None),
        _share(v.false_alarms),
        _number(stand.average_precision if stand else None, 3),
        _number(v.kappa, 2, f"of {v.decided:,}" if v.decided else ""),
        _number(None if isnan(correlation) else correlation, 2),
        {"shown": f"{v.unscored:,}", "note": "", "order": v.unscored},
        {"shown": f"{v.tokens:,}", "note": f"{v.reused:,} reused" if v.reused else "", "order": v.tokens},
        {"shown": f"{v.seconds:,.0f}", "note": "", "order": round(v.seconds, 3)},
    ]


def _share(share: Share | None) -> Cell:
    if share is None or not share.of:
        return _number(None, 2)
    return {"shown": f"{share.value:.2f}", "note": _range(share), "order": round(share.value, 6)}


def _range(share: Share) -> str:
    return f"{share.low:.2f} to {share.high:.2f}"


def _number(value: float | None, digits: int, note: str = "") -> Cell:
    if value is None:
        return {"shown": _NONE, "note": "", "order": None}
    return {"shown": f"{value:.{digits}f}", "note": note, "order": round(value, 6)}


def _against(name: str, contest: Contest) -> Cell:
    """How it does against the winner, in a word, and by how much."""
    if name == contest.winner:
        return {"shown": "chosen", "note": f"on {contest.halves[0]:,} copies, told on {contest.halves[1]:,}"}
    found = next((d for d in contest.differences if d.other == name), None)
    if found is None:
        return {"shown": _NONE, "note": ""}
    word = "worse" if found.value > 0 else "better"
    if not found.real:
        word = "noise" if found.more + found.less else "the same"
    value, low, high = (0 - number for number in (found.value, found.high, found.low))  # of this one less the winner
    return {"shown": word, "note": f"{value:+.2f} ({low:+.2f} to {high:+.2f})"}


def _settings(variants: Sequence[Variant], settings: Sequence[Mapping[str, object]]) -> dict[str, Any]:
    """What the variants differ in, as a table: a line each, a column for each key."""
    keys = telling(settings)
    return {
        "keys": [text.line(key, _NAME) for key in keys],
        "lines": [
            [text.line(v.name, _NAME), *(text.line(shown(one[key]), _VALUE) if key in one else _NONE for key in keys)]
            for v, one in zip(variants, settings, strict=True)
        ],
    }


def _pair(left: Variant, right: Variant) -> dict[str, Any]:
    like = liken([left, right])
    correlation = like.correlation[left.name]
    return {
        "left": text.line(left.name, _NAME),
        "right": text.line(right.name, _NAME),
        "correlation": _number(None if isnan(correlation) else correlation, 3),
        "both": like.by_all,
        "flips": like.flips,
        "near": like.near,
    }


def _rows(variants: Sequence[Variant], reports: Mapping[str, str]) -> tuple[int, list[dict[str, Any]]]:
    """
    Rows of equal content that a variant suspects, by their best rank: how many there are, and the first of them.

    Each with its rank under every variant, so that a reader sees who suspects it and how far it lies from the line.
    """
    ids = list(dict.fromkeys(name for v in variants for name in v.rows.index[v.rows["within_budget"].to_numpy(bool)]))
    held = [v.rows.reindex(ids) for v in variants]
    digests = pd.concat([frame["digest"] for frame in held], axis=1)
    ranks = pd.concat([frame["rank"].astype("Float64") for frame in held], axis=1).to_numpy(
        "float64", na_value=float("nan")
    )
    inside = pd.concat([frame["within_budget"].eq(other=True) for frame in held], axis=1).to_numpy(bool)
    same = digests.notna().all(axis=1) & digests.eq(digests.iloc[:, 0], axis=0).all(axis=1)
    places = [n for n, good in enumerate(same.tolist()) if good]
    places.sort(key=lambda n: (min(r for r in ranks[n].tolist() if not isnan(r)), str(ids[n])))
    links = [reports.get(v.name) for v in variants]
    return len(places), [
        {
            "id": text.line(str(ids[n]), _NAME),
            "by": int(inside[n].sum()),
            "kind": "all" if inside[n].all() else "one" if inside[n].sum() == 1 else "some",
            "flips": bool(any(not isnan(r) and not i for r, i in zip(ranks[n], inside[n], strict=True))),
            "ranks": [
                {"rank": None if isnan(r) else int(r), "inside": bool(i), "report": link}
                for r, i, link in zip(ranks[n], inside[n], links, strict=True)
            ],
        }
        for n in places[:ROWS]
    ]
