"""A difference in words, for a person at a terminal: lines of 100 columns, lists by their first ten. Pure."""

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from judge.differing import phrases
from judge.differing.conflicts import Case, Conflict, cases
from judge.differing.intervals import Apart
from judge.differing.suspects import Listed
from judge.differing.whole import FATES, Counts, Difference
from judge.text import counted, quoted

_WIDTH = 100
_FIRST = 10  # entries of a list that are shown
_SPANS, _PARTNERS = 3, 4  # answers that a row contradicts, and rows named of each
_SOURCES = 8  # sources whose rates are shown
_GAP = "  "


def lines(difference: Difference) -> Iterator[str]:
    """The whole, line by line."""
    if difference.apart:
        yield from _wrapped(
            f"DIFFERENT JUDGES: {phrases.one_line(difference.apart)}; their scores are not on one scale"
        )
    yield from _wrapped(f"from {phrases.run(difference.before)}")
    yield from _wrapped(f"to   {phrases.run(difference.after)}")
    yield from _wrapped(difference.says)
    yield from _wrapped(phrases.changed(difference))
    for caution in phrases.cautions(difference):
        yield from _wrapped(f"NOTE: {caution}")
    if difference.anchors:
        yield from _wrapped(f"judge on its anchors: {phrases.one_line(str(difference.anchors.get('says')))}")
    yield ""
    yield from _rows(difference)
    yield from _suspects(difference)
    yield from _verdicts(difference)
    yield from _conflicts(difference)
    yield from _rates(difference)


def _rows(difference: Difference) -> Iterator[str]:
    """A table with one line a source."""
    counts = [*difference.by_source[:_SOURCES], difference.rows]
    cells = [["rows", "before", "after", *FATES]]
    for one in counts:
        numbers = (one.before, one.after, *one.fates.values())
        cells.append([_source(one, difference), *(f"{number:,}" for number in numbers)])
    yield from _table(cells)
    yield from _more(difference.by_source, _SOURCES, "source")


def _source(counts: Counts, difference: Difference) -> str:
    return phrases.name(counts.source) if counts is not difference.rows else "all"


def _suspects(difference: Difference) -> Iterator[str]:
    found = difference.suspects
    line = "nothing was inside the earlier budget" if found.line is None else f"the earlier line is {found.line:.3f}"
    sizes = f"{len(found.new):,} new, {len(found.risen):,} risen, {len(found.kept):,} kept, {len(found.gone):,} gone"
    yield ""
    yield f"suspects: {sizes} ({line})"
    heads = {
        "new: as suspicious as those of the earlier run, with something against them that was not there": found.new,
        "risen: below the earlier line, or only the set around them and its weights have changed": found.risen,
        "gone": found.gone,
        "kept": found.kept,
    }
    for head, entries in heads.items():
        if entries:
            yield f" {head}"
            for entry in entries[:_FIRST]:
                yield from _suspect(entry)
            yield from _more(entries, _FIRST, "suspect")


def _suspect(entry: Listed) -> Iterator[str]:
    moved = f"{phrases.suspicion(entry.before):>7}{phrases.suspicion(entry.after):>7}  "
    who = f"{phrases.name(entry.example_id)} ({phrases.name(entry.source)})"
    if entry.earlier_id not in {"", entry.example_id}:
        who += f", {phrases.name(entry.earlier_id)} before"
    reason = phrases.reason(entry.reason)
    if not entry.cause:  # kept: one line
        edited = f", {entry.why}" if entry.why else ""
        yield moved + phrases.brief(f"{who}{edited}: {reason}", _WIDTH - len(moved))
        return
    yield from _wrapped(f"{who}: {phrases.one_line(entry.why)}", first=moved, then=" " * len(moved))
    yield " " * len(moved) + phrases.brief(reason, _WIDTH - len(moved))


def _verdicts(difference: Difference) -> Iterator[str]:
    verdicts = difference.verdicts
    yield ""
    if not verdicts:
        yield (
            "grades: none changed"
            if difference.graded
            else "grades: there are none to compare, as not both runs had a judge"
        )
        return
    rows = len({one.example_id for one in verdicts})
    yield from _wrapped(f"grades: {len(verdicts):,} changed, of {counted(rows, 'row')}: {phrases.kinds(verdicts)}")
    yield from _wrapped(f" why: {phrases.causes(verdicts)}")
    for one in verdicts[:_FIRST]:
        says = f"{phrases.name(one.example_id)}, {one.rubric}: {phrases.grade(one)}; {'; '.join(one.causes)}"
        yield from _wrapped(phrases.one_line(says), first="   ", then="     ")
    yield from _more(verdicts, _FIRST, "grade")


