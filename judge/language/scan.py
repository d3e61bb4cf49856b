"""
Which of many texts a pattern can match: RE2, over all of them at once, as a filter in front of `re`.

RE2 (through pyarrow) reads a text once, whatever the pattern, and some fifty times as fast as `re` tries a lexicon of
alternatives. It knows no look-around, so that is taken out: what is left matches whenever the pattern does, and more.
Only the texts that pass are worth the real pattern.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_CODE_POINT = re.compile(r"\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})")
_CLASSES = ((r"[^\W\d_]", r"\pL"), (r"[^\W_]", r"[\pL\pN\pM]"))
_BOUNDS = re.compile(r"\{([0-9]+),[0-9]+\}")
_INSIDE = {"w": r"\pL\pN\pM_", "d": r"\p{Nd}", "s": r"\s\pZ\x{85}\x{0b}"}
_OUTSIDE = {**{name: f"[{what}]" for name, what in _INSIDE.items()}, "W": r"[^\pL\pN\pM_]", "Z": r"\z", "A": r"\A"}


class Texts:
    """Texts that many patterns are tried on; converted once."""

    def __init__(self, texts: Sequence[str]) -> None:
        import pyarrow as pa

        try:
            self._array: Any = pa.array(texts, pa.large_string())
        except UnicodeEncodeError:  # half a character, which no UTF-8 can hold
            whole = [text.encode("utf-8", "replace").decode() for text in texts]
            self._array = pa.array(whole, pa.large_string())

    def may_match(self, *patterns: re.Pattern[str]) -> NDArray[np.bool_]:
        """Shape (texts,): which could match at least one of the patterns; none is left out that does."""
        import pyarrow.compute as pc

        found = np.zeros(len(self._array), dtype=bool)
        for pattern in patterns:  # one by one: a large alternation can outgrow what RE2 compiles for speed
            folded = bool(pattern.flags & re.IGNORECASE)
            hits = pc.match_substring_regex(self._array, _as_re2(pattern), ignore_case=folded)
            found |= hits.to_numpy(zero_copy_only=False)
        return found

    def where(self, *patterns: re.Pattern[str]) -> Iterable[int]:
        """Positions of the texts that could match at least one of the patterns, ascending."""
        found: list[int] = np.flatnonzero(self.may_match(*patterns)).tolist()
        return found


@lru_cache(maxsize=256)
def _as_re2(pattern: re.Pattern[str]) -> str:
    """The pattern without look-around, in RE2's spelling, with Unicode's letters, digits and spaces."""
    text = pattern.pattern
    for ours, theirs in _CLASSES:
        text = text.replace(ours, theirs)
    text = _CODE_POINT.sub(lambda found: f"\\x{{{(found[1] or found[2]).lstrip('0') or '0'}}}", text)
    flags = "".join(name for name, flag in (("m", re.MULTILINE), ("s", re.DOTALL)) if pattern.flags & flag)
    return (f"(?{flags}:" if flags else "(?:") + _translated(text, ends="$" if "m" in flags else r"\n?\z") + ")"


def _translated(text: str, ends: str) -> str:
    out: list[str] = []
    at, inside = 0, False
    while at < len(text):
        if text[at] == "\\":
            known = _INSIDE if inside else _OUTSIDE
            out.append(known.get(text[at + 1], text[at : at + 2]))
            at += 2
        elif not inside and re.match(r"\(\?<?[=!]", text[at:]):
            at = _closing(text, at) + 1
            if text[at : at + 1] in {"?", "*"}:
                at += 1
        elif not inside and (bounds := _BOUNDS.match(text, at)):
            out.append(f"{{{bounds[1]},}}")  # upper bounds make large automata; without them more is let through
            at = bounds.end()
        else:
            if inside:
                inside = text[at] != "]" or out[-1] in {"[", "[^"}
            elif text[at] == "[":
                inside = True
            out.append(ends if text[at] == "$" and not inside else text[at])
            at += 1
    return "".join(out)


def _closing(text: str, at: int) -> int:
    """Position of the bracket that closes the group opened at `at`."""
    depth, inside = 0, False
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif inside:
            inside = text[at] != "]"
        elif text[at] == "[":
            inside = True
        elif text[at] in "()":
            depth += 1 if text[at] == "(" else -1
            if depth == 0:
                return at
        at += 1
    raise ValueError(f"a group is not closed: {text}")
