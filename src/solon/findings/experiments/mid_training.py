"""Mid-training before SFT, against SFT alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solon.engines.local import LocalEngine
from solon.evaluation.calibration import judge_metrics
from solon.findings.finding import Finding, Measured, Outcome
from solon.findings.lab import Lab
from solon.findings.measures import mean, paired
from solon.findings.plots import draw_bars
from solon.findings.shapes import clearly_above
from solon.models.language_model import LanguageModel
from solon.preferences import label_probes
from solon.records import Metric, Prompt
from solon.settings import Settings


class MidTraining(Settings):
    """Knobs."""

    demonstrations: int = 1500
    """Of SFT, both times."""
    more_epochs: float = 4.0
    """Passes of the third way, which spends mid-training's effort on more of the same."""
    prompts: int = 300
    """Held-out prompts of each kind."""
    probes: int = 200
    """Comparisons that test whether the policy reads principles."""


def measure(lab: Lab, settings: MidTraining) -> Mapping[str, Metric]:
    """SFT from the base once, SFT from the base for longer, and SFT from the mid-trained model."""
    shown = lab.demonstrations(settings.demonstrations)
    prompts = lab.held_out(settings.prompts, "benign", "borderline", "fact", "dialogue", "implied")
    found: dict[str, Metric] = {}
    helped: dict[str, list[tuple[Prompt, float]]] = {}
    ways = {"SFT": ("base", 1.0), "SFT, more passes": ("base", settings.more_epochs), "mid-training, SFT": ("mid", 1.0)}
    for way, (start, epochs) in ways.items():
        policy = lab.imitate(way, lab.policy(start), shown, epochs=epochs)
        helped[way] = [(c.prompt, float(c.check.helpful or False)) for c in lab.checked(policy, prompts)]
        found[f"helpful, {way}"] = mean(helped[way])
        found[f"judges rightly, {way}"] = _judges(lab, policy, settings.probes)
    for way in ("SFT", "SFT, more passes"):
        found[f"helpful, mid-training - {way}"] = paired(helped["mid-training, SFT"], helped[way])
    return found


def _judges(lab: Lab, policy: LanguageModel, count: int) -> Metric:
    constitution = lab.recipe.load_constitution()
    compared = {one.id: one.comparison for one in constitution.principles if one.comparison}
    probes = [p for p in lab.world.probes(compared, 2 * count, seed=lab.derive("probes")) if p.expected != "none"]
    labels = label_probes(probes, constitution, LocalEngine(policy), seed=lab.derive("labels"),
                          config=lab.recipe.ai_feedback, progress=lab.progress)  # fmt: skip
    return judge_metrics(labels, [probe.expected == "a" for probe in probes], seed=lab.seed)["accuracy"]


def shape(measured: Measured, settings: MidTraining) -> Sequence[Outcome]:
    """Mid-training makes more of the same demonstrations, and brings an ability that SFT alone has not."""
    judges = [measured[f"judges rightly, {way}"].value or 0.0 for way in ("mid-training, SFT", "SFT, more passes")]
    return [
        clearly_above(measured, "helpful, mid-training - SFT"),
        clearly_above(measured, "helpful, mid-training - SFT, more passes"),
        Outcome("it judges better by 0.1", judges[0] - judges[1] >= 0.1, f"{judges[0]:.3f} against {judges[1]:.3f}"),
    ]


def figure(measured: Measured, settings: MidTraining) -> str:
    """Both figures, three ways."""
    ways = ("SFT", "SFT, more passes", "mid-training, SFT")
    values = {f"{what}: {way}": measured[f"{what}, {way}"] for what in ("helpful", "judges rightly") for way in ways}
    return draw_bars("mid-training", values, "rate", "Helpfulness and judging with and without mid-training")


FINDING = Finding(
    name="mid-training",
    title="Instruction data in the decay of pretraining beats SFT alone",
    source="Hu et al. 2024 (MiniCPM), arXiv:2404.06395, section 4.3",
    published="Instruction and high-quality data in the decay stage, followed by SFT, beats pretraining data in the "
    "decay followed by the same SFT.",
    method="The same 1,500 demonstrations after the base, four times over after the base, and after mid-training.",
    settings=MidTraining(),
    quick={"demonstrations": 800, "prompts": 120, "probes": 80},
    measure=measure,
    shape=shape,
    figure=figure,
    needs="mid",
    limits="Mid-training here reads more text in all; the third way has passes for it, not new text.",
)
