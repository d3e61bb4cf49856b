"""What a cleaning does, in lines for a terminal."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from judge.cleaning import Key, Plan, Row, Ruling, ledger, losses
from judge.cleaning.rules import BUDGET, DECISIONS
from judge.cleaning.rulings import Said, parted
from judge.cleaning.weights import SAYS
from judge.reliability import Decision
from judge.text import counted, printable

_SHOWN = 10  # rows of a dry run
_BRIEF = 160  # characters of a reason on the terminal
_NAMED = 3  # contents in one line


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """
    Which rows go where no rule was named: whoever decided a few does not mean to keep all others.

    Attributes:
        inside: rows inside the review budget.
        decided: those of them that people decided.
        any: whether they decided anything at all.
    """

    inside: int
    decided: int
    any: bool

    @property
    def rule(self) -> str:
        """The rule that is taken."""
        return DECISIONS if self.any and self.decided == self.inside else BUDGET

    @property
    def says(self) -> str:
        """Which rule that was, why, and what gives the other."""
        done = f"people decided {self.decided:,} of {counted(self.inside, 'row')} inside the review budget"
        if self.rule == DECISIONS:
            return f"{done}, so what they remove goes, and no other row; for the whole budget: --by budget"
        return f"{done}, so the others go as well; for nothing but what people remove: --by decisions"


def heard(where: str) -> str:
    """Where people's decisions come from, when nobody named a file of them."""
    return _line(f"people's decisions: {where}; these have the last word")


def notes(plan: Plan, decisions: Sequence[Decision], people: Mapping[Key, Said]) -> Iterator[str]:
    """What decisions and copies leave to be said."""
    known = {row.id for row in plan.rows}
    unknown = sum(decision.example_id not in known for decision in decisions)
    if unknown:
        yield f"noted: {counted(unknown, 'decision')} on rows that are not in this set"
    if plan.weights is not None:
        yield SAYS
    followed = sum(bool(ruling.copy_of) for ruling in plan.rulings.values())
    if followed:
        share = "is a copy of one that was decided, and shares its fate"
        share = share if followed == 1 else "are copies of some that were decided, and share their fate"
        yield f"noted: {counted(followed, 'row')} {share} (copy_of in the ledger)"
    if apart := parted(plan.rows, people):
        some = "; ".join(", ".join(f"{r.id}: {people[r.key].word}" for r in rows[:_NAMED]) for rows in apart[:_NAMED])
        yield _line(
            f"noted: people keep and remove the same content {len(apart):,} {'time' if len(apart) == 1 else 'times'},"
            f" which is therefore kept and removed ({some})"
        )


def warned(warnings: Sequence[str]) -> Iterator[str]:
    """What would be lost."""
    return (_line(f"warning: {line}") for line in warnings)


def protected(plan: Plan, ruled: Mapping[Key, Ruling], max_loss: float) -> Iterator[str]:
    """What would have been lost without protection, and how many rows it kept back."""
    alone = Plan(rows=plan.rows, rulings=ruled)
    for line in losses.warnings(losses.parts(plan.rows), alone.lost, max_loss):
        yield _line(f"without protection {line}")
    back = sum(ruling.kind == "protection" for ruling in plan.rulings.values())
    yield f"protected: {counted(back, 'row')} kept that a rule chose"


def rehearsal(plan: Plan) -> Iterator[str]:
    """What would go, or weigh less: by source, then the first rows with their reasons."""
    would = "would go" if plan.weights is None else "would be weighed"
    by_source: defaultdict[str, list[Row]] = defaultdict(list)
    for row in plan.rows:
        by_source[row.source or row.file].append(row)
    for source, rows in by_source.items():
        found = ledger.counts(plan.rulings[row.key] for row in rows if row.key in plan.rulings)
        why = f" ({ledger.in_words(found)})" if found else ""
        yield _line(f"{source}: {sum(found.values()):,} of {counted(len(rows), 'row')} {would}{why}")
    going = [row for row in plan.rows if row.key in plan.rulings and plan.rulings[row.key].word != "keep"]
    for row in sorted(going, key=lambda row: -(row.suspicion or 0.0))[:_SHOWN]:
        ruling = plan.rulings[row.key]
        who = f"{row.id} ({row.file}, line {row.line})" if row.id else f"{row.file}, line {row.line}"
        by = "rejected at loading" if ruling.kind == "loading" else f"by {ruling.by}"
        score = "" if row.suspicion is None else f", suspicion {row.suspicion:.3f}"
        weight = "" if plan.weights is None else f", weight {plan.weights[row.key]:.3f}"
        yield _short(_line(f"{who} {by}{score}{weight}: {ruling.reason or 'the list has no reason'}"))


def last(plan: Plan, where: str, *, written: bool) -> str:
    """
    What a cleaning came to.

    Args:
        plan: what was decided.
        where: its files.
        written: whether they were.
    """
    total, gone, chosen = len(plan.rows), len(plan.gone), ledger.in_words(ledger.counts(plan.rulings.values()))
    by = f" ({chosen})" if chosen else ""
    if plan.weights is not None:
        whole = sum(weight == 1 for weight in plan.weights.values())
        weighed = (
            f"{counted(total, 'row')} weighed: {whole:,} of weight 1, {total - whole - gone:,} of less, {gone:,} of 0"
        )
        return f"{weighed}{by}; {where}"
    if not written:
        return f"would keep {total - gone:,} of {counted(total, 'row')} and remove {gone:,}{by}; {where}"
    return f"kept {total - gone:,} of {counted(total, 'row')}, removed {gone:,}{by}; {where}"


def _line(text: str) -> str:
    return printable(" ".join(text.split()))


def _short(text: str) -> str:
    return text if len(text) <= _BRIEF else text[: _BRIEF - 1] + "…"
