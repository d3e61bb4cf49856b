"""
A number that disagrees: with the row's context or tool result, with the guide, with its prompt, with the set.

Amounts are compared where their unit is the same and the sentences around them share their content words: the
sentence is the slot, the amount its filler. Across the set a slot is the very words on both sides (`slots`).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, product

import numpy as np

from judge.corpus import Corpus
from judge.corpus.slots import AROUND, BEFORE, odd
from judge.corpus.tokens import Flags
from judge.language.prose import quote
from judge.language.quantities import SIGNS, SPELLED, UNIT, Quantity, overlap, quantities
from judge.records import Finding
from judge.signals import Signal

_Seen = tuple[float, str, tuple[str, ...]]
_GRANTED = 0.4  # of the severity where the guide has the same amount: the others may be another region's or plan's
_MOSTLY = 0.5  # share of a slot's numbers that the usual one must be
_SAME_SLOT = 0.6  # share of content words from which two sentences speak of one thing
_GRAVE = 4.0  # log odds against the other rows from which severity is 1
_COPIED = frozenset({"date", "$", "€", "£"})  # units that an answer takes over from its reference text
_NAMED = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
    october november december
    """.split()
)
_DIGIT, _NUMBER = re.compile(r"[0-9]"), re.compile(r"[0-9]+")
_LONG = re.compile(r"(?<![0-9])[0-9]{3,20}(?![0-9])")
_YEAR = 4  # digits up to which two numbers may well differ by one digit
_OFF_BY_A_DIGIT = (0.3, 0.8)  # severity for shorter numbers, and for longer ones
_SHOWN, _AT_MOST = 20_000, 50  # characters that are read, and numbers that are compared
_COMPUTED = re.compile(
    r"\b(?:total|sum|altogether|remaining|left|difference|ago|over|since|passed|later|more|past"
    r"|day [0-9]+|equals?|convert\w*|each|per)\b|[=\xd7*]",
    re.IGNORECASE,
)


def find(corpus: Corpus) -> Iterator[Finding]:
    """Report the gravest disagreement of each answer; the more words or rows speak against it, the graver."""
    if not corpus.answers:
        return
    unusual = _unusual(corpus)
    guide = quantities(corpus.guide or "")
    rules = _single(guide)
    for answer in corpus.answers:
        found = [unusual[answer.at]] if answer.at in unusual else []
        grounds, prompt = answer.grounds, answer.asked
        asked = quantities(prompt) if _DIGIT.search(prompt) else ()
        found += _copied(answer.text, prompt) if asked else ()
        compared = grounds or rules or any(q.unit != "id" for q in asked)
        if compared and (own := quantities(answer.text)):
            given = [q for text in grounds for q in quantities(text)]
            found += _against(own, given, asked, "the reference text of this row", 0.95, copied=True)
            found += _against(own, rules, [*asked, *given, *guide], "the guide", 0.8, copied=False)
            found += _prompt(own, asked)
        if found:
            yield answer.finding("numbers", "factual", *max(found, key=lambda seen: seen[:2]))


def _unusual(corpus: Corpus) -> dict[int, _Seen]:
    """Numbers that stand where the other rows of the set have another one, by answer."""
    said = corpus.said
    telling = said.where(lambda word: word[0].isalpha() or len(word) > 1)
    strange = odd(said, corpus.kin, _fillers(corpus), telling, share=_MOSTLY, frames=(BEFORE, *AROUND))
    rules = corpus.rules.of(0)
    guide = set(pairwise(rules))
    found: dict[int, _Seen] = {}
    for owner, place, odds, usual, rows, witness in zip(
        *(getattr(strange, name).tolist() for name in ("owner", "place", "odds", "usual", "rows", "witness")),
        strict=True,
    ):
        ours, theirs = said.words[said.ids[place]], said.words[usual]
        if _kind(ours) != _kind(theirs):
            continue  # another way of saying it
        if ours[0].isdigit() and _plain(ours) in set(map(_plain, _NUMBER.findall(corpus.answers[owner].asked))):
            continue  # the prompt has it, in another spelling
        because = f"the answer says {quote(said.excerpt(place))}, where {rows} other rows have {quote(theirs)}"
        partners = (corpus.answers[witness].example.id,) if witness >= 0 else ()
        inside = place + 1 < said.starts[owner + 1]
        after = said.words[said.ids[place + 1]] if inside else ""
        granted = _GRANTED if (ours, after) in guide else 1.0
        found[owner] = (odds / _GRAVE * granted, because, partners)
    return found


def _plain(number: str) -> str:
    return number.lstrip("0") or "0"


def _kind(word: str) -> str:
    return "number" if word[0].isdigit() or word in SPELLED else "unit" if word in UNIT or word in SIGNS else "day"


