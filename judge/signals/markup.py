"""Damaged markup: open fences, stray tags, broken JSON or links, chat-template remnants, mis-decoded characters."""

import json
import re
from collections import Counter
from collections.abc import Iterator

from judge.corpus import Answer, Corpus
from judge.language.prose import looks_like_code, prose, quote, tail, wants_code
from judge.records import Finding
from judge.signals import Signal

_FENCE = re.compile(r"^[ \t]{0,12}(?:```|~~~)", re.MULTILINE)
_FENCED = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:p|br|div|span|b|i|u|em|strong|ul|ol|li|table|tr|td|th|a|h[1-6]|font|body|html|script|style"
    r"|center)\b[^<>\n]{0,200}/?>"
    r"|&(?:nbsp|amp|lt|gt|quot|apos|#\d{2,5});",
    re.IGNORECASE,
)
_OPEN_TAG = re.compile(
    r"<(/?)(p|div|span|b|i|u|em|strong|ul|ol|li|table|tr|td|a|h[1-6])\b[^<>\n]{0,200}(?<!/)>", re.IGNORECASE
)
_HALF_TAG = re.compile(
    r"</?(?:p|br|div|span|b|i|em|strong|ul|ol|li|table|tr|td|a|h[1-6])(?:\s[^<>\n]{0,60})?(?:$|\n|(?=<))", re.IGNORECASE
)
_BOLD = re.compile(r"(?<![\w*])\*\*(?=\S)|(?<=[^\s*])\*\*(?![\w*])")
_LINK = re.compile(
    r"\]\((?:https?://|www\.|/)[^)\s]{0,500}(?=\s*$|\s+[^\s\"'(])|\[[^\]\n]{1,80}\((?:https?://|www\.)[^)\s]{1,300}\)",
    re.MULTILINE,
)
_TEMPLATE = re.compile(
    r"<\|\w{2,30}\|>|\[/?INST\]|<</?SYS>>|</?s>(?=\s|$)|^###\s*(?:Response|Instruction|Input|Human|Assistant)\b:?"
    r"|^(?:Human|Assistant|User|AI)\s?:(?=\s)",
    re.MULTILINE,
)
_MOJIBAKE = re.compile(r"â€[™œ\x9d\u02dc“”¦\u009d\u0099\u009c]?|Ã[©¨ªº¡±³¼¶¤¢£§«®\xb4¯¹²]|Â[\xa0®©°£»«]|ï»¿|ðŸ|\ufffd")
_ESCAPED = re.compile(r"(?<![\\\w:])\\[nt](?=[A-Z\s\d\\-]|$)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ANY = (
    *(
        _TAG,
        _HALF_TAG,
        _BOLD,
        _LINK,
        _TEMPLATE,
        _MOJIBAKE,
        _ESCAPED,
        _CONTROL,
        re.compile(r"```|~~~|\A\s*[\[{]|```json"),
    ),
)
_USUAL = 0.2  # share of answers from which a kind of markup is the set's own format


def find(corpus: Corpus) -> Iterator[Finding]:
    """Report the gravest damage of each answer; damage that much of the set has fades out, down to a fifth."""
    found = corpus.saying(*_ANY)
    seen = [(answer, max(_damage(answer), default=None)) for answer in found]
    kinds = Counter(worst[1] for answer, worst in seen if worst and answer.at < corpus.members)
    for answer, worst in seen:
        if worst:
            severity, kind, words = worst
            share = max(0, kinds[kind] - 1) / max(1, corpus.members)
            yield answer.finding("markup", "format", severity * max(0.2, 1 - share / _USUAL), f"{kind}: {words}")


def _damage(answer: Answer) -> Iterator[tuple[float, str, str]]:
    text, prompt = answer.text, answer.asked
    coding = wants_code(prompt) or looks_like_code(text)
    if len(_FENCE.findall(text)) % 2 or text.count("```") % 2:
        yield 0.9, "a code fence is not closed", tail(text)
    if broken := _broken_json(text, prompt):
        yield broken
    if found := _MOJIBAKE.search(text):
        yield (0.3 if found.group() in prompt else 0.85), "characters were decoded wrongly", _around(text, found)
    if found := _CONTROL.search(text):
        yield 0.6, "a control character is in the text", repr(found.group())
    plain = prose(text)
    if (found := _TEMPLATE.search(plain)) and found.group().casefold() not in prompt.casefold():
        roles = found.group()[-1] == ":" and not found.group().startswith("#")
        wanted = re.search(r"dialog|conversation|chat|interview|script|play|exchange", prompt, re.IGNORECASE)
        yield (
            (0.1 if roles and wanted else 0.5 if roles else 0.9),
            "a remnant of a chat template",
            _around(plain, found),
        )
    if not coding:
        yield from _in_prose(plain, prompt)


def _in_prose(text: str, prompt: str) -> Iterator[tuple[float, str, str]]:
    if (found := _TAG.search(text)) and found.group() not in prompt:
        tags = Counter((name.casefold(), bool(close)) for close, name in _OPEN_TAG.findall(text))
        odd = any(tags[name, False] != tags[name, True] for name, _ in tags if name not in {"p", "li", "td"})
        yield (0.9 if odd else 0.65), "a stray HTML tag", _around(text, found)
    elif found := _HALF_TAG.search(text):
        yield 0.8, "half an HTML tag", _around(text, found)
    marks = list(_BOLD.finditer(text))
    if len(marks) % 2:
        yield 0.7, "bold (**) is not closed", _around(text, marks[-1])
    if found := _LINK.search(text):
        yield 0.8, "a Markdown link is broken", _around(text, found)
    if len(marks := list(_ESCAPED.finditer(text))) > 1:
        yield 0.7, "line breaks stand as text (\\n)", _around(text, marks[0])


def _broken_json(text: str, prompt: str) -> tuple[float, str, str] | None:
    wanted = "json" in prompt.casefold()
    fenced = _FENCED.search(text)
    body = (fenced.group(1) if fenced else text).strip()
    is_json = re.match(r"\{\s*\"[^\"\n]{1,80}\"\s*:|\[\s*\{\s*\"[^\"\n]{1,80}\"\s*:", body)
    if not is_json and not (wanted and body[:1] in {"{", "["}):
        return None
    try:
        json.JSONDecoder().raw_decode(body)
    except (ValueError, RecursionError) as why:
        return (0.9 if wanted or is_json else 0.5), "JSON that cannot be parsed", f"{why} in {quote(body)}"
    return None


def _around(text: str, found: re.Match[str]) -> str:
    return quote(text[max(0, found.start() - 25) : found.end() + 25])


SIGNAL = Signal(name="markup", rubric="format", weight=0.6, find=find)
