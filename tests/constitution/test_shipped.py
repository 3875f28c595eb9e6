from pathlib import Path

import pytest

from solon.constitution import load_constitution
from solon.constitution.lint import lint_file
from solon.shipped import shipped_folder

FILES = sorted(shipped_folder("constitutions").glob("*.yaml"))
WITH_EXAMPLES = [path for path in FILES if path.stem != "agora"]


def test_four_constitutions_are_shipped() -> None:
    assert [path.stem for path in FILES] == ["agora", "helpful-honest-harmless", "small-organisation", "traits"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_constitution_has_no_errors_and_no_warnings(path: Path) -> None:
    assert lint_file(path).problems == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_shipped_principle_has_all_three_requests(path: Path) -> None:
    for one in load_constitution(path).principles:
        assert one.critique_request and one.revision_request and one.comparison


def test_the_general_constitution_has_sixteen_principles_and_the_published_kinds_of_examples() -> None:
    constitution = load_constitution(shipped_folder("constitutions") / "helpful-honest-harmless.yaml")
    assert len(constitution.principles) == 16
    shots = constitution.examples
    truth = constitution.principle("truth").critique_request
    # Bai et al. 2022: two harmful ones that are revised, one about truth, two that need no change.
    assert [(shot.revision is not None, shot.critique_request == truth) for shot in shots.critiques] == [
        (True, False), (True, False), (True, True), (False, False), (False, False),
    ]  # fmt: skip


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: path.stem)
def test_shipped_comparisons_are_answered_both_ways_with_and_without_reasoning(path: Path) -> None:
    shots = load_constitution(path).examples.comparisons
    assert {shot.answer for shot in shots} == {"A", "B"}
    assert {shot.reasoning is None for shot in shots} == {True, False}


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: path.stem)
def test_critics_that_leave_an_answer_say_one_of_the_phrases(path: Path) -> None:
    constitution = load_constitution(path)
    for shot in constitution.examples.critiques:
        said = any(phrase in shot.critique.casefold() for phrase in constitution.no_change)
        assert said == (shot.revision is None)
