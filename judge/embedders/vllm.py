"""
An embedding model through vLLM's pooling, on this machine.

The engine runs in a process of its own (`vllm_child`), which ends when the vectors are there: a process keeps one
engine for good, and this one's is the judge's. Texts go in and vectors come out through pipes; what the engine logs
goes to a file, which is kept only where it failed.
"""

import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from judge.backends.snapshot import OFFLINE, Snapshot, locate
from judge.embedders.distinct import checked, remembered
from judge.errors import BackendError

if TYPE_CHECKING:  # numpy is imported when there is something to embed
    from judge.embedders.distinct import Floats

INSTALL = "vLLM is not installed; pip install 'judge[vllm]' (on a machine with a GPU), or embedder=hashed"
_PACKAGE = Path(__file__).resolve().parents[2]


def connect(
    *,
    model: str,
    revision: str | None = None,
    floor: float = 0.5,
    prompt: str = "",
    engine: Mapping[str, object] | None = None,
) -> "Vllm":
    """
    Find the model; an engine is started when there is something to embed.

    Args:
        model: folder, or hub name in the local cache.
        revision: of a hub model; None takes the one that is here.
        floor: least joint cosine from which two rows may ask the same.
        prompt: put before every text, for models that want one.
        engine: passed to `vllm.LLM` as it is: max_model_len, gpu_memory_utilization, ...

    Raises:
        ConfigError: the floor is no cosine in [0, 1].
        BackendError: vLLM or the model is missing.
    """
    if importlib.util.find_spec("vllm") is None:
        raise BackendError(INSTALL)
    return Vllm(
        floor=checked(floor),
        snapshot=locate(model, revision, key="embedder.model", instead="embedder=hashed, which has none"),
        prompt=prompt,
        settings=dict(engine or {}),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Vllm:
    """Embeds prompts and answers alike; texts over `max_model_len` are cut at their end."""

    floor: float
    snapshot: Snapshot
    prompt: str
    settings: Mapping[str, object]
    name: str = "vllm"
    seen: dict[str, object] = field(default_factory=dict)  # dimensions and version, known once the engine has run

    def describe(self) -> Mapping[str, object]:
        """Model, revision, prompt and engine settings; dimensions and the engine's version once it has run."""
        return {
            "engine": "vllm",
            "engine_version": self.seen.get("version"),
            "model": self.snapshot.name,
            "revision": self.snapshot.revision,
            "dims": self.seen.get("dims"),
            "prompt": self.prompt,
            "settings": dict(self.settings),
        }

    def embed(
        self, prompts: Sequence[str], answers: Sequence[str], step: Callable[[int], None]
    ) -> tuple["Floats", "Floats"]:
        """
        Start an engine, embed, end it.

        Returns:
            Two read-only arrays of shape (texts, dimensions), float32, rows of unit length, or zero for blank texts.

        Raises:
            BackendError: the engine cannot be started, or fails.
        """
        identity = {"revision": self.snapshot.revision, "prompt": self.prompt, "settings": dict(self.settings)}
        return remembered(identity, prompts, answers, self._encode, step)

    def _encode(self, texts: Sequence[str]) -> Iterator["Floats"]:
        job = {
            "model": str(self.snapshot.path),
            "engine": {"runner": "pooling", **self.settings},
            "texts": [self.prompt + text for text in texts],
        }
        with tempfile.NamedTemporaryFile(prefix="judge-embedder-", suffix=".log", delete=False) as log:
            failed = False
            try:
                yield from self._told(job, log)
            except BackendError:
                failed = True
                raise
            finally:
                if not failed:
                    Path(log.name).unlink()

    def _told(self, job: Mapping[str, object], log: IO[bytes]) -> Iterator["Floats"]:
        """What the child says: vectors, or why there are none."""
        import numpy as np

        with _child(log) as child:
            stdin, stdout = cast("IO[bytes]", child.stdin), cast("IO[bytes]", child.stdout)
            with contextlib.suppress(BrokenPipeError):  # it died; below it is told why
                stdin.write(json.dumps(job).encode() + b"\n")
                stdin.flush()
            for line in stdout:
                told = json.loads(line)
                if "error" in told:
                    raise BackendError(_advice(told["error"], log.name))
                self.seen.update(told)
                size = told["rows"] * told["dims"] * 4
                data = stdout.read(size)
                if len(data) < size:
                    break
                yield np.frombuffer(data, np.float32).reshape(told["rows"], told["dims"])
                if told["left"] == 0:
                    return
            raise BackendError(_advice(f"the process that embeds ended with code {child.wait()}", log.name))


@contextlib.contextmanager
def _child(log: IO[bytes]) -> Iterator["subprocess.Popen[bytes]"]:
    """The process; whatever happens here, it and all that it started are gone afterwards."""
    paths = [str(_PACKAGE), *filter(None, [os.environ.get("PYTHONPATH")])]
    child = subprocess.Popen(
        [sys.executable, "-m", "judge.embedders.vllm_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        env={**os.environ, **OFFLINE, "PYTHONPATH": os.pathsep.join(paths)},
        start_new_session=True,  # a group of its own, so that it can be ended with its own children
    )
    try:
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        for pipe in filter(None, (child.stdin, child.stdout)):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


def _advice(said: str, log: str) -> str:
    hint = "try another embedder.model, or embedder=hashed"
    if "memory" in said.lower():
        hint = "lower embedder.engine.gpu_memory_utilization or embedder.engine.max_model_len"
    return f"vLLM (embedder): {said}; {hint}; the engine's log is {log}"
