"""How long an answer is, counted the ways that people count: words, sentences, paragraphs, lines, things listed."""

import re

from judge.language.lists import MARK, lines, run_on

_WORD = re.compile(r"[^\W_]+(?:[-'\u2019./,&][^\W_]+)*")
_SHORT = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Prof|Sr|Jr|St|vs|etc|e\.g|i\.e|U\.S|U\.K|U\.N|a\.m|p\.m|No|Inc|Ltd|Co|approx|[A-Z])\.(?=\s)"
)
_END = re.compile(r"[.!?…]+[\"'”\u2019)\]*_]*(?=\s|$)")
_NUMBERED = re.compile(r"^[ \t]*\(?[0-9]{1,3}[.):]", re.MULTILINE)
_BULLET = re.compile(r"^[ \t]*(?:[-*•·\u2013—▪◦●+])\s*\S", re.MULTILINE)
_LABEL = re.compile(r"^[ \t]*[A-Z][\w' -]{0,30} ?#?[0-9]{1,2}\s?[:.)-]", re.MULTILINE)
_COMMA = re.compile(r",\s*(?:(?:and|or)\s+)?|\s+(?:and|or|&|as well as)\s+|;\s*(?:and\s+)?|\s/\s")
_ONLY_COMMA = re.compile(r"[,;]\s+(?:(?:and|or)\s+)?")
_QUOTED = re.compile(r"[\"“][^\"“”\n]{1,300}[\"”]")
_SHOWN = 20_000  # characters read
_HIGH = 400  # parts counted


def words(text: str) -> int:
    """Words, one for `well-known` and one for `3.5`."""
    return len(_WORD.findall(text[: _SHOWN * 5]))


def sentences(text: str) -> int:
    """Sentences; an abbreviation ends none."""
    text = _SHORT.sub("x", text[:_SHOWN])
    text = re.sub(r"^[ \t]*(?:[0-9]{1,3}|[A-Za-z])[.)]\s", "", text, flags=re.MULTILINE)
    count = len(_END.findall(text))
    tail = _END.split(text)[-1]
    return count + bool(_WORD.search(tail))


def paragraphs(text: str) -> set[int]:
    """Numbers of paragraphs that an answer may be said to have: blocks, or lines."""
    text = text.strip()[:_SHOWN]
    blocks = [block for block in re.split(r"\n\s*\n", text) if block.strip()]
    return {len(blocks), len(lines(text))}


def verses(text: str) -> int:
    """Lines of a poem."""
    return len(lines(text[:_SHOWN]))


def marks(text: str) -> set[int]:
    """Lengths of the lists that an answer marks, by numbers, bullets, or labels like `Step 1:`."""
    text = text[:_SHOWN]
    found = {len(pattern.findall(text)) for pattern in (_NUMBERED, _BULLET, _LABEL)}
    first = [len(line) - len(line.lstrip()) for line in text.splitlines() if MARK.match(line)]
    found.add(first.count(min(first)) if first else 0)
    found |= {run_on(text), len(first)}
    return {count for count in found if count > 1}


def parts(text: str) -> set[int]:
    """Every number of things that an unmarked answer may be said to hold."""
    text = text.strip()[:_SHOWN]
    rows = lines(text)
    found = {len(rows), sentences(text), len(_QUOTED.findall(text)), *paragraphs(text)}
    found |= {count - 1 for count in (*found,) if count > 1} | {
        text.count(";") + 1,
        text.count("\n") + 1,
        text.count("?"),
    }
    for piece in [text, *rows[:50], *_END.split(text)[:50]]:
        for side in (piece, piece.rpartition(":")[2]):
            found |= {
                min(_HIGH, len(_COMMA.split(side.strip(" .,")))),
                min(_HIGH, len(_ONLY_COMMA.split(side.strip(" .,")))),
            }
    return found
