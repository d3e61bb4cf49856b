"""A template's blank that nobody filled in: {{name}}, [Your Name], <agent name>, TODO, lorem ipsum, %s."""

import re
from collections.abc import Iterator

from judge.corpus import Corpus
from judge.language.prose import looks_like_code, prose, quote, wants_code
from judge.records import Finding
from judge.signals import Signal

_BLANK = (
    r"(?:insert|enter|your|my|our|the|add|fill|put|customer|client|user|agent|company|brand|store|first|last|full|name"
    r"|date|time|address|phone|order|product|item|service|link|url|website|email|amount|price|number|placeholder|city"
    r"|country|recipient|sender|account|ticket|tracking|invoice|support|team|department|person|job|position|tbd|todo)"
)
_KINDS = (
    (0.95, re.compile(r"\{\{[^{}\n]{0,80}\}\}|\{%[^{}\n]{0,80}%\}|\{\{[A-Za-z_ ]{1,40}$")),
    (0.95, re.compile(r"\blorem ipsum\b", re.IGNORECASE)),
    (0.9, re.compile(rf"\[(?:{_BLANK})\b[^\[\]\n]{{0,60}}\](?!\()", re.IGNORECASE)),
    (0.9, re.compile(r"\[[A-Z][A-Z_]{2,}(?:[ _][A-Z_]{2,}){0,5}\](?!\()")),
    (0.9, re.compile(rf"<(?:{_BLANK})(?:[ _-][\w '-]{{1,40}})>", re.IGNORECASE)),
    (0.9, re.compile(r"<[A-Z]{2,}(?:[ _][A-Z]{2,}){0,5}>")),
    (0.9, re.compile(r"\$\{\w[\w. ]{0,40}\}|%\(\w{1,40}\)[sd]")),
    (0.8, re.compile(r"(?<![\w{$])\{[A-Za-z]\w{1,20}(?:[ _][A-Za-z]\w{0,20}){0,3}\}(?!\})")),
    (0.8, re.compile(r"\b(?:TODO|FIXME|TBD|PLACEHOLDER)\b|\b(?:INSERT|ENTER|ADD|YOUR)(?: [A-Z]{2,}){1,4} HERE\b")),
    (
        0.9,
        re.compile(r"\((?:insert|enter|add|fill in|your|put)\b[^()\n]{1,40}\)|<<[^<>\n]{1,40}>>|%[A-Z][A-Z_]{2,}%"),
    ),
    (0.8, re.compile(r"(?<![\w-])#?(?:tbd|tba|tbc|xxx+)(?![\w-])")),
    (0.7, re.compile(r"(?<![\w%])%[sd](?!\w)")),
    (0.5, re.compile(r"(?<!\w)(?<!Bowl )X{3,}(?:[-/.]X{2,})*(?!\w)|\b(?:foo ?bar|asdf)\b")),
    (0.3, re.compile(r"(?<!_)_{4,}(?!_)")),
)
_TEMPLATE = re.compile(
    r"\b(?:template|letter|e-?mail|memo|contract|form|invitation|invite|resume|résumé|cv|fill|blank|blanks|placeholder"
    r"|sample|draft|press release|script|invoice|certificate|complete the|note|message|slogan|tagline|advert\w*|ad"
    r"|announcement|arrange|speech|proposal|business plan|bio)\b",
    re.IGNORECASE,
)


def find(corpus: Corpus) -> Iterator[Finding]:
    """Severity by how clearly it is a blank; a fifth of it where the prompt has the same blank or asks for code."""
    for answer in corpus.saying(*(kind for _, kind in _KINDS)):
        best = max(_blanks(prose(answer.text)), default=None)
        if best is None:
            continue
        severity, blank = best
        factor, excuse = _excuse(blank, answer.asked, answer.text)
        because = f"a blank was left in: {quote(blank)}{excuse}"
        yield answer.finding("placeholder", "format", severity * factor, because)


def _blanks(text: str) -> Iterator[tuple[float, str]]:
    for severity, kind in _KINDS:
        if found := kind.search(text):
            yield severity, found.group()


def _excuse(blank: str, prompt: str, text: str) -> tuple[float, str]:
    if blank.casefold() in prompt.casefold():
        return 0.15, ", which the prompt has as well"
    if wants_code(prompt) or looks_like_code(text):
        return 0.15, ", though the prompt is about code"
    if _TEMPLATE.search(prompt):
        return 0.3, ", though the prompt asks for a text to be filled in"
    return 1.0, ""


SIGNAL = Signal(name="placeholder", rubric="format", weight=0.8, find=find)
