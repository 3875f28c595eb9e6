from hypothesis import given
from hypothesis import strategies as st
from rouge_score import rouge_scorer  # type: ignore[import-untyped, unused-ignore]

from solon.responses.self_instruct.overlap import KeptInstructions, words

SEVEN = "one two three four five six seven"


def kept(*texts: str) -> KeptInstructions:
    found = KeptInstructions(0.7)
    for text in texts:
        found.add(text)
    return found


def test_six_of_seven_words_in_order_are_too_like() -> None:
    # LCS 6, 7 words each: F = 12 / 14
    found = kept("nothing of this", SEVEN).too_like("one two three four five six eight")
    assert found is not None
    assert (found.text, round(found.score, 4)) == (SEVEN, 0.8571)


def test_the_same_words_backwards_are_another_instruction() -> None:
    # the bound is 1, the LCS one word: F = 1 / 7
    assert kept(SEVEN).too_like("seven six five four three two one") is None


def test_exactly_the_threshold_is_not_too_like() -> None:
    # LCS 7 of 10 words each: F = 0.7
    assert kept("a b c d e f g h i j").too_like("a b c d e f g x y z") is None


def test_a_word_counts_as_often_as_it_stands_there() -> None:
    # LCS 2, 4 and 2 words: F = 2/3; were repeats lost, the bound would be 1/3 and hide a score of 4/6 from 0.6
    found = KeptInstructions(0.6)
    found.add("ho ho ho ho")
    assert found.too_like("ho ho") is not None


def test_chinese_instructions_are_compared_character_by_character() -> None:
    assert kept("请把下面的句子翻译成英文").too_like("请把下面的句子翻译成法文") is not None
    assert kept("请把下面的句子翻译成英文").too_like("写一首关于秋天的诗") is None


def test_ascii_words_are_those_of_rouge() -> None:
    assert words("Don't_say: IT's 3.5 %") == ["don", "t", "say", "it", "s", "3", "5"]


@given(st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=8), min_size=2, max_size=6))
def test_what_is_found_is_what_scoring_every_pair_finds(drawn: list[list[str]]) -> None:
    *texts, new = [" ".join(one) for one in drawn]
    scorer = rouge_scorer.RougeScorer(["rougeL"])
    scores = [scorer.score(text, new)["rougeL"].fmeasure for text in texts]
    assert (kept(*texts).too_like(new) is not None) == (max(scores) > 0.7)
