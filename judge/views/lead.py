"""The head of a report: what whoever answers for a set needs in ten seconds. What is not known is said to be so."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from judge.reliability import FINDINGS, FUSED, JUDGE, Share
from judge.results import Accounting
from judge.text import counted
from judge.views import text

OK, WARN, BAD, PLAIN = "ok", "warn", "bad", "plain"
_WORST, _SOURCES = 3, 12  # groups, and sources, that are shown
_BRIEF, _LONG = 140, 600  # characters of a name, and of a sentence
_NO_JUDGE = "none"
_RANDOM = 100  # decisions on a random sample, whose 95 % interval is at most 10 points to either side

Told = Mapping[str, Any]


def lead(
    manifest: Told, table: pd.DataFrame, groups: Sequence[Told], *, reasoned: int, reviewed: Sequence[str]
) -> dict[str, Any]:
    """
    Title, tiles and sentences.

    Args:
        manifest: of the run.
        table: of `examples.parquet`, the columns `source`, `rank`, `within_budget`.
        groups: as `groups` makes them, the gravest first.
        reasoned: ranked rows that show a reason.
        reviewed: what people's decisions say of the list, a sentence each.
    """
    data = manifest["data"]
    given = (manifest["config"].get("dataset") or {}).get("path")  # as it was named, which tells less of the machine
    where = str(given or ", ".join(str(one.get("name")) for one in data.get("files") or ()))
    rows, when = int(manifest["accounting"]["rows"]), _when(manifest)
    return {
        "title": text.line(str(data.get("name")), _BRIEF),
        "subtitle": " · ".join([text.line(where, _LONG), counted(rows, "row"), when]),
        "judge": text.line(judge(manifest["judge"]), _LONG),
        "tiles": [
            _rows(manifest),
            _inside(manifest, table, reasoned),
            _planted(manifest),
            _defects(manifest),
            _contradictions(manifest, groups),
            _cost(manifest),
        ],
        "accounting": Accounting(**manifest["accounting"]).line(),
        "says": [text.line(one, _LONG) for one in (*_says(manifest), *reviewed)],
        "worst_groups": [
            {
                "index": n,
                **{key: group[key] for key in ("asks", "kind", "probability", "lean")},
                "camps": [{"says": camp["says"], "rows": camp["rows"]} for camp in group["camps"]],
            }
            for n, group in enumerate(groups[:_WORST])
            if group["camps"]
        ],
        "sources": list(_sources(table)),
        "gate": _gate(manifest),
    }


def judge(told: Told) -> str:
    """Who judged, and by what choice."""
    if told.get("backend") == _NO_JUDGE:
        return f"NO JUDGE: ranked by findings alone ({told.get('why')})"
    why = f" ({told['why']})" if told.get("why") else ""
    alone = f"; {told['says']}" if told.get("says") else ""
    return f"{told.get('model') or 'a judge without a name'} by {told.get('backend')}{why}{alone}"


def model(told: Told) -> str | None:
    """The judge by name, as `Qwen/Qwen3-8B (vllm)`; None where there is none."""
    if told.get("backend") == _NO_JUDGE:
        return None
    return text.line(f"{told.get('model') or 'a judge without a name'} ({told.get('backend')})", _BRIEF)


def _when(manifest: Told) -> str:
    return str(manifest.get("written_at", "")).replace("T", " ").replace("Z", " UTC")


def _tile(label: str, value: str, note: str, tone: str = PLAIN) -> dict[str, str]:
    return {"label": label, "value": value, "note": text.line(note, _LONG), "tone": tone}


def _rows(manifest: Told) -> dict[str, str]:
    told = manifest["accounting"]
    unscored = sum(told["unscored"].values())
    parts = [f"{told['judged']:,} judged"]
    parts += [
        f"{many:,} {what}" for many, what in ((unscored, "unscored"), (told["not_sampled"], "not sampled")) if many
    ]
    parts += [f"{told['rejected']:,} rejected"] if told["rejected"] else []
    lost = told["rejected"] or (unscored and manifest["judge"].get("backend") != _NO_JUDGE)
    return _tile("rows", f"{told['rows']:,}", ", ".join(parts), WARN if lost else PLAIN)


def _inside(manifest: Told, table: pd.DataFrame, reasoned: int) -> dict[str, str]:
    inside, ranked = int(table["within_budget"].sum()), int(table["rank"].notna().sum())
    budget = manifest["config"].get("review_budget")
    share = "" if budget is None else f"{_percent(float(budget))} of the rows; "
    note = f"{share}{reasoned:,} of {counted(ranked, 'ranked row')} show a reason"
    return _tile("inside the review budget", f"{inside:,}", note)


def _planted(manifest: Told) -> dict[str, str]:
    told = manifest.get("selftest") or {}
    caught = {who: Share(**share) for who, share in (told.get("all") or {}).items()}
    mine = caught.get(FUSED) or caught.get(FINDINGS)
    label = "planted defects caught"
    if mine is None or not mine.of:
        return _tile(label, "not known", f"no self-test: {told.get('why') or 'this run tells nothing of one'}", WARN)
    note = f"{mine.found:,} of {mine.of:,} ({_interval(mine)})"
    chance = float(manifest["config"].get("review_budget") or 0.0)
    alone = caught.get(JUDGE)
    tone = BAD if mine.low <= chance else PLAIN
    if alone:
        note += f"; the judge alone {alone.found:,} of {alone.of:,} ({_interval(alone)})"
        if alone.low <= chance:
            tone = BAD
            note += ", no more than chance"
    return _tile(label, _percent(mine.value), note, tone)


def _defects(manifest: Told) -> dict[str, str]:
    rate = (manifest.get("decisions") or {}).get("rate")
    label = "defect rate"
    if not rate:
        return _tile(
            label, "not known", f"{_RANDOM} decisions on rows drawn at random would tell it to within 10 points"
        )
    note = f"{_percent(rate['low'], 1)} to {_percent(rate['high'], 1)}, by {counted(rate['of'], 'random decision')}"
    sample, heard = (manifest["decisions"].get(key) for key in ("sample", "heard"))
    if sample and (decided := sum(heard.values())) < sample:
        note += f"; {decided:,} of {sample:,} drawn rows are decided, those left out may be others"
    return _tile(label, _percent(rate["value"], 1), note)


def _contradictions(manifest: Told, groups: Sequence[Told]) -> dict[str, str]:
    apart = [group for group in groups if group["conflict"]]
    rows = {member["id"] for group in apart for camp in group["camps"] for member in camp["members"]}
    told = manifest.get("pairs") or {}
    found = f"{counted(len(rows), 'row')} in camps, {counted(int(told.get('reported') or 0), 'pair')}" if apart else ""
    note = ", ".join(filter(None, [found, str(told.get("says") or "")]))
    return _tile("groups that contradict themselves", f"{len(apart):,}", note)


def _cost(manifest: Told) -> dict[str, str]:
    costs = manifest["cost"].values()
    asked, reused = (sum(int(one.get(key) or 0) for one in costs) for key in ("asked", "reused"))
    tokens = sum(
        int(one.get("prompt_tokens") or 0) - int(one.get("cached_tokens") or 0) + int(one.get("generated_tokens") or 0)
        for one in costs
    )
    took = duration(sum(float(one) for one in manifest["seconds"].values()))
    if not asked and not reused:
        return _tile("time", took, "no question was asked")
    return _tile("time", took, f"{counted(asked, 'question')}, {tokens:,} tokens computed; {reused:,} answered before")


def duration(seconds: float) -> str:
    """`8 s`, `3 min 20 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < 60:  # noqa: PLR2004
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"  # noqa: PLR2004


def _says(manifest: Told) -> Iterator[str]:
    """Sentences on how far the run can be believed."""
    tested = manifest.get("selftest") or {}
    if tested.get("says"):
        yield f"Self-test: {tested['says']}"
    habits = (manifest.get("habits") or {}).values()
    yield from (f"Habit of the judge, {one['name']}: {one['says']}" for one in habits if one.get("flagged"))
    if drift := manifest.get("anchors"):
        yield f"Anchors: {drift['says']}"
    if seen := manifest.get("unseen"):
        yield str(seen["says"])
    if known := manifest.get("against_truth"):
        yield (
            f"Against the known defects: {known['found']:,} of {known['defects']:,} are inside the review budget,"
            f" average precision {known['average_precision']:.3f}"
        )


def _gate(manifest: Told) -> dict[str, Any] | None:
    told = manifest.get("gate")
    if not told:
        return None
    rules = [
        {"rule": rule, "passed": one["passed"], "says": text.line(one["says"], _LONG)}
        for rule, one in told["rules"].items()
    ]
    return {"holds": bool(told["holds"]), "rules": rules}


def _sources(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Where there are several: the one with most rows inside the budget first; of very many the rest together."""
    rows, inside = Counter(table["source"]), Counter(table["source"][table["within_budget"]])
    names = sorted(rows, key=lambda name: (-inside[name], -rows[name], name))
    shown = names if len(names) <= _SOURCES + 1 else names[:_SOURCES]
    told = [(text.line(name, _BRIEF), rows[name], inside[name]) for name in shown]
    if rest := names[len(shown) :]:
        told.append((f"{len(rest):,} more", sum(rows[name] for name in rest), sum(inside[name] for name in rest)))
    if len(names) > 1:
        yield from ({"name": name, "rows": of, "inside": bad, "share": round(bad / of, 4)} for name, of, bad in told)


def _interval(share: Share) -> str:
    return f"95 % interval {_percent(share.low)} to {_percent(share.high)}"


def _percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f} %"
