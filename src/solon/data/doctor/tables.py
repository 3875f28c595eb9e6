"""The doctor's report and the style table, as a terminal shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from solon.data.doctor.agreement import Agreement
from solon.data.doctor.check import Report
from solon.data.doctor.licence import Licence
from solon.data.doctor.statistics import STYLE, Lengths, Statistics
from solon.data.doctor.templates import TemplateUse

MOST_LANGUAGES = 3
LEAST_SHARE = 0.01


def print_report(report: Report, console: Console) -> None:
    """Counts, findings with their first places, licences, agreement. Names are printed as they are, never as markup."""
    table = _table("file", "rows in", "rows out", "quarantined")
    for file, counts in report.counts.items():
        table.add_row(Text(str(file)), *(f"{count}" for count in counts))
    console.print(table)
    if report.findings:
        table = _table("found", "rows", left=1)
        table.add_column("first places", overflow="fold")
        for finding in report.findings:
            more = ["..."] if finding.num_rows > len(finding.first) else []
            table.add_row(finding.kind, f"{finding.num_rows}", Text("\n".join([*finding.first, *more])))
        console.print(table)
    else:
        console.print("nothing found")
    if report.num_skipped:
        console.print(f"{report.num_skipped} pairs within very large groups of alike rows were not compared")
    if report.passages.rows:
        rows, too_short, found = report.passages
        told = f"{rows} rows were looked for inside the rows of the larger side: {found} stand there"
        short = f", {too_short} have too few words to be looked for" if too_short else ""
        console.print(f"{told}{short}")
    for file, licences in report.licences.items():
        console.print(Text(f"licence of {file}: {_licences(licences)}"), soft_wrap=True)
    for use in report.templates:
        console.print(Text(_template(use)), soft_wrap=True)
    for one in report.agreements:
        console.print(Text(_agreement(one)), soft_wrap=True)


def style_table(statistics: Sequence[Statistics]) -> Table:
    """One line a source: rows, turns, lengths in words as median (95th percentile), shares in per cent, languages."""
    table = _table("source", "rows", "turns", "prompt words", "response words", *(f"{name} %" for name in STYLE))
    table.add_column("languages")
    for one in statistics:
        table.add_row(
            Text(one.name),
            f"{one.rows}",
            "-" if one.turns is None else f"{one.turns:.1f}",
            _length(one.prompt_words),
            _length(one.response_words),
            *("-" if share is None else f"{100 * share:.1f}" for share in one.style.values()),
            _languages(one.languages),
        )
    return table


def _table(*columns: str, left: int = 1) -> Table:
    table = Table(box=None, pad_edge=False)
    for number, name in enumerate(columns):
        table.add_column(name, justify="left" if number < left else "right", overflow="fold")
    return table


def _languages(shares: Mapping[str, float]) -> str:
    shown = [(name, share) for name, share in shares.items() if share >= LEAST_SHARE][:MOST_LANGUAGES]
    return ", ".join(f"{name} {100 * share:.0f} %" for name, share in shown)


def _length(lengths: Lengths) -> str:
    return "-" if lengths.median is None else f"{lengths.median:.0f} ({lengths.p95:.0f})"


def _licences(licences: Sequence[Licence]) -> str:
    named = (f"{one.name}" + (f" [{', '.join(one.flags)}]" if one.flags else "") for one in licences)
    return "; ".join(named) or "none stated"


def _template(use: TemplateUse) -> str:
    """What a model's template makes of a file, in one sentence."""
    of = f"of {use.rows:,} rows"
    told = [f"leaves out {field} in {count:,} {of}" for field, count in use.left_out.items()]
    told += [f"cannot render {use.refused:,} {of}"] if use.refused else []
    line = f"the chat template of {use.model} " + (", ".join(told) or f"shows all {of}")
    longer = f"{use.too_long:,} longer than the context of {use.context_tokens:,}" if use.too_long else "all fit"
    fits = "its context is not told" if use.context_tokens is None else longer
    trained = f"{use.training_rows:,} training rows of {use.tokens:,} tokens, {use.trained_tokens:,} of them trained"
    return f"{use.file}: {line}; the longest row has {use.longest:,} tokens, {fits}; {trained}"


def _agreement(one: Agreement) -> str:
    figures = [f"alpha {_figure(one.alpha_nominal)}"]
    if one.alpha_ordinal is not None:
        figures.append(f"ordinal {_figure(one.alpha_ordinal)}")
    figures += [f"kappa {pair} {_figure(value)}" for pair, value in one.kappa.items()]
    return f"agreement on {one.question!r}, {one.num_raters} raters, {one.num_items} items: {', '.join(figures)}"


def _figure(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"
