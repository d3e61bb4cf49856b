"""
A sentence as it is compared: what it is about, what of that it denies, and under which condition.

Cues and words are English; of other languages the content words are compared, without their sign.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple
from weakref import WeakValueDictionary

from judge.language.polarity import CONDITIONS, IDLE, NEGATORS, SIDES, WITHOUT_NEGATION
from judge.language.quantities import SPELLED, UNIT

HINT = re.compile(rf"[0-9]|\b(?:{'|'.join(SPELLED)}|[a-z]{{3,6}}days?)\b", re.IGNORECASE)  # there may be an amount
_SPELT = re.compile(rf"[0-9]|{'|'.join(SPELLED)}|days?", re.IGNORECASE)  # so says a cheaper look
TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[°%²,;:()]")
_STOP = frozenset(
    """
    a an the and or but of to with for from by at in on into onto is are was were be been being am will would can could
    may might shall should must your you our we i it its it's he she they them his her their this that these those have
    has had having do does did as if within about up not please any all there here when where which who whom whose what
    how why than then so such too very just also only even still both either each some most much many own same
    other another out over off per via until once while during because i'm i'd i'll i've you're you'll
    you've you'd we're we'll we've we'd that's there's let's let get got make sure need want like thank thanks hello hi
    kindly feel us me my mine yours ours one ones yes no however therefore unfortunately certainly course working
    business calendar about around approximately
    """.split()
)
_NEGATIVE = NEGATORS | frozenset("nobody nothing nowhere against lacks lacking fails failed".split())
_BOUNDS = frozenset("and but however although though because whereas yet so if unless until when , ; : ( )".split())
_OPENS = frozenset("afraid sorry no and but , so".split())  # after them "that" is what is spoken of
_POLES = frozenset(  # words that deny what they are said of
    """
    forbidden prohibited rejected excluded false incorrect impossible disabled ineligible unavailable invalid
    nonrefundable
    """.split()
)
_BE = frozenset("is are was were be been being also".split())
_IF = CONDITIONS - {"should"} | {"case"}
_WHEN = frozenset("if unless once when whenever".split())
_ENDS = frozenset(", ; : then".split())  # of a condition
_EITHER = -1  # both sides of an opposite
_ANSWERS = frozenset({"yes", "no"})
_LEFT = frozenset("left leave leaves leaving rule rules ruled".split())
_SILENT = _STOP | SPELLED.keys() | UNIT.keys() | _NEGATIVE
_TURNS = _WHEN | {"case", "out"} | _ENDS | _BOUNDS | _POLES | _NEGATIVE
_CALM = ["need", "to", "worry"]
_REACH = 4  # content words that a negation denies
_SCOPE = 3  # words around a negation that can make it idle
_LEAD = 2  # words, a comma among them, that lead in: "unfortunately, no refunds"
_DOUBLED = 4  # letters from which a doubled last one is an ending's


_NONE: frozenset[str] = frozenset()
_NO_SIDES: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Sentence:
    """
    A sentence.

    Attributes:
        text: as it stands.
        words, bag: its words, folded, in order and without.
        about: stems of its content words; no numbers, no negations, opposites under one name.
        sides: which side of an opposite it takes, by the stem of its name.
        denied: those of its words that an odd number of negations reaches; set phrases and conditions deny nothing.
        negations: its negations but those in set phrases.
        negative: what it denies, an opposite counted as a negation of its name.
        names: its names, folded.
        condition: those of its words that stand in a condition.
        counts: whether there may be an amount in it.
    """

    text: str
    words: tuple[str, ...]
    bag: frozenset[str]
    about: frozenset[str]
    sides: Mapping[str, int]
    denied: frozenset[str]
    negations: frozenset[str]
    negative: frozenset[str]
    names: frozenset[str]
    condition: frozenset[str]
    counts: bool

    @property
    def stems(self) -> frozenset[str]:
        """Of its content words; names among them."""
        return self.about


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """
    Which words are names in a set, and which of those its answers use.

    Attributes:
        known: folded words that stand with a capital inside sentences, mostly.
        spoken: those of them that answers say; the others are details of a user (a town, a person).
        belongs: detail -> names that its answers say: a town's country.
        stems: of the names, where all rows have the same; of other words no row's stems need be kept then.
        parsed: sentences read so far and still held; what many rows say is read once, and is one object.
    """

    known: frozenset[str]
    spoken: frozenset[str]
    belongs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    stems: frozenset[str] = frozenset()
    parsed: WeakValueDictionary[tuple[str, bool], Sentence] = field(
        default_factory=WeakValueDictionary, repr=False, compare=False
    )


class _Word(NamedTuple):
    """
    A word by itself, looked up once.

    Attributes:
        folded, name: in small letters, and without a possessive ending.
        stem: of a content word, an opposite under its name; else empty.
        side: of the opposite that it is.
        turns: whether it ends or turns what is said, or is the condition of it.
        plain: whether it is no punctuation.
        capital, shouted: how it begins, and whether it is all in capitals.
        counts: whether it may be of an amount.
    """

    folded: str
    name: str
    stem: str
    side: int | None
    turns: bool
    plain: bool
    capital: bool
    shouted: bool
    counts: bool


@lru_cache(maxsize=65_536)
def _look(token: str) -> _Word:
    word = token.casefold()
    name, side = SIDES.get(word, (word, None))
    return _Word(
        folded=word,
        name=word.removesuffix("'s"),
        stem=stem(name) if word[0].isalpha() and word not in _SILENT else "",
        side=side,
        turns=word in _TURNS or word.endswith("n't"),
        plain=word[0].isalnum(),
        capital=token[0].isupper(),
        shouted=token.isupper(),
        counts=HINT.search(token) is not None,
    )


def counts(text: str) -> bool:
    """Whether there may be an amount in a sentence."""
    return _SPELT.search(text) is not None and any(_look(token).counts for token in TOKEN.findall(text))


def fold(text: str) -> set[str]:
    """The words of a text, folded."""
    return {_look(token).folded for token in TOKEN.findall(text)}


def small(words: Iterable[str]) -> frozenset[str]:
    """The words, held in as little room as a set can have: one that grows word by word takes up to four times that."""
    found = set(words)
    return frozenset(found) if found else _NONE


def parse(text: str, names: Names, *, loose: bool) -> Sentence:
    """Read one sentence; `loose`: a name may stand without its capital, as in what users write."""
    found = names.parsed.get((text, loose))
    if found is None:
        found = names.parsed[text, loose] = _parse(text, names.known, loose=loose)
    return found


def _parse(text: str, known: frozenset[str], *, loose: bool) -> Sentence:
    tokens = TOKEN.findall(text)
    looked = [_look(token) for token in tokens]
    words = [word.folded for word in looked]
    if words[1:2] == [","] and words[0] in _ANSWERS:
        looked[0] = looked[1]  # it answers, and denies nothing of what follows
        words[0] = ","
    reader = _Reader(words)
    for at, word in enumerate(looked):
        if word.turns:
            reader.turn(at, word)
        elif word.stem:
            reader.say(word)
    sides = {name: side for name, side in reader.sides.items() if side != _EITHER}
    plain = tuple([word.folded for word in looked if word.plain])
    called = [word.name for word in looked if word.name in known and (loose or word.capital)]
    called += [token for token, word in zip(tokens, looked, strict=True) if word.shouted and token in known]
    return Sentence(
        text=text,
        words=plain,
        bag=small(plain),
        about=small(reader.about),
        sides=sides or _NO_SIDES,
        denied=small(reader.denied),
        negations=small(reader.negations),
        negative=small(reader.denied.symmetric_difference(name for name, side in sides.items() if side)),
        names=small(called),
        condition=small(reader.condition),
        counts=any(word.counts for word in looked),
    )


@dataclass(slots=True)
class _Reader:
    """One pass over the words of a sentence."""

    words: list[str]
    about: set[str] = field(default_factory=set)
    sides: dict[str, int] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)
    condition: set[str] = field(default_factory=set)
    negations: set[str] = field(default_factory=set)
    lately: set[str] = field(default_factory=set)  # content words since the last bound
    reach: int = 0  # content words that a negation still denies
    given: bool = False  # inside a condition

    def turn(self, at: int, word: _Word) -> None:
        """Read a word that may end or turn what is said."""
        said, before = word.folded, self.words[at - 1] if at else ""
        if said in _WHEN or (said == "case" and before == "in"):
            self.given = True
        elif said in _ENDS:
            self.given = False
        if said in _BOUNDS:
            self.reach = 0
            self.lately.clear()
        elif (said in _POLES and before in _BE) or (said == "out" and before in _LEFT):
            self.denied ^= self.lately  # is excluded, is left out
        if said in _NEGATIVE or said.endswith("n't"):
            idle = _idle(self.words, at)
            self.reach = 0 if idle or not _denies(self.words, at) else _REACH
            self.negations.update(() if idle else (said,))
            word = _look(WITHOUT_NEGATION.get(said, "not"))
        if word.stem:
            self.say(word)
        if said in _POLES:
            self.reach = 0  # not invalid for returns

    def say(self, word: _Word) -> None:
        """Read a content word."""
        if word.side is not None:
            self.sides[word.stem] = word.side if self.sides.get(word.stem, word.side) == word.side else _EITHER
        self.about.add(word.stem)
        self.lately.add(word.stem)
        if self.given:
            self.condition.add(word.stem)
        elif self.reach:
            self.denied.add(word.stem)
            self.reach -= 1


def _denies(words: list[str], at: int) -> bool:
    """Whether a negation denies what follows: not in a condition, and not in an aside."""
    before = words[max(0, at - _SCOPE) : at]
    return _IF.isdisjoint(before) and not (len(before) > 1 and _aside(before))


def _idle(words: list[str], at: int) -> bool:
    """Whether a negation only adds what is not meant, or is of a set phrase: "by post, not by air", "not only"."""
    if (words[at - 1 : at] == [","] and at > _LEAD) or words[at - 1 : at] == ["rather"]:
        return True
    near = [*words[at - 1 : at], *words[at + 1 : at + _SCOPE]]
    return not IDLE.isdisjoint(near) or words[at + 1 : at + 1 + len(_CALM)] == _CALM


def _aside(before: list[str]) -> bool:
    """Whether what follows only describes a noun or a purpose: "the filter that isn't in", "so that you need not"."""
    link = next((at for at, word in enumerate(before) if word in {"that", "which", "who"}), 0)
    if link == 0:
        return False
    return before[link - 1] not in _OPENS if link == len(before) - 1 else before[link - 1] == "so"


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A word without its commonest English endings; what is left of others is left alone."""
    word = word.removesuffix("'s") or word
    for ending, least, new in (
        ("ies", 5, "y"), ("ing", 6, ""), ("ed", 5, ""), ("es", 5, ""), ("s", 4, ""), ("ly", 6, ""),
    ):  # fmt: skip
        if word.endswith(ending) and len(word) >= least and not word.endswith("ss"):
            word = word[: -len(ending)] + new
            if len(word) >= _DOUBLED and word[-1] == word[-2] and word[-1] not in "aeiouls":
                word = word[:-1]
            break
    return word[:-1] if len(word) > _DOUBLED and word.endswith("e") else word
