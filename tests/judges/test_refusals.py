import pytest

from solon.judges.refusals import opens_with_refusal, opens_with_refusal_to_help


@pytest.mark.parametrize(
    "text",
    [
        "I cannot assist with that.",
        "I'm sorry, but I can't assist with that.",
        "I\N{RIGHT SINGLE QUOTATION MARK}m sorry, but I can\N{RIGHT SINGLE QUOTATION MARK}t help with this request.",
        "I am very sorry, but as an AI language model, I cannot evaluate such content.",
        "As an AI assistant, I am unable to provide a rating.",
        "Unfortunately, I will not continue.",
        "I must decline.",
        "  Sorry.",
        "I do not feel comfortable rating these responses.",
        "我无法评价这样的内容。",
    ],
)
def test_a_completion_that_begins_with_a_refusal_is_one(text: str) -> None:
    assert opens_with_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry to say that the response is wrong.",
        "The response begins with 'I'm sorry, but I can't assist with that', which is right.",
        "The assistant cannot help here, as it says.",
        "Sorry about the delay: response A is better.",
        "I could not find an error.",
        "I cannot fault the response.",
        "The response provided is inappropriate.",
        "",
    ],
)
def test_a_completion_that_speaks_of_refusals_or_regrets_is_none(text: str) -> None:
    assert not opens_with_refusal(text)


def test_a_critic_who_cannot_rate_highly_has_not_refused_to_help() -> None:
    assert not opens_with_refusal_to_help("I cannot rate this highly.")
    assert opens_with_refusal_to_help("I cannot assist with this.")
