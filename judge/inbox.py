"""
Finished runs, read back: the other side of `outbox`.

What a folder says of itself is checked only as far as it is read; whether it is still what was written is for `verify`.
"""

import contextlib
import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import compute as pc
from pyarrow import parquet

from judge import digest
from judge.errors import DataError
from judge.outbox import MANIFEST
from judge.seal import sealed

_NEEDED = ("accounting", "config", "cost", "data", "judge", "seconds", "wording")  # parts of a manifest
_SWEEP = "multirun.yaml"  # Hydra leaves it in a sweep's folder
_GRADED = ("example_id", "line", "source", "status", "inclusion")  # of a row, what a page tells beside its line
_BATCH = 4_096  # rows read at once
_OF_VERDICT = (".score", ".turn", ".levels", ".entropy", ".off_scale")
_MEND = "run that job again, or move its folder away"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """A complete run: its folder, and its manifest as it was read."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def name(self) -> str:
        """The data set's."""
        return str(self.manifest["data"].get("name"))

    @property
    def population(self) -> str:
        """Digest of its set's data: what a random sample of its rows is a sample of."""
        return str(self.manifest["data"].get("digest"))

    def examples(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """`examples.parquet`, indexed by `example_id`, in input order; only some columns where they are named."""
        wanted = None if columns is None else ["example_id", *columns]
        path = self.folder / "examples.parquet"
        with reading(path), path.open("rb") as file:
            table = pd.read_parquet(file, columns=wanted).set_index("example_id")
            if not table.index.is_unique:
                raise ValueError("an example_id is there twice")
            return table

    def figures(self, columns: Sequence[str]) -> pd.DataFrame:
        """Some columns of `examples.parquet` and all scores, in input order; without ids, which take most room."""
        path = self.folder / "examples.parquet"
        with reading(path), path.open("rb") as file:
            names = parquet.read_schema(path).names
            known = [name for name in names if name in columns or name.endswith(".score")]
            table = pd.read_parquet(file, columns=known)
            return table.assign(**{name: None for name in columns if name not in known})  # of an older run

    def grades(self, ranked: Collection[str], most: int | None) -> tuple[pa.Table, dict[str, int]]:
        """
        What `examples.parquet` has of the rows with those ids, and of as many without a rank as make it `most` in all.

        Returns:
            `example_id`, `line`, `source`, `status`, `inclusion` and all that is there of each verdict, in input order;
            and by id the place of each of its rows in the input. All rows where `most` is None.
        """
        path = self.folder / "examples.parquet"
        parts, places, ids, before = [], [], pa.array(ranked, pa.string()), 0
        with reading(path), parquet.ParquetFile(path) as file:
            room = file.metadata.num_rows if most is None else most - len(ranked)
            wanted = [name for name in file.schema_arrow.names if name in _GRADED or name.endswith(_OF_VERDICT)]
            for batch in file.iter_batches(_BATCH, columns=[*wanted, "rank"], use_threads=False):
                shown = pc.is_in(batch["example_id"].cast(pa.string()), value_set=ids).to_numpy(zero_copy_only=False)
                other = np.flatnonzero(batch["rank"].is_null().to_numpy(zero_copy_only=False))[:room]
                room -= len(other)
                shown[other] = True
                parts.append(batch.select(wanted).filter(pa.array(shown)))
                places += (np.flatnonzero(shown) + before).tolist()
                before += batch.num_rows
            schema = pa.schema([file.schema_arrow.field(name) for name in wanted])
            table = pa.Table.from_batches(parts, schema).combine_chunks()
            found = dict(zip(table["example_id"].to_pylist(), places, strict=True))
            if len(found) < table.num_rows:
                raise ValueError("an example_id is there twice")
            return table, found

    def pairs(self) -> pd.DataFrame:
        """`pairs.parquet`: the contradictions, a row each."""
        path = self.folder / "pairs.parquet"
        with reading(path), path.open("rb") as file:
            return pd.read_parquet(file)

    def lines(self, name: str) -> Iterator[dict[str, Any]]:
        """The objects of one of its JSON Lines files, e.g. `suspects.jsonl`, streaming."""
        path = self.folder / name
        with reading(path), path.open(encoding="utf-8") as file:
            for line in file:
                told = json.loads(line)
                if not isinstance(told, dict):
                    raise ValueError(f"a line is no object but {line[:40]!r}")  # noqa: TRY004 - damage, as any other
                yield told


def find(path: Path) -> Path:
    """
    A run's folder, from its own path or from that of a folder of runs, where it is the newest that is complete.

    Raises:
        DataError: there is no such folder, or no complete run in it.
    """
    with reading(path):
        inside = sorted(os.listdir(path)) if path.is_dir() else None  # noqa: PTH208 - names are enough
    if inside is None:
        what = "is a file; name the folder of a run" if path.exists() else "does not exist"
        raise DataError(f"{path} {what}; runs are in runs/<data set>/<time>/")
    if MANIFEST in inside:
        return path
    if _SWEEP in inside:
        jobs = ", ".join(str(one) for one in complete_runs(path)[:3])
        raise DataError(f"{path} is a sweep, whose jobs are no history of each other; name one of them: {jobs}")
    complete = complete_runs(path)
    if not complete:
        raise DataError(
            f"{path} is no complete run, and holds none: no {MANIFEST}, which a run writes last; runs are in"
            " runs/<data set>/<time>/"
        )
    return complete[-1]


def pair(path: Path) -> tuple[Path, Path]:
    """
    The two newest complete runs in a folder, the older first.

    Raises:
        DataError: there are no two.
    """
    newest = find(path)
    runs = complete_runs(path)
    if newest == path or len(runs) < 2:  # noqa: PLR2004
        raise DataError(f"{path} holds no two complete runs; name both: python -m judge diff BEFORE AFTER")
    return runs[-2], runs[-1]


def complete_runs(folder: Path) -> list[Path]:
    """The complete runs right inside a folder, by the time of their manifest, the newest last."""
    return sorted((path.parent for path in folder.glob(f"*/{MANIFEST}")), key=_when)


def _when(folder: Path) -> tuple[str, str]:
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return str(told["written_at"]), folder.name
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return "", folder.name


def load(folder: Path) -> Run:
    """
    Read a run's manifest.

    Raises:
        DataError: it is not there, cannot be read, or lacks a part.
    """
    path = folder / MANIFEST
    with reading(path):
        told = json.loads(path.read_text(encoding="utf-8"))
        missing = [key for key in _NEEDED if not isinstance(told.get(key), dict)]
        if missing:
            raise ValueError(f"it has no {', '.join(missing)}")
        return Run(folder=folder, manifest=dict(told))


def damage(folder: Path) -> Iterator[str]:
    """What of a run is not as it was written, by its seal and its digests; nothing where all is. Reads every file."""
    path = folder / MANIFEST
    with reading(path):
        data = path.read_bytes()
    try:
        told = json.loads(data)
        whole = sealed({key: value for key, value in told.items() if key != "seal"}).encode("utf-8")
        files: Mapping[str, str] = told["files"]
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        yield f"{MANIFEST} is damaged: it is no manifest any more"
        return
    if "seal" not in told:
        yield f"{MANIFEST} has no seal: it was made by a version that set none"
    elif whole != data:
        yield f"{MANIFEST} is not what was written: its seal does not match"
    for name, expected in files.items():
        try:
            found = digest.of_file(folder / name)
        except OSError as error:
            yield f"{name} cannot be read: {error.strerror or error}"
        else:
            if found != expected:
                yield f"{name} is not what was written: its digest does not match"


def undamaged(run: Run) -> Run:
    """
    The same run, where it is as it was written.

    Raises:
        DataError: a file of it is not.
    """
    if broken := next(damage(run.folder), ""):
        raise DataError(f"{run.folder}: {broken}; nothing can rest on it: audit again")
    return run


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """The one place where errors of reading a run become ours."""
    try:
        yield
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}; {_MEND}") from error
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        RecursionError,
    ) as error:  # of json, pyarrow, or a field of another kind
        cause = " ".join(f"{type(error).__name__}: {error}".split())
        raise DataError(f"{path} is damaged ({cause}); {_MEND}") from error
