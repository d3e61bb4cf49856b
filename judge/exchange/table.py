"""
Decisions as a table: CSV that a spreadsheet shows instead of running, and what a spreadsheet makes of it, read back.

People fill `decision`. Which row is meant is said by `digest`, which no spreadsheet takes for a number; ids may lose
their zeros. Excel's own separators and encodings are understood.
"""

import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from judge.errors import DataError
from judge.exchange import MOST, WORDS, Heard, Item, account, brief, named
from judge.reliability import Decision, Word
from judge.text import counted, person, printable, quoted, whole

COLUMNS = (
    *("rank", "example_id", "suspicion", "reasons", "prompt", "answer", "context", "conversation"),
    *("decision", "note", "by", "at", "probability", "drawn", "population", "digest"),
)
_LONG = 2_000  # characters of prompt and answer: what fits on a screen
_CELL = 32_767 - 1  # that Excel takes in a cell, in units of UTF-16; one is for what `escaped` puts before
_NOTE = 60  # of these for the note of what is left out
_SHOWN = 5  # mistakes in one line
_WRITTEN = "leave it as it was written"
_HELP = {
    "decision": f"write {', '.join(WORDS)}, or leave it empty",
    "digest": "",
    "by": "write who decided, or give --by NAME",
    "drawn": _WRITTEN,
    "probability": _WRITTEN,
}
_RISKY = re.compile(r"'*[=+\-@]")
_ESCAPED = re.compile(r"'+[=+\-@]")
_LINE_END = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")
_OTHER = ("annotator", "updated_at")  # who and when in Label Studio's own CSV export
SAID: Mapping[str, Word] = {
    **WORDS,
    **dict.fromkeys(("r", "removed", "delete", "drop"), WORDS["remove"]),
    **dict.fromkeys(("k", "kept", "retain"), WORDS["keep"]),
    **dict.fromkeys(("u", "?", "not sure", "unclear"), WORDS["unsure"]),
}
Mistake = tuple[str, str]  # where and what, and what to do


def written(items: Iterable[Item]) -> str:
    """A line for each row and each person that decided it; one with an empty `decision` where nobody did."""
    rows = [_cells(item, decision) for item in items for decision in item.decisions or (None,)]
    return whole("".join(f"{','.join(map(_quoted, row))}\n" for row in [COLUMNS, *rows]))


def _quoted(cell: str | float | None) -> str:
    if isinstance(cell, str):
        return '"' + escaped(cell).replace('"', '""') + '"'
    return "" if cell is None else str(cell)


def _cells(item: Item, decision: Decision | None) -> list[str | float | None]:
    drawn = decision or item
    chance = (drawn.probability, None if drawn.probability is None else drawn.drawn, drawn.population)
    said = (decision.word, decision.note, decision.by, decision.at) if decision else ("", "", "", "")
    prompt = next((text for role, text in reversed(item.turns[: item.turn]) if role == "user"), "")
    reasons, answer = " | ".join(item.reasons), item.turns[item.turn][1]
    shown = (reasons, _fitted(prompt, _LONG), _fitted(answer, _LONG), _fitted(item.context, _CELL), _conversation(item))
    return [item.rank, item.id, item.suspicion, *shown, *said, *chance, item.digest]


def _conversation(item: Item) -> str:
    """All turns; lines within one are indented, so that none passes for a turn of its own."""
    told = (f"{role}: {text}".replace("\n", "\n  ") for role, text in item.turns)
    return _fitted("\n".join(told), _CELL)


def _fitted(text: str, room: int) -> str:
    """As it is shown; of a text of more than `room` units of UTF-16 the head and the end, and how much is left out."""
    shown = printable(text)
    units = shown.encode("utf-16-le")
    if len(units) <= 2 * room:
        return shown
    half = (room - _NOTE) // 2 * 2  # of each, in bytes
    head, tail = (part.decode("utf-16-le", "ignore") for part in (units[:half], units[-half:]))
    return f"{head}\n[… {len(shown) - len(head) - len(tail):,} characters are left out here …]\n{tail}"


def escaped(text: str) -> str:
    """The same, never a formula and without what commands a terminal; `plain` takes back what was put before it."""
    shown = printable(text)
    return f"'{shown}" if _RISKY.match(shown) else shown


def plain(cell: str) -> str:
    """What was written of a cell of `escaped`."""
    return cell[1:] if _ESCAPED.match(cell) else cell


