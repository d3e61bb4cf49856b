"""Areas, perimeters and volumes of shapes whose measures the prompt gives, one unit throughout."""

import math
import re
from collections.abc import Callable
from fractions import Fraction

from judge.language.numerals import numbers
from judge.tasks.asked import Asked, Wrong, wrong_number

_MEASURE = re.compile(r"\b(?P<what>surface area|area|perimeter|circumference|volume)\b", re.IGNORECASE)
_SHAPE = re.compile(
    r"\b(?P<shape>rectangle|rectangular (?:prism|box)|square|equilateral triangle|triangle|circle"
    r"|cube|cuboid|box|cylinder|sphere|cone)\b",
    re.IGNORECASE,
)
_N = r"(?P<n>[0-9][0-9,]*(?:\.[0-9]+)?)"
_DIMS = {
    "length": "length|long", "width": "width|breadth|wide", "height": "height|high|tall|altitude", "base": "base",
    "radius": "radius", "diameter": "diameter", "side": "sides?|edges?|side lengths?",
}  # fmt: skip
_UNIT = r"(?:\s?-?(?:mm|cm|m|km|in|inch(?:es)?|ft|feet|foot|yards?|met(?:er|re)s?|centimet(?:er|re)s?|units?)\b)?"
_NAMED = {
    name: re.compile(
        rf"\b(?:{word})\b(?: \w+)?(?: (?:of|is|equals?|as|equal to))*\s*(?:=|:)?\s*{_N}"
        rf"|{_N.replace('<n>', '<m>')}{_UNIT}\s(?:in )?(?:{word})\b",
        re.IGNORECASE,
    )
    for name, word in _DIMS.items()
}
_EXTRA = re.compile(
    r"\b(?:half|quarter|semi-?circle|sector|frustum|hollow|difference|ratio|twice|double|cost|per"
    r"|rate|paint|tiles?|fence|shaded|slant|angle|isosceles|scalene|parallelogram|trapez\w+|pyramid"
    r"|inscribed|circumscribed|diagonal|hypotenuse|lateral|remaining|combined|total area of all|two"
    r"|three|percent|increase\w*|coordinates|vertices)\b|[θπ°%$€£]|\(\s*-?[0-9]+\s*,",
    re.IGNORECASE,
)
_LINE = re.compile(
    r"(?<![0-9])\s?(cm|mm|m|km|inches|inch|in|ft|feet|foot|yards?|meters?|metres?|centimeters?|units?)\b", re.IGNORECASE
)
_PI = math.pi
_LOOSE = 0.0025  # 3.14 and 22/7 pass for pi
_ALIKE = {
    "inches": "in",
    "inch": "in",
    "feet": "ft",
    "foot": "ft",
    "meter": "m",
    "meters": "m",
    "metre": "m",
    "metres": "m",
    "centimeter": "cm",
    "centimeters": "cm",
    "yards": "yard",
    "units": "unit",
}

_SIZES: dict[tuple[str, str], tuple[tuple[str, ...], Callable[..., float]]] = {
    ("rectangle", "area"): (("length", "width"), lambda a, b: a * b),
    ("rectangle", "perimeter"): (("length", "width"), lambda a, b: 2 * (a + b)),
    ("square", "area"): (("side",), lambda a: a * a),
    ("square", "perimeter"): (("side",), lambda a: 4 * a),
    ("triangle", "area"): (("base", "height"), lambda a, b: a * b / 2),
    ("equilateral triangle", "area"): (("side",), lambda a: math.sqrt(3) / 4 * a * a),
    ("equilateral triangle", "perimeter"): (("side",), lambda a: 3 * a),
    ("circle", "area"): (("radius",), lambda r: _PI * r * r),
    ("circle", "circumference"): (("radius",), lambda r: 2 * _PI * r),
    ("circle", "perimeter"): (("radius",), lambda r: 2 * _PI * r),
    ("cube", "volume"): (("side",), lambda a: a**3),
    ("cube", "surface area"): (("side",), lambda a: 6 * a * a),
    ("cuboid", "volume"): (("length", "width", "height"), lambda a, b, c: a * b * c),
    ("cuboid", "surface area"): (("length", "width", "height"), lambda a, b, c: 2 * (a * b + b * c + a * c)),
    ("cylinder", "volume"): (("radius", "height"), lambda r, h: _PI * r * r * h),
    ("cylinder", "surface area"): (("radius", "height"), lambda r, h: 2 * _PI * r * (r + h)),
    ("sphere", "volume"): (("radius",), lambda r: 4 / 3 * _PI * r**3),
    ("sphere", "surface area"): (("radius",), lambda r: 4 * _PI * r * r),
    ("cone", "volume"): (("radius", "height"), lambda r, h: _PI * r * r * h / 3),
}
_CUBOID = {"box", "rectangular prism", "rectangular box"}


