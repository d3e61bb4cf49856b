"""
A weight per row, for trainers that weigh rows instead of dropping them.

    weight = (1 - doubt) * (1 - conflict)

- 1 where no rule chose the row and nothing contradicts it; 1 where a person keeps it, 0 where one removes it, and 0
  where it could not be read;
- doubt, of a row that a rule chose: the suspicion that it would have without contradictions (its probability, in the
  same proportion, where suspicion was calibrated); 0 of any other row;
- conflict, of every row in a contradicting group, chosen or not: half where nothing says which side is right, so that
  neither is dropped; else how much speaks against its side, and 0 for the side with the better case.

Dropping every row of a conflict can lose to weighting them: either side may be right, and both teach the question.
"""

from collections.abc import Mapping, Sequence

from judge.cleaning import Key, Row, Ruling
from judge.cleaning.rulings import Said
from judge.rank.curves import BASE, log_odds, suspicion

_SURE = 0.999999  # the highest suspicion that a list can tell from 1

SAYS = (
    "weight = (1 - doubt) * (1 - conflict): doubt is the suspicion of a row that a rule chose, without what"
    " contradictions say; conflict is half for both sides where nothing says which is right; rejected rows and people's"
    " removals are 0, what people keep is 1"
)


def weigh(rows: Sequence[Row], rulings: Mapping[Key, Ruling], people: Mapping[str, Said]) -> dict[Key, float]:
    """Give each row its weight in [0, 1], rounded to 6 digits, by what was ruled and by what people say of it."""
    kept = {name for name, said in people.items() if said.word == "keep"}
    return {
        row.key: 1.0 if row.id in kept else round(min(1.0, max(0.0, _weight(row, rulings.get(row.key)))), 6)
        for row in rows
    }


def _weight(row: Row, ruling: Ruling | None) -> float:
    if ruling and ruling.kind != "rule":
        return 0.0
    doubt = 0.0
    if ruling:
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
