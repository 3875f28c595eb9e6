import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from solon.objectives.bradley_terry import PreferenceLoss, ranking_loss, smoothed_labels
from solon.objectives.direct_preference import (
    dpo_loss,
    implicit_rewards,
    ipo_loss,
    kto_baseline,
    kto_loss,
    odds_ratio_loss,
    per_token,
    simpo_loss,
)

# policy -1 and -2, reference -2 and -1: log-ratios 1 and -1, so h = 2
LOGPROBS_A, LOGPROBS_B = torch.tensor([-1.0]), torch.tensor([-2.0])
REFERENCE_A, REFERENCE_B = torch.tensor([-2.0]), torch.tensor([-1.0])
NATS = st.floats(-50, 0)
PROBABILITIES = st.floats(0.02, 0.98)

PairLoss = Callable[[Tensor, Tensor, Tensor], PreferenceLoss]
FOUR_TOKENS = torch.tensor([4])
PAIR_LOSSES: dict[str, PairLoss] = {
    "dpo": lambda a, b, p: dpo_loss(a, b, torch.zeros_like(a), torch.zeros_like(b), p, beta=0.5),
    "ipo": lambda a, b, p: ipo_loss(a, b, torch.zeros_like(a), torch.zeros_like(b), p, beta=0.5),
    "simpo": lambda a, b, p: simpo_loss(a, b, FOUR_TOKENS, FOUR_TOKENS, p, beta=2.0, gamma=0.5),
    "orpo": lambda a, b, p: odds_ratio_loss(a, b, FOUR_TOKENS, FOUR_TOKENS, p),
}
every_pair_loss = pytest.mark.parametrize("loss", PAIR_LOSSES.values(), ids=PAIR_LOSSES)


