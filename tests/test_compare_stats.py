"""What a comparison is decided by: halves, paired tests, correlation, overlap, flips, names."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

import finished
import pandas as pd
import pytest
from scipy.stats import spearmanr

from judge.comparing import Variant, words
from judge.comparing.contest import chooses, hold, holm, least, mcnemar, paired_interval
from judge.comparing.labels import Label, flat, labels
from judge.comparing.lists import liken
from judge.measure import planted_precision
from judge.reliability import Fate


def variant(
    name: str, tests: Sequence[Mapping[str, Any]] = (), table: pd.DataFrame | None = None, **changes: Any
) -> Variant:
    """Give a variant with these copies and rows."""
    table = finished.rows(["a", "b", "c", "d"]) if table is None else table
    settings: dict[str, Any] = {
        "name": name,
        "settings": "",
        "folder": name,
        "model": "m",
        "data": "d",
        "rows": table.set_index("example_id"),
        "copies": tuple(Fate(**test) for test in tests),
        "why": "too few rows",
        "against": 100,
        "false_alarms": None,
        "kappa": None,
        "decided": 0,
        "unscored": 0,
        "asked": 10,
        "reused": 0,
        "tokens": 1000,
        "price": 1000,
        "seconds": 1.0,
    }
    return Variant(**{**settings, **changes})


def said(*variants: Variant) -> str:
    """All sentences about some variants."""
    return "\n".join(words.sentences(variants, hold(variants), liken(variants)))


def telling(number: int) -> list[int]:
    """Which of so many copies belong to the half that tests."""
    return [n for n in range(number) if not chooses(f"r{n}")]


# --- copies


def test_halves_are_alike_in_size_and_never_part_a_source() -> None:
    """A source's half depends on its id alone, and about half of the sources are in each."""
    assert 400 < sum(chooses(f"r{n}") for n in range(1000)) < 600
    doubled = [
        *finished.copies(60, set()),
        *({**copy, "digest": f"{copy['digest']}x"} for copy in finished.copies(60, set())),
    ]
    contest = hold([variant("a", doubled), variant("b", doubled)])
    assert contest.halves == (2 * (60 - len(telling(60))), 2 * len(telling(60)))


def test_exact_test_of_a_split() -> None:
    """Values that can be worked out by hand: 2 * sum of binomial coefficients / 2^n, at most 1."""
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(3, 2) == 1.0
    assert mcnemar(6, 0) == pytest.approx(2 / 2**6)
    assert mcnemar(1, 9) == pytest.approx(2 * (1 + 10) / 2**10)
    assert mcnemar(9, 1) == mcnemar(1, 9)


def test_holm_is_a_step_down() -> None:
    """The least p is multiplied by the number of tests, the next by one less, and order is kept."""
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.6]) == [1.0, 1.0]
    assert holm([]) == []


def test_fewest_copies_that_could_show() -> None:
    """With one comparison six copies all one way; one more for each doubling of the comparisons."""
    assert [least(n) for n in (0, 1, 2, 4, 8)] == [6, 6, 7, 8, 9]
    for comparisons in (1, 2, 4):
        needed = least(comparisons)
        assert holm([mcnemar(needed, 0)] + [1.0] * (comparisons - 1))[0] < 0.05
        assert holm([mcnemar(needed - 1, 0)] + [1.0] * (comparisons - 1))[0] >= 0.05


def test_interval_of_a_paired_difference_keeps_its_promise() -> None:
    """It covers the true difference in about 95 of 100 draws, with few copies and rare differences, too."""
    draw = random.Random(0)
    for of, up, down in ((40, 0.1, 0.02), (90, 0.05, 0.05), (150, 0.2, 0.1)):
        covered = 0
        for _ in range(1000):
            points = [draw.random() for _ in range(of)]
            low, high = paired_interval(sum(p < up for p in points), sum(p > 1 - down for p in points), of)
            covered += low <= up - down <= high
        assert covered >= 930, (of, up, down)
    assert paired_interval(0, 0, 10) == pytest.approx((-paired_interval(0, 0, 10)[1], paired_interval(0, 0, 10)[1]))
    assert paired_interval(1, 0, 1)[1] <= 1.0


