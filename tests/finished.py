"""Folders of finished runs, written by hand, as `judge compare` reads them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from judge.rates import wilson

KINDS = ("changed_number", "cut_off", "off_tone", "swapped_answer")


def copies(number: int, caught: set[int] | Sequence[int], *, reader: str = "fused", above: float = 0.4) -> list[Any]:
    """Give `number` lines of selftest.jsonl; those in `caught` stand on top of the list, the others at `above`."""
    return [
        {
            "kind": KINDS[n % len(KINDS)],
            "rubric": "factual",
            "source": f"r{n}",
            "turn": 2,
            "digest": f"sha256:{n}",
            "because": "“1” became “2”",
            "read": True,
            "above": {reader: 0.0 if n in caught else above, **({"judge": 0.1} if reader == "fused" else {})},
            "caught": {reader: n in caught, **({"judge": n % 2 == 0} if reader == "fused" else {})},
        }
        for n in range(number)
    ]


def rows(order: Sequence[str], budget: int = 2, unranked: Sequence[str] = ()) -> pd.DataFrame:
    """Give the table of a run that ranks its rows in this order, and could not rank some."""
    names = sorted([*order, *unranked])
    rank = {name: n for n, name in enumerate(order, start=1)}
    return pd.DataFrame(
        {
            "example_id": names,
            "digest": [f"sha256:{name}" for name in names],
            "status": "judged",
            "rank": pd.array([rank.get(name) for name in names], dtype="Int64"),
            "suspicion": [1 - rank[name] / 1000 if name in rank else None for name in names],
            "within_budget": [name in rank and rank[name] <= budget for name in names],
        }
    )


def manifest(tests: Sequence[Mapping[str, Any]], **changes: Any) -> dict[str, Any]:
    """Give a manifest as far as it is read; `changes` replace whole keys, but for `config`, which they add to."""
    reader = "fused"
    share = wilson(1, 20)
    told: dict[str, Any] = {
        "judge": {"backend": "scripted", "model": "by_digest"},
        "accounting": {"rows": 9, "judged": 9, "unscored": {}, "not_sampled": 0, "rejected": 0},
        "data": {"name": "shop", "digest": "sha256:data"},
        "wording": {"rubric_set": "standard"},
        "cost": {
            "scores": {
                "needed": 10,
                "asked": 10,
                "reused": 0,
                "prompt_tokens": 900,
                "cached_tokens": 100,
                "generated_tokens": 10,
                "seconds": 1.0,
            }
        },
        "seconds": {"load": 0.5, "judge": 2.25},
        "versions": {"judge": "0.1.0"},
        "selftest": {
            "why": "weights fitted" if tests else "9 rows are too few",
            "copies": len(tests),
            "false_alarms": {reader: {"found": 1, "of": 20, "low": share.low, "high": share.high}} if tests else {},
        },
    }
    told.update({key: value for key, value in changes.items() if key != "config"})
    told["config"] = {"review_budget": 0.05, "store": "runs/a.sqlite", **changes.get("config", {})}
    told["config"].setdefault("rubrics", {"tone": {"question": told["wording"]["rubric_set"]}})
    return told


def write(folder: Path, tests: Sequence[Mapping[str, Any]], table: pd.DataFrame, **changes: Any) -> Path:
    """Write a run's folder."""
    folder.mkdir(parents=True)
    table.to_parquet(folder / "examples.parquet", index=False)
    text = "".join(json.dumps(line) + "\n" for line in tests)
    (folder / "selftest.jsonl").write_text(text, encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps(manifest(tests, **changes)), encoding="utf-8")
    return folder
