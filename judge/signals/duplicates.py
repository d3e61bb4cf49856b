"""
The row says what another row says already: a copy, or a near-duplicate of the same question and answer.

Copies teach nothing new and make one example count twice (Lee et al., 2022, "Deduplicating Training Data Makes Language
Models Better"). The first row of a cluster is no finding; of copies in several sources that is the one which counts.
Near-duplicates are those of `corpus.kin`, as far as their prompts are alike too.
"""

from collections import Counter
from collections.abc import Iterator

from judge.corpus import Answer, Corpus
from judge.language.prose import normalise
from judge.records import Finding
from judge.signals import Signal

_COPY, _NEAR = 0.8, 0.25
_ALIKE = 0.5  # share of the words of two prompts that near-duplicates have in common


def find(corpus: Corpus) -> Iterator[Finding]:
    """Severity 0.8 for a copy, 0.25 for a near-duplicate, of an earlier row."""
    kin = corpus.kin
    many = Counter(kin.cluster.tolist())
    firsts = _firsts(corpus)
    for answer, copy, lead in zip(corpus.own, kin.copy.tolist(), kin.cluster.tolist(), strict=True):
        first = firsts[copy]
        if many[lead] < 2 or answer.calls_tool or not answer.text.strip():  # noqa: PLR2004 - a cluster of one is none
            continue
        other = corpus.answers[first if first != answer.at else firsts[kin.copy[lead]]]
        if other.example.id == answer.example.id:
            continue
        if first != answer.at and _same(answer, other):
            because = f"word for word a copy of {other.example.id}, one of {many[lead]} rows that say the same"
            yield answer.finding("duplicates", None, _COPY, because, (other.example.id,))
        elif _overlap(corpus, answer.at, other.at) >= _ALIKE:
            because = f"nearly the same question and answer as {other.example.id}, one of {many[lead]} such rows"
            yield answer.finding("duplicates", None, _NEAR, because, (other.example.id,))


def _firsts(corpus: Corpus) -> list[int]:
    """For each distinct answer the first row that has it, of those that count for their own source if there are any."""
    firsts = corpus.kin.first.tolist()
    for answer, copy in zip(reversed(corpus.own), reversed(corpus.kin.copy.tolist()), strict=True):
        if not answer.example.also_in:
            firsts[copy] = answer.at
    return list(firsts)


def _same(one: Answer, other: Answer) -> bool:
    """Whether nothing but case, spaces and closing marks tells two rows apart, context and history included."""
    return normalise(one.text) == normalise(other.text) and one.setting == other.setting


def _overlap(corpus: Corpus, one: int, two: int) -> float:
    """Share of the words of two prompts that both have (Jaccard)."""
    left, right = set(corpus.asked.of(one)), set(corpus.asked.of(two))
    return len(left & right) / max(1, len(left | right))


SIGNAL = Signal(name="duplicates", rubric=None, weight=0.1, find=find)
