"""Equations and sums that an answer itself states: `3 * 4 = 13`, "12 plus 5 is 18", "15% of 80 is 14"."""

import re
from collections.abc import Iterator
from fractions import Fraction

from judge.language import expression
from judge.language.numerals import Number, numbers, show
from judge.language.prose import quote
from judge.tasks.asked import Wrong, near
from judge.tasks.figures import PAIRS, amount, operate
from judge.tasks.percent import OF

_SHOWN = 20_000  # characters read
_AT_MOST = 60  # equal signs read
_REACH = 90  # characters looked at on either side
_LEFT = frozenset("0123456789 .,+-*/\u00d7÷·xX()^$!%\u2212\u2013[]")
_BREAK = re.compile(r"[.,:;]\s+|[:;]|\t")
_OPERATES = re.compile(r"[0-9)!%]\s*(?:[+*/\u00d7÷·^!]|\s[-\u2212\u2013]\s|[xX]\s*[$(0-9.])")
_RANGE = re.compile(r"[0-9]{1,4}(?:[-\u2013][0-9]{1,4}){1,3}|[0-9]{1,4}(?:/[0-9]{1,4}){2,3}")
_RIGHT = re.compile(
    r"\s*[-\u2212]?[$]?\s*(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+"
    r"|\s?[x\u00d7]\s?10\^?\(?[-\u2212]?[0-9]+)?(?:/[0-9]+)?"
)
_GOES_ON = re.compile(
    r"\s*(?:[+*/\u00d7÷·^!√π°'\"_:(-]|[-\u2212\u2013]|\w*[0-9]|x\b|r\b|rem|mod|and\b|to\b|or\b|million"
    r"|billion|thousand|trillion|hundred|dozen|k\b|m\b|b\b|\.{2,}|…|[a-zA-Z](?![a-zA-Z])|\\|\{|,[0-9]"
    r"|\s[0-9])",
    re.IGNORECASE,
)
_IS = re.compile(
    r"\s*(?:is|equals?|is equal to|gives(?: us)?|makes|results in|=)\s+(?:equal to )?(?:exactly )?(?=[$-]?[0-9])",
    re.IGNORECASE,
)
_ODD = re.compile(
    r"\b(?:mod(?:ulo|ulus)?|binary|hex\w*|octal|base|boolean|bits?|false|incorrect\w*|wrong\w*"
    r"|mistake\w*|errors?|joke|riddle|puzzle|matrix|matrices|vectors?|javascript|python|string"
    r"|concatenat\w+|not equal|does not|doesn't|isn't|clock|about|approximately|roughly|around"
    r"|estimate\w*|round\w*|nearest)\b|≠|≈|~",
    re.IGNORECASE,
)


def look(prompt: str, text: str) -> Wrong | None:
    """Find the gravest false equation of an answer; what the prompt itself states is not the answer's doing."""
    text = text[:_SHOWN]
    worst: Wrong | None = None
    for said, value, number in [*_equations(text), *_worded(text)]:
        if _right(value, number) or (said in prompt and said):
            continue
        off = abs(number.value - value) / max(abs(value), Fraction(1, 10**6))
        near_miss = value.denominator != 1 and off < Fraction(1, 500)
        wrong = Wrong(
            0.3 if near_miss else 0.9, f"{quote(said)} is {show(value)}, but the answer says {quote(number.text)}"
        )
        worst = wrong if worst is None or wrong.severity > worst.severity else worst
    return worst


def _right(value: Fraction, number: Number) -> bool:
    return near(number, value, 1e-3 if value.denominator != 1 else 0.0) or (
        number.percent and abs(number.value / 100 - value) <= Fraction(10) ** -(max(0, min(12, number.places)) + 2)
    )


def _equations(text: str) -> Iterator[tuple[str, Fraction, Number]]:
    for place, _ in zip(re.finditer(r"(?<![=<>!+*/:-])=(?![=>])", text), range(_AT_MOST), strict=False):
        left = _left(text, place.start())
        right = _RIGHT.match(text, place.end())
        if not left or not right or _GOES_ON.match(text[right.end() : right.end() + 12]):
            continue
        if _ODD.search(text[max(0, place.start() - 120) : right.end() + 60]):
            continue
        value, said = (
            expression.evaluate(left),
            numbers(right.group().strip() + ("%" if text[right.end() : right.end() + 1] == "%" else "")),
        )
        if value is not None and len(said) == 1:
            yield f"{left} =", value, said[0]


def _left(text: str, end: int) -> str:
    """Read back from an equal sign to where its left side begins; nothing where that is unclear."""
    start = end
    while start > 0 and end - start < _REACH and text[start - 1] in _LEFT:
        start -= 1
    span, before = text[start:end], text[start - 1 : start] if start else ""
    if end - start >= _REACH:
        return ""
    if before in {"", "\n"}:
        span = re.sub(r"^\s*[-*•]\s+", "", span)
    parts = _BREAK.split(span)
    left = parts[-1].strip()
    cut = len(parts) > 1
    if before and not cut:
        joined = not span[:1].isspace() and (before.isalnum() or before in "_})]°%²³\\{|'\"=<>&")
        if joined or (re.match(r"[-+*/\u00d7÷·^!%)xX.\u2212\u2013]", left) and before not in "=\n>"):
            return ""
    if re.match(r"[xX]|[+*/\u00d7÷·^!%)]", left) or not _OPERATES.search(left) or _RANGE.fullmatch(left):
        return ""
    if left.startswith("(") and left.count("(") == left.count(")") + 1:
        left = left[1:].strip()
    return left if re.search(r"[0-9].*[0-9]|!", left) else ""


def _worded(text: str) -> Iterator[tuple[str, Fraction, Number]]:
    for pattern, sign in PAIRS:
        for found, _ in zip(pattern.finditer(text), range(_AT_MOST), strict=False):
            number = _claimed(text, found)
            if number and sign != "mod":
                accepted = operate(sign, amount(found[1]), amount(found[2]))
                if accepted and all(not _right(value, number) for value in accepted):
                    yield found.group(), accepted[0], number
    for found, _ in zip(OF.finditer(text), range(_AT_MOST), strict=False):
        if number := _claimed(text, found):
            yield found.group(), amount(found[1]) * amount(found[2]) / 100, number


def _claimed(text: str, found: re.Match[str]) -> Number | None:
    """Read the number that a sentence says something is."""
    said = _IS.match(text, found.end())
    right = _RIGHT.match(text, said.end()) if said else None
    if (
        not right
        or _GOES_ON.match(text[right.end() : right.end() + 12])
        or _ODD.search(text[max(0, found.start() - 60) : right.end() + 60])
    ):
        return None
    if re.search(
        r"[0-9.+*/\u00d7÷^-]\s?$|\b(?:and|plus|minus|times|by|of|to)\s$",
        text[max(0, found.start() - 8) : found.start()],
    ):
        return None
    values = numbers(right.group().strip())
    return values[0] if len(values) == 1 else None
