"""
What finding candidate pairs costs, beside TF-IDF over the same text, and which contradictions it does not miss.

Cost: sets of growing size as `cost.py` makes them, each in a process of its own. Recall: contradictions are put into
the support rows themselves, under the prompt of the row they contradict, under that prompt in other words by rule, and
under the prompt that another row of the same intent has for it, sharing few words. Merges: a tenth more rows.
"""

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import cost
from sklearn.feature_extraction.text import TfidfVectorizer

from judge import planting, sources, wiring
from judge.corpus import Corpus, Guest
from judge.embedders import hashed
from judge.language.prose import words
from judge.pairs import candidates
from judge.planting import Planted
from judge.records import Example, content_digest

SIZES = (10_000, 100_000, 300_000)
MERGES = (15_000, 100_000)
PLANTED = 500  # of each kind, at most
_SHARED = 0.25  # words that prompts of one intent share at most (Jaccard)
_COLUMNS = (
    *("rows", "TF-IDF, s", "candidates, s", "ratio", "processor, s", "copies, s", "embedding, s", "search, s"),
    *("pairs a row", "recall of the search", "memory before, MB", "peak, MB"),
)
_WAYS = ("same prompt", "other words by rule", "another row's prompt")


@dataclass
class Timed:
    """The default embedder, timed."""

    inner: hashed.Hashed = field(default_factory=hashed.connect)
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """Its name."""
        return self.inner.name

    @property
    def floor(self) -> float:
        """Its floor."""
        return self.inner.floor

    def describe(self) -> dict[str, object]:
        """What it is."""
        return dict(self.inner.describe())

    def embed(self, prompts: Sequence[str], answers: Sequence[str], step: Callable[[int], None]) -> tuple:
        """Embed, and add the time it takes."""
        begun = time.perf_counter()
        found = self.inner.embed(prompts, answers, step)
        self.seconds += time.perf_counter() - begun
        return found


