"""Rows of files -> tokens, loss weights and packed sequences, in a stream: memory does not grow with the files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

from solon.data.lines import Damaged
from solon.data.quarantine import QuarantineWriter, RowCounts
from solon.data.rendering import HoldsOut, Renderer, chunks, rendering
from solon.data.shards import RowBlock, ShardWriter
from solon.errors import InputError
from solon.models.long_rows import LongRowCounts, LongRows
from solon.models.packing import pack
from solon.models.template import ChatTemplate
from solon.records import Document

WINDOW_ROWS = 8192
"""Rows among which packing looks for company: more fill hardly better, and take memory."""


def prepare(
    paths: Sequence[Path],
    template: ChatTemplate,
    folder: Path,
    *,
    vocab_size: int,
    most_tokens: int,
    long_rows: LongRows = "error",
    packing: bool = False,
    quarantine: QuarantineWriter,
    processes: int = 1,
    document_characters: int = 2000,
    holds_out: HoldsOut = lambda messages: False,
    about: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """Write the tokens of files to a shard (see `solon.data.shards`) and tell what became of their rows.

    Args:
        paths: JSONL of `{messages}`, `{prompt, response}`, `text` or Alpaca rows; or plain text, which (unlike JSONL)
            is held in memory as its documents, one file at a time.
        template: whose tokens.
        folder: gets the shard.
        vocab_size: of the model.
        most_tokens: tokens of a row, and of a packed sequence: the context.
        long_rows: what becomes of a longer row. One that is left out goes to quarantine.
        packing: order the rows by the sequences that they share.
        quarantine: gets the rows that cannot be used.
        processes: that render; 1 renders in this one. More need `fork` (Linux), and change nothing in the result.
        document_characters: longest document made of a plain text.
        holds_out: tells conversations that are kept for evaluation: they are counted, and left out.
        about: what the shard's description is to hold besides.

    Raises:
        InputError: a file cannot be read, no row can be used, or a row is too long and that is an error.
    """
    total, renderer = LongRowCounts(), Renderer(template, most_tokens, long_rows, holds_out)
    held_out = 0
    window: list[RowBlock] = []
    with ShardWriter(folder, vocab_size) as writer, rendering(renderer, processes) as render:
        for path in paths:
            before = asdict(total)
            rows_in = set_aside = 0
            for chunk, rendered in render(path, chunks(path, document_characters, quarantine)):
                rows_in += len(chunk)
                set_aside += len(rendered.problems)
                held_out += rendered.num_held_out
                for problem in rendered.problems:
                    value = problem.value.text if isinstance(problem.value, Document | Damaged) else problem.value
                    quarantine.put(path, problem.line, problem.reason, value)
                for name, count in asdict(rendered.counts).items():
                    setattr(total, name, getattr(total, name) + count)
                window.append(rendered.rows)
                if sum(len(block.lengths) for block in window) >= WINDOW_ROWS:
                    _write(writer, window, most_tokens, packing)
            quarantine.counts[path] = RowCounts(rows_in, rows_in - set_aside, set_aside)
            quarantine.close()
            if asdict(total)["rows_out"] == before["rows_out"]:
                raise InputError.at(path, None, f"none of its {rows_in} rows can be used; "
                                                f"{quarantine.first_reason.get(path, 'it is empty')}")  # fmt: skip
        _write(writer, window, most_tokens, packing)
        files = {str(path): quarantine.counts[path]._asdict() for path in paths}
        told: dict[str, Any] = {"most_tokens": most_tokens, "long_rows": long_rows, "rows": asdict(total)}
        told |= {"files": files, "held_out": held_out}
        if packing:
            told["fill"] = writer.num_tokens / (most_tokens * writer.num_sequences)
        writer.finish({**told, **about})
    return {"num_rows": writer.num_rows, "num_tokens": writer.num_tokens, **told}


def _write(writer: ShardWriter, window: list[RowBlock], most_tokens: int, packing: bool) -> None:
    """Write what is in the window, and empty it."""
    rows = RowBlock.joined(window) if window else RowBlock.of([])
    window.clear()
    if packing:
        bins = pack(rows.lengths.tolist(), most_tokens)
        writer.put(rows.take([row for one in bins for row in one]))
        writer.end_sequences([len(one) for one in bins])
    else:
        writer.put(rows)
