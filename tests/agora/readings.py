"""Reads wordings and subjects back from texts, for tests of what is held out."""

import re
from collections.abc import Iterable

from solon.agora import lexicon, wordings

UNSEEN_ACTIONS = tuple(action for action in lexicon.LABEL_OF if action in lexicon.UNSEEN_ACTIONS)
UNSEEN_PEOPLE = lexicon.persons(
    tuple(family for (_, unseen), families in lexicon.FAMILIES.items() if unseen for family in families)
)
UNSEEN_WORDS = {action.split()[0] for action in UNSEEN_ACTIONS} - {
    action.split()[0] for action in lexicon.LABEL_OF if action not in lexicon.UNSEEN_ACTIONS
} | {person.split()[-1] for person in UNSEEN_PEOPLE}  # fmt: skip
"""Verbs and families that the base text alone has."""

ONCE_SEEN = (
    *wordings.ACTION,
    *(form for forms in wordings.FACT.values() for form in forms),
    *(way for told in lexicon.NEEDS.values() for way in told.ways),
    *wordings.FOLLOW_UP,
    *wordings.PRESSURE,
)
NEVER_SEEN = (
    *wordings.ACTION_UNSEEN,
    *(form for forms in wordings.FACT_UNSEEN.values() for form in forms),
    *(way for told in lexicon.NEEDS.values() for way in told.unseen_ways),
    *wordings.FOLLOW_UP_UNSEEN,
    *wordings.PRESSURE_UNSEEN,
)
_OPENINGS = "|".join(re.escape(opening) for opening in (*wordings.FRAMES, *wordings.CONTEXTS.values()) if opening)


def reader(templates: Iterable[str]) -> re.Pattern[str]:
    """Finds a wording of these, whatever it is filled with."""
    forms = [re.escape(form).replace(re.escape("{x}"), "[a-z ]+?") for form in templates]
    return re.compile(rf"(?:{_OPENINGS})?(?:{'|'.join(forms)})")


SEEN_WORDING, UNSEEN_WORDING = reader(ONCE_SEEN), reader(NEVER_SEEN)
UNSEEN_WORD = re.compile(rf"\b(?:{'|'.join(sorted(UNSEEN_WORDS))})\b")
UNSEEN_SUBJECT = re.compile(rf"\b(?:{'|'.join((*UNSEEN_ACTIONS, *UNSEEN_PEOPLE))})\b")
