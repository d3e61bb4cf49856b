"""Words for people: plurals, and text from data that may hold anything. Standard library only."""

_UNKNOWN = "\ufffd"


def printable(text: str) -> str:
    """Without control characters: text of a data set must not command a terminal, nor reorder what is read."""
    return "".join(c if c.isprintable() or c == "\n" else " " if c in "\t\r" else _UNKNOWN for c in text)


def counted(number: int, what: str) -> str:
    """`1 row`, `1,200 rows`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
