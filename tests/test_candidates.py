"""Which answers are held against each other: those that were asked the same, whatever else is in the set."""

import time
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest
from builders import example
from hypothesis import given, settings
from hypothesis import strategies as st
from shop import row, shop

from judge import planting
from judge.corpus import Corpus, Guest
from judge.embedders import hashed
from judge.pairs import candidates, lists, search
from judge.pairs.candidates import Candidates
from judge.records import Example, Role, Turn


def find(rows: Sequence[Example]) -> Candidates:
    """Find the pairs of a set with the default embedder."""
    return candidates.find(Corpus(rows), hashed.connect())


def contents(rows: Sequence[Example], found: Candidates | None = None) -> set[frozenset[str]]:
    """Give the pairs by what the rows hold, not by where they stand or what they are called."""
    answers = Corpus(rows).own
    found = found or find(rows)
    names = [f"{answer.example.digest}:{answer.turn}" for answer in answers]
    return {frozenset((names[a], names[b])) for a, b in zip(found.left, found.right, strict=True)}


def together(rows: Sequence[Example], one: str, two: str) -> bool:
    """Whether two rows of a set are a pair."""
    ids = [answer.example.id for answer in Corpus(rows).own]
    found = find(rows)
    return any({ids[a], ids[b]} == {one, two} for a, b in zip(found.left, found.right, strict=True))


def test_same_prompt_and_paraphrase_are_pairs_amid_the_shop() -> None:
    """A contradicting row is held against its partner, asked in the same words or in others."""
    rows = shop()
    same = row("same", "How do I clean the lamp?", "Use plenty of soap on the lamp. Soap leaves no marks.")
    other = row("other", "Is the lamp to be cleaned with soap?", "Use soap on the lamp, and plenty of it.")
    assert together([*rows, same], "clean-lamp-0", "same")
    assert together([*rows, other], "clean-lamp-0", "other")


@pytest.mark.parametrize(
    ("one", "two", "pair"),
    [
        (("Is it for the desk?", "It is for the desk."), ("Is it for the desk?", "It is for the desk."), True),
        (("Is it for the desk?", "It is for the desk."), ("Is it for my desk?", "Yes, it is for the desk."), True),
        (("Is it for the desk?", "It is for the desk."), (), False),
        (("Is it for the desk?", "It is for the desk."), ("My sofa broke, help!", "We repair every sofa."), False),
        ((), (), True),
    ],
)
def test_the_same_question_after_another_context_is_no_pair(
    one: tuple[str, ...], two: tuple[str, ...], *, pair: bool
) -> None:
    """Conversations must go on from the same; nothing before and something before are not the same."""

    def history(said: tuple[str, ...]) -> list[tuple[Role, str]]:
        return [(role, text) for role, text in zip(("user", "assistant"), said, strict=False)]  # type: ignore[misc]

    rows = [
        row("a", "How long can I return it?", "You have 30 days.", history=history(one)),
        row("b", "How long can I return it?", "You have two weeks and a half.", history=history(two)),
    ]
    assert together(rows, "a", "b") is pair


def test_a_context_field_is_context_and_a_system_turn_is_none() -> None:
    """Rows with other reference texts are asked different things; rows with other system turns are not."""

    def rows(one: str | None, two: str | None) -> list[Example]:
        return [
            row("a", "When does my order arrive?", "It arrives on Monday.", one),
            row("b", "When does my order arrive?", "It comes by Friday.", two),
        ]

    assert together(rows("Order of a lamp, sent.", "Order of a lamp, sent."), "a", "b")
    assert not together(rows("Order of a lamp, sent.", "The invoice of the heater is open."), "a", "b")
    assert not together(rows("Order of a lamp, sent.", None), "a", "b")
    asked = [
        row("a", "When does my order arrive?", "It arrives on Monday.", history=[("system", "You are kind.")]),
        row("b", "When does my order arrive?", "It comes by Friday.", history=[("system", "Answer as a pirate.")]),
    ]
    assert together(asked, "a", "b")


def test_copies_count_once_and_the_same_answer_contradicts_nothing() -> None:
    """Of rows that are equal, the first stands for all; equal answers to equal or other questions are no pair."""
    rows = [row(f"a{n}", "Can I return it?", "Yes, within 30 days.") for n in range(5)]
    rows += [row("b0", "can i return it", "No, it is final."), row("b1", "Can I return it?", "no, it is final")]
    found = find(rows)
    assert list(zip(found.left, found.right, strict=True)) == [(0, 5)]
    assert found.copy.tolist() == [0, 0, 0, 0, 0, 5, 5]
    assert (found.vectors == found.vectors[found.copy]).all()


def test_turns_of_one_row_are_no_pair() -> None:
    """A conversation is not held against itself."""
    turns = tuple(
        Turn(role=role, content=text)
        for role, text in [
            ("user", "Can I return it?"),
            ("assistant", "Yes."),
            ("user", "Really?"),
            ("assistant", "No."),
        ]
    )
    rows = [Example(id="a", turns=turns, judged=(1, 3), source="s", line=1, digest="d")]
    found = find([*rows, row("b", "Is it red?", "It is.")])
    assert (0, 1) not in zip(found.left.tolist(), found.right.tolist(), strict=True)
    assert found.possible == 2


