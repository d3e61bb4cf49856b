"""Shares, the defect rate of a set, agreement and probabilities: by hand, by properties, and over simulated audits."""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pytest
from builders import criterion, example
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import cohen_kappa_score

from judge import rank, rates
from judge.rates.agreement import kappa
from judge.rates.calibration import calibrate, probabilities
from judge.records import Reply, Verdict
from judge.reliability import Share
from judge.verdict import read_label

AUDITS = 1000
ROWS = 2000
OF = 300
# label distributions of a row that is found good, and bad, worst label first
GOOD = ((0.0, 0.0, 0.0, 0.05, 0.95), (0.0, 0.0, 0.1, 0.3, 0.6), (0.05, 0.15, 0.3, 0.3, 0.2))
BAD = ((0.9, 0.1, 0.0, 0.0, 0.0), (0.6, 0.2, 0.1, 0.1, 0.0), (0.15, 0.3, 0.35, 0.2, 0.0))


@lru_cache
def suspicions() -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Suspicion of a row by each label distribution above, read and ranked as an audit does it."""
    factual = criterion("factual", weight=0.9)
    rows = [example(name=str(n), line=n) for n in range(len(GOOD + BAD))]
    evidence = {}
    for row, chances in zip(rows, GOOD + BAD, strict=True):
        reply = Reply(text="", logprobs={str(n): math.log(max(p, 1e-9)) for n, p in enumerate(chances, start=1)})
        verdict = read_label(reply, factual, row.id, 1)
        assert isinstance(verdict, Verdict)
        evidence[row.id] = rank.Evidence(verdicts=[verdict])
    weights = rank.Weights(signals={}, rubrics={"factual": rank.Fixed(weight=0.9, power=3)}, pair=rank.Fixed(weight=0))
    ranked = rank.rank(rows, evidence, [factual], weights, 0.05)
    return np.array([s.suspicion for s in sorted(ranked, key=lambda s: s.example.line)])


@lru_cache
def simulated(
    prevalence: float, judge: tuple[float, float], *, graded: bool = False, flagged: float = 1.0, of: int = OF
) -> tuple[float, float, float]:
    """
    (share of the audits whose interval holds the truth, mean width, mean width of the exact interval).

    Args:
        prevalence: of defects among the rows.
        judge: its sensitivity and specificity.
        graded: whether its grades vary, or are the two clearest.
        flagged: how many times as often a flagged row is drawn.
        of: rows drawn.
    """
    draw = np.random.default_rng(round(1000 * prevalence) + of)
    held, widths, exact = 0, [], []
    for _ in range(AUDITS):
        defect = np.arange(ROWS) < prevalence * ROWS
        bad = np.where(defect, draw.random(ROWS) < judge[0], draw.random(ROWS) >= judge[1])
        said = suspicions()[np.where(bad, 3, 0) + (draw.choice(3, size=ROWS, p=[0.6, 0.3, 0.1]) if graded else 0)]
        chance = np.where(bad, flagged, 1.0)  # every row is drawn with its chance, and `of` in all
        chance = np.minimum(chance * of / chance.sum(), 1.0)
        order = draw.permutation(ROWS)
        drawn = order[np.searchsorted(np.cumsum(chance[order]), draw.random() + np.arange(round(chance.sum())))]
        rate = rates.defect_rate(defect[drawn].tolist(), list(1 / chance[drawn]), said[drawn], said)
        held += rate.low <= defect.mean() <= rate.high
        widths.append(rate.high - rate.low)
        found = float((defect[drawn] / chance[drawn]).sum() / (1 / chance[drawn]).sum())
        low, high = rates.clopper_pearson(found * rate.effective, rate.effective)
        exact.append(high - low)
    return held / AUDITS, float(np.mean(widths)), float(np.mean(exact))


@pytest.mark.parametrize(
    ("prevalence", "judge", "width"),
    [
        *((0.02, (0.9, 0.97), 0.0254), (0.05, (0.9, 0.97), 0.0327), (0.20, (0.9, 0.97), 0.0441)),
        *((0.02, (0.5, 0.99), 0.0262), (0.05, (0.5, 0.99), 0.0377), (0.20, (0.5, 0.99), 0.0657)),
        *((0.02, (0.0, 1.0), 0.0301), (0.05, (0.0, 1.0), 0.0458), (0.20, (0.0, 1.0), 0.0833)),
    ],
)
def test_the_interval_holds_the_truth(prevalence: float, judge: tuple[float, float], width: float) -> None:
    """In at least 93 % of 1,000 audits, as wide as stated, and narrower than the exact one on the sample alone."""
    held, mean, exact = simulated(prevalence, judge)
    assert held >= 0.93
    assert mean == pytest.approx(width, rel=0.03)
    assert mean < exact * (0.85 if judge[0] >= 0.5 else 1.0)


@pytest.mark.parametrize("prevalence", [0.02, 0.2])
def test_the_interval_holds_where_rows_came_up_unequally(prevalence: float) -> None:
    """The same where a judge's grades vary and flagged rows were drawn three times as often."""
    held, mean, exact = simulated(prevalence, (0.5, 0.97), graded=True, flagged=3.0)
    assert held >= 0.93
    assert mean < exact


