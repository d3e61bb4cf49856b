"""How good a ranking is where the truth is known, by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.measure import quality, separation
from judge.results import Accounting, Quality


def test_quality_by_hand() -> None:
    """Defects at ranks 1, 3 and nowhere: average precision (1/1 + 2/3 + 0) / 3, one of three inside the budget."""
    measured = quality(["a", "b", "c", "d"], {"a", "b"}, {"a", "c", "x"})
    assert measured == Quality(defects=3, found=1, average_precision=round((1 + 2 / 3) / 3, 6))
    assert measured.recall == pytest.approx(1 / 3)


def test_a_perfect_list_and_an_empty_one() -> None:
    """All defects first is 1, no defect found is 0, and no defect at all is 0 rather than an error."""
    assert quality(["a", "b", "c"], {"a", "b"}, {"b", "a"}) == Quality(defects=2, found=2, average_precision=1.0)
    assert quality([], set(), {"a"}) == Quality(defects=1, found=0, average_precision=0.0)
    assert quality(["a"], {"a"}, set()) == Quality(defects=0, found=0, average_precision=0.0)
    assert quality(["a"], {"a"}, set()).recall == 0.0


ids = st.lists(st.integers(0, 30).map(str), unique=True)


@given(ranked=ids, defects=st.sets(st.integers(0, 30).map(str)), budget=st.integers(0, 30), data=st.data())
def test_quality_is_a_share_and_better_order_is_no_worse(
    ranked: list[str], defects: set[str], budget: int, data: st.DataObject
) -> None:
    """Both measures lie in [0, 1], and moving a defect up one rank never lowers either."""
    before = quality(ranked, set(ranked[:budget]), defects)
    assert 0 <= before.average_precision <= 1
    assert 0 <= before.recall <= 1
    places = [n for n, name in enumerate(ranked) if n and name in defects]
    if places:
        place = data.draw(st.sampled_from(places))
        better = [*ranked[: place - 1], ranked[place], ranked[place - 1], *ranked[place + 1 :]]
        after = quality(better, set(better[:budget]), defects)
        assert after.average_precision >= before.average_precision
        assert after.found >= before.found


def test_separation_by_hand() -> None:
    """Mean inside minus mean outside: (0.9 + 0.7) / 2 - (0.2 + 0.0) / 2."""
    assert separation([(0.9, True), (0.7, True), (0.2, False), (0.0, False)]) == 0.7
    assert separation([]) == 0.0
    assert separation([(0.4, False)]) == -0.4
    assert separation([(0.4, True)]) == 0.4


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans())))
def test_separation_is_bounded(ranked: list[tuple[float, bool]]) -> None:
    """The objective of a sweep is a number in [-1, 1], whatever the list."""
    assert -1 <= separation(ranked) <= 1


def test_the_accounting_adds_up() -> None:
    """Rows in = judged + unscored + not sampled + rejected, told in one line; a sum that is off is a bug."""
    whole = Accounting(rows=1010, judged=1000, unscored={"too_long": 3, "off_scale": 1}, not_sampled=2, rejected=4)
    assert whole.line() == (
        "1,010 rows in = 1,000 judged + 4 unscored (1 off_scale, 3 too_long) + 2 not sampled + 4 rejected"
    )
    nothing = Accounting(rows=0, judged=0, unscored={}, not_sampled=0, rejected=0)
    assert nothing.line() == "0 rows in = 0 judged + 0 unscored + 0 not sampled + 0 rejected"
    with pytest.raises(AssertionError, match="1011 rows came in, 1010 are accounted for"):
        Accounting(rows=1011, judged=1000, unscored={"too_long": 4}, not_sampled=2, rejected=4)
