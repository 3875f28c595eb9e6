"""Settings of Self-Instruct. The defaults are the published ones where the paper or its program gives them."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class SelfInstructConfig(BaseModel):
    """How many examples are shown, how much is sampled, and what is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    all_at_once: bool = False
    """Lists hold whole tasks, as for Alpaca (`ALPACA`): no task is asked for labels, and of the other keys those of
    classification and of instances are not used."""
    human_examples: int = Field(6, gt=0)
    """Seed tasks shown in a call for new tasks."""
    model_examples: int = Field(2, ge=0)
    """Tasks of earlier rounds shown beside them; seed tasks stand in where there are too few."""
    list_length: int = Field(15, gt=1)
    """Where a list ends: the number of its last task, the shown ones counted."""
    list_tokens: int = Field(1024, gt=0)
    """Longest continuation of a list, in tokens."""
    list_temperature: float = Field(0.7, ge=0)
    """Of the calls for new tasks; the other calls are greedy."""
    calls_per_round: int = Field(32, gt=0)
    """Lists asked for before the pool of examples is renewed; a stop loses at most one round."""
    classification_examples: int = Field(12, gt=0)
    """Seed tasks with fixed labels shown when a task is asked for its kind; all there are, if fewer."""
    other_examples: int = Field(19, gt=0)
    """Seed tasks without fixed labels shown beside them."""
    instance_examples: int = Field(6, gt=0)
    """Seed tasks shown with their instances when instances are written."""
    most_instances: int = Field(5, gt=0)
    """Instances kept of a task."""
    instance_tokens: int = Field(350, gt=0)
    """Longest text of a task's instances, in tokens."""
    example_characters: int = Field(1000, gt=0)
    """Seed tasks that are longer, instances counted, are shown nowhere: one of them could fill a context."""
    most_similar: float = Field(0.7, gt=0, le=1)
    """A new instruction whose ROUGE-L F with a kept one is higher is refused."""

    @model_validator(mode="after")
    def _whole_tasks_are_seeds(self) -> Self:
        if self.all_at_once and self.model_examples:
            raise ValueError(f"all_at_once shows seed tasks alone, and model_examples={self.model_examples}; give 0")
        return self

    @model_validator(mode="after")
    def _a_list_has_room(self) -> Self:
        shown = self.human_examples + self.model_examples
        if self.list_length <= shown:
            raise ValueError(
                f"list_length={self.list_length} leaves no room for a new task after the {shown} that are shown; "
                f"give {shown + 1} or more"
            )
        return self


ALPACA = (
    "all_at_once=true",
    "human_examples=3",
    "model_examples=0",
    "list_length=20",
    "list_tokens=3072",
    "list_temperature=1.0",
)
"""Settings of Alpaca, as assignments. Source: Taori et al. 2023, "Stanford Alpaca"."""
