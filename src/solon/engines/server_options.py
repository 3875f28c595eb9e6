"""How likely given options are, from the alternatives that a server lists at each token, or from samples.

A server lists only the likeliest alternatives. An option that is not among them is not impossible: it is at most as
likely as the least likely one listed, and that bound stands for it, said so in the answer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from solon.engines.server_requests import BadAnswer, choice_of, token_counts
from solon.interfaces import OptionLogprobs

_OPENINGS = " \n\t\"'`*("
"""Signs that may stand before an option's own words: servers split ` (A)` and `(A)` and `A` differently."""

NO_LOGPROBS = "the server gives no log-probabilities"


def read_options(body: Any, options: Sequence[str]) -> OptionLogprobs:
    """The options' log-probabilities from the greedy answer and its alternatives; a failure where none are listed.

    The answer is followed token by token. Each alternative that makes the text so far lead to exactly one option adds
    its probability to that option; one that leads to no option is lost. Where the text so far settles on an option,
    or on none, the rest is not looked at.

    Raises:
        BadAnswer: the body has no choice, or log-probabilities that cannot be read.
    """
    tokens = (choice_of(body).get("logprobs") or {}).get("content")
    counts = token_counts(body)
    if not isinstance(tokens, list) or not tokens or not tokens[0].get("top_logprobs"):
        return OptionLogprobs((), "", *counts, failure=NO_LOGPROBS)
    wanted = [option.strip(_OPENINGS) for option in options]
    mass = [0.0] * len(options)
    written, before, unseen = "", 0.0, 1.0
    for token in tokens:
        listed = _listed(token)
        for text, logprob in listed.items():
            if (index := _settles(written + text, wanted)) is not None:
                mass[index] += math.exp(before + logprob)
        # What a missing option could have had here: no more than the least likely alternative.
        unseen = min(unseen, math.exp(before + min(listed.values())))
        written, before = written + token["token"], before + token["logprob"]
        if _settles(written, wanted) is not None or not _leads(written, wanted):
            break
    if _settles(written, wanted) is None and (index := _begun(written, wanted)) is not None:
        mass[index] += math.exp(before)  # the answer ended there, though it might have become a longer option
    missing = [options[index] for index, probability in enumerate(mass) if not probability]
    if len(missing) == len(options):
        return OptionLogprobs((-math.inf,) * len(options), "none of the options is among the likeliest tokens", *counts)
    bound = min(unseen, *(probability for probability in mass if probability))
    values = tuple(math.log(probability or bound) for probability in mass)
    how = f"at most, for it is not among the likeliest tokens: {', '.join(map(repr, missing))}" if missing else ""
    return OptionLogprobs(values, how, *counts)


def count_options(texts: Sequence[str], options: Sequence[str]) -> OptionLogprobs:
    """Log-probabilities from how often samples begin with each option; half a sample is added to each.

    -inf for all where no sample begins with any.
    """
    wanted = [option.strip(_OPENINGS) for option in options]
    begun = [_begun(text, wanted) for text in texts]
    counts = [begun.count(index) for index in range(len(options))]
    how = f"from {len(texts)} samples, of which {sum(counts)} began with an option"
    if not sum(counts):
        return OptionLogprobs((-math.inf,) * len(options), how)
    total = len(texts) + 0.5 * len(options)
    return OptionLogprobs(tuple(math.log((count + 0.5) / total) for count in counts), how)


def _listed(token: Any) -> dict[str, float]:
    """Text -> log-probability of a token and its alternatives.

    Raises:
        BadAnswer: they are not as the API has them.
    """
    try:
        return {one["token"]: float(one["logprob"]) for one in (*token["top_logprobs"], token)}
    except (KeyError, TypeError, ValueError):
        raise BadAnswer("log-probabilities in a form of the server's own") from None


def _settles(text: str, wanted: Sequence[str]) -> int | None:
    """The one option that a text leads to, if it holds enough of it to tell it from the others."""
    text = text.lstrip(_OPENINGS)
    if not text:
        return None
    fitting = [index for index, option in enumerate(wanted) if option.startswith(text) or _begins(text, option)]
    return fitting[0] if len(fitting) == 1 else None


def _leads(text: str, wanted: Sequence[str]) -> bool:
    text = text.lstrip(_OPENINGS)
    return any(option.startswith(text) for option in wanted)


def _begun(text: str, wanted: Sequence[str]) -> int | None:
    """The option that a whole text begins with; the longest where one begins another."""
    text = text.lstrip(_OPENINGS)
    fitting = [index for index, option in enumerate(wanted) if _begins(text, option)]
    return max(fitting, key=lambda index: len(wanted[index])) if fitting else None


def _begins(text: str, option: str) -> bool:
    """Whether the text begins with the option as a word of its own: `Aardvark` is no answer A."""
    if not text.startswith(option):
        return False
    rest = text[len(option) :]
    return not (rest[:1].isalnum() and option[-1:].isalnum())
