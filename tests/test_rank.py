"""The ranking rule: by hand, and what holds whatever the evidence."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from builders import criterion, example
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.rank import Evidence, Fixed, Weights, budget_rows, explain, rank
from judge.rank.curves import BASE, KNOTS, Fitted, log_odds
from judge.records import Example, Finding, Rationale, Standing, Verdict
from judge.results import Suspect

RUBRICS = (criterion("tone", weight=0.7), criterion("factual", weight=0.9), criterion("always", weight=1.0))
WEIGHTS = Weights(
    signals={"empty": Fixed(weight=1.0), "rude": Fixed(weight=0.5)},
    rubrics={rubric.name: Fixed(weight=rubric.weight, power=3) for rubric in RUBRICS},
    pair=Fixed(weight=0.5),
)
SURE = 0.999999


def verdict(severity: float, rubric: str = "tone", turn: int = 1, row: str = "row-1") -> Verdict:
    """Make a verdict of this severity."""
    score = 5 - 4 * severity
    return Verdict(example_id=row, turn=turn, rubric=rubric, score=score, severity=severity)


def finding(severity: float, signal: str = "rude", turn: int | None = 1) -> Finding:
    """Make a finding of this severity."""
    return Finding(example_id="row-1", signal=signal, severity=severity, because=f"{severity} here", turn=turn)


def standing(severity: float, partner: str = "row-2", kind: str = "fact") -> Standing:
    """Make what the contradictions of row-1 with another row say of it."""
    because = f"{severity}: 30 or 14 days"
    return Standing(example_id="row-1", turn=1, kind=kind, severity=severity, because=because, partners=(partner,))


def suspect_of(evidence: Evidence, weights: Weights = WEIGHTS) -> Suspect:
    """Rank the one row that has this evidence."""
    (found,) = rank([example()], {"row-1": evidence}, RUBRICS, weights, 1.0)
    return found


def order(examples: Sequence[Example], evidence: dict[str, Evidence], budget: float = 1.0) -> list[str]:
    """Ids, most suspicious first."""
    return [s.example.id for s in rank(examples, evidence, RUBRICS, WEIGHTS, budget)]


def test_a_row_that_counts_with_another_source_takes_no_place() -> None:
    """It is inside the budget where the row that counts is, wherever it stands itself, and nowhere else."""
    rows = [example("Is it open?", f"Answer {n}.", name=f"r{n}") for n in range(4)]
    copies = [replace(row, id=f"{row.id}@b", source="b", also_in="shop") for row in rows]
    evidence = {
        row.id: Evidence(findings=[replace(finding(0.9 - n / 10), example_id=row.id)]) for n, row in enumerate(rows)
    }
    evidence |= {row.id: Evidence(findings=[replace(finding(0.95), example_id=row.id)]) for row in copies}

    found = rank([*rows, *copies], evidence, RUBRICS, WEIGHTS, 0.5)

    assert {s.example.id for s in found if s.within_budget} == {"r0", "r1", "r0@b", "r1@b"}


def test_a_suspicion_by_hand() -> None:
    """Log-odds of 0.7*0.8**3, 0.9*1**3, 0.5*0.8 and 0.5*0.6, each less those of 5 %, summed; and each one's share."""
    told = suspect_of(
        Evidence(verdicts=[verdict(0.8), verdict(1.0, "factual")], findings=[finding(0.8)], standings=[standing(0.6)])
    )
    chances = {"factual": 0.9, "rude": 0.4, "tone": 0.3584, "fact": 0.3}
    odds = (0.05 / 0.95) * math.prod((chance / (1 - chance)) / (0.05 / 0.95) for chance in chances.values())
    assert told.suspicion == round((odds / (1 + odds) - 0.05) / 0.95, 6)
    assert [r.name for r in told.reasons] == list(chances)
    nats = {name: math.log(chance / (1 - chance) * 19) for name, chance in chances.items()}
    shares = {name: x / sum(nats.values()) for name, x in nats.items()}
    assert {r.name: r.share for r in told.reasons} == pytest.approx(shares, abs=1e-6)