def test_a_prompt_without_a_telling_word_is_like_itself_alone() -> None:
    """Words too common to count still make a question; the same one is the same question."""
    rows = [
        row("a", "How can I do it?", "Open the page of orders."),
        row("b", "How can I do it?", "Write a letter."),
        row("c", "What is this?", "A kettle of steel."),
    ]
    assert together(rows, "a", "b")
    assert not together(rows, "a", "c")


@pytest.mark.parametrize("crowd", [25, 300])
def test_a_crowd_of_one_answer_does_not_hide_the_other(crowd: int) -> None:
    """Where half the rows have one canned answer and half another, pairs lie across, not only within."""
    names = [f"{first}{last}" for first in ("An", "Be", "Co", "Di", "El") for last in ("na", "rt", "ly", "mo", "xa")]
    yes = (
        "Dear {}, thank you for your message. You may return every item within thirty days of delivery, free of charge."
    )
    no = "Dear {}, thank you for your message. All sales are final, so what was delivered cannot come back to us."
    asked = (
        "Can I return my {}?",
        "May I send the {} back?",
        "Is a return of the {} possible?",
        "Do you take a {} back?",
    )
    rows = [
        row(
            f"{camp}-{n}",
            asked[n % len(asked)].format(f"{thing} {n}"),
            answer.format(f"{names[n % 25]}{n}"),
        )
        for camp, answer in (("yes", yes), ("no", no))
        for n in range(crowd)
        for thing in (("lamp", "desk", "sofa", "clock")[n % 4],)
    ]
    found = find(rows)
    across = [(a, b) for a, b in zip(found.left, found.right, strict=True) if (a < crowd) != (b < crowd)]
    assert len({a for pair in across for a in pair}) > 1.8 * crowd
    assert len(found.left) <= 12 * len(rows)


@lru_cache
def varied() -> tuple[Example, ...]:
    """Rows of the shop, some of them turned round."""
    turned = [
        row(f"not-{n}", example.turns[0].content, example.turns[1].content.replace("can", "cannot") + " That is final.")
        for n, example in enumerate(shop()[::4])
    ]
    return (*shop(), *turned)


@settings(max_examples=20, deadline=None)
@given(st.sets(st.integers(0, len(varied()) - 1), min_size=1))
def test_a_merge_makes_no_new_pair_of_old_rows(old: set[int]) -> None:
    """More rows take pairs of old rows away at most."""
    rows = varied()
    before = [rows[n] for n in sorted(old)]
    after = [*before, *(r for n, r in enumerate(rows) if n not in old)]
    mine = {f"{r.digest}:1" for r in before}
    assert {pair for pair in contents(after) if pair <= mine} <= contents(before)


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(60)))
def test_names_and_order_change_nothing(order: list[int]) -> None:
    """Pairs depend on what rows say."""
    rows = varied()[-60:]
    renamed = [row(f"r{at}", rows[n].turns[0].content, rows[n].turns[1].content) for at, n in enumerate(order)]
    assert contents(renamed) == contents(rows)
    assert sorted(find(renamed).near) == sorted(find(rows).near)


def test_guests_are_looked_up_and_change_nothing() -> None:
    """Planted contradictions measure the search and are in no pair."""
    rows = shop()
    planter = [kind for kind in planting.discover() if kind.name == "contradiction"]
    copies = planting.plant(Corpus(rows), per_kind=20, seed=1, planters=planter)
    assert copies
    corpus = Corpus(rows, guests=[Guest(example=copy.example) for copy in copies])
    at = {answer.example.id: answer.at for answer in corpus.own}
    planted = [(corpus.members + n, (at[copy.source],)) for n, copy in enumerate(copies)]
    alone, among = find(rows), candidates.find(corpus, hashed.connect(), planted)
    assert (among.planted, alone.planted) == (len(copies), 0)
    assert among.found >= 0.95 * among.planted
    for name in ("left", "right", "near", "copy", "vectors"):
        assert np.array_equal(getattr(alone, name), getattr(among, name))
    assert (among.possible, among.crowded, among.searched) == (alone.possible, alone.crowded, alone.searched)


def test_a_contradiction_that_the_search_cannot_find_is_counted_as_missed() -> None:
    """The estimate is of what is found, not of what was planted."""
    rows = [row("a", "How do I clean the lamp?", "With a cloth."), row("b", "Who brings the sofa?", "Northway.")]
    guests = [Guest(example=row("g", "Why is the sky blue?", "It scatters light."))]
    found = candidates.find(Corpus(rows, guests=guests), hashed.connect(), [(2, (0,))])
    assert (found.planted, found.found) == (1, 0)


def test_one_prompt_fifty_thousand_times_is_bounded() -> None:
    """Time and pairs grow with the rows, not with their square."""
    rows = [row(f"r{n}", "Can I return it?", f"You can return it within {n} days.") for n in range(50_000)]
    start = time.process_time()
    found = find(rows)
    assert time.process_time() - start < 60
    assert 0 < len(found.left) <= 12 * len(rows)
    assert (found.left < found.right).all()
    assert len(np.unique(np.concatenate([found.left, found.right]))) == len(rows)


