"""Rows that ask the same, in groups: by average linkage, never by chains; and groups that are written in two forms."""

import time
from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
import pytest
from disputes import periods, settled, split
from hypothesis import example as case
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.cluster import hierarchy
from shop import row, shop

from judge.corpus import Corpus
from judge.embedders import hashed
from judge.pairs import candidates, grouping, style
from judge.pairs.candidates import Candidates
from judge.records import Example

Floats = NDArray[np.float64]


def grid(vectors: Floats) -> NDArray[np.float16]:
    """Coordinates on the grid of the search, on which sums are exact."""
    return (np.rint(vectors * 2048) / 2048).astype(np.float16)


def drawn(seed: int, count: int, dims: int = 4) -> NDArray[np.float16]:
    """Draw unit vectors, as dense as dimensions are few, on the grid of the search."""
    vectors = np.random.default_rng(seed).normal(size=(count, dims))
    return grid(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def near(vectors: NDArray[np.float16]) -> Floats:
    """Inner products, as candidates have them."""
    wide = vectors.astype(np.float64)
    return (wide @ wide.T).round(6)


def found(vectors: NDArray[np.float16], pairs: Iterable[tuple[int, int]] | None = None) -> Candidates:
    """Make candidates of vectors: these pairs, or all."""
    every = list(combinations(range(len(vectors)), 2)) if pairs is None else list(pairs)
    left, right = np.array(every, dtype=np.int64).reshape(-1, 2).T
    alike = near(vectors)[left, right]
    return Candidates(
        left=left,
        right=right,
        near=alike,
        copy=np.arange(len(vectors)),
        vectors=vectors,
        possible=len(left),
        crowded=0,
    )


def parts(labels: Sequence[int] | NDArray[np.int64]) -> set[frozenset[int]]:
    """Groups as sets of positions."""
    labels = np.asarray(labels)
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels.tolist())}


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10_000), count=st.integers(2, 40), cut=st.sampled_from([0.2, 0.5, 0.8, 0.95]))
def test_groups_are_those_of_average_linkage(seed: int, count: int, cut: float) -> None:
    """Where all pairs are known, groups are what a textbook's average linkage makes of the same similarities."""
    vectors = drawn(seed, count)
    apart = 1 - near(vectors)[np.triu_indices(count, 1)]
    tree = hierarchy.linkage(apart, "average")
    heights = tree[:, 2]
    if np.abs(heights - (1 - cut)).min() < 1e-5 or np.diff(heights).min(initial=1) < 1e-5:
        return  # a tie that rounding decides
    wanted = hierarchy.fcluster(tree, 1 - cut, criterion="distance")
    assert parts(grouping.group(found(vectors), np.arange(count), cut)) == parts(wanted)


def test_a_chain_is_no_group() -> None:
    """Where each row is near only to the next, nobody is in a group with a row that it is not near to."""
    angles = np.radians(35 * np.arange(10))
    vectors = grid(np.column_stack([np.cos(angles), np.sin(angles)]))
    chain = [(n, n + 1) for n in range(9)]
    labels = grouping.group(found(vectors, chain), np.arange(10), 0.6)
    assert max(map(len, parts(labels))) == 2
    assert all(max(group) - min(group) <= 1 for group in parts(labels))


def test_a_chain_of_questions_is_no_group() -> None:
    """The same of rows: what the first and the last ask has nothing in common, though each is near the next."""
    words = "lamp desk chair shelf sofa carpet mirror clock kettle heater stool bench".split()
    rows = [
        row(
            f"r{n}",
            f"Is the {' '.join(words[n : n + 4])} here?",
            f"We have the {' '.join(words[n : n + 4])}, number {n}.",
        )
        for n in range(9)
    ]
    corpus = Corpus(rows)
    pairs = candidates.find(corpus, hashed.connect())
    ends = set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    assert {(n, n + 1) for n in range(8)} <= ends
    groups = parts(grouping.group(pairs, np.arange(9), 0.5))
    assert max(map(len, groups)) < 9
    assert all(max(group) - min(group) < 4 for group in groups)


def test_copies_are_in_one_group_and_rows_without_a_pair_alone() -> None:
    """A copy is where the answer is that stands for it; the number of a group is its first answer."""
    pair = found(drawn(1, 6), [(0, 2)])
    both = Candidates(
        **{name: getattr(pair, name) for name in Candidates.__dataclass_fields__}
        | {
            "copy": np.array([0, 1, 2, 0, 2, 5]),
            "near": np.array([0.9]),
            "vectors": grid(np.eye(6)[[0, 1, 0, 0, 0, 5]]),
        }
    )
    assert grouping.group(both, np.arange(6), 0.5).tolist() == [0, 1, 0, 0, 0, 5]
    assert grouping.group(found(drawn(1, 3), []), np.arange(3), 0.5).tolist() == [0, 1, 2]
    assert grouping.group(found(drawn(1, 0), []), np.arange(0), 0.5).tolist() == []


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000))
@case(seed=0)
def test_the_order_of_the_rows_makes_no_other_groups(seed: int) -> None:
    """Where many similarities are equal, which of them comes first is decided by content, not by place."""
    draw = np.random.default_rng(seed)
    ring = np.eye(11) + np.roll(np.eye(11), 1, axis=1)  # each as near to its two neighbours as to no other
    vectors = grid(ring[draw.permutation(11)] / 2**0.5)
    names = np.arange(len(vectors))
    one = {frozenset(names[list(group)].tolist()) for group in parts(grouping.group(found(vectors), names, 0.4))}
    moved = draw.permutation(len(vectors))
    two = parts(grouping.group(found(vectors[moved]), names[moved], 0.4))
    assert {frozenset(names[moved][list(group)].tolist()) for group in two} == one
    assert 1 < len(one) < len(vectors)


