"""A run on the desk of whoever reviews it: what is drawn, what a decision records, and what is never written over."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from room import audited

from judge import desk, inbox, remaking, standing
from judge.errors import StoreError
from judge.inbox import Run
from judge.review import asked
from judge.review.decisions import FILE, Decisions
from judge.reviewed import says
from judge.views import orders

HAND = '{"example_id": "day-1", "decision": "keep", "by": "cy"}\n'
ROWS: list[dict[str, Any]] = [
    *(
        {"id": f"day-{n}", "prompt": f"Is it open on day {n}?", "response": f"On day {n} it is open."}
        for n in range(24)
    ),
    *(
        {"id": f"same-{n}", "prompt": "Where is it?", "response": "It is at [INSERT PLACE].", "source": "shop"}
        for n in range(4)
    ),
    *({"id": f"bad-{n}", "prompt": f"Who is {n}?", "response": "He is [INSERT NAME]."} for n in range(4)),
    {"id": "again", "prompt": "Where is it?", "response": "It is at [INSERT PLACE].", "source": "chat"},
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A set with five rows of one content in two sources."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("desk"))
        yield inbox.load(audited(ROWS, "runs/rows/one", "review_budget=0.2"))


@pytest.fixture(scope="module")
def review(run: Run) -> desk.Review:
    """The run, as it is reviewed with the usual sample."""
    return desk.read(run, *remaking.dataset(run.manifest))


@pytest.fixture
def store(run: Run) -> Iterator[Path]:
    """Where its decisions are kept; nothing is left of them."""
    path = standing.store(run)
    yield path
    for one in path.parent.glob("*.*"):
        one.unlink()


def decided(room: desk.Room, rows: list[int], batch: str, order: str = "random") -> None:
    """Keep rows, one after the other."""
    for n in rows:
        words: dict[int, Any] = {n: "keep"}
        room.decide("ana", asked.Decide(words=words, note="", order=order, batch=f"{batch}{n}", since=0))


def test_rows_inside_the_budget_come_first(run: Run, review: desk.Review) -> None:
    """By what the audit says of each row: one that counts with another source is inside where its twin is."""
    table = run.examples().loc[list(review.ids)]
    inside = {n for n, there in enumerate(table["within_budget"]) if there}
    queue = review.queues["suspicion"]
    assert set(queue.rows[: queue.first]) == inside
    assert (table["also_in"] != "").sum() == 1


def test_a_decision_on_a_drawn_row_says_how_many_of_its_content_were_drawn(
    run: Run, review: desk.Review, store: Path
) -> None:
    """With the usual sample, half of a small set; the rate is of all rows that the audit accounts for."""
    queue = review.queues["random"]
    assert (len(queue.rows), queue.probability) == (16, pytest.approx(16 / 33))
    with closing(Decisions(store)) as decisions:
        room = desk.Room(review, decisions, "random", print)
        decided(room, list(queue.rows[:8]), "first")
        part = standing.of(run, standing.digests(run)).decisions
        told = room.finish("ana")["says"][-1]
        assert " of 16 drawn rows are decided (" in told
        assert told.endswith("as stopping when it looks right would bend it")
        assert standing.review(run, part).rate is None
        decided(room, list(queue.rows[8:]), "then")
        decided(
            room, [n for n in queue.rows if review.digests[n] != review.digests[queue.rows[0]]][:3], "other", "list"
        )
        lines = {line.digest: line for line in decisions.current(review.population)}
        for content, line in lines.items():
            many = sum(review.digests[n] == content for n in queue.rows)
            assert (line.probability, line.drawn) == ((queue.probability, many) if many else (None, 1))
        assert any(line.drawn > 1 for line in lines.values())
        written = Path(room.finish("ana")["labels"]).read_text(encoding="utf-8").splitlines()
        assert sum(json.loads(line)["drawn"] for line in written) == 16
        come_to = standing.review(run, standing.of(run, standing.digests(run)).decisions)
    accounting = run.manifest["accounting"]
    assert come_to.rate is not None
    assert come_to.rate.rows == accounting["rows"] == len(ROWS)
    assert any(f" of {len(ROWS)} rows" in line for line in says(come_to))


def test_whoever_wants_all_rows_as_a_sample_gets_them(run: Run) -> None:
    """And is told when the rate comes."""
    queue = desk.read(run, *remaking.dataset(run.manifest), 99).queues["random"]
    assert (len(queue.rows), queue.probability) == (len(ROWS), 1)
    assert queue.says == orders.at_random(["a"], "", 1).says


def test_labels_that_were_not_written_here_are_left_and_that_is_told_once(review: desk.Review, store: Path) -> None:
    """In the terminal once, and on the page wherever it sums up."""
    path = store.with_name(standing.LABELS)
    path.write_text(HAND, encoding="utf-8")
    said: list[str] = []
    with closing(Decisions(store)) as decisions:
        room = desk.Room(review, decisions, "suspicion", said.append)
        assert room.write() == 0
        decided(room, [0], "b", "suspicion")
        told = [room.finish("ana")["says"][-1] for _ in range(2)]
    assert path.read_text(encoding="utf-8") == HAND
    assert said == [told[0]] == [told[1]]
    assert said[0].startswith(f"{path} was not written here: left as it is; take it in with: python -m judge labels")


def test_a_decision_on_a_file_that_is_gone_is_refused_and_the_others_are_saved(
    review: desk.Review, store: Path
) -> None:
    """The page hears of it, and what was decided before is written where it can be taken in again."""
    with closing(Decisions(store)) as decisions:
        room = desk.Room(review, decisions, "suspicion", print)
        decided(room, [0, 1], "b", "suspicion")
        for one in store.parent.glob(f"{FILE}*"):
            one.unlink()
        with pytest.raises(StoreError, match="was moved, deleted or replaced"):
            decided(room, [2], "c", "suspicion")
        assert room.finish("ana")["decisions"] == 2
    assert len(store.with_name(standing.LABELS).read_text(encoding="utf-8").splitlines()) == 2
