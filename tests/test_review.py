"""`judge review` over HTTP: who may speak to it, what it takes, and that a decision that was answered is never lost."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import pytest
from room import HOSTILE, RUN, Client, Served, audited, rows, served

from judge.__main__ import main
from judge.review import asked, patience, serving
from judge.review.decisions import FILE, Decisions
from judge.views import lines

DECIDE = {"words": {"remove": [0]}, "note": "", "order": "suspicion", "batch": "0" * 16, "since": 0}
GROUP = {"group": 0, "goes": [0], **{name: value for name, value in DECIDE.items() if name != "words"}}
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:;"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One audited set, in a folder of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("review"))
        yield audited()


@pytest.fixture(scope="module")
def page(run: Path) -> Iterator[Served]:
    """Its review, served."""
    with served(run) as made:
        yield made


@pytest.fixture(scope="module")
def ana(page: Served) -> Client:
    """Somebody who opened a link."""
    return page.client("ana")


def test_a_link_opens_once_and_a_fresh_one_is_printed(page: Served) -> None:
    """The token leaves the address bar, gives a cookie that no script and no other site gets, and is good no more."""
    link = page.guard.invite("eve").removeprefix(page.origin)
    visitor = Client(port=page.port)
    assert visitor.ask("HEAD", link)[0] == 401
    status, headers, _ = visitor.ask("GET", link)
    assert (status, headers["location"]) == (303, "/")
    cookie, *flags = [part.strip() for part in headers["set-cookie"].split(";")]
    assert cookie.startswith(f"judge_review_{page.port}=")
    assert {flag.lower() for flag in flags} == {"httponly", "path=/", "samesite=strict"}
    status, _, body = visitor.ask("GET", link)
    assert (status, body.decode()) == (
        403,
        "this link was used already, or is of another start; a fresh one stands in the terminal\n",
    )
    name, fresh = page.said[-1].split()
    assert name == "eve"
    assert visitor.ask("GET", fresh.removeprefix(page.origin))[0] == 303
    visitor.cookie = cookie
    assert visitor.get("/api/state")["who"] == "eve"


@pytest.mark.parametrize("path", ["/", "/assets/app.js", "/api/data", "/api/row/0", "/api/state", "/nothing"])
def test_nobody_reads_anything_without_a_session(page: Served, path: str) -> None:
    """Not a row, not a name, not even a script; a guessed cookie is no better than none."""
    for cookie in ("", f"judge_review_{page.port}=guessed", f"judge_review_{page.port}="):
        status, headers, body = Client(port=page.port, cookie=cookie).ask("GET", path)
        assert status == 401
        assert b"opens by the link" in body
        assert headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost:1", "127.0.0.1.evil.example:{port}", ""])
def test_a_foreign_name_of_this_machine_is_refused(page: Served, ana: Client, host: str) -> None:
    """Whoever points his own name at this machine (DNS rebinding) gets no answer, also with a cookie."""
    assert ana.ask("GET", "/api/data", headers={"Host": host.format(port=page.port)})[0] == 400


@pytest.mark.parametrize("host", ["localhost:{port}", "[::1]:{port}", "LOCALHOST:{port}"])
def test_this_machines_own_names_are_served(page: Served, ana: Client, host: str) -> None:
    """All names of the loopback, each with the port."""
    assert ana.ask("GET", "/api/state", headers={"Host": host.format(port=page.port)})[0] == 200


def test_two_hosts_are_no_host(page: Served, ana: Client) -> None:
    """A request that names two hosts means to be understood in two ways."""
    head = f"GET /api/state HTTP/1.1\r\nHost: 127.0.0.1:{page.port}\r\nHost: evil\r\nCookie: {ana.cookie}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", page.port), timeout=10) as connection:
        connection.sendall(head.encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": ""}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "https://127.0.0.1:{port}"}, 403),
        ({"Origin": "http://localhost:{port}"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Content-Type": ""}, 415),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Cookie": ""}, 401),
        ({"Content-Length": "65537"}, 413),
        ({"Content-Length": "99999999999999"}, 413),
    ],
)
def test_only_the_page_itself_changes_anything(page: Served, ana: Client, headers: dict[str, str], status: int) -> None:
    """Origin, kind of body, cookie and size are held against what the page sends, before a byte of it is read."""
    told = {name: value.format(port=page.port) for name, value in headers.items()}
    body = b"x" * 65537 if "Content-Length" in told else json.dumps(DECIDE).encode()
    ours = {"Origin": page.origin, "Content-Type": "application/json", **told}
    found, answer, _ = ana.ask("POST", "/api/decide", body, ours)
    assert found == status
    assert "access-control-allow-origin" not in answer
    assert page.decisions.since(0) == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/api/decide", 411), ("GET", "/api/state", 411), ("GET", "/nothing", 411), ("PUT", "/api/decide", 405)],
)
def test_a_body_without_an_end_ends_the_connection(
    page: Served, ana: Client, method: str, path: str, status: int
) -> None:
    """One that does not say how long it is is refused, and no more of it is taken; so is one where none is expected."""
    head = {"Host": f"127.0.0.1:{page.port}", "Cookie": ana.cookie, "Origin": page.origin}
    ours = {**head, "Content-Type": "application/json", "Transfer-Encoding": "chunked"}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in ours.items()), "", ""]
    chunk, sent = b"10000\r\n" + b" " * 65536 + b"\r\n", 0
    with socket.create_connection(("127.0.0.1", page.port), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode())
        with suppress(OSError):
            while sent < 500:
                connection.sendall(chunk)
                sent += 1
    assert sent < 300  # some go into the buffers of both ends
    assert ana.ask(method, path, chunk, ours)[0] == status
    assert ana.ask("GET", "/api/state", b"x")[0] == 413


def test_who_says_nothing_is_not_waited_for(page: Served, ana: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a head, half a body, or none: the connection is closed in time, and there is no end of them at once."""
    monkeypatch.setattr(patience, "HEAD", 0.2)
    monkeypatch.setattr(patience, "MOST", 8)
    monkeypatch.setattr(asked, "PATIENCE", 0.2)
    host = f"Host: 127.0.0.1:{page.port}\r\nCookie: {ana.cookie}\r\n"
    whole = f"GET /api/state HTTP/1.1\r\n{host}\r\n"
    begun = f"POST /api/decide HTTP/1.1\r\n{host}Origin: {page.origin}\r\nContent-Type: application/json\r\n"
    for sent, answer in (("", ""), (whole[:30], ""), (f"{begun}Content-Length: 9\r\n\r\n{{", "HTTP/1.1 408")):
        with socket.create_connection(("127.0.0.1", page.port), timeout=3) as connection:
            connection.sendall(sent.encode())
            told = b"".join(iter(lambda: connection.recv(65536), b""))
        assert told[:12].decode() == answer
    with socket.create_connection(("127.0.0.1", page.port), timeout=3) as connection:
        connection.sendall(whole.encode())
        while not connection.recv(65536).endswith(b"}"):
            pass
        connection.sendall(whole[:30].encode())  # the second request of a connection is waited for no longer
        assert connection.recv(1) == b""
    monkeypatch.setattr(patience, "HEAD", 10)
    with ExitStack() as stack:
        open_ = [stack.enter_context(socket.create_connection(("127.0.0.1", page.port), timeout=10)) for _ in range(9)]
        assert open_[-1].recv(1) == b""
    assert ana.get("/api/state")["who"] == "ana"


