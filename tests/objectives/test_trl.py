"""Parity with TRL 1.16, to 1e-6 on the mean loss.

`trl.json` holds inputs and losses of TRL's own trainers (benchmarks/objectives_trl.py); each case names the function.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from solon.objectives.advantages import group_advantages, leave_one_out_advantages
from solon.objectives.bradley_terry import PreferenceLoss, preference_loss, smoothed_labels
from solon.objectives.direct_preference import (
    dpo_loss,
    ipo_loss,
    kto_baseline,
    kto_loss,
    odds_ratio_loss,
    per_token,
    simpo_loss,
)
from solon.objectives.kl import kl_corrected, kl_k3
from solon.objectives.policy_gradient import grpo_loss, ppo_clip_loss

RECORDED: dict[str, Any] = json.loads(Path(__file__).with_name("trl.json").read_text(encoding="utf-8"))
TO_1E_6 = 1e-6
TWO_AND_REFERENCES = ("logprobs_a", "logprobs_b", "reference_logprobs_a", "reference_logprobs_b")
TWO_AND_LENGTHS = ("logprobs_a", "logprobs_b", "num_tokens_a", "num_tokens_b")


def case(trainer: str, **settings: Any) -> dict[str, Any]:
    """The one recorded case of a trainer with these settings."""
    (found,) = [c for c in RECORDED[trainer] if all(c[name] == value for name, value in settings.items())]
    return dict(found)


def tensor(values: Any) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def mean(loss: Any) -> float:
    return float(loss.total / loss.count)


def four(given: dict[str, Any], names: tuple[str, str, str, str]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    a, b, c, d = (tensor(given[name]) for name in names)
    return a, b, c, d


def hard_labels(given: dict[str, Any]) -> Tensor:
    return torch.ones(len(given["logprobs_a"]), dtype=torch.float64)


def test_the_record_is_of_the_version_that_is_named() -> None:
    assert RECORDED["trl"] == "1.16.0"


def test_dpo_is_trls_sigmoid() -> None:
    given = case("dpo", loss_type="sigmoid")
    ours = dpo_loss(*four(given, TWO_AND_REFERENCES), hard_labels(given), beta=given["beta"])
    assert mean(ours) == pytest.approx(given["loss"], abs=TO_1E_6)


def test_conservative_dpo_is_trls_aot_on_one_pair() -> None:
    # TRL's `sigmoid` has no label smoothing; `aot` sorts a batch before the formula of cDPO, and one pair is sorted
    given = case("dpo", loss_type="aot")
    labels = smoothed_labels(hard_labels(given), flipped=given["label_smoothing"])
    ours = dpo_loss(*four(given, TWO_AND_REFERENCES), labels, beta=given["beta"])
    assert mean(ours) == pytest.approx(given["loss"], abs=TO_1E_6)


def test_robust_dpo_is_another_thing_than_conservative_dpo() -> None:
    given, flipped = case("dpo", loss_type="robust"), 0.2
    conservative = dpo_loss(
        *four(given, TWO_AND_REFERENCES), smoothed_labels(hard_labels(given), flipped=flipped), beta=given["beta"]
    )  # fmt: skip
    assert abs(mean(conservative) - given["loss"]) > 0.05
    beyond_one = hard_labels(given) * (1 - flipped) / (1 - 2 * flipped)
    robust = dpo_loss(*four(given, TWO_AND_REFERENCES), beyond_one, beta=given["beta"])
    assert mean(robust) == pytest.approx(given["loss"], abs=TO_1E_6)


def test_ipo_is_trls_per_token_and_the_papers_on_sums() -> None:
    given = case("dpo", loss_type="ipo")
    policy_a, policy_b, reference_a, reference_b = four(given, TWO_AND_REFERENCES)
    num_a, num_b = tensor(given["num_tokens_a"]), tensor(given["num_tokens_b"])
    trls = ipo_loss(
        per_token(policy_a, num_a), per_token(policy_b, num_b), per_token(reference_a, num_a),
        per_token(reference_b, num_b), hard_labels(given), beta=given["beta"],
    )  # fmt: skip
    assert mean(trls) == pytest.approx(given["loss"], abs=TO_1E_6)

    # arXiv:2310.12036, eq. 17: h is a log-ratio of whole responses
    published = (((policy_a - reference_a) - (policy_b - reference_b) - 1 / (2 * given["beta"])) ** 2).mean()
    ours = ipo_loss(policy_a, policy_b, reference_a, reference_b, hard_labels(given), beta=given["beta"])
    assert mean(ours) == pytest.approx(published.item())
    assert abs(mean(ours) - given["loss"]) > 1


def test_kto_is_trls() -> None:
    (given,) = RECORDED["kto"]
    baseline = kto_baseline(tensor(given["mismatched_logprobs"]), tensor(given["mismatched_reference_logprobs"]))
    assert baseline.item() == pytest.approx(given["baseline"], abs=TO_1E_6)
    assert baseline.item() > 0
    ours = kto_loss(
        tensor(given["logprobs"]), tensor(given["reference_logprobs"]), torch.tensor(given["desirable"]), baseline,
        beta=given["beta"], desirable_weight=given["desirable_weight"], undesirable_weight=given["undesirable_weight"],
    )  # fmt: skip
    assert mean(ours) == pytest.approx(given["loss"], abs=TO_1E_6)


def simpo(given: dict[str, Any], labels: Tensor) -> PreferenceLoss:
    return simpo_loss(*four(given, TWO_AND_LENGTHS), labels, beta=given["beta"], gamma=given["gamma"])


def test_simpo_is_trls_without_label_smoothing() -> None:
    given = case("simpo", label_smoothing=0.0)
    assert mean(simpo(given, hard_labels(given))) == pytest.approx(given["loss"], abs=TO_1E_6)


def test_simpo_with_smoothed_labels_asks_either_order_for_the_margin_and_trl_does_not() -> None:
    # TRL: (1 - e) f(d - gamma) + e f(-(d - gamma)): it lets the other order win by less than nothing.
    # Here: (1 - e) f(d - gamma) + e f(-d - gamma), so that swapping a pair and its label changes nothing.
    given, flipped = case("simpo", label_smoothing=0.2), 0.2
    ours = mean(simpo(given, smoothed_labels(hard_labels(given), flipped=flipped)))
    policy_a, policy_b, num_a, num_b = four(given, TWO_AND_LENGTHS)
    ahead = given["beta"] * (policy_a / num_a - policy_b / num_b) - given["gamma"]
    smoothed = (1 - flipped) * -torch.nn.functional.logsigmoid(ahead) - flipped * torch.nn.functional.logsigmoid(-ahead)
    assert smoothed.mean().item() == pytest.approx(given["loss"], abs=TO_1E_6)
    assert ours > given["loss"] + 0.01


def test_the_odds_ratio_is_trls_orpo_less_its_cross_entropy() -> None:
    (given,) = RECORDED["orpo"]
    assert mean(odds_ratio_loss(*four(given, TWO_AND_LENGTHS), hard_labels(given))) == pytest.approx(
        given["loss"], abs=TO_1E_6
    )


@pytest.mark.parametrize("given", RECORDED["reward"], ids=["without margins", "with margins"])
def test_preference_loss_is_trls_reward_loss(given: dict[str, Any]) -> None:
    scores_a, scores_b = tensor(given["scores_a"]), tensor(given["scores_b"])
    margins = None if given["margins"] is None else tensor(given["margins"])
    ours = preference_loss(scores_a, scores_b, torch.ones_like(scores_a), margins)
    assert mean(ours) == pytest.approx(given["loss"], abs=TO_1E_6)


@pytest.mark.parametrize("given", RECORDED["grpo"], ids=lambda c: f"{c['loss_type']}-{c['scale_rewards']}")
def test_group_advantages_are_trls(given: dict[str, Any]) -> None:
    advantages, flat = group_advantages(
        tensor(given["rewards"]).view(3, 4), divide_by_deviation=given["scale_rewards"] == "group"
    )
    assert advantages.flatten().tolist() == pytest.approx(given["advantages"], abs=TO_1E_6)
    assert flat.item() == 1


def tokens_of(given: dict[str, Any]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Log-probabilities under policy, rollout and reference, and the mask."""
    names = ("logprobs", "rollout_logprobs", "reference_logprobs")
    policy, rollout, reference = (tensor(given[name]) for name in names)
    return policy, rollout, reference, torch.tensor(given["mask"])


