"""Types of the configuration. Every key is explained in `conf/`; not frozen, or Hydra could not fill them."""

from dataclasses import dataclass, field
from typing import Any

MISSING: Any = "???"  # OmegaConf's word for a value that must be given


@dataclass
class DatasetConfig:
    """A data set, as in `conf/dataset/`."""

    name: str = MISSING
    path: str | None = None
    files: dict[str, Any] = field(default_factory=dict)  # source -> path, or a mapping; checked by `settings`
    guide: str | None = None
    truth: str | None = None
    labels: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    schema: str | None = None
    turns: str = "trained"
    max_row_mb: float = 1.0


@dataclass
class RubricConfig:
    """A criterion, as in `conf/rubric/`; its name is its key under `rubrics`, or `contradiction` under `pairs`."""

    question: str = MISSING
    guidance: str = ""
    levels: Any = MISSING  # label -> text, worst first; checked by `rubric.build`
    rephrased: str = ""
    weight: float = 0.8
    template: str = "question.j2"
    arity: int = 1
    kinds: dict[str, str] = field(default_factory=dict)


@dataclass
class SignalsConfig:
    """Which model-free checks count, and how much."""

    skip: list[str] = field(default_factory=list)
    weights: dict[str, float] = field(default_factory=dict)


@dataclass
class PlantingConfig:
    """Copies with known defects, by which the evidence is weighed."""

    per_kind: int = 25
    share: float = 0.2
    seed: int = 0


@dataclass
class LimitConfig:
    """Up to where a run may go; None is no limit."""

    rows: int | None = None
    tokens: int | None = None
    minutes: float | None = None


@dataclass
class ProbeConfig:
    """The probe of the judge's habits."""

    rows: int = 0


@dataclass
class PairsConfig:
    """What the judge is asked about rows that answer the same question."""

    rubric: RubricConfig = field(default_factory=RubricConfig)
    budget: float = 0.5
    threshold: float = 0.5


@dataclass
class GateConfig:
    """What a run must keep to; None is no such rule."""

    max_new_suspects: int | None = None
    max_defect_rate: float | None = None
    min_coverage: float | None = None
    min_planted_recall: float | None = None
    max_unscored: float | None = None
    max_contradictions: int | None = None
    max_drift: float | None = None
    against: str | None = None
    junit: str | None = None


@dataclass
class Config:
    """Types of `conf/config.yaml`, the whole of it."""

    dataset: DatasetConfig = MISSING
    rubrics: dict[str, RubricConfig] = field(default_factory=dict)
    backend: dict[str, Any] = field(default_factory=dict)
    embedder: dict[str, Any] = field(default_factory=dict)
    layout: str = "shared"
    protocol: str = "cascade"
    prefill: str = ""
    rationale_tokens: int = 256
    review_budget: float = 0.05
    max_off_scale: float = 0.5
    max_rejects: float = 0.05
    findings: bool = True
    signals: SignalsConfig = field(default_factory=SignalsConfig)
    pair_weight: float = 0.5
    pairs: PairsConfig = field(default_factory=PairsConfig)
    selftest: bool = True
    planting: PlantingConfig = field(default_factory=PlantingConfig)
    limit: LimitConfig = field(default_factory=LimitConfig)
    plan: bool = False
    gate: GateConfig = field(default_factory=GateConfig)
    anchors: str | None = None
    probe: ProbeConfig = field(default_factory=ProbeConfig)
    hints: bool = False
    likelihood: bool = False
    report: bool = True
    store: str = "runs/replies.sqlite"
    top: int = 10
    quiet: bool = False
