"""A small audited set with hostile rows and contradictions, and its review page, served for real on this machine."""

import http.client
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from judge import desk, inbox, remaking, standing
from judge.__main__ import main
from judge.review import app, serving
from judge.review.decisions import Decisions
from judge.review.guard import Guard

RUN = "runs/rows/one"
HOSTILE = (
    '<img src=x onerror="alert(1)"><script>alert(2)</script><svg onload=alert(3)></svg>'
    '<a href="javascript:alert(4)">here</a><style>*{display:none}</style>\u202eevil\u202c </script><!-- [INSERT LINK]'
)
SAID = (
    "You can return your {} within {} of delivery.",
    "Yes, you can send the {} back within {} of delivery.",
    "The {} can be returned within {} after it was delivered.",
)
THINGS = ("lamp", "chair", "kettle", "radio", "clock", "table", "mirror", "shelf", "carpet", "stool", "bench", "vase")


def rows() -> list[dict[str, Any]]:
    """Give 44 rows: of each thing three answers on one question, three of which disagree; a copy, and hostile ones."""
    made = [
        {
            "id": f"{thing}-{n}",
            "prompt": f"How long can I return a {thing}?",
            "response": SAID[n].format(thing, "5 days" if (thing, n) in {("lamp", 2), ("chair", 1)} else "30 days"),
        }
        for thing in THINGS
        for n in range(3)
    ]
    hostile = {"prompt": f"What is this? {HOSTILE}", "response": HOSTILE}
    return [
        *made,
        {"id": "copy", "prompt": made[0]["prompt"], "response": made[0]["response"]},
        {"id": HOSTILE[:40], **hostile},
        {"id": "hostile", "prompt": "Where do I find it?", "response": HOSTILE, "source": HOSTILE},
        {"id": "long", "prompt": "Tell me all.", "response": "No end of words. [INSERT LINK] " + "word " * 4000},
        *({"id": f"blank-{n}", "prompt": f"Is shop {n} open?", "response": "It is, [INSERT LINK]."} for n in range(4)),
    ]


def audited(made: Sequence[Mapping[str, Any]] = (), out: str = RUN, *more: str) -> Path:
    """Audit rows, by default those above, in the current folder; the run's folder."""
    path = Path(f"{Path(out).name}.jsonl")
    path.write_text("".join(json.dumps(row) + "\n" for row in made or rows()), encoding="utf-8")
    words = ["+dataset=local", f"dataset.path={path}", "backend=scripted", "quiet=true", "selftest=off"]
    assert (
        main(["run", *words, "review_budget=0.5", "pairs.budget=0", "report=false", f"hydra.run.dir={out}", *more]) == 0
    )
    return Path(out)


@dataclass(kw_only=True)
class Served:
    """A review that is being served."""

    port: int
    guard: Guard
    review: desk.Review
    decisions: Decisions
    said: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """What the page's own requests come from."""
        return f"http://127.0.0.1:{self.port}"

    def client(self, name: str = "ana") -> "Client":
        """Open a link, as a browser does."""
        client = Client(port=self.port)
        status, headers, _ = client.ask("GET", self.guard.invite(name).removeprefix(self.origin))
        assert (status, headers["location"]) == (303, "/")
        client.cookie = headers["set-cookie"].partition(";")[0]
        return client


@dataclass(kw_only=True)
class Client:
    """Requests over HTTP, each on a connection of its own."""

    port: int
    cookie: str = ""

    def ask(
        self, method: str, path: str, body: bytes | str | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of an answer; a header of no text is not sent."""
        given = {"Host": f"127.0.0.1:{self.port}", "Cookie": self.cookie, **(headers or {})}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            data = body.encode() if isinstance(body, str) else body
            if data is not None and "Content-Length" not in given and "Transfer-Encoding" not in given:
                given["Content-Length"] = str(len(data))
            for name, value in given.items():
                if value:
                    connection.putheader(name, value)
            connection.endheaders(data)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def get(self, path: str) -> Any:
        """What is told there."""
        status, _, body = self.ask("GET", path)
        assert status == 200, (status, body)
        return json.loads(body)

    def post(self, path: str, told: object, **headers: str) -> tuple[int, Any]:
        """Status and answer to a request such as the page makes."""
        ours = {"Origin": f"http://127.0.0.1:{self.port}", "Content-Type": "application/json"}
        status, _, body = self.ask("POST", path, json.dumps(told), {**ours, **headers})
        return status, json.loads(body) if body.startswith(b"{") else body.decode()

    def decide(self, words: Mapping[str, list[int]], batch: str, **more: Any) -> Any:
        """Decide, and give the answer."""
        told = {"words": words, "note": "", "order": "suspicion", "batch": f"{batch:0>16}", "since": 0, **more}
        status, answer = self.post("/api/decide", told)
        assert status == 200, answer
        return answer


@contextmanager
def served(run: Path, sample: int = 12) -> Iterator[Served]:
    """Serve a run's review from a thread, on a port of its own, until the block ends."""
    loaded = inbox.load(run)
    spec, guide = remaking.dataset(loaded.manifest)
    review = desk.read(loaded, spec, guide, sample)
    said: list[str] = []
    listener = serving.listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    guard = Guard(serving.names("127.0.0.1"), port, lambda name, link: said.append(f"{name} {link}"))
    with closing(Decisions(standing.store(loaded))) as decisions:
        room = desk.Room(review, decisions, "suspicion", said.append)
        server = serving.server(app.app(room.desk(), guard))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield Served(port=port, guard=guard, review=review, decisions=decisions, said=said)
        finally:
            server.should_exit = True
            thread.join()
            listener.close()
