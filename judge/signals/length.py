"""
The answer is much longer or shorter than this set's answers, and than the answers to prompts like its own.

Robust z-score of the log word count (`robust`). A weak witness, so its weight is low.
"""

import math
from collections.abc import Iterator

from judge.corpus import Corpus, robust
from judge.records import Finding
from judge.signals import Signal

_NEAR = 0.5  # cosine from which a prompt counts as alike
_ENOUGH = 5  # answers to alike prompts that make a standard of their own
_FEW = 8  # answers below which a set has no usual length
_LEAST_SPREAD = 0.25  # of log length: answers of one length are no reason to flag one word more


def find(corpus: Corpus) -> Iterator[Finding]:
    """Severity grows from 0 at z = 1.5 over 0.5 at z = 4.5 towards 1; the kinder of the two standards counts."""
    sizes = [len(answer.text.split()) for answer in corpus.answers]
    if corpus.members < _FEW:
        return
    logs = [math.log1p(size) for size in sizes]
    middle, spread = robust.standard(logs[: corpus.members], _LEAST_SPREAD)
    for answer, size, log in zip(corpus.answers, sizes, logs, strict=True):
        if answer.calls_tool or not robust.severity(abs(log - middle) / spread):
            continue
        usual, z = middle, abs(log - middle) / spread
        alike = [logs[at] for at, _ in corpus.neighbours.of(answer.at, _NEAR)]
        if len(alike) >= _ENOUGH:
            centre, width = robust.standard(alike, _LEAST_SPREAD)
            own = abs(log - centre) / max(width, spread / 2)
            usual, z = (centre, own) if own < z else (usual, z)
        if severity := robust.severity(z):
            because = f"the answer has {size} words, where about {round(math.expm1(usual))} are usual"
            yield answer.finding("length", None, severity, because)


SIGNAL = Signal(name="length", rubric=None, weight=0.08, find=find)
