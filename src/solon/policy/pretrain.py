"""Pretraining on plain text (base), and its continuation on instruction and feedback text (mid-training).

The two are one warm-up/stable/decay schedule: base warms up and stays, mid goes on at base's rate and decays.
Source: MiniCPM, Hu et al. 2024, arXiv:2404.06395, section 4. The optimiser's moments start anew in mid-training (ours).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from solon.models.language_model import LanguageModel
from solon.policy.config import PretrainConfig
from solon.policy.rows import Example, num_steps, train_rows, training_rows
from solon.progress import Progress
from solon.training.optimiser import OptimiserConfig


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
    steps = num_steps(
        rows, config.tokens_per_batch, config.epochs, seed, in_order=config.in_order,
        packed_into=language_model.context_tokens if config.packing else None,
    )  # fmt: skip
    optimiser = OptimiserConfig(
        method=config.optimiser,
        peak_lr=config.peak_lr,
        num_steps=steps,
        schedule=config.schedule,
        warmup_steps=min(config.warmup_steps, steps),
        weight_decay=config.weight_decay,
        clip_norm=config.clip_norm,
        embedding_lr_scale=config.embedding_lr_scale,
    )
    tokens = sum(len(row.ids) for row in rows)
    train_rows(
        language_model, rows, optimiser, tokens_per_batch=config.tokens_per_batch,
        checkpoint_every=config.checkpoint_every, folder=folder, seed=seed, progress=progress,
        keep_checkpoints=keep_checkpoints,
        what=f"read {tokens} tokens in {len(rows)} rows", in_order=config.in_order, packing=config.packing,
    )  # fmt: skip
