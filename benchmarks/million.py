"""
A million rows: whole audits of growing sets, each in a process of its own, with memory, time and what grows with what.

Rows are those of `cost.py` under running numbers, so that no two have the same content. The judge is the scripted one,
which costs next to nothing: what is measured is everything else. Memory is the peak of the process (wait4); its slope
between two sizes is what a row takes, its text included wherever any of that is held.

    python benchmarks/million.py --data FOLDER                     findings off: one rubric up to a million, four beside
    python benchmarks/million.py --data FOLDER --findings          findings on, as far as --sizes says
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from cost import FILE, rows

SIZES = (100_000, 300_000, 1_000_000)
WITH_FINDINGS = (10_000, 30_000, 100_000)
_BASE = 20_000  # rows that the others are numbered copies of
_ONE = ("~rubrics.instruction", "~rubrics.tone", "~rubrics.format")


def write(path: Path, data: Path, count: int) -> None:
    """A file of so many rows, written row after row."""
    base = rows(data / FILE, min(count, _BASE))
    with path.open("w", encoding="utf-8") as file:
        for n in range(count):
            row = base[n % len(base)]
            told = {"id": f"r{n}", "prompt": f"{row['prompt']} (ticket {n:07d})", "response": row["response"]}
            file.write(json.dumps(told) + "\n")


def audit(path: Path, folder: Path, words: list[str]) -> dict[str, float]:
    """Run one audit as a user does; peak memory, seconds of wall and processor, and those of each stage."""
    out = folder / "run"
    chosen = ["+dataset=local", f"dataset.path={path}", "backend=scripted", "quiet=true", *words]
    chosen += [f"store={folder}/store.sqlite", f"hydra.run.dir={out}"]
    started = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-m", "judge", "run", *chosen])
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(child.returncode)
    told = json.loads((out / "manifest.json").read_text("utf-8"))
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {
        "wall": time.perf_counter() - started,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": peak,
        "file": path.stat().st_size,
        "disk": sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and file != path),
        **{f"s {stage}": seconds for stage, seconds in told["seconds"].items()},
    }


def measure(data: Path, count: int, words: list[str], work: Path | None) -> dict[str, float]:
    """One size, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(dir=work) as name:
        file = Path(name) / "rows.jsonl"
        write(file, data, count)
        return audit(file, Path(name), words)


def series(title: str, data: Path, sizes: list[int], words: list[str], work: Path | None) -> None:
    """Measure and print one line a size, then what grows with what."""
    print(f"\n{title}")
    print(f"{'rows':>9} {'file MB':>8} {'peak MB':>8} {'wall s':>8} {'cpu s':>8} {'us/row':>7} {'disk MB':>8}  stages")
    found = []
    for count in sizes:
        one = measure(data, count, words, work)
        found.append((count, one))
        stages = ", ".join(f"{key[2:]} {value:.0f}" for key, value in one.items() if key.startswith("s "))
        print(
            f"{count:>9,} {one['file'] / 1e6:>8.0f} {one['peak'] / 1e6:>8.0f} {one['wall']:>8.1f} {one['cpu']:>8.1f}"
            f" {one['cpu'] / count * 1e6:>7.0f} {one['disk'] / 1e6:>8.0f}  {stages}",
            flush=True,
        )
    for (few, less), (many, more) in pairwise(found):
        growth = {key: math.log(more[key] / less[key]) / math.log(many / few) for key in ("cpu", "wall")}
        slope = (more["peak"] - less["peak"]) / (many - few)
        print(
            f"{few:,} to {many:,}: time grows as rows to the power of {growth['cpu']:.2f} (processor),"
            f" {growth['wall']:.2f} (wall); memory by {slope:,.0f} bytes a row"
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help=f"folder that holds {FILE}")
    parser.add_argument("--work", type=Path, help="folder on whose disk to work: about 5 GB for a million rows")
    parser.add_argument("--sizes", type=int, nargs="+", help=f"rows; {SIZES}, or {WITH_FINDINGS} with --findings")
    parser.add_argument("--rubrics", type=int, nargs="+", choices=(1, 4), default=(1, 4), help="how many")
    parser.add_argument("--findings", action="store_true", help="with findings")
    parser.add_argument("more", nargs="*", metavar="KEY=VALUE", help="further settings of the run")
    args = parser.parse_intermixed_args()
    sizes = sorted(args.sizes or (WITH_FINDINGS if args.findings else SIZES))
    for many in args.rubrics:
        words = [*(_ONE if many == 1 else ()), f"findings={str(args.findings).lower()}", *args.more]
        shown = sizes if args.sizes or many == 1 else sizes[:2]
        title = f"{many} rubric{'s' if many > 1 else ''}, findings {'on' if args.findings else 'off'}"
        series(" ".join([title, *args.more]), args.data, shown, words, args.work)


if __name__ == "__main__":
    main()
