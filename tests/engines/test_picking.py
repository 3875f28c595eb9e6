import math

import pytest
import torch
from scipy.stats import entropy
from torch import Tensor
from transformers import (
    LogitsProcessorList,
    MinPLogitsWarper,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from solon.engines.picking import Decoding, RowDecoding

CPU = torch.device("cpu")


def pick(logits: Tensor, numbers: Tensor, *rows: Decoding) -> list[int]:
    return RowDecoding(rows, CPU).pick(logits, numbers)[0].tolist()


def test_the_token_is_the_first_whose_cumulative_probability_exceeds_the_number() -> None:
    logits = torch.tensor([0.2, 0.5, 0.3]).log().expand(4, 3)
    numbers = torch.tensor([0.0, 0.19, 0.21, 0.71], dtype=torch.float64)  # cumulative: 0.2, 0.7, 1.0
    assert pick(logits, numbers, *[Decoding()] * 4) == [0, 0, 1, 2]


def test_temperature_two_flattens_by_the_square_root() -> None:
    # probabilities 0.1, 0.9 become 0.25, 0.75 (square roots 0.316, 0.949)
    logits = torch.tensor([0.1, 0.9]).log().expand(2, 2)
    numbers = torch.tensor([0.24, 0.26], dtype=torch.float64)
    assert pick(logits, numbers, Decoding(2.0), Decoding(2.0)) == [0, 1]


def test_temperature_zero_takes_the_likeliest_whatever_the_number() -> None:
    logits = torch.tensor([[0.0, 3.0, 1.0]]).expand(2, 3)
    decoding = RowDecoding([Decoding(0), Decoding()], CPU)
    found = decoding.pick(logits, torch.tensor([0.999, 0.0], dtype=torch.float64), with_entropies=True)
    assert found.ids_B.tolist() == [1, 0]
    assert found.entropies_B is not None and found.entropies_B[0] == 0
    assert found.logprobs_B.tolist() == [0.0, pytest.approx(math.log(1 / (1 + math.e**3 + math.e)))]


def test_sampled_frequencies_are_the_probabilities() -> None:
    probabilities = torch.tensor([0.1, 0.6, 0.3])
    numbers = (torch.arange(1000, dtype=torch.float64) + 0.5) / 1000
    picked = pick(probabilities.log().expand(1000, 3), numbers, *[Decoding()] * 1000)
    assert torch.tensor(picked).bincount().tolist() == pytest.approx([100, 600, 300], abs=1)


@pytest.mark.parametrize(
    ("decoding", "kept"),
    [
        (Decoding(top_k=2), [0.0, 0.4, 0.3, 0.0]),
        (Decoding(top_k=9), [0.1, 0.4, 0.3, 0.2]),
        (Decoding(top_p=0.4), [0.0, 0.4, 0.0, 0.0]),
        (Decoding(top_p=0.5), [0.0, 0.4, 0.3, 0.0]),  # 0.4 alone is less than 0.5
        (Decoding(top_p=1e-9), [0.0, 0.4, 0.0, 0.0]),  # the likeliest always stays
        (Decoding(min_p=0.49), [0.0, 0.4, 0.3, 0.2]),  # at least about half of 0.4
        (Decoding(min_p=0.6), [0.0, 0.4, 0.3, 0.0]),
        (Decoding(top_k=3, top_p=0.7, min_p=0.5), [0.0, 0.4, 0.3, 0.0]),  # 0.4 and 0.3 are 0.78 of the three
    ],
)
def test_restrictions_leave_the_tokens_that_they_should(decoding: Decoding, kept: list[float]) -> None:
    logits = torch.tensor([[0.1, 0.4, 0.3, 0.2]]).log()
    found = RowDecoding([decoding], CPU)._restrict((logits - logits.amax()).exp())
    torch.testing.assert_close(found / found.sum(), torch.tensor([kept]) / sum(kept))


@pytest.mark.parametrize("seed", range(20))
def test_restrictions_are_those_of_transformers(seed: int) -> None:
    logits = torch.randn(1, 50, generator=torch.Generator().manual_seed(seed)) * 2
    decoding = Decoding(0.7, top_k=20, top_p=0.9, min_p=0.03)
    warpers = LogitsProcessorList(
        [TemperatureLogitsWarper(0.7), TopKLogitsWarper(20), TopPLogitsWarper(0.9), MinPLogitsWarper(0.03)]
    )
    expected = warpers(torch.zeros(1, 1, dtype=torch.long), logits).softmax(-1)  # type: ignore[arg-type]
    numbers = (torch.arange(400, dtype=torch.float64) + 0.5) / 400
    found = RowDecoding([decoding] * 400, CPU).pick(logits.expand(400, 50), numbers, with_entropies=True)
    torch.testing.assert_close(found.logprobs_B.exp(), expected[0, found.ids_B])
    assert found.entropies_B is not None
    assert found.entropies_B[0].item() == pytest.approx(entropy(expected[0].numpy()), rel=1e-5)
    assert set(found.ids_B.tolist()) <= set(expected[0].nonzero()[:, 0].tolist())


def test_entropy_tells_apart_what_is_left_to_chance() -> None:
    # one likely token of two: -(0.25 log 0.25 + 0.75 log 0.75); an impossible one takes no part
    logits = torch.tensor([[0.25, 0.75, 0.0]]).log()
    found = RowDecoding([Decoding()], CPU).pick(logits, torch.zeros(1, dtype=torch.float64), with_entropies=True)
    assert found.entropies_B is not None
    assert found.entropies_B.item() == pytest.approx(-(0.25 * math.log(0.25) + 0.75 * math.log(0.75)))


def test_rows_have_settings_of_their_own() -> None:
    logits = torch.tensor([0.1, 0.4, 0.3, 0.2]).log().expand(3, 4)
    last = torch.full((3,), 0.999, dtype=torch.float64)
    assert pick(logits, last, Decoding(), Decoding(top_k=2), Decoding(0, top_k=2)) == [3, 2, 1]
