"""Soft against hard labels of AI feedback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solon.findings.finding import Finding, Measured, Outcome
from solon.findings.lab import Lab
from solon.findings.labels import a_is_better, judged, pairs_on, preference_model, relabelled
from solon.findings.measures import mean, paired
from solon.findings.plots import draw_bars
from solon.findings.shapes import at_least, clearly_below, not_clearly_below
from solon.preferences.ai_feedback import sigmoid
from solon.records import Metric, Prompt
from solon.settings import Settings
from solon.training.heldout import pair_margins


class SoftLabels(Settings):
    """Knobs."""

    pairs: int = 400
    """Prompts whose pairs are judged."""
    tested: int = 240
    """Held-out harmful prompts, whose pairs test the preference models."""


def measure(lab: Lab, settings: SoftLabels) -> Mapping[str, Metric]:
    """One judge without chain of thought, its probabilities or its verdicts; two preference models."""
    labels = judged(
        lab, pairs_on(lab, lab.prompts(settings.pairs, "harmful", name="soft"), "train"), "helpful_rlhf",
        chain_of_thought=False,
    )  # fmt: skip
    scored = [one for one in labels if one.prob_a is not None]
    tested = pairs_on(lab, lab.held_out(settings.tested, "harmful"), "test")
    truth = [float(a_is_better(lab, pair)) for pair in tested]
    probs = [one.prob_a or 0.0 for one in scored]
    right = [
        (one.comparison.prompt, float((prob > 0.5) == a_is_better(lab, one.comparison)))
        for one, prob in zip(scored, probs, strict=True)
    ]
    found = {"judge right": mean(right)}
    errors: dict[str, list[tuple[Prompt, float]]] = {}
    hits: dict[str, list[tuple[Prompt, float]]] = {}
    for way, told in (("soft", probs), ("hard", [float(prob > 0.5) for prob in probs])):
        scorer = preference_model(lab, way, relabelled(scored, told))
        margin = pair_margins(scorer, tested)
        errors[way] = [(p.prompt, (sigmoid(m) - t) ** 2) for p, m, t in zip(tested, margin, truth, strict=True)]
        hits[way] = [(p.prompt, float((m > 0) == (t > 0.5))) for p, m, t in zip(tested, margin, truth, strict=True)]
        found[f"Brier score, {way}"] = mean(errors[way])
        found[f"right, {way}"] = mean(hits[way])
    found["Brier score, soft - hard"] = paired(errors["soft"], errors["hard"])
    found["right, soft - hard"] = paired(hits["soft"], hits["hard"])
    return found


def shape(measured: Measured, settings: SoftLabels) -> Sequence[Outcome]:
    """Soft labels make a better calibrated preference model that is no less accurate."""
    return [
        at_least(measured, "judge right", 0.55),
        clearly_below(measured, "Brier score, soft - hard"),
        not_clearly_below(measured, "right, soft - hard"),
    ]


def figure(measured: Measured, settings: SoftLabels) -> str:
    """Both figures of both models."""
    names = ("judge right", "right, soft", "right, hard", "Brier score, soft", "Brier score, hard")
    return draw_bars("soft-labels", {name: measured[name] for name in names}, "", "Soft against hard labels")


FINDING = Finding(
    name="soft-labels",
    title="Without chain of thought, soft labels make better preference models than hard ones",
    source="Bai et al. 2022, arXiv:2212.08073, section 4.1",
    published="Normalised log-probabilities as soft labels led to much better results than hard labels, in line with "
    "their good calibration.",
    method="The chain's judge without reasoning labels pairs of answers to harmful requests; preference models learn "
    "from its probabilities or from which is above one half. Held-out pairs with a known better answer test them.",
    settings=SoftLabels(),
    quick={"pairs": 250, "tested": 120},
    measure=measure,
    shape=shape,
    figure=figure,
    needs="helpful_rlhf",
    limits="The paper's result is of the policy after reinforcement learning; here of the preference model.",
)
