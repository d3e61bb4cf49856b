"""
Arithmetic as people write it, read by recursive descent and worked out exactly; nothing is ever executed.

An expression is a polynomial in at most one unknown: `3 x 4 + 2`, `2(x - 1)^2`, `5!`, `15% * 80`. What has two readings
(`6/2(1+2)`, `100 + 10%`) has none here.
"""

import math
import re
from collections.abc import Mapping
from fractions import Fraction

Polynomial = tuple[Fraction, ...]  # coefficients, the constant first; no trailing zeros

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]{1,30})(?:\.[0-9]{1,30})?|\.[0-9]{1,30})"
    r"|(?P<root>sqrt|√)|(?P<name>[A-Za-z])(?![A-Za-z])|(?P<name2>[A-Za-z])(?=[A-Za-z](?![A-Za-z]))"
    r"|(?P<sign>\*\*|[-+*/^()!%]))"
)
_SIGNS = str.maketrans({"\u00d7": "*", "·": "*", "⋅": "*", "÷": "/", "\u2212": "-", "\u2013": "-", "[": "(", "]": ")"})
_RAISED = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}")
_DIGIT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_TIMES = re.compile(r"(?<=[\d)%])\s*[xX]\s*(?=[\d($.-])")
_LONGEST = 200  # characters of an expression
_DEEPEST = 20  # brackets and signs in one another
_POWER = 64  # greatest exponent
_FACTORIAL = 100
_BITS = 4096  # size of the greatest number


class _NoneError(ValueError):
    """The text is no expression that this module can read."""


def polynomial(text: str, known: Mapping[str, Fraction] | None = None, *, times: bool = True) -> Polynomial | None:
    """
    Read an expression in at most one unknown letter; None where it is none, or has two readings.

    Args:
        text: the expression.
        known: values of letters that stand for numbers.
        times: whether an `x` between numbers multiplies them.

    """
    text = text.translate(_SIGNS).replace("$", "").strip()
    text = _RAISED.sub(lambda raised: "^" + raised.group().translate(_DIGIT), text)
    if not text or len(text) > _LONGEST or ("%" in text and re.search(r"[-+]", text[1:])):
        return None
    try:
        return _Reader(_TIMES.sub("*", text) if times else text, known or {}).read()
    except (_NoneError, ZeroDivisionError, OverflowError):
        return None


def evaluate(text: str, known: Mapping[str, Fraction] | None = None, *, times: bool = True) -> Fraction | None:
    """Work out an expression without unknowns; None where it is none."""
    found = polynomial(text, known, times=times)
    return None if found is None or len(found) > 1 else constant(found)


def constant(found: Polynomial) -> Fraction:
    """Take the part without the unknown."""
    return found[0] if found else Fraction(0)


def at(found: Polynomial, value: Fraction) -> Fraction:
    """Value of a polynomial where the unknown is `value` (Horner's rule)."""
    total = Fraction(0)
    for coefficient in reversed(found):
        total = total * value + coefficient
    return total


def subtract(left: Polynomial, right: Polynomial) -> Polynomial:
    """Left minus right."""
    return _add(left, right, -1)


