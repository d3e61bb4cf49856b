"""
A prompt and its answer, under the names people use for them.

Either may be a list of messages, as in TRL; an assistant turn inside the prompt is history and not trained on.
"""

from dataclasses import replace

from judge.records import Turn
from judge.sources import fields
from judge.sources.fields import Row
from judge.sources.schemas import messages

PRIORITY = 4
FIELDS = ("prompt", "response")
OPTIONAL = ()

_PROMPTS = ("prompt", "question", "instruction")
_ANSWERS = ("response", "completion", "answer")


def matches(row: Row) -> bool:
    """A row is of this schema when it has a prompt and an answer by any of their names."""
    return any(key in row for key in _PROMPTS) and any(key in row for key in _ANSWERS)


def turns(row: Row) -> tuple[Turn, ...]:
    """The prompt's turns, then the answer's."""
    where, prompt = fields.find(row, *_PROMPTS)
    if isinstance(prompt, list):
        asked = tuple(_history(turn) for turn in messages.conversation(where, prompt))
    else:
        asked = (Turn(role="user", content=fields.text(prompt, where)),)
    where, answer = fields.find(row, *_ANSWERS)
    if isinstance(answer, list):
        return asked + messages.conversation(where, answer)
    return (*asked, Turn(role="assistant", content=fields.answer(answer, where)))


def _history(turn: Turn) -> Turn:
    return replace(turn, trained=False) if turn.role == "assistant" else turn
