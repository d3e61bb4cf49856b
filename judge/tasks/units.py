"""Units to convert, by exact factors: lengths, masses, times, volumes, speeds, data, temperatures."""

import re
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from judge.language.numerals import numbers, show
from judge.language.prose import quote
from judge.tasks.asked import Asked, Wrong

_F = Fraction
_UNITS: dict[str, dict[str, Fraction]] = {  # dimension: spellings: how many of the base unit
    "length": {
        "mm millimeter millimeters millimetre millimetres": _F(1, 1000),
        "cm centimeter centimeters centimetre centimetres": _F(1, 100),
        "m meter meters metre metres": _F(1), "km kilometer kilometers kilometre kilometres": _F(1000),
        "in inch inches": _F(254, 10000), "ft foot feet": _F(3048, 10000), "yd yard yards": _F(9144, 10000),
        "mi mile miles": _F(1609344, 1000),
    },
    "mass": {
        "mg milligram milligrams": _F(1, 10**6), "g gram grams": _F(1, 1000), "kg kilogram kilograms kilo kilos": _F(1),
        "oz ounce ounces": _F(28349523125, 10**12), "lb lbs pound pounds": _F(45359237, 10**8),
    },
    "time": {
        "ms millisecond milliseconds": _F(1, 1000), "s sec secs second seconds": _F(1),
        "min mins minute minutes": _F(60),
        "h hr hrs hour hours": _F(3600), "day days": _F(86400), "week weeks": _F(604800),
    },
    "volume": {
        "ml milliliter milliliters millilitre millilitres": _F(1, 1000), "l liter liters litre litres": _F(1),
        "cup cups": _F(2365882365, 10**10), "pint pints": _F(473176473, 10**9), "quart quarts": _F(946352946, 10**9),
        "gallon gallons": _F(3785411784, 10**9), "tbsp tablespoon tablespoons": _F(2365882365, 16 * 10**10),
        "tsp teaspoon teaspoons": _F(2365882365, 48 * 10**10),
    },
    "speed": {
        "mph|miles per hour|miles/hour|mi/h": _F(44704, 10**5),
        "km/h|kmh|kph|kmph|kilometers per hour|kilometres per hour": _F(5, 18),
        "m/s|meters per second|metres per second": _F(1), "ft/s|fps|feet per second": _F(3048, 10**4),
    },
    "temperature": {
        "celsius|°c|c|degrees celsius|centigrade": _F(1), "fahrenheit|°f|f|degrees fahrenheit": _F(2),
        "kelvin|k|kelvins": _F(3),
    },
    "data": {
        "bit bits": _F(1, 8), "byte bytes": _F(1), "kb kilobyte kilobytes": _F(1000),
        "mb megabyte megabytes": _F(10**6),
        "gb gigabyte gigabytes": _F(10**9), "tb terabyte terabytes": _F(10**12),
    },
}  # fmt: skip
_BINARY = (_F(1024, 1000), _F(1024, 1000) ** 2, _F(1024, 1000) ** 3, _F(1024, 1000) ** 4)
_KNOWN: dict[str, tuple[str, Fraction]] = {
    name: (dimension, factor)
    for dimension, units in _UNITS.items()
    for spellings, factor in units.items()
    for name in (spellings.split("|") if "|" in spellings else spellings.split())
}
_NAMES = "|".join(re.escape(name) for name in sorted(_KNOWN, key=lambda name: (-len(name), name)))
_CONVERT = re.compile(r"\b(?:convert|change|express|transform|how many|what is|translate)\b", re.IGNORECASE)
_UNIT = rf"(?:degrees? |° ?)?(?P<unit>{_NAMES})(?![\w/²³^]|\s?(?:per|squared|cubed)\b)"
_TARGET = re.compile(
    rf"\b(?:to|into|in|how many|equivalent in"
    rf"|number of) (?:a number of )?(?:the )?(?:equivalent )?(?:degrees? "
    rf"|° ?)?(?P<unit>{_NAMES})(?![\w/²³^]|\s?(?:per|squared|cubed)\b)(?: and (?P<unit2>{_NAMES})\b)?",
    re.IGNORECASE,
)
_ORIGIN = re.compile(rf"(?<!\w)(?P<unit>{_NAMES}) (?:in)?to\b", re.IGNORECASE)
_SAID = re.compile(rf"\s?-?(?:{_UNIT})", re.IGNORECASE)
_SKIP = re.compile(
    r"\b(?:square|cubic|dollars?|euros?|rupees?|yen|usd|eur|per(?! (?:hour|second)\b)|recipe|currency"
    r"|nautical|troy|imperial|force|flour|sugar|butter)\b|[$€£²³]",
    re.IGNORECASE,
)
_BRIEF = 60  # words; a longer answer shows its working
_LOOSE = Fraction(7, 1000)


class _Amount(NamedTuple):
    value: Fraction  # in the base unit of its dimension
    dimension: str
    factor: Fraction
    text: str
    start: int
    end: int
    step: Fraction  # the last place shown, in the base unit


