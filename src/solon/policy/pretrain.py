"""Pretraining on plain text (base), and its continuation on instruction and feedback text (mid-training).

The two are one warm-up/stable/decay schedule: base warms up and stays, mid goes on at base's rate and decays. Or one of
them is the whole of it, on a mixture whose last phase is the decay (`schedule: wsd`).
Source: MiniCPM, Hu et al. 2024, arXiv:2404.06395, section 4. The optimiser's moments start anew in mid-training (ours).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from solon.models.language_model import LanguageModel
from solon.models.template import Tokens
from solon.models.trainable import make_trainable
from solon.policy.config import PretrainConfig
from solon.policy.rows import Example, num_steps, train_rows, training_rows
from solon.progress import Progress
from solon.training.optimiser import OptimiserConfig
from solon.training.supervised import row_order

DECAY_SHARE = 0.1
"""Of the steps, where no phases say when the rate falls; MiniCPM found about a tenth to be enough."""


def pretrain(
    language_model: LanguageModel,
    examples: Sequence[Example],
    config: PretrainConfig,
    *,
    folder: Path,
    seed: int,
    progress: Progress,
    keep_checkpoints: int = 1,
) -> None:
    """Train a model in place on documents (and demonstrations, in mid-training) and write it to `folder/model`.

    Args:
        language_model: fresh weights for base; the base for mid-training.
        examples: each is read once per epoch.
        config: lengths, rates, schedule.
        folder: gets `model`, `metrics.jsonl` and `checkpoints`; training resumes from them.
        seed: of the order of rows.
        progress: is told loss and rate.
        keep_checkpoints: how many of the newest stay in `checkpoints`.

    Raises:
        InputError: an example does not fit the context (see `long_rows`) or trains nothing; the message names it.
        TrainingError: the loss is not finite.
    """
    rows = training_rows(language_model, examples, config.long_rows, folder, progress)
    pretrain_rows(
        language_model, rows, config, sections=() if config.in_order else None, folder=folder, seed=seed,
        progress=progress, keep_checkpoints=keep_checkpoints,
    )  # fmt: skip


def pretrain_rows(
    language_model: LanguageModel,
    rows: Sequence[Tokens],
    config: PretrainConfig,
    *,
    sections: Sequence[int] | None,
    folder: Path,
    seed: int,
    progress: Progress,
    keep_checkpoints: int = 1,
) -> None:
    """`pretrain` on rows of tokens, such as those of a mixture.

    Args:
        sections: keep the rows in order (see `epoch_batches`). `wsd` decays behind the last of these ends.
    """
    packed_into = language_model.context_tokens if config.packing else None
    order = row_order(rows, config.tokens_per_batch, seed, sections=sections, packed_into=packed_into)
    steps = num_steps(order, config.epochs)
    optimiser = OptimiserConfig(
        method=config.optimiser,
        peak_lr=config.peak_lr,
        num_steps=steps,
        schedule=config.schedule,
        warmup_steps=min(config.warmup_steps, steps),
        decay_steps=order.steps_behind(sections[-1]) if sections else max(1, round(DECAY_SHARE * steps)),
        weight_decay=config.weight_decay,
        clip_norm=config.clip_norm,
        embedding_lr_scale=config.embedding_lr_scale,
    )
    make_trainable(language_model, None, seed, recompute=config.recompute_activations)
    tokens = sum(len(row.ids) for row in rows)
    train_rows(
        language_model, rows, order, optimiser, checkpoint_every=config.checkpoint_every, folder=folder,
        progress=progress, keep_checkpoints=keep_checkpoints, what=f"read {tokens} tokens in {len(rows)} rows",
    )  # fmt: skip