def test_what_can_be_in_no_pair_makes_none() -> None:
    """Equal rows, empty prompts, empty answers, mere calls to tools, and no rows at all."""
    assert len(find([row(f"r{n}", "Same?", "Same.") for n in range(3_000)]).left) == 0
    assert len(find([row("a", " ", "Yes."), row("b", " ", "No."), row("c", "", "Never.")]).left) == 0
    assert len(find([row("a", "Can I return it?", "Yes."), row("b", "Can I return it?", "  ")]).left) == 0
    found = find([])
    assert (len(found.left), found.possible, found.searched) == (0, 0, None)
    assert find([row("a", "Can I?", "Yes.")]).possible == 0


def test_two_rows_are_a_pair_and_a_giant_row_is_read_in_part() -> None:
    """The smallest set works, and a row of a megabyte costs no more than its reading."""
    giant = row("b", "Can I return it? " * 30_000, "No, all sales are final. " * 30_000)
    start = time.process_time()
    found = find([row("a", "Can I return it?", "Yes, within 30 days."), giant])
    assert time.process_time() - start < 10
    assert (found.left.tolist(), found.right.tolist(), found.possible) == ([0], [1], 1)
    assert 0.3 <= found.near[0] <= 1


def test_a_conversation_of_two_thousand_turns_is_read_once() -> None:
    """What an answer was given is not read anew for each answer."""
    said = [f"{'Can I return' if n % 2 == 0 else 'You may send back'} thing {n}? {'word ' * 50}" for n in range(4_000)]
    long = example(*said)
    every = Example(
        **{name: getattr(long, name) for name in Example.__dataclass_fields__} | {"judged": tuple(range(1, 4_000, 2))}
    )
    start = time.process_time()
    assert find([every, row("a", "Can I?", "Yes.")]).possible == 2_000
    assert time.process_time() - start < 15


def test_lists_and_exhaustive_search_agree_and_pairs_come_sorted() -> None:
    """In a small set nothing is missed, and the same is found twice."""
    one, two = find(varied()), find(varied())
    assert one.searched == 1.0
    assert all(np.array_equal(getattr(one, name), getattr(two, name)) for name in ("left", "right", "near", "vectors"))
    keys = list(zip(one.left.tolist(), one.right.tolist(), strict=True))
    assert all(a < b for a, b in pairwise(keys))


def test_approximate_search_finds_nearly_all_and_the_same_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inverted lists miss little, and are the same in every run."""
    drawn = np.random.default_rng(0)
    centres = drawn.normal(size=(200, 64))
    points = centres[drawn.integers(0, 200, 5_000)] + drawn.normal(size=(5_000, 64))
    halves = search.steps(points / np.linalg.norm(points, axis=1, keepdims=True))
    every, some = np.arange(5_000), np.arange(300)
    exact = search.Index(halves, every, probed=16).find(some, 10)
    monkeypatch.setattr(search, "EXACT", 1_000)
    one, two = (
        search.Index(halves, every, probed=16).find(some, 10),
        search.Index(halves, every, probed=16).find(some, 10),
    )
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    shared = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(one[1].tolist(), exact[1].tolist(), strict=True)])
    assert shared > 0.95


def test_equal_similarities_are_told_apart_by_place_and_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inner products of steps are exact, so that ties are ties."""
    drawn = np.random.default_rng(1)
    halves = search.steps(np.repeat(drawn.normal(size=(50, 32)) / 8, 40, axis=0).clip(-0.17, 0.17))
    index, some = search.Index(halves, np.arange(len(halves)), probed=16), np.arange(200)
    near, ids = index.find(some, 64)
    assert (np.diff(near, axis=1) <= 0).all()
    assert all((np.diff(line)[np.diff(some) == 0] > 0).all() for line, some in zip(ids, near, strict=True))
    assert ids[0].tolist()[:40] == list(range(40))
    monkeypatch.setattr(search, "_BLOCK", 77)
    again = index.find(some, 64)
    assert np.array_equal(near, again[0])
    assert np.array_equal(ids, again[1])


def test_a_list_never_grows_past_its_bounds() -> None:
    """No more places than there are, of those that say the same at most four."""
    drawn = np.random.default_rng(2)
    asked, said = drawn.normal(size=(400, 8)) / 5, np.eye(8)[np.arange(400) % 3] * 0.5**0.5
    vectors = search.steps(np.hstack([asked, said]))
    points = lists.Points(
        count=400,
        asked=8,
        vectors=vectors,
        row=np.arange(400),
        text=np.arange(400),
        before=np.zeros(400, dtype=np.int64),
        cluster=np.arange(400) % 3,
        befores=np.zeros((1, 16), dtype=np.int16),
    )
    view = lists.VIEWS[0]
    found = lists.Finder(points, -1.0, view).lists(np.arange(400))
    assert found.kept.sum(axis=1).max() == view.places
    for ids, kept in zip(found.ids, found.kept, strict=True):
        assert np.bincount(ids[kept] % 3).max() <= lists.ALIKE
