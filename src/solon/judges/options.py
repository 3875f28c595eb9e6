"""Questions whose options stand lettered in their text, as in the published A/B evaluations."""

from __future__ import annotations

import re

from solon.data.quarantine import Unusable
from solon.judges.formats.multiple_choice import LETTERS
from solon.judges.reading import ChoiceCase

_OPTION = re.compile(r"^ ?\((?P<letter>[A-J])\) (?P<text>.*)$", re.MULTILINE)


def split_options(text: str, name: str) -> ChoiceCase:
    """The question and the options of a text that ends with lettered lines and `The answer is:`.

    Raises:
        Unusable: the lines at the end are not lettered (A), (B), ... without a gap.
    """
    body = text.rstrip().removesuffix("The answer is:").rstrip()
    lines = body.split("\n")
    first = len(lines)
    while first > 0 and _OPTION.match(lines[first - 1]):
        first -= 1
    found = [match for line in lines[first:] if (match := _OPTION.match(line))]
    letters = "".join(match["letter"] for match in found)
    if len(found) < 2 or letters != LETTERS[: len(found)]:
        raise Unusable(f"the text does not end with options (A), (B), ...: found {letters or 'none'}")
    return ChoiceCase(name, "\n".join(lines[:first]).strip(), tuple(match["text"] for match in found))
