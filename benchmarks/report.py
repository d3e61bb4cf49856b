"""
How fast the page of 50,000 rows is: its size, when it is first painted, when its list can be used, what a key costs.

    python benchmarks/report.py [--rows 50000] [--page REPORT.html] [--times 3]

An audit of the support rows of data/ with the scripted judge, whose grades mean nothing but fill every column, is
repeated under other ids until there are enough rows, with the details of the first thousand; `--page` measures the
report of a real run instead. The page is opened from disk in headless Chromium (`JUDGE_CHROMIUM`, or the one on the
path) with the network off, each time in a fresh profile. First paint is the browser's `first-contentful-paint`; usable
is when rows stand in the table and every control works; after a second of rest words are typed, each timed from its
event until the frame that shows its rows is painted. While somebody types, the list draws as many rows as a screen
holds, and the rest of its page a quarter of a second after the last key; that is not in the time of a key.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from judge import inbox, remaking, report, reporting, sources

ROOT = Path(__file__).resolve().parent.parent
DETAILS = 1_000  # rows of which a report holds everything
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
WORDS = ("warranty", "refund order", "xylophone", "the")
REST = 1_000  # ms
READY = "html[data-ready]"
USABLE = "performance.getEntriesByName('usable')[0].startTime"
PAINTED = """performance.getEntriesByName('first-contentful-paint')[0]?.startTime"""
# from the input event to the frame in which the count of rows has changed, as the reader sees it
TYPE = """text => new Promise(resolve => {
    const field = document.getElementById('filter-text');
    const start = performance.now();
    const watch = new MutationObserver(() => {
        watch.disconnect();
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
    });
    watch.observe(document.getElementById('count'), { childList: true, characterData: true, subtree: true });
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
})"""


def page(count: int, folder: Path) -> Path:
    """Write a page of that many rows into a folder."""
    command = [sys.executable, "-m", "judge", "run", "+dataset=support_v4", "backend=scripted", "quiet=true"]
    subprocess.run(command, check=True, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)})
    run = inbox.load(max((folder / "runs").rglob("manifest.json")).parent)
    spec, guide = remaking.dataset(run.manifest)
    found = reporting.content(run, sources.load(spec).examples, guide)
    rows, known = found.data["rows"], found.data["run"]["listed"]
    for name in ("line", "source", "status", "suspicion", "asks", "says", "because", "reasons", "groups", "inside"):
        rows[name] = [rows[name][n % known] for n in range(count)]
    rows["id"] = [f"{rows['id'][n % known]}-{n:05d}" for n in range(count)]
    rows["inside"] = [int(n < count // 20) for n in range(count)]
    rows["suspicion"] = [round(1 - n / count, 3) for n in range(count)]
    rows["scores"] = {name: [scores[n % known] for n in range(count)] for name, scores in rows["scores"].items()}
    found.data["run"].update(budget=count // 20, ranked=count, total=count, listed=count)
    details = {str(n): found.detail(n % known) for n in range(min(DETAILS, count))}
    path = folder / "report.html"
    whole = report.page(found.lead, {**found.data, "details": details}, found.charts(), mode="report")
    path.write_text(whole, encoding="utf-8")
    return path


def measure(path: Path, times: int) -> dict[str, list[float]]:
    """Milliseconds of each thing, one value a time."""
    from playwright.sync_api import sync_playwright

    program = os.environ.get("JUDGE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)))
    found: dict[str, list[float]] = {"first paint": [], "usable": [], **{f"key: {word!r}": [] for word in WORDS}}
    with sync_playwright() as driver:
        for _ in range(times):
            browser = driver.chromium.launch(executable_path=program, headless=True, args=list(ARGUMENTS))
            tab = browser.new_context(offline=True, viewport={"width": 1280, "height": 800}).new_page()
            tab.goto(path.resolve().as_uri(), wait_until="commit")
            tab.wait_for_selector(READY, state="attached", timeout=60_000)
            found["usable"].append(tab.evaluate(USABLE))
            found["first paint"].append(tab.evaluate(PAINTED))
            tab.wait_for_timeout(REST)
            for word in WORDS:
                found[f"key: {word!r}"].append(tab.evaluate(TYPE, word))
            browser.close()
    return found


def main() -> int:
    """Print a table."""
    parser = argparse.ArgumentParser(description="How fast the page of many rows is.")
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--page", type=Path, help="a report that is there already")
    parser.add_argument("--times", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = args.page or page(args.rows, Path(folder))
        print(f"file: {path.stat().st_size / 1e6:.1f} MB")
        print("| what | median, ms | all |")
        print("|---|--:|---|")
        for name, values in measure(path, args.times).items():
            print(f"| {name} | {statistics.median(values):.0f} | {', '.join(f'{value:.0f}' for value in values)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
