"""Stored figures and records of a run in, one self-contained HTML page out. Nothing here imports torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solon.report.beside import Beside


def write_report(run_folder: Path, out: Path, *, figures: Path | None = None) -> None:
    """Write the report on `run_folder` to the file `out`, replacing what is there.

    Args:
        run_folder: a run directory.
        out: the page.
        figures: a folder that gets every figure of the page as SVG and PNG; None writes none.

    Raises:
        InputError: there is no run in `run_folder`, or a row of one of its files cannot be read.
        StorageError: a file of the run is damaged.
    """
    # Here, because matplotlib takes a second to import and most commands draw nothing.
    from solon.report.page import render_page
    from solon.report.picture_files import write_pictures
    from solon.report.read import read_run
    from solon.report.svg import kept_pictures
    from solon.store.records import write_text

    with kept_pictures() as pictures:
        write_text(out, render_page(read_run(run_folder)))
    if figures is not None:
        write_pictures(pictures, figures)


def write_comparison(first: Path, others: Sequence[Beside], out: Path, *, figures: Path | None = None) -> None:
    """As `write_report`, one page on a run and others beside it."""
    from solon.report.beside import render_comparison
    from solon.report.picture_files import write_pictures
    from solon.report.svg import kept_pictures
    from solon.store.records import write_text

    with kept_pictures() as pictures:
        write_text(out, render_comparison(first, others))
    if figures is not None:
        write_pictures(pictures, figures)
