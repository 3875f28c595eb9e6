"""The conversation in which a judge compares two responses."""

from __future__ import annotations

from collections.abc import Sequence

from solon.constitution import Constitution
from solon.constitution.wording import fill
from solon.data.transcripts import images_of, transcript
from solon.errors import InputError
from solon.preferences.prompts import JUDGE_OPENING, JUDGE_PREFILL, JUDGE_PROMPT, REASONING_PREFILL
from solon.records import Message, assistant, user


class JudgeWording:
    """How a constitution asks: its own wording where it gives one, else the published one."""

    def __init__(self, constitution: Constitution) -> None:
        self._own_prompt = constitution.judge_prompt is not None
        self._prompt = JUDGE_PROMPT if constitution.judge_prompt is None else constitution.judge_prompt
        self.prefill = JUDGE_PREFILL if constitution.judge_prefill is None else constitution.judge_prefill
        given = constitution.reasoning_prefill
        self.reasoning_prefill = REASONING_PREFILL if given is None else given
        self.options = constitution.options

    def question(self, messages: Sequence[Message], first: str, second: str, comparison: str) -> Message:
        """The user turn that shows the conversation, the principle and the options in this order."""
        values = {
            "conversation": transcript(messages, bare=self._own_prompt),
            "comparison": comparison,
            "response_a": first,
            "response_b": second,
        }
        return user(fill(self._prompt, values), images_of(messages))

    def question_of_several(
        self, messages: Sequence[Message], responses: Sequence[str], letters: str, comparison: str
    ) -> Message:
        """The published question with as many options as there are responses; of two it is `question`."""
        names = [f"response_{letter.lower()}" for letter in letters]
        lines = [f"\n ({letter}) {{{name}}}" for letter, name in zip(letters, names, strict=True)]
        values = {
            "conversation": transcript(messages),
            "comparison": comparison,
            **dict(zip(names, responses, strict=True)),
        }
        return user(fill(JUDGE_OPENING + "".join(lines), values), images_of(messages))

    def after_reasoning(self, reasoning: str) -> str:
        """The judge's turn up to its answer: opening, reasoning, the words before an option."""
        return _spaced(_spaced(self.reasoning_prefill, reasoning), self.prefill)


def example_turns(
    wording: JudgeWording, constitution: Constitution, *, seed: int, chain_of_thought: bool
) -> tuple[Message, ...]:
    """The few-shot comparisons as earlier turns, each under its own principle.

    A judge that thinks first sees the examples with reasoning; another sees those without, or, where the
    constitution has none of these, all of them with the reasoning left out.

    Raises:
        InputError: the judge is to think first, and no example shows how.
    """
    examples = constitution.examples.comparisons
    fitting = [example for example in examples if (example.reasoning is not None) == chain_of_thought]
    if chain_of_thought and examples and not fitting:
        raise InputError(
            f"chain_of_thought is on, but none of the {len(examples)} examples of comparisons in constitution "
            f"`{constitution.id}` has `reasoning`. Write one, or delete the examples."
        )
    turns: list[Message] = []
    for number, example in enumerate(fitting or examples):
        comparison = example.comparison
        if comparison is None:
            comparison = constitution.draw(seed, f"example {number}", use="comparison").comparison
        answer = wording.options[0 if example.answer == "A" else 1]
        begun = wording.prefill
        if chain_of_thought:
            begun = wording.after_reasoning(example.reasoning or "")
        turns.append(wording.question(example.messages, example.response_a, example.response_b, comparison))
        turns.append(assistant(begun + answer))
    return tuple(turns)


def _spaced(before: str, after: str) -> str:
    """Both, with a space between where neither brings its own."""
    if not before or not after or before[-1].isspace() or after[0].isspace():
        return before + after
    return f"{before} {after}"
