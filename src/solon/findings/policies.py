"""Policies that several findings compare with those of the chain."""

from __future__ import annotations

from collections.abc import Sequence

from solon.findings.lab import Lab
from solon.models.language_model import LanguageModel
from solon.preferences import candidates_of, rank_with_people
from solon.records import Prompt, Ranking
from solon.store.records import read_records


def rank_by_people(
    lab: Lab, prompts: Sequence[Prompt], samplers: Sequence[str], *, guideline: str, draws: int = 2
) -> list[Ranking]:
    """Rankings of responses of some of the chain's policies, a fifth of them damaged, by the people of the chain."""
    responses = [
        response for stage in samplers for response in lab.answers(lab.policy(stage), prompts, draws=draws, name=stage)
    ]
    candidates = candidates_of(prompts, responses, swapped_share=0.1, damaged_share=0.1, seed=lab.derive("candidates"))
    raters = lab.world.raters(held_out=False, guideline=guideline)  # type: ignore[arg-type]
    return list(rank_with_people(prompts, candidates, raters, seed=lab.derive(guideline), num_responses=(4, 5)))


def helpful_and_harmless(lab: Lab, *, prompts: int, steps: int) -> LanguageModel:
    """RLHF on both: people rank helpfulness on helpful prompts and harmlessness on the red team's.

    Source: Bai et al. 2022, arXiv:2204.05862; the baseline of arXiv:2212.08073. From SFT, with helpful
    demonstrations in a supervised term, as the chain's helpful RLHF.
    """

    def make() -> LanguageModel:
        ranked = lab.chain("helpful_reward").stage("helpful_reward").path / "rankings.jsonl"
        helpful = list(read_records(ranked, Ranking))[: 2 * prompts]
        asked = lab.prompts(prompts, "harmful", name="red team of people")
        harmless = rank_by_people(lab, asked, ("sft", "mid"), guideline="harmless")
        reward = lab.reward_model("hh-reward", lab.policy("mid"), [*helpful, *harmless])
        both = [*lab.world.helpful_prompts(prompts, seed=lab.derive("hh")), *asked]
        shown = [one for one in lab.demonstrations(2 * prompts) if one.labels["kind"] not in ("harmful", "unknown")]
        return lab.reinforce(
            "hh-rlhf", lab.policy("sft"), reward, both, imitated=shown, like="rl_cai", num_steps=steps, kl_coef=0.3
        ).policy

    return lab.kept(f"hh-rlhf-{prompts}-{steps}", make)
