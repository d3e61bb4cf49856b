"""
A weight per row, for trainers that weigh rows instead of dropping them.

    weight = (1 - doubt) * (1 - conflict)

- 1 where no rule chose the row and nothing contradicts it; 1 where a person keeps it, 0 where one removes it, and 0
  where it could not be read;
- doubt, of a row that a rule chose: the suspicion that it would have without contradictions (its probability, in the
  same proportion, where suspicion was calibrated); 0 of any other row;
- conflict, of every row in a contradicting group, chosen or not: half where nothing says which side is right, so that
  neither is dropped; else how much speaks against its side, and 0 for the side with the better case;
- rows of equal content have one weight, the least that one of them would have.

Dropping every row of a conflict can lose to weighting them: either side may be right, and both teach the question.
"""

from collections.abc import Iterator, Mapping, Sequence

from judge.cleaning import Key, Row, Ruling, contents, joined
from judge.cleaning.rulings import Said, by_people
from judge.rank.curves import BASE, log_odds, suspicion

_SURE = 0.999999  # the highest suspicion that a list can tell from 1

SAYS = (
    "weight = (1 - doubt) * (1 - conflict): doubt is the suspicion of a row that a rule chose, without what"
    " contradictions say; conflict is half for both sides where nothing says which is right; rejected rows and people's"
    " removals are 0, what people keep is 1; rows of equal content weigh the same"
)


def weigh(
    rows: Sequence[Row], ruled: Mapping[Key, Ruling], people: Mapping[Key, Said]
) -> tuple[dict[Key, float], dict[Key, Ruling]]:
    """
    Give each row its weight in [0, 1], rounded to 6 digits, and say who decided it where anybody did.

    Args:
        rows: of the input.
        ruled: what would become of them without weights.
        people: what they say of each row, or of its copies.
    """
    found = {row.key: (weight, why) for copies in contents(rows) for row, weight, why in _weigh(copies, ruled, people)}
    weights = {row.key: found[row.key][0] for row in rows}
    return weights, {key: why for key in weights if (why := found[key][1])}


def _weigh(
    copies: Sequence[Row], ruled: Mapping[Key, Ruling], people: Mapping[Key, Said]
) -> Iterator[tuple[Row, float, Ruling | None]]:
    """Weigh rows of one content."""
    chosen = any(row.key in ruled and ruled[row.key].kind == "rule" for row in copies)
    weights = {row.key: round(min(1.0, max(0.0, _weight(row, chosen=chosen))), 6) for row in copies}
    least = min(copies, key=lambda row: weights[row.key])
    weight = weights[least.key]
    for row in copies:
        ruling, said = ruled.get(row.key), people.get(row.key)
        if said and said.word == "keep":
            disputed = any(other.conflict for other in copies)
            yield row, 1.0, ruling or (by_people(row, said, "against conflict") if disputed else None)
        elif ruling and ruling.kind != "rule":
            yield row, 0.0, ruling
        elif ruling or weight < 1:
            yield row, weight, _explained(row, ruling, row if weights[row.key] == weight else least)
        else:
            yield row, weight, None


def _explained(row: Row, ruling: Ruling | None, decider: Row) -> Ruling:
    """Who gave a row its weight: a rule, or a conflict; of it, or of a copy of it."""
    copy_of = "" if decider is row else decider.id or ""
    why = decider.because or ("" if ruling else "other rows contradict it")
    return Ruling(
        word="weigh",
        kind="rule" if ruling else "conflict",
        by=ruling.by if ruling else "conflict",
        reason=joined(f"copy of {copy_of}" if copy_of else "", why),
        copy_of=copy_of,
    )


def _weight(row: Row, *, chosen: bool) -> float:
    doubt = 0.0
    if chosen:
        doubt = row.suspicion or 0.0
        disputed = sum(reason.share for reason in row.reasons if reason.kind == "pair")
        if disputed:
            doubt = _without(doubt, min(1.0, disputed))
        if row.probability is not None:
            doubt = row.probability * (doubt / row.suspicion if row.suspicion else 1.0)
    return (1 - doubt) * (1 - row.conflict)


def _without(whole: float, share: float) -> float:
    """The suspicion of a row without reasons that have so large a share in the evidence against it."""
    nats = log_odds(BASE + min(whole, _SURE) * (1 - BASE)) - log_odds(BASE)
    return suspicion(nats * (1 - share))
