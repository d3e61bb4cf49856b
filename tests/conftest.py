"""What several test files need: engines where they are installed, and the tiny models they run."""

import gc
import importlib.util
import os
from collections.abc import Callable, Generator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import tiny_model
from hypothesis import settings

from judge.backends import vllm

ROOT = Path(__file__).resolve().parent.parent
# all cores have tests to run, and models are tiny: threads that wait for each other cost more than they compute
os.environ.setdefault("OMP_NUM_THREADS", "1")
# a core with much to do may be slow at any single example; with engines all is said a second time, and shorter
AGAIN = os.environ.get("JUDGE_REQUIRE_ENGINE") == "1"
settings.register_profile("busy", deadline=None, max_examples=30 if AGAIN else 100)
settings.load_profile("busy")
gc.set_threshold(100_000, 50, 50)  # a tenth of the time went into looking for cycles among what the tests keep
# the engine core in this process: it loads in 3 s instead of 20; the sweep test uses vLLM's default, a child process
IN_PROCESS = {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",  # two engines at once would be bound to the same core
    "TORCHDYNAMO_DISABLE": "1",  # compiling one small function takes longer than all that it is called for
}
ENGINE = {
    "dtype": "float32",
    "enforce_eager": True,
    "block_size": 32,
    "max_model_len": 8192,
    "distributed_executor_backend": "uni",
    "structured_outputs_config": {"backend": "xgrammar", "disable_any_whitespace": True},
}
_apart: list[dict[str, Any]] = []


def need(*packages: str) -> None:
    """Skip where an optional engine is missing; fail under JUDGE_REQUIRE_ENGINE=1, where it must not be."""
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing and os.environ.get("JUDGE_REQUIRE_ENGINE") == "1":
        pytest.fail(f"JUDGE_REQUIRE_ENGINE=1, but {', '.join(missing)} is not installed")
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot of a random judge of half a million parameters."""
    need("torch", "transformers")
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "conf").rglob("*.yaml"))]
    texts += [(ROOT / "data" / name).read_text(encoding="utf-8") for name in ("support_guide.md", "support_v3.jsonl")]
    texts += [path.read_text(encoding="utf-8") for path in sorted((ROOT / "prompts").glob("*.j2"))]
    return tiny_model.make(tmp_path_factory.mktemp("tiny"), texts)


@pytest.fixture
def engine_apart(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """
    Where a test's own engine in this process is kept, beside the one that other tests share; empty at first.

    It is kept until the process ends: what vLLM clears up with an engine, whenever Python finds it, others stand on.
    """
    _apart.append({})
    monkeypatch.setattr(vllm, "_resident", _apart[-1])
    return _apart[-1]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A headless browser for a file's tests; ``browser.page`` opens a page that is watched."""
    from browser import launch

    with launch() as browser:
        yield browser


@pytest.fixture(scope="session")
def engine_environment() -> Iterator[None]:
    """Tell vLLM to run its CPU build, its core inside this process."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in IN_PROCESS.items():
            patch.setenv(name, value)
        yield


def pytest_xdist_auto_num_workers() -> int:
    """One process per core, and one more with engines, as these are waited for."""
    return min((os.cpu_count() or 1) + AGAIN, 4)


LONG = ("engine", "readme", "choosing", "cli", "selftest", "resume", "story", "habits", "contradictions_merge")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest come first, so that no core is idle while one of them comes to its end."""
    order = {f"test_{name}.py": place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where the engines are required, a skip is a failure."""
    report = yield
    if report.skipped and os.environ.get("JUDGE_REQUIRE_ENGINE") == "1":
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and JUDGE_REQUIRE_ENGINE=1 forbids that: {report.longrepr}"
    return report


@pytest.fixture
def measured(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Take a figure that the test run prints at its end."""
    return partial(record_property, "measured")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured, in whichever process it was."""
    for report in terminalreporter.getreports("passed"):
        for name, line in report.user_properties:
            if name == "measured":
                terminalreporter.write_line(f"measured: {line}")
