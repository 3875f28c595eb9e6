"""Training of reward models (people's rankings), preference models (a judge's soft labels), and both in one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from solon.errors import InputError
from solon.interfaces import PromptResponse
from solon.models.lora import merge_adapters
from solon.models.scalar_model import ScalarModel
from solon.models.trainable import make_trainable
from solon.objectives.bradley_terry import preference_loss, ranking_loss
from solon.progress import Progress
from solon.records import Preference, Ranking
from solon.reward.config import RewardConfig
from solon.reward.score import RewardModelScorer, scored_row
from solon.seeds import derive, is_held_out
from solon.training.batches import pad_batch
from solon.training.elements import Element, element_batches, preference_elements, ranking_elements, share_of_step
from solon.training.heldout import HeldOutPair, judge_pairs
from solon.training.loop import train
from solon.training.micro_batches import MicroBatches
from solon.training.optimiser import Optimiser, over_steps


class RewardStage:
    """A training stage over rankings and judged comparisons, mixed in every batch.

        loss = mean over rankings of the mean over kept pairs of -log sigmoid(r_w - r_l)
             + preference_coef * mean over comparisons of the soft-label cross-entropy

    Each mean is over the step's share of that source; a source that is absent has no term.
    """

    def __init__(
        self, model: ScalarModel, rankings: Sequence[Element], preferences: Sequence[Element],
        config: RewardConfig, *, seed: int,
    ) -> None:  # fmt: skip
        passes = [round(len(elements) * config.epochs) for elements in (rankings, preferences)]
        if not any(passes):
            raise InputError(
                "there is nothing to train a reward model on: no ranking prefers a response and no comparison has a "
                "label. Look at the stage that ranks or judges, and at held_out_share and epochs."
            )
        self._model, self._config, self._seed = model, config, seed
        self._sources = {"rankings": rankings, "preferences": preferences}
        self._coefs = {"rankings": 1.0, "preferences": config.preference_coef}
        # no more steps than the larger source has elements: every step has something to train on
        self.num_steps = min(math.ceil(sum(passes) / config.prompts_per_step), max(passes))
        self._optimiser = Optimiser(model.model, over_steps(config, self.num_steps))
        self._micro_batches = MicroBatches(self._optimiser, config.max_batch_tokens)

    def step(self, index: int) -> Mapping[str, float]:
        """One optimiser step. Metrics: `loss`, `lr`, `grad_norm`; per source `loss`, `accuracy` (of pairs), `count`."""
        chosen = [(name, self._sources[name][i]) for name in self._sources for i in self._share(name, index)]
        counts = Counter(name for name, _ in chosen)
        found = self._micro_batches.accumulate(lambda max_tokens: self._add_gradient(chosen, counts, max_tokens))
        figures = {"loss": 0.0}
        for name, losses in found.items():
            mean = sum(float(one.total) for one in losses) / counts[name]
            accuracy = sum(float(one.correct) for one in losses) / sum(one.pairs for one in losses)
            figures["loss"] += self._coefs[name] * mean
            figures |= {f"{name}/loss": mean, f"{name}/accuracy": accuracy, f"{name}/count": counts[name]}
        return figures | self._optimiser.step(1, [element.name for _, element in chosen])

    def _add_gradient(
        self, chosen: Sequence[tuple[str, Element]], counts: Mapping[str, int], max_tokens: int
    ) -> dict[str, list[_ElementLoss]]:
        """The losses of each source."""
        found: dict[str, list[_ElementLoss]] = {name: [] for name in counts}
        for part in element_batches([element for _, element in chosen], max_tokens):
            total = torch.zeros((), device=self._model.device)
            for i, scores_K in zip(part, self._scores([chosen[i][1] for i in part]), strict=True):
                name, element = chosen[i]
                loss = _element_loss(element, scores_K)
                total = total + self._coefs[name] / counts[name] * loss.total
                found[name].append(loss._replace(total=loss.total.detach()))
            self._optimiser.backward(total, [chosen[i][1].name for i in part])
        return found

    def _share(self, source: str, index: int) -> list[int]:
        elements = self._sources[source]
        return share_of_step(len(elements), index, self.num_steps, self._config.epochs, self._seed, source)

    def _scores(self, elements: Sequence[Element]) -> list[Tensor]:
        rows = [row for element in elements for row in element.rows]
        batch = pad_batch(rows, self._model.template.pad_id).to(self._model.device)
        return list(torch.split(self._model.last_token_values(batch).float(), [len(e.rows) for e in elements]))

    def state_dict(self) -> dict[str, Any]:
        """Weights and optimiser; the place in the data follows from the step."""
        return self._optimiser.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take back what `state_dict` gave."""
        self._optimiser.load_state_dict(state)


