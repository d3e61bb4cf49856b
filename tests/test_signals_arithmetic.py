"""Answers that can be worked out: what is wrong is found, what is right passes, and readers read what they write."""

import time
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.corpus import Corpus
from judge.language import expression
from judge.language.lists import items
from judge.language.numerals import from_roman, numbers, spelled, to_roman
from judge.records import Example, Finding, Role, Turn
from judge.signals.arithmetic import SIGNAL
from judge.tasks import bases, clock


def find(prompt: str, answer: str) -> Finding | None:
    """What the signal sees in one row."""
    roles: tuple[Role, Role] = ("user", "assistant")
    turns = tuple(Turn(role=role, content=text) for role, text in zip(roles, (prompt, answer), strict=True))
    row = Example(id="x", turns=turns, judged=(1,), source="t", line=1, digest="d")
    return next(iter(SIGNAL.find(Corpus([row]))), None)


TASKS = [  # a prompt, right answers, a wrong one
    (
        "Sort these words in alphabetical order.\n\nzebra, apple, mango",
        ["apple, mango, zebra", "1. Apple\n2. Mango\n3. Zebra"],
        "apple, zebra, mango",
    ),
    (
        "Put the following names in alphabetical order: Tom, Ann, Bob",
        ["Ann, Bob, Tom.", "The names in order are Ann, Bob and Tom."],
        "Ann, Tom, Bob",
    ),
    ("Sort the list in reverse alphabetical order.\n\nred, blue, green", ["red, green, blue"], "blue, green, red"),
    (
        "Arrange the words in the sentence alphabetically.\n\nThe quick fox ran home",
        ["fox home quick ran The", "fox, home, quick, ran, the"],
        "The fox home quick ran",
    ),
    (
        "Sort the numbers in ascending order: 12, 5, 83, 19",
        ["5, 12, 19, 83", "Sorted: [5, 12, 19, 83]"],
        "5, 19, 12, 83",
    ),
    (
        "Arrange the following numbers from largest to smallest.\n\n3, 9, 4, 1",
        ["9, 4, 3, 1", "3, 9, 4, 1 becomes 9, 4, 3, 1"],
        "1, 3, 4, 9",
    ),
    ("Sort the following array in descending order.\n\n[0.5, -2, 3, 1]", ["[3, 1, 0.5, -2]"], "[3, 1, -2, 0.5]"),
    ("Reverse the following list.\n\n1, 2, 3, 4", ["4, 3, 2, 1"], "4, 2, 3, 1"),
    ("Reverse the list: dog, cat, bird", ["bird, cat, dog"], "cat, bird, dog"),
    ("Reverse the words in the sentence.\n\nI like green tea", ["tea green like I"], "green tea like I"),
    ('Reverse the string "hello"', ["olleh", 'The reversed string is "olleh".'], "ollhe"),
    (
        "Sort the words by length, from shortest to longest.\n\npear, fig, banana",
        ["fig, pear, banana"],
        "pear, fig, banana",
    ),
    ("Calculate 17 * 6.", ["102", "17 * 6 = 102", "The answer is 102."], "112"),
    ("What is 7 + 8 x 2?", ["23", "7 + 8 x 2 = 23."], "30"),
    ("Evaluate the expression (4 + 6) / 5 - 1", ["1", "It is 1."], "3"),
    ("What is the sum of 45 and 67?", ["112", "The sum of 45 and 67 is 112."], "The sum of 45 and 67 is 102."),
    ("Subtract 19 from 50", ["31"], "29"),
    ("Divide the following number by 8\n\n100", ["12.5", "100 / 8 = 12.5"], "12.8"),
    ("Find the product of 12 and 11.", ["132"], "121"),
    ("What is the remainder when 29 is divided by 4?", ["1", "The remainder is 1."], "The remainder is 3."),
    ("Find the mean of the numbers 4, 8, 9", ["7", "The mean is 7."], "The mean is 8."),
    ("Find the median of this set: 7, 1, 9, 3", ["5"], "3"),
    ("Calculate the mode.\n\n2, 3, 3, 9", ["3", "The mode is 3."], "The mode is 9."),
    ("Find the range of the following numbers.\n\n4, 10, 7", ["6", "10 - 4 = 6"], "The range is 7."),
    (
        "Find the largest number in the list.\n\n4, 81, 7, 12",
        ["81", "The largest number is 81."],
        "The largest number is 12.",
    ),
    ("Given the following list of numbers, find their sum.\n\n2, 4, 6, 8", ["20", "2 + 4 + 6 + 8 = 20"], "22"),
    ("What is the greatest common divisor of 12 and 18?", ["6"], "3"),
    ("What is the LCM of 4 and 6?", ["12"], "24"),
    ("What is the square root of 144?", ["12", "The square root of 144 is 12."], "14"),
    ("Find the factorial of 5.", ["120", "5! = 120"], "60"),
    ("Is 91 a prime number?", ["No, 91 is not a prime number.", "No. 91 = 7 * 13."], "Yes, 91 is a prime number."),
    ("Determine whether the number is even or odd.\n\n14", ["Even", "14 is an even number."], "Odd"),
    ("Is the year 1900 a leap year?", ["No, 1900 was not a leap year."], "Yes, 1900 was a leap year."),
    (
        "Find the prime factorization of 60.",
        ["2 x 2 x 3 x 5", "2^2 * 3 * 5", "The prime factorization of 60 is 2² x 3 x 5."],
        "2 x 6 x 5",
    ),
    ("Calculate the sum of the digits of the following number.\n\n1234", ["10"], "11"),
    ("Calculate the sum of all numbers from 1 to 100.", ["5050", "The sum is 5,050."], "5000"),
    ("Solve for x: 3x + 4 = 19", ["x = 5", "5", "The value of x is 5."], "x = 6"),
    ("Solve the equation.\n\nx^2 - 5x + 6 = 0", ["x = 2 or x = 3", "The roots are 2 and 3."], "x = 1 or x = 6"),
    ("Evaluate the expression 3a - b when a = 4 and b = 2.", ["10"], "14"),
    ("What is 15% of 80?", ["12", "15% of 80 is 12."], "15% of 80 is 14."),
    ("What is the percentage increase from 40 to 50?", ["25%", "The increase is 25 percent."], "20%"),
    ("Calculate the simple interest on $1000 at 5% for 3 years.", ["$150", "The interest is $150."], "$180"),
    ("Convert the number 10 to binary.", ["1010", "10 in binary is 1010."], "1100"),
    ("Convert 0x1F from hexadecimal to decimal.", ["31", "0x1F is 31."], "29"),
    ("Convert the binary number 1101 to decimal.", ["13", "1101 in binary is 13 in decimal."], "11"),
    ("Convert the number 567 in base 8 to its decimal representation.", ["375"], "381"),
    ("Write 49 in Roman numerals.", ["XLIX"], "IL is wrong, XXXXIX; it is LIX"),
    ("Convert the Roman numeral XIV to a number.", ["14"], "16"),
    ("Convert the fraction 3/8 to a decimal.", ["0.375"], "0.325"),
    ("Convert 0.25 to a fraction.", ["1/4", "25/100"], "1/5"),
    ("Round 3.14159 to two decimal places.", ["3.14"], "3.15"),
    ("Round 347 to the nearest ten.", ["350"], "340"),
    ("Convert 5 kilometers to meters.", ["5000 meters", "5,000 m"], "500 meters"),
    ("Convert 100 degrees Fahrenheit to Celsius.", ["37.78°C", "About 38 degrees Celsius."], "35 degrees Celsius"),
    (
        "How many minutes are in 3 hours?",
        ["180", "There are 180 minutes in 3 hours."],
        "There are 160 minutes in 3 hours.",
    ),
    ("Convert 10 pounds to kilograms.", ["4.54 kg", "4.5 kilograms", "4.536"], "5.4 kg"),
    ("Convert 135 minutes to hours and minutes.", ["2 hours and 15 minutes"], "2 hours and 25 minutes"),
    (
        "Find the area of a rectangle with length 8 cm and width 3 cm.",
        ["24 cm^2", "The area is 24 square centimeters."],
        "22 cm^2",
    ),
    ("What is the circumference of a circle with radius 7 cm?", ["43.98 cm", "44 cm", "14π cm"], "49 cm"),
    ("Calculate the volume of a cube with a side of 4 cm.", ["64 cm3"], "16 cm3"),
    ("Find the area of a triangle with a base of 10 and a height of 6.", ["30"], "60"),
    (
        "Count the number of words in the sentence.\n\nThe sun rises in the east.",
        ["6", "There are six words."],
        "There are 7 words.",
    ),
    ('How many vowels are in the word "education"?', ["5", "There are 5 vowels."], "There are 4 vowels."),
    ('How many letters are there in the word "banana"?', ["6"], "5"),
    ('How many times does the letter "s" appear in the word "mississippi"?', ["4"], "3"),
    (
        "How many days are there between March 3, 2021 and March 20, 2021?",
        ["17", "There are 17 days."],
        "There are 27 days.",
    ),
    ("What day of the week was July 4, 1776?", ["Thursday", "It was a Thursday."], "It was a Tuesday."),
    ("What is the sum of the first 10 natural numbers?", ["55"], "45"),
    ("A shirt costs $40. What is the sale price after a 25% discount?", ["$30", "It costs $30.00."], "$35"),
    ("Convert the temperature from Fahrenheit to Celsius.\n\n68", ["20", "20°C"], "25 degrees Celsius"),
    ("Multiply the two numbers.\n\n12, 5", ["60"], "65"),
    ("Predict x and y in the following equation: 9x + 4y = 36", ["x = 0, y = 9"], "x = 4 and y = 2"),
    ("What time is it 3 hours after 11 am?", ["2 pm", "It is 2:00 PM."], "It is 1 pm."),
]

