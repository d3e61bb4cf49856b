"""A set as signals see it: guests beside it, kin, neighbours, counts, phrases, slots, topics; the filter of texts."""

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shop import answered, findings, row, shop

from judge import language, planting, signals
from judge.corpus import Corpus, Guest, kin
from judge.corpus.neighbours import K
from judge.corpus.phrases import SIZES, disputed, windows
from judge.corpus.presence import Presence
from judge.corpus.slots import AROUND, BEFORE, odd
from judge.corpus.tokens import read
from judge.embedders import hashed
from judge.language.scan import Texts
from judge.pairs import candidates, scoring
from judge.records import Example
from judge.signals import discover


def extras() -> list[Example]:
    """Rows that the shop's set lacks: several turns, a reference text, an oddity, and two of a kind."""
    return [
        row("talk", "And when?", "From 9 am to 6 pm on weekdays.", history=[("user", "Hi"), ("assistant", "Hello!")]),
        row("ground", "Where is it?", "It arrives in 4 days with Northway.", "Northway brings it in 4 days."),
        row("joke", "Tell me a joke.", "As an AI language model, I do not tell jokes."),
        row("same-0", "Is it free?", "Yes, it is free of charge."),
        row("same-1", "is it free", "No, it costs 5 euros."),
    ]


ROWS = [*shop(120), *extras()]


def guests(rows: Sequence[Example]) -> list[Guest]:
    """Make copies of all kinds: planted, swapped, unchanged, denied, and with a prompt of their own."""
    made = [Guest(example=c.example, hidden=c.hidden) for c in planting.plant(Corpus(rows), per_kind=4, seed=0)]
    for at, source in enumerate(rows[:30]):
        said, hidden = source.turns[-1].content, (source.id,)
        other = "Grey cheese, xyzzy {{name}} 17 TODO. As an AI I love it, you idiot, by Northway, and"
        made += [
            Guest(example=answered(source, f"swap-{at}", rows[(at + 57) % 120].turns[-1].content), hidden=hidden),
            Guest(example=answered(source, f"twin-{at}", said), hidden=hidden),
            Guest(example=answered(source, f"deny-{at}", said.replace("can ", "cannot ")), hidden=hidden),
            Guest(example=row(f"moon-{at}", "What colour is the moon over Zanzibar, roughly?", other), hidden=hidden),
        ]
    return made


GUESTS = guests(ROWS)
ALONE, BESIDE = Corpus(ROWS), Corpus(ROWS, guests=GUESTS)
NAMES = {example.id for example in ROWS}


def contradicting(corpus: Corpus) -> list[scoring.Scored]:
    """Score all candidate pairs of a set."""
    found = candidates.find(corpus, hashed.connect())
    return list(scoring.score(found, scoring.Sides(corpus)))


# --- guests


@pytest.mark.parametrize("name", [signal.name for signal in discover()])
def test_guests_change_nothing_for_the_sets_own_rows(name: str) -> None:
    """What a signal finds in the set is the same to the last digit and word, whoever is looked at beside it."""
    signal = next(s for s in discover() if s.name == name)
    beside = [found for found in signal.find(BESIDE) if found.example_id in NAMES]
    assert beside == list(signal.find(ALONE))


def test_the_sets_own_figures_are_bit_for_bit_the_same_beside_guests() -> None:
    """Neighbours, similarities, clusters, groups and pairs of the set's rows do not know of guests."""
    own = slice(ALONE.members)
    assert BESIDE.members == ALONE.members == len(ROWS)
    assert np.array_equal(BESIDE.neighbours.at[own], ALONE.neighbours.at)
    assert np.array_equal(BESIDE.neighbours.similarity[own], ALONE.neighbours.similarity)
    assert np.array_equal(BESIDE.kin.cluster, ALONE.kin.cluster)
    assert BESIDE.groups == ALONE.groups != ()
    assert contradicting(BESIDE) == contradicting(ALONE) != []