def test_one_reason_of_fixed_weight_is_about_that_suspicion() -> None:
    """A row with one grave finding stands where its weight says; a chance no higher than any row has says nothing."""
    assert suspect_of(Evidence(findings=[finding(1.0)])).suspicion == round((0.5 - BASE) / (1 - BASE), 6)
    assert suspect_of(Evidence(findings=[finding(0.1)])).reasons == ()
    assert suspect_of(Evidence(findings=[finding(0.11)])).reasons != ()


@given(st.lists(st.floats(0, 5), min_size=4, max_size=4).map(sorted), st.floats(0, 1), st.floats(0, 1))
def test_a_fitted_curve_goes_through_its_corners_and_never_falls(at: list[float], one: float, two: float) -> None:
    """Straight lines between the knots, 0 at 0."""
    curve = Fitted(at=tuple(at))
    assert [curve.nats(knot) for knot in KNOTS] == pytest.approx(at)
    assert curve.nats(0.0) == 0.0
    assert curve.nats(0.125) == pytest.approx(at[0] / 2)
    low, high = sorted((one, two))
    assert curve.nats(low) <= curve.nats(high) + 1e-9


def test_the_weights_that_were_used_can_be_read() -> None:
    """The manifest's table has nats at each knot, and says which of them were fitted."""
    fitted = Weights(signals={"rude": Fitted(at=(0.1, 0.2, 0.3, 4.0))}, rubrics={}, pair=Fixed(weight=0.5), why="so")
    assert fitted.told() == {
        "why": "so",
        "severities": [0.25, 0.5, 0.75, 1.0],
        "nats": {
            "signal rude": {"fitted": True, "at": [0.1, 0.2, 0.3, 4.0]},
            "pair": {"fitted": False, "at": [round(log_odds(0.5 * s) - log_odds(0.05), 3) for s in KNOTS]},
        },
    }


def test_reasons_say_what_they_are() -> None:
    """A reason names where it comes from, its severity, its turn, its partners, and says why in words."""
    told = suspect_of(
        Evidence(
            verdicts=[verdict(0.8, turn=3)],
            findings=[finding(0.5, turn=None)],
            standings=[standing(1.0, "row-9", "policy")],
        )
    )
    reasons = {r.kind: r for r in told.reasons}
    assert reasons["rubric"].because == "1.8 of 5: tone level 2"
    assert (reasons["rubric"].severity, reasons["rubric"].turn) == (0.8, 3)
    assert (reasons["signal"].because, reasons["signal"].turn) == ("0.5 here", None)
    assert (reasons["pair"].name, reasons["pair"].severity, reasons["pair"].turn) == ("policy", 1.0, 1)
    assert (reasons["pair"].because, reasons["pair"].partners) == ("1.0: 30 or 14 days", ("row-9",))
    assert {r.rationale for r in told.reasons} == {None}


def test_one_fatal_fault_outranks_middling_grades() -> None:
    """A row at the bottom of one rubric comes before a row in the middle of all, unlike with a plain mean."""
    fatal = suspect_of(Evidence(verdicts=[verdict(1.0), verdict(0.0, "factual"), verdict(0.0, "always")]))
    middling = suspect_of(Evidence(verdicts=[verdict(0.5), verdict(0.5, "factual"), verdict(0.5, "always")]))
    assert fatal.suspicion == round((0.7 - 0.05) / 0.95, 6)
    assert middling.suspicion < fatal.suspicion / 1.5


def test_certainty_is_finite() -> None:
    """A reason that is certain leaves room for no infinity: another reason still ranks the row higher."""
    alone = suspect_of(Evidence(findings=[finding(1.0, "empty")]))
    assert alone.suspicion == SURE
    assert alone.reasons[0].share == 1.0
    both = suspect_of(Evidence(findings=[finding(1.0, "empty")], verdicts=[verdict(1.0, "always")]))
    assert both.suspicion == 1.0
    assert [r.share for r in both.reasons] == [0.5, 0.5]


