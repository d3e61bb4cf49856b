"""A file in two, each of its own format and compression: the rows that stay, and those that go. No row is changed."""

import contextlib
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from judge.errors import DataError
from judge.sources import files
from judge.sources.raw import BadFileError


def split(path: Path, gone: Collection[int], kept: Path, removed: Path) -> tuple[int, int]:
    """
    Write the rows of a file, or of a saved data set, to two new ones, byte for byte or value for value, in order.

    What is written has another name until both are whole.

    Args:
        path: what `load` read.
        gone: lines of the rows that go, as `load` gave them.
        kept: a name that is free; it should end as `path` does, or it will not be read as what it is.
        removed: likewise.

    Returns:
        Rows kept, rows removed.

    Raises:
        DataError: a name is taken, the file cannot be read or the two written, or a line in `gone` is no row's.
    """
    gone = frozenset(gone)
    with _new(kept) as first, _new(removed) as second, _in_words(f"split {path}"):
        counts = _split(path, gone, first, second)
        if counts[1] != len(gone):
            raise BadFileError(
                f"it has {counts[1]:,} of the {len(gone):,} rows that were to go: was it changed just now?"
            )
    return counts


def _split(path: Path, gone: frozenset[int], kept: Path, removed: Path) -> tuple[int, int]:
    if path.is_dir():
        from judge.sources import saved

        return saved.split(path, gone, kept, removed)
    format_, compression = files.found(path)
    with (
        files.opened(path, compression) as file,
        files.created(kept, compression) as first,
        files.created(removed, compression) as second,
    ):
        return format_.split(file, gone, first, second)


@contextmanager
def _new(path: Path) -> Iterator[Path]:
    """A temporary name that becomes `path` when the block ends well."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with _in_words(f"write {path}"):
            if os.path.lexists(path):
                raise DataError(f"{path} is there already, and nothing is written over; give another name")
            path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with _in_words(f"write {path}"):
            temporary.rename(path)
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):  # the folder may be what could not be made
                temporary.unlink()


@contextmanager
def _in_words(act: str) -> Iterator[None]:
    """The one place where errors of reading and writing become ours."""
    from pyarrow import ArrowException

    try:
        yield
    except (OSError, ArrowException, BadFileError) as error:
        what = " ".join(str(getattr(error, "strerror", None) or error).split())
        raise DataError(f"cannot {act}: {what}; check the file, the folder and the disk") from error
