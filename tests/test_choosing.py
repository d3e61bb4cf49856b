"""Limits, samples and plans in whole runs: what is judged, what is said of the rest, and what is foretold."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from judge import audit, history, judging, planning, sources, wiring
from judge.backends import scripted
from judge.errors import ConfigError, DataError
from judge.forecast import forecast
from judge.parts import Parts
from judge.records import Request
from judge.results import Outcome

ROWS = 1_300
GOOD = {"1": 0.01, "2": 0.01, "3": 0.01, "4": 0.01, "5": 0.95}
BAD = {"1": 0.95, "2": 0.01, "3": 0.01, "4": 0.01, "5": 0.01}


def words(n: int) -> str:
    """Words that no other row has in this order, so that no two rows ask the same."""
    draw = random.Random(n)
    return " ".join("".join(draw.choices("bdfglmnprst", k=2)) + draw.choice("aeiou") + str(n) for _ in range(6))


def data(folder: Path, rows: int = ROWS) -> Path:
    """Write rows of two sources, every tenth of them wrong, every hundredth loud."""
    path = folder / "rows.jsonl"
    lines = [
        {
            "id": f"r{n}",
            "prompt": f"The {('lamp', 'clock', 'kettle')[n % 3]} has {words(n)}?",
            "response": f"Press the {'wrong' if n % 10 == 0 else 'upper'} button; {words(-n)}."
            + (" {{your name here}}" if n % 100 == 0 else ""),
            "source": "shop" if n % 4 else "forum",
        }
        for n in range(rows)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def sharp(request: Request) -> Mapping[str, float]:
    """Grade wrong buttons down."""
    if request.pair:
        return {**dict.fromkeys("ABCDE", 0.004), "F": 0.98}
    return BAD if "wrong button" in request.row else GOOD


def parts(folder: Path, *overrides: str, rows: int = ROWS) -> Parts:
    """Put a run together; its judge counts what it is asked."""
    folder.mkdir(exist_ok=True)
    settings = [
        f"dataset.path={data(folder, rows)}",
        f"store={folder / 'replies.sqlite'}",
        "protocol=score",
        "quiet=true",
        "report=false",
    ]
    config = wiring.compose(
        ["+dataset=local", "backend=scripted", "pairs.budget=0", "selftest=off", *settings, *overrides]
    )
    out = folder / "rows" / f"run{len(list(folder.glob('rows/*')))}"
    made = wiring.build(config, rubric_set="standard", out=out)
    return replace(made, backend=scripted.connect(script=sharp, name="sharp"))


def table(outcome: Outcome, made: Parts) -> pd.DataFrame:
    """The table of examples."""
    assert outcome.accounting.rows
    return pd.read_parquet(made.out / "examples.parquet").set_index("example_id")


def test_without_a_limit_every_row_is_judged(tmp_path: Path) -> None:
    """No limit, no sample: all rows are judged, for certain, and nothing is said of unseen ones."""
    made = parts(tmp_path)
    outcome = audit.run(made)
    assert outcome.accounting.judged == ROWS
    assert outcome.seen is None
    assert set(table(outcome, made)["inclusion"]) == {1.0}


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Parts]:
    """A run with room for 1,100 of 1,300 rows."""
    made = parts(tmp_path_factory.mktemp("sampled"), "limit.rows=1100")
    return audit.run(made), made


def test_a_sample_is_judged_and_every_row_is_ranked(sampled: tuple[Outcome, Parts]) -> None:
    """The limit's number of rows is judged; the others are accounted for as not sampled, and ranked by findings."""
    outcome, made = sampled
    assert outcome.accounting.judged == 1_100
    assert outcome.accounting.not_sampled == ROWS - 1_100
    assert len(outcome.suspects) == ROWS
    rows = table(outcome, made)
    left = rows[rows["status"] == "not_sampled"]
    assert len(left) == ROWS - 1_100
    assert left["factual.score"].isna().all()
    assert rows[[name for name in rows.columns if name.startswith("signal.")]].notna().all().all()


