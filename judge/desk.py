"""A run on the desk of whoever reviews it: its rows, the orders in which they come up, and what each person may do."""

import json
import shlex
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judge import clean, report, reporting, reviewed, sources, standing
from judge.inbox import Run
from judge.reliability import Word
from judge.review import app, asked
from judge.review.book import Book
from judge.review.decisions import Decisions, Entry
from judge.text import number, printable
from judge.views import lines, opinions, orders


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Review:
    """
    A run as it is reviewed.

    Attributes:
        ids, digests: of its rows, by number.
        content: what the page shows.
        queues: the orders, by name.
        population: digest of the set's data.
    """

    run: Run
    ids: Sequence[str]
    digests: Sequence[str]
    content: reporting.Content
    queues: Mapping[str, orders.Queue]
    population: str


def read(run: Run, spec: sources.Spec, guide: str | None, sample: int) -> Review:
    """
    All that is reviewed of a run.

    Raises:
        JudgeError: the run or its data cannot be read, or are not what they were.
    """
    loaded = clean.load(run, spec)
    content = reporting.content(run, loaded.examples, guide)
    table, told = run.examples(), list(run.lines("suspects.jsonl"))
    order = lines.order([str(line["example_id"]) for line in told], table.index)
    known = table.loc[list(order.ids)]
    levels = {name: len(one["levels"]) for name, one in run.manifest["config"]["rubrics"].items()}
    columns = {name: [number(value) for value in known[f"{name}.score"]] for name in levels if f"{name}.score" in known}
    scores = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    graded = [orders.gravest(row, levels) for row in scores] or [None] * len(order.ids)
    findings = [orders.spoken(line) for line in told] + [0.0] * (len(order.ids) - len(told))
    digests, population = known["digest"].tolist(), str(run.manifest["data"]["digest"])
    found = (
        orders.by_suspicion(order.ranked, content.data["run"]["budget"]),
        orders.by_disagreement(graded, findings),
        orders.at_random(digests, population, sample),
    )
    queues: dict[str, orders.Queue] = {queue.name: queue for queue in found if queue and queue.rows}
    return Review(run=run, ids=order.ids, digests=digests, content=content, queues=queues, population=population)


class Room:
    """
    Where several people decide on one run at once.

    Args:
        review: the run.
        decisions: the file that all is written to.
        order: in which rows come up at first.
        say: shows one line in the terminal.
    """

    def __init__(self, review: Review, decisions: Decisions, order: str, say: Callable[[str], None]) -> None:
        self._review = review
        self._order = order
        self._decisions = decisions
        self._say = say
        self._places: dict[str, list[int]] = {}
        for n, content in enumerate(review.digests):
            self._places.setdefault(content, []).append(n)
        self._book = Book(decisions, self._places, review.population)
        self._detail = threading.Lock()
        self._finish = threading.Lock()
        self._labels = standing.store(review.run).with_name(standing.LABELS)

    def desk(self) -> app.Desk:
        """What the web app needs."""
        content = self._review.content
        if self._review.ids:
            self.row(0)  # the first one takes longest, and nobody has to wait for it
        data = json.dumps({**content.data, "mode": "review"}, separators=(",", ":"), allow_nan=False)
        page = report.page(content.lead, {}, content.charts(), mode="review")
        return app.Desk(
            page=page.encode("utf-8", "replace"),
            assets=report.assets(),
            data=data.encode("ascii"),
            rows=len(self._review.ids),
            row=self.row,
            queue=self.queue,
            state=self.state,
            decide=self.decide,
            undo=self.undo,
            finish=self.finish,
            told=self._say,
        )

    def row(self, index: int) -> Mapping[str, Any]:
        """All of one row; and its other numbers, where its content stands in the set more than once."""
        with self._detail:
            told = self._review.content.detail(index)
        copies = [n for n in self._places[self._review.digests[index]] if n != index]
        return {**told, "copies": copies}

    def queue(self, name: str) -> Mapping[str, Any] | None:
        """Rows in the order of that name; without one, which orders there are, and which is the first."""
        if not name:
            return {"order": self._order, "orders": list(self._review.queues)}
        queue = self._review.queues.get(name)
        return None if queue is None else {"rows": queue.rows, "first": queue.first, "says": queue.says}

    def state(self, who: str, since: int) -> Mapping[str, Any]:
        """What a person may see of everything that was written after the line `since`."""
        seq = self._book.refresh()
        return {"who": who, "seq": seq, "rows": self._book.seen(who, since), "people": self._book.people()}

    def decide(self, who: str, told: asked.Decide) -> Mapping[str, Any]:
        """Write a batch; when this returns it is on the disk."""
        queue = self._review.queues.get("random") if told.order == "random" else None
        drawn = queue.probability if queue and set(told.words) <= set(queue.rows) else None
        entries = {
            self._review.digests[n]: Entry(
                digest=self._review.digests[n],
                example_id=self._review.ids[n].encode("utf-8", "replace").decode("utf-8"),
                word=word,
                note=told.note,
                by=who,
                how=told.order,
                probability=drawn,
                population=self._review.population if drawn else "",
                run=str(self._review.run.folder),
            )
            for n, word in told.words.items()
        }
        self._decisions.record(list(entries.values()), told.batch)
        return self.state(who, told.since)

    def undo(self, who: str, told: asked.Undo) -> Mapping[str, Any]:
        """Take a person's last batch back, and say which rows it was about."""
        gone = self._decisions.undo(who, self._places, told.batch)
        rows = [n for content in gone for n in self._places.get(content, ())]
        return {**self.state(who, told.since), "undone": rows}

    def finish(self, who: str) -> Mapping[str, Any]:
        """Write `labels.jsonl`, and say what all decisions come to, what the people agree on, and what comes next."""
        with self._finish:
            many = self.write()
            self._book.refresh()
            run = self._review.run
            held = standing.of(run, standing.digests(run))
            said: dict[str, dict[int, Word]] = {}
            for line in self._book.standing():
                if line.word is not None:
                    said.setdefault(line.by, {})[self._places[line.digest][0]] = line.word
            come_to = reviewed.says(standing.review(run, held.decisions)) if held.decisions else []
            return {
                "who": who,
                "labels": str(self._labels),
                "decisions": many,
                "says": [printable(line) for line in come_to],
                "agree": opinions.agree(said),
                "next": commands(self._review.content.data["run"]["folder"], self._labels),
            }

    def write(self) -> int:
        """Write `labels.jsonl` beside the decisions where there are any; how many stand."""
        stand = self._decisions.current(self._review.population)
        if stand or self._labels.exists():
            standing.write(self._labels, stand)
        return len(stand)


def commands(named: str, labels: Path) -> list[list[str]]:
    """What to do with decisions: a few words and a command, each."""
    run, file = shlex.quote(named), shlex.quote(str(labels))
    return [
        ["Take the bad rows out", f"python -m judge clean {run} --by decisions"],
        ["Take them to where you label", f"python -m judge labels {run} --help"],
        ["Let the next audit know, and turn suspicion into a probability", f"dataset.labels={file}"],
    ]
