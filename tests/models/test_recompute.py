from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from solon.errors import ModelError
from solon.models.language_model import LanguageModel
from solon.models.recompute import recompute_activations
from solon.models.template import Tokens
from solon.models.tiny import Kind
from solon.training.batches import pad_batch

NewModel = Callable[..., LanguageModel]
BATCH = pad_batch(
    [Tokens([(7 * t + n) % 300 for t in range(n)], [0.0] + [1.0] * (n - 1)) for n in (3, 9, 17)], pad_id=1
)


def gradient_and_kept_bytes(model: LanguageModel, mask_BT: Tensor | None) -> tuple[Tensor, int]:
    kept = 0

    def keep(tensor: Tensor) -> Tensor:
        nonlocal kept
        kept += tensor.numel() * tensor.element_size()
        return tensor

    model.model.zero_grad()
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        logprobs_N = model.logprobs_at(BATCH.ids_BT, BATCH.weights_BT > 0, mask_BT=mask_BT)
    before = kept
    logprobs_N.sum().backward()  # type: ignore[no-untyped-call]
    return torch.cat([p.grad.flatten() for p in model.model.parameters() if p.grad is not None]), before


@pytest.mark.parametrize("flat", [True, False])
@pytest.mark.parametrize("kind", ["llama", "gpt2", "qwen2", "qwen3"])
def test_the_gradient_is_the_same_and_less_is_kept(kind: Kind, flat: bool, new_model: NewModel) -> None:
    model = new_model(kind)
    mask_BT = BATCH.mask_BT if flat else None
    gradient, kept = gradient_and_kept_bytes(model, mask_BT)
    recompute_activations(model.model)
    again, less = gradient_and_kept_bytes(model, mask_BT)
    torch.testing.assert_close(gradient, again)
    assert less < 0.5 * kept


def test_a_saved_model_knows_nothing_of_it(new_model: NewModel, tmp_path: Path) -> None:
    model = new_model()
    recompute_activations(model.model)
    model.save(tmp_path / "model")
    assert LanguageModel.load(tmp_path / "model").model.num_parameters() == model.model.num_parameters()


def test_layers_that_cannot_be_computed_again_are_refused_by_name(
    new_model: NewModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solon.models.recompute.GradientCheckpointingLayer", torch.nn.Bilinear)
    with pytest.raises(ModelError, match="llama: transformers cannot"):
        recompute_activations(new_model().model)
