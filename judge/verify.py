"""
`judge verify`: whether a finished run is what it claims to be.

Its files are held against its manifest, the manifest against its own seal, the input and the wording against what they
were; then the run is made once more, from the stored replies in the place of a judge, and every output has to come out
again byte for byte. No model is loaded, and no GPU is needed.

That finds damage and carelessness, not a forger: whoever rewrites a run can seal it anew.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from judge import assets, audit, digest, gating, inbox, manifest, rubric
from judge.errors import DataError, JudgeError
from judge.inbox import Run
from judge.outbox import MANIFEST, REPORT
from judge.parts import Parts, Room
from judge.ports import Backend, NoJudge, Store
from judge.store import ReplyStore
from judge.text import counted, quoted
from judge.transcript import Transcript, UnlikeError, file
from judge.transcript.replaying import Replay, ReplayStore

_AGAIN = frozenset({"junit.xml", REPORT, file.NAME})  # not made once more: looks at other runs, tells times, is read
_PASSING = frozenset(  # what a manifest says of its own time and place
    "anchors code cost egress files folder gate run seal seconds versions written_at".split()
)
_WHERE = "paths are as they were given to the run: verify it from the folder in which it was started"
_COLUMNS = 6  # of a table that are named
_COUNTS = ("needed", "too_long", "cut", "unread")  # of a round, those that are the same whoever answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """
    How the parts of a run on record are made once more.

    Attributes:
        parts: of a run, writing to a folder, with something in the place of its judge and of its store.
        backend: its judge itself.
    """

    parts: Callable[[Run, Path, Backend | NoJudge, Store], Parts]
    backend: Callable[[Run], Backend | NoJudge]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """
    What became of it.

    Attributes:
        broken: the first thing that is not as the run claims; empty where there is none.
        noted: what is other here than it was there, without being wrong.
        files: how many came out again.
        replies: how many the run rests on.
    """

    broken: str
    noted: tuple[str, ...] = ()
    files: int = 0
    replies: int = 0


def run(folder: Path, workshop: Workshop, say: Callable[[str], None]) -> Verdict:
    """
    Verify one run and say so.

    Raises:
        DataError: there is no such run, or its manifest cannot be read at all.
    """
    folder = inbox.find(folder)
    verdict = _verify(folder, workshop)
    for line in verdict.noted:
        say(f"noted: {line}")
    if verdict.broken:
        say(f"DOES NOT HOLD: {folder}: {verdict.broken}")
    else:
        rests = f"{verdict.replies:,} stored replies" if verdict.replies else "no reply, as no judge was asked"
        again = f"{counted(verdict.files, 'file')} came out again byte for byte, from its input and {rests}"
        say(f"HOLDS: {folder} is what it claims to be: {again}")
    say("(this finds damage and carelessness, not a forger: whoever rewrites a run can seal it anew)")
    return verdict


def _verify(folder: Path, workshop: Workshop) -> Verdict:
    if broken := next(inbox.damage(folder), ""):
        return Verdict(broken=broken)
    told = inbox.load(folder)
    noted = [*_beside(told), *_elsewhere(told.manifest)]
    if broken := next(_inputs(told.manifest), ""):
        return Verdict(broken=broken, noted=tuple(noted))
    transcript = file.read(folder)
    try:
        stands_in, more = _judge(told, transcript, workshop)
        noted += more
        with tempfile.TemporaryDirectory(prefix="judge-verify-") as scratch:
            broken, files = _again(told, Path(scratch), stands_in, transcript, workshop)
    except UnlikeError as error:
        broken, files = str(error), 0
    except JudgeError as error:
        raise DataError(f"{folder} cannot be verified here: {error}") from error
    if broken and (others := _elsewhere(told.manifest)):
        broken = f"{broken}; the reason may be that {'; '.join(others)}"
    return Verdict(broken=broken, noted=tuple(noted), files=files, replies=len(transcript.replies))


def _beside(run: Run) -> Iterator[str]:
    """What lies in its folder and is not the run's."""
    known = {*run.manifest["files"], MANIFEST}
    others = sorted(path.name for path in run.folder.iterdir() if path.name not in known and path.is_file())
    if others:
        yield f"{counted(len(others), 'file')} in its folder that the run did not write: {', '.join(others[:5])}"


