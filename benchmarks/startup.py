"""
How long help takes, beside `import hydra`.

Each command is a process of its own; rounds go through all of them in turn, so that whatever else the machine does
falls on all alike. Time is that of the process on its processors, and wall time; medians.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

BARE = "import hydra"
ASKED = ("--help", "--version", "review --help", "compare --help", "clean --help", "doctor --help", "run --help")


def spent(arguments: list[str]) -> tuple[float, float]:
    """Seconds of the processors and of the clock that a Python process takes."""
    before, started = os.times(), time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after, ended = os.times(), time.perf_counter()
    own = after.children_user - before.children_user + after.children_system - before.children_system
    return own, ended - started


def main() -> int:
    """One line a command."""
    parser = argparse.ArgumentParser(description="How long help takes, beside import hydra.")
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    commands = {BARE: ["-c", BARE], **{words: ["-m", "judge", *words.split()] for words in ASKED}}
    seen: dict[str, list[tuple[float, float]]] = {words: [] for words in commands}
    for one in range(rounds + 1):
        for words, arguments in commands.items():
            figures = spent(arguments)
            if one:  # the first round fills the machine's caches
                seen[words].append(figures)
    medians = {
        words: [statistics.median(figures) for figures in zip(*found, strict=True)] for words, found in seen.items()
    }
    print("| command | processor, ms | clock, ms | ratio (clock) |")
    print("|---|--:|--:|--:|")
    for words, (own, clock) in medians.items():
        name = f'`python -c "{words}"`' if words == BARE else f"`python -m judge {words}`"
        print(f"| {name} | {1_000 * own:.0f} | {1_000 * clock:.0f} | {clock / medians[BARE][1]:.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
