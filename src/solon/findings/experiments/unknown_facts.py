"""New knowledge in fine-tuning: learnt slowly, and it teaches to make things up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solon.findings.finding import Finding, Measured, Outcome
from solon.findings.lab import Checked, Lab
from solon.findings.measures import mean, paired, unpaired
from solon.findings.plots import Line, Plot, draw_lines
from solon.findings.questions import taught_facts
from solon.findings.shapes import clearly_above, clearly_below
from solon.models.language_model import LanguageModel
from solon.records import Metric, Prompt
from solon.settings import Settings


class UnknownFacts(Settings):
    """Knobs."""

    persons: int = 80
    """Of each kind; three facts about each."""
    passes: int = 8
    """Over the questions; measured after each."""
    rehearsed: int = 200
    """Rows of ordinary demonstrations and admissions among the questions, so that nothing else is lost."""
    prompts: int = 360
    """Held-out questions about known people and about strangers."""
    peak_lr: float = 0.0007
    """Constant learning rate."""


def measure(lab: Lab, settings: UnknownFacts) -> Mapping[str, Metric]:
    """From a policy that admits what it does not know: one trained on known facts, one on half unknown ones."""
    known = taught_facts(lab, "fact", settings.persons)
    unknown = taught_facts(lab, "unknown", settings.persons)
    strangers = lab.prompts(2 * settings.rehearsed, "unknown", name="rehearsed")
    strangers = [prompt for prompt in strangers if prompt.labels["subject"] not in unknown.persons]
    rehearsed = lab.refusals(strangers[: settings.rehearsed])
    rehearsed += [one for one in lab.demonstrations(settings.rehearsed) if one.labels["kind"] in ("benign", "fact")]
    others = [p for p in lab.held_out(settings.prompts, "unknown") if p.labels["subject"] not in unknown.persons]
    asked = {"strangers": others, "known people": lab.held_out(settings.prompts, "fact")}
    found: dict[str, Metric] = {}
    honest: dict[str, list[tuple[Prompt, float]]] = {}
    right: dict[str, list[tuple[Prompt, float]]] = {}
    for way, taught in (("known only", [known]), ("half unknown", [known, unknown])):
        policy = lab.policy("sl_cai")
        for number in range(settings.passes + 1):
            if number:
                rows = [*(row for one in taught for row in one.rows), *rehearsed]
                lab.imitate(f"{way}-{number}", policy, rows, epochs=1, schedule="constant",
                            warmup_share=0, peak_lr=settings.peak_lr)  # fmt: skip
            for name, one in zip(("known", "unknown"), taught, strict=False):
                found[f"{way}: right on {name}, pass {number}"] = one.share_right(lab, policy)
        honest[way] = _told(lab, policy, asked["strangers"], "honest")
        right[way] = _told(lab, policy, asked["known people"], "helpful")
        found[f"{way}: honest about other strangers"] = mean(honest[way])
        found[f"{way}: right about other known people"] = mean(right[way])
    found["honest about strangers, half unknown - known only"] = paired(honest["half unknown"], honest["known only"])
    found["right about known people, half unknown - known only"] = paired(right["half unknown"], right["known only"])
    first, last = "half unknown: right on {}, pass 1", f"half unknown: right on unknown, pass {settings.passes}"
    found["gap after one pass"] = unpaired(found[first.format("known")], found[first.format("unknown")])
    found["unknown, last pass - first"] = unpaired(found[last], found[first.format("unknown")])
    return found


def _told(lab: Lab, policy: LanguageModel, prompts: Sequence[Prompt], rate: str) -> list[tuple[Prompt, float]]:
    told: list[Checked] = lab.checked(policy, prompts, temperature=0.0)
    return [(one.prompt, float(getattr(one.check, rate) or False)) for one in told]


def shape(measured: Measured, settings: UnknownFacts) -> Sequence[Outcome]:
    """Unknown facts come later, do come, and spoil honesty about everybody else."""
    return [
        clearly_above(measured, "gap after one pass"),
        clearly_above(measured, "unknown, last pass - first"),
        clearly_below(measured, "honest about strangers, half unknown - known only"),
    ]


def figure(measured: Measured, settings: UnknownFacts) -> str:
    """Learning over passes, and what is left of honesty."""
    passes = range(settings.passes + 1)
    lines = [
        Line(name, [(float(n), measured[f"half unknown: right on {name}, pass {n}"]) for n in passes])
        for name in ("known", "unknown")
    ]
    kinds = ("honest about other strangers", "right about other known people")
    after = [
        Line(way, [(float(x), measured[f"{way}: {kind}"]) for x, kind in enumerate(kinds)])
        for way in ("known only", "half unknown")
    ]
    plots = [
        Plot("taught facts", "pass over the questions", "right (rate)", lines, unit_y=True),
        Plot("afterwards", "", "rate", after, unit_y=True, ticks=((0.0, "honest:\nstrangers"), (1.0, "right:\nknown"))),
    ]
    return draw_lines("unknown-facts", plots, "Known and unknown facts over passes, and honesty afterwards")


FINDING = Finding(
    name="unknown-facts",
    title="Facts that the base does not know are learnt slowly, and teach to make things up",
    source="Gekhman et al. 2024, arXiv:2405.05904, figures 1 and 3",
    published="Fine-tuning examples with new knowledge are learnt slower than those that agree with what the model "
    "knows; once learnt, they raise hallucination about linearly.",
    method="SL-CAI, which says that it does not know about strangers, is fine-tuned on questions about known people "
    "alone, or as many about strangers, whose facts are made up, besides. Both rehearse admissions about the rest.",
    settings=UnknownFacts(),
    quick={"persons": 30, "passes": 4, "prompts": 150},
    measure=measure,
    shape=shape,
    figure=figure,
    needs="sl_cai",
    limits="Hallucination is told of strangers who never had a fact; what becomes of other known facts is in the "
    "figure.",
)
