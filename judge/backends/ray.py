"""
Several engines at once, on a cluster of Ray's or on this machine: the same questions, keys and replies as `vllm`.

Each worker is an actor with an engine of its own, and lives as long as this process. Questions are pulled as they are
needed and sent in blocks of consecutive ones, cut between rows, so that a row's rubrics meet in one worker's prefix
cache; a few blocks wait at each worker, and a block's replies leave as soon as it is whole. What a worker had when it
died is sent to the others, while Ray starts it anew.

Ray Data's own processor (`ray.data.llm`) was tried and is not used. Its engines live as long as one data set is
executed, and a run asks in several rounds: it takes a data set that never ends, fed through one more actor, and a
private stage in place of its own, as its rows say neither how many tokens were cached nor why an answer ended. What a
dead engine had waits until that engine is back, and each processor leaves an actor for telemetry on the cluster.
"""

import contextlib
import importlib.metadata
import importlib.util
import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from judge import digest
from judge.backends import ray_cluster, ray_pool, terms, vllm
from judge.backends.chat import Encoder
from judge.backends.ray_cluster import Cluster
from judge.backends.ray_pool import Block, Pool
from judge.backends.ray_worker import Prompt
from judge.backends.snapshot import Snapshot, locate
from judge.errors import BackendError, ConfigError
from judge.ports import LEAVES, REFUSED, Passage, Prepared, Sent
from judge.records import Reply, Request, Turn

INSTALL = "Ray is not installed; pip install 'judge[ray]', and vLLM where the workers are"
_HOPELESS = 8  # different prompts that are refused, and none ever answered: it is no fault of theirs
P = TypeVar("P", bound=Sent)
_resident: dict[str, Pool] = {}  # one at a time, for all of a process's jobs


