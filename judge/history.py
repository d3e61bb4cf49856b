"""What earlier runs in the same place say of a judge's speed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ENOUGH = 50  # questions from which a speed can be told
_LOOKED_AT = 200  # newest runs
_DEPTHS = ("*/*/manifest.json", "sweeps/*/*/manifest.json")
_FIGURES = ("asked", "seconds", "prompt_tokens", "cached_tokens", "generated_tokens")
_LATER = {"dtype"}  # what is known of a judge only once it is loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Tokens a second, computed ones, and the run that showed it."""

    tokens: float
    run: Path


def speed(runs: Path, judge: Mapping[str, object]) -> Speed | None:
    """
    Of the newest runs of the very same judge the one that asked most: starting the engine slows down small ones.

    Args:
        runs: the folder that holds `<data set>/<time>/manifest.json`, and sweeps; other files in it do not matter.
        judge: model, revision, engine and so on, as the manifest has them.
    """
    same = {name: value for name, value in _plain(judge).items() if name not in _LATER}
    found = [path for depth in _DEPTHS for path in runs.glob(depth)]
    found.sort(key=lambda path: (path.stat().st_mtime, str(path)), reverse=True)
    best, most = None, _ENOUGH
    for path in found[:_LOOKED_AT]:
        told = _read(path)
        judged, scores = _table(told, "judge"), _table(_table(told, "cost"), "scores")
        if {name: judged.get(name) for name in same} != same:
            continue
        asked, seconds, *tokens = (scores.get(name) or 0 for name in _FIGURES)
        if asked >= most and seconds:
            prompts, cached, generated = tokens
            best, most = Speed(tokens=(prompts - cached + generated) / seconds, run=path.parent), asked + 1
    return best


def _table(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = told.get(name)
    return part if isinstance(part, dict) else {}


def _plain(judge: Mapping[str, object]) -> dict[str, Any]:
    """As it would stand in a manifest."""
    plain = json.loads(json.dumps(dict(judge), default=str))
    return plain if isinstance(plain, dict) else {}


def _read(path: Path) -> dict[str, Any]:
    """A manifest, or nothing where it is none."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
