"""What people's decisions say of a list: who stands, what is counted, and what is allowed to become a rate."""

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from builders import example
from hypothesis import given, settings
from hypothesis import strategies as st

from judge import standing
from judge.rates.agreement import Outcome, outcomes
from judge.records import Verdict
from judge.reliability import Decision, Reviewed, Word
from judge.results import Suspect
from judge.review.decisions import Decisions, Entry
from judge.reviewed import landed, left, read, review, says, told, withheld
from judge.views import orders

RUBRICS = ("factual", "tone")


def decision(
    word: Word, name: str = "a", rubric: str | None = None, by: str = "ana", probability: float | None = None
) -> Decision:
    """Make a decision."""
    return Decision(example_id=name, word=word, rubric=rubric, by=by, probability=probability)


def suspects(suspicions: Sequence[float], budget: int) -> list[Suspect]:
    """Make a list of rows `0`, `1`, ... of these suspicions, of which the first `budget` are inside it."""
    return [
        Suspect(rank=n + 1, example=example(name=str(n)), suspicion=s, reasons=(), within_budget=n < budget)
        for n, s in enumerate(suspicions)
    ]


def reviewed(
    decisions: Sequence[Decision], *, rows: int = 10, budget: int = 2, verdicts: dict[str, list[Verdict]] | None = None
) -> Reviewed:
    """Review a list of `rows` rows, the first `budget` of which are suspicious."""
    ranked = suspects([0.9 if n < budget else 0.0 for n in range(rows)], budget)
    return review(decisions, [str(n) for n in range(rows)], ranked, verdicts or {}, RUBRICS)


def verdict(name: str, rubric: str, severity: float) -> Verdict:
    """Make a verdict of this severity."""
    return Verdict(example_id=name, turn=1, rubric=rubric, score=5 - 4 * severity, severity=severity)


@pytest.mark.parametrize(
    ("made", "word"),
    [
        ([decision("keep"), decision("remove")], "remove"),
        ([decision("remove"), decision("keep")], "keep"),
        ([decision("remove"), decision("keep", by="bo")], "unsure"),
        ([decision("remove"), decision("keep", by="bo"), decision("remove", by="cy")], "remove"),
        ([decision("unsure"), decision("unsure", by="bo"), decision("remove", by="cy")], "unsure"),
        ([decision("remove", rubric="tone"), decision("keep", rubric="factual")], "remove"),
        ([decision("keep"), decision("remove", rubric="tone")], "remove"),
        ([decision("remove", rubric="tone"), decision("keep")], "keep"),
        ([decision("keep", rubric="tone"), decision("unsure", rubric="factual")], "unsure"),
    ],
)
def test_what_people_say_of_a_row_comes_to_one_word(made: list[Decision], word: str) -> None:
    """One person's last word stands, on the whole row it replaces all before, most people decide; a tie is unsure."""
    assert outcomes(made, RUBRICS)["a"].word == word


def test_what_people_say_of_a_rubric() -> None:
    """To keep a row clears it of every rubric; to remove it says only what was named; a tie says nothing."""
    said = outcomes(
        [
            decision("remove", "named", "tone"),
            decision("remove", "unnamed"),
            decision("keep", "kept"),
            decision("keep", "kept for one", "tone"),
            decision("remove", "tie", "tone"),
            decision("keep", "tie", by="bo"),
            decision("unsure", "unsure"),
        ],
        RUBRICS,
    )
    assert {name: dict(outcome.bad) for name, outcome in said.items()} == {
        "named": {"tone": True},
        "unnamed": {},
        "kept": {"factual": False, "tone": False},
        "kept for one": {"tone": False},
        "tie": {"factual": False},
        "unsure": {},
    }


def test_a_row_is_drawn_once_it_came_up_by_chance() -> None:
    """A probability below 1 on any decision on the row makes it part of the random sample, even if it came up again."""
    said = outcomes([decision("keep", probability=0.1), decision("remove"), decision("keep", "b", probability=1.0)], ())
    assert said == {"a": Outcome(word="remove", probability=0.1), "b": Outcome(word="keep")}


