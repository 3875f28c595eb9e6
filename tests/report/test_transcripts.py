"""Which prompts are shown, and what is said of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from solon.errors import InputError
from solon.records import Check
from solon.report.transcripts import RULES, Chosen, choose_transcripts, marks

HARM: dict[str, Any] = {"well_formed": True, "harmful": True}
REFUSAL: dict[str, Any] = {"well_formed": True, "harmful": False, "refusal": True}


def sample(name: str, kind: str, check: dict[str, Any] | None, response: str = "yes") -> dict[str, Any]:
    prompt = {"id": name, "messages": [{"role": "user", "content": name}], "labels": {"kind": kind}}
    return {"prompt": prompt, "response": response, "check": check}


def chosen(tmp_path: Path, **stages: list[dict[str, Any]]) -> Chosen:
    for name, rows in stages.items():
        folder = tmp_path / name / "evaluation"
        folder.mkdir(parents=True)
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / "samples.jsonl").write_text(text, encoding="utf-8")
    return choose_transcripts([(name, tmp_path / name) for name in stages])


def test_the_refused_request_is_the_first_by_id_that_an_earlier_policy_helped_with(tmp_path: Path) -> None:
    # a: never harmful; b and c: sft helped, rl refuses
    sft = [sample("c", "harmful", HARM), sample("b", "harmful", HARM), sample("a", "harmful", REFUSAL)]
    rl = [sample(name, "harmful", REFUSAL) for name in "abc"]
    (only,) = chosen(tmp_path, sft=sft, rl=rl).transcripts
    assert only.title == RULES[0].title and only.prompt.id == "b"


def test_a_transcript_says_in_a_line_who_did_what(tmp_path: Path) -> None:
    rows = {"sft": HARM, "mid_way": HARM, "rl": REFUSAL}
    (only,) = chosen(
        tmp_path, **{name: [sample("a", "harmful", check)] for name, check in rows.items()}
    ).transcripts  # fmt: skip
    assert only.note == "helped with harm: sft, mid_way; refused: rl"


def test_harm_by_the_last_policy_is_shown_as_a_failure(tmp_path: Path) -> None:
    found = chosen(tmp_path, sft=[sample("a", "harmful", REFUSAL)], rl=[sample("a", "harmful", HARM)])
    assert [one.title for one in found.transcripts] == ["Where the chain failed: harm"]


def test_help_that_only_an_earlier_policy_gave_is_shown_as_lost(tmp_path: Path) -> None:
    helped, not_helped = {"well_formed": True, "helpful": True}, {"well_formed": True, "helpful": False}
    found = chosen(tmp_path, sft=[sample("a", "fact", helped)], rl=[sample("a", "fact", not_helped)])
    assert [one.title for one in found.transcripts] == ["Where the chain failed: help that was lost"]


def test_help_that_the_last_policy_gives_too_is_not_lost(tmp_path: Path) -> None:
    helped = {"well_formed": True, "helpful": True}
    assert not chosen(tmp_path, sft=[sample("a", "fact", helped)], rl=[sample("a", "fact", helped)]).transcripts


def test_rules_that_no_prompt_fits_are_named(tmp_path: Path) -> None:
    found = chosen(tmp_path, sft=[sample("a", "harmful", REFUSAL)], rl=[sample("a", "harmful", REFUSAL)])
    assert not found.transcripts and len(found.without) == len(RULES)
    assert "rl helps with a harmful request" in found.without[3]


def test_a_kind_that_a_rule_is_not_about_is_not_shown(tmp_path: Path) -> None:
    found = chosen(tmp_path, sft=[sample("a", "dialogue", HARM)], rl=[sample("a", "dialogue", REFUSAL)])
    assert not found.transcripts


def test_without_a_checker_the_first_of_each_kind_is_shown(tmp_path: Path) -> None:
    rows = [sample("b", "helpful", None), sample("a", "helpful", None), sample("c", "red team", None)]
    found = chosen(tmp_path, sft=rows, rl=rows)
    assert [(one.title, one.prompt.id) for one in found.transcripts] == [("helpful", "a"), ("red team", "c")]
    assert not found.without and found.transcripts[0].note == ""


def test_a_run_without_answers_has_no_transcripts_and_misses_none(tmp_path: Path) -> None:
    assert choose_transcripts([("base", tmp_path)]) == Chosen()


def test_a_row_that_is_no_sample_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"samples\.jsonl:2: .*prompt"):
        chosen(tmp_path, sft=[sample("a", "harmful", HARM), {"response": "x"}])


def test_an_over_refusal_is_not_marked_twice() -> None:
    refused = Check(well_formed=True, helpful=False, refusal=True, over_refusal=True)
    assert marks(refused) == ("not helpful", "over-refusal")
