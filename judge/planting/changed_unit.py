"""The unit of an amount that became another one: 14 days to 14 weeks, $50 to £50."""

import re

from judge.planting import Answer, Draw, Edit, Ground, Planter
from judge.planting._amounts import DIGITS, SPELLED
from judge.planting._guards import fixed, is_code
from judge.planting._spans import became, masked, sentences, splice

_TIMES = "second minute hour day week month year decade".split()
_FAMILIES = (  # a unit, and what it may become
    *(" ".join([unit, *_TIMES[max(0, n - 1) : n], *_TIMES[n + 1 : n + 2]]) for n, unit in enumerate(_TIMES)),
    "km miles m", "miles kilometers feet", "kilometers miles meters", "kilometres miles metres", "meters feet inches",
    "metres feet inches", "feet inches yards", "inches feet centimeters", "cm mm m", "mm cm", "mg g", "g mg kg",
    "kg g lbs",
    "lbs kg", "grams kilograms milligrams", "kilograms grams", "pounds ounces", "ounces pounds", "ml litres",
    "liters milliliters gallons", "litres millilitres gallons", "gallons liters", "cups teaspoons", "tablespoons cups",
    "teaspoons cups", "KB GB", "MB GB TB", "GB MB TB", "TB GB", "°C °F", "°F °C", "million billion thousand",
    "billion million trillion", "trillion billion", "thousand million", "dollars euros", "euros dollars",
    "watts kilowatts",
)  # fmt: skip
_OTHERS = {unit: others for unit, *others in (family.split() for family in _FAMILIES)}
_OTHERS |= {f"{unit}s": [f"{other}s" for other in _OTHERS[unit]] for unit in _TIMES}
_SIGNS = {"$": "€£", "€": "$£", "£": "$€", "₹": "$€", "¥": "$€"}
_UNIT = "|".join(sorted(map(re.escape, _OTHERS), key=len, reverse=True))
_WORDS = "|".join(SPELLED[2:])
_FOUND = re.compile(
    rf"(?<![\w.,/#])(?P<sign>[$€£₹¥]) ?(?P<money>{DIGITS})"
    rf"|(?<![\w.,/:$€£-])(?P<value>(?:{DIGITS}(?: ?[-\u2013] ?| to ))?(?P<last>{DIGITS}|{_WORDS}))(?P<gap>[ -]?)"
    rf"(?P<unit>(?:(?:business|working|calendar) )?(?:{_UNIT}))(?![\w/²³°])"
)
_RATE = re.compile(
    r"^ (?:a|an|per|each|every|old|of age)\b|^[-\s]?(?:old|hand|round)|^ (?:is|are|equals?|=|\(|into|in a|in an)\b|^"
    r" \(",
    re.IGNORECASE,
)
_EQUALS = re.compile(r"=|\b(?:equals?|equivalent|convert\w*|there are)\b", re.IGNORECASE)


def plant(answer: Answer, ground: Ground, draw: Draw) -> Edit | None:
    """Decline in code, for zero, rates such as 24 hours a day, conversions, and amounts that nothing fixed."""
    if is_code(answer):
        return None
    mask = masked(answer.text)
    known = ground.known(answer)
    found = [(one, found) for one in sentences(mask) for found in _FOUND.finditer(one.text)]
    for sentence, amount in draw.shuffled(found):
        which = "sign" if amount["sign"] else "unit"
        value = amount["money"] or amount["last"]
        after = sentence.text[amount.end() :]
        if (
            value.strip("0.,") in {"", "1"}
            or (which == "unit" and _RATE.search(after))
            or _EQUALS.search(sentence.text)
        ):
            continue
        if not fixed(answer, ground, value, sentence.text):
            continue
        old = amount[which]
        others = list(_SIGNS[old]) if which == "sign" else _OTHERS[old.rsplit(" ", 1)[-1]]
        others = [new for new in others if not re.search(rf"(?:{re.escape(value)}[ -]?){re.escape(new)}", known)]
        if not others or (which == "sign" and re.search(r"\b(?:USD|EUR|GBP|dollars?|euros?)\b", after[:12])):
            continue
        new = draw.pick(others)
        start, end = (sentence.start + place for place in amount.span(which))
        first, last = sentence.start + amount.start(), sentence.start + amount.end()
        text = splice(answer.text, start, end, new)
        shown = text[first : last + len(text) - len(answer.text)]
        return Edit(text=text, because=became(answer.text[first:last], shown))
    return None


PLANTER = Planter(name="changed_unit", rubric="factual", many="changed units", plant=plant)
