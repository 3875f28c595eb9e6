"""Policies that several findings compare with those of the chain."""

from __future__ import annotations

from solon.findings.lab import Lab
from solon.findings.people import helpful_rankings, rank_by_people
from solon.models.language_model import LanguageModel
from solon.records import Demonstration


def helpful_and_harmless(lab: Lab, *, prompts: int, steps: int) -> LanguageModel:
    """RLHF on both: people rank helpfulness on helpful prompts and harmlessness on the red team's.

    Source: Bai et al. 2022, arXiv:2204.05862; the baseline of arXiv:2212.08073. From SFT, with helpful
    demonstrations in a supervised term, as the chain's helpful RLHF.
    """

    def make() -> LanguageModel:
        helpful = helpful_rankings(lab, 2 * prompts)
        asked = lab.prompts(prompts, "harmful", name="red team of people")
        harmless = rank_by_people(lab, asked, ("sft", "mid"), guideline="harmless")
        reward = lab.reward_model("hh-reward", lab.policy("mid"), [*helpful, *harmless])
        both = [*lab.world.helpful_prompts(prompts, seed=lab.derive("hh")), *asked]
        shown = helpful_demonstrations(lab, 2 * prompts)
        return lab.reinforce(
            "hh-rlhf", lab.policy("sft"), reward, both, imitated=shown, like="rl_cai", num_steps=steps, kl_coef=0.3
        ).policy

    return lab.kept(f"hh-rlhf-{prompts}-{steps}", make)


def helpful_demonstrations(lab: Lab, among: int) -> list[Demonstration]:
    """Of so many demonstrations those that answer what should be answered, for the supervised term of PPO."""
    return [one for one in lab.demonstrations(among) if one.labels["kind"] not in ("harmful", "unknown")]
