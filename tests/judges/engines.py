"""Scripted judges."""

from collections.abc import Callable, Sequence

from solon.interfaces import OptionLogprobs, OptionRequest, Sample, SampleRequest


class Writer:
    """Answers with a function of the question."""

    def __init__(self, write: Callable[[str], str], truncated: bool = False) -> None:
        self.write, self.truncated = write, truncated
        self.asked: list[SampleRequest] = []

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        self.asked += requests
        return [Sample(self.write(one.messages[-1].content), self.truncated, 1) for one in requests]


class InTurn:
    """Answers with given texts, one after the other."""

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self.asked: list[SampleRequest] = []

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        self.asked += requests
        return [Sample(self.texts.pop(0), False, 1) for _ in requests]


class Weigher:
    """Scores options with a function of the question and the options."""

    def __init__(self, weigh: Callable[[str, tuple[str, ...]], tuple[float, ...]]) -> None:
        self.weigh = weigh
        self.asked: list[OptionRequest] = []

    def option_logprobs(self, requests: Sequence[OptionRequest]) -> list[OptionLogprobs]:
        self.asked += requests
        return [OptionLogprobs(self.weigh(one.messages[-1].content, one.options)) for one in requests]
