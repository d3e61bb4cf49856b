"""What the backends that hold weights share: making an encoder for a snapshot, and reading probabilities."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from judge.backends.chat import Encoder
from judge.backends.snapshot import Snapshot
from judge.errors import BackendError
from judge.ports import MEAN, Passage
from judge.records import Reply


def encoder(
    snapshot: Snapshot,
    *,
    engine: str,
    dtype: str,
    settings: Mapping[str, object],
    grammar: object = None,
    limit: int,
    chat: Mapping[str, object],
    chat_template: Path | None,
    cut: bool,
) -> Encoder:
    """
    Load the tokenizer and say who answers: engine, model, resolved revision, dtype, other settings, decoding.

    Raises:
        BackendError: the tokenizer or the template cannot be read.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(snapshot.path)
        if chat_template is not None:
            tokenizer.chat_template = chat_template.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise BackendError(f"{snapshot.path}: the tokenizer cannot be loaded: {str(error).splitlines()[0]}") from error
    identity = {
        "engine": engine,
        "model": snapshot.revision,
        # what `auto` becomes is the engine's decision, so it is another judge than the same type by name
        "dtype": f"auto from {snapshot.dtype(dtype)}" if dtype == "auto" else dtype,
        "settings": dict(settings),
        "decoding": "greedy",
    }
    return Encoder(tokenizer, template_kwargs=chat, identity=identity, grammar=grammar, limit=limit, cut=cut)


def label_logprobs(by_id: Mapping[int, float], ids: Mapping[str, tuple[int, ...]]) -> dict[str, float]:
    """Natural log-probability of each label: the sum over the tokens that can stand for it."""
    return {label: _log_sum([by_id[i] for i in group if i in by_id]) for label, group in ids.items()}


def best(logprobs: Mapping[str, float]) -> str:
    """The most probable label; the first of equals."""
    return max(logprobs, key=lambda label: logprobs[label])


def measured(passage: Passage, logprobs: Sequence[float], *, generated: int = 0) -> Reply:
    """The reply to a passage: of its answer's log-probabilities, one a token, only the mean is kept."""
    mean = {MEAN: math.fsum(logprobs) / len(logprobs)} if logprobs else {}
    return Reply(text="", logprobs=mean, prompt_tokens=passage.tokens, generated_tokens=generated)


def _log_sum(values: list[float]) -> float:
    top = max(values, default=-math.inf)
    return top if math.isinf(top) else top + math.log(math.fsum(math.exp(x - top) for x in values))
