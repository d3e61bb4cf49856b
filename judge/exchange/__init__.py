"""
Decisions in the forms of other programs: Label Studio's tasks, tables for spreadsheets, lines of `labels.jsonl`. Pure.

    rows and what stands of them -> a text;  a text -> what people said, and what of it cannot be used
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import get_args

from judge.errors import ConfigError, DataError
from judge.reliability import Decision, Word
from judge.text import counted, person, printable

WORDS: Mapping[str, Word] = {word: word for word in get_args(Word)}
MOST = 10**9  # rows that a draw may have brought up of one content: more than any set has
_NAMED = 3  # rows that one line names
_ID = 40  # characters of an id in a line
_ACCOUNT = "Label Studio user"
_OF_ACCOUNT = ("email", "username", "first_name", "last_name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """
    A row that people are to decide.

    Attributes:
        rank: in the list; None where it is not ranked, or nobody is to be led.
        suspicion: in [0, 1]; None likewise.
        inside: whether it is inside the review budget.
        reasons: sentences, the strongest first.
        turns: (role, text).
        turn: index of that which its first reason is about.
        context: the row's own reference text; empty where it has none.
        probability: with which a random sample brought it up; None where none did.
        population: digest of the data of the sample; empty without one.
        drawn: rows of this content that the sample brought up, at least 1; of no meaning without a probability.
        decisions: that stand, one a person.
    """

    id: str
    digest: str
    source: str
    line: int
    rank: int | None
    suspicion: float | None
    inside: bool
    reasons: Sequence[str]
    turns: Sequence[tuple[str, str]]
    turn: int
    context: str = ""
    probability: float | None = None
    population: str = ""
    drawn: int = 1
    decisions: Sequence[Decision] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """
    What a file says.

    Attributes:
        decisions: as they stand there; `by` and `at` are empty where it names nobody, or no time.
        unused: what in it is no decision, counted by what it is, in words.
        silent: why it says nothing at all, in words; empty where it says anything.
    """

    decisions: Sequence[Decision]
    unused: Counter[str] = field(default_factory=Counter)
    silent: str = ""


def brief(name: str) -> str:
    """An id in a line: printable, its end cut off where it is long."""
    flat = " ".join(printable(name).split())
    return flat if len(flat) <= _ID else f"{flat[: _ID - 1]}…"


def some(names: Iterable[str]) -> str:
    """The first few of these ids, for a line that counts them all."""
    different = list(dict.fromkeys(names))
    return ", ".join(map(brief, different[:_NAMED])) + (", …" if len(different) > _NAMED else "")


def named(decisions: Sequence[Decision], by: str) -> list[Decision]:
    """
    The same, with a name for the one annotator who is but a number, or nobody.

    Raises:
        ConfigError: there are several.
        DataError: nobody is named at all, also not by `by`.
    """
    unnamed = {one.by for one in decisions if not one.by or one.by.startswith(_ACCOUNT)}
    if by and len(unnamed) > 1:
        raise ConfigError(
            f"--by names one person, and the export has {len(unnamed):,} that are numbers to it; import it without --by"
        )
    nobody = sum(not one.by for one in decisions)
    if nobody and not by:
        raise DataError(f"nobody is named as who made {counted(nobody, 'decision')} of it; give --by NAME")
    return [replace(one, by=by) if by and one.by in unnamed else one for one in decisions]


def account(told: object) -> str:
    """A name as far as Label Studio has one: a number, or what is known of the account; empty where there is none."""
    if isinstance(told, dict):
        parts = {key: told[key] for key in _OF_ACCOUNT if isinstance(told.get(key), str)}
        names = f"{parts.get('first_name', '')} {parts.get('last_name', '')}"
        said = (person(name) for name in (parts.get("email", ""), parts.get("username", ""), names))
        return next(filter(None, said), "") or ("" if isinstance(told.get("id"), dict) else account(told.get("id")))
    if isinstance(told, int) and not isinstance(told, bool):
        return f"{_ACCOUNT} {told}"
    name = person(told) if isinstance(told, str) else ""
    return f"{_ACCOUNT} {name}" if name.isdecimal() else name
