"""
A page: what a use case worked out, as HTML with its scripts and styles.

A report is one file that asks for nothing: its policy allows the scripts and styles that stand in it, by their hashes,
and no request at all. In review mode the same page loads them from the server, by name.
It deliberately does not know what an audit is: words and numbers come in, and each word is shown as text.
"""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import jinja2
from markupsafe import Markup

from judge.report import library

Mode = Literal["report", "review"]

_FOLDER = Path(__file__).parent / "page"
_STYLES = ("page.css", "figures.css", "list.css", "detail.css", "print.css")
_FIRST = ("theme.js",)  # before anything is drawn
_LIBRARY = "datatables.js"
_OURS = "dom data filters cells list conversation reasons detail drawer groups charts app"
_SCRIPTS = (_LIBRARY, *(f"{name}.js" for name in _OURS.split()))
_LAST = "start.js"
_REVIEW = {
    "styles": ("review.css",),
    "scripts": ("opinions.js", "deskview.js", "ending.js", "desk.js", "camps.js", "review.js"),
}
_POLICY = "default-src 'none'; script-src {scripts}; style-src {styles}; base-uri 'none'; form-action 'none'"
# what would end the script element, or what a script's source may not hold; all of it stands in strings only
_ESCAPES = {c: f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}
_MEMBERS = 1_000  # of a list that are written at once
_HALVES = re.compile("[\ud800-\udfff]")


def page(
    lead: Mapping[str, Any], data: Mapping[str, Any], charts: Sequence[Mapping[str, Any]] = (), *, mode: Mode
) -> Iterator[str]:
    """
    Give the page of a run, piece after piece: its data may be many megabytes, and a text of all would take them thrice.

    Args:
        lead: the head of the page, as views/lead.py makes it.
        data: one line for every row, groups and details, as the page's scripts read it; in review mode the page fetches
            it from `/api/data`, and it is not looked at here.
        charts: figures, each with `id`, `title`, `says`, `svg` (trusted markup) and `table`.
        mode: a report is one file; in review its scripts and styles are fetched from `/assets/`.

    Raises:
        InstallError: the library for tables is not there.
    """
    held = mode == "report"
    here = secrets.token_hex(16)  # no text of the page can hold it
    before, _, after = document(
        "index.html.j2",
        styles=_STYLES if held else (*_STYLES, *_REVIEW["styles"]),
        first=_FIRST,
        scripts=(*_SCRIPTS, _LAST) if held else (*_SCRIPTS, *_REVIEW["scripts"], _LAST),
        mode=mode,
        lead=lead,
        charts=[{**chart, "svg": Markup(chart["svg"])} for chart in charts],  # noqa: S704 - drawn by report/drawing.py
        data=here,
    ).partition(here)
    yield before
    if held:
        yield from inert(data)
        yield after


def document(
    template: str,
    *,
    styles: Sequence[str] = (),
    first: Sequence[str] = (),
    scripts: Sequence[str] = (),
    mode: Mode = "report",
    **content: Any,  # noqa: ANN401 - what the template names
) -> str:
    """
    Give a page from one of the templates in page/.

    Args:
        template: its file.
        styles: files of page/, in order; the template has them as `styles`, a list of name and text.
        first: scripts that run before anything is drawn; in the template `first`.
        scripts: the others; in the template `scripts`.
        mode: in a report all of them stand in the page, and `policy` allows exactly these.
        content: what else the template shows; all of it is escaped.
    """
    held = {"styles": _bodies(styles), "first": _bodies(first), "scripts": _bodies(scripts)}
    policy = _POLICY.format(
        scripts=_hashes([body for _, body in (*held["first"], *held["scripts"])]),
        styles=_hashes([body for _, body in held["styles"]]),
    )
    return _templates().get_template(template).render(mode=mode, policy=policy, **held, **content)


def assets() -> dict[str, bytes]:
    """Give the scripts and styles that the page of review mode asks for under `/assets/`, by name."""
    names = (*_STYLES, *_REVIEW["styles"], *_FIRST, *_SCRIPTS, *_REVIEW["scripts"], _LAST)
    return {name: text(name).encode() for name in names}


@cache
def text(name: str) -> str:
    """Give a script or style by its file's name; the library's comes out of its package."""
    return library.datatables() if name == _LIBRARY else (_FOLDER / name).read_text(encoding="utf-8")


def inert(data: Mapping[str, Any], depth: int = 2) -> Iterator[str]:
    """
    Give JSON that can stand in a script element: no character of it is markup, or ends a line of a script.

    It comes in pieces: values of `depth` objects within each other, and so many members of a list, one by one.
    """
    for n, (name, value) in enumerate(data.items()):
        yield f"{',' if n else '{'}{_written(name)}:"
        if depth > 1 and isinstance(value, dict):
            yield from inert(value, depth - 1)
        elif isinstance(value, list) and value:
            for start in range(0, len(value), _MEMBERS):
                yield f"{',' if start else '['}{_written(value[start : start + _MEMBERS])[1:-1]}"
            yield "]"
        else:
            yield _written(value)
    yield "}" if data else "{}"


def _written(value: object) -> str:
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character, escape in _ESCAPES.items():
        written = written.replace(character, escape)
    return _HALVES.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def _bodies(names: Sequence[str]) -> list[tuple[str, Markup]]:
    return [(name, Markup(text(name))) for name in names]  # noqa: S704 - our own files


def _hashes(bodies: Sequence[str]) -> str:
    """Sources of a policy that allow exactly these scripts or styles."""
    digests = (base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() for body in bodies)
    return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
