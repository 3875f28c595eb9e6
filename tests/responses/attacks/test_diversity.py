import pytest

from solon.responses.attacks.diversity import (
    MOST_PAIRS,
    distinct,
    diversity,
    mean_similarity,
    num_clusters,
    telling_words,
)

SENTENCE = "the quick brown fox jumps over the lazy dog on a fine morning in may"


def test_distinct_n_is_the_share_of_different_runs_of_words() -> None:
    texts = ["a b a", "a b c"]
    # words a b a a b c: 3 of 6; pairs ab ba ab bc: 3 of 4; triples aba abc: 2 of 2; no runs of four
    assert [distinct(texts, n) for n in (1, 2, 3, 4)] == [0.5, 0.75, 1.0, None]


def test_equal_texts_are_as_similar_as_can_be_and_strangers_are_not() -> None:
    assert mean_similarity([SENTENCE, SENTENCE], seed=0) == 1.0
    # of three pairs one is equal and two have no run of five characters in common
    assert mean_similarity([SENTENCE, SENTENCE, "0123456789"], seed=0) == pytest.approx(1 / 3)
    assert mean_similarity([SENTENCE], seed=0) is None


def test_near_duplicates_are_counted_by_groups() -> None:
    alike = [SENTENCE, SENTENCE + "!", SENTENCE.upper()]
    geese = "where do the wild geese go when the long winter comes"
    assert num_clusters([*alike, "something else entirely", geese, f"{geese}?"]) == 2
    assert num_clusters(["something else entirely"]) == num_clusters([]) == 0


def test_of_many_texts_pairs_are_drawn_and_none_is_of_a_text_with_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{number:05d}" * 2 for number in range(120)]
    assert MOST_PAIRS < 120 * 119 // 2
    assert mean_similarity(texts, seed=3) == mean_similarity(texts, seed=3)
    assert (mean_similarity(texts, seed=3) or 0) < 0.5


def test_nothing_has_no_figures() -> None:
    told = diversity([])
    assert (told.prompts, told.distinct_1, told.similarity, told.near_duplicate_clusters) == (0, None, None, 0)


def test_words_of_chinese_text_tell_something() -> None:
    assert telling_words("蜂蜜在哪里") & telling_words("蜂蜜能放多久") == {"蜂", "蜜"}
    assert telling_words("Where is the honey?") == {"honey"}
