"""A run on the desk of whoever reviews it: its rows, the orders in which they come up, and what each person may do."""

import json
import shlex
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judge import clean, report, reporting, reviewed, sources, standing
from judge.inbox import Run, reading
from judge.reliability import Reviewed, Word
from judge.review import app, asked
from judge.review.book import Book
from judge.review.decisions import Decisions, Entry
from judge.text import number, printable, whole
from judge.views import opinions, orders, text

_TAKEN = "this name of a batch stands for something else already; nothing was kept"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Review:
    """
    A run as it is reviewed.

    Attributes:
        ids, digests: of its rows, by number.
        content: what the page shows.
        queues: the orders, by name.
        groups: by group, the numbers of all rows of each of its camps, also of rows that the page does not list.
        population: digest of the set's data.
    """

    run: Run
    ids: Sequence[str]
    digests: Sequence[str]
    content: reporting.Content
    queues: Mapping[str, orders.Queue]
    groups: asked.Groups
    population: str


def read(run: Run, spec: sources.Spec, guide: str | None, sample: int | None = None) -> Review:
    """
    All that is reviewed of a run.

    Args:
        run: the audit.
        spec: its data set.
        guide: the text of the set's guide, if it has one.
        sample: rows of the random sample; None: as many as is usual for the set.

    Raises:
        JudgeError: the run or its data cannot be read, or are not what they were.
    """
    loaded = clean.load(run, spec)
    content = reporting.content(run, loaded.examples, guide, text.WHOLE)
    order, known = content.order, run.examples().loc[list(content.order.ids)]
    levels = {name: len(one["levels"]) for name, one in run.manifest["config"]["rubrics"].items()}
    columns = {name: [number(value) for value in known[f"{name}.score"]] for name in levels if f"{name}.score" in known}
    scores = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    graded = [orders.gravest(row, levels) for row in scores] or [None] * len(order.ids)
    findings = [*content.evidence, *[0.0] * (len(order.ids) - order.ranked)]
    digests, population = known["digest"].tolist(), run.population
    found = (
        orders.by_suspicion(known["within_budget"].tolist()[: order.ranked]),
        orders.by_disagreement(graded, findings),
        orders.at_random(digests, population, sample or orders.usual(len(digests))),
    )
    queues: dict[str, orders.Queue] = {queue.name: queue for queue in found if queue and queue.rows}
    return Review(
        run=run,
        ids=order.ids,
        digests=digests,
        content=content,
        queues=queues,
        groups=_groups(run, order.ids),
        population=population,
    )


def _groups(run: Run, ids: Sequence[str]) -> asked.Groups:
    places = {name: n for n, name in enumerate(ids)}
    with reading(run.folder):
        told = run.lines("groups.jsonl")
        return [[[places[name] for name in camp["members"]] for camp in group["camps"]] for group in told]


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
        self._contents = standing.digests(review.run)
        self._charts: list[dict[str, Any]] = []
        self._page, self._head = b"", -1  # the page as it was last asked for, and the last line that it knows of
        self._labels = standing.store(review.run).with_name(standing.LABELS)
        self._left = ""  # why it was not written

    def desk(self) -> app.Desk:
        """What the web app needs."""
        content = self._review.content
        if self._review.ids:
            self.row(0)  # the first one takes longest, and nobody has to wait for it
        data = json.dumps({**content.data, "mode": "review"}, separators=(",", ":"), allow_nan=False)
        return app.Desk(
            page=self.page,
            assets=report.assets(),
            data=data.encode("ascii"),
            rows=len(self._review.ids),
            groups=self._review.groups,
            row=self.row,
            queue=self.queue,
            state=self.state,
            decide=self.decide,
            undo=self.undo,
            finish=self.finish,
            told=self._say,
        )

    def page(self) -> bytes:
        """The page, whose head says what all decisions come to by now."""
        with self._finish:
            seq, content = self._book.refresh(), self._review.content
            if seq != self._head:
                self._charts = self._charts or content.charts()
                made = "".join(report.page(content.head(self._come_to()), {}, self._charts, mode="review"))
                self._page, self._head = made.encode("utf-8", "replace"), seq
            return self._page

    def _come_to(self) -> Reviewed | None:
        """What all decisions say of the list; None where there are none."""
        held = standing.of(self._review.run, self._contents)
        return standing.review(self._review.run, held.decisions) if held.decisions else None

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
        brought = Counter(self._review.digests[n] for n in queue.rows) if queue and drawn else Counter[str]()
        entries = {
            self._review.digests[n]: Entry(
                digest=self._review.digests[n],
                example_id=whole(self._review.ids[n]),
                word=word,
                note=told.note,
                by=who,
                how=told.order,
                probability=drawn,
                population=self._review.population if drawn else "",
                drawn=brought[self._review.digests[n]] or 1,
                run=whole(str(self._review.run.folder)),
            )
            for n, word in told.words.items()
        }
        self._decisions.record(list(entries.values()), told.batch)
        held = self._decisions.batch(who, told.batch)  # of a name that was used before it is what was said then
        if [(e.digest, e.word, e.note, "") for e in entries.values()] != [
            (line.digest, line.word, line.note, line.undoes) for line in held
        ]:
            raise asked.RefusedError(_TAKEN, 409)
        return self.state(who, told.since)

    def undo(self, who: str, told: asked.Undo) -> Mapping[str, Any]:
        """Take a person's last batch back, and say which rows it was about."""
        gone = self._decisions.undo(who, self._places, told.batch)
        if not all(line.undoes for line in self._decisions.batch(who, told.batch)):
            raise asked.RefusedError(_TAKEN, 409)
        rows = [n for content in gone for n in self._places.get(content, ())]
        return {**self.state(who, told.since), "undone": rows}

    def finish(self, who: str) -> Mapping[str, Any]:
        """Write `labels.jsonl`, and say what all decisions come to, what the people agree on, and what comes next."""
        with self._finish:
            many = self.write()
            left = [self._left] if self._left else []
            self._book.refresh()
            said: dict[str, dict[int, Word]] = {}
            for line in self._book.standing():
                if line.word is not None:
                    said.setdefault(line.by, {})[self._places[line.digest][0]] = line.word
            come_to = self._come_to()
            return {
                "who": who,
                "labels": str(self._labels),
                "decisions": many,
                "written": not self._left,
                "says": [printable(line) for line in (*(reviewed.says(come_to) if come_to else ()), *left)],
                "agree": opinions.agree(said),
                "next": commands(self._review.content.data["run"]["folder"], self._labels),
            }

    def write(self) -> int:
        """Write `labels.jsonl` beside the decisions, where nothing is lost by it; how many decisions stand."""
        left = standing.write(self._labels, self._decisions, self._review.population)
        if left and left != self._left:
            self._say(left)
        self._left = left
        return len(self._decisions.current(self._review.population))


def commands(named: str, labels: Path) -> list[list[str]]:
    """What to do with decisions: a few words and a command, each."""
    run, file = shlex.quote(named), shlex.quote(str(labels))
    return [
        ["Take the bad rows out", f"python -m judge clean {run} --by decisions"],
        ["Take them to where you label", f"python -m judge labels {run} --help"],
        ["Let the next audit know, and turn suspicion into a probability", f"dataset.labels={file}"],
    ]