STATED = [
    "3 * 4 = 13",
    "We add them: 2.50 + 1.50 = 5.00, which is the total.",
    "So 12 plus 5 is 18.",
    "The sum of 14 and 6 is 22.",
    "The tip is 20, because 15% of 80 is 20.",
    "First, 100 / 4 = 20. Then we are done.",
    "4 x $2.50 = $12",
    "(3 + 5) * 2 = 18",
]

FINE = [
    ("Tell me about it.", "3 * 4 = 12, and 10 / 3 = 3.33."),
    ("Tell me about it.", "2x + 3 = 7 gives 2x = 4."),
    ("Tell me about it.", "The total is 10 apples x 2 = 20."),
    ("Tell me about it.", "Set a + 3 = 7 and 180° - 90° - 30° = 60°."),
    ("Tell me about it.", "The score was 3 - 1 = a clear win."),
    ("Tell me about it.", "Between 2010-2020 = 10 years."),
    ("Tell me about it.", "17 mod 5 = 2 and 1010 + 0101 = 1111 in binary."),
    ("Tell me about it.", "20 / 3 = 6 remainder 2, that is 6 R 2."),
    ("Why is 1 + 1 = 3 wrong?", "Because 1 + 1 = 3 is no true equation."),
    ("Write a Python function.", "x = 3\nfor i in range(3): x = 3 * 4 = 13"),
    ("Explain how to sort the list 3, 1, 2 in ascending order.", "Compare 3, 1 and 2 and swap."),
    ("Sort the following countries by population in ascending order.\n\nChina, Malta, France", "Malta, France, China"),
    ("Sort these names alphabetically by last name.\n\nTom Adams, Ann Zorn, Bob Cole", "Tom Adams, Bob Cole, Ann Zorn"),
    ("Rank the items in descending order.\n\nTelephone, Car, Computer", "Computer, Car, Telephone"),
    ("What is the value of pi rounded to the nearest hundredth?", "3.14"),
    ("Convert 150 dollars to euros.", "125 euros"),
    ("Calculate the sales tax for the purchase.\n\n$25", "$2"),
    ("Find the three largest numbers in the list.\n\n4, 81, 7, 12", "81, 12 and 7"),
    ("Given the number 25, return the largest number smaller than it.\n\n1, 10, 50, 100", "10"),
    ("Divide 24 into two sets.", "12 and 12"),
    ("Count to ten.", "1, 2, 3, 4, 5, 6, 7, 8, 9, 10"),
    ("What is the temperature range in Oslo?", "From -5 to 20 degrees."),
    ("How many words are in the English language?", "About 170,000 words are in use."),
    ("How many days are in a leap year?", "366"),
    ("What is the average age of a student?", "About 21 years."),
    ("Find the sum of the prime numbers below 10.", "17"),
    ("Solve the inequality 2x + 3 > 7", "x > 2"),
    ("Calculate 14 + 6.", "I cannot do that."),
]


