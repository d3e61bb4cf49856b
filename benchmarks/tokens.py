"""
Token work: what the engine computes beyond the physical limit, each distinct row once and one token a verdict.

Whole audits run on vLLM's CPU build with a tiny random model, half of the rows from each of two public sets. What they
send is also replayed through a model of the prefix cache, which is held against the engine's own count and then says
what blocks of another size would cost: a GPU's of 16 tokens cannot be had on a CPU.
"""

import argparse
import json
import os
import re
import sys
import tempfile
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from judge import audit, ports, wiring
from judge.backends import vllm
from judge.records import Reply, Request

ROOT = Path(__file__).resolve().parent.parent
FILES = ("alpaca_dev.jsonl", "bitext_clean_dev.jsonl")
LAYOUTS = ("shared", "rubric_first")
PROTOCOLS = ("cascade", "rationale")  # the verdicts of `cascade` are those of `score`: the same requests, the same keys
GUIDE = 1_000  # tokens
WORDS = 32  # room for a rationale: a random judge always fills it
GPU_BLOCK = 16
# the engine core in this process; blocks of 32 tokens are the smallest of the CPU build
CPU = {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "VLLM_CPU_KVCACHE_SPACE": "2",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "TORCHDYNAMO_DISABLE": "1",
}
ENGINE = {
    "dtype": "float32",
    "enforce_eager": True,
    "max_model_len": 8192,
    "distributed_executor_backend": "uni",
    "structured_outputs_config": {"backend": "xgrammar", "disable_any_whitespace": True},
}
_RECORD = re.compile(r'<record(?: n="\d")?>(.*?)</record>', re.DOTALL)


def replay(prompts: Iterable[Sequence[int]], block: int, capacity: int | None = None) -> list[int]:
    """
    Tokens that an engine with a prefix cache computes for each of the prompts, sent one after the other.

    A prompt takes from the cache the whole blocks that it has in common with one before, from its beginning on, but
    never its last token. Blocks are given up oldest first, a prompt's last before its first.

    Args:
        prompts: token ids, in the order in which the engine takes them.
        block: tokens a block.
        capacity: blocks that the cache holds; None for no end.
    """
    kept: OrderedDict[tuple[int, tuple[int, ...]], int] = OrderedDict()  # (parent, tokens) -> name, oldest use first
    names = iter(range(1, sys.maxsize))
    computed = []
    for prompt in prompts:
        path, parent, known = [], 0, 0
        for start in range(0, len(prompt) - block + 1, block):
            place = (parent, tuple(prompt[start : start + block]))
            if place in kept:
                known += known == start and start + block < len(prompt) and block
            else:
                kept[place] = next(names)
            parent = kept[place]
            path.append(place)
        computed.append(len(prompt) - known)
        for place in reversed(path):
            kept.move_to_end(place)
        while capacity is not None and len(kept) > capacity:
            kept.popitem(last=False)
    return computed


@dataclass(slots=True, kw_only=True)
class Recorded:
    """A judge, and what it was sent, in that order, with what it said."""

    judge: vllm.Vllm
    sent: list[ports.Prepared] = field(default_factory=list)
    replies: dict[str, Reply] = field(default_factory=dict)
    name: str = "vllm"
    why: str = "a benchmark"
    prefix_cache: bool = True

    def describe(self) -> Mapping[str, object]:
        """As the judge."""
        return self.judge.describe()

    def prepare(self, request: Request) -> ports.Prepared:
        """As the judge."""
        return self.judge.prepare(request)

    def answer(self, asked: Iterable[ports.Prepared]) -> Iterator[Sequence[tuple[ports.Prepared, Reply]]]:
        """As the judge, noting both ways."""

        def noted() -> Iterator[ports.Prepared]:
            for one in asked:
                self.sent.append(one)
                yield one

        for batch in self.judge.answer(noted()):
            self.replies.update((one.key, reply) for one, reply in batch)
            yield batch


