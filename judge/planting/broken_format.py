"""Markup that got damaged: fences that never close, half tags, stray escapes, doubled marks, JSON cut short."""

import re
from collections.abc import Callable, Mapping

from judge.language.prose import quote
from judge.planting import Answer, Draw, Edit, Ground, Planter
from judge.planting._guards import asks_format
from judge.planting._places import put
from judge.planting._spans import became, masked, splice

_Way = Callable[[str, Draw], Edit | None]
_BOLD = re.compile(r"\*\*[^*\n]{1,120}\*\*")
_ITEM = re.compile(r"^(?P<mark>(?:\d{1,3}[.)]|[-*•]) )(?=\S)", re.MULTILINE)
_WORDS = re.compile(r"(?<=[a-z] )[a-z]{4,20} [a-z]{3,20}(?= [a-z])")
_PARAGRAPH = re.compile(r"\n[ \t]*\n(?=\S)")
_SHORTEST = 6  # words of an answer that markup is put around
_BROKEN_ITEMS = 2
_GARBLED = {
    "\u2019": "â€™", "'": "â€™", "\u201c": "â€œ", "\u201d": "â€\x9d", "\u2013": "â€“", "é": "Ã©", "è": "Ã¨", "ü": "Ã¼",
    "£": "Â£", "°": "Â°", "€": "â\u201a¬",
}  # fmt: skip
_ENTITIES = {"'": "&#39;", "\u2019": "&rsquo;", '"': "&quot;", "&": "&amp;amp;"}


def plant(answer: Answer, ground: Ground, draw: Draw) -> Edit | None:
    """Decline where code or a format is asked for or given, and for damage that the set's own answers show."""
    if asks_format(answer) or len(answer.text.split()) < _SHORTEST:
        return None
    for seen, way in draw.shuffled(_WAYS):
        if not ground.usual(seen) and (edit := way(answer.text, draw)) and edit.text != answer.text:
            return edit
    return None


def _open_fence(text: str, draw: Draw) -> Edit:
    fence = draw.pick(["```", "```text", "```markdown", "~~~", "```plaintext"])
    gaps = [gap.end() for gap in _PARAGRAPH.finditer(text)]
    at = draw.pick([0, *gaps])
    return Edit(text=splice(text, at, at, f"{fence}\n"), because=f"{quote(fence)} was opened and never closed")


def _half_tag(text: str, draw: Draw) -> Edit | None:
    tag = draw.pick(["p", "b", "strong", "div", "em", "span", "li", "u"])
    found = [word for word in _WORDS.finditer(masked(text)) if "\0" not in word.group()]
    if not found:
        return None
    word = draw.pick(found).span()
    old = text[slice(*word)]
    new = draw.pick([f"<{tag}>{old}", f"{old}</{tag}>", f"<{tag} {old}", f"<{tag}>{old}</{tag}", f"&lt;{tag}&gt;{old}"])
    return Edit(text=splice(text, *word, new), because=became(old, new))


def _bold_open(text: str, draw: Draw) -> Edit | None:
    """Take one mark off a bold phrase, or put one before a phrase that is not bold."""
    bold = list(_BOLD.finditer(text[:20_000]))
    found = bold or list(_WORDS.finditer(masked(text)))
    if not found:
        return None
    one = draw.pick(found)
    old = one.group()
    inner = old.strip("*")
    new = draw.pick([f"**{inner}", f"***{inner}*", f"****{inner}****", f"**{inner}*", f"__{inner}", f"** {inner} **"])
    return Edit(text=splice(text, *one.span(), new), because=became(old, new)) if new != old else None


def _doubled_marks(text: str, draw: Draw) -> Edit | None:
    if len(_ITEM.findall(text)) < _BROKEN_ITEMS:
        return None
    mark = draw.pick(["- ", "* ", "• ", "1. ", "## ", "> > ", ""])
    said = _ITEM.sub(lambda item: item["mark"] + (mark or item["mark"]), text)
    return Edit(text=said, because=f"each list mark is followed by {quote(mark.strip() or 'itself')}")


def _escaped_breaks(text: str, draw: Draw) -> Edit | None:
    if "\n" not in text.strip():
        return None
    escape = draw.pick(["\\n", "\\r\\n", "<br", "&#10;", "_x000D_"])
    return Edit(text=text.strip().replace("\n", escape), because=f"line breaks became {quote(escape)}")


def _translated(table: Mapping[str, str], what: str) -> _Way:
    codes = {ord(char): new for char, new in table.items()}

    def way(text: str, _: Draw) -> Edit | None:
        hit = [char for char in table if char in text]
        return Edit(text=text.translate(codes), because=f"{quote(hit[0])} became {what}") if hit else None

    return way


def _escaped_quotes(text: str, draw: Draw) -> Edit | None:
    if not re.search(r"[\"'\u2019]", text):
        return None
    depth = draw.pick(["\\", "\\\\", "\\\\\\"])
    said = re.sub(r"[\"'\u2019]", lambda mark: depth + mark.group(), text)
    return Edit(text=said, because=f"quotation marks and apostrophes are escaped with {quote(depth)}")


def _cut_json(text: str, draw: Draw) -> Edit:
    key = draw.pick(["answer", "response", "text", "content", "output", "message"])
    head = draw.pick([f'{{"{key}": "', f'{{"status": "ok", "{key}": "', f'[{{"{key}": "', f'{{"data": {{"{key}": "'])
    inner = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return Edit(
        text=head + inner + draw.pick(["", '"', '",']), because=f"wrapped in JSON that never closes: {quote(head)}"
    )


def _broken_piece(text: str, draw: Draw) -> Edit:
    piece = draw.pick(
        [
            "[see here](", "![image](", "| Item | Value |\n|---", "[link](http://", "</div></", "<table><tr><td>",
            "\\begin{itemize}",
            "**", "###", "\\u00e2\\u0080", "&nbsp;&nbsp;&nbsp", "%20%20", "]]>", "{/if}", "<a href=", "$$",
            "\ufffd\ufffd\ufffd",
        ]
    )  # fmt: skip
    said, because = put(text, piece, draw, own_line=bool(draw.below(2)))
    return Edit(text=said, because=because)


_TAGS = re.compile(r"</?[a-z]{1,10}\b[^<>\n]{0,80}>|&[a-z#0-9]{2,7};", re.IGNORECASE)
_WAYS: tuple[tuple[re.Pattern[str], _Way], ...] = (
    (re.compile(r"```|~~~"), _open_fence),
    (_TAGS, _half_tag),
    (re.compile(r"\*{3}|(?<!\*)\*\*\s"), _bold_open),
    (re.compile(r"^(?:\d{1,3}[.)]|[-*•]) (?:\d{1,3}[.)]|[-*•]) ", re.MULTILINE), _doubled_marks),
    (re.compile(r"\\[nr]|_x000D_"), _escaped_breaks),
    (re.compile(r"â€|Ã.|Â."), _translated(_GARBLED, "what a wrong decoding makes of it")),
    (_TAGS, _translated(_ENTITIES, "an HTML entity")),
    (re.compile(r"\\[\"']"), _escaped_quotes),
    (re.compile(r"^\s*[{\[]"), _cut_json),
    (re.compile(r"\]\(|</|\\u|&nbsp|\\begin"), _broken_piece),
)
PLANTER = Planter(name="broken_format", rubric="format", many="broken formats", plant=plant)
