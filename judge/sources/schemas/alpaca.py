"""Alpaca: `instruction`, optional `input`, `output`, and the `history` of earlier turns that LLaMA-Factory added."""

from judge.records import Turn
from judge.sources import fields
from judge.sources.fields import BadRowError, Row

PRIORITY = 3
FIELDS = ("instruction", "output")
OPTIONAL = ("input", "history")

_PAIR = 2


_ANSWERS = ("output", "response", "completion", "answer")


def matches(row: Row) -> bool:
    """A row is of this schema when it has both required fields; with an `input`, the answer may go by another name."""
    answers = _ANSWERS if "input" in row else FIELDS[1:]
    return "instruction" in row and any(name in row for name in answers)


def turns(row: Row) -> tuple[Turn, ...]:
    """The history, whose answers are not trained on, then instruction with input, then output."""
    instruction = fields.text(fields.find(row, "instruction")[1], "instruction")
    extra = fields.optional_text(row, "input")
    asked = f"{instruction}\n\n{extra}" if instruction and extra else instruction or extra
    where, said = fields.find(row, *_ANSWERS)
    output = fields.answer(said, where)
    return (*_history(row.get("history")), Turn(role="user", content=asked), Turn(role="assistant", content=output))


def _history(value: object) -> list[Turn]:
    turns: list[Turn] = []
    for i, pair in enumerate(fields.items_of(value, "history") if value else ()):
        if not isinstance(pair, list) or len(pair) != _PAIR:
            raise BadRowError(f"history[{i}]", "is no pair of question and answer")
        turns.append(Turn(role="user", content=fields.text(pair[0], f"history[{i}][0]")))
        turns.append(Turn(role="assistant", content=fields.answer(pair[1], f"history[{i}][1]"), trained=False))
    return turns
