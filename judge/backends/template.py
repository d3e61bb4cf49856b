"""
What a chat template puts around what it is given: text only, no tokens.

A template is rendered around markers and cut at them, so that what it is given never passes through it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from judge.errors import BackendError
from judge.records import Turn

_SYSTEM, _USER = "JUDGESYSTEMGOESHERE", "JUDGEUSERGOESHERE"
_FIXED_DATE = "26 Jul 2024"  # a template that prints today's date would make every day a new key

Said = Sequence[tuple[str, str]]  # role and text, message by message


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The chat template's own text, before the system message, between it and the user's, and after."""

    before: str
    between: str
    after: str


def frame(tokenizer: Any, kwargs: Mapping[str, object]) -> Frame:  # noqa: ANN401 - transformers ships no types
    """
    What stands around a system and a user message.

    Raises:
        BackendError: no chat template, one that fails, or one that drops what it is given.
    """
    apart = [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": _USER}]
    folded = [{"role": "user", "content": f"{_SYSTEM}\n\n{_USER}"}]
    for messages in (apart, folded):  # some templates refuse a system message, some drop it
        text = _rendered(tokenizer, messages, kwargs, last=messages is folded)
        if pieces := _cut(text, [_SYSTEM, _USER]):
            before, between, after = pieces
            return Frame(before=before, between=between, after=after)
    raise BackendError("this model's chat template does not repeat what it is given; set backend.chat_template=FILE")


def around(tokenizer: Any, kwargs: Mapping[str, object], roles: Sequence[str]) -> tuple[str, ...] | None:  # noqa: ANN401
    """
    What stands before, between and after messages of these roles, up to where the assistant begins its next.

    Returns:
        One piece more than there are roles; None where the template refuses such a conversation, or drops part of it.
    """
    marks = [f"JUDGETURN{n}GOESHERE" for n in range(len(roles))]
    messages = [{"role": role, "content": mark} for role, mark in zip(roles, marks, strict=True)]
    return _cut(_rendered(tokenizer, messages, kwargs, last=False), marks)


def messages(turns: Sequence[Turn]) -> Said:
    """Turns as role and text, their tool calls written out; no turns are one of a user who says nothing."""
    said = [(t.role, "\n".join([*([t.content] if t.content else []), *_calls(t)])) for t in turns]
    return said or [("user", "")]


def folded(said: Said) -> Said:
    """The same with `user` and `assistant` taking turns, the user first and last: what every template takes."""
    found: list[tuple[str, str]] = []
    for role, text in said:
        who = "assistant" if role == "assistant" else "user"
        if found and found[-1][0] == who:
            found[-1] = (who, f"{found[-1][1]}\n\n{text}")
        else:
            found.append((who, text))
    first = [("user", "")] if found[0][0] == "assistant" else []
    last = [("user", "")] if found[-1][0] == "assistant" else []
    return [*first, *found, *last]


def _calls(turn: Turn) -> list[str]:
    return [f"{call.name} {call.arguments}" for call in turn.tool_calls]


def _cut(text: str, marks: Sequence[str]) -> tuple[str, ...] | None:
    """The text at its marks, if each stands in it once and all in order."""
    pieces, rest = [], text
    for mark in marks:
        if text.count(mark) != 1 or mark not in rest:
            return None
        piece, _, rest = rest.partition(mark)
        pieces.append(piece)
    return (*pieces, rest)


def _rendered(tokenizer: Any, messages: list[dict[str, str]], kwargs: Mapping[str, object], *, last: bool) -> str:  # noqa: ANN401
    if not tokenizer.chat_template:
        raise BackendError(
            "this model has no chat template, so it is no instruct model; set backend.chat_template=FILE"
        )
    fixed = {"date_string": _FIXED_DATE, "strftime_now": lambda _format: _FIXED_DATE}
    try:
        text: str = tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, **{**fixed, **kwargs}
        )
    except Exception as error:  # a template may raise anything: it is a program
        if last:
            raise BackendError(f"this model's chat template fails: {error}; set backend.chat_template=FILE") from error
        return ""
    return text