def test_below_200_decisions_the_sample_stands_alone() -> None:
    """The interval is the exact one of the sample, whatever a judge says, and the method says so."""
    said = [0.9] * 6 + [0.0] * 193
    rate = rates.defect_rate([True] * 6 + [False] * 193, [10.0] * 199, said, [0.9] * 60 + [0.0] * 1930)
    exact = rates.exact(6, 199)
    assert (rate.low, rate.high) == (exact.low, exact.high)
    assert rate.value == round(6 / 199, 6)
    assert "the sample alone, exact (Clopper-Pearson), as it is smaller than 200" in rate.method
    one_more = rates.defect_rate([True] * 6 + [False] * 194, [10.0] * 200, [*said, 0.0], [0.9] * 60 + [0.0] * 1940)
    assert one_more.method.startswith("prediction-powered")
    assert one_more.high - one_more.low < 0.8 * (rate.high - rate.low)


def test_a_whole_set_decided_is_known() -> None:
    """Where every row was decided there is no interval, however few they are."""
    for rows in (3, 300):
        bad = [n % 3 == 0 for n in range(rows)]
        rate = rates.defect_rate(bad, [1.0] * rows, [0.1] * rows, [0.1] * rows)
        assert rate.value == rate.low == rate.high == pytest.approx(1 / 3, abs=1e-6)
        assert rate.method == "every row was decided"


def test_rows_that_were_seen_leave_no_doubt() -> None:
    """Half of a set decided is worth an interval narrower by the root of a half than that many of a set without end."""
    bad = [True] * 30 + [False] * 270
    half = rates.defect_rate(bad, [2.0] * 300, [0.0] * 300, [0.0] * 600)
    endless = rates.defect_rate(bad, [2.0] * 300, [0.0] * 300, [0.0] * 10**6)
    assert half.high - half.low == pytest.approx(math.sqrt(0.5) * (endless.high - endless.low), rel=0.001)


def test_the_rate_by_hand() -> None:
    """Strata of 40 and 1,960 rows with 4 of 4 and 2 of 196 removed: 40 / 2000 + 1960 / 2000 * 2 / 196."""
    bad = [True] * 4 + [True] * 2 + [False] * 194
    rate = rates.defect_rate(bad, [10.0] * 200, [0.9] * 4 + [0.0] * 196, [0.9] * 40 + [0.0] * 1960)
    assert rate.value == pytest.approx(0.02 + 0.98 * 2 / 196, abs=1e-6)
    assert rate.of == 200
    assert rate.effective == 200.0
    assert rate.rows == 2000


def test_unequal_weights_count_as_what_they_are_worth() -> None:
    """A rate is the self-normalised one, and where weights differ the sample is worth less than its size."""
    bad = [True] * 100 + [False] * 100
    rate = rates.defect_rate(bad, [1.0] * 100 + [3.0] * 100, [0.5] * 200, [0.5] * 5000)
    assert rate.value == 0.25
    assert rate.effective == pytest.approx(400**2 / (100 + 900), abs=0.1)


def test_a_stratum_nobody_looked_into_is_unknown() -> None:
    """No decision on any of the 500 suspicious rows of 5,000: their tenth of the set may be all good or all bad."""
    rate = rates.defect_rate([False] * 300, [15.0] * 300, [0.0] * 300, [0.9] * 500 + [0.0] * 4500)
    assert rate.high > 0.1


def test_all_removed_with_uneven_fractions_is_one() -> None:
    """Sums of fractions that end a little off one do not move a rate, nor the size of the sample."""
    weights = [1 / 0.3] * 83 + [1 / 0.1] * 150
    rate = rates.defect_rate([True] * 83 + [False] * 150, weights, [0.9] * 83 + [0.0] * 150, [0.9] * 280 + [0.0] * 1500)
    assert rate.value == pytest.approx(280 / 1780, abs=1e-6)
    assert rate.high - rate.low < 0.03


