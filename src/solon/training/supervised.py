"""Supervised training: imitate rows of tokens. Base, mid-training, SFT and SL-CAI are this stage on other rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from solon.errors import TrainingError
from solon.models.language_model import LanguageModel
from solon.models.template import Tokens
from solon.objectives.cross_entropy import CrossEntropy, weighted_cross_entropy
from solon.training.batches import BatchOrder, PaddedBatch, length_batches, pad_batch
from solon.training.micro_batches import MicroBatches
from solon.training.optimiser import Optimiser, OptimiserConfig
from solon.training.packing import PackedOrder, check_keeps_rows_apart, pack_batch, sequence_tokens


def supervised_loss(language_model: LanguageModel, batch: PaddedBatch) -> CrossEntropy:
    """Weighted cross-entropy of a batch; only tokens with weight go through the vocabulary matrix."""
    trained_BT = batch.weights_BT > 0
    logprobs_N = language_model.logprobs_at(batch.ids_BT, trained_BT, batch.positions_BT, batch.mask_BT)
    return weighted_cross_entropy(logprobs_N, batch.weights_BT[trained_BT])


RowOrder = BatchOrder | PackedOrder
"""Which rows a step reads."""


def row_order(
    rows: Sequence[Tokens],
    tokens_per_batch: int,
    seed: int,
    *,
    sections: Sequence[int] | None = None,
    packed_into: int | None = None,
) -> RowOrder:
    """The order in which a supervised stage reads rows.

    Args:
        rows: tokens with loss weights.
        tokens_per_batch: tokens of one step, padding included.
        seed: decides the order.
        sections: read the rows roughly as they come (see `epoch_batches`).
        packed_into: pack rows into sequences of up to so many tokens (the context); None pads every row.
    """
    lengths = [len(row.ids) for row in rows]
    if packed_into is None:
        return BatchOrder(lengths, tokens_per_batch, seed, sections=sections)
    most = sequence_tokens(lengths, packed_into, tokens_per_batch)
    return PackedOrder(lengths, most, tokens_per_batch, seed, sections=sections)


class SupervisedStage:
    """A training stage (see `solon.training.loop`) over fixed rows.

    Args:
        language_model: trained in place.
        rows: tokens with loss weights.
        order: of the rows (see `row_order`), for as many epochs as the steps take.
        config: its `num_steps` is the stage's length.

    Raises:
        TrainingError: a row trains nothing or is longer than the context; their indices are named.
        ModelError: packing is asked of a model in which rows that share a sequence would see each other.
    """

    def __init__(
        self,
        language_model: LanguageModel,
        rows: Sequence[Tokens],
        order: RowOrder,
        config: OptimiserConfig,
    ) -> None:
        _check_rows(rows, language_model)
        if isinstance(order, PackedOrder):
            check_keeps_rows_apart(language_model)
        self._language_model = language_model
        self._rows = rows
        self._optimiser = Optimiser(language_model.model, config)
        self._order = order
        self._micro_batches = MicroBatches(self._optimiser, order.tokens_per_batch)
        self.num_steps = config.num_steps

    def step(self, index: int) -> Mapping[str, float]:
        """One optimiser step.

        Returns:
            `loss` (nats per unit of weight), `tokens` (real ones read), `fill` (their share of the padded batches),
            `lr`, `grad_norm`.
        """
        batches, losses = self._micro_batches.accumulate(lambda max_tokens: self._add_gradient(index, max_tokens))
        count = sum(float(loss.count) for loss in losses)
        figures = self._optimiser.step(count, [row for batch in batches for row in batch.rows])
        tokens = sum(batch.num_tokens for batch in batches)
        told = {"loss": sum(float(loss.total) for loss in losses) / count, "tokens": tokens}
        return {**told, "fill": tokens / sum(batch.mask_BT.numel() for batch in batches), **figures}

    def _add_gradient(self, step: int, max_tokens: int) -> tuple[list[PaddedBatch], list[CrossEntropy]]:
        """The micro-batches of a step and their losses."""
        batches, losses = [], []
        for batch in self._batches(step, max_tokens):
            loss = supervised_loss(self._language_model, batch.to(self._language_model.device))
            self._optimiser.backward(loss.total, batch.rows)
            batches.append(batch)
            losses.append(loss._replace(total=loss.total.detach()))
        return batches, losses

    def _batches(self, step: int, max_tokens: int) -> list[PaddedBatch]:
        """The rows of a step; all of them together unless memory has run out."""
        pad_id = self._language_model.template.pad_id
        if isinstance(self._order, PackedOrder):
            sequences = self._order.at(step)
            lengths = [sum(len(self._rows[i].ids) for i in sequence) for sequence in sequences]
            parts = self._parts(lengths, max_tokens)
            return [pack_batch(self._rows, [sequences[i] for i in part], pad_id) for part in parts]
        indices = self._order.at(step)
        parts = self._parts([len(self._rows[i].ids) for i in indices], max_tokens)
        chosen = [[indices[i] for i in part] for part in parts]
        return [pad_batch([self._rows[i] for i in part], pad_id, part) for part in chosen]

    def _parts(self, lengths: Sequence[int], max_tokens: int) -> list[list[int]]:
        if max_tokens >= self._order.tokens_per_batch:
            return [list(range(len(lengths)))]
        return length_batches(lengths, max_tokens)

    def state_dict(self) -> dict[str, Any]:
        """Weights and optimiser; the place in the data follows from the step."""
        return self._optimiser.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take back what `state_dict` gave."""
        self._optimiser.load_state_dict(state)


def _check_rows(rows: Sequence[Tokens], language_model: LanguageModel) -> None:
    untrained = [index for index, row in enumerate(rows) if not any(weight > 0 for weight in row.weights)]
    if untrained:
        raise TrainingError(
            f"{len(untrained)} of {len(rows)} rows hold no token to train on (rows {untrained[:10]}). "
            f"Leave them out, or give their spans a weight."
        )
    context = language_model.context_tokens
    long = [index for index, row in enumerate(rows) if len(row.ids) > context]
    if long:
        raise TrainingError(
            f"{len(long)} of {len(rows)} rows are longer than the {context} tokens of {language_model.name} "
            f"(rows {long[:10]}, longest {max(len(rows[i].ids) for i in long)}). Shorten or leave them out."
        )
