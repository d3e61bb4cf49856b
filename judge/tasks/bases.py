"""The same number in another dress: base 2, 8, 10 and 16, Roman numerals, fractions, percentages, rounding."""

import re
from fractions import Fraction

from judge.language.numerals import from_roman, numbers, show, to_roman
from judge.language.prose import quote
from judge.tasks.asked import Asked, Wrong, near_percent, wrong_number

_BASE = {
    "binary": 2,
    "octal": 8,
    "decimal": 10,
    "denary": 10,
    "hexadecimal": 16,
    "hex": 16,
    "ten": 10,
    "two": 2,
    "eight": 8,
    "sixteen": 16,
}
_NAME = (
    r"(?:(?P<name>binary|octal|decimal|denary|hexadecimal|hex)\b|base[- ]?(?P<base>ten|two|eight|sixteen|[0-9]{1,2})\b)"
)
_TO = re.compile(
    rf"\b(?:to|into|in|as)(?: an?| the| its)?(?: \w+)?? (?:\w+ digit )?{_NAME}|\b(?P<name2>binary"
    rf"|octal|hexadecimal|decimal) (?:representation|equivalent|form|value)\b",
    re.IGNORECASE,
)
_FROM = re.compile(
    rf"\bfrom(?: an?)? {_NAME}|\b(?P<name2>binary|octal|hexadecimal|hex|decimal) (?:number|string"
    rf"|value|code|digits?)\b|\bin base[- ]?(?P<base2>[0-9]{{1,2}})\b",
    re.IGNORECASE,
)
_VERB = re.compile(r"\b(?:convert|change|represent|express|write|translate|transform|what is|find)\b", re.IGNORECASE)
_TOKEN = re.compile(r"(?<![\w.])(?:0[xXbBoO]|#)?([0-9A-Fa-f]{1,40})(?![\w.]*\w)")
_ROMAN = re.compile(r"\broman\b", re.IGNORECASE)
_SHARE = re.compile(
    r"\b(?:to|into|as|in)(?: an?| the| its)? (?:\w+ )?(?P<kind>fraction|decimal|percent(?:age)?)\b", re.IGNORECASE
)
_ROUND = re.compile(
    r"\bround(?:ed)?\b.*?\b(?:nearest (?P<unit>whole number|integer|one|ten|hundred|thousand|tenth"
    r"|hundredth|thousandth)\b|(?P<places>[0-9]|one|two|three|four) (?:decimal places?|decimals))",
    re.IGNORECASE,
)
_UNIT = {
    "whole number": 0,
    "integer": 0,
    "one": 0,
    "ten": -1,
    "hundred": -2,
    "thousand": -3,
    "tenth": 1,
    "hundredth": 2,
    "thousandth": 3,
}
_PLACES = {"one": 1, "two": 2, "three": 3, "four": 4}
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_BINARY = re.compile(r"[01]{4,64}")
_TASK = 25  # words of a plain task


def look(asked: Asked, text: str) -> Wrong | None:
    """Find a number that lost its value on the way."""
    if len(asked.whole.split()) > _TASK or len(text) > 600:  # noqa: PLR2004 - a result is short
        return None
    if _ROMAN.search(asked.head):
        return _roman(asked, text)
    if wrong := _round(asked, text):
        return wrong
    if not _VERB.search(asked.head):
        return None
    return _base(asked, text) or _share(asked, text)


def in_base(value: int, base: int) -> str:
    """Digits of a natural number in a base from 2 to 36."""
    written = ""
    while value:
        value, digit = divmod(value, base)
        written = _DIGITS[digit] + written
    return written or "0"


def _base(asked: Asked, text: str) -> Wrong | None:
    origin = _FROM.search(asked.head)
    head = asked.head.replace(origin.group(), " ") if origin and (origin["base2"] or origin["name2"]) else asked.head
    target = _TO.search(head)
    if not target or re.search(
        (
            r"\b(?:ascii|fraction|percent\w*|characters?|letters?|text|string of text|word|sentence|ip"
            r"|colou?r|rgb|signed|complement|float\w*|bcd|gray)\b"
        ),
        asked.whole,
        re.IGNORECASE,
    ):
        return None
    to, start = _which(target), _which(origin) if origin else 0
    rest = re.sub(
        r"\bbase[- ]?\w+|\bdigits?\b|\b(?:two|one|three|four) digit\b",
        " ",
        asked.data or asked.head,
        flags=re.IGNORECASE,
    )
    found = list(dict.fromkeys(m[1].casefold() for m in _TOKEN.finditer(rest) if re.search(r"[0-9]", m[1])))
    if len(found) != 1 or to not in {2, 8, 10, 16}:
        return None
    if not start or start == to:
        start = 10 if to != 10 else 2 if _BINARY.fullmatch(found[0]) and not origin else 0  # noqa: PLR2004
    if not 1 < start < 37 or any(_DIGITS.index(digit) >= start for digit in found[0]):  # noqa: PLR2004 - bases that have digits
        return None
    value = int(found[0], start)
    wanted = in_base(value, to)
    said = [
        m[1].casefold().lstrip("0") or "0"
        for m in _TOKEN.finditer(
            re.sub(r"\bbase[- ]?\w+|(?<=[0-9])[, ](?=[0-9])|₂|₈|₁₀|₁₆", "", text, flags=re.IGNORECASE)
        )
        if re.search(r"[0-9]", m[1]) or len(m[1]) > 1
    ]
    claims = [
        one
        for one in said
        if one != found[0].lstrip("0")
        and not (one.isalpha() and one in {"be", "a", "add", "bad", "dad", "face", "fed"})
    ]
    if wanted in said or not claims or wanted in re.sub(r"[\s,]", "", text).casefold():
        return None
    return Wrong(
        1.0,
        f"{found[0]} (base {start}) is {wanted.upper()} in base {to}, but the answer says {quote(claims[-1].upper())}",
    )


