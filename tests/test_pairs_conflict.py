"""How much two answers to one question contradict each other: what is found, and what is no contradiction."""

import pytest

from judge.pairs.conflict import NONE, Conflict, between, kind_of
from judge.pairs.sentence import Names
from judge.pairs.side import Side

REPORTED = 0.5
PLACES = "norway sweden lampo lumen basic premium".split()
NAMES = Names(
    known=frozenset([*PLACES, "oslo", "malmo", "turku", "pori", "US"]),
    spoken=frozenset([*PLACES, "US"]),
    belongs={"oslo": frozenset({"norway"}), "malmo": frozenset({"sweden"})},
)
ASKED = "Can I return a lamp?"


def compare(
    one: str, two: str, asked: str = ASKED, other: str | None = None, given: tuple[str, str] = ("", "")
) -> Conflict:
    """Compare two answers: to one question or two, and what each was given beside it."""
    left = Side.of(asked, given[0], one, NAMES)
    right = Side.of(asked if other is None else other, given[1], two, NAMES)
    found, mirrored = between(left, right), between(right, left)
    assert found.score == mirrored.score
    return found


def score(one: str, two: str, asked: str = ASKED, other: str | None = None, given: tuple[str, str] = ("", "")) -> float:
    """Compare two answers, and give the score alone."""
    return compare(one, two, asked, other, given).score


NUMBERS = [
    ("How long?", "Our warranty is 24 months.", "Our warranty is 3 years.", "24 months", "3 years"),
    ("How much is a return?", "The return costs $5.", "The return costs 7 dollars.", "$5", "7 dollars"),
    (
        "How many?",
        "You may send back 3 lamps at once.",
        "You may send back five lamps at once.",
        "3 lamps",
        "five lamps",
    ),
    ("How many?", "It is 3 lamps at most in 30 days.", "It is 5 lamps at most in 30 days.", "3 lamps", "5 lamps"),
    ("When is it due?", "It is due on 3 March.", "It is due on 9 March.", "3 March", "9 March"),
    ("When are you open?", "We open 9:00 to 18:00.", "We open 9:00 to 20:00.", "9:00 to 18:00", "9:00 to 20:00"),
    ("When are you open?", "We open 9 am to 6 pm.", "We open 9 am to 8 pm.", "9 am to 6 pm", "9 am to 8 pm"),
    ("When do you close?", "The shop closes at 9 am.", "The shop closes at 9 pm.", "9 am", "9 pm"),
    (
        "When?",
        "You can call Monday to Friday.",
        "You can call Monday to Saturday.",
        "Monday to Friday",
        "Monday to Saturday",
    ),
    ("When?", "Our team delivers on Mondays.", "Our team delivers on Thursdays.", "Mondays", "Thursdays"),
    ("When?", "Our line is open 24/7.", "Our line is open 12/5.", "24/7", "12/5"),
]


@pytest.mark.parametrize(("asked", "one", "two", "left", "right"), NUMBERS)
def test_another_amount_of_one_unit_is_found_with_its_words(
    asked: str, one: str, two: str, left: str, right: str
) -> None:
    """Durations, prices, counts, dates, opening hours and days: the other value is a fact in question, span by span."""
    found = compare(one, two, asked)
    assert (found.cue, found.left, found.right) == ("number", left, right)
    assert found.score >= REPORTED
    assert kind_of(found) == "fact"


EQUAL = [
    ("You can return the lamp within two weeks of delivery.", "You can return the lamp within 14 days of delivery."),
    ("The lamp has a warranty of 24 months.", "The lamp has a warranty of 2 years."),
    ("You may send back three lamps at once.", "You may send back 3 lamps at once."),
    ("The lamp weighs 1,000 grams with its box.", "The lamp weighs 1 kg with its box."),
    ("The refund of $1,500 is paid to your card.", "The refund of 1500 dollars is paid to your card."),
    ("We are open from 9 am to 6 pm every day.", "We are open from 9:00 a.m. to 6:00 p.m. every day."),
    ("We are open from 9 to 6 pm.", "We are open from 9:00 until 18:00."),
    ("We close at 5:30 pm.", "We close at 17:30."),
    ("We are there on Monday \u2013 Friday.", "We are there Mondays to Fridays."),
    ("It is due on March 3.", "It is due on 3rd March."),
]


