"""A conversation with one or two models, each with a history of its own."""

from __future__ import annotations

from collections.abc import Sequence

from solon.chat.answering import Answerer, Said, answer_together
from solon.chat.show import Show
from solon.interfaces import SampleRequest
from solon.records import Message, assistant, user
from solon.seeds import derive

History = tuple[Message, ...]


class Talk:
    """What was said so far, and what is said next.

    Args:
        models: name -> model.
        options: how answers are sampled; its messages and seed are replaced.
        seed: decides the answers, with how many messages were answered before, taken back ones too.
        show: where answers appear.
    """

    def __init__(
        self, models: Sequence[tuple[str, Answerer]], options: SampleRequest, *, seed: int, show: Show
    ) -> None:
        self._names, self._models = [name for name, _ in models], [model for _, model in models]
        self._options, self._seed, self._show = options, seed, show
        self._turn = 0
        self.new()

    def new(self) -> None:
        """Begin a new conversation."""
        self._before: list[tuple[str, list[History]]] = []
        self._now: list[History] = [()] * len(self._models)

    def say(self, text: str) -> None:
        """Show what each model answers. An answer that was stopped stays as far as it went; one that did not come
        leaves its model's history without the message."""
        seed = derive(self._seed, "chat", self._turn)
        requests = [
            self._options._replace(messages=(*history, user(text)), seed=seed, name="the conversation")
            for history in self._now
        ]
        said = self._ask_all(requests)
        self._turn += 1
        self._before.append((text, self._now))
        self._now = [
            (*request.messages, assistant(one.text)) if _came(one) else history
            for request, one, history in zip(requests, said, self._now, strict=True)
        ]

    def undo(self) -> str | None:
        """Take back the last message with its answers; the message, None where there is none."""
        if not self._before:
            return None
        text, self._now = self._before.pop()
        return text

    def _ask_all(self, requests: Sequence[SampleRequest]) -> list[Said]:
        if self._show.together:
            return self._ask(list(range(len(requests))), requests, self._names)
        said = []
        for index, name in enumerate(self._names):
            said += self._ask([index], requests, [name] if len(self._names) > 1 else [])
        return said

    def _ask(self, which: Sequence[int], requests: Sequence[SampleRequest], names: Sequence[str]) -> list[Said]:
        self._show.begin(names)
        said: list[Said] = []
        try:
            said = answer_together([self._models[i] for i in which], [requests[i] for i in which], self._show.grew)
        finally:
            self._show.end(said or [Said("")] * len(which))
        return said


def _came(said: Said) -> bool:
    """Whether there is an answer: an empty one is one too, unless it was stopped before its first word."""
    return not said.problem and bool(said.text or not said.stopped)