class _Reader:
    """One pass over the tokens of one expression."""

    def __init__(self, text: str, known: Mapping[str, Fraction]) -> None:
        self.tokens: list[tuple[str, str]] = []
        self.at, self.depth, self.unknown, self.known = 0, 0, "", known
        place = 0
        while place < len(text):
            if not (found := _TOKEN.match(text, place)):
                raise _NoneError(text)
            kind = str(found.lastgroup)
            self.tokens.append(("name" if kind == "name2" else kind, found[kind]))
            place = found.end()

    def read(self) -> Polynomial:
        value = self.sum()
        if self.at < len(self.tokens):
            raise _NoneError("something follows")
        return value

    def next(self, *wanted: str) -> str:
        """Take the next token if it is one of these signs."""
        if self.at < len(self.tokens) and self.tokens[self.at][1] in wanted:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return ""

    def sum(self) -> Polynomial:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _NoneError("too deep")
        value = self.product()
        while sign := self.next("+", "-"):
            value = _add(value, self.product(), -1 if sign == "-" else 1)
        self.depth -= 1
        return value

    def product(self) -> Polynomial:
        value, divided = self.signed(), False
        while self.at < len(self.tokens):
            kind, said = self.tokens[self.at]
            if said in {"*", "/"}:
                self.at += 1
                right = self.signed()
                value = _divide(value, right) if said == "/" else _multiply(value, right)
                divided = divided or said == "/"
            elif kind in {"name", "root"} or said == "(":
                if divided:
                    raise _NoneError("6/2(1+2) has two readings")
                value = _multiply(value, self.power())
            else:
                break
        return value

    def signed(self) -> Polynomial:
        minus = 1
        for _ in range(_DEEPEST):
            if not (sign := self.next("+", "-")):
                return _multiply((Fraction(minus),), self.power())
            minus = -minus if sign == "-" else minus
        raise _NoneError("too many signs")

    def power(self) -> Polynomial:
        base = self.marked()
        if not self.next("^", "**"):
            return base
        minus = bool(self.next("-"))
        exponent = self.marked()
        size = constant(exponent)
        if len(exponent) > 1 or size.denominator != 1 or abs(size) > _POWER or self.next("^", "**"):
            raise _NoneError("an exponent that is no small whole number")
        raised: Polynomial = (Fraction(1),)
        for _ in range(abs(int(size))):
            raised = _multiply(raised, base)
        return _divide((Fraction(1),), raised) if minus or size < 0 else raised

    def marked(self) -> Polynomial:
        value = self.atom()
        while mark := self.next("!", "%"):
            if len(value) > 1:
                raise _NoneError("a mark behind an unknown")
            plain = constant(value)
            if mark == "%":
                value = _trim([plain / 100])
            elif plain.denominator == 1 and 0 <= plain <= _FACTORIAL:
                value = (Fraction(math.factorial(int(plain))),)
            else:
                raise _NoneError("no factorial")
        return value

    def atom(self) -> Polynomial:
        if self.at >= len(self.tokens):
            raise _NoneError("something is missing")
        kind, said = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return _trim([Fraction(said.replace(",", ""))])
        if kind == "name":
            return self.letter(said)
        if kind == "root":
            inside = self.atom()
            if len(inside) > 1 or constant(inside) < 0 or constant(inside) > 10**15:
                raise _NoneError("no root")
            return _trim([root(constant(inside))])
        if said == "(":
            value = self.sum()
            if self.next(")"):
                return value
        raise _NoneError(said)

    def letter(self, name: str) -> Polynomial:
        if name in self.known:
            return _trim([self.known[name]])
        if self.unknown not in {"", name}:
            raise _NoneError("two unknowns")
        self.unknown = name
        return (Fraction(0), Fraction(1))


def root(value: Fraction) -> Fraction:
    """Square root, exact where it can be."""
    above, below = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if above**2 == value.numerator and below**2 == value.denominator:
        return Fraction(above, below)
    return Fraction(math.sqrt(value))


def _add(left: Polynomial, right: Polynomial, sign: int) -> Polynomial:
    size = max(len(left), len(right))
    a, b = ((*side, *[Fraction(0)] * (size - len(side))) for side in (left, right))
    return _trim([x + sign * y for x, y in zip(a, b, strict=True)])


def _multiply(left: Polynomial, right: Polynomial) -> Polynomial:
    if len(left) + len(right) > _POWER:
        raise _NoneError("too high a degree")
    found = [Fraction(0)] * max(0, len(left) + len(right) - 1)
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            found[i + j] += a * b
    return _trim(found)


def _divide(left: Polynomial, right: Polynomial) -> Polynomial:
    if len(right) != 1:
        raise _NoneError("division by nothing, or by an unknown")
    return _trim([a / right[0] for a in left])


def _trim(found: list[Fraction]) -> Polynomial:
    while found and not found[-1]:
        found.pop()
    if any(max(x.numerator.bit_length(), x.denominator.bit_length()) > _BITS for x in found):
        raise _NoneError("too large")
    return tuple(found)