def _fillers(corpus: Corpus) -> Flags:
    """Numbers, their units, and days: no mark of a list, and nothing that its prompt has as well."""
    said, asked = corpus.said, corpus.asked
    number = said.where(lambda word: _DIGIT.search(word) is not None or word in _NAMED or word in SPELLED)
    line = said.where(lambda word: word == "\n")[said.ids]
    states: Flags = number[said.ids]
    begins = np.zeros(len(said.ids) + 1, dtype=bool)
    begins[said.starts[:-1]] = True
    begins[1:] |= line
    states &= ~begins[:-1]
    unit, sign = said.where(UNIT.__contains__)[said.ids], said.where(SIGNS.__contains__)[said.ids]
    states[1:] |= unit[1:] & number[said.ids[:-1]]
    states[:-1] |= sign[:-1] & number[said.ids[1:]]
    owner, size = said.owners(np.flatnonzero(states)), len(said.words)
    told = np.isin(owner * size + said.ids[states], asked.owner * size + asked.ids)
    states[np.flatnonzero(states)[told]] = False
    return states


def _copied(text: str, prompt: str) -> Iterator[_Seen]:
    """Long numbers that the prompt gave and the answer had to copy: one is a digit off, or another altogether."""
    asked = list(dict.fromkeys(_LONG.findall(prompt[:_SHOWN])))[:_AT_MOST]
    said = list(dict.fromkeys(_LONG.findall(text[:_SHOWN])))[:_AT_MOST]
    for number, other in product((n for n in said if n not in asked), asked):
        if len(number) == len(other) and sum(a != b for a, b in zip(number, other, strict=True)) == 1:
            severity = _OFF_BY_A_DIGIT[len(number) > _YEAR]
            yield severity, f"the prompt says {other}, the answer {number}", ()
    ids, named = ([n.lstrip("0") for n in numbers if len(n) > _YEAR] for numbers in (said, asked))
    if len(named) == 1 and ids and named[0] not in ids:
        part = any(named[0] in n or n in named[0] for n in ids if n)
        yield (0.25 if part else 0.6), f"the prompt says {named[0]}, the answer {ids[0]}", ()


def _against(
    own: Sequence[Quantity],
    reference: Sequence[Quantity],
    granted: Iterable[Quantity],
    name: str,
    top: float,
    *,
    copied: bool,
) -> Iterator[_Seen]:
    known = {(q.unit, q.value) for q in granted}
    said = {(q.unit, q.value) for q in own}
    for quantity in own:
        same = [r for r in reference if r.unit == quantity.unit]
        if not same or (quantity.unit, quantity.value) in known:
            continue
        agreed = max((len(r.frame & quantity.frame) for r in same if r.value == quantity.value), default=-1)
        computed = 0.4 if _COMPUTED.search(quantity.sentence) else 1.0
        fresh = [r for r in same if (r.unit, r.value) not in said] or same
        best = max(fresh, key=lambda r: (len(r.frame & quantity.frame), overlap(r.frame, quantity.frame)))
        shared = len(best.frame & quantity.frame)
        near = overlap(best.frame, quantity.frame)
        if copied and quantity.unit in _COPIED and agreed < 0:
            because = f"the answer says {quantity.text}, which is not in {name}; that says {best.text}"
            yield 0.7 * computed, because, ()
        elif (best.unit, best.value) in said or (agreed >= 0 and (agreed >= shared or agreed > 1)):
            continue
        elif near >= 0.4 and shared > 1:  # noqa: PLR2004 two words that are not chance
            because = f"the answer says {quantity.text}, {name} says {best.text}: {quote(best.sentence, 90)}"
            yield top * min(1.0, 0.4 + near / 2 + shared / 20) * computed, because, ()


def _single(guide: Sequence[Quantity]) -> list[Quantity]:
    """Keep the amounts that stand alone in their sentence: a table's row has one for every region or plan."""
    many = Counter((q.sentence, q.unit) for q in guide)
    return [q for q in guide if many[q.sentence, q.unit] == 1]


def _prompt(own: Sequence[Quantity], asked: Sequence[Quantity]) -> Iterator[_Seen]:
    values = {(q.unit, q.value) for q in own}
    for question in asked:
        others = {q.value for q in asked if q.unit == question.unit}
        rivals = [q for q in own if q.unit == question.unit != "id"]
        if not rivals or len(others) > 1 or (question.unit, question.value) in values:
            continue
        rival = max(rivals, key=lambda q: len(q.frame & question.frame))
        near = overlap(rival.frame, question.frame)
        computed = 0.4 if _COMPUTED.search(rival.sentence) else 1.0
        if question.unit in _COPIED and len(asked) == 1 and len(rivals) == 1:
            severity = 0.5  # the one amount of the prompt came back as another, with nothing to compute it from
        elif len(rival.frame & question.frame) > 1 and near >= _SAME_SLOT:
            severity = 0.3 * near
        else:
            continue
        yield severity * computed, f"the prompt says {question.text}, the answer {rival.text}", ()


SIGNAL = Signal(name="numbers", rubric="factual", weight=0.6, find=find)
