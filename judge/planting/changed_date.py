"""A date or time that became another one: a year, a day of a month, a month, a day of the week, an hour."""

import re

from judge.planting import Answer, Draw, Edit, Ground, Planter
from judge.planting._guards import fixed, is_code
from judge.planting._spans import SHOWN, became, masked, sentences, splice

_MONTHS = ("January February March April May June July August September October November December").split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTH, _DAY = "|".join(_MONTHS), "|".join(_DAYS)
_FOUND = re.compile(
    rf"\b(?P<dated>{_MONTH}) (?P<of>[0-9]{{1,2}})(?:st|nd|rd|th)?\b(?!:)"
    rf"|\b(?P<on>[0-9]{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<later>{_MONTH})\b"
    rf"|(?<![\w-])(?P<iso>[12][0-9]{{3}}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01]))(?![\w-])"
    rf"|(?<=\b[Ii]n |\b[Bb]y |\b[Oo]f )(?P<month>{_MONTH})\b(?! [0-9]{{1,2}}\b)"
    rf"|(?:(?<=\b[Oo]n |\b[Bb]y |\bto )|(?<=from |ntil |ough |very )|(?<=[\u2013-]))(?P<weekday>{_DAY})\b(?!s)"
    rf"|(?P<first>{_DAY})(?=(?: to | through | until | ?[\u2013-] ?)(?:{_DAY}))"
    r"|(?<![\w.,:/$€£#-])(?P<clock>1[0-2]|[1-9])(?::[0-5][0-9])? ?[AaPp]\.?[Mm]\b"
    r"|(?<![\w.,:/$€£#-])(?P<year>1[0-9]{3}|20[0-2][0-9])(?=[,.;)]?(?:\s|$)|s\b|[\u2013-]1[0-9]{3}"
    r"|[\u2013-]20[0-2][0-9])(?! ?%)"
)
_CUE = re.compile(
    r"\b(?:in|since|by|until|from|to|and|between|around|before|after|during|of|the|late|early|mid|born|founded"
    r"|january|february|march|april|may|june|july|august|september|october|november|december|[0-9]{1,2},?)[ (]{1,2}$"
    r"|[(\u2013-]$",
    re.IGNORECASE,
)
_COUNTS = re.compile(r" (?!(?:was|is|has|as|its|his|this|does|us)\b)(?:[a-z]{2,20}s|people|feet|percent)\b")
_LAST = 2023  # the newest year that is made
_TOKEN = dict.fromkeys(("dated", "later", "month"), _MONTHS) | {"weekday": _DAYS, "first": _DAYS}
_LONG_DAY = 28  # the last day that every month has


def plant(answer: Answer, ground: Ground, draw: Draw) -> Edit | None:
    """Decline in code, and for dates that nothing fixed; the new date stands neither in the answer nor its grounds."""
    if is_code(answer):
        return None
    taken = answer.text[:SHOWN] + "\n" + ground.known(answer)
    found = [(one, hit) for one in sentences(masked(answer.text)) for hit in _FOUND.finditer(one.text)]
    for sentence, hit in draw.shuffled(found):
        if hit["year"] and not _is_year(sentence.text, hit):
            continue
        if not fixed(answer, ground, hit.group(), sentence.text):
            continue
        for group, options in draw.shuffled(_ways(hit, sentence.text)):
            start, end = (sentence.start + place for place in hit.span(group))
            new = _absent(options, taken, draw)
            if new is None:
                continue
            text = splice(answer.text, start, end, new)
            first, last = sentence.start + hit.start(), sentence.start + hit.end()
            shown = text[first : last + len(text) - len(answer.text)]
            if shown not in taken:
                return Edit(text=text, because=became(answer.text[first:last], shown))
    return None


def _is_year(said: str, hit: re.Match[str]) -> bool:
    return bool(_CUE.search(said[: hit.start()][-20:])) and not _COUNTS.match(said[hit.end() : hit.end() + 30])


def _ways(hit: re.Match[str], said: str) -> list[tuple[str, list[str]]]:
    """What can be changed in a date: each a group of the match, and what could stand there."""
    short = int(hit["of"] or hit["on"] or 1) <= _LONG_DAY
    ways = [(group, names) for group, names in _TOKEN.items() if hit[group] and short]
    ways += [
        (group, [str(n) for n in range(2, _LONG_DAY) if abs(n - int(hit[group])) > 1])
        for group in ("of", "on")
        if hit[group] and re.match(r"[0-9]{1,2}\b", said[hit.start(group) :])
    ]
    if hit["clock"]:
        ways.append(("clock", [str(n) for n in range(1, 13) if abs(n - int(hit["clock"])) > 1]))
    if hit["iso"]:
        ways.append(("iso", [hit["iso"][:5] + day for day in ("02-11", "04-23", "08-06", "10-17", "11-28")]))
    if hit["year"]:
        ways.append(("year", _years(hit["year"], said)))
    return ways


def _years(year: str, said: str) -> list[str]:
    """Years near this one, and on the same side of every other year in the sentence."""
    value = int(year)
    rest = {int(y) for y in re.findall(r"(?<![0-9])(?:1[0-9]{3}|20[0-2][0-9])(?![0-9])", said)} - {value}
    low, high = (
        max((y for y in rest if y < value), default=1000),
        min((y for y in rest if y > value), default=_LAST + 1),
    )
    round_ = 10 if year.endswith("0") and re.search(rf"{year}s\b", said) else 1
    steps = [sign * step * round_ for step in ([1, 2, 3, 5] if round_ > 1 else range(3, 40)) for sign in (1, -1)]
    return [str(value + step) for step in steps if low < value + step < high and value + step <= _LAST]


def _absent(options: list[str], taken: str, draw: Draw) -> str | None:
    left = [option for option in options if not re.search(rf"\b{option}\b", taken)]
    return draw.pick(left) if left else None


PLANTER = Planter(name="changed_date", rubric="factual", many="changed dates", plant=plant)