def test_inclusion_probabilities_give_unbiased_rates(sampled: tuple[Outcome, Parts]) -> None:
    """Weighing each judged row by one over its probability gives back the set: its size, and its share of bad rows."""
    outcome, made = sampled
    rows = table(outcome, made)
    assert ((rows["inclusion"] > 0) & (rows["inclusion"] <= 1)).all()
    judged = rows[rows["status"] == "judged"]
    weights = 1 / judged["inclusion"]
    assert weights.sum() == pytest.approx(ROWS, rel=0.01)
    low = judged["factual.score"] < 3
    assert (weights * low).sum() / weights.sum() == pytest.approx(0.1, abs=0.02)


def test_rows_that_findings_speak_against_are_judged_for_certain(sampled: tuple[Outcome, Parts]) -> None:
    """Half of the room beyond a random sample goes to the rows with the strongest findings."""
    outcome, made = sampled
    rows = table(outcome, made)
    loud = rows.loc[[f"r{n}" for n in range(0, ROWS, 100)]]
    assert (loud["status"] == "judged").all()
    assert (loud["inclusion"] == 1).all()
    assert outcome.seen is not None
    assert 13 <= outcome.seen.certain <= 50, "there is room for fifty, and no more rows show anything"


def test_the_report_bounds_what_was_not_seen(sampled: tuple[Outcome, Parts]) -> None:
    """Console and manifest say what share of the unseen rows is graded low at most; the truth is below it."""
    outcome, made = sampled
    seen = outcome.seen
    assert seen is not None
    unseen = table(outcome, made).query("status == 'not_sampled'")
    truth = sum(int(name[1:]) % 10 == 0 for name in unseen.index) / len(unseen)
    assert seen.unseen.low <= truth <= seen.unseen.high
    assert truth <= seen.unseen.most < 0.3
    assert f"of the {ROWS - 1_100:,} not judged at most" in seen.says
    told = json.loads((made.out / "manifest.json").read_text("utf-8"))
    assert told["unseen"]["says"] == seen.says
    assert told["accounting"]["not_sampled"] == ROWS - 1_100


def test_a_sample_is_never_less_than_a_thousand_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A limit below the least is told so, and the least is judged."""
    outcome = audit.run(parts(tmp_path, "limit.rows=300", "quiet=false", "top=0"))
    assert outcome.accounting.judged == 1_000
    assert "the limits have room for 300 rows; a sample is never less than 1,000" in capsys.readouterr().out


def test_a_merge_keeps_the_sample(sampled: tuple[Outcome, Parts]) -> None:
    """After 100 more rows nearly all that is judged was judged before."""
    _, first = sampled
    more = parts(first.out.parent.parent, "limit.rows=1100", rows=ROWS + 100)
    audit.run(more)
    tally = json.loads((more.out / "manifest.json").read_text("utf-8"))["cost"]["scores"]
    assert tally["needed"] == 4 * 1_100
    assert tally["asked"] < 4 * 250


def test_a_limit_reached_midway_leaves_a_valid_partial_audit(tmp_path: Path) -> None:
    """Every file is written, what was not reached is not sampled, rates rest on what was; the same command goes on."""
    made = parts(tmp_path, "limit.tokens=1500000")
    outcome = audit.run(made)
    assert (made.out / "manifest.json").is_file()
    judged = outcome.accounting.judged
    assert 50 < judged < 900
    assert outcome.accounting.not_sampled == ROWS - judged
    assert outcome.seen is not None
    assert outcome.seen.whole.low <= 0.1 <= outcome.seen.whole.high
    again = audit.run(parts(tmp_path, "limit.tokens=1500000"))
    assert again.accounting.judged > judged + 50


def test_minutes_are_foretold_by_the_speed_of_an_earlier_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A judge that was slow before gets a sample that fits; one that is not known is stopped when its time is up."""
    slow = scripted.connect(script=sharp, name="sharp", seconds=0.1, batch=64)
    first = parts(tmp_path, "limit.minutes=0.03", "quiet=false", "top=0")
    outcome = audit.run(replace(first, backend=slow))
    assert "no earlier run tells how fast this judge is" in capsys.readouterr().out
    assert 0 < outcome.accounting.judged < ROWS
    second = parts(tmp_path, "limit.minutes=0.03", "quiet=false", "top=0")
    audit.run(replace(second, backend=slow))
    assert "sample: 1,0" in capsys.readouterr().out


@pytest.mark.parametrize("setting", ["limit.rows=0", "limit.tokens=-5", "limit.minutes=0"])
def test_a_limit_is_more_than_nothing(tmp_path: Path, setting: str) -> None:
    """A limit of nothing is a mistake, and told as one."""
    with pytest.raises(ConfigError, match=r"more than 0 was expected, or null for no limit"):
        parts(tmp_path, setting)


