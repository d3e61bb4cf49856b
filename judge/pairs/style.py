"""Groups of one question that are written in two forms: half of the answers as a list, half as prose."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from judge.corpus import Corpus
from judge.corpus.tokens import Ints

_FEWEST = 4  # different answers of a group that make a habit,
_SHARE = 0.25  # and the share of the rarer form that breaks it
_ITEM = re.compile(r"^[ \t]*(?:[-*\u2022\u2013]|[0-9]{1,2}[.)])[ \t]+\S", re.MULTILINE)
_ITEMS = 2


def form(text: str) -> str:
    """`list` or `prose`."""
    return "list" if len(_ITEM.findall(text)) >= _ITEMS else "prose"


def mixed(corpus: Corpus, groups: Ints, copies: Ints) -> dict[int, tuple[tuple[int, ...], dict[str, int]]]:
    """By the first answer of each group of two forms: its members, and how many different answers have which."""
    members: defaultdict[int, list[int]] = defaultdict(list)
    for at, group in enumerate(groups.tolist()):
        members[group].append(at)
    found = {}
    for first, who in members.items():
        forms = _forms(corpus, [at for at in who if copies[at] == at])
        every, rarer = sum(forms.values()), min(forms.get(name, 0) for name in ("list", "prose"))
        if every >= _FEWEST and rarer >= _SHARE * every:
            found[first] = (tuple(who), forms)
    return found


def _forms(corpus: Corpus, members: Sequence[int]) -> dict[str, int]:
    return dict(Counter(form(corpus.answers[at].text) for at in members))
