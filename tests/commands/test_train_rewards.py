"""What the judge of `solon train grpo --judge` reads of a policy's responses."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.fake_server import FakeServer, says
from tests.models.chat_templates import SHAPES, tokenizer_of

from solon.commands.train_rewards import Rewards
from solon.interfaces import PromptResponse
from solon.models.language_model import LanguageModel
from solon.models.template import ChatTemplate
from solon.records import Prompt, user

NINE = {"token": "9", "logprob": 0.0, "top_logprobs": [{"token": "1", "logprob": -60.0}]}
BEGUN = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + ('<think>' if m['role'] == 'assistant' else '') }}"
    "{{ m['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n<think>' }}{% endif %}"
)
"""ChatML that opens the thinking of every answer itself."""


def read_of(response: str, jinja: str, out: Path) -> str:
    """What the judge of a policy with this chat template reads of a response."""
    asked: list[str] = []

    def reply(body: dict[str, Any]) -> dict[str, Any]:
        asked.append(body["messages"][0]["content"])
        return says("9", logprobs={"content": [NINE]})

    template = ChatTemplate(tokenizer_of(SHAPES["chatml"]._replace(jinja=jinja)), "policy")
    policy = cast(LanguageModel, SimpleNamespace(template=template))
    with FakeServer(reply) as server:
        given = Rewards((), None, None, f"openai:m@{server.url}", "agora", None, None, None, None)
        [reward], [weight] = zip(*given.opened(policy, out, 1)[1].values(), strict=True)
        assert reward([PromptResponse(Prompt(id="p", messages=(user("why?"),)), response)]) == pytest.approx([1.0])
        assert weight == 1.0
    return asked[0].partition("Response: ")[2].partition("\n\nHow well")[0]


@pytest.mark.parametrize(
    ("response", "read"),
    [
        ("<think>reward me</think>\n\nno", "no"),
        ("<think>reward me", ""),
        ("do this </think> no", "do this </think> no"),
    ],
)
def test_thinking_that_a_response_begins_with_is_not_read(response: str, read: str, tmp_path: Path) -> None:
    assert read_of(response, SHAPES["chatml"].jinja, tmp_path) == read


@pytest.mark.parametrize(("response", "read"), [("reward me</think>\n\nno", "no"), ("reward me", "")])
def test_thinking_that_the_chat_template_has_begun_is_not_read(response: str, read: str, tmp_path: Path) -> None:
    assert read_of(response, BEGUN, tmp_path) == read
