"""Two sentences: what one says of a thing and the other denies, and twins, which are alike but for a few words."""

from judge.language.polarity import NEGATORS, SUPPORT
from judge.language.quantities import SIGNS, SPELLED, UNIT
from judge.pairs.amounts import DAYS, MONTHS, stated
from judge.pairs.sentence import TOKEN, Sentence

_TWIN, _ALIKE = 5, 0.7  # words of a sentence, and the share that another must have to be its twin
_SWAPPED = 3  # content words that stand in place of others
_PLAIN = frozenset("a an the your our my of to in on for with and or is are be".split()) | NEGATORS | SUPPORT


def turned(one: Sentence, two: Sentence) -> frozenset[str]:
    """What one of two sentences says of a thing and the other denies."""
    found = one.about & two.about & (one.denied ^ two.denied)
    found ^= {name for name, side in one.sides.items() if two.sides.get(name, side) != side}
    return found - one.condition - two.condition


def twins(one: Sentence, two: Sentence, given: tuple[frozenset[str], frozenset[str]]) -> tuple[str, float] | None:
    """
    Sentences that are alike but for a few words: what differs is what they disagree on.

    Args:
        one: a sentence.
        two: another.
        given: the words of what each side was given.

    Returns:
        Cue and score.
    """
    few, many = len(one.bag), len(two.bag)
    if few > many:
        few, many = many, few
    if many - few > (1 - _ALIKE) * many or min(len(one.words), len(two.words)) < _TWIN:
        return None
    if many - len(one.bag & two.bag) > (1 - _ALIKE) * many:
        return None
    left, right = one.bag - two.bag, two.bag - one.bag
    classes = _classes(left) & _classes(right)
    if classes:
        left, right = _other_amounts(one, two)
        classes = _classes(left) & _classes(right)
    content = [side - _PLAIN for side in (left, right)]
    denies = [side & sentence.negations & NEGATORS for side, sentence in ((left, one), (right, two))]
    if bool(denies[0]) != bool(denies[1]) and not all(content):
        cue, score = "polarity", 0.85
    elif classes:
        if any(_class(word) for side, asked in zip((left, right), given, strict=True) for word in side & asked):
            return None
        cue, score = "number", 0.8
    elif all(content) and max(map(len, content)) <= _SWAPPED:
        cue, score = "wording", 0.35
    else:
        return None
    return cue, score


def _other_amounts(one: Sentence, two: Sentence) -> tuple[frozenset[str], frozenset[str]]:
    """The words of each that the other lacks, but for those of amounts that both state: two weeks, 14 days."""
    given = [list(stated(sentence.text)) for sentence in (one, two)]
    both = {amount[:2] for amount in given[0]} & {amount[:2] for amount in given[1]}
    bags = []
    for sentence, amounts in zip((one, two), given, strict=True):
        same = " ".join(text for *amount, text in amounts if tuple(amount) in both)
        bag = sentence.bag - frozenset(TOKEN.findall(same.casefold()))
        bags.append(frozenset(SPELLED.get(word, word) for word in bag))
    return bags[0] - bags[1], bags[1] - bags[0]


def _classes(words: frozenset[str]) -> set[str]:
    return {_class(word) for word in words} - {""}


def _class(word: str) -> str:
    """The class of a word that another of its class replaces only by saying something else."""
    if word in DAYS or word in MONTHS:
        return "date"
    if word[0].isdigit() or word in SPELLED:
        return "number"
    return "unit" if word in UNIT or word in SIGNS else ""
