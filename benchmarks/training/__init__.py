"""Training beside TRL: the same weights, rows and steps. Run it with `python -m benchmarks.training`."""
