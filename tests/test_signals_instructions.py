"""Instructions that can be verified, repetition, and languages: what is broken is found, what is kept passes."""

import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.corpus import Corpus
from judge.language.tongue import tongue
from judge.records import Example, Finding, Role, Turn
from judge.signals import Signal, echo, instructions, language
from judge.tasks import counted

WORD = "river"


def row(name: str, prompt: str, answer: str) -> Example:
    """Make a row of one question and one answer."""
    roles: tuple[Role, Role] = ("user", "assistant")
    turns = tuple(Turn(role=role, content=text) for role, text in zip(roles, (prompt, answer), strict=True))
    return Example(id=name, turns=turns, judged=(1,), source="t", line=1, digest=name)


def find(signal: Signal, prompt: str, answer: str, others: Sequence[Example] = ()) -> Finding | None:
    """What the signal sees in one row."""
    rows = [*others, row("x", prompt, answer)]
    return next((finding for finding in signal.find(Corpus(rows)) if finding.example_id == "x"), None)


def text(count: int) -> str:
    """So many words in sentences of ten."""
    return " ".join(WORD if at % 10 else f"{WORD.title()}" for at in range(count)) + "."


BROKEN = [
    ("Write a story in 100 words or less.", text(180)),
    ("Summarize the plot in under 50 words.", text(90)),
    ("Describe the sea in at least 100 words.", text(40)),
    ("Describe the color yellow in three words.", "It is bright, warm, happy, sunny and loud."),
    ("Write a 10-word slogan for a bakery.", text(25)),
    ("Explain gravity in one sentence.", "Masses attract each other. That is why apples fall. It also holds the moon."),
    ("Answer in exactly two sentences.", "One is here. Two is here. Three is here. Four is here."),
    ("Write three paragraphs about dogs.", "Dogs are friends. They like to run."),
    ("Write a tweet about trees of no more than 140 characters.", "Trees " * 40),
    ("Compose a tweet about the sea.", "The sea is wide. " * 40),
    ("Write a haiku about snow.", "Snow falls\non the hill\nand the tree\nand the lake\nand on me"),
    ("List five fruits.", "1. Apple\n2. Pear"),
    ("List five fruits.", "apple, pear"),
    ("Give me three reasons to exercise.", "- Health\n- Mood\n- Sleep\n- Weight\n- Energy\n- Fun"),
    ("Name at least four planets.", "Mars and Venus."),
    ("Suggest two healthy snacks.", "\n".join(f"{at}. snack" for at in range(1, 11))),
    ("Return the order as JSON.", "The order has a lamp and a desk."),
    ("Give the record in XML format.", "Name: Ann, age: 4"),
    ("List the names in CSV format.", "Ann Bob Tom"),
    ("Present the results in a table.", "The first is 3 and the second is 4."),
    ("Answer in bullet points: why do we sleep?", "We sleep because the brain needs rest."),
    ("Answer in all uppercase. What is the capital of Norway?", "The capital is Oslo."),
    ("Reply in all lowercase.", "THE Capital Is Oslo And Nothing Else."),
    ('Begin your answer with "Dear reader". What is rain?', "Rain is water that falls from clouds."),
    ('End your response with "Is there anything else?"', "Rain is water that falls from clouds."),
    ('Write a sentence using the words "cloud" and "mountain".', "The sea is blue today."),
    ('Describe a lemon. Do not use the word "yellow".', "A lemon is a yellow fruit."),
    ('Write a sentence without the letter "e".', "The tree greets the evening breeze here."),
    ("Write a note without commas.", "Hello, Ann, how are you, my friend?"),
    ("Is the sky green? Answer yes or no.", "The sky has a colour of its own."),
    ("Classify the sentence as positive or negative.\n\nI love it.", "Banana"),
    ("What is the capital of France?\nA) Paris\nB) Rome\nC) Oslo", "Berlin"),
    ("Answer in Spanish: what is a dog?", "A dog is an animal that lives with people and is their friend."),
    (
        "Translate the sentence to French.\n\nThe dog is in the house.",
        "The dog is in the house and it is not in the garden.",
    ),
    ("Find a word that has 10 letters.", "Table"),
    ("Write a poem. Put a title in double angular brackets.", "Sea\nThe sea is wide"),
]

