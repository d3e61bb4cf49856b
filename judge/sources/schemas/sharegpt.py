"""ShareGPT's `conversations`: `from` and `value`. A list of `role` and `content` under that key is read as well."""

import json

from judge.records import Role, ToolCall, Turn
from judge.sources import fields
from judge.sources.fields import BadRowError, Row
from judge.sources.schemas import messages

PRIORITY = 2
FIELDS = ("conversations",)
OPTIONAL = ()

_CALL = "function_call"
_ROLES: dict[str, Role] = {
    "system": "system",
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "model": "assistant",
    "bot": "assistant",
    _CALL: "assistant",
    "tool": "tool",
    "observation": "tool",
    "function_response": "tool",
}


def matches(row: Row) -> bool:
    """A row is of this schema when it has one of the two keys."""
    return "conversations" in row or "conversation" in row


def turns(row: Row) -> tuple[Turn, ...]:
    """One turn per entry."""
    where, value = fields.find(row, "conversations", "conversation")
    return tuple(_turn(item, f"{where}[{i}]") for i, item in enumerate(fields.objects(value, where)))


def _turn(item: Row, where: str) -> Turn:
    if "from" not in item and "role" in item:
        return messages.turn(item, where)
    role = messages.role_of(item, "from", _ROLES, where)
    if "value" not in item:
        raise BadRowError(f"{where}.value", f"is missing; the entry has {fields.names(item)}")
    read = fields.answer if role == "assistant" else fields.text
    content = read(item["value"], f"{where}.value")
    trained = messages.trained(item, where)
    if item["from"] == _CALL and (calls := _calls(content, f"{where}.value")):
        return Turn(role=role, content="", tool_calls=calls, trained=trained)
    return Turn(role=role, content=content, trained=trained)


def _calls(content: str, where: str) -> tuple[ToolCall, ...]:
    """Calls written as JSON; none where the text is something else, which then stays the turn's content to judge."""
    try:
        parsed = json.loads(content)
    except ValueError:
        return ()
    found = parsed if isinstance(parsed, list) else [parsed]
    if not all(isinstance(call, dict) and "name" in call for call in found):
        return ()
    return tuple(messages.tool_call(call, where) for call in found)
