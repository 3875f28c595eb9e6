import pytest
import torch

from solon.engines.decoding import pick_tokens


def test_the_token_is_the_first_whose_cumulative_probability_exceeds_the_number() -> None:
    logits = torch.tensor([0.2, 0.5, 0.3]).log().expand(4, 3)
    numbers = torch.tensor([0.0, 0.19, 0.21, 0.71], dtype=torch.float64)  # cumulative: 0.2, 0.7, 1.0
    assert pick_tokens(logits, torch.ones(4), numbers).tolist() == [0, 0, 1, 2]


def test_temperature_two_flattens_by_the_square_root() -> None:
    # probabilities 0.1, 0.9 become 0.25, 0.75 (square roots 0.316, 0.949)
    logits = torch.tensor([0.1, 0.9]).log().expand(2, 2)
    numbers = torch.tensor([0.24, 0.26], dtype=torch.float64)
    assert pick_tokens(logits, torch.full((2,), 2.0), numbers).tolist() == [0, 1]


def test_temperature_zero_takes_the_likeliest_whatever_the_number() -> None:
    logits = torch.tensor([[0.0, 3.0, 1.0]]).expand(2, 3)
    temperatures = torch.tensor([0.0, 1.0])
    assert pick_tokens(logits, temperatures, torch.tensor([0.999, 0.0], dtype=torch.float64)).tolist() == [1, 0]


def test_sampled_frequencies_are_the_probabilities() -> None:
    probabilities = torch.tensor([0.1, 0.6, 0.3])
    numbers = (torch.arange(1000, dtype=torch.float64) + 0.5) / 1000
    picked = pick_tokens(probabilities.log().expand(1000, 3), torch.ones(1000), numbers)
    assert picked.bincount().tolist() == pytest.approx([100, 600, 300], abs=1)