def look(asked: Asked, text: str) -> Wrong | None:
    """Find a wrong size of a shape."""
    whole = asked.whole
    what = _MEASURE.search(whole)
    if not what or len({m["what"].casefold() for m in _MEASURE.finditer(whole)}) > 1 or _EXTRA.search(whole):
        return None
    shapes = {m["shape"].casefold() for m in _SHAPE.finditer(whole)}
    shapes = {"cuboid" if shape in _CUBOID else shape for shape in shapes}
    given = _given(whole)
    if (
        len(shapes) != 1
        or not given
        or len(
            {
                _ALIKE.get(u.casefold(), u.casefold())
                for u in _LINE.findall(re.sub(r"\bin (?:an?|the|its|this)\b", "", whole))
            }
        )
        > 1
    ):
        return None
    shape, kind = shapes.pop(), what["what"].casefold()
    value = _size(shape, kind, whole, given)
    if value is None or value <= 0:
        return None
    exact = Fraction(value).limit_denominator(10**6)
    name = f"the {kind} of the {shape}"
    return (
        None
        if "π" in text or re.search(r"\bpi\b", text)
        else wrong_number(text, [exact], name, [Fraction(g) for g in given], _LOOSE)
    )


def _given(whole: str) -> list[float]:
    said = [
        n
        for n in numbers(re.sub(r"(?<=[a-z])[0-9]\b|\b(?:side|edge) [0-9] ?[=:]", " ", whole, flags=re.IGNORECASE))
        if not n.spelled
    ]
    values = [float(n.value) for n in said]
    half = len(values) // 2
    return values[:half] if values and len(values) % 2 == 0 and values[:half] == values[half:] and half else values


def _size(shape: str, kind: str, whole: str, given: list[float]) -> float | None:
    if shape == "triangle" and len(given) == 3:  # noqa: PLR2004 - three sides
        return _heron(kind, whole, sorted(given))
    names, work = _SIZES.get((shape, kind), ((), None))
    if work is None or len(given) != len(names):
        return None
    if names == ("radius",):
        radius, diameter = ("radius" in whole.lower(), "diameter" in whole.lower())
        return work(given[0] / 2 if diameter else given[0]) if radius != diameter else None
    if names == ("side",):
        return work(given[0])
    found = {name: m["n"] or m["m"] for name in names if (m := _first(name, whole))}
    if len(found) == len(names):
        values = [float(found[name].replace(",", "")) for name in names]
        return work(*values) if sorted(values) == sorted(given) else None
    return work(*given) if shape in {"rectangle", "cuboid"} else None  # there any order gives the same


def _heron(kind: str, whole: str, sides: list[float]) -> float | None:
    """Size of a triangle by its sides (Heron's formula)."""
    half = sum(sides) / 2
    named = re.search(r"\bsides?\b", whole, re.IGNORECASE) and not re.search(
        r"height|altitude|base", whole, re.IGNORECASE
    )
    if not named or half <= sides[-1]:
        return None
    area = math.sqrt(half * math.prod(half - side for side in sides))
    return {"perimeter": 2 * half, "area": area}.get(kind)


def _first(name: str, whole: str) -> re.Match[str] | None:
    return _NAMED[name].search(whole.replace("(", " ").replace(")", " "))
