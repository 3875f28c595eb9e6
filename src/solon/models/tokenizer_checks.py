"""What is wrong with a tokenizer by itself, whatever its chat template: pad token, hard texts, size."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from transformers import PreTrainedTokenizerBase

from solon.models.codec import Codec
from solon.models.model_files import embedding_rows

HARD_TEXTS = (
    "two  spaces, a tab\tand a no-break\u00a0space", " a space before", "spaces behind  ", "lines\n\n\n  indented\r\n",
    "\u4f60\u597d\uff0c\u4e16\u754c", "e\u0301 and \u00e9, \ufb01, \u00bd", "\U0001f469\u200d\U0001f52c \U0001f600",
    "</s> <s> <|im_end|> <|endoftext|> <pad>", "don't , stop . ( now ) !", "\u2028 \ufeff \u200b", "UPPER lower",
)  # fmt: skip


class Finding(NamedTuple):
    """What one check found. `ok` is None where it could not be told; `detail` then says why."""

    check: str
    ok: bool | None
    detail: str
    what_to_do: str = ""


def pad(tokenizer: PreTrainedTokenizerBase, end_id: int | None) -> Finding:
    """Whether there is a pad token that is never trained."""
    pad_id, eos = tokenizer.pad_token_id, tokenizer.eos_token_id
    remedy = "Give it a pad token of its own: solon models adapt"
    if pad_id is None:
        return Finding("pad", False, "the tokenizer has no pad token", remedy)
    if pad_id in (eos, end_id):
        what = "eos" if pad_id == eos else "the end of a turn"
        return Finding("pad", False, f"{tokenizer.pad_token!r} is also {what}, which is trained", remedy)
    return Finding("pad", True, f"{tokenizer.pad_token!r} ({pad_id}) is never trained")


def round_trip(codec: Codec) -> Finding:
    """Whether texts come back from their ids; the space that the tokenizer supplies is no part of them."""
    check = "round trip"
    for text in HARD_TEXTS:
        expected = text.removeprefix(" ") if codec.adds_space else text
        if (decoded := codec.decode(codec.ids(text))).removeprefix(" " if codec.adds_space else "") != expected:
            return Finding(check, False, f"{text!r} comes back as {decoded!r}", "Use a tokenizer that loses nothing.")
    return Finding(check, True, f"{len(HARD_TEXTS)} hard texts come back as they were")


def vocabulary(tokenizer: PreTrainedTokenizerBase, folder: Path | None) -> Finding:
    """Whether every id has a row of the embedding."""
    check, num_tokens, rows = "vocabulary", max(tokenizer.get_vocab().values()) + 1, embedding_rows(folder)
    if rows is None:
        return Finding(check, None, "neither weights nor a config.json with vocab_size")
    remedy = "Enlarge the embedding: solon models adapt"
    return Finding(check, num_tokens <= rows, f"{num_tokens} token ids, {rows} rows of the embedding", remedy)
