"""The answer declines instead of answering, or talks of itself as a machine."""

import re
from collections.abc import Iterator

from judge.corpus import Corpus
from judge.language.prose import quote
from judge.records import Finding
from judge.signals import Signal

_AI = re.compile(
    r"\b(?:as|being) an? (?:large )?(?:AI|artificial intelligence|language model|GPT|LLM|virtual assistant"
    r"|chatbot|machine)\b"
    r"|\bI(?:'|\u2019)?(?: a)?m (?:just |only |merely )?an? (?:large )?(?:AI|artificial intelligence"
    r"|language model|chatbot|bot)\b"
    r"|\b(?:GPT|language) models? (?:cannot|can't|can\u2019t|are not able|do not)|\bmy (?:knowledge"
    r"|training) (?:cut-?off|data)\b",
    re.IGNORECASE,
)
_CANNOT = re.compile(
    r"\b(?:I(?: am|'m|\u2019m) (?:sorry|afraid|unable|not able|not capable)|I (?:cannot|can(?:'|\u2019)t"
    r"|can not|could not|couldn't|do not|"
    r"don't|don\u2019t|won't|won\u2019t) (?:\w+ )?(?:answer|help|assist|provide|access|create|generate|draw"
    r"|open|browse|display|complete|"
    r"fulfil|fulfill|do that|do this|have (?:access|enough|the ability|information)|know|see|view|comply"
    r"|perform|process)"
    r"|(?:this|the) (?:question|task|request|instruction) (?:cannot|can't|can\u2019t|is not possible|is impossible)"
    r"|(?:it is|it's) (?:not possible|impossible) to (?:answer|complete|generate|provide|determine|create))",
    re.IGNORECASE,
)
_ASKED_FOR = re.compile(
    r"\b(?:are you|as an ai|artificial|language model|chatbot|apolog|sorry|refus|declin|role-?play|dialog|story)",
    re.IGNORECASE,
)
_SERVICE = re.compile(
    r"\b(?:but|however|instead|please|here(?:'s| is)|you can|follow|steps?|team|happy to|help you)\b", re.IGNORECASE
)
_OPENING = 200  # characters in which a refusal stands
_SHORT = 60  # words up to which it is the whole answer
_USUAL = 0.1  # share of a set's answers from which declining is its way of answering


def find(corpus: Corpus) -> Iterator[Finding]:
    """
    Severity 0.9 for an answer that speaks of itself as a machine, up to 0.7 for a short one that declines.

    Halved where the prompt is about such talk; faded out where the set itself often declines.
    """
    seen = [(answer, *_look(answer.text)) for answer in corpus.saying(_AI, _CANNOT)]
    share = corpus.usual(answer for answer, severity, _ in seen if severity)
    habit = max(0.2, 1 - share / _USUAL) if corpus.members >= 1 / _USUAL else 1.0
    for answer, severity, words in seen:
        if severity:
            wanted = 0.5 if _ASKED_FOR.search(answer.prompt) else 1.0
            because = f"the answer declines or speaks as a machine: {quote(words)}"
            yield answer.finding("refusal", "instruction", severity * wanted * habit, because)


def _look(text: str) -> tuple[float, str]:
    if machine := _AI.search(text):
        return 0.9, text[machine.start() : machine.end() + 40]
    opening = text[:_OPENING]
    if (cannot := _CANNOT.search(opening)) and len(text[: _SHORT * 20].split()) <= _SHORT:
        plain = cannot.group().casefold().endswith(("sorry", "afraid")) or _SERVICE.search(text[:2_000])
        return (0.15 if plain else 0.7), opening[cannot.start() : cannot.end() + 40]
    return 0.0, ""


SIGNAL = Signal(name="refusal", rubric="instruction", weight=0.5, find=find)
