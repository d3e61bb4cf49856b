"""Numbers with their units, read so that two spellings of one amount are equal: `two weeks` and `14 days`."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from judge.language.prose import words

SPELLED = {
    name: str(value)
    for value, name in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    )
} | {
    "fourteen": "14",
    "fifteen": "15",
    "twenty": "20",
    "thirty": "30",
    "forty-five": "45",
    "sixty": "60",
    "ninety": "90",
}
_UNITS = {  # spelling: (unit, how many of it)
    "second seconds sec secs": ("second", 1), "minute minutes min mins": ("minute", 1),
    "hour hours hr hrs": ("hour", 1), "day days": ("hour", 24), "week weeks": ("hour", 168),
    "month months": ("month", 1), "year years yr yrs": ("month", 12),
    "dollar dollars usd": ("$", 1), "euro euros eur": ("€", 1), "pound pounds gbp": ("£", 1),
    "% percent pct": ("%", 1), "mm": ("mm", 1), "cm": ("mm", 10), "meter meters metre metres": ("mm", 1000),
    "km kilometers kilometres kilometer": ("km", 1), "mile miles": ("mile", 1), "inch inches": ("inch", 1),
    "foot feet ft": ("foot", 1), "mg": ("mg", 1), "gram grams": ("g", 1), "kg kilograms kilogram": ("g", 1000),
    "lb lbs": ("lb", 1), "liter liters litre litres": ("litre", 1), "ml": ("ml", 1), "kb": ("kb", 1),
    "mb": ("mb", 1), "gb": ("mb", 1000), "tb": ("mb", 1_000_000), "watt watts": ("watt", 1), "volt volts": ("volt", 1),
    "kwh": ("kwh", 1), "mah": ("mah", 1), "°c celsius": ("°C", 1), "°f fahrenheit": ("°F", 1), "mph": ("mph", 1),
    "points point": ("point", 1), "items item": ("item", 1), "times": ("time", 1), "stars star": ("star", 1),
    "degrees degree": ("degree", 1), "am a.m.": ("am", 1), "pm p.m.": ("pm", 1),
}  # fmt: skip
UNIT = {spelling: meaning for spellings, meaning in _UNITS.items() for spelling in spellings.split()}
SIGNS = {"$": "$", "€": "€", "£": "£", "¥": "¥", "₹": "₹"}
_NUMBER = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]{1,15}(?:\.[0-9]{1,9})?"
_WORDS = "|".join(sorted(SPELLED, key=len, reverse=True))
_ANY = "|".join(re.escape(unit) for unit in sorted(UNIT, key=len, reverse=True))
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?:{'|'.join(_MONTHS)})[a-z]{{0,6}}\.?"
_FOUND = re.compile(
    rf"(?<![\w.])(?P<phone>(?![12][0-9]{{3}}-[01][0-9]-[0-3][0-9](?!\w))"
    rf"\+?[0-9]{{1,4}}(?:[-. ][0-9]{{2,5}}){{2,4}})(?![\w-])"
    rf"|(?P<sign>[$€£¥₹])\s?(?P<money>{_NUMBER})"
    rf"|(?<![\w.,/$€£¥₹-])(?P<low>{_NUMBER}|(?:{_WORDS})(?=[\s-]))(?:\s?(?:-|\u2013|to)\s?(?P<high>{_NUMBER}))?"
    rf"(?:[\s-](?:business|working|calendar|full|consecutive|additional))?[\s-]?(?P<unit>{_ANY})(?![\w])"
    rf"|(?<![\w.,/])(?:(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)? (?P<month>{_MONTH})"
    rf"|(?P<mon>{_MONTH}) (?P<d>[0-9]{{1,2}}))\b"
    r"|(?<![\w-])(?P<iso>[12][0-9]{3}-[01][0-9]-[0-3][0-9])(?![\w-])"
    r"|(?<![\w.,/$€£¥₹-])#?(?P<id>(?:[A-Z]{1,4}-?)?[0-9]{5,12})(?![\w.,%-]*[0-9])",
    re.IGNORECASE,
)
# where an amount can begin: cheap to find, unlike an amount
_HINT = re.compile(rf"[0-9$€£¥₹+#]|\b(?:[a-z]{{1,4}}-?[0-9]|{_WORDS}|{'|'.join(_MONTHS)})", re.IGNORECASE)
_AT_MOST = 100  # quantities read from one text
_SHOWN = 50_000  # characters read
_SENTENCE = re.compile(r"[.!?](?=\s)|\n")
_STOP = frozenset(
    (
        "a an the and or but of to with for from by at in on is are was were be been will would can could may your "
        "you our we i it its this that these those have has had do does as if within about up not please any all"
    ).split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """
    An amount in a text.

    Attributes:
        unit: canonical name (`hour`, `$`, `phone`, `id`, ...); only equal units are compared.
        value: canonical digits, or `low-high`.
        text: as it stands.
        sentence: where it stands.
        frame: the content words of its sentence without numbers.
        before: the word before it.

    """

    unit: str
    value: str
    text: str
    sentence: str
    frame: frozenset[str]
    before: str


def quantities(text: str) -> tuple[Quantity, ...]:
    """Read the amounts in a text, in order; at most the first 100, in the first 50,000 characters."""
    return tuple(q for q, _ in zip(_read(text[:_SHOWN]), range(_AT_MOST), strict=False))


def content(text: str) -> frozenset[str]:
    """Words that carry meaning: no function words, no digits."""
    return meaning(words(text))


def meaning(said: Iterable[str]) -> frozenset[str]:
    """Those of some words that carry meaning."""
    return frozenset(w for w in said if w not in _STOP and not w[0].isdigit() and w not in SPELLED)


def overlap(left: frozenset[str], right: frozenset[str]) -> float:
    """Share of the smaller set's words that the other one has, in [0, 1]; 0 where a set has fewer than two words."""
    smaller = min(len(left), len(right))
    return len(left & right) / smaller if smaller > 1 else 0.0


