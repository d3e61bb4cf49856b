"""What earlier runs in the same place say of a judge's speed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ENOUGH = 50  # questions from which a speed can be told
_LOOKED_AT = 200  # newest runs
_LATER = {"dtype"}  # what is known of a judge only once it is loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Tokens a second, computed ones, and the run that showed it."""

    tokens: float
    run: Path


def speed(runs: Path, judge: Mapping[str, object]) -> Speed | None:
    """
    The newest run of the very same judge that asked enough to tell.

    Args:
        runs: the folder that holds `<data set>/<time>/manifest.json`; other files in it do not matter.
        judge: model, revision, engine and so on, as the manifest has them.
    """
    same = {name: value for name, value in _plain(judge).items() if name not in _LATER}
    found = sorted(runs.glob("**/manifest.json"), key=lambda path: path.parent.name, reverse=True)
    for path in found[:_LOOKED_AT]:
        told = _read(path)
        if {name: told.get("judge", {}).get(name) for name in same} != same:
            continue
        scores = told.get("cost", {}).get("scores", {})
        if scores.get("asked", 0) >= _ENOUGH and scores.get("seconds"):
            computed = scores["prompt_tokens"] - scores["cached_tokens"] + scores["generated_tokens"]
            return Speed(tokens=computed / scores["seconds"], run=path.parent)
    return None


def _plain(judge: Mapping[str, object]) -> dict[str, Any]:
    """As it would stand in a manifest."""
    plain = json.loads(json.dumps(dict(judge), default=str))
    return plain if isinstance(plain, dict) else {}


def _read(path: Path) -> dict[str, Any]:
    """A manifest, or nothing where it is none."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