@pytest.mark.parametrize(("prompt", "right", "wrong"), TASKS)
def test_a_wrong_result_is_found_and_a_right_one_passes(prompt: str, right: list[str], wrong: str) -> None:
    """Every kind of task that is read tells right from wrong, in more than one spelling."""
    assert [find(prompt, answer) for answer in right] == [None] * len(right)
    found = find(prompt, wrong)
    assert found is not None
    assert found.severity >= 0.8


@pytest.mark.parametrize("answer", STATED)
def test_a_false_equation_in_an_answer_is_found(answer: str) -> None:
    """Whatever was asked, an answer must not state a false equation."""
    found = find("Tell me about it.", answer)
    assert found is not None
    assert found.severity >= 0.8


@pytest.mark.parametrize(("prompt", "answer"), FINE)
def test_what_has_two_readings_passes(prompt: str, answer: str) -> None:
    """Whatever is not surely wrong is no finding."""
    assert find(prompt, answer) is None


def test_a_reason_shows_both_values() -> None:
    """A person sees the right value and the wrong one."""
    found = find("Calculate 17 * 6.", "The result is 112.")
    assert found is not None
    assert "102" in found.because
    assert "112" in found.because


TREES = st.recursive(
    st.integers(0, 99).map(lambda n: (str(n), Fraction(n))),
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(
        lambda t: (
            f"({t[0][0]} {t[1]} {t[2][0]})",
            {"+": t[0][1] + t[2][1], "-": t[0][1] - t[2][1], "*": t[0][1] * t[2][1]}[t[1]],
        )
    ),
    max_leaves=8,
)


