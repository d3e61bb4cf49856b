"""
What thirty nights of merges cost: questions asked and bytes kept each night, by the scripted judge.

A support set begins with 500 rows. Each night 30 come, 3 are edited and 3 go. A night is to ask as much on the
thirtieth as on the second, though the set has grown threefold; beside it stands what an audit without a store would
ask. At the end the folders of all but the last five nights go, and what only they needed is pruned.
"""

import argparse
import json
import os
import shutil
import tempfile
from contextlib import chdir
from pathlib import Path
from statistics import mean

from judge import inbox
from judge.__main__ import main as judge

FILE = "bitext_clean_dev.jsonl"
FIRST, COMING, EDITED, GONE = 500, 30, 3, 3
STORE = Path("runs/replies.sqlite")


def night(number: int, rows: list[str]) -> tuple[int, int]:
    """Audit these rows; questions needed and questions asked."""
    path = Path(f"set{number}.jsonl")
    path.write_text("".join(rows), encoding="utf-8")
    folder = f"runs/set/{number:03}"
    words = ["+dataset=local", f"dataset.path={path}", "dataset.name=set", "backend=scripted", "quiet=true"]
    if judge(["run", *words, f"hydra.run.dir={folder}"]):
        raise SystemExit(f"night {number} failed")
    cost = inbox.load(Path(folder)).manifest["cost"].values()
    return sum(round_["needed"] for round_ in cost), sum(round_["asked"] for round_ in cost)


def size() -> float:
    """Megabytes of the store, its log included."""
    return sum(path.stat().st_size for path in Path("runs").glob("replies.sqlite*")) / 1e6


def main() -> None:
    """Print a line a night, then how the last ten compare with the first ten."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/bench"), help="folder with the support rows")
    parser.add_argument("--nights", type=int, default=30)
    wanted = parser.parse_args()
    lines = (wanted.data / FILE).read_text(encoding="utf-8").splitlines(keepends=True)
    rows, coming = lines[:FIRST], iter(lines[FIRST:])
    asked: list[int] = []
    print(f"{'night':>5} {'rows':>6} {'needed':>8} {'asked':>7} {'MB':>7}")
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        for number in range(wanted.nights + 1):
            if number:
                for at in range(EDITED):
                    row = json.loads(rows[at])
                    rows[at] = json.dumps({**row, "response": f"{row['response']} ({number})"}) + "\n"
                rows = [
                    *rows[: EDITED + number],
                    *rows[EDITED + number + GONE :],
                    *(next(coming) for _ in range(COMING)),
                ]
            needed, new = night(number, rows)
            asked.append(new)
            print(f"{number:>5} {len(rows):>6,} {needed:>8,} {new:>7,} {size():>7.2f}", flush=True)
        first, last = mean(asked[1:11]), mean(asked[-10:])
        print(f"a night asks {first:,.0f} at first (nights 1 to 10) and {last:,.0f} at the end: {last / first:.2f} x")
        for gone in range(wanted.nights - 4):
            shutil.rmtree(f"runs/set/{gone:03}")
        judge(["store", "--prune", "--keep-days=0"])
        print(f"{os.path.getsize(STORE) / 1e6:.2f} MB after pruning")  # noqa: PTH202


if __name__ == "__main__":
    main()
