"""Lists as people write them: numbered, with bullets, one a line, or with commas and `and`."""

import re

MARK = re.compile(
    r"^[ \t]*(?:[-*•·\u2013—▪◦●+]+[ \t]+|[-*•](?=\w)|\(?(?:[0-9]{1,3}|[a-zA-Z]"
    r"|[ivxIVX]{1,5})[.):](?:[ \t]+|(?=[A-Z\"'“])))"
)
_LABEL = re.compile(r"^\s*[A-Za-z][A-Za-z ]{0,30}[:=]\s*(?=\S)")
_QUOTES = " \t\r\n\"'“”\u2018\u2019`"
_BRACKETS = {"[": "]", "{": "}", "(": ")", "<": ">"}
_COMMA = re.compile(r"\s*[,;]\s*(?:(?:and|or)\s+)?|\s+(?:and|or|&)\s+", re.IGNORECASE)
_RUN_ON = re.compile(r"(?:^|\s)\(?([0-9]{1,2})[.)]\s")


def lines(text: str) -> list[str]:
    """Lines that are not blank."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def marked(text: str) -> list[str]:
    """Lines that begin with a number, a letter or a bullet, without the mark."""
    return [line[found.end() :].strip() for line in text.splitlines() if (found := MARK.match(line))]


def run_on(text: str) -> int:
    """How many items a list `1. a 2. b 3. c` on running lines has; 0 where there is none."""
    count = 0
    for found in _RUN_ON.finditer(text):
        if int(found[1]) == count + 1:
            count += 1
    return count if count > 1 else 0


def bare(text: str) -> str:
    """Without a label (`List: ...`), the outer brackets, quotes and a closing full stop."""
    text = text.strip()
    label = _LABEL.match(text)
    text = text[label.end() :] if label else text
    text = text.strip().rstrip(".")
    if text[:1] in _BRACKETS and text.endswith(_BRACKETS[text[0]]):
        text = text[1:-1]
    return text.strip(_QUOTES) if text.count('"') <= 2 else text  # noqa: PLR2004 - one pair round the whole


def items(text: str) -> list[str]:
    """Split a text that is a list and nothing else: one a line, else at commas and `and`."""
    rows = lines(text)
    if len(rows) > 1 and all(_LABEL.fullmatch(row + " x") or row.endswith(":") for row in rows[:1]):
        rows = rows[1:]
    if len(rows) > 1:
        parts = [MARK.sub("", row).rstrip(",;") for row in rows]
    else:
        parts = _COMMA.split(bare(rows[0] if rows else ""))
    return [part for part in (part.strip(_QUOTES) for part in parts) if part]
