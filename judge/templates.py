"""
The templates of a run, checked when made, and the texts that come of them. Pure: templates come in as text.

Row text is hostile: before it meets a template it is disarmed (`neutral`).
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from jinja2 import StrictUndefined, Template, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from judge import digest
from judge.errors import PromptError
from judge.neutral import neutralise
from judge.records import Example
from judge.rubric import Rubric

_VARIABLES: Mapping[str, frozenset[str]] = {
    "system.j2": frozenset({"guide", "rubrics", "written"}),
    "row.j2": frozenset({"turns", "context", "hints", "number"}),
    "pair_system.j2": frozenset({"guide", "rubric", "written"}),
    "pair.j2": frozenset({"first", "second"}),
    "pair_question.j2": frozenset({"rubric"}),
    "pair_rationale.j2": frozenset({"rubric"}),
}
_QUESTION_VARIABLES = frozenset({"rubric", "turn", "several", "with_label"})

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
    _said: dict[tuple[Hashable, ...], str] = field(init=False, repr=False, compare=False, default_factory=dict)

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

    def system(self, rubrics: Sequence[Rubric], guide: str | None, *, written: bool) -> str:
        """
        The system message: all rubrics of the set, or the only one (layout `rubric_first`).

        `written` says once, before all questions, how an answer in JSON with a label is to look.
        """
        return self._render("system.j2", rubrics=rubrics, guide=_block(guide), written=written)

    def pair_system(self, rubric: Rubric, guide: str | None, *, written: bool) -> str:
        """The system message that pairs are asked under; `written` as for rows."""
        return self._render("pair_system.j2", rubric=rubric, guide=_block(guide), written=written)

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

    def question(self, rubric: Rubric, example: Example, turn: int) -> str:
        """The few tokens that ask for a label. `turn` is an index; people and judges count from 1."""
        return self._once(rubric.template, **_named(rubric, example, turn), with_label=False)

    def rationale(self, rubric: Rubric, example: Example, turn: int, *, with_label: bool) -> str:
        """The question that asks for evidence and a reason as JSON."""
        return self._once(RATIONALE_TEMPLATE, **_named(rubric, example, turn), with_label=with_label)

    def pair_question(self, rubric: Rubric, *, written: bool) -> str:
        """What is asked of all pairs alike: for a label, or for evidence, reason and label as JSON."""
        return self._once(PAIR_RATIONALE_TEMPLATE if written else rubric.template, rubric=rubric)

    def _once(self, name: str, **values: Hashable) -> str:
        """A question, which shows no text of any row: there are few, and each is rendered once."""
        asked = (name, *values.values())
        if asked not in self._said:
            self._said[asked] = self._render(name, **values)
        return self._said[asked]

    def _render(self, name: str, **values: object) -> str:
        with _errors(name):
            return self._templates[name].render(**values).strip("\n")


def _named(rubric: Rubric, example: Example, turn: int) -> dict[str, Hashable]:
    """What a question may name; a turn only where there are `several`, as every verdict pays for its tokens."""
    several = sum(one.role == "assistant" for one in example.turns) > 1
    return {"rubric": rubric, "turn": turn + 1, "several": several}


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
