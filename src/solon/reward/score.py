"""A reward model as a reward: prompts and responses as text in, one number each out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from solon.interfaces import PromptResponse
from solon.models.scalar_model import ScalarModel
from solon.models.template import Tokens
from solon.training.batches import length_batches, pad_batch


def scored_row(model: ScalarModel, pair: PromptResponse) -> Tokens:
    """A prompt and its response as the reward model reads them: in its own tokens, closed by its own end token.

    A response that was cut off is closed as well: that it was cut off is not the reward model's business.

    Raises:
        InputError: it is longer than the reward model's context; the message names the prompt.
    """
    template = model.template
    asked = template.prompt_ids(pair.prompt.messages, tools=pair.prompt.tools)
    ids = asked + template.response_ids(pair.response)
    template.check_fits(len(ids), model.context_tokens, f"prompt {pair.prompt.id!r} with its response")
    return Tokens(ids, [0.0] * len(ids))


class RewardModelScorer:
    """Scores in logits: a difference of 1 means odds of e : 1.

    A score does not depend on what else is in the batch, beyond rounding. `max_batch_tokens` bounds the padded tokens
    of a forward pass.
    """

    def __init__(self, model: ScalarModel, *, max_batch_tokens: int = 16384) -> None:
        self.model = model
        self._max_batch_tokens = max_batch_tokens

    @classmethod
    def load(cls, path: str | Path, *, device: torch.device | str = "cpu") -> RewardModelScorer:
        """The scorer of a saved reward model.

        Raises:
            ModelError: the folder is no reward model.
        """
        return cls(ScalarModel.load(str(path), device=device))

    @torch.no_grad()
    def __call__(self, pairs: Sequence[PromptResponse]) -> list[float]:
        """One score per pair, in order; higher is better."""
        rows = [scored_row(self.model, pair) for pair in pairs]
        scores = [0.0] * len(rows)
        for batch in length_batches([len(row.ids) for row in rows], self._max_batch_tokens):
            padded = pad_batch([rows[i] for i in batch], self.model.template.pad_id, batch).to(self.model.device)
            values_B = self.model.last_token_values(padded).float().cpu()
            for row, value in zip(batch, values_B.tolist(), strict=True):
                scores[row] = value
        return scores
