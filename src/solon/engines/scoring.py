"""Log-probabilities of given continuations: a prompt is read once for all of its continuations, and so is what prompts
share.

Shapes: M rows of a pass, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from transformers import PreTrainedModel

from solon.engines.decoding import read_levels
from solon.engines.flat import passes, read_segments
from solon.engines.prefixes import PrefixTree


@torch.inference_mode()
def continuation_logprobs(
    model: PreTrainedModel, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[Sequence[int]]]
) -> list[list[float]]:
    """Per prompt, log p(continuation | prompt) in nats for each of its continuations.

    Args:
        prompts: ids, at least one each.
        continuations: of each prompt; at least one id each.
    """
    tree = PrefixTree(prompts)
    levels = read_levels(model, tree)
    found: list[list[float]] = [[] for _ in prompts]
    for place in passes(len(tree.rest(one)) for one in tree.order):
        part = tree.order[place]
        members = np.array(part)
        shared = [(key_values, nodes[members]) for key_values, nodes in levels]
        begins = np.array([tree.num_shared(one) for one in part])
        read = read_segments(model, [tree.rest(one) for one in part], begins, shared)
        logprobs_MV = read.logits.float().log_softmax(-1)
        for row, one in enumerate(part):
            found[one] = logprobs_MV[row, [option[0] for option in continuations[one]]].tolist()
        # Of a longer continuation the first token is known now, and the others follow it.
        longer = [(row, number) for row, one in enumerate(part) for number, option in enumerate(continuations[one])
                  if len(option) > 1]  # fmt: skip
        if not longer:
            continue
        rows = np.array([row for row, _ in longer])
        options = [continuations[part[row]][number] for row, number in longer]
        before = [*((key_values, nodes[rows]) for key_values, nodes in shared), (read.key_values, rows)]
        starts = np.array([len(prompts[part[row]]) for row in rows])
        rest = read_segments(model, [option[:-1] for option in options], starts, before, logits_at="all")
        logprobs_NV = rest.logits.float().log_softmax(-1)
        targets = torch.tensor([i for option in options for i in option[1:]], device=logprobs_NV.device)
        each_N = logprobs_NV.gather(1, targets[:, None])[:, 0].tolist()
        begin = 0
        for (row, number), option in zip(longer, options, strict=True):
            found[part[row]][number] += sum(each_N[begin : begin + len(option) - 1])
            begin += len(option) - 1
    return found


class TokenAlternatives(NamedTuple):
    """A token of a text, and what might have stood in its place."""

    logprob: float
    """In nats, at temperature 1."""
    likeliest: list[tuple[int, float]]
    """The likeliest ids at this place with their log-probabilities, most likely first."""


@torch.inference_mode()
def token_alternatives(
    model: PreTrainedModel, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]], num_listed: int
) -> list[list[TokenAlternatives]]:
    """Per prompt, every token of its continuation with the `num_listed` likeliest ones at its place.

    Args:
        prompts: ids, at least one each.
        continuations: ids, at least one each.
    """
    found: list[list[TokenAlternatives]] = []
    for part in passes(max(len(prompt), len(ids)) for prompt, ids in zip(prompts, continuations, strict=True)):
        asked, written = prompts[part], continuations[part]
        read = read_segments(model, asked, np.zeros(len(asked), dtype=np.int64))
        of_rows = [[logits_V[None]] for logits_V in read.logits]
        longer = [row for row, ids in enumerate(written) if len(ids) > 1]
        if longer:
            begins = np.array([len(asked[row]) for row in longer])
            before = [(read.key_values, np.array(longer))]
            rest = read_segments(model, [written[row][:-1] for row in longer], begins, before, logits_at="all")
            pieces = torch.split(rest.logits, [len(written[row]) - 1 for row in longer])
            for row, logits_TV in zip(longer, pieces, strict=True):
                of_rows[row].append(logits_TV)
        for logits, ids in zip(of_rows, written, strict=True):
            logprobs_TV = torch.cat(logits).float().log_softmax(-1)
            each = logprobs_TV.gather(1, torch.tensor(ids, device=logprobs_TV.device)[:, None])[:, 0].tolist()
            top = logprobs_TV.topk(min(num_listed, logprobs_TV.shape[1]))
            listed = [
                list(zip(*one, strict=True)) for one in zip(top.indices.tolist(), top.values.tolist(), strict=True)
            ]
            found.append([TokenAlternatives(*one) for one in zip(each, listed, strict=True)])
    return found
