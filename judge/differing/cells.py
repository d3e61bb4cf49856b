"""
Text of data in Markdown, and tables of it. Pure.

Rows are hostile here, too. The characters that Markdown reads become references (`&#124;`), which are shown and not
read: no row ends a cell, a table or a block, begins a link or brings an element. Sites look for `@name` and `#1` in
what is shown, so an invisible space follows these signs; ids and quotes, which people copy, are left whole and stand in
`<code>`, where no site looks.
"""

import re
from collections.abc import Sequence

from judge.differing import phrases
from judge.text import counted

_ROOM = 160  # characters that are shown of a reason or a quote
_READ = {ord(c): f"&#{ord(c)};" for c in "&<>|`*_~[]!\\#@$"}
_LINK = re.compile(r"(?<=www)\.|:(?=//)", re.IGNORECASE)  # what begins a link by itself
_CALLS = re.compile(r"(?<=[@#])")


def text(data: str, room: int = _ROOM) -> str:
    """On one line; what is longer than `room` characters is cut."""
    return _unread(_CALLS.sub("\u200b", phrases.brief(data, room)))


def code(data: str, room: int = _ROOM) -> str:
    """The same in letters of one width, to be copied."""
    return f"<code>{_unread(phrases.brief(data, room)) or ' '}</code>"


def _unread(line: str) -> str:
    return _LINK.sub(lambda found: f"&#{ord(found[0])};", line.translate(_READ))


def table(heads: Sequence[str], lines: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """
    A table.

    Args:
        heads: one for each column; ours.
        lines: cells that are Markdown already.
        numbers: columns that are flush right.
    """
    rule = ["---:" if n in numbers else ":---" for n in range(len(heads))]
    return "\n".join(f"| {' | '.join(line)} |" for line in (heads, rule, *lines))


def more(entries: Sequence[object], shown: int, what: str) -> str:
    """How many are not shown, as a paragraph; empty where all are."""
    return f"\n\nand {counted(len(entries) - shown, f'more {what}')}" if len(entries) > shown else ""


def details(head: str, body: str) -> str:
    """A section that is closed until a person opens it."""
    return f"<details><summary>{head}</summary>\n\n{body}\n\n</details>"
