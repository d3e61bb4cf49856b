"""
The peak memory of a whole audit by the real command line, beside the size of its file.

A set is made of the sentences of one support set, as in `cost.py`, and audited without a judge and by the scripted one
with one, two and four rubrics. Each audit is a process of its own, as peak memory is a process's.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from cost import FILE, rows

RUBRICS = ("factual", "instruction", "tone", "format")
TIMES, BESIDE = 2.5, 1e9  # the limit: so many times the file's size, and so many bytes
MB = 1e6


def measured(arguments: list[str], folder: Path) -> tuple[float, float]:
    """Peak resident bytes of one run, and seconds of processor; a run that fails ends the benchmark."""
    words = [sys.executable, "-m", "judge", "run", *arguments, "quiet=true", f"hydra.run.dir={folder / 'run'}"]
    child = os.posix_spawn(sys.executable, words, os.environ)
    _, status, used = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"memory: {' '.join(words)} ended with {os.waitstatus_to_exitcode(status)}")
    return used.ru_maxrss * 1024.0, used.ru_utime + used.ru_stime


def main() -> int:
    """One line an audit."""
    parser = argparse.ArgumentParser(description="Peak memory of an audit, beside the size of its file.")
    parser.add_argument("--data", type=Path, required=True, help=f"folder with {FILE}")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rubrics", type=int, nargs="*", default=[0, 1, 2, 4], help="0: no judge")
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", help="more keys of the runs")
    args = parser.parse_args()
    print("| rows | rubrics | file, MB | peak, MB | limit, MB | of the limit | CPU, s |")
    print("|--:|--:|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as made:
        file = Path(made) / "rows.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows(args.data / FILE, args.rows)), "utf-8")
        size = file.stat().st_size
        limit = TIMES * size + BESIDE
        for many in args.rubrics:
            chosen = ["backend=none"] if not many else ["backend=scripted", *(f"~rubrics.{r}" for r in RUBRICS[many:])]
            with tempfile.TemporaryDirectory() as folder:
                wanted = [
                    "+dataset=local",
                    f"dataset.path={file}",
                    f"store={folder}/replies.sqlite",
                    *chosen,
                    *args.set,
                ]
                peak, seconds = measured(wanted, Path(folder))
            figures = f"{size / MB:.0f} | {peak / MB:,.0f} | {limit / MB:,.0f} | {peak / limit:.2f} | {seconds:,.0f}"
            print(f"| {args.rows:,} | {many or 'no judge'} | {figures} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
