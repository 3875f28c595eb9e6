"""Text of models made harmless for a terminal: what would move the cursor or hide text is shown as an escape."""

from __future__ import annotations

import unicodedata

_KEPT = {"\n", "\t", "\u200c", "\u200d"}
"""Line ends and tabs; and the two joiners that scripts and emoji are spelled with."""
_ESCAPED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode's categories of controls, of invisible signs (such as those that turn the direction of writing round), of
halves of characters, and of separators that a terminal may take for line ends."""

_NO_TEXT = {"Cc", "Cs"}


def visible(text: str) -> str:
    """The text with every control character as `\\x1b`, `\\u202e` ...; line ends and tabs stay."""
    return "".join(_escape(character) if _is_control(character) else character for character in text)


def first_control(text: str) -> int | None:
    """Where (from 0) the first control or half of a character stands, which nobody types on purpose.

    Invisible signs are let through: some languages are not written without them.
    """
    return next((n for n, one in enumerate(text) if one not in _KEPT and unicodedata.category(one) in _NO_TEXT), None)


def _is_control(character: str) -> bool:
    return character not in _KEPT and unicodedata.category(character) in _ESCAPED


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
