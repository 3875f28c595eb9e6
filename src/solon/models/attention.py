"""Attention of tokens of many rows, one behind the other without padding, inside any decoder of transformers.

The decoder is the library's, unchanged: only its attention function is exchanged while `attending` is active.

Shapes: B rows, T tokens of the longest, N real tokens of all rows, H query heads, G key-value heads, D width of a head
or of a hidden state.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import PreTrainedModel
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from solon.errors import ModelError

NAME = "solon_flat"
Attend = Callable[[int, Tensor, Tensor, Tensor, float], Tensor]
"""(layer, query_HND, key_GND, value_GND, scale) -> (N, H, D)."""

_active: ContextVar[Attend] = ContextVar("solon_flat")


def _attention(
    module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None,
    scaling: float | None = None, dropout: float = 0.0, **kwargs: Any,
) -> tuple[Tensor, None]:  # fmt: skip
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    return _active.get()(module.layer_idx, query[0], key[0], value[0], scale)[None], None


ALL_ATTENTION_FUNCTIONS.register(NAME, _attention)
ALL_MASK_ATTENTION_FUNCTIONS.register(NAME, lambda *args, **kwargs: None)


def check_flat(model: PreTrainedModel) -> None:
    """Refuse a model whose attention cannot be exchanged.

    Raises:
        ModelError: naming its kind.
    """
    if not getattr(model, "_supports_attention_backend", False):
        raise ModelError(
            f"{model.config.model_type}: transformers does not let the attention of this kind of model be exchanged, "
            "and sampling needs that. Use a decoder such as Llama, Qwen, Mistral or GPT-2."
        )


@contextmanager
def attending(model: PreTrainedModel, attend: Attend) -> Iterator[None]:
    """Within the block the model's attention is `attend`."""
    config = model.config.get_text_config()
    before = config._attn_implementation
    config._attn_implementation = NAME
    token = _active.set(attend)
    try:
        yield
    finally:
        _active.reset(token)
        config._attn_implementation = before


def computes_flat(model: PreTrainedModel) -> bool:
    """Whether rows are computed without padding: on a processor. On a GPU a call for every row costs more."""
    return model.device.type == "cpu" and bool(getattr(model, "_supports_attention_backend", False))


def flat_states(model: PreTrainedModel, ids_BT: Tensor, mask_BT: Tensor, positions_BT: Tensor | None = None) -> Tensor:
    """Last hidden states (N, D) of the real tokens, row after row, as if every row were computed alone.

    A row begins wherever its position is 0: several share a sequence where `positions_BT` says so.
    """
    if positions_BT is None:
        positions_BT = torch.arange(ids_BT.shape[1], device=ids_BT.device).expand(ids_BT.shape)
    positions_N = positions_BT[mask_BT]
    begins = (positions_N == 0).nonzero()[:, 0].tolist()
    lengths = [end - begin for begin, end in itertools.pairwise([*begins, len(positions_N)])]
    with attending(model, _row_by_row(lengths)):
        output = model.base_model(input_ids=ids_BT[mask_BT][None], position_ids=positions_N[None], use_cache=False)
    states_ND: Tensor = output.last_hidden_state[0]
    return states_ND


def _row_by_row(lengths: Sequence[int]) -> Attend:
    """Causal attention of every row over itself. Neighbours of one length are computed in one call."""
    runs = [(length, len(list(rows))) for length, rows in itertools.groupby(lengths)]
    sizes = [length * count for length, count in runs]

    def attend(layer: int, query_HND: Tensor, key_GND: Tensor, value_GND: Tensor, scale: float) -> Tensor:
        outputs = []
        split = [torch.split(one, sizes, dim=1) for one in (query_HND, key_GND, value_GND)]
        for (length, count), *states in zip(runs, *split, strict=True):
            query, key, value = (one.unflatten(1, (count, length)).transpose(0, 1) for one in states)
            shared = query.shape[1] != key.shape[1]
            output = scaled_dot_product_attention(query, key, value, is_causal=True, scale=scale, enable_gqa=shared)
            outputs.append(output.transpose(1, 2).flatten(0, 1))
        return torch.cat(outputs)

    return attend
