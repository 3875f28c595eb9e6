"""What every stage of the chain does, as phases."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from math import ceil
from typing import Any

from solon.data.config import MixedStage
from solon.forecast.asking import TEST, Asked, Asking
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
        self._asking = Asking(recipe, texts)
        self._phases: dict[tuple[object, ...], list[Phase]] = {}

    def phases(self, stage: str) -> list[Phase]:
        """All phases of a stage on this machine: its calls of local engines, its training, its test."""
        read: dict[str, Callable[[], list[Phase]]] = {
            "base": self._base, "mid": self._mid, "sft": self._sft, "helpful_reward": self._helpful_reward,
            "helpful_rlhf": self._helpful_rlhf, "sl_cai": self._sl_cai, "revision_dpo": self._revision_dpo,
            "preference_model": self._preference_model, "rl_cai": self._rl_cai,
        }  # fmt: skip
        asked = [one for one in self.asked(stage) if one.is_local]
        before = [phase for one in _together(asked) if one.role != TEST for phase in self._answered(one)]
        trained = read[stage]() if stage in read else []
        return [*before, *trained, *(phase for one in asked if one.role == TEST for phase in self._answered(one))]

    def asked(self, stage: str) -> list[Asked]:
        """The calls of engines that a stage makes."""
        return self._asking.of(stage)

    def _answered(self, asked: Asked) -> list[Phase]:
        counts = (asked.calls, max(1, asked.most_tokens), max(1.0, asked.answer_tokens))
        key = (asked.what, id(asked.prompts), *counts, asked.more)
        if key not in self._phases:  # the tests of all policies are alike
            more = round(asked.more)
            self._phases[key] = sampling(asked.what, self._shape, asked.prompts, *counts, more=more)
        return self._phases[key]

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
        return imitating(self._shape, section, rows, total)

    def _helpful_reward(self) -> list[Phase]:
        section = self._recipe.helpful_reward
        return [self._compared(section, self._texts.num_prompts("helpful", section.prompts), 0)]

    def _preference_model(self) -> list[Phase]:
        section, feedback = self._recipe.preference_model, self._recipe.ai_feedback
        people = [("helpful", section.prompts), ("red_team", section.red_team_prompts)]
        ranked = sum(self._texts.num_prompts(kind, count) for kind, count in people)
        judged = self._texts.num_prompts("red_team", feedback.prompts) * feedback.pairs_per_prompt
        return [self._compared(section, ranked, judged)]

    def _helpful_rlhf(self) -> list[Phase]:
        roles, section = self._recipe.roles, self._recipe.helpful_rlhf
        imitated = self._texts.demonstrations() if section.ptx_demonstrations else []
        prompts = self._texts.prompts("helpful")
        return self._ppo(section, prompts, imitated, own_reference=roles.rlhf_from != roles.rlhf_reference)

    def _rl_cai(self) -> list[Phase]:
        section, helpful = self._recipe.rl_cai, self._texts.prompts("helpful")
        prompts = Prompts(helpful.ids + self._texts.prompts("red_team").ids)
        imitated = self._imitated(helpful, section.max_new_tokens) if section.ptx_prompts else []
        return self._ppo(section, prompts, imitated, own_reference=False)

    def _sl_cai(self) -> list[Phase]:
        section, texts, replay = self._recipe.sl_cai, self._texts, self._recipe.sl_cai.replay_documents
        answers = texts.num_prompts("helpful", section.helpful_prompts) * section.samples_per_prompt
        rounds = self._recipe.revisions.rounds if section.train_on == "all" else 1
        revised = texts.num_prompts("red_team", self._recipe.revisions.prompts) * rounds
        return self._imitates(
            section,
            (self._imitated(texts.prompts("red_team"), self._recipe.revisions.max_new_tokens), revised),
            (self._imitated(texts.prompts("helpful"), section.max_new_tokens), answers),
            (texts.documents("replay", replay), replay),
        )

    def _revision_dpo(self) -> list[Phase]:
        section, limit = self._recipe.revision_dpo, self._recipe.revisions.max_new_tokens
        prompts, pairs = (
            self._texts.prompts("red_team"),
            self._texts.num_prompts("red_team", self._recipe.revisions.prompts),
        )
        trained = comparing(
            self._shape, section, rankings=0, responses=2, judged=pairs,
            lengths=self._texts.answered_lengths(prompts, limit, 2), asked_tokens=prompts.mean_tokens,
        )  # fmt: skip
        if not section.has_reference:
            return [trained]
        answer = round(self._texts.answer_tokens(limit))
        return [*sampling("read the reference", self._shape, prompts, 2 * pairs, 1, 1.0, more=answer), trained]

    def _imitated(self, prompts: Prompts, limit: int) -> list[Tokens]:
        answer = max(1, round(self._texts.answer_tokens(limit)))
        return [Tokens([1] * (len(one) + answer), [0.0] * len(one) + [1.0] * answer) for one in prompts.ids]

    def _compared(self, section: RankedSection, ranked: int, judged: int) -> Phase:
        if given := self._texts.rankings():
            responses, lengths = max(len(one.responses) for one in given), self._texts.ranked_row_lengths()
            asked_tokens = self._texts.ranked_prompt_tokens()
        else:
            prompts = self._texts.prompts("helpful")
            responses = (section.min_responses + section.max_responses + 1) // 2
            lengths = self._texts.answered_lengths(prompts, section.max_new_tokens, responses)
            asked_tokens = prompts.mean_tokens
        return comparing(
            self._shape, section, rankings=ranked, responses=responses, judged=judged, lengths=lengths,
            asked_tokens=asked_tokens,
        )  # fmt: skip

    def _ppo(
        self, section: PPOConfig, prompts: Prompts, imitated: Sequence[Tokens], *, own_reference: bool
    ) -> list[Phase]:
        answer = self._texts.answer_tokens(section.max_new_tokens)
        return reinforcing(self._shape, section, prompts, answer, imitated, own_reference=own_reference)


def _together(asked: Sequence[Asked]) -> list[Asked]:
    """Calls of one kind and length counted together, such as those that admit a judge and those that follow."""
    found: dict[tuple[object, ...], Asked] = {}
    for one in asked:
        key = (one.role == TEST, id(one.prompts), one.most_tokens, one.more)
        earlier = found.get(key)
        calls = one.calls + (earlier.calls if earlier else 0)
        found[key] = one._replace(calls=calls)
    return list(found.values())