def _amounts(text: str) -> Iterator[re.Match[str]]:
    """What `_FOUND.finditer` finds, tried only where an amount can begin."""
    done = 0
    for hint in _HINT.finditer(text):
        if hint.start() >= done and (found := _FOUND.match(text, hint.start())):
            yield found
            done = found.end()


def _read(text: str) -> Iterator[Quantity]:
    ends = [0, *(m.end() for m in _SENTENCE.finditer(text)), len(text)]
    place = 0
    for found in _amounts(text):
        while ends[place + 1] < found.start() + 1:
            place += 1
        sentence = text[ends[place] : max(ends[place + 1], found.end())].strip()[:600]
        unit, value = _canonical(found)
        frame = content(sentence.replace(found.group(), " "))
        before = words(text[max(0, found.start() - 30) : found.start()])
        yield Quantity(
            unit=unit,
            value=value,
            text=found.group().strip(),
            sentence=sentence,
            frame=frame,
            before=(before or [""])[-1],
        )


def _canonical(found: re.Match[str]) -> tuple[str, str]:
    if phone := found["phone"]:
        return "phone", re.sub(r"\D", "", phone)
    if month := found["month"] or found["mon"]:
        return "date", f"{_MONTHS.index(month[:3].casefold()) + 1}-{int(found['day'] or found['d'])}"
    if date := found["iso"]:
        return "date", f"{int(date[5:7])}-{int(date[8:])}"
    if code := found["id"]:
        return "id", code.casefold().lstrip("0") or "0"
    if found["sign"]:
        return SIGNS[found["sign"]], _digits(found["money"], 1)
    unit, many = UNIT[_folded(found["unit"])]
    low = SPELLED.get(_folded(found["low"]), found["low"])
    return unit, "-".join(_digits(part, many) for part in (low, found["high"]) if part)


def _folded(word: str) -> str:
    """As it is listed; `re` also takes a Turkish \u0131 or \u0130 for an i."""
    return word.replace("\u0130", "i").casefold().replace("\u0131", "i")


def _digits(number: str, many: int) -> str:
    return f"{float(number.replace(',', '')) * many:.10g}"
