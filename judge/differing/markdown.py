"""A difference as Markdown, fit for the comment on a pull request: what matters open, long lists closed. Pure."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from judge.differing import phrases
from judge.differing.cells import code, details, more, table, text
from judge.differing.conflicts import Case, Conflict, cases
from judge.differing.rates import Arrived, Rate
from judge.differing.suspects import Listed
from judge.differing.verdicts import Moved
from judge.differing.whole import FATES, Difference

T = TypeVar("T")

_FIRST = 20  # entries of a table
_SPANS, _PARTNERS = 3, 4  # answers that a row contradicts, and rows named of each
_SHORT = 60  # characters of a data set's name
_LIMIT = 60_000  # characters of a document: a comment on GitHub holds 65,536


def document(difference: Difference) -> str:
    """The whole; sections for which a comment has no room are left out, and named."""
    parts = [_head(difference)]
    room, left_out = _LIMIT - len(parts[0]), []
    for title, section in _sections(difference):
        if len(section) > room:
            left_out.append(title)
            continue
        parts.append(section)
        room -= len(section) + 2
    if left_out:
        parts.append(f"A comment has no room for more; left out: {', '.join(left_out)}. JSON tells all of it.")
    return "\n\n".join(parts)


def _head(difference: Difference) -> str:
    parts = []
    if difference.apart:
        parts.append(f"**DIFFERENT JUDGES**: {text(difference.apart, 400)}; their scores are not on one scale.")
    names = f"{text(difference.before.name, _SHORT)} → {text(difference.after.name, _SHORT)}"
    parts.append(f"### Audit of {names}: {text(difference.says, 500)}")
    parts += [f"**NOTE**: {text(caution, 300)}" for caution in phrases.cautions(difference)]
    if difference.anchors:
        parts.append(f"Judge on its anchors: {text(str(difference.anchors.get('says')), 300)}")
    runs = [text(phrases.run(one), 300) for one in (difference.before, difference.after)]
    parts.append(f"From {runs[0]}<br>to {runs[1]}<br>{text(phrases.changed(difference), 1000)}")
    lines = []
    for one in (*difference.by_source[:_FIRST], difference.rows):
        numbers = (one.before, one.after, *(one.fates[fate] for fate in FATES))
        who = "all" if one is difference.rows else code(one.source)
        lines.append([who, *(f"{number:,}" for number in numbers)])
    heads = ["rows", "before", "after", *FATES]
    parts.append(table(heads, lines, range(1, len(heads))) + more(difference.by_source, _FIRST, "source"))
    return "\n\n".join(parts)


def _sections(difference: Difference) -> Iterator[tuple[str, str]]:
    """(title, Markdown), what matters most first."""
    found, disputes, rates = difference.suspects, difference.conflicts, difference.rates
    line = "" if found.line is None else f", at or above the earlier line of {found.line:.3f}"
    yield _section(f"New suspects{line}", found.new, _suspects, opened=True)
    for between in ("old and new", "new and new", "old and old"):
        born = [one for one in disputes.born if one.between == between]
        yield _section(f"New contradictions, {between}", born, _cases, opened=between == "old and new")
    shares = "\n\n".join(["#### Rates", _rates(rates.whole), _arrived(rates.arrived)])
    legend = text(phrases.legend(rates, found.line), 1000)
    yield "rates", "\n\n".join(filter(None, [shares, text(phrases.defects(rates), 400), legend]))
    yield _section("Suspects no more", found.gone, _suspects)
    yield _section("Risen: below the earlier line, or with nothing new against them", found.risen, _suspects)
    yield _section("Suspects kept", found.kept, _suspects)
    yield _section("Contradictions resolved", disputes.resolved, _cases)
    yield _section("Contradictions no longer reported, though both rows are there", disputes.lapsed, _cases)
    if difference.graded:
        yield _section("Grades that changed", difference.verdicts, _grades)
    sources = list(dict.fromkeys(rate.source for rate in rates.by_source))
    if sources:
        shown = set(sources[:_FIRST])
        by_source = _rates([rate for rate in rates.by_source if rate.source in shown], sourced=True)
        yield "rates by source", details("Rates by source", by_source + more(sources, _FIRST, "source"))


def _section(
    title: str, entries: Sequence[T], show: Callable[[Sequence[T]], str], *, opened: bool = False
) -> tuple[str, str]:
    head = f"{title}: {len(entries):,}"
    if opened:
        return title, f"#### {head}\n\n{show(entries)}" if entries else f"#### {head}"
    return title, details(head, show(entries)) if entries else head


def _suspects(entries: Sequence[Listed]) -> str:
    lines = [
        [
            phrases.suspicion(one.before),
            phrases.suspicion(one.after),
            code(one.example_id) + (f" (was {code(one.earlier_id)})" if _renamed(one) else ""),
            code(one.source),
            text(one.why),
            text(phrases.reason(one.reason)),
        ]
        for one in entries[:_FIRST]
    ]
    heads = ["before", "after", "row", "source", "why", "strongest reason"]
    return table(heads, lines, (0, 1)) + more(entries, _FIRST, "suspect")


def _renamed(one: Listed) -> bool:
    return one.earlier_id not in {"", one.example_id}


def _cases(entries: Sequence[Conflict]) -> str:
    """By the row that brought them about."""
    grouped = cases(entries)
    lines = [
        [
            one.kind,
            f"{one.probability:.2f}",
            f"{one.row.fate} {code(one.row.example_id)} ({code(one.row.source)}): {code(one.row.span)}",
            _against(one),
            text(f"{one.why} (by {phrases.by(one.by)})"),
        ]
        for one in grouped[:_FIRST]
    ]
    return table(["kind", "probability", "row", "against", "why"], lines, (1,)) + more(grouped, _FIRST, "row")


def _against(case: Case) -> str:
    parts = []
    for span, ends in phrases.by_span(case.against, _SPANS):
        named_ends = ", ".join(f"{code(end.example_id)} ({code(end.source)})" for end in ends[:_PARTNERS])
        others = f" and {len(ends) - _PARTNERS:,} more" if len(ends) > _PARTNERS else ""
        parts.append(f"{code(span)}: {named_ends}{others}")
    spans = len({end.span for end in case.against})
    return "<br>".join(parts + ([f"and {spans - _SPANS:,} other answers"] if spans > _SPANS else []))


def _grades(entries: Sequence[Moved]) -> str:
    lines = [
        [code(one.example_id), text(one.rubric), phrases.grade(one), text("; ".join(one.causes))]
        for one in entries[:_FIRST]
    ]
    shown = table(["row", "rubric", "score", "why"], lines) + more(entries, _FIRST, "grade")
    return f"{text(phrases.kinds(entries), 400)}. Why: {text(phrases.causes(entries), 400)}\n\n{shown}"


def _rates(rates: Sequence[Rate], *, sourced: bool = False) -> str:
    lines = [
        [
            *([code(one.source)] if sourced else []),
            text(phrases.label(one.what, one.rubric)),
            phrases.percent(one.before),
            phrases.percent(one.after),
            phrases.points(one.change),
            _noise(phrases.noise(one.change)),
        ]
        for one in rates
    ]
    first = len(("source", "rows") if sourced else ("rows",))
    heads = [*(["source"] if sourced else []), "rows", "before", "after", "change", ""]
    return table(heads, lines, range(first, first + 3))


def _arrived(rates: Sequence[Arrived]) -> str:
    lines = [
        [
            text(phrases.label(one.what, one.rubric)),
            phrases.percent(one.stayed),
            phrases.percent(one.came),
            phrases.points(one.change),
            _noise(phrases.noise(one.change)),
        ]
        for one in rates
        if one.change
    ]
    return (
        table(["rows of the later run", "stayed", "new or edited", "difference", ""], lines, (1, 2, 3)) if lines else ""
    )


def _noise(said: str) -> str:
    return f"**{said}**" if said == "changed" else said
