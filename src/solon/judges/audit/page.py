"""An audit as a page for people."""

from __future__ import annotations

from collections.abc import Sequence

from solon.judges.audit.report import AuditReport
from solon.records import Metric


def audit_page(report: AuditReport, failures: Sequence[str], *, judge: str, file: str, form: str) -> str:
    """Markdown: who was tested on what, the outcome with every threshold missed, and all figures."""
    outcome = "ADMITTED: no threshold is missed." if not failures else "REFUSED:"
    lines = [
        f"# Audit of {judge}", "",
        f"On {report.cases} cases ({report.kind}) of {file}, asked in the format {form}.", "",
        outcome, *(f"- {failure}" for failure in failures), "",
        "| figure | value | 95 % interval | n |", "| --- | ---: | --- | ---: |",
        *(_row(name, metric) for name, metric in report.metrics.items()), "",
    ]  # fmt: skip
    return "\n".join(lines)


def _row(name: str, metric: Metric) -> str:
    value = "-" if metric.value is None else f"{metric.value:.3f}"
    interval = "" if metric.low is None or metric.high is None else f"{metric.low:.3f} to {metric.high:.3f}"
    # A category is any text of a data set.
    return f"| {name.replace('|', ' ').replace(chr(10), ' ')} | {value} | {interval} | {metric.n} |"
