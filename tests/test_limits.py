"""Limits reached midway: what is in flight is kept, the rest is left, and the next run goes on there. Real store."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import pytest

from judge import judging, rank, sampling, sources, wiring
from judge.asking import Allowance, Round, Slot, Tally
from judge.backends import scripted
from judge.parts import Parts
from judge.ports import Prepared
from judge.records import Example, Reply, Request, Unscored
from judge.results import Suspect
from judge.sampling import unseen

ROWS = 60
GOOD = {"1": 0.01, "2": 0.01, "3": 0.01, "4": 0.01, "5": 0.95}
BAD = {"1": 0.95, "2": 0.01, "3": 0.01, "4": 0.01, "5": 0.01}


def honest(request: Request) -> Mapping[str, float] | str:
    """Grade rows with the word `wrong` down."""
    return BAD if "wrong" in request.row else GOOD


def parts_of(folder: Path, backend: scripted.Scripted | None = None, rows: int = ROWS) -> tuple[Parts, list[Example]]:
    """What a run over small rows is made of, with the store in `folder`, and the rows."""
    data = folder / "rows.jsonl"
    said = [{"id": f"r{n}", "prompt": f"What is {n} and {n}?", "response": f"It is {2 * n}."} for n in range(rows)]
    data.write_text("".join(json.dumps(row) + "\n" for row in said), encoding="utf-8")
    chosen = ["+dataset=local", f"dataset.path={data}", "backend=none", "quiet=true", f"store={folder / 's.sqlite'}"]
    parts = wiring.build(wiring.compose([*chosen, "report=false"]), rubric_set="standard", out=folder / "out")
    backend = backend or scripted.connect(script=honest, name="honest", batch=4)
    return replace(parts, backend=backend), list(sources.load(parts.dataset).examples)


def adds_up(tally: Tally) -> bool:
    """Whether every question is accounted for."""
    away = tally.asked + tally.reused + tally.copies + tally.too_long + tally.unanswered + tally.limited
    return tally.needed == away


def test_without_a_limit_nothing_is_left(tmp_path: Path) -> None:
    """An allowance without limits allows everything, and counts."""
    parts, examples = parts_of(tmp_path)
    allowance = Allowance()

    judged = judging.judge(parts, examples, allowance)

    assert {judged.status(e.id) for e in examples} == {"judged"}
    assert (judged.tally.asked, judged.tally.limited, judged.stopped) == (4 * ROWS, 0, frozenset())
    assert (allowance.spent, allowance.reached) == (judged.tally.computed, "")


def test_tokens_end_a_round_where_they_are_used_up(tmp_path: Path) -> None:
    """No more is computed than allowed, hardly less, and rows are judged in their order or not at all."""
    parts, examples = parts_of(tmp_path)
    whole = judging.judge(replace(parts, store=wiring_store(tmp_path / "other")), examples).tally.computed
    allowance = Allowance(tokens=whole // 3)

    judged = judging.judge(parts, examples, allowance)

    statuses = [judged.status(example.id) for example in examples]
    done = statuses.count("judged")
    assert statuses == ["judged"] * done + ["not_sampled"] * (ROWS - done)
    assert 0.9 * whole / 3 < judged.tally.computed <= whole / 3
    assert done == pytest.approx(ROWS / 3, abs=3)
    assert set(judged.verdicts) == {example.id for example in examples[:done]}
    assert all(len(found) == len(parts.rubrics) for found in judged.verdicts.values())
    assert set(judged.tokens) == set(judged.verdicts)
    assert judged.stopped == {example.id for example in examples[done:]}
    assert allowance.reached == "limit.tokens"
    assert {u.detail for found in judged.unscored.values() for u in found} == {
        "not asked, as a limit of the run was reached"
    }
    assert adds_up(judged.tally)


def wiring_store(folder: Path) -> object:
    """A store of its own."""
    folder.mkdir()
    return parts_of(folder)[0].store


def test_the_next_run_goes_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    """Runs with the same limit ask for what is missing, each question once, until nothing is."""
    asked: list[str] = []
    done = [0]
    for _ in range(9):
        backend = scripted.connect(script=honest, name="honest", batch=4)
        parts, examples = parts_of(tmp_path, backend)
        judged = judging.judge(parts, examples, Allowance(tokens=60_000))
        asked += backend.asked
        done.append(sum(judged.status(example.id) == "judged" for example in examples))
        assert judged.tally.reused + judged.tally.asked == len(asked)
        assert done[-1] > done[-2]
        if not judged.stopped:
            break

    assert done[-1] == ROWS
    assert len(done) > 3
    assert len(asked) == len(set(asked)) == 4 * ROWS


def test_time_ends_a_round_and_what_is_in_flight_is_kept(tmp_path: Path) -> None:
    """After the deadline nothing is sent; every answer that was given until then is stored."""
    backend = scripted.connect(script=honest, name="honest", batch=8, seconds=0.05)
    parts, examples = parts_of(tmp_path, backend)
    allowance = Allowance(until=time.monotonic() + 0.4)

    judged = judging.judge(parts, examples, allowance)

    keys = set(backend.asked)
    assert 8 <= len(keys) < 4 * ROWS
    assert set(parts.store.fetch(sorted(keys))) == keys
    assert allowance.reached == "limit.minutes"
    assert judged.tally.asked == len(keys)
    assert 0 < len(judged.verdicts) < ROWS
    assert adds_up(judged.tally)


def test_the_clock_is_the_callers(tmp_path: Path) -> None:
    """The allowance knows the time from its clock alone."""
    parts, examples = parts_of(tmp_path)
    ticks = iter(range(10_000))

    judged = judging.judge(parts, examples, Allowance(until=100, clock=lambda: float(next(ticks))))

    assert 0 < judged.tally.asked < 100


@pytest.mark.parametrize("allowance", [Allowance(tokens=0), Allowance(until=0.0)])
def test_where_nothing_is_allowed_no_model_is_loaded(tmp_path: Path, allowance: Allowance) -> None:
    """A backend that may be asked nothing is not even called, and every row is not sampled."""
    parts, examples = parts_of(tmp_path)
    called: list[object] = []

    @dataclass(frozen=True, kw_only=True, slots=True)
    class Watched(scripted.Scripted):
        def answer(self, asked: Iterable[Prepared]) -> Iterator[Sequence[tuple[Prepared, Reply]]]:
            called.append(asked)
            return iter(())

    backend = scripted.connect()
    watched = Watched(
        **{name: getattr(backend, name) for name in ("script", "script_name", "limit", "batch", "seconds")}
    )
    judged = judging.judge(replace(parts, backend=watched), examples, allowance)

    assert called == []
    assert {judged.status(example.id) for example in examples} == {"not_sampled"}
    assert judged.verdicts == judged.tokens == {}


def test_rounds_of_a_run_share_what_they_may_spend(tmp_path: Path) -> None:
    """What the scores used up is not there for words."""
    parts, examples = parts_of(tmp_path)
    allowance = Allowance(tokens=50_000)
    judged = judging.judge(parts, examples, allowance)
    verdicts = next(iter(judged.verdicts.values()))
    reasons = tuple(
        rank.Reason(kind="rubric", name=v.rubric, severity=1.0, share=0.25, because="", turn=v.turn) for v in verdicts
    )
    suspect = Suspect(rank=1, example=examples[0], suspicion=1.0, reasons=reasons, within_budget=True)

    words, tally = judging.explain(parts, (suspect,), replace(allowance, tokens=allowance.spent))

    assert words == {}
    assert (tally.needed, tally.asked, tally.limited) == (1, 0, 1)


def test_rows_that_were_not_given_are_not_sampled(tmp_path: Path) -> None:
    """A row outside the sample has the status of one that a limit cut short."""
    parts, examples = parts_of(tmp_path)

    judged = judging.judge(parts, examples[:5])

    assert judged.status(examples[4].id) == "judged"
    assert judged.status(examples[5].id) == "not_sampled"
    assert judged.stopped == frozenset()


@dataclass(kw_only=True)
class Engine:
    """Like an engine with a prefix cache: takes many at once, answers the last ones first, and drops one in `drops`."""

    room: int = 64
    cached: float = 0.9
    drops: int = 0
    runs: int = 0
    sent: list[str] = field(default_factory=list)

    def answer(self, asked: Iterable[Prepared]) -> Iterator[Sequence[tuple[Prepared, Reply]]]:
        """Keep up to `room` in flight."""
        self.runs += 1
        source, flying = iter(asked), list[Prepared]()
        while True:
            new = list(islice(source, self.room - len(flying)))
            self.sent += [prepared.key for prepared in new]
            flying += new
            if not flying:
                return
            done = [flying.pop() for _ in range(min(5, len(flying)))]
            yield [(p, self.reply(p)) for p in done if not (self.drops and int(p.key[-4:], 16) % self.drops == 0)]

    def reply(self, prepared: Prepared) -> Reply:
        """Most of the prompt is known."""
        cached = int(self.cached * prepared.tokens)
        return Reply(
            text="5", logprobs={"5": 0.0}, prompt_tokens=prepared.tokens, cached_tokens=cached, generated_tokens=1
        )


def ask(folder: Path, engine: Engine, allowance: Allowance, rows: int = 300) -> tuple[list[str | Unscored], Tally]:
    """One round over rows by four rubrics."""
    parts, examples = parts_of(folder, rows=rows)
    backend = parts.backend
    assert isinstance(backend, scripted.Scripted)
    asking: Round[Slot, Prepared, str] = Round(
        prepare=lambda slots: [backend.prepare(parts.asker.score(s.example, s.turn, s.rubric)) for s in slots],
        answer=engine.answer,
        store=parts.store,
        console=parts.console,
        what="judge",
        read=lambda _, reply: reply.text,
        allowance=allowance,
    )
    slots = [Slot(example=e, turn=t, rubric=r) for e in examples for t in e.judged for r in parts.rubrics]
    return asking.run(slots), asking.tally


@pytest.mark.parametrize("cached", [0.0, 0.5, 0.95])
def test_prompts_in_flight_are_held_against_the_limit(tmp_path: Path, cached: float) -> None:
    """However many an engine takes at once and whatever its cache saves, the limit is met, in a few fillings."""
    engine = Engine(cached=cached)
    allowance = Allowance(tokens=80_000)

    results, tally = ask(tmp_path, engine, allowance)

    assert 0.95 * 80_000 < tally.computed <= 80_000
    assert allowance.spent == tally.computed
    assert engine.runs <= 12
    assert [isinstance(result, Unscored) for result in results] == sorted(isinstance(r, Unscored) for r in results)
    assert adds_up(tally)
    assert tally.limited == len(results) - tally.asked


def test_lost_replies_are_told_from_questions_that_were_left(tmp_path: Path) -> None:
    """What was sent and not answered is unanswered, what was not sent is limited, and no round hangs on either."""
    engine = Engine(drops=7)

    results, tally = ask(tmp_path, engine, Allowance(tokens=80_000))

    reasons = [result.reason for result in results if isinstance(result, Unscored)]
    assert reasons.count("unanswered") == tally.unanswered > 0
    assert reasons.count("limit") == tally.limited > 0
    assert len(engine.sent) == len(set(engine.sent)) == tally.asked + tally.unanswered
    assert adds_up(tally)


def test_an_engine_that_takes_nothing_ends_the_round(tmp_path: Path) -> None:
    """An engine that closes at once leaves every question unanswered instead of being asked for ever."""
    engine = Engine(room=0)

    _, tally = ask(tmp_path, engine, Allowance(tokens=80_000), rows=5)

    assert (engine.runs, tally.unanswered, tally.limited) == (1, 20, 0)


def test_a_stopped_run_is_a_valid_partial_audit(tmp_path: Path) -> None:
    """A drawn sample, cut short by the limit, still bounds the rows that nobody saw."""
    rows = [
        {"id": f"r{n}", "prompt": f"What is {n}?", "response": "It is wrong." if n % 10 == 0 else f"It is {n}."}
        for n in range(1200)
    ]
    parts, _ = parts_of(tmp_path)
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    examples = {example.id: example for example in sources.load(parts.dataset).examples}
    strata = {name: ("rows", "even" if n % 2 else "odd") for n, name in enumerate(examples)}
    sample = sampling.draw(list(examples.values()), strata, room=1000)

    judged = judging.judge(parts, [examples[name] for name in sample.order], Allowance(tokens=1_000_000))
    partial = sampling.realised(sample, judged.stopped)
    low = {name: any(v.severity > 0.5 for v in found) for name, found in judged.verdicts.items()}
    seen = unseen.bound(partial, low)

    assert 100 < len(judged.verdicts) < 600
    assert {name for unit in partial.drawn for name in unit.rows} == set(judged.verdicts)
    assert all(0 < p <= 1 for p in partial.probabilities.values())
    assert seen.unseen.low < 0.1 < seen.unseen.most < 0.2
    assert seen.left + len(judged.verdicts) == 1200
