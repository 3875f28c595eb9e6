import pytest

from solon.data.thinking import with_thinking, without_thinking


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plain answer", "plain answer"),
        (" <think>so</think>\n\nyes", "yes"),
        ("<think>so</think>yes, </think> is a tag", "yes, </think> is a tag"),
        ("<think>never done", ""),
        ("<think>so</think>", ""),
        ("he wrote <think> here", "he wrote <think> here"),
        ("bad advice </think> good advice", "bad advice </think> good advice"),
    ],
)
def test_what_is_said_is_all_after_the_thinking(text: str, said: str) -> None:
    assert without_thinking(text) == said


@pytest.mark.parametrize(("text", "said"), [("so it is</think> yes", "yes"), ("so it is and", "")])
def test_thinking_that_the_template_has_begun_ends_likewise(text: str, said: str) -> None:
    assert without_thinking(text, begun=True) == said


def test_thinking_put_before_an_answer_is_taken_off_again() -> None:
    assert without_thinking(with_thinking("a\n\nb", "yes")) == "yes"
