"""
The answer says no where others say yes, or the other way round.

Every phrase of the answer is looked up with its negations and opposites taken out: how many rows say it with the same
sign, and how many turned round? Held against the rows of the set, the row's own reference text, its prompt, and the
guide.
"""

from collections.abc import Iterator

import numpy as np

from judge.corpus import Corpus
from judge.corpus.phrases import Phrases, disputed, lexicon, windows
from judge.corpus.presence import Presence, numbered, strongest
from judge.corpus.tokens import Flags, hashed
from judge.language.prose import quote
from judge.records import Finding
from judge.signals import Signal

_Seen = tuple[float, str, tuple[str, ...]]
_SURE = (0.75, 1.0, 1.0)  # how much a window of two, three and four words says
_FAINT = 1.0  # log odds below which nothing is said
_GRAVE = 5.0  # log odds from which severity is 1
_WHOLE = 5  # words of a phrase that another text can contradict by itself
_SEVERAL = 2  # rows that make a habit
_MANY = 1 << 20  # phrases that are counted together
_HALF = 32  # bits of a phrase's key


def find(corpus: Corpus) -> Iterator[Finding]:
    """Severity from the odds of the strongest phrase, or by the text that it contradicts."""
    if not corpus.answers:
        return
    seen = _against_rows(corpus)
    for at, spot, name, top in _against_texts(corpus):
        what = f"the answer says {quote(corpus.said.excerpt(spot))}, and {name} says the opposite"
        seen[at] = max(seen.get(at, (0.0, "", ())), (top, what, ()))
    for at in sorted(seen):
        yield corpus.answers[at].finding("polarity", "factual", *seen[at])


def _against_rows(corpus: Corpus) -> dict[int, _Seen]:
    best: dict[int, tuple[float, int, str, tuple[str, ...]]] = {}
    for sure, phrases in zip(_SURE, disputed(corpus.said), strict=True):
        found: dict[int, tuple[float, int, str, tuple[str, ...]]] = {}
        lot = (phrases.key >> np.uint64(_HALF)) % np.uint64(-(-len(phrases.key) // _MANY) or 1)
        for number in range(int(lot.max(initial=0)) + 1):
            for at, seen in _turned(corpus, phrases[np.flatnonzero(lot == number)], sure):
                if at not in found or (-seen[0], seen[1]) < (-found[at][0], found[at][1]):  # the first of the gravest
                    found[at] = seen
        best |= {at: seen for at, seen in found.items() if at not in best or seen[0] > best[at][0]}
    return {at: (severity, because, other) for at, (severity, _, because, other) in best.items()}


def _turned(
    corpus: Corpus, phrases: Phrases, sure: float
) -> Iterator[tuple[int, tuple[float, int, str, tuple[str, ...]]]]:
    """By answer: severity, token and words of the phrase that most rows turn round, and one of them."""
    keys, size = numbered(phrases.key)
    presence = Presence(corpus.kin, phrases.owner, keys * 2 + phrases.sign, size * 2)
    turned = presence.others(phrases.owner, keys * 2 + 1 - phrases.sign)
    alike = presence.others(phrases.owner, keys * 2 + phrases.sign, held=True)
    odds = sure * np.log((turned + 0.5) / (alike + 0.5)) * (turned >= _SEVERAL)
    best = strongest(phrases.owner, odds)
    for spot in best[odds[best] > _FAINT].tolist():
        at, place = int(phrases.owner[spot]), int(phrases.place[spot])
        witness = presence.witness(at, int(keys[spot] * 2 + 1 - phrases.sign[spot]))
        because = (
            f"the answer says {quote(corpus.said.excerpt(place))}; {int(turned[spot])} other"
            f" rows say the opposite, {int(alike[spot])} say the same"
        )
        other = () if witness is None else (corpus.answers[witness].example.id,)
        yield at, (float((odds[spot] - _FAINT) / (_GRAVE - _FAINT)), place, because, other)


def _against_texts(corpus: Corpus) -> Iterator[tuple[int, int, str, float]]:
    """(answer, token, name of the text, severity) of phrases that a row's own texts or the guide hold turned round."""
    known = lexicon(corpus.said)  # of all texts: they have one vocabulary
    rules = next(windows(corpus.rules, (_WHOLE,), known), None)
    for part in corpus.said.parts():
        mine = next(windows(part.of, (_WHOLE,), known), None)
        if mine is None:
            continue
        for name, text, top in (
            ("the reference text of this row", corpus.grounds, 0.9),
            ("the guide", None, 0.5),
            ("the prompt", corpus.asked, 0.3),
        ):
            told = rules
            if text is not None:
                own = text.part(part.texts.start, part.texts.stop).of
                told = next(windows(own, (_WHOLE,), known), None)
            for at, spot in _against_text(mine, told, shared=text is None) if told else ():
                yield at + part.texts.start, spot + part.tokens.start, name, top


def _against_text(mine: Phrases, told: Phrases, *, shared: bool) -> Iterator[tuple[int, int]]:
    """(answer, token) of whole phrases that a text, each row's or one for all, has turned round, nowhere as it is."""
    keys = [phrases.key if shared else hashed([phrases.owner, phrases.key.view(np.int64)]) for phrases in (told, mine)]
    yes, no = (np.isin(keys[1], keys[0][told.sign == sign]) for sign in (0, 1))
    against: Flags = np.where(mine.sign == 0, no & ~yes, yes & ~no)
    for spot in strongest(mine.owner[against], np.ones(int(against.sum()))).tolist():
        yield int(mine.owner[against][spot]), int(mine.place[against][spot])


SIGNAL = Signal(name="polarity", rubric="factual", weight=0.6, find=find)
