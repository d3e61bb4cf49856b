"""
A text as a page shows it: in pieces, each plain, marked, a character that must not be obeyed, or a note of what is cut.

A page sets every piece as text, so nothing of it is ever read as markup; what could still deceive a reader is told by
its number instead of being shown.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from judge import marking
from judge.marking import Span
from judge.records import Turn
from judge.text import printable

Parts = list[list[str]]

PLAIN, MARKED, COMMAND, CUT = "", "m", "c", "…"
ROOM = 20_000  # characters of one text that are shown in a file
WHOLE = 10**12  # more than any text has, so that all of it is shown
_HEAD, _TAIL, _AROUND = 0.5, 0.2, 0.02  # of that room: what is always shown, and what beside each mark
_PIECES = 5_000  # marks, and characters told by their number, that a page can show of one long text
_LONG = 0.1  # of that room: a longer mark is cut in its middle, too
# control characters but line feeds and tabs, halves of characters, separators of lines, what turns the direction of
# reading, and what takes no room at all, where no script needs it
_COMMANDS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069"
    "\ufeff\U000e0001\U000e0020-\U000e007f]|\r(?!\n)"
)


def parts(text: str, spans: Sequence[Span] = (), room: int = ROOM) -> Parts:
    """
    The text in pieces, `[piece, kind]` each; joined, plain and marked pieces are the text again.

    Args:
        text: of any length, and hostile.
        spans: what is marked, in order, without overlaps.
        room: characters that are shown at most, roughly: of a longer text its head, its end and what is near its
            first marks. Of a longer one than `ROOM` no more than thousands of marks are shown, and if thousands of its
            characters are told by their number, it is cut to `ROOM`.
    """
    if len(text) > ROOM:
        spans = spans[:_PIECES]
        room = min(room, ROOM) if _odd(text) else room
    found: Parts = []
    at = 0
    for low, high in _shown(len(text), spans, room):
        if at < low:
            found.append([f"{low - at:,} characters are left out here", CUT])
        for one, other, kind in _cut(spans, low, high):
            found += _safe(text[one:other], kind)
        at = high
    if at < len(text):
        found.append([f"{len(text) - at:,} characters are left out here", CUT])
    return found


def _odd(text: str) -> bool:
    """Whether so many characters of a text are told by their number that it cannot be shown as a whole."""
    return sum(1 for _ in islice(_COMMANDS.finditer(text), _PIECES)) == _PIECES


def _shown(length: int, spans: Sequence[Span], room: int) -> list[Span]:
    """What is shown of a text: all of it, or what there is room for."""
    if length <= room:
        return [(0, length)] if length else []
    head, tail, around, long = (int(room * share) for share in (_HEAD, _TAIL, _AROUND, _LONG))
    wanted, left = [(0, head), (length - tail, length)], room - head - tail
    for low, high in spans:
        if high <= head or low >= length - tail:
            continue
        ends = [(low - around, high + around)]
        if high - low > long:
            ends = [(low - around, low + long // 2), (high - long // 2, high + around)]
        ends = [(max(0, one), min(length, other)) for one, other in ends]
        cost = sum(other - one for one, other in ends)
        if cost > left:
            break
        wanted += ends
        left -= cost
    return marking.merged(_whole(span, spans, long) for span in marking.merged(wanted))


def _whole(shown: Span, spans: Sequence[Span], long: int) -> Span:
    """The same without a mark that it would cut in two, unless that is too long anyway."""
    low, high = shown
    for one, other in spans:
        if other - one <= long:
            low = one if one < low < other else low
            high = other if one < high < other else high
    return low, high


def _cut(spans: Sequence[Span], low: int, high: int) -> Iterator[tuple[int, int, str]]:
    """What of a text lies between two places, plain and marked in turn."""
    at = low
    for one, other in spans:
        one, other = max(one, at), min(other, high)  # noqa: PLW2901 - as far as it lies inside
        if one < other:
            if at < one:
                yield at, one, PLAIN
            yield one, other, MARKED
            at = other
    if at < high:
        yield at, high, PLAIN


def _safe(text: str, kind: str) -> Iterator[list[str]]:
    """A piece, with what must not be obeyed told by its number."""
    at = 0
    for found in _COMMANDS.finditer(text):
        character = found[0]
        if at < found.start():
            yield [text[at : found.start()], kind]
        yield [f"U+{ord(character):04X}", COMMAND]
        at = found.end()
    if at < len(text):
        yield [text[at:], kind]


def line(text: str, room: int) -> str:
    """On one line, printable, its end cut off where it is longer than `room` characters."""
    flat = " ".join(printable(text[: 8 * room]).split())
    return flat if len(flat) <= room else f"{flat[: room - 1]}…"


def said(turn: Turn) -> str:
    """A turn's words and its calls, below each other."""
    return "\n".join([turn.content, *(f"<call {call.name} {call.arguments}>" for call in turn.tool_calls)]).strip("\n")


def asked(turns: Sequence[Turn], at: int) -> str:
    """The user's last words before a turn; empty where there are none."""
    return next((turn.content for turn in reversed(turns[:at]) if turn.role == "user"), "")


def apart(mine: str, theirs: str, span: str, partner_span: str) -> tuple[list[Span], list[Span]]:
    """What is marked in two texts that contradict each other: the spans that are on record, or the differing words."""
    found = marking.find(mine, [span]), marking.find(theirs, [partner_span])
    if all(found):
        return found
    if max(len(mine), len(theirs)) > ROOM:  # the longest common blocks of such texts take minutes
        return found
    return marking.differing(mine, theirs)
