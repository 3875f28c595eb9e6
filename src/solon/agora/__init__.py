"""Agora, the embedded world: a small town generated from a seed, with exact ground truth.

`source.Agora` is what the chain sees: a Source of texts and prompts, raters, and the checker.
Only `pipeline.py` and what stands above it may import this room.
"""
