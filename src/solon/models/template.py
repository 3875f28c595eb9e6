"""Messages and documents to tokens with loss weights, and back: the one place where conversations become ids."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

from transformers import PreTrainedTokenizerBase

from solon.errors import InputError, ModelError
from solon.models.codec import Codec
from solon.models.rendering import OWN_JINJA, OWN_TOKENS, ROLE_TOKENS, Piece, render_jinja, render_own
from solon.records import Demonstration, Document, Message, Span, assistant, user


class Tokens(NamedTuple):
    """A tokenised row. `weights[i]` is the loss weight of predicting `ids[i]` from `ids[:i]`; `weights[0]` is 0."""

    ids: list[int]
    weights: list[float]


class ChatTemplate:
    """How one model's tokenizer writes conversations.

    A tokenizer that has Solon's own turn tokens gets Solon's rendering; any other one must bring a chat template.
    Contents are encoded without reading special tokens from them, so that user text can never forge a turn.

    Attributes:
        end_ids: all ids that stop generation.
        end_id: the id that closes an assistant's turn; it is trained with the turn.
        adds_space: contents are encoded as if a space stood before them (see `Codec`).

    Raises:
        ModelError: the tokenizer has neither turn tokens nor a usable chat template, or no pad or end token.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, name: str, *, stop_ids: Sequence[int] = ()) -> None:
        self.name = name
        self._tokenizer = tokenizer
        self._codec = Codec(tokenizer, name)
        self._specials = [str(token) for token in tokenizer.all_special_tokens]
        vocabulary = tokenizer.get_vocab()
        has_turns = all(token in vocabulary for token in OWN_TOKENS)
        self._is_own = has_turns and tokenizer.chat_template in (None, OWN_JINJA)
        self.adds_space = self._codec.adds_space
        lacking = [
            what
            for what, lacks in (
                ("turn tokens or a chat template", not (self._is_own or tokenizer.chat_template)),
                ("an end-of-text token", tokenizer.eos_token_id is None),
                ("a pad token", tokenizer.pad_token_id is None),
            )
            if lacks
        ]
        if lacking:
            raise ModelError(
                f"{name}: its tokenizer lacks {', '.join(lacking)}. A base model gets them by "
                f"`solon models adapt {name} --out NEW_FOLDER`; then use NEW_FOLDER."
            )
        self.pad_id = int(tokenizer.pad_token_id)
        self.eos_id = int(tokenizer.eos_token_id)
        self._bos_ids = [] if tokenizer.bos_token_id is None else [int(tokenizer.bos_token_id)]
        self.end_id = self._find_end_id()
        turn_ids = [vocabulary[token] for token in ROLE_TOKENS.values()] if self._is_own else []
        # A turn marker ends an answer too: a base model would otherwise go on and invent the user's next turn.
        self.end_ids: tuple[int, ...] = tuple(dict.fromkeys([self.end_id, self.eos_id, *stop_ids, *turn_ids]))
        if self.pad_id == self.end_id:
            raise ModelError(
                f"{name}: its pad token is also the end of a turn, which is trained. Give it a pad token of its own: "
                f"`solon models adapt {name} --out NEW_FOLDER`."
            )

    def _find_end_id(self) -> int:
        [*_, end] = self._pieces((user("a"), assistant("b")), apart=[1])
        ids = self._codec.encode_marked(end.text)
        if not ids:
            raise ModelError(
                f"{self.name}: its chat template does not close an assistant's turn, so the model would never learn "
                f"to stop. Give it Solon's template: `solon models adapt {self.name} --out NEW_FOLDER`."
            )
        return ids[0]

    def _render(self, messages: Sequence[Message], add_generation_prompt: bool) -> str:
        if not messages:
            return ""
        turns = [{"role": message.role, "content": message.content} for message in messages]
        return str(
            self._tokenizer.apply_chat_template(
                turns, tokenize=False, add_generation_prompt=add_generation_prompt, enable_thinking=False
            )
        )

    def _pieces(
        self, messages: Sequence[Message], *, apart: Sequence[int] = (), add_generation_prompt: bool = False
    ) -> list[Piece]:
        if self._is_own:
            bos = str(self._tokenizer.bos_token or "")
            return render_own(messages, bos, add_generation_prompt=add_generation_prompt)
        return render_jinja(
            self._render, messages, apart, self._specials, self.name, add_generation_prompt=add_generation_prompt
        )

    def render_document(self, document: Document) -> Tokens:
        """BOS (where the tokenizer has one), the text, EOS. EOS weighs as much as the last span."""
        content = self._weighted(document.text, document.spans)
        ids = [*self._bos_ids, *content.ids, self.eos_id]
        last = document.spans[-1].weight if document.spans else 1.0
        return _first_untrained(ids, [*(0.0 for _ in self._bos_ids), *content.weights, last])

    def render(self, demonstration: Demonstration) -> Tokens:
        """The conversation with loss on the assistant's words and the end of its turns (all turns, or the last).

        The end token weighs as much as the turn's last span, 1 without spans.

        Raises:
            InputError: there is no assistant turn to train on.
        """
        messages = demonstration.messages
        turns = [index for index, message in enumerate(messages) if message.role == "assistant"]
        if not turns:
            raise InputError(f"demonstration {demonstration.id} has no assistant turn, so nothing in it can be trained")
        if demonstration.train_on == "last":
            turns = turns[-1:]
        ids: list[int] = []
        weights: list[float] = []
        for piece in self._pieces(messages, apart=turns):
            trained = piece.message in turns and piece.message is not None
            if piece.kind == "content":
                spans = messages[piece.message].spans if trained and piece.message is not None else ()
                content = self._weighted(piece.text, spans)
                ids += content.ids
                weights += content.weights if trained else [0.0] * len(content.ids)
            else:
                marked = self._codec.encode_marked(piece.text)
                ids += marked
                weights += [0.0] * len(marked)
                if trained and piece.message is not None and piece.kind == "end":
                    spans = messages[piece.message].spans
                    weights[-len(marked)] = spans[-1].weight if spans else 1.0
        return _first_untrained(ids, weights)

    def _weighted(self, text: str, spans: Sequence[Span]) -> Tokens:
        """A token weighs what the span weighs that holds its first character (its leading space aside)."""
        encoded = self._codec.encode(text)
        if not spans:
            return Tokens(encoded.ids, [1.0] * len(encoded.ids))
        ends = list(itertools.accumulate(len(span.text) for span in spans))
        weights: list[float] = []
        current = 0
        for start in encoded.starts:
            while current < len(ends) - 1 and start >= ends[current]:
                current += 1
            weights.append(spans[current].weight)
        return Tokens(encoded.ids, weights)

    def prompt_ids(self, messages: Sequence[Message], prefill: str = "") -> list[int]:
        """The conversation up to where the assistant writes, then `prefill` as its first words.

        Spaces at the end of `prefill` are left to the continuation: a tokenizer joins a space to the next word, so a
        model has hardly ever seen a lone one.
        """
        ids: list[int] = []
        for piece in self._pieces(messages, add_generation_prompt=True):
            if piece.kind == "content":
                ids += self._codec.encode(piece.text).ids
            else:
                ids += self._codec.encode_marked(piece.text)
        return ids + self._codec.encode(prefill.rstrip(" ")).ids

    def continuation_ids(self, text: str, prefill: str = "") -> list[int]:
        """Ids of a text that follows `prefill` in the assistant's turn, without the end token."""
        gap = prefill[len(prefill.rstrip(" ")) :]
        return self._codec.encode_following(text if self.adds_space else gap + text)

    def response_ids(self, text: str) -> list[int]:
        """Ids of an assistant's whole answer and of the end of its turn."""
        return [*self._codec.encode(text).ids, self.end_id]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of an answer's ids; special tokens are left out, and so is the space that encoding supplied."""
        return self._codec.decode(ids)

    def token_texts(self) -> list[str]:
        """The text of each single id of the tokenizer."""
        return self._codec.token_texts()

    def check_fits(self, num_tokens: int, context_tokens: int, what: str) -> None:
        """Refuse a row that is longer than the model's context.

        Raises:
            InputError: naming the row and both numbers.
        """
        if num_tokens > context_tokens:
            raise InputError(
                f"{what} has {num_tokens} tokens, and {self.name} reads at most {context_tokens}. "
                f"Shorten it, or use a model with a longer context."
            )


def _first_untrained(ids: list[int], weights: list[float]) -> Tokens:
    # Nothing stands before the first token to predict it from.
    return Tokens(ids, [0.0, *weights[1:]])
