"""One source of instructions each, against a mixture of the same size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solon.findings.finding import Finding, Measured, Outcome
from solon.findings.lab import Lab
from solon.findings.measures import mean, number
from solon.findings.plots import Line, Plot, draw_lines
from solon.findings.shapes import told
from solon.records import Metric
from solon.settings import Settings

SOURCES = {"actions": ("benign", "borderline"), "facts": ("fact",), "needs": ("implied",), "dialogues": ("dialogue",)}


class Mixture(Settings):
    """Knobs."""

    rows: int = 800
    """Demonstrations of each run."""
    prompts: int = 240
    """Held-out prompts of a kind; a third as many of needs and dialogues."""


def measure(lab: Lab, settings: Mixture) -> Mapping[str, Metric]:
    """SFT of the mid-trained model on each source alone and on equal parts of all; every one is tested on all."""
    kinds = {kind for of_source in SOURCES.values() for kind in of_source}
    shown = [one for one in lab.demonstrations(20 * settings.rows) if one.labels["kind"] in kinds]
    rows = {
        name: [one for one in shown if one.labels["kind"] in of_source][: settings.rows]
        for name, of_source in SOURCES.items()
    }
    part = settings.rows // len(SOURCES)
    rows["mixture"] = [one for of_source in list(rows.values()) for one in of_source[:part]]
    prompts = lab.held_out(settings.prompts, *kinds)
    found: dict[str, Metric] = {}
    for way, examples in rows.items():
        policy = lab.imitate(way, lab.policy("mid"), examples)
        answered = lab.checked(policy, prompts)
        for name, of_source in SOURCES.items():
            right = [
                (c.prompt, float(c.check.helpful or False)) for c in answered if c.prompt.labels["kind"] in of_source
            ]
            found[f"{name} after {way}"] = mean(right)
        all_rates = [found[f"{name} after {way}"].value or 0.0 for name in SOURCES]
        found[f"mean after {way}"] = number(sum(all_rates) / len(all_rates), len(answered), "checker")
    return found


def shape(measured: Measured, settings: Mixture) -> Sequence[Outcome]:
    """The mixture is best on average, and no single source is best at everything."""
    singles = {way: measured[f"mean after {way}"].value or 0.0 for way in SOURCES}
    best = max(singles, key=lambda way: singles[way])
    mixed = measured["mean after mixture"]
    wins = {max(SOURCES, key=lambda way: measured[f"{name} after {way}"].value or 0.0) for name in SOURCES}
    return [
        Outcome(
            "the mixture's mean is above that of every single source, by 0.05",
            (mixed.value or 0.0) >= singles[best] + 0.05,
            f"{told(mixed)} against {singles[best]:.3f} ({best})",
        ),
        Outcome("no single source is best at every task", len(wins) > 1, ", ".join(sorted(wins))),
    ]


def figure(measured: Measured, settings: Mixture) -> str:
    """Each task after each source."""
    ways = [*SOURCES, "mixture"]
    ticks = [(float(place), name) for place, name in enumerate(SOURCES)]
    lines = [
        Line(way, [(float(place), measured[f"{name} after {way}"]) for place, name in enumerate(SOURCES)])
        for way in ways
    ]
    plot = Plot("", "tested on", "right (rate)", lines, unit_y=True, ticks=ticks)
    return draw_lines("mixture", [plot], "Tasks after single sources and after their mixture")


FINDING = Finding(
    name="mixture",
    title="No single source of instructions is best at everything; their mixture is best on the whole",
    source="Wang et al. 2023 (Tulu), arXiv:2306.04751, table 3",
    published="No single instruction data set gives the best results on all evaluations; a mixture is best on average.",
    method="SFT of the mid-trained model on 800 demonstrations of one kind, or on equal parts of all four kinds.",
    settings=Mixture(),
    quick={"rows": 480, "prompts": 120},
    measure=measure,
    shape=shape,
    figure=figure,
    needs="mid",
    limits="The tasks of this town hardly help each other; of real ones some do.",
)
