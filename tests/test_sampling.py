"""A sample is drawn as asked, whatever the order; what it says of the whole is true over many draws."""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from judge import sampling
from judge.corpus import Corpus
from judge.records import Example, Turn, content_digest
from judge.sampling import CERTAIN, Name, Sample, unseen

TURNS = (Turn(role="user", content="?"), Turn(role="assistant", content="!"))
Drawing = tuple[list[Example], dict[str, Name], dict[str, float]]


def row(name: str, content: str) -> Example:
    """A row of which only id and content matter."""
    return Example(id=name, turns=TURNS, judged=(1,), source="s", line=1, digest=content)


@lru_cache
def population(
    size: int, copies: float = 0.0
) -> tuple[list[Example], dict[str, Name], dict[str, float], dict[str, bool]]:
    """Rows of uneven strata, how strongly findings speak against them, and which the judge would grade low."""
    draw = random.Random(0)
    examples, strata, strong, low = [], {}, {}, {}
    graded: dict[str, bool] = {}
    for n in range(size):
        content = f"c{draw.randrange(n) if n and draw.random() < copies else n}"
        source, topic = int(draw.random() ** 2 * 4), int(draw.random() ** 2 * 15)
        name = f"r{n}"
        examples.append(row(name, content))
        strata[name] = (f"source {source}", f"topic {topic}")
        low[name] = graded.setdefault(content, draw.random() < 0.01 + 0.04 * source + 0.01 * (topic % 3))
        if draw.random() < (0.6 if low[name] else 0.08):
            strong[name] = 5 * draw.random()
    return examples, strata, strong, low


def stopped_at(sample: Sample, share: float) -> Sample:
    """What a run has judged that a limit stopped at a share of the sample."""
    return sampling.realised(
        sample, {name for unit in sample.drawn[int(share * len(sample.drawn)) :] for name in unit.rows}
    )


@st.composite
def drawings(draw: st.DrawFn) -> Drawing:
    """Sets of up to 60 rows (with the least sample of 5), copies and tiny strata among them."""
    size = draw(st.integers(1, 60))
    contents = draw(st.lists(st.integers(0, 80), min_size=size, max_size=size))
    labels = draw(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("wxyz")), min_size=size, max_size=size))
    nats = draw(st.lists(st.sampled_from([-1.0, 0.0, 0.5, 2.0]), min_size=size, max_size=size))
    names = [f"r{n}" for n in range(size)]
    examples = [row(name, f"c{content}") for name, content in zip(names, contents, strict=True)]
    return examples, dict(zip(names, labels, strict=True)), dict(zip(names, nats, strict=True))


