"""
The answer is off in tone: insults, contempt, blame, brushing off, slang, shouting, grovelling, exclamation marks.

A lexicon with a weight for each phrase (after Hutto and Gilbert, 2014, "VADER"), read against the set itself: what a
tenth of the answers do is the set's tone, and no defect. The words are always quoted.
"""

import re
from collections import Counter
from collections.abc import Iterator

from judge.corpus import Answer, Corpus
from judge.language.prose import prose, quote, wants_code
from judge.records import Finding
from judge.signals import Signal
from judge.signals._tone import COMPILED

_FICTION = re.compile(
    r"\b(?:story|poem|lyrics?|song|rap|dialog(?:ue)?|joke|script|scene|character|tweet|slang|insult|rude"
    r"|sarcas\w+|offensive|casual"
    r"|informal|synonyms?|sentence|paraphrase|translate|rewrite|quote|meme|comedy|humor\w*|word|classify|sentiment)\b",
    re.IGNORECASE,
)
_MARKS = re.compile(r"(?:![^!]*){4}")
_SORRY = re.compile(r"\b(?:sorry|apolog\w+|forgive\w*|regret\w*)\b", re.IGNORECASE)
_GROVELS = re.compile(r"(?:(?:sorry|apolog|forgive|regret)(?:.|\n)*){3}", re.IGNORECASE)
_OFTEN = 3  # apologies in one answer from which they are too many
_MANY = 4  # exclamation marks from which they are counted
_USUAL = 0.1  # share of answers from which a way of speaking is the set's own


def find(corpus: Corpus) -> Iterator[Finding]:
    """Report the worst phrase, graver with each further kind; less grave where prompt or set speak so too."""
    found = corpus.saying(*(pattern for _, _, pattern in COMPILED), _MARKS, _GROVELS)
    seen = [(answer, sorted(_phrases(answer), reverse=True)) for answer in found]
    kinds = Counter(kind for answer, phrases in seen if answer.at < corpus.members for _, kind, _ in phrases)
    for answer, phrases in seen:
        scored = [
            (severity * max(0.1, 1 - max(0, kinds[kind] - 1) / (_USUAL * max(1, corpus.members))), kind, said)
            for severity, kind, said in phrases
        ]
        if scored:
            worst = max(scored)[0]
            because = "; ".join(f"{kind} {quote(said, 40)}" for _, kind, said in scored[:3])
            yield answer.finding("rude", "tone", worst + 0.05 * (len(scored) - 1), f"off in tone: {because}")


def _phrases(answer: Answer) -> Iterator[tuple[float, str, str]]:
    text = prose(answer.text)
    excuse = 0.3 if _FICTION.search(answer.prompt) else 1.0
    asked = answer.asked.casefold()
    for severity, kind, pattern in COMPILED:
        found = next((f for f in pattern.finditer(text) if f.group().casefold() not in asked), None)
        if found and not (kind == "shouting" and (wants_code(answer.prompt) or text.upper() == text)):
            yield severity * excuse, kind, found.group()
    sorry = _SORRY.findall(text)
    if len(sorry) >= _OFTEN and not _SORRY.search(answer.prompt):
        yield min(0.8, 0.2 * len(sorry)) * excuse, "over-apology", ", ".join(sorry[:3])
    marks = text.count("!")
    if marks >= _MANY and marks > len(re.findall(r"[.?]", text)):
        yield min(0.5, 0.1 * marks) * excuse, "exclamation", f"{marks} exclamation marks"


SIGNAL = Signal(name="rude", rubric="tone", weight=0.7, find=find)
