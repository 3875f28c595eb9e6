import pytest

from solon.evaluation.diversity import distinct_n, self_bleu


def test_distinct_n_is_the_share_of_different_grams() -> None:
    # bigrams: a b, b c | a b, b d: three different of four
    assert distinct_n(["a b c", "a b d"], 2) == 3 / 4
    assert distinct_n(["a a a a"], 1) == 1 / 4


def test_texts_shorter_than_n_have_no_grams() -> None:
    assert distinct_n(["a", ""], 2) == 0.0


def test_self_bleu_of_copies_is_1_and_of_strangers_near_0() -> None:
    assert self_bleu(["one two three four five"] * 3) == pytest.approx(1.0)
    assert self_bleu(["one two three four five", "six seven eight nine ten"]) < 0.1


def test_self_bleu_of_one_text_is_refused() -> None:
    with pytest.raises(ValueError, match="at least two"):
        self_bleu(["alone"])