def _conflicts(difference: Difference) -> Iterator[str]:
    found = difference.conflicts
    yield ""
    yield (
        f"contradictions: {len(found.born):,} new, {len(found.resolved):,} resolved, {len(found.lapsed):,} no longer"
        f" reported though both rows are there, {found.kept:,} kept"
    )
    for between, group in groupby(found.born, key=lambda one: one.between):
        yield from _cases(f"new, {between}", tuple(group))
    yield from _cases("resolved", found.resolved)
    yield from _cases("no longer reported", found.lapsed)


def _cases(head: str, entries: Sequence[Conflict]) -> Iterator[str]:
    """By the row that brought them about: one new row may contradict twenty."""
    grouped = cases(entries)
    if entries:
        yield f" {head}: {len(entries):,}, by {counted(len(grouped), 'row')}"
    for one in grouped[:_FIRST]:
        yield from _case(one)
    yield from _more(grouped, _FIRST, "row")


def _case(one: Case) -> Iterator[str]:
    first = f"   {one.kind} {one.probability:.2f}  "
    who = f"{one.row.fate} {phrases.name(one.row.example_id)} ({phrases.name(one.row.source)}): "
    yield first + who + quoted(phrases.one_line(one.row.span), max(20, _WIDTH - len(first) - len(who) - 2))
    margin = " " * len(first)
    for span, ends in phrases.by_span(one.against, _SPANS):
        named = ", ".join(f"{phrases.name(end.example_id)} ({phrases.name(end.source)})" for end in ends[:_PARTNERS])
        more = f" and {len(ends) - _PARTNERS:,} more" if len(ends) > _PARTNERS else ""
        yield from _wrapped(f"against {quoted(span)}: {named}{more}", first=margin, then=f"{margin}  ")
    spans = len({end.span for end in one.against})
    yield from ([f"{margin}and {spans - _SPANS:,} other answers"] if spans > _SPANS else [])
    yield from _wrapped(f"{phrases.one_line(one.why)} (by {phrases.by(one.by)})", first=margin, then=f"{margin}  ")


def _rates(difference: Difference) -> Iterator[str]:
    rates = difference.rates
    yield ""
    head = ["rates", "before", "after", "change", ""]
    sources = list(dict.fromkeys(rate.source for rate in rates.by_source))
    cells = [head]
    for source in ["", *sources[:_SOURCES]]:
        cells.append([f"{phrases.name(source)}:" if source else "all rows:", "", "", "", ""])
        cells += [
            [
                f" {phrases.label(r.what, r.rubric)}",
                phrases.percent(r.before),
                phrases.percent(r.after),
                *_change(r.change),
            ]
            for r in (rates.by_source if source else rates.whole)
            if r.source == source
        ]
    yield from _table(cells, left=4)
    yield from _more(sources, _SOURCES, "source")
    arrived = [r for r in rates.arrived if r.came.of and r.stayed.of]
    if arrived:
        cells = [["of the later run", "stayed", "new or edited", "difference", ""]]
        cells += [
            [
                f" {phrases.label(r.what, r.rubric)}",
                phrases.percent(r.stayed),
                phrases.percent(r.came),
                *_change(r.change),
            ]
            for r in arrived
        ]
        yield ""
        yield from _table(cells, left=4)
    yield from _wrapped(phrases.defects(rates))
    yield from _wrapped(phrases.legend(rates, difference.suspects.line))


def _change(change: Apart | None) -> list[str]:
    return [phrases.points(change), phrases.noise(change)]


def _table(cells: Sequence[Sequence[str]], left: int = 0) -> Iterator[str]:
    """Columns as wide as they must be; the first and column `left` flush left, the others right."""
    widths = [max(len(line[n]) for line in cells) for n in range(len(cells[0]))]
    for line in cells:
        parts = [
            c.ljust(w) if n in {0, left} else c.rjust(w) for n, (c, w) in enumerate(zip(line, widths, strict=True))
        ]
        yield _GAP.join(parts).rstrip()


def _more(entries: Sequence[object], shown: int, what: str) -> Iterator[str]:
    if len(entries) > shown:
        yield f"   and {counted(len(entries) - shown, f'more {what}')}"


def _wrapped(text: str, *, first: str = "", then: str = "  ") -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=first, subsequent_indent=then, break_long_words=False, break_on_hyphens=False
    )