def test_a_guest_is_nobodys_neighbour_pair_or_group_member() -> None:
    """Guests are looked at, and are no evidence on any row, nor on each other."""
    assert BESIDE.neighbours.at.max() < BESIDE.members
    assert all(at < BESIDE.members for group in BESIDE.groups for at in group)
    assert all(at < BESIDE.members for pair in contradicting(BESIDE) for at in (pair.left, pair.right))
    found = [found for signal in discover() for found in signal.find(BESIDE)]
    assert {partner for one in found for partner in one.partners} <= NAMES
    assert {one.example_id for one in found} - NAMES, "guests get findings of their own"


def test_what_a_guest_was_made_from_never_bears_witness_on_it() -> None:
    """No finding on a guest names a row that it was made from or a near-duplicate, and none is its neighbour."""
    lead = {answer.example.id: int(BESIDE.kin.cluster[answer.at]) for answer in BESIDE.own}
    unseen = {
        guest.example.id: {name for name in lead for hidden in guest.hidden if lead[name] == lead[hidden]}
        for guest in GUESTS
    }
    for signal in discover():
        for found in signal.find(BESIDE):
            assert not set(found.partners) & unseen.get(found.example_id, set()), found
    for answer in BESIDE.answers[BESIDE.members :]:
        near = {BESIDE.answers[at].example.id for at, _ in BESIDE.neighbours.of(answer.at, 0.0)}
        assert not near & unseen[answer.example.id]


def twins() -> list[Example]:
    """Six rows that say in nearly the same words what the shop's set does not speak of."""
    said = (
        "You may keep the {} voucher for 21 days after the fair at our Harbour branch, and then it is worth nothing to"
        " anybody at all."
    )
    kinds = ("red", "blue", "green", "white", "black", "brown")
    return [row(f"voucher-{kind}", f"How long is the {kind} voucher good?", said.format(kind)) for kind in kinds]


@pytest.mark.parametrize(
    ("signal", "right", "wrong"),
    [("polarity", "may keep", "may not keep"), ("entities", "Harbour", "Zebulon"), ("numbers", "21", "28")],
)
def test_a_copy_gone_wrong_is_not_given_away_by_its_sources_near_duplicates(
    signal: str, right: str, wrong: str
) -> None:
    """Only twins of the source say it right: hidden, they say nothing on the copy; seen, they give it away."""
    rows = [*shop(), *twins()]
    said = rows[-1].turns[-1].content
    guest = answered(rows[-1], "wrong", said.replace(right, wrong))
    assert "wrong" not in findings(signal, rows, guests=[Guest(example=guest, hidden=(rows[-1].id,))])
    seen = findings(signal, rows, guests=[Guest(example=guest)])["wrong"]
    assert seen.severity > 0.15
    assert all(partner.startswith("voucher") for partner in seen.partners)


def test_near_duplicates_of_a_source_are_hidden_whichever_star_they_are_in() -> None:
    """A row like the source, though unlike the head of the source's cluster, must not give the copy away either."""
    words = [f"w{at}" for at in range(40)]
    head = " ".join(words)
    source = " ".join([*words[:37], "x1", "x2", "x3"])
    twin = " ".join([*words[:32], *(f"y{at}" for at in range(2)), *words[34:37], "x1", "x2", "x3"])
    rows = [row("head", "One?", head), row("source", "Two?", source), row("twin", "Three?", twin)]
    wrong = answered(rows[1], "wrong", source.replace("x1", "x9"))
    corpus = Corpus(rows, guests=[Guest(example=wrong, hidden=("source",))])
    assert corpus.kin.cluster.tolist() == [0, 0, 2], "the twin is not in the star of the head"
    assert corpus.kin.barred_from(3) == {0, 1, 2}


def test_a_partnered_kind_sees_its_source() -> None:
    """Where the defect lies between the copy and its source, the source is a neighbour like any other row."""
    copies = planting.plant(Corpus(ROWS), per_kind=4, seed=0)
    partnered = [copy for copy in copies if copy.kind == "contradiction"]
    assert partnered
    assert all(not copy.hidden for copy in partnered)
    corpus = Corpus(ROWS, guests=[Guest(example=copy.example, hidden=copy.hidden) for copy in partnered])
    for copy, answer in zip(partnered, corpus.answers[corpus.members :], strict=True):
        near = corpus.neighbours.of(answer.at, 0.0)
        assert copy.source in {corpus.answers[at].example.id for at, _ in near}


