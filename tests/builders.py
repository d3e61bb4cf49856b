"""What several tests are made of: small real values, the packaged templates and rubric sets. No doubles."""

from functools import lru_cache

from omegaconf import DictConfig

from judge import assets, rubric, wiring
from judge.records import Example, Turn, content_digest
from judge.rubric import Rubric
from judge.templates import TEMPLATES, Prompts


def turns(*said: str) -> tuple[Turn, ...]:
    """Make a conversation of user and assistant turns, the user's first."""
    return tuple(Turn(role="assistant" if n % 2 else "user", content=text) for n, text in enumerate(said))


def example(
    *said: str,
    name: str = "row-1",
    messages: tuple[Turn, ...] = (),
    context: str | None = None,
    line: int = 1,
    note: str = "",
) -> Example:
    """Make a row of `messages`, or of user and assistant turns that say `said`; the last turn is judged."""
    messages = messages or turns(*(said or ("Can I return a lamp?", "Yes, within 30 days.")))
    return Example(
        id=name,
        turns=messages,
        judged=(len(messages) - 1,),
        source="shop",
        line=line,
        digest=content_digest(messages, context),
        context=context,
        note=note,
    )


def criterion(name: str = "tone", *, levels: int = 5, weight: float = 0.7, template: str = "question.j2") -> Rubric:
    """Make a rubric with `levels` levels, labelled from 1."""
    return rubric.build(
        name=name,
        question=f"Is the {name} right?",
        guidance=f"What counts for {name}.",
        levels={str(n): f"{name} level {n}" for n in range(1, levels + 1)},
        weight=weight,
        template=template,
    )


@lru_cache
def rubric_set(name: str, *overrides: str) -> tuple[Rubric, ...]:
    """The rubrics of a packaged set, as the command line would have them."""
    config = wiring.compose([f"rubric_set={name}", *overrides])
    return tuple(_built(str(key), values) for key, values in config.rubrics.items())


@lru_cache
def pair_rubric(*overrides: str) -> Rubric:
    """The packaged rubric of pairs, as the command line would have it."""
    return _built("contradiction", wiring.compose(list(overrides)).pairs.rubric)


def _built(name: str, values: DictConfig) -> Rubric:
    return rubric.build(
        name=name,
        question=values.question,
        guidance=values.guidance,
        levels={str(label): text for label, text in values.levels.items()},
        weight=values.weight,
        template=values.template,
        arity=values.arity,
        kinds=dict(values.kinds),
    )


@lru_cache
def packaged_prompts() -> Prompts:
    """The templates that ship."""
    return Prompts(assets.prompts([*TEMPLATES, "question.j2", "pair_question.j2"]))
