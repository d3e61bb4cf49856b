"""The review page in a real browser: decided by keys alone, by several at once, and nothing lost or run on the way."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import browser
import pytest
from room import RUN, Served, audited, served

from judge.review.decisions import FILE, Decisions

if TYPE_CHECKING:
    from playwright.sync_api import Page

PATIENCE = 15_000  # ms
Visit = Callable[[str], tuple["Page", browser.Watched]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One audited set, in a folder of its own."""
    browser.executable()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("review"))
        yield audited()


@pytest.fixture
def page(run: Path) -> Iterator[Served]:
    """Its review, served; what was decided in another test is gone."""
    for path in run.parent.glob(f"{FILE}*"):
        path.unlink()
    with served(run) as made:
        yield made


@pytest.fixture
def visit(page: Served, chromium: Any) -> Iterator[Visit]:
    """Open the page as somebody, in a browser of his own."""
    with ExitStack() as stack:

        def opened(name: str) -> tuple["Page", browser.Watched]:
            tab, watched = stack.enter_context(browser.page(chromium, allowed=(page.origin,)))
            tab.set_default_timeout(PATIENCE)
            tab.goto(page.guard.invite(name))
            ready(tab)
            return tab, watched

        yield opened


def ready(tab: "Page") -> None:
    """Wait until the page stands, and shows a row or an end."""
    tab.wait_for_selector("html[data-ready=yes]")
    tab.wait_for_selector("#desk-row .detail-main, #ending-title", state="attached")


def shown(tab: "Page") -> str:
    """The id of the row on the desk."""
    return tab.locator("#bar-place .mono").inner_text()


def press(tab: "Page", key: str) -> None:
    """Press a key at the desk, and wait until the next row lies on it, or the end: an earlier key decides nothing."""
    before = tab.locator("#bar-place").inner_text()
    tab.keyboard.press(key)
    moved(tab, before)


def moved(tab: "Page", before: str) -> None:
    """Wait until another row than the bar named before lies on the desk, or the end."""
    tab.wait_for_function("before => document.getElementById('bar-place').innerText !== before", arg=before)
    tab.wait_for_selector("#bar-place .mono, #ending-title", state="attached")


def to_the_end(tab: "Page") -> None:
    """Keep every row that is left inside the budget."""
    while not tab.locator("#ending-title").count():
        press(tab, "k")


def named(page: Served, content: str) -> list[str]:
    """The ids of the rows of a content."""
    return [name for name, other in zip(page.review.ids, page.review.digests, strict=True) if other == content]


def kept(page: Served) -> dict[str, str | None]:
    """What stands in the file, by row."""
    return {name: line.word for line in page.decisions.current() for name in named(page, line.digest)}


def settled(tab: "Page") -> None:
    """Wait until the server has all."""
    tab.wait_for_function("() => opinions.pending() === 0")


def test_twenty_suspects_by_keys_alone(page: Served, visit: Visit) -> None:
    """One key each, the next row by itself; all of it is on the disk, the end comes, and nothing else was asked for."""
    tab, watched = visit("ana")
    assert tab.url == f"{page.origin}/"  # the token is gone from the address
    expected: dict[str, str] = {}
    todo = [n for n in range(22) if page.review.digests[n] not in page.review.digests[:n]]  # copies go with their first
    for n, key in zip(todo[:20], "rkkuk" * 4, strict=True):
        assert shown(tab) == tab.evaluate("n => data.rows.id[n]", n)
        word = {"r": "remove", "k": "keep", "u": "unsure"}[key]
        expected |= dict.fromkeys(named(page, page.review.digests[n]), word)
        press(tab, key)
    settled(tab)
    assert kept(page) == expected
    assert tab.locator("#desk-count").inner_text() == f"{len(expected)} of 22 inside the review budget"
    assert tab.locator("#announcer").inner_text() == f"kept. Next: row {todo[20] + 1} of 22."
    for n in todo[20:]:
        assert shown(tab) == tab.evaluate("n => data.rows.id[n]", n)
        press(tab, "r")
    tab.wait_for_selector("#ending-title")
    assert tab.locator("#ending-title").inner_text() == "You decided all 22 rows inside the review budget"
    assert sum(int(count.inner_text()) for count in tab.locator(".ending-count dd").all()) == 22
    tab.wait_for_selector(".ending .commands code")
    assert f"python -m judge clean {RUN} --by decisions" in tab.locator(".ending .commands code").first.inner_text()
    tab.get_by_role("button", name="Go on with the next 22 rows").click()
    assert tab.locator("#bar-place").inner_text().endswith("row 23 of 44")
    assert watched.seen() == []