def test_a_row_counts_a_criterion_once() -> None:
    """Turns of one rubric and findings of one signal count by the worst of them, which is the one that is told."""
    worst = suspect_of(Evidence(verdicts=[verdict(0.9, turn=3)], findings=[finding(0.7, turn=5)]))
    told = suspect_of(
        Evidence(
            verdicts=[verdict(0.2), verdict(0.9, turn=3), verdict(0.4, turn=5)],
            findings=[finding(0.1), finding(0.7, turn=5), finding(0.7, turn=7)],
        )
    )
    assert told == worst
    assert [(r.name, r.turn) for r in told.reasons] == [("tone", 3), ("rude", 5)]


def test_a_row_counts_its_contradictions_once() -> None:
    """Several contradictions of a row count by the worst of them, which is told, of whatever kind they are."""
    worst = suspect_of(Evidence(standings=[standing(0.9, "row-3", "policy")]))
    assert [(r.name, r.severity, r.partners) for r in worst.reasons] == [("policy", 0.9, ("row-3",))]
    same = [standing(0.3, "row-2", "policy"), standing(0.9, "row-3", "policy"), standing(0.9, "row-4", "policy")]
    assert suspect_of(Evidence(standings=same)) == worst
    mixed = [standing(0.3, "row-2", "fact"), standing(0.9, "row-3", "policy"), standing(0.5, "row-4")]
    assert suspect_of(Evidence(standings=mixed)) == worst


def test_what_is_switched_off_never_counts() -> None:
    """A signal without a weight, a weight of 0, a severity of 0 and faint evidence are no reasons."""
    evidence = Evidence(
        verdicts=[verdict(0.0), verdict(0.001, "factual")], findings=[finding(1.0, "length")], standings=[standing(1.0)]
    )
    told = suspect_of(evidence, Weights(signals={"rude": Fixed(weight=1.0)}, rubrics={}, pair=Fixed(weight=0.0)))
    assert told.reasons == ()
    assert told.suspicion == 0.0
    assert str(told.suspicion) == "0.0"
    assert not told.within_budget


def test_only_examined_rows_are_ranked_and_ties_keep_their_order() -> None:
    """Rows without evidence are not in the list; equal rows stand in the order of the input, ranks count from 1."""
    rows = [example(name=name) for name in "zayxb"]
    evidence = {
        "a": Evidence(findings=[finding(0.5)]),
        "x": Evidence(findings=[finding(1.0)]),
        "z": Evidence(findings=[finding(0.5)]),
        "b": Evidence(),
    }
    assert order(rows, evidence) == ["x", "z", "a", "b"]
    assert order(rows, dict(reversed(evidence.items()))) == ["x", "z", "a", "b"]
    assert [s.rank for s in rank(rows, evidence, RUBRICS, WEIGHTS, 1.0)] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("rows", "share", "count"),
    [
        *((100, 0.05, 5), (101, 0.05, 6), (1, 0.05, 1), (0, 0.05, 0), (100, 0.0, 0), (100, 1.0, 100), (3, 0.34, 2)),
        *((1000, 0.007, 7), (300, 0.07, 21), (10, 0.3, 3), (100_000, 0.00001, 1), (700, 0.29, 203)),
    ],
)
def test_the_budget_is_rounded_up_and_not_by_floating_point(rows: int, share: float, count: int) -> None:
    """Any budget above 0 shows a row; 7 % of 300 rows is 21, although 300 * 0.07 is a little more."""
    assert budget_rows(rows, share) == count


def test_the_budget_is_a_share_of_all_rows_and_holds_reasons_only() -> None:
    """The cut line counts loaded rows, ranked or not; a row without a reason is never inside, whatever the room."""
    rows = [example(name=str(n)) for n in range(20)]
    evidence = {str(n): Evidence(findings=[finding(0.5)] if n < 3 else []) for n in range(10)}
    inside = {
        budget: [s.within_budget for s in rank(rows, evidence, RUBRICS, WEIGHTS, budget)] for budget in (0.1, 1.0)
    }
    assert inside[0.1] == [True] * 2 + [False] * 8
    assert inside[1.0] == [True] * 3 + [False] * 7
    assert not any(s.within_budget for s in rank(rows, evidence, RUBRICS, WEIGHTS, 0.0))


# --- whatever the evidence

