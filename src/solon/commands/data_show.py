"""Commands that show what training sees: rows with their trained tokens, and what is wrong with a chat template."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer
from rich.console import Console
from rich.text import Text

from solon.commands.shared import Json, tokenizer_folder
from solon.data import QuarantineWriter, read_documents
from solon.data.load import load
from solon.data.text import is_text
from solon.errors import InputError
from solon.records import Demonstration, Document

if TYPE_CHECKING:
    from solon.models.template import ChatTemplate, Tokens

_SHOWN = 3
_DOCUMENT_CHARACTERS = 2000
_STYLES = {True: "bold green", False: "bold yellow"}  # by whether the weight is 1

File = Annotated[Path, typer.Argument(metavar="FILE", help="demonstrations or text, in any form that is read")]
Model = Annotated[str, typer.Option("--model", help="a model folder or hub name, or run:RUN@STAGE")]
Row = Annotated[str | None, typer.Option("--row", help="one row: its number among the usable ones (from 1), or its id")]
Plain = Annotated[bool, typer.Option("--plain", help="mark trained tokens by brackets instead of colours")]
TrainOn = Annotated[
    Literal["all", "last"] | None,
    typer.Option("--train-on", help="which answers are trained, whatever the rows' format implies"),
]


class Stretch(NamedTuple):
    """Tokens in a row that weigh the same in the loss, as text."""

    text: str
    weight: float


class ShownRow(NamedTuple):
    """One row as training sees it."""

    id: str
    number: int
    """Of the rows that the example with this id is trained in, from 1."""
    num_rows: int
    """How many these are: several where the chat template rewrites earlier turns."""
    num_tokens: int
    num_trained: int
    context_tokens: int | None
    stretches: tuple[Stretch, ...]
    left_out: tuple[str, ...]
    """What the chat template does not show, such as the thinking of earlier turns."""

    @property
    def fits(self) -> bool:
        """Whether the model reads that many tokens."""
        return self.context_tokens is None or self.num_tokens <= self.context_tokens


def show(
    file: File, model: Model, row: Row = None, train_on: TrainOn = None, plain: Plain = False, as_json: Json = False
) -> None:
    """Print rows of a file as a model is trained on them: every token, those with loss coloured."""
    from solon.models.language_model import load_tokenizer
    from solon.models.model_files import context_tokens
    from solon.models.template import ChatTemplate

    folder = tokenizer_folder(model)
    template = ChatTemplate(load_tokenizer(folder, expect_weights=False), folder)
    context = context_tokens(Path(folder))
    shown = (shown for one in _chosen(file, row) for shown in _shown(one, template, context, train_on))
    if as_json:
        rows = [
            {**one._asdict(), "fits": one.fits, "stretches": [part._asdict() for part in one.stretches]}
            for one in shown
        ]
        print(json.dumps({"file": str(file), "model": folder, "rows": rows}, ensure_ascii=False))
        return
    console = Console(soft_wrap=True, highlight=False)
    coloured = console.is_terminal and console.color_system is not None and not plain
    weights: set[float] = set()
    for one in shown:
        console.print(_headline(one), style="bold" if coloured else None, markup=False)
        console.print(_painted(one.stretches) if coloured else _bracketed(one.stretches), markup=False)
        weights |= {part.weight for part in one.stretches}
    console.print(_legend(weights, coloured=coloured))


def doctor(
    model: Annotated[str, typer.Argument(metavar="M", help="a model folder or hub name, or run:RUN@STAGE")],
    as_json: Json = False,
) -> None:
    """Check a model's tokenizer and chat template for training; exit status 1 where a check fails."""
    from solon.models.template_doctor import diagnose

    folder = tokenizer_folder(model)
    findings = diagnose(folder)
    failed = [finding.check for finding in findings if finding.ok is False]
    if as_json:
        told = {"model": folder, "failed": failed, "findings": [finding._asdict() for finding in findings]}
        print(json.dumps(told, ensure_ascii=False))
    else:
        for finding in findings:
            mark = {True: "ok", False: "FAILS", None: "?"}[finding.ok]
            print(f"{mark:6} {finding.check:19} {finding.detail}")
            if finding.what_to_do:
                print(f"{'':26} -> {finding.what_to_do}")
    if failed:
        raise typer.Exit(1)


