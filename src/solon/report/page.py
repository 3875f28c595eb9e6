"""One self-contained HTML page about a run: figures, tables and transcripts, no request to anywhere.

Everything that comes from the run is escaped by Jinja; only the SVG that `drawn.py` made goes in as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from solon.records import Metric
from solon.report import drawn
from solon.report.limits import limits_of
from solon.report.names import INSTRUMENTS, MEANINGS, RATES
from solon.report.read import RunView, StageView
from solon.report.sft_rlhf import compare_sft_with_rlhf
from solon.report.tables import Cell, cell, measured, sliced, table
from solon.report.transcripts import marks
from solon.report.work import Calls

FEEDBACK = {"accuracy", "ece", "position_consistency", "corrected", "left_alone"}
MISSED = ("harmful", "helpful", "honest", "over_refusal")
SPLITS = ("wording", "action", "both")
NO_CALLS = Calls(0, 0, 0, 0, 0, 0.0)


class Missing(NamedTuple):
    """What was left out of a constitution, as the column of a table."""

    name: str
    metrics: Mapping[str, Metric]


class Change(NamedTuple):
    """One rate from the first policy that answers users to the last one."""

    name: str
    first: Cell
    last: Cell
    difference: Cell | None
    """Paired, where the run measured it."""


def render_page(run: RunView) -> str:
    """The page as a string; the same run gives the same string."""
    return render_template("report.html.jinja", _context(run))


def render_template(name: str, context: Mapping[str, Any]) -> str:
    """A page of this room from its template, with the stylesheet inside."""
    environment = Environment(
        loader=PackageLoader("solon.report", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    css = Markup((Path(__file__).parent / "report.css").read_text(encoding="utf-8"))
    return environment.get_template(name).render(css=css, **context)


def _context(run: RunView) -> dict[str, Any]:
    policies = [stage for stage in run.stages if stage.is_policy]
    feedback = [stage for stage in run.stages if not stage.is_policy and FEEDBACK & stage.metrics.keys()]
    rates = [name for name in RATES if any(name in stage.metrics for stage in policies)]
    categories = sliced(policies, "harmful", "/")
    elo = [key for key in measured(policies) if "elo" in key]
    behaviours = [key for name in ("complied", "refused", "off_topic") for key in sliced(policies, name, "/")]
    splits = [key for name in RATES for key in sliced(policies, name, "@")]
    return {
        "run": run,
        "seconds_total": sum(stage.seconds for stage in run.stages),
        "seconds_figure": drawn.seconds(run.stages),
        "unproven": [stage for stage in run.stages if not stage.proven],
        "unproven_names": {stage.name for stage in run.stages if not stage.proven},
        "refused_table": table(run.refused, measured(run.refused)),
        "policies": policies,
        "changes": _changes(policies),
        "rates_figure": drawn.rates(policies, rates),
        "rates_table": table(policies, rates),
        "plane": drawn.rate_plane(policies),
        "elo_plane": drawn.elo_plane(policies),
        "elo_table": table(policies, elo),
        "compared": compare_sft_with_rlhf(policies),
        "category_table": table(policies, categories, shown={key: key.partition("/")[2] for key in categories}),
        "behaviour_table": table(policies, behaviours),
        "split_table": table(policies, [key for key in splits if key.partition("@")[2] in SPLITS]),
        "kind_table": table(policies, [key for key in splits if key.partition("@")[2] not in SPLITS]),
        "difference_table": table(policies, [key for name in RATES for key in sliced(policies, name, "-")]),
        "feedback_table": table(feedback, [key for key in measured(feedback) if "@round" not in key]),
        "reliability": drawn.reliability(run.stages),
        "rounds": drawn.rounds(run.stages),
        "revised": next((stage.revised for stage in run.stages if stage.revised), ()),
        "missed_table": table(
            [Missing(name, rates) for name, rates in run.missed.items()],
            [*MISSED, *sorted({key for rates in run.missed.values() for key in rates if key.startswith("harmful/")})],
        ),
        "training": [drawn.training(stage) for stage in run.stages if stage.is_ppo],
        "losses": drawn.losses([stage for stage in run.stages if not stage.is_ppo]),
        "mixtures": [(stage, drawn.mixture(stage)) for stage in run.stages if stage.mixture],
        "marks": marks,
        "calls": {stage.name: stage.calls or NO_CALLS for stage in run.stages},
        "calls_total": Calls(
            *(sum(numbers) for numbers in zip(*(s.calls or NO_CALLS for s in run.stages), strict=True))
        )
        if run.stages
        else NO_CALLS,
        "trained_total": sum(stage.trained_tokens or 0 for stage in run.stages),
        "all_table": table(run.stages, measured(run.stages)),
        "meanings": {name: MEANINGS[name] for name in MEANINGS if name in measured(run.stages)},
        "instruments": _instruments(run.stages),
        "checked_exactly": any(m.instrument == "checker" for stage in run.stages for m in stage.metrics.values()),
        "limits": limits_of(run, policies),
    }


def _changes(policies: Sequence[StageView]) -> list[Change]:
    """From sft, or the first policy where there is none, to the last: what the page says before all else."""
    if len(policies) < 2:
        return []
    first, last = next((stage for stage in policies if stage.name == "sft"), policies[0]), policies[-1]
    found = []
    for name in MISSED:
        before, after = (cell(stage.metrics.get(name), size=1.0) for stage in (first, last))
        if first is not last and before and after:
            difference = cell(last.metrics.get(f"{name}-{first.name}"), size=1.0)
            found.append(Change(name, before, after, difference))
    return found


def _instruments(stages: Sequence[StageView]) -> dict[str, str]:
    used = {metric.instrument for stage in stages for metric in stage.metrics.values()}
    return {name: INSTRUMENTS.get(name, "named by the run") for name in sorted(used)}