def test_a_slip_is_taken_back_and_a_note_kept(page: Served, visit: Visit) -> None:
    """Undo brings the row back as it was; a note goes with the word, or is added to it; arrows decide nothing."""
    tab, watched = visit("ana")
    first = shown(tab)
    tab.keyboard.press("n")
    tab.keyboard.type("rkz <b>blank</b>")
    tab.keyboard.press("Enter")
    assert shown(tab) == first
    press(tab, "r")
    press(tab, "k")
    settled(tab)
    assert [(line.word, line.note) for line in page.decisions.current()] == [
        ("remove", "rkz <b>blank</b>"),
        ("keep", ""),
    ]
    press(tab, "z")
    assert tab.locator("#desk-mine").inner_text().strip() == ""
    press(tab, "z")
    assert shown(tab) == first
    settled(tab)
    assert kept(page) == {}
    for key in ("ArrowRight", "ArrowLeft", "u", "ArrowLeft"):
        press(tab, key)
    settled(tab)
    assert tab.locator("#desk-mine").inner_text().strip() == "You: unsure"
    tab.keyboard.press("n")
    tab.keyboard.type("ask the shop")
    tab.keyboard.press("Enter")
    settled(tab)
    assert [(line.word, line.note) for line in page.decisions.current()] == [("unsure", "ask the shop")]
    press(tab, "ArrowRight")
    written = shown(tab)
    tab.keyboard.press("n")
    tab.keyboard.type("first this")
    before = tab.locator("#bar-place").inner_text()
    tab.get_by_role("button", name="Next row").click()
    moved(tab, before)
    press(tab, "ArrowLeft")
    tab.keyboard.press("n")
    assert tab.locator("#desk-note-text").input_value() == "first this"
    tab.keyboard.press("End")
    tab.keyboard.type(", then that")
    tab.locator("#desk .word-keep").click()
    settled(tab)
    assert [(line.example_id, line.note) for line in page.decisions.current()][-1] == (written, "first this, then that")
    press(tab, "z")
    settled(tab)
    tab.keyboard.press("?")
    tab.get_by_label("use single keys").uncheck()
    tab.keyboard.press("Escape")
    tab.keyboard.press("r")
    settled(tab)
    assert kept(page) == {page.review.ids[0]: "unsure"}
    assert watched.seen() == []


def test_a_group_is_decided_as_one(page: Served, visit: Visit) -> None:
    """The camp that goes is removed, the others kept, in one batch with one undo; the buttons say so before."""
    tab, watched = visit("constructor")  # a name is any word
    tab.wait_for_function("() => document.getElementById('people').innerText === 'decided: constructor 0'")
    tab.keyboard.press("g")
    tab.wait_for_selector(".camp .goes")
    assert tab.locator("#bar-place").inner_text() == ""
    group = tab.evaluate("data.groups[0]")
    camps = [[row["id"] for row in camp["members"]] for camp in group["camps"]]
    total, gone = sum(map(len, camps)), len(camps[1])
    said = f"{total} rows: {total - gone} kept, {gone} removed"
    assert said in tab.locator(".camp .goes").nth(1).inner_text()
    tab.keyboard.press("1")
    against = f"{total - gone} rows go against {gone}: press 1 again"
    assert against in tab.locator(".camp .goes").first.inner_text().replace("\n", " ")
    assert kept(page) == {}
    tab.get_by_role("button", name=f"Show all {total - gone} answers").click()
    answers = tab.locator(".camp").first.locator(".answers .sample")
    answers.nth(19).wait_for()
    assert "30 days" in answers.first.inner_text()
    bo = page.client("bo")
    bo.decide({"keep": [tab.evaluate("id => data.indexOf(id)", camps[1][0])]}, "1")
    tab.wait_for_function("() => opinions.people.get('bo') >= 1")
    assert answers.count() == 20  # what others say does not fold them away
    assert tab.locator("#bar-place").inner_text() == ""  # nor does it bring back the row of the desk
    bo.post("/api/undo", {"batch": "b" * 16, "since": 0})
    tab.keyboard.press("2")
    assert tab.evaluate("document.activeElement.id") == "group-title"
    settled(tab)
    assert kept(page) == {**dict.fromkeys(camps[0], "keep"), **dict.fromkeys(camps[1], "remove")}
    assert len({line.batch for line in page.decisions.current()}) == 1
    assert tab.locator("#announcer").inner_text().startswith(said)
    assert tab.locator(".group-link").first.locator(".opinion").inner_text() == "decided"
    tab.keyboard.press("z")
    assert tab.locator("#group-title").inner_text() == group["asks"]
    assert tab.evaluate("document.activeElement.id") == "group-title"
    settled(tab)
    assert kept(page) == {}
    tab.keyboard.press("1")
    tab.keyboard.press("1")
    settled(tab)
    assert kept(page) == {**dict.fromkeys(camps[0], "remove"), **dict.fromkeys(camps[1], "keep")}
    assert watched.seen() == []


