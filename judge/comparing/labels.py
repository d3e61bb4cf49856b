"""What tells runs apart, in few words: the settings in which they differ. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_IDLE = {"store", "top", "quiet", "plan"}  # what changes nothing in the list
# a choice, and the settings that come with it
_BRINGS = {"rubric_set": ("rubrics.",), "backend": ("backend.", "model"), "data": ("dataset.", "file")}
_PARTS, _VALUE = 4, 28  # settings named, and characters of a value that are shown
_LONG = 24  # characters of a name that can be said in a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """
    What a run is called.

    Attributes:
        name: short and unique among the runs.
        settings: in what it differs from the others; empty where that is the name.
    """

    name: str
    settings: str


def labels(settings: Sequence[Mapping[str, object]], folders: Sequence[str]) -> list[Label]:
    """
    Name each run by what it differs in, or where that is long or not unique by its folder.

    A word stands alone (`strict`), other values with their key (`review_budget=0.1`). A setting that a chosen rubric
    set, backend or data set explains is not named beside it.

    Args:
        settings: each run's choices and its flattened configuration; values are JSON.
        folders: each run's folder.
    """
    keys = telling(settings)
    told = [", ".join(_part(key, one[key], keys) for key in keys[:_PARTS] if key in one) for one in settings]
    ends = _ends(folders)
    room = max(_LONG, *map(len, ends))
    if all(told) and len(set(told)) == len(told) and max(map(len, told)) <= room:
        return [Label(name=text, settings="") for text in told]
    return [Label(name=name, settings=text) for name, text in zip(ends, told, strict=True)]


def telling(settings: Sequence[Mapping[str, object]]) -> list[str]:
    """Keys of the settings in which runs differ, but for those that another explains, or that change nothing."""
    keys: list[str] = []
    for key in dict.fromkeys(k for one in settings for k in one):
        if _differs(settings, key) and key not in _IDLE and not _explained(settings, key, keys):
            keys.append(key)
    return keys


def flat(config: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """A nested configuration by dotted keys; lists are values."""
    found: dict[str, object] = {}
    for key, value in config.items():
        if isinstance(value, Mapping) and value:
            found.update(flat(value, f"{prefix}{key}."))
        else:
            found[f"{prefix}{key}"] = value
    return found


def _differs(settings: Sequence[Mapping[str, object]], key: str) -> bool:
    return len({_text(one.get(key)) for one in settings}) > 1


def _explained(settings: Sequence[Mapping[str, object]], key: str, named: Sequence[str]) -> bool:
    """Whether it comes with a choice that differs, too, or repeats the value of a setting that is named."""
    values = [_text(one.get(key)) for one in settings]
    for choice, brings in _BRINGS.items():
        if key.startswith(brings) and _differs(settings, choice):
            chosen = [_text(one.get(choice)) for one in settings]
            return len(set(zip(chosen, values, strict=True))) == len(set(chosen))
    plain = all(isinstance(one.get(key), bool) for one in settings)
    return not plain and any(values == [_text(one.get(other)) for one in settings] for other in named)


def _part(key: str, value: object, keys: Sequence[str]) -> str:
    text = " ".join(shown(value).split())
    text = text if len(text) <= _VALUE else text[: _VALUE - 1] + "…"
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z][\w./-]*", text):
        return text
    last = key.rpartition(".")[2]
    return f"{last if sum(k.rpartition('.')[2] == last for k in keys) == 1 else key}={text}"


def shown(value: object) -> str:
    """A value as one would type it on the command line, numbers with three digits."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{','.join(map(shown, value))}]"
    return f"{value:.3g}" if isinstance(value, float) else _text(value)


def _ends(folders: Sequence[str]) -> list[str]:
    """The last parts of the paths, as many as it takes to tell them apart."""
    split = [folder.strip("/").split("/") for folder in folders]
    for n in range(1, max(map(len, split), default=1)):
        ends = ["/".join(parts[-n:]) for parts in split]
        if len(set(ends)) == len(ends):
            return [f"job {end}" if end.isdigit() else end for end in ends]
    return list(folders)


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
