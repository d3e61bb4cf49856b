"""The figures of a report: their numbers, one by one, and what is drawn of them, which must stay inert in any page."""

import json
import math
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import judge.report
from judge.figures import LEVELS, SHADES, Bars, Curve, Figure, Intervals, Matrix, Scale
from judge.rates import wilson
from judge.report import drawing, svg
from judge.views import charts

HOSTILE = '"><script>alert(1)</script>$x_1^\x00\u202e\ufffe{%20%} 名前'
SVG = "{http://www.w3.org/2000/svg}"


def table(**columns: Any) -> pd.DataFrame:
    """As examples.parquet; rows are ranked as they come, the first two inside the budget."""
    rows = len(next(iter(columns.values())))
    told: dict[str, Any] = {
        "source": ["crm"] * rows,
        "rank": pd.array(list(range(1, rows + 1)), dtype="Int64"),
        "suspicion": np.linspace(0.9, 0.1, rows),
        "probability": [math.nan] * rows,
        "within_budget": [n < 2 for n in range(rows)],
    }
    return pd.DataFrame({**told, **columns}, index=[f"r{n}" for n in range(rows)])


def selftest(**found: dict[str, int]) -> dict[str, Any]:
    """A manifest with a self-test: kind -> reader -> copies caught of ten."""

    def share(n: int, of: int) -> dict[str, Any]:
        s = wilson(n, of)
        return {"found": s.found, "of": s.of, "low": s.low, "high": s.high}

    readers = list(next(iter(found.values())))
    pooled = {r: share(sum(kind[r] for kind in found.values()), 10 * len(found)) for r in readers}
    kinds = {name: {r: share(n, 10) for r, n in kind.items()} for name, kind in found.items()}
    return {"selftest": {"copies": 10 * len(found), "kinds": kinds, "all": pooled}}


def reason(name: str, kind: str = "signal") -> dict[str, str]:
    """A reason, as a line of suspects.jsonl has it."""
    return {"kind": kind, "name": name}


@pytest.fixture(scope="module")
def figures() -> tuple[Figure, ...]:
    """All four, of rows whose names are hostile."""
    many = table(
        source=[HOSTILE, "crm", "crm", *(f"s{n}" for n in range(9))],
        **{f"{HOSTILE}.score": [1.0, 2.0, 5.0] * 4, "tone.score": [math.nan, *[4.4] * 11]},
        probability=[0.5] * 12,
    )
    lines = [{"within_budget": True, "reasons": [reason(HOSTILE), reason("fact", "pair")]}]
    found = charts.figures(selftest(**{f"{HOSTILE}\ud83d": {"judge": 1, "findings": 2, "fused": 3}}), many, lines)
    return (*found, *filter(None, [charts.reasons(many, lines)]))


def test_scores_are_counted_by_rubric_source_and_level() -> None:
    """Each rubric's levels for all rows and each source, largest source first; a click shows just these rows."""
    rows = table(source=["b", "a", "a", "a"], **{"tone.score": [1.2, 2.4, 4.96, math.nan], "format.score": [5.0] * 4})
    (figure, *_) = charts.figures({}, rows, [])
    assert isinstance(figure.form, Matrix)
    assert (figure.id, list(figure.form.columns)) == ("scores", ["tone", "format"])
    assert figure.form.lines == [("all rows", 4), ("a", 3), ("b", 1)]
    tone = [[part.count for part in line[0]] for line in figure.form.cells]
    assert tone == [[1, 1, 0, 0, 1], [0, 1, 0, 0, 1], [1, 0, 0, 0, 0]]
    assert figure.form.cells[0][0][1].filter == {"rubric": "tone", "level": 2}
    assert figure.form.cells[2][0][0].filter == {"rubric": "tone", "level": 1, "source": "b"}
    assert figure.rows[0] == ["all rows", "tone", 3, 1, 1, 0, 0, 1, "1-2 of 5", "67 %"]
    assert figure.says == "Graded 1-2 of 5: tone 67 %, format 0 % of 4 rows with a score; most in b, tone 100 %."


