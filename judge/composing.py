"""
What Hydra is told before it composes a configuration: types, resolvers, and that the user's `conf/` comes first.

Nothing of a run is imported here: `run --help` waits for Hydra alone.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.plugins import Plugins
from hydra.plugins.search_path_plugin import SearchPathPlugin
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from judge import assets, text
from judge.errors import ConfigError
from judge.schema import Config

_OPEN = tuple("dataset.columns. dataset.files. signals.weights. backend.engine. backend.chat. embedder.engine.".split())


def register() -> None:
    """Tell Hydra our types, our resolvers, and that the user's `conf/` comes first."""
    ConfigStore.instance().store(name="schema", node=Config)
    OmegaConf.register_new_resolver("stem", lambda path: Path(path).resolve().name.split(".")[0], replace=True)
    OmegaConf.register_new_resolver("packaged", lambda path: str(assets.PACKAGED / path), replace=True)
    OmegaConf.register_new_resolver("run_name", _run_name, replace=True)
    Plugins.instance().register(_UserFolder)


def opened(arguments: Sequence[str]) -> list[str]:
    """
    Let `dataset.columns.prompt=q` and its like stand without a `+`.

    Hydra takes a new key for a mistake. In these mappings the keys are the user's, or an engine's, and whoever reads
    them refuses what does not exist.
    """
    return [f"++{argument}" if argument.startswith(_OPEN) else argument for argument in arguments]


def check_launcher(settings: Any) -> None:  # noqa: ANN401 - Hydra's own configuration
    """
    Hydra hands jobs to a launcher in a sweep alone; elsewhere it would be left out without a word.

    Raises:
        ConfigError: one was chosen for a single run.
    """
    if settings.mode is RunMode.RUN and not str(settings.launcher["_target_"]).endswith(".BasicLauncher"):
        raise ConfigError("a launcher takes the jobs of a sweep: add -m, or leave the launcher (experiment=slurm) out")


class _UserFolder(SearchPathPlugin):
    """`conf/` in the current folder, ahead of the packaged one, which has the name `main` here."""

    def manipulate_search_path(self, search_path: Any) -> None:  # noqa: ANN401 - Hydra's own type is untyped here
        if own := assets.user_folder():
            search_path.prepend("user", str(own), anchor="main")


def _run_name(*, _root_: DictConfig) -> str:
    try:
        name = str(OmegaConf.select(_root_, "dataset.name"))
    except (OmegaConfBaseException, AttributeError):  # no data set, or one without a path
        name = "None"
    return text.folder(name)
