"""All that changed between two runs, in one value; and that value in one sentence. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from judge.differing.conflicts import Conflicts, conflicts
from judge.differing.lists import Dispute, Lists, Ranked
from judge.differing.rates import Rates, rates
from judge.differing.rows import Matched
from judge.differing.sides import Changed, Side, changes, judges_apart, rescaled
from judge.differing.suspects import Suspects, Told, suspects
from judge.differing.verdicts import Moved, moved
from judge.text import counted

FATES = ("unchanged", "renamed", "edited", "new", "gone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One of the two runs, as it is named; `copies` count with another source, `not_sampled` rows were not judged."""

    folder: str
    name: str
    written_at: str
    rows: int
    copies: int
    not_sampled: int
    judge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Rows of a source in either run, and what became of them; a row that has left counts for its earlier source."""

    source: str
    before: int
    after: int
    fates: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """
    What changed from an earlier run to a later one.

    Attributes:
        apart: in what their judges differ, in words; empty where they do not.
        changes: all that is known to have changed but for the rows.
        rescaled: why suspicion is on another scale, in words; empty where each run fitted its own weights, or neither.
        rows: of the whole set; its source is empty.
        by_source: of each source, the largest of the later run first.
        graded: whether both runs had a judge, and so grades to compare.
        anchors: what a re-judged fixed set says of the judge in the later run (`says`, `drifted`); None without one.
        says: the whole in one sentence.
    """

    before: Head
    after: Head
    apart: str
    changes: tuple[Changed, ...]
    rescaled: str
    rows: Counts
    by_source: tuple[Counts, ...]
    suspects: Suspects
    graded: bool
    verdicts: tuple[Moved, ...]
    conflicts: Conflicts
    rates: Rates
    anchors: Mapping[str, Any] | None
    says: str


def ranked(side: Side) -> dict[str, Ranked]:
    """A run's rows as far as its list knows them, in input order."""
    rows = side.rows
    digests = {str(name): str(content) for name, content in zip(rows.index, rows["digest"], strict=True)}
    disputes = _disputes(side, digests)
    against: dict[str, set[str]] = {}
    for left, right in zip(side.pairs["left"].tolist(), side.pairs["right"].tolist(), strict=True):
        if left in digests and right in digests:
            against.setdefault(left, set()).add(digests[right])
            against.setdefault(right, set()).add(digests[left])
    names = [str(column) for column in rows.columns if str(column).endswith(".score")]
    scores = rows[names].to_numpy(dtype=float)
    columns = (rows["suspicion"].tolist(), rows["within_budget"].tolist(), scores.tolist())
    return {
        name: Ranked(
            digest=content,
            suspicion=None if pd.isna(suspicion) else suspicion,
            within_budget=bool(inside),
            scores={rubric: score for rubric, score in zip(names, given, strict=True) if score == score},  # noqa: PLR0124 - NaN
            contradicts=frozenset(against.get(name, ())),
            disputes=tuple(disputes.get(name, ())),
        )
        for (name, content), suspicion, inside, given in zip(digests.items(), *columns, strict=True)
    }


def _disputes(side: Side, digests: Mapping[str, str]) -> dict[str, list[Dispute]]:
    """Of each row in a camp the disputes that it is in; rows of one camp share them, as camps may be of thousands."""
    found: dict[str, list[Dispute]] = {}
    for camps in side.camps:
        contents = [frozenset(digests[name] for name in camp if name in digests) for camp in camps]
        everyone = frozenset[str]().union(*contents)
        for camp, own in zip(camps, contents, strict=True):
            dispute = Dispute(rows=everyone, camp=own)
            for name in camp:
                found.setdefault(name, []).append(dispute)
    return found