severities = st.floats(0, 1)
verdicts = st.lists(
    st.builds(verdict, severities, st.sampled_from(["tone", "factual", "always"]), st.integers(1, 5)), max_size=5
)
findings = st.lists(st.builds(finding, severities, st.sampled_from(["rude", "empty", "off"])), max_size=5)
standings = st.lists(st.builds(standing, severities, st.sampled_from(["row-2", "row-3"])), max_size=3)
evidences = st.builds(Evidence, verdicts=verdicts, findings=findings, standings=standings)


@settings(deadline=None)
@given(evidences)
def test_suspicion_is_a_share_and_its_shares_are_whole(evidence: Evidence) -> None:
    """Suspicion lies in [0, 1]; the shares of a row's reasons sum to one and come strongest first."""
    told = suspect_of(evidence)
    assert 0 <= told.suspicion <= 1
    shares = [r.share for r in told.reasons]
    assert sum(shares) == pytest.approx(1.0 if shares else 0.0, abs=1e-5)
    assert shares == sorted(shares, reverse=True)
    assert len({(r.kind, r.name) for r in told.reasons}) == len(shares)
    assert bool(shares) == (told.suspicion > 0)


@settings(deadline=None)
@given(evidences, verdicts, findings, standings)
def test_one_more_reason_never_lowers_a_suspicion(
    evidence: Evidence, more: list[Verdict], found: list[Finding], others: list[Standing]
) -> None:
    """Whatever is added to what is known of a row, it ranks as high or higher."""
    richer = Evidence(
        verdicts=[*evidence.verdicts, *more],
        findings=[*found, *evidence.findings],
        standings=[*evidence.standings, *others],
    )
    assert suspect_of(richer).suspicion >= suspect_of(evidence).suspicion


@settings(deadline=None)
@given(evidences, severities, severities, st.sampled_from(["verdict", "finding", "pair"]))
def test_more_severity_never_lowers_a_suspicion(evidence: Evidence, one: float, two: float, kind: str) -> None:
    """The worse of two otherwise equal rows ranks as high or higher."""
    milder, worse = (
        suspect_of(
            Evidence(
                verdicts=[*evidence.verdicts, *([verdict(severity)] if kind == "verdict" else [])],
                findings=[*evidence.findings, *([finding(severity)] if kind == "finding" else [])],
                standings=[*evidence.standings, *([standing(severity)] if kind == "pair" else [])],
            )
        )
        for severity in sorted((one, two))
    )
    assert worse.suspicion >= milder.suspicion


@settings(deadline=None)
@given(st.lists(evidences, max_size=6), severities)
def test_a_list_is_in_order_and_its_budget_on_top(known: list[Evidence], budget: float) -> None:
    """Suspicion never rises down the list, the budget is its head, and never more rows than there is room for."""
    rows = [example(name=str(n)) for n in range(len(known))]
    suspects = rank(rows, {str(n): e for n, e in enumerate(known)}, RUBRICS, WEIGHTS, budget)
    assert [s.suspicion for s in suspects] == sorted((s.suspicion for s in suspects), reverse=True)
    inside = [s.within_budget for s in suspects]
    assert inside == sorted(inside, reverse=True)
    assert sum(inside) <= budget_rows(len(rows), budget)
    assert all(s.reasons for s in suspects if s.within_budget)


# --- the judge's words


def said(text: str, rubric: str = "tone", turn: int = 1) -> Rationale:
    """Make the judge say something."""
    return Rationale(example_id="row-1", turn=turn, rubric=rubric, text=text, evidence="", found=True)


def test_words_explain_and_never_rerank() -> None:
    """Words go behind the reason of their rubric and turn; rank, suspicion, shares and flag stay as they were."""
    before = suspect_of(
        Evidence(verdicts=[verdict(0.9, turn=3), verdict(0.5, "factual")], findings=[finding(0.9, "empty")])
    )
    about = said("It shouts.", turn=3)
    after = explain(before, [about, said("other turn", turn=1), said("a signal", "empty"), said("other", "always")])
    assert {r.name: r.rationale for r in after.reasons} == {"empty": None, "tone": about, "factual": None}
    assert explain(after, []) == before
    assert (after.rank, after.suspicion, after.within_budget) == (before.rank, before.suspicion, before.within_budget)
    assert [r.share for r in after.reasons] == [r.share for r in before.reasons]
