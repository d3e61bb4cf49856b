"""The rules by which rows are chosen, as they are written on a command line."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from judge.cleaning import Row
from judge.errors import ConfigError

BUDGET, DECISIONS, SUSPICION = "budget", "decisions", "suspicion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """
    One rule.

    Attributes:
        word: as it was written.
        name: `budget`, `decisions`, `suspicion`, or a rubric.
        bound: the least suspicion that is chosen, or the highest score; nothing to the others.
    """

    word: str
    name: str
    bound: float = 0.0

    def picks(self, row: Row) -> bool:
        """Whether it chooses the row; what people decided is not looked up here."""
        if self.name == BUDGET:
            return row.within_budget
        if self.name == SUSPICION:
            return row.suspicion is not None and row.suspicion >= self.bound
        score = row.scores.get(self.name)
        return score is not None and score <= self.bound


def parse(words: Sequence[str], rubrics: Sequence[str], scored: Collection[str], *, decided: bool) -> tuple[Rule, ...]:
    """
    Read rules.

    Args:
        words: as they were written.
        rubrics: of the run.
        scored: those of them that at least one row has a score of.
        decided: whether there are decisions of people.

    Raises:
        ConfigError: a word that is no rule, with those that are, or a rule that has nothing to go by.
    """
    rules = tuple(_rule(word.strip(), rubrics) for word in words)
    for rule in rules:
        if rule.name == DECISIONS and not decided:
            raise ConfigError("the rule decisions needs decisions of people, and this run had none; give --labels FILE")
        if rule.name in rubrics and rule.name not in scored:
            raise ConfigError(
                f"the rule {rule.word} goes by the judge's scores, and no row of this run has one of {rule.name};"
                " take budget or suspicion=NUMBER, or audit the set with a judge"
            )
    return rules


def _rule(word: str, rubrics: Sequence[str]) -> Rule:
    if word in {BUDGET, DECISIONS}:
        return Rule(word=word, name=word)
    name, is_, given = (part.strip() for part in word.replace("<=", "=").replace(">=", "=").partition("="))
    if name != SUSPICION and name not in rubrics:
        there = ", ".join([BUDGET, f"{SUSPICION}=NUMBER", *(f"{rubric}=NUMBER" for rubric in rubrics), DECISIONS])
        raise ConfigError(f"there is no rule {word!r}; there are {there}")
    wanted = f"{SUSPICION}=0.9: that much or more" if name == SUSPICION else f"{name}=2: a score of that or less"
    try:
        bound = float(given) if is_ else math.nan
    except ValueError:
        bound = math.nan
    if name == SUSPICION and not 0 < bound <= 1:
        raise ConfigError(f"the rule {word!r} needs a number above 0 and up to 1, such as {wanted}")
    if not math.isfinite(bound) or (name in rubrics and bound < 1):
        raise ConfigError(f"the rule {word!r} needs a number, such as {wanted}")
    return Rule(word=word, name=name, bound=bound)


def check(rules: Sequence[Rule], rows: Sequence[Row]) -> None:
    """
    Refuse a score that no row is above: it would take everything that was graded.

    Raises:
        ConfigError: naming the highest score.
    """
    for rule in rules:
        scores = [row.scores[rule.name] for row in rows if rule.name in row.scores]
        if len(scores) > 1 and max(scores) <= rule.bound:
            raise ConfigError(
                f"the rule {rule.word!r} chooses every row with a score of {rule.name}, the highest being"
                f" {max(scores):.2f}; take a lower one"
            )
