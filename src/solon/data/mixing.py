"""A mixture of files -> one stream of tokens on the disk, which a kill at any moment does not change."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from transformers import PreTrainedTokenizerBase

from solon.data.config import DataConfig
from solon.data.mixture import Mixture, MixtureConfig
from solon.data.mixture_figure import draw_mixture
from solon.data.paths import resolve
from solon.data.prepare import prepare
from solon.data.quarantine import QuarantineWriter, RowCounts
from solon.data.shards import DESCRIPTION, RowBlock, ShardWriter, TokenShard
from solon.errors import InputError
from solon.models.long_rows import LongRows
from solon.models.template import ChatTemplate
from solon.store.folders import hash_file
from solon.store.records import write_json

CHECKPOINT_ROWS = 2000
CURSOR = "cursor.json"
QUARANTINE = "quarantine.jsonl"
RECORD, FIGURE = "mixture.json", "mixture.png"


def prepare_sources(
    config: MixtureConfig,
    tokenizer: PreTrainedTokenizerBase,
    out: Path,
    *,
    name: str,
    folder: Path,
    most_tokens: int,
    long_rows: LongRows,
    data: DataConfig | None = None,
    processes: int = 1,
) -> dict[str, TokenShard]:
    """Every source of a mixture as tokens, in `out/sources/NAME`; one that is there already, of the same files, stays.

    Rows that cannot be used are in `quarantine.jsonl` there, the counts of all rows in the shard's `about`.

    Args:
        config: the mixture.
        tokenizer: of the model that will read the stream.
        out: the folder of the mixture.
        name: of the model, for messages.
        folder: where paths that name no folder of their own begin.
        most_tokens: the context.
        long_rows: what becomes of longer rows.
        data: the run whose held-out conversations are left out, and whose `document_characters` cut texts.
        processes: see `prepare`.

    Raises:
        InputError: see `prepare`.
    """
    data = data or DataConfig(held_out=0)
    template, fingerprint = ChatTemplate(tokenizer, name), _fingerprint(tokenizer)
    shards = {}
    for source in config.sources:
        paths = [resolve(file, folder) for file in source.files]
        made_of = {"files": [_hash(path) for path in paths], "tokenizer": fingerprint,
                   "most_tokens": most_tokens, "long_rows": long_rows, "held_out": data.held_out,
                   "document_characters": data.document_characters}  # fmt: skip
        target = out / "sources" / source.name
        if _about(target).get("made_of") != _as_json(made_of):
            (target / QUARANTINE).unlink(missing_ok=True)
            prepare(
                paths, template, target, vocab_size=len(tokenizer), most_tokens=most_tokens, long_rows=long_rows,
                quarantine=QuarantineWriter(target / QUARANTINE), processes=processes, holds_out=data.holds_out,
                document_characters=data.document_characters, about={"made_of": made_of},
            )  # fmt: skip
        shards[source.name] = TokenShard(target)
    return shards


def write_mixture(
    config: MixtureConfig,
    sources: dict[str, TokenShard],
    out: Path,
    *,
    seed: int,
    vocab_size: int,
    log: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """The stream of a mixture as a shard in `out/tokens`, its record in `out/mixture.json` and `out/mixture.png`.

    Every few thousand rows its place is kept in `out/cursor.json`. Killed at any time and called again, it goes on
    there, and the files are the same, byte for byte, as those of a call that nothing disturbed. A finished one stays.

    Args:
        config: the mixture.
        sources: the tokens of every source.
        out: gets the files.
        seed: decides the order of rows within a source.
        vocab_size: of the model.
        log: is told the rows and weighed tokens so far, whenever the place is kept.

    Returns:
        See `Mixture.record`.
    """
    if (finished := finished_mixture(config, sources, out, seed=seed)) is not None:
        return finished
    mixture = Mixture(config, {name: shard.lengths for name, shard in sources.items()}, seed)
    asked = _asked(config, sources, seed)
    cursor = _cursor(out / CURSOR, asked)
    with ShardWriter(out / "tokens", vocab_size) as writer:
        if cursor is not None:
            writer.load_state_dict(cursor["written"])
            mixture.load_state_dict(cursor["mixture"])
        waiting: list[RowBlock] = []
        for drawn in mixture:
            waiting.append(sources[drawn.source].block(drawn.row))
            if len(waiting) == CHECKPOINT_ROWS:
                writer.put(RowBlock.joined(waiting))
                waiting = []
                # What is written is on the disk before the place behind it is told.
                state = {"written": writer.state_dict(), "mixture": mixture.state_dict()}
                write_json(out / CURSOR, {"asked": asked, **state})
                if log is not None:
                    log(writer.num_rows, mixture.num_tokens)
        if waiting:
            writer.put(RowBlock.joined(waiting))
        record = mixture.record()
        write_json(out / RECORD, record)
        draw_mixture(record, out / FIGURE)
        writer.finish({"asked": asked, "phase_ends": phase_ends(record)})  # last: it says that all is there
    (out / CURSOR).unlink(missing_ok=True)
    return record


def finished_mixture(
    config: MixtureConfig, sources: Mapping[str, TokenShard], out: Path, *, seed: int
) -> dict[str, Any] | None:
    """The record of the mixture in `out`, if it is whole and of this config, these sources and this seed."""
    written = _about(out / "tokens").get("asked")
    if written != _as_json(_asked(config, sources, seed)) or not (out / RECORD).exists() or not (out / FIGURE).exists():
        return None
    (out / CURSOR).unlink(missing_ok=True)  # of a call that was killed when all else was done
    record: dict[str, Any] = json.loads((out / RECORD).read_text(encoding="utf-8"))
    return record


def _asked(config: MixtureConfig, sources: Mapping[str, TokenShard], seed: int) -> dict[str, Any]:
    """All that decides what is written."""
    made_of = {name: shard.about.get("made_of") for name, shard in sources.items()}
    return {"config": config.model_dump(mode="json"), "seed": seed, "sources": made_of}


def phase_ends(record: Mapping[str, Any]) -> list[int]:
    """Rows of the stream up to the end of each phase."""
    rows = [sum(source["rows"] for source in phase.values()) for phase in record["phases"].values()]
    return list(itertools.accumulate(rows))


class MixedRows(NamedTuple):
    """The stream of a mixture, to train on."""

    rows: TokenShard
    sections: list[int]
    """Rows up to the end of each phase but the last: see `solon.training.batches.epoch_batches`."""


def is_mixture(folder: Path) -> bool:
    """Whether a folder holds what `write_mixture` wrote."""
    return (folder / "tokens" / DESCRIPTION).is_file()


def open_mixture(out: Path, tokenizer: PreTrainedTokenizerBase, name: str) -> MixedRows:
    """What `write_mixture` wrote.

    Raises:
        InputError: there is no finished stream, or it was made with another tokenizer or chat template.
    """
    rows = TokenShard(out / "tokens")
    made_with = {made_of["tokenizer"] for made_of in rows.about["asked"]["sources"].values()}
    if made_with != {_fingerprint(tokenizer)}:
        raise InputError.at(out, None, f"its tokens are not those of {name}: mix with `--model {name}`, into another "
                                       "folder")  # fmt: skip
    return MixedRows(rows, rows.about["phase_ends"][:-1])


def row_counts(sources: Mapping[str, TokenShard]) -> dict[Path, RowCounts]:
    """What became of the rows of each file when the sources were prepared."""
    counts: dict[Path, RowCounts] = {}
    for shard in sources.values():
        for file, told in shard.about["files"].items():
            counts[Path(file)] = RowCounts(**told)
    return counts


def gather_quarantine(config: MixtureConfig, out: Path, target: Path) -> None:
    """The quarantined rows of all sources in one file; none where there are none."""
    files = [out / "sources" / source.name / QUARANTINE for source in config.sources]
    set_aside = b"".join(file.read_bytes() for file in files if file.exists())
    if set_aside:
        target.write_bytes(set_aside)


def _cursor(path: Path, asked: dict[str, Any]) -> dict[str, Any] | None:
    """Where a killed call stopped, if it was the same."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found if found["asked"] == _as_json(asked) else None


def _about(folder: Path) -> dict[str, Any]:
    """The description of a finished shard, else nothing."""
    try:
        found: dict[str, Any] = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


def _as_json(value: Any) -> Any:
    return json.loads(json.dumps(value))


def _fingerprint(tokenizer: PreTrainedTokenizerBase) -> str:
    """Of all that decides tokens."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    text = f"{backend.to_str() if backend else ''}\0{tokenizer.chat_template}"
    return hashlib.sha256(text.encode()).hexdigest()


def _hash(path: Path) -> str:
    try:
        return hash_file(path)
    except FileNotFoundError:
        raise InputError.at(path, None, "there is no such file") from None
