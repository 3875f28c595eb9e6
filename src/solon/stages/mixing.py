"""Stages that read a mixture of files: its preparation within the stage's folder."""

from __future__ import annotations

import shutil
from pathlib import Path

from solon.data.mixing import MixedRows, gather_quarantine, open_mixture, prepare_sources, write_mixture
from solon.data.mixture import MixtureConfig
from solon.data.paths import resolve
from solon.data.rendering import texts_of
from solon.models.language_model import LanguageModel
from solon.models.long_rows import LongRows
from solon.stage import StageRun
from solon.stages.settings import data_config, recipe_folder

TOKENIZER_ROWS = 5000
"""Of each file: what a new tokenizer learns from."""


def mixed_rows(run: StageRun, model: LanguageModel, mixture: MixtureConfig, long_rows: LongRows) -> MixedRows:
    """The rows that a mixture gives a stage, in order. The folder gets `mixture.json`, `mixture.png`, and
    `quarantine.jsonl` where rows cannot be used.

    Raises:
        InputError: a file cannot be read, or none of its rows can be used.
    """
    out, tokenizer = run.folder / "work" / "mixture", model.tokenizer
    sources = prepare_sources(
        mixture, tokenizer, out, name=model.name, folder=recipe_folder(run.recipe), most_tokens=model.context_tokens,
        long_rows="drop" if run.recipe.long_rows == "leave_out" else long_rows, data=data_config(run.recipe),
        processes=run.recipe.threads,
    )  # fmt: skip
    gather_quarantine(mixture, out, run.folder / "quarantine.jsonl")
    run.progress.start("mix", mixture.tokens)
    record = write_mixture(
        mixture, sources, out, seed=run.seed, vocab_size=len(tokenizer),
        log=lambda rows, tokens: run.progress.advance(min(tokens, mixture.tokens), {"rows": float(rows)}),
    )  # fmt: skip
    for name in ("mixture.json", "mixture.png"):
        shutil.copyfile(out / name, run.folder / name)
    held_out = sum(shard.about["held_out"] for shard in sources.values())
    run.progress.say(
        f"{record['tokens']} tokens of {len(sources)} sources in {len(record['phases'])} phases; no share is further "
        f"than {record['largest_difference']:.4f} from what was asked; {held_out} rows are held out"
    )
    return open_mixture(out, tokenizer, model.name)


def mixture_texts(run: StageRun, mixture: MixtureConfig) -> list[str]:
    """Texts of every file of a mixture, for a tokenizer."""
    data, folder = data_config(run.recipe), recipe_folder(run.recipe)
    paths: list[Path] = [resolve(file, folder) for source in mixture.sources for file in source.files]
    return [text for path in dict.fromkeys(paths) for text in texts_of(path, data, TOKENIZER_ROWS)]
