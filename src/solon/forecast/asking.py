"""Which calls of engines every stage makes: who asks whom how often, how much is read and written.

Rollouts of reinforcement learning and what reward models score are no calls: they have phases of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Literal, NamedTuple

from solon.addresses import is_server
from solon.forecast.texts import Prompts, Texts
from solon.recipe import Recipe
from solon.sections import POLICIES, RankedSection

TEST = "evaluation"
"""The role of a policy that answers held-out prompts."""
OPTION_TOKENS = 8
"""What a server may write to tell how likely options are; this machine's models write nothing."""


class Asked(NamedTuple):
    """Calls of one kind that a stage makes of one engine."""

    what: str
    role: str
    """As the recipe's `roles` call it; `ranked` for those whose responses people rank, `evaluation` for tests."""
    engine: str
    """The stage whose model answers, or an address."""
    calls: int
    exact: bool
    """Whether so many are made, no fewer. A critique that finds nothing, a pair of equal responses and a prompt that
    the context cannot hold spare calls."""
    prompts: Prompts
    """A sample of what is read, without the texts that are sampled on the way."""
    answer_tokens: float
    """Expected of one answer."""
    most_tokens: int
    """Of one answer."""
    more: float = 0.0
    """Expected tokens of the sampled texts that a prompt has beside those of `prompts`."""
    most_more: int = 0
    kind: Literal["sample", "options"] = "sample"

    @property
    def is_local(self) -> bool:
        """Whether this machine does the work."""
        return not is_server(self.engine)

    @property
    def read_tokens(self) -> float:
        """Expected of all calls."""
        return self.calls * (self.prompts.mean_tokens + self.more)

    @property
    def most_read_tokens(self) -> float:
        """Where every text that is sampled on the way is as long as it may be."""
        return self.calls * (self.prompts.mean_tokens + self.most_more)

    @property
    def written_tokens(self) -> float:
        """Expected of all calls."""
        return self.calls * self.answer_tokens

    @property
    def most_written_tokens(self) -> int:
        """Where every answer is as long as it may be."""
        return self.calls * self.most_tokens


