"""Where something can be put into an answer: before it, after it, or between two of its sentences or lines."""

from judge.language.prose import quote
from judge.planting._draw import Draw
from judge.planting._spans import masked, sentences, splice

_WHERE = ("at the start", "at the end", "inside")


def put(text: str, piece: str, draw: Draw, *, own_line: bool = False) -> tuple[str, str]:
    """Put a piece into a text at a drawn place; return the new text and, for a person, what was put where."""
    where = draw.pick(_WHERE)
    gap = draw.pick(["\n", "\n\n"]) if own_line else draw.pick([" ", " ", "\n\n"])
    inner = (
        [s.end for s in sentences(masked(text))[:-1] if s.text.rstrip().endswith((".", "!"))] if len(text) > 1 else []
    )
    if where == "inside" and inner:
        at = draw.pick(inner)
        text = splice(text, at, at, gap + piece + (gap if text[at : at + 1] not in {"\n", " "} or own_line else ""))
    elif where == "at the start":
        text = piece + gap + text.lstrip()
    else:
        where, text = "at the end", text.rstrip() + gap + piece
    return text, f"{quote(piece, 200)} was put {where}"
