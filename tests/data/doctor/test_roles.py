"""Orders of turns."""

import pytest

from solon.data.doctor.roles import role_problems
from solon.records import Demonstration, Message, Prompt, Ranking, ToolCall, assistant, user

SYSTEM = Message(role="system", content="be brief")
CALL = Message(role="assistant", content="", tool_calls=(ToolCall(name="clock", arguments="{}", id="c1"),))
RESULT = Message(role="tool", content="noon", tool_call_id="c1")


def demonstration(*turns: Message) -> Demonstration:
    return Demonstration(id="a", messages=turns, source="s")


def test_a_conversation_in_order_has_no_problem() -> None:
    assert role_problems(demonstration(SYSTEM, user("hi"), assistant("hello"), user("well?"), assistant("yes"))) == []


def test_a_tool_call_its_result_and_the_answer_are_in_order() -> None:
    assert role_problems(demonstration(user("what time?"), CALL, RESULT, assistant("noon"))) == []


def test_several_tools_may_answer_one_turn() -> None:
    calls = (ToolCall(name="clock", arguments="{}", id="c1"), ToolCall(name="map", arguments="{}", id="c2"))
    asking = CALL.model_copy(update={"tool_calls": calls})
    second = RESULT.model_copy(update={"tool_call_id": "c2"})
    assert role_problems(demonstration(user("when and where?"), asking, RESULT, second, assistant("noon"))) == []


@pytest.mark.parametrize(
    ("turns", "problem"),
    [
        ((user("a"), user("b"), assistant("c")), "turn 2 is the user's as the one before it"),
        ((assistant("a"), user("b"), assistant("c")), "turn 1: the assistant speaks first"),
        ((SYSTEM, assistant("a")), "turn 2: the assistant speaks first"),
        ((user("a"), SYSTEM, assistant("b")), "turn 2 is the system's, which stands first or nowhere"),
        ((user(" "), assistant("b")), "turn 1, the user's, is empty"),
        ((user("a"), assistant("b"), user("c")), "the demonstration ends with a turn of user: nothing is imitated"),
        ((user("a"), RESULT, assistant("b")), "turn 2 is a tool's, and no call of it precedes"),
        (
            (user("a"), CALL, RESULT.model_copy(update={"tool_call_id": "c2"}), assistant("b")),
            "turn 3 answers the call 'c2', which nobody made",
        ),
    ],
)
def test_what_is_out_of_order_is_named_with_its_turn(turns: tuple[Message, ...], problem: str) -> None:
    assert role_problems(demonstration(*turns)) == [problem]


def test_a_prompt_must_wait_for_an_answer() -> None:
    prompt = Prompt(id="a", messages=(user("a"), assistant("b")))
    assert role_problems(prompt) == ["the prompt ends with a turn of assistant: nothing waits for an answer"]


def test_an_empty_answer_of_a_ranking_is_named() -> None:
    prompt = Prompt(id="a", messages=(user("a"),))
    ranking = Ranking(id="r", prompt=prompt, responses=("yes", " "), ranks=(0, 1), rater="me")
    assert role_problems(ranking) == ["answer 2 is empty"]