def decoded(data: bytes) -> str:
    """
    The text of a file, in whichever encoding a spreadsheet saved it.

    Raises:
        DataError: it is in none of them.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        tries = ["utf-16"]
    elif b"\0" in data[:4]:
        tries = ["utf-16-be" if data[:1] == b"\0" else "utf-16-le"]
    else:
        tries = ["utf-8-sig", "cp1252"]
    for encoding in tries:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DataError("it is text in no known encoding; save it as CSV UTF-8")


def read(text: str, by: str = "") -> Heard:
    """
    Read a table.

    Args:
        text: the file's.
        by: who decided, where a line names nobody.

    Raises:
        DataError: lines or cells cannot be read; which, and what to do.
    """
    found, unused, blank = list[Decision](), Counter[str](), 0
    wrong: list[Mistake] = []
    for number, row in _rows(text):
        if row["decision"]:
            made, mistakes = _decision(number, row, by)
            found += [made] if made else []
            wrong += mistakes
        elif row["at"]:
            unused["whose decision was emptied, which changes nothing: take it back in `judge review`"] += 1
        else:
            blank += 1
    if wrong:
        raise DataError(_told(wrong))
    silent = "" if found or unused else f"no cell of its column decision is filled ({counted(blank, 'row')})"
    return Heard(decisions=named(found, by), unused=unused, silent=silent)


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Lines that are not empty, with their number as a spreadsheet shows it."""
    skipped = 1 if re.match(r"sep=.\r?\n", text, re.IGNORECASE) else 0
    text = text.split("\n", 1)[1] if skipped else text
    names, delimiter = _header(text)
    try:
        for number, cells in enumerate(csv.reader(_LINE_END.split(text), delimiter=delimiter), start=1):
            if number == 1 or not any(cell.strip() for cell in cells):
                continue
            row = dict.fromkeys((*COLUMNS, *_OTHER), "")
            for name, cell in zip(names, cells, strict=False):
                if name in row and not row[name].strip():
                    row[name] = plain(cell) if name == "note" else plain(cell.strip())
            yield number + skipped, row
    except csv.Error as error:
        raise DataError(f"it is no CSV that can be read ({error}); save it as CSV UTF-8") from error


def _header(text: str) -> tuple[list[str], str]:
    """Names of the columns, and what stands between them."""
    first: Sequence[str] = ()
    for delimiter in ",;\t|":
        try:
            cells = next(csv.reader(_LINE_END.split(text), delimiter=delimiter), [])
        except csv.Error:
            continue
        names = ["_".join(cell.split()).casefold() for cell in cells]
        if "decision" in names and {"digest", "example_id"} & set(names):
            return names, delimiter
        first = first or cells
    there = f"the first line has {printable(quoted(', '.join(first)))}" if first else "it is empty"
    raise DataError(f"the columns decision and digest are needed, and {there}")


def _decision(number: int, row: Mapping[str, str], by: str) -> tuple[Decision | None, list[Mistake]]:
    """What a line says; None where any of its cells cannot be read."""
    name, who = brief(row["example_id"] or row["digest"]), person(row["by"]) or account(row["annotator"]) or by
    word = SAID.get(" ".join(row["decision"].casefold().split()).rstrip(".!"))
    drawn, chance = _drawn(row["drawn"]), _probability(row["probability"])
    odd = {
        "decision": "" if word else f"{_shown(row['decision'])} is no decision",
        "digest": "" if name else "it is empty, so nothing says which row was decided",
        "by": "" if who else "it is empty",
        "drawn": "" if drawn else f"{_shown(row['drawn'])} is no number of rows",
        "probability": f"{_shown(row['probability'])} is no chance above 0 and at most 1" if chance == 0 else "",
    }
    where = f"row {number} ({name})" if name else f"row {number}"
    wrong = [(f"{where}, column {column}: {what}", _HELP[column]) for column, what in odd.items() if what]
    if wrong or not word or not drawn:
        return None, wrong
    made = Decision(
        example_id=row["example_id"],
        word=word,
        by=who,
        at=row["at"] or row["updated_at"],
        probability=chance,
        digest=row["digest"],
        population=row["population"],
        note=row["note"],
        drawn=drawn,
    )
    return made, wrong


def _told(wrong: Sequence[Mistake]) -> str:
    """In one line: the first few, with what to do where it is needed first, and how many there are beside these."""
    said = dict.fromkeys(itertools.chain.from_iterable(wrong[:_SHOWN]))
    more = f"and {len(wrong) - _SHOWN:,} more" if len(wrong) > _SHOWN else ""
    return "; ".join(filter(None, [*said, more]))


def _shown(cell: str) -> str:
    return printable(quoted(cell))


def _drawn(cell: str) -> int | None:
    """A spreadsheet may have made `2,0` of it; None where it is no number of rows."""
    number = re.fullmatch(r"([0-9]{1,9})([.,]0+)?", cell or "1")
    return int(number[1]) if number and 0 < int(number[1]) < MOST else None


def _probability(cell: str) -> float | None:
    """None where there is none, 0 where it is no probability."""
    if not cell:
        return None
    try:
        value = float(cell.replace(",", "."))
    except ValueError:
        return 0.0
    return value if 0 < value <= 1 else 0.0
