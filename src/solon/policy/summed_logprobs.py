"""Log-probabilities of whole responses, and those of the reference, which are computed once and kept.

Shapes: B rows. Log-probabilities are in nats, in float32: the sum over the tokens of a row that weigh something.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from solon.errors import TrainingError
from solon.models.language_model import LanguageModel
from solon.models.saving import disk_errors, fsync
from solon.models.template import Tokens
from solon.policy.readings import response_logprobs
from solon.progress import Progress
from solon.training.batches import length_batches, pad_batch

REFERENCE_FILE = "reference.safetensors"


def summed_logprobs(model: LanguageModel, rows: Sequence[Tokens]) -> Tensor:
    """logprobs_B of rows in one forward pass; only their responses go through the vocabulary matrix."""
    batch = pad_batch(rows, model.template.pad_id).to(model.device)
    logprobs_N = response_logprobs(model, batch, temperature=1.0)
    parts = torch.split(logprobs_N, (batch.weights_BT > 0).sum(1).tolist())
    return torch.stack([part.sum() for part in parts])


@torch.no_grad()
def all_summed_logprobs(
    model: LanguageModel, rows: Sequence[Tokens], max_batch_tokens: int, progress: Progress | None = None
) -> Tensor:
    """logprobs_B of any number of rows, on the CPU, without gradient."""
    logprobs_B, done = torch.zeros(len(rows)), 0
    for batch in length_batches([len(row.ids) for row in rows], max_batch_tokens):
        logprobs_B[batch] = summed_logprobs(model, [rows[i] for i in batch]).cpu()
        done += len(batch)
        if progress is not None:
            progress.advance(done, {})
    return logprobs_B


def kept_reference_logprobs(folder: Path, rows: Sequence[Tokens], compute: Callable[[], Tensor]) -> Tensor:
    """The reference's logprobs_B of the rows: computed once, and kept in `folder/reference.safetensors`.

    A file without a checkpoint beside it is not believed: it may be of a training that was begun otherwise.

    Raises:
        TrainingError: a training in `folder` has begun, on other rows.
        StorageError: the disk is full or may not be written.
    """
    file = folder / REFERENCE_FILE
    fingerprint = hashlib.sha256(json.dumps([[row.ids, row.weights] for row in rows]).encode()).hexdigest()
    if file.is_file() and any((folder / "checkpoints").glob("*")):
        with safe_open(file, framework="pt") as kept:
            if kept.metadata() != {"rows": fingerprint}:
                raise TrainingError(
                    f"{file} holds log-probabilities of other rows than those that are given now: the training in "
                    f"{folder} was begun on other data. Give another folder, or remove it to train anew."
                )
            logprobs_B: Tensor = kept.get_tensor("logprobs")
        return logprobs_B
    logprobs_B = compute()
    with disk_errors(file):
        folder.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.draft")
        draft.write_bytes(save({"logprobs": logprobs_B}, metadata={"rows": fingerprint}))
        fsync(draft)
        draft.replace(file)
    return logprobs_B