def test_the_top_of_the_list_is_told_by_hand() -> None:
    """Two rows inside the budget, both decided, one to remove; kappa of the list by hand; no rate without chance."""
    made = [decision("remove", "0"), decision("keep", "1", "tone"), decision("keep", "2"), decision("keep", "3")]
    result = reviewed([*made, decision("unsure", "4"), decision("keep", "elsewhere"), decision("keep", "5", "humour")])
    assert (result.precision.found, result.precision.of, result.budget) == (1, 2, 2)
    assert result.precision.low == pytest.approx(0.012579, abs=1e-6)  # 1 - 0.975 ** 0.5
    assert (result.decisions, result.unknown, result.foreign, result.people) == (6, 1, 1, 1)
    assert (result.rows, result.unsure, result.drawn) == (6, 1, 0)
    assert result.rate is None
    assert result.calibration is None
    assert result.kappas[-1].about == "list"
    assert result.kappas[-1].value == pytest.approx(0.545455, abs=1e-6)  # agreed 4 / 5, by chance 0.56
    first, second, third, last = says(result)
    assert first == (
        "reviewed: 6 rows by 1 person, 0 of them drawn at random and decided; 1 unsure; 1 decision on rows that are not"
        " in this set; 1 decision on rubrics that this run does not have"
    )
    assert second == "of 2 rows inside the review budget 2 were decided, and people remove 1 of them: 50% (1% - 99%)"
    assert third.startswith("agreement with people beyond chance (Cohen's kappa): list 0.55 (")
    assert third.endswith(") on 5")
    assert last == "no defect rate: no row of a random sample was decided by remove or keep"


def test_kappa_of_a_rubric_holds_the_worst_turn_against_people() -> None:
    """Severity 0.5 and above is bad; rows without a verdict or a word on the rubric are left out."""
    made = [
        decision("remove", "0", "tone", probability=0.5),
        decision("keep", "1"),
        decision("keep", "2"),
        decision("remove", "3"),
        decision("keep", "4"),
    ]
    verdicts = {
        "0": [verdict("0", "tone", 0.1), verdict("0", "tone", 0.5)],
        "1": [verdict("1", "tone", 0.49)],
        "2": [verdict("2", "tone", 0.9)],
        "3": [verdict("3", "tone", 0.9)],
        "4": [verdict("4", "factual", 0.9)],
    }
    factual, tone, _ = reviewed(made, verdicts=verdicts).kappas
    assert (tone.of, tone.drawn, tone.value) == (3, 1, 0.4)  # agreed 2 / 3, by chance 4 / 9
    assert (factual.of, factual.value) == (1, None)


def test_decisions_in_order_of_suspicion_enter_no_rate() -> None:
    """Whatever was decided on the top of the list, rate and interval are those of the random sample alone."""
    sample = [decision("remove" if n % 10 == 0 else "keep", str(n), probability=0.1) for n in range(20, 60)]
    alone = reviewed(sample, rows=400, budget=20)
    picked = [decision("remove", str(n), probability=p) for n, p in enumerate([None, 1.0] * 10)]
    both = reviewed([*picked, *sample], rows=400, budget=20)
    assert alone.rate == both.rate
    assert both.rate is not None
    assert (both.rate.value, both.rate.of, both.drawn) == (0.1, 40, 40)
    assert (both.precision.found, both.precision.of) == (20, 20)
    assert says(both)[-1] == "suspicion stays a score: 200 random decisions would make it a probability"


def test_the_rate_says_how_many_of_its_sample_were_left_out() -> None:
    """An unsure row that chance did not bring up is none of the sample, and the rate does not speak of it."""
    sample = [decision("remove" if n == 20 else "keep", str(n), probability=0.1) for n in range(20, 60)]
    picked = [decision("unsure", str(n)) for n in range(3)]
    lines = says(reviewed([*picked, *sample], rows=400, budget=20))
    assert lines[0].endswith("; 3 unsure")
    assert " of 400 rows, by 40 random decisions: " in lines[-2]
    lines = says(reviewed([*picked, *sample, decision("unsure", "60", probability=0.1)], rows=400, budget=20))
    assert " of 400 rows, by 40 random decisions, 1 unsure one left out: " in lines[-2]
    everyone = reviewed([decision("unsure" if n < 2 else "keep", str(n)) for n in range(10)])
    assert (everyone.drawn, everyone.doubtful) == (8, 2)
    assert read(json.loads(json.dumps(told(everyone)))).doubtful == 2


