"""A file of people's judgements as cases for a judge, whatever its format: pairs, scores, classes, or right options."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from statistics import median_low
from typing import TypeVar

from solon.data.load import load, stem
from solon.data.quarantine import QuarantineWriter, RowCounts, Unusable
from solon.errors import InputError
from solon.judges.formats.classes import REFUSAL_CLASSES
from solon.judges.labelled import LabelledChoice, LabelledPair, LabelledResponse, LabelledSet, Truth
from solon.judges.options import split_options
from solon.judges.reading import PairCase, ResponseCase
from solon.judges.recorded_rubrics import rubric_of
from solon.records import LabelledResponse as LabelledRecord
from solon.records import Prompt, Ranking, Record
from solon.seeds import generator

CATEGORY_LABELS = ("category", "scenario", "source", "motivation_app", "type", "capability", "subset")
"""Labels of a prompt that say what kind it is; the first that it has is taken."""
SCORE_LABELS = ("score", "human_score")
PEOPLES_CLASS = "final_label"
"""Of XSTest's raters the one whose label holds."""

T = TypeVar("T")


def read_labelled(path: Path, quarantine: QuarantineWriter, *, seed: int, limit: int | None = None) -> LabelledSet:
    """The cases of a file. What one row says by several raters is one case: the majority, or the median score.

    Which response is A is drawn by seed and row: some files list the better one first.

    Args:
        limit: of so many usable rows.

    Raises:
        InputError: the file cannot be read, or holds no judgements of these kinds.
    """
    rows = groupby(load(path, quarantine, limit=limit), key=lambda loaded: loaded.line)
    of_rows = [(line, [loaded.record for loaded in group]) for line, group in rows]
    if pairs := _cases(path, of_rows, _pair, quarantine, seed):
        return LabelledSet(pairs, [], [])
    if responses := _cases(path, of_rows, _response, quarantine, seed):
        return LabelledSet([], responses, [])
    if choices := _cases(path, of_rows, _choice, quarantine, seed):
        return LabelledSet([], [], choices)
    reason = quarantine.first_reason.get(path, "no row holds one")
    raise InputError.at(
        path,
        None,
        f"no pairs, scores, classes or right options to test a judge on: {reason}. docs/judges.md lists sets",
    )


def _cases(
    path: Path,
    rows: Iterable[tuple[int, Sequence[Record]]],
    read: Callable[[Sequence[Record], str, str, int], T | None],
    quarantine: QuarantineWriter,
    seed: int,
) -> list[T]:
    """What `read` makes of each row; where it finds anything at all, rows without a case are set aside."""
    name = stem(path)
    found: list[T] = []
    aside: list[tuple[int, str, Sequence[Record]]] = []
    for line, records in rows:
        try:
            case = read(records, f"{name}:{line}", name, seed)
        except Unusable as problem:
            aside.append((line, str(problem), records))
            continue
        if case is None:
            aside.append((line, "the row holds no judgement of the kind that the others do", records))
        else:
            found.append(case)
    if found:
        for line, reason, records in aside:
            quarantine.put(path, line, reason, json.loads(records[0].model_dump_json()))
        quarantine.close()
        before = quarantine.counts[path]
        quarantine.counts[path] = RowCounts(before.rows_in, before.used - len(aside), before.quarantined + len(aside))
    return found


def _pair(records: Sequence[Record], row: str, name: str, seed: int) -> LabelledPair | None:
    rankings = [one for one in records if isinstance(one, Ranking) and len(one.responses) == 2]
    if not rankings:
        return None
    first = rankings[0]
    if any(one.responses != first.responses or one.prompt.id != first.prompt.id for one in rankings):
        raise Unusable("the row judges several pairs")
    if first.responses[0] == first.responses[1]:
        raise Unusable("both responses are the same")
    swap = bool(generator(seed, "which is A", row).random() < 0.5)
    truth = _majority([_truth(one.ranks) for one in rankings])
    texts = first.responses[::-1] if swap else first.responses
    names = _generators(first.prompt.labels)
    if names and swap:
        names = names[1], names[0]
    case = PairCase(row, first.prompt.shown, texts[0], texts[1], first.prompt.labels.get("reference", ""))
    turned: Mapping[Truth, Truth] = {"a": "b", "b": "a", "tie": "tie"}
    return LabelledPair(
        case,
        turned[truth] if swap else truth,
        _category(first.prompt, name),
        first.prompt.id,
        names,
    )


def _response(records: Sequence[Record], row: str, name: str, seed: int) -> LabelledResponse | None:
    labelled = [one for one in records if isinstance(one, LabelledRecord)]
    if not labelled:
        return None
    first = labelled[0]
    truth: float | str | None = None
    scores = [_score(one.labels) for one in labelled]
    if numbers := [score for score in scores if score is not None]:
        truth = median_low(numbers)
    for one in labelled:
        if one.rater == PEOPLES_CLASS and one.labels.get("refusal") in REFUSAL_CLASSES:
            truth = str(one.labels["refusal"])
    if truth is None:
        return None
    rubric, reference = rubric_of(first.prompt.labels)
    case = ResponseCase(row, first.prompt.shown, first.text, reference, rubric)
    return LabelledResponse(case, truth, _category(first.prompt, name), first.prompt.id)


def _choice(records: Sequence[Record], row: str, name: str, seed: int) -> LabelledChoice | None:
    prompts = [one for one in records if isinstance(one, Prompt) and "corrects" in one.labels]
    if not prompts:
        return None
    found = split_options(prompts[0].messages[-1].content, row)
    right = json.loads(prompts[0].labels["corrects"])
    letters = [f" ({letter})" for letter in "ABCDEFGHIJ"[: len(found.options)]]
    if len(right) != 1 or right[0] not in letters:
        raise Unusable(f"the right options are {right}, not one of {letters}")
    truth = letters.index(right[0])
    category = _category(prompts[0], "") or found.options[truth]
    return LabelledChoice(found, truth, category, prompts[0].id)


def _truth(ranks: Sequence[int]) -> Truth:
    return "tie" if ranks[0] == ranks[1] else "a" if ranks[0] < ranks[1] else "b"


def _majority(said: Sequence[Truth]) -> Truth:
    best, votes = Counter(said).most_common(1)[0]
    if 2 * votes <= len(said):
        raise Unusable(f"the raters do not agree: {', '.join(said)}")
    return best


def _generators(labels: Mapping[str, str]) -> tuple[str, str] | None:
    """Who wrote the responses: two fields, or PandaLM's `cmp_key`, which joins the two names in their order."""
    if "model_a" in labels and "model_b" in labels:
        return labels["model_a"], labels["model_b"]
    names = labels.get("cmp_key", "").split("_")
    return (names[0], names[1]) if len(names) == 2 and all(names) else None


def _score(labels: Mapping[str, bool | int | float | str]) -> float | None:
    for field in SCORE_LABELS:
        value = labels.get(field)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    return None


def _category(prompt: Prompt, default: str) -> str:
    return next((prompt.labels[field] for field in CATEGORY_LABELS if prompt.labels.get(field)), default)
