"""A whole answer in a format the set does not use: HTML, JSON, a Python value, XML, a table, a chat template."""

import re
from collections.abc import Callable, Sequence

from judge import digest
from judge.language.prose import quote
from judge.planting import Answer, Draw, Edit, Ground, Planter
from judge.planting._guards import asks_format

_Way = Callable[[str, Draw], tuple[str, str]]
_MARK = re.compile(r"^[ \t]{0,20}(?:\d{1,3}[.)]|[-*•])[ \t]{1,9}")
_BOLD = re.compile(r"\*\*([^*\n]{1,120})\*\*")
_SHORTEST = 6  # words of an answer that has a format
_SHOWN = 20_000  # characters; a longer answer is left alone


def plant(answer: Answer, ground: Ground, draw: Draw) -> Edit | None:
    """Decline where code or a format is asked for or given, and for the formats that the set's own answers have."""
    text = answer.text.strip()
    if asks_format(answer) or not text[:_SHOWN] or len(text) > _SHOWN or len(text.split()) < _SHORTEST:
        return None
    for seen, way in draw.shuffled(_WAYS):
        if not ground.usual(seen):
            said, name = way(text, draw)
            return Edit(text=said, because=f"the whole answer was turned into {name}")
    return None


def _blocks(text: str) -> list[tuple[bool, str]]:
    """The lines that say something, each with whether it is a list item; list marks are taken off."""
    lines = [line for line in text.split("\n") if line.strip()]
    return [(bool(_MARK.match(line)), _MARK.sub("", line).strip()) for line in lines]


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _html(text: str, draw: Draw) -> tuple[str, str]:
    block, kind = draw.pick(["p", "div", "span", 'p class="answer"', "section"]), draw.pick(["ul", "ol"])
    parts: list[str] = []
    inside = False
    for listed, line in _blocks(text):
        if listed != inside:
            parts.append(f"<{kind}>" if listed else f"</{kind}>")
            inside = listed
        said = _BOLD.sub(r"<strong>\1</strong>", _escape(line))
        parts.append(f"<li>{said}</li>" if listed else f"<{block}>{said}</{block.split()[0]}>")
    parts += [f"</{kind}>"] if inside else []
    body = draw.pick(["", "\n"]).join(parts)
    return draw.pick([body, f"<html><body>{body}</body></html>", f"<!DOCTYPE html>\n<body>\n{body}\n</body>"]), "HTML"


def _json(text: str, draw: Draw) -> tuple[str, str]:
    key = draw.pick(["answer", "response", "text", "content", "output", "reply"])
    lines = [line for _, line in _blocks(text)]
    value: object = draw.pick(
        [
            {key: text},
            {"status": "success", key: text},
            {key: lines},
            {"type": "message", "role": "assistant", key: text},
            [{"id": n, key: line} for n, line in enumerate(lines, 1)],
            {"data": {key: text, "confidence": 0.97}},
        ]
    )
    return draw.pick(["", "```json\n"]) + digest.canonical_json(value), "JSON"


def _python(text: str, draw: Draw) -> tuple[str, str]:
    said = _literal(text)
    lines = ", ".join(_literal(line) for _, line in _blocks(text))
    made = [
        f"[{lines}]",
        f"({said}, None)",
        f"{{'role': 'assistant', 'content': {said}}}",
        f"Response(text={said}, finish_reason='stop')",
        f"[{{'generated_text': {said}}}]",
        f"b{said}" if text.isascii() else f"u{said}",
        f"AIMessage(content={said})",
    ]
    return draw.pick(made), "a Python value"


def _literal(text: str) -> str:
    """A string as Python prints it; not `repr`, whose escapes differ between versions."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


def _xml(text: str, draw: Draw) -> tuple[str, str]:
    root, item = (
        draw.pick(["response", "answer", "reply", "document", "output"]),
        draw.pick(["line", "para", "item", "s"]),
    )
    body = "\n".join(f"  <{item}>{_escape(line)}</{item}>" for _, line in _blocks(text))
    head = draw.pick(['<?xml version="1.0" encoding="UTF-8"?>\n', ""])
    return f"{head}<{root}>\n{body}\n</{root}>", "XML"


def _table(text: str, draw: Draw) -> tuple[str, str]:
    left, right = draw.pick([("No.", "Text"), ("#", "Content"), ("Part", "Description"), ("id", "value")])
    rows: Sequence[str] = [line.replace("|", "/") for _, line in _blocks(text)]
    if draw.below(2):
        cells = [f'{n},"{line.replace(chr(34), chr(34) * 2)}"' for n, line in enumerate(rows, 1)]
        return "\n".join([f"{left},{right}", *cells]), "CSV"
    return "\n".join(
        [f"| {left} | {right} |", "|---|---|", *(f"| {n} | {line} |" for n, line in enumerate(rows, 1))]
    ), "a table"


def _template(text: str, draw: Draw) -> tuple[str, str]:
    head, foot = draw.pick(
        [
            ("<|im_start|>assistant\n", "<|im_end|>"),
            ("[/INST] ", " </s>"),
            ("<|start_header_id|>assistant<|end_header_id|>\n\n", "<|eot_id|>"),
            ("### Response:\n", "\n\n### Instruction:\n"),
            ("<start_of_turn>model\n", "<end_of_turn>"),
            ("ASSISTANT: ", "</s>USER:"),
            ("<s>[INST] <<SYS>>\n<</SYS>> [/INST] ", "</s>"),
            ("<|assistant|>\n", "<|end|>"),
            ("", "<|endoftext|>Human:"),
        ]
    )
    return f"{head}{text}{foot}", f"a chat template's raw text ({quote((head.strip() or foot).split(chr(10))[0])})"


_WAYS: tuple[tuple[re.Pattern[str], _Way], ...] = (
    (re.compile(r"</?(?:p|div|li|ul|ol|br|strong|span|body)\b[^<>\n]{0,80}>", re.IGNORECASE), _html),
    (re.compile(r"^\s*[{\[]\s*[\"{\[]|```json"), _json),
    (re.compile(r"^\s*(?:[\[({]\s*'|\w+\()"), _python),
    (re.compile(r"^\s*<\?xml|^\s*<(\w+)>.*</\1>\s*$", re.DOTALL), _xml),
    (re.compile(r"^\|.*\|\s*$|^[^,\n]{1,40},\"", re.MULTILINE), _table),
    (re.compile(r"<\|\w+\|>|\[/?INST\]|^### (?:Response|Instruction)|</?s>", re.MULTILINE), _template),
)
PLANTER = Planter(name="foreign_format", rubric="format", many="foreign formats", plant=plant)
