from collections.abc import Callable

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensor

from solon.forecast.phases import at_depth
from solon.forecast.rollout_steps import Sampling, ppo_steps, sampling_steps
from solon.forecast.shapes import Lora, Shape, bytes_saved_by, tensors_of
from solon.forecast.steps import Elements, Rows, preference_step, reward_step, supervised_step
from solon.forecast.tracking import Tracker
from solon.policy.preference_config import DirectPreferenceConfig
from solon.policy.rl_config import PPOConfig
from solon.reward.config import RewardConfig
from solon.training.batches import BatchOrder
from solon.training.optimiser import OptimiserConfig
from solon.training.supervised import SupervisedStage

NewShape = Callable[..., Shape]
ROWS = Rows(4, 16, 10)
LORA = Lora(2, 4.0, "all-linear", None)
PPO = PPOConfig(prompts_per_step=8, minibatch_responses=8, max_batch_tokens=64, max_new_tokens=8)


def test_a_shape_counts_its_tied_head_once_and_holds_no_data(new_shape: NewShape) -> None:
    shape, width = new_shape(layers=2), 32
    layer = 4 * width * width + 3 * width * 3 * width + 2 * width
    assert shape.num_parameters == 300 * width + 2 * layer + width
    assert all(isinstance(tensor, FakeTensor) for tensor in tensors_of(shape.policy()))


def test_a_step_without_data_has_the_peak_of_the_same_step_with_data(new_shape: NewShape) -> None:
    shape = new_shape()
    policy = shape.real_policy()
    order = BatchOrder([ROWS.tokens] * ROWS.number, ROWS.number * ROWS.tokens, 0)
    tracker = Tracker()
    for tensor in tensors_of(policy):
        tracker.keep(tensor)
    with tracker:
        stage = SupervisedStage(policy, ROWS.as_tokens(), order, OptimiserConfig(peak_lr=1e-4, num_steps=2))
        stage.step(0)
        tracker.clear()
        stage.step(1)
    planned = supervised_step(shape, ROWS, method="adamw", lora=None)
    assert planned.peak_bytes == pytest.approx(tracker.peak_bytes, rel=0.01)
    assert planned.kept_bytes == pytest.approx(tracker.live_bytes, rel=0.01)
    assert planned.work.flops == tracker.work.flops


def test_training_keeps_weights_and_two_moments(new_shape: NewShape) -> None:
    shape = new_shape()
    kept = supervised_step(shape, ROWS, method="adamw", lora=None).kept_bytes
    assert kept == pytest.approx(3 * shape.weight_bytes, rel=0.01)


def test_muon_keeps_one_moment_of_hidden_matrices(new_shape: NewShape) -> None:
    adamw, muon = (supervised_step(new_shape(), ROWS, method=one, lora=None) for one in ("adamw", "muon"))
    hidden = 2 * (4 * 32 * 32 + 3 * 32 * 96)
    assert adamw.kept_bytes - muon.kept_bytes == pytest.approx(4 * hidden, rel=0.01)


def test_weights_in_half_precision_have_a_copy_that_is_trained(new_shape: NewShape) -> None:
    shape = new_shape()._replace(dtype=torch.bfloat16)
    kept = supervised_step(shape, ROWS, method="adamw", lora=None).kept_bytes
    assert kept == pytest.approx((2 + 4 + 8) * shape.num_parameters, rel=0.01)


def test_what_is_computed_again_is_not_held(new_shape: NewShape) -> None:
    held, again = (
        supervised_step(new_shape(layers=6)._replace(recomputes=one), ROWS, method="adamw", lora=None)
        for one in (False, True)
    )
    assert again.kept_bytes == held.kept_bytes
    assert again.peak_bytes < 0.7 * held.peak_bytes
    forward = held.work.flops / 3  # of the blocks' share, which is less than all
    assert 0.5 * forward < again.work.flops - held.work.flops < forward


def test_adapters_alone_have_moments(new_shape: NewShape) -> None:
    shape = new_shape()
    # 2 layers: A and B of 4 projections (32 to 32) and 3 of the feed-forward part (32 and 96), at rank 2
    adapters = 4 * 2 * 2 * (4 * (32 + 32) + 3 * (32 + 96))
    kept = supervised_step(shape, ROWS, method="adamw", lora=LORA).kept_bytes
    assert kept == pytest.approx(shape.weight_bytes + 3 * adapters, rel=0.01)


