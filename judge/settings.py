"""Values of a configuration that cannot be run, said in words before any work; and the data set it describes."""

import math
from collections.abc import Mapping
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from judge import assets, mistakes, sources
from judge.errors import ConfigError
from judge.ports import Backend, NoJudge
from judge.text import printable

_FEWEST_TOKENS = 32
_FILE = ("path", "trust", "columns", "schema")  # what can be said of one of several files


def check(config: DictConfig) -> None:
    """
    Say what is wrong with the values of a typed configuration.

    Raises:
        ConfigError: naming the key, its value and what was expected.
    """
    if OmegaConf.is_missing(config, "dataset"):
        raise ConfigError(f"no data set is chosen; add one of {mistakes.choices()}")
    _check_paths(config.dataset)
    missing = OmegaConf.missing_keys(config)
    if missing:
        raise ConfigError("; ".join(f"{key} has no value, set it with {key}=..." for key in sorted(missing)))
    files: Any = OmegaConf.to_container(config.dataset.files, resolve=True)
    for source, given in files.items():
        _check_file(str(source), given)
    _check_values(config)
    if not config.rubrics:
        raise ConfigError("no rubrics; choose rubric_set=standard, or add one with +rubric@rubrics.NAME=FILE")


def check_alone(config: DictConfig, backend: Backend | NoJudge) -> None:
    """
    Say what cannot be where the judge is alone, `findings=false`.

    Raises:
        ConfigError: there is no judge, or something is wanted that findings are needed for.
    """
    if config.findings:
        return
    if isinstance(backend, NoJudge):
        raise ConfigError(
            f"findings=false leaves the list to the judge's grades, and there is no judge ({backend.why}); name one"
            " (backend=vllm), or leave findings on"
        )
    for key, off in (("hints", False), ("likelihood", False), ("probe.rows", 0), ("gate.max_contradictions", None)):
        value = OmegaConf.select(config, key)
        if value != off or (off is None and value is not None):
            told = str(value).lower() if isinstance(value, bool) else value
            raise ConfigError(f"{key}={told} needs findings, and findings=false; set one or the other")


def described(dataset: DictConfig) -> sources.Spec:
    """The data set that a configuration describes, once `check` has found it right."""
    files: Any = OmegaConf.to_container(dataset.files, resolve=True)
    return sources.Spec(
        path=None if dataset.path is None else assets.find(dataset.path),
        name=dataset.name,
        files={str(source): _file(given) for source, given in files.items()},
        columns=dict(dataset.columns),
        schema=dataset.schema,
        turns=dataset.turns,
        max_row_mb=dataset.max_row_mb,
    )


def _file(given: str | Mapping[str, Any]) -> sources.File:
    told: Mapping[str, Any] = {"path": given} if isinstance(given, str) else given
    columns = told.get("columns")
    return sources.File(
        path=assets.find(told["path"]),
        trust=told.get("trust", 1.0),
        columns=None if columns is None else {str(role): column for role, column in columns.items()},
        schema=told.get("schema"),
    )


def _check_paths(dataset: DictConfig) -> None:
    several = f"for several files: {mistakes.SEVERAL}"
    if OmegaConf.is_missing(dataset, "path") or (dataset.path is None and not dataset.files):
        raise ConfigError(f"dataset.path has no value, set it with dataset.path=...; {several}")
    if dataset.path is not None and dataset.files:
        raise ConfigError(f"dataset.path and dataset.files are both set, and one is needed; {several}")
    if dataset.path is None and OmegaConf.is_interpolation(dataset, "name"):
        try:
            dataset.name  # noqa: B018 - of a preset that names a set by its one file
        except OmegaConfBaseException as error:
            raise ConfigError("dataset.name has no value, set it with dataset.name=...") from error


