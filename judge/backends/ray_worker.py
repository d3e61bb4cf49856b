"""
One engine in a process of Ray's: it takes blocks of prompts, several at once, and gives each back when it is whole.

It knows nothing of requests and replies: token ids and sampling come in, what the engine said goes out.
"""

import itertools
import os
import queue
import socket
import threading
import traceback
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from judge.backends import terms, vllm
from judge.backends.snapshot import locate
from judge.errors import BackendError

Prompt = tuple[Sequence[int], terms.Terms, int]  # token ids, what is asked, and where an answer to measure begins, or 0
Said = terms.Heard | str  # or why the engine refused the prompt


@dataclass(slots=True, kw_only=True)
class _Block:
    """Prompts that are inside the engine, and who waits for them."""

    number: int
    prompts: Sequence[Prompt]
    done: "Future[list[Said]]"
    said: dict[int, Said] = field(default_factory=dict)

    def keep(self, at: int, said: Said) -> None:
        self.said[at] = said
        if len(self.said) == len(self.prompts):
            self.done.set_result([self.said[n] for n in range(len(self.prompts))])


class Worker:
    """
    The engine, and the thread that feeds and steps it.

    Args:
        model: folder, or hub name in this node's cache.
        revision: of a hub model.
        same: what the model must be, by its resolved revision.
        settings: passed to `vllm.LLM`.

    Raises:
        BackendError: this node has no such model, or another one, or no vLLM, or it does not load.
    """

    def __init__(self, *, model: str, revision: str | None, same: str, settings: Mapping[str, object]) -> None:
        node = socket.gethostname()
        try:
            found = locate(model, revision)
        except BackendError as error:
            raise BackendError(f"node {node}: {error}; every node needs the model under the same name") from error
        if found.revision != same:
            raise BackendError(
                f"node {node}: {model} is not the model that is here, by its {'revision' if revision else 'files'}"
            )
        self._engine = vllm._engine(found, settings).llm_engine  # noqa: SLF001 - the same, in another process
        self._names = itertools.count()
        self._inside: dict[str, tuple[_Block, int]] = {}
        self._inbox: queue.SimpleQueue[_Block | Sequence[int]] = queue.SimpleQueue()
        threading.Thread(target=self._work, daemon=True).start()

    def about(self) -> Mapping[str, str | int]:
        """Who this is: process, node, the engine's version, and the dtype that it runs."""
        version = vllm._version()  # noqa: SLF001 - as above
        dtype = str(self._engine.vllm_config.model_config.dtype).removeprefix("torch.")
        return {"pid": os.getpid(), "node": socket.gethostname(), "vllm": version, "dtype": dtype}

    def answer(self, number: int, prompts: Sequence[Prompt]) -> list[Said]:
        """What the engine said to each prompt; nothing, where the block was dropped."""
        block = _Block(number=number, prompts=prompts, done=Future())
        self._inbox.put(block)
        return block.done.result()

    def drop(self, numbers: Sequence[int]) -> None:
        """Compute no more of these blocks."""
        self._inbox.put(numbers)

    def _work(self) -> None:
        """Keep the engine full. What breaks it ends this process, so that Ray starts another in its place."""
        try:
            while True:
                while not self._inside or not self._inbox.empty():
                    self._take(self._inbox.get())
                for output in self._engine.step():
                    if output.finished:
                        block, at = self._inside.pop(output.request_id)
                        block.keep(at, terms.heard(output, begins=block.prompts[at][2]))
        except BaseException:  # noqa: BLE001 - whatever it was, this engine answers no more
            traceback.print_exc()
            os._exit(1)

    def _take(self, taken: "_Block | Sequence[int]") -> None:
        if not isinstance(taken, _Block):
            self._drop(set(taken))
            return
        from vllm.v1.engine.exceptions import EngineDeadError

        for at, (ids, asked, _) in enumerate(taken.prompts):
            name = str(next(self._names))
            prompt: Any = {"prompt_token_ids": list(ids)}
            try:
                self._engine.add_request(name, prompt, terms.sampling(asked))
            except EngineDeadError:
                raise
            except Exception as error:  # noqa: BLE001 - the prompt's own fault, and no reason to end the others
                taken.keep(at, (str(error).strip() or type(error).__name__).splitlines()[-1][:300])
            else:
                self._inside[name] = (taken, at)

    def _drop(self, numbers: set[int]) -> None:
        dropped = {name: block for name, (block, _) in self._inside.items() if block.number in numbers}
        if dropped:
            self._engine.abort_request(list(dropped))
        for name in dropped:
            del self._inside[name]
        for block in {block.number: block for block in dropped.values()}.values():
            block.done.set_result([])