def test_rows_drawn_more_often_count_less() -> None:
    """Three of four rows drawn at 0.3 are bad, one of four at 0.1: (3 / 0.3 + 1 / 0.1) / (4 / 0.3 + 4 / 0.1)."""
    often = [decision("remove" if n else "keep", str(n), probability=0.3) for n in range(4)]
    seldom = [decision("keep" if n > 4 else "remove", str(n), probability=0.1) for n in range(4, 8)]
    rate = reviewed([*often, *seldom], rows=40).rate
    assert rate is not None
    assert rate.value == pytest.approx(0.375, abs=1e-6)
    assert rate.effective == pytest.approx(6.4, abs=0.1)


def test_a_census_is_the_rate() -> None:
    """Where every row has a decision all of them count, whatever their probability; an unsure one leaves its doubt."""
    made = [decision("remove" if n < 3 else "keep", str(n), probability=0.2 if n < 3 else None) for n in range(10)]
    whole = reviewed(made).rate
    assert whole is not None
    assert (whole.value, whole.low, whole.high, whole.of) == (0.3, 0.3, 0.3, 10)
    doubtful = reviewed([*made[:-1], decision("unsure", "9")]).rate
    assert doubtful is not None
    assert doubtful.of == 9
    assert doubtful.low < doubtful.value < doubtful.high
    assert reviewed(made[:-1]).drawn == 3


def scripted(of: int, rows: int = 3000) -> tuple[list[Decision], list[Suspect], list[str]]:
    """Make a list of `rows` rows of which 5 % are bad, a judge that is mostly right, and `of` random decisions."""
    draw = Random(5)
    bad = [n < rows / 20 for n in range(rows)]
    suspicions = [draw.betavariate(5, 2) if b == (draw.random() < 0.9) else draw.betavariate(1, 9) for b in bad]
    names = [str(n) for n in range(rows)]
    ranked = [
        Suspect(
            rank=rank, example=example(name=names[n]), suspicion=suspicions[n], reasons=(), within_budget=rank <= 150
        )
        for rank, n in enumerate(sorted(range(rows), key=lambda n: -suspicions[n]), start=1)
    ]
    made = [
        decision("remove" if bad[n] else "keep", names[n], probability=of / rows) for n in draw.sample(range(rows), of)
    ]
    return made, ranked, names


def test_enough_random_decisions_make_suspicion_a_probability() -> None:
    """From 200 on every ranked row has one, rising with suspicion; one decision fewer, and it stays a score."""
    made, ranked, names = scripted(400)
    result = review(made, names, ranked, {}, ())
    assert result.rate is not None
    assert result.rate.low <= 0.05 <= result.rate.high
    assert result.rate.method.startswith("prediction-powered")
    assert result.calibration is not None
    assert result.calibration.brier < result.calibration.brier_of_mean
    in_order = [result.probability[suspect.example.id] for suspect in ranked]
    assert in_order == sorted(in_order, reverse=True)
    assert "suspicion is a probability here, by 400 random decisions" in says(result)[-1]
    assert json.loads(json.dumps(told(result)))["calibration"]["of"] == 400
    assert says(read(json.loads(json.dumps(told(result))))) == says(result)
    assert "probability" not in told(result)
    few = review(made[:199], names, ranked, {}, ())
    assert few.calibration is None
    assert few.probability == {}
    assert few.rate is not None
    assert "the sample alone" in few.rate.method


def test_rows_that_are_not_ranked_belong_to_the_set() -> None:
    """They count in the rate as of suspicion 0, and not in the calibration."""
    made, ranked, names = scripted(400)
    result = review(made, names, ranked[:1500], {}, ())
    assert result.rate is not None
    assert (result.rate.of, result.rate.rows) == (400, 3000)
    assert len(result.probability) in {0, 1500}
    assert result.calibration is None or result.calibration.of < 400


def test_no_decision_says_nothing() -> None:
    """Without a decision on this set there is nothing to say, in words."""
    assert says(reviewed([])) == [
        "reviewed: 0 rows by 0 people, 0 of them drawn at random and decided",
        "no defect rate: no row of a random sample was decided by remove or keep",
    ]


COPIED = {f"single {n}": f"single {n}" for n in range(900)} | {f"copy {n}": f"bad {n % 25}" for n in range(100)}


