"""A finished run as a page: what its files say, put together for people to read."""

import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from judge import clean, digest, inbox, likelihood, listed, outbox, report, reviewed, signals, sources
from judge.errors import ConfigError, DataError
from judge.figures import Figure
from judge.inbox import Run
from judge.manifest import named
from judge.records import Example
from judge.reliability import Reviewed
from judge.report import drawing
from judge.views import charts, details, groups, lead, lines, passages, text

VERSION = 1  # of what a page's scripts read
_SHOWN, _GROUPS = 1_000, 200  # rows, and groups of rows, whose details a report holds
_MEMBERS, _BESIDE = 50, 2_000  # of one group, and of all groups beside the rows above
_ROOM = 16_000_000  # characters of JSON that they may take


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Content:
    """
    What a page shows of a run.

    Attributes:
        lead: its head, as the run left it.
        head: the same by what people have decided since; None gives `lead`.
        order: of its rows.
        evidence: by number of a ranked row, what the findings alone say against it, in nats.
        data: what its scripts read, but for mode, details and charts.
        detail: all about the row of that number, made when it is asked for.
        figures: in the order of the page.
    """

    lead: dict[str, Any]
    head: Callable[[Reviewed | None], dict[str, Any]]
    order: lines.Order
    evidence: Sequence[float]
    data: dict[str, Any]
    detail: Callable[[int], dict[str, Any]]
    figures: tuple[Figure, ...]

    def charts(self) -> list[dict[str, Any]]:
        """The figures, drawn."""
        return [drawing.chart(figure) for figure in self.figures]


def content(  # noqa: PLR0917 - what a page is made of
    run: Run,
    examples: Sequence[Example],
    guide: str | None,
    room: int = text.ROOM,
    folder: str | None = None,
    most: int | None = None,
) -> Content:
    """
    What a page shows of a run; of 50,000 rows in 3 to 5 s and 300 MB, and a detail in a millisecond.

    Args:
        run: its files are there; its manifest may not be on disk yet.
        examples: all rows of its set.
        guide: the text of the set's guide, if it has one.
        room: characters of one text that details show.
        folder: the run's, as commands name it; as it is named from here where there is none.
        most: rows that are held where there are more and no groups of them; None: all.

    Raises:
        DataError: a file of the run cannot be read, or does not speak of these rows.
    """
    with inbox.reading(run.folder / listed.LIST):
        return _content(run, examples, guide, room, folder or named(run.folder), most)


def _content(  # noqa: PLR0917 - as above
    run: Run, examples: Sequence[Example], guide: str | None, room: int, folder: str, most: int | None
) -> Content:
    manifest: dict[str, Any] = json.loads(json.dumps(run.manifest))  # as it is, or will be, on disk
    rubrics = manifest["config"]["rubrics"]
    found = list(run.lines("groups.jsonl"))
    seen = listed.rows(run, examples, None if found else most)
    table, told, order = seen.table, seen.told, seen.order
    members, camps = groups.of_rows(found), groups.groups(found, order, seen.examples, seen.spans)
    speaks = {**{signal.name: signal.rubric for signal in signals.discover()}, **dict.fromkeys(likelihood.WEIGHTS)}
    rows = lines.rows(order, told, seen.known, seen.examples, groups=members, rubrics=list(rubrics), speaks=speaks)
    noted: tuple[str, ...] = ()
    if guide and digest.of(guide) != manifest["wording"].get("guide"):
        guide, noted = None, ("The guide is not what it was in this run, so no passage of it is shown",)
    known = details.Known(
        order=order,
        told=told.__getitem__,
        row=seen.row,
        examples=seen.examples,
        groups=members,
        levels={name: len(one["levels"]) for name, one in rubrics.items()},
        speaks=speaks,
        guide=passages.finder(guide, list(_sampled(examples))),
        folder=folder,
        room=room,
    )

    def head(decided: Reviewed | None) -> dict[str, Any]:
        told = manifest if decided is None else {**manifest, "decisions": reviewed.told(decided)}
        heard = reviewed.says(reviewed.read(told["decisions"])) if told.get("decisions") else []
        return lead.lead(told, table, camps, reasoned=seen.reasoned, reviewed=[*heard, *noted])

    return Content(
        lead=head(None),
        head=head,
        order=order,
        evidence=seen.evidence,
        data={
            "version": VERSION,
            "run": _run(manifest, known.folder, table, len(told), rows),
            "rubrics": {
                name: {
                    "question": text.line(one["question"], details.LONG),
                    "levels": [text.line(level, details.LONG) for level in one["levels"].values()],
                }
                for name, one in rubrics.items()
            },
            "rows": rows,
            "groups": camps,
        },
        detail=lambda index: details.detail(known, index),
        figures=charts.figures(manifest, table, told),
    )


