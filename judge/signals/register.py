"""
A passage that reads unlike the rest of the set: its words are rare there.

The mean rarity of a sentence's words (-log2 of the share of other rows that have them) is held against the strangest
sentences of the other rows by a robust z-score. In a set of one voice, an insult, slang, a note to a
grader or a passage from elsewhere stands out; where every row speaks of something else nothing does.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from judge.corpus import Corpus
from judge.corpus.presence import strongest
from judge.corpus.robust import strange
from judge.corpus.tokens import Ints
from judge.language.prose import quote
from judge.records import Finding
from judge.signals import Signal

_ROWS = 50  # answers below which a set has no voice
_WORDS = 3  # words a sentence needs
_STEADY = 2.0  # words of the set's mean that every sentence is given: short ones vary more
_WORDS_SHOWN = 14
_FAINT, _GRAVE = 1.5, 7.5  # robust z at which severity is 0, and 1


def find(corpus: Corpus) -> Iterator[Finding]:
    """Severity grows from 0 at z = 1.5 to 1 at z = 7.5, for the strangest sentence, if that is rare in the set."""
    if corpus.members < _ROWS:
        return
    said = corpus.said
    begins, rarity, owner = _sentences(corpus)
    best = strongest(owner, rarity)
    mine = rarity[best][owner[best] < corpus.members]
    middle = float(np.median(mine)) if len(mine) else 0.0
    spread = max(0.25, 1.4826 * float(np.median(np.abs(mine - middle)))) if len(mine) else 1.0
    worst = {int(owner[at]): (float(rarity[at]) - middle) / spread for at in best.tolist()}
    place = dict(zip(owner[best].tolist(), begins[best].tolist(), strict=True))
    for at, rare in strange({at: z for at, z in worst.items() if z > _FAINT}, corpus.members).items():
        because = f"a passage reads unlike the rest of the set: {quote(said.excerpt(place[at], 0, _WORDS_SHOWN), 90)}"
        severity = min(rare, (worst[at] - _FAINT) / (_GRAVE - _FAINT))
        yield corpus.answers[at].finding("register", "tone", severity, because)


def _sentences(corpus: Corpus) -> tuple[Ints, NDArray[np.float64], Ints]:
    """First token, mean rarity in bits, and answer of each sentence that has enough words."""
    said, topics = corpus.said, corpus.topics
    alphabetic, closing = said.where(lambda text: text[0].isalpha()), said.where(lambda text: text in ".!?\n")
    rows, done = corpus.kin.copies, 0
    own = np.empty(int(alphabetic[said.ids[: said.starts[corpus.members]]].sum()))
    parts: list[tuple[Ints, NDArray[np.float64], Ints, Ints]] = []
    for part in said.parts():
        ids, owner = part.of.ids, part.of.owner
        word = alphabetic[ids]
        starts = np.ones(len(ids), dtype=bool)
        starts[1:] = closing[ids[:-1]] | (owner[1:] != owner[:-1])
        begins = np.flatnonzero(starts)
        sentence = (np.cumsum(starts) - 1)[word]
        entry = topics.entries(owner[word] + part.texts.start, ids[word])
        rarity = np.log2((rows + 1) / (topics.others[entry] + 0.5))
        mine = rarity[: len(own) - done]  # guests come last
        own[done : done + len(mine)] = mine
        done += len(mine)
        many = np.bincount(sentence, minlength=len(begins))
        total = np.bincount(sentence, weights=rarity, minlength=len(begins)).astype(np.float64, copy=False)
        parts.append((begins + part.tokens.start, total, many, owner[begins] + part.texts.start))
    begins, total, words, answers = map(np.concatenate, zip(*parts, strict=True))
    centre = float(own.mean()) if len(own) else 0.0
    mean = (total + _STEADY * centre) / (words + _STEADY)  # drawn to the set's own
    enough = words >= _WORDS
    return begins[enough], mean[enough], answers[enough]


SIGNAL = Signal(name="register", rubric="tone", weight=0.5, find=find)
