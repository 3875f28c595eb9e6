import pytest

from solon.data.context import in_context
from solon.errors import InputError
from solon.records import Message, Prompt, Span, assistant, user

SYSTEM = Message(role="system", content="be brief")


def prompt(*messages: Message) -> Prompt:
    return Prompt(id="p", messages=messages, labels={"kind": "k"})


def told(prompt: Prompt) -> list[tuple[str, str]]:
    return [(turn.role, turn.content) for turn in prompt.messages]


def test_the_text_is_a_system_turn_and_all_else_stays() -> None:
    given = prompt(user("a"), assistant("b"), user("c"))
    read = in_context(given, "spec")
    assert told(read) == [("system", "spec"), ("user", "a"), ("assistant", "b"), ("user", "c")]
    assert (read.id, read.labels) == ("p", {"kind": "k"})


def test_a_system_turn_that_is_there_follows_the_text_in_one_turn() -> None:
    assert told(in_context(prompt(SYSTEM, user("a")), "spec")) == [("system", "spec\n\nbe brief"), ("user", "a")]


def test_for_templates_without_system_turns_the_text_stands_before_the_first_users_words() -> None:
    spans = Message(role="user", content="a", spans=(Span(text="a"),))
    read = in_context(prompt(spans, assistant("b"), user("c")), "spec", "user")
    assert told(read) == [("user", "spec\n\na"), ("assistant", "b"), ("user", "c")]
    assert read.messages[0].spans == ()  # they spelt the words before


def test_a_prompt_without_a_users_turn_is_told() -> None:
    with pytest.raises(InputError, match=r"prompt 'p' .* has no user turn"):
        in_context(prompt(Message(role="tool", content="3")), "spec", "user")
