"""The language of a text."""

# ruff: noqa: RUF001

import pytest

from solon.data.doctor.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The weather is fine today, and we walk along the river.", "en"),
        ("Il fait beau aujourd'hui et nous marchons le long de la rivière.", "fr"),
        ("今天天气很好，我们沿着河边散步。", "zh"),
        ("Сегодня хорошая погода, и мы гуляем вдоль реки.", "ru"),
    ],
)
def test_a_sentence_is_known(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize("text", ["", "yes", "42 + 17 = 59, 3.14159265358979", "ok ok ok", "Γειά σου"])
def test_a_short_text_is_unknown(text: str) -> None:
    assert language_of(text) == "unknown"


def test_code_in_fences_does_not_count() -> None:
    code = "```python\nfor value in range(10):\n    print(value)\n```"
    assert language_of(f"Ceci est la fonction que vous avez demandée hier soir :\n{code * 10}") == "fr"
    assert language_of(code) == "unknown"
