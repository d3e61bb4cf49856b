"""Where in a text an edit may go: sentences with their places, and a mask over what must be left alone."""

import re
from dataclasses import dataclass

from judge.language.prose import quote

SHOWN = 20_000  # characters of a text that planters look at
HIDDEN = "\0"
_LEFT_ALONE = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]{1,200}`|https?://\S{1,300}|[\w.+-]{1,60}@[\w.-]{1,60}|<[^<>\n]{1,200}>"
    r"|\{\{[^{}\n]{1,100}\}\}|\[[^\[\]\n]{1,80}\]|[\"“](?:[^\s\"“”]{1,30}[ ]){3,60}[^\s\"“”]{1,30}[\"”]",
    re.DOTALL,
)
_MARK = re.compile(r"[ \t]{0,40}(?:(?:[-*•+>]|\d{1,3}[.):]|[A-Za-z][.)]|#{1,6})[ \t]{1,9})?(?:\*\*|__)?")
_STOP = re.compile(r"[.!?]{1,9}[\"'”\u2019)*_\]]{0,4}(?=[ \t]|$)")
_SHORT_FORMS = (
    "e.g.",
    "i.e.",
    "mr.",
    "mrs.",
    "ms.",
    "dr.",
    "st.",
    "vs.",
    "etc.",
    "no.",
    "approx.",
    "u.s.",
    "p.m.",
    "a.m.",
)
_SHORT_FORM = 8  # characters of the longest
_SILENT = ("hour", "honest", "honour", "honor", "heir")
_SOUNDED = ("uni", "use", "usu", "eu", "one", "once", "ur", "ut")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """
    One sentence.

    Attributes:
        start, end: its place in the text, its list mark left out.
        text: the masked text there.
        listed: whether it begins a list item.

    """

    start: int
    end: int
    text: str
    listed: bool


def masked(text: str) -> str:
    """Hide code, links, tags and quotations behind as many NULs; only the first 20,000 characters are kept."""
    return _LEFT_ALONE.sub(lambda found: HIDDEN * len(found.group()), text[:SHOWN])


def sentences(mask: str) -> tuple[Sentence, ...]:
    """Split a masked text at closing punctuation and line ends; abbreviations do not end a sentence."""
    found: list[Sentence] = []
    at = 0
    for line in mask.split("\n"):
        mark = _MARK.match(line)
        begin = mark.end() if mark else 0
        listed = bool(mark and mark.group().strip())
        for stop in [*_STOP.finditer(line), None]:
            if stop and line[max(0, stop.start() - _SHORT_FORM) : stop.start() + 1].lower().endswith(_SHORT_FORMS):
                continue
            end = stop.end() if stop else len(line)
            begin += len(line[begin:end]) - len(line[begin:end].lstrip())
            if end > begin:
                found.append(Sentence(start=at + begin, end=at + end, text=line[begin:end], listed=listed))
            begin, listed = end, False
        at += len(line) + 1
    return tuple(found)


def splice(text: str, start: int, end: int, new: str) -> str:
    """Put `new` in the place of `text[start:end]`."""
    return text[:start] + new + text[end:]


def became(old: str, new: str) -> str:
    """Say for a person that one piece of text became another."""
    return f"{quote(old, 200)} became {quote(new, 200)}"


def cased(old: str, new: str) -> str:
    """Give `new` the first letter's case of `old`."""
    return new[:1].upper() + new[1:] if old[:1].isupper() else new


def with_article(text: str, start: int, new: str) -> tuple[int, str]:
    """Where a replacement at `start` begins, and its text, once a preceding `a` or `an` agrees with it."""
    before = re.search(r"\b(an?) $", text[max(0, start - 4) : start], re.IGNORECASE)
    if not before:
        return start, new
    article = before[1][0] + ("n" if _vowel(new) else "")
    return start - len(before[1]) - 1, f"{article} {new}"


def _vowel(word: str) -> bool:
    word = word.lower()
    if word[:1].isdigit():
        return word.startswith("8") or re.match(r"1[18](?!\d)", word) is not None
    return word.startswith(_SILENT) or (word[:1] in "aeiou" and not word.startswith(_SOUNDED))
