"""What a cleaning leaves behind: the two parts of its input, or weights, a ledger, and a summary, written last."""

import json
import os
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import judge
from judge import audited, digest, sources
from judge.cleaning import Key, Row, Ruling, ledger
from judge.cleaning.weights import SAYS
from judge.errors import DataError
from judge.inbox import Run
from judge.outbox import MANIFEST

LEDGER, WEIGHTS, SUMMARY = "ledger.jsonl", "weights.jsonl", "clean.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """
    What its user wants of a cleaning.

    Attributes:
        rules: by which rows go: `budget`, `suspicion=0.9` (that much or more), `tone=2` (a score of that rubric of that
            or less), `decisions`; none takes `decisions` where people made some, else `budget`.
        labels: people's decisions; None takes those that the run was given, if any.
        dry_run: say all, write nothing.
        weights: write a weight per row instead.
        max_loss: share of a source or topic, in [0, 1], above which its loss is warned of.
        protect: keep the least suspicious rows of such a source or topic.
    """

    rules: tuple[str, ...] = ()
    labels: Path | None = None
    dry_run: bool = False
    weights: bool = False
    max_loss: float = 0.3
    protect: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    Everything that is written, before it is.

    Attributes:
        rows: of the input, in order.
        rulings: of those that something was decided of.
        weights: of all rows, where they are wanted.
        rules: as they were applied.
        now: ISO time.
    """

    run: Run
    choice: Choice
    loaded: sources.Loaded
    rows: Sequence[Row]
    rulings: Mapping[Key, Ruling]
    weights: Mapping[Key, float]
    rules: tuple[str, ...]
    now: str

    @property
    def gone(self) -> set[Key]:
        """The rows that go."""
        return {key for key, ruling in self.rulings.items() if ruling.word == "remove"}


def write(plan: Plan, out: Path) -> tuple[Path, ...]:
    """
    Write all files, in a folder of another name until it is whole; `clean.json` comes last.

    Raises:
        DataError: the folder cannot be made, or the input changes meanwhile.
    """
    with _new(out) as folder:
        if plan.choice.weights:
            _write_lines(folder / WEIGHTS, _weight_lines(plan))
        else:
            gone: defaultdict[str, list[int]] = defaultdict(list)
            for name, line in plan.gone:
                gone[name].append(line)
            for file, kept, removed in _names(plan.loaded):
                sources.split(file.path, gone[file.name], folder / kept, folder / removed)
                if digest.of_file(file.path) != file.digest:
                    raise DataError(f"{file.path} was changed while it was read; audit it again")
            _write_lines(folder / LEDGER, ledger.lines(plan.rows, plan.rulings, audited.judge(plan.run), plan.now))
        written = sorted(path for path in folder.rglob("*") if path.is_file())
        told = _summary(plan, {path.relative_to(folder).as_posix(): digest.of_file(path) for path in written})
        (folder / SUMMARY).write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        names = sorted(path.name for path in folder.iterdir())
    return tuple(out / name for name in names)


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


def _weight_lines(plan: Plan) -> Iterator[dict[str, object]]:
    for row in plan.rows:
        weight = plan.weights[row.key]
        yield {"line": row.line, "source": row.source or row.file, "example_id": row.id, "weight": weight}


def _summary(plan: Plan, files: Mapping[str, str]) -> dict[str, Any]:
    choice = asdict(plan.choice)
    counts = {"rows": len(plan.rows), "removed": len(plan.gone), "by": ledger.counts(plan.rulings.values())}
    back = ("people", "protection")
    counts["kept_back"] = {
        kind: sum((r.kind, r.word) == (kind, "keep") for r in plan.rulings.values()) for kind in back
    }
    return {
        "run": str(plan.run.folder),
        "manifest": digest.of_file(plan.run.folder / MANIFEST),
        "seal": plan.run.manifest.get("seal"),
        "inputs": [
            {"name": f.name, "path": str(f.path), "digest": f.digest, "rows": f.rows} for f in plan.loaded.files
        ],
        "choice": {**choice, "rules": plan.rules, "labels": choice["labels"] and str(choice["labels"])},
        "counts": counts,
        **({"weights": SAYS} if plan.choice.weights else {}),
        "judge": audited.judge(plan.run),
        "version": judge.__version__,
        "written_at": plan.now,
        "files": files,
    }


def _write_lines(path: Path, lines: Iterable[Mapping[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for line in lines:
            file.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "backslashreplace").decode() + "\n")


@contextmanager
def _new(out: Path) -> Iterator[Path]:
    """A folder that becomes `out` when the block ends well; the one place where its errors become ours."""
    temporary = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        temporary.mkdir(parents=True)
        yield temporary
        temporary.rename(out)
    except OSError as error:
        raise DataError(f"cannot write {out}: {error.strerror or error}; check the folder and the disk") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