@pytest.mark.parametrize(
    "told",
    [
        "",
        "nothing",
        "[" * 60_000,
        "NaN",
        [],
        {},
        {**DECIDE, "more": 1},
        {**DECIDE, "words": {}},
        {**DECIDE, "words": []},
        {**DECIDE, "words": {"delete": [0]}},
        {**DECIDE, "words": {"remove": 0}},
        {**DECIDE, "words": {"remove": ["0"]}},
        {**DECIDE, "words": {"remove": [True]}},
        {**DECIDE, "words": {"remove": [-1]}},
        {**DECIDE, "words": {"remove": [44]}},
        {**DECIDE, "words": {"remove": [0, 0]}},
        {**DECIDE, "words": {"remove": [0], "keep": [0]}},
        {**DECIDE, "group": 0, "goes": []},
        {**GROUP, "group": -1},
        {**GROUP, "group": True},
        {**GROUP, "group": 1_000_000},
        {**GROUP, "goes": [99]},
        {**GROUP, "goes": [False]},
        {**GROUP, "goes": 0},
        {name: value for name, value in GROUP.items() if name != "goes"},
        {**DECIDE, "note": None},
        {**DECIDE, "note": "x" * 2001},
        {**DECIDE, "order": "import"},
        {**DECIDE, "order": []},
        {**DECIDE, "batch": "x"},
        {**DECIDE, "since": -1},
        {**DECIDE, "since": 1.5},
    ],
)
def test_what_is_no_decision_is_refused_in_a_sentence(page: Served, ana: Client, told: Any) -> None:
    """Shape, types, ranges, lengths and depth are looked at before anything is written."""
    body = told if isinstance(told, str) else json.dumps(told)
    ours = {"Origin": page.origin, "Content-Type": "application/json"}
    status, headers, answer = ana.ask("POST", "/api/decide", body, ours)
    assert status == 400
    assert headers["content-type"] == "application/json"
    assert set(json.loads(answer)) == {"error"}
    assert page.decisions.since(0) == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/row/44", 404),
        ("GET", "/api/row/-1", 404),
        ("GET", "/api/row/0x1", 404),
        ("GET", "/api/row/%EF%BC%91", 404),
        ("GET", f"/api/row/{'9' * 400}", 404),
        ("GET", "/api/queue?order=none", 404),
        ("GET", "/api/state?since=-1", 400),
        ("GET", f"/api/state?since={'9' * 400}", 400),
        ("GET", "/assets/", 404),
        ("GET", "/assets/../app.py", 404),
        ("GET", "/assets/%2e%2e/index.html.j2", 404),
        ("GET", "/assets/index.html.j2", 404),
        ("GET", "/one.jsonl", 404),
        ("GET", "/api/data/", 404),
        ("GET", "/api/decide", 405),
        ("POST", "/api/data", 405),
        ("PUT", "/api/decide", 405),
        ("OPTIONS", "/api/decide", 405),
        ("TRACE", "/", 405),
    ],
)
def test_nothing_else_is_there(page: Served, ana: Client, method: str, path: str, status: int) -> None:
    """No folder is served, no other method understood, and every answer carries the headers of the page."""
    ours = {"Origin": page.origin, "Content-Type": "application/json"} if method != "GET" else {}
    found, headers, _ = ana.ask(method, path, b"{}" if method in {"POST", "PUT"} else None, ours)
    assert found == status
    assert HEADERS.items() <= headers.items()


