"""Where in a text the words are that a reason quotes, and the words in which two texts differ. Pure."""

import difflib
import re
from collections.abc import Iterable, Sequence

Span = tuple[int, int]

OPEN, CLOSE = "[[", "]]"  # around what is marked where nothing can be coloured
_QUOTE = re.compile("“([^“”]*)”")
_WORD = re.compile(r"\w+(?:[.,:]\w+)*|[^\w\s]")
_REST = 30  # letters of a word that a quotation was cut in
_FEW = 3  # characters below which a piece of a quotation is found anywhere


def quotations(because: str) -> list[str]:
    """The words that a reason quotes, in pieces where some are left out."""
    pieces = (piece.strip() for said in _QUOTE.findall(because) for piece in said.split("…"))
    return [piece for piece in pieces if piece]


def find(text: str, words: Iterable[str]) -> list[Span]:
    """
    Spans of the text that hold the words, wherever they stand, whatever the space between their characters.

    They begin and end with whole words; where the words stand nowhere as such, a quotation was cut within one, and the
    rest of that is marked, too.

    Words of fewer than three characters are found only where nothing of a word is beside them. Spans do not overlap.
    """
    spans: list[Span] = []
    for said in words:
        characters = "".join(said.split())
        if not characters:
            continue
        pattern = r"\s*".join(map(re.escape, characters))
        if len(characters) < _FEW:
            pattern = rf"(?<!\w){pattern}(?!\w)"
        found = [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)]
        whole = [span for span in found if _worded(text, *span) == span]
        spans += whole or [_worded(text, *span) for span in found]  # cut within a word, or it is no word of this text
    return merged(spans)


def _worded(text: str, low: int, high: int) -> Span:
    """The same with the rest of the words at its ends, as a quotation may be cut anywhere; of scripts with words."""
    first, last = max(0, low - _REST), min(len(text), high + _REST)
    begin, end = low, high
    while begin > first and _cased(text[begin]) and _cased(text[begin - 1]):
        begin -= 1
    while end < last and _cased(text[end - 1]) and _cased(text[end]):
        end += 1
    return begin, end


def _cased(character: str) -> bool:
    return character.lower() != character.upper()


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same without overlaps, in order."""
    found: list[Span] = []
    for low, high in sorted(spans):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        elif low < high:
            found.append((low, high))
    return found


def differing(left: str, right: str) -> tuple[list[Span], list[Span]]:
    """Spans of the words that stand in one text and not, at that place, in the other (longest common blocks)."""
    one, other = (list(_WORD.finditer(text)) for text in (left, right))
    said, told = ([match[0].casefold() for match in words] for words in (one, other))
    alike = difflib.SequenceMatcher(None, said, told, autojunk=False)
    apart: tuple[list[Span], list[Span]] = ([], [])
    for what, low, high, second_low, second_high in alike.get_opcodes():
        if what == "equal":
            continue
        for spans, words, begin, end in ((apart[0], one, low, high), (apart[1], other, second_low, second_high)):
            if begin < end:
                spans.append((words[begin].start(), words[end - 1].end()))
    return apart


def marked(text: str, spans: Sequence[Span], opens: str = OPEN, closes: str = CLOSE) -> str:
    """The text with marks around the spans."""
    parts, at = [], 0
    for low, high in spans:
        parts += [text[at:low], opens, text[low:high], closes]
        at = high
    return "".join([*parts, text[at:]])
