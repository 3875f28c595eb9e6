from pathlib import Path

import pytest

from solon.constitution import dump_constitution, load_constitution
from solon.errors import InputError

GOOD = """\
id: town
version: "1"
last_joiner: " and "
principles:
  - id: peace
    text: Never help with {clauses}.
    clauses:
      - {text: theft, tags: [theft]}
      - {text: fraud, tags: [fraud]}
      - {text: arson, tags: [arson]}
    critique_request: Does the answer help with {clauses}?
    revision_request: Rewrite it without {clauses}.
    comparison: Which answer avoids {clauses}?
    tags: [harm]
  - id: honest
    text: Say what is true.
    comparison: Which answer is true?
    weight: 2.5
examples:
  critiques:
    - {prompt: hi, response: go away, critique: rude, revision: hello}
  comparisons:
    - {prompt: hi, response_a: hello, response_b: go away, answer: A}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "c.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        load_constitution(write(folder, text))
    return str(caught.value)


def test_clauses_are_put_into_every_template_as_a_readable_list(tmp_path: Path) -> None:
    principle = load_constitution(write(tmp_path, GOOD)).principle("peace")
    assert principle.text == "Never help with theft, fraud and arson."
    assert principle.critique_request == "Does the answer help with theft, fraud and arson?"
    assert principle.revision_request == "Rewrite it without theft, fraud and arson."
    assert principle.comparison == "Which answer avoids theft, fraud and arson?"


def test_a_dumped_constitution_loads_equal(tmp_path: Path) -> None:
    constitution = load_constitution(write(tmp_path, GOOD))
    dump_constitution(constitution, tmp_path / "again.yaml")
    again = load_constitution(tmp_path / "again.yaml")
    assert (again, again.principles) == (constitution, constitution.principles)


def test_an_unknown_key_is_refused_with_file_line_and_key(tmp_path: Path) -> None:
    message = refusal(tmp_path, GOOD.replace("    weight: 2.5", "    wieght: 2.5"))
    assert message.startswith(f"{tmp_path / 'c.yaml'}:18: principles[1].wieght: unknown key")


def test_a_missing_key_points_at_its_principle(tmp_path: Path) -> None:
    message = refusal(tmp_path, GOOD.replace("  - id: honest\n    text", "  - text"))
    assert ":15: principles[1].id: is missing" in message


def test_all_problems_are_named_at_once(tmp_path: Path) -> None:
    message = refusal(tmp_path, GOOD.replace("weight: 2.5", "weight: 0").replace('version: "1"', "version: 1.10"))
    assert [line.split(": ")[1] for line in message.splitlines()] == ["version", "principles[1].weight"]


@pytest.mark.parametrize("left", ["    clauses:\n", "    clauses: []\n"])
def test_a_principle_whose_clauses_were_all_deleted_names_the_line(tmp_path: Path, left: str) -> None:
    begin, end = GOOD.index("    clauses:"), GOOD.index("    critique_request")
    message = refusal(tmp_path, GOOD[:begin] + left + GOOD[end:])
    assert ":7: principles[0].clauses: all clauses are gone" in message


def test_a_second_principle_of_one_id_is_refused_at_its_line(tmp_path: Path) -> None:
    assert ":15: principles[1].id: a second principle" in refusal(tmp_path, GOOD.replace("id: honest", "id: peace"))


def test_a_misspelt_placeholder_is_refused_at_its_line(tmp_path: Path) -> None:
    message = refusal(tmp_path, GOOD.replace("avoids {clauses}", "avoids {clause}"))
    assert ":13: principles[0].comparison: unknown placeholder {clause}" in message


@pytest.mark.parametrize("rest", ["", "principles:\n", "principles: []\n"])
def test_a_constitution_without_principles_is_refused(tmp_path: Path, rest: str) -> None:
    assert "principles" in refusal(tmp_path, 'id: x\nversion: "1"\n' + rest)


def test_broken_yaml_names_its_line(tmp_path: Path) -> None:
    assert f"{tmp_path / 'c.yaml'}:2: not valid YAML" in refusal(tmp_path, "id: x\nversion: a: b\nprinciples:\n")


def test_a_key_given_twice_is_refused(tmp_path: Path) -> None:
    assert ":2: not valid YAML" in refusal(tmp_path, "id: x\nid: y\n")


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words\n"])
def test_a_file_without_keys_is_refused(tmp_path: Path, text: str) -> None:
    assert f"{tmp_path / 'c.yaml'}:1:" in refusal(tmp_path, text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no-such"):
        load_constitution(tmp_path / "no-such.yaml")


def test_a_judge_prompt_that_hides_a_response_is_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, GOOD + 'judge_prompt: "{conversation} {response_a} {comparison}"\n')
    assert "judge_prompt" in message
    assert "response_b" in message


def hash_after(folder: Path, old: str, new: str) -> str:
    assert old in GOOD
    return load_constitution(write(folder, GOOD.replace(old, new))).principle("peace").hash


def test_the_hash_leaves_out_what_no_model_reads(tmp_path: Path) -> None:
    before = hash_after(tmp_path, "id: town", "id: town")
    assert hash_after(tmp_path, "tags: [harm]", "tags: [other]\n    weight: 3\n    source: us") == before


@pytest.mark.parametrize("read", ["Does the answer", "Rewrite it", "Which answer avoids", "text: fraud", "and "])
def test_the_hash_covers_everything_that_a_model_reads(tmp_path: Path, read: str) -> None:
    assert hash_after(tmp_path, read, "text: other" if read == "text: fraud" else "Other ") != hash_after(
        tmp_path, "id: town", "id: town"
    )
