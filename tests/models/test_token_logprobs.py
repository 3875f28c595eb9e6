import math

import pytest
import torch
from torch import Tensor

from solon.models.token_logprobs import of_logits, token_logprobs

STATES = torch.randn(7, 4, generator=torch.Generator().manual_seed(0))
TARGETS = torch.tensor([0, 4, 2, 1, 1, 3, 0])


def test_a_log_probability_by_hand() -> None:
    # probabilities 0.1 and 0.9; at temperature 2 square roots decide: 0.316 / (0.316 + 0.949) = 0.25
    logits = torch.tensor([[0.1, 0.9]]).log()
    assert of_logits(logits, torch.tensor([0])).item() == pytest.approx(math.log(0.1))
    assert of_logits(logits, torch.tensor([0]), temperature=2.0).item() == pytest.approx(math.log(0.25))


@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_in_pieces_values_and_gradients_are_the_same(temperature: float, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(1)
    head = torch.nn.Linear(4, 5)
    seen: list[int] = []

    def counted(states_ND: Tensor) -> Tensor:
        seen.append(len(states_ND))
        return torch.nn.functional.linear(states_ND, head.weight, head.bias)

    def found() -> list[Tensor]:
        states_ND = STATES.clone().requires_grad_()
        logprobs_N = token_logprobs(counted, states_ND, TARGETS, 5, temperature=temperature)
        # each token with a weight of its own, so that one taken for another would show
        gradients = torch.autograd.grad(logprobs_N @ torch.arange(1.0, 8.0), [states_ND, head.weight, head.bias])
        return [logprobs_N.detach(), *gradients]

    whole = found()
    assert seen == [7]
    monkeypatch.setattr("solon.models.token_logprobs._MOST_LOGITS", 3 * 5)
    for one, other in zip(whole, found(), strict=True):
        torch.testing.assert_close(one, other)
    assert seen[1:4] == [3, 3, 1]
    assert sorted(seen[4:]) == [1, 3, 3]  # once more, backwards


def test_without_gradient_every_piece_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solon.models.token_logprobs._MOST_LOGITS", 2 * 5)
    head = torch.nn.Linear(4, 5)
    with torch.no_grad():
        pieces_N = token_logprobs(head, STATES, TARGETS, 5)
        torch.testing.assert_close(pieces_N, of_logits(head(STATES), TARGETS))
