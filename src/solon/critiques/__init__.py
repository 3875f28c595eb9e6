"""Critiques and revisions of answers: the supervised half of Constitutional AI."""

from solon.critiques.config import RevisionConfig
from solon.critiques.revise import critique_and_revise, revision_pairs, revision_rows
from solon.critiques.screening import Screening, screen
from solon.critiques.self_correction import self_correct

__all__ = [
    "RevisionConfig",
    "Screening",
    "critique_and_revise",
    "revision_pairs",
    "revision_rows",
    "screen",
    "self_correct",
]
