"""An answer that ends too early: inside a word, a sentence or a list."""

import re
from collections.abc import Sequence

from judge.language.prose import tail
from judge.planting import Answer, Draw, Edit, Ground, Planter
from judge.planting._guards import english, is_code
from judge.planting._spans import Sentence, masked, sentences

_CLOSED = re.compile(r"[.!?…][\"'”\u2019)*_]{0,3}$")
_WORD = re.compile(r"[A-Za-z]{2,30}(?=[ ,])")
_CANNOT_END = frozenset(
    (
        "a an the and or but nor of into onto your our their its my his her because although while if whether which who"
        " whose than as are was were will would should must can could may might by with from for to at in on between"
        " through during without within about via per each every be been being has have had is"
    ).split()
)
_MAY_FOLLOW = frozenset(
    (
        "and or but nor of in on at by with from for to as if when while because although which that who where so than"
        " then until after before without within through during about over under into onto via also too together again"
        " here there now online today directly easily carefully quickly accordingly only"
    ).split()
)
_VERB_NEEDS = frozenset("the a an your our their its this these any".split())
_KEPT = 8  # words that are kept at least
_SHARE = 0.35  # of the text that is kept at least
_CLOSES = 0.6  # share of the set's answers that end with a full stop, from which its absence is a defect
_LONG_WORD = 6
_IN = 3  # words of a sentence before a cut, and after it


def plant(answer: Answer, ground: Ground, draw: Draw) -> Edit | None:
    """Decline unless the set closes its sentences, this answer does, and what is left cannot be a whole answer."""
    text = answer.text.rstrip()
    if is_code(answer) or ground.closes < _CLOSES or not _CLOSED.search(text[-5:]) or not english(text):
        return None
    mask = masked(text)
    said = [s for s in sentences(mask) if s.end > len(mask) * _SHARE]
    ways = [_in_a_word, _in_a_sentence, _in_a_sentence, _at_a_mark]
    for way in draw.shuffled(ways):
        places = [at for at in way(mask, said, ground) if len(text[:at].split()) >= _KEPT]
        if places:
            left = text[: draw.pick(places)]
            return Edit(text=left, because=f"everything after {tail(left)} was cut off")
    return None


def _in_a_sentence(mask: str, said: Sequence[Sentence], _: Ground) -> list[int]:
    """Places after a word that cannot end a sentence, or before a determiner that its verb needs."""
    found = []
    for sentence in said:
        words = list(_WORD.finditer(sentence.text))
        for n, word in enumerate(words[_IN - 1 : -_IN], _IN - 1):
            follows = words[n + 1].group().lower()
            joined = sentence.text[word.end() : words[n + 1].start()] == " "
            dangles = word.group().lower() in _CANNOT_END
            needs = follows in _VERB_NEEDS and joined and word.group().lower() not in _MAY_FOLLOW
            if joined and (dangles or needs) and sentence.start + word.end() > len(mask) * _SHARE:
                found.append(sentence.start + word.end())
    return found


def _in_a_word(mask: str, said: Sequence[Sentence], ground: Ground) -> list[int]:
    """Places inside long words, where the part before is no word of the set."""
    found = []
    for sentence in said:
        for word in list(_WORD.finditer(sentence.text))[_IN:]:
            part = word.group()[: len(word.group()) // 2 + 1]
            at = sentence.start + word.start() + len(part)
            if len(word.group()) >= _LONG_WORD and part.lower() not in ground.vocabulary and at > len(mask) * _SHARE:
                found.append(at)
    return found


def _at_a_mark(mask: str, said: Sequence[Sentence], _: Ground) -> list[int]:
    """Places after the mark of a list item that is not the first one."""
    items = [s for s in said if s.listed and s.start > len(mask) * _SHARE]
    return [len(mask[: item.start].rstrip(" *_")) for item in items]


PLANTER = Planter(name="cut_off", rubric="format", many="answers cut off", plant=plant)