def _chosen(file: Path, row: str | None) -> Iterator[Demonstration | Document]:
    """The first rows, or the one with this number or id.

    Raises:
        InputError: there is none, or the file cannot be read.
    """
    if row is None:
        shown = list(islice(_rows(file), _SHOWN))
    else:
        number = int(row) if row.isascii() and row.isdigit() else 0
        shown = list(islice(_rows(file), number - 1, number)) if number else []
        # An id may be a number too, so it is looked for where no row has that number.
        shown = shown or list(islice((one for one in _rows(file) if one.id == row), 1))
        if not shown:
            raise InputError.at(file, None, f"no row to train on has the number or id {row!r}; numbers count from 1")
    if not shown:
        raise InputError.at(file, None, "none of its rows is text or a conversation with an answer to train on")
    yield from shown


def _rows(file: Path) -> Iterator[Demonstration | Document]:
    # What cannot be used is told by `solon data check`; here the usable rows are looked at.
    quarantine = QuarantineWriter(None)
    if is_text(file):
        yield from read_documents(file, quarantine, document_characters=_DOCUMENT_CHARACTERS)
        return
    for loaded in load(file, quarantine):
        if isinstance(loaded.record, Demonstration | Document):
            yield loaded.record


def _shown(
    example: Demonstration | Document,
    template: ChatTemplate,
    context: int | None,
    train_on: Literal["all", "last"] | None,
) -> Iterator[ShownRow]:
    rows: list[tuple[Tokens, list[str]]]
    if isinstance(example, Document):
        rows = [(template.render_document(example), [])]
    else:
        example = example.model_copy(update={"train_on": train_on or example.train_on})
        rows = [
            (row.tokens, [str(one) for one in template.left_out(example.messages[: row.num_messages], example.tools)])
            for row in template.render_all(example)
        ]
    for number, (tokens, left_out) in enumerate(rows, start=1):
        trained = sum(weight != 0 for weight in tokens.weights)
        stretches = tuple(_stretches(tokens, template))
        yield ShownRow(example.id, number, len(rows), len(tokens.ids), trained, context, stretches, tuple(left_out))


def _stretches(tokens: Tokens, template: ChatTemplate) -> Iterator[Stretch]:
    begin = 0
    for weight, group in groupby(tokens.weights):
        end = begin + len(list(group))
        # A decoder may drop a space at its text's beginning, so a stretch is what it adds to the text before it.
        before, text = template.spell(tokens.ids[:begin]), template.spell(tokens.ids[:end])
        yield Stretch(text.removeprefix(before), weight)
        begin = end


def _headline(row: ShownRow) -> str:
    line = f"-- {row.id}" + (f", row {row.number} of {row.num_rows}" if row.num_rows > 1 else "")
    line += f": {row.num_tokens} tokens, {row.num_trained} trained"
    if row.context_tokens is not None:
        line += f", context {row.context_tokens}" + ("" if row.fits else ": DOES NOT FIT")
    return line + "".join(f"\n   not shown by the chat template: {what}" for what in row.left_out)


def _painted(stretches: Iterable[Stretch]) -> Text:
    text = Text()
    for part in stretches:
        text.append(part.text, style=_STYLES[part.weight == 1] if part.weight else "dim")
    return text


def _bracketed(stretches: Iterable[Stretch]) -> str:
    return "".join(
        part.text if not part.weight else f"⟦{part.text}⟧" if part.weight == 1 else f"⟦x{part.weight:g} {part.text}⟧"
        for part in stretches
    )


def _legend(weights: set[float], *, coloured: bool) -> Text:
    others = ", ".join(f"{weight:g}" for weight in sorted(weights - {0.0, 1.0}))
    if not coloured:
        return Text("⟦trained⟧, the rest is read only" + (f"; ⟦x6 ...⟧ weighs 6 (here: {others})" if others else ""))
    legend = Text("trained", style=_STYLES[True])
    if others:
        legend.append(f"  trained with another weight ({others})", style=_STYLES[False])
    return legend.append("  read only", style="dim")
