"""
How much a reason says, in nats of evidence, by its severity: by a fixed weight, or as fitted on planted defects.

Evidence is a logarithm of odds (Good, 1950, "Probability and the Weighing of Evidence"): nats of independent reasons
add up. Every curve is monotone and can be read by hand.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

KNOTS = (0.25, 0.5, 0.75, 1.0)  # severities at which a fitted curve has its corners; at 0 it is 0
FAINT = 0.001  # nats below which evidence is no reason worth a person's reading
BASE = 0.05  # chance that any row is bad, before anything is known of it
_CERTAIN = 0.999999  # keeps the logarithm finite where weight and severity are both 1


def log_odds(chance: float) -> float:
    """Natural logarithm of chance to the contrary."""
    return math.log(chance / (1 - chance))


def suspicion(nats: float) -> float:
    """
    A rank score in [0, 1] for a sum of evidence: Bayes' rule from `BASE`, stretched so that no evidence is 0.

    A row with one reason of fixed weight has about that weight, and none where the weight is no higher than `BASE`.
    """
    odds = math.exp(min(nats, 700.0) + log_odds(BASE))
    return (odds / (1 + odds) - BASE) / (1 - BASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """
    A reason read as a chance that the row is bad, `weight * severity ** power`.

    nats = log-odds of that chance - log-odds of `BASE`, and nothing where the chance is no higher than that.

    Attributes:
        weight: the chance at full severity, in [0, 1].
        power: 3 for a verdict: one fatal fault outranks middling grades on every rubric.
    """

    weight: float
    power: int = 1

    def nats(self, severity: float) -> float:
        """Evidence at a severity in [0, 1]."""
        chance = min(self.weight * severity**self.power, _CERTAIN)
        return log_odds(chance) - log_odds(BASE) if chance > BASE else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """
    Straight lines between corners.

    Attributes:
        at: nats at each of `KNOTS`, never falling.
    """

    at: tuple[float, ...]

    def nats(self, severity: float) -> float:
        """Evidence at a severity in [0, 1]."""
        below, low = 0.0, 0.0
        for knot, nats in zip(KNOTS, self.at, strict=True):
            if severity <= knot:
                return low + (nats - low) * (severity - below) / (knot - below)
            below, low = knot, nats
        return self.at[-1]


Curve = Fixed | Fitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """
    What every kind of reason says.

    Attributes:
        signals: by signal name; a signal that is switched off is not in here and never counts.
        rubrics: by rubric name.
        pair: a row that contradicts others.
        fitted: why the curves are as they are, in words.
    """

    signals: Mapping[str, Curve]
    rubrics: Mapping[str, Curve]
    pair: Curve
    why: str = "fixed weights"

    def told(self) -> dict[str, object]:
        """As a table that can be read: nats at each knot, and whether they were fitted."""
        named = [
            *((f"signal {n}", c) for n, c in self.signals.items()),
            *((f"rubric {n}", c) for n, c in self.rubrics.items()),
        ]
        return {
            "why": self.why,
            "severities": list(KNOTS),
            "nats": {
                name: {"fitted": isinstance(curve, Fitted), "at": [round(curve.nats(knot), 3) for knot in KNOTS]}
                for name, curve in [*named, ("pair", self.pair)]
            },
        }
