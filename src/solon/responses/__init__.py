"""Prompts and a sampler in, responses or model-written prompts out."""

from solon.responses.in_context import constitution_context, sample_in_context
from solon.responses.redteam import RedTeamPrompts, write_red_team_prompts
from solon.responses.sample import sample_responses

__all__ = [
    "RedTeamPrompts",
    "constitution_context",
    "sample_in_context",
    "sample_responses",
    "write_red_team_prompts",
]