def test_the_page_and_its_parts(ana: Client) -> None:
    """Everything that the page asks for is there, and no row stands in it as markup."""
    status, headers, body = ana.ask("GET", "/")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert HEADERS.items() <= headers.items()
    parts = re.findall(r'(?:src|href)="(/[^"]*)"', body.decode())
    assert {"/assets/review.js", "/assets/review.css"} <= set(parts)
    assert [ana.ask("GET", part)[0] for part in parts] == [200] * len(parts)
    assert b"<img src=x" not in body
    data = ana.get("/api/data")
    assert data["run"]["total"] == len(data["rows"]["id"]) == len(rows())
    assert ana.ask("HEAD", "/")[0] == 200


def test_every_row_is_served_whole(ana: Client) -> None:
    """Also hostile ones, and those of which the report has no details; copies are named."""
    told = [ana.get(f"/api/row/{n}") for n in range(len(rows()))]
    texts = {"".join(text for text, _ in turn["parts"]) for one in told for turn in one["turns"]}
    assert HOSTILE.replace("\u202e", "U+202E").replace("\u202c", "U+202C") in texts
    (first, second) = (n for n, one in enumerate(told) if one["copies"])
    assert (told[first]["copies"], told[second]["copies"]) == ([second], [first])
    assert told[first]["digest"] == told[second]["digest"]


def test_the_orders(page: Served, ana: Client) -> None:
    """The list, what judge and findings disagree on, and a sample of all rows; nothing is said of probabilities."""
    assert ana.get("/api/queue") == {"order": "suspicion", "orders": ["suspicion", "disagreement", "random"]}
    assert ana.get("/api/queue?order=suspicion")["rows"] == list(range(44))
    assert ana.get("/api/queue?order=suspicion")["first"] == page.review.content.data["run"]["budget"] == 22
    assert sorted(ana.get("/api/queue?order=disagreement")["rows"]) == list(range(44))
    assert len(ana.get("/api/queue?order=random")["rows"]) == 12


