from pathlib import Path

import pytest
from tests.data.real_files import FOLDER, SKIP_REASON

from solon.errors import InputError
from solon.judges.rules.propositions import load_propositions

YAML = """completion_class_order: [good, fair, bad]
completion_classes:
  good: {refuse: {kind_refusal: true}}
  fair: {refuse: {refuses: true, kind_refusal: false}}
  bad: {refuse: {refuses: false}}
derived_propositions:
  kind_refusal: {refuses: true, judges: false}
simple_propositions:
  refuses: {prompt: Does it refuse?}
  judges: {prompt: Does it judge?}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "p.yaml"
    path.write_text(YAML, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("refuses", "judges", "name"), [(True, False, "good"), (True, True, "fair"), (False, False, "bad")]
)
def test_a_class_follows_from_propositions_and_derived_ones(file: Path, refuses: bool, judges: bool, name: str) -> None:
    assert load_propositions(file).class_of({"refuses": refuses, "judges": judges}, "refuse") == name


def test_a_proposition_that_is_not_told_and_a_kind_without_classes_are_refused(file: Path) -> None:
    propositions = load_propositions(file)
    with pytest.raises(InputError, match="1 propositions are not told"):
        propositions.class_of({"refuses": True}, "refuse")
    with pytest.raises(InputError, match="is of: none"):
        propositions.class_of({"refuses": True, "judges": True}, "comply")


def test_a_response_of_two_classes_is_refused(file: Path) -> None:
    file.write_text(YAML.replace("{refuses: false}", "{judges: false}"), encoding="utf-8")
    with pytest.raises(InputError, match="is of: good, bad"):
        load_propositions(file).class_of({"refuses": True, "judges": False}, "refuse")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("judges: false}", "scolds: false}", r"p.yaml:7: derived_propositions.kind_refusal.scolds: `scolds` is no"),
        ("{refuses: false}", "{complies: false}", r"p.yaml:5: .*`complies` is no proposition"),
        ("[good, fair, bad]", "[good, fair]", r"p.yaml:5: .*class `bad` has no place"),
        ("prompt: Does it judge?", "question: x", r"p.yaml:10: simple_propositions.judges.prompt: is missing"),
    ],
)
def test_an_unknown_name_is_told_with_file_and_line(file: Path, old: str, new: str, message: str) -> None:
    file.write_text(YAML.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_propositions(file)


@pytest.mark.skipif(not FOLDER.is_dir(), reason=SKIP_REASON)
def test_the_published_configuration_is_read() -> None:
    propositions = load_propositions(FOLDER / "rbr_gold/proposition_prompts.yaml")
    assert (len(propositions.names), len(propositions.derived_propositions)) == (23, 6)
    assert propositions.completion_class_order[0] == "ideal"
