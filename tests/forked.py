"""`python -m judge` in a process of its own that need not import everything anew: forked from one that has.

Half of what a short run takes is its imports, and tests start a hundred of them. Whoever looks at the start itself
(imports, encodings, ``PYTHONPATH``) starts a fresh interpreter instead.
"""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import time
from multiprocessing.context import ForkServerProcess
from pathlib import Path

FORKS = multiprocessing.get_context("forkserver")
# imported once a test process; what is missing here is imported by each fork, as usual
FORKS.set_forkserver_preload(
    ["judge.audit", "judge.wiring", "hydra.main", "faiss", "pyarrow.parquet", "scipy.optimize", "matplotlib.figure"]
)


def judge(*arguments: str, cwd: Path, until: str = "") -> subprocess.CompletedProcess[str]:
    """`python -m judge ...` in `cwd`, to its end, or until it has said a word, at which it gets Ctrl-C."""
    with tempfile.TemporaryDirectory() as folder:
        said = [Path(folder) / name for name in ("out", "err")]
        process = start(*arguments, cwd=cwd, out=said[0], err=said[1])
        end = time.monotonic() + 120
        while until and process.is_alive() and time.monotonic() < end:
            time.sleep(0.05)
            if said[0].exists() and until in said[0].read_text(encoding="utf-8"):
                os.kill(process.pid or 0, signal.SIGINT)
                break
        process.join(end - time.monotonic())
        if process.exitcode is None:
            process.kill()
            process.join()
        code = process.exitcode or 0
        process.close()
        out, err = (path.read_text(encoding="utf-8") for path in said)
    assert code != -9, f"judge {' '.join(arguments)} took more than two minutes: {out}{err}"
    return subprocess.CompletedProcess(arguments, code, out, err)


def start(*arguments: str, cwd: Path, out: Path = Path(os.devnull), err: Path = Path(os.devnull)) -> ForkServerProcess:
    """`python -m judge ...` in `cwd`, running, with its two streams in files."""
    process = FORKS.Process(target=_run, args=(arguments, cwd, (out, err), dict(os.environ)))
    process.start()
    return process


def _run(arguments: tuple[str, ...], cwd: Path, streams: tuple[Path, Path], environment: dict[str, str]) -> None:
    """Be what `python -m judge` would be."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    for number, path in enumerate(streams, start=1):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(file, number)
        os.close(file)
    sys.argv = ["judge", *arguments]
    runpy.run_module("judge", run_name="__main__", alter_sys=True)
