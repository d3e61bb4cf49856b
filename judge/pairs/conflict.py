"""
How much two answers to one question contradict each other, by their words alone.

The cues are those of contradiction detection before neural models (de Marneffe, Rafferty and Manning, 2008, "Finding
Contradictions in Text"): amounts, negations, opposites, a plain yes against a plain no, a price against "free", names.
Sentences are compared where they share most of their content words. What speaks of another product, place, order or
state is no contradiction (`side`), nor is a longer answer or another order of the same.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from judge.pairs.amounts import DAYS, MONTHS
from judge.pairs.reading import Amount, Reading
from judge.pairs.sentence import Sentence, stem
from judge.pairs.side import Both, Side, overlap
from judge.pairs.twins import turned, twins

_COST = re.compile(r"\b(?:costs?|prices?|pays?|fees?|charged?|charges|free|how much)\b", re.IGNORECASE)
_HOW_MANY = re.compile(
    r"\b(?:how (?:long|many|much|often|soon|far|fast|big|large|old|late|early)|when|until|hours?|days?|prices?"
    r"|costs?)\b",
    re.IGNORECASE,
)
_FREE = re.compile(
    r"\b(?:(?<!-)free(?! (?:to|up|time))|no (?:charge|cost|fee)|without (?:charge|cost))\b", re.IGNORECASE
)
_RULE = re.compile(
    r"\b(?:can(?:not|'t)?|may|must(?:n't)?|allow\w*|permit\w*|eligible|entitled|refund\w*|cancel\w*|charge\w*|cover\w*"
    r"|accept\w*|include\w*|exclude\w*|require\w*|free|we (?:do|don't|offer|ask))\b",
    re.IGNORECASE,
)
_ADVICE = re.compile(
    r"\b(?:should(?:n't)?|recommend\w*|suggest\w*|advise\w*|best|better|use|try|avoid)\b", re.IGNORECASE
)
_MONEY = frozenset("$€£¥₹")
_LOOSE = frozenset({"second", "minute", "time", "star", "item", "point"})  # units that an answer has for many things
_NEAR = 0.5  # share of content words from which two sentences speak of one thing
_RENAMED = 3  # content words that two sentences share around different names
_GRATIS = stem("free")
_AGREED = 0.6  # share of all their content words that two sentences which say the same have in common
_SAME_QUESTION = 0.6  # share of content words from which a yes and a no answer one question

Claim = tuple[str, str, frozenset[str], frozenset[str]]  # unit, value, what the sentence is about, what it denies


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """
    The gravest difference of two answers.

    Attributes:
        score: in [0, 1].
        cue: what shows it: `number`, `polarity`, `yes_no`, `price`, `name`, `wording`; empty for none.
        left, right: the words that differ.
        claims: what each side states, so that others can be asked whether they say so too.
    """

    score: float
    cue: str
    left: str
    right: str
    claims: tuple[Claim, Claim]


NOTHING: Claim = ("", "", frozenset(), frozenset())
NONE = Conflict(score=0.0, cue="", left="", right="", claims=(NOTHING, NOTHING))


def between(left: Side, right: Side) -> Conflict:
    """Compare two answers to one question; the gravest difference counts. Symmetrical but for which side is which."""
    if left.answer.text == right.answer.text:
        return NONE
    both = Both.of(left, right)
    found = [*_numbers(both), *_sentences(both), *_yes_no(both), *_prices(both)]
    if not found:
        return NONE
    worst = max(found, key=lambda conflict: conflict.score)
    return replace(worst, score=round(min(1.0, worst.score * both.relevance), 6))


def kind_of(conflict: Conflict) -> str:
    """What a difference is about, as far as words show it: `fact`, `policy` or `recommendation`."""
    said = f"{conflict.left} {conflict.right}"
    if conflict.cue in {"number", "name", "price"}:
        return "fact"
    if _RULE.search(said):
        return "policy"
    return "recommendation" if conflict.cue == "wording" or _ADVICE.search(said) else "fact"


def _numbers(both: Both) -> Iterator[Conflict]:
    left, right = both.left.answer, both.right.answer
    if not left.values.keys() & right.values.keys():
        return
    pairs = [
        (_nearness(left.sentences[one.sentence], right.sentences[two.sentence]), at, to)
        for (at, one), (to, two) in product(enumerate(left.amounts), enumerate(right.amounts))
        if one.unit == two.unit
    ]
    best: dict[tuple[int, int], float] = {}
    for near, at, to in pairs:
        for key in ((0, at), (1, to)):
            best[key] = max(best.get(key, 0.0), near)
    for near, at, to in pairs:
        one, two = left.amounts[at], right.amounts[to]
        if near < best[0, at] or near < best[1, to]:
            continue  # it is another amount of the other side that this one is to be held against
        if one.value in right.values[one.unit] or two.value in left.values[two.unit]:
            continue
        if both.left.was_given(one) or both.right.was_given(two):
            continue
        if score := _apart(both, one, two, near):
            claims = (_states(one, left.sentences), _states(two, right.sentences))
            yield Conflict(score=score, cue="number", left=one.text, right=two.text, claims=claims)


def _apart(both: Both, one: Amount, two: Amount, near: float) -> float:
    """How grave it is that one amount is not the other; `near` is how much alike their sentences are."""
    ours, theirs = both.left.answer.sentences[one.sentence], both.right.answer.sentences[two.sentence]
    said = both.left.answer.values[one.unit], both.right.answer.values[one.unit]
    few = max(len(said[0] - said[1]), len(said[1] - said[0]))
    if near >= _NEAR and len(ours.about & theirs.about) > 1:
        score = 0.55 + 0.4 * min(1.0, near)
    elif few == 1 and one.unit not in _LOOSE:
        asked = all(_HOW_MANY.search(side.prompt.text) for side in (both.left, both.right))
        score = (0.6 if asked else 0.45) + 0.2 * max(min(1.0, near), both.near)
    elif near >= _NEAR and few == 2:  # noqa: PLR2004
        score = 0.4
    else:
        return 0.0
    if one.unit != "date" and within(one.value, two.value):
        score *= 0.5
    if said[0] & said[1] and len(said[0]) != len(said[1]):
        score *= 0.7  # they agree on one amount, and one of them gives more
    return score * both.scope(ours, theirs) * both.state * (both.numbers if one.unit != "date" else both.dates)


def _sentences(both: Both) -> Iterator[Conflict]:
    given = both.left.given.words, both.right.given.words
    for one, two in _meeting(both.left.answer, both.right.answer):
        if twin := twins(one, two, given):
            words = one.bag ^ two.bag
            spans = (" ".join(word for word in sentence.words if word in words) for sentence in (one, two))
            score = twin[1] * both.scope(one, two) * both.state
            score *= min(both.numbers, both.dates) if twin[0] == "number" else 1.0
            yield Conflict(score=score, cue=twin[0], left=next(spans), right=next(spans), claims=_claims(one, two))
        shared = one.about & two.about
        if len(shared) < 2:  # noqa: PLR2004
            continue
        few, many = sorted((len(one.about), len(two.about)))
        near = len(shared) / few
        if near < _NEAR:
            continue
        if turned(one, two) and not shared & one.negative & two.negative:
            score = near * (0.6 + 0.2 * (few / many) + 0.05 * min(len(shared), 4)) * both.scope(one, two) * both.state
            score *= both.rest * (0.5 if one.denied and two.denied else 1.0)
            yield Conflict(score=score, cue="polarity", left=one.text, right=two.text, claims=_claims(one, two))
        elif one.names - two.names and two.names - one.names:
            yield from _renamed(both, one, two)


def _meeting(left: Reading, right: Reading) -> Iterator[tuple[Sentence, Sentence]]:
    """Two sentences that share a content word, of each side one, but for those that both sides say."""
    same = left.said & right.said
    ours, theirs = (
        [one for one in side.sentences if one.words not in same] if same else side.sentences for side in (left, right)
    )
    for one in ours:
        apart = one.about.isdisjoint  # asked of hundreds
        for two in theirs:
            if not apart(two.about):
                yield one, two


def _renamed(both: Both, one: Sentence, two: Sentence) -> Iterator[Conflict]:
    """The same said of one name and of another, where the questions name nothing different."""
    differ = one.names ^ two.names
    known = both.left.subject | both.right.subject | both.left.given.names | both.right.given.names
    if both.left.given.names != both.right.given.names or differ & (known | DAYS | MONTHS) or both.state < 1:
        return
    ours, theirs = one.stems - both.stems(differ), two.stems - both.stems(differ)
    near = len(ours & theirs) / max(1, len(ours | theirs))
    if len(ours & theirs) >= _RENAMED and near >= 0.6:  # noqa: PLR2004
        left, right = (" ".join(sorted(a.names - b.names)) for a, b in ((one, two), (two, one)))
        yield Conflict(score=0.3 + 0.4 * near, cue="name", left=left, right=right, claims=_claims(one, two))


def _yes_no(both: Both) -> Iterator[Conflict]:
    left, right = both.left.answer, both.right.answer
    if left.opening * right.opening >= 0:
        return
    if _asked_otherwise(both):
        return
    one, two = left.sentences[0], right.sentences[0]
    if one.about & two.about or both.asked >= _SAME_QUESTION:
        score = min(0.85, 0.45 + 0.4 * max(0.0, both.asked - 0.2)) * both.scope(one, two) * both.state
        score *= both.rest
        yield Conflict(score=score, cue="yes_no", left=one.text, right=two.text, claims=_claims(one, two))


def _asked_otherwise(both: Both) -> bool:
    """Whether a yes and a no mean the same: one question denies what the other says, or both answers go on alike."""
    asked = both.left.prompt.sentences, both.right.prompt.sentences
    if any(turned(one, two) for one, two in product(*asked) if _leads(one) == _leads(two)):
        return True
    if both.relevance > 1:
        return False  # the same question, in the same words
    said = both.left.answer.sentences[:2], both.right.answer.sentences[:2]
    return any(
        len(one.about & two.about) > _AGREED * len(one.about | two.about) and not turned(one, two)
        for one, two in product(*said)
    )


def _leads(question: Sentence) -> bool:
    """Whether a question opens with a negation that only asks for a yes: "can't I return it?"."""
    return question.words[:1] != () and question.words[0].endswith("n't")


def _prices(both: Both) -> Iterator[Conflict]:
    """Free, against a price."""
    for free, paid in ((both.left, both.right), (both.right, both.left)):
        if _MONEY.isdisjoint(paid.answer.values) or not _MONEY.isdisjoint(free.answer.values):
            continue
        gift = _gift(free)
        money = [a for a in paid.answer.amounts if a.unit in _MONEY and float(a.value.split("-")[0]) > 0]
        if not gift or not money or _gift(paid):
            continue
        asked = all(_COST.search(side.prompt.text) for side in (free, paid))
        given, text = gift
        best = max(money, key=lambda a: len(given.about & paid.answer.sentences[a.sentence].about))
        charged = paid.answer.sentences[best.sentence]
        shared = len(given.about & charged.about)
        if asked or shared > 1:
            pair = [(text, given), (best.text, charged)]
            (left, one), (right, two) = pair if free is both.left else pair[::-1]
            score = (0.65 if asked and shared else 0.5) * both.scope(one, two) * both.state
            yield Conflict(score=score, cue="price", left=left, right=right, claims=_claims(one, two))


def _gift(side: Side) -> tuple[Sentence, str] | None:
    """Where an answer says that something is free, in which words."""
    for sentence in side.answer.sentences:
        if (found := _FREE.search(sentence.text)) and _GRATIS not in sentence.negative:
            return sentence, found.group()
    return None


def _nearness(one: Sentence, two: Sentence) -> float:
    return overlap(one.about, two.about) + 0.01 * len(one.about & two.about)


def _states(amount: Amount, sentences: Sequence[Sentence]) -> Claim:
    return amount.unit, amount.value, sentences[amount.sentence].about, frozenset()


def _claims(one: Sentence, two: Sentence) -> tuple[Claim, Claim]:
    return ("", "", one.about, one.denied), ("", "", two.about, two.denied)


def within(one: str, two: str) -> bool:
    """Whether one of two amounts is a range that holds the other."""
    for whole, part in ((one, two), (two, one)):
        low, dash, high = whole.partition("-")
        try:
            if dash and all(float(low) <= float(end) <= float(high) for end in part.split("-")):
                return True
        except ValueError:  # a date, a phone number, hours
            return False
    return False
