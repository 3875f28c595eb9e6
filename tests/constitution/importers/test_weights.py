from pathlib import Path

import pytest

from solon.constitution.importers import import_weights
from solon.errors import InputError

DIMENSIONS = """\
[
 {"dimension": "Kind Words", "definition": "The answer is kind.", "weight": 4,
  "negative_definition": "The answer is unkind."},
 {"dimension": "Brief", "definition": "The answer is short."}
]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "d.json"
    path.write_text(text, encoding="utf-8")
    return path


def test_dimensions_become_weighted_principles_tagged_with_their_names(tmp_path: Path) -> None:
    made = import_weights(write(tmp_path, DIMENSIONS))
    assert [(one.id, one.weight, one.tags, one.source) for one in made.constitution.entries] == [
        ("kind-words", 4.0, ("kind-words",), "d.json:2"),
        ("brief", 1.0, ("brief",), "d.json:4"),
    ]


def test_negatives_stand_apart_under_the_same_ids_and_serve_judges_alone(tmp_path: Path) -> None:
    made = import_weights(write(tmp_path, DIMENSIONS))
    assert made.negatives is not None
    (one,) = made.negatives.principles
    assert (one.id, one.weight, one.text) == ("kind-words", 4.0, "The answer is unkind.")
    assert one.serves("comparison") and not one.serves("critique")


def test_an_object_of_definitions_by_name_is_read_too(tmp_path: Path) -> None:
    text = '{"Kind": "Be kind.",\n "Brief": {"definition": "Be brief.", "weight": 2}}'
    made = import_weights(write(tmp_path, text))
    assert [(one.id, one.weight, one.source) for one in made.constitution.entries] == [
        ("kind", 1.0, "d.json:1"),
        ("brief", 2.0, "d.json:2"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[{"dimension": "a", "definition": "b"},\n {"dimension": "c"}]', r"d\.json:2: definition: Field required"),
        ('[{"dimension": "a", "definition": "b", "weight": 0}]', r"d\.json:1: weight"),
        ('["a"]', r"d\.json:1: element"),
        ("[]", r"d\.json:1: there is no dimension"),
        ("3", r"d\.json:1: must hold"),
    ],
)
def test_an_element_that_is_no_dimension_is_refused_at_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        import_weights(write(tmp_path, text))