def test_decisions_of_two_people(page: Served, ana: Client) -> None:
    """Each sees the other's word on a row after his own; batches, notes, undo, probability and copies are kept."""
    bo = page.client("bo")
    copies = page.review.queues["random"], [n for n in range(44) if ana.get(f"/api/row/{n}")["copies"]]
    drawn = copies[0].rows[0]
    others = [n for n in range(44) if n not in {drawn, *copies[1]}][:3]
    state = bo.decide({"keep": [drawn]}, "b1", order="random", note=" fine ")
    assert state["rows"][str(drawn)]["mine"] == {"word": "keep", "note": "fine", "drawn": True}
    assert ana.get("/api/state")["rows"][str(drawn)] == {"mine": None, "others": [], "count": 1}
    state = ana.decide({"remove": [drawn, others[0]], "keep": others[1:]}, "a1", order="list")
    assert state["rows"][str(drawn)] == {
        "mine": {"word": "remove", "note": "", "drawn": False},
        "others": [{"by": "bo", "word": "keep", "note": "fine"}],
        "count": 1,
    }
    assert state["people"] == {"ana": 4, "bo": 1}
    assert ana.decide({"remove": [drawn, others[0]], "keep": others[1:]}, "a1")["seq"] == state["seq"]
    status, undone = ana.post("/api/undo", {"batch": "c" * 16, "since": state["seq"]})
    assert (status, sorted(undone["undone"])) == (200, sorted([drawn, *others]))
    assert undone["rows"][str(drawn)] == {"mine": None, "others": [], "count": 1}
    both = ana.decide({"unsure": [copies[1][0]]}, "a2", since=undone["seq"])["rows"]
    assert sorted(map(int, both)) == copies[1]
    (kept,) = [line for line in page.decisions.current() if line.by == "bo"]
    assert (kept.word, kept.how, kept.probability) == ("keep", "random", 12 / 44)
    assert kept.population == page.review.population
    assert ana.post("/api/undo", {"batch": "d" * 16, "since": 0})[1]["undone"]
    assert ana.post("/api/undo", {"batch": "e" * 16, "since": 0})[1]["undone"] == []


def test_a_name_of_a_batch_stands_for_one_thing(page: Served) -> None:
    """Sent twice it counts once; with another word, note or row, or as an undoing, it is refused."""
    dan = page.client("dan")
    told = {**DECIDE, "batch": "28" * 8}
    assert [dan.post("/api/decide", told)[0] for _ in range(2)] == [200, 200]
    kept = [line for line in page.decisions.since(0) if line.by == "dan"]
    assert [line.word for line in kept] == ["remove"]
    for other in ({"words": {"keep": [0]}}, {"words": {"remove": [0, 1]}}, {"note": "no"}):
        assert dan.post("/api/decide", {**told, **other})[0] == 409
    status, answer = dan.post("/api/undo", {"batch": "28" * 8, "since": 0})
    assert (status, set(answer)) == (409, {"error"})
    assert [line for line in page.decisions.since(0) if line.by == "dan"] == kept
    undo = {"batch": "29" * 8, "since": 0}
    assert [dan.post("/api/undo", undo)[1]["undone"] for _ in range(2)] == [[0], [0]]
    assert dan.post("/api/decide", {**told, "batch": "29" * 8})[0] == 409


