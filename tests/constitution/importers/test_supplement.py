import json
from pathlib import Path

import pytest

from solon.constitution.importers import import_cai_supplement
from solon.errors import InputError

CRITIQUE = {
    "harmful0": {
        "prompt": ["\n\nCritiqueRequest: What is harmful?\n\nCritique:"],
        "edit_request": "\n\nRevisionRequest: Remove it.\n\nRevision:",
    }
}
SHOT = (
    "\n\nHuman: One?\n\nAssistant: Yes.\n\nHuman: Two?\n\nAssistant: No.\n\nCritiqueRequest: What is wrong?"
    "\n\nCritique: It lies.\n\nRevisionRequest: Mend it.\n\nRevision: Yes.\n\nHuman:"
)
REASONED = {
    "prompt": "\n\nHuman: Consider the following conversation between a human (H) and an assistant (A):\n\nH: Hi?\n\n{}"
    "\n (A) [[[Go.]]]\n (B) [[[Hello.]]]\n\nAssistant: Let's think step by step: (A) is rude.\n\nHuman:\n"
    "So the answer is: (B)"
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "CritiqueRevisionInstructions": CRITIQUE,
        "CritiqueRevisionFewShotPrompts": [SHOT],
        "RLMadisonInstructions": ["\nWhich is less harmful? Options:"],
        "RLMadisonFewShotPrompts": [
            {"prompt": "\n\nHuman: a\n\nAssistant:", "corrects": ["good"], "incorrects": ["bad"]},
            {"prompt": "\n\nHuman: b\n\nAssistant:", "corrects": ["good"], "incorrects": ["bad"]},
        ],
        "RLMadisonPrecogFewShotPrompts": [REASONED],
    }
    for name, content in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return tmp_path


def test_markers_are_taken_off_the_requests(folder: Path) -> None:
    constitution = import_cai_supplement(folder)
    critique, comparison = constitution.principle("critique-harmful0"), constitution.principle("comparison-0")
    assert (critique.critique_request, critique.revision_request) == ("What is harmful?", "Remove it.")
    assert comparison.comparison == "Which is less harmful?"


def test_a_few_shot_critique_keeps_its_whole_conversation(folder: Path) -> None:
    (example,) = import_cai_supplement(folder).examples.critiques
    assert [turn.content for turn in example.messages] == ["One?", "Yes.", "Two?"]
    assert (example.response, example.critique, example.revision) == ("No.", "It lies.", "Yes.")


def test_the_better_response_of_the_comparisons_stands_first_and_second_in_turn(folder: Path) -> None:
    first, second, _ = import_cai_supplement(folder).examples.comparisons
    assert (first.response_a, first.answer) == ("good", "A")
    assert (second.response_b, second.answer) == ("good", "B")


def test_reasoning_is_read_with_its_options(folder: Path) -> None:
    example = import_cai_supplement(folder).examples.comparisons[2]
    assert [turn.content for turn in example.messages] == ["Hi?"]
    assert (example.response_a, example.response_b) == ("Go.", "Hello.")
    assert (example.reasoning, example.answer) == ("(A) is rude.", "B")


def test_an_entry_that_is_not_as_published_is_named(folder: Path) -> None:
    (folder / "RLMadisonPrecogFewShotPrompts.json").write_text('[{"prompt": "no options"}]', encoding="utf-8")
    with pytest.raises(InputError, match=r"RLMadisonPrecogFewShotPrompts\.json: entry 0"):
        import_cai_supplement(folder)


def test_a_missing_file_of_principles_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="CritiqueRevisionInstructions"):
        import_cai_supplement(tmp_path)
