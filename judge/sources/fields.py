"""Typed access to the fields of a row; what is not as it must be becomes a reason that a person understands."""

import json
from collections.abc import Iterable, Mapping
from typing import cast

Row = Mapping[str, object]

_SHOWN = 12
_LONG = 40
_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (  # in this order: a bool is an int
    (type(None), "null"),
    (bool, "true or false"),
    (str, "text"),
    ((int, float), "a number"),
    ((list, tuple), "a list"),
    (Mapping, "an object"),
)


class BadRowError(Exception):
    """
    The row cannot become an example.

    Attributes:
        where: path of the field at fault, e.g. `messages[2].content`; empty where it is the row as a whole.
        problem: what was found, and what was expected.
    """

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"`{where}` {problem}" if where else problem)
        self.where = where
        self.problem = problem

    def reason(self, columns: Mapping[str, str]) -> str:
        """The sentence for the reject, with the owner's own column names."""
        head = self.where.partition(".")[0].partition("[")[0]
        if head in columns:
            return f"`{columns[head]}{self.where[len(head) :]}` {self.problem}"
        return str(self)


def kind(value: object) -> str:
    """What a value is, in the words of JSON."""
    for types, word in _KINDS:
        if isinstance(value, types):
            return word
    return f"a value of type {type(value).__name__}"


def names(keys: Iterable[str]) -> str:
    """Field names for a message: quoted, the first dozen, on one line."""
    known = [f"`{' '.join(key[:_LONG].split())}`".encode("utf-8", "backslashreplace").decode() for key in keys]
    rest = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return (", ".join(known[:_SHOWN]) or "none") + rest


def find(row: Row, *aliases: str) -> tuple[str, object]:
    """
    Name and value of the first alias that has a value; else of the first that is there, though null.

    Raises:
        BadRowError: the row has none of them.
    """
    present = [alias for alias in aliases if alias in row]
    for alias in present:
        if row[alias] is not None:
            return alias, row[alias]
    if not present:
        raise BadRowError(aliases[0], f"is missing; the row has {names(row)}")
    return present[0], None


def text(value: object, where: str) -> str:
    """
    Check that a value is text which can be written, sent and stored.

    Raises:
        BadRowError: not a string, a NUL character, or half of a surrogate pair.
    """
    if not isinstance(value, str):
        raise BadRowError(where, f"is {kind(value)}, text was expected")
    if "\0" in value:
        raise BadRowError(where, f"has a NUL character at position {value.index(chr(0))}")
    if not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            code = f"\\u{ord(value[error.start]):04x}"
            raise BadRowError(where, f"has half of a surrogate pair ({code}) at position {error.start}") from None
    return value


def optional_text(row: Row, where: str) -> str:
    """Text of a field that may be absent or null; empty then. Raises `BadRowError` as `text` does."""
    value = row.get(where)
    return "" if value is None else text(value, where)


def answer(value: object, where: str) -> str:
    """Text of an answer: null is an empty one, which is no reject but a suspect. Raises as `text` does."""
    return "" if value is None else text(value, where)


def objects(value: object, where: str) -> list[Row]:
    """
    A list of objects, also as JSON text (a CSV cell) or as columns of equal length (a `Sequence` of `datasets`).

    Raises:
        BadRowError: anything else, or an empty list.
    """
    items = items_of(value, where)
    if not items:
        raise BadRowError(where, "is empty: no messages")
    for index, item in enumerate(items):
        if not isinstance(item, Mapping):
            raise BadRowError(f"{where}[{index}]", f"is {kind(item)}, an object was expected")
    return cast("list[Row]", items)


def items_of(value: object, where: str) -> list[object]:
    """A list, also as JSON text or as columns; see `objects`."""
    if isinstance(value, str):
        value = _parsed(value, where)
    if isinstance(value, Mapping) and value and all(isinstance(column, list) for column in value.values()):
        columns = cast("Mapping[str, list[object]]", value)
        if len({len(column) for column in columns.values()}) == 1:
            return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    if not isinstance(value, list):
        raise BadRowError(where, f"is {kind(value)}, a list was expected")
    return value


def _parsed(value: str, where: str) -> object:
    try:
        return json.loads(value)
    except ValueError as error:
        raise BadRowError(where, f"is text but no JSON list ({error})") from error
