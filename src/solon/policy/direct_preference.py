"""Training a policy on preferences without a reward model: DPO, IPO, SimPO, ORPO, KTO."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from solon.errors import InputError
from solon.models.language_model import LanguageModel
from solon.models.lora import merge_adapters
from solon.models.trainable import make_trainable
from solon.policy.judgements import (
    Judged,
    check_same_tokens,
    fitting,
    held_out_pairs,
    judged_of,
    mismatched_rows,
)
from solon.policy.preference_config import DirectPreferenceConfig
from solon.policy.preference_losses import response_rewards
from solon.policy.preference_stage import Judgement, PreferenceStage, reads
from solon.policy.summed_logprobs import all_summed_logprobs, kept_reference_logprobs
from solon.progress import Progress
from solon.records import LabelledResponse, Preference, Ranking
from solon.seeds import derive, is_held_out
from solon.training.heldout import HeldOutPair
from solon.training.loop import train


def train_direct_preference(
    policy: LanguageModel,
    rankings: Sequence[Ranking],
    preferences: Sequence[Preference],
    config: DirectPreferenceConfig,
    *,
    labelled: Sequence[LabelledResponse] = (),
    reference: Callable[[], LanguageModel] | None = None,
    folder: Path,
    seed: int,
    progress: Progress,
    keep_checkpoints: int = 1,
) -> list[HeldOutPair]:
    """Train a policy in place on preferences, write it to `folder/model`, and test it on held-out prompts. Resumes.

    Args:
        policy: where training starts from.
        rankings: of two responses or more; all their pairs are learnt in one forward pass, and weigh 1 together.
        preferences: comparisons with a probability; a tie of 0.5 asks for equal rewards (KTO leaves it out).
        config: loss, lengths, rates.
        labelled: KTO alone: single responses with a `label` of true (desirable) or false.
        reference: loads the frozen reference. It is called where `folder` does not hold its log-probabilities yet, and
            the model is given up before training begins. None: the policy as it is given.
        folder: gets `model`, `metrics.jsonl`, `checkpoints` and, where the loss has a reference, its log-probabilities.
        seed: of the split by prompt and the order of the data.
        progress: is told the figures and what was left out.
        keep_checkpoints: how many of the newest stay in `checkpoints`.

    Returns:
        Every held-out pair with its label and the margin of implicit rewards (see `response_rewards`).

    Raises:
        InputError: nothing is left to train on, a response is longer than the context, the reference has other tokens,
            or something is given that the loss does not read.
        TrainingError: the loss is not finite, or `folder` holds a training on other rows.
    """
    if reference is not None and not config.has_reference:
        raise InputError(f"loss={config.loss} reads no reference, and one was given. Leave it out.")
    if labelled and config.loss != "kto":
        raise InputError(
            f"loss={config.loss} learns from pairs, and {len(labelled)} single labelled responses were given. Leave "
            "them out, or set loss=kto."
        )
    judged = judged_of(policy, rankings, preferences, labelled)
    if empty := len(rankings) + len(preferences) + len(labelled) - len(judged):
        progress.say(f"{empty} rankings of ties alone or comparisons without a label carry nothing and are left out")
    judged = fitting(judged, policy, config.long_rows, folder, progress)
    trained, held_out = _divide(judged, config, seed, progress)
    judgements = _with_references(policy, trained, held_out, config, reference, folder, progress)
    make_trainable(policy, config.lora, derive(seed, "adapters"), recompute=config.recompute_activations)
    stage = PreferenceStage(policy, judgements[: len(trained)], config, seed=seed)
    progress.start(f"learn {len(trained)} judgements by {config.loss}", stage.num_steps)
    train(
        stage, folder=folder, checkpoint_every=config.checkpoint_every, keep=keep_checkpoints,
        log=lambda index, figures: progress.advance(index + 1, figures),
    )  # fmt: skip
    merge_adapters(policy, folder / "adapter")
    policy.save(folder / "model")
    return _tested(policy, held_out, judgements[len(trained) :], config)


def _divide(
    judged: Sequence[Judged], config: DirectPreferenceConfig, seed: int, progress: Progress
) -> tuple[list[Judged], list[Judged]]:
    """What trains, and what is held out. Nothing about the prompt of a held-out pair trains.

    Labelled responses are not held out for themselves: a test needs pairs.
    """
    is_pair = [not isinstance(one.record, LabelledResponse) for one in judged]
    held_out = [
        one
        for one, pair in zip(judged, is_pair, strict=True)
        if pair and is_held_out(one.prompt.id, config.held_out_share, seed)
    ]
    prompts = {one.prompt.id for one in held_out}
    trained = [one for one in judged if one.prompt.id not in prompts]
    if beside := len(judged) - len(held_out) - len(trained):
        progress.say(f"{beside} labelled responses belong to held-out prompts and train nothing")
    if config.loss == "kto" and (ties := sum(one.is_tie for one in trained)):
        progress.say(f"{ties} ties say nothing of either response to KTO and are left out")
        trained = [one for one in trained if not one.is_tie]
    return trained, held_out


def _with_references(
    policy: LanguageModel, trained: Sequence[Judged], held_out: Sequence[Judged], config: DirectPreferenceConfig,
    reference: Callable[[], LanguageModel] | None, folder: Path, progress: Progress,
) -> list[Judgement]:  # fmt: skip
    """All judgements, those that train first, with what the loss reads of the reference."""
    judged = [*trained, *held_out]
    elements = [one.element for one in judged]
    if not config.has_reference or not trained:
        return [Judgement(element) for element in elements]
    mismatched = mismatched_rows(elements[: len(trained)], policy.context_tokens) if config.loss == "kto" else []
    rows = [row for element in elements for row in element.rows] + mismatched

    def compute() -> Tensor:
        frozen = policy
        if reference is not None:
            frozen = reference()
            check_same_tokens(policy, judged, frozen)
        progress.start(f"log-probabilities of {len(rows)} responses under the reference", len(rows))
        return all_summed_logprobs(frozen, rows, config.max_batch_tokens, progress)

    sizes = [len(element.rows) for element in elements]
    *parts, of_mismatched = torch.split(kept_reference_logprobs(folder, rows, compute), [*sizes, len(mismatched)])
    found = [Judgement(element, part) for element, part in zip(elements, parts, strict=True)]
    for index, (row, logprob) in enumerate(zip(mismatched, of_mismatched.tolist(), strict=True)):
        found[index] = found[index]._replace(mismatched=row, mismatched_reference_logprob=logprob)
    return found


def _tested(
    policy: LanguageModel, held_out: Sequence[Judged], judgements: Sequence[Judgement], config: DirectPreferenceConfig
) -> list[HeldOutPair]:
    """The held-out pairs with their margins under the trained policy."""
    rows = [row for one in judgements for row in one.element.rows]
    logprobs_B = all_summed_logprobs(policy, rows, config.max_batch_tokens)
    return held_out_pairs(held_out, [response_rewards(read, config) for read in reads(rows, logprobs_B, judgements)])
