"""What people are shown to rank beside a policy's own responses: answers to other prompts, and damaged ones.

A policy that is sampled at temperature 1 hardly ever strays or breaks off, so a reward model that sees its responses
alone never learns that such responses lose, and reinforcement learning finds out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solon.records import Prompt, Response
from solon.seeds import generator


def candidates_of(
    prompts: Sequence[Prompt],
    responses: Sequence[Response],
    *,
    swapped_share: float,
    damaged_share: float,
    seed: int,
) -> dict[str, list[str]]:
    """Prompt id -> its responses, and so many more that these shares of all answer another prompt or are damaged."""
    own: dict[str, list[str]] = {prompt.id: [] for prompt in prompts}
    for response in responses:
        own[response.prompt.id].append(response.text)
    vocabulary = sorted({word for response in responses for word in _words(response.text)})
    candidates = {}
    for prompt in prompts:
        of_all = len(own[prompt.id]) / (1 - swapped_share - damaged_share)
        num_swapped, num_damaged = round(of_all * swapped_share), round(of_all * damaged_share)
        others = generator(seed, "swapped", prompt.id).integers(len(responses), size=4 * num_swapped).tolist()
        foreign = [responses[i].text for i in others if responses[i].prompt.id != prompt.id][:num_swapped]
        rng = generator(seed, "damaged", prompt.id)
        # In turns, so that a share above one half damages a response more than once.
        chosen = np.resize(rng.permutation(len(own[prompt.id])), num_damaged).tolist()
        broken = [damage(own[prompt.id][i], vocabulary, rng) for i in chosen]
        candidates[prompt.id] = own[prompt.id] + foreign + [text for text in broken if text]
    return candidates


def damage(text: str, vocabulary: Sequence[str], rng: np.random.Generator) -> str:
    """The text with one word replaced by any other of the vocabulary, one left out, or cut off at a word.

    A text without spaces is damaged by the character.
    """
    words = _words(text)
    if not words:
        return ""
    joint = " " if " " in text else ""
    place, way = int(rng.integers(len(words))), int(rng.integers(3))
    if way == 0:
        kept = [*words[:place], vocabulary[int(rng.integers(len(vocabulary)))], *words[place + 1 :]]
    elif way == 1:
        kept = words[:place] + words[place + 1 :]
    else:
        kept = words[: max(place, 1)]
    return joint.join(kept)


def _words(text: str) -> list[str]:
    return text.split() if " " in text else list(text)
