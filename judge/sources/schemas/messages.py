"""
The `messages` of OpenAI, Hugging Face and TRL: `role` and `content`, tool calls, a `weight` per message.

Content may be a list of parts; a part that is not text leaves a marker such as `[image]`.
"""

import json
import math
from collections.abc import Mapping

from judge.records import Role, ToolCall, Turn
from judge.sources import fields
from judge.sources.fields import BadRowError, Row

PRIORITY = 1
FIELDS = ("messages",)
OPTIONAL = ()

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}
_TEXT_PARTS = frozenset({"text", "input_text", "output_text"})


def matches(row: Row) -> bool:
    """A row is of this schema when it has the key."""
    return "messages" in row


def turns(row: Row) -> tuple[Turn, ...]:
    """One turn per message."""
    return conversation(*fields.find(row, "messages"))


def conversation(where: str, value: object) -> tuple[Turn, ...]:
    """Turns of a list of messages that stands in field `where`."""
    return tuple(turn(item, f"{where}[{i}]") for i, item in enumerate(fields.objects(value, where)))


def turn(message: Row, where: str) -> Turn:
    """One message. Raises `BadRowError` for an unknown role or content that is no text."""
    role = role_of(message, "role", _ROLES, where)
    calls = _tool_calls(message, where)
    content = message.get("content")
    if "content" not in message and not calls:
        raise BadRowError(f"{where}.content", f"is missing; the message has {fields.names(message)}")
    if content is None and role != "assistant":
        raise BadRowError(f"{where}.content", "is null, text was expected")
    return Turn(
        role=role, content=_content(content, f"{where}.content"), tool_calls=calls, trained=trained(message, where)
    )


def role_of(message: Row, field: str, roles: Mapping[str, Role], where: str) -> Role:
    """Our role for the one a message names in `field`. Raises `BadRowError` for one that is not in `roles`."""
    if field not in message:
        raise BadRowError(f"{where}.{field}", f"is missing; the message has {fields.names(message)}")
    role = message[field]
    if not isinstance(role, str) or role not in roles:
        shown = repr(role[:40]) if isinstance(role, str) else fields.kind(role)
        raise BadRowError(f"{where}.{field}", f"is {shown}, an unknown role; known are {', '.join(roles)}")
    return roles[role]


def trained(message: Row, where: str) -> bool:
    """Whether the loss covers a message: a `weight` of 0 says no."""
    weight = message.get("weight")
    if weight is None:
        return True
    if not isinstance(weight, int | float) or math.isnan(weight):
        raise BadRowError(f"{where}.weight", f"is {fields.kind(weight)}, 0 or 1 was expected")
    return weight != 0


def tool_call(call: object, where: str) -> ToolCall:
    """A call as `{"function": {"name", "arguments"}}` or flat; arguments as text or as an object."""
    inner = call.get("function") if isinstance(call, Mapping) else None
    body = inner if isinstance(inner, Mapping) else call
    if not isinstance(body, Mapping):
        raise BadRowError(where, f"is {fields.kind(call)}, an object was expected")
    if "name" not in body:
        raise BadRowError(f"{where}.name", f"is missing; the call has {fields.names(body)}")
    arguments = body.get("arguments")
    return ToolCall(
        name=fields.text(body["name"], f"{where}.name"), arguments=_arguments(arguments, f"{where}.arguments")
    )


def _arguments(value: object, where: str) -> str:
    if value is None or isinstance(value, str):
        return fields.answer(value, where)
    try:
        return fields.text(json.dumps(value, ensure_ascii=False, allow_nan=False), where)
    except (TypeError, ValueError) as error:
        raise BadRowError(where, f"cannot be written as JSON ({error})") from error


def _tool_calls(message: Row, where: str) -> tuple[ToolCall, ...]:
    calls = message.get("tool_calls")
    if not calls:
        old = message.get("function_call")
        return (tool_call(old, f"{where}.function_call"),) if old else ()
    found = enumerate(fields.items_of(calls, f"{where}.tool_calls"))
    return tuple(tool_call(call, f"{where}.tool_calls[{i}]") for i, call in found)


def _content(value: object, where: str) -> str:
    if not isinstance(value, list):
        return fields.answer(value, where)
    return "\n".join(_part(part, f"{where}[{i}]") for i, part in enumerate(value))


def _part(part: object, where: str) -> str:
    if not isinstance(part, Mapping):
        return fields.text(part, where)
    type_ = fields.text(part.get("type", "text"), f"{where}.type")
    if type_ in _TEXT_PARTS:
        return fields.text(part.get("text"), f"{where}.text")
    return f"[{type_.removeprefix('input_').removesuffix('_url')}]"
