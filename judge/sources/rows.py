"""The one function through which every row of every format and schema becomes the same thing."""

from dataclasses import dataclass
from typing import Any

from judge.records import ToolCall, Turn, content_digest
from judge.sources import fields
from judge.sources.columns import Schema, mapped
from judge.sources.fields import BadRowError, Row
from judge.sources.raw import Record
from judge.sources.spec import Spec

_IDS = ("id", "_id", "uid", "uuid", "example_id")
_SYSTEMS = ("system", "system_prompt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """An example that lacks only its final id. `id` is the one in the data, None where there is none."""

    id: str | None
    turns: tuple[Turn, ...]
    judged: tuple[int, ...]
    source: str
    line: int
    digest: str
    context: str | None


def parse(record: Record, schema: Schema, spec: Spec) -> Parsed:
    """
    Read one record by a schema.

    Raises:
        BadRowError: with the field and what was found in it.
    """
    if record.reason:
        raise BadRowError("", record.reason)
    if not isinstance(record.value, dict):
        raise BadRowError("", f"the row is {fields.kind(record.value)}, an object was expected")
    row = mapped(record.value, spec.columns)
    turns = _with_system(row, schema.turns(row))
    context = fields.optional_text(row, "context") or None
    return Parsed(
        id=_id(row),
        turns=turns,
        judged=_judged(turns, spec.turns),
        source=spec.source or _source(row) or spec.name,
        line=record.line,
        digest=content_digest(turns, context),
        context=context,
    )


def packed(row: Parsed) -> tuple[Any, ...]:
    """The same as plain tuples, for the disk."""
    turns = [(t.role, t.content, [(c.name, c.arguments) for c in t.tool_calls], t.trained) for t in row.turns]
    return row.id, turns, row.judged, row.source, row.line, row.digest, row.context


def unpacked(told: tuple[Any, ...]) -> Parsed:
    """What `packed` has made of it, as it was."""
    id_, turns, judged, source, line, digest, context = told
    return Parsed(
        id=id_,
        turns=tuple(
            Turn(
                role=role,
                content=content,
                tool_calls=tuple(ToolCall(name=name, arguments=arguments) for name, arguments in calls),
                trained=trained,
            )
            for role, content, calls, trained in turns
        ),
        judged=judged,
        source=source,
        line=line,
        digest=digest,
        context=context,
    )


def _with_system(row: Row, turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """A system text beside the conversation comes first, unless the conversation already begins with it."""
    content = next(filter(None, (fields.optional_text(row, name) for name in _SYSTEMS)), "")
    if not content or (turns and turns[0].role == "system" and turns[0].content == content):
        return turns
    return (Turn(role="system", content=content), *turns)


def _judged(turns: tuple[Turn, ...], which: str) -> tuple[int, ...]:
    answers = [i for i, turn in enumerate(turns) if turn.role == "assistant"]
    if not answers:
        roles = ", ".join(dict.fromkeys(turn.role for turn in turns))
        raise BadRowError("", f"no assistant turn (the roles are {roles})")
    trained = [i for i in answers if turns[i].trained]
    if not trained:
        raise BadRowError("", "no assistant turn that is trained on (every weight is 0, or all are history)")
    return tuple(trained[-1:] if which == "last" else trained)


def _id(row: Row) -> str | None:
    for name in _IDS:
        match row.get(name):
            case None | "":
                continue
            case bool():
                raise BadRowError(name, "is true or false, a string or an integer was expected")
            case int() as number:
                return str(number)
            case str() as given:
                return fields.text(given, name)
            case other:
                raise BadRowError(name, f"is {fields.kind(other)}, a string or an integer was expected")
    return None


def _source(row: Row) -> str:
    """The row's own source; anything but text is some other use of that name and says nothing."""
    value = row.get("source")
    return fields.text(value, "source") if isinstance(value, str) else ""
