"""
Wrong results where the right one can be worked out: in what the answer states, and in what a plain prompt asks for.

A prompt is read only as far as one of the helpers understands every figure and word that matters; whatever has two
readings passes. Each helper knows one kind of task.
"""

import re
from collections.abc import Iterator

from judge.corpus import Answer, Corpus
from judge.language.prose import looks_like_code
from judge.records import Finding
from judge.signals import Signal
from judge.tasks import bases, clock, counts, equations, figures, integers, ordering, percent, shapes, stated, units
from judge.tasks.asked import LONGEST, Wrong, take_apart

# cheap tests for every row: may the answer state an equation, may the prompt be a task?
_STATES = re.compile(
    r"[0-9)!%]\s?=\s?[-$0-9]|[0-9].*(?:(?:sum|product|quotient) of|difference | plus | minus | times |multipl"
    r"|divided by|added to|ubtract|% of |percent of | dd )"
    r"|(?:(?:sum|product|quotient) of|difference |multipl|ubtract).*[0-9]",
)
_TASK = re.compile(r"sort|arrange|order |alphabet|revers|backward|count |how many |number of |roman ", re.IGNORECASE)
_ASKS = re.compile(
    r"convert|calculat|comput|find|what|which|is |was |solv|evaluat|add|subtract|divid|multipl|round|determin|factor"
    r"|sum|percent|given|mean|median|average|range|change|express|represent|predict|write|output",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"[0-9]")
_HELPERS = (ordering, figures, integers, equations, percent, bases, units, shapes, clock, counts)
_CODE = re.compile(
    r"\b(?:code|program|script|function|python|javascript|sql|algorithm|pseudo-?code|regex|html|css)\b", re.IGNORECASE
)
_DECLINES = re.compile(
    r"\b(?:cannot|can't|can\u2019t|unable|not possible|impossible|undefined|no solution|not enough|as an ai|depends)\b",
    re.IGNORECASE,
)


def find(corpus: Corpus) -> Iterator[Finding]:
    """Severity 1 for a wrong order or notation, 0.9 for a wrong result, less where it is nearly right."""
    stating = {answer.at for answer in corpus.saying(_STATES)}
    tasks = {answer.at for answer in corpus.asking(_TASK, _ASKS) if is_task(answer.prompt)}
    for at in sorted(stating | tasks):
        answer = corpus.answers[at]
        if not answer.calls_tool and answer.text.strip() and (wrong := _look(answer, at in stating, at in tasks)):
            yield answer.finding("arithmetic", "factual", wrong.severity, wrong.because)


def _look(answer: Answer, states: bool, task: bool) -> Wrong | None:  # noqa: FBT001 - two halves of one search
    prompt, text = answer.prompt, answer.text
    worst: Wrong | None = None
    if states and not _CODE.search(prompt[:2_000]) and not looks_like_code(text):
        worst = stated.look(prompt[:20_000], text)
    if not task or len(prompt) > LONGEST + 500 or not (asked := take_apart(prompt)):
        return worst
    if looks_like_code(text) or _DECLINES.search(text[:500]):
        return worst
    for helper in _HELPERS:
        wrong = helper.look(asked, text)
        if wrong and (worst is None or wrong.severity > worst.severity):
            worst = wrong
    return worst


def is_task(prompt: str) -> bool:
    """Whether the prompt may be a task; cheap, for every row."""
    return bool(_TASK.search(prompt) or (_FIGURE.search(prompt) and _ASKS.search(prompt)))


SIGNAL = Signal(name="arithmetic", rubric="factual", weight=0.9, find=find)
