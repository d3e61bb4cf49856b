"""Which words a reason quotes, where they stand, and where two texts differ."""

from hypothesis import given
from hypothesis import strategies as st

from judge import marking

texts = st.text(alphabet="ab c.“”…(\\n5€é", max_size=30)


def test_quotations_are_found_whatever_the_space() -> None:
    """Findings quote words as they count them: with other spaces, in another case, cut in the middle."""
    text = "We are open from 08:00 to 20:00,\n and closed on Sunday. Write to help@tarnlea.example."
    quoted = marking.quotations("the answer says “08: 00 to 20: 00, and … on Sunday”; a sign: “HELP @ tarnlea.”")
    assert quoted == ["08: 00 to 20: 00, and", "on Sunday", "HELP @ tarnlea."]
    assert marking.marked(text, marking.find(text, quoted)) == (
        "We are open from [[08:00 to 20:00,\n and]] closed [[on Sunday]]. Write to [[help@tarnlea.]]example."
    )


def test_a_word_of_a_letter_or_two_is_found_alone() -> None:
    """And nothing is found of nothing."""
    assert marking.find("5 of 15, 5 °C and 55", ["5"]) == [(0, 1), (9, 10)]
    assert marking.find("anything", ["", "  "]) == []


def test_marks_hold_whole_words() -> None:
    """A quotation that was cut within a word marks all of it; of a script without words no more than was quoted."""
    text = "The warranty of kettles"
    assert [text[a:b] for a, b in marking.find(text, ["anty of kett"])] == ["warranty of kettles"]
    assert marking.marked(
        "We offer the light; it is off.", marking.find("We offer the light; it is off.", ["off"])
    ) == ("We offer the light; it is [[off]].")
    assert marking.find("保修期为两年", ["修期为"]) == [(1, 4)]
    assert marking.find("a" * 100, ["aaa"]) == [(0, 100)]
    assert marking.find("b" * 50 + "aaa" + "b" * 50, ["aaa"]) == [(20, 83)]


def test_texts_that_differ_in_a_word() -> None:
    """Only that word is marked, in both."""
    left, right = "It is valid for 36 months.", "it is valid for 12 months, always."
    assert [
        marking.marked(text, spans) for text, spans in zip((left, right), marking.differing(left, right), strict=True)
    ] == [
        "It is valid for [[36]] months[[]].".replace("[[]]", ""),
        "it is valid for [[12]] months[[, always]].",
    ]


@given(texts, st.lists(texts, max_size=4))
def test_marks_change_nothing_else(text: str, words: list[str]) -> None:
    """Spans lie in the text, in order and apart; without its marks the text is what it was."""
    spans = marking.find(text, words)
    flat = [place for span in spans for place in span]
    assert flat == sorted(set(flat))
    assert all(0 <= low < high <= len(text) for low, high in spans)
    assert marking.marked(text, spans, "<", ">").replace("<", "").replace(">", "") == text


@given(texts, texts)
def test_what_is_left_of_two_texts_is_the_same(left: str, right: str) -> None:
    """Without the words in which they differ, two texts have the same words."""
    one, other = marking.differing(left, right)
    kept = [marking.marked(text, spans, "\0", "\0").split("\0")[::2] for text, spans in ((left, one), (right, other))]
    assert len({"".join("".join(parts).casefold().split()) for parts in kept}) == 1
