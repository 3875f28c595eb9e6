import pytest
from hypothesis import given
from hypothesis import strategies as st

from solon.people.order import OrderError, format_order, parse_order


@pytest.mark.parametrize("text", ["2 > 1 = 3 > 4", "2 1=3 4", "2>3=1>4", "  2\t1 = 3   4 "])
def test_an_order_may_be_typed_with_signs_or_spaces(text: str) -> None:
    # 2 is best, 1 and 3 share the next rank, 4 is last; ranks of 1, 2, 3, 4
    assert parse_order(text, 4) == (1, 0, 1, 2)


@given(st.lists(st.integers(0, 8), min_size=2, max_size=9))
def test_every_ranking_is_read_back_as_it_was_written(scores: list[int]) -> None:
    ranks = tuple(sorted(set(scores)).index(score) for score in scores)
    assert parse_order(format_order(ranks), len(ranks)) == ranks
    assert parse_order(format_order(ranks).replace(">", " "), len(ranks)) == ranks


@given(st.text(alphabet="0123456789>=x ²٣", max_size=12))
def test_whatever_is_typed_is_an_order_of_all_or_refused_with_words(text: str) -> None:
    try:
        ranks = parse_order(text, 3)
    except OrderError as error:
        assert str(error)
    else:
        assert len(ranks) == 3 and set(ranks) == set(range(max(ranks) + 1))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no place for 1 and 2 and 3"),
        ("1 > 2", "no place for 3: give each of 1 to 3 one"),
        ("1 2 2 3", "response 2 stands there twice"),
        ("1 > 2 > 3 > 4", "there is no response 4: they are numbered 1 to 3"),
        ("0 1 2 3", "there is no response 0"),
        ("213", "there is no response 213"),
        ("9" * 5000, "there is no response 999"),
        ("1 > > 2 3", "a number is missing before the '>'"),
        ("= 1 2 3", "a number is missing before the '='"),
        ("1 2 3 >", "a number is missing after the '>'"),
        ("1 < 2 < 3", "'<' is neither a number nor > nor ="),
        ("1, 2, 3", "',' is neither a number nor > nor ="),
        ("²", "'²' is neither a number"),
    ],
)
def test_what_is_no_order_is_told_why(text: str, problem: str) -> None:
    with pytest.raises(OrderError) as told:
        parse_order(text, 3)
    assert problem in str(told.value)
