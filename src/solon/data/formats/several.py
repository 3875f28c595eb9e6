"""Several answers to one prompt: with scores (UltraFeedback), without, and the six preferences of QA-feedback."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from solon.data.fields import (
    as_text,
    id_of,
    labelled_response,
    labels_of,
    list_of,
    object_of,
    optional_text,
    other_labels,
    prompt_of,
    ranking_of,
    ranks_of_scores,
    source_of,
    text_of,
)
from solon.data.formats.format import Format, has
from solon.data.quarantine import Unusable
from solon.records import Prompt, Record, Response

_OVERALL = ("overall_score", "fine-grained_score", "score")
_ASKED = ("instruction", "prompt", "question")
_TEXT = ("response", "completion", "text", "output")


def read_completions(row: dict[str, Any], name: str) -> Sequence[Record]:
    """A row `{instruction | prompt, completions: [{model, response | completion, overall_score?, annotations?}]}`.

    Scored completions are a ranking by overall score, where equal scores tie, and each a labelled response with all
    that was said of it; completions without a score are sampled responses.
    """
    asked = next((field for field in _ASKED if field in row), _ASKED[0])
    prompt = prompt_of(text_of(row, asked), other_labels(row, "id", asked, "completions"))
    told = list_of(row, "completions", dict)
    texts = [_text(one, number) for number, one in enumerate(told, start=1)]
    own = id_of(row, name)
    scores = [next((one[field] for field in _OVERALL if _is_number(one.get(field))), None) for one in told]
    if all(score is None for score in scores):
        samplers = [optional_text(one, "model") or source_of(name) for one in told]
        return [
            Response(id=f"{own}/{number}", prompt=prompt, text=text, sampler=sampler)
            for number, (text, sampler) in enumerate(zip(texts, samplers, strict=True))
        ]
    rater = optional_text(row, "annotator") or "scores"
    found: list[Record] = []
    scored = [(text, float(score)) for text, score in zip(texts, scores, strict=True) if score is not None]
    if len(scored) > 1:
        found.append(ranking_of(own, prompt, [t for t, _ in scored], ranks_of_scores([s for _, s in scored]), rater))
    for number, (one, text) in enumerate(zip(told, texts, strict=True)):
        labels = {field: value for field, value in one.items() if field not in _TEXT}
        found.append(labelled_response(f"{own}/{number}", prompt, text, labels, rater))
    return found


def read_qa_feedback(row: dict[str, Any], name: str) -> Sequence[Record]:
    """A row `{question, passages, prediction 1 ... 4, preference, feedback}` of Fine-grained RLHF.

    `preference` judges the pairs (1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4): 1 the first, 2 the second, 0 a tie.
    Where the six agree with one order they are a ranking of four; else six rankings of two, so that no verdict is
    changed. The marked errors, all of prediction 1, label it.
    """
    texts = [text_of(row, f"prediction {number}") for number in (1, 2, 3, 4)]
    prompt = prompt_of(f"{_passages(row)}\n\n{text_of(row, 'question')}", labels_of(row, "gold"))
    verdicts = list_of(row, "preference", int)
    pairs = list(combinations(range(4), 2))
    if len(verdicts) != len(pairs) or not set(verdicts) <= {0, 1, 2}:
        raise Unusable("`preference` is not six verdicts of 0, 1 or 2")
    wins = [0, 0, 0, 0]
    for (first, second), verdict in zip(pairs, verdicts, strict=True):
        wins[first] += (verdict == 1) - (verdict == 2)
        wins[second] += (verdict == 2) - (verdict == 1)
    ranks = ranks_of_scores(wins)
    implied = [0 if ranks[a] == ranks[b] else 1 if ranks[a] < ranks[b] else 2 for a, b in pairs]
    found: list[Record] = []
    if implied == verdicts:
        found.append(ranking_of(name, prompt, texts, ranks))
    else:
        for (first, second), verdict in zip(pairs, verdicts, strict=True):
            of_two = ((0, 0), (0, 1), (1, 0))[verdict]
            found.append(ranking_of(f"{name}/{first + 1}-{second + 1}", prompt, [texts[first], texts[second]], of_two))
    if row.get("feedback"):
        found.append(labelled_response(name, prompt, texts[0], object_of(row, "feedback"), "people"))
    return found


def read_summary(row: dict[str, Any], name: str) -> Sequence[Response]:
    """A row `{context, sample, model_type, ref_text}`: a sampled answer, its reference as a label of the prompt."""
    prompt: Prompt = prompt_of(text_of(row, "context"), labels_of(row, "ref_text"))
    sampler = optional_text(row, "model_type") or source_of(name)
    return (Response(id=name, prompt=prompt, text=optional_text(row, "sample"), sampler=sampler),)


def _passages(row: dict[str, Any]) -> str:
    passages = list_of(row, "passages", list)
    if not all(isinstance(sentence, str) for passage in passages for sentence in passage):
        raise Unusable("`passages` are not lists of sentences")
    return "\n\n".join("\n".join(passage) for passage in passages)


def _text(completion: dict[str, Any], number: int) -> str:
    text = next((completion[field] for field in _TEXT if field in completion), None)
    if not isinstance(text, str):
        raise Unusable(f"completion {number} has no text but {as_text(text)[:40]}")
    return text


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


SEVERAL = (
    Format("completions", "`completions`: a list of objects",
           "with scores a ranking and labelled responses; without, responses", "nothing",
           lambda row: isinstance(row.get("completions"), list), read_completions),
    Format("qa-feedback", "`prediction 1`, `preference`",
           "ranking of four where the six preferences agree, else six of two; labelled response", "nothing",
           has("question", "prediction 1", "preference"), read_qa_feedback),
    Format("summaries", "`context`, `sample`, `model_type`", "response", "the written index",
           has("context", "sample", "model_type"), read_summary),
)  # fmt: skip
