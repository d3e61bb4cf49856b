"""
What embedders share: each distinct text costs once, and what a model made of a set is kept for the next job of a sweep.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from judge import digest
from judge.errors import ConfigError

if TYPE_CHECKING:  # numpy is imported when there is something to embed
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

_last: dict[str, "Floats"] = {}  # of one set of texts: the jobs of a sweep have the same


def checked(floor: float) -> float:
    """
    The setting `embedder.floor`.

    Raises:
        ConfigError: it is no cosine in [0, 1].
    """
    if isinstance(floor, bool) or not isinstance(floor, int | float) or not 0 <= floor <= 1:
        raise ConfigError(f"embedder.floor={floor}: a cosine in [0, 1] was expected")
    return float(floor)


def each(
    texts: Sequence[str],
    encode: Callable[[Sequence[str]], Iterable["Floats"]],
    step: Callable[[int], None],
    dims: int = 1,
) -> "Floats":
    """
    Embed each distinct text once: equal texts get bit-equal vectors.

    Args:
        texts: may hold anything; halves of characters are replaced.
        encode: takes distinct texts that are not blank, yields their vectors in that order, some at a time.
        step: told how many of `texts` were done.
        dims: width of the result where no text has to be encoded.

    Returns:
        Shape (texts, dimensions), float32, rows of unit length, or zero for blank texts.
    """
    import numpy as np

    places: dict[str, int] = {}
    at = np.fromiter((places.setdefault(t, len(places)) if t.strip() else -1 for t in texts), np.intp, len(texts))
    times = np.bincount(at[at >= 0], minlength=len(places))
    if blank := int((at < 0).sum()):
        step(blank)
    vectors, done = np.zeros((1, dims), np.float32), 0
    batches = encode([t.encode(errors="replace").decode() for t in places]) if places else ()
    for batch in batches:
        if not done:  # the last row is what blank texts get
            vectors = np.zeros((len(places) + 1, batch.shape[1]), np.float32)
        end = done + len(batch)
        vectors[done:end] = unit(batch)
        step(int(times[done:end].sum()))
        done = end
    return vectors[:-1] if len(places) == len(texts) else vectors[at]  # no copy where all are distinct


def remembered(
    identity: Mapping[str, object],
    prompts: Sequence[str],
    answers: Sequence[str],
    encode: Callable[[Sequence[str]], Iterable["Floats"]],
    step: Callable[[int], None],
) -> tuple["Floats", "Floats"]:
    """
    Prompts and answers, embedded alike by a model: as `each`, or what the same model gave for the same texts last time.

    So a sweep loads the model once, before its judge fills the machine's memory.
    """
    texts = [*prompts, *answers]
    key = digest.of([dict(identity), texts])
    if key in _last:
        step(len(texts))
    else:
        _last.clear()
        _last[key] = each(texts, encode, step)
        _last[key].flags.writeable = False
    return _last[key][: len(prompts)], _last[key][len(prompts) :]


def unit(rows: "Floats") -> "Floats":
    """Rows brought to unit length; zero rows stay."""
    import numpy as np

    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64))[:, None]
    scaled: Floats = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0, casting="unsafe")
    return scaled
