"""What signals share: the judged turns of a set, and what is known about them only together. Built once, lazily."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from judge import digest
from judge.language.prose import normalise
from judge.records import Example, Finding, Turn

if TYPE_CHECKING:  # numpy and scikit-learn are imported when first asked for
    from judge.signals._features import Features, Neighbours

_RECENT = 6  # turns of one role that are looked back on


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    One judged turn.

    Attributes:
        at: its position in `Corpus.answers`.
        turn: its index in `example.turns`.
        prompt: the last user turn before it, or nothing.
        text: what it says.
        setting: digest of everything it was given, normalised (turns and context): equal means asked exactly the same.

    """

    at: int
    example: Example
    turn: int
    prompt: str
    text: str
    setting: str

    @property
    def history(self) -> tuple[Turn, ...]:
        """All turns before it."""
        return self.example.turns[: self.turn]

    @property
    def asked(self) -> str:
        """The user's side of the conversation so far: "yes please" means nothing without it."""
        return "\n".join([t.content for t in self.history if t.role == "user"][-_RECENT:])

    @property
    def calls_tool(self) -> bool:
        """Whether the turn is, or contains, a call to a tool."""
        return bool(self.example.turns[self.turn].tool_calls)

    @property
    def grounds(self) -> tuple[str, ...]:
        """Texts that the answer has to agree with: the row's context, and the latest tool results."""
        tools = tuple(t.content for t in self.history if t.role == "tool")[-_RECENT:]
        return (self.example.context, *tools) if self.example.context else tools

    def finding(
        self, signal: str, rubric: str | None, severity: float, because: str, partners: Sequence[str] = ()
    ) -> Finding:
        """Make a finding on this turn, its severity clipped to [0, 1] and rounded to 6 digits."""
        return Finding(
            example_id=self.example.id,
            signal=signal,
            severity=round(min(1.0, max(0.0, float(severity))), 6),
            because=because,
            rubric=rubric,
            turn=self.turn,
            partners=tuple(partners),
        )


class Corpus:
    """
    A set as signals see it.

    Attributes:
        examples: the rows, in the input's order.
        guide: the set's policy and style text, or None.

    """

    def __init__(self, examples: Sequence[Example], guide: str | None = None) -> None:
        self.examples = tuple(examples)
        self.guide = guide

    @cached_property
    def answers(self) -> tuple[Answer, ...]:
        """Every judged turn of every row, flat, in the input's order."""
        found: list[Answer] = []
        for example in self.examples:
            found.extend(_answers(example, len(found)))
        return tuple(found)

    @cached_property
    def features(self) -> "Features":
        """TF-IDF vectors of what was asked and what was answered, over one vocabulary."""
        from judge.signals import _features

        return _features.build([a.asked for a in self.answers], [a.text for a in self.answers])

    @cached_property
    def neighbours(self) -> "Neighbours":
        """For each answer, the answers of *other rows* whose prompts are nearest to its own."""
        from judge.signals import _features

        return _features.neighbours(
            self.features.prompts, [normalise(a.asked) for a in self.answers], [a.example.id for a in self.answers]
        )

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """Positions of answers that were asked exactly the same (prompt, history and context), two or more of them."""
        found: dict[str, list[int]] = defaultdict(list)
        for answer in self.answers:
            if normalise(answer.prompt):
                found[answer.setting].append(answer.at)
        return tuple(tuple(group) for group in found.values() if len(group) > 1)


def _answers(example: Example, at: int) -> Iterator[Answer]:
    judged = set(example.judged)
    setting = digest.of(normalise(example.context or ""))
    prompt = ""
    for turn, said in enumerate(example.turns):
        if turn in judged:
            yield Answer(at=at, example=example, turn=turn, prompt=prompt, text=said.content, setting=setting)
            at += 1
        if said.role == "user":
            prompt = said.content
        calls = [[call.name, call.arguments] for call in said.tool_calls]
        setting = digest.of([setting, said.role, normalise(said.content), calls])