def test_the_list_shows_words_and_takes_them(page: Served, visit: Visit) -> None:
    """In the list a row can be decided in its panel; what was said stands beside its name."""
    tab, watched = visit("ana")
    tab.keyboard.press("s")  # the summary is open; the drawer is another place all the same
    tab.keyboard.press("l")
    tab.locator("tr[data-index='3'] a.id").focus()
    tab.keyboard.press("r")
    assert "Open the row first" in tab.locator("#announcer").inner_text()
    tab.locator("tr[data-index='3'] a.id").click()
    tab.wait_for_selector("#drawer-foot .word-remove")
    page.client("bo").decide({"keep": [3]}, "1", note="fine")
    tab.wait_for_function("() => document.getElementById('drawer-foot').innerText.includes('someone else has decided')")
    words = tab.locator("#drawer-foot [data-word]")
    assert [word.get_attribute("aria-pressed") for word in words.all()] == ["false"] * 3
    assert [word.is_enabled() for word in words.all()] == [True] * 3
    tab.keyboard.press("n")
    tab.keyboard.type("a rank note")
    tab.locator("#drawer-foot .word-remove").click()  # what is being written is not lost
    settled(tab)
    assert tab.locator("tr[data-index='3'] .opinion").inner_text() == "removed"
    (mine,) = [line for line in page.decisions.current() if line.by == "ana"]
    assert (mine.example_id, mine.word, mine.note, mine.how) == (page.review.ids[3], "remove", "a rank note", "list")
    tab.keyboard.press("z")
    assert tab.evaluate("drawer.shown()") == 3
    settled(tab)
    tab.keyboard.press("r")
    for _ in range(3):
        tab.keyboard.down("u")  # a key that is held down decides one row only
    tab.keyboard.up("u")
    settled(tab)
    tab.keyboard.press("Escape")
    for value, rows in (("differ", [3]), ("unsure", [4]), ("open", [n for n in range(44) if n not in {3, 4}])):
        tab.locator("#filter-decision").select_option(value)
        tab.wait_for_function("many => list.order().length === many", arg=len(rows))
        assert sorted(tab.evaluate("list.order()")) == rows
    tab.locator("#filter-decision").select_option("")
    tab.locator("[data-view=desk]").click()  # the summary is still open, and up to date
    tab.get_by_role("button", name="Show it").click()
    tab.wait_for_function("() => document.getElementById('count').innerText === '1 of 44 rows'")
    tab.locator("[data-view=desk]").click()
    ready(tab)
    assert tab.locator("#desk").is_visible()
    assert watched.seen() == []


def test_two_at_once_learn_of_each_other_after_their_own_word(page: Served, visit: Visit) -> None:
    """Nothing of either is lost; before one's own word there is a number, after it names, words and agreement."""
    (ana, one), (bo, other) = visit("ana"), visit("bo")
    for n in range(5):
        press(ana, "rkrkr"[n])
        press(bo, "rkrrr"[n])
    settled(ana)
    settled(bo)
    assert len(page.decisions.current()) == 10
    press(ana, "k")
    settled(ana)
    bo.wait_for_function("() => document.getElementById('desk-mine').innerText.includes('someone else has decided')")
    assert "ana" not in bo.locator("#desk-mine").inner_text()
    press(bo, "r")
    bo.wait_for_function("() => document.getElementById('desk-last').innerText.includes('ana: kept')")
    ana.wait_for_function("() => document.getElementById('people').innerText === 'decided: ana 6 · bo 6'")
    to_the_end(ana)
    ana.wait_for_selector(".ending-says")
    assert "ana and bo both decided 6 rows and say the same of 4 (67%)" in ana.locator(".ending-says").inner_text()
    assert one.seen() == other.seen() == []


