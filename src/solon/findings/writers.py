"""People who write worse than they judge, and what is learnt from them."""

from __future__ import annotations

from solon.agora import replies
from solon.findings.lab import Lab
from solon.models.language_model import LanguageModel
from solon.preferences import candidates_of, rank_with_people
from solon.records import Demonstration, Prompt, assistant

KINDS = ("benign", "borderline", "fact")


def writer_text(lab: Lab, prompt: Prompt, slips: float, name: str) -> str:
    """What a person writes: right, or, in a share of `slips`, careless: no answer."""
    rng = lab.generator("writer", name, prompt.id)
    if rng.random() >= slips:
        return lab.world.feedback.right_reply(prompt, rng)
    return replies.write_evasion(rng)


def demonstrations(lab: Lab, count: int, slips: float) -> list[Demonstration]:
    """Answers that people wrote to training prompts of the three kinds."""
    each = -(-count // len(KINDS))
    prompts = lab.prompts(each, *KINDS, name="written")[:count]
    rows = [(prompt, writer_text(lab, prompt, slips, "demonstrations")) for prompt in prompts]
    return [
        Demonstration(id=f"written-{prompt.id}", messages=(*prompt.messages, assistant(text)), source="writers")
        for prompt, text in rows
    ]


def imitator(lab: Lab, count: int, slips: float) -> LanguageModel:
    """SFT on what people wrote, of a policy that has learnt to answer already, as pretrained models have."""

    def make() -> LanguageModel:
        return lab.imitate(f"imitator-{count}", lab.policy("sft"), demonstrations(lab, count, slips))

    return lab.kept(f"imitator-{count}-{slips}", make)


def optimised(lab: Lab, count: int, slips: float, rankings: int, rounds: int) -> LanguageModel:
    """An imitator of fewer demonstrations, then rejection sampling by a reward model of people's rankings."""

    def make() -> LanguageModel:
        start = imitator(lab, count, slips)
        prompts = lab.prompts(-(-rankings // len(KINDS)), *KINDS, name="ranked")[:rankings]
        answers = lab.answers(start, prompts, draws=4, name="imitator")
        candidates = candidates_of(prompts, answers, swapped_share=0.1, damaged_share=0.1, seed=lab.derive("shown"))
        ranked = list(
            rank_with_people(
                prompts, candidates, lab.world.raters(held_out=False), seed=lab.derive("ranked"), num_responses=(5, 5)
            )
        )
        reward = lab.reward_model("writers-reward", lab.policy("mid"), ranked)
        return lab.imitate_best("optimised", start, reward, prompts, rounds=rounds)

    return lab.kept(f"optimised-{count}-{slips}-{rankings}-{rounds}", make)
