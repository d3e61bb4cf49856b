"""A finished run's parts, made once more from what its manifest holds of its configuration."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from judge import assets, settings, sources, wiring
from judge.console import Terminal
from judge.parts import Gate, Parts
from judge.ports import Backend, NoJudge, Store

_MARK = re.compile(r"(\\*)\$\{")  # what OmegaConf would take for an interpolation, and backslashes before it


def config(manifest: Mapping[str, Any]) -> DictConfig:
    """The configuration of a finished run, which is resolved: a `${` that is left in it is text."""
    return wiring.typed(OmegaConf.create(_literal(manifest["config"])))


def _literal(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {key: _literal(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_literal(inner) for inner in value]
    return _MARK.sub(r"\1\1\\${", value) if isinstance(value, str) else value


def parts(manifest: Mapping[str, Any], out: Path, backend: Backend | NoJudge, store: Store, watched: Terminal) -> Parts:
    """Its parts, with something in the place of its judge and of its store; its gate has no other run to look at."""
    made = wiring.build(
        config(manifest),
        rubric_set=manifest["wording"]["rubric_set"],
        out=out,
        backend=backend,
        store=store,
        night=manifest["run"],
    )
    return replace(made, console=watched, gate=Gate(rules=made.gate.rules))


def judge(manifest: Mapping[str, Any]) -> Backend | NoJudge:
    """Its judge; raises `BackendError` where it cannot be here."""
    return wiring.judge(config(manifest))


def dataset(manifest: Mapping[str, Any]) -> tuple[sources.Spec, str | None]:
    """Its data set as it was described, and the text of the guide, if it had one."""
    told = config(manifest).dataset
    return settings.described(told), assets.read(told.guide, "dataset.guide") if told.guide else None
