import pytest
import torch

from solon.sections import ModelSettings
from solon.stages.opening import fresh_model

SMALL = ModelSettings(vocab_size=300, width=32, layers=2, heads=1, context_tokens=64)


def previous_token_share(settings: ModelSettings) -> float:
    """How much of layer 0's attention goes to the token before."""
    model = fresh_model(settings, ["the baker sells bread"], seed=1).model
    model.set_attn_implementation("eager")
    with torch.inference_mode():
        attention = model(torch.arange(20, 40)[None], output_attentions=True).attentions[0]
    return float(attention[0, 0].diagonal(offset=-1)[5:].mean())


@pytest.mark.parametrize("copying", [True, False])
def test_only_a_model_that_begins_with_copying_has_biases_in_attention(copying: bool) -> None:
    settings = SMALL.model_copy(update={"copying": copying})
    assert fresh_model(settings, ["the baker"], seed=1).model.config.attention_bias == copying


def test_a_model_begins_with_weights_that_copy_where_the_recipe_says_so() -> None:
    assert previous_token_share(SMALL) < 0.2
    assert previous_token_share(SMALL.model_copy(update={"copying": True})) > 0.9
