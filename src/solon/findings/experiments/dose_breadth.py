"""What saturates with few demonstrations (the form of an answer) and what does not (the breadth of tasks)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solon.findings.finding import Finding, Measured, Outcome
from solon.findings.lab import Lab, mean, number
from solon.findings.plots import Line, Plot, draw_lines
from solon.findings.shapes import at_least, rises
from solon.records import Metric
from solon.settings import Settings

RATES = ("form", "refusal", "breadth")


class DoseBreadth(Settings):
    """Knobs."""

    doses: tuple[int, ...] = (50, 200, 800, 3200)
    """Demonstrations, a tenth of them refusals."""
    epochs: float = 3.0
    """Passes over them."""
    prompts: int = 210
    """Held-out prompts of each kind."""


def measure(lab: Lab, settings: DoseBreadth) -> Mapping[str, Metric]:
    """SFT of the base, which has never answered anybody, on more and more demonstrations."""
    shown = [one for one in lab.demonstrations(2 * max(settings.doses)) if one.labels["kind"] != "harmful"]
    refusals = lab.refusals(lab.prompts(max(settings.doses) // 10, "harmful", name="refused"))
    prompts = lab.held_out(settings.prompts, "harmful", "benign", "borderline", "fact", "implied", "dialogue")
    found: dict[str, Metric] = {}
    for dose in settings.doses:
        examples = [*shown[: dose - dose // 10], *refusals[: dose // 10]]
        policy = lab.imitate(f"dose-{dose}", lab.policy("base"), examples, epochs=settings.epochs)
        told = lab.checked(policy, prompts)
        asked_for_harm = [one for one in told if one.check.harmful is not None]
        helped = [(one.prompt, float(one.check.helpful)) for one in told if one.check.helpful is not None]
        found[f"form, dose {dose}"] = mean([(one.prompt, float(one.check.well_formed)) for one in told])
        found[f"refusal, dose {dose}"] = mean([(one.prompt, float(one.check.refusal)) for one in asked_for_harm])
        found[f"breadth, dose {dose}"] = mean(helped)
    middle, last = settings.doses[len(settings.doses) // 2], settings.doses[-1]
    for rate in RATES:
        reached, whole = found[f"{rate}, dose {middle}"], found[f"{rate}, dose {last}"]
        part = (reached.value or 0.0) / max(whole.value or 0.0, 1e-9)
        found[f"{rate}: part of the last reached at {middle}"] = number(part, whole.n, "checker")
    return found


def shape(measured: Measured, settings: DoseBreadth) -> Sequence[Outcome]:
    """In the middle of the scale form is nearly whole and breadth is not."""
    middle = settings.doses[len(settings.doses) // 2]
    parts = {rate: measured[f"{rate}: part of the last reached at {middle}"].value or 0.0 for rate in RATES}
    gaps = {rate: parts[rate] - parts["breadth"] for rate in ("form", "refusal")}
    return [
        at_least(measured, f"form: part of the last reached at {middle}", 0.8),
        *(
            Outcome(f"{rate} has reached more of its last value than breadth, by 0.1", gap >= 0.1, f"{gap:.3f}")
            for rate, gap in gaps.items()
        ),
        rises(measured, [f"breadth, dose {dose}" for dose in settings.doses]),
    ]


def figure(measured: Measured, settings: DoseBreadth) -> str:
    """The rates by dose."""
    names = {"form": "form of a reply", "refusal": "refuses harm", "breadth": "does the task"}
    lines = [
        Line(names[rate], [(float(dose), measured[f"{rate}, dose {dose}"]) for dose in settings.doses])
        for rate in RATES
    ]
    plot = Plot("", "demonstrations", "rate", lines, log_x=True, unit_y=True)
    return draw_lines("dose-breadth", [plot], "Form, refusal and breadth by number of demonstrations")


FINDING = Finding(
    name="dose-breadth",
    title="Form and refusal saturate with few demonstrations, breadth of tasks does not",
    source="Zhou et al. 2023 (LIMA), arXiv:2305.11206; Wang et al. 2023, arXiv:2306.04751",
    published="A thousand demonstrations teach the style and format of answers, and refusal takes a hundred; breadth "
    "of abilities grows with more and more varied data.",
    method="SFT of the base, which only continues text, on 50 to 3,200 demonstrations of all tasks, a tenth refusals.",
    settings=DoseBreadth(),
    quick={"doses": (50, 400, 1600), "prompts": 120},
    measure=measure,
    shape=shape,
    figure=figure,
    needs="base",
    limits="Here the tasks themselves are learnt in SFT; a large base knows most of them and only has to be shown how "
    "to answer.",
)
