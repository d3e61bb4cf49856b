"""What is wrong with a configuration, in one line: Hydra's and OmegaConf's errors in words."""

import difflib
import re
from dataclasses import fields

from judge import assets
from judge.schema import Config, DatasetConfig, GateConfig, SignalsConfig

SEVERAL = "+dataset=files dataset.name=NAME dataset.files.SOURCE=FILE"
_CHOSEN = {"local": "+dataset=local dataset.path=FILE", "files": SEVERAL}
_KNOWN = {
    "Key 'rubric' not in 'Config'": "a criterion is added under a name: +rubric@rubrics.NAME=FILE",
    "Could not find 'hydra/launcher/submitit": "the launcher for Slurm is not installed: pip install 'judge[slurm]'",
    "Could not find 'hydra/sweeper/optuna'": "Optuna's sweeper is not installed: pip install 'judge[optuna]'",
}


def in_words(error: Exception) -> str:
    """Hydra's and OmegaConf's errors as one line; a key that does not exist is answered with the one that was meant."""
    text = short(error)
    for group in ("rubric_set", "experiment"):
        if f"Key '{group}' not in 'Config'" in text:
            return f"a file in conf/{group}/ must begin with the line: # @package _global_"
    for sign, known in _KNOWN.items():
        if sign in text:
            return known
    asked = re.search(r"(?:Could not override |Error merging override )'?\+*([\w.@/]+)", text)
    if not asked:
        return text
    key, cause = asked[1], error.__cause__
    if key == "dataset" or (key.startswith("dataset.") and "mandatory value: dataset" in str(cause)):
        return f"no data set is chosen yet; add one of {choices()}"
    if cause and "is not in" not in str(cause) and "not in '" not in str(cause):
        return f"{key}: {short(cause)}"
    near = difflib.get_close_matches(key, _keys(), n=1, cutoff=0.7)
    return f"there is no key {key!r}; " + (
        f"did you mean {near[0]}?" if near else "python -m judge run --help lists all"
    )


def short(error: BaseException) -> str:
    """An error on one line, without what Hydra says of itself."""
    text = " ".join(str(error).split()).removeprefix("In 'config': ")
    return re.split(r" full_key:| Config search path:", text)[0]


def _keys() -> list[str]:
    keys = [f.name for f in fields(Config)]
    keys += [f"dataset.{f.name}" for f in fields(DatasetConfig)]
    keys += [f"gate.{f.name}" for f in fields(GateConfig)]
    return keys + [f"signals.{f.name}" for f in fields(SignalsConfig)]


def choices() -> str:
    """How a data set is chosen here."""
    names = sorted(_files("dataset"), key=lambda name: name == "files")  # the rarest last
    return ", ".join(_CHOSEN.get(name, f"+dataset={name}") for name in names)


def options(group: str) -> str:
    """How one of the group's files is chosen: `backend=auto, none, ... or vllm`."""
    *names, last = _files(group)
    return f"{group}={', '.join(names)} or {last}"


def _files(group: str) -> list[str]:
    folders = [assets.conf(), assets.user_folder()]
    return sorted({file.stem for folder in folders if folder for file in (folder / group).glob("*.yaml")})
