"""
The pictures of the README, made anew: `python docs/pictures.py` audits the example set and photographs its pages.

Needs the `dev` extra and a Chromium.
"""

import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

DOCS = Path(__file__).resolve().parent
WIDE, HIGH = 1280, 800
_JUDGE = [sys.executable, "-m", "judge"]
_CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)


def report(page: Page, path: Path) -> None:
    """The head of a report, and a row beside the list."""
    page.goto(path.as_uri())
    page.wait_for_selector("#list tbody tr")
    page.screenshot(path=DOCS / "overview.png")
    page.goto(f"{path.as_uri()}#list")
    page.reload()
    page.locator("#list tbody tr").nth(1).click()
    page.wait_for_timeout(500)
    page.screenshot(path=DOCS / "report.png")


def review(page: Page, folder: Path) -> None:
    """A row at the desk, after three decisions."""
    served = subprocess.Popen(
        [*_JUDGE, "review", "runs/support_v3", "--as", "ana"], cwd=folder, stdout=subprocess.PIPE, text=True
    )
    try:
        assert served.stdout  # noqa: S101 - it is a pipe
        link = next(found[0] for line in served.stdout if (found := re.search(r"http://\S+", line)))
        page.goto(link)
        for key in "rkr":
            page.wait_for_timeout(700)
            page.keyboard.press(key)
        page.wait_for_timeout(700)
        page.screenshot(path=DOCS / "review.png")
    finally:
        served.send_signal(signal.SIGINT)
        served.wait(timeout=30)


def main() -> None:
    """Audit, open, photograph."""
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as play:
        folder = Path(scratch)
        subprocess.run([*_JUDGE, "run", "+dataset=support_v3", "quiet=true"], cwd=folder, check=True)
        browser = play.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDE, "height": HIGH})
        report(page, next(folder.glob("runs/support_v3/*/report.html")))
        review(page, folder)
        browser.close()


if __name__ == "__main__":
    main()