def test_weights_in_four_bits_are_an_eighth_with_their_scales(new_shape: NewShape) -> None:
    quantised = LORA._replace(quantise="4bit")
    hidden = 2 * (4 * 32 * 32 + 3 * 32 * 96)
    assert bytes_saved_by(quantised, new_shape().policy(quantised)) == hidden * (4 - 4.5 / 8)


def test_padding_is_computed_where_a_device_does_so(new_shape: NewShape) -> None:
    found = [supervised_step(new_shape(pads=pads), ROWS, method="adamw", lora=None) for pads in (False, True)]
    assert found[0].work.flops == found[1].work.flops  # rows of one length have none
    assert found[0].work.ops != found[1].work.ops


def test_two_depths_tell_a_deep_model(new_shape: NewShape) -> None:
    shape = new_shape(layers=12)
    deep = supervised_step(shape, ROWS, method="adamw", lora=None)
    (told,) = at_depth(shape, lambda one: (supervised_step(one, ROWS, method="adamw", lora=None),))
    assert told.peak_bytes == pytest.approx(deep.peak_bytes, rel=0.02)
    assert told.work.flops == pytest.approx(deep.work.flops, rel=0.001)


def test_a_reward_step_of_many_passes_is_that_of_two_as_often(new_shape: NewShape) -> None:
    config = RewardConfig(prompts_per_step=8)
    few, many = (
        reward_step(new_shape(), Elements(1, 2, 16, 4), config, num_passes=count, lora=None) for count in (2, 8)
    )  # fmt: skip
    assert few.peak_bytes == many.peak_bytes
    assert many.work.flops * many.times == pytest.approx(4 * few.work.flops * few.times)


def test_a_dpo_step_computes_and_holds_the_words_probabilities_too(new_shape: NewShape) -> None:
    pairs = Elements(1, 2, 16, 4)
    reward = reward_step(new_shape(), pairs, RewardConfig(prompts_per_step=8), num_passes=8, lora=None)
    dpo = preference_step(new_shape(), pairs, DirectPreferenceConfig(prompts_per_step=8), num_passes=8, lora=None)
    assert dpo.work.flops * dpo.times > 1.05 * reward.work.flops * reward.times
    assert dpo.peak_bytes > reward.peak_bytes


def test_rankings_without_a_common_prompt_share_nothing(new_shape: NewShape) -> None:
    config = RewardConfig(prompts_per_step=4)
    alone = Elements(number=4, responses=3, tokens=40, shared=0)
    shared = alone._replace(shared=30)
    apart, together = (
        reward_step(new_shape(), one, config, num_passes=1, lora=None).work.flops for one in (alone, shared)
    )
    # 4 rankings of 3 responses of 40 tokens, or of 30 once and 3 times 10
    assert apart / together == pytest.approx(3 * 40 / (30 + 3 * 10), rel=0.15)


def test_ppo_holds_four_models_and_the_moments_of_two(new_shape: NewShape) -> None:
    shape = new_shape()
    steps = ppo_steps(shape, 8, 8, PPO, lora=None, own_reference=False, ptx=None, score_batch_tokens=256)
    assert steps.update_policy.kept_bytes == pytest.approx(8 * shape.weight_bytes, rel=0.02)
    assert steps.update_policy.num_passes == 2


def test_ppo_with_adapters_holds_two_models(new_shape: NewShape) -> None:
    shape = new_shape(width=64)
    steps = ppo_steps(shape, 8, 8, PPO, lora=LORA, own_reference=False, ptx=None, score_batch_tokens=256)
    assert 2 * shape.weight_bytes < steps.update_policy.kept_bytes < 2.6 * shape.weight_bytes


def test_sampling_keeps_keys_and_values_of_every_token(new_shape: NewShape) -> None:
    shape = new_shape()
    few, many = (sampling_steps(shape, Sampling(rows, 0, 20, 44)).decode.kept_bytes for rows in (2, 12))
    # room for 64 tokens in 2 layers of keys and values, 32 numbers each
    assert many - few == pytest.approx(10 * 64 * 2 * 2 * 32 * 4, rel=0.15)


def test_a_shared_prefix_is_read_and_kept_once(new_shape: NewShape) -> None:
    shape = new_shape()
    apart, shared = (sampling_steps(shape, one).read for one in (Sampling(8, 0, 60, 4), Sampling(8, 40, 20, 4)))
    assert shared.work.flops < 0.6 * apart.work.flops
    assert shared.kept_bytes < apart.kept_bytes
