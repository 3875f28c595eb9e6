"""Generation of one shard: a batch of prompts, left-padded, with a key-value cache that rows leave when they end.

Shapes: B rows still in the batch, T tokens of the longest prompt, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel

from solon.engines.cache import SlabCache
from solon.engines.uniforms import uniforms

_PREFILL_TOKENS = 2_048
"""Most padded prompt tokens of one forward pass."""


class Job(NamedTuple):
    """One row to generate."""

    prompt_ids: list[int]
    seed: int
    max_new_tokens: int
    temperature: float
    stops: Callable[[int, list[int]], bool] | None
    """(newest id, all new ids) -> whether a stop string is complete."""


class Generated(NamedTuple):
    """What one row became: its new ids (an end id included), and whether the token limit stopped it."""

    ids: list[int]
    truncated: bool
    logprobs: list[float]
    """Log-probability of each new id at the row's temperature; empty unless asked for."""


def pick_tokens(logits_BV: Tensor, temperatures_B: Tensor, uniforms_B: Tensor) -> Tensor:
    """Sample by inverse CDF: the first token whose cumulative probability exceeds the uniform; argmax at temperature 0.

    One number per row decides, so a row's token depends on its own logits and number alone.
    """
    greedy_B = temperatures_B == 0
    scaled_BV = logits_BV.float() / torch.where(greedy_B, 1.0, temperatures_B)[:, None]
    weights_BV = (scaled_BV - scaled_BV.amax(dim=1, keepdim=True)).exp()
    cumulative_BV = weights_BV.cumsum(dim=1, dtype=torch.float64)
    target_B1 = (uniforms_B * cumulative_BV[:, -1])[:, None]
    sampled_B = torch.searchsorted(cumulative_BV, target_B1, right=True)[:, 0].clamp(max=logits_BV.shape[1] - 1)
    return torch.where(greedy_B, logits_BV.argmax(dim=1), sampled_B) if bool(greedy_B.any()) else sampled_B


@torch.inference_mode()
def generate(
    model: PreTrainedModel, jobs: Sequence[Job], end_ids: Sequence[int], pad_id: int, *, with_logprobs: bool = False
) -> list[Generated]:
    """Generate all rows of one shard.

    A row ends with an end id, a complete stop string, or its limit. Ended rows leave the batch once they are a
    quarter of it: compacting copies the cache, so it is not done for every single one.
    """
    device = model.device
    lengths = np.array([len(job.prompt_ids) for job in jobs])
    num_prompt, num_new = int(lengths.max()), max(job.max_new_tokens for job in jobs)
    padding_B = torch.from_numpy(num_prompt - lengths).to(device)
    visible_BT = _visible(padding_B, num_prompt + num_new, model.dtype) if lengths.min() < num_prompt else None
    cache = SlabCache(int(model.config.num_hidden_layers))
    # Rows that ask the same (several samples of one prompt) are read once.
    prompts = list(dict.fromkeys(tuple(job.prompt_ids) for job in jobs))
    logits_BV = _prefill(model, prompts, pad_id, cache)
    if len(prompts) < len(jobs):
        place = {prompt: row for row, prompt in enumerate(prompts)}
        rows = torch.tensor([place[tuple(job.prompt_ids)] for job in jobs], device=device)
        cache.keep_rows(rows)
        logits_BV = logits_BV[rows]

    is_end = np.zeros(logits_BV.shape[1], dtype=np.bool_)
    is_end[[i for i in end_ids if i < len(is_end)]] = True

    new_ids: list[list[int]] = [[] for _ in jobs]
    logprobs: list[list[float]] = [[] for _ in jobs]
    truncated = [False] * len(jobs)
    members = np.arange(len(jobs))  # which job each row of the batch is
    alive = np.ones(len(jobs), dtype=np.bool_)
    seeds = np.array([job.seed & 0xFFFFFFFFFFFFFFFF for job in jobs], dtype=np.uint64)
    temperatures_B = torch.tensor([job.temperature for job in jobs], dtype=torch.float32, device=device)
    for position in range(num_new):
        uniforms_B = torch.from_numpy(uniforms(seeds, position)).to(device)
        picked_B = pick_tokens(logits_BV, temperatures_B, uniforms_B)
        picked = picked_B.cpu().numpy()
        if with_logprobs:
            picked_logprobs = _logprobs_of(picked_B, logits_BV, temperatures_B).tolist()
            for row in np.flatnonzero(alive).tolist():
                logprobs[members[row]].append(picked_logprobs[row])
        ended = is_end[picked]
        for row in np.flatnonzero(alive).tolist():
            job, mine = jobs[members[row]], new_ids[members[row]]
            mine.append(int(picked[row]))
            if ended[row] or (job.stops is not None and job.stops(mine[-1], mine)):
                alive[row] = False
            elif len(mine) >= job.max_new_tokens:
                alive[row], truncated[members[row]] = False, True
        num_alive = int(alive.sum())
        if num_alive == 0:
            break
        if num_alive <= 0.75 * len(alive):
            rows = torch.from_numpy(np.flatnonzero(alive)).to(device)
            cache.keep_rows(rows)
            picked_B, padding_B, temperatures_B = picked_B[rows], padding_B[rows], temperatures_B[rows]
            visible_BT = visible_BT[rows] if visible_BT is not None else None
            members, seeds, alive = members[alive], seeds[alive], np.ones(num_alive, dtype=np.bool_)
        at = num_prompt + position
        logits_BV = model(
            input_ids=picked_B[:, None],
            attention_mask=visible_BT[:, None, None, : at + 1] if visible_BT is not None else None,
            position_ids=(at - padding_B)[:, None],
            past_key_values=cache,
            use_cache=True,
        ).logits[:, -1]
    return [Generated(*row) for row in zip(new_ids, truncated, logprobs, strict=True)]