@pytest.mark.parametrize(("one", "two"), EQUAL)
def test_two_spellings_of_one_amount_agree(one: str, two: str) -> None:
    """An amount is equal to itself, however it is written, also in sentences that are alike in all else."""
    assert score(one, two, "How long, when and how much?") == 0


POLARITY = [
    ("Used lamps can be sent back.", "Used lamps cannot be sent back."),
    ("We do not pay for the return parcel.", "We pay for the return parcel."),
    ("Return labels are always sent by mail.", "Return labels are never sent by mail."),
    ("Unfortunately, no refunds are given for sale lamps.", "Refunds are given for sale lamps."),
    ("Sale lamps are left out of our return policy.", "Sale lamps belong to our return policy."),
    ("Sale lamps are excluded from returns.", "Sale lamps can be returned too."),
    ("Sale lamps are excluded from returns.", "Sale lamps aren't excluded from returns."),
    ("Returns of used lamps are accepted here.", "Returns of used lamps are rejected here."),
    ("Opened lamps are eligible for a refund.", "Opened lamps are ineligible for a refund."),
    ("We are happy to refund opened lamps.", "We do not refund opened lamps."),
    ("I understand you opened it, but opened lamps cannot be returned.", "Opened lamps can be returned."),
]


@pytest.mark.parametrize(("one", "two"), POLARITY)
def test_what_one_denies_and_the_other_says_is_found(one: str, two: str) -> None:
    """A negation, an exclusion or an opposite on one side alone turns what both speak of."""
    found = compare(one, two)
    assert found.cue == "polarity"
    assert found.score >= REPORTED


SAME_SIGN = [
    ("Returning the lamp is forbidden.", "Returning the lamp is not allowed."),
    ("Batteries are not excluded.", "Batteries are included."),
    ("Batteries are excluded from the parcel.", "Batteries are not included in the parcel."),
    ("The label is valid for returns.", "The label is not invalid for returns."),
    ("Only lamps are not accepted here.", "Lamps are rejected here."),
    ("You can return not only lamps but also desks.", "You can return lamps and desks."),
    ("No problem, you can return the lamp to us.", "You can return the lamp to us."),
    ("No need to worry, we help you with the return.", "No worries, we help you with the return."),
    ("Please write to us, we can help with it.", "Please don't hesitate to write to us, we can help with it."),
    ("You can return it if it has not been opened.", "You can return it."),
    ("Remove the filter that isn't needed and return the lamp in its box.", "Return the lamp in its box."),
    ("Pack the lamp so that it cannot break in its parcel.", "Lamps can break in a parcel."),
    ("Send the lamp by post, not by courier.", "Send the lamp by post."),
    ("Ask whether it is not sold by your shop.", "The lamp is sold by our shop."),
    ("You cannot return opened lamps.", "If you return opened lamps, pack them well."),
    ("This is no desk, but you can return the lamp.", "You can return the lamp."),
]


@pytest.mark.parametrize(("one", "two"), SAME_SIGN)
def test_a_negation_reaches_no_further_than_what_it_denies(one: str, two: str) -> None:
    """Two negations cancel out; set phrases, conditions, asides and what follows a comma or "but" deny nothing."""
    assert score(one, two) < REPORTED


def test_yes_against_no_is_found_for_one_question() -> None:
    """The plain words decide, also without a word more, and after words of regret."""
    for one, two in (
        ("Yes, you can return it.", "No, lamps are final."),
        ("Absolutely.", "Unfortunately not."),
        ("I'm sorry to hear that. No, lamps are final.", "Of course!"),
    ):
        found = compare(one, two)
        assert found.cue == "yes_no"
        assert found.score >= REPORTED


