"""What text and Markdown say alike: figures, reasons, causes. Pure; what comes from data is put on one line."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from judge.differing.conflicts import End
from judge.differing.intervals import Apart
from judge.differing.rates import Rates
from judge.differing.verdicts import Moved
from judge.differing.whole import Difference, Head
from judge.reliability import Share
from judge.text import counted, printable

_ID = 40  # characters of an id or a source that are shown


def one_line(text: str) -> str:
    """Text of data, on one line, without what commands a terminal."""
    return " ".join(printable(text).split())


def brief(text: str, room: int) -> str:
    """The same, its end cut off where it is longer than `room` characters."""
    line = one_line(text)
    return line if len(line) <= room else f"{line[: max(room - 1, 0)]}…"


def name(text: str) -> str:
    """An id or a source."""
    return brief(text, _ID) or "''"


def run(head: Head) -> str:
    """One of the two runs."""
    copies = f" and {counted(head.copies, 'copy')} of other sources" if head.copies == 1 else ""
    copies = copies or (f" and {head.copies:,} copies of other sources" if head.copies else "")
    when = f", {name(head.written_at)}" if head.written_at else ""
    return f"{name(head.name)}{when}, {counted(head.rows, 'row')}{copies}, {brief(head.judge, 80)}"


def changed(difference: Difference) -> str:
    """What changed but for the rows, and what did not."""
    whats = {change.what for change in difference.changes}
    same = [
        ("the data", {"data"}),
        ("the wording", {"rubric", "guide", "prompts", "layout", "protocol", "pair_rubric"}),
        ("the judge", {"judge", "engine"}),
        ("the settings", {"setting"}),
        ("the code", {"code"}),
    ]
    kept = [what for what, kinds in same if not kinds & whats]
    told = "; ".join(one_line(change.says) for change in difference.changes) or "nothing"
    return f"changed: {told}" + (f"; the same: {', '.join(kept)}" if kept else "")


def cautions(difference: Difference) -> list[str]:
    """What a reader should know before believing any of it."""
    told = []
    before, after = difference.before, difference.after
    if before.written_at and after.written_at and before.written_at > after.written_at:
        told.append("the first run was written after the second: is the order meant?")
    if before.folder == after.folder:
        told.append("this is one run twice")
    if any(change.what == "engine" for change in difference.changes) and not difference.apart:
        told.append("one judge, but another engine: equal questions may have been answered a little differently")
    if difference.rescaled:
        told.append(f"suspicion is not on one scale ({difference.rescaled}): a row may have come or gone by that alone")
    for which, head in (("first", before), ("second", after)):
        if head.not_sampled:
            of = f"{head.not_sampled:,} of {counted(head.rows, 'row')}"
            told.append(
                f"the {which} run judged a sample ({of} are not in it): grades are those of the judged rows alone"
            )
    if difference.rows.before and difference.rows.before == difference.rows.fates["gone"]:
        told.append("no row is in both runs: these are two different sets")
    return told


def suspicion(value: float | None) -> str:
    """With three digits."""
    return "-" if value is None else f"{value:.3f}"


def reason(told: Mapping[str, Any] | None) -> str:
    """The strongest reason against a row."""
    if told is None:
        return "no reason"
    share = told.get("share")
    part = f" {share:.0%}" if isinstance(share, float | int) else ""
    return one_line(f"{told.get('name')}{part}: {told.get('because')}")


def grade(one: Moved) -> str:
    """From which score to which, and what of it."""
    scores = [f"{score:.1f}" if score is not None else "unscored" for score in (one.before, one.after)]
    line = ""
    if one.low_before is not one.low_after:
        line = (
            ", now low" if one.low_after else (", no longer low" if one.low_before and one.low_after is False else "")
        )
    return f"{scores[0]} to {scores[1]}{line}"


def causes(verdicts: Sequence[Moved]) -> str:
    """How many grades each cause explains, by the nearest of each."""
    counts = Counter(one.causes[0] for one in verdicts)
    return ", ".join(f"{one_line(cause)} ({number:,})" for cause, number in counts.most_common())


def kinds(verdicts: Sequence[Moved]) -> str:
    """How many moved, crossed the line, came or went."""
    counts = Counter(str(one.kind) for one in verdicts)
    words = {
        "moved": "moved by half a level or more",
        "crossed": "crossed the line to low by less",
        "scored": "scored now and not before",
        "unscored": "scored before and not now",
    }
    return ", ".join(f"{counts[kind]:,} {says}" for kind, says in words.items() if counts[kind])


def by(who: str) -> str:
    """Who says that two rows contradict each other."""
    return "the judge" if who == "judge" else "their words alone"


def defects(rates: Rates) -> str:
    """The defect rates by people's decisions; empty where there are none to compare."""
    if rates.defects is None:
        return ""
    told, change = rates.defects, rates.defects.change
    figures = [f"{d['value']:.1%} ({100 * d['low']:.1f}-{100 * d['high']:.1f})" for d in (told.before, told.after)]
    says = f"defect rate by people's decisions: {figures[0]}, then {figures[1]}; {points(change)}: {noise(change)}"
    return f"{says} (as of samples that share no decision; the interval is too wide where they do)"


def by_span(ends: Sequence[End], most: int) -> list[tuple[str, list[End]]]:
    """Rows by what they say, the first `most` of those answers."""
    found: dict[str, list[End]] = {}
    for end in ends:
        found.setdefault(one_line(end.span), []).append(end)
    return list(found.items())[:most]


def label(what: str, rubric: str) -> str:
    """A rate in a table; the legend says what it is."""
    return f"low {rubric}" if what == "low" else what


def percent(share: Share, *, of: bool = True) -> str:
    """`5.0% (3.7-6.8) of 800`."""
    if not share.of:
        return "-"
    figure = f"{share.value:.1%} ({100 * share.low:.1f}-{100 * share.high:.1f})"
    return f"{figure} of {share.of:,}" if of else figure


def points(change: Apart | None) -> str:
    """In points of per cent: `+0.8 (-0.2 to +1.9)`."""
    if change is None:
        return "-"
    return f"{100 * change.value:+.1f} ({100 * change.low:+.1f} to {100 * change.high:+.1f})"


def noise(change: Apart | None) -> str:
    """`changed` where the interval leaves 0 out."""
    return "" if change is None else "noise" if change.noise else "changed"


def legend(rates: Rates, line: float | None) -> str:
    """What the rates are, and how far to believe that one changed."""
    tests = sum(r.change is not None for r in (*rates.whole, *rates.by_source))
    tests += sum(r.change is not None for r in rates.arrived)
    told = [
        f"suspicious: at or above {line:.3f}, the line of the earlier run, of the ranked rows"
        if line is not None
        else "nothing was inside the earlier budget, so there is no line to count suspicious rows by",
        "contradicting: in a contradiction, of all rows",
    ]
    if any(rate.what == "low" for rate in rates.whole):
        told.append("low: graded in the lower half of the scale, of the rows that were graded")
    told.append(
        "changed: more than noise, as the 95 % interval of the change, in points of per cent, leaves 0 out; that rows"
        " are in both runs, and that those of one dispute come together, is allowed for; 1 change in 20 looks so by"
        f" chance, and {tests:,} are told here"
    )
    told.append(
        f"the first sentence names a change only where a wider interval, good for all {rates.tests:,} that it could"
        " name at once (Bonferroni), leaves 0 out"
    )
    return "; ".join(told)
