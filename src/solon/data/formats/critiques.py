"""Critiques of answers whose question and answer stand inside other fields or texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from solon.data.fields import (
    answered,
    id_of,
    labelled_response,
    list_of,
    object_of,
    other_labels,
    prompt_of,
    source_of,
    text_of,
)
from solon.data.formats.format import Format, has
from solon.data.quarantine import Unusable
from solon.records import Demonstration, LabelledResponse

_AUTO_J = re.compile(r"\[Query\]: (?P<asked>.*?)\n\*\*\*\n\[Response\]: (?P<text>.*?)\n\*\*\*\n\[END DATA\]", re.DOTALL)
_PROMETHEUS = re.compile(
    r"###The instruction to evaluate:\n(?P<asked>.*?)\n+###Response to evaluate:\n(?P<text>.*?)\n+###(?P<rest>.*)\Z",
    re.DOTALL,
)


def read_critiques(row: dict[str, Any], name: str) -> Sequence[LabelledResponse]:
    """A row `{prompt, response, critiques: {CRITIC: text}}` of Auto-J: one labelled response for each critic."""
    prompt = prompt_of(text_of(row, "prompt"), other_labels(row, "prompt", "response", "critiques"))
    critiques = object_of(row, "critiques")
    if not critiques:
        raise Unusable("`critiques` is empty")
    text = text_of(row, "response")
    return [
        labelled_response(f"{name}/{critic}", prompt, text, {"critique": critique}, critic)
        for critic, critique in critiques.items()
    ]


def read_judge_training(row: dict[str, Any], name: str) -> Sequence[LabelledResponse | Demonstration]:
    """A row `{usrmsg, target_output, pred_score}` of Auto-J: the judge's answer to imitate, and the answer it rates."""
    asked, output = text_of(row, "usrmsg"), text_of(row, "target_output")
    messages = answered(prompt_of(asked).messages, output)
    shown = Demonstration(id=name, messages=messages, source=source_of(name), train_on="last")
    found = _AUTO_J.search(asked)
    if found is None:
        return (shown,)
    prompt = prompt_of(_not_empty(found["asked"]), other_labels(row, "usrmsg", "target_output", "pred_score"))
    said = {"pred_score": row.get("pred_score"), "critique": output}
    return (shown, labelled_response(name, prompt, found["text"], said, "gpt-4"))


def read_prometheus(row: dict[str, Any], name: str) -> Sequence[LabelledResponse]:
    """A row `{instruction, gpt4_score, gpt4_feedback}` of Prometheus: a labelled response for each score.

    Question and answer stand in the instruction; what follows them there, the rubric, labels the prompt.
    """
    found = _PROMETHEUS.search(text_of(row, "instruction"))
    if found is None:
        raise Unusable("the instruction holds no instruction and response to evaluate")
    labels = other_labels(row, "instruction", "gpt4_score", "gpt4_feedback") | {"rubric": found["rest"].strip()}
    prompt = prompt_of(_not_empty(found["asked"]), labels)
    scores, feedbacks = list_of(row, "gpt4_score", int), list_of(row, "gpt4_feedback", str)
    if len(scores) != len(feedbacks):
        raise Unusable(f"{len(scores)} scores and {len(feedbacks)} feedbacks")
    return [
        labelled_response(f"{name}/{k}", prompt, found["text"], {"score": score, "feedback": feedback}, "gpt-4")
        for k, (score, feedback) in enumerate(zip(scores, feedbacks, strict=True))
    ]


def read_shepherd_raw(row: dict[str, Any], name: str) -> Sequence[LabelledResponse]:
    """A raw row of Shepherd's annotation tool: its questions as names of labels, the chosen categories as values."""
    metadata = object_of(row, "metadata")
    prompt = prompt_of(text_of(metadata, "context"), other_labels(metadata, "context", "output_candidate"))
    jobs = object_of(object_of(row, "latestLabel"), "jsonResponse")
    said: dict[str, Any] = {}
    for key, job in jobs.items():
        if not isinstance(job, dict):
            raise Unusable(f"`{key}` of the annotation is no object")
        said[str(job.get("jobName") or key)] = _chosen(job)
    text = text_of(metadata, "output_candidate")
    return (labelled_response(id_of(row, name), prompt, text, said, "people"),)


def _chosen(job: dict[str, Any]) -> Any:
    """The names of the categories with what was written to them; else the job's text, else the job."""
    categories = job.get("categories")
    if not isinstance(categories, list) or not all(isinstance(one, dict) for one in categories):
        return job.get("text", job)
    return "; ".join(f"{one.get('categoryName') or one.get('name')}{_written(one)}" for one in categories)


def _written(category: dict[str, Any]) -> str:
    children = category.get("children")
    told = children.values() if isinstance(children, dict) else ()
    texts = [child["text"] for child in told if isinstance(child, dict) and isinstance(child.get("text"), str)]
    return f": {' '.join(texts)}" if texts else ""


def _not_empty(text: str) -> str:
    if not text.strip():
        raise Unusable("the question inside the text is empty")
    return text


CRITIQUES = (
    Format("auto-j-critiques", "`prompt`, `response`, `critiques`", "a labelled response for each critic", "nothing",
           has("prompt", "response", "critiques"), read_critiques),
    Format("auto-j-training", "`usrmsg`, `target_output`", "demonstration of the judge; labelled response", "nothing",
           has("usrmsg", "target_output"), read_judge_training),
    Format("prometheus", "`instruction`, `gpt4_score`", "a labelled response for each score", "the judge's task text",
           has("instruction", "gpt4_score"), read_prometheus),
    Format("shepherd-raw", "`latestLabel`, `metadata`", "labelled response", "confidences",
           has("latestLabel", "metadata"), read_shepherd_raw),
)  # fmt: skip
