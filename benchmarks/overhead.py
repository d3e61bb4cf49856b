"""
What the audit adds to its engine: wall time of asking over that of bare `LLM.generate` on the same token ids.

Both run in one process on one engine, one after the other and in turns, the prefix cache emptied between. Bare is told
the token ids and the sampling, and keeps nothing; asking renders, tokenises, names, looks up, reads and stores each of
the questions. Neither the engine's load nor findings are part of it.
"""

import argparse
import gc
import os
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))  # the tiny judge is the tests' own

import tiny_model  # noqa: E402 - once it can be found

from judge import audit, judging, sources, wiring  # noqa: E402 - likewise
from judge.asking import Slot  # noqa: E402
from judge.backends import vllm  # noqa: E402
from judge.parts import Parts  # noqa: E402
from judge.ports import Prepared  # noqa: E402
from judge.store import ReplyStore  # noqa: E402

if TYPE_CHECKING:
    from vllm import LLM

FILE = "bitext_clean_dev.jsonl"
ENGINE = {"dtype": "float32", "enforce_eager": True, "block_size": 32, "max_model_len": 8192}


def tiny(folder: Path) -> Path:
    """A random judge of half a million parameters, with a tokenizer of its own."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "conf").rglob("*.yaml"))]
    texts += [path.read_text(encoding="utf-8") for path in sorted((ROOT / "prompts").glob("*.j2"))]
    texts += [(ROOT / "data" / name).read_text(encoding="utf-8") for name in ("support_guide.md", "support_v3.jsonl")]
    return tiny_model.make(folder / "tiny", texts)


def parts_of(file: Path, model: Path, folder: Path) -> Parts:
    """What a run of the standard rubrics over a file is made of, with a new store."""
    chosen = ["+dataset=local", f"dataset.path={file}", "backend=vllm", f"backend.model={model}", "quiet=true"]
    chosen += [f"backend.engine.{key}={value}" for key, value in ENGINE.items()]
    config = wiring.compose([*chosen, "max_off_scale=1", f"store={folder / 'replies.sqlite'}", "report=false"])
    return wiring.build(config, rubric_set="standard", out=folder / "out")


def asked(parts: Parts, examples: list[Any]) -> list[Prepared]:
    """Every question, in the order in which the audit asks."""
    backend = parts.backend
    slots = [Slot(example=e, turn=t, rubric=r) for e in examples for t in e.judged for r in parts.rubrics]
    return [backend.prepare(parts.asker.score(s.example, s.turn, s.rubric)) for s in slots]


def bare(engine: "LLM", questions: list[Prepared], params: list[Any]) -> tuple[float, float, int]:
    """Seconds of wall time and of this process's processors, and tokens computed."""
    prompts = [{"prompt_token_ids": list(q.payload)} for q in questions]
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    outputs = engine.generate(prompts, params, use_tqdm=False)
    spent = time.perf_counter() - wall, time.process_time() - cpu
    return *spent, sum(len(o.prompt_token_ids) - (o.num_cached_tokens or 0) + 1 for o in outputs)


def audited(parts: Parts, examples: list[Any], folder: Path) -> tuple[float, float, int]:
    """The same of asking."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        store = ReplyStore(Path(own) / "replies.sqlite")
        recorded, _ = audit._recorded(replace(parts, store=store))  # noqa: SLF001 - as `audit.run` does
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        judged = judging.judge(recorded, examples)
        spent = time.perf_counter() - wall, time.process_time() - cpu
        store.close()
    if judged.tally.asked != judged.tally.needed:
        raise SystemExit(f"only {judged.tally.asked:,} of {judged.tally.needed:,} questions were asked")
    return *spent, judged.tally.computed


def measure(parts: Parts, examples: list[Any], folder: Path, times: int) -> None:
    """Run both in turns, and print medians and their ratio."""
    questions = asked(parts, examples)
    judge = parts.backend
    params = [judge._params(one) for one in questions]  # noqa: SLF001 - the very sampling
    engine = vllm._engine(judge.snapshot, judge.settings)  # noqa: SLF001 - and the very engine
    bare(engine, questions[:256], params[:256])  # what is compiled or read on first use is compiled and read
    found: dict[str, list[tuple[float, float, int]]] = {"bare": [], "asking": []}
    for _ in range(times):
        engine.reset_prefix_cache()
        found["bare"].append(bare(engine, questions, params))
        engine.reset_prefix_cache()
        found["asking"].append(audited(parts, examples, folder))
    block = judge.settings["block_size"]
    print(f"{len(questions):,} questions, {sum(q.tokens for q in questions):,} tokens of prompts, block size {block}")
    print("| | wall, s | wall by turn, s | own CPU, s | tokens computed |\n|--|--:|--|--:|--:|")
    for name, runs in found.items():
        walls, cpus, tokens = zip(*runs, strict=True)
        by_turn = " ".join(f"{wall:.2f}" for wall in walls)
        print(
            f"| {name} | {statistics.median(walls):.2f} | {by_turn} | {statistics.median(cpus):.2f} | {tokens[-1]:,} |"
        )
    ratios = [a[0] / b[0] for a, b in zip(found["asking"], found["bare"], strict=True)]
    whole = statistics.median(r[0] for r in found["asking"]) / statistics.median(r[0] for r in found["bare"])
    print(
        f"ratio of medians {whole:.3f}; by turn {' '.join(f'{r:.3f}' for r in ratios)}; at most 1.10 is the target",
        flush=True,
    )


def main() -> int:
    """Measure on the CPU."""
    parser = argparse.ArgumentParser(description="Wall time of asking over that of bare LLM.generate.")
    parser.add_argument("--data", type=Path, required=True, help=f"folder with {FILE}")
    parser.add_argument("--rows", type=int, default=1_250)
    parser.add_argument("--times", type=int, default=5, help="how often each is run")
    parser.add_argument("--model", type=Path, help="a snapshot; without it, a tiny random one")
    args = parser.parse_args()
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        parts = parts_of(args.data / FILE, args.model or tiny(folder), folder)
        measure(parts, list(islice(sources.load(parts.dataset).examples, args.rows)), folder, args.times)
    return 0


if __name__ == "__main__":
    sys.exit(main())
