"""
Pairs of rows that were asked exactly the same: equal normalised prompt, equal history, equal context.

Bounded: of one prompt at most 32 different answers are compared (the commonest first, then the earliest), at most 4
rows of each answer are named, and at most 500 pairs are kept, the most conflicting first. So a prompt repeated 50,000
times costs one pass over its answers and no more than 496 comparisons.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import combinations, product

from judge.corpus import Answer, Corpus
from judge.language.prose import normalise
from judge.pairs import _conflict
from judge.records import Example, Pair

_ANSWERS = 32  # different answers of one prompt that are compared
_ROWS = 4  # rows of one answer that are named in pairs
_PAIRS = 500  # pairs of one prompt that are kept
_LEAST = 0.05  # score below which two answers say the same


def find(examples: Corpus | Sequence[Example], done: Callable[[], None] = lambda: None) -> tuple[Pair, ...]:
    """
    Pairs in the order of the input (left row, then right row), each with a conflict score in [0, 1].

    `done` is called after each group of rows with the same prompt.

    `kind` names the gravest difference: `number`, `negation`, `yes_no`, `polarity` or `wording`.
    """
    corpus = examples if isinstance(examples, Corpus) else Corpus(examples)
    order = {example.id: at for at, example in enumerate(corpus.examples)}
    found: list[Pair] = []
    for group in corpus.groups:
        found += _group([corpus.answers[at] for at in group])
        done()
    return tuple(sorted(found, key=lambda pair: (order[pair.left], order[pair.right], -pair.score)))


def _group(answers: Sequence[Answer]) -> list[Pair]:
    camps: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        if answer.text.strip():
            camps[normalise(answer.text)].append(answer)
    commonest = sorted(camps.values(), key=lambda camp: (-len(camp), camp[0].at))[:_ANSWERS]
    in_order = sorted(commonest, key=lambda camp: camp[0].at)
    compared = [(camp, _conflict.Parsed.of(camp[0].text)) for camp in in_order]
    pairs: list[Pair] = []
    for (one, ours), (two, theirs) in combinations(compared, 2):
        conflict = _conflict.between(ours, theirs)
        if conflict.score >= _LEAST:
            rows = product(one[:_ROWS], two[:_ROWS])
            pairs.extend(_pair(left, right, conflict) for left, right in rows)
    named = [pair for pair in pairs if pair.left != pair.right]
    return sorted(named, key=lambda pair: -pair.score)[:_PAIRS]


def _pair(one: Answer, two: Answer, conflict: _conflict.Conflict) -> Pair:
    left, right = (one, two) if one.at < two.at else (two, one)
    return Pair(
        left=left.example.id,
        right=right.example.id,
        kind=conflict.kind,
        score=conflict.score,
        because=f"same prompt, {conflict.because}",
    )
