"""Expressions to work out, and lists of numbers to add up, average or search."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from judge.language import expression
from judge.language.numerals import numbers
from judge.language.prose import quote
from judge.tasks.asked import Asked, Wrong, inline_numbers, labelled_numbers, number_list, only, wrong_number

_TALK = frozenset(
    (
        "calculate compute evaluate solve what whats what's is are find out the a an this these that "
        "following given below equation expression value of "
        "result answer math maths mathematical mathematics arithmetic arithmetical problem problems "
        "sum output and please write "
        "number numbers two how much equal equals to predict outcome without using use calculator simplify determine "
        "operation operations calculation calculations for by performing perform order correct give "
        "me your provide it task "
        "basic simple step question in get do work i my can you could tell complete numeric numerical "
        "return produce query multiplication addition subtraction division product difference quotient total final"
    ).split()
)
_SPAN = re.compile(
    r"[-\u2212(√]?(?:[0-9(√$]|sqrt)(?:[0-9\s.,+\-*/\u00d7÷·\u2212^()!√$]|(?<=[\d) ])[xX](?=[\d( ])|sqrt"
    r"|[⁰¹²³⁴⁵⁶⁷⁸⁹])*(?:[0-9)!]|[²³])"
)
_OPERATES = re.compile(r"[0-9)!]\s*(?:[+*/\u00d7÷·^]|[-\u2212]\s*[0-9(]|[xX]\s*[\d(])|!|√|sqrt|[²³]")
_N = r"(?<![0-9.,])\"?\$?(-?[0-9][0-9,]{0,15}(?:\.[0-9]{1,9})?(?:/[0-9]{1,9})?)\"?"
_PAIR: tuple[tuple[str, str], ...] = (
    (rf"(?:sum of|add|total of) {_N} (?:and|to|with|\+|&) {_N}", "+"),
    (rf"{_N} plus {_N}", "+"),
    (rf"{_N} added to {_N}", "+"),
    (rf"{_N} (?:minus|subtract|less|take away) {_N}", "-"),
    (rf"(?:subtract|take away) {_N} from {_N}", "~"),
    (rf"{_N} subtracted from {_N}", "~"),
    (rf"(?:product of|multiply) {_N} (?:and|by|with|times) {_N}", "*"),
    (rf"{_N} (?:times|multiplied by|multiply by) {_N}", "*"),
    (rf"(?:quotient of|divide) {_N} (?:by|and) {_N}", "/"),
    (rf"{_N} divided by {_N}", "/"),
    (rf"difference (?:between|of) (?:the )?(?:following )?(?:two )?(?:numbers )?:?\s*{_N} (?:and|from) {_N}", "|"),
    (rf"remainder (?:when|of|if)(?: dividing)? {_N} (?:is )?(?:divided )?by {_N}", "mod"),
    (rf"remainder (?:of|when dividing) {_N} (?:/|÷) {_N}", "mod"),
    (rf"{_N} (?:mod|modulo) {_N}", "mod"),
    (rf"{_N} (?:to the power of|raised to the power of|raised to) {_N}", "^"),
)
PAIRS = tuple((re.compile(pattern, re.IGNORECASE), sign) for pattern, sign in _PAIR)


def _median(values: Sequence[Fraction]) -> list[Fraction]:
    ordered, middle = sorted(values), len(values) // 2
    return [ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2]


def _modes(values: Sequence[Fraction]) -> list[Fraction]:
    counts = Counter(values)
    most = max(counts.values())
    return [value for value, count in counts.items() if count == most] if most > 1 else []


def _whole(values: Sequence[Fraction], work: Callable[..., int]) -> list[Fraction]:
    return [Fraction(work(*(int(v) for v in values)))] if all(v.denominator == 1 for v in values) else []


_STATISTICS: tuple[tuple[re.Pattern[str], Callable[[Sequence[Fraction]], list[Fraction]]], ...] = (
    (re.compile(r"\b(?:sum|total|add)\b", re.IGNORECASE), lambda v: [sum(v, Fraction(0))]),
    (re.compile(r"\bproduct\b|\bmultiply\b", re.IGNORECASE), lambda v: [math.prod(v, start=Fraction(1))]),
    (re.compile(r"\b(?:mean|average)\b", re.IGNORECASE), lambda v: [sum(v, Fraction(0)) / len(v)]),
    (re.compile(r"\bmedian\b", re.IGNORECASE), _median),
    (re.compile(r"\bmode\b", re.IGNORECASE), _modes),
    (re.compile(r"\brange\b", re.IGNORECASE), lambda v: [max(v) - min(v)]),
    (
        re.compile(r"\b(?:maximum|largest|biggest|greatest|highest|max)\b(?! common| difference)", re.IGNORECASE),
        lambda v: [max(v)],
    ),
    (
        re.compile(r"\b(?:minimum|smallest|lowest|least|min)\b(?! common| difference)", re.IGNORECASE),
        lambda v: [min(v)],
    ),
    (
        re.compile(r"\b(?:gcd|gcf|hcf|greatest common (?:divisor|factor)|highest common factor)\b", re.IGNORECASE),
        lambda v: _whole(v, math.gcd),
    ),
    (
        re.compile(r"\b(?:lcm|least common multiple|lowest common multiple)\b", re.IGNORECASE),
        lambda v: _whole(v, math.lcm),
    ),
)
_ELSE = re.compile(
    r"\b(?:mean deviation|squares?d?|cubes?|geometric|harmonic|weighted|moving|running|cumulative"
    r"|median absolute|second|third"
    r"|two(?! numbers)|three(?! numbers)|[2-9](?:nd|rd|th)? (?:\w+ )?(?:largest|smallest|highest|lowest|numbers)"
    r"|even|odd"
    r"|prime|positive|negative|digits?|difference|column|row|pairs?|sub(?:array|sequence|set)\w*"
    r"|consecutive"
    r"|percent\w*|round\w*|sort|order|missing|next|unique|distinct|absolute|reciprocals?|(?<!common )multiples?"
    r"|above|below|greater|smaller|less|more|than|between|until|index|position|contiguous"
    r"|except|excluding|each|frequency|count|how many|product and|quartile|interquartile"
    r"|common denominator|increasing|probability|pattern|sequence:|ratio|prices?|outliers?"
    r"|without the)\b",
    re.IGNORECASE,
)


def look(asked: Asked, text: str) -> Wrong | None:
    """Find a wrong result of an expression, a pair or a list."""
    for check in (_expression, _pair, _list):
        if wrong := check(asked, text):
            return wrong
    return None


def operate(sign: str, left: Fraction, right: Fraction) -> list[Fraction]:
    """Results that an operation in words may have; none where it has no meaning."""
    if sign == "mod":
        whole = right and left.denominator == right.denominator == 1
        return [Fraction(int(left) % int(right))] if whole else []
    if sign == "^":
        found = expression.evaluate(f"({left})^({right})")
        return [] if found is None else [found]
    if sign == "/":
        return [left / right] if right else []
    if sign == "|":
        return [abs(left - right), left - right, right - left]
    return [{"+": left + right, "-": left - right, "~": right - left, "*": left * right}[sign]]


def amount(text: str) -> Fraction:
    """Value of digits that a pattern above has found."""
    return Fraction(text.replace(",", ""))


def _expression(asked: Asked, text: str) -> Wrong | None:
    spans = {
        re.sub(r"\s", "", s.rstrip(" .,")): s.rstrip(" .,") for s in _SPAN.findall(asked.whole) if _OPERATES.search(s)
    }
    if len(spans) != 1:
        return None
    span = next(iter(spans.values()))
    around = asked.whole.replace(span, " ")
    if not only(around, _TALK) or re.search(r"[0-9_]", around) or re.search(r"[a-z]\s*=|%", around):
        return None
    value = expression.evaluate(span)
    if value is None or re.search(r"[0-9]\s*/\s*[0-9]+\s*$", span) and re.search(r"simplif", around, re.IGNORECASE):  # noqa: RUF021
        return None
    if re.fullmatch(r"\s*[0-9]{1,4}(?:\s*[-/]\s*[0-9]{1,4}){2}\s*", span):  # a date or a telephone number
        return None
    remainder = re.search(r"\b(?:remainder|r\.?) ?[0-9]", text, re.IGNORECASE)
    given = [number.value for number in numbers(span)]
    return None if remainder else wrong_number(text, [value], span.strip(), given, 1e-4)


def _pair(asked: Asked, text: str) -> Wrong | None:
    for pattern, sign in PAIRS:
        for part in (asked.head, asked.data):
            if not (found := pattern.search(part)):
                continue
            if not only(asked.whole.replace(found.group(), " "), _TALK) or len(
                {n.value for n in numbers(asked.whole)}
            ) > len(found.groups()):
                return None
            left, right = amount(found[1]), amount(found[2])
            if sign == "/" and re.search(r"\bremainder|\br ?[0-9]", text, re.IGNORECASE):
                return None
            accepted = operate(sign, left, right)
            return wrong_number(text, accepted, found.group(), [left, right], 1e-4) if accepted else None
    return None


def _list(asked: Asked, text: str) -> Wrong | None:
    if _ELSE.search(asked.head):
        return None
    given = number_list(asked.data) or labelled_numbers(asked.data) if asked.data else inline_numbers(asked.head)
    if (
        not given
        or (asked.data and any(n.value not in {g.value for g in given} for n in numbers(asked.head) if not n.spelled))
        or (not asked.data and not only(asked.head, _TALK | _LIST_TALK))
    ):
        return None
    values = [number.value for number in given]
    for wanted, what in _wanted(asked.head, values):
        if what == "range" and str(min(values)) in text and str(max(values)) in text:
            continue
        name = f"the {what} of {quote(', '.join(n.text for n in given))}"
        if wrong := wrong_number(text, wanted, name, values, 0.002):
            return wrong
    return None


def _wanted(head: str, values: Sequence[Fraction]) -> Iterator[tuple[list[Fraction], str]]:
    whole = [number for number in _STATISTICS if number[0].search(head)]
    if len(whole) > 2:  # noqa: PLR2004 - two at a time are common, more are a report
        return
    for pattern, work in whole:
        if (found := pattern.search(head)) and (accepted := work(values)):
            yield accepted, found.group().casefold()


_LIST_TALK = frozenset(
    (
        "mean average median mode range maximum minimum largest smallest biggest greatest highest "
        "lowest least max min common divisor factor multiple "
        "gcd gcf hcf lcm list set array series from among between out add up all together multiply integers values data"
    ).split()
)
