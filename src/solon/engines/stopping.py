"""Stop strings over token ids: exact, and cheap enough to ask after every token."""

from __future__ import annotations

from collections.abc import Callable

from solon.models.template import ChatTemplate


class StopStrings:
    """Tests for the stop strings of a request.

    A stop string can only be completed by a token that holds its last character (or a part of it: bytes of one
    character may be spread over tokens). Only after such a token is the text decoded and searched.
    """

    def __init__(self, template: ChatTemplate) -> None:
        self._template = template
        self._token_texts: list[str] | None = None
        self._candidates: dict[str, frozenset[int]] = {}

    def test_for(self, stops: tuple[str, ...]) -> Callable[[int, list[int]], bool]:
        """A function (newest id, all new ids) -> whether the text now holds one of `stops`."""
        candidates = frozenset[int]().union(*(self._completing(stop[-1]) for stop in stops if stop))
        wanted = [stop for stop in stops if stop]

        def complete(newest: int, ids: list[int]) -> bool:
            if newest not in candidates:
                return False
            text = self._template.decode(ids)
            return any(stop in text for stop in wanted)

        return complete

    def _completing(self, character: str) -> frozenset[int]:
        if self._token_texts is None:
            self._token_texts = self._template.token_texts()
        if character not in self._candidates:
            # A decoder may drop a token's spaces when it stands alone, so for white space every token is a candidate.
            self._candidates[character] = frozenset(
                token
                for token, text in enumerate(self._token_texts)
                if character in text or "\ufffd" in text or character.isspace()
            )
        return self._candidates[character]
