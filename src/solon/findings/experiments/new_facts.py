"""True facts that the base lacks: they are learnt for use when they are told in several ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solon.findings.finding import Finding, Measured, Outcome
from solon.findings.lab import Lab
from solon.findings.measures import mean, paired
from solon.findings.plots import draw_bars
from solon.findings.questions import taught_facts
from solon.findings.shapes import at_least, between, clearly_above
from solon.records import Metric, Prompt
from solon.settings import Settings

WAYS = {"one wording": 1, "many wordings": 8}


class NewFacts(Settings):
    """Knobs."""

    persons: int = 40
    """Strangers who get three facts each."""
    exposures: int = 8
    """How often each fact is told in all."""
    epochs: float = 4.0
    """Passes over all of it."""
    peak_lr: float = 0.0015
    """Three quarters of the chain's."""
    rehearsed: int = 2400
    """Rows of ordinary demonstrations among them."""
    prompts: int = 240
    """Held-out questions about known people."""


def measure(lab: Lab, settings: NewFacts) -> Mapping[str, Metric]:
    """The same facts as often, in one wording or in many; asked in wordings that training never had."""
    rehearsed = [one for one in lab.demonstrations(3 * settings.rehearsed) if one.labels["kind"] in ("benign", "fact")]
    known = lab.held_out(settings.prompts, "fact")
    found: dict[str, Metric] = {}
    recalled: dict[str, list[tuple[Prompt, float]]] = {}
    before = [(c.prompt, float(c.check.helpful or False)) for c in lab.checked(lab.policy("sft"), known, temperature=0)]
    for way, wordings in WAYS.items():
        taught = taught_facts(lab, "unknown", settings.persons, wordings_each=wordings, exposures=settings.exposures)
        policy = lab.imitate(way, lab.policy("sft"), [*taught.rows, *rehearsed[: settings.rehearsed]],
                             epochs=settings.epochs, peak_lr=settings.peak_lr)  # fmt: skip
        found[f"recalled as told, {way}"] = taught.share_right(lab, policy)
        recalled[way] = taught.answers_in_new_words(lab, policy)
        found[f"recalled in new words, {way}"] = mean(recalled[way])
        after = [(c.prompt, float(c.check.helpful or False)) for c in lab.checked(policy, known, temperature=0)]
        found[f"known facts, {way} - before"] = paired(after, before)
    found["recalled in new words, many - one"] = paired(recalled["many wordings"], recalled["one wording"])
    return found


def shape(measured: Measured, settings: NewFacts) -> Sequence[Outcome]:
    """Several wordings make a fact usable, and nothing old is lost."""
    return [
        clearly_above(measured, "recalled in new words, many - one"),
        at_least(measured, "recalled in new words, many wordings", 0.5),
        between(measured, "known facts, many wordings - before", -0.1, 1.0),
    ]


def figure(measured: Measured, settings: NewFacts) -> str:
    """Recall, both ways."""
    values = {
        f"{kind}, {way}": measured[f"recalled {kind}, {way}"] for way in WAYS for kind in ("as told", "in new words")
    }
    return draw_bars("new-facts", values, "right (rate)", "Recall of new facts by number of wordings")


FINDING = Finding(
    name="new-facts",
    title="New true facts are recalled in new words only where they were told in several",
    source="Ovadia et al. 2023, arXiv:2312.05934, section 6; Allen-Zhu & Li 2023, arXiv:2309.14316",
    published="Fine-tuning adds new facts reliably only where each is repeated in many variations; told in one form, "
    "facts are memorised and cannot be extracted otherwise.",
    method="Forty strangers get three facts each, told eight times: in one wording, or in eight. Asked in wordings "
    "that training never had.",
    settings=NewFacts(),
    quick={"persons": 30, "prompts": 120},
    measure=measure,
    shape=shape,
    figure=figure,
    needs="sft",
    limits="The policy has learnt to answer such questions in many wordings before; a base that has not needs more.",
)