# --- kin


def build(rows: Sequence[tuple[str, str]], hidden: Sequence[Sequence[int]] = ()) -> kin.Kin:
    """Find the kin of (prompt, answer) rows; those after the members are guests."""
    members = len(rows) - len(hidden)
    asked, said = read([[prompt for prompt, _ in rows], [answer for _, answer in rows]], members)
    return kin.build(asked, said, range(members), hidden)


def sentence(*changes: int, size: int = 30) -> str:
    """Make a sentence of numbered words, some of them changed."""
    return " ".join(f"z{at}" if at in changes else f"w{at}" for at in range(size))


def test_rows_that_are_equal_word_for_word_are_one_copy() -> None:
    """Case and spacing make no other row; another prompt or another word does."""
    found = build([("A b?", "C  d."), ("a B?", "c d."), ("a b!", "c d."), ("a b?", "c e."), ("a b?", "C d.")])
    assert found.copy.tolist() == [0, 0, 1, 2, 0]
    assert found.first.tolist() == [0, 2, 3]


def test_near_duplicates_share_most_of_their_shingles() -> None:
    """Of thirty words one may differ in a row of a cluster; with six of them apart it is a row of its own."""
    found = build([("p", sentence()), ("q", sentence(29)), ("r", sentence(2, 7, 12, 17, 22, 27)), ("s", "w1 w2")])
    assert found.cluster.tolist() == [0, 0, 2, 3]


def test_clusters_are_stars_and_never_chains() -> None:
    """Each member of a cluster is near its head: what is near a member alone begins a cluster of its own."""
    steps = [sentence(*range(at)) for at in range(0, 30, 2)]
    found = build([(f"p{at}", said) for at, said in enumerate(steps)])
    shingles = [{tuple(said.split()[at : at + 3]) for at in range(28)} for said in steps]
    for at, head in enumerate(found.cluster.tolist()):
        assert len(shingles[at] & shingles[head]) >= 0.7 * len(shingles[at] | shingles[head])
    assert len(set(found.cluster.tolist())) > 2
    assert len(set(found.cluster.tolist())) < len(steps)


@pytest.mark.parametrize("size", [20, 79, 81, 83, 400])
def test_near_duplicates_are_found_at_every_length(size: int) -> None:
    """A row of any length, with one word changed and two more at its end, is a near-duplicate."""
    said = sentence(size=size)
    found = build(
        [("p", said), ("q", f"{sentence(size - 1, size=size)} and so"), ("r", sentence(*range(size), size=size))]
    )
    assert found.cluster.tolist() == [0, 0, 2]


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(12)))
def test_copies_and_families_do_not_depend_on_the_order(order: Sequence[int]) -> None:
    """However the rows are shuffled, the same are copies of each other and the same families are found."""
    rows = [
        (family, sentence(size=size).replace("w", family) + tail)
        for family, size in (("a", 12), ("b", 40), ("c", 90), ("d", 400))
        for tail in ("", "", " so")
    ]
    found = build([rows[at] for at in order])
    copies: dict[int, set[int]] = {}
    families: dict[int, set[int]] = {}
    for at, own, lead in zip(order, found.copy.tolist(), found.cluster.tolist(), strict=True):
        copies.setdefault(own, set()).add(at)
        families.setdefault(lead, set()).add(at)
    assert sorted(map(sorted, copies.values())) == sorted([x for f in range(0, 12, 3) for x in ([f, f + 1], [f + 2])])
    assert sorted(map(sorted, families.values())) == [[f, f + 1, f + 2] for f in range(0, 12, 3)]


