"""
Shapes and words in CSS pixels from the top left, drawn by matplotlib as SVG that fits a page (`svg`).

matplotlib lays out nothing here and never sees a word: each text is drawn as a placeholder, anchored at its place, and
gets its words afterwards. So no name can be a formula, lack a glyph or break the file, and the page's font is used.
"""

import io
import logging
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from judge.figures import Filter
from judge.report import svg

if TYPE_CHECKING:
    from matplotlib.artist import Artist

Anchor = Literal["left", "center", "right"]
Point = tuple[float, float]
_ANCHORS: dict[Anchor, str] = {"left": "start", "center": "middle", "right": "end"}
SIZE = 12.0  # pixels of a text
_PLACEHOLDER = "x"
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "judge",
    "path.simplify": False,
    "text.usetex": False,
    "font.family": "DejaVu Sans",
}
# by size: half of what a mark is wide; all look equally large
_SHAPES: dict[str, Sequence[Point]] = {
    "s": ((-0.86, -0.86), (0.86, -0.86), (0.86, 0.86), (-0.86, 0.86)),
    "D": ((0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)),
    "^": ((0, -1.1), (1.15, 0.9), (-1.15, 0.9)),
    "v": ((0, 1.1), (1.15, -0.9), (-1.15, -0.9)),
    "P": (
        *((-0.4, -1.1), (0.4, -1.1), (0.4, -0.4), (1.1, -0.4), (1.1, 0.4), (0.4, 0.4)),
        *((0.4, 1.1), (-0.4, 1.1), (-0.4, 0.4), (-1.1, 0.4), (-1.1, -0.4), (-0.4, -0.4)),
    ),
    ">": ((1.1, 0), (-0.9, 1.15), (-0.9, -1.15)),
    "<": ((-1.1, 0), (0.9, 1.15), (0.9, -1.15)),
}
SHAPES = ("o", *_SHAPES)  # one per series


@dataclass(slots=True, kw_only=True, eq=False)
class Canvas:
    """One figure being drawn; what is added later lies above what is there."""

    width: float
    height: float
    _artists: list["Artist"] = field(default_factory=list)
    _told: dict[str, svg.Told] = field(default_factory=dict)

    def box(self, at: Point, size: Point, colour: str, *, title: str = "", chosen: Filter | None = None) -> None:
        """Add a filled rectangle; `at` is its top left corner, `chosen` what a click shows."""
        x, y, right, below = *at, at[0] + size[0], at[1] + size[1]
        self.area([(x, y), (right, y), (right, below), (x, below)], colour, title=title, chosen=chosen)

    def area(
        self,
        points: Sequence[Point],
        colour: str,
        *,
        alpha: float | None = None,
        title: str = "",
        chosen: Filter | None = None,
    ) -> None:
        """Add a filled shape."""
        from matplotlib.patches import Polygon

        shape = Polygon(points, closed=True, facecolor=svg.sentinel(colour), edgecolor="none", lw=0, alpha=alpha)
        self._add(shape, svg.Told(title=title, chosen=chosen))

    def line(
        self, points: Iterable[Point], colour: str, *, width: float = 1.0, dashed: bool = False, title: str = ""
    ) -> None:
        """Add a line through points."""
        from matplotlib.lines import Line2D

        x, y = zip(*points, strict=True)
        style: Any = (0, (4, 3)) if dashed else "-"
        line = Line2D(x, y, color=svg.sentinel(colour), lw=width, ls=style, solid_capstyle="butt")
        self._add(line, svg.Told(title=title))

    def mark(self, shape: str, at: Point, colour: str, *, size: float = 4.5, title: str = "") -> None:
        """Add one of `SHAPES`, its middle at a point."""
        from matplotlib.patches import Circle, Polygon

        paint: dict[str, Any] = {"facecolor": svg.sentinel(colour), "edgecolor": svg.sentinel("paper"), "lw": 0.75}
        patch: Artist
        if shape == "o":
            patch = Circle(at, size, **paint)
        else:
            corners = [(at[0] + size * x, at[1] + size * y) for x, y in _SHAPES[shape]]
            patch = Polygon(corners, closed=True, **paint)
        self._add(patch, svg.Told(title=title))

    def text(
        self,
        at: Point,
        words: str,
        colour: str = "ink",
        *,
        anchor: Anchor = "left",
        size: float = SIZE,
        bold: bool = False,
        title: str = "",
    ) -> None:
        """Add words on a base line; `anchor` says which end of them stands at the point."""
        from matplotlib.text import Text

        font = {"font-size": f"{size:g}", "text-anchor": _ANCHORS[anchor], **({"font-weight": "600"} if bold else {})}
        text = Text(*at, _PLACEHOLDER, color=svg.sentinel(colour), ha=anchor, fontsize=size)
        self._add(text, svg.Told(words=words, font=font, title=title))

    def _add(self, artist: "Artist", told: svg.Told) -> None:
        name = f"a{len(self._artists)}"
        artist.set_gid(name)
        artist.set_zorder(len(self._artists))
        self._artists.append(artist)
        self._told[name] = told

    def svg(self, name: str, title: str, says: str) -> str:
        """All of it as an SVG element for a page; the same bytes each time. `name` is unique on the page."""
        logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells of its caches
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import matplotlib as mpl
            from matplotlib.backends.backend_svg import FigureCanvasSVG
            from matplotlib.figure import Figure
            from matplotlib.transforms import Affine2D

            with mpl.rc_context(_STYLE):
                figure = Figure(figsize=(self.width / 72, self.height / 72), dpi=72)
                FigureCanvasSVG(figure)
                figure.patch.set_visible(False)
                down = Affine2D().scale(1, -1).translate(0, self.height)
                for artist in self._artists:
                    artist.set_transform(down)
                    figure.add_artist(artist)
                file = io.StringIO()
                figure.savefig(file, format="svg", metadata={"Date": None})
        return svg.fit(file.getvalue(), self._told, name=name, title=title, says=says)
