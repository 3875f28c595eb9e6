"""What a training command says of its held-out pairs."""

import pytest

from solon.commands.train_result import held_out_metrics
from solon.records import Comparison, Prompt, user
from solon.training.heldout import HeldOutPair


@pytest.mark.parametrize(
    ("source", "instrument"),
    [("hf:m", "judge"), ("run:r@s", "judge"), ("openai:m@http://h/v1", "judge"), ("ann", "people")],
)
def test_labels_of_a_model_are_told_apart_from_those_of_people(source: str, instrument: str) -> None:
    pair = Comparison(id="1", prompt=Prompt(id="p", messages=(user("q"),)), response_a="a", response_b="b")
    found = held_out_metrics([HeldOutPair(comparison=pair, source=source, prob_a=1.0, margin=2.0)], seed=0)
    assert (found["accuracy"].instrument, found["accuracy"].value) == (instrument, 1.0)
