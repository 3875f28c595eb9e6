"""Writing is not preferring: the same people's texts, and what they like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solon.findings.finding import Finding, Measured, Outcome
from solon.findings.lab import Lab
from solon.findings.measures import mean, number
from solon.findings.plots import draw_bars
from solon.findings.shapes import at_most, between, clearly_above
from solon.findings.writers import KINDS, imitator, optimised, writer_text
from solon.labellers.agreement import krippendorff_alpha
from solon.labellers.labels import FIRST, SECOND, Label
from solon.models.language_model import LanguageModel
from solon.records import Metric, Prompt
from solon.settings import Settings


class GvGap(Settings):
    """Knobs."""

    demonstrations: int = 2000
    """Of the imitator."""
    start: int = 800
    """Demonstrations that the optimised policy starts from."""
    rankings: int = 2000
    """Of its reward model."""
    rounds: int = 1
    """Of rejection sampling: SFT on the best of eight own answers."""
    slips: float = 0.35
    """How often a writer is careless and gives no answer."""
    tested: int = 120
    """Held-out prompts of each of three kinds."""


def measure(lab: Lab, settings: GvGap) -> Mapping[str, Metric]:
    """Held-out people compare what people wrote with what the policies write."""
    prompts = lab.held_out(settings.tested, *KINDS)
    policies = {
        "imitator": imitator(lab, settings.demonstrations, settings.slips),
        "optimised policy": optimised(lab, settings.start, settings.slips, settings.rankings, settings.rounds),
    }
    found: dict[str, Metric] = {}
    for name, policy in policies.items():
        found |= _compared(lab, policy, prompts, settings.slips, name)
    return found


def _compared(lab: Lab, policy: LanguageModel, prompts: Sequence[Prompt], slips: float, name: str) -> dict[str, Metric]:
    wins: list[tuple[Prompt, float]] = []
    labels: list[Label] = []
    for place, one in enumerate(lab.answers(policy, prompts)):
        written = writer_text(lab, one.prompt, slips, "test")
        if written == one.text:
            continue
        for rater in lab.world.raters(held_out=True):
            first, second = rater.rank(one.prompt, [one.text, written], seed=lab.derive("gap", one.prompt.id))
            coin = lab.generator("taste", rater.name, one.prompt.id).random() < 0.5
            model_wins = first < second or (first == second and coin)
            wins.append((one.prompt, float(model_wins)))
            said = FIRST if model_wins else SECOND
            labels.append(Label(place, rater.name, said, float(model_wins), swapped=False))
    alpha = krippendorff_alpha(labels)
    return {
        f"people prefer the {name} to writers": mean(wins, "people"),
        f"agreement (alpha), {name}": number(alpha if alpha is not None else 0.0, len(labels), "people"),
    }


def shape(measured: Measured, settings: GvGap) -> Sequence[Outcome]:
    """The imitator writes as people do and they can hardly agree; the optimised policy they prefer to themselves."""
    return [
        between(measured, "people prefer the imitator to writers", 0.42, 0.58),
        at_most(measured, "agreement (alpha), imitator", 0.6),
        clearly_above(measured, "people prefer the optimised policy to writers", 0.5),
    ]


def figure(measured: Measured, settings: GvGap) -> str:
    """Both comparisons."""
    return draw_bars("gv-gap", dict(measured), "rate; alpha", "People compare policies with what people wrote")


FINDING = Finding(
    name="gv-gap",
    title="People who write no better than a model still tell which of its answers are better",
    source="Zhang et al. 2023, arXiv:2301.13848; Stiennon et al. 2020, arXiv:2009.01325",
    published="Summaries by hired writers and by instruct-davinci were preferred about equally (50.4 to 49.6 %), with "
    "an agreement among annotators of alpha 0.07; policies trained on what people prefer pass what they write.",
    method="Simulated writers give no answer a third of the time, as raters they err a tenth. Held-out raters compare "
    "written answers with those of an imitator and of a policy optimised on rankings; ties fall to a rater's own "
    "taste.",
    settings=GvGap(),
    quick={"demonstrations": 1200, "start": 480, "rankings": 1200, "tested": 60},
    measure=measure,
    shape=shape,
    figure=figure,
    needs="sft",
    limits="That people judge better than they write is assumed; the gap's size follows from the two error rates.",
)
