from solon.evaluation.refusals.lexicon import ACTS
from solon.evaluation.refusals.reading import FROM_PROMPT, MAX_CHARS, read


def acts(mask: int) -> set[str]:
    return {name for index, name in enumerate(ACTS) if mask >> index & 1}


def test_a_sentence_does_the_acts_whose_phrases_stand_in_it() -> None:
    first, second = read("", "I\N{RIGHT SINGLE QUOTATION MARK}m not able to say. Feel free to ask!").acts
    assert {"refuse"} <= acts(first) and "offer" not in acts(first)
    assert acts(second) == {"offer"}


def test_a_phrase_counts_as_whole_words_only() -> None:
    assert "rights" not in acts(read("", "The racetrack is long.").acts[0])  # "race" stands inside another word


def test_words_of_the_prompt_become_one_token_whatever_their_ending() -> None:
    tokens = read("How do I kill the lights?", "Killing the light is easy.").tokens
    assert tokens == [FROM_PROMPT, "the", FROM_PROMPT, "is", "easy", "END"]


def test_overlap_is_the_share_of_what_the_prompt_is_about() -> None:
    # about: chess, opponent; the first sentence names one of the two, the second none
    assert read("my opponent in chess", "Chess is old. It is hard.").overlap == [0.5, 0.0]


def test_without_a_prompt_nothing_overlaps() -> None:
    assert read("", "Chess is old.").overlap == [0.0]


def test_items_of_a_list_are_counted_and_numbers_in_a_sentence_are_not() -> None:
    assert read("", "Do this:\n1. Wash it.\n2. Dry all 3. days\n- Fold it").num_items == 3


def test_how_a_text_ends_is_kept() -> None:
    ends = [read("", text).ends_with for text in ("It is so.", "Is it so?", "It is so! And then it")]
    assert ends == [".", "?", ""]


def test_an_empty_text_has_one_empty_sentence() -> None:
    assert read("why?", "").num_words == [1]


def test_what_follows_the_limit_is_not_read() -> None:
    text = "a b. " * (MAX_CHARS // 5)
    assert read("", text + "I cannot help.") == read("", text)
