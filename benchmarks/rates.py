"""
How often the interval of a set's defect rate holds the truth, and how wide it is, over simulated audits.

A scripted judge of known error rates grades the rows of a set whose defects are known; its grades become suspicion by
`judge.verdict` and `judge.rank`; a random sample is decided without error; `judge.rates` says what the defect rate is.
The truth is the share of defects in that very set. Beside it: the exact interval on the sample alone, the normal
interval of PPI++ (its formula written out below), and `ppi-python`, where that is installed.
"""

import argparse
import math
from dataclasses import dataclass
from itertools import product, starmap

import numpy as np

from judge import rank, rates, rubric
from judge.records import Example, Reply, Turn, Verdict
from judge.verdict import read_label

try:
    from ppi_py import ppi_mean_ci
except ImportError:
    ppi_mean_ci = None

# (sensitivity, specificity, whether its grades vary)
JUDGES = {
    "0.9 / 0.97": (0.9, 0.97, False),
    "0.5 / 0.99": (0.5, 0.99, False),
    "0.5 / 0.8": (0.5, 0.8, False),
    "0.0 / 1.0, says good of all": (0.0, 1.0, False),
    "1.0 / 1.0": (1.0, 1.0, False),
    "0.9 / 0.97, graded": (0.9, 0.97, True),
    "0.5 / 0.8, graded": (0.5, 0.8, True),
    "0.3 / 0.7, a coin, graded": (0.3, 0.7, True),
}
PREVALENCES = (0.02, 0.05, 0.2)
SAMPLES = (200, 300, 500)
SIZES = (2_000, 10_000)
DESIGNS = ("equal", "flagged x 3", "budget x 3")
# label distributions, worst label first, of a row found good (first three) or bad, and how often each is given
GRADES = (
    (0.00, 0.00, 0.00, 0.05, 0.95),
    (0.00, 0.01, 0.09, 0.30, 0.60),
    (0.05, 0.15, 0.30, 0.30, 0.20),
    (0.90, 0.10, 0.00, 0.00, 0.00),
    (0.60, 0.20, 0.10, 0.10, 0.00),
    (0.15, 0.30, 0.35, 0.20, 0.00),
)
OFTEN = (0.6, 0.3, 0.1)
NORMAL = 1.959964


def suspicions() -> "np.ndarray":
    """Suspicion of a row by each of `GRADES`, by the code that ranks."""
    levels = {str(n): f"level {n}" for n in range(1, 6)}
    factual = rubric.build(name="factual", question="Right?", guidance="", levels=levels, weight=0.9, template="")
    turns = (Turn(role="user", content="?"), Turn(role="assistant", content="!"))
    examples = [
        Example(id=str(n), turns=turns, judged=(1,), source="", line=n, digest="") for n in range(1, len(GRADES) + 1)
    ]
    evidence = {}
    for example, grades in zip(examples, GRADES, strict=True):
        said = {str(n): math.log(max(p, 1e-9)) for n, p in enumerate(grades, start=1)}
        verdict = read_label(Reply(text="", logprobs=said), factual, example.id, 1)
        assert isinstance(verdict, Verdict)  # noqa: S101
        evidence[example.id] = rank.Evidence(verdicts=[verdict])
    weights = rank.Weights(signals={}, rubrics={"factual": rank.Fixed(weight=0.9, power=3)}, pair=rank.Fixed(weight=0))
    ranked = rank.rank(examples, evidence, [factual], weights, 0.05)
    return np.array([s.suspicion for s in sorted(ranked, key=lambda s: int(s.example.id))])


@dataclass(frozen=True)
class Setting:
    """What is simulated: `of` decisions of `rows` rows, drawn by `design`, and which judge."""

    prevalence: float
    of: int
    rows: int
    design: str
    judge: str

    def __str__(self) -> str:
        return f"{self.prevalence:.0%} | {self.of} of {self.rows:,} | {self.design} | {self.judge}"


