"""Reward and preference models: rankings and judged comparisons in, a scorer of (prompt, response) out."""
