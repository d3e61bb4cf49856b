"""
From a path to records: which format, which compression, and what to say when the file is not there or broken.

PyArrow is imported where it is first needed, so that whoever only describes a data set does not wait for it.

A format is a module `formats/<suffix>.py` with the functions of `Format`; its name is its registration.
"""

import difflib
import importlib
import io
import pkgutil
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from judge.errors import DataError
from judge.sources import formats
from judge.sources.raw import BadFileError, Record

_COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}


class Format(Protocol):
    """What a module in `formats/` offers."""

    def read(self, file: BinaryIO, limit: int) -> Iterator[Record]:
        """Yield the rows of a binary file in order; raise `BadFileError` where the file as a whole is broken."""
        ...

    def split(self, file: BinaryIO, gone: Collection[int], kept: BinaryIO, removed: BinaryIO) -> tuple[int, int]:
        """
        Write a file of the same format with the rows that stay, and one with those whose line is in `gone`.

        No row is changed, and lines are those that `read` gives. Returns how many rows each of the two has.
        """
        ...


def suffixes() -> list[str]:
    """The formats that exist: a new file in `formats/` is a new format."""
    return sorted(f".{module.name}" for module in pkgutil.iter_modules(formats.__path__))


@contextmanager
def reading(path: Path, key: str = "dataset.path") -> Iterator[None]:
    """
    Turn everything that goes wrong with the file as a whole into one line; single rows never get here.

    `key` is the setting that names the file; who reads it knows of one file alone, `dataset.path`.
    """
    from pyarrow import ArrowException

    try:
        yield
    except FileNotFoundError as error:
        missing = Path(error.filename) if isinstance(error.filename, str | Path) else path
        raise DataError(f"no such file: {missing}{_suggestion(missing, key)}") from error
    except PermissionError as error:
        raise DataError(f"no permission to read {path}: change its mode or owner, or copy it") from error
    except BadFileError as error:
        what = " ".join(str(error).split()).replace("dataset.path", key)
        raise DataError(f"cannot read {path}: {what}") from error
    except (OSError, EOFError, ArrowException) as error:
        what = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"cannot read {path}: it is damaged, cut off or not what its suffix says ({what})") from error


def records(path: Path, limit: int) -> Iterator[Record]:
    """
    Stream the rows of a file or of a saved data set.

    Args:
        path: what `Spec.path` names.
        limit: bytes above which a row is not read.

    Raises:
        DataError: the path is no file of a supported format. Other trouble is left to `reading`.
    """
    if path.is_dir():
        from judge.sources import saved

        yield from saved.read(path, limit)
        return
    reader, compression = found(path)
    with opened(path, compression) as file:
        yield from reader.read(file, limit)


def found(path: Path) -> tuple[Format, str | None]:
    """
    Find the format, and the compression if there is one, that the suffixes of a file name.

    Raises:
        DataError: the path is no file of a supported format.
    """
    compression = _COMPRESSIONS.get(path.suffix.lower())
    suffix = suffix_of(path).removesuffix(path.suffix if compression else "").lower()
    if not stat.S_ISREG(path.stat().st_mode):
        raise DataError(f"{path} is no regular file: save the data to a file first")
    if suffix not in suffixes():
        known = " ".join(suffixes())
        raise DataError(
            f"{path}: the suffix {suffix or '(none)'!r} is not supported; known are {known}, each also .gz or .zst, "
            "and the folder of a saved Hugging Face data set"
        )
    return cast("Format", importlib.import_module(f"{formats.__name__}{suffix}")), compression


def suffix_of(path: Path) -> str:
    """What a file of the same kind must end with, such as `.csv.gz`; nothing for the folder of a saved data set."""
    if path.is_dir():
        return ""
    packed = path.suffix.lower() in _COMPRESSIONS
    return Path(path.stem).suffix + path.suffix if packed else path.suffix


def opened(path: Path, compression: str | None) -> BinaryIO:
    """Open a file for reading what was compressed."""
    if compression is None:
        return path.open("rb")
    from pyarrow import input_stream

    if path.stat().st_size == 0:
        return io.BytesIO()
    return cast("BinaryIO", io.BufferedReader(input_stream(str(path), compression=compression)))


def created(path: Path, compression: str | None) -> BinaryIO:
    """Open a new file for writing what will be compressed; the same bytes make the same file."""
    if compression is None:
        return path.open("wb")
    from pyarrow import output_stream

    return cast("BinaryIO", output_stream(str(path), compression=compression))


def _suggestion(missing: Path, key: str) -> str:
    folder = missing.parent
    if not folder.is_dir():
        return f" (there is no folder {folder} either); set {key}"
    try:
        there = [path.name for path in folder.iterdir()]
    except OSError:
        there = []
    close = difflib.get_close_matches(missing.name, there, n=3)
    return f"; did you mean {' or '.join(close)}?" if close else f"; set {key}"
