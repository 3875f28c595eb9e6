"""Imitation against optimisation for equal money, and whether optimisation passes the demonstrators' ceiling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solon.findings.finding import Finding, Measured, Outcome
from solon.findings.lab import Lab
from solon.findings.measures import mean, number, paired
from solon.findings.plots import draw_bars
from solon.findings.shapes import clearly_above
from solon.findings.writers import KINDS, imitator, optimised, writer_text
from solon.models.language_model import LanguageModel
from solon.records import Metric, Prompt
from solon.settings import Settings


class ImitationOptimisation(Settings):
    """Knobs."""

    budget: float = 20_000.0
    """Money of each way."""
    demonstration_price: float = 10.0
    """Of a written answer."""
    ranking_price: float = 6.0
    """Of a ranking of five answers: ten comparisons."""
    share: float = 0.4
    """Of the budget that optimisation spends on demonstrations to start from."""
    slips: float = 0.35
    """How often a writer is careless and gives no answer."""
    rounds: int = 1
    """Of rejection sampling: SFT on the best of eight own answers."""
    tested: int = 180
    """Held-out prompts of each of three kinds."""


def measure(lab: Lab, settings: ImitationOptimisation) -> Mapping[str, Metric]:
    """All money into demonstrations, or part of it into rankings."""
    all_in = int(settings.budget / settings.demonstration_price)
    start = int(settings.share * all_in)
    rankings = int((1 - settings.share) * settings.budget / settings.ranking_price)
    prompts = lab.held_out(settings.tested, *KINDS)
    told = {
        "writers": [(p, _right(lab, p, writer_text(lab, p, settings.slips, "test"))) for p in prompts],
        "imitation": _answers(lab, imitator(lab, all_in, settings.slips), prompts),
        "optimisation": _answers(lab, optimised(lab, start, settings.slips, rankings, settings.rounds), prompts),
    }
    found = {f"right, {way}": mean(values) for way, values in told.items()}
    found["right, imitation - writers"] = paired(told["imitation"], told["writers"])
    found["right, optimisation - writers"] = paired(told["optimisation"], told["writers"])
    found["right, optimisation - imitation"] = paired(told["optimisation"], told["imitation"])
    found["demonstrations of imitation"] = number(all_in, 1, "count")
    found["demonstrations of optimisation"] = number(start, 1, "count")
    found["rankings of optimisation"] = number(rankings, 1, "count")
    return found


def _right(lab: Lab, prompt: Prompt, text: str) -> float:
    return float(lab.check(prompt, text).helpful or False)


def _answers(lab: Lab, policy: LanguageModel, prompts: Sequence[Prompt]) -> list[tuple[Prompt, float]]:
    return [(one.prompt, float(one.check.helpful or False)) for one in lab.checked(policy, prompts)]


def shape(measured: Measured, settings: ImitationOptimisation) -> Sequence[Outcome]:
    """Imitation stays with the writers; optimisation passes both."""
    gap = measured["right, imitation - writers"].value or 0.0
    return [
        Outcome("imitation ends within 0.1 of the writers", abs(gap) <= 0.1, f"{gap:+.3f}"),
        clearly_above(measured, "right, optimisation - imitation"),
        clearly_above(measured, "right, optimisation - writers"),
    ]


def figure(measured: Measured, settings: ImitationOptimisation) -> str:
    """The three rates."""
    values = {way: measured[f"right, {way}"] for way in ("writers", "imitation", "optimisation")}
    return draw_bars("imitation-optimisation", values, "right (rate)", "Writers, imitation and optimisation")


FINDING = Finding(
    name="imitation-optimisation",
    title="For equal money optimisation beats imitation, and passes the people who wrote the demonstrations",
    source="Stiennon et al. 2020, arXiv:2009.01325, figure 1; Ouyang et al. 2022, arXiv:2203.02155",
    published="Policies trained on comparisons were preferred to supervised ones many times their size, and to the "
    "reference summaries that people had written.",
    method="Simulated people give no answer a third of the time that they write, and rank with "
    "a tenth of the pairs wrong. All start from the chain's SFT policy, which could answer better. The same money buys "
    "demonstrations only, or some of them and rankings for a reward model and rejection sampling.",
    settings=ImitationOptimisation(),
    quick={"budget": 12_000.0, "tested": 90},
    measure=measure,
    shape=shape,
    figure=figure,
    needs="sft",
    limits="That judging is easier than writing is assumed here, not shown: people's errors are settings. What "
    "pretrained models know before they see a demonstration, the start has from good ones.",
)
