"""Training policies: pretraining and mid-training, supervised fine-tuning, PPO, and the DPO family."""
