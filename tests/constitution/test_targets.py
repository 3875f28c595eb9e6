from solon.constitution import Clause, Constitution, PrincipleEntry
from solon.constitution.targets import Target, targets


def test_a_target_has_the_text_of_its_principle_and_its_tags_joined() -> None:
    entry = PrincipleEntry(id="a", text="Be kind.", comparison="Which is kinder?", tags=("tone", "trust"))
    constitution = Constitution(id="c", version="1", principles=(entry,))
    assert targets(constitution) == [Target("a", constitution.principles[0].hash, "Be kind.", "tone+trust")]


def test_without_tags_a_principle_is_a_category_of_its_own() -> None:
    entry = PrincipleEntry(id="a", text="Be kind.", comparison="Which is kinder?")
    assert targets(Constitution(id="c", version="1", principles=(entry,)))[0].category == "a"


def test_a_list_of_clauses_is_told_by_what_a_judge_is_asked() -> None:
    entry = PrincipleEntry(id="a", clauses=(Clause(text="lying"),), comparison="Which has no {clauses}?")
    assert targets(Constitution(id="c", version="1", principles=(entry,)))[0].rule == "Which has no lying?"
