"""Documents and demonstrations to rows of tokens, and one supervised training run over rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from solon.errors import InputError
from solon.models.language_model import LanguageModel
from solon.models.long_rows import LongRowCounts, LongRows, shorten
from solon.models.lora import merge_adapters
from solon.models.saving import disk_errors
from solon.models.template import Tokens
from solon.progress import Progress
from solon.records import Demonstration, Document
from solon.training.batches import length_batches, pad_batch
from solon.training.loop import train
from solon.training.optimiser import OptimiserConfig
from solon.training.supervised import RowOrder, SupervisedStage, supervised_loss

Example = Document | Demonstration
"""Anything a policy imitates."""


def render_rows(
    language_model: LanguageModel,
    examples: Sequence[Example],
    long_rows: LongRows = "error",
    counts: LongRowCounts | None = None,
) -> list[Tokens]:
    """The rows of tokens of the examples, in order; of one longer than the context what `long_rows` makes of it.

    An example is one row, but for demonstrations whose earlier turns the chat template rewrites (see
    `ChatTemplate.render_all`).

    Args:
        language_model: whose template and context count.
        examples: what is rendered.
        long_rows: by default nothing is cut, and a long example is an error.
        counts: is told what became of the rows.

    Raises:
        InputError: an example is longer than the context (with `error`) or has no token to train on: the message names
            it; or none is left.
    """
    template, context = language_model.template, language_model.context_tokens
    counts = LongRowCounts() if counts is None else counts
    rows: list[Tokens] = []
    for example in examples:
        kind = "document" if isinstance(example, Document) else "demonstration"
        what = f"{kind} {example.id!r} (source {example.source!r})"
        of_example = template.rows_of(example)
        counts.divided += len(of_example) > 1
        for number, row in enumerate(of_example, start=1):
            one = what if len(of_example) == 1 else f"row {number} of the {len(of_example)} of {what}"
            if long_rows == "error":
                template.check_fits(len(row.ids), context, one)
            if not any(row.weights):
                raise InputError(
                    f"{one} has no token to train on: all its spans weigh 0. Leave it out, or weigh a span."
                )
            rows += shorten(row, context, long_rows, counts)
    if examples and not rows:
        raise InputError(
            f"long_rows={long_rows} leaves none of {len(examples)} rows: all are longer than the {context} tokens of "
            f"{language_model.name}, or train nothing within them. Use a model with a longer context, or shorter rows."
        )
    return rows


def training_rows(
    language_model: LanguageModel, examples: Sequence[Example], long_rows: LongRows, folder: Path, progress: Progress
) -> list[Tokens]:
    """`render_rows`, which writes to `folder/long_rows.json` and tells what became of long rows, where it may be asked.

    Raises:
        InputError: see `render_rows`.
    """
    counts = LongRowCounts()
    rows = render_rows(language_model, examples, long_rows, counts)
    if long_rows != "error":
        with disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            told = {"long_rows": long_rows, "context_tokens": language_model.context_tokens, **asdict(counts)}
            (folder / "long_rows.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    if counts.divided:
        progress.say(
            f"{len(examples)} examples are {counts.rows_in} rows: the chat template rewrites earlier turns of "
            f"{counts.divided}, whose turns are trained in rows of their own"
        )
    if counts.long:
        progress.say(
            f"{counts.long} of {counts.rows_in} rows are longer than {language_model.context_tokens} tokens: "
            f"{counts.split} split, {counts.cut} cut, {counts.dropped + counts.untrained} left out "
            f"({counts.untrained} of them because nothing trained would be left)"
        )
    return rows


def num_steps(order: RowOrder, epochs: float) -> int:
    """Optimiser steps of `epochs` passes over the rows; at least one."""
    return max(1, round(epochs * order.steps_per_epoch()))


@torch.no_grad()
def mean_loss(language_model: LanguageModel, rows: Sequence[Tokens], tokens_per_batch: int) -> float:
    """Weighted cross-entropy of rows, in nats per unit of weight."""
    total = count = 0.0
    for batch in length_batches([len(row.ids) for row in rows], tokens_per_batch):
        padded = pad_batch([rows[i] for i in batch], language_model.template.pad_id, batch).to(language_model.device)
        loss = supervised_loss(language_model, padded)
        total, count = total + float(loss.total), count + float(loss.count)
    return total / count


class HeldOutLoss:
    """A supervised stage that also measures `held_out_loss` at the end of every pass over its rows."""

    def __init__(
        self, stage: SupervisedStage, language_model: LanguageModel, held_out: Sequence[Tokens],
        *, tokens_per_batch: int, every: int,
    ) -> None:  # fmt: skip
        self._stage = stage
        self._language_model = language_model
        self._held_out = held_out
        self._tokens_per_batch = tokens_per_batch
        self._every = every
        self.num_steps = stage.num_steps

    def step(self, index: int) -> Mapping[str, float]:
        """One optimiser step of the stage."""
        figures = dict(self._stage.step(index))
        if (index + 1) % self._every == 0 or index + 1 == self.num_steps:
            figures["held_out_loss"] = mean_loss(self._language_model, self._held_out, self._tokens_per_batch)
        return figures

    def state_dict(self) -> dict[str, Any]:
        """The stage's state: measuring has none."""
        return self._stage.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take back what `state_dict` gave."""
        self._stage.load_state_dict(state)


def train_rows(
    language_model: LanguageModel, rows: Sequence[Tokens], order: RowOrder, config: OptimiserConfig, *,
    checkpoint_every: int, folder: Path, progress: Progress, what: str, held_out: Sequence[Tokens] = (),
    keep_checkpoints: int = 1,
) -> None:  # fmt: skip
    """Train in place with resume, then write `folder/model`; metrics are in `folder/metrics.jsonl`.

    Adapters are in `folder/adapter` too, and merged.

    With held-out rows, whose loss is measured after every pass, the model is that of the pass where it was lowest.
    """
    stage = SupervisedStage(language_model, rows, order, config)
    measured: SupervisedStage | HeldOutLoss = stage
    if held_out:
        every = num_steps(order, 1.0)
        measured = HeldOutLoss(stage, language_model, held_out, tokens_per_batch=order.tokens_per_batch, every=every)
    progress.start(what, config.num_steps)
    train(
        measured, folder=folder, checkpoint_every=checkpoint_every, keep=keep_checkpoints,
        lowest="held_out_loss" if held_out else None,
        log=lambda index, figures: progress.advance(index + 1, figures),
    )  # fmt: skip
    merge_adapters(language_model, folder / "adapter")
    language_model.save(folder / "model")
