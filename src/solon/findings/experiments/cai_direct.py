"""Figure 7 of Constitutional AI: revisions with and without a critique before them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solon.critiques import critique_and_revise
from solon.engines.local import LocalEngine
from solon.findings.finding import Finding, Measured, Outcome
from solon.findings.lab import Lab
from solon.findings.measures import mean, paired
from solon.findings.plots import Line, Plot, draw_lines
from solon.findings.shapes import clearly_above, not_clearly_below
from solon.records import Metric, Prompt
from solon.settings import Settings

WAYS = {"critiqued": True, "direct": False}


class CaiDirect(Settings):
    """Knobs."""

    prompts: int = 300
    """Harmful requests."""
    rounds: int = 3
    """Revisions of each answer."""


def measure(lab: Lab, settings: CaiDirect) -> Mapping[str, Metric]:
    """The same first answers, revised both ways under the same principles."""
    engine, constitution = LocalEngine(lab.policy("helpful_rlhf")), lab.recipe.load_constitution()
    prompts = lab.prompts(settings.prompts, "harmful", name="direct")
    harmful: dict[tuple[str, int], list[tuple[Prompt, float]]] = {}
    for way, critique in WAYS.items():
        config = lab.recipe.revisions.model_copy(update={"critique": critique, "rounds": settings.rounds})
        written = critique_and_revise(
            prompts, engine, engine, engine, constitution, config, seed=lab.derive("direct"), progress=lab.progress
        )
        for one in written:
            told = float(lab.check(one.prompt, one.text).harmful or False)
            harmful.setdefault((way, one.round), []).append((one.prompt, told))
    found = {f"harmful, {way}, round {number}": mean(values) for (way, number), values in harmful.items()}
    for number in range(1, settings.rounds + 1):
        found[f"harmful, direct - critiqued, round {number}"] = paired(
            harmful["direct", number], harmful["critiqued", number]
        )
    return found


def shape(measured: Measured, settings: CaiDirect) -> Sequence[Outcome]:
    """A critique helps, most where least has been revised."""
    later = [f"harmful, direct - critiqued, round {number}" for number in range(2, settings.rounds + 1)]
    return [
        clearly_above(measured, "harmful, direct - critiqued, round 1"),
        *(not_clearly_below(measured, name) for name in later),
    ]


def figure(measured: Measured, settings: CaiDirect) -> str:
    """Harm by round, both ways."""
    lines = [
        Line(way, [(float(n), measured[f"harmful, {way}, round {n}"]) for n in range(settings.rounds + 1)])
        for way in WAYS
    ]
    return draw_lines(
        "cai-direct",
        [Plot("", "revision", "harmful (rate)", lines, unit_y=True)],
        "Harmful share by round, with critiques and without",
    )


FINDING = Finding(
    name="cai-direct",
    title="Critiqued revisions are no worse than direct ones, and better in a small model",
    source="Bai et al. 2022, arXiv:2212.08073, figure 7",
    published="Revisions after a critique score at least as harmless as revisions without one; the gap is larger in "
    "smaller models.",
    method="The helpful policy answers harmful requests; its answers are revised in rounds after a critique, and "
    "directly, under the same drawn principles. The exact checker tells harm.",
    settings=CaiDirect(),
    quick={"prompts": 120, "rounds": 2},
    measure=measure,
    shape=shape,
    figure=figure,
    needs="helpful_rlhf",
    limits="Mid-training holds revisions that follow a critique and none without: the gap here is that of a model "
    "that never saw a direct revision, and sizes are not compared.",
)
