"""
The values that flow through an audit. Frozen, keyword-only, standard library only.

    Example -> Request -> Reply -> Verdict | Unscored -+
    Example -> Finding, Pair -> Standing --------------+-> Suspect (see `results`)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from judge import digest

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A call that the assistant makes. `arguments` is JSON text as it stood in the data."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """
    One message.

    Attributes:
        trained: whether the loss covers this turn (a per-message `weight` of 0 says no).
    """

    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    trained: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """
    One training record.

    Attributes:
        id: unique within a run; taken from the data, or made from the digest.
        turns: at least one of them an assistant turn.
        judged: indexes into `turns` of the assistant turns that get verdicts, ascending, at least one.
        source: where the row came from (its file's name in a set of several, its own `source` field, else the set's
            name).
        line: 1-based record number in the input file.
        context: reference text for this row alone, the ground for facts.
        note: what loading had to say about the row (a duplicate, a renamed id), else empty.
        also_in: another source that has a row of the same content, which counts for both; empty where this row counts.
        digest: of content and context only, so that neither a new id nor another order costs anything.
    """

    id: str
    turns: tuple[Turn, ...]
    judged: tuple[int, ...]
    source: str
    line: int
    digest: str
    context: str | None = None
    note: str = ""
    also_in: str = ""


def content_digest(turns: tuple[Turn, ...], context: str | None) -> str:
    """Digest of what a model would learn from: roles, texts, tool calls, and the reference text."""
    said = [[t.role, t.content, [[c.name, c.arguments] for c in t.tool_calls]] for t in turns]
    return digest.of([said, context])


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """
    A row that could not be read.

    Attributes:
        line: 1-based record number in its file.
        text: the original; bytes that are no UTF-8 stand in it as escapes.
        source: name of its file in a set of several, else empty.
    """

    line: int
    reason: str
    text: str
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """
    Exactly what the judge is shown, in the pieces that are shared between requests.

    Attributes:
        system: the same for a whole run (layout `shared`) or for a rubric (`rubric_first`).
        row: the example, or two; hostile text, never given the chance to become a control token.
        question: a few tokens that pick rubric and turn.
        labels: the answers allowed, one of which is forced as the only generated token; empty asks for text.
        schema: JSON schema that free text must follow, where the backend can enforce it.
        max_tokens: room for the answer.
        prefill: text the answer is made to begin with, after the chat template's own opening.
        pair: whether `row` holds two examples; such a one is never shortened, as the cut would go through both.
    """

    system: str
    row: str
    question: str
    labels: tuple[str, ...] = ()
    schema: Mapping[str, object] | None = None
    max_tokens: int = 1
    prefill: str = ""
    pair: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """
    Exactly what came back.

    Attributes:
        text: the generated text.
        logprobs: natural log-probability of each label, *unmasked*: they need not sum to one; where an answer was
            measured instead of asked for, its mean under `ports.MEAN`.
        stop: why generation ended (`stop`, `length`, ...).
        prompt_tokens, cached_tokens, generated_tokens: the engine's own counts; cached are part of prompt.
    """

    text: str
    logprobs: Mapping[str, float] = field(default_factory=dict)
    stop: str = "stop"
    prompt_tokens: int = 0
    cached_tokens: int = 0
    generated_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """
    A reply read as a score.

    Attributes:
        score: mean over the label distribution, on the rubric's own scale (5 of 5 is best).
        severity: the same as distance from the best level, in [0, 1]; 0 is flawless.
        entropy: of the label distribution, in bits.
        off_scale: probability mass the judge put on anything but a label, in [0, 1]; None where unknown.
        distribution: normalised probability of each label, worst first; empty where the reply had none.
    """

    example_id: str
    turn: int
    rubric: str
    score: float
    severity: float
    entropy: float | None = None
    off_scale: float | None = None
    distribution: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PairVerdict:
    """
    What the judge says of two turns that answer the same question.

    Attributes:
        left, right: ids of the two examples, in the order in which they were given.
        kind: the most probable kind of contradiction, however improbable.
        probability: that they contradict each other in any way, in [0, 1].
        kinds: probability of each kind; what is missing to 1 is that of no contradiction.
        orders: in how many orders of the two records it was asked, 1 or 2; two are averaged.
        entropy: over the kinds and no contradiction, in bits; None where the reply had no distribution.
        off_scale: probability mass the judge put on anything but a label, in [0, 1]; None where unknown.
    """

    left: str
    left_turn: int
    right: str
    right_turn: int
    kind: str
    probability: float
    kinds: Mapping[str, float]
    orders: int = 1
    entropy: float | None = None
    off_scale: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unscored:
    """Why there is no score. `reason` is a short word to count by, `detail` says more."""

    example_id: str
    turn: int
    rubric: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    What one signal saw in one row.

    Attributes:
        severity: in [0, 1], comparable within a signal; weights make signals comparable.
        because: a sentence for a person, with the words it is about.
        rubric: name of the criterion it speaks to, or None.
        turn: index of the turn it is about, or None for the whole row.
        partners: ids of other rows it was compared with.
    """

    example_id: str
    signal: str
    severity: float
    because: str
    rubric: str | None = None
    turn: int | None = None
    partners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """
    What the contradictions of its group say of one row.

    Attributes:
        severity: in [0, 1]: the probability of the gravest, or part of it where its camp has the better case.
        partners: rows of other camps, nearest first.
    """

    example_id: str
    turn: int
    kind: str
    severity: float
    because: str
    partners: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rationale:
    """
    The judge's own words on a suspect. They explain the rank and never change it.

    Attributes:
        evidence: what it quoted from the row.
        found: whether the quote really stands in the row.
    """

    example_id: str
    turn: int
    rubric: str
    text: str
    evidence: str
    found: bool
