"""The parts of a step of PPO, and of sampling, run without data; see `steps`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from solon.engines.flat import KeyValues, Place, passes, read_next, read_segments
from solon.engines.picking import Decoding, RowDecoding
from solon.engines.prefixes import Ints
from solon.forecast.shapes import Lora, Shape, bytes_saved_by
from solon.forecast.steps import PASSES, Rows, Step, less, step_of, tracker_of, unlike, update_of
from solon.models.language_model import LanguageModel
from solon.models.scalar_model import ScalarModel
from solon.models.template import Tokens
from solon.objectives.policy_gradient import ppo_clip_loss
from solon.policy.experience import gather_experience
from solon.policy.rl_config import PPOConfig
from solon.policy.rollout import Rollout
from solon.policy.updates import PolicyLoss, PolicyUpdates
from solon.policy.value_updates import ValueUpdates
from solon.records import Prompt, user
from solon.training.batches import length_batches, pad_batch


class PPOSteps(NamedTuple):
    """The parts of one step of PPO."""

    score: Step
    """The reward model reads all responses."""
    read: Step
    """Policy, reference and value model read all responses."""
    update_values: Step
    """One minibatch."""
    update_policy: Step
    """One minibatch."""


def ppo_steps(
    shape: Shape, prompt_tokens: int, response_tokens: int, config: PPOConfig, *, lora: Lora | None,
    own_reference: bool, ptx: Rows | None, score_batch_tokens: int,
) -> PPOSteps:  # fmt: skip
    """The parts of a step of PPO after sampling.

    Args:
        own_reference: the reference is another model than the start; without adapters it is loaded anyway.
        ptx: what is imitated in each update.
        score_batch_tokens: padded tokens of a forward pass of the reward model.
    """
    policy = shape.policy(lora)
    reference = shape.policy() if lora is None or own_reference else policy
    value_model = shape.scalar_model(lora)
    reward = shape.scalar_model() if lora is None else value_model
    models: list[LanguageModel | ScalarModel] = [policy, reference, value_model, reward]
    prompt = Prompt(id="prompt", messages=(user("prompt"),))
    length = prompt_tokens + response_tokens
    in_pass = max(1, config.max_batch_tokens // length)
    num_run = min(config.minibatch_responses, PASSES * in_pass)
    num_scored = min(config.responses_per_step, max(1, score_batch_tokens // length))
    known = [0.0] * response_tokens
    rollouts = [
        Rollout(
            prompt, draw, unlike(draw // config.samples_per_prompt, prompt_tokens), unlike(draw, response_tokens), "",
            False, known, known,
        )
        for draw in range(max(num_run, num_scored))
    ]  # fmt: skip
    minibatch = list(range(num_run))
    scored = [rollout.row for rollout in rollouts[:num_scored]]
    rollouts = rollouts[:num_run]
    ptx_rows = [] if ptx is None else ptx.as_tokens()
    if not ptx_rows:
        config = config.model_copy(update={"ptx_coef": 0.0})
    tracker = tracker_of(models)
    with tracker:
        policy_updates = PolicyUpdates(policy, config, ptx_rows, num_rollouts=2, seed=0)
        value_updates = ValueUpdates(value_model, config)
        score = step_of(tracker, lambda: _score(reward, scored, score_batch_tokens))
        experience = gather_experience(
            rollouts, [0.0] * len(rollouts), config, reference=reference, value_model=value_model, centre_values=False,
        )  # fmt: skip
        read = step_of(tracker, lambda: None)

        def loss(logprobs_BR: torch.Tensor, indices: list[int]) -> PolicyLoss:
            readings = experience.readings
            found = ppo_clip_loss(
                logprobs_BR, readings.logprobs_BR[indices], experience.advantages_BR[indices],
                readings.mask_BR[indices], clip_range=config.clip_range,
            )  # fmt: skip
            return PolicyLoss(found.total, found.clipped, int(found.count))

        def update_policy() -> None:
            policy_updates.update(rollouts, experience.readings, minibatch, loss, count=1)

        before = tracker.live_bytes
        values = update_of(tracker, lambda: value_updates.update(rollouts, experience, minibatch))
        between = tracker.live_bytes
        policies = update_of(tracker, update_policy)
    moments = policies.kept_bytes - before
    score, read = (less(one, -moments) for one in (score, read))
    values = less(values, between - policies.kept_bytes)
    saved = sum(bytes_saved_by(lora, one) for one in {id(one): one for one in (policy, value_model)}.values())
    responses = config.responses_per_step
    times = (responses / len(scored), responses / num_run, *(config.epochs * responses / num_run,) * 2)
    parts = [
        less(part, saved)._replace(times=count)
        for part, count in zip((score, read, values, policies), times, strict=True)
    ]
    num_passes = config.minibatch_responses / in_pass
    return PPOSteps(*parts[:2], *(part._replace(num_passes=num_passes) for part in parts[2:]))


@torch.no_grad()
def _score(model: ScalarModel, rows: Sequence[Tokens], max_batch_tokens: int) -> None:
    for batch in length_batches([len(row.ids) for row in rows], max_batch_tokens):
        model.last_token_values(pad_batch([rows[i] for i in batch], 0))


class Sampling(NamedTuple):
    """How a set of answers is sampled."""

    rows: int
    """In the batch at a time."""
    shared_tokens: int
    """Of all prompts; read and kept once."""
    own_tokens: int
    """Of each prompt."""
    new_tokens: int


class SamplingSteps(NamedTuple):
    """The parts of sampling."""

    read: Step
    """The prompts of one full batch."""
    decode: Step
    """One further token of every row, in the middle of the answer."""


def sampling_steps(shape: Shape, sampling: Sampling) -> SamplingSteps:
    """Reading prompts and picking tokens, with as many rows as the engine takes."""
    policy = shape.policy()
    model = policy.model
    rows, own, new = sampling.rows, max(1, sampling.own_tokens), sampling.new_tokens
    tracker = tracker_of([policy])
    with tracker, torch.no_grad():
        before: list[tuple[KeyValues, Ints]] = []
        if sampling.shared_tokens:
            shared = read_segments(model, [[1] * sampling.shared_tokens], np.zeros(1, dtype=np.int64)).key_values
            before = [(shared, np.zeros(rows, dtype=np.int64))]
        key_values: KeyValues | None = None
        logits: list[torch.Tensor] = []
        for part in passes([own] * rows):
            count = part.stop - part.start
            begins = np.full(count, sampling.shared_tokens, dtype=np.int64)
            shares = [(one, node[part]) for one, node in before]
            found = read_segments(model, [[1] * own] * count, begins, shares)
            logits = [torch.cat([*logits, found.logits])]
            if key_values is None:
                key_values = found.key_values
            else:
                key_values.append(found.key_values)
        assert key_values is not None
        read = step_of(tracker, lambda: None)
        decoding = RowDecoding([Decoding()] * rows, model.device)
        places = [Place(one, node) for one, node in before]
        # the middle of the answer for the work, its end, where room is made, for the memory
        decode: Step | None = None
        for done in (new // 2, new - 1):
            key_values.with_room(own + done)
            key_values.lengths = np.full(rows, own + done, dtype=np.int64)
            tracker.clear()
            picked_B, *_ = decoding.pick(logits[0], torch.rand(rows, dtype=torch.float64))
            positions_B = torch.full((rows,), sampling.shared_tokens + own + done)
            logits = [read_next(model, picked_B, positions_B, key_values, places)]
            at_end = step_of(tracker, lambda: None)
            decode = at_end if decode is None else at_end._replace(
                work=decode.work._replace(peak_bytes=max(decode.peak_bytes, at_end.peak_bytes))
            )  # fmt: skip
    assert decode is not None
    return SamplingSteps(read, decode)
