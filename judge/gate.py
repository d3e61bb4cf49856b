"""
The gate of a run: what it must keep to, said on the console, in the manifest, as JUnit XML and by the exit code.

A rule that is broken is a result. A rule that cannot be held against this run at all, for it has no judge or nothing to
compare with, is an error, said before any work.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from judge import diff, gating, inbox, junit, sources
from judge.differing import lists
from judge.differing.whole import ranked
from judge.errors import ConfigError, DataError
from judge.gating import Numbers, Rules
from judge.inbox import Run
from judge.parts import Gate, Parts
from judge.ports import NoJudge
from judge.reliability import FINDINGS, FUSED, Share
from judge.results import Outcome

_SAME = ("backend", "model", "revision", "quantization")  # the type of its numbers is known only once it is loaded


def build(told: Mapping[str, Any]) -> Gate:
    """From the keys below `gate` in the configuration."""
    rules = Rules(**{field.name: told[field.name] for field in fields(Rules)})
    return Gate(rules=rules, against=None if told["against"] is None else Path(told["against"]).expanduser())


def demand(parts: Parts) -> None:
    """
    Stop before any work where a rule is set that could not be held against this run.

    Raises:
        ConfigError: it needs a judge, people's decisions or planted copies, and there are none; or `gate.against` is
            of another judge.
        DataError: `gate.against` is no complete run.
    """
    rules, backend = parts.gate.rules, parts.backend
    if isinstance(backend, NoJudge):
        for name in ("min_coverage", "max_unscored"):
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
    _named(parts)


def check(parts: Parts, loaded: sources.Loaded) -> None:
    """
    Stop where the run that suspects are to be counted against is one of quite other rows.

    Raises:
        DataError: it cannot be read, or no row of it is in this set, by content or by id.
    """
    earlier = _named(parts)
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
        planted=_planted(tested.pooled),
        unplanted=tested.why,
        rate=outcome.reviewed.rate if outcome.reviewed else None,
        new=new,
        since=since,
    )
    held = replace(outcome, gate=gating.decide(rules, numbers))
    junit.publish(parts.out / junit.FILE, [suite(parts, held, sum(seconds.values()))])
    return held


def suite(parts: Parts, outcome: Outcome, seconds: float) -> junit.Suite:
    """Of a run that came to its end."""
    return junit.Suite(name=parts.dataset.name, run=str(parts.out), checks=outcome.gate, seconds=seconds)


def show(parts: Parts, outcome: Outcome) -> None:
    """Whether the judge has drifted, every broken rule and one line on all; what is wrong is said also when quiet."""
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
            parts.console.say(f"gate: {one.rule} {one.says}")
    told = gating.summary(checks)
    if gating.broken(checks):
        parts.console.warn(f"{told}: {parts.dataset.name}, {parts.out}")
    else:
        parts.console.say(told)


def _planted(pooled: Mapping[str, Share]) -> Share | None:
    """Of the list that people get."""
    return pooled.get(FUSED, pooled.get(FINDINGS))


def _named(parts: Parts) -> Run | None:
    """The run that `gate.against` names, if it does."""
    against = parts.gate.against
    if against is None:
        return None
    try:
        run = inbox.load(inbox.find(against))
    except DataError as error:
        raise DataError(f"gate.against: {error}") from error
    if not _same_judge(parts, run):
        then = run.manifest["judge"]
        raise ConfigError(
            f"gate.against={against}: {run.folder} is by another judge"
            f" ({then.get('model') or then.get('backend')}), whose suspects are other rows; name a run by this one"
        )
    return run


def _same_judge(parts: Parts, run: Run) -> bool:
    backend, then = parts.backend, run.manifest["judge"]
    now = {"backend": backend.name, **({} if isinstance(backend, NoJudge) else backend.describe())}
    return all(now.get(name) == then.get(name) for name in _SAME)


def _earlier(parts: Parts) -> Run | None:
    """The run to count against: the one that is named, or the newest of this set by this judge."""
    if parts.gate.against is not None:
        return _named(parts)
    for folder in reversed(inbox.complete_runs(parts.earlier)):
        if folder.resolve() == parts.out.resolve():
            continue
        try:
            run = inbox.load(folder)
        except DataError as error:
            parts.console.say(f"noted: {error}")
            continue
        if run.name == parts.dataset.name and _same_judge(parts, run):
            return run
    return None


def _new(parts: Parts) -> tuple[tuple[str, ...] | None, str]:
    """Ids of the new suspects, and since which run; or None, and where a run was looked for."""
    earlier = _earlier(parts)
    if earlier is None:
        return None, str(parts.earlier)
    now = Run(folder=parts.out, manifest={})
    before, after = (ranked(diff.side(run)) for run in (earlier, now))
    return lists.suspects(before, after).new, str(earlier.folder)
