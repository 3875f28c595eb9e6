"""`solon data convert`: one file of any format as JSON lines of one form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from solon.commands.shared import Json, Out, finish, quarantine_beside, row_counts
from solon.errors import InputError

if TYPE_CHECKING:
    from solon.data import QuarantineWriter
    from solon.records import Record

A_FILE = "JSONL, JSON, CSV, TSV, Parquet, text (.gz, .zst), a folder of `datasets`, or hf:NAME[@CONFIG][#SPLIT]"
File = Annotated[Path, typer.Argument(metavar="FILE", help=A_FILE)]


def convert(
    file: File,
    out: Out,
    format: Annotated[
        str | None, typer.Option("--format", help="its format; without it each row's is recognised")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="of a file that gives several kinds of records: which")
    ] = None,
    to: Annotated[
        Literal["records", "messages", "pairs", "prompts"],
        typer.Option("--to", help="Solon's records, OpenAI's messages, chosen and rejected, or what each row asks"),
    ] = "records",
    as_json: Json = False,
) -> None:
    """Read a file of any format and write it as JSON lines of one form."""
    from solon.data.load import load, load_as
    from solon.data.prompts import unrepeated
    from solon.store.records import write_records

    quarantine = quarantine_beside(out)
    left_out: Counter[str] = Counter()
    records: Iterator[Record]
    if to == "prompts":
        records = load_as(file, unrepeated({}), quarantine, format=format)
    else:
        records = (one.record for one in load(file, quarantine, format=format))
    try:
        count = write_records(out, _rows(file, _of_kind(file, records, kind, left_out), to, left_out))
    finally:
        out.with_name(f".partial-{out.name}").unlink(missing_ok=True)
    if not count:
        out.unlink()
        raise _nothing(file, quarantine, left_out)
    result = {"out": str(out), "written": count, "left_out": dict(left_out), **row_counts(quarantine.counts)}
    told = f" (left out: {', '.join(f'{n} {what}' for what, n in left_out.items())})" if left_out else ""
    finish(result, as_json, f"{count} rows -> {out}{told}")


def _of_kind(file: Path, records: Iterator[Record], kind: str | None, left_out: Counter[str]) -> Iterator[Record]:
    """The records of one kind, named in any case. Without a name all must be of one kind."""
    wanted = kind
    for record in records:
        name = type(record).__name__
        wanted = wanted or name
        if name.lower() == wanted.lower():
            yield record
        elif kind is None:
            raise InputError.at(file, None, f"it gives {wanted} and {name} records; choose one kind by --kind {wanted}")
        else:
            left_out[name] += 1


def _rows(file: Path, records: Iterator[Record], to: str, left_out: Counter[str]) -> Iterator[Record]:
    """The rows to write."""
    from solon.data.convert import messages_row, pair_rows
    from solon.data.quarantine import Unusable

    for record in records:
        try:
            if to in ("records", "prompts"):
                yield record
            elif to == "messages":
                yield messages_row(record)
            elif pairs := list(pair_rows(record)):
                yield from pairs
            else:
                left_out["records of ties alone"] += 1
        except Unusable as reason:
            raise InputError.at(file, None, f"{reason}; choose the kind by --kind") from None


def _nothing(file: Path, quarantine: QuarantineWriter, left_out: Counter[str]) -> InputError:
    counts = quarantine.counts[file]
    if left_out:
        told = ", ".join(f"{number} {kind}" for kind, number in left_out.items())
        return InputError.at(file, None, f"nothing is left to write; it gives {told}")
    return InputError.at(file, None, f"none of its {counts.rows_in} rows can be used; {quarantine.first_reason[file]}")
