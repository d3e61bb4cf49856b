"""
What a second audit costs: a set is audited, one row in a hundred is changed, and it is audited again.

Both runs are whole audits in one process on one engine, which is loaded before the first; the prefix cache is emptied
between them. Tokens are those that the engine computed, of all questions; wall time is that of everything but loading
the engine and findings, by the stages that the manifests tell.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cost
import overhead

from judge import audit, wiring
from judge.__main__ import prepare
from judge.backends import vllm

WITHOUT = ("findings", "weights")  # stages that are no part of the comparison: what findings are, and are worth


def write(path: Path, rows: list[dict[str, str]]) -> None:
    """One a line."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def changed(rows: list[dict[str, str]], share: float) -> list[dict[str, str]]:
    """The same with a sentence more in the answers of this share of them, at even steps."""
    step = round(1 / share)
    return [{**r, "response": r["response"] + f"\nNote {n}."} if n % step == 0 else r for n, r in enumerate(rows)]


def run(file: Path, model: Path, folder: Path, name: str, more: list[str]) -> Mapping[str, Any]:
    """One audit; its manifest."""
    chosen = ["+dataset=local", f"dataset.path={file}", "backend=vllm", f"backend.model={model}", "quiet=true"]
    chosen += [f"backend.engine.{key}={value}" for key, value in overhead.ENGINE.items()]
    chosen += ["max_off_scale=1", f"store={folder / 'replies.sqlite'}", "report=false", "protocol=score", *more]
    parts = wiring.build(wiring.compose(chosen), rubric_set="standard", out=folder / name)
    judge = parts.backend
    engine = vllm._engine(judge.snapshot, judge.settings)  # noqa: SLF001 - loaded now, so that no stage holds it
    engine.reset_prefix_cache()
    audit.run(parts)
    parts.store.close()
    manifest: Mapping[str, Any] = json.loads((folder / name / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def told(manifest: Mapping[str, Any]) -> tuple[int, float, float, int, int]:
    """Tokens computed, seconds that count, those of asking about rows, and questions asked and answered before."""
    costs = [one for one in manifest["cost"].values() if isinstance(one, dict)]
    computed = sum(one["prompt_tokens"] - one["cached_tokens"] + one["generated_tokens"] for one in costs)
    seconds = sum(lap for stage, lap in manifest["seconds"].items() if stage not in WITHOUT)
    asked, reused = (sum(one[name] for one in costs) for name in ("asked", "reused"))
    return computed, seconds, manifest["seconds"]["judge"], asked, reused


def main() -> int:
    """Both runs and their ratios."""
    parser = argparse.ArgumentParser(description="Tokens and wall time of auditing a set again with 1 % changed.")
    parser.add_argument("--data", type=Path, required=True, help=f"folder with {cost.FILE}")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--share", type=float, default=0.01, help="of the rows that change")
    parser.add_argument("--model", type=Path, help="a snapshot; without it, a tiny random one")
    parser.add_argument("--set", nargs="*", default=[], help="more settings of the runs, e.g. pairs.budget=0")
    args = parser.parse_args()
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
    prepare()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        model = args.model or overhead.tiny(folder)
        rows = cost.rows(args.data / cost.FILE, args.rows)
        file = folder / "rows.jsonl"
        found = []
        for name, some in (("first", rows), ("again", changed(rows, args.share))):
            write(file, some)
            manifest = run(file, model, folder, name, args.set)
            found.append(told(manifest))
            print(f"{name}: {json.dumps(manifest['seconds'])}", flush=True)
    print(f"{args.rows:,} rows, {args.share:.0%} of them changed")
    print("| | tokens computed | wall, s | of it asking about rows, s | asked | answered before |")
    print("|--|--:|--:|--:|--:|--:|")
    for name, (computed, wall, asking, asked, reused) in zip(("first run", "again"), found, strict=True):
        print(f"| {name} | {computed:,} | {wall:.1f} | {asking:.1f} | {asked:,} | {reused:,} |")
    (tokens, wall, asking, *_), (tokens_2, wall_2, asking_2, *_) = found
    print(f"| ratio | {tokens_2 / tokens:.2%} | {wall_2 / wall:.2%} | {asking_2 / asking:.2%} | | |")
    print("targets: tokens 3 %, wall 5 %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
