"""
The folder that `datasets.save_to_disk` writes: `state.json` names Arrow stream files. Read without `datasets`.

A folder has no suffix, which is why this format is not in `formats/`.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from judge.sources import arrow
from judge.sources.raw import BadFileError, Record


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
    if not (folder / "state.json").is_file():
        raise BadFileError("it is a folder but no saved data set (it has no state.json); point dataset.path at a file")
    line = 1
    for name in _data_files(folder):
        if not (folder / name).is_file():
            raise BadFileError(f"its state.json names {name}, which is not there; copy the whole folder again")
        with pa.memory_map(str(folder / name)) as file, pa.ipc.open_stream(file) as stream:
            arrow.check_names(stream.schema)
            for batch in stream:
                yield from arrow.records(batch, line, limit)
                line += batch.num_rows


def _data_files(folder: Path) -> list[str]:
    state = _json(folder / "state.json")
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
