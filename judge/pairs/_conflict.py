"""
How much two answers to one question contradict each other, judged by their words alone.

The cues are those of contradiction detection before neural models (de Marneffe, Rafferty and Manning, 2008, "Finding
Contradictions in Text"): numbers, negation, antonyms, and a plain yes against a plain no. Sentences are only compared
where they share most of their content words. A longer answer that says the same and more is no conflict.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product

from judge.language.prose import quote, sentences, words
from judge.language.quantities import Quantity, meaning, overlap, quantities

_SENTENCES = 20  # of each answer
_SHOWN = 5_000  # characters of each answer
_SAME_TOPIC = 0.5  # share of content words from which two sentences are about one thing
_SHORT = 8  # words up to which an answer is a mere fact, whose wording is all there is
_YES = re.compile(r"\W*(?:yes|yeah|yep|certainly|absolutely|of course|correct|true|sure)\b", re.IGNORECASE)
_NO = re.compile(
    r"\W*(?:no(?! worries| problem| doubt| matter)|nope|not(?! a problem)|never|unfortunately|incorrect|false"
    r"|sorry,? (?:but|no|we|i)|i(?:'|\u2019)m (?:sorry|afraid)(?:,? but| we| not))\b",
    re.IGNORECASE,
)
_NEGATION = re.compile(r"\b(?:not|no|never|cannot|without|neither|nor|none|unable)\b|n['\u2019]t\b", re.IGNORECASE)
_SIGNED = frozenset("not no never cannot without neither nor none unable yes unfortunately".split())
_IDIOM = re.compile(
    r"\b(?:don['\u2019]?t|do not|never) (?:hesitate|worry)|\bwithout (?:any )?(?:issues?|hesitation|delay"
    r"|problems?|trouble)"
    r"|\b(?:no|not a) (?:problem|worries|trouble|doubt|matter)|\bnot only\b|\bif (?:you )?(?:do not"
    r"|don['\u2019]t|cannot|can['\u2019]t)"
    r"|\bwhether or not\b",
    re.IGNORECASE,
)
_OPPOSITES = tuple(
    tuple(frozenset(side.split("/")) for side in pair.split("-"))
    for pair in """
    always-never before-after increase/increases/raise-decrease/decreases/lower
    allowed/permitted-forbidden/prohibited accept/accepted-reject/rejected/refuse
    included/includes-excluded/excludes free-charged/fee open-closed true-false correct-incorrect
    possible-impossible required-optional more-less safe-unsafe/dangerous legal-illegal
    enable/enabled-disable/disabled eligible-ineligible available-unavailable valid-invalid
    refundable-nonrefundable first-last earlier-later hot-cold positive-negative left-right good-bad
    online-offline public-private higher-lower best-worst agree-disagree success-failure win-lose
    """.split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Score in [0, 1], the kind of the gravest difference, and what differs, in words."""

    score: float
    kind: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sentence:
    text: str
    about: frozenset[str]
    words: frozenset[str]
    negated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """An answer as it is compared: parsed once, however many others it is held against."""

    text: str
    words: frozenset[str]
    sentences: tuple[_Sentence, ...]
    quantities: tuple[Quantity, ...]

    @classmethod
    def of(cls, answer: str) -> "Parsed":
        """Read the first 5,000 characters, and of them the first 20 sentences."""
        text = answer[:_SHOWN]
        parts = [_parsed(part) for part in sentences(text)[:_SENTENCES]]
        return cls(text=text, words=frozenset(words(text)), sentences=tuple(parts), quantities=tuple(quantities(text)))


def between(left: Parsed, right: Parsed) -> Conflict:
    """Compare two answers to one question; the gravest difference counts."""
    found = [*_yes_no(left.text, right.text), *_numbers(left, right), *_sentences(left, right)]
    wording = _apart(left, right)
    score, kind, because = max(found, key=lambda difference: difference[0], default=(0.0, "", ""))
    if wording > score or not found:
        score, kind, because = wording, "wording", _wording(left, right)
    return Conflict(score=round(min(1.0, score), 6), kind=kind, because=because)


_Found = Iterator[tuple[float, str, str]]


def _yes_no(left: str, right: str) -> _Found:
    for one, two in ((left, right), (right, left)):
        if (yes := _YES.match(one)) and (no := _NO.match(two)):
            sides = (yes, no) if one is left else (no, yes)
            because = " against ".join(quote(side.string[: side.end() + 50]) for side in sides)
            yield 0.85, "yes_no", because


def _numbers(left: Parsed, right: Parsed) -> _Found:
    said = [{(q.unit, q.value) for q in side.quantities} for side in (left, right)]
    for one, two in islice(product(left.quantities, right.quantities), 2_000):
        if one.unit != two.unit or one.value == two.value:
            continue
        if (one.unit, one.value) in said[1] or (two.unit, two.value) in said[0]:
            continue
        near = overlap(one.frame, two.frame)
        bare = min(len(one.frame), len(two.frame)) <= 1
        if near >= _SAME_TOPIC or bare:
            yield (0.6 if bare else 0.5 + 0.45 * near), "number", f"{quote(one.text)} against {quote(two.text)}"


def _sentences(left: Parsed, right: Parsed) -> _Found:
    for one, two in product(left.sentences, right.sentences):
        near = overlap(one.about, two.about)
        if near < _SAME_TOPIC:
            continue
        because = f"{quote(one.text, 80)} against {quote(two.text, 80)}"
        if one.negated != two.negated:
            same_length = min(len(one.text), len(two.text)) / max(len(one.text), len(two.text))
            yield near * (0.6 + 0.3 * same_length), "negation", because
        if _opposed(one.words, two.words) or _opposed(two.words, one.words):
            yield 0.75 * near, "polarity", because


def _apart(left: Parsed, right: Parsed) -> float:
    smaller = max(1, min(len(left.words), len(right.words)))
    return (1 - len(left.words & right.words) / smaller) * (0.7 if smaller <= _SHORT else 0.35)


def _wording(left: Parsed, right: Parsed) -> str:
    ours, theirs = _only(left.text, right.words) or left.text, _only(right.text, left.words) or right.text
    return f"{quote(ours)} against {quote(theirs)}"


def _opposed(one: frozenset[str], two: frozenset[str]) -> bool:
    return any(one & a and two & b and not (one & b) and not (two & a) for a, b in _OPPOSITES)


def _negated(sentence: str) -> bool:
    """Whether an odd number of negations is left once the polite phrases are taken out."""
    return len(_NEGATION.findall(_IDIOM.sub(" ", sentence))) % 2 == 1


def _parsed(part: str) -> _Sentence:
    said = words(part)
    about = frozenset(w for w in meaning(said) if w not in _SIGNED and not w.endswith(("n't", "n\u2019t")))
    return _Sentence(text=part, about=about, words=frozenset(said), negated=_negated(part))


def _only(text: str, other: frozenset[str]) -> str:
    known = (word.casefold() in other or set(words(word)) <= other for word in text[:600].split())
    return " ".join(word for word, there in zip(text[:600].split(), known, strict=True) if not there)