KEPT = [
    ("Write a story in 100 words or less.", text(95)),
    ("Write a story of 200 words.", text(180)),
    ("Describe the color yellow in three words.", "Bright, joyful, sunny."),
    ("Explain gravity in one sentence.", "Masses attract each other, e.g. Dr. Smith's apple, at 9.8 m/s."),
    ("Summarize the text in 2-3 sentences.", "One is here. Two is here."),
    ("Write three paragraphs about dogs.", "Dogs run.\n\nDogs eat.\n\nDogs sleep."),
    ("Write three paragraphs about dogs.", "Dogs run.\nDogs eat.\nDogs sleep."),
    ("List five fruits.", "1. Apple\n2. Pear\n3. Fig\n4. Plum\n5. Lime"),
    ("List five fruits.", "1. Apple 2. Pear 3. Fig 4. Plum 5. Lime"),
    ("List five fruits.", "Apple, pear, fig, plum and lime."),
    ("List five fruits.", "Here are five fruits:\nApple\nPear\nFig\nPlum\nLime"),
    ("List five fruits.", "* Apple\n* Pear\n* Fig\n* Plum\n* Lime\n\nEnjoy!"),
    ("List five fruits.", "Apple; pear; fig; plum; lime"),
    ("Give me three reasons to exercise.", "It keeps you fit. It lifts the mood. It helps you sleep."),
    ("Name at least four planets.", "Mars, Venus, Earth, Saturn and Jupiter."),
    ("List three days of rest per month.", "Any Sunday."),
    ("Summarize this 1000-word article.\n\nA long article.", "A short summary."),
    ("What do these three words have in common?\n\nsun, moon, star", "All are in the sky."),
    ("Write a sentence about the two sentences below.\n\nA. B.", "They are short. Both are."),
    ("Return the order as JSON.", '{"order": 12}'),
    ("What is JSON?", "It is a data format."),
    ('Convert the JSON to a sentence.\n\n{"a": 1}', "The value of a is one."),
    ("Write a report on the data in the table below.\n\na|b", "The data has two columns."),
    ("Present the results in a table.", "| a | b |\n|---|---|\n| 3 | 4 |"),
    ("Answer in all uppercase. What is the capital of Norway?", "THE CAPITAL IS OSLO."),
    ("Explain when to use upper case for the first letter.", "Use it at the start of a sentence."),
    ('Begin your answer with "Dear reader". What is rain?', "Dear reader, rain is water."),
    ('Write a sentence using the words "run" and "mountain".', "He ran up mountains."),
    ('Describe a lemon. Do not use the word "yellow".', "A lemon is a sour fruit."),
    ("Is the sky green? Answer yes or no.", "No."),
    ("Classify the sentence as positive or negative.\n\nI love it.", "The sentence is positive."),
    ("Classify the sentence as positive or negative.\n\nI love it.", "Positivity"),
    ("What is the capital of France?\nA) Paris\nB) Rome\nC) Oslo", "A"),
    ("What is the capital of France?\nA) Paris\nB) Rome\nC) Oslo", "Paris."),
    ("Answer in Spanish: what is a dog?", "Un perro es un animal que vive con las personas y es su amigo."),
    ("Translate the sentence to French.\n\nThe dog is in the house.", "Le chien est dans la maison."),
    ("Give a response in Japanese.", "私の名前は何ですか?\nwatashi no namae wa nan desu ka? (What is my name?)"),
    ("Find a word that has 10 letters.", "Strawberry"),
    ("How do I change my plan?", "Open the settings, choose Plan, and pick another one."),
]

ECHOED = [
    ("What is the opening time of the shop on Sunday?", "What is the opening time of the shop on Sunday?"),
    ("Explain why the sky is blue in the day.", "Explain why the sky is blue in the day"),
    ("Tell me how I can close my account today please.", "Tell me how I can close the account today please."),
    ("How are you?", "I am fine today, thank you. " * 12),
    (
        "How do I close it?",
        "Open the app and look for the menu. Then choose close. " + "Please write to us again. " * 9,
    ),
    ("Describe the lamp.", "The lamp is good and " + "very nice and " * 20),
]
ANSWERED = [
    ("What is the opening time of the shop on Sunday?", "The opening time of the shop on Sunday is nine."),
    (
        "What is the most shared type of content on social media?",
        "The most shared type of content on social media is images.",
    ),
    ("Repeat the sentence: the cat sat on the mat.", "The cat sat on the mat."),
    ("Correct the grammar.\n\nThe cat sits on the mat now.", "The cat sits on the mat now."),
    ("What is rain in the city?", "What is rain in the city? It is water that falls from the clouds above it."),
    ("Write a song.", "La la la, the sun is out today. " * 3),
    (
        "How do I reset it?",
        "Press the red button for ten seconds. Then press the green button for ten seconds. Then wait.",
    ),
    ("Are you sure?", "No, no, no, no!"),
    ("Draw a line.", "-" * 300),
]

