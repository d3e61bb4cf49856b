"""Planting: what each planter makes of a row, when it declines, and that copies are seeded, stable, as they say."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import pytest
from builders import example
from hypothesis import given, settings
from hypothesis import strategies as st

from judge import planting
from judge.corpus import Corpus
from judge.planting import Draw, Edit, Ground, Planted, plant
from judge.records import Example, Turn, content_digest

PLANTERS = {planter.name: planter for planter in planting.discover()}
KINDS = (
    "addressed_to_judge broken_format changed_date changed_entity changed_number changed_unit contradiction cut_off"
    " foreign_format negated_claim off_tone placeholder swapped_answer wrong_language"
).split()

ITEMS = "lamp chair desk kettle sofa mirror carpet toaster shelf blanket".split()
CITIES = "Paris Rome Vienna Lisbon Oslo Madrid Prague Athens Dublin Warsaw".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday".split()


def shop_row(n: int) -> Example:
    """Make a row of a small shop's set: five sorts of question, each with its own facts."""
    item, city, day = ITEMS[n % 10], CITIES[(n // 5) % 10], DAYS[n % 6]
    questions = (
        f"How can I return the {item} from order {7000 + n}?",
        f"What does it cost to send a {item} to {city}?",
        f"Explain the guarantee on a {item} made in {1990 + n % 30}.",
        f"When can somebody in {city} look at the {item}?",
        f"How do I clean my {item}, number {n}?",
    )
    answers = (
        f"""You can return the {item} within {20 + n % 30} days of delivery. Always keep the box until the parcel
        has arrived. The refund includes the shipping fee.""",
        f"""Shipping to {city} costs $1{n % 10}.50. The carrier weighs each parcel before it leaves the store, and the
        parcel is insured against loss.""",
        f"""The guarantee was introduced in {1960 + n % 40} and covers faults in the material. It lasts
        {2 + n % 8} years and must be claimed in writing. Wear is not covered by the guarantee.""",
        f"""Our showroom in {city} is open on {day} from noon. The {item} stands on the second floor, and our staff
        will show you its colours. Parking is available behind the building.""",
        f"""Cleaning takes {10 + n % 40} minutes:\n\n1. Remove the dust from the {item} with a dry cloth.\n2. Wash
        it with warm water and mild soap.\n3. Dry the surface before you put anything on it again.""",
    )
    said = questions[n % 5], re.sub(r"\n +", " ", answers[n % 5])
    return example(*said, name=f"shop-{n}", line=n + 1)


@lru_cache
def shop(count: int = 200) -> tuple[Example, ...]:
    """Make a clean set."""
    return tuple(shop_row(n) for n in range(count))


def edits(
    kind: str, *said: str, context: str | None = None, beside: Sequence[Example] = (), tries: int = 25
) -> list[Edit]:
    """What a planter makes of one row under several draws, among the rows of the shop or those given."""
    row = example(*said, name="here", context=context)
    corpus = Corpus((row, *(beside or shop(60))))
    ground = Ground(corpus)
    made = [PLANTERS[kind].plant(corpus.answers[0], ground, Draw(f"draw {n}")) for n in range(tries)]
    return [edit for edit in made if edit]


def quoted(because: str) -> list[str]:
    """Read what a reason quotes."""
    return re.findall(r"“([^”]*)”", because)


def one_line(text: str) -> str:
    """Write a text as reasons quote it."""
    return re.sub(r"\s+", " ", text)


# Each row: kind, prompt, answer, and what every edit's reason or text has to match.
FIRES = [
    ("changed_number", "How long may I wait?", "You have 30 days to return it.", r"“30 days” became “\d+ days”"),
    ("changed_number", "How many bones?", "The adult body has 206 bones in total.", r"“206 bones” became"),
    ("changed_number", "When will it come?", "It arrives in 5-7 business days.", r"became “1\d-\d+ business days”"),
    ("changed_number", "What is 4 plus 4?", "The answer is 8.", r"“8” became"),
    (
        "changed_number",
        "Where is order 00123842?",
        "We shipped order number is 00123842.",
        r"^“00123842” became “\d{8}”$",
    ),
    ("changed_number", "How long is it valid?", "It is valid for two weeks.", r"“two weeks” became “\w+ weeks”"),
    ("changed_date", "When did the war end?", "It ended in 1945 in Europe.", r"“1945” became “\d{4}”"),
    ("changed_date", "When is it due?", "It is due on March 14, as agreed.", r"“March 14” became"),
    ("changed_date", "When are you open?", "We are open Monday to Friday.", r"day” became “\w+day”"),
    ("changed_date", "When do you open?", "The shop opens at 9 am today.", r"“9 am” became “\d+ am”"),
    ("changed_date", "When was it signed?", "It was signed on 2021-03-04.", r"became “2021-\d\d-\d\d”"),
    ("changed_unit", "How long may I wait?", "You have 30 days to return it.", r"became “30 (?:hours|weeks)”"),
    ("changed_unit", "What does it cost?", "The fee is $40 in total.", r"“\$40” became “[€£]40”"),
    ("changed_unit", "How far is it?", "The lake is 12 km away.", r"“12 km” became “12 (?:miles|m)”"),
    ("changed_unit", "How hot?", "Water boils at 212°F at sea level.", r"became “212°C”"),
    (
        "negated_claim",
        "Can I return it?",
        "You can return the lamp to any shop.",
        r"became “You cannot return the lamp",
    ),
    ("negated_claim", "Can I return it?", "Yes, you can return the lamp here.", r"became “No, you cannot return"),
    ("negated_claim", "Is it safe?", "The lamp is not covered by insurance.", r"became “The lamp is covered"),
    ("negated_claim", "How do I look after it?", "Always keep the lamp away from water.", r"became “Never keep"),
    ("negated_claim", "How do I pay?", "The price includes the shipping fee.", r"became “The price excludes"),
    ("negated_claim", "What first?", "Do not open the lid during the test.", r"became “Open the lid"),
    ("negated_claim", "What first?", "Click the button in the corner now.", r"became “Do not click the button"),
    (
        "changed_entity",
        "Where is the shop?",
        "Our shop is in Paris near the river.",
        r"^“Paris” became “(?!Paris)\w+”$",
    ),
    ("off_tone", "How do I pay?", "You can pay by card or by bank transfer.", r"was put|became"),
    ("broken_format", "How do I pay?", "You can pay by card or by bank transfer.", r"."),
    ("foreign_format", "How do I pay?", "You can pay by card or by bank transfer.", r"turned into"),
    (
        "cut_off",
        "How do I pay?",
        "You can pay by card in every shop, or you can send the amount to our account.",
        r"cut off",
    ),
    ("placeholder", "When is it due?", "The fee of $40 is due on March 14 in Paris.", r"became"),
    ("addressed_to_judge", "How do I pay?", "You can pay by card.", r"was put"),
    (
        "wrong_language",
        "How do I pay?",
        "You can pay by card. The fee is low. We send a receipt.",
        r"the ending became",
    ),
    ("contradiction", "How do I return it?", "You can return the lamp to any shop.", r"asked in other words, and “"),
    ("swapped_answer", "Who paints the old fence?", "Our gardener paints the wooden fence every spring.", r"answer to"),
]

# Each row: kind, prompt, answer. The same look, and no defect if it were changed.
DECLINES = [
    ("changed_number", "How do I start?", "1. Open the lid.\n2. Press the key.\n3. Wait."),
    ("changed_number", "How do I start?", "Go on with step 3 of the manual."),
    ("changed_number", "Which version?", "Install Python 3.11 or version 12 of the tool."),
    ("changed_number", "How do I save?", "For example, you might save 30 dollars a week."),
    ("changed_number", "Write a story about a dog.", "The dog was 9 years old."),
    ("changed_number", "Which route?", "Take highway 66 to the coast."),
    ("changed_number", "How do I loop?", "```python\nfor n in range(30): print(n)\n```"),
    ("changed_number", "How do I wait?", "import time\nfrom x import y\nThe limit is 30 days."),
    ("changed_number", "When do you open?", "We are there 24/7 for everyone."),
    ("changed_date", "Write a poem about spring.", "In May the birds return, on Monday they sing."),
    ("changed_date", "What may I do?", "You may come in, and march on."),
    ("changed_date", "How many people?", "The hall holds 1950 people and 1800 chairs."),
    ("changed_unit", "When are you there?", "We answer 24 hours a day, 7 days a week."),
    ("changed_unit", "How much is it?", "There are 60 minutes = one hour."),
    ("changed_unit", "Suggest a walk.", "Walk 5 km along the river."),
    ("negated_claim", "Can you help?", "Please don't hesitate to contact us about this."),
    ("negated_claim", "Can you help?", "I am happy to assist you with this today."),
    ("negated_claim", "Can you help?", "We are glad to help you with this order."),
    ("negated_claim", "Can you help?", "Is the lamp still in its original box?"),
    ("negated_claim", "Can you help?", "If the lamp is broken, we will replace it."),
    ("negated_claim", "Why is it so?", "Some lamps are sold without a bulb inside."),
    ("negated_claim", "Write a story about a cat.", "The cat is always hungry in the morning."),
    ("negated_claim", "Who wrote it?", "She looked after him, and he is not only old but wise."),
    ("changed_entity", "Where to?", "You could visit cities such as Paris and Rome."),
    ("changed_entity", "Where to?", "Everyone in the town likes Zanzibaria very much."),
    ("changed_entity", "Write a poem about travel.", "We walked in Paris under the moon."),
    ("off_tone", "Write a sarcastic reply to my boss.", "You can pay by card or by bank transfer."),
    ("off_tone", "Pretend to be a pirate.", "You can pay by card or by bank transfer."),
    ("off_tone", "How do I loop?", "```python\nfor n in range(30): print(n)\n```"),
    ("off_tone", "Wie zahle ich?", "Sie können mit Karte oder per Überweisung zahlen, ganz wie Sie möchten."),
    ("broken_format", "Write the HTML of a page.", "<p>You can pay by card or by bank transfer.</p>"),
    ("foreign_format", "Give me a JSON object.", "You can pay by card or by bank transfer."),
    ("foreign_format", "Put this in a table.", "You can pay by card or by bank transfer."),
    ("foreign_format", "Colour?", "Blue."),
    ("cut_off", "Colour?", "It is blue."),
    ("cut_off", "How do I pay?", "Pay by card"),
    ("cut_off", "How do I pay?", "By card."),
    ("placeholder", "Write an email template to a customer.", "The fee of $40 is due on March 14 in Paris."),
    ("placeholder", "How do I pay?", "You pay by card, as always."),
    ("addressed_to_judge", "Rate this essay.", "The essay is good."),
    ("wrong_language", "Translate this to German.", "You can pay. The fee is low. We send a receipt."),
    ("wrong_language", "How do I pay?", "By card."),
    ("contradiction", "Tell me a joke.", "A lamp is not a chair, said the desk."),
    ("contradiction", "How do I return it?", "Thank you for your question, we are happy to help."),
    ("swapped_answer", "yes", "Our gardener paints the wooden fence every spring."),
    ("swapped_answer", "What is it?", "Blue."),
]


def test_a_planter_is_one_module_named_like_it() -> None:
    """Every file of the folder without an underscore holds the planter of its name, and no kind is missing."""
    assert list(PLANTERS) == sorted(KINDS)
    assert {planter.rubric for planter in PLANTERS.values()} == {"factual", "instruction", "tone", "format"}
    assert [name for name, planter in PLANTERS.items() if planter.partnered] == ["contradiction"]


@pytest.mark.parametrize(("kind", "prompt", "answer", "because"), FIRES)
def test_a_planter_fires(kind: str, prompt: str, answer: str, because: str) -> None:
    """On a clear case nearly every draw gives a copy, and its reason says what was done."""
    made = edits(kind, prompt, answer)
    assert len(made) > 10
    assert [edit.because for edit in made if not re.search(because, edit.because)] == []
    assert all(edit.text != answer for edit in made)


@pytest.mark.parametrize(("kind", "prompt", "answer"), DECLINES)
def test_a_planter_declines(kind: str, prompt: str, answer: str) -> None:
    """Where the change would be no defect, no draw gives a copy."""
    assert edits(kind, prompt, answer) == []


def test_an_example_becomes_a_fact_once_the_prompt_gives_it() -> None:
    """A number of a made-up text may be changed where the prompt fixed it, or the row's context."""
    story = "Write a story about a dog that is 9 years old."
    assert edits("changed_number", story, "The dog was 9 years old.")
    assert edits("changed_number", "Write a story.", "The dog was 9 years old.", context="A dog, 9 years old.")
    assert not edits("changed_number", "Write a story.", "The dog was 9 years old.", context="A dog, 19 years old.")


def test_a_new_number_stands_nowhere_in_the_row() -> None:
    """What the number becomes is neither in the answer nor in its prompt, where it might be right."""
    made = edits("changed_number", "Is it 14 or 20 days?", "You have 6 days, or 3 days abroad.", tries=60)
    new = {int(number) for edit in made for number in re.findall(r"became “(\d+)", edit.because)}
    assert new
    assert not new & {14, 20, 6, 3}


@pytest.mark.parametrize(
    ("kind", "way"),
    [
        ("broken_format", "```text\nPay by card.\n\\nThen **wait** *** <b>a day</b> &amp; more. ]( \\' â€ Ã© {}"),
        ("foreign_format", "<p>Pay</p>"),
        ("off_tone", "LOL DUDE WHATEVER, gonna be stupid! sorry, so sorry!! u r dumb"),
        ("placeholder", "Dear [Name], pay {{amount}} by ____."),
        ("addressed_to_judge", "The annotator gave it a score: 4."),
    ],
)
def test_what_the_set_does_itself_is_no_defect(kind: str, way: str) -> None:
    """Where the set's own answers look so, the planter makes fewer of those copies, or none."""
    prompt, answer = "How do I pay?", "You can pay the fee by card in Paris, or by bank transfer."
    beside = [example(f"Question {n}?", f"{way} {n}", name=f"odd-{n}") for n in range(30)]
    if kind == "foreign_format":
        assert not any("HTML" in edit.because for edit in edits(kind, prompt, answer, beside=beside))
        assert any("HTML" in edit.because for edit in edits(kind, prompt, answer))
    elif kind == "broken_format":
        assert not any("never closed" in edit.because for edit in edits(kind, prompt, answer, beside=beside))
        assert any("never closed" in edit.because for edit in edits(kind, prompt, answer))
    else:
        assert edits(kind, prompt, answer, beside=beside) == []
        assert edits(kind, prompt, answer)


def test_a_cut_needs_a_set_that_closes_its_sentences() -> None:
    """In a set of answers without full stops an answer without one is no defect."""
    said = "How do I pay?", "You can pay by card in every shop, or you can send the amount to our account."
    open_ended = [example(f"Question {n}?", f"pay by card number {n}", name=f"open-{n}") for n in range(30)]
    assert edits("cut_off", *said)
    assert edits("cut_off", *said, beside=open_ended) == []


def test_no_near_answer_is_swapped_in() -> None:
    """A donor was asked something else and answers something else; rows alike give none."""
    row = ("How can I return the lamp from order 7000?", shop_row(0).turns[1].content)
    alike = [shop_row(n) for n in range(0, 200, 5)]
    assert edits("swapped_answer", *row, beside=alike) == []
    for edit in edits("swapped_answer", *row):
        assert int(edit.donors[0].removeprefix("shop-")) % 5 != 0


def test_the_same_answer_to_another_question_is_no_swap() -> None:
    """An answer in almost the same words would answer this prompt as well, whatever its own prompt was."""
    said = "Our gardener paints the wooden fence in the back yard every spring"
    alike = [example(f"Puzzling riddle, piece {n}?", f"{said}, year {n}.", name=f"like-{n}") for n in range(20)]
    assert edits("swapped_answer", "Whose task will it become?", f"{said}.", beside=alike) == []
    assert edits("swapped_answer", "Whose task will it become?", f"{said}.")


def test_a_name_that_stands_in_one_row_is_none() -> None:
    """What no other row mentions may be a typing slip or a capital too many; what recurs is a name."""
    answer = "Today our helpers praise Grendor products again."
    known = [example(f"Q{n}?", "Today our helpers praise Mondor products again.", name=f"m-{n}") for n in range(3)]
    again = example("Q?", "Last year our helpers praise Grendor products too.", name="again")
    assert edits("changed_entity", "Whom do they praise?", answer, beside=known) == []
    made = edits("changed_entity", "Whom do they praise?", answer, beside=[*known, again])
    assert {edit.because for edit in made} == {"“Grendor” became “Mondor”"}


def test_composed_wordings_are_many() -> None:
    """No classifier could learn the few phrases that a planter uses: they are composed, and hardly ever the same."""
    said = (
        "How do I pay?",
        "You can pay by card or by bank transfer. Please have your card with you because we need it.",
    )
    least = {"off_tone": 100, "addressed_to_judge": 190, "foreign_format": 75, "broken_format": 100}
    for kind, count in least.items():
        assert len({edit.text for edit in edits(kind, *said, tries=200)}) >= count


def test_copies_are_what_they_say() -> None:
    """A copy is its source up to the judged turn, with another text there, judged there alone, and freshly digested."""
    rows = {row.id: row for row in shop()}
    made = plant(Corpus(shop()), per_kind=6, seed=3)
    assert Counter(copy.kind for copy in made) == dict.fromkeys(KINDS, 6)
    for copy in made:
        source = rows[copy.source]
        assert copy.example.id == f"planted:{copy.kind}:{copy.source}"
        assert copy.example.judged == (copy.turn,) == (len(copy.example.turns) - 1,)
        assert copy.example.digest == content_digest(copy.example.turns, copy.example.context) != source.digest
        assert copy.example.context == source.context
        assert copy.example.turns[copy.turn].content != source.turns[copy.turn].content
        assert (copy.example.turns[0] != source.turns[0]) == (copy.kind == "contradiction")
        assert (copy.hidden == ()) == (copy.kind == "contradiction")
        assert copy.kind == "contradiction" or copy.hidden[0] == copy.source
        assert len(copy.hidden) > 1 or copy.kind != "swapped_answer"


def test_a_reason_quotes_what_changed() -> None:
    """Of “a” became “b”, a stood in the source and b stands in the copy, where it did not before."""
    rows = {row.id: row for row in shop()}
    seen = 0
    for copy in plant(Corpus(shop()), per_kind=15, seed=5):
        before = one_line(rows[copy.source].turns[copy.turn].content)
        after = one_line(copy.example.turns[copy.turn].content)
        if re.search(r"“[^”]*” became “[^”]*”$", copy.because):
            old, new = quoted(copy.because)
            assert old in before
            assert new in after
            assert not re.search(rf"(?<!\w){re.escape(new)}", before) or copy.kind in {"broken_format", "off_tone"}
            seen += 1
        elif " was put " in copy.because and copy.kind != "swapped_answer":
            assert quoted(copy.because)[0].split("…")[0].strip() in after
            seen += 1
        elif copy.kind == "cut_off":
            assert before.startswith(after)
            assert len(after) < len(before)
            seen += 1
    assert seen > 100


def test_later_turns_are_dropped_and_the_right_turn_is_changed() -> None:
    """Of a conversation the copy keeps what came before the judged turn, word for word."""
    turns = (
        Turn(role="system", content="Answer briefly."),
        Turn(role="user", content="Hello, can I return it?"),
        Turn(role="assistant", content="You can return it within 30 days of delivery."),
        Turn(role="user", content="How do I do that?"),
        Turn(role="assistant", content="You can bring it to the shop within 45 days."),
    )
    row = replace(example(messages=turns, name="talk"), judged=(2, 4))
    made = [
        copy
        for seed in range(8)
        for copy in plant(Corpus((row, *shop(40))), per_kind=41, seed=seed)
        if copy.source == "talk"
    ]
    assert {copy.turn for copy in made} == {2, 4}
    for copy in made:
        kept = copy.turn - 1 if copy.kind == "contradiction" else copy.turn
        assert copy.example.turns[:kept] == turns[:kept]
        assert len(copy.example.turns) == copy.turn + 1


def test_the_same_seed_makes_the_same_copies() -> None:
    """Same input, same output; another seed takes other rows."""
    one, again, other = (plant(Corpus(shop()), per_kind=4, seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert len({copy.example.id for copy in one} & {copy.example.id for copy in other}) < len(one) / 2


def test_draws_never_change() -> None:
    """The numbers behind the copies are part of the contract: the same on every machine, in every release."""
    draw = Draw("seed")
    assert [draw.below(1000) for _ in range(5)] == [84, 956, 44, 584, 990]
    assert Draw("seed").shuffled("abcde") == Draw("seed").shuffled("abcde")
    assert sorted(Draw("seed").shuffled("abcde")) == list("abcde")
    counts = Counter(Draw(str(n)).below(4) for n in range(400))
    assert min(counts.values()) > 60


@pytest.mark.parametrize("n", [200, 201, 202, 203, 204])
def test_one_row_more_changes_few_copies(n: int) -> None:
    """A merge of one row leaves the others' copies as they are, wherever in the file it stands."""
    before = plant(Corpus(shop()), per_kind=5, seed=1)
    for rows in ((*shop(), shop_row(n)), (shop_row(n), *shop())):
        after = plant(Corpus(rows), per_kind=5, seed=1)
        assert len({(c.kind, c.example.digest) for c in before} ^ {(c.kind, c.example.digest) for c in after}) <= 10


def test_the_order_of_rows_does_not_matter() -> None:
    """Rows in another order give the same copies."""
    ids = [{copy.example.digest for copy in plant(Corpus(rows), per_kind=4, seed=1)} for rows in (shop(), shop()[::-1])]
    assert ids[0] == ids[1]


def test_kinds_share_few_sources() -> None:
    """Where there are rows enough, each kind takes rows of its own."""
    sources = Counter(copy.source for copy in plant(Corpus(shop()), per_kind=4, seed=1))
    assert len(sources) > 0.95 * sources.total()


def test_equal_rows_are_one_source_and_hidden_together() -> None:
    """Rows of one digest give one copy of a kind, and all of them are kept from bearing witness."""
    twin = replace(shop()[0], id="twin")
    made = plant(Corpus((shop()[0], twin)), per_kind=5, seed=1)
    assert made
    assert max(Counter(copy.kind for copy in made).values()) == 1
    assert {copy.hidden for copy in made if copy.kind != "contradiction"} == {("shop-0", "twin")}


def test_own_planters_and_bounds() -> None:
    """`planters` says which kinds are made; one that always declines is given up after 40 rows for each copy wanted."""
    looked: list[str] = []

    def decline(answer: planting.Answer, _: Ground, __: Draw) -> None:
        looked.append(answer.example.id)

    never = planting.Planter(name="never", rubric="tone", many="nothings", plant=decline)
    assert plant(Corpus(shop()), per_kind=2, seed=0, planters=[never]) == ()
    assert len(looked) == len(set(looked)) == 80
    assert {c.kind for c in plant(Corpus(shop()), per_kind=2, seed=0, planters=[PLANTERS["off_tone"]])} == {"off_tone"}
    assert plant(Corpus(()), per_kind=3, seed=0) == ()
    assert plant(Corpus(shop()), per_kind=0, seed=0) == ()


def test_a_call_to_a_tool_and_an_empty_turn_are_no_source() -> None:
    """There is nothing to corrupt in them."""
    rows = [example("Can I?", " ", name="blank")]
    assert plant(Corpus(rows), per_kind=3, seed=0) == ()


TEXT = st.one_of(
    st.text(max_size=200),
    st.text(alphabet=st.characters(categories=["Cs", "Lu", "Nd", "Po", "Zs"]), max_size=80),
    st.lists(
        st.sampled_from(
            [
                *(
                    "You can return it within 30 days.",
                    "In 1945, Paris was",
                    "```",
                    "**",
                    "\n\n",
                    "1. ",
                    "- ",
                    "$",
                    "9 am",
                    "an",
                ),
                *(
                    "<b>",
                    "{",
                    '"',
                    "\u2019",
                    "It is not safe.",
                    "Monday to Friday",
                    "\ud800",
                    "\0",
                    "if",
                    "never",
                    "Yes, it is so.",
                ),
                *(
                    "https://x.example/a",
                    "a@b.co",
                    "5-7 business days",
                    "|",
                    "\\",
                    "é",
                    "How do I pay?",
                    "of the",
                    "00123",
                ),
            ]
        ),
        max_size=25,
    ).map(" ".join),
)


def obeys(made: Sequence[Planted], rows: Sequence[Example]) -> None:
    """Check what every copy has to be, whatever the text."""
    by_id = {row.id: row for row in rows}
    assert len({copy.example.id for copy in made}) == len(made)
    for copy in made:
        source = by_id[copy.source]
        assert copy.example.turns[copy.turn].content != source.turns[copy.turn].content
        assert copy.example.digest == content_digest(copy.example.turns, copy.example.context)
        assert copy.because
        assert "\n" not in copy.because
        assert set(copy.hidden) <= set(by_id)


@given(said=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4), guide=st.none() | TEXT, seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_any_text_obeys_the_contract(said: list[tuple[str, str]], guide: str | None, seed: int) -> None:
    """Whatever the rows say (half characters, NULs, code, nothing), planting never fails and repeats itself."""
    rows = [example(*pair, name=f"row-{n}") for n, pair in enumerate(said)]
    made = plant(Corpus(rows, guide), per_kind=3, seed=seed)
    obeys(made, rows)
    assert made == plant(Corpus(rows, guide), per_kind=3, seed=seed)


@pytest.mark.parametrize(
    "piece",
    ["a", "(", "1 ", "1,", "You can ", "\n", "<b", "**", "`", '"', "A b ", "1-", "in 1999 ", ". ", "\\", "[x", "x@"],
)
@pytest.mark.timeout(20)
def test_a_huge_row_costs_little(piece: str) -> None:
    """A row of two megabytes is read in linear time, or not to its end: what is quadratic runs into the limit."""
    rows = [example("How do I pay?", "You can pay by card. " + piece * (2_000_000 // len(piece)), name="huge")]
    made = plant(Corpus(rows), per_kind=1, seed=0)
    assert {copy.source for copy in made} <= {"huge"}
    obeys(made, rows)


def test_formats_hold_the_whole_answer() -> None:
    """A foreign format loses nothing that the answer said: it is the form that is wrong."""
    answer = "You can pay by card.\n\n1. Open the app.\n2. Choose a card."
    for edit in edits("foreign_format", "How do I pay?", answer, tries=60):
        assert all(part in edit.text for part in ("pay by card.", "Open the app.", "Choose a card."))
        if "JSON" in edit.because:
            assert json.loads(edit.text.removeprefix("```json\n"))