def look(asked: Asked, text: str) -> Wrong | None:
    """Find a conversion whose result is off by more than rounding."""
    if not _CONVERT.search(asked.head) or _SKIP.search(asked.whole):
        return None
    source = amounts(asked.data) or amounts(asked.head)
    if not source and re.fullmatch(r"[-\u2212]?[0-9.,]{1,15}", asked.data) and (unit := _ORIGIN.search(asked.head)):
        source = amounts(f"{asked.data} {unit['unit']}")
    name = _target(asked.head)
    if not name or not source or len({a.dimension for a in source}) != 1 or (len(source) > 1 and not _composed(source)):
        return None
    dimension, factor = _KNOWN[name.casefold()]
    plain = len(text.split()) <= _BRIEF and dimension == source[0].dimension and factor != source[0].factor
    wanted = sum((a.value for a in source), Fraction(0))
    if not plain or not (claim := _claim(text, source, wanted, dimension, factor)):
        return None
    right = f"{show(_from_base(wanted, dimension, factor))} {name}"
    return Wrong(0.9, f"{quote(' '.join(a.text for a in source))} is {right}, but the answer says {quote(claim)}")


def _target(head: str) -> str:
    """Name the unit that is wanted; "" where none or several are."""
    found = {t["unit"] for t in _TARGET.finditer(head)}
    return found.pop() if len(found) == 1 else ""


def _claim(text: str, source: list[_Amount], wanted: Fraction, dimension: str, factor: Fraction) -> str:
    """What the answer says instead of the amount wanted; "" where it says that amount, or nothing clear."""
    given = {(a.value, a.factor) for a in source}
    said = [a for a in amounts(text) if (a.value, a.factor) not in given]
    size = _size(dimension, factor)
    bare = [
        _Amount(_to_base(n.value, dimension, factor), dimension, factor, n.text, n.start, n.end, _step(n.places) * size)
        for n in numbers(text)
        if not any(a.start <= n.start < a.end for a in said)
    ]
    if any(_alike(a.value, wanted, a.step, dimension) for a in [*said, *_sums(said), *bare]):
        return ""
    claims = [a.text for a in said if a.dimension == dimension and a.factor != source[0].factor]
    return claims[-1] if claims else bare[0].text if len(bare) == 1 and not said else ""


def _step(places: int) -> Fraction:
    return Fraction(10) ** -min(places, 12)


def amounts(text: str) -> list[_Amount]:
    """Read numbers with a unit that has a dimension above."""
    found = []
    for number in numbers(text):
        if unit := _SAID.match(text, number.end):
            dimension, factor = _KNOWN[unit["unit"].casefold()]
            step = _step(number.places) * _size(dimension, factor)
            value = _to_base(number.value, dimension, factor)
            found.append(
                _Amount(value, dimension, factor, text[number.start : unit.end()], number.start, unit.end(), step)
            )
    return found


def _size(dimension: str, factor: Fraction) -> Fraction:
    return factor if dimension != "temperature" else Fraction(5, 9) if factor == 2 else Fraction(1)  # noqa: PLR2004 - Fahrenheit


def _to_base(value: Fraction, dimension: str, factor: Fraction) -> Fraction:
    if dimension != "temperature":
        return value * factor
    return {1: value, 2: (value - 32) * Fraction(5, 9), 3: value - Fraction(27315, 100)}[int(factor)]


def _from_base(value: Fraction, dimension: str, factor: Fraction) -> Fraction:
    if dimension != "temperature":
        return value / factor
    return {1: value, 2: value * Fraction(9, 5) + 32, 3: value + Fraction(27315, 100)}[int(factor)]


def _composed(source: list[_Amount]) -> bool:
    """Whether several amounts are one: `2 hours and 15 minutes`, each unit smaller than the one before."""
    sizes = [a.factor for a in source]
    if len({a.value for a in source}) == 1:
        return False
    return all(left > right for left, right in pairwise(sizes)) and source[0].dimension in {
        "time",
        "length",
        "mass",
    }


def _sums(said: list[_Amount]) -> list[_Amount]:
    joined = []
    for at, first in enumerate(said):
        for second in said[at + 1 : at + 3]:
            if second.dimension == first.dimension and second.factor < first.factor:
                first = first._replace(value=first.value + second.value, step=second.step)  # noqa: PLW2901 - grows
                joined.append(first)
    return joined


def _alike(value: Fraction, wanted: Fraction, step: Fraction, dimension: str) -> bool:
    if dimension == "data":
        return any(abs(value * k - wanted * j) <= _LOOSE * abs(wanted) for k in (1, *_BINARY) for j in (1, *_BINARY))
    if dimension == "temperature":
        return abs(value - wanted) <= max(step, Fraction(1, 5))
    return abs(value - wanted) <= max(_LOOSE * abs(wanted), min(step * Fraction(6, 10), abs(wanted) / 20))
