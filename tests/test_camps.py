"""Who stands where in a group that disagrees, which camp is more likely wrong, and what that says of its rows."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from disputes import SAID, against, camps, copied, period, periods, settled, split, told
from shop import answered, row, shop

from judge.contradictions import Settled
from judge.corpus import Corpus
from judge.pairs import conflict
from judge.pairs.camps import Found, disagreements
from judge.pairs.scoring import Scored, Sides
from judge.records import Example, Role
from judge.results import Group

GUIDE = "# Returns\n\nA lamp can be returned within {} of delivery.\n"


def only(found: Settled) -> Group:
    """The one group that disagrees."""
    (group,) = split(found)
    return group


def strong(found: Settled) -> set[str]:
    """Rows that anything is said against."""
    return {name for name in found.standings if against(found, name) > 0}


def ids(rows: Sequence[Example]) -> set[str]:
    """Their names."""
    return {one.id for one in rows}


# --- camps


@pytest.mark.parametrize("amid", [0, 130])
def test_forty_one_rows_against_three(amid: int) -> None:
    """Every row of a group is in the camp of what it says, though only a few of them are in a pair."""
    many, few = periods(41, "30 days"), periods(3, "14 days")
    found = settled([*shop(amid), *many, *few])
    group = split(found)[0]
    own = {camp.says: set(camp.members) - {one.id for one in shop()} for camp in group.camps}
    assert own == {"30 days": ids(many), "14 days": ids(few)}
    assert [camp.says for camp in group.camps] == ["30 days", "14 days"]
    assert set(group.members) >= ids([*many, *few])
    assert len({pair.left for pair in group.pairs} | {pair.right for pair in group.pairs}) < 44 + amid


def test_a_third_amount_is_a_third_camp() -> None:
    """Largest first; each is told with its words and its rows."""
    rows = [*periods(10, "30 days"), *periods(3, "14 days"), *periods(1, "60 days", 5)]
    group = only(settled(rows))
    assert camps(group) == {"30 days": 10, "14 days": 3, "60 days": 1}
    assert [camp.says for camp in group.camps] == ["30 days", "14 days", "60 days"]
    assert sorted(name for camp in group.camps for name in camp.members) == sorted(ids(rows))


def test_rows_that_say_nothing_on_the_matter_are_in_no_camp() -> None:
    """They are members of the group all the same."""
    silent = [
        row(
            "silent-1", "How long can I return a lamp?", "You can return your lamp. Open My Orders and print its label."
        ),
        row("silent-2", "Until when may I send the lamp back?", "Yes, you can send the lamp back. The label is there."),
    ]
    group = only(settled([*periods(8, "30 days"), *periods(2, "14 days"), *silent]))
    assert ids(silent) <= set(group.members)
    assert camps(group) == {"30 days": 8, "14 days": 2}
    assert not ids(silent) & {name for camp in group.camps for name in camp.members}


def test_copies_count_once_as_witnesses_and_stand_in_their_camp() -> None:
    """A copy is in the camp of its answer; `independent` counts different answers."""
    one = period("14 days", 0)
    group = only(settled([*periods(8, "30 days"), one, *copied(one, 9)]))
    assert camps(group) == {"30 days": 8, "14 days": 10}
    assert {camp.says: camp.independent for camp in group.camps} == {"30 days": 8, "14 days": 1}


def test_a_row_on_another_product_is_in_no_camp() -> None:
    """What holds of the Alder is nothing that a row on the Birch says of it, however much alike the two are."""

    def on(name: str, product: str, amount: str, at: int) -> Example:
        plain = period(amount, at)
        said = plain.turns[1].content.replace("lamp", f"lamp {product}")
        return row(name, plain.turns[0].content.replace("lamp", f"lamp {product}"), said)

    alder = [on(f"alder-{at}", "Alder", "30 days", at) for at in range(8)]
    wrong = [on("alder-wrong", "Alder", "14 days", 1)]
    birch = [on(f"birch-{at}", "Birch", "14 days", at) for at in range(8)]
    found = settled([*alder, *wrong, *birch])
    group = split(found)[0]
    assert camps(group) == {"30 days": 8, "14 days": 1}
    assert strong(found) == {"alder-wrong"}
    assert not ids(birch) & {name for one in split(found) for camp in one.camps for name in camp.members}


def test_a_denial_has_camps_too() -> None:
    """Where no amount differs, a row is against the camp that it contradicts."""
    yes = [
        row(f"yes-{n}", "Can I put the lamp outside?", f"Yes, the lamp can be used outside{said}")
        for n, said in enumerate((".", ", all year.", ", as it is sealed.", " in any weather."))
    ]
    no = [row("no", "Can I put the lamp outside?", "No, the lamp cannot be used outside.")]
    found = settled([*yes, *no])
    group = only(found)
    assert [set(camp.members) for camp in group.camps] == [ids(yes), ids(no)]
    assert strong(found) == {"no"}


def test_a_contradiction_between_groups_makes_a_small_group() -> None:
    """Two rows of different groups that disagree are a group of these two, with their copies, whoever else is there."""
    one, two = period("30 days", 0), period("14 days", 1)
    rows = [one, *copied(one, 1), two, *periods(3, "30 days", 4)]
    corpus = Corpus(rows)
    sides = Sides(corpus)
    seen = conflict.between(sides[0], sides[2])
    pair = Scored(left=0, right=2, near=0.5, same=False, conflict=seen)
    found = [Found(pair=pair, kind="fact", probability=0.9, by="words")]
    copies = np.array([0, 0, 2, 3, 4, 5])
    for groups, members in (([0, 0, 2, 0, 2, 2], (0, 1, 2)), ([0, 0, 0, 0, 0, 5], (0, 1, 2, 3, 4))):
        (group,) = disagreements(found, np.array(groups), copies, sides)
        assert group.members == members
        assert {words: who for words, _, who in group.camps} == {
            "30 days": tuple(at for at in members if at != 2),
            "14 days": (2,),
        }


def test_two_matters_of_one_group_are_told_apart() -> None:
    """A group that disagrees on the days and, in other rows, on the fee says of both who stands where."""
    fee = [
        replace(answered(one, one.id, f"{one.turns[1].content} The label costs {'$9' if at == 3 else '$5'}."))
        for at, one in enumerate(periods(8, "30 days"))
    ]
    found = settled([*fee, *periods(1, "14 days", 20)])
    matters = [camps(group) for group in split(found)]
    assert {"30 days": 8, "14 days": 1} in matters
    assert {"$5": 7, "$9": 1} in matters
    assert strong(found) == {"14-days-lamp-20", "30-days-lamp-3"}
    assert "“$5”" in told(found, "30-days-lamp-3").because


def test_another_amount_of_the_same_unit_may_be_another_matter() -> None:
    """Days of return and days until the refund are two matters, though both are days."""
    rows = [
        replace(answered(one, one.id, f"{one.turns[1].content} The refund takes {9 if at == 3 else 4} days."))
        for at, one in enumerate(periods(8, "30 days"))
    ]
    late = answered(period("14 days", 20), "late", SAID[0].format("lamp", "14 days") + " The refund takes 4 days.")
    found = settled([*rows, late])
    matters = [camps(group) for group in split(found)]
    assert {"30 days": 8, "14 days": 1} in matters
    assert {"4 days": 8, "9 days": 1} in matters
    assert strong(found) == {"late", "30-days-lamp-3"}


def test_a_group_that_disagrees_takes_in_who_disagrees_with_it_from_outside() -> None:
    """Of a group that is decided nobody is marked for a pair with a row of another group, on the same amounts."""
    rows = [*shop(), *periods(3, "30 days"), *periods(1, "14 days")]
    assert strong(settled(rows)) == {"14-days-lamp-0"}


# --- which camp is more likely wrong


@pytest.mark.parametrize(
    ("many", "few", "decided"), [(2, 1, False), (3, 1, True), (5, 2, False), (6, 2, True), (1, 1, False)]
)
def test_a_majority_is_three_rows_and_three_to_one(many: int, few: int, *, decided: bool) -> None:
    """Only then the minority alone is marked; otherwise both sides are, by less than their probability, and told so."""
    most, least = periods(many, "30 days"), periods(few, "14 days")
    found = settled([*most, *least])
    group = only(found)
    if decided:
        assert strong(found) == ids(least)
        assert group.lean == f"{many} independent rows against {few}"
    else:
        assert strong(found) == ids([*most, *least])
        assert group.lean == ""
        assert all("nothing says which is right" in told(found, name).because for name in ids([*most, *least]))
    for name in strong(found):
        assert against(found, name) <= group.probability
        assert (against(found, name) == group.probability) is decided
        assert told(found, name).turn == 1


def test_rows_of_a_decided_majority_gain_nothing() -> None:
    """However many pairs they are in."""
    found = settled([*periods(41, "30 days"), *periods(3, "14 days")])
    assert strong(found) == ids(periods(3, "14 days"))
    assert {name for pair in found.pairs for name in (pair.left, pair.right)} > strong(found)


def test_copies_make_no_majority() -> None:
    """The same row ten times has one voice, and all ten are marked with it."""
    one = period("14 days", 0)
    for rest in (1, 2):
        assert strong(settled([*periods(rest, "30 days", 4), one, *copied(one, 9)])) >= ids(periods(rest, "30 days", 4))
    copies = [one, *copied(one, 9)]
    found = settled([*periods(3, "30 days", 4), *copies])
    assert strong(found) == ids(copies)
    assert only(found).lean == "3 independent rows against 1"


@pytest.mark.parametrize("states", ["30 days", "14 days"])
def test_the_guide_comes_before_the_majority(states: str) -> None:
    """Rows that say what the guide does not are marked, few or many; those that agree with it are not."""
    most, least = periods(8, "30 days"), periods(2, "14 days")
    found = settled([*most, *least], GUIDE.format(states))
    assert strong(found) == ids(least if states == "30 days" else most)
    assert only(found).lean == f"the guide says “{states}”"
    assert settled([*most, *least], GUIDE.format("21 days")).standings == settled([*most, *least]).standings


def test_a_guide_that_gives_both_says_nothing() -> None:
    """A guide that names both amounts, of two countries say, does not lean."""
    both = GUIDE.format("30 days") + GUIDE.format("14 days")
    assert only(settled([*periods(2, "30 days"), *periods(2, "14 days")], both)).lean == ""


def test_a_rows_reference_text_leans() -> None:
    """What one row of a group was given to answer from is believed; its own answer need not be one that differs."""
    text = "The customer ordered a lamp, which was sent by courier last week and has been delivered to the door."
    most = [period("30 days", at, context=text) for at in range(8)]
    least = [period("14 days", at, context=text) for at in range(2)]
    grounded = period("14 days", 9, context=f"{text} A lamp can be returned within 14 days of delivery.")
    assert strong(settled([*most, *least])) == ids(least)
    found = settled([*most, *least, grounded])
    assert only(found).lean == "a row's reference text says “14 days”"
    assert strong(found) == ids(most)


def test_what_a_user_says_is_no_reference() -> None:
    """An amount that a customer claims earlier in the conversation decides nothing."""
    text = "I ordered a lamp, which was sent by courier last week and was delivered to my door."

    def after(one: Example, said: str) -> Example:
        history: list[tuple[Role, str]] = [("user", said), ("assistant", "Ask away.")]
        return row(one.id, one.turns[0].content, one.turns[1].content, history=history)

    rows = [after(one, text) for one in (*periods(6, "30 days"), *periods(2, "14 days"))]
    misled = after(period("30 days", 9), f"{text} A lamp can be returned within 14 days of delivery.")
    found = settled([*rows, misled])
    assert misled.id in only(found).members
    assert only(found).lean == "7 independent rows against 2"


def test_another_source_may_be_the_newer() -> None:
    """Where the minority is all of another source, both camps are marked, the larger one less, and it is told."""
    most, least = periods(8, "30 days"), periods(2, "14 days", source="merge")
    found = settled([*most, *least])
    group = only(found)
    assert strong(found) == ids([*most, *least])
    assert (
        group.lean
        == "the smaller camp is all of another source (merge): both are marked, as the smaller may be the newer"
    )
    assert max(against(found, one.id) for one in most) < min(against(found, one.id) for one in least)
    assert all("may be the newer" in told(found, name).because for name in strong(found))
    mixed = settled([*most, least[0], *periods(1, "14 days", 1)])
    assert strong(mixed) == ids(least)


@pytest.mark.parametrize("said", ["Since March you have", "As of 2026 you have", "From now on you have"])
def test_a_date_may_be_the_newer(said: str) -> None:
    """So may a minority that alone names a date, or says that something is new."""
    dated = row("dated", "How long can I return a lamp?", f"{said} 14 days to return your lamp from delivery.")
    found = settled([*periods(6, "30 days"), dated])
    assert strong(found) == {*ids(periods(6, "30 days")), "dated"}
    assert "only the smaller camp names a date" in only(found).lean
    assert against(found, "30-days-lamp-0") < against(found, "dated")
    also = row("also", "How long can I return a lamp?", f"{said} 30 days to return your lamp from delivery.")
    assert strong(settled([*periods(6, "30 days"), also, dated])) == {"dated"}


def test_the_judges_grades_lean() -> None:
    """Where numbers do not decide, the camp whose facts are graded better is marked less; clearly better, that is."""
    most, least = periods(2, "30 days"), periods(2, "14 days")
    bad = dict.fromkeys(ids(most), 0.9) | dict.fromkeys(ids(least), 0.1)
    found = settled([*most, *least], grades=bad)
    assert only(found).lean == "the judge grades the facts of “14 days” better"
    assert max(against(found, one.id) for one in least) < min(against(found, one.id) for one in most)
    for unclear in (dict.fromkeys(bad, 0.5), dict.fromkeys(ids(most), 0.9), bad | dict.fromkeys(ids(most), 0.3)):
        assert only(settled([*most, *least], grades=unclear)).lean == ""
    decided = settled([*periods(8, "30 days"), *least], grades=dict.fromkeys(ids(periods(8, "30 days")), 0.9))
    assert strong(decided) == ids(least)


def test_trust_decides_between_sources() -> None:
    """The camp of the source that is trusted clearly more is right, be it the smaller; copies are as good as theirs."""
    most, least = periods(8, "30 days", source="forum"), periods(2, "14 days", source="crm")
    echo = [replace(one, id=f"{one.id}-echo", source="forum") for one in least]
    found = settled([*most, *echo, *least], trust={"crm": 1.0, "forum": 0.5})
    assert only(found).lean == "crm is trusted more than forum (1 against 0.5)"
    assert strong(found) == ids(most)
    assert max(against(found, one.id) for one in most) == only(found).probability
    assert {camp.says: (len(camp.members), camp.independent) for camp in only(found).camps} == {
        "30 days": (8, 8),
        "14 days": (4, 2),
    }
    three = [*most, *least, *periods(1, "60 days", 9, source="wiki")]
    found = settled(three, trust={"crm": 0.9, "forum": 0.5, "wiki": 0.6})
    assert only(found).lean == "crm is trusted more than forum, wiki (0.9 against 0.6)"
    assert strong(found) == ids(three) - ids(least)


def test_the_guide_and_reference_texts_come_before_trust() -> None:
    """A source that contradicts the guide is not believed, however far it is trusted."""
    most, least = periods(2, "30 days", source="crm"), periods(2, "14 days", source="forum")
    found = settled([*most, *least], GUIDE.format("14 days"), trust={"crm": 1.0, "forum": 0.1})
    assert only(found).lean == "the guide says “14 days”"
    assert strong(found) == ids(most)


@pytest.mark.parametrize(("trust", "lean"), [(0.6, "crm is trusted more than forum (0.9 against 0.6)"), (0.61, "")])
def test_trust_decides_from_half_as_much_again(trust: float, lean: str) -> None:
    """Below that, two sources are believed alike."""
    rows = [*periods(2, "30 days", source="crm"), *periods(2, "14 days", source="forum")]
    assert only(settled(rows, trust={"crm": 0.9, "forum": trust})).lean == lean


def test_one_row_of_a_source_that_is_not_trusted_takes_a_camp_its_case() -> None:
    """Then numbers count, rows by the trust in their sources; what is said tells both."""
    most = [*periods(3, "30 days", source="crm"), *periods(1, "30 days", 7, source="forum")]
    least = periods(2, "14 days", source="forum")
    assert only(settled([*most, *least])).lean == ""
    found = settled([*most, *least], trust={"crm": 1.0, "forum": 0.5})
    assert only(found).lean == "4 independent rows against 2, 3.5 to 1 by trust"
    assert strong(found) == ids(least)


@pytest.mark.parametrize("believed", [1.0, 0.3])
def test_equal_trust_changes_nothing(believed: float) -> None:
    """Whatever it is: only differences within a group count."""
    many, few = periods(8, "30 days", source="crm"), periods(2, "14 days", source="forum")
    mixed = [*periods(4, "30 days", source="crm"), *periods(1, "14 days", source="forum"), *periods(1, "14 days", 9)]
    for rows in ([*many, *few], mixed, [*many[:2], *few]):
        plain, trusted = settled(rows), settled(rows, trust=dict.fromkeys(("crm", "forum", "shop"), believed))
        assert (trusted.groups, trusted.standings) == (plain.groups, plain.standings)


def test_nothing_is_said_beyond_a_pairs_probability() -> None:
    """Whatever leans, no row is charged with more than the gravest contradiction of its group."""
    cases = [
        settled([*periods(8, "30 days"), *periods(2, "14 days")], GUIDE.format("30 days")),
        settled([*periods(8, "30 days"), *periods(2, "14 days", source="merge")]),
        settled([*periods(2, "30 days"), *periods(2, "14 days")]),
        settled([*shop(), *periods(5, "30 days"), *periods(2, "14 days"), *periods(1, "60 days", 9)]),
    ]
    for found in cases:
        worst = dict.fromkeys(found.standings, 0.0)
        for group in split(found):
            for name in group.members:
                worst[name] = max(worst.get(name, 0.0), group.probability)
        assert found.standings
        for name, standings in found.standings.items():
            assert all(0 < standing.severity <= worst[name] for standing in standings)


def test_partners_are_rows_of_other_camps() -> None:
    """Those that a row is in a pair with come first; at most five, never itself or its own side."""
    most, least = periods(41, "30 days"), periods(3, "14 days")
    found = settled([*most, *least])
    for one in least:
        partners = told(found, one.id).partners
        paired = {pair.left for pair in found.pairs if pair.right == one.id} | {
            pair.right for pair in found.pairs if pair.left == one.id
        }
        assert 1 <= len(partners) <= 5
        assert set(partners) <= ids(most)
        assert partners[0] in paired