def audit(draw, setting, known):  # noqa: ANN001, ANN201
    """One set, its judge's suspicion of every row, and a sample: (defect, suspicion, rows drawn, their probability)."""
    sensitivity, specificity, varies = JUDGES[setting.judge]
    prevalence, of, rows, design = setting.prevalence, setting.of, setting.rows, setting.design
    defect = np.zeros(rows, dtype=bool)
    defect[: round(prevalence * rows)] = True
    flagged = np.where(defect, draw.random(rows) < sensitivity, draw.random(rows) >= specificity)
    grade = draw.choice(3, size=rows, p=OFTEN) if varies else 0
    said = known[np.where(flagged, 3, 0) + grade]
    if design == "equal":
        return defect, said, draw.permutation(rows)[:of], np.full(of, of / rows)
    hot = flagged if design == "flagged x 3" else np.argsort(np.lexsort((draw.random(rows), -said))) < rows * 0.05
    chance = np.where(hot, 3.0, 1.0)
    chance = np.minimum(chance * of / chance.sum(), 1.0)
    order = draw.permutation(rows)  # every row with its chance, and as many as were wanted: systematic from here on
    sampled = order[np.searchsorted(np.cumsum(chance[order]), draw.random() + np.arange(round(chance.sum())))]
    return defect, said, sampled, chance[sampled]


def normal(bad, weight, said, everyone):  # noqa: ANN001, ANN201
    """The interval of PPI++ (Angelopoulos et al., 2023, arXiv 2311.01453) for a mean, with weights."""
    weight = weight / weight.sum()
    of, rows = 1 / (weight @ weight), len(everyone)
    y, f = bad - weight @ bad, said - weight @ said
    spread = weight @ f**2
    power = min(max((weight @ (f * y)) / spread / (1 + of / rows), 0.0), 1.0) if spread > 0 else 0.0
    value = power * everyone.mean() + weight @ (bad - power * said)
    half = NORMAL * math.sqrt((weight @ (y - power * f) ** 2) / of + power**2 * everyone.var() / rows)
    return value - half, value + half


def compare(draw, setting, known, audits):  # noqa: ANN001, ANN201
    """Share of the audits whose interval holds the truth, and its mean width, by method."""
    held: dict[str, list[tuple[bool, float]]] = {}
    for _ in range(audits):
        defect, said, sampled, chance = audit(draw, setting, known)
        truth, bad, weight = defect.mean(), defect[sampled].astype(float), 1 / chance
        rate = rates.defect_rate(bad, weight, said[sampled], said)
        size = rate.effective
        intervals = {
            "judge": (rate.low, rate.high),
            "exact": rates.clopper_pearson((weight @ bad) / weight.sum() * size, size),
            "PPI++": normal(bad, weight, said[sampled], said),
        }
        if ppi_mean_ci and setting.design == "equal":
            low, high = ppi_mean_ci(bad, said[sampled], np.delete(said, sampled), alpha=0.05)
            intervals["ppi-python"] = (float(np.ravel(low)[0]), float(np.ravel(high)[0]))
        for name, (low, high) in intervals.items():
            inside = low - 1e-6 <= truth <= high + 1e-6  # rates are rounded to six digits
            held.setdefault(name, []).append((inside, min(high, 1.0) - max(low, 0.0)))
    return {name: tuple(np.mean(values, axis=0)) for name, values in held.items()}


def main() -> None:
    """Print a table of the settings that were asked for, and the worst of every method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--audits", type=int, default=1000)
    parser.add_argument("--prevalences", type=float, nargs="+", default=PREVALENCES)
    parser.add_argument("--samples", type=int, nargs="+", default=SAMPLES)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--designs", nargs="+", default=DESIGNS, choices=DESIGNS)
    chosen = parser.parse_args()
    known, worst = suspicions(), {}
    print(f"suspicion by grade: {known.tolist()}; {chosen.audits:,} audits each; coverage / mean width in points of %")
    settings = product(chosen.prevalences, chosen.samples, chosen.sizes, chosen.designs, JUDGES)
    for number, setting in enumerate(starmap(Setting, settings)):
        told = compare(np.random.default_rng(number), setting, known, chosen.audits)
        cells = " | ".join(f"{name} {cover:.3f} / {100 * width:.2f}" for name, (cover, width) in told.items())
        print(f"{setting} | {cells}", flush=True)
        for name, (cover, width) in told.items():
            worst.setdefault(name, []).append((cover, width / told["exact"][1]))
    for name, found in worst.items():
        covers, widths = zip(*found, strict=True)
        print(
            f"{name}: {len(covers)} settings, coverage at worst {min(covers):.3f}, below 93 % in"
            f" {sum(cover < 0.93 for cover in covers)}; width / exact on average {np.mean(widths):.2f},"  # noqa: PLR2004
            f" at worst {max(widths):.2f}"
        )


if __name__ == "__main__":
    main()
