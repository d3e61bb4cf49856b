"""
From an example and a rubric to the request a judge gets. Pure: templates come in as text.

A request has three pieces, each shared as widely as it can be: `system` (task, guide, rubrics) by a whole run, `row`
by all rubrics of a row, `question` by all rows. Sent in that order, an engine with a prefix cache computes each once.
For a pair `row` holds two, and `system` the pair's rubric alone, so that runs on other rubric sets share its answer.

Row text is hostile: before it meets a template it is disarmed (`neutral`), and backends that tokenise also encode it
with control tokens switched off.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal

from jinja2 import StrictUndefined, Template, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from judge import digest
from judge.errors import PromptError
from judge.neutral import neutralise
from judge.records import Example, Request, ToolCall, Turn
from judge.rubric import Rubric

Layout = Literal["shared", "rubric_first"]

_VARIABLES: Mapping[str, frozenset[str]] = {
    "system.j2": frozenset({"guide", "rubrics"}),
    "row.j2": frozenset({"turns", "context", "hints", "number"}),
    "pair_system.j2": frozenset({"guide", "rubric"}),
    "pair.j2": frozenset({"first", "second"}),
    "pair_question.j2": frozenset({"rubric"}),
    "pair_rationale.j2": frozenset({"rubric"}),
}
_QUESTION_VARIABLES = frozenset({"rubric", "turn", "with_label"})

RATIONALE_TEMPLATE = "rationale.j2"
PAIR_RATIONALE_TEMPLATE = "pair_rationale.j2"
# what every run needs, beside the question templates of its rubrics
TEMPLATES = ("system.j2", "row.j2", RATIONALE_TEMPLATE, "pair_system.j2", "pair.j2", PAIR_RATIONALE_TEMPLATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    role: str
    content: str
    tool_calls: tuple[_Call, ...]


@dataclass(frozen=True, slots=True)
class Prompts:
    """
    The templates of a run, checked when made: syntax, and every variable they name.

    Args:
        sources: template name (`TEMPLATES`, and the rubrics' question templates) to text.

    Raises:
        PromptError: naming template, line, and the variables that are there.
    """

    sources: Mapping[str, str]
    _templates: dict[str, Template] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        env = _environment()
        for name, source in self.sources.items():
            known = _VARIABLES.get(name, _QUESTION_VARIABLES)
            with _errors(name):
                unknown = meta.find_undeclared_variables(env.parse(source)) - known
                self._templates[name] = env.from_string(source)
            if unknown:
                raise PromptError(
                    f"prompts/{name}: no variable named {', '.join(sorted(unknown))};"
                    f" there are {', '.join(sorted(known))}"
                )

    def digest(self) -> str:
        """Digest of all templates."""
        return digest.of(dict(self.sources))

    def system(self, rubrics: Sequence[Rubric], guide: str | None) -> str:
        """The system message: all rubrics of the set, or the only one (layout `rubric_first`)."""
        return self._render("system.j2", rubrics=rubrics, guide=_block(guide))

    def pair_system(self, rubric: Rubric, guide: str | None) -> str:
        """The system message that pairs are asked under."""
        return self._render("pair_system.j2", rubric=rubric, guide=_block(guide))

    def row(self, example: Example, hints: Sequence[str] = (), *, number: int | None = None) -> str:
        """The example as a block that its own text cannot leave, with its number in a pair, and what checks noticed."""
        turns = [
            _Turn(
                role=turn.role,
                content=neutralise(turn.content),
                tool_calls=tuple(
                    _Call(name=neutralise(call.name), arguments=neutralise(call.arguments)) for call in turn.tool_calls
                ),
            )
            for turn in example.turns
        ]
        context = neutralise(example.context) if example.context else None
        noticed = [neutralise(" ".join(hint.split())) for hint in hints]
        return self._render("row.j2", turns=turns, context=context, hints=noticed, number=number) + "\n"

    def pair(self, first: Example, second: Example) -> str:
        """Two examples as blocks that their own texts cannot leave, nor imitate one another's."""
        one, other = (self.row(example, number=n).strip("\n") for n, example in enumerate((first, second), start=1))
        return self._render("pair.j2", first=one, second=other) + "\n"

    def question(self, rubric: Rubric, turn: int) -> str:
        """The few tokens that ask for a label. `turn` is an index; people and judges count from 1."""
        return self._render(rubric.template, rubric=rubric, turn=turn + 1, with_label=False)

    def rationale(self, rubric: Rubric, turn: int, *, with_label: bool) -> str:
        """The question that asks for evidence and a reason as JSON."""
        return self._render(RATIONALE_TEMPLATE, rubric=rubric, turn=turn + 1, with_label=with_label)

    def pair_question(self, rubric: Rubric, *, written: bool) -> str:
        """What is asked of all pairs alike: for a label, or for evidence, reason and label as JSON."""
        return self._render(PAIR_RATIONALE_TEMPLATE if written else rubric.template, rubric=rubric)

    def _render(self, name: str, **values: object) -> str:
        with _errors(name):
            return self._templates[name].render(**values).strip("\n")


def _block(guide: str | None) -> str | None:
    return neutralise(guide.strip()) if guide else None


def _environment() -> ImmutableSandboxedEnvironment:
    """Prompts are plain text, so nothing is escaped here: `neutral` is what guards them."""
    env = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    del env.filters["random"], env.globals["lipsum"]  # same input, same bytes
    return env


@contextmanager
def _errors(name: str) -> Iterator[None]:
    """The one place where errors of templates become ours. A template is a program: it may raise anything."""
    try:
        yield
    except Exception as error:
        line = getattr(error, "lineno", None)
        raise PromptError(f"prompts/{name}{f' line {line}' if line else ''}: {error}") from error


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
    _systems: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)
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
            question=self.prompts.question(rubric, turn),
            labels=rubric.labels,
            prefill=self.prefill,
        )

    def rationale(self, example: Example, turn: int, rubric: Rubric, *, with_label: bool) -> Request:
        """Ask for evidence and reason as JSON, and for a label after them where the words are to decide it."""
        return Request(
            system=self.system(rubric),
            row=self._row(example),
            question=self.prompts.rationale(rubric, turn, with_label=with_label),
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
            system=self.system(rubric),
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

    def system(self, rubric: Rubric) -> str:
        """The system message that `rubric` is asked under, which for a pair holds no other; rendered once."""
        shared = self.layout == "shared" and rubric.arity == 1
        name = "" if shared else f"{rubric.arity} {rubric.name}"
        if name not in self._systems:
            self._systems[name] = (
                self.prompts.system(self.rubrics if shared else (rubric,), self.guide)
                if rubric.arity == 1
                else self.prompts.pair_system(rubric, self.guide)
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