def test_turns_of_one_row_never_bear_witness_on_each_other() -> None:
    """A conversation that says one thing three times is one witness, and no witness on itself."""
    said = "You can keep it for 30 days after the fair."
    talk = row("talk", "Go on?", said.replace("30", "14"), history=[("user", "Go on?"), ("assistant", said)] * 3)
    talk = Example(**{**{name: getattr(talk, name) for name in talk.__slots__}, "judged": (1, 3, 5, 7)})
    corpus = Corpus([talk, *shop()])
    assert [corpus.kin.barred_from(at) for at in range(4)] == [{0, 1, 2, 3}] * 4
    assert all(corpus.neighbours.of(at, 0.99) == [] for at in range(4))
    assert {found.turn for s in discover() if s.name in {"numbers", "polarity"} for found in s.find(corpus)} == set()


def test_a_guest_is_barred_from_all_it_hides_with_their_clusters() -> None:
    """Every copy of a cluster that a hidden row is in, and none besides."""
    rows = [("p", sentence()), ("q", sentence(29)), ("r", sentence(2, 7, 12, 17, 22, 27)), ("p", sentence())]
    found = build([*rows, ("p", "changed"), ("p", "seen")], [[1], []])
    assert found.copy.tolist() == [0, 1, 2, 0]
    assert (found.barred_from(4), found.barred_from(5)) == ({0, 1}, frozenset())
    assert [found.barred_from(at) for at in range(4)] == [{0}, {1}, {2}, {0}]


# --- neighbours


def test_neighbours_are_sorted_within_bounds_and_never_barred() -> None:
    """Similarities fall, lie in [0, 1] in six digits, are 0 where there is no neighbour, and copies come once."""
    near = BESIDE.neighbours
    assert near.at.shape == near.similarity.shape == (len(BESIDE.answers), K)
    assert np.all(np.diff(near.similarity, axis=1) <= 0)
    assert np.all((near.similarity >= 0) & (near.similarity <= 1))
    assert np.array_equal(near.similarity, np.round(near.similarity, 6))
    assert np.array_equal(near.at < 0, near.similarity == 0)
    for answer in BESIDE.answers:
        seen = [int(BESIDE.kin.copy[at]) for at, _ in near.of(answer.at, 0.0)]
        assert len(seen) == len(set(seen))
        assert not BESIDE.kin.barred_from(answer.at) & set(seen)


def test_neighbours_are_the_nearest_by_brute_force() -> None:
    """TF-IDF and cosine by hand give the same similarities."""
    prompts = [example.turns[-2].content for example in ROWS]
    words = [[w.casefold() for w in re.findall(r"[^\W\d_]\w*", prompt)] for prompt in prompts]
    terms = [[*own, *pairwise(own)] for own in words]
    points = {tuple(own): set(own) for own in terms}
    seen = {term: sum(term in held for held in points.values()) for held in points.values() for term in held}
    vectors = []
    for own in terms:
        weight = {
            t: (1 + np.log(own.count(t))) * (np.log((1 + len(points)) / (1 + seen[t])) + 1) for t in own if seen[t] > 1
        }
        length = np.sqrt(sum(x * x for x in weight.values())) or 1.0
        vectors.append({t: x / length for t, x in weight.items()})
    alone = Corpus([one for one in ROWS if len(one.turns) == 2])
    place = {example.id: at for at, example in enumerate(ROWS)}
    for answer in alone.answers[::7]:
        own = vectors[place[answer.example.id]]
        for at, similarity in alone.neighbours.of(answer.at, 0.0)[:5]:
            other = vectors[place[alone.answers[at].example.id]]
            # the one row of several turns is left out above: its words make a little difference
            assert similarity == pytest.approx(sum(x * other.get(t, 0.0) for t, x in own.items()), abs=0.02)


def test_two_orders_of_a_set_have_the_same_neighbours_up_to_ties() -> None:
    """Shuffling the rows changes no similarity, so nothing but the order of equals."""
    back = Corpus(ROWS[::-1])
    for answer in ALONE.answers:
        turned = back.neighbours.similarity[len(ROWS) - 1 - answer.at]
        assert np.allclose(turned, ALONE.neighbours.similarity[answer.at], atol=2e-6)


