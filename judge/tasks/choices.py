"""Answers to be chosen from options that the prompt names: yes or no, A or B, a letter."""

import re
from collections.abc import Iterator

from judge.language.prose import quote, words
from judge.tasks.asked import Wrong

_YES = re.compile(
    r"\b(?:answer|respond|reply|state|output|say"
    r"|indicate)\b[^.\n]{0,40}?\b(?:with )?[\"'“]?(?:yes or no|yes/no|\"?yes\"? or \"?no)\b",
    re.IGNORECASE,
)
_SAYS = re.compile(r"\b(?:yes|no|yeah|nope|true|false|not|cannot|correct|incorrect)\b|n't\b", re.IGNORECASE)
_Q = r"[\"'“”\u2018\u2019]?"
_ONE = rf"{_Q}[A-Za-z][A-Za-z-]{{2,20}}{_Q}"
_EITHER = re.compile(
    r"\b(?:classif(?:y|ied)|categori[sz]e|label|determine|mark|decide|identify|predict|tag|indicate"
    r"|judge|output|tell me|say)\b[^.\n:]{0,120}?\b(?:as|whether|if|into|is|either)(?: (?:it|this"
    r"|that|they|the \w+|the following \w+|a|an|the|being|either|is|are|was|expresses"
    r"|contains?))*:? "
    rf"(?P<options>{_ONE}(?:, {_ONE}){{0,6}},? or (?:an? )?{_ONE})(?=\s*(?:[.,:;?!\n(]|$|(?:sentiment"
    rf"|statement|sentence|genre|category|class|categories|text|based|for|in)\b))",
    re.IGNORECASE,
)
_LETTER = re.compile(r"^\s*\(?([A-E])[.):]\s+(\S[^\n]{0,200})", re.MULTILINE)
_PICK = re.compile(
    r"\b(?:choose|select|pick|which|multiple[- ]choice|correct (?:answer|option)|what|who|where|when)\b", re.IGNORECASE
)
_VAGUE = frozenset(
    "not no other both neither none more less one something anything the and correct incorrect wrong right".split()
)
_BRIEF = 40  # words up to which an answer to such a question is seen through


def look(prompt: str, head: str, text: str) -> Iterator[Wrong]:
    """Find answers that choose none of the options."""
    brief = len(text[:2_000].split()) <= _BRIEF
    if brief and ("yes" in head.lower()) and _YES.search(head) and not _SAYS.search(text):
        yield Wrong(0.6, f"asked for yes or no, the answer is {quote(text)}")
    found = _EITHER.search(head) if brief and " or " in head and not re.search(r"\b[01]\b", head) else None
    if found and not re.search(
        r"\b(?:why|explain|generate|write|create|list|name|give|sentences|words|each)\b", head, re.IGNORECASE
    ):
        options = [word for part in re.split(r",|\bor\b", found["options"]) for word in words(part)[-1:]]
        said = text.casefold()
        near = any(option[: max(3, min(5, len(option) - 1))] in said for option in options)
        if len(options) > 1 and not near and not _VAGUE & set(options):
            yield Wrong(0.65, f"asked for {quote(found['options'])}, the answer is {quote(text)}")
    lettered = _LETTER.findall(prompt[:4_000]) if brief and "\n" in prompt else []
    if len(lettered) > 2 and _PICK.search(head) and not _chosen(lettered, text):  # noqa: PLR2004 - two may be initials
        yield Wrong(
            0.65, f"asked to choose from {', '.join(letter for letter, _ in lettered)}, the answer is {quote(text)}"
        )


def _chosen(options: list[tuple[str, str]], text: str) -> bool:
    said = " ".join(words(text))
    letters = any(re.search(rf"(?<!\w){letter}(?!['\u2019]?\w)", text) for letter, _ in options)
    return (
        letters
        or any(
            " ".join(words(option)[:3]) in said or said in " ".join(words(option))
            for _, option in options
            if words(option)
        )
        or bool(re.search(r"\b(?:all|none|both)\b", said))
    )