def test_winner_is_chosen_on_one_half_and_told_on_the_other() -> None:
    """What happens on the second half chooses nothing, and what is told is of the second half."""
    second = telling(80)
    first = [n for n in range(80) if n not in second]
    lucky = variant("lucky", finished.copies(80, set(first)))
    solid = variant("solid", finished.copies(80, {*first[:-1], *second}))
    contest = hold([solid, lucky])
    assert contest.winner == "lucky"
    assert (contest.standings["lucky"].told.found, contest.standings["lucky"].told.of) == (0, len(second))
    (split,) = contest.differences
    assert (split.other, split.more, split.less, split.real) == ("solid", 0, len(second), True)
    text = said(solid, lucky)
    assert "lucky is WORSE than solid on the half that did not choose it" in text
    assert "The choice did not hold: take solid" in text


def test_average_precision_is_the_manifests() -> None:
    """Of all copies it is what the audit itself reports; of a half it is not lower for being of fewer copies."""
    tests = finished.copies(60, set(range(0, 60, 3)), above=0.3)
    stand = hold([variant("a", tests), variant("b", tests)]).standings["a"]
    assert stand.average_precision == planted_precision([copy["above"]["fused"] for copy in tests], 100)
    assert stand.chosen_by == pytest.approx(stand.average_precision, abs=0.1)
    assert stand.precision_told == pytest.approx(stand.average_precision, abs=0.1)


def test_noise_is_called_noise() -> None:
    """Three copies against two: no better, and the cheapest is to be taken."""
    second = telling(200)
    both = set(range(100)) - set(second[:5])
    standard = variant("standard", finished.copies(200, both | set(second[:3])), price=9000)
    strict = variant("strict", finished.copies(200, both | set(second[3:5])), price=8000)
    text = said(standard, strict)
    assert "strict is no better than standard: 2 copies against 3 that only one of them catches" in text
    assert "p = 1.0: noise." in text
    assert f"No variant is told apart from the others by {len(second)} copies" in text
    assert "(a difference of fewer than 6, 0.06, could not have shown)" in text
    assert "take the cheapest: strict (8,000 tokens)." in text


def test_difference_that_is_real_is_told() -> None:
    """Twenty copies against none is no noise, and the loser is not among those to choose from."""
    second = telling(200)
    all_of = set(range(200))
    text = said(
        variant("good", finished.copies(200, all_of), price=9000),
        variant("same", finished.copies(200, all_of), price=9500),
        variant(
            "bad", finished.copies(200, all_of - set(second[:20]) - {n for n in range(40) if n not in second}), price=1
        ),
    )
    assert "good is better than bad: 20 copies against 0 that only one of them catches, +0." in text
    assert "p < 0.001." in text
    assert f"good and same catch the very same {len(second)}: no difference." in text
    assert "same is not told apart from good" in text
    assert "take the cheapest: good (9,000 tokens)" in text


def test_equal_variants_are_seldom_told_apart() -> None:
    """Of sweeps of four variants that are equal, one in twenty at most names a difference."""
    draw = random.Random(1)
    wrong = 0
    for _ in range(60):
        variants = [
            variant(name, finished.copies(120, {n for n in range(120) if draw.random() < 0.5})) for name in "abcd"
        ]
        wrong += any(d.real for d in hold(variants).differences)
    assert wrong <= 3


def test_a_source_counts_once_in_the_test() -> None:
    """Ten copies of one row that differ alike are one witness, not ten."""
    source = f"r{telling(10)[0]}"
    other = next(f"r{n}" for n in range(10) if chooses(f"r{n}"))
    tests = [{**copy, "source": source} for copy in finished.copies(10, set(range(10)))]
    rest = [{**copy, "source": other} for copy in finished.copies(2, {0})]
    (split,) = hold(
        [variant("a", [*tests, *rest]), variant("b", [*({**t, "caught": {"fused": False}} for t in tests), *rest])]
    ).differences
    assert (split.more + split.less, split.p) == (10, 1.0)


