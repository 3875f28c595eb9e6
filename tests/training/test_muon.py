"""Muon against a singular value decomposition, torch's own, and its scalar recurrence."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from solon.models.language_model import LanguageModel
from solon.models.scalar_model import ScalarModel
from solon.models.template import Tokens
from solon.models.tiny import Kind
from solon.training.batches import pad_batch
from solon.training.muon import Muon, orthogonalise
from solon.training.optimiser import Optimiser, OptimiserConfig
from solon.training.supervised import supervised_loss

NewModel = Callable[..., LanguageModel]
KINDS: tuple[Kind, ...] = ("llama", "gpt2", "qwen2", "qwen3")
CONFIG = OptimiserConfig(method="muon", peak_lr=1e-2, num_steps=9)
ROWS = [Tokens([0, *range(10 + i, 18 + i)], [0.0] + [1.0] * 8) for i in range(4)]


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def quintic(singular_value: float) -> float:
    """What becomes of one singular value; the iteration acts on each alone."""
    for _ in range(5):
        s = singular_value
        singular_value = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    return singular_value


def stepped(weight: Tensor, gradients: list[Tensor], *, weight_decay: float = 0.0) -> Tensor:
    """A weight after one step of rate 0.1 for each gradient."""
    parameter = nn.Parameter(weight.clone())
    optimiser = Muon([parameter], lr=0.1, weight_decay=weight_decay)
    for gradient in gradients:
        parameter.grad = gradient.clone()
        optimiser.step()
    return parameter.detach()


def test_singular_values_end_near_one() -> None:
    values = torch.linalg.svdvals(orthogonalise(random(5, 16, 48)))
    assert values.min() > 0.6
    assert values.max() < 1.3


def test_singular_vectors_stay() -> None:
    matrix = random(1, 6, 20)
    left, _, right = torch.linalg.svd(matrix[0], full_matrices=False)
    inside = left.T @ orthogonalise(matrix)[0] @ right.T
    torch.testing.assert_close(inside, inside.diagonal().diag(), atol=1e-5, rtol=0)
    assert (inside.diagonal() > 0).all()


def test_matrices_in_one_stack_do_not_mix() -> None:
    stack = random(3, 4, 7)
    alone = torch.cat([orthogonalise(stack[i : i + 1]) for i in range(3)])
    torch.testing.assert_close(orthogonalise(stack), alone)


def test_a_step_on_a_2x2_matrix() -> None:
    # G = [[0, 2], [-1, 0]] has singular values 2 and 1, of norm sqrt 5; U V' = [[0, 1], [-1, 0]].
    # The first Nesterov direction is 0.0975 G, whose length does not matter. Rate 0.1, scale 0.2 sqrt 2, decay 0.5:
    gradient = torch.tensor([[0.0, 2.0], [-1.0, 0.0]])
    large, small = quintic(2 / 5**0.5), quintic(1 / 5**0.5)
    moved = 0.1 * 0.2 * 2**0.5 * torch.tensor([[0.0, large], [-small, 0.0]])
    weight = stepped(torch.ones(2, 2), [gradient], weight_decay=0.5)
    torch.testing.assert_close(weight, 0.95 * torch.ones(2, 2) - moved, atol=1e-5, rtol=0)
    left, _, right = torch.linalg.svd(gradient)
    exact = 0.95 - 0.1 * 0.2 * 2**0.5 * left @ right
    torch.testing.assert_close(weight, exact, atol=0.35 * 0.1 * 0.2 * 2**0.5, rtol=0)


@pytest.mark.parametrize("shape", [(8, 24), (24, 8), (12, 12)])
def test_steps_agree_with_those_of_torch(shape: tuple[int, int]) -> None:
    weight, gradients = random(*shape), [random(*shape, seed=i) for i in range(1, 4)]
    parameter = nn.Parameter(weight.clone())
    theirs = torch.optim.Muon(
        [parameter], lr=0.1, weight_decay=0.5, momentum=0.95, nesterov=True, adjust_lr_fn="match_rms_adamw"
    )
    for gradient in gradients:
        parameter.grad = gradient.clone()
        theirs.step()  # type: ignore[no-untyped-call]
    # theirs orthogonalises in bfloat16: three steps of up to 0.1 x 0.2 sqrt(24) x 1.2 = 0.12, to a few per cent
    torch.testing.assert_close(stepped(weight, gradients, weight_decay=0.5), parameter.detach(), atol=0.012, rtol=0)


def test_tall_and_wide_matrices_are_treated_alike() -> None:
    weight, gradients = random(5, 9), [random(5, 9, seed=1), random(5, 9, seed=2)]
    turned = stepped(weight.T, [gradient.T for gradient in gradients])
    torch.testing.assert_close(turned.T, stepped(weight, gradients))


def test_the_length_of_the_gradient_does_not_matter() -> None:
    weight, gradient = random(4, 6), random(4, 6, seed=1)
    torch.testing.assert_close(stepped(weight, [gradient]), stepped(weight, [1000 * gradient]), atol=1e-5, rtol=0)


def test_a_matrix_without_a_gradient_stays() -> None:
    still, moved = nn.Parameter(random(3, 4)), nn.Parameter(random(3, 4))
    moved.grad = random(3, 4, seed=1)
    Muon([still, moved], lr=0.1, weight_decay=0.5).step()
    assert torch.equal(still, random(3, 4))
    assert not torch.equal(moved, random(3, 4))


def train(language_model: LanguageModel, optimiser: Optimiser, num_steps: int) -> None:
    for step in range(num_steps):
        loss = supervised_loss(language_model, pad_batch(ROWS[step % 2 :], pad_id=1))
        optimiser.backward(loss.total)
        optimiser.step(float(loss.count))


def test_training_goes_on_exactly_where_it_stopped(new_model: NewModel) -> None:
    through, resumed = new_model(), new_model(seed=1)
    optimiser = Optimiser(through.model, CONFIG)
    train(through, optimiser, 2)
    state = optimiser.state_dict()
    kept = {
        "num_steps_done": 2,
        "weights": {name: weight.clone() for name, weight in state["weights"].items()},
        "moments": {n: {k: v.clone() for k, v in moments.items()} for n, moments in state["moments"].items()},
    }
    train(through, optimiser, 2)
    again = Optimiser(resumed.model, CONFIG)
    again.load_state_dict(kept)
    train(resumed, again, 2)
    for one, other in zip(through.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(one, other)


def moved_by_muon(module: nn.Module) -> set[str]:
    """Names of the parameters whose state is Muon's after a step."""
    optimiser = Optimiser(module, CONFIG)
    for parameter in module.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimiser.step(count=1)
    moments = optimiser.state_dict()["moments"]
    assert set(moments) == {f"0.{name}" for name, _ in module.named_parameters()}
    assert {frozenset(state) for state in moments.values()} == {
        frozenset({"momentum"}),
        frozenset({"step", "exp_avg", "exp_avg_sq"}),
    }
    return {name.removeprefix("0.") for name, state in moments.items() if "momentum" in state}


WORDS = ("embed_tokens.", "wte.", "wpe.", "lm_head.", "score.")


@pytest.mark.parametrize("kind", KINDS)
def test_hidden_matrices_are_moved_by_muon_and_the_rest_by_adamw(kind: Kind, new_model: NewModel) -> None:
    model = new_model(kind).model
    hidden = {n for n, p in model.named_parameters() if p.ndim == 2 and not any(word in n for word in WORDS)}
    assert len(hidden) >= 8
    assert moved_by_muon(model) == hidden


def test_the_head_of_a_scalar_model_is_moved_by_adamw(new_model: NewModel) -> None:
    moved = moved_by_muon(ScalarModel.from_policy(new_model(), seed=0).model)
    assert len(moved) >= 8
    assert not any(word in name for name in moved for word in WORDS)
