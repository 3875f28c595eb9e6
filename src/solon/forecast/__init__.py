"""What a recipe will take before it runs: memory, tokens, time, money."""
