"""Numbers as people write them: digits, fractions, powers of ten, number words, Roman numerals. Values are exact."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
SPELLED = {name: value for value, name in enumerate(_SMALL)} | {name: 10 * at for at, name in enumerate(_TENS, start=2)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_NAMES = "|".join(sorted([*SPELLED, *_SCALES], key=len, reverse=True))
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]{1,30})(?:\.[0-9]{1,30})?|\.[0-9]{1,30}"
_NUMBER = re.compile(
    rf"(?<![\w.^])(?P<sign>(?<![\w)\]] )[-\u2212])?(?P<money>[$€£] ?)?(?!0[xXbBoO][0-9A-Fa-f])(?P<digits>{_DIGITS})"
    r"(?:(?:[eE]|\s?[xX\u00d7*]\s?10\s?(?:\^|\*\*)\s?[({]?|\s?[xX\u00d7*]\s?10(?=[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]))"
    r"(?P<power>[-+\u2212]?[0-9]{1,2}(?![0-9])|[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]{1,3}))?"
    r"(?:\s?/\s?(?P<below>[0-9]{1,12})(?![\d/]))?(?P<percent>\s?(?:%|percent\b))?"
    rf"|(?<![\w-])(?P<words>(?:{_NAMES})(?:(?:-|(?:(?<=hundred)|(?<=thousand)|(?<=million))\s+and\s+"
    rf"|\s+)(?:{_NAMES})){{0,10}})(?![\w-])",
    re.IGNORECASE,
)
_SHOWN = 20_000  # characters read
_AT_MOST = 300  # numbers read from one text
_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"),
    (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
_IS_ROMAN = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """
    A number in a text.

    Attributes:
        value: what it says; a percentage is its number, not a hundredth of it.
        places: decimals shown, the sign of how exact it means to be; negative for `3.2e8`.
        text: as it stands.
        start, end: where it stands.
        percent: whether a percent sign follows.
        spelled: whether it is written in words.

    """

    value: Fraction
    places: int
    text: str
    start: int
    end: int
    percent: bool = False
    spelled: bool = False


def numbers(text: str) -> list[Number]:
    """Read the numbers of a text in order; at most the first 300, in the first 20,000 characters."""
    return [number for number, _ in zip(_read(text[:_SHOWN]), range(_AT_MOST), strict=False)]


def spelled(text: str) -> int | None:
    """Read a number in words, `two hundred and five`; None where it is none."""
    total, part, last = 0, 0, 0
    for word in text.casefold().replace("-", " ").split():
        if word == "and":
            continue
        if (scale := _SCALES.get(word)) is not None:
            part = max(1, part) * scale
            if scale > _SCALES["hundred"]:
                total, part = total + part, 0
        elif (value := SPELLED.get(word)) is not None and not (last in range(1, 20) or (last and value >= 10)):  # noqa: PLR2004
            part += value
        else:
            return None
        last = SPELLED.get(word, 0)
    return total + part


def to_roman(value: int) -> str:
    """Write a number from 1 to 3999 in Roman numerals."""
    written = ""
    for size, letters in _ROMAN:
        times, value = divmod(value, size)
        written += letters * times
    return written


def from_roman(text: str) -> int | None:
    """Read Roman numerals in their regular form; None for anything else."""
    if not text or not _IS_ROMAN.fullmatch(text):
        return None
    rest, value = text.upper(), 0
    for size, letters in _ROMAN:
        while rest.startswith(letters):
            rest, value = rest[len(letters) :], value + size
    return value


def show(value: Fraction) -> str:
    """Write a value for a person: whole, or with up to four decimals."""
    if value.denominator == 1:
        return f"{value.numerator:,}" if abs(value) < 10**15 else f"{float(value):.6g}"
    return f"{float(value):.4f}".rstrip("0") if abs(value) >= Fraction(1, 100) else f"{float(value):.4g}"


def _read(text: str) -> Iterator[Number]:
    for found in _NUMBER.finditer(text):
        said, start, end = found.group().strip(), found.start(), found.end()
        if found["words"]:
            value = spelled(found["words"])
            if value is not None:
                yield Number(value=Fraction(value), places=0, text=said, start=start, end=end, spelled=True)
            continue
        digits = found["digits"].replace(",", "")
        power = int((found["power"] or "0").translate(_RAISED).replace("\u2212", "-").lstrip("+").rstrip("-") or "0")
        places = len(digits.partition(".")[2]) - power
        amount = Fraction(digits) * Fraction(10) ** power * (-1 if found["sign"] else 1)
        if below := found["below"]:
            if not int(below):
                continue
            amount, places = amount / int(below), 30
        percent = bool(found["percent"])
        yield Number(value=amount, places=places, text=said, start=start, end=end, percent=percent)
