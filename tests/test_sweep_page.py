"""The page of a comparison: what it says of the variants, and that it is one file that works without a network."""

from pathlib import Path
from typing import Any

import finished
import pytest
from browser import page

from judge import compare
from judge.figures import Intervals
from judge.views import sweep

HOSTILE = "<img src=x onerror=alert(1)>&#row=1 +%"
ROWS = [HOSTILE, *(f"r{n:02}" for n in range(1, 30))]
WORDINGS = ("standard", "strict", "<b>terse</b>")
NAMES = (*WORDINGS[:2], f"rubric_set={WORDINGS[2]}")  # what is no word has its key before it
CAUGHT = (30, 34, 12)  # of forty copies


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[compare.Comparison, Path]:
    """Three variants that suspect four rows each, two of which have a page of their own."""
    folder = tmp_path_factory.mktemp("sweep %7e")
    for n, (name, caught) in enumerate(zip(WORDINGS, CAUGHT, strict=True)):
        order = [ROWS[0], *ROWS[n + 1 :], *ROWS[1 : n + 1]]
        copies = finished.copies(40, set(range(caught)))
        job = finished.write(folder / str(n), copies, finished.rows(order, budget=4), wording={"rubric_set": name})
        if n < 2:
            (job / "report.html").write_text("<!doctype html>")
    return compare.run([folder], None, lambda _: None), folder


@pytest.fixture(scope="module")
def told(compared: tuple[compare.Comparison, Path]) -> dict[str, Any]:
    """What the page shows."""
    result, _ = compared
    return sweep.content(
        result.variants,
        result.contest,
        result.likeness,
        settings=[{"rubric_set": name, "budget": 0.05, "data": "rows"} for name in WORDINGS],
        written=["2026-01-02T03:04:05Z", "2026-01-01T03:04:05Z", ""],
        reports={"standard": "0/report.html"},
        left_out={"s/9": "it did not end"},
    )


def test_it_says_which_variant_to_take(told: dict[str, Any]) -> None:
    """The winner, each other's distance from it with its interval, and only columns that say something."""
    assert told["headline"] == f"strict is better than {NAMES[2]}"
    assert (told["of"], told["when"]) == ("rows", "2026-01-01 to 2026-01-02")
    against = {v["name"]: v["against"] for v in told["variants"]}
    assert [against[name]["shown"] for name in NAMES] == ["noise", "chosen", "worse"]
    assert against[NAMES[2]]["note"].startswith("-0.")
    heads = [head for head, _ in told["heads"]]
    assert "agreement" not in heads  # nobody has decided
    strict = dict(zip(heads, told["variants"][1]["cells"], strict=True))
    assert (strict["planted recall"]["shown"], strict["planted recall"]["order"]) == ("0.85", 0.85)
    assert told["settings"] == {
        "keys": ["rubric_set"],
        "lines": [list(pair) for pair in zip(NAMES, WORDINGS, strict=True)],
    }


def test_it_shows_on_which_rows_the_variants_part(told: dict[str, Any]) -> None:
    """Every row that one of them suspects, with its rank under each; pairs with the rows that flip between them."""
    rows = {row["id"]: row for row in told["rows"]}
    assert (told["inside"], len(rows)) == (6, 6)
    assert (rows[HOSTILE]["kind"], rows[HOSTILE]["by"], rows[HOSTILE]["flips"]) == ("all", 3, False)
    names = told["names"]
    ranks = dict(zip(names, rows["r01"]["ranks"], strict=True))
    assert (rows["r01"]["kind"], rows["r01"]["flips"]) == ("one", True)
    assert {name: (one["rank"], one["inside"]) for name, one in ranks.items()} == {
        "standard": (2, True),
        "strict": (30, False),
        NAMES[2]: (29, False),
    }
    assert [ranks[name]["report"] for name in NAMES] == ["0/report.html", None, None]
    pairs = {frozenset((pair["left"], pair["right"])): pair for pair in told["pairs"]}
    assert (pairs[frozenset(NAMES[:2])]["flips"], pairs[frozenset(NAMES[::2])]["flips"]) == (2, 4)
    assert pairs[frozenset(NAMES[:2])]["both"] == 3


def test_its_figure_has_the_winner_first(compared: tuple[compare.Comparison, Path]) -> None:
    """Every kind, what the winner catches best first, all variants side by side."""
    result, _ = compared
    figure = sweep.figure(result.variants, result.contest)
    assert figure is not None
    assert isinstance(figure.form, Intervals)
    assert list(figure.form.series) == ["strict", "standard", NAMES[2]]
    assert [share.found if share else 0 for share in figure.form.lines[0][1]] == [34, 30, 12]
    shares = [line[1][0] for line in figure.form.lines[1:]]
    assert len(shares) == len(finished.KINDS)
    values = [share.value for share in shares if share]
    assert values == sorted(values, reverse=True)


def test_rows_of_other_content_are_no_row(tmp_path: Path) -> None:
    """A row that one variant read with other words is not held against its namesake; equals are no winners."""
    for n in range(2):
        rows = finished.rows(["a", "b", "c"])
        rows.loc[0, "digest"] = f"sha256:{n}"
        finished.write(tmp_path / str(n), finished.copies(8, {1}), rows, wording={"rubric_set": WORDINGS[n]})
    result = compare.run([tmp_path], None, lambda _: None)
    told = sweep.content(
        result.variants,
        result.contest,
        result.likeness,
        settings=[{}, {}],
        written=[],
        reports={},
        left_out=result.left_out,
    )
    assert [row["id"] for row in told["rows"]] == ["b"]
    assert told["headline"] == "All variants catch the same"
    assert {v["against"]["shown"] for v in told["variants"]} == {"chosen", "the same"}
    html = (tmp_path / "compare.html").read_bytes()
    compare.run([tmp_path], None, lambda _: None)
    assert (tmp_path / "compare.html").read_bytes() == html


def test_it_works_without_a_network(compared: tuple[compare.Comparison, Path], chromium: Any) -> None:
    """Sorts by any column, picks rows, links to the runs' own pages; names are text, and nothing leaves the page."""
    from playwright.sync_api import expect

    _, folder = compared
    with page(chromium, offline=True) as (tab, watched):
        tab.goto((folder / "compare.html").as_uri())
        names = tab.locator("#variant-table tbody .variant")
        expect(names).to_contain_text(NAMES)
        for expected in ([NAMES[2], "standard", "strict"], ["strict", "standard", NAMES[2]]):
            tab.get_by_role("columnheader", name="planted recall").first.click()
            expect(names).to_contain_text(expected)

        rows = tab.locator("#row-table tbody tr")
        expect(rows).to_have_count(6)
        assert rows.first.locator("th").inner_text() == HOSTILE
        tab.get_by_role("button", name="under one only").click()
        expect(rows.locator("th")).to_have_text(["r01", "r05"])
        tab.get_by_role("button", name="all of them").click()
        expect(rows).to_have_count(6)
        link = rows.first.locator("a").first.get_attribute("href")
        assert link == "1/report.html#row=%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E%26%23row%3D1%20%2B%25"
        assert tab.locator("svg.chart path").count() > 20
        assert tab.evaluate("getComputedStyle(document.querySelector('.fill-series-1')).fill") != "rgb(0, 0, 0)"
        tab.locator("#theme").click()
        assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
        assert watched.seen() == []
