"""
From an example and a rubric to the request a judge gets. Pure: templates come in as text.

A request has three pieces, each shared as widely as it can be: `system` (task, guide, rubrics) by a whole run, `row`
by all rubrics of a row, `question` by all rows. Sent in that order, an engine with a prefix cache computes each once.

Row text is hostile. Before it meets a template, every bracket that could open one of our tags or a chat template's
control token is replaced by a look-alike, so a row cannot end its block or open another. Backends that tokenise
also encode it with control tokens switched off.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from jinja2 import StrictUndefined, TemplateError, meta
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from judge import digest
from judge.errors import PromptError
from judge.records import Example, Request
from judge.rubric import Rubric

Layout = Literal["shared", "rubric_first"]

_GAP = r"[\s\u200b-\u200f\u2060\ufeff]*"
_BRACKET = "[<\uff1c\u3008\ufe64]"
_OPENERS = re.compile(
    # our own tags, closed or opened, however spaced
    rf"{_BRACKET}(?={_GAP}/?{_GAP}(?:record|context|turn|call|guide)\b)"
    # ChatML, Llama 3, Phi, DeepSeek (full-width bars): <|name|>
    rf"|{_BRACKET}(?={_GAP}[|\uff5c][^|\uff5c<>\n]{{1,64}}[|\uff5c]{_GAP}>)"
    # Gemma, Llama 2, reasoning and tool blocks
    rf"|{_BRACKET}(?={_GAP}/?{_GAP}(?:start_of_turn|end_of_turn|s|bos|eos|pad|unk|think|tool_call|tool_response)>)"
    r"|<(?=</?SYS>>)"
    # Mistral
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|IMG|THINK)\])",
    re.IGNORECASE,
)
_LOOKALIKE = {"[": "\u27e6"}

_VARIABLES: Mapping[str, frozenset[str]] = {
    "system.j2": frozenset({"guide", "rubrics"}),
    "row.j2": frozenset({"turns", "context"}),
}
_QUESTION_VARIABLES = frozenset({"rubric", "turn", "with_label"})

RATIONALE_TEMPLATE = "rationale.j2"


def neutralise(text: str) -> str:
    """Disarm brackets that open one of our tags or a control token; all other text is left as it is."""
    return _OPENERS.sub(lambda found: _LOOKALIKE.get(found[0], "\u2039"), text)


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
        sources: template name (`system.j2`, `row.j2`, `rationale.j2`, and the rubrics' question templates) to text.

    Raises:
        PromptError: naming template, line, and the variables that are there.
    """

    sources: Mapping[str, str]
    _env: ImmutableSandboxedEnvironment = field(
        init=False,
        repr=False,
        compare=False,
        default_factory=lambda: _env(),  # noqa: PLW0108 - defined below
    )

    def __post_init__(self) -> None:
        for name, source in self.sources.items():
            known = _VARIABLES.get(name, _QUESTION_VARIABLES)
            with _as_prompt_error(name):
                unknown = meta.find_undeclared_variables(self._env.parse(source)) - known
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
        return self._render("system.j2", rubrics=rubrics, guide=neutralise(guide.strip()) if guide else None)

    def row(self, example: Example) -> str:
        """The example as a block that its own text cannot leave."""
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
        return self._render("row.j2", turns=turns, context=context) + "\n"

    def question(self, rubric: Rubric, turn: int) -> str:
        """The few tokens that ask for a label. `turn` is an index; people and judges count from 1."""
        return self._render(rubric.template, rubric=rubric, turn=turn + 1, with_label=False)

    def rationale(self, rubric: Rubric, turn: int, *, with_label: bool) -> str:
        """The question that asks for evidence and a reason as JSON."""
        return self._render(RATIONALE_TEMPLATE, rubric=rubric, turn=turn + 1, with_label=with_label)

    def _render(self, name: str, **values: object) -> str:
        with _as_prompt_error(name):
            return self._env.from_string(self.sources[name]).render(**values).strip("\n")


def _env() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )


class _as_prompt_error:  # noqa: N801 - reads as the verb it is
    """The one place where Jinja's errors become ours."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, (TemplateError, SecurityError, TypeError, KeyError)):
            line = getattr(error, "lineno", None)
            where = f"prompts/{self.name}" + (f" line {line}" if line else "")
            raise PromptError(f"{where}: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """
    Makes the requests of one run.

    Attributes:
        max_tokens: room for a rationale.
        prefill: text every answer is made to begin with, for judges that need a push.
    """

    prompts: Prompts
    rubrics: tuple[Rubric, ...]
    guide: str | None
    layout: Layout
    max_tokens: int
    prefill: str = ""
    _systems: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)
    _last: dict[str, object] = field(init=False, repr=False, compare=False, default_factory=dict)

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

    def guide_digest(self) -> str | None:
        """Digest of the guide, if there is one."""
        return digest.of(self.guide) if self.guide else None

    def system(self, rubric: Rubric) -> str:
        """The system message that `rubric` is asked under; rendered once."""
        shown = self.rubrics if self.layout == "shared" else (rubric,)
        name = "" if self.layout == "shared" else rubric.name
        if name not in self._systems:
            self._systems[name] = self.prompts.system(shown, self.guide)
        return self._systems[name]

    def _row(self, example: Example) -> str:
        """A row is rendered once for its rubrics, which come one after the other."""
        name = (example.id, example.digest)
        if self._last.get("name") != name:
            self._last.update(name=name, text=self.prompts.row(example))
        return str(self._last["text"])


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
