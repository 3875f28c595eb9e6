from collections.abc import Sequence
from pathlib import Path

import pytest

from solon.constitution import load_constitution
from solon.constitution.draft import draft_constitution, draft_text
from solon.constitution.lint import lint_file
from solon.errors import InputError
from solon.interfaces import Sample, SampleRequest

POLICY = "# Truth\n\nThis is old.\n\nNever guess.\n\n# Manners\n\nYou must greet people.\nDo not shout.\n"
REQUESTS = (
    'Critique request: Which words of it shout at people? If none do, say "no change needed".\n'
    "Revision request: Write it again without shouting.\nComparison: Which of the two answers shouts less?"
)
EXAMPLE = "Question: Hm?\nBad answer: NO!\nCritique: It shouts at the reader.\nBetter answer: No."


class Model:
    """Answers every request by its own words, or by what is given for one principle."""

    def __init__(self, **given: str) -> None:
        self.given = given
        self.asked: list[SampleRequest] = []

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        self.asked += requests
        return [Sample(self._answer(request), truncated=False, num_tokens=1) for request in requests]

    def _answer(self, request: SampleRequest) -> str:
        for name, text in self.given.items():
            if f"`{name.replace('_', '-')}`" in request.name:
                return text
        return EXAMPLE if "example" in request.name else REQUESTS


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.md"
    path.write_text(POLICY, encoding="utf-8")
    return path


def test_without_a_model_every_demand_is_a_principle_in_templates(policy: Path) -> None:
    draft = draft_constitution(policy)
    assert [(one.text, one.source, one.tags) for one in draft.constitution.entries] == [
        ("Never guess.", "policy.md:5-5", ("truth",)),
        ("You must greet people.", "policy.md:9-9", ("manners",)),
        ("Do not shout.", "policy.md:10-10", ("manners",)),
    ]
    assert all(one.text in one.comparison for one in draft.constitution.principles)
    assert draft.by_model == 0
    assert draft_constitution(policy) == draft


def test_a_model_writes_the_requests_and_examples(policy: Path) -> None:
    model = Model()
    draft = draft_constitution(policy, model)
    assert {one.revision_request for one in draft.constitution.principles} == {"Write it again without shouting."}
    assert (draft.by_model, draft.notes) == (3, (f"{policy}:3-3: not used, asks for nothing: This is old.",))
    examples = draft.constitution.examples
    assert [(one.response, one.revision) for one in examples.critiques[:2]] == [("NO!", "No."), ("No.", None)]
    assert [(one.response_a, one.answer) for one in examples.comparisons] == [("No.", "A"), ("NO!", "B"), ("No.", "A")]
    assert "Never guess." in model.asked[0].messages[-1].content


@pytest.mark.parametrize(
    "answer",
    [
        "I would rather not.",
        REQUESTS.replace("Comparison:", "Compare:"),
        REQUESTS.replace("Write it again without shouting.", "Again."),
        REQUESTS.replace("people", "{clauses}"),
    ],
)
def test_requests_that_cannot_be_read_stay_templates_and_are_told(policy: Path, answer: str) -> None:
    draft = draft_constitution(policy, Model(do_not_shout=answer))
    assert "Do not shout." in draft.constitution.principle("do-not-shout").comparison
    assert draft.by_model == 2
    assert any("`do-not-shout` (policy.md:10-10): the model's requests could not be read" in one for one in draft.notes)


def test_an_example_that_cannot_be_read_is_left_out_and_told(policy: Path) -> None:
    same = EXAMPLE.replace("Better answer: No.", "Better answer: NO!")
    draft = draft_constitution(policy, Model(never_guess=same))
    assert len(draft.constitution.examples.comparisons) == 2
    assert any("`never-guess` (policy.md:5-5): the model's example could not be read" in one for one in draft.notes)


def test_the_file_begins_with_what_to_review_and_loads(policy: Path, tmp_path: Path) -> None:
    policy.write_text(POLICY.replace("This is old.", "This is\x07 old: [yes]."), encoding="utf-8")
    draft = draft_constitution(policy, Model())
    out = tmp_path / "c.yaml"
    out.write_text(draft_text(draft), encoding="utf-8")
    first, second = out.read_text(encoding="utf-8").splitlines()[:2]
    assert first == "# DRAFT, review: nobody has read this constitution yet."
    assert second == f"# {policy}:3-3: not used, asks for nothing: This is  old: [yes]."
    assert load_constitution(out) == draft.constitution
    assert {problem.kind for problem in lint_file(out).problems} == {"duplicate"}  # one model's words for all


def test_a_policy_that_asks_for_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.md"
    path.write_text("We are a library.\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"p\.md: no sentence asks for anything"):
        draft_constitution(path)