class _ElementLoss(NamedTuple):
    total: Tensor
    correct: Tensor
    pairs: float


def _element_loss(element: Element, scores_K: Tensor) -> _ElementLoss:
    if element.ranks is not None:
        ranked = ranking_loss(scores_K, element.ranks)
        return _ElementLoss(ranked.total, ranked.correct, float(ranked.pairs))
    judged = preference_loss(scores_K[:1], scores_K[1:], scores_K.new_tensor([element.prob_a]))
    return _ElementLoss(judged.total, judged.correct, 1.0)


def train_reward_model(
    model: ScalarModel,
    rankings: Sequence[Ranking],
    preferences: Sequence[Preference],
    config: RewardConfig,
    *,
    references: Sequence[PromptResponse],
    folder: Path,
    seed: int,
    progress: Progress,
    keep_checkpoints: int = 1,
) -> list[HeldOutPair]:
    """Train a reward model in place, re-centre it, write it to `folder/model`, and test it on held-out prompts.

    Args:
        model: the head is new, the backbone that of a policy.
        rankings: hard orders of several responses; rankings of ties alone carry nothing and are told.
        preferences: soft labels; unscored ones carry nothing and are told.
        config: sizes, rates, balance of the sources.
        references: responses (demonstrations, say) whose mean score is made 0. A shift changes no preference; it
            makes scores of different reward models comparable and gives the value model a start near 0.
        folder: gets `model`, `metrics.jsonl` and `checkpoints`; training resumes from them.
        seed: of the split by prompt and the order of the data.
        progress: is told the loss and what was left out.
        keep_checkpoints: how many of the newest stay in `checkpoints`.

    Returns:
        Every held-out pair with its label and margin, rankings' pairs first. All pairs of a prompt are on one side of
        the split.

    Raises:
        InputError: nothing is left to train on, a response is longer than the context, or there are no references.
        TrainingError: the loss is not finite.

    Source: Ouyang et al. 2022, arXiv:2203.02155, section 3.5; Bai et al. 2022, arXiv:2212.08073, section 4.1.
    """
    if not references:
        raise InputError("a reward model is centred on reference responses, and none were given. Give demonstrations.")
    kept_out = [is_held_out(r.prompt.id, config.held_out_share, seed) for r in rankings]
    judged_out = [is_held_out(p.comparison.prompt.id, config.held_out_share, seed) for p in preferences]
    row_of = partial(scored_row, model)
    ranked = ranking_elements(row_of, [r for r, out in zip(rankings, kept_out, strict=True) if not out])
    judged = preference_elements(row_of, [p for p, out in zip(preferences, judged_out, strict=True) if not out])
    empty = len(rankings) + len(preferences) - sum(kept_out) - sum(judged_out) - len(ranked) - len(judged)
    if empty:
        progress.say(f"{empty} rankings of ties alone or comparisons without a label carry nothing and are left out")
    make_trainable(model, config.lora, derive(seed, "adapters"), recompute=config.recompute_activations)
    stage = RewardStage(model, ranked, judged, config, seed=seed)
    progress.start(f"learn {len(ranked)} rankings and {len(judged)} comparisons", stage.num_steps)
    train(
        stage, folder=folder, checkpoint_every=config.checkpoint_every, keep=keep_checkpoints,
        log=lambda index, figures: progress.advance(index + 1, figures),
    )  # fmt: skip
    merge_adapters(model, folder / "adapter")
    scorer = RewardModelScorer(model, max_batch_tokens=config.max_batch_tokens)
    recentre(scorer, references)
    model.save(folder / "model")
    return judge_pairs(
        scorer,
        [r for r, out in zip(rankings, kept_out, strict=True) if out],
        [p for p, out in zip(preferences, judged_out, strict=True) if out],
    )


def recentre(scorer: RewardModelScorer, references: Sequence[PromptResponse]) -> None:
    """Shift all scores so that the mean score of the references is 0. Margins stay as they are."""
    scores = scorer(references)
    scorer.model.shift -= sum(scores) / len(scores)
