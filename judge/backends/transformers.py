"""
The small reference: transformers, on CPU, Apple silicon or a GPU. Slow, plain, and easy to trust.

A score is one batched forward pass; the labels' log-probabilities are read off the last position. How likely a given
answer is takes one pass for each.
"""

import importlib.metadata
import importlib.util
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from judge.backends import readout
from judge.backends.chat import Encoder
from judge.backends.snapshot import Snapshot, locate
from judge.errors import BackendError
from judge.ports import Passage, Prepared
from judge.records import Reply, Request, Turn

INSTALL = "torch and transformers are not installed; pip install 'judge[transformers]', or backend=none"


def connect(
    *,
    model: str,
    revision: str | None = None,
    device: str = "auto",
    dtype: str = "auto",
    batch_size: int = 8,
    max_model_len: int | None = None,
    chat: Mapping[str, object] | None = None,
    chat_template: str | None = None,
    too_long: Literal["unscored", "cut"] = "unscored",
) -> "Transformers":
    """
    Find the model and load its tokenizer; the weights follow with the first question.

    Args:
        model: folder, or hub name in the local cache.
        revision: of a hub model; None takes the one that is here.
        device: `auto`, `cpu`, `cuda` or `mps`.
        dtype: `auto` for the model's own, or `float32`, `bfloat16`, ...
        batch_size: prompts in one forward pass.
        max_model_len: tokens of prompt and answer; None for what the model was made for.
        chat: for the chat template.
        chat_template: a file that replaces the model's own template.
        too_long: what becomes of a row that does not fit: `unscored`, or `cut` in the middle.

    Raises:
        BackendError: torch, transformers or the model is missing.
    """
    if importlib.util.find_spec("torch") is None or importlib.util.find_spec("transformers") is None:
        raise BackendError(INSTALL)
    if batch_size < 1:
        raise BackendError(f"backend.batch_size={batch_size}: at least 1 was expected")
    snapshot = locate(model, revision)
    return Transformers(
        snapshot=snapshot,
        device=device,
        dtype=snapshot.dtype(dtype),
        batch_size=batch_size,
        encoder=readout.encoder(
            snapshot,
            engine="transformers",
            dtype=dtype,
            settings={},
            limit=max_model_len or snapshot.context() or 8192,
            chat=chat or {},
            chat_template=Path(chat_template) if chat_template else None,
            cut=too_long == "cut",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Transformers:
    """Answers batch by batch; the model stays loaded for the process."""

    snapshot: Snapshot
    device: str
    dtype: str
    batch_size: int
    encoder: Encoder
    name: str = "transformers"
    why: str = "asked for by backend=transformers"
    prefix_cache: bool = False

    def describe(self) -> Mapping[str, object]:
        """Model, revision, dtype, device and library version."""
        return {
            "engine": "transformers",
            "engine_version": importlib.metadata.version("transformers"),
            "model": self.snapshot.name,
            "revision": self.snapshot.revision,
            "dtype": self.dtype,
            "quantization": None,
            "settings": {"device": self.device, "batch_size": self.batch_size},
        }

    def prepare(self, request: Request) -> Prepared:
        """Token ids and key."""
        return self.encoder.prepare(request)

    def answer(self, asked: Iterable[Prepared]) -> Iterator[Sequence[tuple[Prepared, Reply]]]:
        """Scores go through one forward pass a batch; texts are generated one by one."""
        source = iter(asked)
        while batch := list(itertools.islice(source, self.batch_size)):
            labelled = [p for p in batch if p.request.labels]
            with _errors():
                replies = self._scores(labelled) if labelled else []
                replies += [(p, self._text(p)) for p in batch if not p.request.labels]
            yield replies

    def passage(self, before: Sequence[Turn], answer: str) -> Passage:
        """Token ids, key and where the answer begins."""
        return self.encoder.passage(before, answer)

    def measure(self, asked: Iterable[Passage]) -> Iterator[Sequence[tuple[Passage, Reply]]]:
        """One by one: the answers' mean log-probabilities."""
        for passage in asked:
            with _errors():
                reply = self._measured(passage)
            yield [(passage, reply)]

    def _measured(self, passage: Passage) -> Reply:
        import torch

        model, device = _model(self.snapshot.path, self.device, self.dtype)
        ids = torch.tensor([[int(i) for i in passage.payload]], device=device)
        said = ids[0, passage.begins :]
        with torch.inference_mode():  # each position speaks of the next token
            logits = model(input_ids=ids, logits_to_keep=len(said) + 1).logits[0, :-1]
        chosen = torch.log_softmax(logits.float(), dim=-1).gather(1, said[:, None])[:, 0]
        return readout.measured(passage, chosen.tolist())

    def _scores(self, batch: Sequence[Prepared]) -> list[tuple[Prepared, Reply]]:
        import torch

        model, device = _model(self.snapshot.path, self.device, self.dtype)
        longest = max(p.tokens for p in batch)
        # padded on the left, so that every prompt's last token is in the last column
        ids = torch.tensor([[0] * (longest - p.tokens) + [int(i) for i in p.payload] for p in batch], device=device)
        mask = torch.tensor([[0] * (longest - p.tokens) + [1] * p.tokens for p in batch], device=device)
        places = (mask.cumsum(dim=1) - 1).clamp(min=0)
        with torch.inference_mode():
            logits = model(input_ids=ids, attention_mask=mask, position_ids=places, logits_to_keep=1).logits[:, -1]
        rows = torch.log_softmax(logits.float(), dim=-1).cpu()
        return [(p, self._reply(p, row)) for p, row in zip(batch, rows, strict=True)]

    def _reply(self, prepared: Prepared, row: Any) -> Reply:  # noqa: ANN401 - torch is not imported for its types
        ids = self.encoder.label_ids(prepared.request)
        by_id = {i: float(row[i]) for group in ids.values() for i in group}
        logprobs = readout.label_logprobs(by_id, ids)
        return Reply(
            text=readout.best(logprobs),
            logprobs=logprobs,
            stop="length",
            prompt_tokens=prepared.tokens,
            generated_tokens=1,
        )

    def _text(self, prepared: Prepared) -> Reply:
        import torch

        model, device = _model(self.snapshot.path, self.device, self.dtype)
        ids = torch.tensor([[int(i) for i in prepared.payload]], device=device)
        with torch.inference_mode():
            said = model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=prepared.request.max_tokens,
                do_sample=False,
            )[0, ids.shape[1] :]
        return Reply(
            text=self.encoder.decode(said.tolist()),
            stop="length" if len(said) >= prepared.request.max_tokens else "stop",
            prompt_tokens=prepared.tokens,
            generated_tokens=len(said),
        )


@lru_cache(maxsize=1)
def _model(path: Path, device: str, dtype: str) -> tuple[Any, str]:
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(path, dtype=dtype)
    if device == "auto":
        mps = torch.backends.mps.is_available()
        device = "cuda" if torch.cuda.is_available() else "mps" if mps else "cpu"
    return model.to(device).eval(), device


@contextmanager
def _errors() -> Iterator[None]:
    """The one place where torch's and transformers' errors become ours."""
    try:
        yield
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        said = (str(error).strip() or type(error).__name__).splitlines()[-1][:300]
        raise BackendError(f"transformers: {said}; try backend.device=cpu or a smaller backend.batch_size") from error
