"""A small aligned model against a larger base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solon.findings.finding import Finding, Measured, Outcome
from solon.findings.lab import Lab
from solon.findings.measures import mean, number
from solon.findings.people import win_rate
from solon.findings.plots import draw_bars
from solon.findings.shapes import at_least, clearly_above
from solon.models.language_model import LanguageModel
from solon.records import Message, Metric, Prompt
from solon.settings import Settings

KINDS = ("benign", "borderline", "fact")


class SmallAligned(Settings):
    """Knobs."""

    width: int = 64
    """Of the small model; the chain's has 128."""
    layers: int = 3
    """Of the small model; the chain's has 4."""
    shots: int = 3
    """Examples in front of each question to the base."""
    prompts: int = 120
    """Held-out prompts of each of three kinds."""


def measure(lab: Lab, settings: SmallAligned) -> Mapping[str, Metric]:
    """Held-out people compare the answers of a small SFT policy with those of the large base, prompted."""
    small_chain = lab.chain(
        "sft", f"model.width={settings.width}", f"model.layers={settings.layers}", "stages=[base, mid, sft]"
    )
    small, base = LanguageModel.load(str(small_chain.model("sft"))), lab.policy("base")
    prompts = lab.held_out(settings.prompts, *KINDS)
    found = {
        "parameters, large / small": number(_size(base) / _size(small), 1, "count"),
        "small, right": mean([(c.prompt, float(c.check.helpful or False)) for c in lab.checked(small, prompts)]),
    }
    ours, people = lab.answers(small, prompts), lab.world.raters(held_out=True)
    shots = lab.demonstrations(200)
    shown = [one for one in shots if one.labels["kind"] in KINDS and len(one.messages) == 2][: settings.shots]
    with_shots = [_after_examples(prompt, [message for one in shown for message in one.messages]) for prompt in prompts]
    rivals = {"base": lab.answers(base, prompts), "base with examples": lab.answers(base, with_shots)}
    for name, answers in rivals.items():
        pairs = [(one.prompt, one.text, other.text) for one, other in zip(ours, answers, strict=True)]
        found[f"preferred to the large {name}"] = win_rate(lab, pairs, lambda _: people)
    return found


def _size(model: LanguageModel) -> int:
    return sum(parameter.numel() for parameter in model.model.parameters())


def _after_examples(prompt: Prompt, examples: Sequence[Message]) -> Prompt:
    return prompt.model_copy(update={"messages": (*examples, *prompt.messages)})


def shape(measured: Measured, settings: SmallAligned) -> Sequence[Outcome]:
    """People prefer the small aligned model to the larger base, with and without examples."""
    return [
        at_least(measured, "parameters, large / small", 2.0),
        clearly_above(measured, "preferred to the large base", 0.5),
        clearly_above(measured, "preferred to the large base with examples", 0.5),
    ]


def figure(measured: Measured, settings: SmallAligned) -> str:
    """Win rates."""
    names = ("preferred to the large base", "preferred to the large base with examples", "small, right")
    told = "Win rates of the small aligned model"
    return draw_bars("small-aligned", {name: measured[name] for name in names}, "rate", told)


FINDING = Finding(
    name="small-aligned",
    title="A small aligned model is preferred to a larger base",
    source="Ouyang et al. 2022, arXiv:2203.02155, figure 1",
    published="Labellers prefer the answers of a 1.3B InstructGPT to those of the 175B GPT-3, also when that is "
    "prompted with examples.",
    method="A chain of a third of the size as far as SFT, against the large base that continues text, alone and after "
    "three examples. Held-out simulated people compare.",
    settings=SmallAligned(),
    quick={"prompts": 60},
    measure=measure,
    shape=shape,
    figure=figure,
    needs="base",
    limits="A factor of three, not of a hundred; and a base of a million parameters hardly learns from examples.",
)