def _check_file(source: str, given: object) -> None:
    """Of one of several files: what its owner says of it."""
    if not source or source != " ".join(printable(source).split()):
        raise ConfigError(f"dataset.files: {source!r} is no name of a source; words in one line were expected")
    key = f"dataset.files.{source}"
    told = {"path": given} if isinstance(given, str) else given
    if not isinstance(told, dict):
        raise ConfigError(f"{key}={given}: a path was expected, or a mapping of {', '.join(_FILE)}")
    for name in told:
        if name not in _FILE:
            raise ConfigError(f"there is no key {f'{key}.{name}'!r}; there are {', '.join(_FILE)}")
    path, columns, schema = (told.get(name) for name in ("path", "columns", "schema"))
    if not isinstance(path, str) or not path:
        raise ConfigError(
            f"{key}.path={path}: the path of a file was expected"
            if "path" in told
            else f"{key} has no path, set it with {key}.path=..."
        )
    trust = told.get("trust", 1.0)
    if isinstance(trust, bool) or not isinstance(trust, int | float) or not 0 < trust <= 1:
        raise ConfigError(f"{key}.trust={trust}: a number above 0, and at most 1, was expected")
    if columns is not None and not (isinstance(columns, dict) and all(isinstance(c, str) for c in columns.values())):
        raise ConfigError(f"{key}.columns={columns}: names of columns by role were expected: {key}.columns.prompt=NAME")
    if schema is not None and not isinstance(schema, str):
        raise ConfigError(f"{key}.schema={schema}: the name of a schema was expected, or null")


def _check_values(config: DictConfig) -> None:
    for key, allowed in (("layout", ("shared", "rubric_first")), ("protocol", ("cascade", "score", "rationale"))):
        if config[key] not in allowed:
            raise ConfigError(f"{key}={config[key]}: choose one of {', '.join(allowed)}")
    for key in ("review_budget", "max_off_scale", "max_rejects", "pair_weight", "planting.share"):
        if not 0 <= OmegaConf.select(config, key) <= 1:
            raise ConfigError(f"{key}={OmegaConf.select(config, key)}: a share in [0, 1] was expected (5 % is 0.05)")
    for key in ("top", "planting.per_kind", "probe.rows"):
        if OmegaConf.select(config, key) < 0:
            raise ConfigError(f"{key}={OmegaConf.select(config, key)}: a number of rows was expected")
    if config.rationale_tokens < _FEWEST_TOKENS:
        raise ConfigError(
            f"rationale_tokens={config.rationale_tokens}: at least {_FEWEST_TOKENS} are needed for a sentence"
        )
    for key in ("limit.rows", "limit.tokens", "limit.minutes"):
        value = OmegaConf.select(config, key)
        if value is not None and not 0 < value < math.inf:
            raise ConfigError(f"{key}={value}: more than 0 was expected, or null for no limit")
    _check_gate(config.gate)


def _check_gate(gate: DictConfig) -> None:
    for name in ("max_defect_rate", "min_coverage", "min_planted_recall", "max_unscored"):
        if gate[name] is not None and not 0 <= gate[name] <= 1:
            raise ConfigError(
                f"gate.{name}={gate[name]}: a share in [0, 1] was expected (5 % is 0.05), or null for no such rule"
            )
    for name in ("max_new_suspects", "max_contradictions"):
        if gate[name] is not None and gate[name] < 0:
            raise ConfigError(f"gate.{name}={gate[name]}: a number from 0 was expected, or null for no such rule")
    if gate.max_drift is not None and not 0 <= gate.max_drift < math.inf:
        raise ConfigError(f"gate.max_drift={gate.max_drift}: levels from 0 were expected, or null for no such rule")
    if gate.against is not None and gate.max_new_suspects is None:
        raise ConfigError(f"gate.against={gate.against} is for gate.max_new_suspects, which is not set")
    if gate.junit is not None and all(gate[name] is None for name in gate if name not in {"against", "junit"}):
        raise ConfigError(f"gate.junit={gate.junit}, but no rule of the gate is set, e.g. gate.max_contradictions=0")