def test_only_shared_copies_are_compared() -> None:
    """Copies that one variant lacks are left out for all, counted, and a variant without a self-test is out of it."""
    tests = finished.copies(40, set(range(20)))
    contest = hold([variant("a", tests), variant("b", tests[:30]), variant("none")])
    assert (contest.shared, contest.apart) == (30, 10)
    assert contest.standings["a"].recall.of == 30
    assert set(contest.standings) == {"a", "b"}
    text = said(variant("a", tests), variant("b", tests[:30]), variant("none"))
    assert "none has no self-test: too few rows." in text
    assert "10 copies that only some of the variants read are left out." in text


def test_nothing_shared_or_nothing_tested_names_no_winner() -> None:
    """Then every variant is told by its own copies, or by none, and the text says so."""
    own = [{**copy, "digest": f"sha256:other{n}"} for n, copy in enumerate(finished.copies(8, {1}))]
    contest = hold([variant("a", finished.copies(8, {1, 2})), variant("b", own)])
    assert (contest.shared, contest.winner) == (0, "")
    assert [contest.standings[name].recall.found for name in "ab"] == [2, 1]
    assert "No winner is named: 0 copies in common are too few" in said(
        variant("a", finished.copies(8, {1, 2})), variant("b", own)
    )
    text = said(variant("a"), variant("b"))
    assert "No variant has a self-test: too few rows." in text
    assert "No winner is named: fewer than two variants have a self-test." in text


def test_without_a_judge_the_list_is_the_findings() -> None:
    """Copies that only findings read are compared all the same."""
    tests = finished.copies(40, set(range(20)), reader="findings")
    contest = hold([variant("a", tests), variant("b", tests)])
    assert contest.standings["a"].recall.found == 20
    assert contest.standings["a"].judge is None


def test_of_equals_the_cheapest_is_chosen() -> None:
    """Equal on the first half: fewest tokens, then the earlier; an unknown price is the highest."""
    tests = finished.copies(40, set(range(20)))
    prices = {"a": None, "b": 900, "c": 800, "d": 800}
    assert hold([variant(name, tests, price=price) for name, price in prices.items()]).winner == "c"
    text = said(variant("a", tests, price=None), variant("b", tests))
    assert "which is cheapest is not known, as answers were reused" in text


# --- lists


def test_rank_correlation_is_spearmans() -> None:
    """With ties, and of the rows that both ranked; equal to scipy's."""
    draw = random.Random(2)
    names = [f"r{n:02}" for n in range(60)]
    tables = []
    for _ in range(3):
        table = finished.rows(names)
        table["suspicion"] = [draw.choice([0.0, 0.0, 0.2, 0.5, 0.9]) for _ in names]
        unranked = table.index.isin(draw.sample(range(60), 10))
        table["rank"] = table["rank"].mask(unranked)
        table["suspicion"] = table["suspicion"].mask(unranked)
        tables.append(table)
    likeness = liken([variant(name, table=table) for name, table in zip("abc", tables, strict=True)])
    expected = []
    for other in (1, 2):
        both = tables[0]["rank"].notna() & tables[other]["rank"].notna()
        expected.append(spearmanr(tables[0]["suspicion"][both], tables[other]["suspicion"][both]).statistic)
    assert likeness.correlation["a"] == pytest.approx(sum(expected) / 2)


def test_list_without_an_order_has_no_correlation() -> None:
    """Equal suspicion everywhere correlates with nothing; that is a dash, not a number, and warns of nothing."""
    flat_table = finished.rows(["a", "b", "c", "d"]).assign(suspicion=0.5)
    variants = [variant("x"), variant("y", table=flat_table)]
    assert pd.isna(liken(variants).correlation["y"])
    assert words.table(variants, hold(variants), liken(variants))[-1].split()[:3] == ["y", "-", "-"]


def test_overlap_and_flips_by_hand() -> None:
    """Rows inside all budgets, inside one alone, flips, flips near the line, and the farthest of them."""
    names = [f"r{n:02}" for n in range(40)]
    moved = ["r00", "r30", *names[1:10], *names[10:30], *names[31:]]  # r30 is second: r09 falls out
    likeness = liken([variant("a", table=finished.rows(names, 10)), variant("b", table=finished.rows(moved, 10))])
    assert likeness.by_all == 9
    assert likeness.only == {"a": ("r09",), "b": ("r30",)}
    assert (likeness.flips, likeness.near) == (2, 1)  # r09: ranks 10 and 11; r30: ranks 31 and 2
    assert likeness.far is not None
    assert (likeness.far.example_id, likeness.far.ranks) == ("r30", {"a": 31, "b": 2})
    text = said(variant("a", table=finished.rows(names, 10)), variant("b", table=finished.rows(moved, 10)))
    assert "Suspect under both variants: 9 rows." in text
    assert "Suspect under one only: a 1 (r09); b 1 (r30)." in text
    assert (
        "2 rows are inside the budget of one and outside that of another: 1 near the line everywhere, 1 not;"
        " farthest apart is r30, rank 2 under b and rank 31 under a."
    ) in text