def test_capped_lists_still_find_exact_repeats() -> None:
    """Where thousands of prompts share all their common words, a prompt that comes twice still finds its repeat."""
    rows = [row(f"r{at}", f"How do I reset my device model {at % 2500} here?", f"Answer {at}.") for at in range(3000)]
    words = Corpus([row(r.id, r.turns[0].content.replace("model ", "model n"), r.turns[1].content) for r in rows])
    for at in (0, 123, 499):
        assert words.neighbours.of(at, 0.0)[0] == (at + 2500, 1.0)
        assert words.neighbours.of(at + 2500, 0.0)[0] == (at, 1.0)


def test_a_huge_set_of_one_prompt_is_quick() -> None:
    """Fifty thousand rows that ask the same make no quadratic work and no quadratic memory."""
    rows = [row(f"r{at}", "What is it?", f"It is number {at}.") for at in range(50_000)]
    start = time.process_time()
    corpus = Corpus(rows)
    near = corpus.neighbours
    assert time.process_time() - start < 40
    assert near.at.shape == (50_000, K)
    assert near.at[0].tolist() == list(range(1, K + 1))
    assert near.similarity.min() == 1.0


def test_one_giant_row_does_not_hold_up_the_rest() -> None:
    """A row of a million words costs what its first 20,000 characters cost."""
    giant = row("giant", "word " * 1_000_000, "said and done " * 400_000)
    start = time.process_time()
    corpus = Corpus([giant, *ROWS])
    assert len(corpus.said.of(0)) < 20_000
    assert corpus.neighbours.at.shape[0] == len(corpus.answers)
    assert corpus.topics.starts[-1] > 0
    assert time.process_time() - start < 15


# --- counts

WORDS = st.lists(st.sampled_from("abcdefg"), max_size=6)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("pq"), WORDS), max_size=8),
    st.lists(st.tuples(WORDS, st.sets(st.integers(0, 7), max_size=3)), max_size=3),
    st.lists(st.integers(0, 3), min_size=8, max_size=8),
)
def test_others_are_counted_like_by_hand(
    own: list[tuple[str, list[str]]], beside: list[tuple[list[str], set[int]]], row_of: list[int]
) -> None:
    """In how many other rows a word stands: distinct rows that may bear witness, for members, turns and guests."""
    hidden = [sorted(at for at in unseen if at < len(own)) for _, unseen in beside]
    prompts = [prompt for prompt, _ in own] + ["p"] * len(beside)
    said = [" ".join(words) for _, words in own] + [" ".join(words) for words, _ in beside]
    asked, answers = read([prompts, said], len(own))
    rows = sorted(row_of[: len(own)])
    found = kin.build(asked, answers, rows, hidden)
    cells = sorted({(at, word) for at, text in enumerate(said) for word in answers.of(at) if text})
    number = {word: at for at, word in enumerate(answers.words)}
    owners = np.array([at for at, _ in cells], dtype=np.int64)
    features = np.array([number[word] for _, word in cells], dtype=np.int64)
    presence = Presence(found, owners, features, len(answers.words))

    def witnesses(at: int, word: str) -> set[tuple[str, str]]:
        copy = [(prompts[n], said[n]) for n in range(len(own))]
        if at < len(own):
            barred = {copy[n] for n in range(len(own)) if rows[n] == rows[at]}
        else:
            heads = {int(found.cluster[n]) for n in hidden[at - len(own)]}
            barred = {copy[n] for n in range(len(own)) if int(found.cluster[n]) in heads}
            barred |= {copy[n] for n in range(len(own)) for m in hidden[at - len(own)] if near(said[n], said[m])}
        return {c for c in copy if word in c[1].split()} - barred

    expected = [len(witnesses(at, word)) for at, word in cells]
    assert presence.others(owners, features).tolist() == expected
    assert presence.others(owners, features, held=True).tolist() == expected
    for (at, word), count in zip(cells, expected, strict=True):
        seen = presence.witness(at, number[word])
        assert (seen is None) is (count == 0)
        assert seen is None or (prompts[seen], said[seen]) in witnesses(at, word)


