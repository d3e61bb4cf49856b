"""
What findings cost: seconds and memory of everything that needs no judge, beside TF-IDF over the same text.

Sets of growing size are made of the rows of one support set: within an intent, sentences of several answers are put
together and prompts get another number, another politeness or a slip, so that no two rows need be alike. Each size is
a process of its own, as peak memory is a process's; TF-IDF and findings are timed in that same process.
"""

import argparse
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from random import Random

from sklearn.feature_extraction.text import TfidfVectorizer

from judge import contradictions, screening, selftest, sources, wiring

FILE = "bitext_clean_dev.jsonl"
SIZES = (10_000, 30_000, 100_000)
_OPENERS = ("", "", "", "hi, ", "hello ", "please help: ", "good day, ", "um, ", "quick one: ")


def rows(path: Path, count: int) -> list[dict[str, str]]:
    """Make `count` support rows of the sentences and prompts of the file."""
    draw = Random(0)  # noqa: S311 - a seeded draw
    kinds: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for line in path.read_text("utf-8").strip().split("\n"):
        row = json.loads(line)
        kinds[row["intent"]].append(row)
    names = sorted(kinds)
    made = []
    for at in range(count):
        kind = kinds[names[at % len(names)]]
        one, two, asked = draw.choice(kind), draw.choice(kind), draw.choice(kind)["prompt"].split()
        first, second = (re.split(r"(?<=[.!?]) |\n+", row["response"]) for row in (one, two))
        cut, other = draw.randrange(1, len(first) + 1), draw.randrange(len(second) + 1)
        number = f"{draw.randrange(10**7):07d}"
        asked = [number if re.fullmatch(r"#?[0-9]{4,}", word) else word for word in asked]
        if len(asked) > 3 and draw.random() < 0.3:  # noqa: PLR2004 - a short prompt keeps its words
            del asked[draw.randrange(len(asked))]
        prompt = draw.choice(_OPENERS) + " ".join(asked)
        made.append({"id": f"r{at}", "prompt": prompt, "response": "\n".join([*first[:cut], *second[other:]])})
    return made


def measure(path: Path, count: int) -> dict[str, float]:
    """Seconds of TF-IDF and of all findings, and peak memory in MB, for one size."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows(path, count)), "utf-8")
        chosen = ["+dataset=local", f"dataset.path={file}", "backend=none", "quiet=true", f"store={folder}/s.sqlite"]
        parts = wiring.build(wiring.compose(chosen), rubric_set="standard", out=Path(folder))
        examples = sources.load(parts.dataset).examples
        texts = ["\n".join(turn.content for turn in example.turns) for example in examples]
        laps = [time.perf_counter()]
        TfidfVectorizer().fit_transform(texts)
        laps.append(time.perf_counter())
        corpus, planted = screening.gather(parts, examples)
        findings = screening.find(parts, corpus)
        laps.append(time.perf_counter())
        looked = contradictions.look(parts, corpus)
        laps.append(time.perf_counter())
        selftest.run(parts, screening.sort(corpus, planted, findings, looked), {}, {})
        laps.append(time.perf_counter())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    names = ("tfidf", "findings", "pairs", "fit")
    spent = {name: end - start for name, (start, end) in zip(names, pairwise(laps), strict=True)}
    return {"rows": count, **spent, "peak_mb": peak}


def main() -> int:
    """One line a size."""
    parser = argparse.ArgumentParser(description="What findings cost, beside TF-IDF over the same text.")
    parser.add_argument("--data", type=Path, required=True, help=f"folder with {FILE}")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure(args.data / FILE, args.one)))
        return 0
    print("| rows | TF-IDF, s | all findings, s | ratio | ms a row | pairs, s | weights, s | peak memory, MB |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|")
    for size in args.sizes:
        command = [sys.executable, __file__, "--data", str(args.data), "--one", str(size)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        ratio, each = found["findings"] / found["tfidf"], 1_000 * found["findings"] / size
        seconds = f"{found['tfidf']:.1f} | {found['findings']:.1f} | {ratio:.1f} | {each:.2f}"
        seconds += f" | {found['pairs']:.1f} | {found['fit']:.1f}"
        print(f"| {size:,} | {seconds} | {found['peak_mb']:,.0f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
