"""What the use cases expect of the edges: small protocols, so that any edge can be exchanged for its test double."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from judge.records import Reply, Request
from judge.results import Accounting, Quality, Suspect


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """
    A request as one backend will send it.

    Attributes:
        key: names the answer in the store: digest of what is sent and of who answers.
        payload: token ids, or messages where a server tokenises.
        tokens: length of the prompt; estimated where the backend has no tokenizer.
        fits: whether prompt and answer fit the model's context.
        cut: whether the row was shortened to make it fit.
    """

    key: str
    request: Request
    payload: Sequence[int] | str
    tokens: int
    fits: bool = True
    cut: bool = False


class Backend(Protocol):
    """
    What answers requests. Cheap to make; a model is loaded by the first `answer`, and only then.

    """

    @property
    def name(self) -> str:
        """`vllm`, `transformers`, `scripted`, ..."""
        ...

    @property
    def why(self) -> str:
        """How it came to be chosen, for the console and the manifest."""
        ...

    def describe(self) -> Mapping[str, object]:
        """Model, resolved revision, dtype, engine version: what the manifest records of the judge."""
        ...

    def prepare(self, request: Request) -> Prepared:
        """Render for this model and name the answer. Pure; raises `BackendError` where a label is no single token."""
        ...

    def answer(self, asked: Iterable[Prepared]) -> Iterator[Sequence[tuple[Prepared, Reply]]]:
        """Take requests as capacity allows and yield replies, in any order, as soon as they are there."""
        ...


@dataclass(frozen=True, slots=True)
class NoJudge:
    """The decision to run without a model: the list is ranked by findings alone, and everything says so."""

    why: str
    name: str = "none"


class Store(Protocol):
    """Where replies are kept for good."""

    def fetch(self, keys: Sequence[str]) -> Mapping[str, Reply]:
        """The replies among `keys` that are there."""
        ...

    def put(self, replies: Sequence[tuple[str, Reply]]) -> None:
        """Keep replies, durably, before returning. A key that is there already keeps its first reply."""
        ...

    def close(self) -> None:
        """Let go of it; called at the end of a run."""
        ...


class Bar(Protocol):
    """A progress bar over work of known size."""

    def step(self, n: int = 1, **notes: object) -> None:
        """Advance by `n`; `notes` are shown behind the bar."""
        ...

    def close(self) -> None:
        """Take the bar off the screen."""
        ...


class Console(Protocol):
    """Where people watch."""

    def say(self, text: str) -> None:
        """One line about what is happening; silent when quiet."""
        ...

    def bar(self, what: str, total: int, unit: str) -> Bar:
        """Open a progress bar; one that shows nothing where nobody looks."""
        ...

    def suspects(self, suspects: tuple[Suspect, ...]) -> None:
        """The head of the list, each row with its strongest reasons."""
        ...

    def result(self, accounting: Accounting, suspects: tuple[Suspect, ...], quality: Quality | None) -> None:
        """Where every row went, where the budget cuts, and how good the list is where the truth is known."""
        ...
