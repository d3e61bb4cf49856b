"""Weights fitted on planted copies: what they gain from, what they are protected from, and how they are measured."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.rank import Fixed
from judge.rank.curves import KNOTS, Curve, Fitted
from judge.rank.fitting import Matrix, Outcome, Trial, fit, measure

ROWS, COPIES, BUDGET = 600, 120, 30
FIXED = Fixed(weight=0.3)


def draws(seed: int) -> np.random.Generator:
    """Seeded draws."""
    return np.random.default_rng(seed)


def rare(seed: int, rows: int, share: float, severity: float = 0.8) -> Matrix:
    """Make a column in which a share of the rows has a finding."""
    draw = draws(seed)
    return np.where(draw.random(rows) < share, severity * draw.uniform(0.7, 1.0, rows), 0.0)


def trial(
    columns: Sequence[tuple[Matrix, Matrix, Matrix]],
    *,
    kinds: Sequence[str] | None = None,
    clusters: Sequence[int] | None = None,
    fixed: Sequence[Curve] | None = None,
    pinned: Sequence[str] = (),
) -> Trial:
    """Make a trial of reasons a, b, c ..., each given for originals, controls and copies."""
    names = "abcdefgh"[: len(columns)]
    originals, controls, copies = (np.column_stack([column[part] for column in columns]) for part in range(3))
    return Trial(
        names=list(names),
        fixed=list(fixed or [FIXED] * len(names)),
        originals=originals,
        controls=controls,
        copies=copies,
        sources=controls,
        matching=np.ones(copies.shape, dtype=bool),
        lift=np.zeros(len(originals)),
        source_lift=np.zeros(len(copies)),
        whole=np.ones(len(originals), dtype=bool),
        whole_copies=np.ones(len(copies), dtype=bool),
        kinds=list(kinds or ["k"] * len(copies)),
        clusters=list(clusters or range(len(copies))),
        pinned=frozenset(pinned),
    )


def marks(seed: int, share: float = 0.9, noise: float = 0.02) -> tuple[Matrix, Matrix, Matrix]:
    """Make a reason that marks most copies and hardly any original or control."""
    return rare(seed, ROWS, noise), rare(seed + 1, COPIES, noise), rare(seed + 2, COPIES, share)


def noise(seed: int, share: float = 0.3) -> tuple[Matrix, Matrix, Matrix]:
    """Make a reason that rises as often in copies as in originals and controls."""
    return rare(seed, ROWS, share), rare(seed + 1, COPIES, share), rare(seed + 2, COPIES, share)


def nothing() -> tuple[Matrix, Matrix, Matrix]:
    """Make a reason that never speaks."""
    return np.zeros(ROWS), np.zeros(COPIES), np.zeros(COPIES)


def top(outcome: Outcome, name: str, severity: float = 1.0) -> float:
    """Nats of a reason at a severity."""
    return outcome.curves[name].nats(severity)


def corners(outcome: Outcome) -> dict[str, list[float]]:
    """Nats of all reasons at all knots."""
    return {name: [curve.nats(knot) for knot in KNOTS] for name, curve in outcome.curves.items()}


def test_a_reason_that_marks_copies_gains_and_one_that_does_not_loses() -> None:
    """From one fixed weight: what tells copies from rows is raised, what rises everywhere is lowered, in this order."""
    outcome = fit(trial([marks(1), marks(4, share=0.4, noise=0.05), noise(7)]), BUDGET)
    good, fair, useless = (top(outcome, name, 0.8) for name in "abc")
    assert good > fair > useless
    assert good > FIXED.nats(0.8) > useless
    assert useless < 0.3


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.floats(0, 1), min_size=6, max_size=6))
def test_curves_never_fall_whatever_the_columns(seed: int, shares: list[float]) -> None:
    """More severity is never less evidence, none is none, and no reason ever speaks for a row."""
    columns = [
        (
            rare(seed + at, 80, shares[at], 1.0),
            rare(seed + 9, 20, shares[at], 1.0),
            rare(seed + 5, 20, shares[at + 3], 1.0),
        )
        for at in range(3)
    ]
    outcome = fit(trial(columns, kinds=["k", "m"] * 10), 5)
    for name, nats in corners(outcome).items():
        assert nats[0] >= 0
        assert nats == sorted(nats)
        assert outcome.curves[name].nats(0.0) == 0.0
        assert all(np.isfinite(nats))


def test_what_speaks_for_a_row_is_never_held_for_it() -> None:
    """Where rows are severe and copies mild, severe findings say as much as mild ones, and never less."""
    draw = draws(12)
    severe = (np.where(draw.random(ROWS) < 0.5, 1.0, 0.0), np.zeros(COPIES), np.full(COPIES, 0.4))
    (nats,) = corners(fit(trial([severe]), BUDGET)).values()
    assert nats == sorted(nats)
    assert nats[0] > 0


def test_a_reason_that_no_planter_touches_keeps_its_fixed_curve() -> None:
    """What was not put to the test is not changed: the curve is the very one it was, whatever the originals do."""
    untouched = (rare(20, ROWS, 0.4), rare(21, COPIES, 0.4), rare(21, COPIES, 0.4))
    twice = (np.zeros(ROWS), np.zeros(COPIES), np.array([1.0, 1.0, *[0.0] * (COPIES - 2)]))
    faint = (np.zeros(ROWS), np.zeros(COPIES), np.full(COPIES, 0.14))
    outcome = fit(trial([marks(1), untouched, twice, faint, nothing()]), BUDGET)
    assert isinstance(outcome.curves["a"], Fitted)
    assert {name: curve for name, curve in outcome.curves.items() if name != "a"} == dict.fromkeys("bcde", FIXED)


def test_a_weight_that_the_user_has_set_is_not_fitted() -> None:
    """A pinned reason keeps its weight however well it marks copies, and counts in the figures with it."""
    pinned = fit(trial([marks(1), marks(4)], fixed=[FIXED, Fixed(weight=0.0)], pinned="b"), BUDGET)
    assert pinned.curves["b"] == Fixed(weight=0.0)
    alone = fit(trial([nothing(), marks(4)], fixed=[FIXED, Fixed(weight=0.0)], pinned="b"), BUDGET)
    assert sum(alone.caught) == 0
    loud = fit(trial([nothing(), marks(4)], fixed=[FIXED, Fixed(weight=0.9)], pinned="b"), BUDGET)
    assert sum(loud.caught) > 0.8 * COPIES


def test_what_rises_in_copies_and_controls_alike_gains_nothing() -> None:
    """Being read without its twins is no mark of a defect: a reason that controls show as well is not raised."""
    blindness = (np.zeros(ROWS), rare(31, COPIES, 0.6), rare(32, COPIES, 0.6))
    outcome = fit(trial([marks(1), blindness]), BUDGET)
    without = fit(trial([marks(1), (np.zeros(ROWS), np.zeros(COPIES), rare(32, COPIES, 0.6))]), BUDGET)
    assert top(outcome, "b", 0.8) <= FIXED.nats(0.8)
    assert top(outcome, "b", 0.8) < top(without, "b", 0.8) - 1


def test_natural_defects_among_the_originals_do_not_flatten_a_good_signal() -> None:
    """A signal that finds 5 % of the set as bad as the copies keeps at least its weight: those rows are its catch."""
    real = (rare(41, ROWS, 0.05), np.zeros(COPIES), rare(42, COPIES, 0.9))
    outcome = fit(trial([real, noise(45)]), BUDGET)
    assert top(outcome, "a", 0.8) > FIXED.nats(0.8)
    assert top(outcome, "a", 0.8) > 4 * top(outcome, "b", 0.8)


def test_a_severe_finding_says_more_where_only_severe_ones_mark_copies() -> None:
    """A curve follows the copies: faint findings that all rows have say next to nothing, strong ones much."""
    draw = draws(50)
    faint = [draw.uniform(0.0, 0.45, size) for size in (ROWS, COPIES)]
    outcome = fit(trial([(faint[0], faint[1], draw.uniform(0.8, 1.0, COPIES))]), BUDGET)
    assert top(outcome, "a", 0.45) < 0.8
    assert top(outcome, "a", 0.9) > 2


def families(size: int) -> tuple[Trial, Trial]:
    """Make copies of few sources, each with a mark of its own; with their clusters told, and as if there were none."""
    sources = 7
    many = sources * size
    owner = np.arange(many) // size
    own = [(np.zeros(ROWS), np.zeros(many), np.where(owner == source, 1.0, 0.0)) for source in range(sources)]
    bar = (rare(60, ROWS, 0.1, 1.0), np.zeros(many), np.zeros(many))  # what a copy has to rise above
    fixed = [*[Fixed(weight=0.06)] * sources, Fixed(weight=0.15)]
    return trial([*own, bar], clusters=owner.tolist(), fixed=fixed), trial([*own, bar], fixed=fixed)


def test_folds_never_part_a_cluster() -> None:
    """Where each source has a mark of its own, a copy is caught only if its twins were fitted on: never so in folds."""
    told, leaking = families(20)
    assert sum(fit(leaking, BUDGET).caught) > 100
    assert sum(fit(told, BUDGET).caught) == 0


def test_unseen_is_by_a_fit_that_never_saw_the_kind() -> None:
    """A kind that one signal alone sees, left out of the fit, leaves that signal its fixed weight and no more."""
    half = COPIES // 2
    first = np.arange(COPIES) < half
    a, b = marks(1), marks(4)
    columns = [
        (a[0], np.zeros(COPIES), np.where(first, 0.9, 0.0)),
        (b[0], np.zeros(COPIES), np.where(first, 0.0, 0.9)),
        (rare(70, ROWS, 0.06, 1.0), np.zeros(COPIES), np.zeros(COPIES)),
    ]
    kinds = ["x"] * half + ["y"] * half
    faint = [Fixed(weight=0.1), Fixed(weight=0.95), Fixed(weight=0.6)]
    outcome = fit(trial(columns, kinds=kinds, fixed=faint), BUDGET)
    assert sum(outcome.caught[:half]) > 0.9 * half
    assert sum(outcome.caught[half:]) > 0.9 * half
    assert sum(outcome.unseen[:half]) == 0, "its only signal is faint until a copy of the kind was seen"
    assert sum(outcome.unseen[half:]) > 0.9 * half, "the fixed weight of its signal is enough"


def test_a_copy_has_to_stand_above_the_last_row_of_the_budget() -> None:
    """Caught is a place in the list: none without a budget, fewer where originals stand higher, and 0 nats never."""
    outcome = {budget: sum(fit(trial([marks(1, noise=0.1)]), budget).caught) for budget in (0, 1, BUDGET, 90)}
    assert outcome[0] == 0
    assert outcome[1] <= outcome[BUDGET] <= outcome[90]
    assert outcome[90] > 0.8 * COPIES
    silent = fit(trial([nothing(), marks(1, share=0.5)]), ROWS)
    assert sum(silent.caught) < 0.6 * COPIES, "a copy without evidence is never caught, whatever the room"


def several() -> Trial:
    """Make a trial of every sort of reason and three kinds."""
    return trial(
        [marks(1), marks(4, share=0.4), noise(7), nothing()],
        kinds=["x", "y", "z"] * (COPIES // 3),
        clusters=[at // 4 for at in range(COPIES)],
    )


@lru_cache
def usual() -> Outcome:
    """Give the outcome of it."""
    return fit(several(), BUDGET)


def test_the_same_trial_gives_the_same_curves_and_figures() -> None:
    """No chance is in it: two fits agree in every digit."""
    assert fit(several(), BUDGET) == usual()


@pytest.mark.parametrize("seed", range(2))
def test_the_order_of_the_rows_changes_nothing(seed: int) -> None:
    """Originals may come in any order, and copies of the same folds as well: the curves and figures are the same."""
    once = several()
    draw = draws(seed)
    rows = draw.permutation(ROWS)
    within = np.concatenate([at + draw.permutation(4) for at in range(0, COPIES, 4)])
    shuffled = replace(
        once,
        originals=once.originals[rows],
        controls=once.controls[within],
        copies=once.copies[within],
        sources=once.sources[within],
        kinds=[once.kinds[at] for at in within],
    )
    before, after = usual(), fit(shuffled, BUDGET)
    assert sorted(after.caught) == sorted(before.caught)
    for name, nats in corners(before).items():
        assert corners(after)[name] == pytest.approx(nats, abs=0.0021)  # a weight is rounded to 3 digits


def test_the_order_of_reasons_changes_nothing() -> None:
    """A reason's curve is its own, in whatever column it stands."""
    once = several()
    turned = replace(
        once,
        names=once.names[::-1],
        fixed=once.fixed[::-1],
        originals=once.originals[:, ::-1],
        controls=once.controls[:, ::-1],
        copies=once.copies[:, ::-1],
        sources=once.sources[:, ::-1],
    )
    before, after = usual(), fit(turned, BUDGET)
    assert after.caught == before.caught
    for name, nats in corners(before).items():
        assert corners(after)[name] == pytest.approx(nats, abs=0.0021)


