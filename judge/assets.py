"""
Where `conf/`, `prompts/` and the example data are: in the user's folder first, then in the package.

In a checkout they lie beside the package, in a wheel inside it.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from judge.errors import DataError, PromptError

_PACKAGE = Path(__file__).resolve().parent
PACKAGED = _PACKAGE if (_PACKAGE / "conf").is_dir() else _PACKAGE.parent


def conf() -> Path:
    """The packaged configuration."""
    return PACKAGED / "conf"


def find(path: str) -> Path:
    """`path` as the user means it: from the current folder, else from the package, else as it stands."""
    asked = Path(path).expanduser()
    packaged = PACKAGED / asked
    return packaged if not asked.exists() and not asked.is_absolute() and packaged.exists() else asked


def read(path: str, what: str) -> str:
    """
    Text of a file of the user's or the package's.

    Raises:
        DataError: it is not there or is no UTF-8 text; `what` names the setting.
    """
    try:
        return find(path).read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"{what}={path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{what}={path} is no UTF-8 text: {error}") from error


def prompts(names: Iterable[str]) -> dict[str, str]:
    """
    The named templates, each from `prompts/` in the current folder or from the package.

    Raises:
        PromptError: a name that is in neither.
    """
    found = {}
    for name in names:
        path = find(f"prompts/{name}")
        if not path.is_file():
            there = ", ".join(sorted(p.name for p in (PACKAGED / "prompts").glob("*.j2")))
            raise PromptError(f"prompts/{name} does not exist, here or in the package, which has: {there}")
        try:
            found[name] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise PromptError(f"{path} cannot be read as UTF-8 text: {error}") from error
    return found


def user_folder() -> Path | None:
    """
    `conf/` in the current folder, if it is meant for us.

    Many projects that train models have a `conf/config.yaml` of their own for Hydra; such a folder is left alone.
    """
    own = Path.cwd() / "conf"
    if not own.is_dir() or own.resolve() == conf():
        return None
    main = own / "config.yaml"
    foreign = main.is_file() and not re.search(
        r"^\s*- schema\s*(#.*)?$", main.read_text("utf-8", "replace"), re.MULTILINE
    )
    if foreign:
        return None
    return own
