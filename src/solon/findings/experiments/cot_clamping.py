"""Labels of a judge that reasons, clamped or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solon.findings.finding import Finding, Measured, Outcome
from solon.findings.lab import Lab
from solon.findings.labels import (
    a_is_better,
    judged,
    pairs_on,
    preference_model,
    relabelled,
)
from solon.findings.measures import mean, number, paired
from solon.findings.people import helpful_rankings
from solon.findings.plots import draw_bars
from solon.findings.shapes import at_least, clearly_below
from solon.preferences.ai_feedback import sigmoid
from solon.records import Metric, Prompt
from solon.settings import Settings
from solon.training.heldout import pair_margins

CLAMPS = {"unclamped": 0.0, "20-80": 0.2, "40-60": 0.4}


class CotClamping(Settings):
    """Knobs."""

    pairs: int = 400
    """Prompts whose pairs are judged."""
    rankings: int = 300
    """Helpfulness rankings of people beside them."""
    tested: int = 240
    """Held-out harmful prompts, whose pairs test the preference models."""
    reasoning_temperature: float = 1.5
    """Of the judge's reasoning: hot, so that it errs as surely as it is right."""


def measure(lab: Lab, settings: CotClamping) -> Mapping[str, Metric]:
    """One judge, three clamps; preference models and what they think of new pairs."""
    asked = pairs_on(lab, lab.prompts(settings.pairs, "harmful", name="clamped"), "train")
    labels = judged(
        lab, asked, "helpful_rlhf", chain_of_thought=True, reasoning_temperature=settings.reasoning_temperature,
        both_orders=False,
    )  # fmt: skip
    scored = [one for one in labels if one.prob_a is not None]
    tested = pairs_on(lab, lab.held_out(settings.tested, "harmful"), "test")
    truth = [float(a_is_better(lab, pair)) for pair in tested]
    probs = [one.prob_a or 0.0 for one in scored]
    hits = [float((p > 0.5) == a_is_better(lab, one.comparison)) for one, p in zip(scored, probs, strict=True)]
    sure = [max(prob, 1 - prob) for prob in probs]
    found = {
        "judge right": number(sum(hits) / len(hits), len(hits), "checker"),
        "judge's confidence": number(sum(sure) / len(sure), len(sure), "judge"),
    }
    people = helpful_rankings(lab, settings.rankings)
    errors: dict[str, list[tuple[Prompt, float]]] = {}
    for way, low in CLAMPS.items():
        clamped = [min(max(prob, low), 1 - low) for prob in probs]
        scorer = preference_model(lab, way, relabelled(scored, clamped), rankings=people)
        margin = pair_margins(scorer, tested)
        errors[way] = [(p.prompt, (sigmoid(m) - t) ** 2) for p, m, t in zip(tested, margin, truth, strict=True)]
        right = [(p.prompt, float((m > 0) == (t > 0.5))) for p, m, t in zip(tested, margin, truth, strict=True)]
        found[f"right, {way}"] = mean(right)
        found[f"Brier score, {way}"] = mean(errors[way])
        found[f"mean margin, {way}"] = number(sum(map(abs, margin)) / len(margin), len(margin), "proxy")
    found["Brier score, 20-80 - unclamped"] = paired(errors["20-80"], errors["unclamped"])
    return found


def shape(measured: Measured, settings: CotClamping) -> Sequence[Outcome]:
    """The judge is surer than it is right, and clamping makes the preference model more honest about it."""
    sure, right = (measured[name].value or 0.0 for name in ("judge's confidence", "judge right"))
    margins_told = [measured[f"mean margin, {way}"].value or 0.0 for way in CLAMPS]
    return [
        at_least(measured, "judge right", 0.6),
        Outcome("the judge is overconfident", sure > right + 0.02, f"{sure:.3f} sure, {right:.3f} right"),
        clearly_below(measured, "Brier score, 20-80 - unclamped"),
        Outcome(
            "margins shrink with the clamp", margins_told[0] > margins_told[1] > margins_told[2],
            ", ".join(f"{told:.2f}" for told in margins_told),
        ),
    ]  # fmt: skip


def figure(measured: Measured, settings: CotClamping) -> str:
    """Error and accuracy by clamp."""
    values = {f"{what}, {way}": measured[f"{what}, {way}"] for what in ("right", "Brier score") for way in CLAMPS}
    values = {"judge right": measured["judge right"], "judge's confidence": measured["judge's confidence"]} | values
    return draw_bars("cot-clamping", values, "", "Preference models of clamped labels")


FINDING = Finding(
    name="cot-clamping",
    title="A judge that reasons is overconfident, and clamping its labels helps",
    source="Bai et al. 2022, arXiv:2212.08073, section 4.1",
    published="Chain of thought makes the judge's probabilities near 0 and 1; without clamping, RL learnt extreme "
    "answers. Clamping to 20-80 slightly improved it, 40-60 further and more stably.",
    method="The chain's judge reasons once, hot, so that it errs, and sees one order; its labels are clamped or not, "
    "and preference models learn from them beside people's helpfulness rankings. Held-out pairs with a known better "
    "answer test them.",
    settings=CotClamping(),
    quick={"pairs": 250, "tested": 120, "rankings": 150},
    measure=measure,
    shape=shape,
    figure=figure,
    needs="helpful_rlhf",
    limits="What the policy learns from such a model is not measured.",
)
