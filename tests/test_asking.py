"""A round of asking against a plain model of it, and what it keeps: real store, hypothesis."""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import pytest
from builders import criterion, example
from hypothesis import given
from hypothesis import strategies as st

from judge import digest, reckoning, verdict
from judge.asking import Allowance, Questions, Round, Slot, Tally
from judge.console import Terminal
from judge.errors import Interrupted
from judge.grades import Lacking, Sheet, Verdicts
from judge.ports import REFUSED, TOO_LONG, Sent
from judge.records import Example, Reply, Unscored, Verdict
from judge.seen import Seen
from judge.store import ReplyStore

RUBRIC = criterion()
ROOMY = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of a made-up round: what is asked, and how many tokens it has."""

    place: int
    content: int
    tokens: int

    @property
    def example(self) -> Example:
        """The row."""
        return example(name=f"r{self.place}")

    turn: int = 1
    name: str = "tone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown(Sent):
    """What is sent for one."""

    content: int


ROUNDS = itertools.count()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplyStore]:
    """One for all rounds; each has keys of its own."""
    made = ReplyStore(tmp_path_factory.mktemp("asking") / "replies.sqlite")
    yield made
    made.close()


def key(number: int, content: int) -> str:
    """The name of the answer, in the round of this number."""
    return digest.of([number, content])


@dataclass(kw_only=True)
class Judge:
    """Takes `room` at once, answers `batch` at a time, the last first; loses or refuses some, and may stop early."""

    room: int
    batch: int
    lost: frozenset[int] = frozenset()
    refused: Mapping[int, str] = field(default_factory=dict)
    sent: list[int] = field(default_factory=list)

    def answer(self, asked: Iterable[Shown]) -> Iterator[Sequence[tuple[Shown, Reply]]]:
        """Keep up to `room` in flight."""
        source, flying = iter(asked), list[Shown]()
        while True:
            new = list(islice(source, self.room - len(flying)))
            self.sent += [one.content for one in new]
            flying += new
            if not flying:
                return
            done = [flying.pop() for _ in range(min(self.batch, len(flying)))]
            yield [(p, self.reply(p)) for p in done if p.content not in self.lost]

    def reply(self, p: Shown) -> Reply:
        """Every third cannot be read."""
        if p.content in self.refused:
            return Reply(text="no", stop=self.refused[p.content])
        return Reply(text=str(p.content), prompt_tokens=p.tokens, generated_tokens=1)


def read(question: Question, reply: Reply) -> str | Unscored:
    """Every fifth answer says nothing."""
    if int(reply.text) % 5 == 0:
        return Unscored(example_id=f"r{question.place}", turn=1, rubric="tone", reason="unreadable")
    return reply.text


CONTENTS = st.integers(0, 40)


@given(
    contents=st.lists(CONTENTS, max_size=90),
    known=st.frozensets(CONTENTS),
    lost=st.frozensets(CONTENTS, max_size=6),
    refused=st.dictionaries(CONTENTS, st.sampled_from([REFUSED, TOO_LONG]), max_size=4),
    long=st.frozensets(CONTENTS, max_size=6),
    room=st.integers(1, 12),
    batch=st.integers(1, 5),
    chunk=st.sampled_from([1, 3, 16, 512]),
    watched=st.booleans(),
)
def test_any_round_is_as_a_plain_one(  # noqa: PLR0917 - drawn
    store: ReplyStore,
    contents: list[int],
    known: frozenset[int],
    lost: frozenset[int],
    refused: dict[int, str],
    long: frozenset[int],
    room: int,
    batch: int,
    chunk: int,
    watched: bool,  # noqa: FBT001 - drawn
) -> None:
    """Whatever is known, said twice, too long, lost or refused: each result and each count is what one by one gives."""
    questions = [Question(place=n, content=c, tokens=2000 if c in long else 10) for n, c in enumerate(contents)]
    judge = Judge(room=room, batch=batch, lost=lost, refused=refused)
    checked: list[int] = []
    number = next(ROUNDS)
    store.put([(key(number, c), Reply(text=str(c))) for c in known])
    check = (lambda replies: checked.append(len(replies))) if watched else None
    asking = round_of(judge, store, number=number, check=check)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("judge.asking._CHUNK", chunk)
        results = asking.run(questions)

    def plain(content: int) -> str:
        if content in long:
            return "too_long"
        if content in known:
            return "reused"
        if content in lost:
            return "unanswered"
        return {REFUSED: "unanswered", TOO_LONG: "too_long"}.get(refused.get(content, ""), "asked")

    first: set[int] = set()
    counts = dict.fromkeys(("asked", "reused", "copies", "too_long", "unanswered", "limited"), 0)
    for content in contents:
        what = plain(content)
        counts["copies" if what == "asked" and content in first else what] += 1
        first.add(content)
    said = [result.reason if isinstance(result, Unscored) else result for result in results]
    heard = {"asked": str, "reused": str}
    expected = [("unreadable" if c % 5 == 0 else str(c)) if plain(c) in heard else plain(c) for c in contents]
    assert said == expected
    assert {name: getattr(asking.tally, name) for name in counts} == counts
    assert asking.tally.needed == sum(counts.values()) == len(contents)
    assert asking.tally.unread == expected.count("unreadable")
    assert len(judge.sent) == len(set(judge.sent)), "nothing is sent twice"
    assert set(judge.sent) == set(contents) - known - long
    assert list(asking.sizes) == [0 if c in long else 10 for c in contents]
    readable = [c for c in contents if plain(c) in heard]
    assert not watched or checked or not readable or len(contents) > 8, "a sample is looked at"


def round_of(
    judge: Judge,
    store: ReplyStore,
    *,
    number: int = -1,
    allowance: Allowance | None = None,
    check: Callable[[Sequence[Reply]], None] | None = None,
) -> Round[Question, Shown, str]:
    """A round of made-up questions: of equal content, equal key; more than 1,000 tokens do not fit."""

    def prepare(some: Sequence[Question]) -> list[Shown]:
        names = [key(number, q.content) for q in some]
        fits = [q.tokens <= ROOMY for q in some]
        return [
            Shown(key=name, payload="", tokens=q.tokens, fits=fit, content=q.content)
            for name, q, fit in zip(names, some, fits, strict=True)
        ]

    return Round(
        prepare=prepare,
        answer=judge.answer,
        store=store,
        console=Terminal(quiet=True),
        what="judge",
        read=read,
        check=check,
        allowance=allowance,
    )


@given(
    contents=st.lists(CONTENTS, min_size=1, max_size=90),
    known=st.frozensets(CONTENTS),
    allowed=st.integers(0, 600),
    room=st.integers(1, 12),
    chunk=st.sampled_from([1, 16, 512]),
)
def test_a_limit_leaves_what_is_known_and_no_more(  # noqa: PLR0917 - drawn
    store: ReplyStore, contents: list[int], known: frozenset[int], allowed: int, room: int, chunk: int
) -> None:
    """Where tokens are used up all that is known is still read, the rest is left in its order, and all adds up."""
    questions = [Question(place=n, content=c, tokens=10) for n, c in enumerate(contents)]
    judge, allowance, number = Judge(room=room, batch=2), Allowance(tokens=allowed), next(ROUNDS)
    store.put([(key(number, c), Reply(text=str(c))) for c in known])
    asking = round_of(judge, store, number=number, allowance=allowance)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("judge.asking._CHUNK", chunk)
        results = asking.run(questions)

    missing = list(dict.fromkeys(c for c in contents if c not in known))
    sent = missing[: min(len(missing), allowed // 11)]
    left = [isinstance(result, Unscored) and result.reason == "limit" for result in results]
    assert judge.sent == sent
    assert left == [c not in known and c not in sent for c in contents]
    assert asking.tally.limited == sum(left)
    assert allowance.spent == 11 * len(sent) <= allowed
    assert allowance.reached == ("limit.tokens" if any(left) else "")


@pytest.mark.parametrize("moment", ["committed", "counted half", "before"])
def test_a_signal_amid_a_batch_tells_what_is_stored(tmp_path: Path, moment: str) -> None:
    """Whatever a signal breaks off, the answers that are said to be stored are those that are."""

    class Struck(ReplyStore):
        def put(self, replies: Sequence[tuple[str, Reply]]) -> Mapping[str, Reply]:
            self.batches = getattr(self, "batches", 0) + 1
            if moment == "before" and self.batches == 4:
                raise Interrupted(2)
            kept = super().put(replies)
            if moment == "committed" and self.batches == 4:
                raise Interrupted(2)
            return kept

    done = [0]

    def take(_: int, __: object) -> None:
        done[0] += 1
        if moment == "counted half" and done[0] == 18:
            raise Interrupted(2)

    struck = Struck(tmp_path / "replies.sqlite")
    with pytest.raises(Interrupted) as stop:
        round_of(Judge(room=16, batch=5), struck).stream(
            [Question(place=n, content=n, tokens=10) for n in range(1, 41)], take
        )
    kept = struck.holds().replies
    struck.close()

    assert kept == (15 if moment == "before" else 20)
    assert stop.value.__notes__ == [f"{kept} of 40 answers are stored"]


def test_nothing_is_kept_of_what_was_handed_on(store: ReplyStore) -> None:
    """While it goes through many questions, a round holds those of one chunk and what is in flight, no others."""
    alive: set[int] = set()
    most = [0]

    class Watched(Question):
        def __init__(self, n: int) -> None:
            super().__init__(place=n, content=n, tokens=10)
            alive.add(n)
            most[0] = max(most[0], len(alive))

        def __del__(self) -> None:
            alive.discard(self.place)

    class Many(Sequence[Question]):
        def __len__(self) -> int:
            return 3000

        def __getitem__(self, n: int) -> Question:  # type: ignore[override]
            return Watched(n)

        def __iter__(self) -> Iterator[Question]:
            return map(self.__getitem__, range(3000))

    done = [0]

    def take(_: int, __: object) -> None:
        done[0] += 1

    round_of(Judge(room=64, batch=16), store).stream(Many(), take)

    assert done == [3000]
    assert most[0] < 3000 / 2


@given(st.lists(st.text(max_size=4), max_size=60), st.lists(st.text(max_size=4), max_size=60), st.integers(1, 9))
def test_seen_is_a_set(added: list[str], asked: list[str], few: int) -> None:
    """What came by is told from what did not, however it is kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("judge.seen._NEW", few)
        seen = Seen()
        for name in added:
            seen.add(name)
        assert seen.among(asked) == set(added) & set(asked)


