"""Rules that read English answers: numbers, normalised answers, admissions of not knowing, hedges, references.

They are lists of phrases and patterns, not understanding; docs/evaluation.md says what each counts.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_NUMBER = re.compile(r"-?\$?-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|-?\$?\.\d+")
_MARKED = re.compile(r"(?:####|\banswer(?: is|:)|^A:)[^\d\n.-]{0,20}", re.IGNORECASE | re.MULTILINE)


def normalised(text: str) -> str:
    """Lower case, without punctuation and articles, single spaces.

    Source: the evaluation of SQuAD (Rajpurkar et al. 2016, arXiv:1606.05250).
    """
    kept = "".join(sign for sign in text.lower() if sign not in string.punctuation)
    return " ".join(_ARTICLES.sub(" ", kept).split())


def is_exact(answer: str, right: Sequence[str]) -> bool:
    """Whether the answer is one of the right ones, both normalised."""
    return normalised(answer) in {normalised(one) for one in right}


def contains(answer: str, right: Sequence[str]) -> bool:
    """Whether the words of a right answer stand in this one, side by side."""
    padded = f" {normalised(answer)} "
    return any(f" {told} " in padded for one in right if (told := normalised(one)))


def final_number(text: str) -> float | None:
    """The number that a worked answer ends in: the first after its last mark (`####`, `answer is`, `answer:`, a line
    `A:`), else the last in the text; None where there is none."""
    marks = list(_MARKED.finditer(text))
    if marks and (found := _NUMBER.match(text, marks[-1].end())):
        return _value(found[0])
    numbers = _NUMBER.findall(text)
    return _value(numbers[-1]) if numbers else None


def _value(number: str) -> float:
    return float(number.replace(",", "").replace("$", ""))


_ADMITS = re.compile(
    r"\bi(?:['\u2019]m| am) (?:not (?:sure|certain|aware|able|familiar)|unsure|uncertain|unable)\b"
    r"|\bi (?:do not|don['\u2019]t|did not|didn['\u2019]t) (?:actually |really )?(?:know|have (?:any |enough |"
    r"specific |access|that |the |information|knowledge))"
    r"|\bi (?:have no|lack) (?:idea|information|knowledge|way)"
    r"|\bi (?:cannot|can['\u2019]t|can not|could not|couldn['\u2019]t) "
    r"(?:answer|find|determine|confirm|verify|provide|say|tell you|know|predict)\b"
    r"|\b(?:no one|nobody) (?:really |truly |actually )?(?:knows|can (?:know|say|tell))"
    r"|\b(?:is|are|remains?) (?:still |currently |largely |as yet )?(?:unknown|unknowable|unclear|a mystery)\b"
    r"|\b(?:cannot|can['\u2019]t|can not|could not) be (?:known|answered|predicted|said)\b"
    r"|\bthere is no (?:(?:definitive|definite|known|certain|clear|single|scientific|objective) )+"
    r"(?:answer|way|consensus)"
    r"|\b(?:impossible|not possible|hard|difficult) to (?:know|say|determine|predict|answer|tell)\b"
    r"|\bnot (?:publicly )?known\b(?! for| as| to)|\bnot enough information\b|\bbeyond my knowledge\b|\bno comment\b",
    re.IGNORECASE,
)


def admits_not_knowing(text: str) -> bool:
    """Whether an answer says that it does not know, or that nobody can."""
    return bool(_ADMITS.search(text))


_NAME = re.compile(
    r"\b[A-Z][\w'\u2019-]+(?:\s+(?:[A-Z]\.|[A-Z][\w'\u2019-]+|de|van|von|der|la|bin|al)){0,3}\s+[A-Z][\w'\u2019-]+"
)
_REFERENCE = re.compile(
    r"\b10\.\d{4,9}/[^\s\"<>]+|https?://[^\s\"<>)\]]+|\bwww\.[^\s\"<>)\]]+"
    r"|\barxiv(?:\.org)?[:./ ]+(?:abs/)?\d{4}\.\d{4,5}",
    re.IGNORECASE,
)
_ARXIV = re.compile(r"arxiv.*?(\d{4}\.\d{4,5})")


def people_named(text: str, asked: str) -> tuple[str, ...]:
    """Two or more words with capitals side by side that do not stand in the question: names, mostly, and the beginnings
    of sentences are not among them unless two words have capitals."""
    return tuple(dict.fromkeys(name for name in _NAME.findall(text) if name.lower() not in asked.lower()))


def num_references(text: str) -> int:
    """Different DOIs, arXiv numbers (also in addresses) and web addresses."""
    found = {one.lower().rstrip(".,;") for one in _REFERENCE.findall(text)}
    return len({match[1] if (match := _ARXIV.search(one)) else one for one in found})


HEDGES = (
    "perhaps", "maybe", "possibly", "probably", "might", "may", "could", "likely", "unlikely", "seems", "seem",
    "appears", "appear", "somewhat", "generally", "usually", "often", "sometimes", "typically", "in some cases",
    "it depends", "i think", "i believe", "as far as i know", "it is important to note", "not necessarily",
    "to some extent",
)  # fmt: skip
"""Words and phrases that make a statement less certain."""
POLITE = (
    "please", "thank you", "thanks", "sorry", "apologize", "apologise", "apologies", "happy to", "glad to", "feel free",
    "of course", "certainly", "you're welcome", "great question", "i appreciate", "i understand", "let me know",
    "i hope this helps", "kindly",
)  # fmt: skip
"""Words and phrases of courtesy."""


def phrases_in(text: str, phrases: Sequence[str]) -> int:
    """How often these words and phrases stand in a text, as whole words."""
    words = " ".join(re.findall(r"[a-z0-9']+", text.lower().replace("\u2019", "'")))
    return sum(len(re.findall(rf"(?<![\w']){re.escape(phrase)}(?![\w'])", words)) for phrase in phrases)


def per_hundred_words(text: str, phrases: Sequence[str]) -> float:
    """The same for every hundred words of the text; 0 of a text without words."""
    num_words = len(text.split())
    return 100 * phrases_in(text, phrases) / num_words if num_words else 0.0


_TURN = re.compile(r"(?:^|\n)\s*(?:human|user|question|q)\s*:", re.IGNORECASE)


def goes_on(prompt: str, response: str) -> bool:
    """Whether a text goes on with the user's words instead of answering them.

    It does where it writes a turn of the user's (`Human:`, `User:`, `Q:` at the beginning of a line), where it begins
    with a sign that ends or joins a clause or with a small letter after a prompt that does not end its sentence, or
    where its first eight words stand in the prompt.
    """
    text = response.strip()
    if _TURN.search(response):
        return True
    if text[:1] in set(",;:.?!)]"):
        return True
    if text[:1].islower() and prompt.strip()[-1:].isalnum():
        return True
    opening = normalised(" ".join(text.split()[:8]))
    return len(opening.split()) >= 6 and opening in normalised(prompt)
