"""Equations to solve, and expressions to work out at given values of their letters."""

import re
from collections.abc import Mapping
from fractions import Fraction

from judge.language import expression
from judge.language.numerals import numbers, show
from judge.language.prose import quote
from judge.tasks.asked import Asked, Wrong, wrong_number

_SOLVE = re.compile(r"\b(?:solv\w+|roots?|value|values|solution|solutions|predict|find|what is)\b", re.IGNORECASE)
_SIDE = r"[-\u2212(]?[0-9a-zA-Z(.][0-9a-zA-Z\s.+\-*/^()\u2212²³]*"
_EQUATION = re.compile(
    r"(?:(?<![a-zA-Z0-9.])[-\u2212]?[0-9.]*[a-z](?![a-z])|(?<![a-zA-Z0-9.])[-\u2212(]*[0-9.]+(?![0-9.]))"
    r"(?: *(?:[-+*/^()\u2212²³]|[0-9.]+|(?<![a-z])[a-z](?![a-z])))* *= *(?:[-+*/^()\u2212²³ ]|[0-9.]+"
    r"|(?<![a-z])[a-z](?![a-z]))+"
)
_GIVEN = re.compile(
    r"(?<![\w^*/+-])([a-zA-Z]) ?(?:=|is equal to"
    r"|equals) ?([-\u2212]?[0-9]+(?:\.[0-9]+)?(?:/[0-9]+)?)(?![\w^*/(]|\.[0-9]|\s*[-+*/^=]|\s+[-+])"
)
_STATED = re.compile(
    r"(?<![\w^*/+-])([a-zA-Z]) ?= ?([-\u2212]?[0-9]+(?:\.[0-9]+)?(?:/[0-9]+)?)(?![\w^(]|\.[0-9]|\s*[-+*/^=±√])"
)
_FORMULA = re.compile(
    r"(?:expression|value of|evaluate|calculate|compute|equation|function|polynomial)s?:?(?: the)?"
    r"(?: (?:algebraic )?(?:expression|equation|function|polynomial)s?:?)?(?: of)?\s*[\"“']?"
    r"((?:[0-9(.]|(?<![a-z])[a-z](?![a-z])|[-+*/^()\u2212²³ ](?=[-+*/^()\u2212²³ 0-9a-z.])){2,100}?)[\"”']?"
    r"(?=\s*(?:[,.;:?!\n]|$|when|if|for|at|given|where|with))",
    re.IGNORECASE,
)
_LOST = re.compile(r"(?<=[a-z])([2-4])(?![0-9])")
_VEIL = re.compile(
    r"\b(?:derivative|integral|differentiat\w+|integrat\w+|limit|slope|graph|inequalit\w+|system"
    r"|simultaneous|complex|modul\w+|factor(?:ed|ing|i[sz]e)?|simplif\w+|intercept\w*|standard form"
    r"|general form|vertex|log|sin|cos|tan|sequence|term|plot|inverse|method)\b|[<>≤≥]",
    re.IGNORECASE,
)


def look(asked: Asked, text: str) -> Wrong | None:
    """Find a solution that does not satisfy its equation, or a wrong value of an expression."""
    whole = asked.whole
    if "=" not in whole or _VEIL.search(whole) or "±" in text:
        return None
    given = dict(_GIVEN.findall(whole))
    if given:
        return _value_at(whole, {name: _fraction(value) for name, value in given.items()}, text)
    found = {m.group().strip(" .\n"): m for m in _EQUATION.finditer(whole) if re.search(r"[a-z]", m.group())}
    return _solution(next(iter(found)), text) if len(found) == 1 and _SOLVE.search(whole) else None


def _value_at(whole: str, known: Mapping[str, Fraction], text: str) -> Wrong | None:
    for found in _FORMULA.finditer(whole):
        formula = found[1].strip()
        if len(formula) < 3 or not re.search(r"[-+*/^²³]|[0-9][a-z]", formula):  # noqa: PLR2004 - "2x"
            continue
        readings = [re.sub(_LOST, r"^\1", formula), re.sub(_LOST, r"*\1", formula)]
        values = [expression.evaluate(reading, known, times=False) for reading in readings]
        accepted = [value for value in values if value is not None]
        if accepted and set(re.findall(r"[a-zA-Z]", formula)) <= set(known):
            where = ", ".join(f"{name} = {show(value)}" for name, value in known.items())
            return wrong_number(
                text,
                accepted,
                f"{formula} at {where}",
                [*known.values(), *(n.value for n in numbers(formula.replace(" ", "")))],
                1e-4,
            )
    return None


def _solution(equation: str, text: str) -> Wrong | None:
    stated = {name: _fraction(value) for name, value in _STATED.findall(text)}
    every = _STATED.findall(text)
    names = set(re.findall(r"[a-z]", equation))
    readings = {equation, re.sub(_LOST, r"^\1", equation)}
    if len(names) > 1:
        if set(stated) != names or len(every) != len(names):
            return None
        if any(_holds(reading, stated) for reading in readings):
            return None
        return Wrong(0.85, f"{_named(stated)} does not satisfy {quote(equation)}")
    name = names.pop()
    tried = [(name, _fraction(value)) for letter, value in every if letter == name]
    if not tried or len(text.split()) > 60:  # noqa: PLR2004 - a long answer may name values on its way
        return _roots(equation, name, text)
    for letter, value in tried[-2:]:
        if not any(_holds(reading, {letter: value}) for reading in readings):
            return Wrong(0.9, f"{_named({letter: value})} does not satisfy {quote(equation)}")
    return None


def _roots(equation: str, name: str, text: str) -> Wrong | None:
    """An answer that names no root of a linear or quadratic equation."""
    left, _, right = re.sub(_LOST, r"^\1", equation).partition("=")
    a, b = expression.polynomial(left, times=False), expression.polynomial(right, times=False)
    if a is None or b is None:
        return None
    whole = expression.subtract(a, b)
    if len(whole) == 2:  # noqa: PLR2004 - a line has two coefficients
        roots = [-whole[0] / whole[1]]
    elif len(whole) == 3 and (inside := whole[1] ** 2 - 4 * whole[0] * whole[2]) >= 0:  # noqa: PLR2004 - and a parabola three
        roots = [(-whole[1] + sign * expression.root(inside)) / (2 * whole[2]) for sign in (1, -1)]
    else:
        return None
    return wrong_number(text, roots, f"{name} in {quote(equation)}", [n.value for n in numbers(equation)], 1e-4)


def _holds(equation: str, values: Mapping[str, Fraction]) -> bool:
    """Whether both sides agree, as far as rounded values can; a side that cannot be read agrees with anything."""
    left, _, right = equation.partition("=")
    a, b = (expression.evaluate(side, values, times=False) for side in (left, right))
    if a is None or b is None:
        return True
    rounded = any(value.denominator != 1 for value in values.values())
    return abs(a - b) <= (Fraction(1, 50) * max(abs(a), abs(b), Fraction(1)) if rounded else Fraction(0))


def _named(values: Mapping[str, Fraction]) -> str:
    return ", ".join(f"{name} = {show(value)}" for name, value in values.items())


def _fraction(text: str) -> Fraction:
    try:
        return Fraction(text.replace("\u2212", "-"))
    except ZeroDivisionError:
        return Fraction(0)
