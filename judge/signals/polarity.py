"""
The answer says no where others say yes, or the other way round.

Every phrase of the answer is looked up with its negations and opposites taken out: how many rows say it with the same
sign, and how many turned round? Held against the rows of the set, the row's own reference text, its prompt, and the
guide.
"""

from collections.abc import Iterator

import numpy as np

from judge.corpus import Corpus
from judge.corpus.phrases import Phrases, disputed, windows
from judge.corpus.presence import Presence, numbered, strongest
from judge.corpus.tokens import Flags, Tokens, hashed
from judge.language.prose import quote
from judge.records import Finding
from judge.signals import Signal

_Seen = tuple[float, str, tuple[str, ...]]
_SURE = (0.75, 1.0, 1.0)  # how much a window of two, three and four words says
_FAINT = 1.0  # log odds below which nothing is said
_GRAVE = 5.0  # log odds from which severity is 1
_WHOLE = 5  # words of a phrase that another text can contradict by itself
_SEVERAL = 2  # rows that make a habit


def find(corpus: Corpus) -> Iterator[Finding]:
    """Severity from the odds of the strongest phrase, or by the text that it contradicts."""
    if not corpus.answers:
        return
    seen = _against_rows(corpus)
    said = next(windows(corpus.said, (_WHOLE,)), None)
    for name, text, top in (
        ("the reference text of this row", corpus.grounds, 0.9),
        ("the guide", corpus.rules, 0.5),
        ("the prompt", corpus.asked, 0.3),
    ):
        for at, spot in _against_text(said, text) if said else ():
            what = f"the answer says {quote(corpus.said.excerpt(spot))}, and {name} says the opposite"
            seen[at] = max(seen.get(at, (0.0, "", ())), (top, what, ()))
    for at in sorted(seen):
        yield corpus.answers[at].finding("polarity", "factual", *seen[at])


def _against_rows(corpus: Corpus) -> dict[int, _Seen]:
    best: dict[int, _Seen] = {}
    for sure, every in zip(_SURE, windows(corpus.said), strict=False):
        phrases = disputed(every)
        keys, size = numbered(phrases.key)
        presence = Presence(corpus.kin, phrases.owner, keys * 2 + phrases.sign, size * 2)
        turned = presence.others(phrases.owner, keys * 2 + 1 - phrases.sign)
        alike = presence.others(phrases.owner, keys * 2 + phrases.sign, held=True)
        odds = sure * np.log((turned + 0.5) / (alike + 0.5)) * (turned >= _SEVERAL)
        for spot in strongest(phrases.owner, odds).tolist():
            at, severity = int(phrases.owner[spot]), (odds[spot] - _FAINT) / (_GRAVE - _FAINT)
            if severity > best.get(at, (0.0,))[0]:
                witness = presence.witness(at, int(keys[spot] * 2 + 1 - phrases.sign[spot]))
                other = () if witness is None else (corpus.answers[witness].example.id,)
                because = (
                    f"the answer says {quote(corpus.said.excerpt(int(phrases.place[spot])))}; {int(turned[spot])} other"
                    f" rows say the opposite, {int(alike[spot])} say the same"
                )
                best[at] = (float(severity), because, other)
    return best


def _against_text(mine: Phrases, text: Tokens) -> Iterator[tuple[int, int]]:
    """(answer, token) of whole phrases that the text holds turned round, and nowhere as they are."""
    told = next(windows(text, (_WHOLE,)), None)
    if told is None:
        return
    shared = len(text.starts) == 2  # noqa: PLR2004 - one text for all rows
    keys = [phrases.key if shared else hashed([phrases.owner, phrases.key.view(np.int64)]) for phrases in (told, mine)]
    yes, no = (np.isin(keys[1], keys[0][told.sign == sign]) for sign in (0, 1))
    against: Flags = np.where(mine.sign == 0, no & ~yes, yes & ~no)
    for spot in strongest(mine.owner[against], np.ones(int(against.sum()))).tolist():
        yield int(mine.owner[against][spot]), int(mine.place[against][spot])


SIGNAL = Signal(name="polarity", rubric="factual", weight=0.6, find=find)
