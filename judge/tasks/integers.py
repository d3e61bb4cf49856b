"""Questions on one whole number: its root, factorial, factors, digits, whether it is prime, even, or a leap year."""

import math
import re
from fractions import Fraction

from judge.language import expression
from judge.language.numerals import numbers
from judge.language.prose import quote
from judge.tasks.asked import Asked, Wrong, contains, only, wrong_number

_ROOT = re.compile(
    r"\b(square|cube|cubic) root of (?:the number )?([0-9][0-9,]*(?:\.[0-9]+)?)(?![\d^/])", re.IGNORECASE
)
_POWER = re.compile(
    r"\b(square|cube) of (?:the number )?([0-9][0-9,]*(?:\.[0-9]+)?)(?![\d^/])"
    r"|\b([0-9]+(?:\.[0-9]+)?) (squared|cubed)\b",
    re.IGNORECASE,
)
_FACTORIAL = re.compile(
    r"\bfactorial (?:of|for) (?:the number )?(?:a number )?([0-9]{1,3})(?!\d|\.\d)|\b([0-9]{1,3}) factorial\b",
    re.IGNORECASE,
)
_FACTORS = re.compile(r"\bprime (?:factors\b|factori[sz]ation)", re.IGNORECASE)
_DIGITS = re.compile(r"\b(?:sum|total) of (?:all )?(?:of )?(?:the |its )?(?:individual )?digits\b", re.IGNORECASE)
_IS_PRIME = re.compile(r"\b(?:is|if|whether)\b.{0,40}\b(?:prime|composite)\b", re.IGNORECASE)
_IS_EVEN = re.compile(
    r"\b(?:even|odd) or (?:even|odd)\b|\bis (?:the number )?[0-9]+ (?:an? )?(?:even|odd)\b", re.IGNORECASE
)
_LEAP = re.compile(r"\b(?:is|was|will|if|whether)\b.{0,40}\bleap year\b", re.IGNORECASE)
_SERIES = re.compile(
    r"\b(sum|product) of (?:all )?(?:of )?(?:the )?(?:numbers|integers|natural numbers|whole numbers|positive integers)"
    r" (?:from |between )([0-9]{1,4}) (?:to|through|and) ([0-9]{1,4})\b"
    r"|\b(sum|product) of the first ([0-9]{1,3}) (?:natural numbers|positive integers)\b",
    re.IGNORECASE,
)
_ABSOLUTE = re.compile(r"\babsolute value of (?:the number )?([-\u2212]?[0-9]+(?:\.[0-9]+)?)(?![\d^/])", re.IGNORECASE)
_NOT = re.compile(r"\bnot\b|n't\b|\bno\b|\bneither\b|\bfalse\b", re.IGNORECASE)
_TALK = frozenset(
    (
        "calculate compute find what what's is the of a an number given following evaluate determine "
        "root square cube cubic squared cubed "
        "factorial for value absolute please and output answer identify result to nearest up decimal places place two "
        "integer its digits all sum this positive whole in tell me return whether if"
    ).split()
)
_ASKS = re.compile(
    r"prime|composite|\beven\b|\bodd\b|leap|root|square|cube|factorial|digits|absolute|\bsum\b|product", re.IGNORECASE
)
_GREATEST = 10**12


def look(asked: Asked, text: str) -> Wrong | None:
    """Find a wrong answer on one whole number."""
    if not _ASKS.search(asked.whole):
        return None
    if wrong := _yes_or_no(asked, text) or _factors(asked, text):
        return wrong
    if (found := _SERIES.search(asked.whole)) and not re.search(
        r"\b(?:multiples?|even|odd|prime|squares?)\b", asked.whole, re.IGNORECASE
    ):
        return _series(found, text)
    if not only(asked.whole, _TALK):
        return None
    said = [int(n.value) for n in numbers(asked.data or asked.head) if n.value.denominator == 1 and not n.spelled]
    if _DIGITS.search(asked.head) and len(said) == 1 and len({n.value for n in numbers(asked.whole)}) == 1:
        total = Fraction(sum(map(int, str(abs(said[0])))))
        return wrong_number(text, [total], f"the sum of the digits of {said[0]}", [Fraction(said[0])])
    accepted, what = _value(asked.whole)
    return wrong_number(text, accepted, what, [n.value for n in numbers(what)], 1e-6) if accepted else None


