"""`judge show`: the list of a run, or all that it says of one row, as text."""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from judge import clean, marking, sources
from judge.errors import DataError
from judge.inbox import Run
from judge.records import Example
from judge.text import counted, number, printable
from judge.views.details import PARTNERS, quoted
from judge.views.text import apart, said

_LIST, _DETAILS = "suspects.jsonl", "examples.parquet"
_WIDE = 100  # columns of a line of the list
_ID = 24  # of an id in it
_INDENT = "    "


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """
    How a text is shown.

    Attributes:
        say: shows one line.
        mark: puts a text with marked spans into a form that `say` shows.
    """

    say: Callable[[str], None]
    mark: Callable[[str, Sequence[marking.Span]], str] = marking.marked


def listing(run: Run, top: int, look: Look) -> None:
    """
    One line for each of the first `top` rows of the list; where the review budget ends, a line says so.

    Raises:
        DataError: the list cannot be read.
    """
    inside, shown = True, 0
    for told in run.lines(_LIST):
        if shown == top or not told["reasons"]:
            break
        if inside and not told["within_budget"]:
            look.say("--- the review budget ends here ---")
            inside = False
        reason = told["reasons"][0]
        name = printable(str(told["example_id"]))[:_ID]
        because = " ".join(f"{reason['name']}: {reason['because']}".split())
        line = f"{told['rank']:>6}  {told['suspicion']:.3f}  {name:<{_ID}}  {because}"
        look.say(line if len(line) <= _WIDE else f"{line[: _WIDE - 1]}…")
        shown += 1
    if not shown:
        look.say("no row shows any reason for suspicion")
    else:
        look.say(f"{run.folder}: one of these in full: python -m judge show {run.folder} ID")


def row(run: Run, spec: sources.Spec, which: str, look: Look) -> None:
    """
    All that a run says of one row: where it stands and why, its grades, the conversation, and whom it contradicts.

    Args:
        run: the audit.
        spec: its data set.
        which: the row's id, or `#N` for its rank.
        look: how it is shown.

    Raises:
        DataError: there is no such row, or the input is not that of the run.
    """
    lines = {str(told["example_id"]): told for told in run.lines(_LIST)}
    table = run.examples()
    name = _named(which, lines, list(table.index))
    examples = {example.id: example for example in clean.load(run, spec).examples}
    told, known = lines.get(name, {}), table.loc[name]
    example = examples[name]
    _head(run, example, told, known, look)
    for line in (*_reasons(told), *_grades(run, told, known)):
        look.say(line)
    words = quoted(told)
    look.say(f"conversation{' (marked is what the reasons quote)' if words else ''}:")
    for turn, spoken in _conversation(run, example, words, look):
        look.say(f"  {turn}")
        for line in spoken.splitlines() or [""]:
            look.say(f"{_INDENT}{line}")
    _contradicted(example, told.get("contradicts", ())[:PARTNERS], examples, look)
    look.say(f"digest: {example.digest}")
    look.say(f"made once more, and so checked, by: python -m judge verify {run.folder}")


def _named(which: str, lines: Mapping[str, Mapping[str, Any]], names: Sequence[str]) -> str:
    if which in names:
        return which
    if which.startswith("#") and which[1:].isdecimal():
        found = next((name for name, told in lines.items() if told["rank"] == int(which[1:])), None)
        if found is None:
            raise DataError(f"there is no rank {which[1:]}; the list has {counted(len(lines), 'row')}")
        return found
    close = difflib.get_close_matches(which, names, n=3)
    hint = f"did you mean {', '.join(close)}?" if close else "ids are in suspects.csv; #1 is the first of the list"
    raise DataError(f"there is no row {which!r} in this run; {hint}")


def _head(run: Run, example: Example, told: Mapping[str, Any], known: Any, look: Look) -> None:  # noqa: ANN401 - a row
    where = f"{example.id} (source {example.source}, line {example.line}): {known['status']}"
    if told:
        inside = "inside" if told["within_budget"] else "outside"
        many = int(run.examples(["rank"])["rank"].notna().sum())
        where += f", rank {told['rank']:,} of {many:,}, suspicion {told['suspicion']:.3f}, {inside} the review budget"
        if told.get("probability") is not None:
            where += f", probability {told['probability']:.2f}"
    look.say(where)
    if example.note:
        look.say(f"noted: {example.note}")


def _reasons(told: Mapping[str, Any]) -> Iterator[str]:
    if not told.get("reasons"):
        yield "reasons: none"
        return
    yield "reasons:"
    for reason in told["reasons"]:
        turn = "" if reason["turn"] is None else f", turn {reason['turn']}"
        yield f"  {reason['share']:>4.0%}  {reason['name']}{turn}: {' '.join(str(reason['because']).split())}"
        words = reason.get("rationale")
        if words:
            yield f"        the judge: {' '.join(words['text'].split())}"
            if words["evidence"]:
                where = "" if words["evidence_found"] else " (not found in the row)"
                yield f"        it quotes: “{' '.join(words['evidence'].split())}”{where}"


def _grades(run: Run, told: Mapping[str, Any], known: Any) -> Iterator[str]:  # noqa: ANN401 - a row of a table
    rubrics = run.manifest["config"]["rubrics"]
    scores = [(name, number(known.get(f"{name}.score"))) for name in rubrics]
    graded = [(name, score) for name, score in scores if score is not None]
    if graded:
        yield "grades, of the worst turn:"
    for name, score in graded:
        more = {"entropy": number(known[f"{name}.entropy"]), "off the scale": number(known[f"{name}.off_scale"])}
        beside = ", ".join(f"{what} {value:.2f}" for what, value in more.items() if value is not None)
        yield f"  {name} {score:.1f} of {len(rubrics[name]['levels'])}{beside and f' ({beside})'}"
    for one in told.get("unscored", ()):
        yield f"  {one['rubric']}, turn {one['turn']}: no score ({one['reason']}) {one['detail']}".rstrip()


def _conversation(run: Run, example: Example, words: Sequence[str], look: Look) -> Iterator[tuple[str, str]]:
    checked = "checked" if run.manifest["judge"].get("backend") == "none" else "judged"
    if example.context:
        yield "reference text", look.mark(example.context, marking.find(example.context, words))
    for at, turn in enumerate(example.turns):
        judged = f", {checked}" if at in example.judged else ""
        text = said(turn)
        yield f"{at + 1} {turn.role}{judged}", look.mark(text, marking.find(text, words))


def _contradicted(
    example: Example, told: Sequence[Mapping[str, Any]], examples: Mapping[str, Example], look: Look
) -> None:
    """Each partner's turn below that of the row, with the words marked in which they differ; no text twice running."""
    before = ""
    for one in told:
        other = examples.get(str(one["example_id"]))
        if other is None:
            continue
        by = "the judge" if one["by"] == "judge" else "their words"
        where = f"{other.id} (source {other.source}, line {other.line})"
        look.say(f"contradicts {where}: {one['kind']} {one['probability']:.2f}, by {by}")
        texts = said(example.turns[one["turn"] - 1]), said(other.turns[one["partner_turn"] - 1])
        spans = apart(*texts, one["span"], one["partner_span"])
        mine, theirs = (look.mark(text, marks) for text, marks in zip(texts, spans, strict=True))
        for who, text in (("this row", mine), (other.id, theirs)):
            if text != before:
                look.say(f"  {who}:")
                for line in text.splitlines() or [""]:
                    look.say(f"{_INDENT}{line}")
        before = mine
