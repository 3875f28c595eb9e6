"""Attention of tokens of many rows, one behind the other without padding, inside any decoder of transformers.

The decoder is the library's, unchanged: only its attention function is exchanged while `attending` is active.

Shapes: B rows, T tokens of the longest, N real tokens of all rows, M of them that are computed, H query heads, G
key-value heads, D width of a head or of a hidden state.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import embedding, scaled_dot_product_attention
from transformers import PreTrainedModel
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from solon.errors import ModelError
from solon.models.shared_rows import SharedRows, share_rows

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


def attention_now() -> Attend | None:
    """The attention of the block that is active; None outside of one."""
    return _active.get(None)


def computes_flat(model: PreTrainedModel) -> bool:
    """Whether rows are computed without padding: on a processor. On a GPU a call for every row costs more."""
    return model.device.type == "cpu" and bool(getattr(model, "_supports_attention_backend", False))


class FlatStates(NamedTuple):
    """Last hidden states of rows without padding, each computed once."""

    states_MD: Tensor
    state_N: Tensor
    """int64; which of the M states each real token has, row after row."""


def flat_states(
    model: PreTrainedModel, ids_BT: Tensor, mask_BT: Tensor, positions_BT: Tensor | None = None
) -> FlatStates:
    """The states of the real tokens, as if every row were computed alone; what rows begin with alike is computed once.

    A row begins wherever its position is 0: several share a sequence where `positions_BT` says so.
    """
    if positions_BT is None:
        positions_BT = torch.arange(ids_BT.shape[1], device=ids_BT.device).expand(ids_BT.shape)
    ids_N, positions_N = ids_BT[mask_BT], positions_BT[mask_BT]
    rows = share_rows(ids_N, (positions_N == 0).nonzero()[:, 0].tolist())
    ids_M, positions_M = ids_N[rows.computed_N], positions_N[rows.computed_N]
    with attending(model, _row_by_row(rows)):
        output = model.base_model(input_ids=ids_M[None], position_ids=positions_M[None], use_cache=False)
    return FlatStates(output.last_hidden_state[0], rows.state_N)


def _row_by_row(rows: SharedRows) -> Attend:
    """Causal attention of every row over itself. Neighbours of one length are computed in one call."""
    runs = [(own, shared, len(list(same))) for (own, shared), same in itertools.groupby(rows.sizes_B)]
    own_sizes = [own * count for own, _, count in runs]
    fetched_sizes = [(shared + own) * count for own, shared, count in runs if shared]
    masks: dict[tuple[int, int], Tensor] = {}

    def attend(layer: int, query_HMD: Tensor, key_GMD: Tensor, value_GMD: Tensor, scale: float) -> Tensor:
        own = zip(*(torch.split(one, own_sizes, dim=1) for one in (query_HMD, key_GMD, value_GMD)), strict=True)
        fetched = zip(*(_fetch(one, rows.fetched_K, fetched_sizes) for one in (key_GMD, value_GMD)), strict=True)
        outputs = []
        for (length, shared, count), (query, key, value) in zip(runs, own, strict=True):
            mask = None
            if shared:
                key, value = next(fetched)
                if (mask := masks.get((length, shared))) is None:
                    mask = masks[length, shared] = _behind(length, shared, query)
            query, key, value = (one.unflatten(1, (count, -1)).transpose(0, 1) for one in (query, key, value))
            output = scaled_dot_product_attention(
                query, key, value, attn_mask=mask, is_causal=mask is None, scale=scale,
                enable_gqa=query.shape[1] != key.shape[1],
            )  # fmt: skip
            outputs.append(output.transpose(1, 2).flatten(0, 1))
        return torch.cat(outputs)

    return attend


def _fetch(states_GMD: Tensor, tokens_K: Tensor, sizes: Sequence[int]) -> Sequence[Tensor]:
    """The states (G, K, D) of some tokens, in pieces. As an embedding: its gradient is the fastest way to add up."""
    if not sizes:
        return ()
    groups, _, width = states_GMD.shape
    states_KX = embedding(tokens_K, states_GMD.transpose(0, 1).flatten(1))
    return torch.split(states_KX.view(-1, groups, width).transpose(0, 1), list(sizes), dim=1)


def _behind(own: int, shared: int, like: Tensor) -> Tensor:
    """What is added to scores (own, shared + own): a token sees all that is shared, and its own row up to itself."""
    hidden = torch.full((own, shared + own), float("-inf"), dtype=like.dtype, device=like.device)
    return hidden.triu(shared + 1)