def test_a_random_sample_grows_into_a_rate(page: Served, visit: Visit) -> None:
    """Its rows come up whatever was said before, each with its probability; nothing bends a word or the rate."""
    tab, watched = visit("ana")
    sample = page.review.queues["random"].rows
    before = sample[0]
    page.client("ana").decide({"remove": [before]}, "1", order="list")
    tab.get_by_role("button", name="Random sample").click()
    tab.wait_for_function("() => document.getElementById('desk-count').innerText === '0 of 12 of the random sample'")
    tab.wait_for_function("() => document.getElementById('desk-mine').innerText.includes('You: removed')")
    assert tab.url.endswith("#desk=random")
    said = tab.locator("#desk-row").inner_text()
    assert "shown after your word" in said
    row = tab.evaluate("n => opinions.ask(`row/${n}`)", before)
    reasons = (reason["because"] for reason in row["reasons"])
    told = ("Suspicion", "Review budget", "Grades", *row["reproduce"], *reasons)
    assert [word for word in told if word in said] == []
    assert tab.locator("#desk-row mark, #desk-row .part-partners, #desk-row .part-groups").count() == 0
    press(tab, "r")
    press(tab, "ArrowLeft")
    assert "Suspicion" in tab.locator("#desk-row").inner_text()
    press(tab, "ArrowRight")
    press(tab, "k")
    so_far = "2 of 12 drawn rows decided so far: 1 removed. The rate comes with the last"
    assert tab.locator("#desk-about").inner_text().startswith(so_far)
    settled(tab)
    told = {line.example_id: (line.word, line.probability) for line in page.decisions.current()}
    assert told == {page.review.ids[sample[0]]: ("remove", 12 / 44), page.review.ids[sample[1]]: ("keep", 12 / 44)}
    tab.reload()
    ready(tab)
    assert tab.locator("#desk-count").inner_text() == "2 of 12 of the random sample"
    for leave in ("s", "Escape"):
        tab.keyboard.press("s")
        tab.wait_for_selector("#ending-title")
        tab.keyboard.press(leave)
        tab.wait_for_selector("#desk-row .detail-main")
    page.client("ana").decide({"remove": [sample[5]]}, "2", order="list")
    tab.wait_for_function("n => opinions.mine(n)", arg=sample[5])
    tab.keyboard.press("s")
    assert tab.locator("#ending-title").inner_text() == "You decided 2 of 12 rows of the random sample"
    assert [int(count.inner_text()) for count in tab.locator(".ending-count dd").all()] == [1, 1, 0]
    assert "You decided 1 more row of it before" in tab.locator(".ending").inner_text()
    tab.get_by_role("button", name="Go on where you stopped").click()
    assert tab.locator("#bar-place").inner_text().endswith("row 3 of 12")
    asks: list[str] = []
    tab.on("request", lambda request: asks.append(request.url) if request.url.endswith("/finish") else None)
    to_the_end(tab)
    tab.wait_for_selector(".ending-says")
    rate = next(line for line in tab.locator(".ending-says").inner_text().splitlines() if "defect rate" in line)
    tab.wait_for_function("rate => document.getElementById('desk-about').innerText === rate", arg=rate)
    assert len(asks) <= 3
    assert watched.seen() == []


def test_a_row_of_a_megabyte_is_shown_whole_and_decided(run: Path, chromium: Any) -> None:
    """Also without a place to break; of one that is full of what is told by its number the middle is left out."""
    assert run.is_dir()
    said = {"words": "So it is said here. " * 49_000 + "[INSERT LINK]", "word": "x" * 990_000 + "[INSERT LINK]"}
    said["commands"] = "a\u202e" * 100_000 + "[INSERT LINK]"
    made = [{"id": name, "prompt": f"What is {name}?", "response": text} for name, text in said.items()]
    with (
        served(audited(made, "runs/large/large", "review_budget=1")) as page,
        browser.page(chromium, allowed=(page.origin,)) as (tab, seen),
    ):
        tab.set_default_timeout(PATIENCE)
        tab.goto(page.guard.invite("ana"))
        ready(tab)
        lengths = {}
        for _ in said:
            tab.wait_for_function("() => document.querySelector('#desk-row .turn-assistant .said')")
            name = shown(tab)
            lengths[name] = tab.evaluate("document.querySelector('#desk-row .turn-assistant .said').textContent.length")
            tab.evaluate("document.querySelector('#desk-row .detail-main').scrollTop = 1e9")
            press(tab, "r") if len(lengths) < len(said) else tab.keyboard.press("r")
        settled(tab)
        assert {name: lengths[name] for name in ("words", "word")} == {n: len(said[n]) for n in ("words", "word")}
        assert 20_000 < lengths["commands"] < 100_000
        assert set(kept(page).values()) == {"remove"}
        assert len(kept(page)) == len(said)
        assert seen.seen() == []


