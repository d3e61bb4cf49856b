"""
The only example of its kind: no other prompt is like this one, in a set whose prompts mostly have others beside them.

No defect, but a reason to look: if it is wrong, it alone decides that case, and no other row speaks against it.
"""

from collections.abc import Iterator

import numpy as np

from judge.corpus import Corpus
from judge.language.prose import quote
from judge.records import Finding
from judge.signals import Signal

_ROWS = 50  # answers below which everything is the only one of its kind
_USUAL = 0.35  # median cosine of nearest prompts from which a set has kinds


def find(corpus: Corpus) -> Iterator[Finding]:
    """Severity grows as the nearest prompt's cosine falls from a third of the set's median to 0."""
    if corpus.members < _ROWS:
        return
    nearest = corpus.neighbours.similarity[:, 0]
    usual = float(np.median(nearest[: corpus.members]))
    if usual < _USUAL:
        return
    for answer in corpus.answers:
        severity = 1 - float(nearest[answer.at]) / (usual / 3)
        if severity > 0 and answer.prompt.strip():
            because = (
                f"no other prompt of the set is like {quote(answer.prompt)}: nothing else speaks for or against it"
            )
            yield answer.finding("isolation", None, severity, because)


SIGNAL = Signal(name="isolation", rubric=None, weight=0.06, find=find)
