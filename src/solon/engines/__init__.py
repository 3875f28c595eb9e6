"""Engines: what samples from policies and scores continuations."""
