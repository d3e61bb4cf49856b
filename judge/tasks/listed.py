"""So many things to list, in any shape that a list may have."""

import re

from judge.language.numerals import SPELLED
from judge.tasks import counted
from judge.tasks.asked import Wrong

_NUMBER = rf"[0-9]{{1,2}}|{'|'.join(sorted(SPELLED, key=len, reverse=True))}"
_ASKS = re.compile(
    r"(?:^|[.!?:,]\s+|\b(?:and|please|to|you|can you|must|should)\s+)(?P<verb>list|name|give|provide"
    r"|suggest|generate|write|come up with|identify|brainstorm|create|make|propose|offer|mention"
    r"|outline|recommend|tell|share|state|compile|think of|what are|describe|find|show|cite|enumerate"
    r"|produce|compose|develop|design|formulate|devise|pick|choose|select|present|supply|explain"
    r"|point out)\b"
    r" (?:me |us |up )?(?:(?:with|about|a list of|a list with|list of|the|some|exactly|a set of|your"
    r"|top|best|most|main|out|of|any|another|all|names? of|in) ){0,4}"
    r"(?P<bound>at least |up to |at most |a minimum of |a maximum of |no more than |more than |minimum |maximum )?"
    rf"(?P<n>{_NUMBER})(?P<more> or more)? (?P<noun>(?:[a-z][\w'/-]* ){{0,4}}?(?:[a-z][\w/-]*s|people"
    rf"|women|men|children|criteria|phenomena|media))\b(?P<after>[^.\n]{{0,60}})",
    re.IGNORECASE,
)
_MEASURES = re.compile(
    r"^(?:\w+ )?(?:words?|sentences?|lines?|paragraphs?|characters?|letters?|stanzas?|verses"
    r"|syllables|pages|bars|measures|years?|months?|weeks?|days?|hours?|minutes?|seconds?|dollars"
    r"|euros|percent|"
    r"miles|meters|kilometers|feet|inches|grams|pounds|liters|times|players|persons|sides|points?"
    r"|degrees|columns|rows|digits?|numbers?|integers|lists|groups|categories|colou?rs|dice|columns|"
    r"poems?|stories|essays|articles|emails|letters|programs?|functions?|queries|paragraphs|scripts?"
    r"|dialogues?|haikus?|songs?)\b|\b(?:different from|years old)\b",
    re.IGNORECASE,
)
_EACH = re.compile(
    r"\b(?:each|every|per|both|respectively|pairs?|combinations?|following|given|below|these|those"
    r"|differences between|similarities|and (?:[0-9]|two|three|four|five|six)|versus|vs|compare|table"
    r"|code|json|html|csv|program|function|sql)\b",
    re.IGNORECASE,
)
_TEXT = re.compile(
    r"\b(?:story|poem|essay|dialog\w*|letter|email|paragraph|speech|article|conversation|script|scene)\b", re.IGNORECASE
)
_SOME = re.compile(rf"\b(?:{_NUMBER})\b", re.IGNORECASE)
_MOST = 50
_BRIEF = 25  # words up to which an unmarked answer is seen through


def look(head: str, text: str) -> Wrong | None:
    """Find a list that is clearly too long or too short."""
    if not _SOME.search(head):
        return None
    found = list(_ASKS.finditer(head))
    if len(found) != 1 or _EACH.search(head[:400]):
        return None
    one = found[0]
    wanted = _value(one["n"])
    if not 1 < wanted <= _MOST or _MEASURES.search(one["noun"]) or _TEXT.search(one.group()):
        return None
    bound = (one["bound"] or "").casefold()
    least = bool(one["more"]) or bound.startswith(("at least", "a minimum", "more", "minimum"))
    most = bound.startswith(("up to", "at most", "a maximum", "no more", "maximum"))
    marks, parts = counted.marks(text), counted.parts(text)
    counts = marks | counted.paragraphs(text) if marks else parts
    if _fits(counts, wanted, least=least, most=most):
        return None
    if not marks and (len(text.split()) > _BRIEF or max(parts) > wanted):
        return None
    has = max(marks) if marks else max(parts)
    miss = abs(has - wanted) / wanted
    severity = min(0.9, 0.35 + 0.7 * miss) if marks else min(0.7, 0.2 + 0.6 * miss)
    if has > wanted:
        severity = min(0.7, 0.15 + 0.5 * miss)
    noun = re.sub(r"\s+", " ", one["noun"])
    return Wrong(
        severity,
        f"asked for “{(one['bound'] or '').strip()} {one['n']} {noun}”".replace("“ ", "“")
        + f", the answer lists {has}",
    )


def _value(said: str) -> int:
    said = said.casefold()
    return SPELLED[said] if said in SPELLED else int(said)


def _fits(counts: set[int], wanted: int, *, least: bool, most: bool) -> bool:
    return any(count == wanted or (least and count > wanted) or (most and 0 < count < wanted) for count in counts)
