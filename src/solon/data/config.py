"""Where a user's files are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from solon.data.hub import is_hub_name

DATA_VARIABLE = "SOLON_DATA"
DEFAULT_DATA = "../shared"


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Files = Annotated[tuple[str, ...], BeforeValidator(_one_or_more)]
"""One path or several. `$SOLON_DATA/...` begins in that folder; others at the recipe, else at the working directory.

Files may be JSON lines, JSON, CSV, TSV, Parquet or plain text (also .gz, .zst); a folder holds a data set, and
`hf:NAME[@CONFIG][#SPLIT]` is one on the hub. docs/data-formats.md lists the formats."""


class DataConfig(BaseModel):
    """The files of a run on one's own data; each is needed only by the stages that read it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    base_text: Files = ()
    """Plain text, or tables with `text`, for pretraining."""
    mid_documents: Files = ()
    """Plain text, demonstrations or tables with `text`, for mid-training."""
    replay_documents: Files = ()
    """Plain text, or tables of critiques and comparisons (`{messages}` or `text`), replayed in later training."""
    demonstrations: Files = ()
    """Answers to imitate: every format that gives demonstrations, such as Alpaca, `{messages}`, ShareGPT, OASST."""
    helpful_prompts: Files = ()
    """Prompts that ask for help: every format; of demonstrations what they answer."""
    red_team_prompts: Files = ()
    """Prompts written to draw out harm: every format, such as AdvBench, HarmBench or HH-RLHF."""
    comparisons: Files = ()
    """Rankings and judged pairs by people: every format that gives them, such as HH-RLHF."""
    limit: int | None = Field(None, gt=0)
    """Most usable rows read of each kind, the first of its files; None reads all."""
    held_out: float = Field(0.1, ge=0, lt=1)
    """Share of prompts, by hash of how the conversation begins, kept for evaluation and never trained on."""
    document_characters: int = Field(2000, gt=0)
    """Longest document made of a plain text, in characters."""


FILE_KEYS = (
    "base_text",
    "mid_documents",
    "replay_documents",
    "demonstrations",
    "helpful_prompts",
    "red_team_prompts",
    "comparisons",
)
"""The keys that name files."""


def data_folder() -> str:
    """What `$SOLON_DATA` stands for, for messages."""
    if given := os.environ.get(DATA_VARIABLE):
        return f"{DATA_VARIABLE} is {given}"
    return f"{DATA_VARIABLE} is not set, which stands for {DEFAULT_DATA}; set it to the folder that holds your files"


def resolve(path: str, folder: Path) -> Path:
    """The file of a path as given in a recipe that stands in `folder`; `hf:NAME` stays as it is."""
    if is_hub_name(path):
        return Path(path)
    variable = f"${DATA_VARIABLE}"
    if path == variable or path.startswith(variable + "/"):
        root = Path(os.environ.get(DATA_VARIABLE) or DEFAULT_DATA)
        return root / path.removeprefix(variable).lstrip("/")
    given = Path(path).expanduser()
    beside = folder / given
    return beside if given.is_absolute() or beside.exists() or not given.exists() else given