def test_unranked_row_is_no_flip() -> None:
    """A row that one variant could not score is not outside its budget."""
    left = finished.rows(["a", "b", "c"], 2)
    right = finished.rows(["b", "c"], 2, unranked=["a"])
    likeness = liken([variant("x", table=left), variant("y", table=right)])
    assert likeness.by_all == 1
    assert likeness.only == {"x": ("a",), "y": ("c",)}
    assert likeness.flips == 1  # c: rank 3 under x, 2 under y


def test_different_data_is_compared_where_rows_are_the_same() -> None:
    """Same id and same content; the text says how many, and that a budget differs."""
    left = finished.rows(["a", "b", "c", "gone"], 2)
    right = finished.rows(["a", "b", "c", "new"], 3)
    right.loc[right["example_id"] == "b", "digest"] = "sha256:changed"
    variants = [variant("x", table=left), variant("y", table=right, data="e", model="n")]
    likeness = liken(variants)
    assert (likeness.shared, likeness.apart) == (2, 3)
    text = said(*variants)
    assert "The data differ: rows are compared where id and content are the same, 2 of 5." in text
    assert "The review budgets differ (2 to 3 rows)" in text
    assert "The judges differ: m, n." in text


# --- names


def test_a_word_names_a_variant_and_other_values_come_with_their_key() -> None:
    """Only what differs is named; what changes no list is not."""
    settings = [
        {"rubric_set": "standard", "hints": True, "pair_weight": 0.123456, "store": "a", "layout": "shared"},
        {"rubric_set": "strict", "hints": False, "pair_weight": 0.5, "store": "b", "layout": "shared"},
    ]
    named = labels(settings, ["s/0", "s/1"])
    assert named[0] == Label(name="job 0", settings="standard, hints=true, pair_weight=0.123")
    assert named[1] == Label(name="job 1", settings="strict, hints=false, pair_weight=0.5")
    assert labels([{"a.b": 1}, {"a.b": 2}], ["s/0", "s/1"]) == [Label(name=f"b={n}", settings="") for n in (1, 2)]


def test_what_a_choice_brings_is_not_named_beside_it() -> None:
    """Texts of a rubric set, arguments of a backend; but a text that was set by hand is."""
    brought = [{"rubric_set": name, "rubrics.tone.question": f"{name}?"} for name in ("standard", "strict")]
    assert [label.name for label in labels(brought, ["s/0", "s/1"])] == ["standard", "strict"]
    by_hand = [*brought, {"rubric_set": "strict", "rubrics.tone.question": "Is it kind?"}]
    assert [label.settings for label in labels(by_hand, ["s/0", "s/1", "s/2"])] == [
        "standard, question=standard?",
        "strict, question=strict?",
        "strict, question=Is it kind?",
    ]


def test_long_or_equal_settings_are_named_by_folder() -> None:
    """Where settings make no name, the job's folder is one, and the settings stand beside it."""
    settings = [{"x": "a" * n, "y": "b" * n} for n in (20, 21)]
    named = labels(settings, ["runs/sweeps/t/0", "runs/sweeps/t/1"])
    assert [label.name for label in named] == ["job 0", "job 1"]
    same = labels([{"x": 1}, {"x": 1}], ["runs/s/0", "runs/t/0"])
    assert [label.name for label in same] == ["s/0", "t/0"]


def test_configuration_is_flattened() -> None:
    """Nested settings by dotted keys; lists and empty groups are values."""
    assert flat({"a": {"b": 1, "c": {"d": [2]}}, "e": {}}) == {"a.b": 1, "a.c.d": [2], "e": {}}