def write_rows(data: Path, count: int, path: Path) -> Path:
    """Draw half of `count` rows from each file, shuffled together, as prompt and response."""
    draw = Random(0)  # noqa: S311 - a seeded draw
    made = []
    for name in FILES:
        rows = [json.loads(line) for line in (data / name).read_text("utf-8").strip().split("\n")]
        for row in draw.sample(rows, count // len(FILES)):
            asked = row.get("prompt") or "\n\n".join(filter(None, (row["instruction"], row["input"])))
            made.append({"id": row["id"], "prompt": asked, "response": row.get("response") or row["output"]})
    draw.shuffle(made)
    path.write_text("".join(json.dumps(row) + "\n" for row in made), "utf-8")
    return path


def write_guide(tokenizer: Any, path: Path) -> Path:  # noqa: ANN401 - transformers ships no types
    """Write the example set's guide, again and again, to `GUIDE` tokens."""
    ids = tokenizer.encode((ROOT / "data" / "support_guide.md").read_text("utf-8") * 20, add_special_tokens=False)
    path.write_text(tokenizer.decode(ids[:GUIDE]), "utf-8")
    return path


def tiny(folder: Path) -> Path:
    """Make the tests' random judge of two layers, its tokenizer trained on what the package ships."""
    sys.path.append(str(ROOT / "tests"))
    import tiny_model  # type: ignore[import-not-found]

    paths = [*sorted((ROOT / "conf").rglob("*.yaml")), ROOT / "data" / "support_guide.md"]
    paths += [ROOT / "data" / "support_v3.jsonl", *sorted((ROOT / "prompts").glob("*.j2"))]
    made: Path = tiny_model.make(folder, [path.read_text("utf-8") for path in paths])
    return made


def audited(judge: vllm.Vllm, rows: Path, folder: Path, settings: Sequence[str]) -> Recorded:
    """Run a whole audit on a cold cache; return what was asked and answered."""
    for engine in vllm._resident.values():  # noqa: SLF001 - the resident engine is ours to empty
        engine.reset_prefix_cache()
    chosen = ["+dataset=local", f"dataset.path={rows}", "backend=none", f"store={folder / 'replies.sqlite'}"]
    chosen += ["selftest=off", "report=false", "quiet=true", "max_off_scale=1", f"rationale_tokens={WORDS}", *settings]
    recorded = Recorded(judge=judge)
    parts = wiring.build(wiring.compose(chosen), rubric_set="standard", out=folder / "run")
    audit.run(replace(parts, backend=recorded))
    return recorded


def kind(request: Request) -> str:
    """Which line of the table a request belongs to."""
    if request.pair:
        return "pairs"
    return "verdicts" if request.labels or "label" in request.schema["properties"] else "rationales"  # type: ignore[index,operator]


def lines(recorded: Recorded, blocks: Sequence[int], own: int) -> list[dict[str, object]]:
    """
    One line for each kind of question.

    `limit` holds each distinct row of the questions once and one token an answer; for rationales no row, as these were
    read before. Words beyond the first token are told apart: they are what was asked for.
    """
    told = {block: replay([one.payload for one in recorded.sent], block) for block in {*blocks, own}}
    kinds = [kind(one.request) for one in recorded.sent]
    found: list[dict[str, object]] = []
    for name in dict.fromkeys(kinds):
        at = [n for n, other in enumerate(kinds) if other == name]
        sent = [recorded.sent[n] for n in at]
        replies = [recorded.replies[one.key] for one in sent]
        records = {text for one in sent for text in _RECORD.findall(one.request.row)} if name != "rationales" else ()
        rows = sum(_tokens(recorded.judge, sent[0].request, f"<record>{text}</record>\n") for text in sorted(records))
        engine = sum(reply.prompt_tokens - reply.cached_tokens for reply in replies)
        replayed = {block: sum(computed[n] for n in at) for block, computed in told.items()}
        found.append(
            {
                "kind": name,
                "asked": len(at),
                "rows": rows,
                "words": sum(reply.generated_tokens for reply in replies) / len(at) - 1,
                "engine": engine,
                "replayed": replayed[own],
                "beyond": {own: (engine - rows) / len(at)},
                "computed": {block: (replayed[block] - rows) / len(at) for block in blocks},
            }
        )
    return found


def _tokens(judge: vllm.Vllm, like: Request, row: str) -> int:
    """Tokens of a row's text alone."""
    bare = judge.prepare(replace(like, row="")).tokens
    return judge.prepare(replace(like, row=row)).tokens - bare


def aligned(recorded: Recorded, block: int) -> float:
    """Mean of what verdicts cost beyond their rows, over all places where the instructions can end in a block."""
    sent = [one for one in recorded.sent if kind(one.request) == "verdicts"]
    rows = {one.request.row: _tokens(recorded.judge, one.request, one.request.row) for one in sent}
    shifted = (sum(replay([[-1] * by + list(one.payload) for one in sent], block)) - by for by in range(block))
    # what stands before is computed once, in the first prompt, but for its last part: that is the point
    return sum(shifted) / block / len(sent) - sum(rows.values()) / len(sent)


def main() -> int:
    """Print a line for each kind of question of each audit."""
    parser = argparse.ArgumentParser(description="Tokens computed beyond the physical limit.")
    parser.add_argument("--data", type=Path, required=True, help=f"folder with {' and '.join(FILES)}")
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--block", type=int, default=32, help="tokens a block of the engine's cache")
    parser.add_argument("--model", type=Path, help="a judge's folder; a tiny random one is made where there is none")
    parser.add_argument("--layouts", nargs="+", choices=LAYOUTS, default=LAYOUTS)
    parser.add_argument("--protocols", nargs="+", choices=PROTOCOLS, default=PROTOCOLS)
    args = parser.parse_args()
    os.environ.update(CPU)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        judge = vllm.connect(
            model=str(args.model or tiny(folder / "tiny")), engine={**ENGINE, "block_size": args.block}
        )
        rows = write_rows(args.data, args.rows, folder / "rows.jsonl")
        guide = write_guide(judge.encoder._tokenizer, folder / "guide.md")  # noqa: SLF001 - its own words, to its own count
        others = [block for block in (GPU_BLOCK, 32, 128) if block != args.block]
        heads = " | ".join(f"by {block}, computed" for block in others)
        print(f"| layout | protocol | guide | asked | how many | by {args.block} | {heads} | words | replay off by |")
        print("|---|---|---|---|--:|--:|" + "--:|" * (len(others) + 2))
        audits = [
            (layout, protocol, with_guide)
            for protocol in args.protocols
            for layout in args.layouts
            for with_guide in (0, 1)
        ]
        for n, (layout, protocol, with_guide) in enumerate(audits):
            settings = [f"layout={layout}", f"protocol={protocol}"]
            settings += [f"dataset.guide={guide}"] if with_guide else []
            recorded = audited(judge, rows, folder / str(n), settings)
            for one in lines(recorded, others, args.block):
                off = one["replayed"] / one["engine"] - 1
                figures = " | ".join(f"{one['computed'][block]:.1f}" for block in others)
                print(
                    f"| {layout} | {protocol} | {with_guide * GUIDE or 'none'} | {one['kind']} | {one['asked']:,}"
                    f" | {one['beyond'][args.block]:.1f} | {figures} | {one['words']:.0f} | {off:.2%} |",
                    flush=True,
                )
            if not n:
                means = ", ".join(f"by {block}: {aligned(recorded, block):.1f}" for block in (GPU_BLOCK, 32))
                print(
                    f"first audit, mean over all places where the instructions may end in a block: {means}",
                    file=sys.stderr,
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
