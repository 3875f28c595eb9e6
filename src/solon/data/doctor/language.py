"""Which language a text is written in."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

UNKNOWN = "unknown"
MIN_LETTERS = 20
"""A shorter text is `unknown`; letters of Chinese, Japanese and Korean count three times, for they say more."""
MIN_PROBABILITY = 0.8
"""A less certain guess is `unknown`."""
MOST_CHARACTERS = 2000
"""What of a long text is looked at."""

_CODE = re.compile(r"```.*?(?:```|\Z)|https?://\S+", re.S)
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def language_of(text: str) -> str:
    """The ISO 639-1 code of the language, or `unknown` where the text is short or the guess is not certain.

    Code in fences and addresses are left aside. By py3langid, 97 languages; what mixes two goes by one of them.
    """
    prose = _CODE.sub(" ", text)[:MOST_CHARACTERS]
    num_letters = sum(char.isalpha() for char in prose) + 2 * len(_DENSE.findall(prose))
    if num_letters < MIN_LETTERS:
        return UNKNOWN
    language, probability = _identifier().classify(prose)
    return str(language) if probability >= MIN_PROBABILITY else UNKNOWN


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