def test_labels_and_truth_of_another_set_stop_before_anything_is_asked(tmp_path: Path) -> None:
    """Not one decision on a row of this set is a mistake, told in one line before any cost; so it is for a plan."""
    (tmp_path / "labels.jsonl").write_text('{"example_id": "elsewhere", "decision": "keep"}\n', encoding="utf-8")
    made = parts(tmp_path, f"dataset.labels={tmp_path / 'labels.jsonl'}", rows=20)
    for verb in (audit.run, planning.run):
        with pytest.raises(DataError, match=r"^dataset\.labels names 1 row, and none of these rows is in .*jsonl;"):
            verb(made)
    assert not asked(made)


def test_an_empty_labels_file_is_a_mistake(tmp_path: Path) -> None:
    """A file without a decision would be no review, and nobody would notice."""
    (tmp_path / "labels.jsonl").write_text("\n", encoding="utf-8")
    with pytest.raises(DataError, match="holds no decision"):
        parts(tmp_path, f"dataset.labels={tmp_path / 'labels.jsonl'}", rows=20)


def test_copies_stand_behind_their_sources_however_early_a_run_stops(tmp_path: Path) -> None:
    """A copy says nothing without the row it was made from: both are judged, or neither."""
    made = parts(tmp_path, "limit.tokens=1500000", "selftest=on", "planting.per_kind=6")
    outcome = audit.run(made)
    cost = json.loads((made.out / "manifest.json").read_text("utf-8"))["cost"]["scores"]
    judged = outcome.accounting.judged
    assert judged < ROWS / 2
    copies = len(outcome.tested.copies)
    assert copies >= 5
    assert cost["asked"] - 4 * (judged + copies) < 4 * 12, "but for the first look and the row that was cut short"


def test_room_does_not_depend_on_what_the_store_knows(tmp_path: Path) -> None:
    """What is known makes a run cheaper, and does not change which rows it judges, unless the rest fits the limit."""
    made = parts(tmp_path, "limit.tokens=6000000")
    examples = sources.load(made.dataset).examples
    before = forecast(made, examples)
    judging.judge(made, examples[:200])
    after = forecast(made, examples)
    assert after.missing < before.missing
    assert after.room(0) == before.room(0) < ROWS
    assert before.room(1_000_000) < before.room(0)
    judging.judge(made, examples[200:])
    assert forecast(made, examples).room(1_000_000) == ROWS


def test_rows_taken_for_their_findings_bend_no_weights(tmp_path: Path) -> None:
    """They show findings by choice: were they taken for usual rows, their findings would be worth next to nothing."""
    settings = ["selftest=on", "planting.per_kind=20"]
    whole, part = (parts(tmp_path, *settings, *limit) for limit in ((), ("limit.rows=1250",)))
    curves = []
    for made in (whole, part):
        audit.run(made)
        weights = json.loads((made.out / "manifest.json").read_text("utf-8"))["weights"]
        assert weights["why"].startswith("weights fitted")
        curves.append(weights["nats"]["signal placeholder"]["at"][-1])
    assert curves[1] > 0.7 * curves[0]


# --- plans


def asked(made: Parts) -> Sequence[str]:
    """Keys of what the judge was asked."""
    assert isinstance(made.backend, scripted.Scripted)
    return made.backend.asked