class Asking:
    """The calls of a recipe's stages."""

    def __init__(self, recipe: Recipe, texts: Texts) -> None:
        self._recipe, self._texts = recipe, texts
        self._all_fit = recipe.long_rows == "error"

    def of(self, stage: str) -> list[Asked]:
        """All calls of a stage, in the order in which they are made."""
        made: dict[str, Callable[[], list[Asked]]] = {
            "helpful_reward": lambda: self._ranked(
                self._recipe.helpful_reward, self._recipe.roles.ranked, self._recipe.helpful_reward.prompts
            ),
            "revisions": self._revisions, "sl_cai": self._sl_cai, "ai_feedback": self._ai_feedback,
            "preference_model": self._preference_model, "rl_cai": self._rl_cai,
        }  # fmt: skip
        own = made[stage]() if stage in made else []
        tested = [self._tested(stage)] if stage in POLICIES else []
        return [one for one in (*own, *tested) if one.calls]

    def _revisions(self) -> list[Asked]:
        section, roles = self._recipe.revisions, self._recipe.roles
        critiques, revisions = self._texts.critiques()
        limit, answer = section.max_new_tokens, self._texts.answer_tokens(section.max_new_tokens)
        count = self._texts.num_prompts("red_team", section.prompts)
        probes = self._texts.num_probes("critique")
        critic = Asked("criticise", "critic", roles.critic, count * section.rounds, self._fits(roles.critic), critiques,
                       answer, limit, answer, limit)  # fmt: skip
        reviser = critic._replace(
            what="revise", role="reviser", engine=roles.reviser, exact=False, prompts=revisions, more=2 * answer,
            most_more=2 * limit,
        )  # fmt: skip
        direct = reviser._replace(prompts=critiques, more=answer, most_more=limit, exact=critic.exact)
        return [
            critic._replace(what="admit: criticise", calls=probes, exact=True),
            reviser._replace(what="admit: revise", calls=probes),
            Asked("answer", "responder", roles.responder, count, self._fits(roles.critic),
                  self._texts.prompts("red_team"), answer, limit),
            *([critic, reviser] if section.critique else [direct]),
        ]  # fmt: skip

    def _sl_cai(self) -> list[Asked]:
        section = self._recipe.sl_cai
        sampler = self._recipe.roles.helpful_sampler
        return [
            self._sampled("sample", "helpful_sampler", sampler, "helpful", section.helpful_prompts,
                          section.max_new_tokens, draws=section.samples_per_prompt)
        ]  # fmt: skip

    def _ai_feedback(self) -> list[Asked]:
        section, roles = self._recipe.ai_feedback, self._recipe.roles
        draws, limit, fits = section.pairs_per_prompt, section.max_new_tokens, self._fits(roles.judge)
        count = self._texts.num_prompts("red_team", section.prompts)
        responder = self._sampled("sample", "feedback_responder", roles.feedback_responder, "red_team", section.prompts,
                                  limit, draws=2 * draws)._replace(exact=fits)  # fmt: skip
        rival = responder._replace(role="feedback_rival", engine=roles.feedback_rival, calls=count * draws)
        orders, answer = 2 if section.both_orders else 1, self._texts.answer_tokens(limit)
        probes, thinks = self._texts.num_probes("comparison"), section.chain_of_thought
        # Of a probe every question shows the same principle: only reasonings differ.
        asked = probes * orders * (section.queries * section.samples if thinks else 1)
        written = OPTION_TOKENS if is_server(roles.judge) else 0
        judge = Asked("judge", "judge", roles.judge, count * draws * section.queries * orders * section.samples, False,
                      self._texts.questions(), written, written, 2 * answer, 2 * limit, "options")  # fmt: skip
        reasoner = judge._replace(what="reason", answer_tokens=section.reasoning_tokens,
                                  most_tokens=section.reasoning_tokens, kind="sample")  # fmt: skip
        if thinks:
            judge = judge._replace(
                more=2 * answer + section.reasoning_tokens, most_more=2 * limit + section.reasoning_tokens
            )
        tested = self._recipe.evaluation
        # Every pair that people judged as it is, and most once more with an instruction planted.
        audited = 2 * len(tested.judge_audit) * tested.judge_audit_cases * orders * section.queries * section.samples
        return [
            *([reasoner._replace(what="admit: reason", calls=asked)] if thinks else []),
            judge._replace(what="admit: judge", calls=asked, exact=not thinks),
            *([reasoner._replace(what="audit: reason", calls=audited)] if thinks else []),
            judge._replace(what="audit: judge", calls=audited),
            responder,
            *([rival] if section.rival_share else []),
            *([reasoner] if thinks else []),
            judge,
        ]

    def _preference_model(self) -> list[Asked]:
        section = self._recipe.preference_model
        return self._ranked(section, self._recipe.roles.preference_ranked, section.prompts, section.red_team_prompts)

    def _rl_cai(self) -> list[Asked]:
        section = self._recipe.rl_cai
        return [
            self._sampled("sample what is imitated", "helpful_sampler", self._recipe.roles.helpful_sampler, "helpful",
                          section.ptx_prompts, section.max_new_tokens)
        ]  # fmt: skip

    def _ranked(self, section: RankedSection, names: tuple[str, ...], helpful: int, red_team: int = 0) -> list[Asked]:
        """Responses for people to rank; none where the source has their rankings."""
        if self._texts.rankings():
            return []
        samplers = self._recipe.made(names)
        own = section.max_responses * (1 - section.swapped_share - section.damaged_share)
        draws = ceil(own / max(1, len(samplers)))
        count = self._texts.num_prompts("helpful", helpful) + self._texts.num_prompts("red_team", red_team)
        return [
            self._sampled("sample", "ranked", name, "helpful", 0, section.max_new_tokens)._replace(calls=count * draws)
            for name in samplers
        ]

    def _tested(self, stage: str) -> Asked:
        limit = self._recipe.evaluation.max_new_tokens
        return Asked("test", TEST, stage, self._texts.num_evaluated(), self._all_fit, self._texts.prompts("evaluation"),
                     self._texts.answer_tokens(limit), limit)  # fmt: skip

    def _sampled(
        self, what: str, role: str, engine: str, kind: str, prompts: int, limit: int, *, draws: int = 1
    ) -> Asked:
        calls = self._texts.num_prompts(kind, prompts) * draws
        answer = self._texts.answer_tokens(limit)
        return Asked(what, role, engine, calls, self._fits(engine), self._texts.prompts(kind), answer, limit)

    def _fits(self, engine: str) -> bool:
        """Whether no prompt is left out: a server says itself what it cannot hold."""
        return self._all_fit or is_server(engine)
