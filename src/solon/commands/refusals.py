"""`solon refusals`: which answers refuse, fully or in part."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from solon.commands.shared import Json, finish, quarantine_file, row_counts

app = typer.Typer()


@app.command()
def refusals(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="rows {id, prompt, response}, or what `respond` wrote")],
    out: Annotated[Path | None, typer.Option("--out", help="a label and probabilities for every row")] = None,
    labels: Annotated[
        str | None, typer.Option("--labels", metavar="FIELD", help="rows' field of people's labels: tell the agreement")
    ] = None,
    as_json: Json = False,
) -> None:
    """Label answers as full, partial or no refusal, without a model: English, at thousands of texts a second."""
    from solon.commands.refusal_rows import RefusalRow, asked
    from solon.data import QuarantineWriter
    from solon.data.load import read_rows
    from solon.evaluation.intervals import rate
    from solon.evaluation.refusals import INSTRUMENT, LABELS, agreement, classify
    from solon.store.records import write_records

    quarantine = QuarantineWriter(quarantine_file(out) if out else None)
    seen: set[str] = set()
    rows = read_rows(file, lambda row, name: asked(row, name, labels, seen), quarantine)
    found = list(classify([row.prompt for row in rows], [row.response for row in rows]))
    told = [(row, one.label) for row, one in zip(rows, found, strict=True) if one.label is not None]
    clusters = [row.prompt or row.id for row, _ in told]
    metrics = {name: rate([label == name for _, label in told], clusters, INSTRUMENT) for name in LABELS}
    metrics["refusal"] = rate([label != "none" for _, label in told], clusters, INSTRUMENT)
    statuses = [one.status for one in found]
    result: dict[str, Any] = {
        "classified": len(told), "empty": statuses.count("empty"),
        "unsupported_language": statuses.count("unsupported language"),
        "counts": {name: sum(label == name for _, label in told) for name in LABELS},
        "metrics": {name: metric.model_dump() for name, metric in metrics.items()}, **row_counts(quarantine.counts),
    }  # fmt: skip
    lines = [
        f"{name:8} {metric.value:.3f} [{metric.low:.3f}, {metric.high:.3f}] of {metric.n}"
        for name, metric in metrics.items()
        if metric.value is not None
    ]
    compared = [(label, row.people) for row, label in told if row.people is not None]
    if compared:
        agreed = agreement([label for label, _ in compared], [people for _, people in compared])
        result["agreement"] = agreed.model_dump()
        kappa = "-" if agreed.kappa is None else f"{agreed.kappa:.3f}"
        lines.append(f"against people: accuracy {agreed.accuracy:.3f}  kappa {kappa}  macro-F1 {agreed.macro_f1:.3f}")
        lines += [f"people said {row:8} found " + "  ".join(f"{name} {n}" for name, n in counts.items())
                  for row, counts in agreed.confusion.items()]  # fmt: skip
    if left := len(rows) - len(told):
        lines.append(f"{left} without a label: {result['empty']} empty, {result['unsupported_language']} not English")
    if out is not None:
        write_records(out, [RefusalRow.of(row, one) for row, one in zip(rows, found, strict=True)])
        finish({**result, "out": str(out)}, as_json, "\n".join([*lines, f"{len(rows)} rows -> {out}"]))
        return
    if file in quarantine.first_reason:
        print(
            f"{file}: {result['quarantined']} rows could not be used; {quarantine.first_reason[file]}", file=sys.stderr
        )
    print(json.dumps(result, ensure_ascii=False) if as_json else "\n".join(lines))