LOGPROBS = st.lists(st.floats(-40, 0) | st.just(-math.inf), min_size=5, max_size=5)


@given(st.lists(LOGPROBS, min_size=1, max_size=8), st.integers(2, 5))
def test_a_sheet_gives_back_what_it_was_given(replies: list[list[float]], levels: int) -> None:
    """Packed and unpacked, a verdict is the same to the last digit, and so is a reason for none."""
    rubrics = (criterion("tone"), criterion("form", levels=levels))
    questions = Questions([example(name=f"r{n}") for n in range(len(replies))], rubrics)
    sheet, expected = Sheet(questions), list[Verdict | Unscored]()
    for place, slot in enumerate(questions):
        said = dict(zip("12345", replies[place // 2], strict=True))
        reply = Reply(text="5", logprobs={label: said[label] for label in slot.rubric.labels})
        result = verdict.read_label(reply, slot.rubric, slot.example.id, slot.turn, max_off_scale=0.9)
        sheet.put(place, result)
        expected.append(result)

    verdicts, lacking = Verdicts(sheet), Lacking(sheet)
    names = [f"r{n}" for n in range(len(replies))]
    assert [v for name in names for v in verdicts.get(name, ())] == [v for v in expected if isinstance(v, Verdict)]
    assert [u for name in names for u in lacking.get(name, ())] == [u for u in expected if isinstance(u, Unscored)]
    assert list(verdicts) == [name for name in names if name in verdicts]
    assert len(lacking) == len({u.example_id for u in expected if isinstance(u, Unscored)})
    assert Verdicts(sheet, frozenset(names)) == {}


def test_a_sheet_keeps_written_labels_and_rows_that_a_limit_stopped() -> None:
    """A grade without a distribution stays one; a row with a question that was not asked is stopped."""
    questions = Questions([example(name="a"), example(name="b")], (RUBRIC, criterion("form")))
    sheet = Sheet(questions)
    written = verdict.read_written_label(Reply(text='{"label": "4"}'), RUBRIC, "a", 1)
    why = Unscored(example_id="b", turn=1, rubric="form", reason="limit", detail="x")
    sheet.put(0, written)
    sheet.put(3, why)

    assert sheet.verdicts("a") == (written,)
    assert sheet.unscored("b") == (why,)
    assert sheet.stopped() == {"b"}
    assert (sheet.verdicts("nobody"), sheet.scored("b"), sheet.lacks("a")) == ((), False, False)


@given(st.lists(st.integers(1, 3), min_size=1, max_size=9))
def test_questions_are_a_sequence_of_slots(turns: list[int]) -> None:
    """Gone through or picked out by place, they are the same questions in the same order."""
    rows = [
        replace(example(*(["q", "a"] * n), name=f"r{at}"), judged=tuple(range(1, 2 * n, 2)))
        for at, n in enumerate(turns)
    ]
    rubrics = (RUBRIC, criterion("form"), criterion("fact"))
    expected = [Slot(example=e, turn=t, rubric=r) for e in rows for t in e.judged for r in rubrics]

    questions = Questions(rows, rubrics)

    assert list(questions) == expected == [questions[n] for n in range(len(questions))]


def test_a_copy_of_a_row_costs_nothing() -> None:
    """A row's tokens count once under each system message, its further questions and answers one by one."""
    rows = [example(name="a"), example(name="b"), example("Other?", "Yes.", name="c")]
    questions = Questions(rows, (RUBRIC, criterion("form")))
    sizes = [120, 121, 120, 121, 0, 131]

    shared = reckoning.tokens(questions, sizes, [100, 100], [5, 6], shared=True)
    apart = reckoning.tokens(questions, sizes, [100, 100], [5, 6], shared=False)

    assert list(shared) == [1 + 20 + 1 + 6, 0, 1 + 31]
    assert list(apart) == [1 + 20 + 1 + 21, 0, 1 + 31]
    assert dict(reckoning.ByRow(questions.rows, shared, frozenset({"c"}))) == {"a": 28}


def test_a_round_of_nothing_is_nothing(store: ReplyStore) -> None:
    """No question opens no backend."""
    asking = round_of(Judge(room=0, batch=1), store)

    assert asking.run([]) == []
    assert asking.tally == Tally(seconds=asking.tally.seconds)