def _value(whole: str) -> tuple[list[Fraction], str]:
    if found := _ROOT.search(whole):
        value = Fraction(found[2].replace(",", ""))
        if found[1].casefold() == "square":
            return [expression.root(value), -expression.root(value)], found.group()
        return [Fraction(round(float(value) ** (1 / 3), 10)).limit_denominator(10**9)], found.group()
    if found := _POWER.search(whole):
        value = Fraction((found[2] or found[3]).replace(",", ""))
        return [value ** (2 if (found[1] or found[4]).casefold().startswith("square") else 3)], found.group()
    if found := _FACTORIAL.search(whole):
        size = int(found[1] or found[2])
        return ([Fraction(math.factorial(size))] if size <= 25 else []), found.group()  # noqa: PLR2004 - beyond, people round
    if found := _ABSOLUTE.search(whole):
        return [abs(Fraction(found[1].replace("\u2212", "-")))], found.group()
    return [], ""


def is_prime(value: int) -> bool:
    """Trial division; `value` up to 10^12."""
    return value > 1 and all(value % divisor for divisor in range(2, min(value - 1, math.isqrt(value)) + 1))


def is_leap(year: int) -> bool:
    """Gregorian rule."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _yes_or_no(asked: Asked, text: str) -> Wrong | None:
    checks = (
        (_IS_PRIME, is_prime, r"\bprime\b", "prime"),
        (_IS_EVEN, _even, r"\beven\b", "even"),
        (_LEAP, is_leap, r"\bleap\b", "a leap year"),
    )
    for pattern, true, word, name in checks:
        values = {int(n.value) for n in numbers(asked.whole) if n.value.denominator == 1 and not n.spelled}
        if not pattern.search(asked.whole) or len(values) != 1 or len(asked.whole.split()) > 25:  # noqa: PLR2004 - a plain question
            continue
        value = values.pop()
        said = _said(
            text, word, opposite={"prime": "composite", "even": "odd"}.get(name, "common year"), question=asked.whole
        )
        if 0 <= value <= _GREATEST and said is not None and said != true(value):
            return Wrong(0.9, f"{value} is {'' if true(value) else 'not '}{name}, but the answer says {quote(text)}")
    return None


def _even(value: int) -> bool:
    return value % 2 == 0


def _said(text: str, word: str, opposite: str, question: str) -> bool | None:
    """What a short answer claims; None where that is unclear."""
    first = re.split(r"[.!\n]", text.strip() + ".", maxsplit=1)[0][:200]
    has, other = re.search(word, first, re.IGNORECASE), re.search(rf"\b{opposite}\b", first, re.IGNORECASE)
    opening = re.match(r"\s*(yes|no|true|false)\b", text, re.IGNORECASE)
    straight = not re.search(rf"\bnot\b|\b{opposite}\b", question, re.IGNORECASE)
    if opening and straight:
        return opening[1].casefold() in {"yes", "true"}
    if bool(has) == bool(other):
        return None
    return bool(has) != bool(_NOT.search(first))


def _factors(asked: Asked, text: str) -> Wrong | None:
    if not _FACTORS.search(asked.head) or len(text.split()) > 40 or "tree" in asked.head:  # noqa: PLR2004 - longer answers show their working
        return None
    values = {int(n.value) for n in numbers(asked.whole) if n.value.denominator == 1 and not n.spelled}
    if len(values) != 1 or not 1 < (value := values.pop()) < 10**9:
        return None
    plain = re.sub(r"([0-9]+)\s*(?:\^|\*\*)\s*([0-9]{1,2})", lambda p: " * ".join([p[1]] * min(40, int(p[2]))), text)
    if re.search(r"[⁰¹²³⁴⁵⁶⁷⁸⁹=]", plain):
        return None
    said = [int(n.value) for n in numbers(plain) if n.value.denominator == 1 and n.value != value and not n.spelled]
    false = [
        factor for factor in said if factor < _GREATEST and ((factor > 1 and not is_prime(factor)) or value % factor)
    ]
    missing = [
        factor
        for factor in range(2, min(value, 1000))
        if value % factor == 0 and is_prime(factor) and factor not in said
    ]
    if said and (false or missing):
        which = (
            f"{false[0]} is no prime factor of {value}"
            if false
            else f"the prime factor {missing[0]} of {value} is missing"
        )
        return Wrong(0.85, f"{which}: {quote(text)}")
    return None


def _series(found: re.Match[str], text: str) -> Wrong | None:
    first, last = (int(found[2]), int(found[3])) if found[1] else (1, int(found[5]))
    if not first < last <= first + 2000:
        return None
    ranges = [range(first, last + 1)] + (
        [range(first + 1, last), range(first, last)] if "between" in found.group() else []
    )
    work = sum if (found[1] or found[4]).casefold() == "sum" else math.prod
    accepted = [Fraction(work(values)) for values in ranges]
    if accepted[0] > 10**15 or contains(numbers(text), accepted[0]):
        return None
    return wrong_number(text, accepted, found.group(), [Fraction(first), Fraction(last)])
