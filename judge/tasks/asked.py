"""A short prompt taken apart into what to do and what to do it to, and how an answer to it can be wrong."""

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from judge.language.numerals import Number, numbers, show
from judge.language.prose import quote, words

LONGEST = 1_500  # characters up to which a prompt is a plain task
_SHOWN = 4_000  # characters of an answer that are read
_WORKING = re.compile(
    r"\b(?:algorithm|code|function|program(?:ming)?|script|query|python|java(?:script)?|sql|c\+\+|snippet|pseudo-?code"
    r"|explain|describe|how (?:do|would|can|could|to|should)|story|poem|example|method|approach|word problem|joke"
    r"|formula|equation (?:for|to|that)|expression (?:for|to|that)|essay|excel|spreadsheet|regex|classif\w+|translate"
    r"|sentences? (?:that|using|about|with)|paragraph|game|approximat\w+|estimat\w+|guess)\b",
    re.IGNORECASE,
)

_FOLLOWING = re.compile(
    r"\b(?:the|this) (?:(?:following|given) )?number\b(?! of)|\bnumber given(?: below)?\b", re.IGNORECASE
)
_ONE_NUMBER = re.compile(r"[-\u2212]?[0-9]{1,15}(?:\.[0-9]{1,9})?")


class Asked(NamedTuple):
    """
    A task.

    Attributes:
        head: what to do.
        data: what to do it to, or nothing where the head says it all.

    """

    head: str
    data: str

    @property
    def whole(self) -> str:
        """Both."""
        return f"{self.head}\n{self.data}" if self.data else self.head


class Wrong(NamedTuple):
    """A wrong answer: how bad, and why, for a person."""

    severity: float
    because: str


def take_apart(prompt: str) -> Asked | None:
    """Split at the first blank line, else line, else colon; None where it is long or wants more than a result."""
    text = prompt.strip()
    if not text or len(text) > LONGEST:
        return None
    for mark in ("\n\n", "\n", ": ", ":"):
        head, found, data = text.partition(mark)
        if found and data.strip():
            head = _FOLLOWING.sub(data.strip(), head) if _ONE_NUMBER.fullmatch(data.strip()) else head
            return None if _WORKING.search(head) else Asked(head.strip(), data.strip())
    return None if _WORKING.search(text) else Asked(text, "")


def only(text: str, allowed: frozenset[str]) -> bool:
    """Whether a text holds no other words than these, numbers aside."""
    return all(word in allowed or word[0].isdigit() for word in words(text))


def number_list(text: str) -> list[Number] | None:
    """Read a text that is a list of two or more numbers and nothing else."""
    found = numbers(text)
    rest = list(text)
    for number in found:
        rest[number.start : number.end] = " " * (number.end - number.start)
    left = "".join(rest)
    left = re.sub(
        r"\b(?:numbers?|list|set|array|data(?: ?set)?|values?|sequence|series|and|integers?)\b",
        " ",
        left,
        flags=re.IGNORECASE,
    )
    packed = re.search(r"[0-9],[0-9]{3}(?![0-9])", text) and "," not in re.sub(r"[0-9],[0-9]", "", text)
    plain = not left.strip(" \t\r\n,;:[]{}()=\"'.&<>-•*") and not any(n.percent for n in found)
    return found if plain and len(found) > 1 and not packed and "]," not in text else None


def labelled_numbers(text: str) -> list[Number] | None:
    """Read the numbers of lines like `Person 1: Age 12`, one for each of two or more lines."""
    lines = [line for line in text.splitlines() if line.strip()]
    found = [
        re.fullmatch(r"[^:=\n]{1,40}[:=]\s*(?:[A-Za-z]+ )?([$€£]?[0-9][0-9,]*(?:\.[0-9]+)?)\s*", line) for line in lines
    ]
    read = [numbers(one[1])[0] for one in found if one]
    return read if len(read) == len(lines) > 1 else None


def inline_numbers(text: str) -> list[Number] | None:
    """Read the one list of numbers inside a sentence."""
    number = r"[-\u2212]?[0-9]+(?:\.[0-9]+)?(?:/[0-9]+)?"
    found = re.findall(
        rf"(?<![\w.,/-]){number}(?:, ?(?:and |& )?{number}|,? (?:and|&) {number}){{1,60}}(?![\w%/]|\.[0-9])", text
    )
    return number_list(found[0]) if len(found) == 1 else None


def near(number: Number, wanted: Fraction, loose: float) -> bool:
    """Whether a number is this value, rounded or cut at the places it shows, or within a relative error of `loose`."""
    off = abs(number.value - wanted)
    if not off:
        return True
    shown = Fraction(10) ** -max(-12, min(number.places, 30))
    exact = (wanted / shown).denominator == 1
    up = abs(number.value) > abs(wanted)  # a half is rounded up; only decimals are cut
    rounded = off < shown if number.places > 0 else off * 2 < shown or (up and off * 2 == shown)
    return (not exact and rounded) or (wanted.denominator != 1 and off <= Fraction(loose) * abs(wanted))


def wrong_number(
    text: str, accepted: Sequence[Fraction], what: str, given: Sequence[Fraction] = (), loose: float = 0.0
) -> Wrong | None:
    """
    Tell whether an answer states a number, and never an accepted one.

    Args:
        text: the answer.
        accepted: right values; the first is shown.
        what: begins the reason, "the mean of 1, 2".
        given: the numbers of the prompt; an answer that repeats them does not state them.
        loose: relative error that passes.

    """
    said = _without_echo(numbers(text[:_SHOWN]), list(given))
    if any(near(n, wanted, loose) or (n.percent and near_percent(n, wanted)) for n in said for wanted in accepted):
        return None
    plain = [n for n in said if not n.spelled] or said
    claims = [n for n in plain if n.value not in given] or (plain if len(plain) == 1 else [])
    if not claims or len(text) > _SHOWN:
        return None
    claim = min(claims, key=lambda n: abs(n.value - accepted[0]))
    off = abs(claim.value - accepted[0]) / abs(accepted[0]) if accepted[0] else Fraction(1)
    close = accepted[0].denominator != 1 and off < Fraction(1, 300)
    severity = 0.35 if close else 0.9 if len(text.split()) < 80 else 0.7  # noqa: PLR2004 - long answers hold more to misread
    return Wrong(severity, f"{what} is {show(accepted[0])}, but the answer says {quote(claim.text)}")


def near_percent(number: Number, wanted: Fraction) -> bool:
    """Whether a percentage says this value as a share of one."""
    return abs(number.value / 100 - wanted) < Fraction(10) ** -(max(0, min(number.places, 28)) + 2)


def contains(values: Iterable[Number], wanted: Fraction) -> bool:
    """Whether one of the numbers is this value, as far as it shows."""
    return any(near(number, wanted, 0.0) for number in values)


def _without_echo(said: list[Number], given: list[Fraction]) -> list[Number]:
    """Drop the run of numbers that repeats the prompt's own."""
    size = len(given)
    for at in range(len(said) - size if size > 1 else -1):
        if [number.value for number in said[at : at + size]] == given:
            return said[:at] + said[at + size :]
    return said
