"""Days between dates, days of the week, and times some hours before or after another. Gregorian calendar throughout."""

import re
from fractions import Fraction

from judge.language.numerals import numbers
from judge.language.prose import quote
from judge.tasks.asked import Asked, Wrong, wrong_number

_MONTHS = "january february march april may june july august september october november december".split()
_DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split()
_MONTH = "(?:" + "|".join(rf"{name[:3]}(?:{name[3:]}|t)?\.?" for name in _MONTHS) + ")"
_DATE = re.compile(
    rf"\b(?P<month>{_MONTH}) (?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,? (?P<year>[12][0-9]{{3}})\b"
    rf"|\b(?P<day2>[0-9]{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<month2>{_MONTH}),? (?P<year2>[12][0-9]{{3}})\b"
    r"|\b(?P<year3>[12][0-9]{3})-(?P<month3>[01][0-9])-(?P<day3>[0-3][0-9])\b",
    re.IGNORECASE,
)
_TIME = re.compile(r"\b(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-5][0-9]))?\s?(?P<half>[ap])\.?m\b\.?", re.IGNORECASE)
_BETWEEN = re.compile(
    r"\b(?:how many|number of|calculate the|find the|count the|difference in|compute the"
    r"|time difference in)\b.{0,40}\b(?P<unit>days|hours|minutes|weeks)\b.*?\b(?:between|from|since"
    r"|until|difference)\b|\b(?:difference in|difference between .{0,60} in) (?P<unit2>days|hours"
    r"|minutes|weeks)\b",
    re.IGNORECASE | re.DOTALL,
)
_WEEKDAY = re.compile(
    r"\b(?:what|which) day of the week\b|\bday of the week (?:for|of|on)\b|\bwhat day (?:was|is|will)\b", re.IGNORECASE
)
_SHIFT = re.compile(
    r"\b(?P<n>[0-9]{1,3}(?:\.5)?|one|two|three|four|five|six|seven|eight|nine|ten|twelve) (?P<unit>hours?|minutes?)"
    r"(?: and (?P<m>[0-9]{1,2}) minutes?)? (?P<way>after|before|from|later than|earlier than|past)\b (?:the time )?",
    re.IGNORECASE,
)
_SMALL = {
    name: at
    for at, name in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), start=1)
}
_PLAIN = 50  # words of a plain question
_FIGURES = 4  # an hour, a minute, and how long
_DAY = 1440  # minutes
_TALK = re.compile(
    r"\b(?:business|working|weekdays|weekend|excluding|zone|utc offset|est|pst|gmt|flight|train"
    r"|travel\w*|inclusive|including|both)\b",
    re.IGNORECASE,
)


def day_number(year: int, month: int, day: int) -> int:
    """Days since 1 March of year 0 (Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2013)."""
    year -= month <= 2  # noqa: PLR2004 - the year begins in March
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * ((month + 9) % 12) + 2) // 5 + day - 1


def look(asked: Asked, text: str) -> Wrong | None:
    """Find a wrong number of days, a wrong day of the week, or a wrong time."""
    whole = asked.whole
    if (
        not re.search(r"\b(?:days?|hours?|minutes?|weeks)\b", whole, re.IGNORECASE)
        or _TALK.search(whole)
        or len(whole.split()) > _PLAIN
    ):
        return None
    dates = [d for d in (_date(found) for found in _DATE.finditer(whole)) if d is not None]
    if len(dates) == 2 and (found := _BETWEEN.search(whole)):  # noqa: PLR2004 - from, to
        return _apart(whole, dates, (found["unit"] or found["unit2"]).casefold(), text)
    if len(set(dates)) == 1 and _WEEKDAY.search(whole):
        right = _DAYS[(dates[0] + 3) % 7]
        said = [day for day in _DAYS if re.search(rf"\b{day}\b", text, re.IGNORECASE)]
        return (
            Wrong(0.9, f"that day is a {right}, but the answer says {quote(said[0])}")
            if len(said) == 1 and right not in said
            else None
        )
    return _shifted(whole, text) if not dates else None


def _date(found: re.Match[str]) -> int | None:
    groups = found.groupdict()
    year, month, day = (
        next(v for key in (name, f"{name}2", f"{name}3") if (v := groups[key])) for name in ("year", "month", "day")
    )
    at = (
        int(month)
        if month.isdigit()
        else 1 + next(i for i, name in enumerate(_MONTHS) if name.startswith(month[:3].casefold()))
    )
    return day_number(int(year), at, int(day)) if 1 <= at <= 12 and 1 <= int(day) <= 31 else None  # noqa: PLR2004


def _apart(whole: str, dates: list[int], unit: str, text: str) -> Wrong | None:
    times = [_minutes(found) for found in _TIME.finditer(whole)]
    if len(times) not in {0, 2}:
        return None
    days = abs(dates[1] - dates[0])
    minutes = days * _DAY if not times else abs((dates[1] - dates[0]) * _DAY + times[1] - times[0])
    size = {"days": _DAY, "hours": 60, "minutes": 1, "weeks": 7 * _DAY}[unit]
    accepted = [Fraction(minutes, size)]
    if not times:
        accepted += [Fraction(days + more) * _DAY / size for more in (1, -1)]  # ends counted in, or out
    if unit == "weeks":
        accepted.append(Fraction(minutes // size))
    return wrong_number(_DATE.sub(" ", text), accepted, f"the number of {unit} between the two dates", [])


def _minutes(found: re.Match[str]) -> int:
    return (int(found["hour"]) % 12 + 12 * (found["half"].casefold() == "p")) * 60 + int(found["minute"] or 0)


def _shifted(whole: str, text: str) -> Wrong | None:
    times, shift = list(_TIME.finditer(whole)), _SHIFT.search(whole)
    if (
        len({_minutes(t) for t in times}) != 1
        or not shift
        or shift.end() != times[0].start()
        or len(_SHIFT.findall(whole)) != 1
    ):
        return None
    if (
        not re.search(
            r"\b(?:what|which) time|\btime (?:is|will|would|that)|\bwhat is\b|\bcalculate\b|\bfind\b",
            whole,
            re.IGNORECASE,
        )
        or len(numbers(whole)) > _FIGURES
    ):
        return None
    size = Fraction(_SMALL.get(shift["n"].casefold(), shift["n"])) * (
        60 if shift["unit"].casefold().startswith("hour") else 1
    )
    size += int(shift["m"] or 0)
    back = shift["way"].casefold() in {"before", "earlier than"}
    wanted = (_minutes(times[0]) + (-size if back else size)) % _DAY
    said = [_minutes(found) for found in _TIME.finditer(text) if int(found["hour"]) <= 12]  # noqa: PLR2004
    if (
        not said
        or wanted in said
        or re.search(r"\b(?:noon|midnight|[0-9]{1,2}:[0-9]{2}(?!\s?[ap]))", text, re.IGNORECASE)
    ):
        return None
    hour, minute = divmod(int(wanted), 60)
    right = f"{(hour + 11) % 12 + 1}:{minute:02d} {'pm' if hour >= 12 else 'am'}"  # noqa: PLR2004
    return Wrong(0.9, f"{shift.group().strip()} {times[0].group()} is {right}, not {quote(text)}")