def test_small_sources_stand_together() -> None:
    """Six sources by themselves, the rest as one, whose parts no click can show; seven are all shown."""
    for number, told in ((7, 7), (9, 7)):
        names = [name for n in range(number) for name in [f"s{n}"] * (number - n)]
        form = charts.figures({}, table(source=names, **{"tone.score": [3.0] * len(names)}), [])[0].form
        assert isinstance(form, Matrix)
        assert len(form.lines) == 1 + told
        assert sum(rows for _, rows in form.lines[1:]) == len(names)
    assert form.lines[-1] == ("3 other sources", 6)
    assert {part.filter for part in form.cells[-1][0]} == {None}


GRADES = [f"{n}.{m}5" for n in range(1, 12) for m in range(10)]  # of which the rounding is all that matters


@given(
    st.integers(2, 12),
    st.lists(st.floats(1, 12) | st.sampled_from(GRADES).map(float) | st.just(math.nan), min_size=1),
)
def test_a_level_is_that_of_the_score_as_the_list_shows_it(levels: int, scores: list[float]) -> None:
    """Halves go up, after rounding to one decimal; no score has no level; none is beyond the scale."""
    expected = [0 if math.isnan(s) else min(levels, math.floor(round(s, 1) + 0.5)) for s in scores]
    assert charts.levels_of(np.array(scores), levels).tolist() == expected


def config(**levels: int) -> dict[str, Any]:
    """A manifest whose rubrics have so many levels."""
    rubrics = {name: {"levels": {str(n + 1): "x" for n in range(many)}} for name, many in levels.items()}
    return {"config": {"rubrics": rubrics}}


def test_every_rubric_has_its_own_scale() -> None:
    """Of ten levels each is counted by itself; low is the lower 40 % of a scale, and which that is, is said."""
    told = config(ten=10, two=2, five=5)
    rows = table(
        **{"ten.score": [1.0, 5.0, 6.0, 10.0], "two.score": [1.0, 2.0, 2.0, 2.0], "five.score": [2.0, 3.0, 5.0, 5.0]}
    )
    figure, *_ = charts.figures(told, rows, [])
    assert isinstance(figure.form, Matrix)
    counts = [[part.count for part in cell] for cell in figure.form.cells[0]]
    assert counts == [[1, 0, 0, 0, 1, 1, 0, 0, 0, 1], [1, 3], [0, 1, 1, 0, 2]]
    assert figure.form.cells[0][0][9].filter == {"rubric": "ten", "level": 10}
    assert [row[-2:] for row in figure.rows] == [["1-4 of 10", "25 %"], ["1 of 2", "25 %"], ["1-2 of 5", "25 %"]]
    assert all(len(row) == len(figure.head) for row in figure.rows)
    assert figure.says == (
        "Graded low, in the lower 40 % of the scale: ten 25 % (1-4 of 10), two 25 % (1 of 2), five 25 % (1-2 of 5)"
        " of 4 rows with a score."
    )
    svg = drawing.chart(figure)["svg"]
    assert all(said in svg for said in (">1-4 of 10<", ">1 of 2<", ">1-2 of 5<", "two, all rows: 3 of 4 graded 2 of 2"))
    alone, *_ = charts.figures(config(two=2), rows[["two.score", *rows.columns[:5]]], [])
    assert alone.says == "Graded 1 of 2: two 25 % of 4 rows with a score."
    assert "beside each bar: share graded 1 of 2" in drawing.chart(alone)["svg"]


@given(st.integers(2, 40))
def test_colours_run_from_the_worst_to_the_best_level(levels: int) -> None:
    """Ends have the ends whatever the scale, no two levels of a short scale look alike, and low is at most 40 %."""
    scale = Scale(levels=levels)
    shades = [scale.shade(level) for level in range(1, levels + 1)]
    assert (shades[0], shades[-1], shades) == (1, SHADES, sorted(shades))
    assert len(set(shades)) == levels or levels > SHADES
    assert scale.low == 1 or scale.low / levels <= 0.4


@given(st.lists(st.floats(1, 5) | st.just(math.nan), min_size=2, max_size=30), st.data())
def test_no_row_is_lost_between_levels_and_sources(scores: list[float], data: st.DataObject) -> None:
    """Of every rubric, counts by level come to the rows with a score, and those of the sources to those of all."""
    sources = data.draw(st.lists(st.sampled_from("abcdefghij"), min_size=len(scores), max_size=len(scores)))
    figure = charts.scores(table(source=sources, **{"x.score": scores}), {})
    graded = sum(not math.isnan(s) for s in scores)
    if figure is None:
        assert graded == 0
        return
    assert isinstance(figure.form, Matrix)
    first, *others = [[part.count for part in line[0]] for line in figure.form.cells]
    assert sum(first) == graded
    assert not others or np.sum(others, axis=0).tolist() == first


