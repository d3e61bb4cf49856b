"""Where a model lies on this machine, and exactly which one it is. Offline always: nothing here can download."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from judge import digest
from judge.errors import BackendError

OFFLINE: Mapping[str, str] = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
}
_SAMPLES, _SAMPLE_BYTES = 64, 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """
    A model's files.

    Attributes:
        name: as the user wrote it.
        revision: the hub's commit, or a digest of the files of a plain folder.
        config: the model's `config.json`.
    """

    name: str
    path: Path
    revision: str
    config: Mapping[str, object]

    def dtype(self, asked: str) -> str:
        """`auto` as the model's own dtype; anything else as it is."""
        own = self.config.get("dtype") or self.config.get("torch_dtype") or "auto"
        return str(own) if asked == "auto" else asked

    def context(self) -> int:
        """Positions the model was made for; 0 where its config does not say."""
        text = self.config.get("text_config")
        nested = text.get("max_position_embeddings") if isinstance(text, dict) else None
        found = self.config.get("max_position_embeddings") or nested
        return found if isinstance(found, int) else 0


def offline() -> None:
    """Close the ways out. Must run before vllm, transformers or huggingface_hub are imported."""
    os.environ.update(OFFLINE)


def locate(
    model: str,
    revision: str | None,
    *,
    key: str = "backend.model",
    instead: str = "backend=none to rank without a judge",
    modular: bool = False,
) -> Snapshot:
    """
    Find a model by folder or by hub name in the local cache.

    Args:
        model: the folder or the name.
        revision: of a hub model; None takes the one that is here.
        key: the setting that names the model, for messages.
        instead: what else could be done, likewise.
        modular: whether it may be one of sentence-transformers, whose parts lie in folders of their own.

    Raises:
        BackendError: it is not here; the message holds the command that brings it.
    """
    offline()
    path = Path(model).expanduser()
    if path.is_dir():
        found, commit = path, None
    else:
        found, commit = _cached(model, revision, f"set {key}=FOLDER, or {instead}", "**/" if modular else "")
    config = found / "config.json"
    if not config.is_file() and not (modular and (found / "modules.json").is_file()):
        raise BackendError(f"{found} holds no config.json, so it is no model; set {key}=FOLDER or a hub name")
    return Snapshot(
        name=model,
        path=found,
        revision=commit or _folder_digest(found, "**/*" if modular else "*"),
        config=json.loads(config.read_text(encoding="utf-8")) if config.is_file() else {},
    )


def _cached(model: str, revision: str | None, otherwise: str, where: str) -> tuple[Path, str]:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    command = f"hf download {model}" + (f" --revision {revision}" if revision else "")
    missing = BackendError(f"model {model} is not on this machine; bring it once with: {command} (or {otherwise})")
    try:
        path = Path(snapshot_download(model, revision=revision, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise missing from error
    if not any(path.glob(f"{where}*.safetensors")) and not any(path.glob(f"{where}*.bin")):
        raise missing
    return path, path.name


def _folder_digest(folder: Path, files: str) -> str:
    """Digest of names, sizes and evenly spaced samples of each file: weights of 16 GB in well under a second."""
    parts = []
    for file in sorted(p for p in folder.glob(files) if p.is_file()):
        size = file.stat().st_size
        with file.open("rb") as stream:
            if size <= _SAMPLES * _SAMPLE_BYTES:
                sampled = stream.read()
            else:
                pieces = []
                for n in range(_SAMPLES):
                    stream.seek(n * (size - _SAMPLE_BYTES) // (_SAMPLES - 1))
                    pieces.append(stream.read(_SAMPLE_BYTES))
                sampled = b"".join(pieces)
        parts.append([file.relative_to(folder).as_posix(), size, digest.of_bytes(sampled)])
    return digest.of(parts)
