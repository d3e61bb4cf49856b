"""
What stands of people's decisions on the rows of a finished run, and what it says of the run's list.

Decisions are of the run's own labels file, and of `decisions.sqlite` beside the run. They are about content: each is on
the row that has it now, and what was decided of another content is on none.
"""

import math
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from judge import assets, labels, reviewed
from judge.exchange import lines
from judge.inbox import Run, reading
from judge.outbox import write_lines
from judge.records import Example, Verdict
from judge.reliability import Decision, Kappa, Reviewed
from judge.results import Suspect
from judge.review.decisions import FILE, Decisions, Stored

LABELS = "labels.jsonl"  # what a run is given, made of the file of decisions
ALWAYS = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """
    Decisions that hold for a run.

    Attributes:
        decisions: in the order in which they were made, each on the row that it is about; of no id where the run has
            no row of that content.
        told: where they come from, in words; empty where there are none.
    """

    decisions: tuple[Decision, ...] = ()
    told: str = ""


def store(run: Run) -> Path:
    """The file of decisions of a run's set; it need not be there."""
    folder = run.folder if run.folder.name not in {"", ".."} else run.folder.resolve()
    return folder.parent / FILE


def kept(stores: Iterable[Path], data: str = "") -> list[Stored]:
    """
    What stands in these files, as far as they are there; see `Decisions.current`.

    Raises:
        StoreError: one of them cannot be read.
    """
    found: list[Stored] = []
    for path in stores:
        if path.exists():
            with closing(Decisions(path)) as decisions:
                found += decisions.current(data)
    return found


def digests(run: Run) -> dict[str, str]:
    """Of the content of each of its rows, by id, in the set's order."""
    table = run.examples(["digest"])
    return dict(zip(table.index, table["digest"], strict=True))


def of(run: Run, contents: Mapping[str, str], stores: Collection[Path] | None = None) -> Standing:
    """
    Decisions that hold for a run: those that it was given, and those kept beside it; of one person the later word.

    Args:
        run: the audit.
        contents: digest of each of its rows, by id.
        stores: files of decisions; None takes the one beside the run.

    Raises:
        JudgeError: a file cannot be read.
    """
    stores = [store(run)] if stores is None else stores
    data = str(run.manifest["data"].get("digest"))
    inside = kept(stores, data)
    given = (run.manifest["config"].get("dataset") or {}).get("labels")
    if given and any(_same(assets.find(str(given)), path.with_name(LABELS)) and path.exists() for path in stores):
        given = None  # it was made of what is read here, and may be older
    outside = labels.landed(labels.read(str(given)), contents, data) if given else ()
    outside = tuple(_not_taken_back(outside, contents, stores))
    timed = [*_timed(outside), *_timed(labels.landed(map(decision, inside), contents, data))]
    merged = (one for _, one in sorted(timed, key=lambda pair: pair[0]))
    sources = [f"{len(outside):,} in {given}"] if outside else []
    there = ", ".join(str(path) for path in stores if path.exists())
    sources += [f"{len(inside):,} in {there}"] if inside else []
    return Standing(decisions=tuple(dict.fromkeys(merged)), told=" and ".join(sources))


def decision(line: Stored) -> Decision:
    """
    The same line as everything else reads it.

    Raises:
        ValueError: it withdraws a decision.
    """
    if line.word is None:
        raise ValueError(f"line {line.seq} is no decision")
    return Decision(
        example_id=line.example_id,
        word=line.word,
        by=line.by,
        at=line.at,
        probability=line.probability,
        digest=line.digest,
        population=line.population,
        note=line.note,
    )


def review(run: Run, decisions: Sequence[Decision]) -> Reviewed:
    """
    Hold a finished run's list against decisions, as an audit with `dataset.labels` does; copies of a row share them.

    Args:
        run: the audit.
        decisions: as `of` gives them.

    Raises:
        DataError: the run cannot be read.
    """
    with reading(run.folder):
        rubrics = {name: len(one["levels"]) for name, one in run.manifest["config"]["rubrics"].items()}
        table = run.examples()
        ranked = table[table["rank"].notna()].sort_values("rank")
        suspects = [
            _suspect(str(name), int(rank), float(suspicion), inside=bool(inside))
            for name, rank, suspicion, inside in zip(
                ranked.index, ranked["rank"], ranked["suspicion"], ranked["within_budget"], strict=True
            )
        ]
        contents = dict(zip(table.index, table["digest"], strict=True))
        data = str(run.manifest["data"].get("digest"))
        decisions = labels.landed(decisions, contents, data, copies=True)
        scores = table[[name for name in table.columns if name.endswith(".score")]]
        known = scores[scores.index.isin({one.example_id for one in decisions})].to_dict("index")
        verdicts = {str(name): _verdicts(str(name), row, rubrics) for name, row in known.items()}
        return reviewed.review(decisions, list(contents), suspects, verdicts, list(rubrics))


def agreement(run: Run, stores: Collection[Path]) -> Kappa | None:
    """
    How far a run's list agrees with people, by what is kept in these files and what it was given; None without any.

    Raises:
        JudgeError: a file cannot be read.
    """
    if not any(path.exists() for path in stores):
        return None
    found = of(run, digests(run), stores)
    return review(run, found.decisions).kappas[-1] if found.decisions else None


def write(path: Path, stored: Iterable[Stored]) -> None:
    """What stands, as `labels.jsonl`, which a run takes as `dataset.labels` and `clean` as `--labels`."""
    write_lines(path, (lines.line(decision(one)) for one in stored))


def _suspect(name: str, rank: int, suspicion: float, *, inside: bool) -> Suspect:
    """A place in the list; what stands there is of no matter here."""
    example = Example(id=name, turns=(), judged=(), source="", line=0, digest="")
    return Suspect(rank=rank, example=example, suspicion=suspicion, reasons=(), within_budget=inside)


def _verdicts(name: str, row: Mapping[Hashable, float], rubrics: Mapping[str, int]) -> list[Verdict]:
    """The worst of each rubric, as far as the table has them."""
    found = []
    for rubric, best in rubrics.items():
        score = row.get(f"{rubric}.score")
        if score is not None and not math.isnan(score):
            severity = round(min(max((best - score) / (best - 1), 0.0), 1.0), 6)
            found.append(Verdict(example_id=name, turn=0, rubric=rubric, score=float(score), severity=severity))
    return found


def _timed(decisions: Iterable[Decision]) -> list[tuple[datetime, Decision]]:
    """Each with its time, where that is missing with the one before."""
    last, found = ALWAYS, []
    for one in decisions:
        with suppress(ValueError):  # whoever wrote it into the file of decisions knows
            last = labels.time(one.at) or last
        found.append((last, one))
    return found


def _not_taken_back(outside: Sequence[Decision], contents: Mapping[str, str], stores: Iterable[Path]) -> list[Decision]:
    """Without those that their person has withdrawn since, in a file of decisions."""
    gone: dict[tuple[str, str], datetime] = {}
    for path in stores if outside else ():
        if path.exists():
            with closing(Decisions(path)) as decisions:
                gone |= _withdrawn(decisions.since(0))
    left = []
    for when, one in _timed(outside):
        key = (one.digest or contents.get(one.example_id, ""), one.by)
        if key not in gone or when > gone[key]:
            left.append(one)
    return left


def _withdrawn(log: Iterable[Stored]) -> dict[tuple[str, str], datetime]:
    last = {(line.digest, line.by): line for line in log}
    return {key: labels.time(line.at) or ALWAYS for key, line in last.items() if line.word is None}


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()
