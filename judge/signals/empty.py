"""The answer says nothing: blank, or a word that stands for "no answer"."""

import re
from collections.abc import Iterator

from judge.corpus import Corpus
from judge.language.prose import quote
from judge.records import Finding
from judge.signals import Signal

_NOTHING = re.compile(
    r"[<\[({]?\s*(?:no|without|empty|blank|missing)[\s_-]*"
    r"(?:output|answer|response|reply|text|content|input|result)(?:\s+(?:is|was))?"
    r"(?:\s*(?:required|needed|provided|available|given|generated|found|necessary|possible))?\s*[>\])}]?",
    re.IGNORECASE,
)
_STANDS_FOR_NOTHING = re.compile(
    r"[<\[({]?(?:n/?a|nan|null|none|nil|undefined|unknown|tbd|empty)[>\])}]?", re.IGNORECASE
)
_SPEAKS_OF_IT = re.compile(r"[<\[({]\s*no[\s_-]*(?:output|answer|response)\s*[>\])}]", re.IGNORECASE)
_SYMBOL = re.compile(r"[+\-*/=<>%&|^~$]|[^\x00-\x7f]")  # "=" and an emoji can be an answer
_WORD = re.compile(r"\w")
_LONG = 400  # characters above which only a mark such as <no output> can stand for nothing
_SHORT = 60  # characters; what stands for nothing is short


def find(corpus: Corpus) -> Iterator[Finding]:
    """Severity 1 for a blank answer, less for words that only stand for nothing. A mere tool call is an answer."""
    for answer in corpus.answers:
        if answer.calls_tool or (len(answer.text) > _LONG and "<" not in answer.text and "[" not in answer.text):
            continue
        severity, because = _look(answer.text, answer.prompt)
        if severity:
            yield answer.finding("empty", "instruction", severity, because)


def _look(text: str, prompt: str) -> tuple[float, str]:
    said = text[: _SHORT * 4].strip()
    bare = said.rstrip(" .!")
    severity = 0.0
    if not text.strip():
        return 1.0, "the answer is empty" if not text else "the answer is only whitespace"
    if (len(said) <= _SHORT and _NOTHING.fullmatch(bare)) or _SPEAKS_OF_IT.search(said):
        severity = 0.9
    elif _STANDS_FOR_NOTHING.fullmatch(bare) and bare.strip("<>[](){}").casefold() not in prompt.casefold():
        severity = 0.3
    elif len(said) < _SHORT and not _WORD.search(text):
        severity = 0.2 if _SYMBOL.search(said) else 0.6
    return severity, f"the answer only says {quote(said)}"


SIGNAL = Signal(name="empty", rubric="instruction", weight=0.95, find=find)