def test_nothing_to_fit_is_no_error() -> None:
    """Reasons that never speak keep their weights, and no copy is caught by them."""
    outcome = fit(trial([nothing(), nothing()]), BUDGET)
    assert outcome.curves == dict.fromkeys("ab", FIXED)
    assert (sum(outcome.caught), sum(outcome.unseen)) == (0, 0)


def test_one_kind_and_one_cluster_are_no_error() -> None:
    """With all copies in one cluster no fit is left that has not seen them: figures are those of the fixed weights."""
    once = trial([marks(1)], clusters=[7] * COPIES)
    outcome = fit(once, BUDGET)
    assert isinstance(outcome.curves["a"], Fitted)
    assert outcome.caught == measure(once, BUDGET).caught


def test_a_copy_whose_source_is_inside_the_budget_is_not_caught() -> None:
    """What stands high before anything was planted in it says nothing about the plant; it is a false alarm."""
    plain = trial([marks(1)])
    high = replace(plain, source_lift=np.where(np.arange(COPIES) < 40, 9.0, 0.0))
    usual, lifted = fit(plain, BUDGET), fit(high, BUDGET)
    assert sum(usual.caught[:40]) > 30
    assert sum(lifted.caught[:40]) == 0
    assert all(lifted.alarmed[:40])
    assert lifted.caught[40:] == usual.caught[40:]