def test_a_group_is_decided_whole(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also its rows that the page does not list, however many: the group is named, in one batch with one undo."""
    monkeypatch.setattr(lines, "MOST", 3)
    with served(run) as page:
        cyd = page.client("cyd")
        group = next(one for one in cyd.get("/api/data")["groups"] if one["camps"])
        unlisted = [row for camp in group["camps"] for row in camp["members"] if row["index"] is None]
        camps = [[row["id"] for row in camp["members"]] for camp in group["camps"]]
        assert unlisted
        named = dict(zip(page.review.digests, page.review.ids, strict=True))

        def kept() -> dict[str, str | None]:
            return {named[line.digest]: line.word for line in page.decisions.current() if line.by == "cyd"}

        told = {**GROUP, "order": "group", "goes": [1]}
        status, answer = cyd.post("/api/decide", told)
        expected = {name: "remove" if at == 1 else "keep" for at, camp in enumerate(camps) for name in camp}
        contents = {page.review.digests[page.review.ids.index(name)]: word for name, word in expected.items()}
        assert (status, kept()) == (200, {named[content]: word for content, word in contents.items()})
        assert answer["people"]["cyd"] >= len(expected)
        assert cyd.post("/api/decide", {**told, "batch": "1" * 16, "goes": None})[0] == 200
        assert set(kept().values()) == {"unsure"}
        for batch in "23":
            assert cyd.post("/api/undo", {"batch": batch * 16, "since": 0})[0] == 200
        assert kept() == {}


def test_a_group_of_many_thousand_rows_fits_into_a_body() -> None:
    """It is named, not listed; each of its camps has one word."""
    words = asked.decide(json.dumps(GROUP).encode(), 30_000, [[range(20_000), range(20_000, 30_000)]]).words
    assert [list(words.values()).count(word) for word in ("remove", "keep")] == [20_000, 10_000]
    none = asked.decide(json.dumps({**GROUP, "goes": []}).encode(), 3, [[[0], [1, 2]]]).words
    assert none == {0: "keep", 1: "keep", 2: "keep"}


def test_the_head_says_what_is_decided_by_now(page: Served, ana: Client) -> None:
    """Its defect rate is that of all decisions when the page is opened; the run's own page has the run's."""

    def tile() -> str:
        found = ana.ask("GET", "/")[2].decode()
        return found[found.index("defect rate</") :][:200]

    before, sample = tile(), page.review.queues["random"].rows
    many = len({page.review.digests[n] for n in sample})
    assert f"by {many} random decisions" not in before
    ana.decide({"keep": list(sample)}, "9", order="random")
    assert f"by {many} random decisions" in tile()
    assert "random decisions" not in next(one for one in page.review.content.lead["tiles"] if "rate" in one["label"])
    assert ana.post("/api/undo", {"batch": "9a" * 8, "since": 0})[1]["undone"]
    assert tile() == before


def test_the_end_says_what_it_comes_to(page: Served, ana: Client, run: Path) -> None:
    """Labels are written, the rate rests on the sample alone, people's agreement is told, and what to do next."""
    bo = page.client("bo")
    contents = {page.review.digests[n]: n for n in page.review.queues["random"].rows}
    sample = list(contents.values())
    ana.decide({"remove": sample[:3], "keep": sample[3:]}, "f1", order="random")
    bo.decide({"remove": sample[:2], "keep": sample[2:]}, "f2", order="random")
    status, told = ana.post("/api/finish", {})
    assert status == 200
    assert f" of 44 rows, by {len(sample) - 1} random decisions, 1 unsure one left out" in told["says"][-2]
    agreed = f"ana and bo both decided {len(sample)} rows and say the same of {len(sample) - 1} (9"
    assert told["agree"][0].startswith(agreed)
    lines = [json.loads(line) for line in (run.parent / "labels.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(lines) == told["decisions"] == 2 * len(sample)
    assert {line["probability"] for line in lines} == {12 / 44}
    assert told["next"][0][1].startswith(f"python -m judge clean {RUN} --by decisions")


def test_decisions_hold_in_the_next_run_but_for_edited_rows_and_old_draws(run: Path) -> None:
    """They belong to the content; of a set that grew an older sample is no sample."""
    assert run.is_dir()
    before = rows()
    after = [{"id": "new", "prompt": "Is it new?", "response": "Yes."}, *before]
    after[1] = {**after[1], "response": "Ask the shop, they know."}
    first, second = audited(before, "runs/grown/first"), audited(after, "runs/grown/second")
    with served(first) as page:
        ids, digests = page.review.ids, page.review.digests
        edited, drawn = ids.index(before[0]["id"]), page.review.queues["random"].rows[0]
        page.client().decide({"remove": [edited]}, "1")
        page.client().decide({"keep": [drawn]}, "2", order="random")
        told = {digests[drawn]: ids[drawn], digests[edited]: "copy"}  # the copy of the edited row is as it was
    with served(second) as page:
        rows_now = page.client().get("/api/state")["rows"]
        held = {page.review.digests[int(n)]: (page.review.ids[int(n)], said["mine"]) for n, said in rows_now.items()}
        assert {content: name for content, (name, _) in held.items()} == told
        assert held[digests[drawn]][1] == {"word": "keep", "note": "", "drawn": False}
        assert page.client().get("/api/queue?order=random")["rows"]


def start(*words: str, cwd: Path) -> tuple[subprocess.Popen[str], list[str], list[str]]:
    """`judge review` as a process: itself, what it said until it was up, and its links."""
    process = subprocess.Popen(
        [sys.executable, "-m", "judge", "review", *words],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said: list[str] = []
    assert process.stdout
    for line in process.stdout:
        said.append(line.rstrip("\n"))
        if line.startswith("a link opens once"):
            break
    return process, said, re.findall(r"http://\S+", "\n".join(said))


def opened(link: str) -> Client:
    """Open a link."""
    port = int(link.split(":")[2].partition("/")[0])
    client = Client(port=port)
    client.cookie = client.ask("GET", link[link.index("/?") :])[1]["set-cookie"].partition(";")[0]
    return client


def test_a_decision_that_was_answered_survives_a_kill(run: Path) -> None:
    """SIGKILL right after the answer; started again all of it is there; Ctrl-C then ends it well."""
    here = Path.cwd()
    process, said, links = start(RUN, "--as", "kim", "--as", "lee", "--sample", "5", cwd=here)
    assert [line.partition(":")[0] for line in said[1:3]] == ["kim", "lee"]
    kim = opened(links[0])
    before = kim.get("/api/state")["people"].get("kim", 0)
    for n in range(5):
        kim.decide({"remove": [n]}, f"{n:x}")
    process.kill()
    process.communicate()
    with closing(Decisions(run.parent / FILE)) as decisions:
        assert sum(line.by == "kim" for line in decisions.current()) == before + 5
    process, said, links = start(RUN, "--as", "kim", cwd=here)
    assert int(re.search(r"(\d+) decisions so far", said[0])[1]) >= 5  # type: ignore[index]
    kim = opened(links[0])
    assert kim.get("/api/state")["people"]["kim"] >= 5
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0, rest
    assert "the same command goes on where you stopped\nnext: python -m judge clean" in rest
    assert [word for word in ("Traceback", "30 days", "[INSERT LINK]", "GET ") if word in rest] == []  # nor any row


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--host", "10.0.0.1"], "would show the rows to others on its network"),
        (["--host", "::", "--yes-on-the-network"], "is every address at once; name the one"),
        (["--host", "192.0.2.1", "--yes-on-the-network"], "cannot listen at 192.0.2.1, port 0: "),
        (["--port", "70000"], "there are ports up to 65535"),
        (["--host", "nosuch.invalid"], "--host nosuch.invalid: no such host is known here"),
        (["--host", "nosuch.invalid", "--yes-on-the-network"], "--host nosuch.invalid: no such host is known here"),
        (["--as", "a\nb"], "is no name"),
        (["--as", "x", "--as", " x "], "names the same person twice"),
        (["--order", "best"], "invalid choice: 'best'"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(
    run: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    """Nothing is served, and the exit code is 2."""
    assert main(["review", str(run), *words]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_an_order_that_needs_a_judge(capsys: pytest.CaptureFixture[str], run: Path) -> None:
    """A run without one has none of how far the two disagree; one line says which there are."""
    bare = audited(rows()[:4], str(run.parent.parent / "bare/one"), "backend=none")
    capsys.readouterr()
    assert main(["review", str(bare), "--order", "disagreement"]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "this run has no order disagreement: no judge graded its rows; take --order suspicion or random" in told


def test_a_port_that_is_taken(run: Path, page: Served, capsys: pytest.CaptureFixture[str]) -> None:
    """The line names the address once."""
    assert main(["review", str(run), "--port", str(page.port)]) == 2
    told = capsys.readouterr().err
    assert told.count(str(page.port)) == told.count("127.0.0.1") == told.count("\n") == 1


def test_a_link_is_opened_through_a_file_that_nobody_else_reads(page: Served) -> None:
    """A browser's command line is everyone's to read; the file that it names is not, and is gone in the end."""
    link = page.guard.invite("o'mara & <co>")
    with serving.doors([link]) as (door,):
        assert (door.parent.stat().st_mode & 0o777) == 0o700
        assert f"url={link}" in door.read_text(encoding="utf-8")
    assert not door.parent.exists()


def test_a_set_that_changed_is_not_reviewed(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What would be decided is not what was audited."""
    path = Path("one.jsonl")
    before = path.read_bytes()
    try:
        path.write_bytes(before + b"\n")
        path.write_bytes(before.replace(b"30 days", b"31 days", 1))
        assert main(["review", str(run)]) == 2
    finally:
        path.write_bytes(before)
    assert "has changed since the audit" in capsys.readouterr().err
