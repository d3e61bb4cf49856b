"""
Runs side by side: which wording, judge or setting is better, by how much, and what of it is noise. Pure.

`contest` holds the planted copies against each other, `lists` the ranked rows, `labels` says what a variant is called,
`words` says it all to a person.
"""

from dataclasses import dataclass

import pandas as pd

from judge.reliability import FINDINGS, FUSED, Fate, Share

CHANCE = 0.05  # how often, at most, noise may be taken for a difference in one comparison of variants


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Variant:
    """
    One run of several that are compared.

    Attributes:
        name: what it is called; unique among them.
        settings: in what it differs from the others, where the name does not say it.
        folder: where it was read from.
        model: who judged.
        data: digest of its data set.
        rows: a frame indexed by example id, with `rank` (from 1; missing where the row is not ranked), `suspicion` in
            [0, 1], `within_budget`, and `digest` of the row's content.
        copies: its planted copies, one by one.
        why: why there are none, where there are none.
        against: how many rows the copies were ranked among.
        false_alarms: share of the copies' sources that lie inside the budget as they are; None without a self-test.
        kappa, decided: agreement of the list with people's decisions, and on how many; None and 0 without decisions.
        unscored: rows that could not be judged.
        asked, reused: questions that were put to the judge, and that had been answered before.
        tokens: computed for those that were asked: prompt less cached, and generated.
        price: estimate of the tokens had nothing been answered before; None where that cannot be told.
        seconds: wall time of the whole run.
    """

    name: str
    settings: str
    folder: str
    model: str
    data: str
    rows: pd.DataFrame
    copies: tuple[Fate, ...]
    why: str
    against: int
    false_alarms: Share | None
    kappa: float | None
    decided: int
    unscored: int
    asked: int
    reused: int
    tokens: int
    price: int | None
    seconds: float

    @property
    def title(self) -> str:
        """The name, and what it stands for."""
        return f"{self.name}: {self.settings}" if self.settings else self.name

    @property
    def ranked(self) -> int:
        """How many rows are in its list."""
        return int(self.rows["rank"].notna().sum())

    @property
    def budget(self) -> int:
        """How many rows lie inside its review budget."""
        return int(self.rows["within_budget"].sum())


def above(copy: Fate) -> float:
    """Share in [0, 1] of the rows that stand above a copy in the list that people get; 1 where it is not ranked."""
    return float(copy.above.get(FUSED, copy.above.get(FINDINGS, 1.0)))


def caught(copy: Fate) -> bool:
    """Whether that list catches it."""
    return bool(copy.caught.get(FUSED, copy.caught.get(FINDINGS, False)))
