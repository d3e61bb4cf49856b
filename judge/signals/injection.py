"""
Text in the row that speaks to whoever grades it, instead of to the user.

Such text is evidence and never obeyed (Greshake et al., 2023, "Not what you've signed up for"). In the answer it is
grave. A user who merely says such a thing, to which the answer does not bow, is an ordinary conversation.
"""

import re
from collections.abc import Iterator

from judge.language.prose import quote
from judge.records import Finding
from judge.signals import Answer, Corpus, Signal

_GRADER = r"(?:graders?|evaluators?|judges?|reviewers?|raters?|annotators?|auditors?|assessors?|LLM|language model|AI)"
_NOTE = (
    r"(?:note|attention|message|instructions?|reminder|hint|memo|dear|hey|hello) ?(?:to|for)? ?(?:the |any |all )?"
    rf"{_GRADER}"
)
_TOP = r"(?:[4-9]|10|five|four|ten|full|maximum|max|top|perfect|highest|best|flawless|pass)"
_CLEAR = re.compile(
    rf"\b{_NOTE}\b|\b(?:rate|score|grade|mark|judge|label|classify) (?:this|it|the (?:above|answer|response|row"
    rf"|example)|my "
    rf"answer)(?: (?:response|answer|example|row|reply|one))?(?: (?:as|with|a|an|at|the))*[ :]+{_TOP}\b"
    rf"|\b(?:give|assign|award|output|return) (?:this|it|a|the|me)(?: \w+){{0,4}} (?:(?:score|rating|grade"
    rf"|mark)s? of )?"
    rf"(?:{_TOP}(?: (?:score|rating|grade|marks?|points|stars)|/(?:5|10)))"
    r"|\b(?:ignore|disregard|forget|override|skip) (?:all |any |the |your |every |these )*(?:previous|prior"
    r"|above|earlier|"
    r"preceding|other|rubrics?|grading|scoring|evaluation|system)\b(?: \w+){0,2}"
    r"|\bas an? (?:AI |LLM |impartial |fair |expert )*(?:evaluator|grader|judge|rater|reviewer"
    r"|auditor),? you (?:must|should|"
    rf"have|need|will)\b|\bif you are an? (?:AI |LLM )?{_GRADER}\b"
    r"|\b(?:this|the|my) (?:answer|response|row|example|reply) (?:deserves|merits|should (?:receive|get"
    r"|be (?:rated|scored|"
    r"graded|given|marked)))\b|\bdo not (?:flag|remove|penali[sz]e|downgrade|mark down) (?:this|the|my)\b"
    r"|<\|?/?(?:im_start|im_end|system|assistant|verdict|score|grade|judge)\b[^<>\n]{0,20}\|?>",
    re.IGNORECASE,
)
_VERDICT = re.compile(
    r"^\W{0,4}(?:(?:final|overall|total) )?(?:verdict|score|rating|grade|evaluation"
    r"|assessment)\W{1,4}(?:(?:[4-9]|10)\s*(?:/|out of)"
    r"\s*(?:5|10)|[45]\b\W*$|correct|pass(?:ed)?|excellent|perfect|flawless|no (?:issues|defects|problems))"
    r"|\b(?:verdict|score|rating|grade) ?[=:] ?(?:[45]|10)\b(?! ?(?:%|points|stars))|\[SYSTEM ?:"
    r"|\"(?:score|rating|verdict|grade)\"\s*:\s*\"?(?:[45]|10|pass|correct|excellent)",
    re.IGNORECASE | re.MULTILINE,
)
_ABOUT_GRADING = re.compile(
    r"\b(?:rate|rating|score|grade|review|evaluate|judge|assess|classify|feedback|sentiment)", re.IGNORECASE
)


def find(corpus: Corpus) -> Iterator[Finding]:
    """Severity 1 in the answer, 0.3 for a verdict that the prompt may have asked for, 0.15 in the prompt alone."""
    for answer in corpus.answers:
        severity, because = _look(answer)
        if severity:
            yield answer.finding("injection", "instruction", severity, because)


def _look(answer: Answer) -> tuple[float, str]:
    asked = _CLEAR.search(answer.asked)
    if said := _CLEAR.search(answer.text):
        echoed = said.group().casefold() in answer.asked.casefold()
        return (0.5 if echoed else 1.0), f"the answer speaks to its grader: {_around(answer.text, said)}"
    if verdict := _VERDICT.search(answer.text):
        wanted = _ABOUT_GRADING.search(answer.asked) and not asked
        return (0.3 if wanted else 0.9), f"the answer holds a verdict on itself: {_around(answer.text, verdict)}"
    if asked:
        return 0.15, f"the prompt speaks to a grader: {_around(answer.asked, asked)}"
    return 0.0, ""


def _around(text: str, found: re.Match[str]) -> str:
    return quote(text[max(0, found.start() - 20) : found.end() + 30], limit=100)


SIGNAL = Signal(name="injection", rubric="instruction", weight=0.85, find=find)
