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

from judge import assets, labels, reviewed, text
from judge.errors import DataError
from judge.exchange import lines
from judge.inbox import Run, reading
from judge.manifest import named
from judge.outbox import write_lines
from judge.records import Example, Verdict
from judge.reliability import Decision, Kappa, Reviewed
from judge.results import Suspect
from judge.review.decisions import COPY, FILE, Decisions, Stored

LABELS = COPY
ALWAYS = datetime.min.replace(tzinfo=UTC)
_SWEEPS = "sweeps"  # beside the folders of data sets
Key = tuple[str, str]  # digest of a content, and who spoke of it


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A file of decisions: what stands in it, and all that was ever written."""

    path: Path
    stands: list[Stored]
    log: list[Stored]

    def heard(self) -> dict[Key, datetime]:
        """When each person last spoke of each content, as clocks told it; what came later is never of before."""
        last: dict[Key, datetime] = {}
        for line in self.log:
            key = line.digest, line.by
            last[key] = max(last.get(key, ALWAYS), _time(line.at) or ALWAYS)
        return last


def store(run: Run) -> Path:
    """
    The file of decisions of a run's set; it need not be there.

    It lies beside the run, and for a sweep's job beside the set's other runs, however the run is named.
    """
    beside = run.folder.resolve().parent
    if beside.parent.name == _SWEEPS:
        beside = beside.parent.parent / text.folder(run.name)
    return Path(named(beside)) / FILE


def kept(stores: Iterable[Path], data: str = "") -> list[Stored]:
    """
    What stands in these files, as far as they are there; see `Decisions.current`.

    Raises:
        StoreError: one of them cannot be read.
    """
    return [line for path in stores if path.exists() for line in _held(path, data).stands]


def _held(path: Path, data: str) -> _Held:
    with closing(Decisions(path, changes=False)) as decisions:
        return _Held(path=path, stands=decisions.current(data), log=decisions.since(0))


def digests(run: Run) -> dict[str, str]:
    """Of the content of each of its rows, by id, in the set's order."""
    table = run.examples(["digest"])
    return dict(zip(table.index, table["digest"], strict=True))


def of(run: Run, contents: Mapping[str, str], stores: Collection[Path] | None = None) -> Standing:
    """
    Decisions that hold for a run: those that it was given, and those kept beside it; of one person the later word.

    In one file that is what was written later; of two files, what was said later.

    Args:
        run: the audit.
        contents: digest of each of its rows, by id.
        stores: files of decisions; None takes the one beside the run.

    Raises:
        JudgeError: a file cannot be read.
    """
    data = run.population
    held = [_held(path, data) for path in ([store(run)] if stores is None else stores) if path.exists()]
    given = (run.manifest["config"].get("dataset") or {}).get("labels")
    if given and any(_made_of(assets.find(str(given)), one) for one in held):
        given = None
    outside = labels.landed(labels.read(str(given)), contents, data) if given else ()
    timed = _not_taken_back(_timed(outside), contents, held)
    many = len(timed)
    for one in held:
        heard = one.heard()
        words = labels.landed(map(decision, one.stands), contents, data)
        timed += [(heard[line.digest, line.by], word) for line, word in zip(one.stands, words, strict=True)]
    merged = [word for _, word in sorted(timed, key=lambda pair: pair[0])]
    inside = [one for one in held if one.stands]
    sources = [f"{many:,} in {given}"] if many else []
    if inside:
        sources.append(f"{sum(len(one.stands) for one in inside):,} in {', '.join(str(one.path) for one in inside)}")
    once = dict.fromkeys(reversed(merged))  # of the same said twice the later, as something else may lie between
    return Standing(decisions=tuple(reversed(once)), told=" and ".join(sources))


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
        drawn=line.drawn,
    )


def review(run: Run, decisions: Sequence[Decision]) -> Reviewed:
    """
    Hold a finished run's list against decisions, as an audit with `dataset.labels` does; copies of a row share them.

    More may be decided: of a random sample there is no rate before all of it is.

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
        data = run.population
        decisions = reviewed.landed(decisions, contents, data)
        scores = table[[name for name in table.columns if name.endswith(".score")]]
        known = scores[scores.index.isin({one.example_id for one in decisions})].to_dict("index")
        verdicts = {str(name): _verdicts(str(name), row, rubrics) for name, row in known.items()}
        return reviewed.withheld(reviewed.review(decisions, list(contents), suspects, verdicts, list(rubrics)))


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


def write(path: Path, decisions: Decisions, population: str) -> str:
    """
    Write what stands as `labels.jsonl`, which a run takes as `dataset.labels` and `clean` as `--labels`.

    A file there is written over only where nothing is lost by it: where all that it holds is kept in `decisions`. Where
    everything was taken back it goes, or the next audit would still hear it.

    Args:
        path: the file.
        decisions: what is kept.
        population: digest of the set's data.

    Returns:
        Why a file there was left, in a line; empty where none was.

    Raises:
        JudgeError: one of the files cannot be read or written.
    """
    there, stands = _text(path), decisions.current(population)
    if there is not None and not _copied(there, decisions.since(0)):
        return f"{path} was not written here: left as it is; take it in with: python -m judge labels RUN --from {path}"
    if stands:
        write_lines(path, (lines.line(decision(one)) for one in stands))
    elif there is not None:
        path.unlink(missing_ok=True)
    return ""


def _text(path: Path) -> str | None:
    """Of a file; None where there is none. What is no text is none of ours, and so is that it is replaced by."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}; move it away") from error


def _copied(there: str, log: Iterable[Stored]) -> bool:
    return lines.kept(there, (decision(line) for line in log if line.word is not None))


def _made_of(path: Path, held: _Held) -> bool:
    """Whether labels are no more than a copy of what is kept, which may be older."""
    return path.resolve() == held.path.with_name(LABELS).resolve() and _copied(_text(path) or "", held.log)


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


def _time(at: str) -> datetime | None:
    """None where there is none, or none that can be read: whoever wrote it into the file of decisions knows."""
    with suppress(ValueError):
        return labels.time(at)
    return None


def _timed(decisions: Iterable[Decision]) -> list[tuple[datetime, Decision]]:
    """Each with its time, where that is missing with the one before."""
    last, found = ALWAYS, []
    for one in decisions:
        last = _time(one.at) or last
        found.append((last, one))
    return found


def _not_taken_back(
    outside: Sequence[tuple[datetime, Decision]], contents: Mapping[str, str], held: Iterable[_Held]
) -> list[tuple[datetime, Decision]]:
    """Without those that their person has withdrawn since, in a file of decisions."""
    gone: dict[Key, datetime] = {}
    for one in held:
        last = {(line.digest, line.by): line.word for line in one.log}
        gone |= {key: when for key, when in one.heard().items() if last[key] is None}
    left = []
    for when, said in outside:
        key = said.digest or contents.get(said.example_id, ""), said.by
        if key not in gone or when > gone[key]:
            left.append((when, said))
    return left
