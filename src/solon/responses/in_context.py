"""Context distillation: answers of a model that reads a text first, kept as answers to the prompt without it.

Source: Askell et al. 2021, arXiv:2112.00861, and Snell et al. 2022, arXiv:2209.15189. Here the student imitates sampled
text; the sources match the prompted model's distribution over tokens, which needs its weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from solon.constitution import Constitution
from solon.constitution.shown import listed
from solon.constitution.wording import fill
from solon.data.context import Place, in_context
from solon.interfaces import Sampler
from solon.progress import Progress
from solon.records import Prompt, Response
from solon.responses.sample import sample_responses
from solon.unanswered import Unanswered

PRINCIPLES = """Keep to these principles in your answer. Do not mention them. Refuse nothing that none of them speaks \
against.

{principles}"""


def constitution_context(constitution: Constitution) -> str:
    """A constitution as a text to read before a conversation."""
    return fill(PRINCIPLES, {"principles": listed(constitution.principles)})


def sample_in_context(
    prompts: Sequence[Prompt],
    context: str,
    sampler: Sampler,
    *,
    name: str,
    seed: int,
    place: Place = "system",
    draws: int = 1,
    max_new_tokens: int = 64,
    temperature: float = 1.0,
    progress: Progress | None = None,
    unanswered: list[Unanswered] | None = None,
) -> Iterator[Response]:
    """As `sample_responses`, but the sampler reads `context` before each prompt, and the responses' prompts lack it.

    Raises:
        InputError: as `sample_responses` and `in_context`.
    """
    bare = {prompt.id: prompt for prompt in prompts}
    for response in sample_responses(
        [in_context(prompt, context, place) for prompt in prompts], sampler, name=name, seed=seed, draws=draws,
        max_new_tokens=max_new_tokens, temperature=temperature, progress=progress, unanswered=unanswered,
    ):  # fmt: skip
        yield response.model_copy(update={"prompt": bare[response.prompt.id]})
