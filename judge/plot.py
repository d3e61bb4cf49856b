"""A picture of several runs side by side: what each catches of each kind of planted defect, and at what price."""

import io
import logging
import textwrap
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from judge.reliability import Share

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# told apart by people who see no red or no green (Okabe and Ito, 2008), and by their shapes
_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000", "#8C8C8C")
_SHAPES = "osD^vPX*"
MOST = len(_COLOURS)  # variants that fit one picture
_STEP, _SPACE = 0.105, 0.15  # inches for each variant of a kind, and between kinds
_NAME = 34  # characters of a name on one line
_STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#888888",
    "svg.hashsalt": "judge",  # the same picture has the same bytes
}


def draw(
    names: Sequence[str],
    kinds: Mapping[str, Sequence[Share]],
    recall: Sequence[Share],
    alarms: Sequence[Share | None],
    title: str,
) -> bytes:
    """
    Draw planted recall by kind and variant, and beside it recall against false alarms; with 95 % intervals.

    Args:
        names: of the variants, at most `MOST`.
        kinds: share caught, by kind, in the order of `names`.
        recall: share caught of all kinds together.
        alarms: share of clean rows inside the budget; None where it is not known.
        title: what is compared.

    Returns:
        An SVG file, its text as outlines.
    """
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells of its caches
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name in a script that its font lacks is drawn as boxes
        import matplotlib as mpl
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure

        names = ["\n".join(textwrap.wrap(_plain(name), _NAME)) for name in names]
        rows = {"all kinds": recall, **kinds}
        with mpl.rc_context(_STYLE):
            height = 1.0 + len(rows) * (_SPACE + _STEP * len(names))
            figure = Figure(figsize=(10, max(height, 4.2 + 0.2 * len(names))), layout="constrained")
            FigureCanvasSVG(figure)
            left, right = figure.subplots(1, 2, width_ratios=(5, 3))
            _by_kind(left, names, rows)
            _by_price(right, recall, alarms)
            figure.suptitle(_plain(title), x=0.01, ha="left", fontsize=11, fontweight="bold")
            under = {"loc": "upper left", "bbox_to_anchor": (-0.02, -0.24), "borderaxespad": 0}
            right.legend(left.lines[: len(names)], names, frameon=False, **under)
            file = io.BytesIO()
            figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def _by_kind(axes: "Axes", names: Sequence[str], rows: Mapping[str, Sequence[Share]]) -> None:
    """One band a kind, one line a variant, the pooled share on top."""
    reach = _STEP * len(names) + _SPACE
    for n in range(len(names)):
        middle = [band + (n - (len(names) - 1) / 2) * _STEP / reach for band in range(len(rows))]
        shares = [shares[n] for shares in rows.values()]
        there = [(place, share) for place, share in zip(middle, shares, strict=True) if share.of]
        middle, shares = [place for place, _ in there], [share for _, share in there]
        axes.hlines(middle, [s.low for s in shares], [s.high for s in shares], color=_COLOURS[n], lw=1.4, alpha=0.55)
        axes.plot([s.value for s in shares], middle, _SHAPES[n], color=_COLOURS[n], ms=6, mew=0)
    for band in range(0, len(rows), 2):
        axes.axhspan(band - 0.5, band + 0.5, color="#f3f3f3", zorder=0, lw=0)
    of = [max(share.of for share in shares) for shares in rows.values()]
    words = [f"{kind.replace('_', ' ')} ({count})" for kind, count in zip(rows, of, strict=True)]
    axes.set_yticks(range(len(rows)), words)
    axes.get_yticklabels()[0].set_fontweight("bold")
    axes.tick_params(axis="y", length=0)
    axes.set(
        ylim=(len(rows) - 0.5, -0.5),
        xlim=(-0.02, 1.02),
        xlabel="share caught inside the review budget (in brackets: copies)",
    )
    axes.grid(axis="x", color="#dddddd", lw=0.6)
    axes.set_axisbelow(True)


def _by_price(axes: "Axes", recall: Sequence[Share], alarms: Sequence[Share | None]) -> None:
    """Up is better, left is better."""
    for n, (caught, alarm) in enumerate(zip(recall, alarms, strict=True)):
        if alarm is None or not alarm.of:
            continue
        axes.hlines(caught.value, alarm.low, alarm.high, color=_COLOURS[n], lw=1.4, alpha=0.55)
        axes.vlines(alarm.value, caught.low, caught.high, color=_COLOURS[n], lw=1.4, alpha=0.55)
        axes.plot(alarm.value, caught.value, _SHAPES[n], color=_COLOURS[n], ms=9, mew=0, clip_on=False)
    widest = max([0.05, *(alarm.high for alarm in alarms if alarm and alarm.of)])
    axes.set(xlim=(0, widest * 1.08), ylim=(0, 1.02), ylabel="share caught of all kinds")
    axes.set_xlabel("false alarms: share of sources\ninside the budget as they are")
    axes.set_box_aspect(1)
    axes.set_anchor("N")
    axes.grid(color="#dddddd", lw=0.6)
    axes.set_axisbelow(True)


def _plain(text: str) -> str:
    """Text that is no formula, and that a legend does not take for hidden."""
    return text.replace("$", r"\$").lstrip("_") or "-"