def near(one: str, two: str) -> bool:
    """Whether two short texts are near-duplicates, by hand."""
    left, right = ({tuple(t.split()[at : at + 3]) for at in range(len(t.split()) - 2)} for t in (one, two))
    return bool(left & right) and len(left & right) >= 0.7 * len(left | right)


# --- phrases


def signs(one: str, two: str) -> set[bool]:
    """Whether the windows that two sentences share, in skeleton, have the same sign in both."""
    (tokens,) = read([[one, two]], 2)
    found = set()
    for phrases in windows(tokens):
        mine = {(k, s) for k, s, o in zip(phrases.key, phrases.sign, phrases.owner, strict=True) if o == 0}
        for key, sign, owner in zip(phrases.key, phrases.sign, phrases.owner, strict=True):
            if owner == 1 and any(k == key for k, _ in mine):
                found.add((key, sign) in mine)
    return found


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("you can cancel it", "you cannot cancel it"),
        ("you can cancel it", "you can't cancel it"),
        ("you can cancel it", "you can\u2019t cancel it"),
        ("we ship it", "we do not ship it"),
        ("it is free", "it is not free"),
        ("the shop opens", "the shop closes"),
        ("is allowed here", "is forbidden here"),
        ("we always refund it", "we rarely refund it"),
        ("include tax", "exclude tax"),
    ],
)
def test_a_phrase_and_its_negation_have_one_skeleton_and_two_signs(one: str, two: str) -> None:
    """Negations, contractions and opposites turn a phrase round; without them it is the same phrase."""
    assert False in signs(one, two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("you can cancel it", "YOU can Cancel IT"),
        ("you can cancel it", "if you cannot cancel it"),
        ("you can cancel it", "whether you cannot cancel it"),
        ("you can cancel it", "you can not only cancel it"),
        ("the door is closed", "the door is not open"),
        ("no problem you can cancel", "yes you can cancel"),
        ("you cannot cancel it", "you can't cancel it"),
        ("we don't ship it", "we do not ship it"),
    ],
)
def test_what_denies_nothing_leaves_the_sign(one: str, two: str) -> None:
    """Conditions, set phrases, two negations and another spelling leave what a phrase says."""
    assert False not in signs(one, two)


def test_two_negations_cancel_out() -> None:
    """What is denied twice is said: the window that holds both negations has the sign of the plain one."""
    (tokens,) = read([["is not impossible here", "is possible here", "is impossible here"]], 3)
    whole = next(windows(tokens, (3,)))
    assert len(set(whole.key.tolist())) == 1
    assert whole.sign.tolist() == [0, 0, 1]


def test_windows_never_reach_into_the_next_text_and_disputed_keeps_both_signs() -> None:
    """No window spans two texts; of all windows those stay that occur with both signs, and every one of them."""
    texts = ["you can cancel it", "you cannot cancel it", "a b", "c d"]
    (tokens,) = read([texts], 4)
    for size, phrases, kept in zip(SIZES, windows(tokens), disputed(tokens), strict=True):
        words = [len(text.replace("cannot", "can").split()) for text in texts]
        assert len(phrases.key) == sum(max(0, count - size + 1) for count in words)
        both = {
            k
            for k in phrases.key.tolist()
            if len({s for x, s in zip(phrases.key.tolist(), phrases.sign, strict=True) if x == k}) == 2
        }
        assert both <= set(kept.key.tolist())
        assert both


# --- slots and topics


