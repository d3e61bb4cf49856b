"""A figure's numbers as SVG, and as what a page holds of it. What is drawn is in pixels of a figure 600 wide."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from judge.figures import SHADES, Bars, Curve, Figure, Intervals, Matrix, Part, Scale
from judge.reliability import Share
from judge.report.canvas import SHAPES, Canvas
from judge.text import counted

WIDTH = 600.0
_SMALL = 11.0
_FEW, _MOST = 90.0, 210.0  # for the name of a line and its count
_CHARACTER = 7.2  # width of one, in a wide font
_LINE, _THICK = 24.0, 13.0  # of a line of bars, and of a bar
_PER_BLOCK = 4  # rubrics side by side
_SWATCH, _NUMBERED = 30.0, 10  # pixels of a level in the legend; more levels than that have no number there


def chart(figure: Figure, width: float = WIDTH) -> dict[str, Any]:
    """Give what a page shows of a figure: its words, its table, and its SVG element."""
    drawn = _draw(figure, width)
    return {
        "id": figure.id,
        "title": figure.title,
        "says": figure.says,
        "svg": drawn.svg(f"chart-{figure.id}", figure.title, figure.says),
        "table": {"head": list(figure.head), "rows": [list(row) for row in figure.rows]},
    }


def _draw(figure: Figure, width: float) -> Canvas:
    match figure.form:
        case Matrix():
            return _matrix(figure.form, width)
        case Bars():
            return _bars(figure.form, width)
        case Curve():
            return _curve(figure.form, width)
        case Intervals():
            return _intervals(figure.form, width)


def _matrix(form: Matrix, width: float) -> Canvas:
    """Lines of sources, columns of rubrics, so that the sources of one rubric stand below each other."""
    blocks = [range(n, min(n + _PER_BLOCK, len(form.columns))) for n in range(0, len(form.columns), _PER_BLOCK)]
    tall = len(form.lines) * _LINE + 30
    canvas = Canvas(width=width, height=26 + len(blocks) * (tall + 8))
    alike = len({scale.levels for scale in form.scales}) == 1
    _levels(canvas, form.scales[0] if alike else None)
    room = _room(form.lines)
    column = (width - room) / min(len(form.columns), _PER_BLOCK)
    for block, columns in enumerate(blocks):
        top = 26 + block * (tall + 8)
        for place, n in enumerate(columns):
            x = room + place * column
            name = _cut(form.columns[n], column if alike else column - 62)
            canvas.text((x, top + 16), name, bold=True, title=form.columns[n])
            if not alike:
                low = form.scales[n].told
                canvas.text((x + column - 16, top + 16), low, "muted", anchor="right", size=_SMALL, title=f"low: {low}")
        for number, ((label, rows), cells) in enumerate(zip(form.lines, form.cells, strict=True)):
            y = top + 28 + number * _LINE + (6 if number else 0)
            _name(canvas, y + _THICK - 2.5, label, rows, room, bold=number == 0)
            for place, n in enumerate(columns):
                where = f"{form.columns[n]}, {label}"
                _stack(canvas, (room + place * column, y), column - 42, cells[n], where, scale=form.scales[n])
    return canvas


def _levels(canvas: Canvas, scale: Scale | None) -> None:
    """What the colours are, and what the shares; without a scale, of rubrics that have none in common."""
    canvas.text((0, 14), "worst", "muted", size=_SMALL)
    known = scale or Scale(levels=SHADES)
    numbered = known.levels <= _NUMBERED
    wide = min(_SWATCH, 5 * _SWATCH / known.levels) if numbered else 5 * _SWATCH / known.levels
    gap = 1 if numbered else -0.3
    for level in range(1, known.levels + 1):
        x, shade = 40 + (level - 1) * wide, known.shade(level)
        canvas.box((x, 4), (wide - gap, 13), f"shade-{shade}")
        if numbered:
            canvas.text((x + (wide - 1) / 2, 14), str(level), f"on-shade-{shade}", anchor="center", size=10)
    canvas.text((40 + known.levels * wide + 7, 14), "best", "muted", size=_SMALL)
    low = f"share graded {scale.told}" if scale else "share graded as low as said above it"
    canvas.text((canvas.width, 14), f"beside each bar: {low}", "muted", anchor="right", size=_SMALL)


def _stack(
    canvas: Canvas, at: tuple[float, float], room: float, parts: Sequence[Part], where: str, *, scale: Scale
) -> None:
    """One bar of levels, the worst first, and the share of the low ones after it."""
    of = sum(part.count for part in parts)
    if not of:
        canvas.text((at[0], at[1] + _THICK - 2.5), "no score", "muted", size=_SMALL)
        return
    x = at[0]
    for part in parts:
        if part.count:
            wide = room * part.count / of
            gap = 1.0 if wide > 2 and part.level < scale.levels else 0.0  # noqa: PLR2004 - a gap must not be all of it
            title = (
                f"{where}: {part.count:,} of {of:,} graded {part.level} of {scale.levels} ({_percent(part.count / of)})"
            )
            canvas.box(
                (x, at[1]), (wide - gap, _THICK), f"shade-{scale.shade(part.level)}", title=title, chosen=part.filter
            )
            x += wide
    low = sum(part.count for part in parts if part.level <= scale.low) / of
    canvas.text(
        (at[0] + room + 6, at[1] + _THICK - 2.5), _percent(low), size=_SMALL, title=f"{where}: graded {scale.told}"
    )


def _bars(form: Bars, width: float) -> Canvas:
    tall = [34 + len(bars) * _LINE for _, bars in form.blocks]
    canvas = Canvas(width=width, height=sum(tall))
    room = _room((bar.label, None) for _, bars in form.blocks for bar in bars)
    top = 0.0
    for (head, bars), height in zip(form.blocks, tall, strict=True):
        canvas.text((0, top + 16), head, "muted", size=_SMALL)
        longest = max((bar.share for bar in bars), default=0.0) or 1.0
        for number, bar in enumerate(bars):
            y = top + 26 + number * _LINE
            _name(canvas, y + _THICK - 2.5, bar.label, None, room, bold=bar.label == "all rows")
            wide = max((width - room - 116) * bar.share / longest, 1.0)
            told = f"{bar.count:,} of {bar.of:,}"
            canvas.box((room, y), (wide, _THICK), "accent", title=f"{bar.label}: {told}", chosen=bar.filter)
            canvas.text((room + wide + 6, y + _THICK - 2.5), _percent(bar.share))
            canvas.text((room + wide + 50, y + _THICK - 2.5), told, "muted", size=_SMALL)
        top += height
    return canvas


def _curve(form: Curve, width: float) -> Canvas:
    """Ranks on a logarithmic axis, as all that matters is at the head of the list."""
    canvas = Canvas(width=width, height=250)
    left, right, top, floor = 34.0, width - 14, 30.0, 214.0

    def x(rank: float) -> float:
        return left + (right - left) * math.log(rank) / math.log(form.ranked)

    def y(value: float) -> float:
        return floor - (floor - top) * value

    for value in (0, 0.25, 0.5, 0.75, 1):
        canvas.line([(left, y(value)), (right, y(value))], "grid", width=1)
        if value in (0, 0.5, 1):
            canvas.text((left - 7, y(value) + 4), f"{value:g}", "muted", anchor="right", size=_SMALL)
    _ranks(canvas, form, x, floor)
    line = [(x(rank), y(suspicion)) for rank, suspicion, _ in form.points]
    inside = [point for (rank, _, _), point in zip(form.points, line, strict=True) if rank <= form.cut]
    if inside:
        rows = f"inside the review budget: {form.inside:,} of {form.ranked:,} rows, the last at rank {form.cut:,}"
        under = [(left, floor), *inside, (inside[-1][0], floor)]
        canvas.area(under, "accent", alpha=0.16, title=rows, chosen={"inside": True})
        _cut_line(canvas, form, x(form.cut), inside[-1][1], (top, floor))
    canvas.line(line, "series-1", width=2)
    said = [(x(rank), y(p)) for rank, _, p in form.points if p is not None]
    if said:
        canvas.line(said, "series-2", width=2, dashed=True)
        _key(canvas, floor + 28, [("suspicion", "series-1", False), ("probability to be removed", "series-2", True)])
    else:
        canvas.text((0, 14), "suspicion", "muted", size=_SMALL)
    return canvas


def _ranks(canvas: Canvas, form: Curve, x: Callable[[float], float], floor: float) -> None:
    """Powers of ten, and the end where it does not touch the last of them."""
    ticks = [10**n for n in range(len(str(form.ranked))) if 10**n <= form.ranked]
    if x(form.ranked) - x(ticks[-1]) > 50:  # noqa: PLR2004 - pixels
        ticks.append(form.ranked)
    for rank in ticks:
        canvas.line([(x(rank), floor), (x(rank), floor + 4)], "muted", width=1)
        anchor: Any = "right" if rank == form.ranked else "center"
        canvas.text((x(rank), floor + 17), f"{rank:,}", "muted", anchor=anchor, size=_SMALL)
    canvas.text((canvas.width - 14, floor + 32), "rank", "muted", anchor="right", size=_SMALL)


def _cut_line(canvas: Canvas, form: Curve, x: float, y: float, reach: tuple[float, float]) -> None:
    """Where the review budget ends, and how suspicious that row is."""
    canvas.line([(x, reach[0] - 10), (x, reach[1])], "cut", width=1.5, dashed=True)
    suspicion = next(value for rank, value, _ in form.points if rank == form.cut)
    rows = counted(form.inside, "row") + ("" if form.inside == form.cut else f" to rank {form.cut:,}")
    anchor: Any = "left" if x < canvas.width / 2 else "right"
    place = max(x, 72.0) if anchor == "left" else x  # beside the name of the axis
    canvas.text((place, 14), f"review budget: {rows}, down to {suspicion:.2f}", anchor=anchor, bold=True)
    canvas.mark("o", (x, y), "cut")


def _key(canvas: Canvas, y: float, lines: Sequence[tuple[str, str, bool]]) -> None:
    x = 0.0
    for words, colour, dashed in lines:
        canvas.line([(x, y), (x + 22, y)], colour, width=2, dashed=dashed)
        canvas.text((x + 28, y + 4), words, "muted", size=_SMALL)
        x += 28 + len(words) * _CHARACTER + 12


def _intervals(form: Intervals, width: float) -> Canvas:
    """One band per kind, one mark per series; what all kinds come to stands on top."""
    few = len(form.series) <= 3  # noqa: PLR2004 - they fit one line of a legend
    step = 8.5 if few else 8.0
    band = max(9 + step * len(form.series), _LINE)
    top = 30.0 if few else 14.0 + 17 * len(form.series)
    canvas = Canvas(width=width, height=top + band * len(form.lines) + 44)
    of = [max((share.of for share in shares if share), default=0) for _, shares in form.lines]
    room = _room((kind, count) for (kind, _), count in zip(form.lines, of, strict=True))
    left, right, floor = room + 6, width - 20, top + band * len(form.lines) + 6
    _legend(canvas, form, few=few)

    def x(share: float) -> float:
        return left + (right - left) * share

    for number in range(1, len(form.lines), 2):
        canvas.box((0, top + number * band + 6), (width, band), "band")
    for tick in (0, 0.25, 0.5, 0.75, 1):
        canvas.line([(x(tick), top), (x(tick), floor)], "grid", width=1)
        canvas.text((x(tick), floor + 16), _percent(tick), "muted", anchor="center", size=_SMALL)
    whole = None if form.line is None else form.lines[0][1][form.line]
    if form.line is not None and whole and whole.of:
        mean = [(x(whole.value), top), (x(whole.value), floor)]
        canvas.line(mean, f"series-{form.line + 1}", width=1, dashed=True)
    for number, (kind, shares) in enumerate(form.lines):
        up = top + number * band + (6 if number else 0)
        _name(canvas, up + band / 2 + 4, kind, of[number], room, bold=number == 0)
        for n, share in enumerate(shares):
            if share and share.of:
                y = up + band / 2 + (n - (len(shares) - 1) / 2) * step
                _interval(canvas, x, y, share, n=n, where=f"{kind}, {form.series[n]}")
    canvas.line([(0, top + band + 3), (width, top + band + 3)], "grid", width=1)
    note = f"share caught inside the review budget, with its 95 % interval; beside each kind: {form.of}"
    canvas.text((0, floor + 33), note, "muted", size=_SMALL)
    return canvas


def _legend(canvas: Canvas, form: Intervals, *, few: bool) -> None:
    x, y = 0.0, 10.0
    for n, name in enumerate(form.series):
        canvas.mark(SHAPES[n], (x + 5, y), f"series-{n + 1}", size=5)
        shown = _cut(name, canvas.width / 3 if few else canvas.width)
        canvas.text((x + 15, y + 4), shown, title=name)
        x, y = (x + 30 + len(shown) * _CHARACTER, y) if few else (x, y + 17)


def _interval(canvas: Canvas, x: Callable[[float], float], y: float, share: Share, *, n: int, where: str) -> None:
    title = f"{where}: {share.found:,} of {share.of:,}, {_percent(share.value)}"
    title += f" ({_percent(share.low)} to {_percent(share.high)})"
    canvas.line([(x(share.low), y), (x(share.high), y)], f"series-{n + 1}", width=1.5, title=title)
    canvas.mark(SHAPES[n], (x(share.value), y), f"series-{n + 1}", title=title)


def _room(lines: Iterable[tuple[str, int | None]]) -> float:
    """Pixels that names and their counts need before the first bar."""
    return min(max(_FEW, *(len(label) * _CHARACTER + _digits(count) for label, count in lines)), _MOST)


def _digits(count: int | None) -> float:
    """Pixels of a count and the gaps beside it."""
    return 14 if count is None else 24 + len(f"{count:,}") * 7


def _name(canvas: Canvas, y: float, label: str, count: int | None, room: float, *, bold: bool) -> None:
    """The name of a line, and its count at the end of its room."""
    canvas.text((0, y), _cut(label, room - _digits(count)), bold=bold, title=label)
    if count is not None:
        canvas.text((room - 14, y), f"{count:,}", "muted", anchor="right", size=_SMALL)


def _cut(words: str, room: float) -> str:
    """As much of a name as fits; about, as the page chooses the font."""
    most = max(int(room / _CHARACTER + 0.01), 3)
    return words if len(words) <= most else f"{words[: most - 1]}…"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.0995 or not share else f"{100 * share:.1f} %"  # noqa: PLR2004
