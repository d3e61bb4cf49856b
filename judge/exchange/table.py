"""
Decisions as a table: CSV that a spreadsheet shows instead of running, and what a spreadsheet makes of it, read back.

People fill `decision`. Which row is meant is said by `digest`, which no spreadsheet takes for a number; ids may lose
their zeros. Excel's own separators and encodings are understood.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from judge.errors import DataError
from judge.exchange import WORDS, Heard, Item, label_studio
from judge.reliability import Decision, Word
from judge.text import printable, quoted, whole

COLUMNS = (
    *("rank", "example_id", "suspicion", "reasons", "prompt", "answer", "decision", "note", "by", "at"),
    *("probability", "population", "digest"),
)
_LONG = 2_000  # characters of a text in a cell: what fits on a screen
_RISKY = re.compile(r"'*[=+\-@]")
_ESCAPED = re.compile(r"'+[=+\-@]")
_LINE_END = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")
_OTHER = ("annotator", "updated_at")  # who and when in Label Studio's own CSV export
_SAID: Mapping[str, Word] = {
    **WORDS,
    **dict.fromkeys(("r", "removed", "delete", "drop"), WORDS["remove"]),
    **dict.fromkeys(("k", "kept", "retain"), WORDS["keep"]),
    **dict.fromkeys(("u", "?", "not sure", "unclear"), WORDS["unsure"]),
}


def written(items: Iterable[Item]) -> str:
    """A line for each row and each person that decided it; one with an empty `decision` where nobody did."""
    rows = [_cells(item, decision) for item in items for decision in item.decisions or (None,)]
    return whole("".join(f"{','.join(map(_quoted, row))}\n" for row in [COLUMNS, *rows]))


def _quoted(cell: str | float | None) -> str:
    if isinstance(cell, str):
        return '"' + escaped(cell).replace('"', '""') + '"'
    return "" if cell is None else str(cell)


def _cells(item: Item, decision: Decision | None) -> list[str | float | None]:
    chance = (decision.probability, decision.population) if decision else (item.probability, item.population)
    said = (decision.word, decision.note, decision.by, decision.at) if decision else ("", "", "", "")
    prompt = next((text for role, text in reversed(item.turns[: item.turn]) if role == "user"), "")
    shown = (" | ".join(item.reasons), _brief(prompt), _brief(item.turns[item.turn][1]))
    return [item.rank, item.id, item.suspicion, *shown, *said, *chance, item.digest]


def _brief(text: str) -> str:
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"


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


def heard(text: str, by: str = "") -> Heard:
    """
    Read a table.

    Args:
        text: the file's.
        by: who decided, where a line names nobody.

    Raises:
        DataError: a line or a cell cannot be read; which, and what to do.
    """
    found, unused = [], Counter[str]()
    for number, row in _rows(text):
        if row["decision"]:
            found.append(_decision(number, row, by))
        elif row["at"]:
            unused["whose decision was emptied, which changes nothing: take it back in `judge review`"] += 1
    return Heard(decisions=label_studio.named(found, by), unused=unused)


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


def _decision(number: int, row: Mapping[str, str], by: str) -> Decision:
    where = f"row {number} ({printable(row['example_id'] or row['digest'])[:40]})"
    said = " ".join(row["decision"].casefold().split()).rstrip(".!")
    if said not in _SAID:
        raise DataError(
            f"{where}, column decision: {printable(quoted(row['decision']))} is no decision; write {', '.join(WORDS)},"
            " or leave it empty"
        )
    if not row["digest"] and not row["example_id"]:
        raise DataError(f"row {number}, column digest: it is empty, so nothing says which row was decided")
    who = " ".join(row["by"].split()) or label_studio.person(row["annotator"]) or by
    if not who:
        raise DataError(f"{where}, column by: it is empty; write who decided, or give --by NAME")
    return Decision(
        example_id=row["example_id"],
        word=_SAID[said],
        by=who,
        at=row["at"] or row["updated_at"],
        probability=_probability(where, row["probability"]),
        digest=row["digest"],
        population=row["population"],
        note=row["note"],
    )


def _probability(where: str, cell: str) -> float | None:
    if not cell:
        return None
    try:
        value = float(cell.replace(",", "."))
    except ValueError:
        value = 0.0
    if not 0 < value <= 1:
        raise DataError(
            f"{where}, column probability: {printable(quoted(cell))} is no chance above 0 and at most 1; leave it as it"
            " was written"
        )
    return value
