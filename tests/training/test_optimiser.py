import pytest
import torch
from pydantic import ValidationError
from torch import nn

from solon.errors import TrainingError
from solon.training.optimiser import Optimiser, OptimiserConfig, learning_rate


def rates(**options: object) -> list[float]:
    config = OptimiserConfig(peak_lr=1.0, num_steps=8, **options)
    return [round(learning_rate(config, step), 4) for step in range(8)]


def test_schedules_are_these_functions_of_the_step() -> None:
    assert rates() == [1.0] * 8
    assert rates(warmup_steps=4) == [0.25, 0.5, 0.75, 1, 1, 1, 1, 1]
    assert rates(schedule="linear", warmup_steps=4) == [0.25, 0.5, 0.75, 1, 1, 0.75, 0.5, 0.25]
    assert rates(schedule="wsd", warmup_steps=2, decay_steps=4) == [0.5, 1, 1, 1, 1, 0.75, 0.5, 0.25]
    # (1 - cos(pi share)) / 2 at shares 1, 3/4, 1/2, 1/4
    assert rates(schedule="cosine", warmup_steps=4)[4:] == [1, 0.8536, 0.5, 0.1464]


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(ValidationError):
        OptimiserConfig(peak_lr=1.0, num_steps=8, momentum=0.9)  # type: ignore[call-arg]


def line(value: float = 1.0) -> nn.Linear:
    module = nn.Linear(1, 1, bias=False)
    nn.init.constant_(module.weight, value)
    return module


def test_the_gradient_is_divided_by_the_count_before_it_is_clipped() -> None:
    module = line()
    optimiser = Optimiser(module, OptimiserConfig(peak_lr=0.1, num_steps=3, clip_norm=100.0))
    optimiser.backward(6 * module.weight.sum())
    assert optimiser.step(count=4)["grad_norm"] == pytest.approx(1.5)


def test_clipping_bounds_what_the_moments_see() -> None:
    module = line()
    optimiser = Optimiser(module, OptimiserConfig(peak_lr=0.1, num_steps=3, clip_norm=0.5, betas=(0.0, 0.9)))
    optimiser.backward(6 * module.weight.sum())
    optimiser.step(count=1)
    moments = optimiser.state_dict()["moments"]["0.weight"]
    assert moments["exp_avg"].item() == pytest.approx(0.5)


def test_adamw_moves_by_the_learning_rate_and_decays_matrices_only() -> None:
    module = nn.Linear(1, 1)
    nn.init.constant_(module.weight, 1.0)
    nn.init.constant_(module.bias, 1.0)
    optimiser = Optimiser(module, OptimiserConfig(peak_lr=0.1, num_steps=3, weight_decay=0.5))
    optimiser.backward(module(torch.ones(1, 1)).sum())
    optimiser.step(count=1)
    # Adam's first step is lr in size; decay first multiplies the weight by 1 - 0.1 * 0.5
    assert module.weight.item() == pytest.approx(0.95 - 0.1, abs=1e-4)
    assert module.bias.item() == pytest.approx(1 - 0.1, abs=1e-4)


def test_a_loss_that_is_not_finite_stops_with_step_and_rows() -> None:
    module = line()
    optimiser = Optimiser(module, OptimiserConfig(peak_lr=0.1, num_steps=3))
    with pytest.raises(TrainingError, match=r"loss of step 0 is nan \(rows 7, p9\)"):
        optimiser.backward(module.weight.sum() * float("nan"), rows=[7, "p9"])


def test_a_gradient_that_is_not_finite_stops_before_the_weights_change() -> None:
    module = line(0.0)
    optimiser = Optimiser(module, OptimiserConfig(peak_lr=0.1, num_steps=3))
    optimiser.backward(module.weight.sqrt().sum())  # derivative at 0 is infinite, the loss is 0
    with pytest.raises(TrainingError, match=r"gradient of step 0 is not finite \(rows 3\)"):
        optimiser.step(count=1, rows=[3])
    assert module.weight.item() == 0.0


def test_training_on_nothing_is_an_error() -> None:
    with pytest.raises(TrainingError, match="no token at all"):
        Optimiser(line(), OptimiserConfig(peak_lr=0.1, num_steps=3)).step(count=0)


def test_a_state_of_another_model_is_refused() -> None:
    config = OptimiserConfig(peak_lr=0.1, num_steps=3)
    with pytest.raises(TrainingError, match="another model"):
        Optimiser(line(), config).load_state_dict(Optimiser(nn.Linear(2, 2), config).state_dict())


class Words(nn.Module):
    """Two words and a direction."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(2, 1)
        self.hidden = line()
        nn.init.constant_(self.embedding.weight, 1.0)

    def forward(self) -> torch.Tensor:
        """Looks at word 0 a lot and at word 1 hardly at all."""
        words: torch.Tensor = self.hidden(self.embedding(torch.tensor([0, 1])))
        return (words * torch.tensor([[1.0], [1e-3]])).sum()


@pytest.mark.parametrize("method", ["adamw", "muon"])
def test_words_move_at_their_own_rate_however_seldom_they_are_met(method: str) -> None:
    module = Words()
    optimiser = Optimiser(module, OptimiserConfig(method=method, peak_lr=0.1, num_steps=3, embedding_lr_scale=0.2))
    optimiser.backward(module())
    optimiser.step(count=1)
    # Adam's first step is its rate in size, even for the word whose gradient is a thousandth of the other's
    assert module.embedding.weight.flatten().tolist() == pytest.approx([0.98, 0.98], abs=1e-4)
    assert module.hidden.weight.item() < 0.99


def test_frozen_words_stay() -> None:
    module = Words()
    optimiser = Optimiser(module, OptimiserConfig(peak_lr=0.1, num_steps=3, embedding_lr_scale=0.0, weight_decay=0.5))
    optimiser.backward(module())
    optimiser.step(count=1)
    assert module.embedding.weight.tolist() == [[1.0], [1.0]]
    assert module.hidden.weight.item() < 0.99
