"""Losses, advantages and KL estimators: pure functions of tensors. (total, count) results; the loop divides."""
