"""
What a GPU makes of the judge: token work at its block size, rows and verdicts a second, and whether scores are true.

No weights are downloaded: a model is a shape, its weights are drawn on the device. It says nothing worth reading, and
costs what a trained one of its shape costs. `--shape tiny` runs anywhere, on vLLM's CPU build as well, as a rehearsal.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parent.parent))
import overhead
import tokens
from weights import draw

from judge import sources
from judge.backends import vllm
from judge.records import Request

SHAPES: Mapping[str, Mapping[str, int]] = {
    "tiny": {},
    "1b": {
        "hidden_size": 2048,
        "intermediate_size": 8192,
        "num_hidden_layers": 16,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "vocab_size": 128_256,
    },
    "8b": {
        "hidden_size": 4096,
        "intermediate_size": 12_288,
        "num_hidden_layers": 36,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "vocab_size": 151_936,
    },
}
RATIONALE = 150  # tokens that the peer writes before each of its grades
CHECKED = 16  # prompts whose scores are held against the whole vocabulary's
TOLERANCE = {"float32": 1e-3, "bfloat16": 5e-2}  # of a natural log-probability


def shape(name: str, folder: Path) -> Path:
    """Make a folder with a tokenizer and a config of this shape; all but the tiny one have no weights in it."""
    tokens.tiny(folder)
    if wanted := SHAPES[name]:
        path = folder / "config.json"
        config = {**json.loads(path.read_text("utf-8")), **wanted, "dtype": "bfloat16", "tie_word_embeddings": False}
        config.pop("layer_types", None)
        path.write_text(json.dumps(config), "utf-8")
        for weights in folder.glob("*.safetensors"):
            weights.unlink()
    return folder


def check_scores(llm: Any, judge: vllm.Vllm, requests: Sequence[Request], tolerance: float) -> str:  # noqa: ANN401
    """
    Hold forced labels' log-probabilities against those of a run that nothing was forced on.

    Raises:
        SystemExit: they differ by more than `tolerance`, or all labels are alike, so that nothing could differ.
    """
    from vllm import SamplingParams

    prompts = [{"prompt_token_ids": list(judge.prepare(request).payload)} for request in requests]
    ids = [[i for group in judge.encoder.label_ids(request).values() for i in group] for request in requests]
    forced = [
        SamplingParams(max_tokens=1, temperature=0.0, allowed_token_ids=some, logprob_token_ids=some) for some in ids
    ]
    free = SamplingParams(max_tokens=1, temperature=0.0, logprobs=-1)
    found = []
    for params in (forced, free):  # one after the other: in one batch either kind may lose what it asked for
        llm.reset_prefix_cache()
        found.append([output.outputs[0].logprobs[0] for output in llm.generate(prompts, params, use_tqdm=False)])
    pairs = [(one[i].logprob, other[i].logprob) for one, other, some in zip(*found, ids, strict=True) for i in some]
    most = max(abs(one - other) for one, other in pairs)
    said = [one for one, _ in pairs]
    told = f"{len(pairs)} forced log-probabilities from {min(said):.2f} to {max(said):.2f}, at most {most:.1e} off"
    if most > tolerance or max(said) - min(said) < tolerance:
        sys.exit(f"forced and free scores are not the same: {told}, tolerance {tolerance}")
    return told


def peer(requests: Sequence[Request], judge: vllm.Vllm) -> list[dict[str, list[int]]]:
    """One prompt for each row and rubric as absolute grading has them: row first, then the rubric, then words."""
    made = []
    for one in requests:
        name = one.question.split(":")[0].split(",")[0]
        rubric = one.system.split(f"\n{name}: ")[1].split("\n\n")[0]
        system = "You grade an answer by one rubric. Write down what speaks for and against it, then the label."
        asked = Request(system=system, row=one.row, question=f"Rubric\n{rubric}\nFeedback:", max_tokens=RATIONALE)
        made.append({"prompt_token_ids": list(judge.prepare(asked).payload)})
    return made


def timed(llm: Any, prompts: Sequence[Mapping[str, list[int]]], params: Any) -> tuple[float, int, int]:  # noqa: ANN401
    """Seconds, prompt tokens computed and tokens generated, on a cold cache and a warm engine."""
    llm.generate(prompts[:64], params, use_tqdm=False)
    llm.reset_prefix_cache()
    started = time.perf_counter()
    outputs = llm.generate(prompts, params, use_tqdm=False)
    seconds = time.perf_counter() - started
    computed = sum(len(output.prompt_token_ids) - (output.num_cached_tokens or 0) for output in outputs)
    return seconds, computed, sum(len(output.outputs[0].token_ids) for output in outputs)


def speed(llm: Any, judge: vllm.Vllm, requests: Sequence[Request], peers: int) -> None:  # noqa: ANN401
    """Print verdicts a second of the judge and of absolute grading with words, through the same engine."""
    from vllm import SamplingParams

    prepared = [judge.prepare(request) for request in requests]
    ids = [i for group in judge.encoder.label_ids(requests[0]).values() for i in group]
    label = SamplingParams(max_tokens=1, temperature=0.0, allowed_token_ids=ids, logprob_token_ids=ids)
    words = SamplingParams(max_tokens=RATIONALE, min_tokens=RATIONALE, ignore_eos=True, temperature=0.0)
    ours = [{"prompt_token_ids": list(one.payload)} for one in prepared]
    theirs = peer(requests[:peers], judge)
    print("| | verdicts | seconds | verdicts a second | rows a second | prompt tokens computed a verdict | generated |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for name, prompts, params in (("judge", ours, label), ("graded in words", theirs, words)):
        seconds, computed, generated = timed(llm, prompts, params)
        count = len(prompts)
        rows = len({request.row for request in requests[:count]})
        print(
            f"| {name} | {count:,} | {seconds:.1f} | {count / seconds:,.1f} | {rows / seconds:,.1f}"
            f" | {computed / count:.1f} | {generated / count:.0f} |",
            flush=True,
        )


def main() -> int:
    """Check the scores, then count tokens, then take times of the engine and of what the audit adds to it."""
    parser = argparse.ArgumentParser(description="Judge models of random weights on a GPU.")
    parser.add_argument("--data", type=Path, required=True, help=f"folder with {' and '.join(tokens.FILES)}")
    parser.add_argument("--shape", choices=sorted(SHAPES), required=True)
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--peer-rows", type=int, default=200, help="rows that are graded in words as well")
    parser.add_argument("--block", type=int, help="tokens a block of the prefix cache; 16 on a GPU, 32 elsewhere")
    args = parser.parse_args()
    os.environ["VLLM_ALLOW_INSECURE_SERIALIZATION"] = "1"  # weights are drawn by a function of ours, in the engine
    import torch

    on_gpu = torch.cuda.is_available()
    if not on_gpu:
        os.environ.update(tokens.CPU)
    block = args.block or (tokens.GPU_BLOCK if on_gpu else 32)
    shared = {"block_size": block, "max_model_len": 8192, "max_logprobs": -1}
    engine = shared if on_gpu else {**tokens.ENGINE, **shared}
    if SHAPES[args.shape]:
        engine = {**engine, "dtype": "bfloat16", "load_format": "dummy"}
    device = torch.cuda.get_device_name() if on_gpu else "CPU"
    print(f"{device}, torch {torch.__version__}, shape {args.shape}, blocks of {block}, {args.rows:,} rows", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = shape(args.shape, folder / "model")
        judge = vllm.connect(model=str(model), engine=engine)
        llm = vllm._engine(judge.snapshot, judge.settings)  # noqa: SLF001 - the engine that the audit will use
        if SHAPES[args.shape]:
            llm.apply_model(draw)
        rows = tokens.write_rows(args.data, args.rows, folder / "rows.jsonl")
        recorded = tokens.audited(judge, rows, folder, ["protocol=score", "pairs.budget=0"])
        requests = [one.request for one in recorded.sent]
        dtype = str(llm.llm_engine.vllm_config.model_config.dtype).removeprefix("torch.")
        print(check_scores(llm, judge, requests[:: max(1, len(requests) // CHECKED)], TOLERANCE[dtype]), flush=True)
        for one in tokens.lines(recorded, [block], block):
            print(
                f"{one['asked']:,} verdicts, {one['beyond'][block]:.1f} tokens each beyond the limit; the replay says"
                f" {one['computed'][block]:.1f}"
            )
        speed(llm, judge, requests, args.peer_rows * len(requests) // args.rows)
        parts = replace(overhead.parts_of(rows, model, folder), backend=judge)
        overhead.measure(parts, list(sources.load(parts.dataset).examples), folder, times=3)
    return 0


if __name__ == "__main__":
    sys.exit(main())
