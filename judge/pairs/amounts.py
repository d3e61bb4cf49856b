"""Amounts that a sentence states: quantities with their unit, times, days of the week, and counts of anything."""

import re
from collections.abc import Iterator
from functools import lru_cache

from judge.language.quantities import SPELLED, UNIT, quantities

_SPELLED = "|".join(sorted(SPELLED, key=len, reverse=True))
_COUNT = re.compile(rf"(?<![\w.,/$€£¥-])([0-9]{{1,6}}(?:[.,][0-9]+)?|{_SPELLED})\s+([^\W\d_]{{3,}}|m²)", re.IGNORECASE)
_TIME = r"([01]?[0-9]|2[0-4])(?::([0-5][0-9]))?(?:\s?([ap])(?:m\b|\.m\b\.?))?"
_CLOCK = re.compile(rf"(?<![\w:.,/$€£¥₹-]){_TIME}(?:\s?(?:-|\u2013|to|and|until)\s?{_TIME})?(?![\w:])", re.IGNORECASE)
_NOON = 12
_ITEM = re.compile(r"[0-9]{1,3}[.)]?")  # of a list
_DAY = r"((?:mon|tues|wednes|thurs|fri|satur|sun)day)s?"
_WEEK = re.compile(rf"\b{_DAY}(?:\s?(?:to|through|until|till|-|\u2013)\s?{_DAY})?\b", re.IGNORECASE)
_ALWAYS = re.compile(r"(?<![\w/])[0-9]{1,2} ?/ ?[0-9](?![\w/])")
DAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())
MONTHS = frozenset("january february march april may june july august september october november december".split())
_LATIN = str.maketrans({"\u0130": "I", "\u0131": "i"})  # the i's of Turkish, which patterns take for ours
# nouns that are counted in a manner of speaking
_IDLE = frozenset("more most other others else also only way ways thing things such here there".split())


@lru_cache(maxsize=10_000)
def stated(text: str) -> tuple[tuple[str, str, str], ...]:
    """(unit, value, as it stands) of the amounts in a sentence; equal values of one unit are one amount."""
    return () if _ITEM.fullmatch(text) else tuple(_stated(text))


def _stated(text: str) -> Iterator[tuple[str, str, str]]:
    text = text.translate(_LATIN)
    for found in _CLOCK.finditer(text):
        if times := _times(found):
            yield "clock" if len(times) == 1 else "opening hours", "-".join(times), found.group()
    text = _CLOCK.sub(lambda found: " , " if _times(found) else found.group(), text)
    for found in _WEEK.finditer(text):
        yield "days of the week", "-".join(day[:3].casefold() for day in found.groups() if day), found.group()
    for found in _ALWAYS.finditer(text):
        yield "hours and days", found.group().replace(" ", ""), found.group()
    at, rest = 0, []
    for quantity in quantities(text):
        yield quantity.unit, quantity.value, quantity.text
        begin = text.index(quantity.text, at)
        rest.append(text[at:begin])
        at = begin + len(quantity.text)
    for number, noun in _COUNT.findall(" , ".join([*rest, text[at:]])):
        name = noun.casefold()
        if name in UNIT or name in _IDLE:
            continue
        value = SPELLED.get(number.casefold(), number.replace(",", ""))
        yield f"count of {name.removesuffix('s')}", f"{float(value):g}", f"{number} {noun}"


def _times(found: re.Match[str]) -> list[str]:
    """One or two times of day, of 24 hours; none where the numbers are no times."""
    hour, minute, half, until, after, other = found.groups()
    if not (minute or half or (until and (after or other))):
        return []
    if until and other and not half and not minute:  # 2 to 5 pm, 9 to 6 pm
        half = other if int(hour) % _NOON < int(until) % _NOON else "a"
    return [_time(*time) for time in ((hour, minute, half), (until, after, other)) if time[0]]


def _time(hour: str, minute: str | None, half: str | None) -> str:
    at = int(hour) if half is None else int(hour) % _NOON + _NOON * (half in "pP")
    return f"{at}:{minute or '00'}"
