import copy
from typing import Literal

import pytest
import torch
from torch import Tensor, nn

from solon.training.optimiser import Optimiser, OptimiserConfig

INPUTS = torch.randn(16, 8, generator=torch.Generator().manual_seed(1))
TARGETS = INPUTS @ torch.randn(8, 4, generator=torch.Generator().manual_seed(2))


def network(dtype: torch.dtype) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 4)).to(dtype)


def trained(module: nn.Module, steps: int, optimiser: Optimiser) -> list[Tensor]:
    dtype = next(module.parameters()).dtype
    for _ in range(steps):
        for rows in (slice(0, 8), slice(8, 16)):  # two micro-batches
            optimiser.backward((module(INPUTS[rows].to(dtype)).float() - TARGETS[rows]).square().sum())
        optimiser.step(count=16)
    return [p.detach().clone() for p in module.parameters()]


def moved(dtype: torch.dtype, method: Literal["adamw", "muon"], steps: int) -> Tensor:
    module = network(dtype)
    begin = [p.detach().float().clone() for p in module.parameters()]
    config = OptimiserConfig(method=method, peak_lr=2e-5, num_steps=steps)
    end = trained(module, steps, Optimiser(module, config))
    return torch.cat([(a.float() - b).flatten() for a, b in zip(end, begin, strict=True)])


@pytest.mark.parametrize("method", ["adamw", "muon"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_updates_too_small_for_half_precision_add_up(dtype: torch.dtype, method: Literal["adamw", "muon"]) -> None:
    assert moved(dtype, method, 1).ne(0).float().mean() < 0.3
    half, single = moved(dtype, method, 400), moved(torch.float32, method, 400)
    assert torch.cosine_similarity(half, single, dim=0) > 0.9
    assert float(half.norm()) == pytest.approx(float(single.norm()), rel=0.2)


def test_gradients_of_micro_batches_add_up_in_single_precision() -> None:
    module = nn.Linear(1, 1, bias=False, dtype=torch.bfloat16)
    optimiser = Optimiser(module, OptimiserConfig(peak_lr=0.1, num_steps=1))
    for size in (256.0, *[1.0] * 16):  # in bfloat16 256 + 1 is 256
        optimiser.backward(size * module.weight.sum())
    assert optimiser.gradient_norm() == 272
    optimiser.drop_gradient()
    assert optimiser.gradient_norm() == 0 and module.weight.grad is None


def test_a_resumed_training_in_half_precision_ends_as_one_that_was_not_interrupted() -> None:
    config = OptimiserConfig(peak_lr=2e-5, num_steps=20)
    whole = network(torch.bfloat16)
    expected = trained(whole, 20, Optimiser(whole, config))
    first = network(torch.bfloat16)
    begun = Optimiser(first, config)
    trained(first, 7, begun)
    second = network(torch.bfloat16)
    resumed = Optimiser(second, config)
    resumed.load_state_dict(copy.deepcopy(begun.state_dict()))
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in zip(trained(second, 13, resumed), expected, strict=True))