@pytest.mark.parametrize(
    ("asked", "other", "one", "two"),
    [
        ("Is it possible to return it?", "Is it impossible to return it?", "Yes.", "No."),
        ("Is the cable included?", "Is the cable not included?", "Yes.", "No."),
        ("Do I have to pay for returns?", "Are returns free?", "No, returns are free.", "Yes, returns are free."),
        ("Can I return a lamp?", "Do you have shops in town?", "Yes.", "No."),
    ],
)
def test_yes_and_no_to_questions_that_are_turned_differently_agree(asked: str, other: str, one: str, two: str) -> None:
    """Where one question denies what the other says, or the answers go on alike, a yes and a no are the same."""
    assert score(one, two, asked, other) == 0
    assert score("Yes.", "No.", asked) >= REPORTED


def test_yes_and_no_to_one_question_are_found_whatever_follows() -> None:
    """Answers that go on alike do not make a yes of a no where the very same was asked."""
    one, two = "Yes, you can return it within 30 days.", "No, you can return it within 30 days."
    assert score(one, two) >= REPORTED


def test_a_question_that_opens_with_a_negation_only_asks_for_a_yes() -> None:
    """The question "can't I return it?" is no other than "can I return it?"."""
    assert score("Yes.", "No.", "Can't I return the lamp?", "Can I return the lamp?") >= REPORTED


@pytest.mark.parametrize(
    "sorry", ["I'm sorry you're having trouble with the return.", "No problem!", "Not a problem!", "No worries."]
)
def test_words_of_comfort_are_no_no(sorry: str) -> None:
    """What is only said to be kind does not refuse anything."""
    assert score(sorry, "Certainly!") == 0


def test_free_against_a_price_is_found() -> None:
    """Free of charge on one side, an amount of money on the other, in answer to what it costs."""
    found = compare("Returns are free of charge.", "A return costs $5.", "How much is a return?")
    assert (found.cue, found.left, found.right) == ("price", "free", "$5")
    assert found.score >= REPORTED


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Returns are not free of charge.", "A return costs $5."),
        ("Feel free to send the lamp.", "A return costs $5."),
        ("Call our toll-free number.", "A return costs $5."),
        ("I understand you want a free return.", "A return costs $5."),
        ("Returns are free.", "A return costs $0."),
        ("Returns are free.", "A return costs $5, and is free for members."),
    ],
)
def test_not_every_free_is_against_a_price(one: str, two: str) -> None:
    """What is not free, a price of nothing, other senses of the word, and both in one answer are no conflict."""
    assert score(one, two, "How much is a return?") < REPORTED


def test_a_renamed_thing_is_found() -> None:
    """The same said of two names, where no question names either."""
    one, two = "Your lamp is delivered by Lampo in a box.", "Your lamp is delivered by Lumen in a box."
    found = compare(one, two, "Who delivers it?")
    assert (found.cue, found.left, found.right) == ("name", "lampo", "lumen")
    assert found.score >= REPORTED
    assert score(one, two, "Does Lampo deliver it?", "Does Lumen deliver it?") < REPORTED


def test_twins_that_differ_in_a_word_are_found_and_left_to_the_judge() -> None:
    """Other words in the same place score above nothing, and below what is reported without a judge."""
    one, two = "You find the label for it in the blue folder.", "You find the label for it in the green drawer."
    found = compare(one, two, "Where is the label?")
    assert (found.cue, found.left, found.right) == ("wording", "blue folder", "green drawer")
    assert 0 < found.score < REPORTED
    assert kind_of(found) == "recommendation"


