"""Supervised fine-tuning: a policy imitates demonstrations (people's, or its own revised answers: SL-CAI)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from solon.errors import InputError
from solon.models.language_model import LanguageModel
from solon.models.template import Tokens
from solon.models.trainable import make_trainable
from solon.policy.config import SFTConfig
from solon.policy.rows import Example, num_steps, render_rows, train_rows, training_rows
from solon.progress import Progress
from solon.records import Document
from solon.seeds import derive, is_held_out
from solon.training.optimiser import over_steps
from solon.training.supervised import row_order


def train_sft(
    language_model: LanguageModel,
    examples: Sequence[Example],
    config: SFTConfig,
    *,
    folder: Path,
    seed: int,
    progress: Progress,
    keep_checkpoints: int = 1,
) -> None:
    """Train a policy in place on examples and write it to `folder/model`. Resumes where it stopped.

    Args:
        language_model: where training starts from.
        examples: demonstrations, and documents where text is mixed in.
        config: lengths, rates, schedule.
        folder: gets `model`, `metrics.jsonl` and `checkpoints`.
        seed: of the order of rows.
        progress: is told loss and rate.
        keep_checkpoints: how many of the newest stay in `checkpoints`.

    Raises:
        InputError: an example does not fit the context (see `long_rows`) or trains nothing (the message names it), or
            `held_out_share` leaves nothing on one side.
        TrainingError: the loss is not finite.
    """
    held_out, imitated = _split(examples, config.held_out_share, seed)
    train_sft_rows(
        language_model, training_rows(language_model, imitated, config.long_rows, folder, progress), config,
        held_out=render_rows(language_model, held_out, config.long_rows), folder=folder, seed=seed, progress=progress,
        keep_checkpoints=keep_checkpoints,
    )  # fmt: skip


def train_sft_rows(
    language_model: LanguageModel,
    rows: Sequence[Tokens],
    config: SFTConfig,
    *,
    sections: Sequence[int] | None = None,
    held_out: Sequence[Tokens] = (),
    folder: Path,
    seed: int,
    progress: Progress,
    keep_checkpoints: int = 1,
) -> None:
    """`train_sft` on rows of tokens, such as those of a mixture.

    Args:
        sections: keep the rows in order (see `epoch_batches`).
        held_out: rows that train nothing, and whose loss chooses the pass.
    """
    packed_into = language_model.context_tokens if config.packing else None
    order = row_order(rows, config.tokens_per_batch, seed, sections=sections, packed_into=packed_into)
    steps = num_steps(order, config.epochs)
    optimiser = over_steps(config, steps, method=config.optimiser)
    make_trainable(language_model, config.lora, derive(seed, "adapters"), recompute=config.recompute_activations)
    train_rows(
        language_model, rows, order, optimiser, checkpoint_every=config.checkpoint_every, folder=folder,
        progress=progress, keep_checkpoints=keep_checkpoints, what=f"imitate {len(rows)} examples", held_out=held_out,
    )  # fmt: skip


def _split(examples: Sequence[Example], share: float, seed: int) -> tuple[list[Example], list[Example]]:
    """Examples held out, and the others. All answers to a prompt are on one side.

    Raises:
        InputError: nothing is left on one of the sides.
    """
    held_out = [one for one in examples if is_held_out(_asked(one), share, seed)]
    others = [one for one in examples if not is_held_out(_asked(one), share, seed)]
    if share and not (held_out and others):
        raise InputError(
            f"held_out_share={share} of {len(examples)} examples leaves {len(held_out)} to test and {len(others)} to "
            "train on. Give more examples, or another share."
        )
    return held_out, others


def _asked(example: Example) -> str:
    """What an example answers; of a document, its id."""
    if isinstance(example, Document):
        return example.id
    return "\n".join(message.content for message in example.messages[:-1])
