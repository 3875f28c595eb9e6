"""Text to token ids and back, exactly: no special tokens read from text, no truncation, no padding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import NamedTuple

from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerBase

from solon.errors import ModelError
from solon.models.words import Words, has_separate_words


class Encoded(NamedTuple):
    """Token ids and, for each, the character of the text it begins at (its first non-space character)."""

    ids: list[int]
    starts: list[int]


class Codec:
    """A tokenizer's text codec.

    `specials` are the texts that are read as special tokens where they are read.

    `adds_space` tells that a text is encoded as if a space stood before it, so that a word has the same id at the
    start of a text and within it; `decode` takes that space away again. Then `decode(ids(text)) == text` for
    every text without a leading space (byte-level tokenizers give " a" and "a" the same ids, so that space is lost).
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, name: str) -> None:
        backend = getattr(tokenizer, "backend_tokenizer", None)
        if not isinstance(backend, Tokenizer):
            raise ModelError(
                f"{name}: its tokenizer has no `tokenizer.json` form, and loss masks need character offsets. "
                f"Save it as a fast tokenizer (AutoTokenizer.from_pretrained(...).save_pretrained(...)) first."
            )
        # Two private copies, because the switch that reads special tokens from text is state of the tokenizer.
        self._plain = Tokenizer.from_str(backend.to_str())
        self._plain.no_truncation()
        self._plain.no_padding()
        self._marked = Tokenizer.from_str(self._plain.to_str())
        self._plain.encode_special_tokens = True
        self._ahead: dict[str, list[int]] = {}
        self._words = Words(self._encode_plain) if has_separate_words(self._plain) else None
        # A template has few marks, and every row has several of them.
        self._marked_ids = lru_cache(maxsize=256)(self._encode_marked)
        self._decoder_drops_space = self._plain.decode(self._plain.encode("a", add_special_tokens=False).ids) == "a"
        self.adds_space = self.ids("a a") == self.ids("a") * 2
        added = self._plain.get_added_tokens_decoder().values()
        self.specials = tuple(token.content for token in added if token.special)

    def _ids(self, text: str) -> list[int]:
        # Not for `encode`: offsets are wanted there.
        return self._words.ids(text) if self._words else self._encode_plain(text)

    def _encode_plain(self, text: str) -> list[int]:
        return list(self._plain.encode(text, add_special_tokens=False).ids)

    def ids(self, text: str) -> list[int]:
        """Ids of a text in which nothing is a special token, even where it spells one."""
        if not text:
            return []
        known = self._ahead.get(text)
        return self._ids(text) if known is None else known

    @contextmanager
    def encoding_ahead(self, texts: Iterable[str]) -> Iterator[None]:
        """Within the block `ids` knows these texts: they are encoded at once, on all cores."""
        if self._words:  # faster still
            yield
            return
        distinct = list(dict.fromkeys(texts))
        # The fast way tells no offsets, and the same ids.
        encoded = self._plain.encode_batch_fast(distinct, add_special_tokens=False)
        self._ahead = {text: one.ids for text, one in zip(distinct, encoded, strict=True)}
        try:
            yield
        finally:
            self._ahead = {}

    def encode(self, text: str) -> Encoded:
        """As `ids`, with the places in the text, which take their time."""
        if not text:
            return Encoded([], [])
        encoding = self._plain.encode(text, add_special_tokens=False)
        starts = []
        for start, end in encoding.offsets:
            while start < end - 1 and text[start].isspace():
                start += 1
            starts.append(start)
        return Encoded(list(encoding.ids), starts)

    def encode_marked(self, text: str) -> list[int]:
        """Ids of scaffolding, in which special tokens are read as such."""
        return list(self._marked_ids(text)) if text else []

    def _encode_marked(self, text: str) -> tuple[int, ...]:
        return tuple(self._marked.encode(text, add_special_tokens=False).ids)

    def encode_following(self, text: str) -> list[int]:
        """Ids of a text that follows other text: a tokenizer that adds a space itself is not given a second one."""
        return self.ids(text.removeprefix(" ") if self.adds_space else text)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of content tokens, without the space that `encode` supplied; special tokens are left out."""
        text: str = self._plain.decode(list(ids), skip_special_tokens=True)
        if self.adds_space and not self._decoder_drops_space:
            return text.removeprefix(" ")
        return text

    def spell(self, ids: Sequence[int]) -> str:
        """The text of ids, special tokens included."""
        text: str = self._plain.decode(list(ids), skip_special_tokens=False)
        return text

    def token_texts(self) -> list[str]:
        """The text of every single token id, as far as it has one of its own."""
        num_tokens = self._plain.get_vocab_size(with_added_tokens=True)
        return [self._plain.decode([token], skip_special_tokens=False) for token in range(num_tokens)]
