from collections import Counter

from solon.models.template import Tokens
from solon.training.elements import Element, element_batches, share_of_step


def shares(count: int, num_steps: int, epochs: float) -> list[list[int]]:
    return [share_of_step(count, step, num_steps, epochs, 0, "test") for step in range(num_steps)]


def test_one_epoch_trains_on_every_element_once_in_even_shares() -> None:
    steps = shares(10, 4, 1.0)
    assert sorted(sum(steps, start=[])) == list(range(10))  # noqa: RUF017
    assert {len(step) for step in steps} == {2, 3}


def test_every_pass_is_whole_and_shuffled_anew() -> None:
    flat = [i for step in shares(6, 4, 2.0) for i in step]
    assert sorted(flat[:6]) == sorted(flat[6:]) == list(range(6))
    assert flat[:6] != flat[6:]


def test_half_an_epoch_trains_on_half_the_elements() -> None:
    flat = [i for step in shares(10, 3, 0.5) for i in step]
    assert len(flat) == 5
    assert max(Counter(flat).values()) == 1


def test_an_absent_source_has_no_share() -> None:
    assert shares(0, 3, 1.0) == [[], [], []]


def test_batches_hold_every_element_once_from_short_to_long_within_the_budget() -> None:
    sizes = [(2, 30), (4, 10), (2, 12), (2, 9), (3, 50)]  # responses, tokens of each
    elements = [
        Element([Tokens([0] * tokens, [0.0] * tokens)] * responses, None, 1.0, str(i))
        for i, (responses, tokens) in enumerate(sizes)
    ]
    # padded: 2 x 9; with the next (2 + 4) x 10 = 60; with the next (6 + 2) x 12 = 96; the others exceed 100 together
    assert element_batches(elements, 100) == [[3, 1, 2], [0], [4]]
