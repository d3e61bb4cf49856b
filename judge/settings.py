"""Values of a configuration that cannot be run, said in words before any work."""

import math

from omegaconf import DictConfig, OmegaConf

from judge import mistakes
from judge.errors import ConfigError

_FEWEST_TOKENS = 32


def check(config: DictConfig) -> None:
    """
    Say what is wrong with the values of a typed configuration.

    Raises:
        ConfigError: naming the key, its value and what was expected.
    """
    if OmegaConf.is_missing(config, "dataset"):
        raise ConfigError(f"no data set is chosen; add one of {mistakes.choices()}")
    missing = ["dataset.path"] if OmegaConf.is_missing(config.dataset, "path") else OmegaConf.missing_keys(config)
    if missing:
        raise ConfigError("; ".join(f"{key} has no value, set it with {key}=..." for key in sorted(missing)))
    _check_values(config)
    if not config.rubrics:
        raise ConfigError("no rubrics; choose rubric_set=standard, or add one with +rubric@rubrics.NAME=FILE")


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