def connect(
    *,
    model: str,
    revision: str | None = None,
    engine: Mapping[str, object] | None = None,
    chat: Mapping[str, object] | None = None,
    chat_template: str | None = None,
    too_long: Literal["unscored", "cut"] = "unscored",
    address: str | None = None,
    workers: int = 1,
    resources: Mapping[str, float] | None = None,
    accelerator_type: str | None = None,
    block: int = 256,
    patience: float = 300,
    why: str = "asked for by backend=ray",
) -> "Ray":
    """
    Find the model and load its tokenizer; Ray and the engines follow with the first question.

    Args:
        model: folder, or hub name in the local cache; every node needs it under the same name.
        revision: of a hub model; None takes the one that is here.
        engine: passed to `vllm.LLM` as it is; one worker's GPUs are all on one node.
        chat: for the chat template.
        chat_template: a file that replaces the model's own template.
        too_long: what becomes of a row that does not fit: `unscored`, or `cut` in the middle.
        address: of a cluster: `auto`, or HOST:PORT; None for a Ray of our own.
        workers: engines, each on GPUs of its own.
        resources: that one worker takes; None for a core, and a GPU for each of tensor_parallel_size.
        accelerator_type: kind of GPU, by Ray's name, e.g. H100.
        block: questions sent at a time, and what is left of the last one's row, at most as many again.
        patience: seconds that a cluster may take to have room for all workers.
        why: how this backend came to be chosen.

    Raises:
        BackendError: Ray or the model is missing.
        ConfigError: a number makes no sense.
    """
    if importlib.util.find_spec("ray") is None:
        raise BackendError(INSTALL)
    for name, value in (("workers", workers), ("block", block)):
        if value < 1:
            raise ConfigError(f"backend.{name}={value}: at least 1 was expected")
    snapshot, settings = locate(model, revision), dict(engine or {})
    kind = {f"accelerator_type:{accelerator_type}": 0.001} if accelerator_type else {}
    return Ray(
        snapshot=snapshot,
        revision=revision,
        settings=settings,
        encoder=vllm.encoder(snapshot, settings, chat=chat, chat_template=chat_template, too_long=too_long),
        cluster=Cluster(
            address=address,
            workers=workers,
            resources={**(resources or {"CPU": 1, "GPU": _gpus(settings)}), **kind},
            block=block,
            patience=patience,
        ),
        why=why,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ray:
    """Answers on workers that the first of a process's jobs starts, and all of them share."""

    snapshot: Snapshot
    revision: str | None
    settings: Mapping[str, object]
    encoder: Encoder
    cluster: Cluster
    why: str
    name: str = "ray"

    @property
    def prefix_cache(self) -> bool:
        """Unless it was switched off."""
        return self.settings.get("enable_prefix_caching") is not False

    def describe(self) -> Mapping[str, object]:
        """Model, revision, dtype, quantization, the versions of Ray and of the workers' vLLM, and the settings."""
        pool = _resident.get(_name(self))
        loaded = pool.about if pool else {}
        return {
            "engine": "ray",
            "engine_version": importlib.metadata.version("ray"),
            "vllm": loaded.get("vllm"),
            "workers": self.cluster.workers,
            "model": self.snapshot.name,
            "revision": self.snapshot.revision,
            "dtype": loaded.get("dtype") or self.snapshot.dtype(str(self.settings.get("dtype", "auto"))),
            "quantization": self.settings.get("quantization"),
            "settings": dict(self.settings),
            **({"egress": f"{LEAVES}, for the cluster at {self.cluster.address}"} if self.cluster.address else {}),
        }

    def prepare(self, request: Request) -> Prepared:
        """Token ids and key, the same as of `vllm`."""
        return self.encoder.prepare(request)

    def answer(self, asked: Iterable[Prepared]) -> Iterator[Sequence[tuple[Prepared, Reply]]]:
        """Keep all workers busy and yield each block as it comes back."""
        return self._run(
            asked,
            lambda sent: terms.question(sent, self.encoder),
            lambda sent, said: terms.reply(sent, said, self.encoder),
        )

    def passage(self, before: Sequence[Turn], answer: str) -> Passage:
        """Token ids, key and where the answer begins."""
        return self.encoder.passage(before, answer)

    def measure(self, asked: Iterable[Passage]) -> Iterator[Sequence[tuple[Passage, Reply]]]:
        """As `answer`; each passage costs a generated token too."""
        return self._run(asked, lambda _: terms.reading(), terms.measured)

    def _run(
        self, asked: Iterable[P], ask: Callable[[P], terms.Terms], read: Callable[[P, terms.Heard], Reply]
    ) -> Iterator[Sequence[tuple[P, Reply]]]:
        def block() -> Block[P] | None:
            sent = next(blocks, None)
            return Block(sent=sent, prompts=[_prompt(one, ask(one)) for one in sent]) if sent else None

        blocks, pool, refused = _blocks(asked, self.cluster.block), _pool(self), set[str]()
        with _ended_with_its_workers(_name(self), pool):
            for whole, said in pool.run(block):
                both = list(zip(whole.sent, said, strict=True))
                pool.answered |= any(isinstance(one, terms.Heard) for one in said)
                refused |= {sent.key for sent, one in both if isinstance(one, str)}
                if not pool.answered and len(refused) >= _HOPELESS:
                    raise BackendError(f"vLLM on Ray refuses what it is asked: {said[0]}")
                yield [(sent, _refusal(one) if isinstance(one, str) else read(sent, one)) for sent, one in both]


def _blocks(asked: Iterable[P], size: int) -> Iterator[list[P]]:
    """Consecutive questions, `size` or more: what is left of a row goes with it, which no other worker has cached."""
    sent: list[P] = []
    row: str | None = None
    for one in asked:
        before, row = row, one.request.row if isinstance(one, Prepared) else None
        if len(sent) >= size and (row is None or row != before or len(sent) >= 2 * size):
            yield sent
            sent = []
        sent.append(one)
    if sent:
        yield sent


def _refusal(why: str) -> Reply:
    return Reply(text=f"vLLM refused it: {why}", stop=REFUSED)


@contextlib.contextmanager
def _ended_with_its_workers(name: str, pool: Pool) -> Iterator[None]:
    """A pool whose workers are dead would fail all later jobs of a sweep: the next one starts its own."""
    try:
        yield
    except BackendError:
        if pool.dead:
            _resident.pop(name, None)
            with contextlib.suppress(Exception):  # its cluster may be gone too
                pool.end()
        raise


def _prompt(sent: Sent, asked: terms.Terms) -> Prompt:
    begins = sent.begins if isinstance(sent, Passage) else 0
    return array("I", [int(i) for i in sent.payload]), asked, begins


def _gpus(settings: Mapping[str, object]) -> int:
    sizes = [settings.get(name, 1) for name in ("tensor_parallel_size", "pipeline_parallel_size")]
    return math.prod(size for size in sizes if isinstance(size, int))


def _name(judge: Ray) -> str:
    cluster = judge.cluster
    told = [str(judge.snapshot.path), judge.snapshot.revision, dict(judge.settings)]
    return digest.of([*told, cluster.address, cluster.workers, dict(cluster.resources)])


def _pool(judge: Ray) -> Pool:
    """The process's workers, started on first use; those of other settings end first."""
    name = _name(judge)
    if name not in _resident:
        ray_cluster.join(judge.cluster)
        while _resident:
            _resident.popitem()[1].end()
        told = {"model": judge.snapshot.name, "revision": judge.revision, "same": judge.snapshot.revision}
        _resident[name] = ray_pool.start(judge.cluster, {**told, "settings": dict(judge.settings)})
    return _resident[name]