def drawn(contents: dict[str, str], data: str, size: int, of: int | None = None) -> tuple[Decision, ...]:
    """Give decisions on the first `of` rows of a sample of `size` as the review page keeps them: what is bad goes."""
    digests = list(contents.values())
    queue = orders.at_random(digests, data, size)
    brought = Counter(digests[n] for n in queue.rows)
    entries = [
        Entry(
            digest=content,
            example_id=next(name for name in contents if contents[name] == content),
            word="remove" if content.startswith("bad") else "keep",
            by="ana",
            how="random",
            probability=queue.probability,
            population=data,
            drawn=brought[content],
        )
        for content in dict.fromkeys(digests[n] for n in queue.rows[: size if of is None else of])
    ]
    with closing(Decisions(Path(":memory:"))) as kept:
        kept.record(entries)
        return tuple(standing.decision(line) for line in kept.current(data))


def rate_of(made: Sequence[Decision], contents: dict[str, str], data: str) -> Reviewed:
    """Hold the decisions against the set, in which nothing is suspicious."""
    return review(landed(made, contents, data), list(contents), [], {}, ())


def test_the_rate_of_a_set_with_copies_is_right_on_average_and_its_interval_holds() -> None:
    """Of 1,000 rows 100 are bad, 25 contents of four copies each, and of a content one word holds for all of them."""
    rates = [rate_of(drawn(COPIED, f"set {n}", 150), COPIED, f"set {n}").rate for n in range(100)]
    assert all(rate is not None and (rate.of, rate.rows) == (150, 1000) for rate in rates)
    mean = sum(rate.value for rate in rates if rate) / 100
    assert abs(mean - 0.1) < 0.01  # of a sample its standard deviation is 0.0226, of the mean of a hundred 0.00226
    assert sum(rate.low <= 0.1 <= rate.high for rate in rates if rate) >= 90


def test_copies_that_were_not_drawn_are_none_of_the_sample() -> None:
    """They are decided as well, and count where every decision counts."""
    result = rate_of(drawn(COPIED, "set", 150), COPIED, "set")
    assert (result.drawn, result.sample, sum(result.heard.values())) == (150, 150, 150)
    assert result.rows > 150


def test_a_decision_on_copies_was_made_once() -> None:
    """It holds for all rows of its content, and is told as one."""
    contents = {"one": "same", "two": "same", "three": "same", "other": "other"}
    said = Decision(example_id="two", digest="same", word="remove", by="ana")
    odd = replace(said, rubric="of another run", by="bo")
    result = rate_of([said, odd], contents, "set")
    assert (result.decisions, result.foreign, result.rows) == (2, 1, 3)


def test_there_is_no_rate_while_rows_of_the_sample_are_left() -> None:
    """Whoever decides sees how far he is; the rate comes with the last row, whatever people say of it."""
    made = drawn(COPIED, "set", 60, of=50)
    part = withheld(rate_of(made, COPIED, "set"))
    done, bad = sum(part.heard.values()), part.heard["remove"]
    assert (part.rate, part.probability, part.sample) == (None, {}, 60)
    assert 50 <= done < 60
    assert says(part)[-1] == (
        f"{done} of 60 drawn rows are decided ({bad} removed, {done - bad} kept): the rate comes with the last of them,"
        " as stopping when it looks right would bend it"
    )
    made = drawn(COPIED, "set", 60)
    last = Decision(example_id=made[-1].example_id, digest=made[-1].digest, word="unsure", by="ana")
    whole = withheld(rate_of([*made, last], COPIED, "set"))
    assert (left(whole), whole.heard["unsure"], whole.doubtful) == (0, made[-1].drawn, made[-1].drawn)
    assert whole.rate is not None
    assert says(withheld(read(json.loads(json.dumps(told(part)))))) == says(part)


def test_a_run_that_is_given_part_of_a_sample_says_so() -> None:
    """It has the rate, as its file of labels may be all that there is; those left out may be others."""
    result = rate_of(drawn(COPIED, "set", 60, of=50), COPIED, "set")
    assert result.rate is not None
    done = sum(result.heard.values())
    assert f", by {done} of 60 drawn rows: those left out may be others" in says(result)[-2]
    assert "left out may" not in says(rate_of(drawn(COPIED, "set", 60), COPIED, "set"))[-2]


def test_of_someone_elses_sample_nobody_knows_the_size() -> None:
    """Where no set is named the rows decided are taken for all that were drawn."""
    result = reviewed([decision("keep", str(n), probability=0.5) for n in range(3)], rows=100)
    assert (result.sample, left(result)) == (0, 0)
    assert withheld(result) == result
    assert "left out may" not in " ".join(says(result))
    ours = [replace(decision("keep", str(n), probability=0.5), population="set") for n in range(3, 6)]
    both = reviewed([*(decision("keep", str(n), probability=0.1) for n in range(3)), *ours], rows=100)
    assert (both.sample, left(both), both.draws) == (50, 47, 2)
    assert withheld(both).rate is None


