"""Headless Chromium for tests of pages: one browser a test file, and a watch over all that a page may not do."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from conftest import need

if TYPE_CHECKING:  # Playwright is there only where somebody tests pages
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = (
    "--no-sandbox",  # a container's root may not make one
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # what asks for a name gets no answer, and is recorded
)
LOCAL = ("data:", "blob:", "about:")  # held by the page itself: no request leaves it
VIOLATION = "a policy was violated: "
LISTEN = """
document.addEventListener('securitypolicyviolation', e => console.error(
    '%s' + e.effectiveDirective + ' forbids ' + e.blockedURI + ' at ' + e.sourceFile + ':' + e.lineNumber), true)
""".replace("%s", VIOLATION)


@dataclass(slots=True, kw_only=True)
class Watched:
    """What the pages of one context did so far; up to date after any call that waits for the page.

    ``requests`` holds the address of each request that was not allowed, ``violations`` what a content security policy
    forbade, ``errors`` uncaught errors and what was logged as one, ``dialogs`` each alert, confirm and prompt, and
    ``popups`` the address of each further page that was opened.
    """

    requests: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    popups: list[str] = field(default_factory=list)

    def seen(self) -> list[str]:
        """Everything that a harmless page does not do, one line each."""
        return [*self.requests, *self.violations, *self.errors, *self.dialogs, *self.popups]


def executable() -> str:
    """Where Chromium is: ``JUDGE_CHROMIUM``, or one of its names on the path; skips (or fails) where there is none."""
    found = os.environ.get("JUDGE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        line = "no Chromium on the path (Debian: apt-get install chromium; elsewhere: JUDGE_CHROMIUM=/path/to/it)"
        if os.environ.get("JUDGE_REQUIRE_ENGINE") == "1":
            pytest.fail(f"JUDGE_REQUIRE_ENGINE=1, but there is {line}")
        pytest.skip(line)
    return found


@contextmanager
def launch() -> Iterator["Browser"]:
    """One Chromium, for a module-scoped fixture (``chromium`` in conftest.py is one); never two at once in a process.

    Playwright keeps an event loop on this thread while it runs: ``asyncio.run`` needs another thread meanwhile.
    """
    need("playwright")
    from playwright.sync_api import sync_playwright

    path = executable()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, headless=True, args=list(QUIET))
        yield browser
        browser.close()


@contextmanager
def page(browser: "Browser", *, allowed: tuple[str, ...] = (), **options: Any) -> Iterator[tuple["Page", Watched]]:
    """A page of 1280x800 in a fresh context, and what is seen of it.

    ``allowed`` are beginnings of addresses that may be asked for (``"http://127.0.0.1:8123/"``); a file that is opened
    may always be read, but nothing beside it. ``options`` go to ``browser.new_context``: ``color_scheme="dark"``,
    ``offline=True``, ``viewport``, ``accept_downloads`` ...
    """
    watched = Watched()
    context = browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | options))
    context.add_init_script(LISTEN)
    _watch(context, watched, allowed)
    tab = context.new_page()
    watched.popups.clear()  # the first page is no popup
    try:
        yield tab, watched
    finally:
        context.close()


def _opens_file(request: "Request") -> bool:
    """Whether it is the page itself that is read from a file: a frame or an image beside it is not."""
    from playwright.sync_api import Error

    try:
        return request.url.startswith("file:") and request.is_navigation_request() and not request.frame.parent_frame
    except Error:  # a page that is still being opened has no frame yet
        return True


def _watch(context: "BrowserContext", watched: Watched, allowed: tuple[str, ...]) -> None:
    """Let everything that the context's pages do be written down."""

    def asked(request: "Request") -> None:
        if not request.url.startswith((*LOCAL, *allowed)) and not _opens_file(request):
            watched.requests.append(request.url)

    def logged(message: "ConsoleMessage") -> None:
        if message.text.startswith(VIOLATION):
            watched.violations.append(message.text.removeprefix(VIOLATION))
        elif message.type == "error":
            watched.errors.append(message.text)

    def asks(dialog: "Dialog") -> None:
        watched.dialogs.append(f"{dialog.type}: {dialog.message}")
        dialog.dismiss()

    def opened(tab: "Page") -> None:
        watched.popups.append(tab.url)
        tab.on("websocket", lambda socket: asked_socket(socket.url))

    def asked_socket(url: str) -> None:
        if not url.startswith(allowed):
            watched.requests.append(url)

    context.on("request", asked)
    context.on("console", logged)
    context.on("dialog", asks)
    context.on("weberror", lambda error: watched.errors.append(str(error.error)))
    context.on("page", opened)
