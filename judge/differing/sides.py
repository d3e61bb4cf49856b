"""The two runs: what each was, whether one judge made both, and what else changed between them. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from judge import digest
from judge.comparing.labels import flat
from judge.text import quoted

_IDENTITY = ("backend", "model", "revision", "dtype", "quantization")  # what makes a judge this one and no other
# of the configuration: what changes no result, and what is told by the wording, by the judge or by the data
_IDLE = ("store", "top", "quiet", "plan")
_TOLD = ("layout", "protocol", "backend.model", "backend.revision", "backend.name", "backend._target_")
_TOLD_BELOW = ("rubrics.", "pairs.rubric.", "dataset.", "gate.")
_KEPT = ("dataset.turns", "dataset.max_row_mb")
_WORDING = {
    "guide": "the guide",
    "prompts": "the prompts",
    "layout": "the layout",
    "protocol": "the protocol",
    "pair_rubric": "the rubric for pairs",
}
_SHORT = 12  # characters of a digest or a revision that are shown


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Side:
    """
    One of the two runs, as it was read.

    Attributes:
        folder: where it is.
        manifest: its own words.
        rows: `examples.parquet` by id, in input order, without the rows that count with another source.
        copies: how many those are.
        pairs: `pairs.parquet`.
        camps: of each group of `groups.jsonl` the ids of the rows in each of its camps.
    """

    folder: str
    manifest: Mapping[str, Any]
    rows: pd.DataFrame
    copies: int
    pairs: pd.DataFrame
    camps: Sequence[Sequence[Sequence[str]]] = ()

    @property
    def name(self) -> str:
        """The data set's."""
        return str(self.manifest["data"].get("name"))

    @property
    def written_at(self) -> str:
        """An ISO time; empty where the run does not say."""
        return str(self.manifest.get("written_at") or "")

    @property
    def judge(self) -> str:
        """Who judged, in a few words."""
        told = self.manifest["judge"]
        if told.get("backend") == "none":
            return "no judge"
        named = " ".join(str(told[key]) for key in ("backend", "model") if told.get(key))
        more = [str(told["revision"])[:_SHORT] if told.get("revision") else "", told.get("dtype")]
        said = ", ".join(str(one) for one in [*more, told.get("quantization")] if one)
        return f"{named} ({said})" if said else named

    @property
    def judged(self) -> bool:
        """Whether anybody judged."""
        return bool(self.manifest["judge"].get("backend") != "none")

    @property
    def fitted(self) -> bool:
        """Whether its weights were fitted on planted copies."""
        curves = (self.manifest.get("weights") or {}).get("nats") or {}
        return any(curve.get("fitted") for curve in curves.values())

    @property
    def config(self) -> dict[str, object]:
        """The configuration, by dotted keys."""
        return flat(self.manifest["config"])

    def levels(self, rubric: str) -> int:
        """How many levels a rubric has; 0 where the run has no such rubric."""
        rubrics = self.manifest["config"].get("rubrics") or {}
        return len((rubrics.get(rubric) or {}).get("levels") or ())

    @property
    def rubrics(self) -> tuple[str, ...]:
        """Those with scores in its table and a scale in its configuration."""
        scored = [str(c).removesuffix(".score") for c in self.rows.columns if str(c).endswith(".score")]
        return tuple(name for name in scored if self.levels(name) > 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """
    One thing that is not the same in both runs.

    Attributes:
        what: `data`, `rubric`, `guide`, `prompts`, `layout`, `protocol`, `pair_rubric`, `judge`, `engine`, `setting`,
            `code` or `packages`.
        name: of the rubric or the setting; empty where there is nothing to name.
        says: in words.
    """

    what: str
    says: str
    name: str = ""


def judges_apart(before: Side, after: Side) -> str:
    """In what the judges of two runs differ, in words; empty where it is one judge, or none in both."""
    one, other = ({key: side.manifest["judge"].get(key) for key in _IDENTITY} for side in (before, after))
    if one == other:
        return ""
    if not before.judged or not after.judged or one["backend"] != other["backend"] or one["model"] != other["model"]:
        return f"{before.judge}, then {after.judge}"
    apart = [f"{key} {_value(one[key])}, then {_value(other[key])}" for key in _IDENTITY if one[key] != other[key]]
    return f"{before.judge}, then {after.judge}: {'; '.join(apart)}"


def changes(before: Side, after: Side) -> tuple[Changed, ...]:
    """All that is known to have changed but for the rows themselves."""
    return tuple(_changes(before, after))


def _changes(before: Side, after: Side) -> Iterator[Changed]:
    old, new = before.manifest, after.manifest
    if old["data"].get("digest") != new["data"].get("digest"):
        names = f"{before.name}, then {after.name}" if before.name != after.name else before.name
        yield Changed(what="data", says=f"the data ({names})")
    for name, says in rubrics(before, after).items():
        yield Changed(what="rubric", name=name, says=says)
    for key, what in _WORDING.items():
        if old["wording"].get(key) != new["wording"].get(key):
            named = key in {"layout", "protocol"}  # the others are digests
            values = f" ({old['wording'].get(key)}, then {new['wording'].get(key)})" if named else ""
            yield Changed(what=key, says=f"{what}{values}")
    if apart := judges_apart(before, after):
        yield Changed(what="judge", says=f"the judge ({apart})")
    engines, numbers = ([one["judge"].get(key) for one in (old, new)] for key in ("engine", "engine_version"))
    if engines[0] == engines[1] and numbers[0] != numbers[1]:
        told = f"{_value(numbers[0])}, then {_value(numbers[1])}"
        yield Changed(what="engine", says=f"the version of the engine, {engines[0]} ({told})")
    yield from _settings(before.config, after.config, apart=bool(apart))
    one, other = (dict(side.get("versions") or {}) for side in (old, new))
    codes = one.pop("judge", None), other.pop("judge", None)
    if codes[0] != codes[1]:
        yield Changed(what="code", says=f"the code of judge ({_value(codes[0])}, then {_value(codes[1])})")
    packages = [name for name in sorted({*one, *other}) if one.get(name) != other.get(name)]
    if packages:
        yield Changed(what="packages", says=f"versions of {', '.join(map(str, packages))}")


def rescaled(before: Side, after: Side, known: Sequence[Changed]) -> str:
    """Why the same evidence is another suspicion in the later run, in words; empty where it is hardly another."""
    weights = ("signals.", "pair_weight", "rubrics.")
    names = [change.name for change in known if change.what == "setting" and change.name.startswith(weights)]
    if before.fitted != after.fitted:
        fitted = "weights fitted on planted copies", "fixed weights"
        names.insert(0, ", then ".join(fitted if before.fitted else fitted[::-1]))
    return ", ".join(names)


def rubrics(before: Side, after: Side) -> dict[str, str]:
    """Rubric -> what became of it, of those that are not the same in both runs."""
    one, other = _wordings(before, after)
    found = {}
    for name in dict.fromkeys([*one, *other]):
        if name not in other:
            found[name] = f"rubric {name} is gone"
        elif name not in one:
            found[name] = f"rubric {name} is new"
        elif one[name] != other[name]:
            found[name] = f"rubric {name} was edited"
    return found


def _wordings(before: Side, after: Side) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """Of each run, rubric -> what stands for its wording: a digest, or where a run keeps none what the judge reads."""
    one, other = (side.manifest["wording"].get("each") for side in (before, after))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one, other
    return _read(before), _read(after)


def _read(side: Side) -> dict[str, object]:
    rubrics = side.manifest["config"].get("rubrics") or {}
    return {
        name: [one.get("question"), one.get("guidance"), list((one.get("levels") or {}).items()), one.get("template")]
        for name, one in rubrics.items()
    }


def _settings(before: Mapping[str, object], after: Mapping[str, object], *, apart: bool) -> Iterator[Changed]:
    """Another judge brings settings of its own, which are not told beside it."""
    for key in sorted({*before, *after}):
        weight = key.startswith("rubrics.") and key.endswith(".weight")
        if key in {*_IDLE, *_TOLD} or (key.startswith(_TOLD_BELOW) and not weight and key not in _KEPT):
            continue
        if apart and key.startswith("backend."):
            continue
        if before.get(key) != after.get(key) and (not weight or (key in before and key in after)):
            says = f"{key} ({_value(before.get(key))}, then {_value(after.get(key))})"
            yield Changed(what="setting", name=key, says=says)


def _value(value: object) -> str:
    if value is None:
        return "none"
    return quoted(value, 40) if isinstance(value, str) else quoted(digest.canonical_json(value), 40)[1:-1]
