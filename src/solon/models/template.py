"""Messages and documents to tokens with loss weights, and back: the one place where conversations become ids."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from transformers import PreTrainedTokenizerBase

from solon.errors import InputError
from solon.models.codec import Codec
from solon.models.foreign import ForeignTemplate
from solon.models.rendering import OWN_FRAME, OWN_JINJA, OWN_TOKENS, ROLE_TOKENS, Piece, render_own
from solon.models.usable import check_pad, check_usable
from solon.records import Demonstration, Document, Message, Span


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
        frame: what the template writes around an assistant's words; it is trained with them.

    Raises:
        TemplateError: the tokenizer has neither turn tokens nor a usable chat template, or no pad or end token.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, name: str, *, stop_ids: Sequence[int] = ()) -> None:
        self.name = name
        self._codec = Codec(tokenizer, name)
        vocabulary = tokenizer.get_vocab()
        has_turns = all(token in vocabulary for token in OWN_TOKENS)
        is_own = has_turns and tokenizer.chat_template in (None, OWN_JINJA)
        self.adds_space = self._codec.adds_space
        check_usable(tokenizer, name, has_template=is_own or bool(tokenizer.chat_template))
        self.pad_id = int(tokenizer.pad_token_id)
        self.eos_id = int(tokenizer.eos_token_id)
        self._bos = str(tokenizer.bos_token or "")
        self._bos_ids = [] if tokenizer.bos_token_id is None else [int(tokenizer.bos_token_id)]
        self._foreign = None if is_own else ForeignTemplate(tokenizer, name, self._codec)
        self.frame = self._foreign.frame if self._foreign else OWN_FRAME
        self._lead = self.frame.lead.removeprefix(" ") if self.adds_space else self.frame.lead  # it comes with encoding
        self.end_id = self._codec.encode_marked(self.frame.end)[0]
        turn_ids = [vocabulary[token] for token in ROLE_TOKENS.values()] if is_own else []
        # A turn marker ends an answer too: a base model would otherwise go on and invent the user's next turn.
        self.end_ids: tuple[int, ...] = tuple(dict.fromkeys([self.end_id, self.eos_id, *stop_ids, *turn_ids]))
        check_pad(name, self.pad_id, self.end_id)

    def _pieces(
        self, messages: Sequence[Message], *, apart: Sequence[int] = (), add_generation_prompt: bool = False
    ) -> list[Piece]:
        if self._foreign is None:
            return render_own(messages, self._bos, add_generation_prompt=add_generation_prompt)
        return self._foreign.pieces(messages, apart=apart, add_generation_prompt=add_generation_prompt)

    def render_document(self, document: Document) -> Tokens:
        """BOS (where the tokenizer has one), the text, EOS. EOS weighs as much as the last span."""
        content = self._weighted(document.text, document.spans)
        ids = [*self._bos_ids, *content.ids, self.eos_id]
        last = document.spans[-1].weight if document.spans else 1.0
        return _first_untrained(ids, [*(0.0 for _ in self._bos_ids), *content.weights, last])

    def render(self, demonstration: Demonstration) -> Tokens:
        """The conversation with loss on what the assistant writes and the end of its turns (all turns, or the last).

        What the template writes before the words (thinking, a space) weighs as much as the turn's first span, what
        follows them (tool calls) and the end token as much as the last; 1 without spans. Thinking of other turns may
        be left out by the template, as it is when the model is asked (see `left_out`).

        Raises:
            InputError: there is no assistant turn to train on, or the template has no place for what it says.
            TemplateError: see `ForeignTemplate.pieces`.
        """
        messages = demonstration.messages
        turns = [index for index, message in enumerate(messages) if message.role == "assistant"]
        if not turns:
            raise InputError(f"demonstration {demonstration.id} has no assistant turn, so nothing in it can be trained")
        self._expect_calls(messages)
        if demonstration.train_on == "last":
            turns = turns[-1:]
        ids: list[int] = []
        weights: list[float] = []
        for piece in self._pieces(messages, apart=turns):
            if piece.message not in turns or piece.message is None:
                piece_ids = self._encode(piece)
                weights += [0.0] * len(piece_ids)
            elif piece.kind == "content":
                piece_ids, piece_weights = self._weighted(piece.text, messages[piece.message].spans, piece.begin)
                weights += piece_weights
            else:
                piece_ids = self._encode(piece)
                spans = messages[piece.message].spans
                span = 0 if piece.kind == "sign" else -1
                weights += [spans[span].weight if spans else 1.0, *(0.0 for _ in piece_ids[1:])]
            ids += piece_ids
        return _first_untrained(ids, weights)

    @contextmanager
    def rendering_ahead(self, examples: Iterable[Demonstration | Document]) -> Iterator[None]:
        """Within the block these are rendered faster, to the same tokens: their texts are encoded at once."""
        texts = [
            text
            for example in examples
            for text in (
                [example.text] if isinstance(example, Document) else [turn.content for turn in example.messages]
            )
        ]
        with self._codec.encoding_ahead(texts):
            yield

    def left_out(self, messages: Sequence[Message]) -> list[str]:
        """What the template does not show of a conversation, as `message 2: thinking`."""
        fields = ("content", "thinking", "tool_calls", "name", "tool_call_id")
        given = [(index, field) for index, one in enumerate(messages) for field in fields if getattr(one, field)]
        if self._foreign is None:
            unseen = [(index, field) for index, field in given if field in ("name", "tool_call_id")]
        else:
            unseen = [(index, field) for index, field in given if self._foreign.leaves_out(messages, index, field)]
        return [f"message {index}: {field.replace('_', ' ')}" for index, field in unseen]

    def _expect_calls(self, messages: Sequence[Message]) -> None:
        # A tool's answer to a call that nobody made is not the conversation that was given.
        for index, message in enumerate(messages):
            if message.tool_calls and self._foreign and self._foreign.leaves_out(messages, index, "tool_calls"):
                raise InputError(
                    f"{self.name}: its chat template leaves out the tool calls of message {index}. "
                    f"Use a model whose template has a place for them, or leave the row out."
                )

    def _encode(self, piece: Piece) -> list[int]:
        return self._codec.ids(piece.text) if piece.kind == "content" else self._codec.encode_marked(piece.text)

    def _weighted(self, text: str, spans: Sequence[Span], begin: int = 0) -> Tokens:
        """A token weighs what the span weighs that holds its first character (its leading space aside).

        `begin` is where the spans begin in the text. What stands before them weighs as the first, after as the last.
        """
        if not spans:
            ids = self._codec.ids(text)
            return Tokens(ids, [1.0] * len(ids))
        encoded = self._codec.encode(text)
        ends = [begin + end for end in itertools.accumulate(len(span.text) for span in spans)]
        weights: list[float] = []
        current = 0
        for start in encoded.starts:
            while current < len(ends) - 1 and start >= ends[current]:
                current += 1
            weights.append(spans[current].weight)
        return Tokens(encoded.ids, weights)

    def prompt_ids(self, messages: Sequence[Message], prefill: str = "") -> list[int]:
        """The conversation up to where the assistant writes, then `prefill` as its first words.

        Without messages `prefill` is plain text that is to be gone on with, and begins as a document does: a model
        that was trained on documents has met text behind BOS alone.

        Spaces at the end of `prefill` are left to the continuation: a tokenizer joins a space to the next word, so a
        model has hardly ever seen a lone one.

        Raises:
            InputError: see `ForeignTemplate.pieces`; or there is nothing to go on with, not even BOS.
        """
        if not messages:
            return self._plain_ids(prefill)
        self._expect_calls(messages)
        pieces = self._pieces(messages, add_generation_prompt=True)
        ids = list(itertools.chain.from_iterable(map(self._encode, pieces)))
        return ids + self._codec.ids((self._lead + prefill).rstrip(" ")) if prefill else ids

    def _plain_ids(self, text: str) -> list[int]:
        ids = self._bos_ids + self._codec.ids(text.rstrip(" "))
        if not ids:
            raise InputError(
                f"{self.name}: neither messages nor text are given, and its tokenizer has no token that begins a text. "
                f"Give some text to go on with."
            )
        return ids

    def continuation_ids(self, text: str, prefill: str = "") -> list[int]:
        """Ids of a text that follows `prefill` in the assistant's turn, without the end token."""
        return self._codec.encode_following(self._gap(prefill) + text)

    def response_ids(self, text: str) -> list[int]:
        """Ids of an assistant's whole answer and of the end of its turn, with what the template writes around it."""
        written = text.strip() if self.frame.trims else text
        return [*self._codec.ids(self._lead + written + self.frame.tail), self.end_id]

    def decode(self, ids: Sequence[int], prefill: str = "") -> str:
        """The text of the ids that a model wrote after `prefill`.

        Special tokens are left out, and so is what `response_ids` or `continuation_ids` puts around the text.
        """
        return self._codec.decode(ids).removeprefix(self._gap(prefill)).removesuffix(self.frame.tail)

    def _gap(self, prefill: str) -> str:
        """What stands between the last token of the prompt and a continuation's own words."""
        if not prefill:
            return self._lead
        return "" if self.adds_space else prefill[len(prefill.rstrip(" ")) :]

    def spell(self, ids: Sequence[int]) -> str:
        """The text of ids, special tokens included."""
        return self._codec.spell(ids)

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
