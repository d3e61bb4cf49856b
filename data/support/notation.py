"""
Reads the hand-written material under `text/`.

Two notations, both one thought a line, lines starting with "# " at the top of a file being remarks:

- intents (`orders.txt` and the like): `== name key=value...`, then asks `?`, answer bodies `!`, complete answers `!!`,
  next steps `>`, follow-up questions `&?` each with its answers `&!`, and a reference text `@`. They hold slots in
  braces and choices in square brackets, and a body may end in a condition such as ` @over`.
- whole rows (`traps.txt`, `defects.txt`, `merge.txt`): `== kind | source | rubric | target`, then the turns in their
  order (`$` system, `?` user, `*` tool call and result, `!` assistant), `@` reference text, `#` what is wrong,
  `+?` and `+!` the right partner row, `^` the mended answer. They are taken literally.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

TEXT = Path(__file__).resolve().parent / "text"
CHOICE = re.compile(r"\[([^\[\]]*)\]")


@dataclass(kw_only=True)
class Intent:
    """One thing customers want, with all its wordings; `options` are the header's `key=value` pairs and flags."""

    name: str
    options: dict[str, str]
    asks: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    complete: list[str] = field(default_factory=list)
    nexts: list[str] = field(default_factory=list)
    follow: list[tuple[str, list[str]]] = field(default_factory=list)
    context: str | None = None

    @property
    def weight(self) -> int:
        """How many rows the intent wants, relative to the others."""
        return int(self.options["n"])


@dataclass(kw_only=True)
class Whole:
    """One row written whole; `turns` are (mark, text) pairs in their order."""

    kind: str
    source: str
    rubric: str = ""
    target: str = ""
    turns: list[tuple[str, str]] = field(default_factory=list)
    context: str | None = None
    detail: str = ""
    right_ask: str | None = None
    right_answer: str | None = None
    mended: str | None = None


def _blocks(name: str) -> list[tuple[str, list[str]]]:
    """Return (header, lines) for every `==` block of a file."""
    blocks: list[tuple[str, list[str]]] = []
    for line in (TEXT / name).read_text(encoding="utf-8").split("\n"):
        if line.startswith("== "):
            blocks.append((line[3:], []))
        elif blocks and line:
            blocks[-1][1].append(line)
    return blocks


def _unescape(text: str) -> str:
    return text.replace("\\r", "\r").replace("\\n", "\n")


def read_intents(name: str) -> list[Intent]:
    """Read a file of intents."""
    intents = []
    for header, lines in _blocks(name):
        head, *rest = header.split()
        pairs = (word.partition("=") for word in rest)
        intent = Intent(name=head, options={key: value for key, _, value in pairs})
        places = {"?": intent.asks, "!": intent.bodies, "!!": intent.complete, ">": intent.nexts}
        for line in lines:
            mark, _, raw = line.partition(" ")
            text = _unescape(raw)
            if mark == "@":
                intent.context = text
            elif mark == "&?":
                intent.follow.append((text, []))
            elif mark == "&!":
                intent.follow[-1][1].append(text)
            else:
                places[mark].append(text)
        intents.append(intent)
    return intents


def read_whole(name: str) -> list[Whole]:
    """Read a file of rows that are written whole."""
    rows = []
    for header, lines in _blocks(name):
        row = Whole(**dict(zip(("kind", "source", "rubric", "target"), header.split(" | "), strict=False)))
        for line in lines:
            mark, _, raw = line.partition(" ")
            text = _unescape(raw)
            match mark:
                case "@":
                    row.context = text
                case "#":
                    row.detail = text
                case "+?":
                    row.right_ask = text
                case "+!":
                    row.right_answer = text
                case "^":
                    row.mended = text
                case _:
                    row.turns.append((mark, text))
        rows.append(row)
    return rows


def read_lines(name: str) -> list[str]:
    """Read a file of single lines."""
    return (TEXT / name).read_text(encoding="utf-8").splitlines()


def fill(template: str, slots: dict[str, str], rng: Random) -> str:
    """Fill in the slots, then settle every `[this|that]` by chance."""
    text = template.format(**slots)
    while found := CHOICE.search(text):
        text = text[: found.start()] + rng.choice(found[1].split("|")) + text[found.end() :]
    return text
