"""What people together say of a row, and how far an audit agrees with them. Pure."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from judge.reliability import Decision, Kappa, Word

_Z = 1.959964  # of a two-sided 95 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    What people's decisions on one row come to.

    Attributes:
        word: what most of them say; a tie is `unsure`.
        bad: by rubric, whether the row offends it; a rubric of which nothing was said, or as much for as against, is
            not in here.
        probability: with which a random sample brought the row up, below 1; None where none did.
    """

    word: Word
    bad: Mapping[str, bool] = field(default_factory=dict)
    probability: float | None = None


def outcomes(decisions: Sequence[Decision], rubrics: Sequence[str]) -> dict[str, Outcome]:
    """
    By row. Of one person's decisions on one matter the last stands.

    A decision without a rubric is about the whole row and takes the place of all that its person said of it before.
    A row is kept, to a person, who wants to keep it and gives no reason to remove it; one such reason is enough.

    Args:
        decisions: in the order in which they were made.
        rubrics: of the run.
    """
    standing: defaultdict[str, defaultdict[str, dict[str | None, Word]]] = defaultdict(lambda: defaultdict(dict))
    drawn: dict[str, float] = {}
    for decision in decisions:
        said = standing[decision.example_id][decision.by]
        if decision.rubric is None:
            said.clear()
        said[decision.rubric] = decision.word
        if decision.probability is not None and decision.probability < 1:
            drawn.setdefault(decision.example_id, decision.probability)
    return {name: _outcome(list(people.values()), rubrics, drawn.get(name)) for name, people in standing.items()}


def _outcome(people: Sequence[Mapping[str | None, Word]], rubrics: Sequence[str], drawn: float | None) -> Outcome:
    bad = {}
    for rubric in rubrics:
        said = [judged for judged in (_offends(person, rubric) for person in people) if judged is not None]
        if 2 * sum(said) != len(said):
            bad[rubric] = 2 * sum(said) > len(said)
    return Outcome(word=_most(_of_row(person) for person in people), bad=bad, probability=drawn)


def _of_row(said: Mapping[str | None, Word]) -> Word:
    words: tuple[Word, ...] = ("remove", "unsure", "keep")
    return next(word for word in words if word in said.values())


def _offends(said: Mapping[str | None, Word], rubric: str) -> bool | None:
    """To remove a row for another reason, or for none given, says nothing about a rubric."""
    word = said.get(rubric)
    if word == "remove":
        return True
    if word == "keep" or (word is None and said.get(None) == "keep"):
        return False
    return None


def _most(words: Iterable[Word]) -> Word:
    (word, most), *others = Counter(words).most_common()
    return "unsure" if others and others[0][1] == most else word


def kappa(about: str, pairs: Sequence[tuple[bool, bool]], drawn: int) -> Kappa:
    """
    Cohen's kappa (1960) of two who each say yes or no, with a 95 % interval.

    It is the large-sample interval (Fleiss, Cohen and Everitt, 1969) of the table with half a row added to each of its
    four cells, as without them perfect agreement on three rows would leave no doubt; it is widened to hold the value
    where it does not. Against one who says the same of every row there is no agreement to be measured, and no value.

    Args:
        about: what they speak of.
        pairs: (the audit, people), a row each.
        drawn: how many of the rows a random sample brought up.
    """
    cells = Counter(pairs)
    table = [[float(cells[one, other]) for other in (False, True)] for one in (False, True)]
    value = _kappa(table)[0] if len({other for _, other in pairs}) > 1 else None
    low, high = -1.0, 1.0
    if value is not None:
        middle, error = _kappa([[cell + 0.5 for cell in row] for row in table])
        assert middle is not None  # noqa: S101 - no cell is empty
        low, high = max(-1.0, min(value, middle - _Z * error)), min(1.0, max(value, middle + _Z * error))
        value = round(value, 6)
    return Kappa(about=about, value=value, low=round(low, 6), high=round(high, 6), of=len(pairs), drawn=drawn)


def _kappa(table: Sequence[Sequence[float]]) -> tuple[float | None, float]:
    """(value, standard error) of a 2 x 2 table that is not all zero; no value where chance alone explains all."""
    total = math.fsum(cell for row in table for cell in row)
    p = [[cell / total for cell in row] for row in table]
    rows = [math.fsum(row) for row in p]
    columns = [p[0][k] + p[1][k] for k in (0, 1)]
    agreed, chance = p[0][0] + p[1][1], rows[0] * columns[0] + rows[1] * columns[1]
    if chance > 1 - 1e-12:  # what adding up leaves of 1
        return None, 0.0
    value = (agreed - chance) / (1 - chance)
    same = math.fsum(p[k][k] * (1 - (rows[k] + columns[k]) * (1 - value)) ** 2 for k in (0, 1))
    other = (1 - value) ** 2 * math.fsum(p[j][k] * (columns[j] + rows[k]) ** 2 for j, k in ((0, 1), (1, 0)))
    variance = same + other - (value - chance * (1 - value)) ** 2
    return value, math.sqrt(max(variance, 0.0) / total) / (1 - chance)
