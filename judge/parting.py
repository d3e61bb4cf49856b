"""The files of a cleaning: the two parts of its input, or weights, then a ledger, and a summary, written last."""

import fcntl
import json
import os
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from judge import digest, sources
from judge.cleaning import Plan, ledger
from judge.errors import DataError
from judge.outbox import write_lines

LEDGER, WEIGHTS, SUMMARY = "ledger.jsonl", "weights.jsonl", "clean.json"


def write(plan: Plan, loaded: sources.Loaded, told: Mapping[str, Any], out: Path) -> tuple[Path, ...]:
    """
    Write all files, in a folder of another name until it is whole; `clean.json` comes last.

    What a killed cleaning left in that folder goes first.

    Args:
        plan: what was decided.
        loaded: the input.
        told: the summary without `files`; the ledger has its `judge` and `written_at`.
        out: a folder that is not there.

    Returns:
        What is in the folder.

    Raises:
        DataError: the folder cannot be made, another cleaning is writing it, or the input changes meanwhile.
    """
    with _new(out) as folder:
        if plan.weights is not None:
            write_lines(folder / WEIGHTS, _weights(plan, plan.weights))
        else:
            _part(plan, loaded, folder)
        write_lines(folder / LEDGER, ledger.lines(plan, told["judge"], told["written_at"]))
        written = sorted(path for path in folder.rglob("*") if path.is_file())
        files = {path.relative_to(folder).as_posix(): digest.of_file(path) for path in written}
        text = json.dumps({**told, "files": files}, indent=2, ensure_ascii=False)
        (folder / SUMMARY).write_text(text + "\n", encoding="utf-8")
        names = sorted(path.name for path in folder.iterdir())
    return tuple(out / name for name in names)


def _part(plan: Plan, loaded: sources.Loaded, folder: Path) -> None:
    gone: defaultdict[str, list[int]] = defaultdict(list)
    for name, line in plan.gone:
        gone[name].append(line)
    for file, kept, removed in _names(loaded):
        sources.split(file.path, gone[file.name], folder / kept, folder / removed)
        if digest.of_file(file.path) != file.digest:
            raise DataError(f"{file.path} was changed while it was read; audit it again")


def _names(loaded: sources.Loaded) -> Iterator[tuple[sources.Source, str, str]]:
    """Each file of the input, and what its two parts are called: like it, and in a set of several by its source."""
    taken: set[str] = set()
    for file in loaded.files:
        suffix = sources.suffix_of(file.path)
        if len(loaded.files) == 1:
            yield file, f"kept{suffix}", f"removed{suffix}"
            continue
        safe = re.sub(r"[^\w.-]+", "_", file.name).strip("._")[:100] or "source"
        name = next(
            n for n in (safe, *(f"{safe}-{k}" for k in range(2, len(loaded.files) + 2))) if n.lower() not in taken
        )
        taken.add(name.lower())
        yield file, f"kept/{name}{suffix}", f"removed/{name}{suffix}"


def _weights(plan: Plan, weights: Mapping[tuple[str, int], float]) -> Iterator[dict[str, object]]:
    for row in plan.rows:
        weight = weights[row.key]
        yield {"line": row.line, "source": row.source or row.file, "example_id": row.id, "weight": weight}


@contextmanager
def _new(out: Path) -> Iterator[Path]:
    """A folder that becomes `out` when the block ends well; the one place where its errors become ours."""
    unfinished = out.with_name(f".{out.name}.unfinished")
    try:
        unfinished.mkdir(parents=True, exist_ok=True)
        with _alone(unfinished, out):
            try:
                _empty(unfinished)  # a killed cleaning was here
                yield unfinished
                unfinished.rename(out)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
    except OSError as error:
        raise DataError(f"cannot write {out}: {error.strerror or error}; check the folder and the disk") from error


@contextmanager
def _alone(folder: Path, out: Path) -> Iterator[None]:
    """Hold a folder; a process that is killed holds it no more."""
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataError(f"another cleaning is writing {out}; wait for it, or name another folder") from error
        yield
    finally:
        os.close(held)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
