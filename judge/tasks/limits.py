"""Limits on the length of an answer: so many words, sentences, paragraphs, lines or characters."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from judge.language.lists import marked
from judge.language.numerals import SPELLED
from judge.tasks import counted
from judge.tasks.asked import Wrong

_NUMBER = rf"[0-9]{{1,4}}|{'|'.join(sorted(SPELLED, key=len, reverse=True)[:-1])}|a single|single"
_UNIT = r"(?P<unit>words?|sentences?|paragraphs?|characters?|lines?|stanzas?)"
_LIMIT = re.compile(
    r"(?P<pre>\b(?:at most|no more than|not more than|a maximum of|maximum of|maximum|max|up to|under"
    r"|less than|fewer than|within|not exceed(?:ing)?|"
    r"limit(?:ed)? (?:\w+ ){0,3}to|below|no longer than|not longer than|shorter than|at least"
    r"|a minimum of|minimum of|minimum|no less than|no fewer than|more than|"
    r"longer than|over|exactly|precisely|only|just|about|around|approximately|roughly|in|into|of|with"
    r"|using|to|has|have|having|contain(?:s|ing)?|write|compose|generate|create|provide|a|an"
    r"|between)\b[ :]*(?:(?:only|exactly|just|about|around|approximately|roughly|at most|at least"
    r"|no more than|less than|fewer than|under|up to|a maximum of|more than|between|a|the) )*)"
    rf"(?P<n>{_NUMBER})(?:\s?(?:-|\u2013|to|and|or)\s?(?P<m>{_NUMBER}))?[\s-]+(?:(?:short|full"
    rf"|complete|concise|simple|long|different|unique) )?{_UNIT}\b"
    r"(?P<post>,? (?:or (?:less|fewer|under|below|more|longer|so)|at most|max(?:imum)?|minimum"
    r"|at least)|\+)?(?P<after>[^.\n]{0,40})",
    re.IGNORECASE,
)
_MOST = re.compile(
    r"at most|no more|not more|max|up to|under|less|fewer|within|exceed|limit|below|no longer|not longer|shorter",
    re.IGNORECASE,
)
_LEAST = re.compile(
    r"at least|minimum|no less|no fewer|more than|longer than|\bover\b|or more|or longer|\+", re.IGNORECASE
)
_ABOUT = re.compile(r"about|around|approximately|roughly|or so", re.IGNORECASE)
_EXACT = re.compile(r"exactly|precisely|\bonly\b|\bjust\b|single", re.IGNORECASE)
_NOT_MINE = re.compile(
    r"\b(?:each|every|per|respectively|both|following|given|below|these|those|this|longer words|first"
    r"|last|next|existing|original|"
    r"each of|(?:word|name|title|slogan|headline|sentence|bullet|line|paragraph|stanza)s? (?:must|should) be)\b",
    re.IGNORECASE,
)
_CHANGES = re.compile(
    r"\b(?:add|insert|combine|merge|join|connect|remove|delete|cut|compare|contrast|analy[sz]e|edit"
    r"|count|how many|find|identify|which|split|divide|replace|highlight|extract|select|"
    r"summari[sz]e (?:this|these|the) (?:[0-9]|\w+ paragraph)|continue|finish|complete|code|function"
    r"|program|script|regex|query|password|algorithm|sort|predict|arrange|rearrange|link)\b",
    re.IGNORECASE,
)
_PARTS = re.compile(
    r"\b(?:title|headline|intro\w*|conclusion|bio|email|letter|each|sections?|followed by|then"
    r"|as well as|along with|plus)\b|\band (?:a|an|the|then|provide|give|explain)\b",
    re.IGNORECASE,
)
_TWEET = re.compile(
    r"\b(?:write|compose|create|generate|draft|craft|make|suggest|construct|produce"
    r"|come up with)\b(?: \w+){0,4} tweet\b(?! (?:thread|storm))",
    re.IGNORECASE,
)
_VERSE = re.compile(
    r"\b(?:write|compose|create|generate|craft|make|produce|construct)\b(?: \w+){0,4} (?P<form>haiku"
    r"|limerick|couplet|quatrain)\b(?!s| sequence)",
    re.IGNORECASE,
)
_FORMS = {"haiku": 3, "limerick": 5, "couplet": 2, "quatrain": 4}
_TWEET_ROOM = 280
_FEW = 20  # words that a prompt may mean to have listed, not written
_UNITS = ("word", "sentence", "paragraph", "character", "line", "stanza")


_LISTING = re.compile(
    r"\b(?:keywords?|list|adjectives|synonyms|verbs|nouns|terms|names|hashtags|tags)\b", re.IGNORECASE
)


class _Limit(NamedTuple):
    low: int
    high: int  # 0: none
    unit: str
    exact: bool  # whether the prompt means what it says to the letter
    said: str


def look(head: str, text: str) -> Iterator[Wrong]:
    """Find limits that the answer is clearly beyond; the further, the graver."""
    for limit in _read(head):
        count = _count(limit, head, text)
        if count is None:
            continue
        severity = _grade(count, limit)
        if severity:
            yield Wrong(severity, f"asked for “{limit.said}”, the answer has {count:,} {limit.unit}s")
    length = len(text.strip())
    if length > _TWEET_ROOM * 1.1 and "tweet" in head and _TWEET.search(head) and not marked(text):
        yield Wrong(
            min(0.8, 0.2 + (length / _TWEET_ROOM - 1)), f"asked for a tweet, the answer has {length:,} characters"
        )
    if (form := _VERSE.search(head)) and not re.search(r"\b(?:two|three|four|five|several|[0-9])\b", head):
        wanted, has = _FORMS[form["form"].casefold()], counted.verses(text)
        if has > 1 and has != wanted and has != wanted + 1 and ":" not in text[:40]:
            yield Wrong(0.55, f"asked for a {form['form']} ({wanted} lines), the answer has {has} lines")


def _read(head: str) -> Iterator[_Limit]:
    lower = head.lower()
    if not any(unit in lower for unit in _UNITS):
        return
    found = list(_LIMIT.finditer(head))
    for one in found[:3]:
        around = head[max(0, one.start() - 40) : one.start()] + " " + one["after"]
        unit = one["unit"].casefold().rstrip("s")
        said = re.sub(r"\s+", " ", head[one.start() : one.end("post") if one["post"] else one.end("unit")].strip())
        if (
            _NOT_MINE.search(said)
            or _NOT_MINE.search(around)
            or _CHANGES.search(head[:200])
            or not _mine(one, unit, head)
        ):
            continue
        low, high = _value(one["n"]), _value(one["m"] or one["n"])
        words = f"{one['pre']} {one['post'] or ''}"
        if one["m"]:
            yield _Limit(min(low, high), max(low, high), unit, True, said)
        elif _LEAST.search(words) and not re.search(r"no more|not more", words, re.IGNORECASE):
            yield _Limit(low, 0, unit, True, said)
        elif _MOST.search(words):
            yield _Limit(0, high, unit, True, said)
        else:
            small = unit in {"word", "character"} and high > 30  # noqa: PLR2004 - nobody counts so many to the letter
            exact = bool(_EXACT.search(words)) or (not small and not _ABOUT.search(words))
            yield _Limit(low, high, unit, exact, said)


def _mine(one: re.Match[str], unit: str, head: str) -> bool:
    """Whether the phrase limits the answer, and does not describe what it is about."""
    pre, after = one["pre"].casefold().strip(" :"), one["after"].casefold()
    bound = bool(_MOST.search(pre) or _LEAST.search(pre) or one["post"] or _EXACT.search(pre))
    if unit == "word":
        described = re.match(
            r" (?:that|which|starting|beginning|ending|related|describing|associated|from|to describe"
            r"|with|and|containing|for|like|you|rhym)",
            after,
        )
        compound = head[one.end("n") : one.end("n") + 1] == "-"
        thing = re.match(
            r" (?:phrase|slogan|title|summary|sentence|story|essay|description|article|paragraph|poem"
            r"|headline|response|tagline|name|review|answer|tweet|statement)",
            after,
        )
        if described and not bound:
            return False
        return (
            bound
            or pre in {"in", "of", "using", "into", "to", "with", "in about", "of about"}
            or (compound and bool(thing))
        )
    if unit in {"line", "stanza"}:
        return not re.search(
            r"\bcode\b|dialog|script|plot|graph|equation|product|clothing|\bline(?:s)? (?:of (?:code"
            r"|latitude|longitude))",
            head,
            re.IGNORECASE,
        )
    if unit == "character":
        return bound and not re.search(
            r"\b(?:password|user ?name|story|novel|play|movie|film|game)\b", head, re.IGNORECASE
        )
    return pre not in {"to", "a"} or bound or bool(re.match(r"\s*(?:a|an)$", pre)) or "-" in one.group()


def _value(said: str) -> int:
    said = said.casefold()
    return 1 if "single" in said else SPELLED[said] if said in SPELLED else int(said)


def _count(limit: _Limit, head: str, text: str) -> int | None:
    """Count in the answer's favour; None where a poem came without its line breaks."""
    if limit.unit == "character":
        return len(text.strip())
    if limit.unit == "word":
        ways = {counted.words(text)}
        if _LISTING.search(head) and 0 < limit.high < _FEW:
            ways |= counted.parts(text) | counted.marks(text)
    elif limit.unit == "sentence":
        ways = {counted.sentences(text)}
        if len(marked(text)) > 1 or ":" in text[:30]:
            ways |= counted.marks(text)
    elif limit.unit == "line":
        has = counted.verses(text)
        ways = {has, has - 1} if has > 1 else set()
    else:
        ways = counted.paragraphs(text) | counted.marks(text)
        ways = ways if limit.unit == "paragraph" or "\n\n" in text.strip() else set()
    return _nearest(limit, ways) if ways else None


def _nearest(limit: _Limit, counts: set[int]) -> int:
    high = limit.high or 10**6
    return min(counts, key=lambda count: (max(limit.low - count, count - high, 0), count))


def _grade(count: int, limit: _Limit) -> float:
    if limit.low <= count and (not limit.high or count <= limit.high):
        return 0.0
    bound = limit.high if limit.high and count > limit.high else limit.low
    miss = abs(count - bound) / max(bound, 1)
    if limit.unit in {"word", "character"}:
        slack = 0.1 if limit.exact else 0.35
        if abs(count - bound) <= 1 and bound > 5:  # noqa: PLR2004 - one more or less is a matter of counting
            return 0.0
    else:
        slack = 0.0 if bound < 4 or not limit.high else 0.21  # noqa: PLR2004 - one of five is a slip
    if miss <= slack:
        return 0.15 if limit.exact and miss > slack / 2 else 0.0
    return min(0.95, (0.3 + 0.6 * miss) if limit.exact else 0.6 * miss)