ENGLISH = [
    row(
        f"e{at}",
        f"How do I use the {thing} that you sent to me?",
        f"Open the app, choose the {thing} and wait until it is on. Then you can use it.",
    )
    for at, thing in enumerate(("timer", "alarm", "radio", "lamp", "camera", "scale", "clock", "oven"))
]
HELP = "You can open the app and choose the lamp in the menu. Then wait until it is on and use it as you like."
FOREIGN = [
    "Puede abrir la aplicación y elegir la lámpara en el menú. Después espere hasta que esté encendida y ya la usa.",
    "Vous pouvez ouvrir l'application et choisir la lampe dans le menu. Ensuite il faut attendre que ce soit prêt.",
    "Sie können die App öffnen und die Lampe im Menü wählen. Dann warten Sie, bis sie an ist, und nutzen sie.",
    "Вы можете открыть приложение и выбрать лампу в меню. Потом подождите.",
    "您可以打开应用程序并在菜单中选择灯。然后等到它亮起来。",
    f"{HELP} Si tiene más preguntas sobre este producto, no dude en ponerse en contacto con nosotros por correo.",
    f"{HELP}\n\nWenn Sie noch weitere Fragen zu dem Produkt haben, können Sie sich an uns wenden.",
    f"{HELP} Если у вас есть другие вопросы, напишите нам.",  # noqa: RUF001 - Russian
]
NATIVE = [
    ("How do I use the lamp that you sent to me?", HELP),
    ("How do I use the lamp?", "Voilà: open the app, à la carte, and choose the lamp. It is a déjà vu."),
    ("How do you say in Spanish that I can use the lamp?", FOREIGN[0]),
    ("Translate the text.\n\nYou can use the lamp in the menu.", FOREIGN[1]),
    ("¿Cómo puedo usar la lámpara que me han enviado ustedes? No está en el menú.", FOREIGN[0]),
    ("How do I use the lamp?", "El Dorado"),
    ("Write the code.", "```\nel = de.la(que, en, los)\nel = de.la(que, en, los)\n```"),
    ("Balance it.", "x + y = z; 3x - 4z + 5y = 9, 5y - 4z + 3x = 9"),
]


@pytest.mark.parametrize(("prompt", "answer"), BROKEN)
def test_a_broken_instruction_is_found(prompt: str, answer: str) -> None:
    """Every kind of instruction, clearly broken, gets a severity that a person would notice."""
    found = find(instructions.SIGNAL, prompt, answer)
    assert found is not None
    assert found.severity >= 0.4


@pytest.mark.parametrize(("prompt", "answer"), KEPT)
def test_a_kept_instruction_passes(prompt: str, answer: str) -> None:
    """Kept instructions, and words that only look like instructions, are no findings of weight."""
    found = find(instructions.SIGNAL, prompt, answer)
    assert found is None or found.severity <= 0.2


@pytest.mark.parametrize(("prompt", "answer"), ECHOED)
def test_an_echo_is_found(prompt: str, answer: str) -> None:
    """An answer that says its prompt or itself again."""
    found = find(echo.SIGNAL, prompt, answer)
    assert found is not None
    assert found.severity >= 0.6


@pytest.mark.parametrize(("prompt", "answer"), ANSWERED)
def test_an_answer_is_no_echo(prompt: str, answer: str) -> None:
    """What uses the words of its prompt, or repeats for a reason, is no echo."""
    found = find(echo.SIGNAL, prompt, answer)
    assert found is None or found.severity <= 0.3


@pytest.mark.parametrize("answer", FOREIGN)
def test_another_language_is_found(answer: str) -> None:
    """A whole answer, or a sentence at its end."""
    found = find(language.SIGNAL, "How do I use the lamp that you sent to me?", answer, ENGLISH)
    assert found is not None
    assert found.severity >= 0.7


@pytest.mark.parametrize(("prompt", "answer"), NATIVE)
def test_the_language_asked_for_passes(prompt: str, answer: str) -> None:
    """The prompt's own language, a translation, a loan word, a name, code and formulas."""
    assert find(language.SIGNAL, prompt, answer, ENGLISH) is None


def test_a_set_in_two_languages_is_judged_by_each_prompt() -> None:
    """A Spanish question with a Spanish answer passes, with an English one it does not."""
    asked = "¿Cómo puedo usar la lámpara que me han enviado ustedes? No está en el menú."
    spanish = [row(f"s{at}", asked, FOREIGN[0]) for at in range(8)]
    assert find(language.SIGNAL, asked, FOREIGN[0], [*ENGLISH, *spanish]) is None
    assert find(language.SIGNAL, asked, HELP, [*ENGLISH, *spanish]) is not None


