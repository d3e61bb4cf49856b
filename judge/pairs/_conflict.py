"""
How much two answers to one question contradict each other, judged by their words alone.

The cues are those of contradiction detection before neural models (de Marneffe, Rafferty and Manning, 2008, "Finding
Contradictions in Text"): numbers, negation, antonyms, and a plain yes against a plain no. Sentences are only compared
where they share most of their content words. A longer answer that says the same and more is no conflict.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, product

from judge.signals._quantities import content, overlap, quantities
from judge.signals._text import quote, sentences, words

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
_IDIOM = re.compile(
    r"\b(?:don['\u2019]?t|do not|never) (?:hesitate|worry)|\bwithout (?:any )?(?:issues?|hesitation|delay"
    r"|problems?|trouble)"
    r"|\b(?:no|not a) (?:problem|worries|trouble|doubt|matter)|\bnot only\b|\bif (?:you )?(?:do not"
    r"|don['\u2019]t|cannot|can['\u2019]t)"
    r"|\bwhether or not\b",
    re.IGNORECASE,
)
_OPPOSITES = tuple(
    (frozenset(one.split("/")), frozenset(two.split("/")))
    for one, two in (
        pair.split(" ")
        for pair in [
            "always never",
            "before after",
            "increase/increases/raise decrease/decreases/lower",
            "allowed/permitted forbidden/prohibited",
            "accept/accepted reject/rejected/refuse",
            "included/includes excluded/excludes",
            "free charged/fee",
            "open closed",
            "true false",
            "correct incorrect",
            "possible impossible",
            "required optional",
            "more less",
            "safe unsafe/dangerous",
            "legal illegal",
            "enable/enabled disable/disabled",
            "eligible ineligible",
            "available unavailable",
            "valid invalid",
            "refundable nonrefundable",
            "first last",
            "earlier later",
            "hot cold",
            "positive negative",
            "left right",
            "good bad",
            "online offline",
            "public private",
            "higher lower",
            "best worst",
            "agree disagree",
            "success failure",
            "win lose",
        ]
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Score in [0, 1], the kind of the gravest difference, and what differs, in words."""

    score: float
    kind: str
    because: str


def between(left: str, right: str) -> Conflict:
    """Compare two answers to one question; the gravest difference counts."""
    one, two = left[:_SHOWN], right[:_SHOWN]
    found = [*_yes_no(one, two), *_numbers(one, two), *_sentences(one, two), _wording(one, two)]
    score, kind, because = max(found, key=lambda difference: difference[0])
    return Conflict(score=round(min(1.0, score), 6), kind=kind, because=because)


_Found = Iterator[tuple[float, str, str]]


def _yes_no(left: str, right: str) -> _Found:
    for one, two in ((left, right), (right, left)):
        if (yes := _YES.match(one)) and (no := _NO.match(two)):
            sides = (yes, no) if one is left else (no, yes)
            because = " against ".join(quote(side.string[: side.end() + 50]) for side in sides)
            yield 0.85, "yes_no", because


def _numbers(left: str, right: str) -> _Found:
    ours, theirs = quantities(left), quantities(right)
    said = [{(q.unit, q.value) for q in side} for side in (ours, theirs)]
    for one, two in islice(product(ours, theirs), 2_000):
        if one.unit != two.unit or one.value == two.value:
            continue
        if (one.unit, one.value) in said[1] or (two.unit, two.value) in said[0]:
            continue
        near = overlap(one.frame, two.frame)
        bare = min(len(one.frame), len(two.frame)) <= 1
        if near >= _SAME_TOPIC or bare:
            yield (0.6 if bare else 0.5 + 0.45 * near), "number", f"{quote(one.text)} against {quote(two.text)}"


def _sentences(left: str, right: str) -> _Found:
    for one, two in product(_parts(left), _parts(right)):
        meanings = content(one), content(two)
        near = overlap(_bare(meanings[0]), _bare(meanings[1]))
        if near < _SAME_TOPIC:
            continue
        because = f"{quote(one, 80)} against {quote(two, 80)}"
        if _negated(one) != _negated(two):
            same_length = min(len(one), len(two)) / max(len(one), len(two))
            yield near * (0.6 + 0.3 * same_length), "negation", because
        tokens = set(words(one)), set(words(two))
        if _opposed(*tokens) or _opposed(tokens[1], tokens[0]):
            yield 0.75 * near, "polarity", because


def _wording(left: str, right: str) -> tuple[float, str, str]:
    ours, theirs = set(words(left)), set(words(right))
    smaller = max(1, min(len(ours), len(theirs)))
    apart = 1 - len(ours & theirs) / smaller
    because = f"{quote(_only(left, theirs) or left)} against {quote(_only(right, ours) or right)}"
    return apart * (0.7 if smaller <= _SHORT else 0.35), "wording", because


def _opposed(one: set[str], two: set[str]) -> bool:
    return any(one & a and two & b and not (one & b) and not (two & a) for a, b in _OPPOSITES)


def _negated(sentence: str) -> bool:
    """Whether an odd number of negations is left once the polite phrases are taken out."""
    return len(_NEGATION.findall(_IDIOM.sub(" ", sentence))) % 2 == 1


def _parts(text: str) -> list[str]:
    return sentences(text)[:_SENTENCES]


def _bare(meaning: Iterable[str]) -> frozenset[str]:
    return frozenset(word for word in meaning if not _NEGATION.search(word) and word not in {"yes", "unfortunately"})


def _only(text: str, other: set[str]) -> str:
    return " ".join(word for word in text[:600].split() if not set(words(word)) <= other)
