"""Evaluation tasks on public sets: a task is cases, a solver and a scorer; `catalogue.py` lists them all."""
