"""
The gate of a run: what it must keep to, said on the console, in the manifest, as JUnit XML and by the exit code.

A rule that is broken is a result. A rule that cannot be held against this run at all, for it has no judge or nothing to
compare with, is an error, said before any work.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from judge import diff, gating, inbox, junit, rubric, sources
from judge.differing import lists
from judge.differing.whole import ranked
from judge.errors import ConfigError, DataError
from judge.gating import Numbers, Rules
from judge.inbox import Run
from judge.parts import Gate, Parts
from judge.ports import NoJudge
from judge.rank import budget_rows
from judge.reliability import FINDINGS, FUSED, JUDGE, SelfTest, Share
from judge.results import Outcome

_BROKEN = "whose gate was broken"
_SAME = ("backend", "model", "revision", "quantization")  # the type of its numbers is known only once it is loaded


def build(told: Mapping[str, Any]) -> Gate:
    """From the keys below `gate` in the configuration."""
    rules = Rules(**{field.name: told[field.name] for field in fields(Rules)})
    return Gate(rules=rules, against=None if told["against"] is None else Path(told["against"]).expanduser())


def demand(parts: Parts) -> Parts:
    """
    Stop before any work where a rule is set that could not be held against this run.

    Returns:
        The parts, with the run that `gate.against` names, if it does.

    Raises:
        ConfigError: it needs a judge, people's decisions, planted copies or anchors, and there are none; or what
            `gate.against` names is of another judge, other rubrics or another review budget.
        DataError: `gate.against` is no complete run, or a damaged one.
    """
    rules, backend = parts.gate.rules, parts.backend
    if isinstance(backend, NoJudge):
        for name in ("min_coverage", "max_unscored", "max_drift"):
            limit = getattr(rules, name)
            if limit is not None and (limit > 0 or name != "min_coverage"):
                raise ConfigError(
                    f"gate.{name}={limit:g} needs a judge, and there is none ({backend.why}); name one"
                    f" (backend=vllm), or set gate.{name}=null"
                )
    if rules.max_defect_rate is not None and not parts.decisions:
        raise ConfigError(
            f"gate.max_defect_rate={rules.max_defect_rate:g} needs people's decisions; name them with"
            " dataset.labels=FILE, or set gate.max_defect_rate=null"
        )
    if rules.min_planted_recall is not None and parts.planting.off:
        raise ConfigError(
            f"gate.min_planted_recall={rules.min_planted_recall:g} needs the self-test, and {parts.planting.off}; set"
            " one or the other"
        )
    if rules.max_drift is not None and parts.anchors is None:
        raise ConfigError(
            f"gate.max_drift={rules.max_drift:g} needs anchors; name some with anchors=FILE, or set gate.max_drift=null"
        )
    return replace(parts, gate=replace(parts.gate, named=_named(parts)))


def check(parts: Parts, loaded: sources.Loaded) -> None:
    """
    Stop where the run that suspects are to be counted against is one of quite other rows.

    Raises:
        DataError: it cannot be read, or no row of it is in this set, by content or by id.
    """
    earlier = parts.gate.named
    if earlier is None:
        return
    rows = earlier.examples(["digest"])
    contents, names = set(rows["digest"]), set(rows.index)
    if not any(example.digest in contents or example.id in names for example in loaded.examples):
        raise DataError(
            f"gate.against={parts.gate.against}: no row of {earlier.folder} is in this set; name a run of an earlier"
            " state of it"
        )


def hold(parts: Parts, outcome: Outcome, contradictions: int, seconds: Mapping[str, float]) -> Outcome:
    """
    Hold the rules that are set against a run whose other files are written, and write `junit.xml` beside them.

    Args:
        parts: of the run.
        outcome: as far as it is known.
        contradictions: pairs reported.
        seconds: that the run took, by stage.

    Returns:
        The outcome, with a check for each rule.
    """
    rules = parts.gate.rules
    if not rules.names:
        return outcome
    accounting, tested = outcome.accounting, outcome.tested
    new, since = _new(parts) if rules.max_new_suspects is not None else (None, "")
    numbers = Numbers(
        rows=accounting.rows,
        judged=accounting.judged,
        unscored=sum(accounting.unscored.values()),
        contradictions=contradictions,
        judge=not isinstance(parts.backend, NoJudge),
        planted=_planted(tested.pooled),
        unplanted=tested.why,
        alone=tested.pooled.get(JUDGE),
        chance=_chance(parts, tested),
        rate=outcome.reviewed.rate if outcome.reviewed else None,
        new=new,
        since=since,
        drift=outcome.drift,
        rubrics=tuple(one.name for one in parts.rubrics),
    )
    held = replace(outcome, gate=gating.decide(rules, numbers))
    junit.publish(parts.out / junit.FILE, [suite(parts, held, sum(seconds.values()))])
    return held


def suite(parts: Parts, outcome: Outcome, seconds: float) -> junit.Suite:
    """Of a run that came to its end."""
    return junit.Suite(name=parts.dataset.name, run=str(parts.out), checks=outcome.gate, seconds=seconds)


def show(parts: Parts, outcome: Outcome) -> None:
    """Say whether the judge has drifted and rules hold; what is broken or not checked is said also when quiet."""
    drift, checks = outcome.drift, outcome.gate
    if drift and drift.drifted:
        parts.console.warn(drift.says)
    elif drift:
        parts.console.say(f"anchors: {drift.says}")
    if not checks:
        return
    for one in checks:
        if one.passed is False:
            parts.console.warn(f"GATE FAILED {one.rule}: {one.says}")
        elif one.passed is None:
            parts.console.warn(f"gate: {one.rule} {one.says}")
    told = gating.summary(checks)
    if gating.broken(checks):
        parts.console.warn(f"{told}: {parts.dataset.name}, {parts.out}")
    else:
        parts.console.say(told)


def _planted(pooled: Mapping[str, Share]) -> Share | None:
    """Of the list that people get."""
    return pooled.get(FUSED, pooled.get(FINDINGS))


def _chance(parts: Parts, tested: SelfTest) -> float:
    """At which a copy lies inside the review budget whatever its grades are."""
    return budget_rows(tested.rows, parts.review_budget) / tested.rows if tested.rows else parts.review_budget


def _named(parts: Parts) -> Run | None:
    """The run that `gate.against` names: itself, whatever its gate said, or the newest fit one of a folder of runs."""
    against = parts.gate.against
    if against is None:
        return None
    try:
        if inbox.find(against) != against:
            run, passed = _newest(parts, against, any_set=True)
        else:
            run, passed = inbox.undamaged(inbox.load(against)), ""
    except DataError as error:
        raise DataError(f"gate.against: {error}") from error
    if run is None:
        raise ConfigError(
            f"gate.against={against}: no run there can be counted against{passed}; name one itself, or"
            " gate.max_new_suspects=null"
        )
    if why := _unlike(parts, run):
        raise ConfigError(
            f"gate.against={against}: {run.folder} is a run {why}, whose suspects are other rows; name a run like this"
            " one"
        )
    return run


def _newest(parts: Parts, folder: Path, *, any_set: bool = False) -> tuple[Run | None, str]:
    """
    The newest run that new suspects can be counted against, or why there is none.

    A run whose own gate was broken is none, nor is one after it that did not count its new suspects: else what broke it
    would pass the second time.
    """
    passed: Counter[str] = Counter()
    ungated: Run | None = None
    for path in reversed(inbox.complete_runs(folder)):
        if path.resolve() == parts.out.resolve():
            continue
        try:
            run = inbox.load(path)
            why = "" if any_set or run.name == parts.dataset.name else "of another set"
            why = why or _unlike(parts, run) or ("" if _held(run) else _BROKEN)
            if not why and "max_new_suspects" in (run.manifest.get("gate") or {}).get("rules", ()):
                return ungated or inbox.undamaged(run), ""
            if not why:
                ungated = ungated or inbox.undamaged(run)
                continue
            if why == _BROKEN and ungated:
                passed["that did not count them, after one whose gate was broken"] += 1
                ungated = None
        except DataError as error:
            parts.console.say(f"noted: {error}")
            why = "that cannot be read, or is damaged"
        passed[why] += 1
    if ungated:
        return ungated, ""
    told = ", ".join(f"{many} {why}" for why, many in passed.items())
    return None, f" (passed over: {told})" if told else ""


def _held(run: Run) -> bool:
    told = run.manifest.get("gate")
    return told is None or (isinstance(told, dict) and told.get("holds") is True)


def _unlike(parts: Parts, run: Run) -> str:
    """Why its suspects would be other rows even of the same set; empty where they would not."""
    backend, then = parts.backend, run.manifest["judge"]
    now = {"backend": backend.name, **({} if isinstance(backend, NoJudge) else backend.describe())}
    if any(now.get(name) != then.get(name) for name in _SAME):
        return f"by another judge ({then.get('model') or then.get('backend')})"
    if run.manifest["wording"].get("rubrics") != rubric.set_digest(parts.rubrics):
        return "with other rubrics"
    if run.manifest["config"].get("findings", True) != parts.findings:
        return f"{'without' if parts.findings else 'with'} findings"
    budget = run.manifest["config"].get("review_budget")
    return "" if budget == parts.review_budget else f"with another review budget ({budget})"


def _new(parts: Parts) -> tuple[tuple[str, ...] | None, str]:
    """Ids of the new suspects, and since which run; or None, and where a run was looked for."""
    earlier, passed = parts.gate.named, ""
    if earlier is None:
        earlier, passed = _newest(parts, parts.earlier)
    if earlier is None:
        return None, f"{parts.earlier}{passed}"
    now = Run(folder=parts.out, manifest={})
    before, after = (ranked(diff.side(run)) for run in (earlier, now))
    return lists.suspects(before, after).new, str(earlier.folder)