def test_hostile_rows_are_text(visit: Visit) -> None:
    """Markup, handlers, styles, addresses and bidi of rows, ids, sources and notes reach the page as letters."""
    tab, watched = visit("ana")
    for key in ("n", "<", "Enter"):
        tab.keyboard.press(key)
    to_the_end(tab)
    rows = tab.evaluate("data.rows.id.map((id, n) => [id, n]).filter(([id]) => /hostile|img/u.test(id))")
    assert len(rows) == 2
    for _, index in rows:
        tab.evaluate("n => app.go({row: n})", index)
        tab.wait_for_function("() => document.getElementById('drawer-body').innerText.includes('onerror')")
        assert tab.locator("#drawer-body img, #drawer-body svg, #drawer-body script, #drawer-body style").count() == 0
        assert tab.locator("#drawer-body a[href^='javascript']").count() == 0
        assert "\u202e" not in tab.locator("#drawer-body").inner_text()
    assert watched.seen() == []


def test_a_kill_loses_nothing_and_one_goes_on_where_one_stopped(run: Path, chromium: Any) -> None:
    """The server dies in between: the page says so and keeps the word; started again, by the new link, it is sent."""
    for path in run.parent.glob(f"{FILE}*"):
        path.unlink()
    words = [sys.executable, "-m", "judge", "review", RUN, "--as", "ana", "--port"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), "PYTHONUNBUFFERED": "1"}

    def start(port: str) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen([*words, port], env=environment, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        link = next(found[0] for found in map(re.compile(r"http://\S+").search, process.stdout) if found)
        return process, link

    process, link = start("0")
    port = link.split(":")[2].partition("/")[0]
    with browser.page(chromium, allowed=(f"http://127.0.0.1:{port}",)) as (tab, watched):
        tab.set_default_timeout(PATIENCE)
        tab.goto(link)
        ready(tab)
        press(tab, "r")
        press(tab, "k")
        settled(tab)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        press(tab, "r")
        tab.wait_for_selector("#desk-trouble:not([hidden])")
        assert "does not answer" in tab.locator("#desk-trouble").inner_text()
        assert "1 decision not kept yet" in tab.locator("#desk-trouble").inner_text()
        before = shown(tab)
        press(tab, "k")
        press(tab, "z")  # undone at once, though nobody is there who could be told
        assert shown(tab) == before
        assert tab.locator("#desk-mine").inner_text().strip() == ""
        process, link = start(port)
        tab.wait_for_function("() => document.getElementById('desk-trouble').innerText.includes('open the new link')")
        second = tab.context.new_page()
        second.goto(link)
        ready(second)
        settled(tab)
        tab.wait_for_selector("#desk-trouble", state="hidden")
        second.reload()
        ready(second)
        assert second.locator("#desk-count").inner_text() == "3 of 22 inside the review budget"
        assert second.locator("#bar-place").inner_text().endswith("row 4 of 44")
        assert watched.violations == watched.dialogs == watched.requests == []
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 0
    with closing(Decisions(run.parent / FILE)) as decisions:
        assert [line.word for line in decisions.current()] == ["remove", "keep", "remove"]


def test_a_link_from_another_site_opens_too(page: Served, chromium: Any) -> None:
    """Where a terminal is itself a web page, the visit comes from another site, and the cookie only a moment later."""
    with browser.page(chromium, allowed=(page.origin, "http://localhost")) as (tab, _):
        tab.route("http://localhost:1/", lambda route: route.fulfill(body="<a>link</a>", content_type="text/html"))
        tab.goto("http://localhost:1/")
        tab.evaluate("link => { document.querySelector('a').href = link }", page.guard.invite("ana"))
        tab.get_by_text("link").click()
        ready(tab)
        assert tab.url == f"{page.origin}/"
