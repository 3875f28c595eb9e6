"""What is told apart by its id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from solon.errors import InputError
from solon.records import Prompt


def check_ids_differ(prompts: Sequence[Prompt]) -> None:
    """InputError where two prompts have one id: they would get the same random choices and overwrite each other."""
    twice = [prompt_id for prompt_id, times in Counter(prompt.id for prompt in prompts).items() if times > 1]
    if twice:
        raise InputError(f"{len(twice)} prompt ids occur more than once, among them {twice[:3]}; give each its own id")
