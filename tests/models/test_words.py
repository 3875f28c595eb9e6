import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, normalizers

from solon.models.words import Words, has_separate_words

PREPEND = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
LETTERS = ["▁", "a", "b", "c", "▁▁", "▁a", "ab", "▁ab", "bc", "▁▁a"]
MERGES = [("▁", "▁"), ("▁", "a"), ("a", "b"), ("▁", "ab"), ("b", "c"), ("▁▁", "a")]
TEXTS = st.text(alphabet=" ▁abc\nxé人", max_size=40)


def sentencepiece(*merges: tuple[str, str]) -> Tokenizer:
    tokens = [*(f"<0x{byte:02X}>" for byte in range(256)), *LETTERS, *("".join(pair) for pair in merges)]
    vocabulary = {token: number for number, token in enumerate(dict.fromkeys(tokens))}
    tokenizer = Tokenizer(models.BPE(vocabulary, [*MERGES, *merges], byte_fallback=True))
    tokenizer.normalizer = PREPEND
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    return tokenizer


def encoded(tokenizer: Tokenizer, text: str) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False).ids) if text else []


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_words_looked_up_give_the_ids_of_the_whole_text(text: str) -> None:
    tokenizer = sentencepiece()
    assert has_separate_words(tokenizer)
    words = Words(lambda word: list(tokenizer.encode(word, add_special_tokens=False).ids))
    if text:
        assert words.ids(text) == words.ids(text) == encoded(tokenizer, text)


def test_a_tokenizer_with_a_token_that_goes_on_into_the_next_word_is_left_alone() -> None:
    tokenizer = sentencepiece(("c", "▁"))
    assert not has_separate_words(tokenizer)
    words = Words(lambda word: list(tokenizer.encode(word, add_special_tokens=False).ids))
    assert words.ids("c c") != encoded(tokenizer, "c c")  # what would go wrong


def test_a_full_table_begins_anew_and_a_frequent_word_is_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solon.models.words._MOST_WORDS", 4)
    tokenizer, asked = sentencepiece(), list[str]()

    def encode(word: str) -> list[int]:
        asked.append(word)
        return encoded(tokenizer, word)

    words = Words(encode)
    for number in range(20):
        text = f"ab {'c' * (number + 1)} bc"
        assert words.ids(text) == encoded(tokenizer, text)
    assert asked.count("ab") == asked.count("bc") == 1
    assert asked.count("c") == 1
    for number in range(20):  # those that came once are forgotten
        words.ids("c" * (number + 1))
    assert asked.count("c" * 2) == 2


def test_a_tokenizer_of_another_kind_is_left_alone() -> None:
    assert not has_separate_words(Tokenizer(models.BPE()))


def test_a_real_tokenizer_gives_the_same_ids_for_hard_texts() -> None:
    file = Path(os.environ.get("SOLON_DATA", str(Path(__file__).parents[3] / "shared"))) / "models/stories260k"
    if not file.is_dir():
        pytest.skip(f"no model in {file}: set SOLON_DATA to the folder that holds models/stories260k")
    tokenizer = Tokenizer.from_file(str(file / "tokenizer.json"))
    tokenizer.encode_special_tokens = True
    assert has_separate_words(tokenizer)
    words = Words(lambda word: list(tokenizer.encode(word, add_special_tokens=False).ids))
    for text in (
        "Once upon a time",
        "  two  spaces ",
        "a\n b\n\n c",
        "<s> </s>",
        "▁x ▁",
        "é 你好 🙂",
        " ",
        "\t a",
        "...",
    ):
        assert words.ids(text) == encoded(tokenizer, text)
