from collections.abc import Callable, Iterator
from threading import Event, get_ident

import pytest
import torch

from solon.engines.decoding import Job, generate
from solon.engines.picking import Decoding
from solon.engines.side_by_side import side_by_side
from solon.models.language_model import LanguageModel

NewModel = Callable[..., LanguageModel]


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_parts_have_a_thread_each_and_torch_has_its_own_again_afterwards() -> None:
    torch.set_num_threads(2)
    seen: dict[int, tuple[int, int]] = {}

    def work(part: int, stop: Event) -> None:
        seen[part] = (get_ident(), torch.get_num_threads())

    side_by_side(work, [0, 1])
    assert [count for _, count in seen.values()] == [1, 1]
    assert get_ident() not in {thread for thread, _ in seen.values()}
    assert torch.get_num_threads() == 2
    side_by_side(work, [2])
    assert seen[2] == (get_ident(), 2)


def test_a_failure_stops_the_others_and_is_told() -> None:
    def work(part: str, stop: Event) -> None:
        if part == "fails":
            raise ValueError("no")
        assert stop.wait(timeout=20)  # without a stop it would go on

    with pytest.raises(ValueError, match="no"):
        side_by_side(work, ["fails", "waits"])


def test_two_threads_sample_what_one_samples_and_leave_the_model_as_it_was(new_model: NewModel) -> None:
    model = new_model().model
    prompts = [[3, 9, *range(20, 60), 5 + i % 3, 7 + i] for i in range(20)]
    jobs = [Job(ids, i, 4 + i % 5, Decoding(), None) for i, ids in enumerate(prompts)]
    attention = model.config._attn_implementation
    found = []
    for count in (1, 2):
        torch.set_num_threads(count)
        found.append(generate(model, jobs, [11], max_batch=8, with_logprobs=True))
    assert model.config._attn_implementation == attention
    for one, other in zip(*found, strict=True):
        assert (one.ids, one.truncated) == (other.ids, other.truncated)
        assert one.logprobs == pytest.approx(other.logprobs, abs=1e-5)
        assert len(one.logprobs) == len(one.entropies) == len(one.ids)
