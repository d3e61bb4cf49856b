"""Words for people: plurals, numbers, and text from data that may hold anything. Standard library only."""

import math
import re
import unicodedata

_RISKY = ("=", "+", "-", "@", "\t", "\r")  # a cell that begins so runs as a formula in a spreadsheet
_UNKNOWN = "\ufffd"
# control characters but those of spacing, halves of characters, separators of lines, what turns the way text is read
_COMMANDS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def printable(text: str) -> str:
    """Without what could command a terminal or reorder what is read; all other text, of any script, is kept."""
    if text.isascii() and text.isprintable():
        return text
    return _COMMANDS.sub(_UNKNOWN, text.replace("\t", " ").replace("\r", " "))


def cell(text: str) -> str:
    """Text that a spreadsheet shows instead of running, and that commands no terminal."""
    shown = printable(text)
    return f"'{shown}" if text.startswith(_RISKY) or shown.startswith(_RISKY) else shown


def counted(number: int, what: str) -> str:
    """`1 row`, `1,200 rows`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def number(value: float | None) -> float | None:
    """A number of a table, where none is NaN, as JSON has it."""
    return None if value is None or math.isnan(value) else float(value)


def quoted(text: str, room: int = 60) -> str:
    """On one line, in quotation marks, its end cut off where it is longer than `room` characters."""
    line = " ".join(text.split())
    return f"\u201c{line if len(line) <= room else line[: room - 1] + '…'}\u201d"


def whole(text: str) -> str:
    """Without halves of characters, which no file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def folder(name: str) -> str:
    """What the folder of a data set's runs is called."""
    return re.sub(r"[^\w.-]+", "_", name).strip(".")[:100] if name != "None" else "unnamed"


def person(name: str) -> str:
    """A name as all of the program knows it: however it was typed, one person has one name."""
    return " ".join(whole(unicodedata.normalize("NFC", name)).split())
