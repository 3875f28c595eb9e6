"""The checks that need no model. Each takes a constitution and where its parts stand, and yields problems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches
from itertools import combinations, pairwise

from solon.constitution.lint.problem import Kind, Lines, Problem
from solon.constitution.lint.words import content_words, demands, says_what_to_do, vague_terms, words_of
from solon.constitution.schema import Constitution, PrincipleEntry, Use

NEAR = 0.75
"""Principles that share at least this part of their words (of both together) are near-duplicates."""
LEAST_SHARE = 1e-4
"""A principle that is drawn less often than this is as good as not there."""
_LOOKS_LIKE = 0.84


def requests(constitution: Constitution, lines: Lines) -> Iterator[Problem]:
    """Principles that cannot be drawn for critiques, or not for comparisons."""
    lacks = {"critique": "no critique_request and revision_request", "comparison": "no comparison"}
    for index, principle in enumerate(constitution.principles):
        for use, lack in lacks.items():
            if not principle.serves("critique" if use == "critique" else "comparison"):
                yield _of(index, principle.id, lines, "missing-request", f"{lack}: it is never drawn for a {use}")


def duplicates(constitution: Constitution, lines: Lines) -> Iterator[Problem]:
    """Principles that say the same as an earlier one, or nearly.

    A written `text` is compared as a set of words; principles without one, which are lists of clauses, as the pairs of
    neighbouring words that models read, for they may well list the same things in other words.
    """
    written = [_words_of_text(entry) for entry in constitution.entries]
    read = [_pairs_of_words(principle.critique_request, principle.comparison) for principle in constitution.principles]
    for (i, first), (j, second) in combinations(enumerate(constitution.principles), 2):
        if first.hash == second.hash or (written[i] and written[i] == written[j] and first.text == second.text):
            message = f"says the same as `{first.id}`: delete one, and give the other its weight"
            yield _of(j, second.id, lines, "duplicate", message)._replace(severity="error")
            continue
        both = written[i] and written[j]
        share = _overlap(written[i], written[j]) if both else _overlap(read[i], read[j])
        if share >= NEAR:
            message = f"shares {share:.0%} of its words with `{first.id}` (from {NEAR:.0%} on it is told)"
            yield _of(j, second.id, lines, "near-duplicate", message)


def wording(constitution: Constitution, lines: Lines) -> Iterator[Problem]:
    """Texts that nobody could check an answer against: vague, without any behaviour, or several demands in one.

    A principle without `text` is a list of clauses, which are things and not sentences: they are read for vague terms.
    """
    for index, entry in enumerate(constitution.entries):
        for text in [entry.text] if entry.text else [clause.text for clause in entry.clauses]:
            for term in vague_terms(text):
                message = f"`{term}` is read differently by different people: say what can be seen in an answer"
                yield _of(index, entry.id, lines, "vague", message, "text")
        if not entry.text:
            continue
        if not says_what_to_do(entry.text):
            yield _of(index, entry.id, lines, "no-behaviour", "no verb says what an answer does or does not do", "text")
        if len(asked := demands(entry.text)) > 1:
            told = "; ".join(f"`{part[:40]}`" for part in asked[:3])
            message = f"{len(asked)} demands in one ({told}): a label would not tell which; split it, or use clauses"
            yield _of(index, entry.id, lines, "several-demands", message, "text")


def examples(constitution: Constitution, lines: Lines) -> Iterator[Problem]:
    """Few-shot examples that are missing, one-sided, or about wording that is gone.

    A constitution with its own `judge_prompt` speaks to models that learned its form, so it may go without examples.
    """
    given = constitution.examples
    trained = constitution.judge_prompt is not None
    uses: dict[str, tuple[Use, bool]] = {
        "critiques": ("critique", bool(given.critiques)),
        "comparisons": ("comparison", bool(given.comparisons)),
    }
    for name, (use, there) in uses.items():
        if not there and not trained and any(one.serves(use) for one in constitution.principles):
            message = f"no few-shot {name}: a model that never saw the form confuses its parts; give two or more"
            yield Problem(lines.line(("examples",)), None, "no-examples", "warning", message)
    if given.critiques and all(example.revision is not None for example in given.critiques):
        message = f"every critique ends in a revision: show one that ends in `{_phrase(constitution)}`"
        yield Problem(lines.line(("examples", "critiques")), None, "no-unchanged-example", "warning", message)
    for name in ("critiques", "comparisons"):
        for index, example in enumerate(getattr(given, name)):
            for field in ("critique_request", "revision_request", "comparison"):
                wanted = getattr(example, field, None)
                if wanted is not None and wanted not in {getattr(one, field) for one in constitution.principles}:
                    place = ("examples", name, index, field)
                    message = f"no principle has this {field} any more: take the present wording, or leave it out"
                    yield Problem(lines.line(place), None, "stale-example", "warning", message)


def weights(constitution: Constitution, lines: Lines) -> Iterator[Problem]:
    """Principles whose weight is nothing beside that of the others."""
    uses: tuple[Use, ...] = ("critique", "comparison")
    for use in uses:
        total = sum(one.weight for one in constitution.principles if one.serves(use))
        for index, one in enumerate(constitution.principles):
            if one.serves(use) and one.weight / total < LEAST_SHARE:
                message = f"weight {one.weight:g} of {total:g}: drawn for fewer than 1 {use} in {1 / LEAST_SHARE:,.0f}"
                yield _of(index, one.id, lines, "weight", message, "weight")._replace(severity="error")


def tags(constitution: Constitution, lines: Lines) -> Iterator[Problem]:
    """Tags that stand once only: where one looks like another, or where most tags stand more than once."""
    places: list[tuple[str, int, tuple[str | int, ...]]] = []
    for index, entry in enumerate(constitution.entries):
        places += [(tag, index, ("principles", index, "tags")) for tag in entry.tags]
        for number, clause in enumerate(entry.clauses):
            places += [(tag, index, ("principles", index, "clauses", number)) for tag in clause.tags]
    uses = Counter(tag for tag, _, _ in places)
    most = sum(count > 1 for count in uses.values()) > len(uses) / 2
    for tag, index, place in places:
        like = get_close_matches(tag, uses.keys() - {tag}, 1, _LOOKS_LIKE)
        if uses[tag] == 1 and (most or like):
            hint = f"; did you mean `{like[0]}`?" if like else ""
            message = f"tag `{tag}` stands nowhere else{hint}"
            yield Problem(lines.line(place), constitution.entries[index].id, "tag", "warning", message)


def _of(index: int, name: str, lines: Lines, kind: Kind, message: str, *field: str) -> Problem:
    """A warning about a principle, at one of its fields or where it begins."""
    return Problem(lines.line(("principles", index, *field)), name, kind, "warning", message)


def _phrase(constitution: Constitution) -> str:
    return constitution.no_change[0] if constitution.no_change else "no change needed"


def _words_of_text(entry: PrincipleEntry) -> frozenset[str]:
    return content_words(entry.text) | {
        word for clause in entry.clauses if entry.text for word in words_of(clause.text)
    }


def _pairs_of_words(*texts: str) -> frozenset[str]:
    listed = [words_of(text) for text in texts]
    return frozenset(" ".join(pair) for words in listed for pair in pairwise(words))


def _overlap(first: frozenset[str], second: frozenset[str]) -> float:
    return len(first & second) / len(first | second) if first or second else 0.0
