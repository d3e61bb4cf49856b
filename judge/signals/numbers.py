"""
A number that disagrees: with the row's context or tool result, with the guide, with its prompt, with its neighbours.

Only amounts of the same unit are compared, and only where the sentences around them share their content words: the
sentence is the slot, the amount its filler.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from judge.language.prose import quote
from judge.language.quantities import Quantity, overlap, quantities
from judge.records import Finding
from judge.signals import Answer, Corpus, Signal

_Seen = tuple[float, str, tuple[str, ...]]
_NEAR = 0.55  # cosine from which a prompt counts as nearly the same
_SAME_SLOT = 0.6  # share of content words from which two sentences speak of one thing
_VOTERS = 3  # rows that make a majority
_MAJORITY = 0.75
_HABIT = 8  # rows from which the whole set has a habit
_EXACT = frozenset({"phone", "id"})  # units that are copied, never computed
_COPIED = frozenset({"date", "$", "€", "£"})  # units that an answer takes over from its reference text
_ENTITY = re.compile(r"(?<=[\w,;:] )[A-Z][\w-]+|\b\w*[0-9]\w*\b")
_COMPUTED = re.compile(
    r"\b(?:total|sum|altogether|remaining|left|difference|ago|over|since|passed|later|more|past"
    r"|day [0-9]+|equals?|convert\w*|each|per)\b|[=\xd7*]",
    re.IGNORECASE,
)


def find(corpus: Corpus) -> Iterator[Finding]:
    """Report the gravest disagreement of each answer; the more sentences or rows speak against it, the graver."""
    said = [quantities(answer.text) for answer in corpus.answers]
    guide = quantities(corpus.guide or "")
    rules = _single(guide)
    habits = _habits(corpus.answers, said)
    for answer, own in zip(corpus.answers, said, strict=True):
        if not own:
            continue
        asked = quantities(answer.asked)
        fresh = [q for q in own if (q.unit, q.value) not in {(a.unit, a.value) for a in asked}]
        grounds = [q for text in answer.grounds for q in quantities(text)]
        found = [
            *_against(own, grounds, asked, "the reference text of this row", 0.95, copied=True),
            *_against(own, rules, [*asked, *grounds, *guide], "the guide", 0.8, copied=False),
            *_prompt(own, asked),
            *_majority(corpus, answer, fresh, said),
            *_unusual(fresh, habits),
        ]
        if found:
            severity, because, partners = max(found, key=lambda seen: (seen[0], seen[1]))
            yield answer.finding("numbers", "factual", severity, because, partners)


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
        rivals = [q for q in own if q.unit == question.unit]
        if not rivals or len(others) > 1 or (question.unit, question.value) in values:
            continue
        rival = max(rivals, key=lambda q: len(q.frame & question.frame))
        near = overlap(rival.frame, question.frame)
        if question.unit == "id" or (len(rival.frame & question.frame) > 1 and near >= _SAME_SLOT):
            part = question.value in rival.value or rival.value in question.value
            severity = (0.25 if part else 0.6) if question.unit == "id" else 0.3 * near
            severity *= 0.4 if _COMPUTED.search(rival.sentence) else 1.0
            yield severity, f"the prompt says {question.text}, the answer {rival.text}", ()


def _majority(
    corpus: Corpus, answer: Answer, own: Iterable[Quantity], said: Sequence[Sequence[Quantity]]
) -> Iterator[_Seen]:
    near = [
        at
        for at, _ in corpus.neighbours.of(answer.at, _NEAR)
        if _entities(corpus.answers[at].prompt) == _entities(answer.prompt)
    ]
    if len(near) < _VOTERS:
        return
    for quantity in own:
        votes = {at: value for at in near if (value := _in_slot(quantity, said[at])) is not None}
        if len(votes) < _VOTERS:
            continue
        value, count = min(Counter(votes.values()).items(), key=lambda item: (-item[1], item[0]))
        if value != quantity.value and count >= _MAJORITY * len(votes) and quantity.value not in votes.values():
            voter = next(at for at in near if votes.get(at) == value)
            theirs = next(q.text for q in said[voter] if q.unit == quantity.unit and q.value == value)
            because = f"the answer says {quantity.text}, {count} of {len(votes)} nearly identical prompts get {theirs}"
            partners = tuple(sorted({corpus.answers[at].example.id for at in votes if votes[at] == value}))[:5]
            yield 0.5 + 0.5 * count / len(votes) * min(1.0, count / 5), because, partners


def _in_slot(quantity: Quantity, theirs: Iterable[Quantity]) -> str | None:
    best = max(
        (q for q in theirs if q.unit == quantity.unit),
        key=lambda q: (overlap(q.frame, quantity.frame), q.before == quantity.before, q.value),
        default=None,
    )
    if best is None or _entities(best.sentence) - {best.value} != _entities(quantity.sentence) - {quantity.value}:
        return None
    return best.value if overlap(best.frame, quantity.frame) >= _SAME_SLOT else None


def _entities(text: str) -> frozenset[str]:
    amounts = {word for q in quantities(text) for word in q.text.split()}
    return frozenset(word.casefold() for word in _ENTITY.findall(text) if word not in amounts)


def _slot(quantity: Quantity) -> tuple[str, str]:
    return quantity.unit, "" if quantity.unit == "phone" else quantity.before


def _habits(answers: Sequence[Answer], said: Sequence[Sequence[Quantity]]) -> dict[tuple[str, str], Counter[str]]:
    habits: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for _, own in zip(answers, said, strict=True):
        for slot, value in sorted({(_slot(q), q.value) for q in own if q.unit != "id"}):
            habits[slot][value] += 1
    return habits


def _unusual(own: Iterable[Quantity], habits: dict[tuple[str, str], Counter[str]]) -> Iterator[_Seen]:
    for quantity in own:
        values = habits.get(_slot(quantity), Counter())
        total = sum(values.values())
        if total < _HABIT:
            continue
        value, count = min(values.items(), key=lambda item: (-item[1], item[0]))
        if value != quantity.value and count >= 0.9 * total and values[quantity.value] <= 0.05 * total + 1:
            usual = f"{count} of {total} answers say {value} ({quantity.unit})"
            because = f"the answer says {quantity.text}; in this place {usual}"
            yield (0.8 if quantity.unit in _EXACT else 0.5) * count / total, because, ()


SIGNAL = Signal(name="numbers", rubric="factual", weight=0.6, find=find)
