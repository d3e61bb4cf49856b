"""
How well words alone tell contradicting answers from agreeing ones, two answers at a time.

(a) A 1:1 mix from one domain: pairs of support rows of one intent, asked in different words. In half of them the second
    answer is the first row's with a number, a claim or a name changed by this folder's own planters (`quality.py`), so
    that it contradicts; or, harder, the second row's own answer with a fact changed that both answers state. The other
    half is left as it was.
(b) Questions that were answered twice with opposite conclusions, at the threshold at which at most 5 % of the untouched
    pairs of (a) are flagged.
"""

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from quality import Pool, Row, entity, negation, number

from judge.corpus import Corpus
from judge.pairs.conflict import between
from judge.pairs.names import names
from judge.pairs.sentence import Names
from judge.pairs.side import Side
from judge.records import Example, Turn, content_digest

FILES = ("bitext_clean_dev.jsonl", "conflict_pairs_dev.jsonl")
PAIRS, SEEDS, RECALL, ALARMS = 600, 3, 0.6, 0.05
PLANTERS: dict[str, Callable[[Row, Pool, Random], Row | None]] = {
    "number": number,
    "negation": negation,
    "entity": entity,
}


class Couple(NamedTuple):
    """Two questions with their answers; `kind` is empty where they agree."""

    one: Row
    two: Row
    kind: str = ""


def paraphrases(rows: Sequence[Row], rng: Random) -> Iterator[tuple[Row, Row]]:
    """Pairs of rows of one intent, without end."""
    intents: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        intents[row.intent].append(row)
    several = sorted(name for name, inside in intents.items() if len(inside) > 1)
    while True:
        one, two = rng.sample(intents[rng.choice(several)], 2)
        if one.answer != two.answer:
            yield one, two


def copied(one: Row, two: Row, pool: Pool, rng: Random) -> Couple | None:
    """The first answer, contradicted, under the second question."""
    kind = rng.choice(sorted(PLANTERS))
    planted = PLANTERS[kind](one, pool, rng)
    return Couple(one, two._replace(answer=planted.answer), kind) if planted else None


def shared(one: Row, two: Row, pool: Pool, rng: Random) -> Couple | None:
    """The second answer with a sentence changed that the first has word for word."""
    kind = rng.choice(sorted(PLANTERS))
    planted = PLANTERS[kind](two, pool, rng)
    if not planted:
        return None
    changed = set(two.answer.split("\n")) - set(planted.answer.split("\n"))
    words = {word for line in changed for word in line.split()} - set(planted.answer.split())
    return Couple(one, planted, kind) if words and words <= set(one.answer.split()) else None


def mix(rows: Sequence[Row], make: Callable[..., Couple | None], seed: int) -> list[Couple]:
    """Half contradicting, half as they were."""
    rng, pool = Random(seed), Pool(rows)  # noqa: S311 - a seeded draw
    pairs = paraphrases(rows, rng)
    found: list[Couple] = []
    for _ in range(200 * PAIRS):
        if len(found) == PAIRS:
            break
        if couple := make(*next(pairs), pool, rng):
            found.append(couple)
    return found + [Couple(*next(pairs)) for _ in range(len(found))]


def scores(couples: Sequence[Couple], known: Names) -> NDArray[np.float64]:
    """Shape (couples,)."""
    read: dict[tuple[str, str], Side] = {}

    def side(row: Row) -> Side:
        return read.setdefault((row.prompt, row.answer), Side.of(row.prompt, "", row.answer, known))

    return np.array([between(side(one), side(two)).score for one, two, _ in couples])


def names_of(rows: Sequence[Row]) -> Names:
    """The names of a set of rows, as an audit of them would know."""
    return names(Corpus([_example(row) for row in rows]))


def _example(row: Row) -> Example:
    turns = (Turn(role="user", content=row.prompt), Turn(role="assistant", content=row.answer))
    digest = content_digest(turns, None)
    return Example(id=row.id, turns=turns, judged=(1,), source="rows", line=1, digest=digest)


def precision_at(bad: NDArray[np.float64], good: NDArray[np.float64], recall: float) -> tuple[float, float]:
    """Precision where a share of the bad is caught, ties counted against it, and the threshold."""
    threshold = float(np.sort(bad)[::-1][int(np.ceil(recall * len(bad))) - 1])
    caught, alarms = int((bad >= threshold).sum()), int((good >= threshold).sum())
    return caught / (caught + alarms), threshold


def table(rows: Sequence[Row], opposite: Sequence[Couple]) -> None:
    """Print all figures."""
    known = names_of(rows)
    untouched = []
    print("| mix | pairs | precision at recall 0.6 | flagged at 0.5: contradicting | agreeing | by kind |")
    print("|---|--:|--:|--:|--:|---|")
    for title, make in (("the answer copied and contradicted", copied), ("a shared fact changed", shared)):
        made = [mix(rows, make, seed) for seed in range(SEEDS)]
        found = [scores(couples, known) for couples in made]
        bad = np.concatenate([s[: len(s) // 2] for s in found])
        good = np.concatenate([s[len(s) // 2 :] for s in found])
        untouched.append(good)
        kinds = [couple.kind for couples in made for couple in couples if couple.kind]
        many, caught = Counter(kinds), Counter(k for k, s in zip(kinds, bad, strict=True) if s >= 0.5)  # noqa: PLR2004
        by = ", ".join(f"{kind} {caught[kind] / many[kind]:.2f} of {many[kind]}" for kind in sorted(many))
        flagged = " | ".join(f"{np.mean(side >= 0.5):.3f}" for side in (bad, good))  # noqa: PLR2004
        print(f"| {title} | {2 * len(bad):,} | {precision_at(bad, good, RECALL)[0]:.3f} | {flagged} | {by} |")
    good = np.concatenate(untouched)
    least = min(t for t in [*np.unique(good[good > 0]).tolist(), 1.01] if np.mean(good >= t) <= ALARMS)
    seen = scores(opposite, names_of([row for couple in opposite for row in couple[:2]]))
    for threshold in (least, 0.5):
        print(
            f"\nOpposite conclusions: {np.mean(seen >= threshold):.3f} of {len(seen)} flagged at {threshold:.2f},"
            f" where {np.mean(good >= threshold):.3%} of {len(good):,} untouched pairs are."
        )


def main() -> int:
    """Two tables and two figures."""
    parser = argparse.ArgumentParser(description="How well words alone tell contradicting answers.")
    parser.add_argument("--data", type=Path, required=True, help=f"folder with {' and '.join(FILES)}")
    args = parser.parse_args()
    started = time.perf_counter()
    lines = [[json.loads(line) for line in (args.data / name).read_text("utf-8").splitlines()] for name in FILES]
    rows = [Row(row["id"], row["prompt"], row["response"], row["intent"]) for row in lines[0]]
    twice: defaultdict[str, list[Row]] = defaultdict(list)
    for row in lines[1]:
        twice[row["pair"]].append(Row(row["id"], row["prompt"], row["response"]))
    table(rows, [Couple(one, two) for one, two in twice.values()])
    print(f"\n{time.perf_counter() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