def _elsewhere(told: Mapping[str, Any]) -> list[str]:
    """What is other here than where the run was made, in code and packages."""
    found = []
    then, now = dict(told["versions"]), manifest.versions()
    if told.get("code") != manifest.code():
        found.append(f"it was made by judge {then.get('judge')} from other source than this one's")
    changed = [f"{name} {then[name]} (here {now[name]})" for name in now if name in then and then[name] != now[name]]
    absent = [name for name in then if name not in now and name not in {"judge", "python"}]
    if changed:
        found.append(f"it was made with {', '.join(changed)}")
    if absent:
        found.append(f"it was made with {', '.join(absent)}, not installed here")
    return found


def _inputs(told: Mapping[str, Any]) -> Iterator[str]:
    """Files that went in and have changed."""
    config = told["config"]
    paths = {
        "labels": config["dataset"].get("labels"),
        "truth": config["dataset"].get("truth"),
        "anchors": config.get("anchors"),
    }
    for one in told["data"]["files"]:
        yield from _changed(f"the input {one['path']}", one["path"], one["digest"])
    for key, path in paths.items():
        if path:
            yield from _changed(f"{key}, {path},", path, told["inputs"].get(key))


def _changed(what: str, path: str, expected: str | None) -> Iterator[str]:
    try:
        found = digest.of_file(assets.find(path))
    except OSError as error:
        raise DataError(f"{what} cannot be read: {error.strerror or error}; {_WHERE}") from error
    if found != expected:
        yield f"{what} has changed since the run"


def _judge(run: Run, transcript: Transcript, workshop: Workshop) -> tuple[Backend | NoJudge, list[str]]:
    """What stands in for the judge, and what has to be said of that."""
    told = run.manifest["judge"]
    if told["backend"] == "none":
        return NoJudge(why=str(told["why"])), []
    stands_in = Replay(told, transcript)
    try:
        here = workshop.backend(run)
    except JudgeError:
        here = None
    if here is None or isinstance(here, NoJudge):
        return stands_in, ["its judge is not on this machine: what it was sent is taken from the run's own record"]
    described = here.describe()
    for name in ("engine", "model", "revision"):
        if described.get(name) != told.get(name):
            said = f"the judge's {name} here is {described.get(name)}, and was {told.get(name)}"
            return stands_in, [f"{said}: what it was sent is taken from the run's own record"]
    return replace(stands_in, same=here), []


def _again(
    told: Run, scratch: Path, stands_in: Backend | NoJudge, transcript: Transcript, workshop: Workshop
) -> tuple[str, int]:
    """Make the run once more; the first output that is another, and how many are the same."""
    out = scratch / "run"
    store = _store(told, transcript)
    parts = workshop.parts(told, out, stands_in, store)
    if broken := next(_wording(told.manifest["wording"], parts), ""):
        return broken, 0
    room = told.manifest.get("room")
    parts = replace(parts, room=Room(**room) if room else None, history=scratch / "none", report=False)
    try:
        audit.run(parts)
        again = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    finally:
        store.close()
    if lost := sorted(set(again["files"]) - set(told.manifest["files"])):
        return f"{MANIFEST}, files lacks {lost[0]}", 0
    names = [name for name in told.manifest["files"] if name not in _AGAIN]
    for name in names:
        if not (out / name).is_file():
            return f"{name} does not come out again: there is none", 0
        if digest.of_file(out / name) != told.manifest["files"][name]:
            return f"{name} does not come out again: {where(told.folder / name, out / name)}", 0
    return _untold(told.manifest, again), len(names)


def _wording(then: Mapping[str, Any], parts: Parts) -> Iterator[str]:
    """What the judge was shown beside the rows, and is another now: the user's own files come before ours."""
    now = {
        "rubrics": rubric.set_digest(parts.rubrics),
        "pair_rubric": rubric.set_digest([parts.pairs.rubric]),
        "prompts": parts.asker.prompts.digest(),
        "guide": parts.asker.guide_digest(),
    }
    places = {"prompts": " (in prompts/, here or in the package)", "guide": " (dataset.guide)"}
    for name, value in now.items():
        if then[name] != value:
            yield f"wording.{name} is not what it was{places.get(name, '')}"


