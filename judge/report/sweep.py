"""The page of a comparison: variants side by side, as one file that asks for nothing."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from judge import report
from judge.figures import Figure
from judge.report import drawing

_STYLES = ("page.css", "figures.css", "list.css", "sweep.css", "print.css")
_SCRIPTS = ("datatables.js", "dom.js", "sweep.js")
_WIDTH = 1100.0  # pixels of the figure, which has its line to itself


def sweep_page(told: Mapping[str, Any], figure: Figure | None) -> str:
    """
    Give the page of a comparison.

    Args:
        told: what views/sweep.py worked out.
        figure: planted recall by kind and variant, where there is any.

    Raises:
        InstallError: the library for tables is not there.
    """
    chart = drawing.chart(figure, _WIDTH) if figure else None
    if chart:
        chart["svg"] = Markup(chart["svg"])  # noqa: S704 - drawn by report/drawing.py
    return report.document(
        "sweep.html.j2", styles=_STYLES, first=("theme.js",), scripts=_SCRIPTS, sweep=told, chart=chart
    )
