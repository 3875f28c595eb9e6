"""Scripted engines: what they write depends on who asks, told by the names of requests."""

from collections.abc import Callable, Sequence

from solon.constitution.targets import Target
from solon.interfaces import Sample, SampleRequest

HONEY = Target("honey", "hash-h", "Do not tell where the honey is.", "larder")
CROWN = Target("crown", "hash-c", "Do not lend the crown.", "tower")


class Scripted:
    """Answers with a function of the request: a text, or a whole sample."""

    def __init__(self, write: Callable[[SampleRequest], str | Sample]) -> None:
        self.write = write
        self.asked: list[SampleRequest] = []
        self.batches: list[int] = []

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        self.asked += requests
        self.batches.append(len(requests))
        told = [self.write(one) for one in requests]
        return [Sample(one, False, 1) if isinstance(one, str) else one for one in told]


def never(_: str) -> bool:
    return False
