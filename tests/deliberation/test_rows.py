import pytest
from tests.models.chat_templates import SHAPES, tokenizer_of

from solon.deliberation import Deliberation, ThinkingForm, demonstration_of
from solon.models.template import ChatTemplate
from solon.records import PrincipleUsed, Prompt, assistant, user

ONE = Deliberation(
    id="p/deliberation-0",
    prompt=Prompt(id="p", messages=(user("hi"), assistant("yes?"), user("what is bread?"))),
    reasoning="as [principle: kind] asks",
    answer="3 coins.",
    cited=(PrincipleUsed(id="kind", hash="abc"), PrincipleUsed(id="brief", hash="def")),
    status="kept",
    score=8,
    scores=(9, 8),
    sampler="m",
    judge="j",
)


@pytest.mark.parametrize(
    ("thinking", "field", "content"),
    [
        ("field", "as [principle: kind] asks", "3 coins."),
        ("text", "", "<think>\nas [principle: kind] asks\n</think>\n\n3 coins."),
        ("none", "", "3 coins."),
    ],
)
def test_the_reasoning_goes_where_it_is_wanted(thinking: ThinkingForm, field: str, content: str) -> None:
    row = demonstration_of(ONE, thinking)
    assert (row.messages[-1].thinking, row.messages[-1].content) == (field, content)
    assert row.messages[:-1] == ONE.prompt.messages


def test_a_row_tells_principles_and_scores_behind_it() -> None:
    assert demonstration_of(ONE).labels == {
        "score": "8", "judgements": "9 8", "principles": "kind:abc, brief:def", "sampler": "m", "judge": "j",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["field", "text"])
def test_reasoning_and_answer_are_trained_and_earlier_turns_are_not(name: ThinkingForm) -> None:
    # Qwen 3's template has a place for thinking, ChatML's has none.
    template = ChatTemplate(tokenizer_of(SHAPES["qwen-3" if name == "field" else "chatml"]), name)
    [row] = template.rows_of(demonstration_of(ONE, name))
    trained = template.spell([token for token, weight in zip(row.ids, row.weights, strict=True) if weight])
    assert trained == "<think>\nas [principle: kind] asks\n</think>\n\n3 coins.<|im_end|>"