def test_the_odd_filler_of_a_slot_is_found_as_by_hand() -> None:
    """For every filler: the commonest other of its slot, how often others have it, and the log of that over its own."""
    said = [f"please wait {n} days for it" for n in ("10", "10", "10", "10", "12", "12", "7")] + ["wait 10 hours now"]
    asked, answers = read([[f"prompt {at}" for at in range(len(said))], said], len(said))
    found = kin.build(asked, answers, range(len(said)), [])
    fillers = answers.where(str.isdigit)[answers.ids]
    telling = answers.where(str.isalpha)
    strange = odd(answers, found, fillers, telling, share=0.4, frames=AROUND)
    by_row = dict(zip(strange.owner.tolist(), zip(strange.odds, strange.usual, strange.rows, strict=True), strict=True))
    words = {owner: answers.words[usual] for owner, (_, usual, _) in by_row.items()}
    # copies are told apart by their prompts here, so each of the eight is a witness
    assert words == {4: "10", 5: "10", 6: "10"}
    assert by_row[4][0] == pytest.approx(np.log(4.5 / 1.5))
    assert by_row[6][0] == pytest.approx(np.log(4.5 / 0.5))
    assert {rows for _, _, rows in by_row.values()} == {4}
    assert {int(at) for at in strange.witness} == {0}
    assert odd(answers, found, fillers, telling, share=0.9, frames=AROUND).owner.tolist() == []
    assert len(odd(answers, found, fillers, answers.where(lambda _: False), share=0.4, frames=(BEFORE,)).owner) == 0


def test_topics_tell_where_a_word_is_at_home() -> None:
    """One entry for each distinct word of each answer; a word from elsewhere lacks its usual support."""
    rows = [*shop(), row("swap", "How do I clean the stool?", "Our partner Northway brings the stool within 5 days.")]
    corpus = Corpus(rows)
    topics, said = corpus.topics, corpus.said
    count = len(corpus.answers)
    assert topics.starts.shape == (count + 1,)
    assert topics.voters.shape == (count,)
    assert len(topics.word) == topics.starts[-1] == len(topics.others) == len(topics.votes)
    every = np.arange(len(topics.word))
    support, usual = topics.support(every), topics.usual(every)
    for at in range(count):
        own = topics.word[topics.starts[at] : topics.starts[at + 1]]
        assert {said.words[word] for word in own} == set(said.of(at))
        assert np.all(np.diff(own) > 0)
    assert np.all((support >= 0) & (support <= K + 1e-9))
    entry = {said.words[w]: at for at, w in enumerate(topics.word) if topics.owner[at] == count - 1}
    assert topics.others[entry["northway"]] == 20
    assert topics.others[entry["stool"]] == 0
    assert support[entry["northway"]] < 0.3 * usual[entry["northway"]]
    assert topics.voters[-1] >= 8


def test_topics_count_the_neighbours_that_have_a_word() -> None:
    """Support is the neighbours' share by hand, with the whole set as two neighbours more."""
    corpus = Corpus(shop())
    topics, near, said = corpus.topics, corpus.neighbours, corpus.said
    for at in range(0, len(corpus.answers), 17):
        voters = [int(x) for x, s in zip(near.at[at], near.similarity[at], strict=True) if x >= 0 and s >= 0.2]
        assert topics.voters[at] == len(voters)
        for place in range(topics.starts[at], topics.starts[at + 1]):
            word = said.words[topics.word[place]]
            votes = sum(word in said.of(voter) for voter in voters)
            share = topics.others[place] / corpus.kin.copies
            assert topics.support(np.array([place]))[0] == pytest.approx(
                K * (votes + 2 * share) / (len(voters) + 2), rel=1e-5
            )


def test_tokens_begin_with_the_words_of_the_members() -> None:
    """What follows the members changes no number of theirs, in any of the streams."""
    streams = [["one two", "later"], ["three", "later still"], ["four four", "five"]]
    alone = read([texts[:1] for texts in streams], 1)
    for own, all_ in zip(alone, read(streams, 1), strict=True):
        assert own.spelled.tolist() == all_.spelled[: all_.starts[1]].tolist()
        assert list(own.words) == list(all_.words)[: len(own.words)]


# --- the filter in front of patterns


