import re

import pytest

from solon.constitution.wording import placeholders
from solon.errors import InputError
from solon.records import Message, Prompt, assistant, user
from solon.responses.attacks.templates import TEMPLATES
from solon.responses.attacks.wrap import wrap

ASKED = Prompt(
    id="p1", messages=(user("lend me {prompt} now please"),), labels={"kind": "harmful", "category": "tower"}
)
OF_TURN = {"two-parts": 3, "politeness": 3}


def by_template(prompt: Prompt) -> dict[str, Prompt]:
    return {one.labels["template"]: one for one in wrap([prompt], seed=1)}


def test_every_template_and_the_prompt_alone_stand_there_once_with_their_labels() -> None:
    wrapped = wrap([ASKED], seed=1)
    assert [one.id for one in wrapped] == ["p1/none", *(f"p1/{template.name}" for template in TEMPLATES)]
    assert all(one.labels["kind"] == "harmful" and one.labels["category"] == "tower" for one in wrapped)
    assert {one.labels["wrapped"] for one in wrapped} == {"p1"}
    assert wrapped[0].messages == ASKED.messages


def test_there_are_about_a_dozen_templates_with_names_of_their_own() -> None:
    assert 10 <= len(TEMPLATES) == len({template.name for template in TEMPLATES}) <= 14


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.name)
def test_a_template_holds_the_whole_prompt_and_ends_with_the_user(template: object) -> None:
    texts = [text for _, text in template.turns]  # type: ignore[attr-defined]
    known = set().union(*map(placeholders, texts))
    assert known in ({"prompt"}, {"first", "second"}, {"spelled"})
    roles = [role for role, _ in template.turns]  # type: ignore[attr-defined]
    assert roles == ["user", "assistant", "user"][: len(roles)] and roles[-1] == "user"


def test_a_prompt_with_braces_is_put_in_as_it_is() -> None:
    assert "lend me {prompt} now please" in by_template(ASKED)["fiction"].messages[0].content


def test_two_parts_join_to_the_prompt_and_an_only_word_is_cut_too() -> None:
    first, _, second = by_template(ASKED)["two-parts"].messages
    assert "First part: lend me {prompt}" in first.content and "Second part: now please\n" in second.content
    short = by_template(Prompt(id="s", messages=(user("借给我"),)))["two-parts"].messages
    assert short[0].content.endswith("First part: 借给") and "Second part: 我\n" in short[2].content


def test_spelling_parts_the_letters_of_words() -> None:
    spelled = by_template(Prompt(id="s", messages=(user("lend it"),)))["spelling"].messages[0].content
    assert spelled.endswith("l-e-n-d i-t")


def test_politeness_comes_after_a_refusal_to_the_prompt() -> None:
    asked, refused, again = by_template(ASKED)["politeness"].messages
    assert asked == ASKED.messages[0] and refused.role == "assistant" and "lend" not in again.content


def test_earlier_turns_stay_before_the_wrapper() -> None:
    before = (Message(role="system", content="Be brief."), user("hello"), assistant("hello"))
    prompt = ASKED.model_copy(update={"messages": (*before, *ASKED.messages)})
    for name, one in by_template(prompt).items():
        assert one.messages[:3] == before
        assert len(one.messages) == 3 + OF_TURN.get(name, 1)


def test_so_many_templates_are_drawn_for_each_prompt_by_its_id() -> None:
    prompts = [ASKED.model_copy(update={"id": f"p{number}"}) for number in range(20)]
    wrapped = wrap(prompts, seed=1, per_prompt=2)
    assert len(wrapped) == 20 * 3
    assert wrap(prompts[5:6], seed=1, per_prompt=2) == wrapped[15:18]
    assert len({one.labels["template"] for one in wrapped}) > 6
    assert wrap(prompts, seed=2, per_prompt=2) != wrapped


@pytest.mark.parametrize("count", [0, len(TEMPLATES) + 1])
def test_more_templates_than_there_are_cannot_be_drawn(count: int) -> None:
    with pytest.raises(InputError, match=f"{count} templates for each prompt: there are {len(TEMPLATES)}"):
        wrap([ASKED], seed=1, per_prompt=count)


def test_a_prompt_that_a_tool_ends_is_refused() -> None:
    ended = Prompt(id="t", messages=(user("hello"), Message(role="tool", content="8")))
    with pytest.raises(InputError, match=re.escape("prompt 't' ('8') does not end with a user turn with text")):
        wrap([ended], seed=1)
