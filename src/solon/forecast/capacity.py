"""The largest model that a device can train or sample from, by the plan's own steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from transformers import LlamaConfig

from solon.forecast.hardware import Hardware
from solon.forecast.phases import at_depth
from solon.forecast.rollout_steps import Sampling, sampling_steps
from solon.forecast.shapes import Lora, Shape
from solon.forecast.steps import Rows, Step, supervised_step
from solon.models.template import ChatTemplate
from solon.models.tiny import train_tokenizer

_LADDER = {
    "3M": (192, 6, 6, 6, 512, 2048),
    "25M": (512, 8, 8, 8, 1024, 8192),
    "100M": (768, 12, 12, 12, 2048, 16384),
    "360M": (960, 32, 15, 5, 2560, 49152),
    "1B": (2048, 16, 32, 8, 8192, 128256),
    "3B": (3072, 28, 24, 8, 8192, 128256),
    "8B": (4096, 32, 32, 8, 14336, 128256),
    "14B": (5120, 40, 40, 8, 17408, 151936),
    "32B": (5120, 64, 64, 8, 25600, 151936),
    "70B": (8192, 80, 64, 8, 28672, 128256),
}
"""Width, layers, heads, key-value heads, feed-forward width, vocabulary; from 360M on those of published models."""
ROWS = Rows(8, 256, 128)
"""The batch of the training that is asked about: 2,048 tokens."""
_SAMPLING = Sampling(16, 0, 256, 64)
_LORA = Lora(16, 32.0, "all-linear", None)


class Use(NamedTuple):
    """A way to use a model, and the bytes that it takes at the very least, per parameter and byte of its dtype."""

    least_copies: int
    steps: Callable[[Shape], tuple[Step, ...]]


USES = {
    "trains all weights of": Use(4, lambda shape: (supervised_step(shape, ROWS, method="adamw", lora=None),)),
    "trains LoRA adapters of": Use(1, lambda shape: (supervised_step(shape, ROWS, method="adamw", lora=_LORA),)),
    "samples from": Use(1, lambda shape: tuple(sampling_steps(shape, _SAMPLING))),
}


def largest_models(hardware: Hardware, dtype: torch.dtype) -> dict[str, str | None]:
    """Per use the largest model of a ladder of sizes that the device holds; None where not even the smallest fits."""
    template = ChatTemplate(train_tokenizer(["a"], 262), "a model")
    shapes = {name: _shape(numbers, dtype, template, hardware) for name, numbers in _LADDER.items()}
    return {use: _largest(shapes, one, hardware) for use, one in USES.items()}


def _largest(shapes: dict[str, Shape], use: Use, hardware: Hardware) -> str | None:
    for name, shape in reversed(shapes.items()):
        weights = _num_parameters(shape) * shape.dtype.itemsize
        if hardware.base_bytes + use.least_copies * weights > hardware.memory_bytes:
            continue  # without running a step of it
        held = max(hardware.held_bytes(one.kept_bytes, one.peak_bytes) for one in at_depth(shape, use.steps))
        if held <= hardware.memory_bytes:
            return name
    return None


def _shape(numbers: tuple[int, ...], dtype: torch.dtype, template: ChatTemplate, hardware: Hardware) -> Shape:
    width, layers, heads, key_heads, ffn, vocabulary = numbers
    config = LlamaConfig(
        hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads, num_key_value_heads=key_heads,
        intermediate_size=ffn, vocab_size=vocabulary, max_position_embeddings=4096,
        tie_word_embeddings=width < 4096,
    )  # fmt: skip
    return Shape(config, dtype, template, hardware.is_gpu)


def _num_parameters(shape: Shape) -> int:
    one, two = (shape.at_depth(depth).num_parameters for depth in (1, 2))
    return one + (two - one) * (shape.num_layers - 1)
