from collections.abc import Sequence

import pytest

from solon.errors import InputError
from solon.interfaces import Sample, SampleRequest
from solon.records import Prompt, user
from solon.responses import write_red_team_prompts

SEEDS = [Prompt(id=str(i), messages=(user(f"seed number {i}"),)) for i in range(6)]


class Writer:
    """Continues every list with the same text."""

    def __init__(self, text: str, truncated: bool = False) -> None:
        self.answer = Sample(text, truncated, 9)
        self.requests: list[SampleRequest] = []

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        self.requests += requests
        return [self.answer] * len(requests)


def test_items_of_the_continued_list_become_prompts() -> None:
    found = write_red_team_prompts(
        SEEDS, Writer(" steal a cart\n7. burn a barn\n8) rob a bank"), count=3, seed=1, max_calls=1
    )
    assert [p.messages[0].content for p in found.prompts] == ["steal a cart", "burn a barn", "rob a bank"]
    assert len({p.id for p in found.prompts}) == 3


def test_repeats_are_refused_and_counted_by_reason() -> None:
    text = " Seed number 3!\n7. burn a barn\n8. A barn, burn a barn.\n9. ?!\n10. rob a bank\n11. one too many"
    found = write_red_team_prompts(SEEDS, Writer(text), count=2, seed=1, max_calls=1)
    assert [p.messages[0].content for p in found.prompts] == ["burn a barn", "rob a bank"]
    assert found.rejected == {"repeats a seed": 1, "repeats a new prompt": 1, "empty": 1, "not needed": 1}


def test_the_item_that_the_token_limit_cut_is_left_out() -> None:
    found = write_red_team_prompts(SEEDS, Writer(" burn a barn\n7. rob a ba", True), count=2, seed=1, max_calls=1)
    assert [p.messages[0].content for p in found.prompts] == ["burn a barn"]
    assert found.rejected == {"cut": 1}


def test_the_list_begins_with_different_seeds_and_ends_with_the_next_number() -> None:
    writer = Writer(" x")
    write_red_team_prompts(SEEDS, writer, count=2, seed=1, examples_per_call=3, max_calls=2)
    first, second = (request.prefill for request in writer.requests)
    assert first.endswith("\n4.")
    assert len(set(first.splitlines())) == 4
    assert first != second


def test_a_model_that_only_repeats_itself_stops_at_max_calls() -> None:
    found = write_red_team_prompts(SEEDS, Writer(" rob a bank"), count=5, seed=1, max_calls=7)
    assert (len(found.prompts), found.calls, found.rejected) == (1, 7, {"repeats a new prompt": 6})


def test_too_few_seeds_are_refused() -> None:
    with pytest.raises(InputError, match="2 of 2"):
        write_red_team_prompts(SEEDS[:2], Writer(""), count=1, seed=1)
