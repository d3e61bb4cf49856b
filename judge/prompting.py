"""
From an example and a rubric to the request a judge gets. Pure.

A request has three pieces, each shared as widely as it can be: `system` (task, guide, rubrics) by a whole run, `row`
by all rubrics of a row, `question` by all rows. Sent in that order, an engine with a prefix cache computes each once.
For a pair `row` holds two, and `system` the pair's rubric alone, so that runs on other rubric sets share its answer.

Row text is hostile: it is disarmed before it meets a template, and backends that tokenise also encode it with control
tokens switched off.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from judge import digest
from judge.records import Example, Request, ToolCall, Turn
from judge.rubric import Rubric
from judge.templates import Prompts

Layout = Literal["shared", "rubric_first"]

# the least that a row can be
SAMPLE = Example(
    id="",
    turns=(Turn(role="assistant", content="-", tool_calls=(ToolCall(name="-", arguments="-"),)),),
    judged=(0,),
    source="",
    line=0,
    digest="",
    context="-",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """
    Makes the requests of one run.

    Attributes:
        max_tokens: room for a rationale.
        prefill: text every answer is made to begin with, for judges that need a push.
        hints: what checks without a model noticed, by example id; shown with the row as evidence to check, and never
            with a pair, whose answer has to outlast the set it was asked in.
        paired: what pairs are asked, if they are.
    """

    prompts: Prompts
    rubrics: tuple[Rubric, ...]
    guide: str | None
    layout: Layout
    max_tokens: int
    prefill: str = ""
    hints: Mapping[str, Sequence[str]] = field(default_factory=dict)
    paired: Rubric | None = None
    _systems: dict[tuple[bool, str], str] = field(init=False, repr=False, compare=False, default_factory=dict)
    _last: dict[str, object] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Render everything once: a slip that only rendering shows must not wait for the first rationale."""
        for rubric in self.rubrics:
            self.score(SAMPLE, 0, rubric)
            for with_label in (False, True):
                self.rationale(SAMPLE, 0, rubric, with_label=with_label)
        if self.paired:
            for written in (False, True):
                self.pair(SAMPLE, 0, SAMPLE, 0, self.paired, written=written)

    def score(self, example: Example, turn: int, rubric: Rubric) -> Request:
        """Ask for a label alone, forced as the only generated token."""
        return Request(
            system=self.system(rubric),
            row=self._row(example),
            question=self.prompts.question(rubric, example, turn),
            labels=rubric.labels,
            prefill=self.prefill,
        )

    def rationale(self, example: Example, turn: int, rubric: Rubric, *, with_label: bool) -> Request:
        """Ask for evidence and reason as JSON, and for a label after them where the words are to decide it."""
        return Request(
            system=self.system(rubric, written=with_label),
            row=self._row(example),
            question=self.prompts.rationale(rubric, example, turn, with_label=with_label),
            schema=rationale_schema(rubric.labels if with_label else (), self.max_tokens),
            max_tokens=self.max_tokens,
        )

    def pair(
        self,
        first: Example,
        first_turn: int,
        second: Example,
        second_turn: int,
        rubric: Rubric,
        *,
        written: bool = False,
    ) -> Request:
        """
        Ask whether two turns contradict each other; each example is shown up to its turn, and no further.

        `written` asks for a label in JSON, after evidence and reason, in place of a label alone.
        """
        shown = self.prompts.pair(_until(first, first_turn), _until(second, second_turn))
        return Request(
            system=self.system(rubric, written=written),
            row=shown,
            question=self.prompts.pair_question(rubric, written=written),
            labels=() if written else rubric.labels,
            schema=rationale_schema(rubric.labels, self.max_tokens) if written else None,
            max_tokens=self.max_tokens if written else 1,
            prefill="" if written else self.prefill,
            pair=True,
        )

    def guide_digest(self) -> str | None:
        """Digest of the guide, if there is one."""
        return digest.of(self.guide) if self.guide else None

    def system(self, rubric: Rubric, *, written: bool = False) -> str:
        """The system message that `rubric` is asked under, which for a pair holds no other; rendered once."""
        shared = self.layout == "shared" and rubric.arity == 1
        name = (written, "" if shared else f"{rubric.arity} {rubric.name}")
        if name not in self._systems:
            self._systems[name] = (
                self.prompts.system(self.rubrics if shared else (rubric,), self.guide, written=written)
                if rubric.arity == 1
                else self.prompts.pair_system(rubric, self.guide, written=written)
            )
        return self._systems[name]

    def _row(self, example: Example) -> str:
        """A row is rendered once for its rubrics, which come one after the other."""
        name = (example.id, example.digest)
        if self._last.get("name") != name:
            self._last.update(name=name, text=self.prompts.row(example, self.hints.get(example.id, ())))
        return str(self._last["text"])


def _until(example: Example, turn: int) -> Example:
    return replace(example, turns=example.turns[: turn + 1])


def rationale_schema(labels: Sequence[str], max_tokens: int) -> dict[str, object]:
    """
    JSON schema of a rationale; evidence and reason come before the label.

    Lengths are bounded so that, at 2.5 characters a token or more, the closing brace fits into `max_tokens`.
    """
    properties: dict[str, object] = {
        "evidence": {"type": "string", "maxLength": max_tokens * 3 // 4},
        "reason": {"type": "string", "maxLength": max_tokens * 3 // 2},
    }
    if labels:
        properties["label"] = {"type": "string", "enum": list(labels)}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