def small(
    examples: Sequence[Example],
    strata: Mapping[str, Name],
    room: int,
    strong: Mapping[str, float],
    *,
    seed: int = 0,
    least: int = 5,
) -> Sample:
    """Draw as if `least` rows were enough to speak for a set."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampling, "LEAST_ROWS", least)
        return sampling.draw(examples, strata, room=room, strong=strong, seed=seed)


def contents_of(examples: Sequence[Example], names: Sequence[str]) -> set[str]:
    """Their contents."""
    by_id = {example.id: example.digest for example in examples}
    return {by_id[name] for name in names}


@pytest.mark.parametrize(
    ("rows", "expected"), [(0, 0), (7, 7), (1000, 1000), (1001, 1000), (10_001, 1001), (95_000, 9500)]
)
def test_least_is_a_thousand_rows_or_a_tenth(rows: int, expected: int) -> None:
    """Never fewer than 1,000 rows or 10 %, whichever is more, and never more than there are."""
    assert sampling.least(rows) == expected


@settings(deadline=None, max_examples=150)
@given(drawing=drawings(), room=st.integers(0, 70), seed=st.integers(0, 5))
def test_a_sample_is_what_was_asked_for(drawing: Drawing, room: int, seed: int) -> None:
    """As many contents as there is room for, every probability in (0, 1], and all copies of a row with it."""
    examples, strata, strong = drawing
    sample = small(examples, strata, room, strong, seed=seed)

    everything = {example.digest for example in examples}
    chosen = contents_of(examples, sample.order)
    assert len(chosen) == min(len(everything), max(room, 5, -(-len(examples) // 10)))
    assert sorted(sample.order) == sorted(e.id for e in examples if e.digest in chosen)
    assert set(sample.probabilities) == {example.id for example in examples}
    assert all(0 < p <= 1 for p in sample.probabilities.values())
    assert sum(s.units for s in sample.strata) == len(everything)
    assert sum(s.drawn for s in sample.strata) == len(chosen) == len(sample.drawn)
    assert sum(s.share * s.units for s in sample.strata) == pytest.approx(len(chosen))
    assert Counter(unit.stratum for unit in sample.drawn) == {n: s.drawn for n, s in enumerate(sample.strata)}


@settings(deadline=None, max_examples=50)
@given(drawing=drawings(), room=st.integers(0, 70), seed=st.randoms(use_true_random=False))
def test_the_order_of_the_rows_is_nothing(drawing: Drawing, room: int, seed: random.Random) -> None:
    """The same rows in another order are the same sample, asked in the same order."""
    examples, strata, strong = drawing
    mixed = list(examples)
    seed.shuffle(mixed)

    first = small(examples, strata, room, strong)
    second = small(mixed, dict(reversed(strata.items())), room, dict(reversed(strong.items())))

    assert (first.drawn, first.strata) == (second.drawn, second.strata)
    assert first.probabilities == second.probabilities


@settings(deadline=None, max_examples=100)
@given(drawing=drawings(), room=st.integers(0, 70), share=st.floats(0, 1))
def test_wherever_a_run_stops_the_weights_stand_for_all(drawing: Drawing, room: int, share: float) -> None:
    """If anything was judged, every row has a probability in (0, 1], and what was judged stands for the whole set."""
    examples, strata, strong = drawing
    sample = small(examples, strata, room, strong)
    partial = stopped_at(sample, share)

    assert [u.rows for u in (*partial.drawn, *partial.left)] == [u.rows for u in (*sample.drawn, *sample.left)]
    assert sum(s.drawn for s in partial.strata) == len(partial.drawn)
    if partial.drawn:
        assert all(0 < p <= 1 for p in partial.probabilities.values())
        weight = sum(1 / partial.strata[unit.stratum].share for unit in partial.drawn)
        assert weight == pytest.approx(sum(s.units for s in partial.strata))


def test_where_nothing_was_judged_nothing_is_known() -> None:
    """A run that was stopped before its first row bounds nothing, and says so."""
    examples, strata, *_ = population(1500)
    partial = stopped_at(sampling.draw(examples, strata, room=0), 0)
    seen = unseen.bound(partial, {})

    assert set(partial.probabilities.values()) == {0.0}
    assert (seen.unseen.low, seen.unseen.high, seen.whole.low, seen.whole.high) == (0, 1, 0, 1)
    assert seen.says == "no row was graded, so nothing is known of any"


def test_a_set_that_grew_keeps_its_sample() -> None:
    """With a sixth more rows and the same room, about six sevenths of the sample stay: no more moves than must."""
    examples, strata, strong, _ = population(7000)
    before = sampling.draw(examples[:6000], strata, room=1500)
    after = sampling.draw(examples, strata, room=1500)
    larger = sampling.draw(examples[:6000], strata, room=2500)
    guided = sampling.draw(examples, strata, room=1500, strong=strong)

    assert len(set(before.order) & set(after.order)) > 0.97 * 1500 * 6 / 7
    assert set(before.order) <= set(larger.order)
    assert len(set(after.order) & set(guided.order)) > 0.8 * 1500


def test_the_strongest_are_certain() -> None:
    """Half of what room is left beyond the least goes to the rows that findings speak against most."""
    examples, strata, strong, _ = population(3000)
    sample = sampling.draw(examples, strata, room=1400, strong=strong)
    worst = sorted(strong, key=lambda name: -strong[name])[:200]
    probabilities = sample.probabilities

    assert {name for name, p in probabilities.items() if p == 1} == set(worst) <= set(sample.order)
    assert [s.units for s in sample.strata if s.name == CERTAIN] == [200]
    assert sum(p for p in probabilities.values() if p < 1) == pytest.approx(1200)
    assert max(p for p in probabilities.values() if p < 1) < 1.25 * min(probabilities.values())
    assert all(p == 1 for p in sampling.draw(examples, strata, room=3000, strong=strong).probabilities.values())
    assert CERTAIN not in {s.name for s in sampling.draw(examples, strata, room=900, strong=strong).strata}


def test_a_content_of_many_rows_is_certain() -> None:
    """What stands for a tenth of the set by itself is judged, so that no rate hangs on whether it was drawn."""
    examples = [row(f"r{n}", "many" if n % 10 == 0 else f"c{n}") for n in range(3000)]
    strata: dict[str, Name] = {example.id: ("all",) for example in examples}
    for seed in range(20):
        sample = sampling.draw(examples, strata, room=0, seed=seed)
        seen = unseen.bound(sample, {name: int(name[1:]) % 10 == 0 for name in sample.order})
        assert (seen.certain, seen.drawn, seen.left) == (300, 999, 1701)
        assert (seen.whole.value, seen.whole.low) == (0.1, 0.1)


def test_a_prefix_is_a_stratified_sample() -> None:
    """Wherever a run stops, each stratum has had its part to within one unit, by its own smallest numbers."""
    examples, strata, strong, _ = population(3000)
    sample = sampling.draw(examples, strata, room=1400, strong=strong)
    whole = defaultdict(list)
    for unit in sample.drawn:
        whole[unit.stratum].append(unit)
    for share in (0.05, 0.3, 0.77):
        partial = stopped_at(sample, share)
        moment = sample.drawn[len(partial.drawn)].place
        assert abs(moment - share) < 0.02
        for at, stratum in enumerate(partial.strata):
            done = [unit for unit in partial.drawn if unit.stratum == at]
            assert abs(len(done) - moment * sample.strata[at].drawn) <= 1
            assert done == whole[at][: len(done)]
            assert stratum.drawn == len(done)


def estimate(size: int, room: int, copies: float, share: float, draws: int) -> Mapping[str, float]:
    """What many draws say of one population."""
    examples, strata, strong, low = population(size, copies)
    truth = sum(low.values()) / size
    inside, bounded, below = 0, 0, 0
    weighed, told = [], []
    for seed in range(draws):
        sample = small(examples, strata, room, strong, seed=seed, least=300)
        sample = stopped_at(sample, share) if share < 1 else sample
        probabilities = sample.probabilities
        seen = unseen.bound(sample, {name: low[name] for name in sample.order})
        left = [low[name] for unit in sample.left for name in unit.rows]
        inside += seen.whole.low <= truth <= seen.whole.high
        bounded += seen.unseen.low <= sum(left) / len(left) <= seen.unseen.high
        below += sum(left) / len(left) <= seen.unseen.most
        weighed.append(sum(low[name] / probabilities[name] for name in sample.order) / size)
        assert copies or seen.whole.value == pytest.approx(weighed[-1], abs=2e-6)
        told.append(seen.whole.value)
    off = []
    for values in (weighed, told):
        mean = sum(values) / draws
        error = (sum((x - mean) ** 2 for x in values) / draws / (draws - 1)) ** 0.5
        off.append(abs(mean - truth) / error)
    return {
        "off": max(off),
        "inside": inside / draws,
        "bounded": bounded / draws,
        "below": below / draws,
    }


@pytest.mark.parametrize(
    ("room", "copies", "share"),
    [
        pytest.param(0, 0.0, 1.0, id="random rows alone"),
        pytest.param(500, 0.0, 1.0, id="with rows by findings"),
        pytest.param(500, 0.3, 1.0, id="with copies"),
        pytest.param(500, 0.0, 0.3, id="stopped midway"),
        pytest.param(500, 0.0, 0.04, id="stopped early"),
    ],
)
def test_rates_are_unbiased_and_intervals_hold(room: int, copies: float, share: float) -> None:
    """Over many draws the weighed rate is the truth, and 93 % and more of the intervals hold it."""
    found = estimate(900, room, copies, share, 150)

    assert found["off"] < 3.5
    assert min(found["inside"], found["bounded"], found["below"]) >= 0.93


def test_the_bound_is_exact_where_the_sample_is_simple() -> None:
    """Of 2,000 rows 1,000 were drawn and none is low: a hypergeometric chance of 5 % decides the bound."""
    examples = [row(f"r{n}", f"c{n}") for n in range(2000)]
    sample = sampling.draw(examples, {e.id: ("all",) for e in examples}, room=1000)
    seen = unseen.bound(sample, dict.fromkeys(sample.order, False))
    most = max(n for n in range(50) if hypergeom.cdf(0, 2000, n, 1000) > 0.05)

    assert (seen.certain, seen.drawn, seen.left, seen.unseen.value, seen.unseen.low) == (0, 1000, 1000, 0, 0)
    assert seen.unseen.most == most / 1000
    assert seen.whole.most == most / 2000
    assert seen.says == (
        "0.0% of 2,000 rows are graded low, or would be (0.0% - 0.2%); of the 1,000 not judged at most 0.4%"
    )


def test_a_whole_set_leaves_no_doubt() -> None:
    """Where every row was judged, the rate is what was found."""
    examples, strata, *_ = population(1500)
    sample = sampling.draw(examples, strata, room=1500)
    low = {name: n < 30 for n, name in enumerate(sample.order)}
    seen = unseen.bound(sample, low)

    assert (seen.certain, seen.drawn, seen.left) == (1500, 0, 0)
    assert (seen.whole.value, seen.whole.low, seen.whole.high, seen.whole.most) == (0.02, 0.02, 0.02, 0.02)
    assert seen.says == "2.0% of 1,500 rows are graded low"


def test_rows_that_cannot_be_graded_are_in_no_share() -> None:
    """The share is of rows that the judge can grade; of the unseen as many are taken to be such as of the sample."""
    examples = [row(f"r{n}", f"c{n}") for n in range(4000)]
    sample = sampling.draw(examples, {e.id: ("all",) for e in examples}, room=1000)
    graded = sample.order[:500]
    seen = unseen.bound(sample, {name: n < 50 for n, name in enumerate(graded)})

    assert (seen.unseen.value, seen.whole.value) == (0.1, 0.1)
    assert (seen.unseen.rows, seen.whole.rows) == (1500, 2000)
    assert 0.07 < seen.unseen.low < 0.08
    assert 0.12 < seen.unseen.most < seen.unseen.high < 0.135


def asked(name: str, prompt: str, answer: str, source: str = "shop") -> Example:
    """A row of one question and answer."""
    turns = (Turn(role="user", content=prompt), Turn(role="assistant", content=answer))
    return Example(id=name, turns=turns, judged=(1,), source=source, line=1, digest=content_digest(turns, None))


def shop_rows() -> list[Example]:
    """Rows on six matters, in words that all of them share, and a source with a single row."""
    matters = ("refund", "parcel", "lamp", "invoice", "receipt", "voucher")
    made = []
    for n in range(200):
        matter = matters[n % 6]
        made.append(asked(f"r{n}", f"Where is the {matter} that I had from you, {n}?", f"The {matter} is on its way."))
    return [*made, asked("odd", "Hello there", "Good morning.", source="mail")]


def test_strata_are_sources_and_subjects_that_a_person_can_read() -> None:
    """Words that answers take up name the subjects; words that all prompts have name none; rare sources are one."""
    named = sampling.strata(Corpus(shop_rows()))

    assert named["r0"] == ("shop", "refund")
    assert {name for name in named.values() if name[0] == "shop"} == {
        ("shop", matter) for matter in ("refund", "parcel", "lamp", "invoice", "receipt", "voucher")
    }
    assert named["odd"] == ("other sources", "other")


def test_strata_do_not_depend_on_the_order_of_rows() -> None:
    """Subjects are counted, and ties go to the alphabet."""
    rows = shop_rows()

    assert sampling.strata(Corpus(rows)) == sampling.strata(Corpus(rows[::-1]))


@pytest.mark.parametrize("prompt", ["", "?", "是否可以退货"])
def test_rows_without_words_have_a_stratum_too(prompt: str) -> None:
    """A set that says nothing in words is one stratum; an empty set has none."""
    rows = [asked(f"r{n}", prompt, f"{n}") for n in range(20)]

    assert set(sampling.strata(Corpus(rows)).values()) == {("shop", "other")}
    assert sampling.strata(Corpus([])) == {}
    assert sampling.draw([], {}, room=5).order == ()


def test_copies_in_two_sources_are_one_unit() -> None:
    """A content is drawn once, in the first of its rows' strata."""
    rows = [asked(f"r{n}", f"What is {n}?", "Four.") for n in range(30)]
    copies = [replace(example, id=f"copy-{example.id}", source="mail") for example in rows]
    strata = {e.id: (e.source, "other") for e in [*rows, *copies]}

    sample = sampling.draw([*rows, *copies], strata, room=1)

    assert [unit.rows for unit in sample.drawn if "r3" in unit.rows] == [("copy-r3", "r3")]
    assert [(s.name, s.units) for s in sample.strata] == [(("mail", "other"), 30)]
