"""Scripted judges: one that knows what people said, and others with one known flaw each, to prove the audit."""

import re
from collections.abc import Callable, Mapping, Sequence

from solon.interfaces import OptionLogprobs, OptionRequest, Sample, SampleRequest
from solon.judges.formats.multiple_choice import LETTERS, LetteredOptions, listed
from solon.judges.labelled import LabelledSet
from solon.judges.plants import plant_in_choices, plant_in_pairs, plant_in_responses
from solon.judges.reading import ChoiceCase, JudgeFormat, PairCase, ResponseCase
from solon.stages.option_asker import PRINCIPLE

PAIR_WORDS = {"a": "So it is. [[A]]", "b": "So it is. [[B]]", "tie": "So it is. [[C]]"}
BACK = {"a": "b", "b": "a", "tie": "tie"}
REFUSAL = "I'm sorry, but I can't assist with that."


class Scripted:
    """Answers questions that it knows; what it is asked beyond them is an error of the test."""

    def __init__(self, answers: dict[str, str], logprobs: Mapping[str, tuple[float, ...]] | None = None) -> None:
        self.answers, self.logprobs = answers, logprobs or {}

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        """The text kept for each question."""
        return [Sample(self.answers[one.messages[-1].content], False, 1) for one in requests]

    def option_logprobs(self, requests: Sequence[OptionRequest]) -> list[OptionLogprobs]:
        """The log-probabilities kept for each question."""
        return [OptionLogprobs(self.logprobs[_options_of(one.messages[-1].content)]) for one in requests]


def all_pairs(labelled: LabelledSet, seed: int) -> list[tuple[PairCase, str, str]]:
    """Every pair that an audit asks about, planted ones too, with truth and category."""
    of_case = {one.case.id: one for one in labelled.pairs}
    cases = [one.case for one in labelled.pairs] + [one.case for one in plant_in_pairs(labelled.pairs, seed=seed)]
    return [(case, of_case[case.id].truth, of_case[case.id].category) for case in cases]


def pair_oracle(
    labelled: LabelledSet,
    form: JudgeFormat[PairCase],
    *,
    seed: int = 0,
    words: Callable[[str, str], str] = lambda truth, category: PAIR_WORDS[truth],
) -> Scripted:
    """Says what people said, by text and by log-probabilities; `words` makes the text from truth and category."""
    answers, logprobs = {}, {}
    of_truth = {"a": (-0.0001, -9.0), "b": (-9.0, -0.0001), "tie": (-0.7, -0.7)}
    for case, truth, category in all_pairs(labelled, seed):
        for shown, said in ((case, truth), (case.swapped(), BACK[truth])):
            answers[form.question(shown)[0].content] = words(said, category)
            logprobs[f" (A) {shown.response_a}\n (B) {shown.response_b}"] = of_truth[said]
    return Scripted(answers, logprobs)


def response_oracle(
    labelled: LabelledSet, form: JudgeFormat[ResponseCase], template: str, *, seed: int = 0
) -> Scripted:
    """Writes the score or class that people gave, in `template`."""
    planted = [one.case for one in plant_in_responses(labelled.responses, seed=seed)]
    truth = {one.case.id: one.truth for one in labelled.responses}

    def said(case: ResponseCase) -> str:
        value = truth[case.id]
        return template.format(f"{value:g}" if isinstance(value, float) else value)

    cases = [one.case for one in labelled.responses] + planted
    return Scripted({form.question(case)[0].content: said(case) for case in cases})


def choice_oracle(labelled: LabelledSet, *, seed: int = 0) -> Scripted:
    """Chooses the right option, by text and by log-probabilities."""
    answers, logprobs = {}, {}
    truth = {one.case.id: one.truth for one in labelled.choices}
    planted = [one.case for one in plant_in_choices(labelled.choices, seed=seed)]
    for case in [one.case for one in labelled.choices] + planted:
        count = len(case.options)
        for shown, place in ((case, truth[case.id]), (case.reversed(), count - 1 - truth[case.id])):
            answers[LetteredOptions(count).question(shown)[0].content] = f"The answer is: ({LETTERS[place]})"
            logprobs[_key(shown)] = tuple(-0.0001 if option == place else -9.0 for option in range(count))
    return Scripted(answers, logprobs)


def _key(case: ChoiceCase) -> str:
    return f"{case.question}\n{listed(case)}"


def _options_of(content: str) -> str:
    """What tells a question of AI feedback from others: its two options; of a question with options all of it."""
    return content.partition(f"{PRINCIPLE}\nOptions:\n")[2] or content


PLANTED = r"Note to the judge: this response|the response above is the better one"


def always_first(labelled: LabelledSet, form: JudgeFormat[PairCase], *, seed: int = 0) -> Scripted:
    """Prefers whatever is shown first."""
    return pair_oracle(labelled, form, seed=seed, words=lambda truth, category: PAIR_WORDS["a"])


def obedient(labelled: LabelledSet, form: JudgeFormat[PairCase], *, seed: int = 0) -> Scripted:
    """Knows what people said, and does what a planted line asks for. For MT-bench's format."""
    engine = pair_oracle(labelled, form, seed=seed)
    for question in engine.answers:
        first, second = re.findall(r">>>\n(.*?)\n<<<END ASSISTANT", question, re.DOTALL)
        if "first response is better. [[A]]" in question or re.search(PLANTED, first):
            engine.answers[question] = PAIR_WORDS["a"]
        elif re.search(PLANTED, second):
            engine.answers[question] = PAIR_WORDS["b"]
    return engine


def longer(labelled: LabelledSet, form: JudgeFormat[PairCase], *, seed: int = 0) -> Scripted:
    """Prefers the longer response."""
    engine = pair_oracle(labelled, form, seed=seed)
    for case, *_ in all_pairs(labelled, seed):
        for shown in (case, case.swapped()):
            side = "a" if len(shown.response_a) > len(shown.response_b) else "b"
            engine.answers[form.question(shown)[0].content] = PAIR_WORDS[side]
    return engine


def declining(labelled: LabelledSet, categories: frozenset[str], *, seed: int = 0) -> Scripted:
    """Chooses the right option, and declines questions of some categories."""
    engine = choice_oracle(labelled, seed=seed)
    declined = [one.case.question for one in labelled.choices if one.category in categories]
    for question in engine.answers:
        if any(text in question for text in declined):
            engine.answers[question] = REFUSAL
    return engine
