"""A folder in which rights count: root may write everywhere, so tests of what cannot be written give root's up."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def unprivileged() -> Iterator[Path]:
    """A folder, and nobody's rights: root may write everywhere."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    root = os.geteuid() == 0
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def become_nobody() -> None:
    """Give up root's rights until `unprivileged` ends; whoever is not root has none to give up."""
    if os.geteuid() == 0:
        os.seteuid(65534)
