"""Words of principles: which of them carry meaning, which demand something, which cannot be checked."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")

_STOP_WORDS = """
a about above after against all also although an and another any are as at be because been before being below
between both but by can cannot could did do does doing don't down during each either else even every for from further
had has have having he her here hers him his how i if in into is isn't it it's its just let like may me might more most
must my neither never no nor not of off on once one only or other others our out over own per quite rather same shall
she should so some such than that the their them then there these they this those through to too under until up upon
us very was we were what when where whether which while who whom whose why will with within without would you your
yours
ai answer answers assistant assistant's assistants chatbot model model's models reply replies response responses user
user's users"""
"""Words without a subject of their own, and those that any principle for an assistant may use."""

VAGUE = (
    "acceptable", "adequate", "adequately", "appropriate", "appropriately", "as appropriate", "as far as possible",
    "as much as possible", "as needed", "as possible", "as required", "bad", "best", "better", "decent", "etc",
    "good", "if necessary", "if needed", "if possible", "inappropriate", "nice", "nicely", "proper", "properly",
    "quality", "reasonable", "reasonably", "sensible", "sensibly", "suitable", "suitably", "well-rounded",
    "when necessary", "when possible", "where necessary", "where possible",
)  # fmt: skip
"""Terms that two readers of one answer would read in two ways."""

_VERBS_OF_BEHAVIOUR = """
accept accuse acknowledge act add address admit advise agree aim allow answer apologise apologize argue ask
assert assist assume attribute avoid balance be begin belittle blame break bring call challenge change check choose cite
claim clarify comfort compare complete comply conceal condone confirm consider contain continue correct criticise
criticize decline defend demand demean deny describe detail direct disclose discourage discriminate discuss distinguish
do encourage end endorse engage ensure exaggerate exclude explain express facilitate fake favour favor flag flatter
follow generate give glorify guess harass help hide hint identify ignore impersonate imply include inform insist insult
intimidate introduce invent invite judge keep lead leave lecture lie limit list make manipulate mark meet mention
mislead mock moralise moralize name note object obey offer omit order own pass persuade plan point praise predict
present pretend prevent prioritise prioritize produce promise promote propose protect prove provide push put quote raise
read recite recognise recognize recommend refer refrain refuse reject remain remind remove repeat reply report request
resist respect respond return reveal rewrite say send separate share shame show sign speak spread state stay steer
stereotype stick stop store suggest summarise summarize support take talk teach tell think threaten translate treat try
turn urge use verify volunteer wait warn weigh withhold work write"""
"""What an answer can be seen to do, base forms."""

_MODAL = re.compile(
    r"\b(should|must|shall|ought to|never|always|do not|don['\u2019]t|does not|may not|may only|can only|cannot|"
    r"can['\u2019]t|has to|have to|needs to|is to|are to)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?:;])\s+")
_JOINT = re.compile(r"(,\s+(?:and\s+|but\s+)?|\s+(?:and|but)\s+)", re.IGNORECASE)
_FORBIDS = re.compile(r"\b(not|never|cannot|[a-z]+n['\u2019]t)\b", re.IGNORECASE)
_LEADING = re.compile(
    r"^(?:(?:please|also|then|instead|first|always|never|do not|don['\u2019]t|not)\s+)+", re.IGNORECASE
)
_STOP = frozenset(_STOP_WORDS.split())
_VERBS = frozenset(_VERBS_OF_BEHAVIOUR.split())


def words_of(text: str) -> list[str]:
    """All words in lower case, in order."""
    return [word.casefold().replace("\u2019", "'") for word in _WORD.findall(text)]


def content_words(text: str) -> frozenset[str]:
    """The words that carry what a text is about, without their endings."""
    return frozenset(_stem(word) for word in words_of(text) if word not in _STOP and len(word) > 1)


def vague_terms(text: str) -> list[str]:
    """Terms of the list that stand in a text, each once; a longer term hides the shorter ones within it."""
    found: list[str] = []
    rest = " " + " ".join(words_of(text.replace("well-rounded", "wellrounded"))) + " "
    for term in sorted(VAGUE, key=len, reverse=True):
        sought = f" {term.replace('-', '')} "
        if sought in rest:
            found.append(term)
            rest = rest.replace(sought, "  ")
    return sorted(found)


def says_what_to_do(text: str) -> bool:
    """Whether a text has a verb that an answer can be seen to do, or says that something must or must not be."""
    return bool(_MODAL.search(text)) or any(base in _VERBS for word in words_of(text) for base in _bases(word))


def demands(text: str) -> list[str]:
    """The parts of a text that each ask for something of their own.

    A part is what sentences, semicolons, `and`, `but` and commas set apart; it demands something where it has a word
    such as must, should or never, or begins with a verb of behaviour. Things joined by `or` are one demand.
    """
    found = []
    for sentence in _SENTENCE.split(text):
        parts = _JOINT.split(sentence)
        for part, joint in zip(parts[::2], ["", *parts[1::2]], strict=True):
            words = words_of(_LEADING.sub("", part.strip()))
            # `Do not shout, mock or threaten` goes on with what it forbids; single words are often things.
            listed = joint.strip() == "," and bool(_FORBIDS.search(parts[0]))
            begins = bool(words) and words[0] in _VERBS and (not joint or (len(words) > 2 and not listed))
            if begins or _MODAL.search(part):
                found.append(part.strip())
    return found


def _stem(word: str) -> str:
    for ending in ("'s", "ingly", "ing", "ies", "ed", "ly", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending).removesuffix("e")
    return word.removesuffix("e") if len(word) > 3 else word


def _bases(word: str) -> tuple[str, ...]:
    """The base forms that a word may be an inflection of."""
    found = [word]
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending):
            stem = word.removesuffix(ending)
            found += [stem, stem + "e", stem[:-1]]  # saying; giving; stopping
    if word.endswith("ies"):
        found.append(word.removesuffix("ies") + "y")
    return tuple(found)