@given(TREES)
def test_an_expression_has_the_value_that_fractions_give(tree: tuple[str, Fraction]) -> None:
    """The reader agrees with exact arithmetic, however deep the brackets."""
    text, value = tree
    if len(text) <= 200:
        assert expression.evaluate(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 + 3 * 4", 14),
        ("2^3^", None),
        ("-2^2", -4),
        ("10 - 4 - 3", 3),
        ("12 / 4 / 3", 1),
        ("6/2(1+2)", None),
        ("100 + 10%", None),
        ("15% * 80", 12),
        ("5!", 120),
        ("1,000 x 3", 3000),
        ("√16 + 1", 5),
        ("3²", 9),
        ("1/0", None),
        ("9^9^9", None),
        ("9^99", None),
        ("((((", None),
        ("2 3", None),
        ("", None),
        ("2(3 + 4)", 14),
        ("0.1 + 0.2", Fraction(3, 10)),
    ],
)
def test_expressions_are_read_as_people_mean_them(text: str, value: int | None) -> None:
    """Precedence, signs and marks; no value where there are two readings or none."""
    assert expression.evaluate(text) == value


@given(st.text(alphabet="0123456789+-*/^()!%. xyab=√²", max_size=60))
def test_any_text_is_an_expression_or_none(text: str) -> None:
    """The reader never fails and never hangs, and reads the same again."""
    assert expression.polynomial(text) == expression.polynomial(text)
    once = expression.polynomial(text, {"x": Fraction(2)}, times=False)
    assert once == expression.polynomial(text, {"x": Fraction(2)}, times=False)


@given(st.integers(1, 3999))
def test_roman_numerals_come_back(value: int) -> None:
    """Number to Roman to number is the identity."""
    assert from_roman(to_roman(value)) == value


@given(st.integers(0, 10**9), st.integers(2, 36))
def test_digits_in_a_base_come_back(value: int, base: int) -> None:
    """Number to digits to number is the identity."""
    assert int(bases.in_base(value, base), base) == value


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("It costs $1,250.50 or 3/4 of it.", [Fraction(2501, 2), Fraction(3, 4)]),
        ("7.123e-2 and 5.67 x 10^-1", [Fraction(7123, 100000), Fraction(567, 1000)]),
        ("twenty-three and two hundred and five", [23, 205]),
        ("-5 to 4", [-5, 4]),
        ("cm2, 40 cm^2, 0xBDC", [40]),
        ("12%", [12]),
    ],
)
def test_numbers_are_read_as_written(text: str, values: list[Fraction]) -> None:
    """Signs, thousands, fractions, powers of ten and words."""
    assert [number.value for number in numbers(text)] == values


def test_a_number_in_words_is_read() -> None:
    """Words add up; words that do not are none."""
    assert spelled("one thousand eight hundred ninety-two") == 1892
    assert spelled("five five") is None


