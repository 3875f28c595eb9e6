"""The programs behind docs/results.md. Run them with `python -m benchmarks.proof`; `__main__.py` lists the parts."""
