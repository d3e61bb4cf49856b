"""Phrases composed from parts, so that a handful of parts makes very many wordings."""

import re
from collections.abc import Mapping, Sequence

from judge.planting._draw import Draw

Parts = Mapping[str, Sequence[str]]
_SLOT = re.compile(r"<(\w+)>")
_DEPTH = 6  # slots inside slots


def compose(draw: Draw, pattern: str, parts: Parts) -> str:
    """Fill each `<slot>` of the pattern with one of its parts, and the slots of that part in turn."""
    for _ in range(_DEPTH):
        if not _SLOT.search(pattern):
            break
        pattern = _SLOT.sub(lambda slot: draw.pick(parts[slot[1]]), pattern)
    return re.sub(
        r"(?<=[.!?…] )[a-z]|^[a-z]", lambda first: first.group().upper(), re.sub(r" {2,}", " ", pattern).strip()
    )
