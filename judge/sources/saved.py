"""
The folder that `datasets.save_to_disk` writes: `state.json` names Arrow stream files. No `datasets` is needed.

A folder has no suffix, which is why this format is not in `formats/`.
"""

import json
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyarrow as pa

from judge import digest
from judge.sources import arrow
from judge.sources.raw import BadFileError, Record

_STATE, _INFO = "state.json", "dataset_info.json"


def read(folder: Path, limit: int) -> Iterator[Record]:
    """
    Yield the rows of all data files, numbered through.

    Raises:
        BadFileError: no saved data set, several splits in one folder, or a state that cannot be followed.
    """
    if (folder / "dataset_dict.json").is_file():
        splits = _json(folder / "dataset_dict.json").get("splits")
        names = [str(split) for split in splits] if isinstance(splits, list) and splits else ["train"]
        raise BadFileError(f"it holds splits ({', '.join(names)}); point dataset.path at one: {folder / names[0]}")
    if not (folder / _STATE).is_file():
        raise BadFileError("it is a folder but no saved data set (it has no state.json); point dataset.path at a file")
    line = 1
    for name in _data_files(folder):
        with _stream(folder, name) as stream:
            for batch in stream:
                yield from arrow.records(batch, line, limit)
                line += batch.num_rows


def split(folder: Path, gone: Collection[int], kept: Path, removed: Path) -> tuple[int, int]:
    """
    Make two new folders of the same features and data files, one with the rows that stay, one with those `gone`.

    No value is changed; the counts of the split in `dataset_info.json` become each folder's own, and so does the
    fingerprint, by which `datasets` tells sets apart.

    Returns:
        Rows kept, rows removed.
    """
    line = 1
    rows, size = [0, 0], [0, 0]
    for out in (kept, removed):
        out.mkdir()
    for name in _data_files(folder):
        with _stream(folder, name) as stream, ExitStack() as stack:
            outs = [
                stack.enter_context(
                    pa.ipc.new_stream(stack.enter_context(pa.OSFile(str(out / name), "wb")), stream.schema)
                )
                for out in (kept, removed)
            ]
            for batch in stream:
                for n, part in enumerate(arrow.dealt(batch, line, gone)):
                    rows[n] += part.num_rows
                    size[n] += part.nbytes
                    if part.num_rows:
                        outs[n].write_batch(part)
                line += batch.num_rows
    for n, out in enumerate((kept, removed)):
        _describe(folder, out, rows[n], size[n], digest.of([n, sorted(gone)]))
    return rows[0], rows[1]


def _describe(folder: Path, out: Path, rows: int, size: int, which: str) -> None:
    """Write what a folder says of itself: as the first one does, with the counts that hold now."""
    state = _json(folder / _STATE)
    state["_fingerprint"] = digest.of([state.get("_fingerprint"), which]).removeprefix("sha256:")[:16]
    told = {_STATE: state}
    if (folder / _INFO).is_file():
        told[_INFO] = _counted(_json(folder / _INFO), state.get("_split"), rows, size)
    for name, value in told.items():
        (out / name).write_text(json.dumps(value, indent=2, ensure_ascii=False), encoding="utf-8")


def _counted(info: dict[str, object], split: object, rows: int, size: int) -> dict[str, object]:
    """The same description of a set, but for the number of rows and of bytes (as Arrow holds them) of one split."""
    splits = info.get("splits")
    if not isinstance(splits, dict):
        return info
    name = split if split in splits else next(iter(splits), None) if len(splits) == 1 else None
    if isinstance(one := splits.get(name), dict):
        shards = {"shard_lengths": None} if "shard_lengths" in one else {}  # of files that these are not
        splits = {**splits, name: {**one, "num_bytes": size, "num_examples": rows, **shards}}
    whole = sum(int(one.get("num_bytes") or 0) for one in splits.values() if isinstance(one, dict))
    sizes = {"dataset_size": whole, "size_in_bytes": whole + _int(info.get("download_size"))}
    return {**info, "splits": splits, **{key: value for key, value in sizes.items() if info.get(key) is not None}}


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0


@contextmanager
def _stream(folder: Path, name: str) -> Iterator[pa.ipc.RecordBatchStreamReader]:
    if not (folder / name).is_file():
        raise BadFileError(f"its state.json names {name}, which is not there; copy the whole folder again")
    with pa.memory_map(str(folder / name)) as file, pa.ipc.open_stream(file) as stream:
        arrow.check_names(stream.schema)
        yield stream


def _data_files(folder: Path) -> list[str]:
    state = _json(folder / _STATE)
    if state.get("_indices_data_files"):
        raise BadFileError("it was saved with an index by an old version of `datasets`: save it again with a new one")
    files = state.get("_data_files")
    names = [file.get("filename") for file in files if isinstance(file, dict)] if isinstance(files, list) else []
    if not names or not all(isinstance(name, str) for name in names):
        raise BadFileError("its state.json does not name its data files under `_data_files`")
    return [Path(str(name)).name for name in names]


def _json(path: Path) -> dict[str, object]:
    try:
        value = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise BadFileError(f"its {path.name} is no valid JSON ({error})") from error
    return value if isinstance(value, dict) else {}
