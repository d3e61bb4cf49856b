"""
Answers that a model finds unlikely, by numbers that a backend measured: findings `loss` and `ifd`.

    loss = mean negative log-likelihood of the answer's tokens after its conversation, in nats per token
    IFD  = loss after its conversation / loss after none (Li et al., 2023, arXiv 2308.12032, "From quantity to quality";
           that a small model's order is a large one's: Li et al., 2024, arXiv 2402.00530, "Superfiltering")

Both are held against the set on a log scale by a robust z-score, and only high values are suspicious: a low loss is an
answer the model would have given itself. An IFD above 1 is suspicious in any set: the conversation makes its own answer
less likely. Weak witnesses, as what is rare or hard is unlikely too; hence the low weights.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from judge.corpus import robust
from judge.records import Finding

# chance in [0, 1] that a row is bad at severity 1, as `Signal.weight`
WEIGHTS: Mapping[str, float] = {"loss": 0.1, "ifd": 0.15}

_FEW = 8  # turns below which a set has no usual value
_LEAST_SPREAD = 0.1  # of the logs: in a set of one kind a tenth more is nothing to report
_LEAST_LOSS = 0.01  # nats per token; below it a 16-bit model's rounding is most of the number
_ROUNDING = 0.01  # of log IFD: what a 16-bit model's ratio is good to
_ABOVE_ONE = 0.1  # log IFD beyond that at which severity is one half on its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Likelihood:
    """
    What was measured of one judged turn.

    Attributes:
        given: loss after its own conversation, in nats per token, at least 0.
        alone: loss of the same tokens after an empty conversation.
    """

    example_id: str
    turn: int
    given: float
    alone: float

    @property
    def ifd(self) -> float:
        """Instruction-following difficulty, above 0; two losses of almost nothing have about 1."""
        return max(self.given, _LEAST_LOSS) / max(self.alone, _LEAST_LOSS)


def find(measured: Sequence[Likelihood]) -> Iterator[Finding]:
    """At most one finding per signal for each turn, in the order given, each with a severity above 0."""
    if not measured:
        return
    losses = [math.log(max(m.given, _LEAST_LOSS)) for m in measured]
    ratios = [math.log(m.ifd) for m in measured]
    loss, loss_spread = robust.standard(losses, _LEAST_SPREAD)
    ratio, ratio_spread = robust.standard(ratios, _LEAST_SPREAD)
    enough = len(measured) >= _FEW
    for m, log_loss, log_ratio in zip(measured, losses, ratios, strict=True):
        over = max(0.0, log_ratio - _ROUNDING)
        by_itself = over / (over + _ABOVE_ONE)
        among = robust.severity((log_ratio - ratio) / ratio_spread) if enough else 0.0
        if enough:
            yield from _finding(m, "loss", robust.severity((log_loss - loss) / loss_spread), _unlikely(m, loss))
        yield from _finding(m, "ifd", max(among, by_itself), _no_help(m, ratio))


def _finding(m: Likelihood, signal: str, severity: float, because: str) -> Iterator[Finding]:
    rounded = round(severity, 6)
    if rounded > 0:
        yield Finding(example_id=m.example_id, signal=signal, severity=rounded, because=because, turn=m.turn)


def _unlikely(m: Likelihood, usual: float) -> str:
    return f"the judge finds this answer unlikely: {m.given:.2f} nats a token, where {math.exp(usual):.2f} are usual"


def _no_help(m: Likelihood, usual: float) -> str:
    numbers = f"{m.given:.2f} nats a token with the conversation, {m.alone:.2f} without"
    if math.log(m.ifd) > _ROUNDING:
        return (
            f"the conversation does not help to predict this answer, it makes it less likely (IFD {m.ifd:.2f}, above 1"
            f" is suspicious by itself): {numbers}"
        )
    return (
        f"the conversation helps little to predict this answer (IFD {m.ifd:.2f}, where {math.exp(usual):.2f} is usual):"
        f" {numbers}"
    )
