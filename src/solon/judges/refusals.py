"""Whether a judge declines to judge.

Asked only of how a completion begins: a critique may well quote a response that refuses. Only refusals in the first
person count, so "I'm sorry to say that the answer is wrong" is none.
"""

from __future__ import annotations

import re

_SORRY = r"(?:(?:i'?m|i\s+am)\s+(?:(?:really|very|so)\s+)?sorry|sorry|i\s+apologi[sz]e|my\s+apologies|unfortunately)"
_AS_A_MODEL = r"(?:as|being)\s+an?\s+(?:ai|artificial|language|responsible|assistant)[^,.\n]*"
_CANNOT = (
    r"(?:cannot|can\s+not|can'?t|am\s+not\s+able|'m\s+not\s+able|am\s+unable|'m\s+unable|will\s+not|won't|"
    r"(?:do\s+not|don't)\s+feel\s+comfortable|am\s+not\s+comfortable|'m\s+not\s+comfortable|"
    r"(?:must|have\s+to)\s+(?:respectfully\s+)?(?:decline|refuse)|decline|refuse)"
)
_HELP = r"assist|help|comply|continue|fulfil+|engage|participate|discuss|support"
_JUDGE = (
    r"provide|evaluate|judge|rate|score|assess|grade|compare|review|answer|respond|complete|proceed|process|offer|"
    r"create|generate"
)


def _opening(acts: str) -> re.Pattern[str]:
    before = rf"[\s\"'“*]*(?:{_SORRY}[\s,.:;—-]*(?:but\s+)?)?(?:{_AS_A_MODEL}[\s,]*)?i(?:\s+|(?='))"
    return re.compile(
        rf"{before}{_CANNOT}(?:\s+to)?(?:\s+(?:{acts})\b|\s+\w+ing\b|\s+with\b|[.,!]|\s*\Z)", re.IGNORECASE
    )


_DECLINES = _opening(f"{_HELP}|{_JUDGE}")
_DECLINES_TO_HELP = _opening(_HELP)
_BARE = re.compile(rf"[\s\"'“*]*{_SORRY}[\s.!\"'”*]*\Z", re.IGNORECASE)
_CHINESE = re.compile(
    r"\s*(?:(?:很|非常)?(?:抱歉|对不起)\W*(?:但|作为\w*\W*)?我?(?:无法|不能|不会)|我(?:无法|不能)(?:提供|评价|协助|帮助|回答))"
)


def opens_with_refusal(completion: str) -> bool:
    """Whether a completion begins with a refusal to do what was asked, in English or Chinese."""
    return _begins(completion, _DECLINES)


def opens_with_refusal_to_help(completion: str) -> bool:
    """As `opens_with_refusal`, without what a critic may say of a response: "I cannot rate this highly"."""
    return _begins(completion, _DECLINES_TO_HELP)


def _begins(completion: str, english: re.Pattern[str]) -> bool:
    text = completion.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return any(pattern.match(text) for pattern in (english, _BARE, _CHINESE))
