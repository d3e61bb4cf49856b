"""
A text as it is compared with others: its sentences, the amounts that it gives, its names, and how it opens.

Read once, however many texts it is held against. Of the set it knows only which words are names there.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, islice, zip_longest

from judge.pairs import amounts, sentence
from judge.pairs.sentence import Names, Sentence, small

_SHOWN = 4_000  # characters of a text that are read
_SENTENCES, _AMOUNTS = 40, 40  # of them kept
_SENTENCE = re.compile(r"(?<=[.!?])(?<!\b[DM][rs]\.)(?<!\bMrs\.)(?<!\b[ei]\.[eg]\.)[\"')\]]*\s+|\n+")
_NONE: frozenset[str] = frozenset()
_NO_VALUES: Mapping[str, frozenset[str]] = {}
_DIGITS = re.compile("[0-9]{3}")
_CODE = re.compile(r"(?<![\w-])#?[A-Za-z]{1,4}-?[0-9]{3,}[A-Za-z0-9-]*(?![\w-])|(?<![\w.,-])#?[0-9]{5,}(?![\w-])")
_CLOSING = re.compile(
    r"(?<!\n)\n\W{0,9}(?:many |kind |best |warm )?"
    r"(?:thanks|thank you|regards|cheers|sincerely|best|yours)[^\n]{0,30}"
    r"(?:\n[^\n]{0,40})?\s*\Z",
    re.IGNORECASE,
)
# what only shows that the question was heard states nothing, up to a "but"
_SORRY = r"sorry (?:to hear|for|about|that you|you(?:'re| are| have|'ve)(?! not))"
_HEARD = re.compile(
    rf"^(?:(?:i|we)(?:'m| am|'re| are)? (?:(?:(?:fully|completely|totally|truly|really|do) )?"
    rf"(?:understand|apologi[sz]e|appreciate|hear|realize)\b|(?:(?:so|very|truly) )?{_SORRY}"
    rf"|(?:here|happy|glad) to (?:help|assist|hear|guide|support|be)\b)"
    rf"|thank(?:s| you) for|{_SORRY})(?:.*?\b(?:but|however)\b,?|.*)",
    re.IGNORECASE | re.DOTALL,
)
_YES = re.compile(
    r"\W*(?:yes|yeah|yep|yup|sure|certainly|absolutely|definitely|of course|correct|true|indeed"
    r"|you (?:can|may)(?! ?not|['\u2019]t))\b",
    re.IGNORECASE,
)
_NO = re.compile(
    r"\W*(?:no\b(?! worries| problem| doubt| matter| need to worry)|nope|not\b(?! a problem| to worry| only)|never"
    r"|unfortunately|incorrect|false|you (?:can['\u2019]?t|cannot|may not)"
    r"|(?:i['\u2019]m |i am |we['\u2019]re |we are )?(?:sorry|afraid),? (?:but )?(?:no|not|we|you|that|it|there)\b"
    r"|i['\u2019]?d advise against|i would advise against|it isn['\u2019]?t|it is not)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A number with its unit, and the sentence that it stands in, by position."""

    unit: str
    value: str
    text: str
    sentence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """
    An answer, or what was asked, as it is compared.

    Attributes:
        about: stems of all its content words.
        names: its names, folded.
        codes: order numbers and their like.
        words: all words, folded; of an answer they are not kept.
        values: by unit.
        said: its sentences, by their words.
        opening: 1 for a plain yes, -1 for a plain no, 0 for neither.
    """

    text: str
    sentences: tuple[Sentence, ...]
    amounts: tuple[Amount, ...]
    about: frozenset[str]
    names: frozenset[str]
    codes: frozenset[str]
    words: frozenset[str]
    values: Mapping[str, frozenset[str]]
    said: frozenset[tuple[str, ...]]
    opening: int

    def after(self, earlier: "Reading") -> "Reading":
        """Read on from an earlier text: both as one."""
        shifted = (replace(amount, sentence=amount.sentence + len(earlier.sentences)) for amount in self.amounts)
        units = earlier.values.keys() | self.values.keys()
        return Reading(
            text=f"{earlier.text}\n{self.text}",
            sentences=earlier.sentences + self.sentences,
            amounts=(*earlier.amounts, *shifted),
            about=earlier.about | self.about,
            names=earlier.names | self.names,
            codes=earlier.codes | self.codes,
            words=earlier.words | self.words,
            values={unit: earlier.values.get(unit, _NONE) | self.values.get(unit, _NONE) for unit in units},
            said=earlier.said | self.said,
            opening=earlier.opening,
        )


def read(text: str, names: Names, *, loose: bool = False, whole: bool = False) -> Reading:
    """
    Read the first 4,000 characters, and of them the first 40 sentences and amounts.

    Args:
        text: an answer, or what was asked.
        names: those of the set.
        loose: whether a name may stand without its capital, as in what users write.
        whole: whether all of it is read, for the one text that is read once.
    """
    text, parts, told = _told(text, whole=whole)
    loose = loose or text.islower()
    sentences = tuple([sentence.parse(part, names, loose=loose) for part in told if part])
    unread = [part for part, kept in zip_longest(parts, told) if part != kept]
    given = tuple(_amounts(sentences, len(text) if whole else _AMOUNTS))
    called = _NONE.union(*(one.names for one in sentences))
    values: dict[str, set[str]] = {}
    for amount in given:
        values.setdefault(amount.unit, set()).add(amount.value)
    return Reading(
        text=text,
        sentences=sentences,
        amounts=given,
        about=small(_NONE.union(*(one.about for one in sentences))),
        names=called or _NONE,
        codes=small(code.lstrip("#").casefold() for code in _CODE.findall(text)) if _DIGITS.search(text) else _NONE,
        words=small(called.union(*(one.bag for one in sentences), *map(sentence.fold, unread))),
        values={unit: frozenset(found) for unit, found in values.items()} if values else _NO_VALUES,
        said=frozenset([one.words for one in sentences]),
        opening=_opening(sentences[0].text) if sentences else 0,
    )


def values(text: str) -> set[tuple[str, str]]:
    """(unit, value) of the amounts that `read` finds in an answer, at a fraction of its cost."""
    stated = (amounts.stated(part) for part in _told(text)[2] if part and sentence.counts(part))
    return {(unit, value) for unit, value, _ in islice(chain.from_iterable(stated), _AMOUNTS)}


def _told(text: str, *, whole: bool = False) -> tuple[str, list[str], list[str]]:
    """What is read of a text, its parts, and what they state."""
    text = text[: None if whole else _SHOWN].replace("\u2019", "'")
    if "\n" in text:
        text = _CLOSING.sub("", text)
    parts = [part.strip() for part in _SENTENCE.split(text)]
    return text, parts, [_HEARD.sub("", part) for part in parts[: None if whole else _SENTENCES]]


def _opening(text: str) -> int:
    return 1 if _YES.match(text) else -1 if _NO.match(text) else 0


def _amounts(sentences: tuple[Sentence, ...], left: int) -> Iterator[Amount]:
    for at, one in enumerate(sentences):
        for unit, value, text in amounts.stated(one.text) if one.counts else ():
            if not left:
                return
            left -= 1
            yield Amount(unit=unit, value=value, text=text, sentence=at)