@given(st.lists(st.integers(-500, 500), min_size=3, max_size=12, unique=True), st.randoms(use_true_random=False))
def test_a_sorted_list_passes_and_a_shuffled_one_does_not(values: list[int], rng: Random) -> None:
    """For any list of numbers."""
    prompt = f"Sort the following numbers in ascending order.\n\n{', '.join(map(str, values))}"
    right = sorted(values)
    assert find(prompt, ", ".join(map(str, right))) is None
    wrong = right[:]
    rng.shuffle(wrong)
    if wrong != right:
        assert find(prompt, ", ".join(map(str, wrong))) is not None


WORD = st.text(alphabet="bcdfgjkz", min_size=2, max_size=9)  # no English word that would mean something


@given(st.lists(WORD, min_size=3, max_size=9, unique=True), st.randoms(use_true_random=False))
def test_words_in_order_pass_and_shuffled_ones_do_not(values: list[str], rng: Random) -> None:
    """For any list of words, in any of the shapes that an answer has."""
    prompt = f"Sort the words alphabetically.\n\n{', '.join(values)}"
    right = sorted(values)
    shapes = [
        ", ".join(right),
        "\n".join(f"{at}. {word}" for at, word in enumerate(right, 1)),
        "\n".join(f"- {w}" for w in right),
    ]
    assert [find(prompt, shape) for shape in shapes] == [None] * 3
    wrong = right[:]
    rng.shuffle(wrong)
    if wrong != right:
        assert find(prompt, ", ".join(wrong)) is not None


@given(st.integers(0, 999), st.integers(1, 999), st.sampled_from("+-*"))
def test_any_plain_sum_is_checked(left: int, right: int, sign: str) -> None:
    """The right result passes, one beside it does not."""
    value = {"+": left + right, "-": left - right, "*": left * right}[sign]
    prompt = f"Calculate {left} {sign} {right}."
    assert find(prompt, f"{left} {sign} {right} = {value}") is None
    if abs(value + 1) not in {left, right}:
        assert find(prompt, f"The answer is {value + 1}.") is not None


def test_day_numbers_follow_the_calendar() -> None:
    """A leap day counts, a century's does not."""
    assert clock.day_number(2020, 3, 1) - clock.day_number(2020, 2, 28) == 2
    assert clock.day_number(1900, 3, 1) - clock.day_number(1900, 2, 28) == 1
    assert clock.day_number(2000, 1, 1) - clock.day_number(1999, 12, 31) == 1


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a, b and c", ["a", "b", "c"]),
        ("List: [apple, pear]", ["apple", "pear"]),
        ("1. one\n2. two", ["one", "two"]),
        ("- one\n- two", ["one", "two"]),
        ("x; y; z.", ["x", "y", "z"]),
    ],
)
def test_lists_are_split_in_every_shape(text: str, parts: list[str]) -> None:
    """Numbered, bulleted, with commas, with `and`."""
    assert items(text) == parts


HEADS = st.sampled_from(
    [
        "Sort",
        "Calculate 3 +",
        "Convert 5 km to",
        "What is 15% of",
        "Solve x = ",
        "Count the words in",
        "Reverse the list: 1, 2",
        "Round 3.5",
    ]
)


@settings(max_examples=150, deadline=None)
@given(HEADS, st.text(max_size=80), st.text(alphabet="0123456789 =+-*/x.,()%abc\n", max_size=200))
def test_no_text_makes_it_fail(head: str, rest: str, answer: str) -> None:
    """Any prompt and answer: a severity in range, and the same twice."""
    found = find(f"{head}{rest}", answer)
    assert found == find(f"{head}{rest}", answer)
    assert found is None or (0 <= found.severity <= 1 and found.because)


@pytest.mark.parametrize(
    "unit", ["1 + ", "3 = 3 ", "((", "1,", "one ", "x", "5% of ", "- a\n", "1. ", " = ", "9^9", "\n", "0x"]
)
def test_a_huge_row_takes_linear_time(unit: str) -> None:
    """Five megabytes of anything are read in a moment."""
    huge = unit * (5_000_000 // len(unit))
    start = time.process_time()
    for prompt, answer in (
        (f"Calculate the sum of: {huge}", "5"),
        ("Sort the list: c, b, a", huge),
        ("Calculate 2 + 3", f"2 + 3 = 6 {huge}"),
    ):
        find(prompt, answer)
    assert time.process_time() - start < 2