@pytest.mark.parametrize(
    ("one", "two", "kind"),
    [
        ("Used lamps can be returned.", "Used lamps cannot be returned.", "policy"),
        ("You should wipe the lamp.", "You should not wipe the lamp.", "recommendation"),
        ("The lamp is made of glass.", "The lamp is not made of glass.", "fact"),
    ],
)
def test_a_difference_is_about_a_fact_a_policy_or_advice(one: str, two: str, kind: str) -> None:
    """What it is about shows in its words."""
    assert kind_of(compare(one, two)) == kind


# two questions and their answers: fine as they are, a contradiction as answers to the first question alone
ELSEWHERE = {
    "product": ("Warranty of a Lampo?", "Warranty of a Lumen?", "The warranty is 2 years.", "The warranty is 5 years."),
    "plan": ("How much is the basic plan?", "How much is the premium plan?", "It costs $5 now.", "It costs $9 now."),
    "country": ("How long to Norway?", "How long to Sweden?", "Delivery takes 3 days.", "Delivery takes 8 days."),
    "abbreviation": ("How long to the US?", "How long to Norway?", "Delivery takes 3 days.", "Delivery takes 8 days."),
    "another country": ("How long to Oslo?", "How long to Sweden?", "Delivery takes 3 days.", "Delivery takes 8 days."),
    "unknown town": ("How long to Turku?", "How long to Pori?", "Delivery takes 3 days.", "Delivery takes 8 days."),
    "town": ("How long to Oslo?", "How long to Malmo?", "Delivery takes 3 days.", "Delivery takes 8 days."),
    "user state": (
        "I bought it 10 days ago, can I return it?",
        "I bought it 40 days ago, can I return it?",
        "Yes, you can return it.",
        "No, you cannot return it.",
    ),
    "date": (
        "I ordered on 3 March, when is it due?",
        "I ordered on 9 March, when is it due?",
        "It is due on 5 March.",
        "It is due on 11 March.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", ELSEWHERE)
def test_another_product_place_state_or_date_is_no_contradiction(what: str) -> None:
    """Answers that would contradict each other do not where their questions are about different things."""
    asked, other, one, two = ELSEWHERE[what]
    assert score(one, two, asked, other) < REPORTED
    assert score(one, two, asked) >= REPORTED


def test_a_town_counts_as_its_country() -> None:
    """Oslo is in Norway by the set's own rows: what is said of both is held against each other."""
    assert (
        score("Delivery takes 3 days.", "Delivery takes 8 days.", "How long to Oslo?", "How long to Norway?")
        >= REPORTED
    )


def test_a_name_in_the_answer_tells_its_subject_as_well() -> None:
    """One question, answered for two plans, is no contradiction."""
    one, two = "The Basic plan costs $5 a month.", "The Premium plan costs $9 a month."
    assert score(one, two, "How much is it?") < REPORTED
    assert score(one, two, "Basic or Premium, how much is it?") < REPORTED
    assert score(one, two.replace("Premium", "Basic"), "How much is it?") >= REPORTED


def test_less_is_left_where_one_question_is_about_more_or_about_something_else() -> None:
    """A product that one question alone names, or another question altogether, takes from a difference."""
    one, two, asked = "The warranty is 2 years.", "The warranty is 5 years.", "How long is the warranty?"
    assert score(one, two, asked, "How long is the warranty of a Lampo?") < score(one, two, asked)
    assert score(one, two, asked, "Where do I find the app?") < score(one, two, asked)
    assert score("The Lampo costs $5.", "A lamp costs $9.") < score("The kettle costs $5.", "A lamp costs $9.")


def test_an_order_with_its_own_record_is_another_order() -> None:
    """What an answer takes from its record, or says of that order, contradicts no other order."""
    asked = "Where is my order 4471920?", "Where is my order 4471933?"
    given = "Order 4471920, due on 11 March.", "Order 4471933, due on 12 March."
    due = "It is due on 11 March.", "It is due on 12 March."
    sent = "Your order has left our warehouse.", "Your order has not left our warehouse."
    assert score(*due, *asked, given) == 0
    assert score(*sent, *asked, given) < REPORTED
    assert score(*sent, "Where is my order?", given=given) < REPORTED
    assert score(*sent, asked[0]) >= REPORTED


def test_a_long_record_hides_no_question() -> None:
    """What was asked is known as given, however long the text before it."""
    asked = "Can I return it after 45 days?"
    one, two = "You can return it after 45 days.", "You can return it within 60 days."
    assert score(one, two, asked, given=("word " * 2_000, "word " * 2_000)) == 0


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("If the order has shipped, it takes 3 days.", "If the order is on hold, it takes 9 days."),
        ("It takes 5 to 10 days.", "It takes 7 days."),
        ("You can return it within 30 days. It takes us 5 days to check it.", "You can return it within 30 days."),
        ("You can return it.", "You can return it. Please keep the receipt and the box that it came in."),
        ("Print the label. Pack the lamp. Bring it to us.", "Pack the lamp. Bring it to us. Print the label."),
        ("Print the label and pack the lamp.", "Wrap up your lamp, with a printout of that sticker."),
        ("I understand that you cannot return the lamp. Open My Orders.", "Open My Orders to return the lamp."),
        ("We apologize that it did not arrive within 3 days. Open My Orders.", "It arrives within 5 days."),
        ("Thank you for the $5. Open My Orders.", "Returns are free of charge. Open My Orders."),
        ("Ask Mr. Jones about the lamp.", "Ask Mr. Jones about the lamp. He cannot be reached on Sunday."),
    ],
)  # fmt: skip
def test_more_of_the_same_is_no_contradiction(one: str, two: str) -> None:
    """Another case, a range, a longer answer, another order, other words, what is only acknowledged."""
    assert score(one, two) < REPORTED


