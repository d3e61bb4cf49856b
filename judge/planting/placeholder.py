"""A blank that nobody filled in, where a name, a number, a date or an address should stand."""

import re
from collections.abc import Callable

from judge.planting import Answer, Draw, Edit, Ground, Planter
from judge.planting._amounts import amounts
from judge.planting._guards import is_code
from judge.planting._names import mentions
from judge.planting._spans import became, masked, splice

_LABELS = {
    "name": ("name", "company name", "full name", "brand", "name here", "entity", "organisation"),
    "number": ("number", "amount", "X", "value", "figure", "quantity", "N"),
    "date": ("date", "day", "DD/MM/YYYY", "deadline", "when", "date here"),
    "address": ("contact details", "link", "phone number", "email address", "url", "website", "address"),
}
_NOTATIONS = (
    "[{}]", "{{{{{}}}}}", "<{}>", "{{{}}}", "[insert {}]", "[Insert {} here]", "[[{}]]", "<insert {}>", "«{}»", "%{}%",
    "${{{}}}", "(insert {})", "__{}__", "[TODO: {}]", "[{} to be confirmed]", "<<{}>>", "#{}#", "[YOUR {}]", "@@{}@@",
    "(TBD: {})",
)  # fmt: skip
_BARE = (
    "____",
    "XXXX",
    "[...]",
    "TBD",
    "________",
    "{0}",
    "%s",
    "[ ]",
    "???",
    "TKTK",
    "[blank]",
    "$VAR",
    "<?>",
    "N/A (fill in)",
)
_OFTEN = (  # what the set may itself leave open
    r"\[[A-Za-z][^\[\]\n]{0,40}\](?!\()|\{\{?[\w #]{1,40}\}?\}|<[A-Za-z][\w ]{1,30}>|_{3,}|\bX{3,}\b|\bTBD\b"
)
_SEEN = re.compile(_OFTEN)
_ASKED = re.compile(
    r"\b(?:templates?|fill in|blanks?|placeholders?|mad ?libs?|variables?|formula|equation|generic|boilerplate)\b"
    r"|\b(?:write|make|draft|prepare|create|generate|compose|design|produce|rewrite|edit)\b[^.?!\n]{0,60}\b(?:letter"
    r"|e-?mail"
    r"|form|resume|cv|contract|invitation|message|script|certificate|invoice|speech|memo|note|ad|announcement|card)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b(?:(?:January|February|March|April|June|July|August|September|October|November|December)(?: [0-9]{1,2}(?:st"
    r"|nd|rd|th)?)?"
    r"(?:,? [12][0-9]{3})?|(?<=\b[Ii]n )[12][0-9]{3})\b(?!s)"
)
_ADDRESS = re.compile(r"https?://[^\s)\]]{3,200}[^\s)\].,]|[\w.+-]{1,60}@[\w-]{1,60}\.[a-z]{2,10}\b")
_OURS = re.compile(
    r"\b(?:[Oo]ur|[Tt]he) (?P<owned>website|app|online store|toll-free number|hotline|customer (?:support|service)"
    r"|helpline"
    r"|support team|help cent(?:er|re)|company|office)\b"
)
_USUAL = 0.02  # share of the set's answers with a blank, from which they are its own way
_CASES: tuple[Callable[[str], str], ...] = (str.lower, str.upper, str.title, str.capitalize, str)


def plant(answer: Answer, ground: Ground, draw: Draw) -> Edit | None:
    """Decline where a template was asked for or the set itself leaves blanks, and in code."""
    if is_code(answer) or _ASKED.search(answer.asked[-6_000:]) or ground.share(_SEEN) >= _USUAL:
        return None
    found = _fillers(answer.text)
    if not found:
        return None
    kind = draw.pick(sorted({kind for kind, _, _ in found}))
    _, start, end = draw.pick([place for place in found if place[0] == kind])
    old, new = answer.text[start:end], _blank(kind, draw)
    if kind == "address" and _OURS.fullmatch(old):
        new = draw.pick([f"{old} at {new}", f"{old} ({new})", f"{new} {old.split(' ', 1)[1]}"])
    return Edit(text=splice(answer.text, start, end, new), because=became(old, new))


def _fillers(text: str) -> list[tuple[str, int, int]]:
    """Places of what could have been left open: its kind, where it starts and ends."""
    mask = masked(text)
    shown = text[: len(mask)]
    dates = [("date", *hit.span()) for hit in _DATE.finditer(mask)]
    return [
        *(("name", start, start + len(name)) for start, name in mentions(mask)),
        *(("number", one.start, one.end) for one in amounts(mask)),
        *dates,
        *(("address", *hit.span()) for hit in _ADDRESS.finditer(shown)),
        *(("address", *hit.span()) for hit in _OURS.finditer(mask)),
    ]


def _blank(kind: str, draw: Draw) -> str:
    if not draw.below(4):
        return draw.pick(_BARE)
    label = draw.pick(_CASES)(draw.pick(_LABELS[kind]))
    return draw.pick(_NOTATIONS).format(label if draw.below(3) else label.replace(" ", "_"))


PLANTER = Planter(name="placeholder", rubric="format", many="blanks left in", plant=plant)
