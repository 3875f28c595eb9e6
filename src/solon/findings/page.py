"""What was found, as one self-contained HTML page and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

import solon.report
from solon.findings.run import Found
from solon.report.picture_files import write_pictures
from solon.report.svg import kept_pictures
from solon.report.tables import cell
from solon.store.records import write_json, write_text

CSS = Path(solon.report.__file__).parent / "report.css"


def write_findings(found: Sequence[Found], to: Path, *, command: str) -> dict[str, Any]:
    """Write `index.html`, `findings.json`, and each figure as SVG and PNG in `figures/`; what the JSON holds.

    Args:
        command: what makes the page again.
    """
    shown = []
    with kept_pictures() as pictures:
        for one in found:
            finding, settings = one.experiment.finding, one.experiment.settings
            figure = Markup(finding.figure(one.measured, settings) if one.measured else "")
            shown.append({"found": one, "finding": finding, "figure": figure, "rows": _rows(one)})
    write_pictures(pictures, to / "figures")
    environment = Environment(
        loader=PackageLoader("solon.findings", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    css = Markup(CSS.read_text(encoding="utf-8"))
    reproduced = sum(one.reproduced for one in found)
    page = environment.get_template("page.html.jinja")
    write_text(to / "index.html", page.render(css=css, shown=shown, reproduced=reproduced, command=command))
    told = {"findings": [as_json(one) for one in found], "reproduced": reproduced, "page": str(to / "index.html")}
    write_json(to / "findings.json", told)
    return told


def as_json(found: Found) -> dict[str, Any]:
    """One finding as `solon findings run --json` tells it."""
    return {
        "name": found.experiment.name,
        "title": found.experiment.finding.title,
        "source": found.experiment.finding.source,
        "reproduced": found.reproduced,
        "shape": [outcome._asdict() for outcome in found.outcomes],
        "seeds": list(found.seeds),
        "settings": found.experiment.settings.model_dump(mode="json"),
        "metrics": {name: metric.model_dump() for name, metric in found.measured.items()},
        "seconds": round(found.seconds, 1),
        "failures": list(found.failures),
    }


def _rows(found: Found) -> list[tuple[str, Any, str]]:
    shown = []
    for name, metric in found.measured.items():
        size = max((abs(x) for x in (metric.value, metric.low, metric.high) if x is not None), default=0.0)
        shown.append((name, cell(metric, size=size), metric.instrument))
    return shown
