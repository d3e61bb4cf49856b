"""Groups of rows that ask the same and answer differently, with their camps."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from judge import marking
from judge.records import Example
from judge.views import text
from judge.views.lines import Order, Told

SAMPLED = 500  # groups of which answers are shown
_SAMPLE = 3  # answers of a camp that are shown
_ROOM = 2_000  # characters of such an answer
_BRIEF = 300  # characters of a question, of what a camp says, of why one is more likely wrong

Spans = Mapping[str, Sequence[tuple[int, str]]]


def groups(told: Iterable[Told], order: Order, examples: Mapping[str, Example], spans: Spans) -> list[dict[str, Any]]:
    """
    The groups of `groups.jsonl` as a page shows them.

    Args:
        told: its lines.
        order: of the rows.
        examples: by id.
        spans: by id, index of a turn that contradicts another row, and the words it does so with.
    """
    return [_group(one, order, examples, spans if n < SAMPLED else None) for n, one in enumerate(told)]


def of_rows(told: Iterable[Told]) -> dict[str, list[int]]:
    """By id, numbers (from 0) of the groups that a row is in."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for n, one in enumerate(told):
        for name in one["members"]:
            found[name].append(n)
    return dict(found)


def spans(told: Told) -> dict[str, list[tuple[int, str]]]:
    """By the id of a line of the list, its turns (indexes) and words that contradict another row; none if none do."""
    found = [(one["turn"] - 1, one["span"]) for one in told["contradicts"]]
    return {told["example_id"]: found} if found else {}


def _group(told: Told, order: Order, examples: Mapping[str, Example], spans: Spans | None) -> dict[str, Any]:
    return {
        "asks": text.line(told["asks"], _BRIEF),
        "kind": told["kind"],
        "probability": told["probability"],
        "by": told["by"],
        "lean": text.line(told["lean"], _BRIEF),
        "style": dict(told["style"]),
        "conflict": bool(told["pairs"]),
        "camps": [
            {
                "says": text.line(camp["says"], _BRIEF),
                "rows": camp["rows"],
                "independent": camp["independent"],
                "members": [order.member(name) for name in camp["members"]],
                "sample": [] if spans is None else list(_sample(camp, order, examples, spans)),
            }
            for camp in told["camps"]
        ],
        "members": [order.member(name) for name in told["members"]],
    }


def _sample(camp: Told, order: Order, examples: Mapping[str, Example], spans: Spans) -> Iterator[dict[str, Any]]:
    """Answers of a camp, no text twice, with the words marked in which they differ from the others."""
    shown: set[str] = set()
    for name in camp["members"]:
        example = examples.get(name)
        if example is None or len(shown) == _SAMPLE:
            continue
        at, words = _answer(example, camp["says"], spans.get(name, ()))
        answer = text.said(example.turns[at])
        if answer not in shown:
            shown.add(answer)
            marks = marking.find(answer, [words])
            yield {
                **order.member(name),
                "source": text.line(example.source, _BRIEF),
                "parts": text.parts(answer, marks, _ROOM),
            }


def _answer(example: Example, says: str, spans: Sequence[tuple[int, str]]) -> tuple[int, str]:
    """The turn of a row that is its answer to the group, and the words that tell its camp."""
    wanted = "".join(says.split())
    for at in example.judged:
        if wanted and wanted in "".join(example.turns[at].content.split()):
            return at, says
    return next(iter(spans), (example.judged[-1], says))
