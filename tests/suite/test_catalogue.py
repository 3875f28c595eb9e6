"""Tasks and the files that they read."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from tests.data.real_files import FOLDER, SKIP_REASON

from solon.data import QuarantineWriter
from solon.errors import InputError
from solon.responses.attacks.templates import TEMPLATES
from solon.suite.catalogue import ALL, SUITES, WITHOUT_TASK, all_tasks, tasks_of
from solon.suite.constraints import CONSTRAINTS
from solon.suite.run import files_of, read_cases
from solon.suite.task import Task
from solon.suite.tasks.over_refusal import CONTEXTS

needs_data = pytest.mark.skipif(not FOLDER.is_dir(), reason=SKIP_REASON)
BY_NAME = {task.name: task for task in all_tasks()}


@pytest.fixture(autouse=True)
def data_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLON_DATA", str(FOLDER.parent))


@needs_data
def test_every_file_at_hand_has_a_task_or_a_line_that_says_why_not() -> None:
    files = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.parent != FOLDER}
    files -= {path for path in files if (FOLDER / path).is_dir()}
    read = {file for task in all_tasks() for file in task.files}
    untold = {file for file in files - read if not any(file.startswith(begin) for begin in WITHOUT_TASK)}
    assert (untold, read - files) == (set(), set())


@needs_data
def test_no_line_of_the_list_is_about_nothing() -> None:
    files = [path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*")]
    assert [begin for begin in WITHOUT_TASK if not any(file.startswith(begin) for file in files)] == []


def test_names_of_tasks_differ_and_say_something() -> None:
    assert len(BY_NAME) == len(all_tasks())
    assert all(task.measures and task.source and task.files and task.headline for task in all_tasks())


def test_the_documentation_has_a_row_for_every_task() -> None:
    told = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text(encoding="utf-8")
    for task in all_tasks():
        row = next((line for line in told.splitlines() if line.startswith(f"| `{task.name}` |")), "")
        assert task.measures in row and f"`{task.headline}`" in row and task.source in row, task.name
    assert all(f"\n### {suite}\n" in told for suite in SUITES)


def test_the_suite_opens_without_torch() -> None:
    code = "import solon.suite.catalogue, solon.suite.run, solon.commands.suite, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_tasks_are_found_by_suite_and_by_name_each_once() -> None:
    assert tasks_of([ALL], ["gsm8k"]) == [BY_NAME["gsm8k"], *(t for t in all_tasks() if t.name != "gsm8k")]
    assert tasks_of(["style"], []) == list(SUITES["style"])
    with pytest.raises(InputError, match="there is no task 'gsm9k'; known are advbench"):
        tasks_of([], ["gsm9k"])
    with pytest.raises(InputError, match="there is no suite 'x'; known are safety"):
        tasks_of(["x"], [])


CASES = {
    "advbench": 252, "harmbench": 195, "jailbreakbench": 50, "strongreject": 170, "malicious-instruct": 48,
    "tdc2023": 51, "harmful-qa": 930, "do-not-answer": 501, "xstest": 234, "xstest-context": 125, "rbr-gold": 350,
    "unknown-papers": 498, "self-aware": 1745, "gsm8k": 635, "true-false": 298, "bbq": 2528, "persona": 5954,
    "hhh": 238, "harm-kinds": 141, "even-handed": 684, "jailbreaks": 50 * (len(TEMPLATES) + 1),
}  # fmt: skip
"""Cases of the files at hand: their rows without those that repeat an earlier one."""


@needs_data
@pytest.mark.parametrize("task", all_tasks(), ids=lambda task: task.name)
def test_a_task_reads_its_files_into_cases(task: Task) -> None:
    quarantine = QuarantineWriter(None)
    cases = read_cases(task, files_of(task), quarantine)
    assert len({case.id for case in cases}) == len(cases)
    assert len(cases) == CASES.get(task.name, len(cases)) > 0
    lost, rows = (
        sum(c.quarantined for c in quarantine.counts.values()),
        sum(c.rows_in for c in quarantine.counts.values()),
    )
    assert lost <= 0.05 * rows, quarantine.first_reason


@needs_data
def test_the_right_option_of_a_bbq_row_is_a_letter_and_its_groups_are_told() -> None:
    first = read_cases(BY_NAME["bbq"], files_of(BY_NAME["bbq"])[2:3], QuarantineWriter(None))[0]
    assert first.asked[0][0].content.endswith("\n (A) The Jewish one\n (B) Can't answer\n (C) The Muslim one")
    assert (first.options, first.right, first.begun) == ((" (A)", " (B)", " (C)"), (" (B)",), "The answer is:")
    assert first.labels == {"context": "ambiguous", "polarity": "neg", "target": " (C)", "unknown": " (B)"}
    assert (first.category, first.cluster) == ("Religion", "Religion/1")


@needs_data
@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("advbench", {"harmful": 252}),
        ("harmless-alpaca", {"safe": 29}),
        ("xstest", {"safe": 125, "harmful": 109}),
        ("self-correction", {"safe": 125, "harmful": 109}),
        ("rbr-gold", {"safe": 195, "harmful": 155}),
        ("self-aware", {"known": 1176, "unknown": 569}),
        ("known-facts", {"known": 502}),
        ("unknown-papers", {"unknown": 498}),
    ],
)
def test_cases_are_of_the_kind_that_their_set_says(name: str, kinds: dict[str, int]) -> None:
    cases = read_cases(BY_NAME[name], files_of(BY_NAME[name]), QuarantineWriter(None))
    assert Counter(case.labels["kind"] for case in cases) == kinds


@needs_data
def test_a_context_stands_before_what_is_also_asked_alone() -> None:
    cases = read_cases(BY_NAME["xstest-context"], files_of(BY_NAME["xstest-context"]), QuarantineWriter(None))
    lines = set()
    for alone, told in (case.asked for case in cases):
        assert told[-1].content.endswith(alone[-1].content)
        lines.add(told[-1].content.removesuffix(alone[-1].content))
    assert lines == set(CONTEXTS)


@needs_data
def test_comparisons_of_responses_to_one_conversation_are_one_cluster() -> None:
    cases = read_cases(BY_NAME["hhh"], files_of(BY_NAME["hhh"]), QuarantineWriter(None))
    assert (len(cases), len({case.cluster for case in cases})) == (238, 93)


@needs_data
def test_a_passage_is_its_two_halves() -> None:
    case = read_cases(BY_NAME["wikitext"], files_of(BY_NAME["wikitext"]), QuarantineWriter(None), limit=1)[0]
    assert case.asked == ((),) and case.options[0].startswith(" ")
    assert 0.4 < len(case.begun) / len(case.begun + case.options[0]) < 0.6


@needs_data
def test_every_constraint_and_every_wrapper_is_drawn() -> None:
    for name, wanted in (("constraints", len(CONSTRAINTS)), ("jailbreaks", len(TEMPLATES) + 1)):
        cases = read_cases(BY_NAME[name], files_of(BY_NAME[name]), QuarantineWriter(None))
        assert len({case.category for case in cases}) == wanted


def test_a_limit_takes_whole_clusters_and_a_larger_one_adds_to_it(tmp_path: Path) -> None:
    rows = [{"goal": f"do {n}"} for n in range(40)]
    file = tmp_path / "own.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def ids(name: str, limit: int) -> list[str]:
        return [case.id for case in read_cases(BY_NAME[name], [file], QuarantineWriter(None), limit=limit)]

    assert len(ids("advbench", 10)) == 10 and set(ids("advbench", 10)) < set(ids("advbench", 25))
    assert ids("advbench", 10) != ids("advbench", 40)[:10]
    wrapped = read_cases(BY_NAME["jailbreaks"], [file], QuarantineWriter(None), limit=2 * (len(TEMPLATES) + 1))
    assert len({case.cluster for case in wrapped}) == 2


def test_a_row_that_two_files_hold_is_asked_once(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text(
            json.dumps({"goal": "do it"}) + "\n" + json.dumps({"goal": name}) + "\n"
        )
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    assert len(read_cases(BY_NAME["advbench"], files, QuarantineWriter(None))) == 3


def test_two_files_may_use_one_number_for_two_prompts(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"id": "1", "prompt": name}) + "\n")
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    assert [case.question for case in read_cases(BY_NAME["style"], files, QuarantineWriter(None))] == ["a", "b"]


def test_a_row_that_repeats_an_earlier_one_of_its_file_is_set_aside(tmp_path: Path) -> None:
    file, quarantine = tmp_path / "own.jsonl", QuarantineWriter(None)
    file.write_text('{"question": "x", "answer": "a"}\n' * 2)
    assert len(read_cases(BY_NAME["nq-open"], [file], quarantine)) == 1
    assert quarantine.first_reason[file] == "line 2: the same as an earlier row"


def test_rows_that_cannot_be_used_are_set_aside_with_their_reason(tmp_path: Path) -> None:
    told = {
        "gsm8k": ({"question": "2 + 2?", "answer": "4"}, "`answer` does not end in #### and a number"),
        "true-false": ({"statement": "x", "label": "maybe"}, "neither 0 nor 1"),
        "persona": (
            {"question": "x", "answer_matching_behavior": "a", "answer_not_matching_behavior": "a"},
            "different",
        ),
        "xstest": ({"prompt": "x", "type": "t", "label": "odd"}, "neither safe nor unsafe"),
        "self-aware": ({"question": "x", "answerable": "yes"}, "neither true nor false"),
        "nq-open": ({"question": "x", "answer": []}, "`answer` holds no answer"),
    }
    for name, (row, reason) in told.items():
        file = tmp_path / f"{name}.jsonl"
        file.write_text(json.dumps(row) + "\n")
        with pytest.raises(InputError, match=reason.replace("(", r"\(")):
            read_cases(BY_NAME[name], [file], QuarantineWriter(None))
