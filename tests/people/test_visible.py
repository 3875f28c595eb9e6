import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solon.people.visible import first_control, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("over\rwritten\b", "over\\x0dwritten\\x08"),
        ("\x9b1A", "\\x9b1A"),  # the one-character form of ESC [
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("two\u2028lines", "two\\u2028lines"),
        ("half \ud800", "half \\ud800"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("a\n\tb é 漢 👩\u200d🔧", "a\n\tb é 漢 👩\u200d🔧"),
    ],
)
def test_what_moves_the_cursor_is_shown_as_an_escape_and_the_rest_as_it_is(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_no_control_character_is_left(text: str) -> None:
    left = {character for character in visible(text) if unicodedata.category(character) in ("Cc", "Cf", "Cs")}
    assert left <= {"\n", "\t", "\u200c", "\u200d"}


def test_the_first_control_character_is_found() -> None:
    assert first_control("ab\tc\x1b[D") == 4
    assert first_control("plain\n, and \u200fwritten from the right") is None
