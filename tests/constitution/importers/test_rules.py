from pathlib import Path

import pytest

from solon.constitution.importers import import_rules
from solon.errors import InputError

NAMED = """\
# House

Who reads this should know:

## Rules

1 (candour). Admit what you do not know.
2 (calm). Do not shout
   at anybody.

## Samples

1. Tea
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_list_items_are_rules_and_headings_their_tags(tmp_path: Path) -> None:
    made = import_rules(write(tmp_path, "r.md", "# Harm\n- Do not threaten.\n* No slurs.\n# Truth\n1. Say so.\n"))
    assert [(one.text, one.tags, one.source) for one in made.constitution.entries] == [
        ("Do not threaten.", ("harm",), "r.md:2"),
        ("No slurs.", ("harm",), "r.md:3"),
        ("Say so.", ("truth",), "r.md:5"),
    ]


def test_a_rule_is_named_by_the_bracket_after_its_number_and_goes_on_in_indented_lines(tmp_path: Path) -> None:
    made = import_rules(write(tmp_path, "r.txt", NAMED), section="rules")
    assert [(one.id, one.text) for one in made.constitution.entries] == [
        ("candour", "Admit what you do not know."),
        ("calm", "Do not shout at anybody."),
    ]


def test_prose_beside_a_list_is_noted_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, "r.txt", NAMED)
    made = import_rules(path)
    assert made.notes == (f"{path}:3: prose, no rule: Who reads this should know:",)
    assert made.counts["principles"] == 3  # the sample too: only a section leaves it out


def test_a_text_without_items_is_one_rule_a_line(tmp_path: Path) -> None:
    made = import_rules(write(tmp_path, "r.txt", "Be kind.\n\nBe brief.\n"))
    assert [one.source for one in made.constitution.entries] == ["r.txt:1", "r.txt:3"]


@pytest.mark.parametrize(
    ("name", "text"), [("r.json", '[\n "Be kind.",\n "Be brief, always."\n]'), ("r.yaml", "- Be kind.\n\n- Be brief.")]
)
def test_json_and_yaml_lists_keep_their_lines(tmp_path: Path, name: str, text: str) -> None:
    made = import_rules(write(tmp_path, name, text))
    first = 2 if name == "r.json" else 1
    assert [one.source for one in made.constitution.entries] == [f"{name}:{first}", f"{name}:3"]


def test_the_requests_say_the_rule(tmp_path: Path) -> None:
    (one,) = import_rules(write(tmp_path, "r.txt", "- Use {names} sparingly.")).constitution.principles
    for asked in (one.critique_request, one.comparison):
        assert "Use { names } sparingly." in asked  # not a placeholder of ours
    assert "no change needed" in one.critique_request


def test_two_rules_that_begin_alike_have_two_names(tmp_path: Path) -> None:
    made = import_rules(write(tmp_path, "r.txt", "- a b c d e f one\n- a b c d e f two\n"))
    assert [one.id for one in made.constitution.entries] == ["a-b-c-d-e-f", "a-b-c-d-e-f-2"]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("r.json", '["a",\n 3]', r"r\.json:2: a rule must be text"),
        ("r.json", '{"a": "b"}', r"r\.json:1: must hold a list"),
        ("r.json", '["a",\n', r"r\.json:\d: not valid JSON"),
        ("r.yaml", "a: b", r"r\.yaml:1: must hold a list"),
        ("r.yaml", "- a\n- [b]\n", r"r\.yaml:2: a rule must be text"),
        ("r.txt", " \n", r"r\.txt:1: is empty"),
        ("r.txt", "# only a heading\n", r"r\.txt: there is no rule"),
    ],
)
def test_what_is_no_rule_list_is_refused_with_its_line(tmp_path: Path, name: str, text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        import_rules(write(tmp_path, name, text))


def test_a_section_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no heading 'Laws'"):
        import_rules(write(tmp_path, "r.txt", NAMED), section="Laws")
