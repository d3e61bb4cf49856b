"""A sentence-transformers model, in this process; its memory is given back when the vectors are there."""

import gc
import importlib.metadata
import importlib.util
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from judge.backends.snapshot import Snapshot, locate, offline
from judge.embedders.distinct import checked, remembered
from judge.errors import BackendError, ConfigError

if TYPE_CHECKING:  # numpy is imported when there is something to embed
    from judge.embedders.distinct import Floats

INSTALL = "sentence-transformers is not installed; pip install 'judge[sentence-transformers]', or embedder=hashed"
_ROUND = 16  # batches given to the model at a time, which sorts their texts by length


def connect(
    *,
    model: str,
    revision: str | None = None,
    floor: float = 0.5,
    prompt: str = "",
    device: str = "auto",
    batch_size: int = 64,
    max_tokens: int = 512,
) -> "SentenceTransformers":
    """
    Find the model; it is loaded when there is something to embed.

    Args:
        model: folder, or hub name in the local cache.
        revision: of a hub model; None takes the one that is here.
        floor: least joint cosine from which two rows may ask the same.
        prompt: put before every text, for models that want one.
        device: `auto`, `cpu`, `cuda` or `mps`.
        batch_size: texts in one forward pass.
        max_tokens: of a text; longer ones are cut at their end, sooner where the model was made for less.

    Raises:
        ConfigError: a setting is out of its range.
        BackendError: sentence-transformers or the model is missing.
    """
    for key, number in (("batch_size", batch_size), ("max_tokens", max_tokens)):
        if number < 1:
            raise ConfigError(f"embedder.{key}={number}: at least 1 was expected")
    if importlib.util.find_spec("sentence_transformers") is None:
        raise BackendError(INSTALL)
    return SentenceTransformers(
        floor=checked(floor),
        snapshot=locate(model, revision, key="embedder.model", instead="embedder=hashed, which has none", modular=True),
        prompt=prompt,
        device=device,
        batch_size=batch_size,
        max_tokens=max_tokens,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceTransformers:
    """Embeds prompts and answers alike."""

    floor: float
    snapshot: Snapshot
    prompt: str
    device: str
    batch_size: int
    max_tokens: int
    name: str = "sentence_transformers"
    dims: dict[str, int] = field(default_factory=dict)  # known once the model was loaded

    def describe(self) -> Mapping[str, object]:
        """Model, revision, dimensions (once something was embedded), prompt and the library's version."""
        return {
            "engine": "sentence_transformers",
            "engine_version": importlib.metadata.version("sentence-transformers"),
            "model": self.snapshot.name,
            "revision": self.snapshot.revision,
            "dims": self.dims.get("dims"),
            "prompt": self.prompt,
            "max_tokens": self.max_tokens,
        }

    def embed(
        self, prompts: Sequence[str], answers: Sequence[str], step: Callable[[int], None]
    ) -> tuple["Floats", "Floats"]:
        """
        Load the model, embed, let go of it.

        Returns:
            Two read-only arrays of shape (texts, dimensions), float32, rows of unit length, or zero for blank texts.

        Raises:
            BackendError: the model cannot be loaded, or fails.
        """
        identity = {"revision": self.snapshot.revision, "prompt": self.prompt, "max_tokens": self.max_tokens}
        return remembered(identity, prompts, answers, self._encode, step)

    def _encode(self, texts: Sequence[str]) -> Iterator["Floats"]:
        with _errors(), _loaded(self.snapshot, self.device) as model:
            own = getattr(model, "max_seq_length", None)
            if isinstance(own, int) and own > self.max_tokens:
                model.max_seq_length = self.max_tokens
            size = self.batch_size * _ROUND
            for start in range(0, len(texts), size):
                rows = model.encode(
                    texts[start : start + size],
                    prompt=self.prompt or None,
                    batch_size=self.batch_size,
                    normalize_embeddings=True,
                    convert_to_numpy=True,
                    show_progress_bar=False,
                )
                self.dims["dims"] = rows.shape[1]
                yield rows.astype("float32", copy=False)


@contextmanager
def _loaded(snapshot: Snapshot, device: str) -> Iterator[Any]:
    """The model; afterwards its memory is free again, for the judge."""
    offline()
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    model = SentenceTransformer(
        str(snapshot.path), device=None if device == "auto" else device, local_files_only=True
    ).eval()
    try:
        yield model
    finally:
        del model
        gc.collect()
        if torch.cuda.is_initialized():
            torch.cuda.empty_cache()


@contextmanager
def _errors() -> Iterator[None]:
    """The one place where the library's errors become ours."""
    try:
        yield
    except (ImportError, OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
        said = (str(error).strip() or type(error).__name__).splitlines()[-1][:300]
        raise BackendError(
            f"sentence-transformers: {said}; try embedder.device=cpu or a smaller embedder.batch_size"
        ) from error