def test_a_copy_is_caught_only_for_a_matching_reason() -> None:
    """A copy that stands high for a reason that does not speak to what was planted was not caught but met by chance."""
    plain = trial([marks(1), noise(7)])
    beside = replace(plain, matching=np.tile([False, True], (COPIES, 1)))
    assert sum(fit(beside, BUDGET).caught) < 0.5 * sum(fit(plain, BUDGET).caught)
    assert fit(beside, BUDGET).above == fit(plain, BUDGET).above


def test_rows_that_other_evidence_lifts_take_their_places() -> None:
    """The line a copy has to pass is that of the whole list, contradictions included; the fit does not see them."""
    plain = trial([marks(1)])
    crowded = replace(plain, lift=np.where(np.arange(ROWS) < BUDGET, 50.0, 0.0))
    assert sum(fit(crowded, BUDGET).caught) == 0
    assert corners(fit(crowded, BUDGET)) == corners(fit(plain, BUDGET))


def test_what_was_not_read_is_not_fitted_on_and_counts_as_not_caught() -> None:
    """A copy without a readable grade is no evidence about weights, and no catch either."""
    plain = trial([marks(1)])
    unread = np.arange(COPIES) >= 90
    copies = np.where(unread[:, None], 0.0, plain.copies)
    half = fit(replace(plain, copies=copies, whole_copies=~unread), BUDGET)
    assert sum(half.caught[90:]) == 0
    assert sum(half.caught[:90]) > 70
    assert len(half.caught) == COPIES


def test_fixed_weights_are_measured_as_they_are() -> None:
    """`measure` fits nothing: the curves are those given, and what they catch is told."""
    loud = trial([marks(1)], fixed=[Fixed(weight=0.9)])
    outcome = measure(loud, BUDGET)
    assert outcome.curves == {"a": Fixed(weight=0.9)}
    assert sum(outcome.caught) > 0.8 * COPIES
    assert outcome.unseen == ()
    assert sum(measure(trial([marks(1)], fixed=[Fixed(weight=0.0)]), BUDGET).caught) == 0