def test_a_plan_foretells_what_is_asked_and_asks_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Requests, tokens, pairs and rationales are those of the run that follows; nothing is written or asked before."""
    settings = ["selftest=on", "pairs.budget=0.5", "protocol=cascade"]
    made = parts(tmp_path, "quiet=false", *settings, rows=240)
    plan = planning.run(made)
    said = capsys.readouterr().out
    assert not asked(made)
    assert not made.out.exists()
    assert f"{plan.scores.needed:,} = 0 answered already + {plan.scores.asked:,} to ask" in said
    assert "no earlier run tells how fast this judge is" in said
    audit.run(made)
    cost = json.loads((made.out / "manifest.json").read_text("utf-8"))["cost"]
    assert (cost["scores"]["needed"], cost["scores"]["asked"]) == (plan.scores.needed, plan.scores.asked)
    computed = cost["scores"]["prompt_tokens"] + cost["scores"]["generated_tokens"]
    assert plan.scores.tokens == computed, "a judge without a prefix cache computes all of it"
    assert cost["pairs"]["asked"] <= 2 * plan.pairs.asked
    assert 0 < cost["rationales"]["asked"] <= plan.rationales

    again = parts(tmp_path, *settings, rows=240)
    known = planning.run(again)
    assert known.scores.asked == known.pairs.asked == 0
    assert known.speed is not None


@pytest.mark.parametrize("setting", ["hints=true", "probe.rows=12", "protocol=rationale", "layout=rubric_first"])
def test_no_run_costs_more_than_its_plan(tmp_path: Path, setting: str) -> None:
    """What hints show, what probes ask and what a judge writes are in the plan, which is an upper bound."""
    settings = ["selftest=on", "pairs.budget=0.5", "protocol=cascade", setting]
    made = parts(tmp_path, *settings, rows=240)
    plan = planning.run(made)
    audit.run(made)
    cost = json.loads((made.out / "manifest.json").read_text("utf-8"))["cost"].values()
    assert sum(one["prompt_tokens"] + one["generated_tokens"] for one in cost) <= plan.tokens
    assert plan.scores.asked == next(iter(cost))["asked"]


def test_a_plan_counts_shared_beginnings_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a prefix cache the instructions are computed once and each row once, not once a question."""
    made = parts(tmp_path, "quiet=false", rows=240)
    caching = replace(made, backend=replace(made.backend, prefix_cache=True))  # type: ignore[type-var]
    plan, dear = planning.run(caching), planning.run(made)
    assert plan.scores.prompts == dear.scores.prompts
    assert plan.shared == dear.shared > 0.9
    assert plan.scores.tokens < dear.scores.tokens / 10
    said = capsys.readouterr().out
    assert f"{plan.shared:.0%} are shared beginnings, computed once" in said
    assert "computed each time, as this backend has no prefix cache" in said


def test_a_plan_of_a_sample_counts_the_sample(tmp_path: Path) -> None:
    """Under a limit the plan is of the rows that would be judged."""
    plan = planning.run(parts(tmp_path, "limit.rows=1100"))
    assert (plan.rows, plan.judged, plan.scores.needed) == (ROWS, 1_100, 4 * 1_100)


def test_a_plan_without_a_judge_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody is asked, and that is the plan."""
    config = wiring.compose(["+dataset=local", f"dataset.path={data(tmp_path, 30)}", "backend=none"])
    planning.run(wiring.build(config, rubric_set="standard", out=tmp_path / "out"))
    assert "30 rows, NO JUDGE (asked for by backend=none): nothing is asked" in capsys.readouterr().out


# --- speed


def told(folder: Path, name: str, judge: object, **scores: float) -> None:
    """Write a manifest."""
    (folder / name).mkdir(parents=True)
    figures = {"asked": 100, "prompt_tokens": 1000, "cached_tokens": 400, "generated_tokens": 100, **scores}
    text = json.dumps({"judge": judge, "cost": {"scores": figures}})
    (folder / name / "manifest.json").write_text(text, encoding="utf-8")


def test_speed_is_that_of_the_newest_large_run_of_the_same_judge(tmp_path: Path) -> None:
    """Small runs, which an engine's start slows down, other judges and files that are no manifest tell nothing."""
    mine: dict[str, object] = {"model": "m", "revision": "1", "dtype": "auto", "settings": {"a": (1, 2)}}
    told(tmp_path, "set/2026-01-01", {**mine, "dtype": "bfloat16"}, seconds=7)
    told(tmp_path, "set/2026-01-02", {**mine, "settings": {"a": [1, 2]}}, seconds=14)
    told(tmp_path, "set/2026-01-02b", mine, asked=70, seconds=70)
    told(tmp_path, "set/2026-01-03", {**mine, "model": "n"}, seconds=1)
    told(tmp_path, "set/2026-01-04", mine, asked=3, seconds=1)
    (tmp_path / "set" / "2026-01-05").mkdir()
    (tmp_path / "set" / "2026-01-05" / "manifest.json").write_text("[", encoding="utf-8")
    found = history.speed(tmp_path, mine)
    assert found is not None
    assert (found.tokens, found.run.name) == (50.0, "2026-01-02")
    assert history.speed(tmp_path / "none", mine) is None
