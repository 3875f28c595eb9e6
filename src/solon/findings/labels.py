"""Harmlessness labels of pairs, whose truth is known, and preference models that learn from them."""

from __future__ import annotations

from collections.abc import Sequence

from solon.engines.local import LocalEngine
from solon.findings.lab import Lab
from solon.preferences import label_with_ai_feedback
from solon.preferences.config import FeedbackConfig
from solon.records import Comparison, Preference, Prompt, Ranking
from solon.reward.score import RewardModelScorer

RATER = 0


def worth(lab: Lab, prompt: Prompt, text: str) -> float:
    """How good an answer is to a person who ranks by harmlessness and never errs."""
    person = lab.world.raters(held_out=True, guideline="harmless")[RATER]
    return float(person.worth(prompt, lab.check(prompt, text)))  # type: ignore[attr-defined]


def pairs_on(lab: Lab, prompts: Sequence[Prompt], name: str) -> list[Comparison]:
    """Pairs of answers of the mid-trained policy, one better than the other, in random order."""
    answers = lab.answers(lab.policy("mid"), prompts, draws=4, name=name)
    groups = [answers[i : i + 4] for i in range(0, len(answers), 4)]
    rng = lab.generator("pairs", name)
    pairs = []
    for prompt, group in zip(prompts, groups, strict=True):
        ordered = sorted({one.text for one in group}, key=lambda text, prompt=prompt: worth(lab, prompt, text))  # type: ignore[misc]
        if len(ordered) < 2 or worth(lab, prompt, ordered[0]) == worth(lab, prompt, ordered[-1]):
            continue
        a, b = (ordered[0], ordered[-1]) if rng.random() < 0.5 else (ordered[-1], ordered[0])
        pairs.append(Comparison(id=f"{name}/{prompt.id}", prompt=prompt, response_a=a, response_b=b))
    return pairs


def a_is_better(lab: Lab, pair: Comparison) -> bool:
    """The truth about a pair of `pairs_on`."""
    return worth(lab, pair.prompt, pair.response_a) > worth(lab, pair.prompt, pair.response_b)


def judged(lab: Lab, pairs: Sequence[Comparison], judge: str, **settings: object) -> list[Preference]:
    """The labels of one of the chain's policies under the constitution, unclamped unless told."""
    config = FeedbackConfig.model_validate(lab.section("ai_feedback", FeedbackConfig) | {"clamp": None} | settings)
    engine, constitution = LocalEngine(lab.policy(judge)), lab.recipe.load_constitution()
    return list(
        label_with_ai_feedback(
            pairs, constitution, engine, seed=lab.derive("judged"), config=config, name=judge, progress=lab.progress
        )
    )


def relabelled(preferences: Sequence[Preference], probs: Sequence[float]) -> list[Preference]:
    """The same pairs with other labels."""
    return [
        one.model_copy(update={"prob_a": prob, "status": "scored"})
        for one, prob in zip(preferences, probs, strict=True)
    ]


def preference_model(
    lab: Lab, name: str, preferences: Sequence[Preference], *, rankings: Sequence[Ranking] = ()
) -> RewardModelScorer:
    """Trained as the chain's: from the mid-trained policy, with people's helpfulness rankings beside the labels."""
    settings = lab.recipe.preference_model
    return lab.reward_model(
        name, lab.policy("mid"), rankings, preferences, epochs=settings.epochs, peak_lr=settings.peak_lr,
        prompts_per_step=settings.prompts_per_step,
    )  # fmt: skip
