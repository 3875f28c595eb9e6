"""Stored figures and records of a run in, one self-contained HTML page out. Nothing here imports torch."""

from __future__ import annotations

from pathlib import Path


def write_report(run_folder: Path, out: Path) -> None:
    """Write the report on `run_folder` to the file `out`, replacing what is there.

    Raises:
        InputError: there is no run in `run_folder`, or a row of one of its files cannot be read.
        StorageError: a file of the run is damaged.
    """
    # Here, because matplotlib takes a second to import and most commands draw nothing.
    from solon.report.page import render_page
    from solon.report.read import read_run
    from solon.store.records import write_text

    write_text(out, render_page(read_run(run_folder)))
