"""Figures of a page as files: SVG and PNG with colours of their own, light, on white."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgba_array
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from solon.report.svg import VARIABLES, Picture, style
from solon.store.records import write_text

CSS = Path(__file__).parent / "report.css"
DOTS_PER_INCH = 200
FONTS = "Helvetica, Arial, 'Liberation Sans', sans-serif"
_SCHEME = re.compile(r":root\s*\{(.*?)\}", re.DOTALL)
_COLOUR = re.compile(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6})\b")
_PARTS = ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor")


def write_pictures(pictures: Iterable[Picture], folder: Path) -> list[Path]:
    """Write `NAME.svg` and `NAME.png` of each picture; the files in order.

    The pictures' matplotlib figures are recoloured by this and give no page's SVG afterwards.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for picture in pictures:
        svg, png = folder / f"{picture.name}.svg", folder / f"{picture.name}.png"
        write_text(svg, standalone(picture.svg))
        with style():
            # drawn once at the size of the file: ticks that are made only then have to be there to be recoloured
            picture.figure.dpi = DOTS_PER_INCH
            FigureCanvasAgg(picture.figure).draw()  # type: ignore[no-untyped-call]
            recolour(picture.figure)
            picture.figure.savefig(png, dpi=DOTS_PER_INCH, metadata={"Software": None})
        files += [svg, png]
    return files


def standalone(svg: str) -> str:
    """An <svg> element of a page as the text of a file that any viewer shows alike."""
    colours = light_colours()
    text = re.sub(r"var\(--([a-z0-9-]+)\)", lambda found: colours[found[1]], svg)
    text = text.replace(' href="#', ' xlink:href="#')
    box = re.search(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"', text)
    size = f' width="{box[1]}pt" height="{box[2]}pt"' if box else ""
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    text = re.sub(r'style="max-width: [^"]*"', f'style="font-family: {FONTS}"', text, count=1)
    text = text.replace("<svg ", f"<svg {spaces}{size} ", 1)
    head, end, rest = text.partition(">")
    paper = f'\n<rect width="100%" height="100%" fill="{colours["paper"]}"/>'
    return f'<?xml version="1.0" encoding="utf-8"?>\n{head}{end}{paper}{rest}\n'


def recolour(figure: Figure) -> None:
    """Give everything that was drawn in a marker colour the colour that the page has in its light scheme."""
    light = light_colours()
    colours = {marker: light[variable] for marker, variable in VARIABLES.items()}
    for artist in figure.findobj():
        _recolour(artist, colours)
        if isinstance(artist, Annotation) and artist.arrow_patch is not None:
            _recolour(artist.arrow_patch, colours)
    figure.set_facecolor(light["paper"])


def light_colours() -> dict[str, str]:
    """The stylesheet's colours in its light scheme by variable; the paper is white, as in print."""
    scheme = _SCHEME.search(CSS.read_text(encoding="utf-8"))
    return {**dict(_COLOUR.findall(scheme[1] if scheme else "")), "paper": "#ffffff"}


def _recolour(artist: Artist, colours: Mapping[str, str]) -> None:
    for part in _PARTS:
        get, put = getattr(artist, f"get_{part}", None), getattr(artist, f"set_{part}", None)
        if get is None or put is None:
            continue
        found = get()
        if isinstance(found, str) and found in ("none", "auto"):
            continue
        if (changed := _changed(found, colours)) is not None:
            put(changed)


def _changed(found: Any, colours: Mapping[str, str]) -> Any:
    """A colour, or the colours of a collection, with each marker replaced and its opacity kept; None: no marker."""
    rows = to_rgba_array(found)
    markers = [colours.get(to_hex(row)) for row in rows]
    if not any(markers):
        return None
    for row, colour in zip(rows, markers, strict=True):
        if colour:
            row[:3] = to_rgba_array(colour)[0, :3]
    return rows if len(rows) > 1 else tuple(rows[0])
