"""Texts that stand inside longer ones."""

from solon.data.doctor.passages import LEAST_COMPARED, LEAST_EDITED, Passages, num_common
from solon.seeds import generator

QUESTION = "Weng earns 12 dollars an hour for babysitting and yesterday she did just fifty minutes of it how much was"
AROUND = "It rained all week long. {} Nobody in the whole town knew the answer, or would have told it."


def inside(text: str, *texts: str) -> list[tuple[int, float, bool]]:
    return [tuple(one) for one in Passages(texts).inside(text)]  # type: ignore[misc]


def numbered(count: int) -> list[str]:
    return [f"word{number}" for number in range(count)]


def test_a_question_is_found_inside_a_document_whatever_its_case_and_punctuation() -> None:
    quoted = QUESTION.upper().replace(" ", ", ")
    assert inside(AROUND.format(quoted), "Something else altogether that is nowhere to be found", QUESTION) == [
        (1, 1.0, True)
    ]


def test_a_question_with_words_changed_dropped_and_swapped_is_found_with_the_share_that_is_left() -> None:
    words = QUESTION.split()
    assert len(words) == 20
    words[6] = "childcare"  # 19 of 20 left
    words[14], words[15] = words[15], words[14]  # 18: one of the two is out of order
    del words[18]  # 17
    [(number, share, exact)] = inside(AROUND.format(" ".join(words)), QUESTION)
    assert (number, share, exact) == (0, 17 / 20, False)


def test_two_changes_in_twenty_words_which_leave_no_run_of_eight_are_found() -> None:
    words = numbered(20)
    changed = [*words[:6], "x", *words[7:13], "y", *words[14:]]
    assert inside(" ".join(["a", *changed, "b"]), " ".join(words)) == [(0, 0.9, False)]


def test_two_words_swapped_amid_ten_are_found() -> None:
    words = numbered(10)
    swapped = [*words[:4], words[5], words[4], *words[6:]]
    assert inside(" ".join(["a", *swapped, "b"]), " ".join(words)) == [(0, 0.9, False)]


def test_too_few_words_in_order_are_not_contained() -> None:
    words = numbered(20)
    # Of 20 words 20 / 5 - 1 = 3 may be others.
    assert inside(" ".join([*words[:16], "x"]), " ".join(words)) == []
    assert inside(" ".join([*words[:17], "x"]), " ".join(words)) == [(0, 0.85, False)]


def test_a_short_question_about_a_thing_with_a_long_name_is_not_contained_wherever_the_name_is() -> None:
    name = "in Harry Potter and the Order of the Phoenix"
    assert inside(f"He played {name} at last.", "who dies in harry potter and the order of phoenix") == []
    assert inside(f"Tell me, who dies {name}?", "who dies in harry potter and the order of phoenix") == [
        (0, 1.0, False)
    ]


def test_the_same_words_spread_over_a_long_document_are_no_quotation() -> None:
    words = numbered(20)
    spread = " ".join(f"{' '.join(words[start : start + 5])} {'filler ' * 30}" for start in range(0, 20, 5))
    assert inside(spread, " ".join(words)) == []


def test_few_words_are_found_only_as_they_are() -> None:
    short = " ".join(numbered(LEAST_EDITED - 1))
    assert inside(f"a {short} b", short) == [(0, 1.0, True)]
    assert inside(f"a {short.replace('word6', 'other')} b", short) == []


def test_texts_of_very_few_words_are_not_looked_for_and_counted() -> None:
    passages = Passages([" ".join(numbered(4)), "", " ".join(numbered(5))])
    assert passages.num_too_short == 2
    assert [one.number for one in passages.inside(" ".join(numbered(5)))] == [2]


def test_of_eight_words_one_may_be_another() -> None:
    words = numbered(8)
    assert inside(" ".join([*words[:7], "x"]), " ".join(words)) == [(0, 7 / 8, False)]
    assert inside(" ".join([*words[:6], "x", "y"]), " ".join(words)) == []


def test_one_document_may_hold_several_questions_one_of_them_twice() -> None:
    one, other = " ".join(numbered(10)), QUESTION
    assert inside(f"{other} and {one} and {other}", one, other) == [(0, 1.0, True), (1, 1.0, True)]


def test_the_place_with_most_words_counts_and_not_the_one_with_most_runs() -> None:
    words = numbered(20)
    most_runs = " ".join([*words[:17], "x", "y", "z"])  # 14 of 17 runs, 17 of 20 words
    most_words = " ".join([*words[:10], "x", *words[11:]])  # 13 runs, 19 words
    assert inside(f"{most_runs} {'filler ' * 30} {most_words}", " ".join(words)) == [(0, 0.95, False)]


def test_a_text_is_found_where_other_places_hold_more_of_its_runs_together() -> None:
    words = numbered(10)
    decoys = f"{' '.join(words[:6])} {'filler ' * 20}" * 3
    assert inside(f"{' '.join(words)} {'filler ' * 20} {decoys}", " ".join(words)) == [(0, 1.0, True)]


def test_of_many_texts_from_one_template_the_likest_are_compared_and_the_rest_is_counted() -> None:
    template = " ".join(numbered(12))
    texts = [f"{template} name{number} lives at the end of street number {number}" for number in range(100)]
    passages = Passages(texts)
    found = passages.inside(f"Indeed: {texts[70]}")
    assert [one.number for one in found if one.exact] == [70]
    assert passages.num_skipped == 100 - LEAST_COMPARED


def test_every_character_of_chinese_is_a_word() -> None:
    question = "小明每小时挣十二元昨天只工作了五十分钟他挣了多少钱"
    assert inside(f"题目如下:{question}。请回答。", question) == [(0, 1.0, True)]


def test_nothing_is_inside_nothing() -> None:
    assert inside("") == inside("", QUESTION) == inside(QUESTION) == []


def test_the_longest_common_subsequence_is_that_of_the_usual_table() -> None:
    chance = generator(0, "lcs")
    for _ in range(200):
        one, other = (chance.integers(0, 6, chance.integers(0, 90)).tolist() for _ in range(2))
        table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
        for row, left in enumerate(one):
            for column, right in enumerate(other):
                above = max(table[row][column + 1], table[row + 1][column])
                table[row + 1][column + 1] = table[row][column] + 1 if left == right else above
        assert num_common(one, other) == table[-1][-1]
