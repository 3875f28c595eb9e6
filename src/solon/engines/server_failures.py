"""What went wrong with an attempt, and whether another one may help."""

from __future__ import annotations

import json
from typing import NamedTuple

import openai

from solon.engines.server_requests import BadAnswer
from solon.errors import EngineError

_FATAL = (openai.AuthenticationError, openai.PermissionDeniedError, openai.NotFoundError)
_OVERLOAD = frozenset({408, 429, 503, 529})


class Failure(NamedTuple):
    """One failed attempt."""

    outcome: str
    """For the ledger: a status, `timeout`, `connection`, `no JSON`, `bad answer`."""
    told: str
    """What was said, in one line."""
    again: bool
    """Whether another attempt may help."""
    trouble: bool = True
    """Whether the server itself seems unwell; else it only garbled this answer."""
    overload: bool = False
    """Whether it has too much to do."""
    wait_seconds: float | None = None
    """The time that the server asks to be left alone."""


def failure_of(error: Exception) -> Failure | None:
    """What an exception of an attempt means; None where it is none of the server's.

    Raises:
        EngineError: no request can succeed: a wrong key, an unknown model, no credit.
    """
    told = " ".join(str(error).split())[:300]
    if isinstance(error, _FATAL):
        raise EngineError(f"the server refuses every request ({told}); check the model's name, the URL and the key")
    if isinstance(error, openai.RateLimitError) and error.code == "insufficient_quota":
        raise EngineError(f"the account has no credit left ({told}); what was answered is kept")
    if isinstance(error, openai.APITimeoutError) and not _refused(error):
        return Failure("timeout", told, again=True, overload=True)
    if isinstance(error, openai.APIStatusError):
        status = error.status_code
        again = status in (408, 409, 429) or status >= 500
        return Failure(str(status), told, again, overload=status in _OVERLOAD, wait_seconds=_asked_wait(error))
    if isinstance(error, openai.APIConnectionError):
        return Failure("connection", f"{told} {error.__cause__ or ''}".strip(), again=True)
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return Failure("no JSON", told, again=True, trouble=False)
    if isinstance(error, BadAnswer | openai.APIResponseValidationError):
        return Failure("bad answer", told, again=True, trouble=False)
    return None


def _refused(error: BaseException) -> bool:
    """Whether there is no connection at all, which the client calls a timeout."""
    cause = error.__cause__
    return cause is not None and (isinstance(cause, ConnectionError) or _refused(cause))


def _asked_wait(error: openai.APIStatusError) -> float | None:
    try:
        return float(error.response.headers["retry-after"])
    except (KeyError, ValueError):
        return None
