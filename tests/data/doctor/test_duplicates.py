"""Repeated texts, within one list and between two."""

import datasketch
import numpy as np
import pytest

from solon.data.doctor import fingerprints
from solon.data.doctor.duplicates import Match, duplicates, verified
from solon.data.doctor.fingerprints import Candidates, Fingerprints, shingles, signature, similarity
from solon.data.doctor.overlap import overlap
from solon.seeds import generator

SENTENCE = "The harbour was quiet in the morning, and only two boats came back before the storm that night."


def prints_of(texts: list[str]) -> Fingerprints:
    prints = Fingerprints()
    for text in texts:
        prints.add(text)
    return prints


def found_in(texts: list[str]) -> list[Match]:
    return duplicates(prints_of(texts), lambda: texts).found


def words(seed: int, count: int) -> list[str]:
    chance = generator(seed, "words")
    return ["".join(chr(97 + letter) for letter in chance.integers(0, 26, 5)) for _ in range(count)]


def test_equal_texts_are_told_from_those_equal_but_for_case_and_white_space() -> None:
    texts = ["one thing", "Another", "one thing", "ONE\n thing ", "one thing!"]
    assert [match[:3] for match in found_in(texts) if match.kind != "near"] == [
        (0, 2, "identical"),
        (0, 3, "same words"),
    ]


def test_a_near_duplicate_is_found_with_its_real_similarity() -> None:
    changed = SENTENCE.replace("quiet", "silent")
    [match] = found_in([SENTENCE, "something else altogether, of no likeness", changed])
    assert (match.first, match.second, match.kind) == (0, 2, "near")
    one, other = shingles(SENTENCE), shingles(changed)
    assert match.similarity == len(set(one) & set(other)) / len(set(one) | set(other))


def test_candidates_that_are_not_similar_enough_are_no_matches() -> None:
    candidates = Candidates(np.array([0]), np.array([1]), 0)
    # abcde ... fghij and cdefg ... hijkl: six runs each, four in common of eight in all
    assert list(verified(candidates, ["abcdefghij", "cdefghijkl"], threshold=0.51)) == []
    assert [match[:2] for match in verified(candidates, ["abcdefghij", "cdefghijkl"], threshold=0.5)] == [(0, 1)]


def test_case_and_punctuation_do_not_make_texts_less_similar() -> None:
    assert similarity(shingles("To be, or not to be!"), shingles("to be OR not -- to be")) == 1.0


def test_similarity_of_a_case_worked_by_hand() -> None:
    # "abcdefg": abcde bcdef cdefg; "bcdefgh": bcdef cdefg defgh: 2 common of 4
    assert similarity(shingles("abcdefg"), shingles("bcdefgh")) == 0.5


def test_texts_of_no_words_are_compared_by_their_signs() -> None:
    assert [match.kind for match in found_in(["😀", "🎉", "!!!", "???"])] == []


def test_texts_that_differ_in_much_are_not_duplicates() -> None:
    one = words(1, 40)
    assert found_in([" ".join(one), " ".join(one[:20] + words(2, 20))]) == []


def test_signatures_agree_in_the_share_that_is_the_similarity() -> None:
    # Exact: two thirds of the union common. 150 permutations: standard deviation 0.038
    common = np.arange(1, 4001, dtype=np.uint32) * np.uint32(2654435761)
    one, other = np.sort(common[:3333]), np.sort(common[667:])
    exact = similarity(one, other)
    assert float(np.mean(signature(one) == signature(other))) == pytest.approx(exact, abs=0.12)
    assert exact == pytest.approx(2666 / 4000)


def test_signatures_find_what_datasketch_finds() -> None:
    base = words(3, 60)
    texts = [" ".join(base[: 60 - cut] + words(100 + cut, cut)) for cut in range(0, 30, 3)]
    lsh = datasketch.MinHashLSH(num_perm=150, params=(fingerprints.NUM_BANDS, fingerprints.ROWS_PER_BAND))
    expected = set()
    for number, text in enumerate(texts):
        ours = datasketch.LeanMinHash(seed=1, hashvalues=signature(shingles(text)).astype(np.uint64), scheme="legacy")
        expected |= {(other, number) for other in lsh.query(ours)}
        lsh.insert(number, ours)
    found = prints_of(texts).candidates(np.arange(len(texts)))
    assert set(zip(found.first.tolist(), found.second.tolist(), strict=True)) == expected
    assert len(expected) > 10


def test_near_duplicates_are_found_among_long_texts_of_more_than_one_block() -> None:
    long = words(4, 3000)
    [match] = found_in([" ".join(long), " ".join(long[:2900])])
    assert match.similarity == pytest.approx(2900 / 3000, abs=0.01)


def test_large_groups_are_compared_with_the_most_similar_and_the_rest_is_counted() -> None:
    most = fingerprints.MAX_COMPARED
    prints = prints_of([f"{SENTENCE} {number}" for number in range(3 * most)])
    candidates = prints.candidates(np.arange(len(prints)))
    _, counts = np.unique(candidates.second, return_counts=True)
    assert counts.max() == most
    assert candidates.num_skipped > 0
    assert (candidates.second > candidates.first).all()


def test_of_a_large_group_made_from_one_template_the_pair_that_is_alike_beyond_it_is_found() -> None:
    template = " ".join(words(7, 60))
    texts = [f"{template} {' '.join(words(100 + number, 20))}" for number in range(100)]
    texts.append(texts[5].replace(texts[5][-6:], " other"))
    match = found_in(texts)[-1]
    assert (match.first, match.second) == (5, 100)
    crossing = overlap(prints_of(texts), lambda: texts, 50).found[-1]
    assert (crossing.first, crossing.second) == (5, 100)


def test_what_repeats_within_the_second_file_does_not_hide_what_it_has_of_the_first() -> None:
    near = [SENTENCE.replace("night", "night " + word) for word in words(8, 3 * fingerprints.MAX_COMPARED)]
    texts = [SENTENCE, *near]
    assert len(overlap(prints_of(texts), lambda: texts, 1).found) == len(near)


def test_overlap_is_between_the_files_and_never_within_one() -> None:
    first = [SENTENCE, SENTENCE, "alpha beta gamma delta"]
    second = ["nothing of the kind", SENTENCE.upper(), SENTENCE.replace("quiet", "silent"), "Nothing of the kind"]
    texts = first + second
    found = overlap(prints_of(texts), lambda: texts, len(first)).found
    assert [match[:3] for match in found] == [(0, 4, "same words"), (0, 5, "near")]


def test_a_repeated_row_that_is_near_one_of_the_other_file_counts_each_time() -> None:
    near = SENTENCE.replace("quiet", "silent")
    texts = [SENTENCE, near, near]
    assert [match[:3] for match in overlap(prints_of(texts), lambda: texts, 1).found] == [
        (0, 1, "near"),
        (0, 2, "near"),
    ]