def test_a_sample_that_was_made_larger_is_one_sample() -> None:
    """Whoever decides 60 rows, and then goes on to 120, has a sample of 120: the first 60 are among them."""
    first, second = drawn(COPIED, "set", 60), drawn(COPIED, "set", 120)
    known = {one.digest for one in first}
    both = [*first, *(one for one in second if one.digest not in known)]
    assert len({one.probability for one in both}) == 2
    assert rate_of(both, COPIED, "set") == rate_of(second, COPIED, "set")
    rounded = [replace(first[0], probability=0.0596), *first[1:]]
    assert rate_of(rounded, COPIED, "set") == rate_of(first, COPIED, "set")  # a spreadsheet may have cut digits off
    part = withheld(rate_of([*first, *both[len(first) : -5]], COPIED, "set"))
    assert (part.rate, part.sample) == (rate_of(first, COPIED, "set").rate, 60)  # what was reached stays
    half = withheld(rate_of([*first[1:], *both[len(first) : -5]], COPIED, "set"))
    assert (half.rate, half.sample) == (None, 120)
    name = next(name for name in COPIED if name not in known and name.startswith("single"))
    odd = Decision(example_id=name, digest=name, word="keep", probability=0.03, population="set")
    mixed = withheld(rate_of([*first, odd], COPIED, "set"))
    assert (mixed.draws, mixed.sample, left(mixed)) == (2, 0, 0)
    assert ", drawn with 2 different probabilities: " in says(mixed)[-2]


def test_a_census_that_was_begun_takes_no_rate_away() -> None:
    """One row of a sample that is all of the set, after a smaller one was decided to its end."""
    contents = {str(n): f"{'bad' if n < 3 else 'good'} {n}" for n in range(10)}
    first, everything = drawn(contents, "set", 4), drawn(contents, "set", 10)
    known = {one.digest for one in first}
    more = next(one for one in everything if one.digest not in known)
    both = withheld(rate_of([*first, more], contents, "set"))
    assert (both.rate, both.sample, both.drawn) == (rate_of(first, contents, "set").rate, 4, 4)


def test_all_rows_as_a_sample_are_a_census() -> None:
    """Nothing is left to chance: there is no rate before all of them are decided, and then it is known."""
    contents = {str(n): f"{'bad' if n < 3 else 'good'} {n}" for n in range(10)}
    part = withheld(rate_of(drawn(contents, "set", 10, of=9), contents, "set"))
    assert (part.rate, part.sample, left(part)) == (None, 10, 1)
    assert says(part)[-1].startswith("9 of 10 drawn rows are decided (")
    whole = withheld(rate_of(drawn(contents, "set", 99), contents, "set"))
    assert whole.rate is not None
    assert (whole.rate.value, whole.rate.low, whole.rate.high) == (0.3, 0.3, 0.3)


made_by_people = st.lists(
    st.builds(
        Decision,
        example_id=st.integers(0, 12).map(str),
        word=st.sampled_from(["remove", "keep", "unsure"]),
        rubric=st.sampled_from([None, *RUBRICS, "humour"]),
        by=st.sampled_from(["ana", "bo", "cy"]),
        probability=st.sampled_from([None, 0.1, 0.5, 1.0]),
    ),
    max_size=40,
)


@settings(deadline=None, max_examples=60)
@given(made=made_by_people, mix=st.randoms(use_true_random=False))
def test_any_decisions_are_told(made: list[Decision], mix: Random) -> None:
    """Counts add up, everything can be written and said, and only the order within a person's row matters."""
    if all(int(d.example_id) > 9 for d in made) and made:
        return
    result = reviewed(made)
    assert result.decisions + result.unknown == len(made)
    assert result.drawn + result.unsure <= result.rows <= result.decisions
    assert result.precision.of <= result.budget
    assert result.rate is None or result.rate.of == result.drawn
    assert 2 <= len(says(result)) <= 5
    written = json.dumps(told(result), allow_nan=False)
    assert json.dumps(told(read(json.loads(written)))) == written
    groups: dict[str, list[Decision]] = {}
    for one in made:
        groups.setdefault(one.example_id, []).append(one)
    names = list(groups)
    mix.shuffle(names)
    assert reviewed([one for name in names for one in groups[name]]) == result
