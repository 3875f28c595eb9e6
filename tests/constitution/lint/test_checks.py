from pathlib import Path

import pytest
from tests.constitution.lint.making import SOUND, linted, told

from solon.constitution.lint import lint_file

KIND = "    critique_request: Whom does it insult?\n    revision_request: Take the insults out.\n"


def test_a_sound_constitution_has_no_problems(tmp_path: Path) -> None:
    assert linted(tmp_path) == []


def test_a_principle_without_a_request_is_told_with_the_use_it_cannot_serve(tmp_path: Path) -> None:
    (problem,) = linted(tmp_path, KIND, "")
    assert (problem.line, problem.principle, problem.kind) == (10, "kind", "missing-request")
    assert "never drawn for a critique" in problem.message


def test_the_same_wording_twice_is_an_error_at_the_second(tmp_path: Path) -> None:
    # What models read is the same; `text` is for people.
    first = "    text: Mark every guess.\n" + SOUND[SOUND.index("    critique") : SOUND.index("    tags: [truth]")]
    assert told(tmp_path, "examples:", f"  - id: again\n{first}examples:") == [(28, "again", "duplicate", "error")]


def test_most_words_in_common_make_a_near_duplicate_whatever_their_order(tmp_path: Path) -> None:
    # `of`, `every`, `for` and `the` carry nothing: both have {name, source, figure}, 3 of 3.
    (problem,) = linted(tmp_path, "Never threaten a reader.", "Name for every figure the sources.")
    assert (problem.line, problem.principle, problem.kind) == (22, "calm", "near-duplicate")
    assert "100% of its words with `sourced`" in problem.message


def test_half_of_the_words_in_common_are_no_duplicate(tmp_path: Path) -> None:
    # {name, source, figure} and {name, source, quotation}: 2 of 4.
    assert linted(tmp_path, "Never threaten a reader.", "Name the source of every quotation.") == []


def test_principles_of_clauses_may_list_the_same_things_in_other_words(tmp_path: Path) -> None:
    clauses = "    clauses: [{text: theft}, {text: fraud}, {text: arson}]\n"
    requests = "    comparison: '{}'\n    critique_request: '{}'\n    revision_request: Mend it.\n"
    one = requests.format("Which answer avoids {clauses}?", "Does it help with {clauses}?")
    other = requests.format("Our town has no {clauses}; choose.", "Say whether {clauses} is in it.")
    both = f"  - id: x\n{clauses}{one}  - id: y\n{clauses}"
    assert told(tmp_path, "examples:", both + other + "examples:") == []
    near = one.replace("Which answer", "What answer")  # 9 of 11 pairs of words
    assert told(tmp_path, "examples:", both + near + "examples:") == [(33, "y", "near-duplicate", "warning")]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Give an appropriate answer.", "vague"),
        ("Give sources where necessary.", "vague"),
        ("Honesty in all things.", "no-behaviour"),
        ("Name the author, and never mock him.", "several-demands"),
        ("Name the author. You must not mock him.", "several-demands"),
        ("Cite a book; quote a page.", "several-demands"),
    ],
)
def test_wording_that_cannot_be_tested_is_told_at_the_text(tmp_path: Path, text: str, kind: str) -> None:
    assert told(tmp_path, "Never threaten a reader.", text) == [(23, "calm", kind, "warning")]


@pytest.mark.parametrize(
    "text",
    [
        "Do not threaten, mock or belittle readers and writers.",
        "Tell apart what is known and what is guessed.",
        "Give name, address, date.",
        "Where the law is unclear, say so.",
    ],
)
def test_one_demand_about_several_things_is_one_demand(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, "Never threaten a reader.", text) == []


def test_a_longer_vague_term_hides_the_shorter_within_it(tmp_path: Path) -> None:
    (problem,) = linted(tmp_path, "Never threaten a reader.", "Give sources as appropriate.")
    assert "`as appropriate`" in problem.message


def test_missing_examples_are_told_for_each_use(tmp_path: Path) -> None:
    found = linted(tmp_path, SOUND[SOUND.index("examples:") :], "")
    assert [(one.kind, one.message.split(":")[0]) for one in found] == [
        ("no-examples", "no few-shot critiques"),
        ("no-examples", "no few-shot comparisons"),
    ]


def test_a_constitution_in_a_trained_form_needs_no_examples(tmp_path: Path) -> None:
    form = 'judge_prompt: "{comparison} {conversation} {response_a} {response_b}"\n'
    assert linted(tmp_path, SOUND[SOUND.index("examples:") :], form) == []


def test_critiques_that_all_end_in_a_revision_are_told(tmp_path: Path) -> None:
    gone = "    - {prompt: hi, response: hello, critique: no change needed}\n"
    assert told(tmp_path, gone, "") == [(29, None, "no-unchanged-example", "warning")]


def test_an_example_about_wording_that_is_gone_is_told_at_its_field(tmp_path: Path) -> None:
    old, new = "answer: A}", 'answer: A, comparison: "Which answer insults somebody?"}'
    assert told(tmp_path, old, new) == [(33, None, "stale-example", "warning")]
    assert told(tmp_path, old, 'answer: A, comparison: "Which answer insults nobody?"}') == []


def test_a_weight_that_is_nothing_beside_the_others_is_an_error(tmp_path: Path) -> None:
    # 0.0001 of 3.0001 is less than 1 in 10,000, for critiques and for comparisons.
    found = told(tmp_path, "    tags: [manner]\n", "    tags: [manner]\n    weight: 0.0001\n")
    assert found == [(16, "kind", "weight", "error")] * 2


def test_a_tag_that_stands_once_is_told_with_what_it_looks_like(tmp_path: Path) -> None:
    (problem,) = linted(tmp_path, "tags: [truth]", "tags: [truth, manners]")
    assert (problem.line, problem.principle, problem.kind) == (9, "honest", "tag")
    assert "did you mean `manner`?" in problem.message


def test_what_cannot_be_loaded_is_a_problem_with_its_line_and_principle(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(SOUND.replace("    tags: [manner]", "    tag: manner", 1), encoding="utf-8")
    result = lint_file(path)
    assert result.constitution is None
    assert [(one.line, one.principle, one.kind, one.severity) for one in result.problems] == [
        (15, "kind", "unreadable", "error")
    ]
    assert "principles.1.tag: unknown key" in result.problems[0].message


def test_problems_stand_in_the_order_of_the_file(tmp_path: Path) -> None:
    no_calm = SOUND.replace("    comparison: Which answer threatens nobody?\n", "")
    found = linted(tmp_path, "Say which", "Say in nice words which", no_calm)
    assert [(one.line, one.kind) for one in found] == [(5, "vague"), (22, "missing-request")]
