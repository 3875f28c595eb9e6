"""What every stage of the chain does, as phases."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from math import ceil
from typing import Any

from solon.data.config import MixedStage
from solon.forecast.phases import Phase, comparing, imitating, reinforcing, sampling
from solon.forecast.shapes import Shape
from solon.forecast.texts import SAMPLE, Prompts, Texts
from solon.models.template import Tokens
from solon.policy.rl_config import PPOConfig
from solon.recipe import Recipe
from solon.sections import RankedSection
from solon.stages.settings import mixture_of

_MOST_ROWS = 5 * SAMPLE
"""Rows that stand for all of a stage, each kind in its share."""


class Chain:
    """The phases of a recipe's stages."""

    def __init__(self, recipe: Recipe, shape: Shape, texts: Texts) -> None:
        self._recipe, self._shape, self._texts = recipe, shape, texts

    def phases(self, stage: str) -> list[Phase]:
        """All phases of a stage, in order."""
        read: dict[str, Callable[[], list[Phase]]] = {
            "base": self._base, "mid": self._mid, "sft": self._sft, "helpful_reward": self._helpful_reward,
            "helpful_rlhf": self._helpful_rlhf, "revisions": self._revisions, "sl_cai": self._sl_cai,
            "revision_dpo": self._revision_dpo, "ai_feedback": self._ai_feedback,
            "preference_model": self._preference_model, "rl_cai": self._rl_cai,
        }  # fmt: skip
        return read[stage]()

    def _base(self) -> list[Phase]:
        section, count = self._recipe.base, self._recipe.base.documents
        given = (self._texts.documents("base", count), count) if count else ([], 0)
        return self._imitates(section, self._mixture("base") or given)

    def _mid(self) -> list[Phase]:
        section, count = self._recipe.mid, self._recipe.mid.documents
        return self._imitates(section, self._mixture("mid") or (self._texts.documents("mid", count), count))

    def _sft(self) -> list[Phase]:
        section, texts = self._recipe.sft, self._texts
        if mixture := self._mixture("sft"):
            return self._imitates(section, mixture)
        replay = section.replay_documents
        return self._imitates(
            section, (texts.demonstrations(), section.demonstrations), (texts.documents("replay", replay), replay)
        )

    def _mixture(self, stage: MixedStage) -> tuple[list[Tokens], int] | None:
        """The rows of a mixture: as long as the context, as many as make up its tokens."""
        if (mixture := mixture_of(self._recipe, stage)) is None:
            return None
        length = self._texts.context_tokens
        return [Tokens([1] * length, [0.0, *[1.0] * (length - 1)])], ceil(mixture.tokens / length)

    def _imitates(self, section: Any, *parts: tuple[Sequence[Tokens], int]) -> list[Phase]:
        """Training on samples of rows that stand for so many each, and its test."""
        total = sum(count for _, count in parts)
        rows = [
            row
            for sample, count in parts
            if sample
            for row in itertools.islice(itertools.cycle(sample), ceil(min(1.0, _MOST_ROWS / max(1, total)) * count))
        ]
        return imitating(self._shape, section, rows, total) + self._tested()

    def _helpful_reward(self) -> list[Phase]:
        return self._ranked(self._recipe.helpful_reward, len(self._recipe.made(self._recipe.roles.ranked)), 0)

    def _preference_model(self) -> list[Phase]:
        section, feedback = self._recipe.preference_model, self._recipe.ai_feedback
        samplers = len(self._recipe.made(self._recipe.roles.preference_ranked))
        return self._ranked(section, samplers, feedback.prompts * feedback.pairs_per_prompt)

    def _helpful_rlhf(self) -> list[Phase]:
        roles, section = self._recipe.roles, self._recipe.helpful_rlhf
        imitated = self._texts.demonstrations() if section.ptx_demonstrations else []
        prompts = self._texts.prompts("helpful")
        return self._ppo(section, prompts, imitated, own_reference=roles.rlhf_from != roles.rlhf_reference)

    def _rl_cai(self) -> list[Phase]:
        section = self._recipe.rl_cai
        prompts = Prompts(self._texts.prompts("helpful").ids + self._texts.prompts("red_team").ids)
        helpful = self._texts.prompts("helpful")
        imitated = self._imitated(helpful, section.max_new_tokens) if section.ptx_prompts else []
        sampled = self._sampled("sample what is imitated", helpful, section.ptx_prompts, section.max_new_tokens)
        return sampled + self._ppo(section, prompts, imitated, own_reference=False)

    def _revisions(self) -> list[Phase]:
        section, limit = self._recipe.revisions, self._recipe.revisions.max_new_tokens
        critiques, revisions = self._texts.critiques()
        count, answer = section.prompts * section.rounds, round(self._texts.answer_tokens(limit))
        return [
            *self._sampled("answer", self._texts.prompts("red_team"), section.prompts, limit),
            *self._sampled("criticise", critiques, count, limit, more=answer),
            *self._sampled("revise", revisions, count, limit, more=2 * answer),
        ]

    def _sl_cai(self) -> list[Phase]:
        section, texts = self._recipe.sl_cai, self._texts
        answers = section.helpful_prompts * section.samples_per_prompt
        rounds = self._recipe.revisions.rounds if section.train_on == "all" else 1
        revised = self._recipe.revisions.prompts * rounds
        helpful, red_team = texts.prompts("helpful"), texts.prompts("red_team")
        replay = section.replay_documents
        return [
            *self._sampled("sample", helpful, answers, section.max_new_tokens),
            *self._imitates(
                section,
                (self._imitated(red_team, self._recipe.revisions.max_new_tokens), revised),
                (self._imitated(helpful, section.max_new_tokens), answers),
                (texts.documents("replay", replay), replay),
            ),
        ]

    def _revision_dpo(self) -> list[Phase]:
        section, prompts = self._recipe.revision_dpo, self._texts.prompts("red_team")
        limit, pairs = self._recipe.revisions.max_new_tokens, self._recipe.revisions.prompts
        rows = self._texts.answered_lengths(prompts, limit, 2)
        trained = comparing(
            self._shape, section, rankings=0, responses=2, judged=pairs, lengths=rows, asked_tokens=prompts.mean_tokens
        )
        answer = round(self._texts.answer_tokens(limit))
        read = self._sampled("read the reference", prompts, 2 * pairs, 1, more=answer) if section.has_reference else []
        return [*read, trained, *self._tested()]

    def _ai_feedback(self) -> list[Phase]:
        section = self._recipe.ai_feedback
        pairs, limit = section.prompts * section.pairs_per_prompt, section.max_new_tokens
        asked = pairs * (2 if section.both_orders else 1)
        more = 2 * round(self._texts.answer_tokens(limit))
        reasoning = section.reasoning_tokens if section.chain_of_thought else 1
        return [
            *self._sampled("sample", self._texts.prompts("red_team"), 2 * pairs, limit),
            *self._sampled("judge", self._texts.questions(), asked, reasoning, more=more, whole=True),
        ]

    def _tested(self) -> list[Phase]:
        section, count = self._recipe.evaluation, self._texts.num_evaluated()
        return self._sampled("test", self._texts.prompts("evaluation"), count, section.max_new_tokens)

    def _imitated(self, prompts: Prompts, limit: int) -> list[Tokens]:
        answer = max(1, round(self._texts.answer_tokens(limit)))
        return [Tokens([1] * (len(one) + answer), [0.0] * len(one) + [1.0] * answer) for one in prompts.ids]

    def _ranked(self, section: RankedSection, samplers: int, judged: int) -> list[Phase]:
        given, phases = self._texts.rankings(), []
        if given:
            responses, lengths = max(len(one.responses) for one in given), self._texts.ranked_row_lengths()
            asked_tokens = self._texts.ranked_prompt_tokens()
        else:
            prompts = self._texts.prompts("helpful")
            responses = (section.min_responses + section.max_responses + 1) // 2
            own = section.max_responses * (1 - section.swapped_share - section.damaged_share)
            draws = ceil(own / max(1, samplers)) * samplers
            phases = self._sampled("sample", prompts, section.prompts * draws, section.max_new_tokens)
            lengths = self._texts.answered_lengths(prompts, section.max_new_tokens, responses)
            asked_tokens = prompts.mean_tokens
        trained = comparing(
            self._shape, section, rankings=section.prompts, responses=responses, judged=judged, lengths=lengths,
            asked_tokens=asked_tokens,
        )  # fmt: skip
        return [*phases, trained]

    def _ppo(
        self, section: PPOConfig, prompts: Prompts, imitated: Sequence[Tokens], *, own_reference: bool
    ) -> list[Phase]:
        answer = self._texts.answer_tokens(section.max_new_tokens)
        updates = reinforcing(self._shape, section, prompts, answer, imitated, own_reference=own_reference)
        return [*updates, *self._tested()]

    def _sampled(
        self, name: str, prompts: Prompts, count: int, limit: int, *, more: int = 0, whole: bool = False
    ) -> list[Phase]:
        """`more`: tokens of each prompt beside the sample's; `whole`: answers are as long as the limit."""
        answer = limit if whole else self._texts.answer_tokens(limit)
        return sampling(name, self._shape, prompts, count, limit, answer, more=more)
