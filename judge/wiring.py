"""From the configuration to the parts of a run. Hydra and OmegaConf end here and in `__main__`."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.errors import HydraException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from judge import (
    anchors,
    assets,
    composing,
    digest,
    gate,
    labels,
    likelihood,
    mistakes,
    rank,
    rubric,
    settings,
    signals,
)
from judge.console import Terminal
from judge.errors import ConfigError, JudgeError
from judge.parts import Limits, Pairing, Parts, Planting
from judge.ports import Backend, NoJudge, Store
from judge.prompting import SAMPLE, Asker
from judge.schema import Config
from judge.store import ReplyStore
from judge.templates import TEMPLATES, Prompts

_AS_THEY_ARE = tuple("protocol likelihood hints review_budget max_off_scale max_rejects report findings".split())


def compose(overrides: Sequence[str]) -> DictConfig:
    """The configuration without a run."""
    composing.register()
    try:
        with initialize_config_dir(str(assets.conf()), version_base="1.3"):
            return typed(hydra_compose("config", overrides=composing.opened(overrides)))
    except (HydraException, OmegaConfBaseException, YAMLError, ValueError) as error:
        raise ConfigError(mistakes.in_words(error)) from error


def console(config: DictConfig) -> Terminal:
    """Where this run is watched."""
    return Terminal(quiet=config.quiet, top=config.top)


def build(
    config: DictConfig,
    *,
    rubric_set: str,
    out: Path,
    backend: Backend | NoJudge | None = None,
    store: Store | None = None,
    earlier: Path | None = None,
    night: str = "",
) -> Parts:
    """
    Make everything a run needs but the model, and say what is wrong with the configuration before any work.

    Args:
        config: as Hydra composed it.
        rubric_set: its name, for the manifest.
        out: the run's folder.
        backend: in place of the configured one.
        store: likewise.
        earlier: the folder that plain runs of this set lie in; that of `out`, unless it is a sweep's job.
        night: what sets answers on anchors apart from those of other runs; by the run's folder, unless it was another.

    Raises:
        JudgeError: a value that cannot be run, the guide, the templates, the store or the judge.
    """
    config = typed(config)
    settings.check(config)
    criteria = tuple(_rubric(str(name), values) for name, values in config.rubrics.items())
    pairs = _pairing(config)
    asker = _asker(config, criteria, pairs)
    active = _signals(config)
    backend = backend or judge(config)
    settings.check_alone(config, backend)
    return Parts(
        dataset=settings.described(config.dataset),
        rubrics=criteria,
        rubric_set=rubric_set,
        asker=asker,
        backend=backend,
        embedder=_made(config, "embedder"),
        store=store or ReplyStore(Path(config.store)),
        signals=active,
        weights=_weights(config, criteria, active),
        pinned=_pinned(config, criteria),
        planting=_planting(config),
        limits=Limits(**config.limit),
        pairs=pairs,
        probe_rows=config.probe.rows,
        console=console(config),
        out=out,
        history=Path(config.store).parent,
        earlier=earlier or out.parent,
        gate=gate.build(config.gate),
        night=night or "/".join(out.parts[-2:]),
        record=_plain(config),
        **_read(config),
        **{key: config[key] for key in _AS_THEY_ARE},
    )


def _asker(config: DictConfig, criteria: tuple[rubric.Rubric, ...], pairs: Pairing) -> Asker:
    """What the judge is shown, all templates checked."""
    if config.hints and "hints" not in assets.prompts(["row.j2"])["row.j2"]:
        raise ConfigError("hints=true, but prompts/row.j2 does not show them; add {% for hint in hints %} to it")
    names = {*TEMPLATES, *(r.template for r in (*criteria, pairs.rubric))}
    asker = Asker(
        prompts=Prompts(assets.prompts(sorted(names))),
        rubrics=criteria,
        guide=assets.read(config.dataset.guide, "dataset.guide") if config.dataset.guide else None,
        layout=config.layout,
        max_tokens=config.rationale_tokens,
        prefill=config.prefill,
        paired=pairs.rubric,
    )
    if config.protocol == "rationale":
        asked = {
            "system.j2": asker.rationale(SAMPLE, 0, criteria[0], with_label=True),
            "pair_system.j2": asker.pair(SAMPLE, 0, SAMPLE, 0, pairs.rubric, written=True),
        }
        for name, request in asked.items():
            if "evidence" not in request.system + request.question:
                raise ConfigError(
                    f"protocol=rationale, but prompts/{name} does not say how an answer in JSON is to look; take what"
                    " stands below {% if written %} from the one in the package"
                )
    return asker


def judge(config: DictConfig) -> Backend | NoJudge:
    """What answers. Cheap to make; raises `BackendError` where it cannot be there, or cannot do what is asked of it."""
    backend: Backend | NoJudge = _made(config, "backend")
    if config.likelihood:
        likelihood.measurer(backend)
    return backend


def typed(config: DictConfig) -> DictConfig:
    """Against the schema once more: `+key=value` on the command line goes past it."""
    try:
        typed = OmegaConf.merge(OmegaConf.structured(Config), OmegaConf.to_container(config))
    except OmegaConfBaseException as error:
        raise ConfigError(f"{mistakes.short(error)}; python -m judge run --help lists all keys") from error
    if not isinstance(typed, DictConfig):
        raise ConfigError("the configuration is no mapping")
    return typed


def _pairing(config: DictConfig) -> Pairing:
    pairs = config.pairs
    if not 0 <= pairs.budget < math.inf:
        raise ConfigError(
            f"pairs.budget={pairs.budget}: a share of the tokens that the rubrics cost was expected, 0 for none"
        )
    if not 0 <= pairs.threshold <= 1:
        raise ConfigError(f"pairs.threshold={pairs.threshold}: a probability in [0, 1] was expected")
    return Pairing(
        rubric=_rubric("contradiction", pairs.rubric, arity=2), budget=pairs.budget, threshold=pairs.threshold
    )


def _planting(config: DictConfig) -> Planting:
    wanted = config.planting
    off = "findings=false" if not config.findings else "" if config.selftest else "selftest=off"
    if not wanted.per_kind or not wanted.share:
        off = off or ("planting.share=0" if wanted.per_kind else "planting.per_kind=0")
    return Planting(per_kind=0 if off else wanted.per_kind, share=wanted.share, seed=wanted.seed, off=off)


def _rubric(name: str, values: DictConfig, *, arity: int = 1) -> rubric.Rubric:
    if values.arity != arity:
        raise ConfigError(
            f"rubrics.{name}: arity={values.arity}; a rubric that compares two rows goes where pairs are asked:"
            " rubric@pairs.rubric=FILE"
            if arity == 1
            else f"pairs.rubric: arity={values.arity}; pairs need a rubric that compares two rows, with arity: 2 and"
            " kinds; take rubric@pairs.rubric=contradiction"
        )
    if not isinstance(values.levels, DictConfig):
        raise ConfigError(f"rubric {name!r}: levels must map each label to its text, worst first: {{1: rude, 2: kind}}")
    return rubric.build(
        name=name,
        question=values.question,
        guidance=values.guidance,
        levels={str(label): str(text) for label, text in values.levels.items()},
        weight=values.weight,
        template=values.template,
        arity=values.arity,
        kinds={str(label): str(kind) for label, kind in values.kinds.items()},
        rephrased=values.rephrased,
    )


def _signals(config: DictConfig) -> tuple[signals.Signal, ...]:
    found = signals.discover()
    names = [*(signal.name for signal in found), *(likelihood.WEIGHTS if config.likelihood else ())]
    for name in [*config.signals.skip, *config.signals.weights]:
        if name not in names:
            raise ConfigError(f"signals: there is no {name!r}; there are {', '.join(names)}")
    for name, weight in config.signals.weights.items():
        if not 0 <= weight <= 1:
            raise ConfigError(f"signals.weights.{name}={weight}: a weight in [0, 1] was expected")
    return tuple(signal for signal in found if config.findings and signal.name not in config.signals.skip)


def _pinned(config: DictConfig, criteria: Sequence[rubric.Rubric]) -> frozenset[str]:
    """Reasons that are not fitted: signals whose weight is set, rubrics that are not to count."""
    return frozenset(
        [*(f"signal {name}" for name in config.signals.weights)]
        + [f"rubric {r.name}" for r in criteria if not r.weight]
    )


def _weights(config: DictConfig, criteria: Sequence[rubric.Rubric], active: Sequence[signals.Signal]) -> rank.Weights:
    """What every kind of reason says by the weights that are set."""
    own = {s.name: s.weight for s in active}
    if config.likelihood:
        own |= {name: weight for name, weight in likelihood.WEIGHTS.items() if name not in config.signals.skip}
    return rank.Weights(
        signals={name: rank.Fixed(weight=config.signals.weights.get(name, weight)) for name, weight in own.items()},
        rubrics={r.name: rank.Fixed(weight=r.weight, power=3) for r in criteria},
        pair=rank.Fixed(weight=config.pairs.rubric.weight),  # `pair_weight`, unless it is set by itself
    )


def _made(config: DictConfig, group: str) -> Any:  # noqa: ANN401 - whatever the group's `_target_` makes
    """The one place where an object is made from its import path."""
    target = config[group].get("_target_")
    if not target:
        raise ConfigError(f"{group} has no _target_; choose {mistakes.options(group)}")
    try:
        return instantiate(config[group], _convert_="all")
    except HydraException as error:
        cause = error.__cause__
        if isinstance(cause, JudgeError):
            raise cause from error
        raise ConfigError(f"{target} refuses its settings: {cause or error}") from error


def _read(config: DictConfig) -> dict[str, Any]:
    """What stands in files beside the set, and the digests of these files."""
    dataset = config.dataset
    paths = {"labels": dataset.labels, "truth": dataset.truth, "anchors": config.anchors}
    told = {
        "truth": labels.known_defects(dataset.truth) if dataset.truth else None,
        "decisions": labels.read(dataset.labels) if dataset.labels else (),
        "anchors": anchors.load(config.anchors) if config.anchors else None,
    }
    return {**told, "inputs": {what: digest.of_file(assets.find(path)) for what, path in paths.items() if path}}


def _plain(config: DictConfig) -> Mapping[str, object]:
    """As JSON has it: keys are texts, whatever YAML made of them."""
    plain = _texts(OmegaConf.to_container(config, resolve=True))
    return plain if isinstance(plain, dict) else {}


def _texts(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _texts(inner) for key, inner in value.items()}
    return [_texts(inner) for inner in value] if isinstance(value, list) else value
