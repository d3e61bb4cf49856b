"""
Which of many texts a pattern can match: RE2, over all of them at once, as a filter in front of `re`.

RE2 (through pyarrow) reads a text once, whatever the pattern, and some fifty times as fast as `re` tries a lexicon of
alternatives. It knows no look-around, so that is taken out: what is left matches whenever the pattern does, and more.
Only the texts that pass are worth the real pattern.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_CODE_POINT = re.compile(r"\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})")
_CLASSES = ((r"[^\W\d_]", r"[\pL\pN]"), (r"[^\W_]", r"[\pL\pN\pM]"))
_BOUNDS = re.compile(r"\{([0-9]+),[0-9]+\}")
_INSIDE = {"w": r"\pL\pN\pM_", "d": r"\p{Nd}", "s": r"\s\pZ\x{85}\x{0b}\x{1c}-\x{1f}"}
_OUTSIDE = {**{name: f"[{what}]" for name, what in _INSIDE.items()}, "W": r"[^0-9A-Za-z_]", "Z": r"\z", "A": r"\A"}
_WIDE = r"[^\x00-\x7f\pZ\pP\pS\pC]"  # letters that RE2's \b knows nothing of
_PIECE = 4_096  # texts converted together
_DOTS = "[\u0130\u0131]"  # what `re` alone takes for an i


class Texts:
    """Texts that many patterns are tried on; converted once."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._torn = np.zeros(len(texts), dtype=bool)
        try:
            self._array: Any = _array(texts)
        except UnicodeEncodeError:  # half a character, which no UTF-8 can hold
            whole = [text.encode("utf-8", "replace").decode() for text in texts]
            self._array = _array(whole)
            self._torn = np.array([one != two for one, two in zip(texts, whole, strict=True)])
        self._wide = self._hits(_WIDE)
        self._dots = self._hits(_DOTS)

    def may_match(self, *patterns: re.Pattern[str]) -> NDArray[np.bool_]:
        """Shape (texts,): which could match at least one of the patterns; none is left out that does."""
        found = self._torn.copy()
        wide = np.flatnonzero(self._wide)
        for pattern in patterns:  # one by one: a large alternation can outgrow what RE2 compiles for speed
            folded = bool(pattern.flags & re.IGNORECASE)
            found |= self._hits(_as_re2(pattern), folded=folded)
            if folded:
                found |= self._dots
            if len(wide) and r"\b" in pattern.pattern:
                found[wide] |= self._hits(_as_re2(pattern, bounds=False), wide, folded=folded)
        return found

    def _hits(self, pattern: str, among: NDArray[np.int64] | None = None, *, folded: bool = False) -> NDArray[np.bool_]:
        import pyarrow.compute as pc

        texts = self._array if among is None else self._array.take(among)
        hits: NDArray[np.bool_] = pc.match_substring_regex(texts, pattern, ignore_case=folded).to_numpy(
            zero_copy_only=False
        )
        return hits

    def where(self, *patterns: re.Pattern[str]) -> Iterable[int]:
        """Positions of the texts that could match at least one of the patterns, ascending."""
        found: list[int] = np.flatnonzero(self.may_match(*patterns)).tolist()
        return found


def _array(texts: Sequence[str]) -> Any:  # noqa: ANN401 - pyarrow ships no types
    """In pieces, as one array that grows takes twice its room; of bytes, which a text that is asked for them keeps."""
    import pyarrow as pa

    pieces = [
        pa.array([t.encode() for t in texts[low : low + _PIECE]], pa.large_string())
        for low in range(0, len(texts), _PIECE)
    ]
    return pa.chunked_array(pieces, pa.large_string())


@lru_cache(maxsize=256)
def _as_re2(pattern: re.Pattern[str], *, bounds: bool = True) -> str:
    """The pattern without look-around, in RE2's spelling, with Unicode's letters, digits and spaces."""
    text = pattern.pattern
    for ours, theirs in _CLASSES:
        text = text.replace(ours, theirs)
    text = _CODE_POINT.sub(lambda found: f"\\x{{{(found[1] or found[2]).lstrip('0') or '0'}}}", text)
    flags = "".join(name for name, flag in (("m", re.MULTILINE), ("s", re.DOTALL)) if pattern.flags & flag)
    known = _OUTSIDE if bounds else {**_OUTSIDE, "b": ""}
    return (f"(?{flags}:" if flags else "(?:") + _translated(text, known, "$" if "m" in flags else r"\n?\z") + ")"


def _translated(text: str, outside: Mapping[str, str], ends: str) -> str:
    out: list[str] = []
    at, inside, known = 0, False, outside
    while at < len(text):
        if text[at] == "\\":
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
                known = known if inside else outside
            elif text[at] == "[":
                inside = True
                known = {} if text[at + 1] == "^" else _INSIDE  # what is not \w is not RE2's narrower \w either
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
