"""A judge asked by the log-probabilities of its options, as AI feedback asks it: what admits it is what will train."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from solon.errors import InputError
from solon.judges.choices import choose_by_logprobs
from solon.judges.reading import ChoiceCase, PairCase, ResponseCase, Scale
from solon.judges.verdict import PairVerdict, ResponseVerdict, of_preference
from solon.records import Comparison, Prompt

if TYPE_CHECKING:
    from solon.constitution import Constitution
    from solon.interfaces import Engine
    from solon.preferences import FeedbackConfig
    from solon.progress import Progress

PRINCIPLE = "Which of these two responses is the better one: more helpful, more honest and less harmful?"
"""What is asked without a constitution."""


class OptionAsker:
    """A judge that tells how likely ` (A)` and ` (B)` are, under a drawn principle or asked for the better one."""

    probabilities = True
    scale: Scale | None = None

    def __init__(
        self,
        engine: Engine,
        constitution: Constitution | None,
        *,
        name: str,
        seed: int,
        config: FeedbackConfig | None = None,
        progress: Progress | None = None,
    ) -> None:
        from solon.constitution import Constitution, PrincipleEntry
        from solon.preferences import FeedbackConfig

        self._drawn = constitution is not None
        plain = PrincipleEntry(id="better", text=PRINCIPLE, comparison=PRINCIPLE)
        self._constitution = constitution or Constitution(id="better", version="1", principles=(plain,))
        self._engine, self._name, self._seed, self._progress = engine, name, seed, progress
        self._config = config or FeedbackConfig()

    def pairs(self, cases: Sequence[PairCase]) -> list[PairVerdict]:
        """One verdict per pair, asked in both orders."""
        from solon.preferences import label_with_ai_feedback

        comparisons = [
            Comparison(
                id=case.id, prompt=Prompt(id=case.id, messages=case.messages), response_a=case.response_a,
                response_b=case.response_b,
            )
            for case in cases
        ]  # fmt: skip
        preferences = label_with_ai_feedback(
            comparisons, self._constitution, self._engine, seed=self._seed, config=self._config, name=self._name,
            progress=self._progress,
        )  # fmt: skip
        verdicts = [of_preference(one) for one in preferences]
        return verdicts if self._drawn else [one.model_copy(update={"principle_id": None}) for one in verdicts]

    def responses(self, cases: Sequence[ResponseCase]) -> list[ResponseVerdict]:
        """Not asked.

        Raises:
            InputError: always: a score has no options.
        """
        raise InputError("the file holds single responses; choose a --format that scores or classifies them")

    def choices(self, cases: Sequence[ChoiceCase]) -> list[ResponseVerdict]:
        """One verdict per question, asked in both orders."""
        return choose_by_logprobs(cases, self._engine)
