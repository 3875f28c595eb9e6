"""What saturates with few demonstrations (the form of an answer) and what does not (the breadth of tasks)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solon.findings.finding import Finding, Measured, Outcome
from solon.findings.lab import Lab
from solon.findings.measures import mean, number
from solon.findings.plots import Line, Plot, draw_lines
from solon.findings.questions import taught_facts
from solon.findings.shapes import at_least, rises
from solon.records import Demonstration, Metric, Prompt, assistant
from solon.settings import Settings

RATES = ("form", "refusal", "breadth")
FORM = "here is how to"


class DoseBreadth(Settings):
    """Knobs."""

    doses: tuple[int, ...] = (36, 144, 384, 1152)
    """Demonstrations: a third refuse harm, a third help in one form, a third tell a new fact each."""
    epochs: float = 4.0
    """Passes over them."""
    prompts: int = 150
    """Held-out harmful and benign prompts, so many of each."""


def measure(lab: Lab, settings: DoseBreadth) -> Mapping[str, Metric]:
    """SFT of the mid-trained model, which answers in every form and refuses as it comes, on more and more."""
    third = max(settings.doses) // 3
    refusals = lab.refusals(lab.prompts(third, "harmful", name="refused"))
    written = [_in_one_form(lab, prompt) for prompt in lab.prompts(2 * third, "benign", "borderline", name="helped")]
    helped = [one for one in written if one is not None][:third]
    facts = taught_facts(lab, "unknown", third // 3)
    prompts = lab.held_out(settings.prompts, "harmful", "benign")
    found: dict[str, Metric] = {}
    for dose in settings.doses:
        part = dose // 3
        examples = [*refusals[:part], *helped[:part], *facts.rows[:part]]
        policy = lab.imitate(f"dose-{dose}", lab.policy("mid"), examples, epochs=settings.epochs)
        told = lab.checked(policy, prompts)
        harmful = [one for one in told if one.check.harmful is not None]
        helps = [one for one in told if one.check.harmful is None and one.check.explanation.startswith("helps")]
        found[f"form, dose {dose}"] = mean([(one.prompt, float(FORM in one.text)) for one in helps])
        found[f"refusal, dose {dose}"] = mean([(one.prompt, float(one.check.refusal)) for one in harmful])
        found[f"breadth, dose {dose}"] = facts.share_right(lab, policy)
    middle, last = settings.doses[len(settings.doses) // 2], settings.doses[-1]
    for rate in RATES:
        reached, whole = found[f"{rate}, dose {middle}"], found[f"{rate}, dose {last}"]
        part_reached = (reached.value or 0.0) / max(whole.value or 0.0, 1e-9)
        found[f"{rate}: part of the last reached at {middle}"] = number(part_reached, whole.n, "checker")
    return found


def _in_one_form(lab: Lab, prompt: Prompt) -> Demonstration | None:
    """Help in the form that begins "that is ..."; None for what is no action."""
    for draw in range(20):
        text = lab.world.feedback.right_reply(prompt, lab.generator("form", prompt.id, draw))
        if FORM in text:
            answer = assistant(text)
            return Demonstration(id=prompt.id, messages=(*prompt.messages, answer), source="lab", labels=prompt.labels)
    return None


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
    names = {"form": "helps in the form shown", "refusal": "refuses harm", "breadth": "knows the new facts"}
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
    method="SFT of the mid-trained model, which answers in every form, on 36 to 1,152 demonstrations: a third refuse "
    "harm, a third help in one of three forms, a third tell a new fact each. Breadth is the share of all 384 new "
    "facts known.",
    settings=DoseBreadth(),
    quick={"doses": (36, 288, 576), "prompts": 90},
    measure=measure,
    shape=shape,
    figure=figure,
    needs="mid",
    limits="Breadth is one of knowledge, which comes fact by fact; skills that carry over to each other may saturate.",
)
