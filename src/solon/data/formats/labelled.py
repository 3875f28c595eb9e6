"""One answer and what was said of it: unpaired feedback, scores, critiques, kinds of refusal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from solon.data.conversations import messages_of
from solon.data.fields import (
    as_prompt,
    ends_with_a_question,
    id_of,
    labelled_response,
    labels_of,
    list_of,
    object_of,
    optional_text,
    other_labels,
    prompt_of,
    text_of,
)
from solon.data.formats.format import Format, has
from solon.data.images import IMAGE_FIELDS, with_images
from solon.data.quarantine import Unusable
from solon.data.tools import tools_of
from solon.records import LabelledResponse

_TRUTH = re.compile(r"Q: (?P<asked>.*)\nA: (?P<text>.*)\n(?P<said>True|Helpful):\s*\Z", re.DOTALL)


def read_kto(row: dict[str, Any], name: str) -> Sequence[LabelledResponse]:
    """A row `{messages, label}` or `{prompt, completion, label}`, where `label` says whether the answer is wanted."""
    label = row.get("label")
    if not isinstance(label, bool):
        raise Unusable(f"`label` is {label!r}, not true or false")
    if "messages" in row:
        *before, last = messages_of(row)
        if last.role != "assistant":
            raise Unusable("the conversation does not end with an assistant turn, so there is no answer to label")
        messages, text = tuple(before), last.content
    else:
        completion = row.get("completion")
        messages = as_prompt(row.get("prompt"), "prompt")
        text = _said(row, "completion") if isinstance(completion, list) else optional_text(row, "completion")
    labels = other_labels(row, "id", "messages", "prompt", "completion", "label", "tools", "functions")
    prompt = prompt_of(ends_with_a_question(messages), labels, tools_of(row))
    return (labelled_response(id_of(row, name), prompt, text, {"label": label}, "people"),)


def read_annotated(row: dict[str, Any], name: str) -> Sequence[LabelledResponse]:
    """A row of XSTest's answers: two people's annotations, their final label, and GPT-4's, each a rater of its own."""
    raters = ("annotation_1", "annotation_2", "final_label", "gpt4_label")
    prompt = prompt_of(text_of(row, "prompt"), other_labels(row, "id", "prompt", "completion", *raters))
    text = optional_text(row, "completion")
    told = [(rater, row[rater]) for rater in raters if row.get(rater) not in (None, "")]
    if not told:
        raise Unusable("nobody has labelled this answer")
    own = id_of(row, name)
    return [labelled_response(f"{own}/{rater}", prompt, text, {"refusal": label}, rater) for rater, label in told]


def read_propositions(row: dict[str, Any], name: str) -> Sequence[LabelledResponse]:
    """A row `{prompt, completion, propositions}` of rule-based rewards: which propositions hold of the answer."""
    prompt = prompt_of(as_prompt(row.get("prompt"), "prompt"), other_labels(row, *_PROPOSITIONS, "id"))
    text = _said(row, "completion") if isinstance(row.get("completion"), list) else text_of(row, "completion")
    return (labelled_response(id_of(row, name), prompt, text, object_of(row, "propositions"), "people"),)


_PROPOSITIONS = ("prompt", "completion", "propositions")


def read_truth(row: dict[str, Any], name: str) -> Sequence[LabelledResponse]:
    """A row of TruthfulQA's judges: `Q: ... A: ... True:` (or `Helpful:`) and ` yes` or ` no`."""
    found = _TRUTH.match(text_of(row, "prompt"))
    verdict = {"yes": True, "no": False}.get(text_of(row, "completion").strip())
    if found is None or verdict is None:
        raise Unusable("not a question, an answer and a verdict of yes or no")
    label = "true" if found["said"] == "True" else "helpful"
    return (labelled_response(name, prompt_of(found["asked"]), found["text"], {label: verdict}, "people"),)


def read_answer_of_each(row: dict[str, Any], name: str) -> Sequence[LabelledResponse]:
    """A row of Do-Not-Answer: for each MODEL its `MODEL_response`, and people's `MODEL_harmful`, `MODEL_action`."""
    models = [field.removesuffix("_response") for field in row if field.endswith("_response")]
    of_models = [f"{model}_{part}" for model in models for part in ("response", "harmful", "action")]
    prompt = prompt_of(text_of(row, "question"), other_labels(row, "id", "question", *of_models))
    own = id_of(row, name)
    found = []
    for model in models:
        said = {part: row.get(f"{model}_{part}") for part in ("harmful", "action")}
        text = optional_text(row, f"{model}_response")
        if text and any(value not in (None, "") for value in said.values()):
            found.append(labelled_response(f"{own}/{model}", prompt, text, {"model": model, **said}, "people"))
    if not found:
        raise Unusable("no answer has a label")
    return found


