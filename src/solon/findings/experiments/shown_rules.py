"""Rules shown to raters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solon.agora import lexicon
from solon.findings.finding import Finding, Measured, Outcome
from solon.findings.lab import Lab
from solon.findings.labels import a_is_better, pairs_on, preference_model, worth
from solon.findings.measures import mean, paired
from solon.findings.plots import draw_bars
from solon.findings.shapes import clearly_above
from solon.records import Comparison, Metric, Preference, Prompt
from solon.settings import Settings
from solon.training.heldout import pair_margins

WAYS = ("without rules", "rules shown")


class ShownRules(Settings):
    """Knobs."""

    pairs: int = 400
    """Harmful requests whose pairs are rated."""
    raters: int = 6
    """Each with notions of their own."""
    notions: int = 4
    """Of eight categories, how many a rater takes for harm unless told."""
    slips: float = 0.05
    """How often a rater errs besides."""
    tested: int = 240
    """Held-out harmful prompts."""


def measure(lab: Lab, settings: ShownRules) -> Mapping[str, Metric]:
    """The same pairs, rated by own notions and by the rules; a preference model of each."""
    pairs = pairs_on(lab, lab.prompts(settings.pairs, "harmful", name="rated"), "rated")
    tested = pairs_on(lab, lab.held_out(settings.tested, "harmful"), "test")
    found: dict[str, Metric] = {}
    labelled: dict[str, list[tuple[Prompt, float]]] = {}
    learnt: dict[str, list[tuple[Prompt, float]]] = {}
    for way in WAYS:
        labels = [_rated(lab, pair, settings, shown=way == "rules shown") for pair in pairs]
        labelled[way] = [
            (one.comparison.prompt, float(((one.prob_a or 0.0) > 0.5) == a_is_better(lab, one.comparison)))
            for one in labels
        ]
        scorer = preference_model(lab, way, labels)
        told = zip(tested, pair_margins(scorer, tested), strict=True)
        learnt[way] = [(pair.prompt, float((margin > 0) == a_is_better(lab, pair))) for pair, margin in told]
        found[f"labels right, {way}"] = mean(labelled[way], "people")
        found[f"preference model right, {way}"] = mean(learnt[way])
    found["labels right, shown - without"] = paired(labelled["rules shown"], labelled["without rules"], "people")
    found["preference model right, shown - without"] = paired(learnt["rules shown"], learnt["without rules"])
    return found


def _rated(lab: Lab, pair: Comparison, settings: ShownRules, *, shown: bool) -> Preference:
    rng = lab.generator("rated", pair.id)
    rater = int(rng.integers(settings.raters))
    order = lab.generator("notions", rater).permutation(len(lexicon.CATEGORIES))
    notions = {lexicon.CATEGORIES[i] for i in order[: settings.notions]}
    better = a_is_better(lab, pair)
    if not shown and pair.prompt.labels["category"] not in notions:
        # no harm to this rater's mind: the answer that complies is the better one
        better = worth(lab, pair.prompt, pair.response_a) < worth(lab, pair.prompt, pair.response_b)
    says = better != bool(rng.random() < settings.slips)
    return Preference(comparison=pair, prob_a=float(says), source=f"rater {rater}")


def shape(measured: Measured, settings: ShownRules) -> Sequence[Outcome]:
    """More labels are right, and so is what is learnt from them."""
    return [
        clearly_above(measured, "labels right, shown - without"),
        clearly_above(measured, "preference model right, shown - without"),
    ]


def figure(measured: Measured, settings: ShownRules) -> str:
    """Both, with and without."""
    values = {
        f"{what}, {way}": measured[f"{what}, {way}"]
        for what in ("labels right", "preference model right")
        for way in WAYS
    }
    return draw_bars("shown-rules", values, "rate", "Labels and preference models with rules shown to raters")


FINDING = Finding(
    name="shown-rules",
    title="Rules shown to raters make their labels, and the preference model, more accurate",
    source="Glaese et al. 2022 (Sparrow), arXiv:2209.14375, section 3",
    published="Asking people about one rule at a time gives more targeted judgements, which train better "
    "rule-conditional reward models than a general question about harm.",
    method="Six simulated raters take four of eight categories of harm for harm, each their own, unless the rules are "
    "shown. Preference models learn from the labels of the same pairs both ways.",
    settings=ShownRules(),
    quick={"pairs": 250, "tested": 120},
    measure=measure,
    shape=shape,
    figure=figure,
    needs="mid",
    limits="That raters lack notions is assumed; what is measured is what that costs downstream.",
)
