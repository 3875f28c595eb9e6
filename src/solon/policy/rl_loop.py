"""How stages whose steps are rollouts run through the one training loop."""

from __future__ import annotations

from pathlib import Path

from solon.models.language_model import LanguageModel
from solon.models.lora import merge_adapters
from solon.policy.rl_config import RolloutConfig
from solon.progress import Progress
from solon.training.loop import TrainingStage, train


def train_on_rollouts(
    stage: TrainingStage, policy: LanguageModel, config: RolloutConfig, *, folder: Path, progress: Progress,
    keep_checkpoints: int,
) -> None:  # fmt: skip
    """Run all steps, or those that are left; write the policy to `folder/model`, adapters also to `folder/adapter`."""
    progress.start("raise the reward", config.num_steps)
    train(
        stage, folder=folder, checkpoint_every=config.checkpoint_every, keep=keep_checkpoints,
        log=lambda index, figures: progress.advance(index + 1, figures),
    )  # fmt: skip
    merge_adapters(policy, folder / "adapter")
    policy.save(folder / "model")
