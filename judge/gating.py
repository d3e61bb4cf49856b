"""The rules of a gate, and whether a run keeps to them. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

from judge.drift import FEWEST
from judge.reliability import DefectRate, Share
from judge.text import counted
from judge.watch import Check, Drift

ELSEWHERE = frozenset({"max_new_suspects", "max_drift"})  # rules that look at other runs
JUDGE = "judge"  # the check that no rule asks for: whether there is a judge to speak of
_NAMED = 5  # new suspects that are named


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """
    What a run must keep to; None: no such rule. In the order in which they are told.

    Attributes:
        max_new_suspects: rows that are suspects now and were none in an earlier run.
        max_defect_rate: share of the rows that people would remove, by their decisions: the upper end of its interval.
        min_coverage: share of all rows that were judged.
        min_planted_recall: share of the planted copies that the list catches; a judge must catch more than chance, too.
        max_unscored: share of the rows the judge was asked about that have no score.
        max_contradictions: pairs that are reported.
        max_drift: levels by which the judge has certainly moved on its anchors, on any rubric.
    """

    max_new_suspects: int | None = None
    max_defect_rate: float | None = None
    min_coverage: float | None = None
    min_planted_recall: float | None = None
    max_unscored: float | None = None
    max_contradictions: int | None = None
    max_drift: float | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Those that are set."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name) is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """
    What a run came to, as far as rules speak of it.

    Attributes:
        rows: that came in, rejected ones included.
        judged: of them, those with a score on every rubric.
        unscored: those that the judge was asked about, and that have none.
        contradictions: pairs reported.
        judge: whether there is one.
        planted: copies that the list catches; None where none was read, as `unplanted` says.
        alone: copies that the judge catches without any finding; None where there is no judge.
        chance: share of them that a judge would catch which knows nothing.
        rate: by people's decisions; None where they are no random sample.
        new: ids of the new suspects, most suspicious first; None where there is no earlier run.
        since: the earlier run, or where one was looked for.
        drift: of the judge on its anchors.
        rubrics: of the run, by name.
    """

    rows: int
    judged: int
    unscored: int
    contradictions: int
    planted: Share | None
    unplanted: str = ""
    judge: bool = False
    alone: Share | None = None
    chance: float = 0.0
    rate: DefectRate | None = None
    new: tuple[str, ...] | None = None
    since: str = ""
    drift: Drift | None = None
    rubrics: tuple[str, ...] = ()


def decide(rules: Rules, numbers: Numbers) -> tuple[Check, ...]:
    """
    Hold every rule that is set against the run. A number that is not known breaks its rule.

    A judge that scored no row at all breaks any gate: what the rules say of it is said of nothing.
    """
    checks = tuple(_RULES[name](getattr(rules, name), numbers) for name in rules.names)
    if not checks or not numbers.judge or numbers.judged or not numbers.unscored:
        return checks
    says = f"the judge scored none of {counted(numbers.unscored, 'row')} on all rubrics: there is no audit to speak of"
    return (*checks, Check(rule=JUDGE, limit=1, value=0, passed=False, says=says))


def broken(checks: Sequence[Check]) -> tuple[Check, ...]:
    """The rules that do not hold."""
    return tuple(check for check in checks if check.passed is False)


def summary(checks: Sequence[Check]) -> str:
    """One line on all rules."""
    failed, left = len(broken(checks)), sum(check.passed is None for check in checks)
    unchecked = f", {left} not checked" if left else ""
    if failed:
        return f"gate: {failed} of {counted(len(checks), 'rule')} {'is' if failed == 1 else 'are'} broken{unchecked}"
    held = len(checks) - left
    return f"gate: {held} of {counted(len(checks), 'rule')} {'holds' if held == 1 else 'hold'}{unchecked}"


def _new_suspects(limit: float, numbers: Numbers) -> Check:
    if numbers.new is None:
        says = f"not checked: no earlier run of this set by this judge to count against in {numbers.since}"
        return Check(rule="max_new_suspects", limit=limit, value=None, passed=None, says=says)
    found = len(numbers.new)
    first = ", ".join(numbers.new[:_NAMED]) + (", …" if found > _NAMED else "")
    says = f"{counted(found, 'row')} {'is' if found == 1 else 'are'} new inside the review budget since {numbers.since}"
    return _at_most("max_new_suspects", limit, found, says, f" ({first})" if first else "")


def _defect_rate(limit: float, numbers: Numbers) -> Check:
    rate = numbers.rate
    if rate is None:
        says = "no defect rate is known: people have decided on no row of a random sample by remove or keep"
        return Check(rule="max_defect_rate", limit=limit, value=None, passed=False, says=says)
    says = (
        f"people would remove {_percent(rate.value)} of the rows ({_percent(rate.low)} - {_percent(rate.high)},"
        f" by {counted(rate.of, 'random decision')}), so up to {_percent(rate.high)}"
    )
    return _at_most("max_defect_rate", limit, rate.high, says)


def _coverage(limit: float, numbers: Numbers) -> Check:
    value = numbers.judged / numbers.rows if numbers.rows else 0.0
    says = f"{numbers.judged:,} of {counted(numbers.rows, 'row')} were judged ({_percent(value)})"
    return _at_least("min_coverage", limit, value, says)


def _planted_recall(limit: float, numbers: Numbers) -> Check:
    planted = numbers.planted
    if planted is None or not planted.of:
        says = f"no planted defect was read: {numbers.unplanted}"
        return Check(rule="min_planted_recall", limit=limit, value=None, passed=False, says=says)
    says = (
        f"the list catches {planted.found:,} of {planted.of:,} planted defects, {_percent(planted.value)}"
        f" ({_percent(planted.low)} - {_percent(planted.high)})"
    )
    check = _at_least("min_planted_recall", limit, planted.value, says)
    alone = numbers.alone
    if alone is None or alone.low > numbers.chance:
        return check
    luck = "no more than chance" if alone.value <= numbers.chance else "which may be chance"
    says = (
        f"the judge alone caught {alone.found:,} of {alone.of:,} ({_percent(alone.low)} - {_percent(alone.high)}),"
        f" {luck} ({_percent(numbers.chance)})"
    )
    return replace(check, passed=False, says=f"{says}; {check.says}")


def _unscored(limit: float, numbers: Numbers) -> Check:
    asked = numbers.judged + numbers.unscored
    if not asked:
        says = "the judge was asked about no row"
        return Check(rule="max_unscored", limit=limit, value=None, passed=False, says=says)
    value = numbers.unscored / asked
    says = f"{numbers.unscored:,} of {counted(asked, 'row')} that the judge was asked about have no score"
    return _at_most("max_unscored", limit, value, f"{says} ({_percent(value)})")


def _contradictions(limit: float, numbers: Numbers) -> Check:
    found = numbers.contradictions
    says = f"{counted(found, 'pair')} contradict{'s' if found == 1 else ''} each other"
    return _at_most("max_contradictions", limit, found, says)


def _drift(limit: float, numbers: Numbers) -> Check:
    found = numbers.drift
    if found is None:
        return Check(rule="max_drift", limit=limit, value=None, passed=False, says="no anchor was judged")
    if not found.against:
        return Check(rule="max_drift", limit=limit, value=None, passed=None, says=f"not checked: {found.says}")
    readings = {found.against: found.rubrics, **({found.origin: found.origin_rubrics} if found.origin else {})}
    moves = []
    for since, changes in readings.items():
        unknown = [name for name in numbers.rubrics if name not in changes or changes[name].rows < FEWEST]
        if unknown:
            graded = f"fewer than {FEWEST} anchors were graded then and now"
            says = f"how far the judge has moved on {', '.join(unknown)} since {since} is not known: {graded}"
            return Check(rule="max_drift", limit=limit, value=None, passed=False, says=says)
        moves += [(max(one.low, -one.high, 0.0), name, one, since) for name, one in changes.items()]
    far, name, most, since = max(moves, key=lambda move: (move[0], abs(move[2].mean)))
    says = f"the judge moved by {most.mean:+.2f} of {most.levels} levels on {name} ({most.low:.2f} - {most.high:.2f})"
    return _at_most("max_drift", limit, far, f"{says} since {since}, so certainly by {far:.2f}")


def _at_most(rule: str, limit: float, value: float, says: str, which: str = "") -> Check:
    many = rule in {*_COUNTS, "max_drift"} and limit != 1
    told = f"{says}, at most {_amount(rule, limit)} {'are' if many else 'is'} allowed{which}"
    return Check(rule=rule, limit=limit, value=round(value, 6), passed=value <= limit, says=told)


def _at_least(rule: str, limit: float, value: float, says: str) -> Check:
    told = f"{says}, at least {_amount(rule, limit)} is wanted"
    return Check(rule=rule, limit=limit, value=round(value, 6), passed=value >= limit, says=told)


def _amount(rule: str, limit: float) -> str:
    if rule == "max_drift":
        return f"{limit:g} level{'' if limit == 1 else 's'}"
    return f"{limit:,.0f}" if rule in _COUNTS else _percent(limit)


def _percent(share: float) -> str:
    """Three figures, so that no share looks like a limit that it is not at."""
    return f"{100 * share:.3g}%"


_COUNTS = {"max_new_suspects", "max_contradictions"}
_RULES: dict[str, Callable[[float, Numbers], Check]] = {
    "max_new_suspects": _new_suspects,
    "max_defect_rate": _defect_rate,
    "min_coverage": _coverage,
    "min_planted_recall": _planted_recall,
    "max_unscored": _unscored,
    "max_contradictions": _contradictions,
    "max_drift": _drift,
}
