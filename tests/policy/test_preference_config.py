import pytest
from pydantic import ValidationError

from solon.policy.preference_config import DirectPreferenceConfig


def test_beta_is_that_of_the_losss_own_paper_unless_given() -> None:
    assert DirectPreferenceConfig().beta == 0.1
    assert DirectPreferenceConfig(loss="simpo").beta == 2.0
    assert DirectPreferenceConfig(loss="simpo", beta=2.5).beta == 2.5


@pytest.mark.parametrize(
    ("loss", "setting"), [("dpo", {"gamma": 0.5}), ("kto", {"per_token": True}), ("orpo", {"desirable_weight": 2.0})]
)
def test_a_setting_that_the_loss_does_not_read_is_refused(loss: str, setting: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match=f"does nothing with loss={loss}: it belongs to"):
        DirectPreferenceConfig.model_validate({"loss": loss, **setting})
