"""The page of a run in a real browser: it opens from disk, is used by mouse and keyboard, and holds hostile rows."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import browser
import page_data
import pytest

from judge import report
from judge.errors import InstallError
from judge.report import library

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

READY = "html[data-ready]"
FRAME = "new Promise(done => requestAnimationFrame(() => setTimeout(done)))"  # until the page has answered
SHOWN = "#suspects tbody tr[data-index]"
MARKUP = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "<!--<script>",
    "&lt;img src=x onerror=alert(3)&gt;",
    "\"'><svg onload=alert(4)><style>*{display:none !important}</style>",
    "javascript:alert(5)",
    "{{ 7 * 7 }}{% x %}",
    "\u2028\u2029\x00\ud800<base href=//evil.example>",
    "]]>*/alert(6)//",
)
NAMES = ("__proto__", "constructor", "toString", "hasOwnProperty", "#1", "a b&c=d#e%", "%E0%A4%A")
LOADS = re.compile(
    r"""(?:src|href|action|data|poster|formaction|xlink:href)\s*=\s*["']?([^"'\s>]*)|url\(([^)]*)\)|@import"""
)


def hostile(what: str, number: int) -> str:
    """Text of a row that tries whatever text can try, and names that are names of things in JavaScript."""
    if what in {"id", "source"} and 0 <= number < len(NAMES):
        return NAMES[number]
    if what in {"tone", "role"}:
        return f"{what}<img src=x onerror=alert(7)>"
    return f"{what} {number} {MARKUP[number % len(MARKUP)]}"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of 120 rows."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    made = "".join(report.page(page_data.lead(), page_data.data(), page_data.charts(), mode="report"))
    path.write_text(made, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def opened(chromium: "Browser", file: Path) -> Iterator[tuple["Page", browser.Watched]]:
    """That report in a browser without a network; after all tests it has done nothing that it may not do."""
    with browser.page(chromium, offline=True) as (tab, watched):
        tab.goto(file.as_uri())
        yield tab, watched
        assert watched.seen() == []


@pytest.fixture
def tab(opened: tuple["Page", browser.Watched], file: Path) -> "Page":
    """The report as it is when it was just opened."""
    page, _ = opened
    page.goto("about:blank")
    page.goto(file.as_uri())
    page.wait_for_selector(READY, state="attached")
    return page


def shown(tab: "Page") -> list[int]:
    """Numbers of the rows on this page of the list, as they stand."""
    found: list[int] = tab.eval_on_selector_all(SHOWN, "rows => rows.map(row => Number(row.dataset.index))")
    return found


def count(tab: "Page") -> str:
    """What the page says of how many rows it shows."""
    return tab.inner_text("#count")


def press(tab: "Page", *keys: str) -> None:
    """Press keys, one after the other, and wait until the page has answered."""
    for key in keys:
        tab.keyboard.press(key)
        tab.evaluate(FRAME)


def sort(tab: "Page", column: str, way: str) -> None:
    """Click on the head of a column, and wait until the list is sorted by it."""
    tab.click(f"th.is-{column}")
    tab.wait_for_selector(f"th.is-{column}[aria-sort={way}]")


def test_a_page_opens_from_disk_and_says_the_most_important_first(tab: "Page") -> None:
    """Head, tiles, figures and the first fifty rows stand there, and the end of the budget among them."""
    assert tab.inner_text("h1") == "title 0"
    assert tab.inner_text(".tile-bad .tile-value").startswith("51 %")
    assert shown(tab) == list(range(50))
    assert count(tab) == "120 rows"
    cut = tab.eval_on_selector("tr.cut", "row => [row.previousElementSibling.dataset.index, row.textContent]")
    assert cut == ["9", "the review budget ends here: 10 rows inside"]
    tab.evaluate("() => { data.rows.inside[9] = 0; data.rows.inside[40] = 1; list.refresh(); }")  # row 40 is a copy
    cut = tab.eval_on_selector("tr.cut", "row => [row.previousElementSibling.dataset.index, row.textContent]")
    assert cut == ["8", "the review budget ends here: 10 rows inside, 1 of them further down, as copies of rows above"]


def test_the_list_sorts_by_values(tab: "Page") -> None:
    """Scores sort as numbers, names as words with their numbers in order, and the ranks come back."""
    sort(tab, "grade", "ascending")
    assert [n % 5 for n in shown(tab)] == [0] * 24 + [1] * 24 + [2] * 2
    assert tab.locator("tr.cut").count() == 0
    sort(tab, "row", "ascending")
    sort(tab, "row", "descending")
    assert shown(tab)[:3] == [119, 118, 117]
    sort(tab, "rank", "ascending")
    assert shown(tab) == list(range(50))
    tab.click(".dt-paging-button.next")
    assert shown(tab) == list(range(50, 100))


def test_the_list_is_filtered_by_all_that_is_asked(tab: "Page") -> None:
    """Filters and words narrow the list together, stand as chips and in the address, and go one by one."""
    tab.select_option("#filter-source", "source 1")
    tab.check("#filter-inside")
    assert (shown(tab), count(tab)) == ([1, 3, 5, 7, 9], "5 of 120 rows")
    tab.fill("#filter-text", "ANSWER 7")
    tab.wait_for_selector(".chip >> nth=2")
    assert shown(tab) == [7]
    tab.reload()
    tab.wait_for_selector(READY, state="attached")
    assert (shown(tab), tab.input_value("#filter-text")) == ([7], "ANSWER 7")
    tab.click(f"{SHOWN} a")
    press(tab, "Escape")
    assert tab.locator(".chip").count() == 3
    tab.click("text=text: ANSWER 7 >> xpath=.. >> button")
    assert shown(tab) == [1, 3, 5, 7, 9]
    tab.click("#clear-all")
    assert count(tab) == "120 rows"
    tab.select_option("#filter-kind", "contradiction")
    assert shown(tab)[:4] == [1, 2, 4, 5]
    tab.click("#clear-all")
    tab.select_option("#filter-status", "unscored:no_label")
    assert shown(tab)[:2] == [9, 19]
    assert tab.inner_text(f"{SHOWN} >> nth=0 >> .status") == "unscored: no label"
    tab.fill("#filter-text", "no row is like that")
    tab.wait_for_selector("td.dt-empty")
    assert count(tab) == "0 of 120 rows"


def test_an_address_may_name_what_is_not_there(tab: "Page") -> None:
    """A name of something in JavaScript is a name like others."""
    tab.evaluate("location.hash = 'kind=constructor&reason=__proto__&score=toString:1'")
    tab.wait_for_selector(".chip")
    said = tab.locator(".chip bdi").all_inner_texts()
    assert said == ["kind of reason: constructor", "reason: __proto__", "toString: 1 of 5"]
    assert count(tab) == "0 of 120 rows"


def test_a_longer_word_is_looked_for_among_the_rows_found(tab: "Page") -> None:
    """While one types the list narrows, widens when letters go, and heeds a filter that was set in between."""
    fits = """text => data.rows.id.filter((_, n) => text.split(" ").every(word => data.haystack(n).includes(word)))
        .length === list.order().length"""
    for text in ("answer 1", "answer 11", "answer 1", "nothing", "", "answer 1"):
        tab.fill("#filter-text", text)
        tab.evaluate(FRAME)
        assert tab.evaluate(fits, text)
        assert count(tab).startswith(f"{tab.evaluate('list.order().length')} ")
    tab.wait_for_selector(f"{SHOWN} >> nth=49")  # the rest is drawn when nobody types
    tab.select_option("#filter-source", "source 0")
    tab.fill("#filter-text", "answer 11")
    tab.evaluate(FRAME)
    assert count(tab) == "5 of 120 rows"
    tab.select_option("#filter-source", "")
    assert count(tab) == "11 of 120 rows"


def test_a_phrase_is_looked_for_as_it_stands(tab: "Page") -> None:
    """In quotation marks, whichever they are; apostrophes are alike, too."""
    for text, rows in (("“answer 9”", [9, *range(90, 100)]), ('"because 99" “answer', [99]), ('"99 because"', [])):
        tab.fill("#filter-text", text)
        tab.evaluate(FRAME)
        assert shown(tab) == rows
    assert tab.evaluate("data.folded('ΠΡΟΣ') === data.folded('προσ')")
    assert tab.evaluate(r"data.folded('It\u2019s \u201cso\u201d')") == 'it\'s "so"'


def test_back_takes_a_filter_away(tab: "Page") -> None:
    """A filter leads to the list, and is a step in the browser's history; so is a text, but not its letters."""
    tab.select_option("#filter-source", "source 1")
    assert tab.evaluate("location.hash") == "#list&source=source+1"
    for text in ("answer", "answer 7"):
        tab.fill("#filter-text", text)
        tab.evaluate(FRAME)
    assert shown(tab)[0] == 7
    tab.check("#filter-inside")
    tab.go_back()
    assert (tab.is_checked("#filter-inside"), tab.locator(".chip").count()) == (False, 2)
    tab.focus("#filter-text")
    tab.go_back()
    assert (tab.input_value("#filter-text"), tab.locator(".chip").count()) == ("", 1)
    tab.go_back()
    assert (tab.locator(".chip").count(), count(tab)) == (0, "120 rows")


def test_a_list_drawn_anew_stays_where_it_was(tab: "Page") -> None:
    """The row that has the keyboard keeps it, also where rows were left out while one typed; so does the page."""
    at = "document.activeElement.closest('tr')?.dataset.index"
    tab.fill("#filter-text", "answer")
    tab.evaluate(FRAME)
    tab.focus(f"{SHOWN} a >> nth=3")
    tab.wait_for_selector(f"{SHOWN} >> nth=49")
    assert tab.evaluate(at) == "3"
    tab.evaluate("list.refresh()")
    assert tab.evaluate(at) == "3"
    press(tab, "ArrowDown")
    assert tab.evaluate(at) == "4"
    tab.evaluate("() => { filters.set('text', 'answe', true); list.select(30, { focus: true }); }")
    assert tab.evaluate(at) == "30"
    tab.click("#list .dt-paging button >> text=2")
    tab.click(f"{SHOWN} >> nth=5")
    tab.go_back()
    tab.wait_for_selector("#drawer", state="hidden")
    assert (shown(tab)[0], tab.evaluate(at)) == (50, "55")


@pytest.mark.parametrize("place", ["row=nope <b>", "group=999"])
def test_a_place_that_is_not_there_is_told(tab: "Page", place: str) -> None:
    """Seen and heard, until the next place."""
    tab.evaluate("place => { location.hash = place; }", place)
    tab.wait_for_selector("#missing")
    assert tab.inner_text("#missing") == f"There is no {place.replace('=', ' ')} in this run."
    tab.evaluate("location.hash = 'row=id+1'")
    tab.wait_for_selector("#missing", state="hidden")


def test_a_figure_is_one_stop(tab: "Page") -> None:
    """Arrows go through its parts, and the part that was reached is where the keyboard comes back to."""
    tab.evaluate("""() => { const svg = document.querySelector('svg.chart');
        for (let n = 2; n < 5; n++) { const part = svg.querySelector('path').cloneNode(true);
            part.dataset.filter = JSON.stringify({ rubric: 'tone', level: n }); part.setAttribute('tabindex', -1);
            svg.append(part); } }""")
    tab.focus("[data-filter]")
    press(tab, "ArrowRight", "ArrowRight", "ArrowLeft")
    stops = tab.eval_on_selector_all("[data-filter]", "all => all.map(one => one.getAttribute('tabindex'))")
    assert stops == ["-1", "0", "-1", "-1"]
    press(tab, "Enter")
    assert tab.inner_text(".chip").startswith("tone: 2 of 5")


def test_a_print_shows_what_is_open(tab: "Page", file: Path) -> None:
    """The list down to the budget, the row that is open with its grades, or the group."""
    seen = "name => document.querySelector(name).checkVisibility()"
    for place, yes, no in (
        ("#overview", "#figures", "#drawer"),
        ("#row=id+3", "#drawer .bars .bar", "#list"),
        ("#group=1", "#group .camp", "#overview"),
    ):
        tab.goto("about:blank")
        tab.goto(file.as_uri() + place)
        tab.wait_for_selector(READY, state="attached")
        if place.startswith("#row"):
            tab.wait_for_selector("#drawer-body .turn")
        tab.emulate_media(media="print")
        assert (tab.evaluate(seen, yes), tab.evaluate(seen, no)) == (True, False)
        assert not tab.evaluate(seen, "header.bar")
        tab.emulate_media(media="screen")


def test_a_part_of_a_figure_asks_for_its_rows(tab: "Page") -> None:
    """By mouse or by key: the list shows the rows of that grade, and says so."""
    tab.click("[data-filter]")
    assert count(tab) == "24 of 120 rows"
    assert tab.inner_text(".chip").startswith("tone: 1 of 5")
    tab.click("#clear-all")
    tab.focus("[data-filter]")
    press(tab, "Enter")
    assert [n % 5 for n in shown(tab)] == [0] * 24


def test_a_row_is_read_by_keyboard_alone(tab: "Page") -> None:
    """Arrows go through rows, Enter opens one, Escape closes it and gives the keyboard back to the row."""
    press(tab, "l")
    tab.focus(f"{SHOWN} a")
    press(tab, "ArrowDown", "Enter")
    tab.wait_for_selector("#drawer-body .turn")
    assert tab.inner_text("#drawer-title") == "id 1"
    assert tab.evaluate("document.activeElement.id") == "drawer-title"
    tab.set_viewport_size({"width": 1280, "height": 400})
    press(tab, "PageDown")
    assert tab.evaluate("document.getElementById('drawer-body').scrollTop") > 0
    tab.set_viewport_size({"width": 1280, "height": 800})
    press(tab, *["ArrowDown"] * 49)
    assert (tab.inner_text("#drawer-title"), shown(tab)[0]) == ("id 50", 50)
    press(tab, "ArrowUp")
    assert tab.evaluate("location.hash") == "#row=id+49"
    press(tab, "Escape")
    assert tab.is_hidden("#drawer")
    assert tab.evaluate("document.activeElement.closest('tr').dataset.index") == "49"


def test_a_row_is_read_by_mouse(tab: "Page") -> None:
    """A click opens it with all that is known of it; what a reason quotes lights up; a link leads to its partner."""
    tab.click(f"{SHOWN} >> nth=3")
    tab.wait_for_selector("#drawer-body .turn")
    assert tab.locator(".turn.judged").count() == 1
    assert tab.locator(".control").inner_text() == "U+202E"
    assert tab.inner_text(".level-text") == "cold"
    assert tab.locator(".bars li").evaluate_all("bars => bars.map(bar => bar.title)")[0] == "1 of 5, 60 %: insulting"
    tab.hover(".reason >> nth=0")
    assert tab.locator("mark.lit").all_inner_texts() == ["[LINK]"]
    assert tab.locator(".side mark").all_inner_texts() == ["1 year", "2 years"]
    tab.click(".partner a")
    assert tab.inner_text("#drawer-title") == "id 4"
    tab.click("#drawer-next")
    tab.click("#drawer-next")
    tab.click("#drawer-previous")
    assert tab.inner_text("#drawer-title") == "id 5"
    tab.click("#drawer-close")
    tab.go_back()
    assert tab.is_visible("#drawer")


def test_a_row_without_details_says_where_they_are(tab: "Page", file: Path) -> None:
    """An address leads straight to a row; one whose details are not in the file names the command that has them."""
    tab.goto("about:blank")
    tab.goto(f"{file.as_uri()}#row=id%20119")
    tab.wait_for_selector("#drawer-body .empty")
    assert "python -m judge show 'runs/x 1' '#120'" in tab.inner_text("#drawer-body")
    again = "app.go({ row: -1 }); app.go({ row: 119 });"
    tab.evaluate(f"""() => {{ data.run.ranked = 119; data.rows.id[119] = "it's $(touch PWNED)"; {again} }}""")
    tab.wait_for_selector("#drawer-body >> text=PWNED")
    command = tab.inner_text("#drawer-body code >> nth=0")
    assert shlex.split(command)[4:] == ["runs/x 1", "it's $(touch PWNED)"]
    done = subprocess.run(["/bin/sh", "-c", f"set -- {command}; echo $#"], capture_output=True, text=True, check=True)
    assert (done.stdout, command.count("$")) == ("6\n", 1)
    for name in ("cut…", "-rf", "#3"):
        tab.evaluate(f"name => {{ data.rows.id[119] = name; {again} }}", name)
        tab.wait_for_selector("#drawer-body code >> nth=0 >> text=judge review")
    assert tab.locator("tr.current").get_attribute("data-index") == "119"


def test_groups_show_their_camps_side_by_side(tab: "Page") -> None:
    """Camps stand beside each other with the differing words marked; a row opens beside them, and closes again."""
    press(tab, "g")
    assert tab.is_hidden("#list")
    lefts = tab.locator(".camp").evaluate_all("camps => camps.map(camp => camp.getBoundingClientRect().left)")
    assert len(set(lefts)) == len(lefts) == 2
    assert tab.locator(".camp mark").all_inner_texts() == ["2 years"] * 3
    tab.click(".sample a >> nth=1")
    tab.wait_for_selector("#drawer-body .turn")
    assert (tab.inner_text("#drawer-title"), tab.is_visible(".camps")) == ("id 1", True)
    press(tab, "Escape")
    assert (tab.is_visible(".camps"), tab.evaluate("document.activeElement.id")) == (True, "group-title")
    tab.click(".group-link >> nth=1")
    assert tab.evaluate("location.hash") == "#group=2"
    assert tab.locator(".forms li").all_inner_texts() == ["prose 2 rows", "list 1 row"]


def test_the_theme_stays_as_it_was_chosen(tab: "Page") -> None:
    """Light or dark: by the system at first, then as it was chosen, also after the page is opened again."""
    ground = "getComputedStyle(document.body).backgroundColor"
    light = tab.evaluate(ground)
    tab.emulate_media(color_scheme="dark")
    tab.wait_for_selector("[data-theme=dark]")
    dark = tab.evaluate(ground)
    tab.click("#theme")
    assert (tab.evaluate(ground), light != dark) == (light, True)
    tab.reload()
    tab.wait_for_selector(READY, state="attached")
    assert tab.evaluate(ground) == light
    tab.evaluate("localStorage.clear()")
    tab.emulate_media(color_scheme="light")


def test_keys_can_be_switched_off(tab: "Page") -> None:
    """The help tells the keys and switches them off; while somebody types, they are letters."""
    press(tab, "/")
    tab.keyboard.type("g?l")
    assert (tab.input_value("#filter-text"), tab.is_visible("#list")) == ("g?l", True)
    tab.evaluate("document.activeElement.blur()")
    press(tab, "?")
    tab.uncheck("#keys-on")
    tab.click("#help-close")
    press(tab, "g")
    assert tab.is_visible("#list")
    tab.click("#help-button")
    tab.check("#keys-on")
    tab.click("#help-close")
    press(tab, "g")
    assert tab.is_hidden("#list")
    tab.evaluate("localStorage.clear()")


UNNAMED = """() => [...document.querySelectorAll('button, a[href], input, select, [role=button], summary')].filter(
    node => node.checkVisibility() && !(node.getAttribute('aria-label') || node.textContent.trim() || node.title
        || [...(node.labels || [])].some(label => label.textContent.trim()))).map(node => node.outerHTML)"""
TWICE = """() => { const ids = [...document.querySelectorAll('[id]')].map(node => node.id);
    return ids.filter((id, at) => ids.indexOf(id) !== at); }"""
LEVELS = """() => [...document.querySelectorAll('h1, h2, h3, h4')].filter(node => node.checkVisibility())
    .map(node => Number(node.tagName[1]))"""
FAINT = """() => { // text whose contrast with what lies behind it is under 4.5, or 3 for large text (WCAG 2.1, 1.4.3)
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    const rgba = colour => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data].map(v => v / 255); };
    const light = ([r, g, b]) => [r, g, b].map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = node => { for (let at = node; at; at = at.parentElement) {
        const found = rgba(getComputedStyle(at).backgroundColor);
        if (found[3] > 0.99) return found; } return [1, 1, 1]; };
    return [...document.querySelectorAll('body *')].filter(node => node.checkVisibility({ opacityProperty: true })
        && !node.closest('svg, .unseen, .skip, [aria-disabled=true], .disabled')
        && [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim())).flatMap(node => {
        const style = getComputedStyle(node);
        const [one, two] = [light(rgba(style.color)), light(behind(node))].sort((a, b) => b - a);
        const ratio = (one + 0.05) / (two + 0.05);
        const least = parseFloat(style.fontSize) >= 24 ? 3 : 4.5;
        return ratio < least ? [`${node.className} ${ratio.toFixed(2)}`] : []; });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("place", ["#overview", "#row=id+3", "#group=1"])
def test_everything_has_a_name_and_can_be_read(tab: "Page", file: Path, place: str, scheme: str) -> None:
    """Controls have names, ids are unique, headings leave out no level, and text stands out from its ground."""
    tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    tab.goto("about:blank")
    tab.goto(file.as_uri() + place)
    tab.wait_for_selector(READY, state="attached")
    if place.startswith("#row"):
        tab.wait_for_selector("#drawer-body .turn")
    levels = tab.evaluate(LEVELS)
    assert [b for a, b in pairwise(levels) if b > a + 1] == []
    assert (tab.evaluate(UNNAMED), tab.evaluate(TWICE), tab.evaluate(FAINT)) == ([], [], [])
    tables = tab.eval_on_selector_all("table", "tables => tables.map(one => Boolean(one.caption?.textContent))")
    assert all(tables)
    tab.emulate_media(color_scheme="light")


def test_rows_that_are_markup_stay_text(chromium: "Browser", tmp_path: Path) -> None:
    """Wherever a text of the data may stand, it runs nothing, loads nothing, styles nothing, and is shown as it is."""
    held = page_data.data(hostile)
    held["details"]["2"]["turns"][0]["parts"] = [["long " * 200_000, ""]]
    path = tmp_path / "report.html"
    head = page_data.lead(hostile, judge="NO JUDGE: <b>x</b>")
    page = "".join(report.page(head, held, page_data.charts(hostile), mode="report"))
    path.write_text(page, encoding="utf-8")
    with browser.page(chromium, offline=True) as (tab, watched):
        tab.goto(path.as_uri())
        tab.wait_for_selector(READY, state="attached")
        assert tab.locator("img, base, iframe, object, embed, link, main svg:not(.chart)").count() == 0
        assert shown(tab) == list(range(50))
        assert tab.inner_text(f"{SHOWN} >> nth=8 >> .says") == hostile("answer", 8)
        assert tab.is_visible(".judge.warning")
        for n, name in enumerate(NAMES):  # names of things in JavaScript are ids like others
            tab.evaluate("name => { location.hash = new URLSearchParams({ row: name }).toString(); }", name)
            tab.wait_for_selector(f"tr.current[data-index='{n}']", state="attached")
            assert tab.inner_text("#drawer-title") == name
        tab.evaluate("location.hash = 'row=' + encodeURIComponent(data.rows.id[8])")
        tab.wait_for_selector("tr.current[data-index='8']")
        tab.wait_for_selector(f"#drawer-body .turn >> text={MARKUP[8]} >> nth=0")
        for text in ("img src=x", "&lt;img", "<!--<script>", "x y"):
            tab.evaluate("text => filters.set('text', text)", text)
        tab.evaluate("filters.clear()")
        for name in ("source", "reason", "rubric", "kind"):
            options = tab.eval_on_selector_all(f"#filter-{name} option", "all => all.map(one => one.value)")
            for value in options[1:]:
                tab.select_option(f"#filter-{name}", value)
                assert shown(tab)
            tab.select_option(f"#filter-{name}", "")
        tab.evaluate("location.hash = 'group=1'")
        tab.wait_for_selector(".camp")
        assert tab.locator("img, base, iframe, object, embed, link, main svg:not(.chart)").count() == 0
        assert watched.seen() == []


def test_the_file_names_nothing_that_is_loaded(file: Path) -> None:
    """Outside of data and library no attribute or style has an address but a place in the page itself."""
    text = file.read_text(encoding="utf-8")
    for script in re.findall(r"<script[^>]*>.*?</script>", text, re.DOTALL):
        text = text.replace(script, "")
    found = {"".join(groups) for groups in LOADS.findall(text)}
    assert {address for address in found if not address.startswith("#")} == set()


def test_the_policy_allows_the_scripts_that_stand_in_the_page_and_no_others(file: Path) -> None:
    """No source of scripts or styles but by hash; nothing else at all."""
    text = file.read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    rules = dict(rule.strip().split(" ", 1) for rule in policy[1].replace("&#39;", "'").split(";"))
    assert rules["default-src"] == "'none'"
    assert len(re.findall("^<script>", text, re.MULTILINE)) == len(rules["script-src"].split())
    assert all(source.startswith("'sha256-") for name in ("script-src", "style-src") for source in rules[name].split())


def test_data_in_the_page_is_inert_and_read_back_as_it_was() -> None:
    """No character that a page or a script could take as its own, halves of characters included."""
    markup = "".join(MARKUP)
    value = {markup: markup, "many": [markup] * 2_500, "none": [], "deep": {"er": {"still": [markup]}, "": {}}}
    written = "".join(report.inert(value))
    assert not set(written) & set("<>&\u2028\u2029\x00\ud800")
    assert json.loads(written) == value
    assert written == "".join(report.inert(json.loads(written)))


def test_in_review_scripts_come_by_name() -> None:
    """The same page holds no script and no data then, and all that it names can be served."""
    page = "".join(report.page(page_data.lead(), {}, (), mode="review"))
    named = re.findall(r'(?:src|href)="/assets/([^"]+)"', page)
    assert sorted(named) == sorted(report.assets())
    assert "<style" not in page
    assert all(part.startswith(" src=") for part in re.findall(r"<script([^>]*)>", page))


def test_the_library_is_found_without_importing_its_package() -> None:
    """It would bring far more with it than one file, and takes a third of a second."""
    library.datatables()
    assert "itables" not in sys.modules


@pytest.mark.parametrize("bundle", ["var a=1;", "export{a as b};", "export{a as default};export{b as c};"])
def test_an_unknown_bundle_is_told_in_a_line(bundle: str) -> None:
    """A later version of the library that is built otherwise is no traceback."""
    with pytest.raises(InstallError, match=r"itables .* without the known exports; install it: pip install"):
        library.script(bundle)


def assets() -> list[str]:
    """Names of our own scripts and styles."""
    return sorted(name for name in report.assets() if name != "datatables.js")


@pytest.mark.parametrize("name", assets())
def test_a_script_is_short_and_makes_no_markup(name: str) -> None:
    """At most 300 lines (but for styles), and nothing in it turns a text into elements or code."""
    text = report.text(name)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|</|<!--", text)
    assert not name.endswith(".js") or text.count("\n") <= 300


def test_a_run_without_rows_has_a_page(chromium: "Browser", tmp_path: Path) -> None:
    """Nothing listed, nothing graded, no group: the page says so and breaks nothing."""
    held = page_data.data()
    empty: dict[str, list[object]] = {name: [] for name in held["rows"]}
    held |= {"rows": empty | {"scores": {}}, "groups": [], "details": {}, "rubrics": {}}
    held["run"] |= {"budget": 0, "ranked": 0, "total": 0, "listed": 0, "has_scores": False}
    path = tmp_path / "report.html"
    path.write_text("".join(report.page(page_data.lead(), held, mode="report")), encoding="utf-8")
    with browser.page(chromium, offline=True) as (tab, watched):
        tab.goto(f"{path.as_uri()}#groups")
        tab.wait_for_selector(READY, state="attached")
        assert "No rows that ask the same" in tab.inner_text("#group")
        press(tab, "l", "ArrowDown")
        assert (tab.inner_text("td.dt-empty"), count(tab)) == ("No row is listed.", "0 rows")
        assert watched.seen() == []
