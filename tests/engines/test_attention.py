import pytest
import torch
from torch import Tensor

from solon.engines.attention import Partial, _by_formula, attend_to, merged
from solon.errors import ModelError
from solon.models.attention import attending, check_flat
from solon.models.language_model import LanguageModel


def states(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def whole(query_HQD: Tensor, key_HTD: Tensor, value_HTD: Tensor) -> Tensor:
    """(Q, H, D) by the definition."""
    weights_HQT = (query_HQD @ key_HTD.transpose(1, 2) * 0.3).softmax(-1)
    return (weights_HQT @ value_HTD).transpose(0, 1)


def part(query_HQD: Tensor, key_HTD: Tensor, value_HTD: Tensor) -> Partial:
    out, lse = attend_to(query_HQD[None], key_HTD[None], value_HTD[None], 0.3)
    return Partial(out[0].transpose(0, 1), lse[0].T)


def test_parts_merged_are_attention_over_all() -> None:
    query, keys, values = states(2, 5, 8, seed=0), states(2, 9, 8, seed=1), states(2, 9, 8, seed=2)
    cuts = [(0, 4), (4, 5), (5, 9)]
    parts = [part(query, keys[:, begin:end], values[:, begin:end]) for begin, end in cuts]
    torch.testing.assert_close(merged(parts), whole(query, keys, values))


def test_a_part_that_nobody_reads_has_no_weight() -> None:
    query, keys, values = states(2, 5, 8, seed=0), states(2, 9, 8, seed=1), states(2, 9, 8, seed=2)
    mine = part(query, keys, values)
    nothing = Partial(torch.zeros_like(mine.out_NHD), torch.full_like(mine.lse_NH, float("-inf")))
    assert torch.equal(merged([mine, nothing]), mine.out_NHD)


@pytest.mark.parametrize("groups", [1, 3])
@pytest.mark.parametrize("causal", [False, True])
def test_the_kernel_and_the_formula_agree(groups: int, causal: bool) -> None:
    query, key, value = (states(2, heads, 4, 8, seed=heads) for heads in (6, 6 // groups, 6 // groups))
    hidden = torch.tensor([[0, 0, 0, 0], [0, 0, 0, 1]], dtype=torch.bool)
    bias = None if causal else torch.zeros(2, 4).masked_fill(hidden, float("-inf"))[:, None, None]
    out, lse = attend_to(query, key, value, 0.3, bias_M1QT=bias, causal=causal)
    keys, values = key.repeat_interleave(groups, dim=1), value.repeat_interleave(groups, dim=1)
    expected, expected_lse = _by_formula(query, keys, values, 0.3, bias, causal)
    torch.testing.assert_close(out, expected)
    torch.testing.assert_close(lse, expected_lse)


def test_the_model_has_its_own_attention_back_afterwards(new_model) -> None:  # type: ignore[no-untyped-def]
    language_model: LanguageModel = new_model()
    ids = torch.tensor([[3, 4, 5]])
    before = language_model.model(ids).logits
    with (
        pytest.raises(RuntimeError, match="stop"),
        attending(language_model.model, lambda *_: (_ for _ in ()).throw(RuntimeError("stop"))),
    ):
        language_model.model(ids)
    assert torch.equal(language_model.model(ids).logits, before)


def test_a_model_whose_attention_cannot_be_exchanged_is_refused_by_kind(new_model) -> None:  # type: ignore[no-untyped-def]
    model = new_model().model
    model._supports_attention_backend = False
    with pytest.raises(ModelError, match="llama: transformers does not let the attention"):
        check_flat(model)
