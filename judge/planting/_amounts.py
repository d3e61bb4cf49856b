"""Numbers in a text that stand for an amount, and other numbers of the same look."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from judge.planting._draw import Draw
from judge.planting._spans import SHOWN, Sentence, sentences

DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3}){1,4}|[0-9]{1,9})(?:\.[0-9]{1,4})?"
SPELLED = ("zero one two three four five six seven eight nine ten eleven twelve").split()
_COUNTED = (
    r"(?:business |working |calendar )?(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?|centuries"
    r"|percent"
    r"|dollars|euros|pounds|cents|inch(?:es)?|feet|miles?|met(?:er|re)s?|kilomet(?:er|re)s?|grams?|kilograms?"
    r"|lit(?:er|re)s?"
    r"|cups?|tablespoons?|teaspoons?|ounces?|degrees|km|cm|mm|kg|mg|ml|mph|GB|MB|TB|°[CF]|characters|points|people"
    r"|members|countries|states|planets|players|times|bones|million|billion|trillion|thousand)"
)
_AMOUNT = re.compile(
    rf"(?P<sign>[$€£¥₹] ?)(?P<money>{DIGITS})(?![\w%:/]|[.,-][0-9])"
    rf"|(?<![\w.,/:$€£#+*=^-])(?P<low>{DIGITS})(?:(?P<dash> ?[-\u2013] ?| to )(?P<high>{DIGITS}))?"
    rf"(?P<unit>[ -]{_COUNTED}\b| ?%|°[CF]| [a-z]{{3,20}}s\b| [a-z]{{3,20}} [a-z]{{3,20}}s\b|(?=\.(?:\s"
    rf"|$)))(?![\w/:]|[.,-][0-9])"
    rf"|(?<![\w-])(?P<word>{'|'.join(SPELLED[2:])})(?P<noun> [a-z]{{3,20}}s\b| [a-z]{{3,20}} [a-z]{{3,20}}s\b|"
    rf" {_COUNTED}\b)",
)
_NOT_AMOUNTS = re.compile(
    r"(?:\b(?:steps?|chapters?|sections?|figures?|tables?|pages?|phases?|parts?|options?|versions?|levels?"
    r"|questions?|no"
    r"|numbers?|grades?|class|types?|lines?|rows?|items?|rules?|articles?|windows|python|java|ios|android|room|flight"
    r"|highway|route|these|those|between|other|all|both|case|game|apollo|wars?|model|act|covid|any|every|either|one"
    r" of the)"
    r"|[#v(/])[\s.:]{0,2}$",
    re.IGNORECASE,
)
_STATED = re.compile(r"(?:\b(?:is|are|was|were|equals?|to|of|be|than)|=) $")
_FUNCTION = frozenset(
    "is was has does its this his as us yes thus plus minus times less unless across versus always".split()
)
_CODE = 6  # digits from which a number without separators is no amount
_PERCENT = 100  # numbers up to this might be one, and stay below it
_NEAR = (0.7, 1.45)  # times the number itself: too near to be another
_FIVE = 5
_YEAR = re.compile(r"1[0-9]{3}|20[0-9]{2}|2100")


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """
    A number with what it counts.

    Attributes:
        start, end: place of the number, without sign and unit; of both numbers in a range.
        values: the number as it stands, or the two of a range.
        joint: what stands between the two.
        shown_end: where its unit ends.
        sentence: where it stands.

    """

    start: int
    end: int
    values: tuple[str, ...]
    joint: str
    shown_end: int
    sentence: Sentence


def amounts(mask: str) -> Iterator[Amount]:
    """Read amounts from a masked text; list marks, step numbers, versions, years, clock times and codes are none."""
    for sentence in sentences(mask):
        for found in _AMOUNT.finditer(sentence.text):
            which = "money" if found["money"] else "low" if found["low"] else "word"
            counted = (found["unit"] or found["noun"] or "").split()
            first = found.start(which) == 0 or sentence.text[: found.start(which)].strip(" *_(") == ""
            if first and which != "word":
                continue
            if _NOT_AMOUNTS.search(sentence.text[max(0, found.start() - 16) : found.start()]):
                continue
            if which == "low" and not found["unit"] and not _STATED.search(sentence.text[: found.start()][-12:]):
                continue
            if set(counted) & _FUNCTION or (which == "low" and _is_bare_year(found)):
                continue
            yield Amount(
                start=sentence.start + found.start(which),
                end=sentence.start + (found.end("high") if found["high"] else found.end(which)),
                values=tuple(v for v in (found[which], found["high"]) if v),
                joint=found["dash"] or "",
                shown_end=sentence.start + found.end(),
                sentence=sentence,
            )


def other(amount: Amount, taken: set[str], draw: Draw) -> str | None:
    """
    Another number, or range, of the same look: at least half as much again or a third less, not among those `taken`.

    None where there is none, and for one and zero, whose nouns would not agree.
    """
    if len(amount.values) > 1:
        low, high = (float(v.replace(",", "")) for v in amount.values)
        if not 0 < low < high:
            return None
        factor = draw.pick((2, 3))
        return _like(amount.values[0], low * factor) + amount.joint + _like(amount.values[1], high * factor)
    text = amount.values[0]
    if _is_code(text):
        return _miscopied(text, draw)
    if text in SPELLED:
        at = SPELLED.index(text)
        choices = [word for n, word in enumerate(SPELLED) if n > 1 and abs(n - at) > 1 and word not in taken]
    else:
        choices = [new for new in _others(text) if new not in taken and _starts_alike(text, new)]
    return draw.pick(choices) if choices else None


def numbers(text: str) -> set[str]:
    """Every number that the first 40,000 characters of a text mention, as it stands and in digits."""
    text = text[: 2 * SHOWN]
    found = set(re.findall(DIGITS, text))
    spelled = {word for word in re.findall(r"[a-z]+", text.lower()) if word in SPELLED}
    return found | spelled | {str(SPELLED.index(word)) for word in spelled}


def _others(text: str) -> Sequence[str]:
    value = float(text.replace(",", ""))
    if value in (0, 1):
        return ()
    if value < len(SPELLED) and "." not in text:
        return [str(n) for n in range(2, 15) if abs(n - value) >= max(2, value / 3)]
    most = _PERCENT - 1 if value <= _PERCENT else value * 4
    factors = (0.15, 0.25, 0.4, 0.5, 0.6, 1.6, 1.7, 2, 2.3, 3, 3.1)
    made = {new: None for factor in factors if value * factor <= most for new in [_like(text, value * factor)]}
    return [new for new in made if not _NEAR[0] < float(new.replace(",", "")) / value < _NEAR[1]]


def _like(text: str, value: float) -> str:
    decimals = len(text.partition(".")[2])
    if not decimals:
        digits = text.replace(",", "")
        step = 10 ** (len(digits) - len(digits.rstrip("0"))) if len(digits) > 1 else 1
        step = step if value >= step else max(1, step // 10)
        step = _FIVE if step == 1 and digits.endswith("5") and value >= _FIVE else step
        value = max(2, round(value / step) * step)
    return f"{value:,.{decimals}f}" if "," in text else f"{value:.{decimals}f}"


def _is_code(text: str) -> bool:
    """Whether a number names something, like an order: it has many digits and no separators, or begins with 0."""
    return text.isdigit() and (len(text) >= _CODE or (len(text) > 1 and text[0] == "0"))


def _miscopied(text: str, draw: Draw) -> str:
    """Change two neighbouring digits, as a slip of the pen would."""
    at = draw.below(len(text) - 1)
    pair = "".join(str((int(digit) + 1 + draw.below(9)) % 10) for digit in text[at : at + 2])
    return text[:at] + pair + text[at + 2 :]


def _is_bare_year(found: re.Match[str]) -> bool:
    return bool(_YEAR.fullmatch(found["low"]) and not re.match(rf"[ -]{_COUNTED}", found["unit"] or ""))


def _starts_alike(one: str, other: str) -> bool:
    """Whether both are spoken with a vowel first, or neither: “an 8-day trip”."""
    return [n.startswith("8") or n in ("11", "18") for n in (one, other)] in ([True, True], [False, False])