def test_an_amount_that_only_repeats_the_question_is_nothing() -> None:
    """It is the user's, so another amount does not contradict it; unasked for, it does."""
    one, two = "Yes, you can return it after 45 days.", "Yes, you can return it within 60 days."
    assert score(one, two, "Can I return it after 45 days?") == 0
    assert score(one, two, "How late can I return it?") >= REPORTED


def test_an_amount_is_held_against_the_sentence_that_is_most_like_its_own() -> None:
    """How long one thing takes is nothing to another, where that one is spoken of as well."""
    one = "Lamps of glass are delivered in 3 days. Lamps of glass go back in 30 days."
    two = "Lamps of glass go back in 30 days. Desks are delivered in 9 days."
    assert score(one, two) == 0


def test_less_is_left_where_one_answer_only_gives_more() -> None:
    """Answers that agree on an amount and differ in how many they give are less in conflict."""
    one, two = "The lamp is due in 60 days. Desks take 30 days.", "The lamp is due in 14 days. Desks take 30 days."
    assert score(one, f"{two} A sofa of ours needs 5 days.") < score(one, two)


def test_dates_are_no_ranges() -> None:
    """A later day of a month does not hold an earlier one."""
    dates = score("The lamp is due on 14 March.", "The lamp is due on 10 March.")
    assert dates == score("The lamp is due in 14 days.", "The lamp is due in 10 days.")


def test_the_gravest_difference_counts_whatever_stands_around_it() -> None:
    """A conflict among equal sentences is found, at the end of long answers too."""
    same = "".join(f"Step {n} is the page number {n * 7} of the book {n * 3}. " for n in range(1, 30))
    found = compare(f"{same}The lamp costs $40.", f"The lamp costs $70. {same}", "How much is the lamp?")
    assert {found.left, found.right} == {"$40", "$70"}
    assert found.score >= REPORTED


def test_equal_answers_are_no_difference() -> None:
    """The same words, in other cases and spaces."""
    assert compare("Yes, within 30 days.", "Yes, within 30 days.") is NONE
    assert score("Yes, within 30 days.", " yes,  within 30 DAYS") == 0