def _sampled(examples: Sequence[Example]) -> Iterator[str]:
    """Texts of rows from all of the set, which tell how common a word is in it."""
    step = max(1, len(examples) // passages.SAMPLE)
    for example in examples[::step]:
        yield details.spoken(example, example.judged[0])


def _run(
    manifest: Mapping[str, Any], folder: str, table: pd.DataFrame, ranked: int, rows: Mapping[str, Any]
) -> dict[str, Any]:
    """The run in figures, as the page's scripts read it."""
    return {
        "name": text.line(str(manifest["data"].get("name")), details.LONG),
        "folder": folder,
        "shell": shlex.quote(folder),
        "written_at": manifest.get("written_at", ""),
        "judge": lead.model(manifest["judge"]),
        "budget": int(table["within_budget"].sum()),
        "ranked": ranked,
        "total": len(table),
        "listed": len(rows["id"]),
        "has_scores": any(one is not None for scores in rows["scores"].values() for one in scores),
    }


def write(run: Run, examples: Sequence[Example], guide: str | None, out: Path | None = None) -> Path:
    """
    Write a run's page, `report.html` in its folder unless `out` is another file.

    The same run gives the same bytes, wherever it lies by now.

    Raises:
        DataError: a file of the run cannot be read, or the page cannot be written.
    """
    path = out or run.folder / outbox.REPORT
    made = page(run, examples, guide)
    with outbox.replacing(path) as temporary, temporary.open("wb") as file:
        file.writelines(made)
    return path


def page(run: Run, examples: Sequence[Example], guide: str | None) -> Iterator[bytes]:
    """A run's page in pieces, with details of the head of its list and of its gravest groups."""
    folder = str(run.manifest.get("folder") or named(run.folder))
    found = content(run, examples, guide, folder=folder, most=lines.MOST)
    with inbox.reading(run.folder / listed.LIST):
        data = {**found.data, "details": shown(found)}
    return (piece.encode("utf-8") for piece in report.page(found.lead, data, found.charts(), mode="report"))


def shown(content: Content) -> dict[str, dict[str, Any]]:
    """By number, details of the head of the list and of members of the gravest groups, as far as there is room."""
    head = min(_SHOWN, content.data["run"]["listed"])
    members: dict[int, None] = {}
    for group in content.data["groups"][:_GROUPS]:
        named = (one["index"] for one in group["members"][:_MEMBERS])
        members |= {index: None for index in named if index is not None and index >= head}
    found, left = {}, _ROOM
    for index in (*range(head), *list(members)[:_BESIDE]):
        told = content.detail(index)
        left -= len(json.dumps(told))
        if left < 0:
            break
        found[str(index)] = told
    return found


def again(run: Run, spec: sources.Spec, guide: str | None, out: Path | None) -> str:
    """
    Write the page of a finished run, and say where it is.

    Args:
        run: the audit, as it was written.
        spec: its data set.
        guide: the text of its guide, if it has one.
        out: a file; None: `report.html` in the run's folder, unless the run has sealed one.

    Raises:
        DataError: the run is damaged, its input or its guide has changed, or another page is sealed in its folder.
    """
    path = out or run.folder / outbox.REPORT
    if path.suffix.lower() not in {".html", ".htm"}:
        raise ConfigError(f"--out {path}: a page ends in .html")
    within = path.resolve().parent == run.folder.resolve()
    sealed = (run.manifest.get("files") or {}).get(path.name) if within else None
    loaded = clean.load(inbox.undamaged(run), spec)
    made = b"".join(page(run, loaded.examples, guide))
    if sealed == digest.of_bytes(made):
        return f"{path} is as it would be made now"
    if sealed:
        raise DataError(
            f"{path} is part of the run, and another page than would be made now; leave it, and name another file"
            " with --out FILE"
        )
    with outbox.replacing(path) as temporary:
        temporary.write_bytes(made)
    return f"written: {path}"
