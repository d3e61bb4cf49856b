"""
The answer, or a passage of it, is in another language than its prompt and than the set.

What language a text is in says `judge.language.tongue`; what it cannot tell passes, and so does whatever a prompt
about languages may want.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from judge.corpus import Answer, Corpus
from judge.language.prose import looks_like_code, prose, quote
from judge.language.tongue import LANGUAGES, markers, script, tongue
from judge.records import Finding
from judge.signals import Signal
from judge.tasks.asked import Wrong

_ABOUT = re.compile(
    rf"\b(?:{'|'.join(sorted(LANGUAGES))}|mandarin|cantonese|latin|hinglish|spanglish|gaelic|irish"
    rf"|welsh|norwegian|hungarian|romanian|ukrainian|vietnamese|persian|urdu|swahili|yiddish|roman"
    r"|translat\w*|languages?|multilingual|bilingual|foreign|phrases?|idioms?|proverbs?|lyrics|songs?"
    r"|prayers?|motto|quotations?|words? for|opera|poem)\b",
    re.IGNORECASE,
)
_PIECE = re.compile(r"(?<=[.!?])\s+|\n+")
_SHOWN = 20_000  # characters read
_ENDS = 1_500  # characters at either end in which a foreign passage is looked for
_LEAST = 8  # words that can be told
_PASSAGE = 8  # words of a foreign sentence
_USUAL = 0.1  # share of a set's answers in a language from which it is one of the set's own
_SOME = 3  # answers that make a habit
_SAMPLE = 400  # answers that tell what the set is written in
_HEARD = 3  # different foreign function words before a text is looked at
_CLOSE = ({"Spanish", "Portuguese", "Italian"}, {"Swedish", "Danish"}, {"German", "Dutch"}, {"Chinese", "Japanese"})


def find(corpus: Corpus) -> Iterator[Finding]:
    """Severity 0.9 for a whole answer in another language, 0.75 for a passage; less where the set is mixed."""
    own = _own(corpus.own)
    for at in _heard(corpus, own):
        answer = corpus.answers[at]
        if not answer.calls_tool and (wrong := _look(answer, own)):
            yield answer.finding("language", "instruction", wrong.severity, wrong.because)


def _own(members: Sequence[Answer]) -> frozenset[str]:
    """Languages that a tenth of the set's answers are in, by a sample at even steps."""
    sample = members[:: 1 + len(members) // _SAMPLE]
    usual = Counter(tongue(prose(answer.text[:_ENDS])) for answer in sample)
    told = sum(count for name, count in usual.items() if name)
    return frozenset(name for name, count in usual.items() if name and count >= max(_USUAL * told, min(_SOME, told)))


def _heard(corpus: Corpus, own: frozenset[str]) -> Iterable[int]:
    """Answers to be looked at: another script, or some function words of another language, in them or their prompt."""
    if len(own) != 1:
        return range(len(corpus.answers))
    marks = markers(own)
    found = np.zeros(len(corpus.answers), dtype=bool)
    for texts in (corpus.said, corpus.asked):
        mark = texts.where(marks.__contains__)[texts.ids]
        keys = np.unique(texts.owners(np.flatnonzero(mark)) * max(1, len(texts.words)) + texts.ids[mark])
        found |= np.bincount(keys // max(1, len(texts.words)), minlength=len(found)) >= _HEARD
    foreign = (a.at for a in corpus.answers if not a.text.isascii() and script(a.text[:_SHOWN])[1] >= _LEAST)
    return sorted({*np.flatnonzero(found).tolist(), *foreign})


def _look(answer: Answer, own: frozenset[str]) -> Wrong | None:
    text = answer.text[:_SHOWN]
    if _ABOUT.search(answer.asked[:4_000]) or looks_like_code(text):
        return None
    asked = tongue(prose(answer.asked[-_ENDS:]))
    plain = prose(text)
    main = tongue(plain)
    wanted = asked or (next(iter(own)) if len(own) == 1 else "")
    if wanted and main and main != wanted and not _kin(main, wanted):
        severity = 0.9 if asked else 0.7 if main not in own else 0.0
        return Wrong(severity, f"the prompt is in {wanted}, the answer in {main}: {quote(text)}") if severity else None
    return _passage(answer, plain, main or wanted)


def _passage(answer: Answer, text: str, main: str) -> Wrong | None:
    """A run of sentences in a language that neither the prompt nor the rest of the answer is in."""
    if not main:
        return None
    pieces = _PIECE.split(text[:_ENDS] if len(text) <= _ENDS else f"{text[:_ENDS]}\n{text[-_ENDS:]}")
    for piece in pieces:
        other = tongue(piece) if len(piece.split()) >= _PASSAGE or not piece.isascii() else ""
        if other and other != main and not _kin(other, main) and piece[:40] not in answer.asked:
            return Wrong(0.75, f"the answer is in {main}, but not {quote(piece)} ({other})")
    name, count = script(text)
    if name and count > _LEAST and name != main and script(answer.asked)[0] != name and name != "Greek":
        found = re.search(
            r"[^\x00-\u024f\u2000-\u2bff\U0001F000-\U0001FFFF]{3,}(?:\s[^\x00-\u024f\u2000-\u2bff]+)*", text
        )
        return (
            Wrong(0.7, f"the answer is in {main}, but holds {name}: {quote(found.group() if found else text)}")
            if found
            else None
        )
    return None


def _kin(one: str, other: str) -> bool:
    return any({one, other} <= close for close in _CLOSE)


SIGNAL = Signal(name="language", rubric="instruction", weight=0.8, find=find)