def _logprobs_of(picked_B: Tensor, logits_BV: Tensor, temperatures_B: Tensor) -> Tensor:
    """Log-probability of the picked tokens; a greedy pick (temperature 0) is certain."""
    greedy_B = temperatures_B == 0
    scaled_BV = logits_BV.float() / torch.where(greedy_B, 1.0, temperatures_B)[:, None]
    logprobs_B = scaled_BV.gather(1, picked_B[:, None])[:, 0] - scaled_BV.logsumexp(dim=1)
    return logprobs_B.masked_fill(greedy_B, 0.0)


def _visible(padding_B: Tensor, num_tokens: int, dtype: torch.dtype) -> Tensor:
    """(B, num_tokens), added to attention scores: 0 where a key is real, minus infinity on left padding."""
    hidden_BT = torch.arange(num_tokens, device=padding_B.device)[None, :] < padding_B[:, None]
    return torch.zeros(hidden_BT.shape, dtype=dtype, device=padding_B.device).masked_fill(hidden_BT, float("-inf"))


def _prefill(model: PreTrainedModel, prompts: Sequence[tuple[int, ...]], pad_id: int, cache: SlabCache) -> Tensor:
    """Fill the cache with the prompts (ascending in length); logits (B, V) of the first new token.

    Prompts go through the model in parts of similar length, padded on the right: causal attention then needs no
    mask, little is padded, and activations stay small.
    """
    num_prompt, num_layers = max(len(ids) for ids in prompts), int(model.config.num_hidden_layers)
    logits: list[Tensor] = []
    first = 0
    for count in _parts([len(ids) for ids in prompts]):
        part = prompts[first : first + count]
        lengths = [len(ids) for ids in part]
        rows = [[*ids, *[pad_id] * (max(lengths) - len(ids))] for ids in part]
        # Logits are wanted at the last token of every row: the model gives whole columns, so those are picked from.
        last_B = torch.tensor(lengths, device=model.device) - 1
        columns, column_B = torch.unique(last_B, return_inverse=True)
        small = SlabCache(num_layers, slack=0)
        ids_BT = torch.tensor(rows, device=model.device)
        logits_BLV = model(input_ids=ids_BT, past_key_values=small, use_cache=True, logits_to_keep=columns).logits
        if logits_BLV.shape[1] != len(columns):  # an architecture that knows nothing of `logits_to_keep`
            logits_BLV = logits_BLV[:, columns]
        logits.append(logits_BLV[torch.arange(count, device=model.device), column_B])
        cache.put(first, lengths, small, len(prompts), num_prompt)
        first += count
    return torch.cat(logits)


def _parts(lengths: Sequence[int]) -> list[int]:
    """Numbers of consecutive rows whose padded rectangles hold at most `_PREFILL_TOKENS` tokens (or one row)."""
    parts: list[int] = []
    count = longest = 0
    for length in lengths:
        if count and (count + 1) * max(longest, length) > _PREFILL_TOKENS:
            parts.append(count)
            count = longest = 0
        count, longest = count + 1, max(longest, length)
    return [*parts, count]
