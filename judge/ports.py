"""What the use cases expect of the edges: small protocols, so that any edge can be exchanged for its test double."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from judge.records import Reply, Request, Turn
from judge.reliability import Habit, SelfTest
from judge.results import Blocking, Group, Outcome, Suspect

MEAN = "answer"  # where the reply to a passage has the mean log-probability of its answer
UNSEEN = "not listed"  # where a reply has the most that a label without a log-probability of its own can have
# why a reply stopped that is no answer: its text says what was wrong, and it is kept nowhere
REFUSED, TOO_LONG = "refused", "too_long"
NO_ANSWER = frozenset({REFUSED, TOO_LONG})
LEAVES = "ROWS LEAVE THIS MACHINE"  # how a judge begins to say that it is elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """
    What one backend will send, whatever is wanted of it.

    Attributes:
        key: names the reply in the store: digest of what is sent and of who answers.
        payload: token ids, or messages where a server tokenises.
        tokens: length of the prompt; estimated where the backend has no tokenizer.
        fits: whether prompt and answer fit the model's context.
        cut: whether the row was shortened to make it fit.
    """

    key: str
    payload: Sequence[int] | str
    tokens: int
    fits: bool = True
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared(Sent):
    """A request as one backend will send it."""

    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage(Sent):
    """
    A conversation and the answer to it as one backend will read them; nothing is to be written.

    Attributes:
        begins: position in `payload` of the answer's first token that has a probability, at least 1.
    """

    begins: int


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

    @property
    def prefix_cache(self) -> bool:
        """Whether what several prompts begin with is computed once, for a forecast of what asking costs."""
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


@runtime_checkable
class Batched(Protocol):
    """A backend that prepares many requests faster than one after the other."""

    def prepare_all(self, requests: Sequence[Request]) -> Sequence[Prepared]:
        """As `prepare`, one for each."""
        ...


def prepare_all(backend: Backend, requests: Sequence[Request]) -> Sequence[Prepared]:
    """Render for this model and name the answers, as fast as the backend can."""
    return backend.prepare_all(requests) if isinstance(backend, Batched) else list(map(backend.prepare, requests))


@runtime_checkable
class Measurer(Protocol):
    """A backend that can also say how likely a given answer is to its model; for that it must hold the weights."""

    def passage(self, before: Sequence[Turn], answer: str) -> Passage:
        """Render an answer and the turns before it for this model, and name the measurement. Pure."""
        ...

    def measure(self, asked: Iterable[Passage]) -> Iterator[Sequence[tuple[Passage, Reply]]]:
        """As `answer`; a reply has no text, and under `MEAN` the answer's mean log-probability, in nats per token."""
        ...


@dataclass(frozen=True, slots=True)
class NoJudge:
    """The decision to run without a model: the list is ranked by findings alone, and everything says so."""

    why: str
    name: str = "none"


class Embedder(Protocol):
    """What turns texts into vectors, so that rows that ask the same can be found. Cheap to make."""

    @property
    def name(self) -> str:
        """`hashed`, `sentence_transformers`, `vllm`, ..."""
        ...

    @property
    def floor(self) -> float:
        """Least cosine in [0, 1], prompt and answer together, from which two rows may ask the same."""
        ...

    def describe(self) -> Mapping[str, object]:
        """Engine, model, resolved revision, dimensions: what the manifest records of it."""
        ...

    def embed(self, prompts: Sequence[str], answers: Sequence[str], step: Callable[[int], None]) -> tuple[Any, Any]:
        """
        Vectors of prompts and of answers; equal texts have bit-equal vectors.

        Args:
            prompts: texts of any length; too long ones are cut.
            answers: likewise.
            step: called with n each time that n more texts, of prompts and answers together, are done.

        Returns:
            Two arrays, float32, of shape (prompts, dimensions) and (answers, dimensions), each row of unit length, or
            zero where its text has nothing to embed; they may be read-only.

        Raises:
            BackendError: the model cannot be loaded, or fails.
        """
        ...


class Store(Protocol):
    """Where replies are kept for good."""

    def fetch(self, keys: Sequence[str]) -> Mapping[str, Reply]:
        """The replies among `keys` that are there."""
        ...

    def put(self, replies: Sequence[tuple[str, Reply]]) -> Mapping[str, Reply]:
        """Keep replies, durably, before returning what is kept: a key that is there already keeps its first reply."""
        ...

    def begin(self, folder: Path) -> None:
        """Note that a run goes on in `folder`."""
        ...

    def end(self, folder: Path) -> None:
        """Note that it has come to its end."""
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

    def warn(self, text: str) -> None:
        """One line that is shown also when quiet: a run that nobody watches has something to tell."""
        ...

    def bar(self, what: str, total: int, unit: str) -> Bar:
        """Open a progress bar; one that shows nothing where nobody looks."""
        ...

    def busy(self, what: str) -> AbstractContextManager[None]:
        """A sign of life for work of unknown size, as long as the block lasts."""
        ...

    def suspects(self, suspects: Sequence[Suspect]) -> None:
        """The head of the list, each row with its strongest reasons."""
        ...

    def groups(self, groups: Sequence[Group], blocking: Blocking) -> None:
        """How many groups contradict themselves, the three worst, and how pairs came to be looked at."""
        ...

    def selftest(self, tested: SelfTest) -> None:
        """What share of planted copies was caught, by kind, and the plain sentence."""
        ...

    def habits(self, habits: Sequence[Habit]) -> None:
        """What the probe showed: the habits that are certain first."""
        ...

    def result(self, outcome: Outcome) -> None:
        """Where every row went, where the budget cuts, and how good the list is where the truth is known."""
        ...
