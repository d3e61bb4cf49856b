"""Claims turned into their opposite: a negation put in or taken out, or one word changed to its antonym."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from judge.planting._antonyms import ANTONYM, ANTONYMS, stands_apart
from judge.planting._spans import Sentence, cased, masked, sentences, with_article

_NEGATED = re.compile(
    r"\b(?:not|no|never|none|nothing|nobody|nor|neither|without|cannot|hardly|barely|unable|fail\w*|lacks?)\b"
    r"|n['\u2019]t\b",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"\b(?:hesitate|worr(?:y|ies)|happy|excited|glad|delighted|pleas(?:e|ed|ure)|thank\w*|grateful|sorry|apolog\w*"
    r"|welcome|feel free"
    r"|hope\w*|wish|understand\w*|appreciate\w*|rest assured|here (?:to|for)|sure|certainly|congratulations|regret\w*"
    r"|assur\w+|forget|mind|afraid|value[ds]?|important to us|i|i['\u2019](?:m|ll|d|ve)|me|my|let['\u2019]?s)\b",
    re.IGNORECASE,
)
_HEDGED = re.compile(
    r"\b(?:may|might|could|would|perhaps|maybe|probably|possibly|likely|seems?|sometimes|often|usually|generally"
    r"|typically"
    r"|all|every|each|both|either|whether|or not|example|instance|such as|suppose|imagine)\b",
    re.IGNORECASE,
)
_SOME = re.compile(r"\b(?:some|many|most|few|several|any|certain|one)\b", re.IGNORECASE)
_CONDITION = re.compile(
    r"^(?:if|when|whenever|unless|whether|in case|should you|once|while|although|though|even|what|how|why|where|who"
    r"|which"
    r"|there|here|as|because|since|let)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"\b(?:if|unless|whether|when|in case|so that|until|that|which|who|because|while|what|how|why|where|as|than)\b",
    re.IGNORECASE,
)
_NEVER = re.compile(r"\bnever\b", re.IGNORECASE)
_BOUND = re.compile(f"{_CLAUSE.pattern}|{_SOME.pattern}", re.IGNORECASE)
_SUBJECT = re.compile(
    r"(?P<subject>(?:[\w\u2019'-]{1,30} ){1,7}?)(?P<verb>can|will|should|must|is|are|was|were)(?= (?P<next>[a-z]+))"
)
_SHORT = re.compile(r"^(?P<who>You|We|They|It|He|She)['\u2019](?P<verb>ll|re|s)(?= (?P<next>[a-z]+))")
_STEP = re.compile(
    r"^(?P<verb>Click|Tap|Select|Enter|Visit|Choose|Open|Use|Keep|Provide|Call|Press|Store|Wash|Mix|Include|Add|Turn"
    r"|Save"
    r"|Submit|Sign|Log|Navigate|Go|Remove|Follow|Confirm|Review|Check|Read|Write|Start|Place|Drink|Eat|Share|Cover"
    r"|Wear)"
    r"(?= (?:on|in|to|the|your|a|an|our|all|any|it|them|with|up|out|through|for)\b)"
)
_TAKEN_OUT = re.compile(
    r"\b(?:(?P<can>cannot|can not|can['\u2019]t)|(?P<verb>is|are|was|were|will|should|must|does|do|did|has|have)"
    r"(?: not|n['\u2019]t)|(?P<will>won['\u2019]t))(?= (?!only|just|necessarily|always|yet|even|all|hesitate|worry"
    r"|forget|mind|be afraid)(?P<next>[a-z]+))",
    re.IGNORECASE,
)
_KEEPS = frozenset(
    (
        "that what how why to now also just only still already both either as about even soon always not so too here"
        " there then"
    ).split()
)
_WORDS = range(4, 41)  # of a sentence that makes a claim
_NOT = {"can": "cannot", "ll": "won't", "re": "aren't", "s": "isn't"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A change that turns a claim round: `text[start:end]` becomes `new`, in `sentence`."""

    start: int
    end: int
    new: str
    sentence: Sentence


def flips(text: str) -> list[Flip]:
    """Every way to turn a claim of the text into its opposite; none of a question, condition, courtesy or hedge."""
    found: list[Flip] = []
    for sentence in sentences(masked(text)):
        if _makes_a_claim(sentence.text):
            found.extend(_negations(sentence))
            found.extend(_opposites(sentence))
    return [flip for flip in found if "\0" not in text[flip.start : flip.end]]


def _makes_a_claim(said: str) -> bool:
    closed = said.rstrip("*_\"'”\u2019) ").endswith((".", "!"))
    return (
        closed
        and len(said.split()) in _WORDS
        and "?" not in said
        and not _COURTESY.search(said)
        and not _CONDITION.search(said)
    )


def _negations(sentence: Sentence) -> Iterator[Flip]:
    said = sentence.text
    negated = len(_NEGATED.findall(said))
    if negated == 1:
        yield from _without(sentence)
    if negated or _HEDGED.search(said.split(",")[0]):
        return
    if step := _STEP.match(said):
        yield _flip(sentence, 0, step.end(), f"Do not {step['verb'].lower()}")
    elif short := _SHORT.match(said):
        if short["next"] not in _KEEPS:
            yield _flip(sentence, 0, short.end(), f"{short['who']} {_NOT[short['verb']]}")
    elif (found := _SUBJECT.match(said.removeprefix("Yes, "))) and not _BOUND.search(found["subject"]):
        begin = len(said) - len(said.removeprefix("Yes, "))
        if found["next"] in _KEEPS or found["next"].startswith(("un", "non", "dis")):
            return
        verb = found["verb"]
        start = 0 if begin else found.start("verb")
        kept = "No, " + found["subject"] if begin else ""
        yield _flip(sentence, start, begin + found.end("verb"), kept + _NOT.get(verb, f"{verb} not"))


def _without(sentence: Sentence) -> Iterator[Flip]:
    found = _TAKEN_OUT.search(sentence.text)
    if (
        not found
        or _CLAUSE.search(sentence.text[: found.start()])
        or "rather" in sentence.text
        or " but " in sentence.text
    ):
        return
    if found.start() == 0 and found["verb"] and found["verb"].lower() == "do":
        follows = found.end() + 1
        end = follows + len(found["next"])
        yield _flip(sentence, 0, end, found["next"].capitalize())
    elif found.start() == 0 or sentence.text.startswith("No"):
        return
    else:
        yield _flip(sentence, found.start(), found.end(), "can" if found["can"] else found["verb"] or "will")


def _opposites(sentence: Sentence) -> Iterator[Flip]:
    said = sentence.text
    if _NEGATED.search(_NEVER.sub("", said)) or _SOME.match(said):
        return
    words = said.lower()
    for found in ANTONYM.finditer(said):
        old = found.group()
        new = ANTONYMS[old.lower()]
        if re.search(rf"\b{re.escape(new)}\b", words) or stands_apart(said, found.start(), found.end()):
            continue
        start, fitted = with_article(said, found.start(), cased(old, new))
        yield _flip(sentence, start, found.end(), fitted)


def _flip(sentence: Sentence, start: int, end: int, new: str) -> Flip:
    return Flip(start=sentence.start + start, end=sentence.start + end, new=new, sentence=sentence)