def double(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_dpo_by_hand() -> None:
    # beta h = 0.5 * 2 = 1: -log sigmoid(1) = 0.313262
    loss = dpo_loss(LOGPROBS_A, LOGPROBS_B, REFERENCE_A, REFERENCE_B, torch.ones(1), beta=0.5)
    assert loss.total.item() == pytest.approx(0.313262, abs=1e-6)
    assert (loss.count.item(), loss.correct.item()) == (1, 1)


def test_dpo_with_a_soft_label_by_hand() -> None:
    # p 0.7: 0.7 * 0.313262 + 0.3 * 1.313262 = 0.613262
    loss = dpo_loss(LOGPROBS_A, LOGPROBS_B, REFERENCE_A, REFERENCE_B, torch.tensor([0.7]), beta=0.5)
    assert loss.total.item() == pytest.approx(0.613262, abs=1e-6)


def test_ipo_by_hand() -> None:
    # beta 0.5 asks for h = 1 / (2 * 0.5) = 1: (2 - 1)^2 = 1; for a tie it asks for 0: 4; with p 0.75 for 0.5: 2.25
    for prob_a, expected in [(1.0, 1.0), (0.5, 4.0), (0.75, 2.25)]:
        loss = ipo_loss(LOGPROBS_A, LOGPROBS_B, REFERENCE_A, REFERENCE_B, torch.tensor([prob_a]), beta=0.5)
        assert loss.total.item() == pytest.approx(expected)


@given(NATS, NATS, PROBABILITIES)
def test_ipo_is_the_published_loss_of_both_orders_but_for_a_constant(a: float, b: float, p: float) -> None:
    both = sum(
        weight * PAIR_LOSSES["ipo"](double(a), double(b), double(label)).total.item()
        for weight, label in [(p, 1.0), (1 - p, 0.0)]
    )
    ours = PAIR_LOSSES["ipo"](double(a), double(b), double(p)).total.item()
    assert ours == pytest.approx(both - p * (1 - p) / 0.5**2, abs=1e-8)


def test_simpo_by_hand() -> None:
    # per token -4/2 = -2 and -9/3 = -3, times beta 2: d = -4 + 6 = 2; gamma 1
    # p 1: -log sigmoid(1) = 0.313262; p 0.7: 0.7 * 0.313262 + 0.3 * -log sigmoid(-3) = 0.219283 + 0.3 * 3.048587
    a, b, num_a, num_b = torch.tensor([-4.0]), torch.tensor([-9.0]), torch.tensor([2]), torch.tensor([3])
    for prob_a, expected in [(1.0, 0.313262), (0.7, 1.133860)]:
        loss = simpo_loss(a, b, num_a, num_b, torch.tensor([prob_a]), beta=2.0, gamma=1.0)
        assert loss.total.item() == pytest.approx(expected, abs=1e-6)


def test_the_odds_ratio_by_hand() -> None:
    # P(a) = sqrt(1/4) = 1/2, odds 1; P(b) = (1/125)^(1/3) = 1/5, odds 1/4; ratio 4: -log(4 / 5) = 0.223144
    a, b = torch.tensor([1 / 4]).log(), torch.tensor([1 / 125]).log()
    loss = odds_ratio_loss(a, b, torch.tensor([2]), torch.tensor([3]), torch.ones(1))
    assert loss.total.item() == pytest.approx(0.223144, abs=1e-6)


def test_kto_by_hand() -> None:
    # beta 1, z0 1; desirable, log 3 above z0: 2 * sigmoid(-log 3) = 2 / 4; undesirable, log 3 above z0: 3 * 3 / 4
    logprobs = torch.tensor([1 + math.log(3.0)] * 2)
    loss = kto_loss(
        logprobs, torch.zeros(2), torch.tensor([True, False]), torch.tensor(1.0), beta=1.0, desirable_weight=2.0,
        undesirable_weight=3.0,
    )  # fmt: skip
    assert loss.total.item() == pytest.approx(0.5 + 2.25)
    assert (loss.count.item(), loss.correct.item()) == (2, 1)


def test_the_baseline_of_kto_is_a_mean_and_never_negative() -> None:
    assert kto_baseline(double(3.0, 0.0), double(1.0, 1.0)).item() == 0.5
    assert kto_baseline(double(-3.0, 0.0), double(1.0, 1.0)).item() == 0


def test_kto_sends_no_gradient_to_baseline_and_reference() -> None:
    logprobs, reference, baseline = (torch.tensor(x, requires_grad=True) for x in ([-1.0], [-2.0], 0.5))
    kto_loss(
        logprobs, reference, torch.tensor([True]), baseline, beta=0.1, desirable_weight=1.0, undesirable_weight=1.0
    ).total.backward()  # type: ignore[no-untyped-call]
    assert logprobs.grad is not None
    assert (reference.grad, baseline.grad) == (None, None)


@pytest.mark.parametrize("desirable", [True, False])
def test_descent_on_kto_lifts_desirable_responses_and_lowers_the_others(desirable: bool) -> None:
    logprobs = torch.tensor([-3.0], requires_grad=True)
    kto_loss(
        logprobs, torch.tensor([-2.0]), torch.tensor([desirable]), torch.tensor(0.2), beta=0.5, desirable_weight=1.0,
        undesirable_weight=1.0,
    ).total.backward()  # type: ignore[no-untyped-call]  # fmt: skip
    assert logprobs.grad is not None
    assert (logprobs.grad.item() < 0) == desirable


@every_pair_loss
@pytest.mark.parametrize("prob_a", [1.0, 0.0])
def test_descent_lifts_the_better_response_and_lowers_the_worse(loss: PairLoss, prob_a: float) -> None:
    a, b = torch.tensor([-3.0], requires_grad=True), torch.tensor([-3.0], requires_grad=True)
    loss(a, b, torch.tensor([prob_a])).total.backward()  # type: ignore[no-untyped-call]
    assert a.grad is not None and b.grad is not None
    better, worse = (a.grad, b.grad) if prob_a == 1 else (b.grad, a.grad)
    assert better.item() < 0 < worse.item()


@every_pair_loss
@given(a=NATS, b=NATS, p=PROBABILITIES)
def test_it_does_not_matter_which_response_is_called_the_first(loss: PairLoss, a: float, b: float, p: float) -> None:
    forward, backward = loss(double(a), double(b), double(p)), loss(double(b), double(a), double(1 - p))
    assert forward.total.item() == pytest.approx(backward.total.item())


@every_pair_loss
def test_a_tie_between_equal_responses_pulls_nothing(loss: PairLoss) -> None:
    a = torch.tensor([-2.0], requires_grad=True)
    result = loss(a, torch.tensor([-2.0]), torch.tensor([0.5]))
    result.total.backward()  # type: ignore[no-untyped-call]
    assert a.grad is not None
    assert (a.grad.item(), result.correct.item()) == (0, 0.5)


@every_pair_loss
@pytest.mark.parametrize("worse", ["a", "b"])
def test_margins_of_ten_thousand_nats_stay_finite(loss: PairLoss, worse: str) -> None:
    a = torch.tensor([-1e4 if worse == "a" else -1e-9], requires_grad=True)
    b = torch.tensor([-1e4 if worse == "b" else 0.0], requires_grad=True)
    for prob_a in (0.0, 0.3, 1.0):
        total = loss(a, b, torch.tensor([prob_a])).total
        gradients = torch.autograd.grad(total, [a, b])
        assert all(x.isfinite().all() for x in (total, *gradients))


@pytest.mark.parametrize("ratio", [-1e4, 1e4])
def test_kto_of_ten_thousand_nats_is_bounded_by_the_weight(ratio: float) -> None:
    logprobs = torch.tensor([ratio, ratio], requires_grad=True)
    loss = kto_loss(
        logprobs, torch.zeros(2), torch.tensor([True, False]), torch.tensor(0.0), beta=1.0, desirable_weight=1.0,
        undesirable_weight=1.0,
    )  # fmt: skip
    loss.total.backward()  # type: ignore[no-untyped-call]
    assert logprobs.grad is not None
    assert (loss.total.item(), logprobs.grad.tolist()) == (1.0, [0.0, 0.0])


@given(PROBABILITIES, st.floats(0.01, 2))
def test_dpo_is_least_where_the_log_ratios_differ_by_the_labels_log_odds_over_beta(p: float, beta: float) -> None:
    a, zero = double(math.log(p / (1 - p)) / beta).requires_grad_(), double(0.0)
    dpo_loss(a, zero, zero, zero, double(p), beta=beta).total.backward()  # type: ignore[no-untyped-call]
    assert a.grad is not None
    assert a.grad.item() == pytest.approx(0, abs=1e-12)


@given(NATS, NATS, NATS, NATS)
def test_dpo_is_bradley_terry_on_implicit_rewards(a: float, b: float, reference_a: float, reference_b: float) -> None:
    rewards = implicit_rewards(double(a, b), double(reference_a, reference_b), beta=0.3)
    ours = dpo_loss(double(a), double(b), double(reference_a), double(reference_b), double(1.0), beta=0.3)
    assert ours.total.item() == pytest.approx(ranking_loss(rewards, [0, 1]).total.item())


def test_conservative_dpo_stops_at_the_log_odds_of_its_labels() -> None:
    # flipped 0.2: label 0.8, least at beta h = log 4; plain DPO still pulls there
    a, zero = double(math.log(4.0)).requires_grad_(), double(0.0)
    for flipped, pull in [(0.2, 0.0), (0.0, -0.2)]:  # -(1 - sigmoid(log 4)) = -0.2
        label = smoothed_labels(double(1.0), flipped=flipped)
        total = dpo_loss(a, zero, zero, zero, label, beta=1.0).total
        assert torch.autograd.grad(total, a)[0].item() == pytest.approx(pull, abs=1e-9)


def test_the_reference_receives_no_gradient() -> None:
    logprobs, reference = torch.tensor([-1.0], requires_grad=True), torch.tensor([-2.0], requires_grad=True)
    for loss in (dpo_loss, ipo_loss):
        loss(logprobs, LOGPROBS_B, reference, REFERENCE_B, torch.ones(1), beta=1.0).total.backward()  # type: ignore[no-untyped-call]
    assert logprobs.grad is not None
    assert reference.grad is None


def test_a_response_without_tokens_is_refused_by_its_place() -> None:
    with pytest.raises(ValueError, match="response 1 of the batch has no tokens"):
        per_token(torch.zeros(3), torch.tensor([1, 0, 0]))


def test_a_certain_response_has_finite_odds() -> None:
    # both as likely as can be: the log-odds are held at the same value, so the loss is log 2
    loss = odds_ratio_loss(torch.zeros(1), torch.zeros(1), torch.ones(1), torch.ones(1), torch.ones(1))
    assert loss.total.item() == pytest.approx(math.log(2))


def test_the_odds_of_a_nearly_certain_response_are_precise_in_single_precision() -> None:
    # P(a) = 1/2, odds 1; P(b) = exp(-0.00001), odds 99999.5: loss log(1 + 99999.5) = 11.512930
    loss = odds_ratio_loss(
        torch.tensor([0.5]).log(), torch.tensor([-1e-5]), torch.ones(1), torch.ones(1), torch.ones(1)
    )  # fmt: skip
    assert loss.total.item() == pytest.approx(11.512930, abs=1e-5)


def test_shapes_that_would_broadcast_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        ipo_loss(torch.zeros(2), torch.zeros(1), torch.zeros(2), torch.zeros(1), torch.zeros(2), beta=1.0)
