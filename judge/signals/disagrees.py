"""
The answer disagrees with the answers to neighbouring prompts: its words are at home elsewhere in the set, not here.

The k-nearest-neighbour label check of Northcutt et al. (2021, "Confident Learning") with words in place of labels:
for each word, how many of the neighbours have it, against how many see it where it stands in other rows.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from judge.corpus import Answer, Corpus
from judge.corpus.robust import strange
from judge.corpus.tokens import Flags
from judge.language.prose import quote
from judge.records import Finding
from judge.signals import Signal

if TYPE_CHECKING:
    from judge.corpus.topics import Topics

_VOTERS = 6  # neighbours that can tell what belongs here
_SEVERAL = 3  # other rows that make a word one of the set's
_WORDS = 8  # such words an answer needs
_LETTERS = 3  # of the shortest word that counts
_MOST = 3.0  # log odds that one word can add
_FAINT, _GRAVE = 0.3, 1.3  # mean log odds at which severity is 0, and 1
_SHOWN = 4  # words that are named
_TOGETHER = 10_000  # answers looked at together


def find(corpus: Corpus) -> Iterator[Finding]:
    """Severity from the mean log odds of the answer's words, elsewhere against here, if that is rare in the set."""
    if not corpus.answers:
        return
    topics = corpus.topics
    counts = corpus.said.where(lambda word: word.isalpha() and len(word) >= _LETTERS)
    places = [slice(low, high) for low, high in pairwise(topics.starts.tolist())]
    means: dict[int, float] = {}
    for low in range(0, len(places), _TOGETHER):
        many = places[low : low + _TOGETHER]
        first = many[0].start
        odds = _odds(topics, counts, slice(first, many[-1].stop))
        for at in (low + np.flatnonzero(topics.voters[low : low + _TOGETHER] >= _VOTERS)).tolist():
            severity = _mean(odds[places[at].start - first : places[at].stop - first])
            if severity > 0:
                means[at] = severity
    for at, rare in strange(means, corpus.members).items():
        if severity := min(rare, means[at]):
            odds = _odds(topics, counts, places[at])
            yield _told(corpus, corpus.answers[at], severity, odds, places[at])


def _odds(topics: "Topics", counts: Flags, cells: slice) -> NDArray[np.float64]:
    """Log odds of some words to stand elsewhere against here; NaN of those that do not count."""
    at = np.arange(cells.start, cells.stop)
    odds = np.clip(np.log((topics.usual(at) + 0.5) / (topics.support(at) + 0.5)), -_MOST, _MOST)
    odds[~(counts[topics.word[cells]] & (topics.others[cells] >= _SEVERAL))] = np.nan
    return odds


def _mean(odds: NDArray[np.float64]) -> float:
    known = odds[~np.isnan(odds)]
    return (float(known.mean()) - _FAINT) / (_GRAVE - _FAINT) if len(known) >= _WORDS else 0.0


def _told(corpus: Corpus, answer: Answer, severity: float, odds: NDArray[np.float64], own: slice) -> Finding:
    order = np.argsort(-np.nan_to_num(odds, nan=-_MOST), kind="stable")[:_SHOWN]
    strange = ", ".join(corpus.said.words[word] for word in corpus.topics.word[own][order].tolist())
    nearest = corpus.answers[int(corpus.neighbours.at[answer.at, 0])]
    because = (
        f"words that answers to prompts like this one do not use ({strange}); {nearest.example.id}, asked"
        f" {quote(nearest.prompt, 40)}, says {quote(nearest.text)}"
    )
    return answer.finding("disagrees", "instruction", severity, because, (nearest.example.id,))


SIGNAL = Signal(name="disagrees", rubric="instruction", weight=0.5, find=find)