def test_grpo_is_trls_without_its_correction_of_the_penalty() -> None:
    given = case("grpo", loss_type="grpo", importance_sampling_level="token", use_bias_correction_kl=False)
    policy, rollout, reference, mask = tokens_of(given)
    ours = grpo_loss(
        policy, rollout, tensor(given["advantages"]), given["beta"] * kl_k3(policy, reference), mask,
        clip_range=given["clip_range"], divisor=None,
    )  # fmt: skip
    assert mean(ours) == pytest.approx(given["loss"], abs=TO_1E_6)
    assert ours.clipped > 0


def test_grpo_with_the_corrected_penalty_is_trls_default() -> None:
    given = case("grpo", loss_type="grpo", importance_sampling_level="token", use_bias_correction_kl=True)
    policy, rollout, reference, mask = tokens_of(given)
    ours = grpo_loss(
        policy, rollout, tensor(given["advantages"]), given["beta"] * kl_corrected(policy, reference, rollout), mask,
        clip_range=given["clip_range"], divisor=None,
    )  # fmt: skip
    assert mean(ours) == pytest.approx(given["loss"], abs=TO_1E_6)


def test_dr_grpo_is_trls() -> None:
    given = case("grpo", loss_type="dr_grpo")
    policy, rollout, _, mask = tokens_of(given)
    ours = grpo_loss(
        policy, rollout, tensor(given["advantages"]), torch.zeros_like(policy), mask,
        clip_range=given["clip_range"], divisor=given["max_tokens"],
    )  # fmt: skip
    assert mean(ours) == pytest.approx(given["loss"], abs=TO_1E_6)


