"""All pairs of a prompt in one batch element, against pairs that are shuffled over the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from solon.findings.finding import Finding, Measured, Outcome
from solon.findings.lab import Lab
from solon.findings.measures import mean, paired
from solon.findings.plots import draw_bars
from solon.findings.shapes import clearly_above
from solon.interfaces import PromptResponse
from solon.preferences import rank_with_people
from solon.records import Metric, Preference, Prompt, Ranking
from solon.reward.score import RewardModelScorer
from solon.settings import Settings
from solon.training.heldout import pairs_of_ranking

KINDS = ("benign", "borderline", "fact")


class ShuffledPairs(Settings):
    """Knobs."""

    prompts: int = 150
    """Ranked prompts."""
    responses: int = 7
    """Responses of each ranking: 21 pairs, as far as none is tied."""
    held_out: int = 150
    """Rankings without noise that test the reward models."""
    prompts_per_step: int = 4
    """Rankings of a step."""
    pairs_per_step: int = 8
    """Shuffled pairs of a step: each response then takes part in several updates."""
    peak_lr: float = 0.0008
    """Of both."""


def measure(lab: Lab, settings: ShuffledPairs) -> Mapping[str, Metric]:
    """The same pairs in one pass, together by prompt or scattered."""
    asked = lab.prompts(settings.prompts // 3, *KINDS, name="ranked")
    rankings = _ranked(lab, asked, settings.responses, held_out=False)
    tested = _ranked(lab, lab.held_out(settings.held_out // 3, *KINDS), 4, held_out=True)
    pairs = [pair for ranking in rankings for pair in pairs_of_ranking(ranking)]
    order = lab.generator("shuffled").permutation(len(pairs))
    # every pair an element of its own: `comparison` names differ, so that nothing brings them together
    shuffled = [pairs[i] for i in order]
    known: dict[str, Any] = {"held_out_share": 0.0, "epochs": 1.0, "peak_lr": settings.peak_lr}
    models = {
        "together": lab.reward_model(
            "together", lab.policy("mid"), rankings, prompts_per_step=settings.prompts_per_step, **known
        ),
        "shuffled": lab.reward_model(
            "shuffled",
            lab.policy("mid"),
            preferences=shuffled,
            prompts_per_step=settings.pairs_per_step,
            **known,
        ),
    }
    found: dict[str, Metric] = {}
    right: dict[str, list[tuple[Prompt, float]]] = {}
    for way, scorer in models.items():
        right[way] = _right(scorer, tested)
        found[f"right on new prompts, {way}"] = mean(right[way])
        found[f"right on its own labels, {way}"] = mean(_right(scorer, rankings))
    found["right on new prompts, together - shuffled"] = paired(right["together"], right["shuffled"])
    own = {way: _right(scorer, rankings) for way, scorer in models.items()}
    found["right on its own labels, shuffled - together"] = paired(own["shuffled"], own["together"])
    return found


def _ranked(lab: Lab, prompts: Sequence[Prompt], responses: int, *, held_out: bool) -> list[Ranking]:
    texts: dict[str, list[str]] = {}
    for one in lab.answers(lab.policy("mid"), prompts, draws=responses + 1, temperature=1.2):
        texts.setdefault(one.prompt.id, []).append(one.text)
    raters = lab.world.raters(held_out=held_out)
    return list(
        rank_with_people(
            prompts, texts, raters, seed=lab.derive("ranked", int(held_out)), num_responses=(responses, responses)
        )
    )


def _right(scorer: RewardModelScorer, rankings: Sequence[Ranking]) -> list[tuple[Prompt, float]]:
    """Share of each prompt's pairs that the model orders as the ranking does."""
    told = []
    for ranking in rankings:
        pairs: list[Preference] = pairs_of_ranking(ranking)
        if not pairs:
            continue
        both = [
            PromptResponse(ranking.prompt, text)
            for pair in pairs
            for text in (pair.comparison.response_a, pair.comparison.response_b)
        ]
        scores = scorer(both)
        hits = [
            (a > b) == ((pair.prob_a or 0.0) > 0.5) for pair, a, b in zip(pairs, scores[::2], scores[1::2], strict=True)
        ]
        told.append((ranking.prompt, sum(hits) / len(hits)))
    return told


def shape(measured: Measured, settings: ShuffledPairs) -> Sequence[Outcome]:
    """Shuffled pairs fit their own labels better and new prompts worse."""
    return [
        clearly_above(measured, "right on its own labels, shuffled - together"),
        clearly_above(measured, "right on new prompts, together - shuffled"),
    ]


def figure(measured: Measured, settings: ShuffledPairs) -> str:
    """Both accuracies, both ways."""
    values = {
        f"{what}: {way}": measured[f"right on {what}, {way}"]
        for what in ("its own labels", "new prompts")
        for way in ("together", "shuffled")
    }
    return draw_bars("shuffled-pairs", values, "pairs in the right order (share)", "Accuracy of both reward models")


FINDING = Finding(
    name="shuffled-pairs",
    title="Pairs of one prompt belong into one batch element; shuffled, they overfit in a single pass",
    source="Ouyang et al. 2022, arXiv:2203.02155, section 3.5",
    published="The pairs among the responses of a prompt are highly correlated: shuffled into the data set, a single "
    "pass over them overfits the reward model; all of a prompt's pairs as one element do not.",
    method="Seven responses of each of 150 prompts, ranked by people with a tenth of the pairs wrong; the same pairs "
    "in one pass: four rankings of a step, or eight shuffled pairs of any prompts.",
    settings=ShuffledPairs(),
    quick={"prompts": 90, "held_out": 90},
    measure=measure,
    shape=shape,
    figure=figure,
    needs="mid",
    limits="Held-out rankings carry the raters' noise too, equally for both.",
)
