"""What each step of `pipeline.py` does: read inputs, call one room, write artefacts. 5 to 30 lines each."""