def read(rows: Sequence[dict[str, str]]) -> Sequence[Example]:
    """Rows as the product reads them."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.jsonl"
        kept = ({name: row[name] for name in ("id", "prompt", "response")} for row in rows)
        file.write_text("".join(json.dumps(row) + "\n" for row in kept), "utf-8")
        chosen = ["+dataset=local", f"dataset.path={file}", "backend=none", "quiet=true", f"store={folder}/s.sqlite"]
        parts = wiring.build(wiring.compose(chosen), rubric_set="standard", out=Path(folder))
        return sources.load(parts.dataset).examples


def measure(path: Path, count: int) -> dict[str, float]:
    """Seconds of TF-IDF and of finding candidates, and peak memory in MB, for one size."""
    examples = read(cost.rows(path, count))
    texts = ["\n".join(turn.content for turn in example.turns) for example in examples]
    begun = time.perf_counter()
    TfidfVectorizer().fit_transform(texts)
    tfidf = time.perf_counter() - begun
    begun, worked, embedder, corpus = time.perf_counter(), time.process_time(), Timed(), Corpus(examples)
    _ = corpus.kin
    kin = time.perf_counter() - begun
    before = _peak()
    found = candidates.find(corpus, embedder)
    return {
        "rows": count,
        "tfidf": tfidf,
        "all": time.perf_counter() - begun,
        "worked": time.process_time() - worked,
        "kin": kin,
        "embedding": embedder.seconds,
        "pairs": len(found.left) / count,
        "searched": found.searched or 0.0,
        "before": before,
        "peak": _peak(),
    }


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def merged(path: Path, count: int) -> dict[str, float]:
    """Pairs before and after a tenth more rows are merged in, and how many of two old rows are new."""
    examples = read(cost.rows(path, count + count // 10))
    before, after = (_contents(some) for some in (examples[:count], examples))
    old = {example.digest for example in examples[:count]}
    new = sum(pair <= old for pair in after - before)
    return {"rows": count, "before": len(before), "asked": len(after - before), "after": len(after), "new": new}


def _contents(examples: Sequence[Example]) -> set[frozenset[str]]:
    found = candidates.find(Corpus(examples), hashed.connect())
    pairs = zip(found.left.tolist(), found.right.tolist(), strict=True)
    return {frozenset((examples[left].digest, examples[right].digest)) for left, right in pairs}


def recall(path: Path) -> Iterator[tuple[str, int, int, int, float]]:
    """For each way of planting: how many, how many are pairs, how many the estimate says, and pairs a row."""
    rows = [json.loads(line) for line in path.read_text("utf-8").strip().split("\n")]
    examples = read(rows)
    planters = [kind for kind in planting.discover() if kind.name == "contradiction"]
    copies = planting.plant(Corpus(examples), per_kind=PLANTED, seed=0, planters=planters)
    intents = {row["id"]: row["intent"] for row in rows}
    by_id = {example.id: example for example in examples}
    for way in _WAYS:
        made = [copy for copy in (_under(copy, way, by_id, intents) for copy in copies) if copy]
        among = Corpus([*examples, *(copy.example for copy in made)])
        found = candidates.find(among, hashed.connect())
        pairs = set(zip(found.left.tolist(), found.right.tolist(), strict=True))
        at = {answer.example.id: int(found.copy[answer.at]) for answer in among.own}
        there = sum(tuple(sorted((at[copy.source], at[copy.example.id]))) in pairs for copy in made)
        beside = Corpus(examples, guests=[Guest(example=copy.example) for copy in made])
        guests = [(beside.members + n, (at[copy.source],)) for n, copy in enumerate(made)]
        estimate = candidates.find(beside, hashed.connect(), guests).found
        yield way, len(made), there, estimate, len(found.left) / among.members


def _under(copy: Planted, way: str, by_id: dict[str, Example], intents: dict[str, str]) -> Planted | None:
    """A planted answer under another prompt."""
    source = by_id[copy.source]
    asked = source.turns[0].content
    if way == "another row's prompt":
        mine = set(words(asked))
        others = [by_id[name].turns[0].content for name, kind in intents.items() if kind == intents[copy.source]]
        others = [text for text in others if len(mine & set(words(text))) <= _SHARED * len(mine | set(words(text)))]
        if not others:
            return None
        asked = Random(copy.source).choice(sorted(others))  # noqa: S311 - a seeded draw
    elif way == "other words by rule":
        asked = copy.example.turns[0].content
    turns = (replace(source.turns[0], content=asked), *copy.example.turns[1:])
    return replace(copy, example=replace(copy.example, turns=turns, digest=content_digest(turns, None)))


def main() -> int:
    """One line a size, the growth, and one line a way of planting."""
    parser = argparse.ArgumentParser(description="What finding candidate pairs costs and misses.")
    parser.add_argument("--data", type=Path, required=True, help=f"folder with {cost.FILE}")
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--merges", type=int, nargs="*", default=list(MERGES))
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    path = args.data / cost.FILE
    if args.one:
        print(json.dumps(measure(path, args.one)))
        return 0
    print("| " + " | ".join(_COLUMNS) + " |")
    print("|" + "--:|" * len(_COLUMNS))
    points = []
    idle = {**os.environ, "OMP_WAIT_POLICY": "passive"}  # threads that wait do not count as working
    for size in args.sizes:
        command = [sys.executable, __file__, "--data", str(args.data), "--one", str(size)]
        one = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=idle).stdout)
        points.append((math.log(size), math.log(one["worked"])))
        ratio, rest = one["all"] / one["tfidf"], one["all"] - one["kin"] - one["embedding"]
        seconds = (one["tfidf"], one["all"], ratio, one["worked"], one["kin"], one["embedding"], rest, one["pairs"])
        shown = [f"{size:,}", *(f"{value:.1f}" for value in seconds), f"{one['searched']:.4f}"]
        print("| " + " | ".join([*shown, f"{one['before']:,.0f}", f"{one['peak']:,.0f}"]) + " |", flush=True)
    if len(points) > 1:
        print(f"\nGrowth: processor time goes with rows to the power of {slope(points):.2f}.\n")
    print(
        "| rows before a merge | pairs | pairs after it | of them new | of two old rows | share of all | of the new |"
    )
    print("|" + "--:|" * 7)
    for one in (merged(path, size) for size in args.merges):
        print(
            f"| {one['rows']:,} | {one['before']:,} | {one['after']:,} | {one['asked']:,} | {one['new']:,} "
            f"| {one['new'] / one['after']:.2%} | {one['new'] / one['asked']:.2%} |",
            flush=True,
        )
    print("\n| planted under | planted | pairs | share | share by the estimate | pairs a row |")
    print("|---|--:|--:|--:|--:|--:|")
    for way, planted, there, estimate, each in recall(path):
        print(f"| {way} | {planted} | {there} | {there / planted:.3f} | {estimate / planted:.3f} | {each:.1f} |")
    return 0


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Of the line with the least squares."""
    x, y = (sum(side) / len(points) for side in zip(*points, strict=True))
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)


if __name__ == "__main__":
    sys.exit(main())
