"""Messages and documents to tokens with loss weights, and back: the one place where conversations become ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from transformers import PreTrainedTokenizerBase

from solon.errors import InputError
from solon.models.codec import Codec
from solon.models.foreign import ForeignTemplate
from solon.models.framing import together
from solon.models.jinja import Jinja
from solon.models.rendering import (
    OWN_FRAME,
    OWN_JINJA,
    OWN_TOKENS,
    ROLE_TOKENS,
    LeftOut,
    Piece,
    TurnsRewritten,
    render_own,
)
from solon.models.usable import check_pad, check_usable
from solon.models.weighing import Tokens, encode, first_untrained, weigh_pieces, weigh_text
from solon.records import Demonstration, Document, Message, ToolDefinition

__all__ = ["ChatTemplate", "Tokens", "TrainedRow"]


class TrainedRow(NamedTuple):
    """One of the rows that a demonstration is trained in."""

    tokens: Tokens
    num_messages: int
    """How many of the demonstration's messages it shows, from the first on."""


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
        self._foreign = None if is_own else ForeignTemplate(Jinja(tokenizer, name), self._codec)
        self.frame = self._foreign.frame if self._foreign else OWN_FRAME
        self._lead = self.frame.lead.removeprefix(" ") if self.adds_space else self.frame.lead  # it comes with encoding
        self.end_id = self._codec.encode_marked(self.frame.end)[0]
        turn_ids = [vocabulary[token] for token in ROLE_TOKENS.values()] if is_own else []
        # A turn marker ends an answer too: a base model would otherwise go on and invent the user's next turn.
        self.end_ids: tuple[int, ...] = tuple(dict.fromkeys([self.end_id, self.eos_id, *stop_ids, *turn_ids]))
        check_pad(name, self.pad_id, self.end_id)

    def render_document(self, document: Document) -> Tokens:
        """BOS (where the tokenizer has one), the text, EOS. EOS weighs as much as the last span."""
        content = weigh_text(self._codec, document.text, document.spans)
        ids = [*self._bos_ids, *content.ids, self.eos_id]
        last = document.spans[-1].weight if document.spans else 1.0
        return first_untrained(ids, [*(0.0 for _ in self._bos_ids), *content.weights, last])

    def render(self, demonstration: Demonstration) -> Tokens:
        """The conversation in one row, with loss on what the assistant writes and the end of its turns.

        All turns are trained, or the last; see `weigh_pieces` for what their tokens weigh. Thinking of other turns may
        be left out by the template, as it is when the model is asked (see `left_out`).

        Raises:
            InputError: there is no assistant turn to train on, or the template has no place for what it says.
            TemplateError: see `ForeignTemplate.pieces`; `render_all` has rows for templates that rewrite turns.
        """
        return self._row(demonstration, demonstration.messages, _trained_turns(demonstration))

    def render_all(self, demonstration: Demonstration) -> list[TrainedRow]:
        """The rows in which a demonstration is trained: one, as `render` makes it, where the template allows that.

        A template that rewrites earlier turns when later ones come (Qwen3 takes their thinking out) allows it not.
        Then a turn begins a row of its own wherever the row before it cannot show the conversation as the model is
        asked at that point. Each turn is trained in one row, and a row ends with the last turn that it trains. Rows
        that would train nothing, because all spans of their turns weigh 0, are left out where another trains.

        Raises:
            InputError: as `render`.
            TemplateError: not even one turn by itself can be told from what stands before it.
        """
        messages, turns = demonstration.messages, _trained_turns(demonstration)
        try:
            return [TrainedRow(self._row(demonstration, messages, turns), len(messages))]
        except TurnsRewritten:
            assert self._foreign is not None
            groups = together(self._foreign.jinja.given(demonstration.tools), messages, turns)
        rows = [
            TrainedRow(self._row(demonstration, messages[: group[-1] + 1], group), group[-1] + 1) for group in groups
        ]
        return [row for row in rows if any(row.tokens.weights)] or rows[-1:]

    def rows_of(self, example: Demonstration | Document) -> list[Tokens]:
        """All rows of anything that is imitated: of a document one. Raises as `render_all`."""
        if isinstance(example, Document):
            return [self.render_document(example)]
        return [row.tokens for row in self.render_all(example)]

    def _row(self, demonstration: Demonstration, messages: Sequence[Message], turns: Sequence[int]) -> Tokens:
        pieces = self._pieces(messages, demonstration.tools, apart=turns)
        return weigh_pieces(self._codec, pieces, messages, turns)

    def _pieces(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolDefinition],
        *,
        apart: Sequence[int] = (),
        add_generation_prompt: bool = False,
    ) -> list[Piece]:
        if shows := [index for index, message in enumerate(messages) if message.images]:
            raise InputError(
                f"message {shows[0]} shows an image, and models of this machine read text alone. Ask a server "
                "(openai:MODEL@BASE_URL), or leave the row out"
            )
        if self._foreign is None:
            return render_own(messages, tools, self._bos, add_generation_prompt=add_generation_prompt)
        template = self._foreign.given(tools)
        template.expect_shown(messages)
        return template.pieces(messages, apart=apart, add_generation_prompt=add_generation_prompt)

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

    def left_out(self, messages: Sequence[Message], tools: Sequence[ToolDefinition] = ()) -> list[LeftOut]:
        """What the template does not show of a conversation."""
        fields = ("content", "thinking", "tool_calls", "name", "tool_call_id")
        given = [LeftOut(index, field) for index, one in enumerate(messages) for field in fields if getattr(one, field)]
        if self._foreign is None:
            return [one for one in given if one.field in ("name", "tool_call_id")]
        return self._foreign.given(tools).jinja.left_out(messages, given)

    def prompt_ids(
        self, messages: Sequence[Message], prefill: str = "", tools: Sequence[ToolDefinition] = ()
    ) -> list[int]:
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
        pieces = self._pieces(messages, tools, add_generation_prompt=True)
        ids = [token for piece in pieces for token in encode(self._codec, piece)]
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


def _trained_turns(demonstration: Demonstration) -> list[int]:
    """Which of its messages are trained."""
    turns = [index for index, message in enumerate(demonstration.messages) if message.role == "assistant"]
    if not turns:
        raise InputError(f"demonstration {demonstration.id} has no assistant turn, so nothing in it can be trained")
    return turns if demonstration.train_on == "all" else turns[-1:]
