"""
DataTables (with jQuery, in one bundle) out of the package `itables`, as a script that can stand in a page.

The bundle is a module; a page opened from disk may load none, and a policy of hashes wants it in the page itself. So
its last statement, the list of what it exports, becomes the value of one global, `DataTable`.
"""

import re
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from judge.errors import InstallError

_EXPORTS = re.compile(r"\bexport\s*\{([^{}]*)\}\s*;?")
_DEFAULT = re.compile(r"(?:^|,)\s*([\w$]+)\s+as\s+default\s*(?:,|$)")


@cache
def datatables() -> str:
    """
    Give the library as a classic script that sets the global `DataTable` and nothing else.

    Raises:
        InstallError: itables is missing, or its bundle is not built as this file knows it.
    """
    try:
        bundle = (_package() / "html" / "dt_bundle.js").read_text(encoding="utf-8")
    except (ImportError, OSError) as error:
        raise InstallError(f"the report needs DataTables from the package itables: {error}; {_hint()}") from error
    return script(bundle)


def script(bundle: str) -> str:
    """
    Turn a bundle, an ES module without imports, into a classic script that may stand inside a page.

    Raises:
        InstallError: it does not end in one `export{... as default ...}`.
    """
    exports = list(_EXPORTS.finditer(bundle))
    default = _DEFAULT.search(exports[0][1]) if len(exports) == 1 else None
    if default is None:
        raise InstallError(f"itables {_version()} has a DataTables bundle without the known exports; {_hint()}")
    start, end = exports[0].span()
    # between `<!--` and `<script`, both in its own patterns, a page would look for the end of its script elsewhere
    inside = f"{bundle[:start]}return {default[1]};{bundle[end:]}".replace("<!--", r"\x3c!--")
    return f'var DataTable = (() => {{ "use strict";\n{inside}\n}})();\n'


def _package() -> Path:
    """Its folder, found without importing it: that would import pandas' drawing of tables and more, for one file."""
    found = find_spec("itables")
    if found is None or not found.submodule_search_locations:
        raise ImportError("No module named 'itables'")
    return Path(found.submodule_search_locations[0])


def _version() -> str:
    try:
        return version("itables")
    except PackageNotFoundError:
        return "(not installed)"


def _hint() -> str:
    return "install it: pip install 'itables>=2.9,<3'"