shares = st.floats(0, 1)


@settings(deadline=None, max_examples=60)
@given(of=st.integers(1, 400), others=st.integers(0, 50), often=shares, seed=st.integers(0, 10**6))
def test_the_rate_lies_in_its_interval(of: int, others: int, often: float, seed: int) -> None:
    """0 <= low <= value <= high <= 1 whatever was decided, and the order of the decisions does not matter."""
    draw = np.random.default_rng(seed)
    levels = draw.random(draw.integers(1, 6))
    bad, weights, said = draw.random(of) < often, draw.choice([1.0, 3.0, 50.0], of), draw.choice(levels, of)
    everyone = [*said, *draw.choice(levels, others)]
    one = rates.defect_rate(bad.tolist(), weights.tolist(), said.tolist(), everyone)
    assert 0 <= one.low <= one.value <= one.high <= 1
    assert 0 < one.effective <= one.of
    mixed = draw.permutation(of)
    other = rates.defect_rate(bad[mixed].tolist(), weights[mixed].tolist(), said[mixed].tolist(), everyone)
    for name in ("value", "low", "high"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), abs=2e-6)


@given(st.integers(0, 300), st.integers(0, 300))
def test_limits_of_whole_numbers_are_the_known_ones(found: int, rest: int) -> None:
    """Clopper-Pearson agrees with SciPy's, and mid-P limits hold the share and lie inside them."""
    of = found + rest
    low, high = rates.clopper_pearson(found, of)
    known = rates.exact(found, of)
    assert low == pytest.approx(known.low, abs=1e-6)
    assert high == pytest.approx(known.high, abs=1e-6)
    inner_low, inner_high = rates.mid_p(found, of)
    assert low - 1e-9 <= inner_low <= (found / of if of else 0) + 1e-9
    assert (found / of if of else 1) - 1e-9 <= inner_high <= high + 1e-9


def test_strata_part_where_predictions_do() -> None:
    """The cut leaves least variance within; of predictions that are all alike there is none."""
    assert rates.widest_gap(np.array([0.0, 0.0, 0.1, 0.8, 0.9])) == 0.1
    assert rates.widest_gap(np.array([0.0, 0.7])) == 0.0
    assert rates.widest_gap(np.array([0.3, 0.3])) is None


def test_kappa_by_hand() -> None:
    """20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: agreed 0.7, by chance 0.5, so 0.4 (the textbook's example)."""
    pairs = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    agreed = kappa("tone", pairs, 7)
    assert (agreed.value, agreed.of, agreed.drawn, agreed.about) == (0.4, 50, 7, "tone")
    assert 0.1 < agreed.low < 0.16
    assert 0.6 < agreed.high < 0.67


@pytest.mark.parametrize("pairs", [[], [(False, False)] * 5, [(True, True)], [(True, False), (False, False)]])
def test_kappa_of_one_word_is_none(pairs: list[tuple[bool, bool]]) -> None:
    """Against people who always say the same one thing there is no agreement to be measured."""
    agreed = kappa("tone", pairs, 0)
    assert (agreed.value, agreed.low, agreed.high) == (None, -1.0, 1.0)


def test_perfect_agreement_on_few_rows_leaves_doubt() -> None:
    """Three rows in full agreement are a kappa of 1 with a wide interval."""
    agreed = kappa("tone", [(True, True), (False, False), (False, False)], 0)
    assert agreed.value == agreed.high == 1.0
    assert agreed.low < 0.5


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_kappa_is_the_known_one(pairs: list[tuple[bool, bool]]) -> None:
    """It agrees with scikit-learn's wherever it is defined, and lies in its interval."""
    agreed = kappa("tone", pairs, 0)
    if agreed.value is None:
        assert len({other for _, other in pairs}) == 1
    else:
        one, other = zip(*pairs, strict=True)
        assert agreed.value == pytest.approx(cohen_kappa_score(one, other), abs=1e-6)
        assert -1 <= agreed.low <= agreed.value <= agreed.high <= 1


def drawn_rows(of: int, seed: int = 0) -> tuple[list[str], list[float], list[bool], list[float]]:
    """Make rows whose true probability is the square of their suspicion."""
    draw = np.random.default_rng(seed)
    suspicion = draw.random(of)
    removed = draw.random(of) < suspicion**2
    return [f"row-{n}" for n in range(of)], suspicion.tolist(), removed.tolist(), [10.0] * of


