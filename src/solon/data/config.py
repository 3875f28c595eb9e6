"""The files of a run on one's own data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from solon.data.mixture import MixtureConfig
from solon.data.paths import Files
from solon.records import Message

MixedStage = Literal["base", "mid", "sft"]


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
    mixtures: Mapping[MixedStage, MixtureConfig] = Field(default_factory=dict)
    """Stage -> a mixture of files whose shares change over its training, read instead of its own key above. `limit`
    does not count there. docs/data-mixtures.md shows one."""

    def holds_out(self, messages: Sequence[Message]) -> bool:
        """Whether a conversation is kept for evaluation: all that begin alike lie on one side of the split."""
        return opening_hash(messages) < self.held_out * 2**64


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


def opening_hash(messages: Sequence[Message]) -> int:
    """64 bits of the first thing the user says, whatever its case and white space."""
    first = next((turn.content for turn in messages if turn.role == "user"), "")
    normal = " ".join(first.casefold().split())
    return int.from_bytes(hashlib.sha256(normal.encode()).digest()[:8], "big")