def test_the_order_of_the_set_makes_no_other_groups() -> None:
    """The same of a whole set: its contradictions stand in the same groups, with the same camps, in any order."""
    rows = [*shop(), *periods(12, "30 days"), *periods(3, "14 days"), *periods(2, "60 days", 5)]
    told = []
    for seed in (None, 1, 2):
        order = range(len(rows)) if seed is None else np.random.default_rng(seed).permutation(len(rows)).tolist()
        said = settled([rows[at] for at in order])
        told.append(
            {
                (
                    frozenset(g.members),
                    g.kind,
                    g.probability,
                    g.lean,
                    frozenset((c.says, frozenset(c.members)) for c in g.camps),
                )
                for g in split(said)
            }
        )
    assert told[0] == told[1] == told[2]
    assert len(told[0]) >= 1


@pytest.mark.parametrize("crowd", ["alike", "spread"])
def test_five_thousand_in_one_crowd_are_grouped_in_time(crowd: str) -> None:
    """A crowd that all asks the same costs little more than its list of pairs."""
    draw = np.random.default_rng(3)
    spread = draw.normal(size=(5_000, 32)) * (0.01 if crowd == "alike" else 0.2) + np.eye(32)[0]
    vectors = grid(spread / np.linalg.norm(spread, axis=1, keepdims=True))
    wide = vectors.astype(np.float32)
    ids = np.argpartition(-(wide @ wide.T), 11, axis=1)[:, :11]
    ends = {(min(a, b), max(a, b)) for a, others in enumerate(ids.tolist()) for b in others if a != b}
    left, right = np.array(sorted(ends)).T
    alike = np.einsum("ij,ij->i", vectors[left].astype(np.float64), vectors[right].astype(np.float64)).round(6)
    pairs = Candidates(
        left=left, right=right, near=alike, copy=np.arange(5_000), vectors=vectors, possible=0, crowded=0
    )
    start = time.process_time()
    labels = grouping.group(pairs, np.arange(5_000), 0.4)
    assert time.process_time() - start < 20
    assert len(set(labels.tolist())) < 1_000


# --- style


def steps(at: int, form: str) -> Example:
    """Make an answer on how to descale a kettle, as a list or as prose."""
    last = "Wipe its lid, Dry its base, Empty its tray, Check its cord, Close its box, Hang its brush, Air it, Use it"
    said = ("Fill it with vinegar and water", "Boil it once", "Let it stand", "Rinse it well", last.split(", ")[at])
    text = "\n".join(f"{n}. {step}" for n, step in enumerate(said, 1)) if form == "list" else ". ".join(said) + "."
    return row(f"{form}-{at}", "How do I descale my kettle?", text)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("1. Boil it.\n2. Rinse it.", "list"),
        ("Do this:\n- boil it\n- rinse it", "list"),
        ("Do this:\n  • boil it\n  • rinse it", "list"),
        ("Boil it. Then rinse it.", "prose"),
        ("- It is one thing only.", "prose"),
        ("At 5.30 we close.\n10 to 12 is the best time.", "prose"),
        ("", "prose"),
    ],
)
def test_what_a_list_is(text: str, form: str) -> None:
    """Two lines that begin with a bullet or a number are a list; one is none, nor is a number in a sentence."""
    assert style.form(text) == form


def test_half_lists_and_half_prose_are_told_per_group_and_of_the_set() -> None:
    """Both forms are counted and the share of such answers is given; no row is marked for it, and no pair is made."""
    mixed = [steps(at, form) for form in ("list", "prose") for at in range(4)]
    rows = [*shop(40), *mixed]
    told = settled(rows)
    (group,) = [group for group in told.groups if group.style]
    assert dict(group.style) == {"list": 4, "prose": 4}
    assert set(group.members) == {one.id for one in mixed}
    assert (group.kind, group.camps, group.pairs, group.lean) == ("format", (), (), "")
    assert told.blocking.two_forms == pytest.approx(8 / 48)
    assert told.standings == {}
    assert told.pairs == []


@pytest.mark.parametrize(("lists", "prose"), [(0, 8), (8, 0), (1, 7), (1, 2)])
def test_one_odd_answer_is_no_habit(lists: int, prose: int) -> None:
    """A form that is rarer than a quarter of a group, or a group of fewer than four answers, is not told."""
    told = settled(
        [*(steps(at, "list") for at in range(lists)), *(steps(at, "prose") for at in range(lists, 8)[:prose])]
    )
    assert [group for group in told.groups if group.style] == []
    assert told.blocking.two_forms == 0


def test_copies_of_one_list_are_no_habit() -> None:
    """The same answer many times is one answer."""
    one = steps(0, "list")
    rows = [
        Example(**{name: getattr(one, name) for name in Example.__dataclass_fields__} | {"id": f"copy-{n}"})
        for n in range(9)
    ]
    told = settled([*rows, *(steps(at, "prose") for at in range(1, 8))])
    assert [group for group in told.groups if group.style] == []
