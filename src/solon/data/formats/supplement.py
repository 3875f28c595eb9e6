"""The supplement of Constitutional AI: evaluations, samples with scores, chains of revisions, principles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from solon.data.fields import (
    as_text,
    ends_with_a_question,
    labelled_response,
    labels_of,
    list_of,
    object_of,
    optional_text,
    other_labels,
    prompt_of,
    ranking_of,
    source_of,
    text_of,
)
from solon.data.formats.format import Format, has
from solon.data.transcripts import parse_transcript, split_pair
from solon.records import Document, Message, Prompt, Record, Response, Revision, Span

_NEXT_TURN = re.compile(r"\s*\n\n(?:Human|H)(?::.*)?\Z", re.DOTALL)


def read_evaluation(row: dict[str, Any], name: str) -> Sequence[Record]:
    """A row `{prompt, corrects, incorrects}`: the question with its right answers as labels.

    Where the two conversations stand beside it (`text_correct`, `text_incorrect`) they are a ranking too; where a
    transcript waits for the assistant, its right answers above its wrong ones are one.
    """
    right, wrong = list_of(row, "corrects", str), list_of(row, "incorrects", str)
    asked = text_of(row, "prompt")
    if "text_correct" in row:
        pair = split_pair({"chosen": row.get("text_correct"), "rejected": row.get("text_incorrect")})
        ranking = ranking_of(name, prompt_of(pair.messages), [pair.chosen, pair.rejected], [0, 1])
        return (prompt_of(asked, other_labels(row, "prompt", "text_correct", "text_incorrect")), ranking)
    if asked.startswith("\n\nHuman:") and asked.endswith("\n\nAssistant:") and not right[0].startswith(" ("):
        ranks = [0] * len(right) + [1] * len(wrong)
        return (ranking_of(name, prompt_of(_waiting(asked)), [*right, *wrong], ranks),)
    return (prompt_of(asked, other_labels(row, "prompt")),)


def read_samples(row: dict[str, Any], name: str) -> Sequence[Record]:
    """A row `{rl_prompt, sampled_answers: [{sampled_string, pm_scores}]}`: answers with their preference-model scores.

    The next turn that a sample begins at its end is left out. `comparison_model` is another model's answer.
    """
    prompt = _prompt(row)
    found = _of_other_model(row, prompt, name)
    for number, sample in enumerate(list_of(row, "sampled_answers", dict)):
        text = _NEXT_TURN.sub("", text_of(sample, "sampled_string")).strip()
        said = {f"pm_score_{k}" if k else "pm_score": one.get("pm_score")
                for k, one in enumerate(list_of(sample, "pm_scores", dict))}  # fmt: skip
        found.append(labelled_response(f"{name}/{number}", prompt, text, said, "preference model"))
    return found


def read_chain(row: dict[str, Any], name: str) -> Sequence[Record]:
    """A row `{rl_prompt, initial_response, cst: [{critique, revision}]}`: the answer and its rounds of revision."""
    prompt = _prompt(row)
    text = text_of(list_of(row, "initial_response", dict)[0], "sample").strip()
    found = _of_other_model(row, prompt, name)
    found.append(Revision(prompt=prompt, round=0, text=text))
    for number, step in enumerate(list_of(row, "cst", dict), start=1):
        revised = text_of(object_of(step, "revision"), "sample").strip()
        critique = text_of(object_of(step, "critique"), "sample").strip()
        principle = optional_text(step, "cst_key") or None
        found.append(
            Revision(
                prompt=prompt, round=number, text=revised, critique=critique, principle_id=principle,
                changed=revised != text,
            )
        )  # fmt: skip
        text = revised
    return found


def read_principle(row: dict[str, Any], name: str) -> Sequence[Document]:
    """A principle as a document of the source `principles`: SALMON's `{dimension, definition}`, or the supplement's
    `{prompt: [critique request], edit_request}`. `solon constitution` reads them as principles."""
    if "definition" in row:
        texts = [f"{text_of(row, 'dimension')}: ", text_of(row, "definition")]
    else:
        texts = [*list_of(row, "prompt", str), text_of(row, "edit_request")]
    return (Document(id=name, spans=tuple(Span(text=text) for text in texts), source="principles"),)


def read_few_shot(row: dict[str, Any], name: str) -> Sequence[Document]:
    """A text of the supplement, `{value}`: a few-shot transcript with its critique, or a question for a comparison."""
    return (Document(id=name, spans=(Span(text=text_of(row, "value")),), source=source_of(name)),)


def _prompt(row: dict[str, Any]) -> Prompt:
    return prompt_of(_waiting(text_of(row, "rl_prompt")), labels_of(row, "comparison_dataset"))


def _waiting(transcript: str) -> tuple[Message, ...]:
    """A transcript that ends with an open `Assistant:`."""
    messages = parse_transcript(transcript)
    return ends_with_a_question(messages[:-1] if messages[-1].role == "assistant" and not messages[-1].content
                                else messages)  # fmt: skip


def _of_other_model(row: dict[str, Any], prompt: Prompt, name: str) -> list[Record]:
    text = optional_text(row, "comparison_model").strip()
    sampler = as_text(row.get("comparison_dataset") or "comparison_model")
    return [Response(id=f"{name}/comparison", prompt=prompt, text=text, sampler=sampler)] if text else []


def _is_few_shot(row: dict[str, Any]) -> bool:
    text = row.get("value")
    return row.keys() == {"value"} and isinstance(text, str) and (
        "CritiqueRequest:" in text or text.rstrip().endswith("Options:")
    )  # fmt: skip


def _is_principle(row: dict[str, Any]) -> bool:
    return has("dimension", "definition")(row) or (has("prompt", "edit_request")(row))


SUPPLEMENT = (
    Format("cai-evaluations", "`prompt`, `corrects`, `incorrects`",
           "prompt with its right answers as labels; ranking where the answers themselves are given", "nothing",
           has("prompt", "corrects", "incorrects"), read_evaluation),
    Format("cai-samples", "`rl_prompt`, `sampled_answers`", "labelled responses; response", "the begun next turn",
           has("rl_prompt", "sampled_answers"), read_samples),
    Format("cai-chains", "`rl_prompt`, `cst`", "revisions; response", "the wording of requests, told by principle id",
           has("rl_prompt", "cst"), read_chain),
    Format("principles", "`dimension`, `definition`; or `prompt`, `edit_request`", "document", "weights",
           _is_principle, read_principle),
    Format("few-shots", "`value` with `CritiqueRequest:`, or that ends with `Options:`", "document", "nothing",
           _is_few_shot, read_few_shot),
)  # fmt: skip
