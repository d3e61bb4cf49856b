"""Shares, changes, discounts, taxes and simple interest, where the prompt gives every figure."""

import re
from collections.abc import Callable
from fractions import Fraction

from judge.tasks.asked import Asked, Wrong, wrong_number

_N = r"(?<![0-9.,])[$€£]?([0-9][0-9,]{0,15}(?:\.[0-9]{1,9})?)(?![0-9/])"
_P = r"(?<![0-9.,])([0-9]{1,9}(?:\.[0-9]{1,9})?)\s?(?:%|percent\b|per cent\b)"
OF = re.compile(rf"(?<![\d.]){_P} of (?:the number )?{_N}(?!\s?%)", re.IGNORECASE)
_F = Fraction
_WORKED: tuple[tuple[re.Pattern[str], Callable[[Fraction, Fraction], Fraction | None]], ...] = (
    (OF, lambda p, n: p * n / 100),
    (
        re.compile(rf"\bwhat (?:%|percent|percentage) of {_N} is {_N}", re.IGNORECASE),
        lambda a, b: b / a * 100 if a else None,
    ),
    (
        re.compile(rf"(?<![\d.]){_N} is what (?:%|percent|percentage) of {_N}", re.IGNORECASE),
        lambda a, b: a / b * 100 if b else None,
    ),
    (
        re.compile(
            rf"\b(?:percent(?:age)?|%) (?:of )?(?:increase|decrease|change|difference|drop"
            rf"|growth)\W+(?:from|between|of|when \w+ (?:goes|changes|increases|decreases) from) {_N} (?:to"
            rf"|and) {_N}",
            re.IGNORECASE,
        ),
        lambda a, b: (b - a) / a * 100 if a else None,
    ),
    (re.compile(rf"\b(?:increase|raise) {_N} by {_P}", re.IGNORECASE), lambda n, p: n * (100 + p) / 100),
    (re.compile(rf"\b(?:decrease|reduce|lower) {_N} by {_P}", re.IGNORECASE), lambda n, p: n * (100 - p) / 100),
    (
        re.compile(
            rf"\b(?:tip|tax|commission)\b(?: \w+){{0,6}} {_N} (?:\w+ ){{0,4}}?(?:with|at|of|using|and"
            rf"|if)(?: \w+){{0,6}} {_P}",
            re.IGNORECASE,
        ),
        lambda n, p: n * p / 100,
    ),
    (
        re.compile(rf"\b{_P} (?:tip|tax|commission) (?:on|for|of) (?:an? )?{_N}", re.IGNORECASE),
        lambda p, n: n * p / 100,
    ),
)
_PRICE = re.compile(r"\b(?:final|sale|discounted|new|reduced) (?:price|cost)\b", re.IGNORECASE)
_LESS = re.compile(rf"{_P} (?:discount|off|reduction)\b|\bdiscount(?: rate)?(?: of|:| is) {_P}", re.IGNORECASE)
_MONEY = re.compile(r"[$€£]\s?([0-9][0-9,]{0,15}(?:\.[0-9]+)?)")
_INTEREST = re.compile(r"\bsimple interest\b", re.IGNORECASE)
_YEARS = re.compile(r"([0-9]+(?:\.[0-9]+)?) years?\b", re.IGNORECASE)
_RATE = re.compile(_P, re.IGNORECASE)
_PRINCIPAL = re.compile(
    r"[$€£]\s?([0-9][0-9,]*(?:\.[0-9]+)?)|\bprincipal(?: \w+){0,4}?\s*[:=]?\s*([0-9][0-9,]*(?:\.[0-9]+)?)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w.,])[0-9][0-9,]{0,15}(?:\.[0-9]+)?")


def look(asked: Asked, text: str) -> Wrong | None:
    """Find a wrong share, change or amount."""
    whole = asked.whole
    if _INTEREST.search(whole):
        return _interest(whole, text)
    counted = len(_NUMBER.findall(whole))
    price, less = _MONEY.findall(whole), _LESS.search(whole)
    if counted == 2 and len(price) == 1 and less and _PRICE.search(whole):  # noqa: PLR2004 - every figure is used
        full, share = _F(price[0].replace(",", "")), _F(less[1] or less[2])
        return wrong_number(text, [full * (100 - share) / 100], f"{less.group()} of {price[0]}", [full, share])
    for pattern, work in _WORKED:
        found = pattern.search(whole)
        if not found or counted != 2:  # noqa: PLR2004 - every figure of the prompt is used
            continue
        left, right = (_F(group.replace(",", "")) for group in found.groups())
        value = work(left, right)
        if value is not None:
            shares = [value, -value] if "percent" in found.group().casefold() and value < 0 else [value]
            return wrong_number(text, shares, found.group(), [left, right], 0.004)
    return None


def _interest(whole: str, text: str) -> Wrong | None:
    years, rate, sums = _YEARS.findall(whole), _RATE.findall(whole), [a or b for a, b in _PRINCIPAL.findall(whole)]
    if not len(set(years)) == len(set(rate)) == len(set(sums)) == 1 or re.search(r"\bmonths?\b", whole, re.IGNORECASE):
        return None
    principal = _F(sums[0].replace(",", ""))
    interest = principal * _F(rate[0]) * _F(years[0]) / 100
    return wrong_number(
        text, [interest, principal + interest], "the simple interest", [principal, _F(rate[0]), _F(years[0])]
    )