def hold(before: Side, after: Side, matched: Matched, lists: Lists, told: tuple[Told, Told]) -> Difference:
    """
    Say what changed.

    Args:
        before: the earlier run.
        after: the later run.
        matched: their rows.
        lists: their suspects.
        told: the lines of `suspects.jsonl` of the rows that `suspects.wanted` names, of either run.
    """
    known = changes(before, after)
    whole, by_source = _counts(before, after, matched)
    found = suspects(lists, matched, (before, after), told)
    disputes = conflicts(before, after, matched, known)
    shares = rates(before, after, matched, lists.line)
    verdicts = moved(before, after, matched, known)
    return Difference(
        before=_head(before),
        after=_head(after),
        apart=judges_apart(before, after),
        changes=known,
        rescaled=rescaled(before, after, known),
        rows=whole,
        by_source=by_source,
        suspects=found,
        graded=before.judged and after.judged,
        verdicts=verdicts,
        conflicts=disputes,
        rates=shares,
        anchors=after.manifest.get("anchors") or None,
        says=_sentence(whole, found, disputes, verdicts, shares),
    )


def _head(side: Side) -> Head:
    return Head(
        folder=side.folder,
        name=side.name,
        written_at=side.written_at,
        rows=len(side.rows),
        copies=side.copies,
        not_sampled=int(side.manifest["accounting"].get("not_sampled") or 0),
        judge=side.judge,
    )


def _counts(before: Side, after: Side, matched: Matched) -> tuple[Counts, tuple[Counts, ...]]:
    old, new = (side.rows["source"].astype(str) for side in (before, after))
    fate = pd.Series(dict(matched.change), dtype=object).reindex(new.index)
    table = pd.crosstab(new.to_numpy(), fate.to_numpy()) if len(new) else pd.DataFrame()
    gone = old[old.index.isin(list(matched.gone))].value_counts()
    sizes = new.value_counts(), old.value_counts()
    names = [*dict.fromkeys([*sizes[0].index, *sizes[1].index])]

    def fates(source: str) -> dict[str, int]:
        row = table.loc[source].to_dict() if source in table.index else {}
        return {**{one: int(row.get(one, 0)) for one in FATES[:-1]}, "gone": int(gone.get(source, 0))}

    by_source = tuple(
        Counts(source=str(name), before=int(sizes[1].get(name, 0)), after=int(sizes[0].get(name, 0)), fates=fates(name))
        for name in names
    )
    total = {one: sum(counts.fates[one] for counts in by_source) for one in FATES}
    return Counts(source="", before=len(old), after=len(new), fates=total), by_source


def _sentence(rows: Counts, found: Suspects, disputes: Conflicts, verdicts: tuple[Moved, ...], shares: Rates) -> str:
    """The one that a person reads who reads one."""
    if rows.before and rows.after and rows.before == rows.fates["gone"]:
        return "no row is in both: these are two different sets, of which only rates can be compared"
    merge = sum(conflict.between != "old and old" for conflict in disputes.born)
    parts = [
        f"{counted(len(found.new), 'new suspect')}, {len(found.gone):,} gone",
        f"{counted(len(disputes.born), 'new contradiction')}{f', {merge:,} with new rows' if merge else ''}",
        *([f"{counted(len(verdicts), 'grade')} changed"] if verdicts else []),
    ]
    parts += _beyond(shares)
    return "; ".join(parts)


def _beyond(shares: Rates) -> list[str]:
    """The rates that changed by more than noise, and where rows that came differ from those that stayed."""
    whole = [(_named(r.what, r.rubric), r.change.value) for r in shares.whole if r.change and r.named]
    up = [name for name, change in whole if change > 0]
    down = [name for name, change in whole if change < 0]
    said = [f"{way} beyond noise: {', '.join(names)}" for way, names in (("up", up), ("down", down)) if names]
    said = said or ["no rate of the whole set changed beyond noise"]
    for r in shares.arrived:
        if r.change and r.named:
            more = "more" if r.change.value > 0 else "less"
            said.append(
                f"rows that came are {more} often suspicious than those that stayed"
                f" ({r.came.value:.1%}, {r.stayed.value:.1%})"
            )
    return said


def _named(what: str, rubric: str) -> str:
    """What there is more or less of."""
    told = {"suspicious": "suspicious rows", "contradicting": "rows in a contradiction"}
    return told.get(what, f"low on {rubric}")