def test_severity_grows_with_the_miss() -> None:
    """A hundred words too many are worse than twenty, and five are nothing."""
    prompt = "Describe the sea in 100 words or less."
    found = [find(instructions.SIGNAL, prompt, text(count)) for count in (105, 130, 200)]
    severities = [finding.severity if finding else 0.0 for finding in found]
    assert severities[0] <= 0.2 < severities[1] < severities[2]


def test_reasons_name_what_was_asked() -> None:
    """A person sees the instruction and the miss."""
    found = find(instructions.SIGNAL, "List five fruits.", "1. Apple\n2. Pear")
    assert found is not None
    assert "five fruits" in found.because
    assert "2" in found.because


@given(st.integers(2, 12), st.integers(2, 12))
def test_a_list_is_counted_in_every_shape(wanted: int, has: int) -> None:
    """Numbered, bulleted or comma separated: as many as asked for pass, half or double do not."""
    things = [f"thing{chr(97 + at)}" for at in range(has)]
    prompt = f"List {wanted} things."
    shapes = [
        "\n".join(f"{at}. {thing}" for at, thing in enumerate(things, 1)),
        "\n".join(f"- {t}" for t in things),
        ", ".join(things),
    ]
    for shape in shapes[: 3 if has < wanted else 2]:
        found = find(instructions.SIGNAL, prompt, shape)
        assert (found is None) == (wanted == has)


@given(st.integers(1, 30))
def test_sentences_are_counted(count: int) -> None:
    """As many as there are, abbreviations and decimals aside."""
    assert counted.sentences("Dr. Lee paid 3.50 for it. " * count) == count


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (HELP, "English"),
        (FOREIGN[0], "Spanish"),
        (FOREIGN[1], "French"),
        (FOREIGN[2], "German"),
        (FOREIGN[3], "Russian"),
        (FOREIGN[4], "Chinese"),
        ("Het is niet mogelijk om dit te doen, maar u kunt ons bellen als u nog vragen heeft.", "Dutch"),
        (
            "Non è possibile fare questo, ma può chiamare il servizio clienti se ha delle domande sulla lampada.",
            "Italian",
        ),
        ("Det är inte möjligt att göra detta, men du kan ringa oss om du har några frågor om den.", "Swedish"),
        ("Nie można tego zrobić, ale może pan do nas zadzwonić, jeśli ma pan pytania, które są ważne.", "Polish"),
        ("ab cd ef gh ij kl mn op", ""),
        ("Oslo", ""),
    ],
)
def test_a_language_is_named_or_not_told(said: str, name: str) -> None:
    """A sentence or two are enough; what is no language has no name."""
    assert tongue(said) == name


TEXT = st.text(max_size=200) | st.lists(
    st.sampled_from(
        [
            "List five",
            "in 3 words",
            "JSON",
            "\n1. ",
            "- ",
            "yes or no",
            '"a"',
            "without",
            "la que",
            "здесь",
            "。",
            ", ",
            "one ",
            "a b c ",
        ]
    ),
    max_size=30,
).map(" ".join)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), max_size=6))
def test_no_text_makes_them_fail(rows: list[tuple[str, str]]) -> None:
    """Any set: severities in range, and the same twice."""
    examples = [row(f"r{at}", prompt, said) for at, (prompt, said) in enumerate(rows)]
    for signal in (instructions.SIGNAL, echo.SIGNAL, language.SIGNAL):
        found = list(signal.find(Corpus(examples)))
        assert found == list(signal.find(Corpus(examples)))
        assert all(0 <= finding.severity <= 1 and finding.because for finding in found)


@pytest.mark.parametrize(
    "unit", ["a ", "word. ", "1. a\n", "- a\n", '"x" ', "a, b and ", "la que los ", "здесь ", "\n", "Mr. ", "(", "| "]
)
def test_a_huge_row_takes_linear_time(unit: str) -> None:
    """Five megabytes of anything are read in a moment."""
    huge = unit * (5_000_000 // len(unit))
    start = time.process_time()
    for signal in (instructions.SIGNAL, echo.SIGNAL, language.SIGNAL):
        find(signal, "List five words in 10 words or less as JSON, without commas, in two sentences of 3 lines.", huge)
        find(signal, f"List five words {huge}", "1. a")
    assert time.process_time() - start < 3
