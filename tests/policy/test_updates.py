from itertools import chain

from solon.policy.rl_config import PPOConfig
from solon.policy.updates import means, minibatches


def test_every_response_is_trained_on_once_per_epoch() -> None:
    config = PPOConfig(prompts_per_step=6, minibatch_responses=2, epochs=2)
    batches = minibatches(config, step=3, seed=0)
    assert [sorted(chain(*batches[begin : begin + 3])) for begin in (0, 3)] == [list(range(6))] * 2


def test_steps_shuffle_differently_and_repeatably() -> None:
    config = PPOConfig(prompts_per_step=16, minibatch_responses=4)
    assert minibatches(config, step=1, seed=0) == minibatches(config, step=1, seed=0)
    assert minibatches(config, step=1, seed=0) != minibatches(config, step=2, seed=0)


def test_figures_are_averaged_over_updates() -> None:
    assert means([{"a": 1.0, "b": 2.0}, {"a": 3.0, "b": 4.0}]) == {"a": 2.0, "b": 3.0}
