"""What to do when a GPU's memory does not hold a micro-batch: take the step again in smaller ones."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable
from typing import TypeVar

import torch

from solon.errors import TrainingError
from solon.training.optimiser import Optimiser

T = TypeVar("T")


class MicroBatches:
    """How many padded tokens go through a forward and backward pass at a time.

    Attributes:
        max_tokens: most of them; halved whenever memory runs out, for the rest of the training. A row that is longer is
            a micro-batch of its own.
    """

    def __init__(self, optimiser: Optimiser, max_tokens: int) -> None:
        self._optimiser = optimiser
        self.max_tokens = max_tokens

    def accumulate(self, gradients: Callable[[int], T]) -> T:
        """The gradient of a step: `gradients(max_tokens)` adds it up, micro-batch by micro-batch.

        It is called again with half as many tokens, from the beginning, when a GPU's memory runs out: a pass that broke
        off may have added a part of its gradient.

        Raises:
            TrainingError: the memory does not hold a single token's worth; or one row.
        """
        while True:
            try:
                return gradients(self.max_tokens)
            except torch.OutOfMemoryError as error:
                self._optimiser.drop_gradient()
                if self.max_tokens == 1:
                    raise TrainingError(
                        "the GPU's memory does not hold one row with its gradient. Shorten the rows, set "
                        "recompute_activations=true or lora.rank, or take a smaller model."
                    ) from error
                self.max_tokens = max(1, self.max_tokens // 2)
            # Out here the error, whose frames hold the tensors of the pass that failed, is gone.
            gc.collect()
            torch.cuda.empty_cache()
            warnings.warn(
                f"the GPU's memory ran out: from now on {self.max_tokens} padded tokens at a time. This changes no "
                "result beyond rounding; a smaller setting saves the attempt.",
                RuntimeWarning,
                stacklevel=2,
            )