def test_ppo_on_group_advantages_is_trls_bnpo_a_mean_over_all_tokens() -> None:
    given = case("grpo", loss_type="bnpo")
    policy, rollout, _, mask = tokens_of(given)
    advantages = tensor(given["advantages"])[:, None].expand_as(policy)
    ours = ppo_clip_loss(policy, rollout, advantages, mask, clip_range=given["clip_range"])
    assert mean(ours) == pytest.approx(given["loss"], abs=TO_1E_6)


def whole_responses(logprobs: Tensor, rollout: Tensor, advantages: Tensor, clip_range: float) -> float:
    mask = torch.ones(len(logprobs), 1, dtype=torch.bool)
    return mean(ppo_clip_loss(logprobs[:, None], rollout[:, None], advantages[:, None], mask, clip_range=clip_range))


def test_ppo_on_mean_log_probabilities_is_trls_sequence_level_grpo() -> None:
    given = case("grpo", importance_sampling_level="sequence")
    policy, rollout, _, mask = tokens_of(given)
    means, rollout_means = (per_token(x.masked_fill(~mask, 0.0).sum(1), mask.sum(1)) for x in (policy, rollout))
    ours = whole_responses(means, rollout_means, tensor(given["advantages"]), given["clip_range"])
    assert ours == pytest.approx(given["loss"], abs=TO_1E_6)


def test_rloo_is_trls() -> None:
    (given,) = RECORDED["rloo"]
    advantages = leave_one_out_advantages(tensor(given["rewards"]).view(3, 4)).advantages_PK.flatten()
    assert advantages.tolist() == pytest.approx(given["advantages"], abs=TO_1E_6)
    ours = whole_responses(
        tensor(given["logprobs"]), tensor(given["rollout_logprobs"]), advantages, given["clip_range"]
    )  # fmt: skip
    assert ours == pytest.approx(given["loss"], abs=TO_1E_6)
