"""In which order rows come up for review: the sample is a sample, for everyone the same, and disagreement means it."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from judge import digest
from judge.rank.curves import BASE, log_odds, suspicion
from judge.views import opinions
from judge.views.orders import at_random, by_disagreement, by_suspicion, gravest, spoken, usual

DIGESTS = [digest.of(n) for n in range(40)]


def test_the_list_comes_as_it_is() -> None:
    """The worst first; the rows inside the budget are what one sets out to decide, and it goes on after them."""
    queue = by_suspicion([True, True, False, False, False])
    assert (queue.rows, queue.first, queue.probability) == ((0, 1, 2, 3, 4), 2, None)


def test_rows_inside_the_budget_come_first_wherever_they_stand() -> None:
    """A row that counts with another source is inside where its twin is, and may stand further down."""
    queue = by_suspicion([True, False, True, False, True])
    assert (queue.rows, queue.first) == ((0, 2, 4, 1, 3), 3)
    assert by_suspicion([]).rows == ()


@given(st.permutations(DIGESTS), st.integers(0, 50), st.integers(0, 3))
def test_a_sample_is_the_same_for_everyone_and_holds_the_smaller_one(digests: list[str], size: int, seed: int) -> None:
    """Neither the order of the rows, nor when, nor by whom it is drawn changes it; each row's probability is known."""
    drawn = at_random(digests, "data", size, seed)
    known = at_random(DIGESTS, "data", size, seed)
    assert [digests[n] for n in drawn.rows] == [DIGESTS[n] for n in known.rows]
    assert len(drawn.rows) == drawn.first == min(size, 40)
    assert drawn.probability == (min(size, 40) / 40 or None)
    assert at_random(digests, "data", size // 2, seed).rows == drawn.rows[: size // 2]


def test_every_row_is_drawn_as_often_as_any_other() -> None:
    """Over many sets and seeds each of 40 rows is in a sample of 10 about a quarter of the time, whatever its rank."""
    counts = Counter(n for seed in range(2000) for n in at_random(DIGESTS, f"data {seed % 7}", 10, seed).rows)
    assert len(counts) == 40
    assert all(420 < count < 580 for count in counts.values())  # 500, and four standard deviations


COPIED = [*DIGESTS[:30], *DIGESTS[:5] * 2]


def test_every_copy_is_drawn_for_itself() -> None:
    """Rows of one content come up one by one, each as often as any other row, whatever came up beside it."""
    assert len(at_random(["a", "b", "a"], "data", 3).rows) == 3
    counts: Counter[int] = Counter()
    together = 0
    for seed in range(2000):
        rows = at_random(COPIED, "data", 10, seed).rows
        counts.update(rows)
        together += 0 in rows and 30 in rows
    assert all(420 < counts[n] < 580 for n in range(40))
    assert 70 < together < 160  # 2000 * (10 / 40) * (9 / 39) = 115


@given(st.permutations(range(40)), st.integers(0, 40))
def test_how_many_copies_are_drawn_does_not_depend_on_their_order(order: list[int], size: int) -> None:
    """Whoever numbers the rows otherwise draws as many rows of each content."""
    mixed = [COPIED[n] for n in order]
    drawn, known = (Counter(rows[n] for n in at_random(rows, "data", size).rows) for rows in (mixed, COPIED))
    assert drawn == known


def test_the_usual_sample_is_no_census() -> None:
    """Of all rows nothing could be said before all of them are decided; whoever wants that says so."""
    assert [usual(rows) for rows in (1, 2, 3, 44, 600, 601, 50_000)] == [1, 1, 1, 22, 300, 300, 300]
    whole, half = at_random(DIGESTS, "data", 99), at_random(DIGESTS, "data", 20)
    assert (whole.probability, half.probability) == (1, 0.5)
    assert "comes when the last of them is decided" in whole.says
    assert "comes when" not in half.says


def test_disagreement_is_the_distance_of_two_places() -> None:
    """Rows first that one of the two puts on top and the other at the bottom; of equals the more suspicious first."""
    queue = by_disagreement([0.9, 0.1, 0.5, None, 0.0], [0.0, 3.0, 1.0, 9.0, 0.0])
    assert queue is not None
    # by the judge 0 2 1 4; by the findings 1 2 and then 0 and 4, who share the places 2 and 3
    assert queue.rows == (0, 1, 4, 2)
    assert queue.probability is None


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30))
def test_who_agree_do_not_disagree(severities: list[float]) -> None:
    """Where both order the rows alike the list stays as it is, on whatever scale each of them speaks."""
    queue = by_disagreement(severities, [10 * severity for severity in severities])
    assert queue is not None
    assert queue.rows == tuple(range(len(severities)))


def test_without_a_judge_there_is_no_such_order() -> None:
    """One graded row cannot be out of order either."""
    assert by_disagreement([None, None], [1.0, 2.0]) is None
    assert by_disagreement([None, 0.5], [1.0, 2.0]) is None


@given(st.floats(0.01, 12), st.floats(0, 1))
def test_the_findings_part_of_a_suspicion_is_found_again(nats: float, share: float) -> None:
    """A suspicion is turned back into the evidence it came from; contradictions and grades are not the findings'."""
    reasons = [{"kind": "signal", "share": share}, {"kind": "rubric", "share": (1 - share) / 2}]
    reasons.append({"kind": "pair", "share": (1 - share) / 2})
    found = spoken({"suspicion": suspicion(nats), "reasons": reasons})
    assert abs(found - share * nats) < 0.01 + 1e-6 * nats
    assert spoken({"suspicion": 1.0, "reasons": reasons}) < 20 - log_odds(BASE)
    assert spoken({"suspicion": None, "reasons": []}) == 0


def test_the_gravest_grade_is_the_farthest_from_the_best() -> None:
    """On whatever scale; ungraded criteria say nothing."""
    assert gravest({"tone": 5.0, "format": 2.0, "factual": None}, {"tone": 5, "format": 3, "factual": 5}) == 0.5
    assert gravest({"tone": None}, {"tone": 5}) is None


def test_two_people_and_what_they_agree_on() -> None:
    """Rows that both decided, the share on which they say the same, and kappa where both say either."""
    said = {
        "ana": dict.fromkeys(range(10), "keep") | {0: "remove", 1: "remove"},
        "bo": {0: "remove", 1: "keep", 2: "keep", 3: "keep", 99: "remove"},
        "c\x1b": {0: "unsure"},
    }
    assert opinions.agree(said) == [  # type: ignore[arg-type]  # words are words
        "ana and bo both decided 4 rows and say the same of 3 (75%); beyond chance (Cohen's kappa) 0.50 (-0.38 - 1.00)",
        "ana and c\ufffd both decided 1 row and say the same of 0 (0%)",
        "bo and c\ufffd both decided 1 row and say the same of 0 (0%)",
    ]
    assert opinions.agree({"ana": {1: "keep"}, "bo": {2: "keep"}}) == []