def _which(found: re.Match[str]) -> int:
    groups = found.groupdict()
    said = next((groups[key] for key in ("name", "base", "name2", "base2") if groups.get(key)), "10")
    return _BASE.get(said.casefold()) or int(said)


def _roman(asked: Asked, text: str) -> Wrong | None:
    place = asked.data or asked.head
    digits = [int(n.value) for n in numbers(place) if n.value.denominator == 1 and not n.spelled]
    letters = [
        m for m in re.findall(r"(?<!\w)[MDCLXVI]{1,15}(?!\w)", place) if from_roman(m) and (len(m) > 1 or m != "I")
    ]
    said = {from_roman(m) for m in re.findall(r"(?<!\w)[MDCLXVImdclxvi]{1,15}(?!\w)", text)} - {None}
    if len(digits) == 1 and not letters and 0 < digits[0] < 4000:  # noqa: PLR2004 - what Roman numerals can write
        wrong = bool(said) and digits[0] not in said
        return (
            Wrong(1.0, f"{digits[0]} is {to_roman(digits[0])} in Roman numerals, not {quote(text)}") if wrong else None
        )
    if len(letters) == 1 and not digits:
        value = Fraction(from_roman(letters[0]) or 0)
        return wrong_number(text, [value], f"the Roman numeral {letters[0]}")
    return None


def _round(asked: Asked, text: str) -> Wrong | None:
    found = _ROUND.search(asked.head)
    given = [n for n in numbers(asked.data or re.sub(_ROUND, " ", asked.head) + " " + asked.head) if not n.spelled]
    values = {n.value for n in given if n.text != (found["places"] or "")} if found else set()
    if (
        not found
        or len(values) != 1
        or re.search(r"[-+*/÷\u00d7π=]|\b(?:pi|root|result|area|average|mean|sum)\b", asked.whole.replace("-", "", 1))
    ):
        return None
    places = _UNIT[found["unit"].casefold()] if found["unit"] else _PLACES.get(found["places"].casefold(), -9)
    places = int(found["places"]) if places == -9 else places  # noqa: PLR2004 - written in digits
    value, step = values.pop(), Fraction(10) ** -places
    halves = {(value / step + Fraction(1, 2)).__floor__() * step, round(value / step) * step}
    said = {n.value for n in numbers(text)}
    if said & halves or not said - {value}:
        return None
    return Wrong(1.0, f"{show(value)} rounded so is {show(max(halves))}, but the answer says {quote(text)}")


def _share(asked: Asked, text: str) -> Wrong | None:
    found = _SHARE.search(asked.head)
    given = [n for n in numbers(asked.data or asked.head) if not n.spelled]
    if (
        not found
        or len({(n.value, n.percent) for n in given}) != 1
        or re.search(r"\bof\b.*[0-9]|\bmixed\b|\bimproper\b|[xX^=°]\s*[0-9]|\brepeating\b|\.{2,}", asked.whole)
    ):
        return None
    value = given[0].value / (100 if given[0].percent else 1)
    if "/" not in given[0].text and not given[0].percent and (value.denominator == 1 or found["kind"] == "decimal"):
        return None
    said = [n for n in numbers(text) if n.text != given[0].text]
    if not said or any(
        _same(n.value / (100 if n.percent else 1), value, n.places + 2 * n.percent)
        or near_percent(n, value)
        or n.value == value * 100
        for n in said
    ):
        return None
    return Wrong(1.0, f"{quote(given[0].text)} is {show(value)}, but the answer says {quote(said[-1].text)}")


def _same(said: Fraction, wanted: Fraction, places: int) -> bool:
    return said == wanted or abs(said - wanted) < Fraction(10) ** -min(max(places, 1), 12)