def read_solutions(row: dict[str, Any], name: str) -> Sequence[LabelledResponse]:
    """A row `{question, ground_truth, MODEL: {solution, is_correct}, ...}` of GSM8K."""
    prompt = prompt_of(text_of(row, "question"), labels_of(row, "ground_truth"))
    found = []
    for model, told in row.items():
        if isinstance(told, dict) and "solution" in told:
            said = {"model": model, **{field: value for field, value in told.items() if field != "solution"}}
            found.append(labelled_response(f"{name}/{model}", prompt, text_of(told, "solution"), said, "ground truth"))
    if not found:
        raise Unusable("no model has a `solution`")
    return found


def read_said_of_answer(row: dict[str, Any], name: str) -> Sequence[LabelledResponse]:
    """A question, an answer, and what one rater said: Do-Not-Answer's review, Shepherd, CritiqueLLM, BiGGen."""
    asked = next((field for field in ("question", "input", "prompt") if field in row), "question")
    said_in = next((field for field in ("response", "answer", "completion") if field in row), "response")
    said = [field for field in _SAID if field in row]
    if not said:
        raise Unusable(f"nothing is said of the answer: none of {', '.join(_SAID)}")
    rater_field = "eval_model_name"
    given = as_prompt(row.get(asked), asked)
    messages = with_images(row, given)
    taken = () if messages is given else IMAGE_FIELDS
    labels = other_labels(row, "id", asked, said_in, "system_prompt", rater_field, *said, *taken)
    if system := optional_text(row, "system_prompt"):
        messages = (*messages_of({"messages": [{"role": "system", "content": system}]}), *messages)
    rater = optional_text(row, rater_field) or ("gpt-4" if "action_review" in row else "people")
    text = optional_text(row, said_in)
    return (labelled_response(id_of(row, name), prompt_of(messages, labels), text, {f: row[f] for f in said}, rater),)


_SAID = ("action", "action_review", "feedback", "human_score", "score")


def _said(row: dict[str, Any], field: str) -> str:
    """The text of an answer that is given as a list of one message."""
    messages = messages_of({field: list_of(row, field, dict)}, field)
    if len(messages) != 1 or messages[0].role != "assistant" or messages[0].tool_calls:
        raise Unusable(f"`{field}` is not one answer of an assistant in text")
    return messages[0].content


def _is_kto(row: dict[str, Any]) -> bool:
    return isinstance(row.get("label"), bool) and ("messages" in row or has("prompt", "completion")(row))


def _is_truth(row: dict[str, Any]) -> bool:
    return row.keys() == {"prompt", "completion"} and bool(
        isinstance(row["prompt"], str) and row["prompt"].startswith("Q: ") and _TRUTH.match(row["prompt"])
    )


LABELLED = (
    Format("kto", "`label` (true or false) with `messages`, or with `prompt`, `completion`", "labelled response",
           "nothing", _is_kto, read_kto),
    Format("xstest", "`prompt`, `completion`, `annotation_1`", "a labelled response for each rater", "nothing",
           has("prompt", "completion", "annotation_1"), read_annotated),
    Format("propositions", "`prompt`, `completion`, `propositions`", "labelled response", "nothing",
           has(*_PROPOSITIONS), read_propositions),
    Format("truthfulqa-judge", "`prompt` as `Q: A: True:` or `Helpful:`, `completion`", "labelled response",
           "nothing", _is_truth, read_truth),
    Format("do-not-answer", "`question`, `MODEL_response`, `MODEL_harmful`", "a labelled response for each model",
           "answers without a label",
           lambda row: "question" in row and any(str(field).endswith("_harmful") for field in row),
           read_answer_of_each),
    Format("solutions", "`question`, `ground_truth`", "a labelled response for each model", "nothing",
           lambda row: has("question", "ground_truth")(row) and any(isinstance(told, dict) for told in row.values()),
           read_solutions),
    Format("answer-feedback", "an answer with `feedback`, `score`, `human_score` or `action`", "labelled response",
           "nothing",
           lambda row: any(field in row for field in ("question", "input", "prompt"))
           and any(field in row for field in ("response", "answer", "completion"))
           and any(field in row for field in _SAID), read_said_of_answer),
)  # fmt: skip
