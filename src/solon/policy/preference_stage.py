"""The training stage of DPO, IPO, SimPO, ORPO and KTO: judgements in batches, one step after the other.

Shapes: B rows, K responses of one judgement. Log-probabilities are in nats, of whole responses.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from solon.errors import InputError
from solon.models.language_model import LanguageModel
from solon.models.template import Tokens
from solon.objectives.direct_preference import kto_baseline
from solon.policy.judgements import pairs_of, wanted_of
from solon.policy.preference_config import DirectPreferenceConfig
from solon.policy.preference_losses import Read, desirability_loss, pairs_loss, response_rewards
from solon.policy.summed_logprobs import all_summed_logprobs, summed_logprobs
from solon.training.elements import Element, element_batches, share_of_step
from solon.training.micro_batches import MicroBatches
from solon.training.optimiser import Optimiser, over_steps


class Judgement(NamedTuple):
    """What a step reads of one judgement."""

    element: Element
    """Rows that weigh 1 on the response."""
    reference_logprobs_K: Tensor | None = None
    """Of the responses under the reference; None where the loss reads none."""
    mismatched: Tokens | None = None
    """KTO: its prompt with a response to another."""
    mismatched_reference_logprob: float = 0.0
    """Of that response."""


class PreferenceStage:
    """A training stage over judgements: loss = mean over the step's judgements of the mean over their pairs.

    Args:
        policy: trained in place.
        judgements: at least one.
        config: loss, sizes, rates.
        seed: of the order of the judgements.

    Raises:
        InputError: there is nothing to train on.
    """

    def __init__(
        self, policy: LanguageModel, judgements: Sequence[Judgement], config: DirectPreferenceConfig, *, seed: int
    ) -> None:
        passes = round(len(judgements) * config.epochs)
        if not passes:
            raise InputError(
                "there is nothing to train on: no ranking prefers a response and no comparison has a label. Look at "
                "the data, and at held_out_share and epochs."
            )
        self._policy, self._judgements, self._config, self._seed = policy, judgements, config, seed
        self.num_steps = math.ceil(passes / config.prompts_per_step)
        self._optimiser = Optimiser(policy.model, over_steps(config, self.num_steps))
        self._micro_batches = MicroBatches(self._optimiser, config.max_batch_tokens)

    def step(self, index: int) -> Mapping[str, float]:
        """One optimiser step.

        Returns:
            `loss`, `lr`, `grad_norm`; means over judgements, of the pairs that are no ties: `accuracy` and `margin` (in
            reward) of implicit rewards, `chosen_logprob` and `rejected_logprob` (nats, whole responses); with a
            reference `log_ratio` (nats: how far the policy has moved on these responses); of KTO `baseline`.
        """
        share = share_of_step(
            len(self._judgements), index, self.num_steps, self._config.epochs, self._seed, "judgements"
        )
        chosen = [self._judgements[i] for i in share]
        baseline = self._baseline(chosen)
        figures = self._micro_batches.accumulate(lambda max_tokens: self._add_gradient(chosen, baseline, max_tokens))
        if self._config.loss == "kto":
            figures["baseline"].append(float(baseline))
        means = {name: sum(values) / len(values) for name, values in figures.items()}
        return means | self._optimiser.step(1, [one.element.name for one in chosen])

    def _add_gradient(
        self, chosen: Sequence[Judgement], baseline: Tensor, max_tokens: int
    ) -> defaultdict[str, list[float]]:
        """What is told of each judgement."""
        figures: defaultdict[str, list[float]] = defaultdict(list)
        for part in element_batches([one.element for one in chosen], max_tokens):
            total = torch.zeros((), device=self._policy.device)
            for one, read in self._read([chosen[i] for i in part]):
                loss = self._loss(one.element, read, baseline)
                total = total + loss / len(chosen)
                figures["loss"].append(float(loss.detach()))
                for name, value in _figures(one.element, read, self._config).items():
                    figures[name].append(value)
            self._optimiser.backward(total, [chosen[i].element.name for i in part])
        return figures

    def _baseline(self, chosen: Sequence[Judgement]) -> Tensor:
        """KTO's z0, of the whole step before its first gradient; 0 for other losses."""
        if self._config.loss != "kto":
            return torch.zeros(())
        rows = [one.mismatched for one in chosen if one.mismatched is not None]
        reference_B = torch.tensor([one.mismatched_reference_logprob for one in chosen])
        logprobs_B = all_summed_logprobs(self._policy, rows, self._config.max_batch_tokens)
        return kto_baseline(logprobs_B, reference_B).to(self._policy.device)

    def _read(self, judgements: Sequence[Judgement]) -> Iterator[tuple[Judgement, Read]]:
        """All responses of all judgements in one forward pass."""
        rows = [row for one in judgements for row in one.element.rows]
        read = reads(rows, summed_logprobs(self._policy, rows), judgements)
        return zip(judgements, read, strict=True)

    def _loss(self, element: Element, read: Read, baseline: Tensor) -> Tensor:
        device = self._policy.device
        if self._config.loss == "kto":
            wanted_K2 = wanted_of(element, flipped=self._config.label_smoothing).to(device)
            return desirability_loss(read, wanted_K2, baseline, self._config)
        return pairs_loss(read, pairs_of(element, device), self._config)

    def state_dict(self) -> dict[str, Any]:
        """Weights and optimiser; the place in the data follows from the step."""
        return self._optimiser.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take back what `state_dict` gave."""
        self._optimiser.load_state_dict(state)


def reads(rows: Sequence[Tokens], logprobs_B: Tensor, judgements: Sequence[Judgement]) -> list[Read]:
    """Log-probabilities of all rows of all judgements, one after the other, divided among the judgements."""
    device = logprobs_B.device
    sizes = [len(one.element.rows) for one in judgements]
    num_tokens_B = torch.tensor([sum(weight > 0 for weight in row.weights) for row in rows], device=device)
    references = [
        None if one.reference_logprobs_K is None else one.reference_logprobs_K.to(device) for one in judgements
    ]
    return [
        Read(*parts)
        for parts in zip(torch.split(logprobs_B, sizes), torch.split(num_tokens_B, sizes), references, strict=True)
    ]


@torch.no_grad()
def _figures(element: Element, read: Read, config: DirectPreferenceConfig) -> dict[str, float]:
    """What is logged of one judgement; figures of pairs only where one is no tie."""
    pairs = pairs_of(element, read.logprobs_K.device)
    rewards_K = response_rewards(read, config)
    found = {}
    if read.reference_logprobs_K is not None:
        found["log_ratio"] = float((read.logprobs_K - read.reference_logprobs_K).mean())
    decided_P = pairs.prob_a_P != 0.5
    if decided_P.any():
        a_is_better_P = pairs.prob_a_P > 0.5
        better_P = torch.where(a_is_better_P, pairs.a_P, pairs.b_P)[decided_P]
        worse_P = torch.where(a_is_better_P, pairs.b_P, pairs.a_P)[decided_P]
        margins_P = rewards_K[better_P] - rewards_K[worse_P]
        found["accuracy"] = float((margins_P > 0).float().mean())
        found["margin"] = float(margins_P.mean())
        found["chosen_logprob"] = float(read.logprobs_K[better_P].mean())
        found["rejected_logprob"] = float(read.logprobs_K[worse_P].mean())
    return found
