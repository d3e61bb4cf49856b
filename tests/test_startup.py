"""Help is there at once: nothing heavy is imported before there is work."""

import subprocess
import sys

import pytest

HEAVY = {
    *("numpy", "pandas", "pyarrow", "scipy", "sklearn", "matplotlib", "faiss", "torch", "vllm"),
    *("rich", "starlette", "uvicorn", "jinja2", "httpx"),
}
SCRIPT = """
import sys
from judge.__main__ import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(*sys.modules, file=sys.stderr)
"""


@pytest.mark.parametrize("arguments", ["--help", "--version", "doctor --help", "review --help", "run --help"])
def test_help_imports_nothing_heavy(arguments: str) -> None:
    """Neither arrays, tables and plots nor a page's server; and Hydra where a run is asked about, no sooner."""
    told = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments.split()], capture_output=True, text=True, check=True
    )
    imported = {name.split(".")[0] for name in told.stderr.split()}
    assert told.stdout
    assert imported & HEAVY == set()
    assert ("hydra" in imported) == arguments.startswith("run")
