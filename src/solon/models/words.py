"""Tokenizers in which no token goes from one word into the next: each word is encoded once and then looked up.

So are SentencePiece's BPE tokenizers that split at white space (Llama 2, Mistral, TinyLlama and their like): they treat
a whole text as one word, which costs several times what looking up its words does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from tokenizers import Tokenizer

_SPACE = "▁"
_WORDS = re.compile(r" *[^ ]+| +")
_MOST_WORDS = 1 << 15
"""After so many words the table begins anew, and only the one before it is kept: text that never repeats itself does
not fill the memory, and a frequent word is never forgotten."""


class Words:
    """Ids of texts by looking up their words.

    Args:
        encode: the tokenizer's own way, for words that are new.
    """

    def __init__(self, encode: Callable[[str], list[int]]) -> None:
        self._encode = encode
        # No text spells a lone space: the one put before an empty text is left out.
        self._lone_space = {" ": encode("a ")[len(encode("a")) :]}
        self._known = dict(self._lone_space)
        self._before: dict[str, list[int]] = {}  # the table before this one

    def ids(self, text: str) -> list[int]:
        """What `encode` gives for the whole text."""
        ids: list[int] = []
        known = self._known
        # The tokenizer puts a space before a text, and reads its mark of a space as one.
        for word in _WORDS.findall(" " + text.replace(_SPACE, " ")):
            found = known.get(word)
            if found is None:
                if len(known) >= _MOST_WORDS:
                    self._before = known
                    known = self._known = dict(self._lone_space)
                found = self._before.get(word)
                known[word] = found = self._encode(word[1:]) if found is None else found
            ids += found
        return ids


def has_separate_words(tokenizer: Tokenizer) -> bool:
    """Whether words can be looked up: a space is put before a text, and no merge goes on behind a word's end."""
    settings = json.loads(tokenizer.to_str())
    model, normalizer = settings["model"], settings["normalizer"] or {}
    spaces = {"type": "Replace", "pattern": {"String": " "}, "content": _SPACE}
    if model["type"] != "BPE" or settings["pre_tokenizer"] is not None or not model.get("byte_fallback"):
        return False
    if normalizer.get("normalizers") != [{"type": "Prepend", "prepend": _SPACE}, spaces]:
        return False
    if any(not token["special"] for token in settings["added_tokens"]):
        return False
    merges = (merge.split(" ") if isinstance(merge, str) else merge for merge in model["merges"])
    return not any(_SPACE in "".join(merge).lstrip(_SPACE) for merge in merges)