def held(value: object) -> Iterator[re.Pattern[str]]:
    """Every pattern inside a module's value."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, Mapping):
        yield from (found for inner in value.values() for found in held(inner))
    elif isinstance(value, Sequence | AbstractSet) and not isinstance(value, str | bytes):
        yield from (found for inner in value for found in held(inner))


def patterns() -> dict[str, re.Pattern[str]]:
    """Every compiled pattern of the signals and of what they know of language, once, by where it stands."""
    found: dict[re.Pattern[str], str] = {}
    for package in (signals, language):
        for module in pkgutil.iter_modules(package.__path__):
            loaded: ModuleType = importlib.import_module(f"{package.__name__}.{module.name}")
            for name, value in vars(loaded).items():
                for at, pattern in enumerate(held(value) if not name.startswith("__") else ()):
                    found.setdefault(pattern, f"{module.name}.{name}.{at}")
    return {name: pattern for pattern, name in found.items()}


PATTERNS = patterns()
PIECES = (
    *(
        "\ud800",
        "\udfff",
        "\n",
        "\r\n",
        "\x1c",
        "\x1f",
        "\u2028",
        "\u00a0",
        "\u0301",
        "\u0130",
        "\u0131",
        "\u017f",
        "\u212a",
    ),
    *(
        "\u00e9",
        "\u00df",
        "\u0660",
        "\u00b2",
        "\u2167",
        "\U0001f600",
        "\u4f60",
        "\u0928\u093f",
        "_",
        "\x00",
        "  ",
        "\t",
        "'",
    ),
    *(
        "you idiot",
        "as an AI",
        "I cannot",
        "note to the grader",
        "rate this 5",
        "{{name}}",
        "<b>",
        "```",
        "**",
        "lorem ipsum",
    ),
    *(
        "TODO",
        "1. ",
        "- ",
        "= 5",
        "3 + 4",
        "30 days",
        "$3",
        "13 March",
        "https://x.org/a",
        "sorry",
        "YES NO",
        "[Your Name]",
    ),
    *(
        "apolog\u00e9",
        "evaluat\u00ef",
        "r\u00e9sum\u00e9",
        "SCORE: 5/5",
        "\u0130GNORE",
        "\u0131nsert",
        "not",
        "?",
        ".",
        ")",
        "(",
    ),
)


def test_patterns_were_found() -> None:
    """The walk sees the patterns that signals are made of."""
    assert len(PATTERNS) > 100
    assert any(name.startswith("injection.") for name in PATTERNS)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=8), min_size=1, max_size=12))
def test_whatever_a_pattern_matches_passes_the_filter(pieces: list[list[str]]) -> None:
    """No text that a pattern of any signal matches is left out before the pattern is tried."""
    texts = ["".join(parts) for parts in pieces] + [" ".join(parts) for parts in pieces]
    filtered = Texts(texts)
    for name, pattern in PATTERNS.items():
        may = filtered.may_match(pattern)
        missed = [text for text, passes in zip(texts, may, strict=True) if not passes and pattern.search(text)]
        assert not missed, (name, missed)


def test_odd_characters_pass_wherever_a_pattern_takes_them() -> None:
    """Halves of characters, marks, foreign digits and dotless letters, alone and between words, slip past no filter."""
    texts = [*PIECES, *(f"{piece}{piece}" for piece in PIECES), *(f"so {piece}\nnot" for piece in PIECES)]
    filtered = Texts(texts)
    for name, pattern in PATTERNS.items():
        may = filtered.may_match(pattern)
        assert not [text for text, passes in zip(texts, may, strict=True) if not passes and pattern.search(text)], name


@pytest.mark.parametrize("name", PATTERNS)
def test_texts_made_from_a_pattern_pass_its_filter(name: str) -> None:
    """Strange texts that a pattern was made to match, of any alphabet, pass the filter of that pattern."""
    pattern = PATTERNS[name]

    @settings(max_examples=4, deadline=None, database=None, derandomize=True)
    @given(st.from_regex(pattern))
    def passes(text: str) -> None:
        assert not pattern.search(text) or Texts([text]).may_match(pattern)[0]

    passes()


def test_the_filter_is_worth_having() -> None:
    """Of ordinary rows hardly any passes the filter of a signal about rudeness, injections or blanks."""
    texts = Texts([answer.text for answer in Corpus(shop()).answers])
    for module in ("injection", "placeholder", "refusal"):
        own = [
            pattern
            for name, pattern in PATTERNS.items()
            if name.startswith((f"{module}._TOKENS", f"{module}._KINDS", f"{module}._AI"))
        ]
        assert own
        assert texts.may_match(*own).mean() < 0.05
