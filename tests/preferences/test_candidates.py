"""What is ranked beside a policy's own responses."""

from __future__ import annotations

import numpy as np
import pytest

from solon.preferences.candidates import candidates_of, damage
from solon.records import Message, Prompt, Response

PROMPTS = [Prompt(id=f"p{i}", messages=(Message(role="user", content=f"ask {i}"),)) for i in range(40)]
OWN = {prompt.id: [f"{prompt.id} says {draw} now please" for draw in range(3)] for prompt in PROMPTS}
RESPONSES = [
    Response(id=f"{prompt.id}/{draw}", prompt=prompt, text=text, sampler="sft")
    for prompt in PROMPTS
    for draw, text in enumerate(OWN[prompt.id])
]


@pytest.mark.parametrize(
    ("swapped", "damaged", "added"), [(0.0, 0.0, 0), (0.25, 0.0, 1), (0.0, 0.25, 1), (0.2, 0.2, 2), (0.0, 0.75, 9)]
)
def test_own_responses_come_first_and_the_shares_are_added(swapped: float, damaged: float, added: int) -> None:
    found = candidates_of(PROMPTS, RESPONSES, swapped_share=swapped, damaged_share=damaged, seed=1)
    for prompt in PROMPTS:
        assert found[prompt.id][:3] == OWN[prompt.id]
        assert len(found[prompt.id]) == 3 + added


def test_swapped_responses_answer_another_prompt_whole() -> None:
    found = candidates_of(PROMPTS, RESPONSES, swapped_share=0.25, damaged_share=0.0, seed=1)
    whole = {response.text for response in RESPONSES}
    for prompt in PROMPTS:
        assert found[prompt.id][3] in whole - set(OWN[prompt.id])


def test_damaged_responses_are_nearly_an_own_one() -> None:
    found = candidates_of(PROMPTS, RESPONSES, swapped_share=0.0, damaged_share=0.25, seed=1)
    vocabulary = {word for response in RESPONSES for word in response.text.split()}
    ways = {"replaced": 0, "shorter": 0}
    for prompt in PROMPTS:
        broken = found[prompt.id][3].split()
        assert set(broken) <= vocabulary
        assert len(broken) <= 5
        ways["replaced" if len(broken) == 5 else "shorter"] += 1
    assert min(ways.values()) >= 5


def test_a_prompt_keeps_its_candidates_whatever_comes_before_it() -> None:
    found = candidates_of(PROMPTS, RESPONSES, swapped_share=0.2, damaged_share=0.2, seed=1)
    again = candidates_of(PROMPTS[::-1], RESPONSES, swapped_share=0.2, damaged_share=0.2, seed=1)
    other = candidates_of(PROMPTS, RESPONSES, swapped_share=0.2, damaged_share=0.2, seed=2)
    assert found == again
    assert found != other


def test_text_without_spaces_is_damaged_by_the_character() -> None:
    rng = np.random.default_rng(0)
    text = "我不知道他住在哪里"
    found = {damage(text, "水火", rng) for _ in range(50)}
    assert all(len(one) <= len(text) and " " not in one for one in found)
    assert any(len(one) == len(text) and set(one) & set("水火") for one in found)
    assert any(len(one) == len(text) - 1 for one in found)
    assert damage("", "水火", rng) == ""