@given(st.lists(st.floats(0, 1), min_size=2, max_size=3000), st.data())
def test_a_curve_keeps_its_ends_its_cut_and_its_largest_step(values: list[float], data: st.DataObject) -> None:
    """However long the list, few points are drawn, and these are among them."""
    fall = np.sort(np.array(values))[::-1]
    cut = data.draw(st.integers(0, len(fall)))
    places = charts.chosen(fall, cut).tolist()
    step = int(np.argmin(np.diff(fall)))
    assert {0, len(fall) - 1, max(cut - 1, 0), min(cut, len(fall) - 1), step, step + 1} <= set(places)
    assert places == sorted(set(places))
    assert len(places) <= charts.POINTS + 4


def test_a_curve_tells_where_the_budget_ends() -> None:
    """By rank, whatever the order of the table; with probabilities where there are some, without in older runs."""
    rows = table(suspicion=[0.9, 0.8, 0.4, 0.1]).iloc[::-1]
    figure = charts.curve(rows)
    assert figure is not None
    assert isinstance(figure.form, Curve)
    assert figure.form.points == [(1, 0.9, None), (2, 0.8, None), (3, 0.4, None), (4, 0.1, None)]
    assert (figure.form.cut, figure.form.ranked) == (2, 4)
    assert "to 0.80 at rank 2, the last inside the review budget" in figure.says
    assert charts.curve(rows.drop(columns="probability")) == figure
    copies = charts.curve(table(suspicion=[0.9, 0.8, 0.4, 0.1], within_budget=[True, False, True, False]))
    assert copies is not None
    assert isinstance(copies.form, Curve)
    assert (copies.form.cut, copies.form.inside) == (3, 2)
    assert "to 0.40 at rank 3, the last of the 2 inside the review budget" in copies.says
    assert "review budget: 2 rows to rank 3, down to 0.40" in drawing.chart(copies)["svg"]
    told = charts.curve(table(suspicion=[0.9, 0.8], probability=[0.5, 0.25]))
    assert told is not None
    assert told.rows == [[1, 0.9, 0.5], [2, 0.8, 0.25]]
    assert told.says.endswith("by people's decisions, 38 % of the rows inside the budget are to be removed.")
    assert charts.curve(rows.iloc[:1]) is None


def test_without_a_judge_the_suspects_are_told_by_source_and_reason() -> None:
    """Shares inside the review budget, and the reasons of those rows; a contradiction goes by its kind."""
    lines = [
        {"within_budget": True, "reasons": [reason("placeholder"), reason("fact", "pair"), reason("policy", "pair")]},
        {"within_budget": True, "reasons": [reason("placeholder")]},
        {"within_budget": False, "reasons": [reason("length")]},
    ]
    rows = table(source=["a", "b", "b", "b"], **{"tone.score": [math.nan] * 4})
    figure, *_ = charts.figures({}, rows, lines)
    assert isinstance(figure.form, Bars)
    (_, sources), (_, reasons) = figure.form.blocks
    assert [(bar.label, bar.count, bar.of) for bar in sources] == [("all rows", 2, 4), ("b", 1, 3), ("a", 1, 1)]
    assert sources[1].filter == {"source": "b", "inside": True}
    assert [(bar.label, bar.count, bar.filter) for bar in reasons] == [
        ("placeholder", 2, {"reason": "placeholder", "inside": True}),
        ("contradiction", 1, {"kind": "contradiction", "inside": True}),
    ]
    assert figure.says.startswith("No judge scored these rows: 2 rows of 4 lie inside the review budget, most of a, 1")


