"""The published forms themselves; what is expected of them was counted in the files by other means."""

from pathlib import Path

import pytest
from tests.data.real_files import FOLDER, SKIP_REASON

from solon.constitution import Constitution, dump_constitution, load_constitution
from solon.constitution.importers import import_cai_supplement, import_model_spec, import_rules, import_weights

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason=SKIP_REASON)


def loads_equal(made: Constitution, folder: Path) -> bool:
    dump_constitution(made, folder / "c.yaml")
    return load_constitution(folder / "c.yaml") == made


def test_the_supplement_has_16_principles_for_each_use(tmp_path: Path) -> None:
    made = import_cai_supplement(FOLDER / "cai")
    uses = [(one.serves("critique"), one.serves("comparison")) for one in made.principles]
    assert (uses.count((True, False)), uses.count((False, True))) == (16, 16)
    assert loads_equal(made, tmp_path)


def test_every_heading_of_the_model_spec_that_has_authority_is_a_principle(tmp_path: Path) -> None:
    path = FOLDER / "model_spec" / "model_spec.md"
    made = import_model_spec(path)
    assert made.counts["principles"] == path.read_text(encoding="utf-8").count(" authority=")
    assert loads_equal(made.constitution, tmp_path)


def test_the_examples_of_the_model_spec_show_a_bad_and_a_good_answer() -> None:
    made = import_model_spec(FOLDER / "model_spec" / "model_spec.md", examples=4)
    assert [shot.answer for shot in made.constitution.examples.comparisons] == ["A", "B", "A", "B"]
    assert [shot.revision is None for shot in made.constitution.examples.critiques] == [False, True, False, True]


@pytest.mark.parametrize(
    ("name", "principles", "negatives", "weight"),
    [("harmless", 11, 0, 36), ("honest", 8, 0, 29), ("non_evasive", 9, 0, 15), ("ppo", 14, 0, 27), ("rm", 11, 11, 11)],
)
def test_weighted_dimensions_keep_their_weights(
    name: str, principles: int, negatives: int, weight: float, tmp_path: Path
) -> None:
    made = import_weights(FOLDER / "salmon_principles" / f"principle_collection_{name}.json")
    assert (made.counts["principles"], made.counts["negatives"]) == (principles, negatives)
    assert sum(one.weight for one in made.constitution.principles) == weight
    assert loads_equal(made.constitution, tmp_path)


def test_numbered_rules_keep_the_names_in_brackets() -> None:
    path = FOLDER / "dromedary_principles" / "watson_self_align_prompt.txt"
    made = import_rules(path, section="General Rules")
    assert len(made.constitution.entries) == 17
    assert [one.id for one in made.constitution.entries[:3]] == ["ethical", "informative", "helpful"]