def _store(run: Run, transcript: Transcript) -> ReplayStore:
    """The replies that it used, where it used any: a store is not made for looking."""
    if not transcript.replies:
        return ReplayStore(None, transcript)
    path = Path(str(run.manifest["config"]["store"]))
    if not path.is_file():
        raise DataError(f"the store of replies is not here: {path}; {_WHERE}")
    return ReplayStore(ReplyStore(path, changes=False), transcript)


def _untold(then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """The first entry of the manifest that does not come out again."""
    for key in sorted(then.keys() | now.keys()):
        if key not in _PASSING and then.get(key) != now.get(key):
            return f"{MANIFEST}, {_inside(key, then.get(key), now.get(key))} does not come out again"
    gate = then.get("gate") or {"holds": True, "rules": {}}
    if gate["holds"] != all(check["passed"] is not False for check in gate["rules"].values()):
        return f"{MANIFEST}, gate.holds does not follow from its rules"
    if (rules := _rules(then)) != (again := _rules(now)):
        return f"{MANIFEST}, {_inside('gate.rules', rules, again)} does not come out again"
    if name := _apart(then):
        return f"{MANIFEST}, gate.rules.{name} does not follow from its figures"
    for name, tally in then["cost"].items():
        for key in _COUNTS:
            if name in now["cost"] and tally[key] != now["cost"][name][key]:
                return f"{MANIFEST}, cost.{name}.{key} does not come out again"
    return ""


def _rules(told: Mapping[str, Any]) -> dict[str, Any]:
    """What became of the rules of its gate; of those that look at other runs only that they were set."""
    rules = (told.get("gate") or {}).get("rules") or {}
    return {name: {"limit": one["limit"]} if name in gating.ELSEWHERE else one for name, one in rules.items()}


def _apart(told: Mapping[str, Any]) -> str:
    """A rule that looks at other runs, and whose result does not follow from its own figures; empty where all do."""
    for name, one in ((told.get("gate") or {}).get("rules") or {}).items():
        value, passed = one["value"], one["passed"]
        if name in gating.ELSEWHERE and (passed is True) != (value is not None and value <= one["limit"]):
            return str(name)
    return ""


def _inside(key: str, then: object, now: object) -> str:
    """The entry that differs, by its path."""
    if isinstance(then, dict) and isinstance(now, dict):
        inner = next(name for name in sorted(then.keys() | now.keys()) if then.get(name) != now.get(name))
        return f"{key}.{_inside(inner, then.get(inner), now.get(inner))}"
    return f"{key} ({quoted(str(then))}, now {quoted(str(now))})"


def _shapes(then: pd.DataFrame, now: pd.DataFrame) -> str:
    """In which rows and columns two tables differ."""
    rows = f"it has {counted(len(then), 'row')}, and now {len(now):,}" if len(then) != len(now) else ""
    gone, new = ([c for c in a.columns if c not in b.columns] for a, b in ((then, now), (now, then)))
    told = [rows, *(f"{what} {_few(names)}" for what, names in (("now lacks", gone), ("now also has", new)) if names)]
    return ", ".join(filter(None, told)) or "its columns stand in another order"


def _few(names: Sequence[str]) -> str:
    """The first of some columns, by name."""
    more = f" and {len(names) - _COLUMNS:,} more" if len(names) > _COLUMNS else ""
    return f"{'column' if len(names) == 1 else 'columns'} {', '.join(map(str, names[:_COLUMNS]))}{more}"


def where(then: Path, now: Path) -> str:
    """The first place where two files differ, for a person."""
    if then.suffix == ".parquet":
        one, two = pd.read_parquet(then), pd.read_parquet(now)
        if one.shape != two.shape or list(one.columns) != list(two.columns):
            return _shapes(one, two)
        other = next((name for name in one.columns if not one[name].equals(two[name])), None)
        return f"its column {other} is another" if other else "its bytes are others, its values the same"
    lines = zip(then.read_bytes().split(b"\n"), now.read_bytes().split(b"\n"), strict=False)
    number = next((n for n, (one, two) in enumerate(lines, start=1) if one != two), None)
    return f"line {number} is another" if number else "one is longer than the other"