def test_planted_recall_is_sorted_by_what_the_list_catches() -> None:
    """All kinds first, then the best caught; list, findings and judge side by side, with their intervals."""
    manifest = selftest(
        cut_off={"judge": 9, "findings": 1, "fused": 2}, off_tone={"judge": 0, "findings": 7, "fused": 8}
    )
    figure = charts.planted(manifest)
    assert figure is not None
    assert isinstance(figure.form, Intervals)
    assert [kind for kind, _ in figure.form.lines] == ["all kinds", "off tone", "cut off"]
    assert list(figure.form.series) == ["the list", "findings alone", "the judge alone"]
    assert figure.rows[1][:5] == ["off tone", 10, "80 %", "49 %", "94 %"]
    assert figure.says == (
        "The list caught 10 of 20 planted defects, 50 % (95 % interval 30 % to 70 %); findings alone 8 and the judge"
        " alone 9. Best is off tone 8 of 10, worst cut off 2 of 10."
    )
    alone = charts.planted(selftest(cut_off={"findings": 1}))
    assert alone is not None
    assert alone.says.startswith("The list caught 1 of 10 planted defects")
    for nothing in ({}, {"selftest": None}, {"selftest": {"copies": 0, "kinds": {}, "all": {}}}):
        assert charts.planted(nothing) is None


def test_what_is_drawn_is_inert(figures: tuple[Figure, ...]) -> None:
    """Hostile names are text; no style, no reference, no handler, and no id twice on a page."""
    drawn = [drawing.chart(figure) for figure in figures]
    assert [one["id"] for one in drawn] == ["scores", "curve", "planted", "reasons"]
    ids: list[str] = []
    for one in drawn:
        root = ET.fromstring(one["svg"])  # noqa: S314 - our own
        ids += [e.attrib["id"] for e in root.iter() if "id" in e.attrib]
        assert {e.tag.removeprefix(SVG) for e in root.iter()} <= {"svg", "title", "desc", "path", "text"}
        names = {name for e in root.iter() for name in e.attrib}
        assert "style" not in names
        assert not [name for name in names if name.startswith("on") or name.endswith("href")]
        assert "url(" not in one["svg"]
        assert "<script" not in one["svg"]
        assert {"viewBox", "role", "aria-labelledby"} <= set(root.attrib)
        assert {"width", "height"}.isdisjoint(root.attrib)
    assert len(ids) == len(set(ids)) == 2 * len(drawn)
    whole = "".join(one["svg"] for one in drawn)
    assert "&lt;script&gt;alert(1)" in whole
    assert not re.search("[\x00-\x08\u202e\ud800-\udfff\ufffe\uffff]", whole)


def test_what_can_be_clicked_says_so(figures: tuple[Figure, ...]) -> None:
    """Each part that filters is a button with a name, which the keyboard reaches, and its filter is JSON."""
    parts = [
        element
        for figure in figures
        for element in ET.fromstring(drawing.chart(figure)["svg"]).iter()  # noqa: S314 - our own
        if "data-filter" in element.attrib
    ]
    assert len(parts) > 20
    for part in parts:
        assert isinstance(json.loads(part.attrib["data-filter"]), dict)
        assert (part.attrib["role"], part.attrib["tabindex"]) == ("button", "0")
        assert part.findtext(f"{SVG}title")


def test_a_figure_has_the_same_bytes_each_time(figures: tuple[Figure, ...]) -> None:
    """As every other file of a run."""
    for figure in figures:
        assert drawing.chart(figure) == drawing.chart(figure)


def test_every_bar_is_as_long_as_its_share() -> None:
    """Of ten rows at level 1 and thirty at level 5, the first piece is a third of the second."""
    rows = table(**{"tone.score": [1.0] * 10 + [5.0] * 30})
    root = ET.fromstring(drawing.chart(charts.figures({}, rows, [])[0])["svg"])  # noqa: S314 - our own
    widths = []
    for part in (e for e in root.iter() if "data-filter" in e.attrib):
        across = [float(x) for x in re.findall(r"[ML] ([\d.]+) [\d.]+", part.attrib["d"])]
        widths.append(max(across) - min(across))
    assert widths[1] == pytest.approx(3 * (widths[0] + 1), abs=0.1)  # a pixel stands between them


def test_colours_are_all_themed() -> None:
    """A class that a figure may have is tied to a variable, and what is defined for light is defined for dark, too."""
    css = (Path(judge.report.__file__).parent / "page" / "figures.css").read_text(encoding="utf-8")
    assert [c for c in svg.COLOURS if f".fill-{c} {{" not in css] == []
    assert [c for c in svg.COLOURS if c.startswith("series") and f".line-{c} {{" not in css] == []
    for level in range(1, LEVELS + 1):
        assert css.count(f"  --level-{level}:") == 2  # light and dark: theme.js says which, also what the system has