def test_suspicion_becomes_a_probability() -> None:
    """From 2,000 decisions the map is near the truth everywhere, beats the mean rate, and its table holds the truth."""
    calibration = calibrate(*drawn_rows(2000))
    assert calibration is not None
    at = [0.1, 0.3, 0.5, 0.7, 0.9]
    assert probabilities(calibration, at) == pytest.approx([x * x for x in at], abs=0.1)
    assert calibration.brier < 0.7 * calibration.brier_of_mean
    assert calibration.expected_error < 0.05
    assert 5 <= len(calibration.bins) <= 10
    assert sum(b.removed.of for b in calibration.bins) == calibration.of == 2000
    assert sum(b.removed.low <= b.said <= b.removed.high for b in calibration.bins) >= len(calibration.bins) - 2


def test_too_few_decisions_or_one_kind_make_no_probability() -> None:
    """199 decisions, or 200 that are all the same, leave suspicion a score."""
    ids, suspicion, removed, weights = drawn_rows(200)
    assert calibrate(ids, suspicion, removed, weights) is not None
    assert calibrate(ids[1:], suspicion[1:], removed[1:], weights[1:]) is None
    assert calibrate(ids, suspicion, [False] * 200, weights) is None
    assert calibrate(ids, suspicion, [True] * 200, weights) is None


def test_figures_are_of_rows_the_fit_has_not_seen() -> None:
    """Over 20 sets a suspicion that knows nothing is worse than the mean rate; on its own rows a fit looks better."""
    gained, fitted = [], []
    for seed in range(20):
        ids, suspicion, _, weights = drawn_rows(300, seed)
        removed = (np.random.default_rng(100 + seed).random(300) < 0.2).tolist()
        calibration = calibrate(ids, suspicion, removed, weights)
        assert calibration is not None
        own = np.mean((np.array(probabilities(calibration, suspicion)) - removed) ** 2)
        gained.append(calibration.brier_of_mean - calibration.brier)
        fitted.append(calibration.brier_of_mean - own)
    assert np.mean(gained) < 0 < np.mean(fitted)


def test_no_row_is_called_certain() -> None:
    """A judge that was right 300 times out of 300 still leaves doubt at either end."""
    removed = [n < 30 for n in range(300)]
    calibration = calibrate(
        [str(n) for n in range(300)], [0.9 if bad else 0.0 for bad in removed], removed, [1.0] * 300
    )
    assert calibration is not None
    least, most = probabilities(calibration, [0.0, 1.0])
    assert 0 < least < 0.01
    assert 0.95 < most < 1


@settings(deadline=None, max_examples=30)
@given(
    levels=st.lists(shares, min_size=1, max_size=6),
    seed=st.integers(0, 10**6),
    asked=st.lists(shares, min_size=2).map(sorted),
)
def test_the_map_never_falls(levels: list[float], seed: int, asked: list[float]) -> None:
    """More suspicion is never less probable, in [0, 1], ties and single values included; row order does not matter."""
    draw = np.random.default_rng(seed)
    suspicion = draw.choice(levels, 220).tolist()
    removed = (draw.random(220) < 0.1).tolist()
    removed[:2] = [True, False]
    rows = list(
        zip([str(n) for n in range(220)], suspicion, removed, draw.choice([1.0, 9.0], 220).tolist(), strict=True)
    )
    calibration = calibrate(*zip(*rows, strict=True))
    assert calibration is not None
    said = probabilities(calibration, asked)
    assert said == sorted(said)
    assert 0 <= said[0] <= said[-1] <= 1
    assert 0 <= calibration.brier <= 1
    assert 0 <= calibration.expected_error <= 1
    assert 1 <= len(calibration.bins) <= 10
    other = calibrate(*zip(*reversed(rows), strict=True))
    assert other is not None
    assert probabilities(other, asked) == pytest.approx(said, abs=2e-6)


@pytest.mark.parametrize(("share", "method"), [(rates.wilson, "wilson"), (rates.exact, "exact")])
def test_intervals_are_those_of_scipy(share: Callable[[int, int], Share], method: str) -> None:
    """Wilson's and the exact interval agree with the library's, for every count of up to 40."""
    for of in range(1, 41):
        for found in range(of + 1):
            ours, theirs = share(found, of), binomtest(found, of).proportion_ci(method=method)
            assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-6)
    assert (share(0, 0).low, share(0, 0).high) == (0.0, 1.0)
