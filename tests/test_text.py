"""Text from data, as people see it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.text import counted, printable


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "a\nb",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\U0001f468\u200d\U0001f469",
        "a\u00a0b \u3000 c\u00adc",
        "\U0001fae9",
        "",
    ],
)
def test_text_of_any_script_is_kept(text: str) -> None:
    """Joiners, spaces of all widths and new emoji are text like any other."""
    assert printable(text) == text


@pytest.mark.parametrize("bad", ["\x1b", "\x07", "\x9b", "\x00", "\u202e", "\u2066", "\u2028", "\ud800"])
def test_commands_are_shown_as_unknown(bad: str) -> None:
    """What a terminal would obey, or what reverses the reading, is replaced."""
    assert printable(f"a{bad}b") == "a\ufffdb"


@given(st.text())
def test_printing_twice_changes_nothing(text: str) -> None:
    """What was made printable is printable."""
    assert printable(printable(text)) == printable(text)


@pytest.mark.parametrize(("number", "said"), [(0, "0 rows"), (1, "1 row"), (1200, "1,200 rows")])
def test_numbers_and_their_nouns(number: int, said: str) -> None:
    """One row, several rows."""
    assert counted(number, "row") == said
