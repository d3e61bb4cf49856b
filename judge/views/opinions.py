"""How far people who looked at the same rows, each without knowing of the other, said the same. Pure."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from judge.rates import agreement
from judge.reliability import Word
from judge.text import counted, printable


def agree(said: Mapping[str, Mapping[int, Word]]) -> list[str]:
    """
    A sentence for each two people who decided rows in common, those with most first.

    Args:
        said: by person, the last word on each row, by its number.
    """
    pairs = []
    for one, other in combinations(sorted(said), 2):
        both = sorted(said[one].keys() & said[other].keys())
        if both:
            pairs.append((len(both), _pair(one, other, [(said[one][n], said[other][n]) for n in both])))
    return [sentence for _, sentence in sorted(pairs, key=lambda pair: -pair[0])]


def _pair(one: str, other: str, words: Sequence[tuple[Word, Word]]) -> str:
    same = sum(mine == theirs for mine, theirs in words)
    sure = [(mine == "remove", theirs == "remove") for mine, theirs in words if "unsure" not in {mine, theirs}]
    kappa = agreement.kappa(f"{one} and {other}", sure, 0)
    beyond = ""
    if kappa.value is not None:
        beyond = f"; beyond chance (Cohen's kappa) {kappa.value:.2f} ({kappa.low:.2f} - {kappa.high:.2f})"
    both = f"{printable(f'{one} and {other}')} both decided {counted(len(words), 'row')}"
    return f"{both} and say the same of {same:,} ({same / len(words):.0%}){beyond}"
